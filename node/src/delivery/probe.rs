//! The provider's side of a probe: sends what is mounted to the city that the coordinator has ordered to probe its entry.
//! The order is checked before each piece.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chengji_domain::calendar::local_date;
use chengji_domain::fact::Origin;
use chengji_domain::probe::{Declaration, ProbeOrder, ProbedTable, declaration};
use chengji_domain::stop::StopTarget;
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, Result};
use chengji_follow::probe_table;
use chengji_messages::msg;
use chengji_proto::convert::{origin_from, probe_offer_to};
use chengji_proto::service::Answers;
use chengji_proto::v1;
use chengji_proto::v1::probe_response::Part;
use chengji_runtime::off_thread;
use chengji_transport::Permit;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tracing::Instrument;

use super::Provider;
use super::sending::{Broken, MESSAGE_SIZE, STALL_TIMEOUT, space};
use super::sent::Sent;
use super::table_probes::{MIN_INTERVAL, TableProbes};
use super::under_way::{Turn, UnderWay};
use crate::catalogue::mount::open_measured;
use crate::catalogue::mounts::check_mounted;
use crate::catalogue::{entries, granting};
use crate::{restored, stops};

/// Maximum number of concurrent probes by one city. A city makes one at a time of the entries of another, but one may not
/// have ended here yet when the next begins.
const MAX_BY_A_CITY: usize = 2;

/// Number of pieces read ahead of the connection.
const MAX_BUFFERED_PIECES: usize = 2;

/// The probes of entries of this city by others. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Probing {
    under_way: UnderWay<CityCode>,
    tables: TableProbes,
}

impl Default for Probing {
    fn default() -> Self {
        Self {
            under_way: UnderWay::at_most(MAX_BY_A_CITY),
            tables: TableProbes::default(),
        }
    }
}

/// The channel of the parts of an answer.
pub(super) type Parts = mpsc::Sender<Result<v1::ProbeResponse>>;

/// Begins to send what is mounted to an entry to the calling node, which probes it.
pub(super) async fn probe(
    provider: &Provider,
    probing: &Probing,
    permit: &Permit,
    asked: &v1::ProbeRequest,
) -> Result<Answers<v1::ProbeResponse>> {
    let number = origin_from(asked.number.as_ref())?;
    let ordered = Ordered {
        provider: provider.clone(),
        prober: permit.city()?,
        number,
    };
    ordered.check_of(&asked.code)?;
    Ok(Box::pin(begin(ordered, probing).await?))
}

/// Begins to send the parts of the answer.
async fn begin(
    ordered: Ordered,
    probing: &Probing,
) -> Result<ReceiverStream<Result<v1::ProbeResponse>>> {
    let ProbeOrder { code, .. } = ordered.check()?;
    let turn = probing.under_way.begin(ordered.prober);
    let turn = turn.ok_or_else(|| too_many(ordered.prober))?;
    let (parts, stream) = mpsc::channel(MAX_BUFFERED_PIECES);
    let kv = ordered.provider.own.ledger.kv().as_ref();
    if let Some(table) = granting::mounted_table(kv, &code)? {
        let begun = probing.tables.begin(ordered.number, Instant::now());
        begun.map_err(|wait| too_soon(&code, wait))?;
        let reading = ordered.send_table((code, table), turn, parts);
        tokio::spawn(reading.in_current_span());
        return Ok(ReceiverStream::new(stream));
    }
    let (record, source) = open_measured(&ordered.provider.catalogue, &code).await?;
    let declared = declaration(&record).ok_or_else(|| not_probed(&code))?;
    let sending = Sending {
        ordered,
        code,
        content: Sent::File(source),
        bytes: declared.measurement.bytes,
        declared,
        table: None,
        _turn: Arc::new(turn),
    };
    tokio::spawn(sending.run(parts).in_current_span());
    Ok(ReceiverStream::new(stream))
}

/// A probe that a city says was ordered.
#[derive(Clone)]
pub(super) struct Ordered {
    pub(super) provider: Provider,
    pub(super) prober: CityCode,
    number: Origin,
}

impl Ordered {
    /// The order, if the probe may be made now. Orders to other cities are not disclosed.
    pub(super) fn check(&self) -> Result<ProbeOrder> {
        let own = &self.provider.own;
        let kv = own.ledger.kv().as_ref();
        let today = local_date(own.now());
        let known = probe_table::find(kv, self.number)?.map(|known| known.order);
        let of_parties = |order: &ProbeOrder| {
            order.provider == own.city && order.prober == self.prober && today <= order.until
        };
        let order = known.filter(of_parties).ok_or_else(|| self.not_ordered())?;
        let code = &order.code;
        let entry = entries::published(kv, code)?;
        let target = StopTarget::Entry(code.clone());
        if let Some((stop, cause)) = stops::of(kv, &target)?.in_force() {
            return Err(stops::stopped(&target, cause, stop.act.reason()));
        }
        declaration(&entry).ok_or_else(|| not_probed(code))?;
        restored::check(own, &self.provider.data)?;
        check_mounted(kv, code)?;
        // All that is mounted is read, and the prober has no right to more than any city that asks.
        if !granting::is_usually_whole(kv, code)? {
            return Err(Error::new(
                ErrorCode::NoGrant,
                msg::ProbeBeyondDefaultScope { code },
            ));
        }
        Ok(order)
    }

    /// Fails unless the order is of the entry with this code, which the call is recorded with.
    fn check_of(&self, code: &str) -> Result<()> {
        match self.check()?.code.to_string() == code {
            true => Ok(()),
            false => Err(self.not_ordered()),
        }
    }

    fn not_ordered(&self) -> Error {
        let message = msg::ProbeNotOrdered {
            prober: self.prober,
        };
        Error::new(ErrorCode::NoGrant, message)
    }
}

/// A probe in progress.
pub(super) struct Sending {
    pub(super) ordered: Ordered,
    pub(super) code: ResourceCode,
    pub(super) content: Sent,
    /// Size of what is sent, bytes.
    pub(super) bytes: u64,
    pub(super) declared: Declaration,
    /// The form of a table; `None` for a file.
    pub(super) table: Option<ProbedTable>,
    /// Shared with the read of a table.
    pub(super) _turn: Arc<Turn<CityCode>>,
}

impl Sending {
    pub(super) async fn run(self, parts: Parts) {
        let (prober, code) = (self.ordered.prober, &self.code);
        match self.send_all(&parts).await {
            Ok(()) => tracing::info!(%prober, %code, "an entry was probed"),
            Err(Broken::Off) => tracing::info!(%prober, %code, "the prober ended the transfer"),
            Err(Broken::Failed(error)) => {
                tracing::warn!(%prober, %code, "a probe failed: {error}");
                let catalogue = &self.ordered.provider.catalogue;
                let error = self.content.told(&error, catalogue, code);
                let _ = timeout(STALL_TIMEOUT, parts.send(Err(error))).await;
            }
        }
    }

    async fn send_all(&self, parts: &Parts) -> Result<(), Broken> {
        let offer = probe_offer_to(&self.declared, self.table.as_ref());
        send(parts, Part::Offer(offer)).await?;
        let (bytes, mut offset) = (self.bytes, 0);
        while offset < bytes {
            // Before the order is checked, which may end while the prober accepts nothing.
            let space = space(parts).await?;
            let chunk = self.read(offset, bytes - offset).await?;
            offset += chunk.content.len() as u64;
            space.send(Ok(v1::ProbeResponse {
                part: Some(Part::Chunk(chunk)),
            }));
        }
        let content = self.content.clone();
        off_thread(move || content.check_unchanged()).await?;
        Ok(())
    }

    /// Reads the next piece, if the probe may still be made.
    async fn read(&self, offset: u64, left: u64) -> Result<v1::Chunk> {
        let (ordered, content) = (self.ordered.clone(), self.content.clone());
        let size = usize::try_from(left)
            .unwrap_or(MESSAGE_SIZE)
            .min(MESSAGE_SIZE);
        off_thread(move || {
            ordered.check()?;
            let content = content.read(offset, size)?;
            Ok(v1::Chunk {
                offset,
                crc32c: crc32c::crc32c(&content),
                content: Bytes::from(content),
            })
        })
        .await
    }
}

async fn send(parts: &Parts, part: Part) -> Result<(), Broken> {
    let space = space(parts).await?;
    space.send(Ok(v1::ProbeResponse { part: Some(part) }));
    Ok(())
}

pub(super) fn not_probed(code: &ResourceCode) -> Error {
    Error::new(ErrorCode::NoGrant, msg::ProbeNotPermitted { code })
}

fn too_many(prober: CityCode) -> Error {
    Error::new(ErrorCode::LimitExceeded, msg::ProbeUnderWay { prober })
}

/// The error for a further probe of a table that may begin after this time.
fn too_soon(code: &ResourceCode, wait: Duration) -> Error {
    let message = msg::TableProbeTooSoon {
        code,
        minutes: MIN_INTERVAL.as_secs() / 60,
        seconds: wait.as_secs() + 1,
    };
    Error::new(ErrorCode::LimitExceeded, message).with_retry_after(wait)
}

#[cfg(test)]
#[path = "probe_tests.rs"]
mod tests;

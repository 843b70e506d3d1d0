//! Probes (抽查) that this city makes on the coordinator's order: reads what another city delivers, counts it, compares it
//! with what that city declares, and discards it. The content is never written to disk.
//!
//! Several probes are made at a time, each of another city's entries, so that a provider that sends slowly does not hold up
//! the others (`schedule.rs`).

mod counting;
mod metering;
mod schedule;
pub(crate) mod service;
mod table_counting;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chengji_domain::calendar::local_date;
use chengji_domain::fact::CityFact;
use chengji_domain::probe::{
    Declaration, ProbeMade, ProbeOutcome, ProbeRead, ProbeRecord, ProbedTable,
};
use chengji_domain::problem::Problem;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::probe_table;
use chengji_messages::{Message, msg};
use chengji_proto::convert::{declaration_from, origin_to, probed_table_from};
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_proto::v1::probe_response::Part;
use chengji_runtime::off_thread;
use chengji_store::Tx;
use chengji_transport::CallTimeout;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tonic::Streaming;

use self::counting::Counting;
use self::schedule::{Attempt, Ended, Schedule};
use self::table_counting::TableCounting;
use crate::cluster::Cluster;
use crate::own_log::OwnLog;

/// Interval between checks for ordered probes.
const INTERVAL: Duration = Duration::from_secs(5);
/// Number of probes that are looked at together.
const MAX_DUE: usize = 1_000;
/// Maximum growth of the content since the order, beyond twice its declared size, bytes.
const MAX_GROWTH: u64 = 64 << 20;
/// Maximum growth of the number of rows of a table since the order, beyond twice the declared number.
const MAX_ROW_GROWTH: u64 = 1_000_000;
/// Bytes that a field of a row takes in a stream beside its measured value, at most.
const FIELD_ROOM: u64 = 32;
/// Maximum duration of a probe: a provider that sends little at a time does not keep the city from its other probes.
const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);

/// Makes the probes that this city is ordered to make.
#[derive(Clone)]
pub(crate) struct Prober {
    /// The city's log.
    pub(crate) own: OwnLog,
    /// The providers.
    pub(crate) cluster: Cluster,
}

/// Makes the ordered probes, until `stopped` turns true.
pub(crate) async fn run(prober: Prober, mut stopped: watch::Receiver<bool>) {
    tokio::select! {
        () = prober.make_all() => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

impl Prober {
    /// Makes the probes that are due, several at a time.
    async fn make_all(&self) {
        let (mut schedule, mut probes) = (Schedule::default(), FuturesUnordered::new());
        loop {
            match self.due().await {
                Ok(due) => {
                    for attempt in schedule.begin(due, Instant::now()) {
                        probes.push(self.make(attempt));
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "cannot look for ordered probes; trying again");
                }
            }
            tokio::select! {
                Some(ended) = probes.next() => schedule.end(ended, Instant::now()),
                () = sleep(INTERVAL) => {}
            }
        }
    }

    /// The probes that this city still has to make, those with the earliest last day first.
    async fn due(&self) -> Result<Vec<ProbeRecord>> {
        let kv = Arc::clone(self.own.ledger.kv());
        off_thread(move || probe_table::due(&*kv, MAX_DUE)).await
    }

    /// Makes a probe; one that fails is tried again later.
    async fn make(&self, attempt: Attempt) -> Ended {
        let Attempt { record, last } = attempt;
        let settled = self.settle(&record, last).await;
        let problem = settled.err().map(|error| {
            metering::count_failed();
            let (provider, code) = (record.order.provider, &record.order.code);
            tracing::warn!(%provider, %code, "a probe failed; trying again: {error}");
            Problem::from(&error)
        });
        Ended {
            number: record.number,
            problem,
        }
    }

    /// Makes a probe and records its outcome. After its last day, records why it could not be made, as of the last attempt.
    async fn settle(&self, record: &ProbeRecord, last: Option<Problem>) -> Result<()> {
        let is_over = local_date(self.own.now()) > record.order.until;
        let outcome = match is_over {
            true => ProbeOutcome::Unreadable(last.unwrap_or_else(not_in_time)),
            false => match timeout(LONGEST, self.probe(record)).await {
                Ok(outcome) => outcome?,
                Err(_) => return Err(too_slow()),
            },
        };
        self.record(record, outcome).await
    }

    /// Reads and compares what the provider delivers.
    async fn probe(&self, record: &ProbeRecord) -> Result<ProbeOutcome> {
        let order = &record.order;
        let mut client = DeliveryServiceClient::new(self.cluster.peer(order.provider)?);
        let asked = v1::ProbeRequest {
            number: Some(origin_to(record.number)),
            code: order.code.to_string(),
        };
        let mut parts = CallTimeout::Piece.answer(client.probe(asked)).await?;
        let offer = offer(&mut parts).await?;
        let malformed = |error: Error| {
            let cause = error.message();
            invalid(msg::OfferInvalid { cause })
        };
        let announced = declaration_from(&offer).map_err(malformed)?;
        check_size(&order.declared, &announced)?;
        let read = match probed_table_from(&offer).map_err(malformed)? {
            None => read_file(&announced, &mut parts).await?,
            Some(table) => {
                check_table(&order.declared, &announced, &table)?;
                read_table(&announced, table, &mut parts).await?
            }
        };
        Ok(ProbeOutcome::of(&order.declared, &announced, read))
    }

    /// Records the outcome in the city's log.
    async fn record(&self, record: &ProbeRecord, outcome: ProbeOutcome) -> Result<()> {
        let (own, at) = (self.own.clone(), self.own.now());
        let kind = metering::kind(&outcome);
        let made = ProbeMade {
            number: record.number,
            provider: record.order.provider,
            code: record.order.code.clone(),
            outcome,
        };
        let job = move |tx: &mut Tx<'_>| {
            // The coordinator's log may be read anew meanwhile.
            if probe_table::put_outcome(tx, (own.city, at), &made)? {
                let fact = CityFact::ProbeMade(Box::new(made));
                own.append(tx, &own.node(), at, fact)?;
            }
            Ok(())
        };
        self.own.ledger.write(job).await?;
        metering::count_made(kind);
        let (provider, code) = (record.order.provider, &record.order.code);
        tracing::info!(%provider, %code, "probed an entry");
        Ok(())
    }
}

/// The offer, once the provider has read a table.
async fn offer(parts: &mut Streaming<v1::ProbeResponse>) -> Result<v1::ProbeOffer> {
    loop {
        match next(parts).await? {
            Some(Part::Preparing(_)) => {}
            Some(Part::Offer(offer)) => return Ok(offer),
            Some(Part::Chunk(_)) | None => return Err(invalid(msg::DeliveryWithoutOffer)),
        }
    }
}

/// Counts a file.
async fn read_file(
    announced: &Declaration,
    parts: &mut Streaming<v1::ProbeResponse>,
) -> Result<ProbeRead> {
    let mut counting = Counting::of(announced);
    while let Some(piece) = next_piece(parts).await? {
        counting = off_thread(move || Ok(counting.with(&piece))).await?;
        if counting.is_past_end() {
            break;
        }
    }
    Ok(counting.read())
}

/// Counts the rows of a table.
async fn read_table(
    announced: &Declaration,
    table: ProbedTable,
    parts: &mut Streaming<v1::ProbeResponse>,
) -> Result<ProbeRead> {
    let mut counting = TableCounting::of(announced, table);
    while let Some(piece) = next_piece(parts).await? {
        if !counting.take(piece).await? {
            break;
        }
    }
    counting.read().await
}

/// The bytes of the next piece; `None` at the end.
async fn next_piece(parts: &mut Streaming<v1::ProbeResponse>) -> Result<Option<Bytes>> {
    match next(parts).await? {
        Some(Part::Chunk(chunk)) => piece(chunk).map(Some),
        Some(Part::Offer(_) | Part::Preparing(_)) => Err(invalid(msg::DeliverySecondOffer)),
        None => Ok(None),
    }
}

async fn next(parts: &mut Streaming<v1::ProbeResponse>) -> Result<Option<Part>> {
    match CallTimeout::Piece.next(parts).await? {
        Some(response) => match response.part {
            Some(part) => Ok(Some(part)),
            None => Err(invalid(msg::DeliveryEmptyPart)),
        },
        None => Ok(None),
    }
}

/// The bytes of a piece. Errors: `PEER_INVALID` for one without bytes, which would go on for ever.
fn piece(chunk: v1::Chunk) -> Result<Bytes> {
    match chunk.content.is_empty() {
        true => Err(invalid(msg::DeliveryEmptyPart)),
        false => Ok(chunk.content),
    }
}

/// Refuses content that is far larger than was declared when the probe was ordered. Errors: `PEER_INVALID`.
fn check_size(declared: &Declaration, announced: &Declaration) -> Result<()> {
    let (declared, announced) = (declared.measurement.bytes, announced.measurement.bytes);
    let most = declared.saturating_mul(2).saturating_add(MAX_GROWTH);
    match announced > most {
        true => Err(invalid(msg::ProbeTooLarge {
            announced,
            declared,
        })),
        false => Ok(()),
    }
}

/// Refuses a table with far more rows than were declared when the probe was ordered, or in a stream that is far larger than
/// its values: rows without values take no bytes, and could go on for ever. Errors: `PEER_INVALID`.
fn check_table(declared: &Declaration, announced: &Declaration, table: &ProbedTable) -> Result<()> {
    let Some(rows) = announced.measurement.rows else {
        return Err(invalid(msg::ProbedTableWithoutRows));
    };
    let declared = declared.measurement.rows.unwrap_or(0);
    if rows > declared.saturating_mul(2).saturating_add(MAX_ROW_GROWTH) {
        let announced = rows;
        return Err(invalid(msg::ProbeTooManyRows {
            announced,
            declared,
        }));
    }
    let fields = rows.saturating_mul(table.shape.columns.len() as u64);
    let room = fields.saturating_mul(FIELD_ROOM).saturating_add(MAX_GROWTH);
    let most = announced.measurement.bytes.saturating_add(room);
    match table.stream_bytes > most {
        true => Err(invalid(msg::ProbeStreamTooLarge {
            bytes: table.stream_bytes,
            most,
        })),
        false => Ok(()),
    }
}

fn too_slow() -> Error {
    let seconds = LONGEST.as_secs();
    Error::new(ErrorCode::PeerUnavailable, msg::ProbeTooSlow { seconds })
}

fn not_in_time() -> Problem {
    Problem::new(ErrorCode::PeerUnavailable, msg::ProbeNotInTime)
}

fn invalid(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::PeerInvalid, message)
}

#[cfg(test)]
#[path = "probes_tests.rs"]
mod tests;

//! Probes (抽查) that this city makes on the coordinator's order: reads what another city delivers, counts it, compares it
//! with what that city declares, and discards it. The content is never written to disk.

mod counting;
mod metering;
pub(crate) mod service;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chengji_domain::calendar::local_date;
use chengji_domain::fact::{CityFact, Origin};
use chengji_domain::probe::{Declaration, ProbeMade, ProbeOutcome, ProbeRecord};
use chengji_domain::problem::Problem;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::probe_table;
use chengji_messages::{Message, msg};
use chengji_proto::convert::{declaration_from, origin_to};
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_proto::v1::probe_response::Part;
use chengji_runtime::off_thread;
use chengji_store::Tx;
use chengji_transport::CallTimeout;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tonic::Streaming;

use self::counting::Counting;
use crate::cluster::Cluster;
use crate::own_log::OwnLog;

/// Interval between checks for ordered probes.
const INTERVAL: Duration = Duration::from_secs(5);
/// Interval before a probe is tried again.
const RETRY: Duration = Duration::from_secs(10 * 60);
/// Number of probes that are looked at together.
const AT_ONCE: usize = 100;
/// Maximum growth of the content since the order, beyond twice its declared size, bytes.
const MAX_GROWTH: u64 = 64 << 20;
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

/// A probe that failed, and is tried again.
struct Failed {
    next: Instant,
    problem: Problem,
}

/// Makes the ordered probes one after the other, until `stopped` turns true.
pub(crate) async fn run(prober: Prober, mut stopped: watch::Receiver<bool>) {
    let rounds = async {
        let mut failed = HashMap::new();
        loop {
            if let Err(error) = prober.round(&mut failed).await {
                tracing::error!(%error, "cannot look for ordered probes; trying again");
            }
            sleep(INTERVAL).await;
        }
    };
    tokio::select! {
        () = rounds => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

impl Prober {
    /// Makes the probes that are due and were not tried a short time ago.
    async fn round(&self, failed: &mut HashMap<Origin, Failed>) -> Result<()> {
        let kv = Arc::clone(self.own.ledger.kv());
        let due = off_thread(move || probe_table::due(&*kv, AT_ONCE)).await?;
        failed.retain(|number, _| due.iter().any(|record| record.number == *number));
        for record in due {
            let number = record.number;
            let before = failed.get(&number);
            if before.is_some_and(|before| before.next > Instant::now()) {
                continue;
            }
            let last = before.map(|before| before.problem.clone());
            if let Err(error) = self.settle(&record, last).await {
                metering::count_failed();
                let (provider, code) = (record.order.provider, &record.order.code);
                tracing::warn!(%provider, %code, "a probe failed; trying again: {error}");
                let (next, problem) = (Instant::now() + RETRY, Problem::from(&error));
                failed.insert(number, Failed { next, problem });
            }
        }
        Ok(())
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
        let Some(Part::Offer(offer)) = next(&mut parts).await? else {
            return Err(invalid(msg::DeliveryWithoutOffer));
        };
        let announced = declaration_from(&offer).map_err(|error| {
            let cause = error.message();
            invalid(msg::OfferInvalid { cause })
        })?;
        check_size(&order.declared, &announced)?;
        let mut counting = Counting::of(&announced);
        while let Some(part) = next(&mut parts).await? {
            let Part::Chunk(chunk) = part else {
                return Err(invalid(msg::DeliverySecondOffer));
            };
            let piece = piece(chunk)?;
            counting = off_thread(move || Ok(counting.with(&piece))).await?;
            if counting.is_past_end() {
                break;
            }
        }
        Ok(ProbeOutcome::of(
            &order.declared,
            &announced,
            counting.read(),
        ))
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

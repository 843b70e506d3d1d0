//! The provider's side of queries of a granted part of a table: reads the part, has a process of the engine compute the
//! query of it, and sends the rows.
//!
//! The engine gets what was cut out of the table and nothing else, so neither its errors nor its time depend on rows and
//! columns that are not granted. A query ends within a second after the grant does, or the consumer goes away.

use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;
use chengji_domain::request::RequestId;
use chengji_domain::request::terms::{Limits, TableScope};
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, Result};
use chengji_messages::msg;
use chengji_proto::service::Answers;
use chengji_proto::{convert, v1};
use chengji_query::{Engine, TableContent, TableName, Tables, count_refusal};
use chengji_records::MountedTable;
use chengji_runtime::off_thread;
use chengji_substrait::PLAN_VERSION;
use chengji_transport::Permit;
use futures_util::StreamExt;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::time::{Instant, interval_at, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tracing::Instrument;
use v1::query_part_response::Part;

use super::Provider;
use super::grant;
use super::provide_part::{PREPARING_EVERY, Watch, table_of};
use super::salts;
use super::sending::{Broken, CHECKED_EVERY, MESSAGE_SIZE, STALL_TIMEOUT, granted, space};
use super::sent::without_place;
use super::spool::{Cutting, Spool};
use super::under_way::{Turn, UnderWay};

/// Maximum number of concurrent queries of one city.
pub(super) const MAX_TO_A_CITY: usize = 4;

/// Suggested delay before a retry at the maximum number of queries.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Number of pieces that wait for the connection.
const MAX_BUFFERED_PIECES: usize = 2;

/// The channel of the parts of an answer.
type Parts = mpsc::Sender<Result<v1::QueryPartResponse>>;

/// Begins to compute a query of the calling node.
pub(super) fn query(
    provider: &Provider,
    under_way: &UnderWay<CityCode>,
    permit: &Permit,
    asked: v1::QueryPartRequest,
) -> Result<Answers<v1::QueryPartResponse>> {
    let consumer = permit.city()?;
    let id = convert::request_from(&asked.request)?;
    let history = granted(provider, id, consumer)?;
    let limits = grant::limits(&history);
    limits.check_connector(permit.principal())?;
    let part = grant::part(&history);
    let part = part.ok_or_else(|| {
        Error::new(
            ErrorCode::NotFound,
            msg::GrantedFileHasNoColumns { request: id },
        )
    })?;
    check_permits_queries(id, &limits, &part)?;
    let engine = provider.engine.clone().ok_or_else(not_computed)?;
    check_version(asked.plan_version)?;
    // The engine decodes the plan again; decoding it here refuses a plan before the part is read.
    let plan = chengji_substrait::decode(&asked.plan)?;
    if plan.table() != id.to_string() {
        return Err(Error::new(
            ErrorCode::InvalidArgument,
            msg::TableQueryOfAnother { request: id },
        ));
    }
    let code = history.submission.resource.code;
    let kv = provider.own.ledger.kv().as_ref();
    let table = table_of(kv, &code, &part)
        .map_err(|error| without_place(&error, &provider.catalogue, &code))?;
    let turn = under_way
        .begin(consumer)
        .ok_or_else(|| too_many(consumer))?;
    let (parts, stream) = mpsc::channel(MAX_BUFFERED_PIECES);
    let watched = parts.clone();
    let computing = Computing {
        watch: Watch::new(provider, (id, consumer), &part, move || watched.is_closed()),
        provider: provider.clone(),
        id,
        consumer,
        code,
        table,
        part,
        engine,
        plan: asked.plan,
        so_far: Arc::default(),
        _turn: turn,
    };
    tokio::spawn(computing.run(parts).in_current_span());
    Ok(Box::pin(ReceiverStream::new(stream)))
}

/// Checks that a grant permits queries of its part, and not only fetches: it permits only fetches if its use is counted or
/// vouched for, or if it delivers increments.
///
/// # Errors
///
/// `NO_GRANT`.
pub(super) fn check_permits_queries(
    request: RequestId,
    limits: &Limits,
    part: &TableScope,
) -> Result<()> {
    let by_fetches = limits.are_metered() || limits.need_voucher() || part.increment.is_some();
    match by_fetches {
        true => Err(Error::new(
            ErrorCode::NoGrant,
            msg::GrantOfFetchesOnly { request },
        )),
        false => Ok(()),
    }
}

/// Refuses a plan of another version: it might be understood, and mean something else. Errors: `INVALID_ARGUMENT`.
fn check_version(version: u32) -> Result<()> {
    let computed = PLAN_VERSION;
    match version == computed {
        true => Ok(()),
        false => Err(Error::new(
            ErrorCode::InvalidArgument,
            msg::TableQueryOfAnotherVersion { version, computed },
        )),
    }
}

/// A query that is being computed.
struct Computing {
    provider: Provider,
    id: RequestId,
    consumer: CityCode,
    code: ResourceCode,
    table: MountedTable,
    part: TableScope,
    engine: Engine,
    plan: Vec<u8>,
    watch: Arc<Watch>,
    /// The number of rows of the part that were read.
    so_far: Arc<AtomicU64>,
    _turn: Turn<CityCode>,
}

impl Computing {
    async fn run(self, parts: Parts) {
        let request = self.id;
        match self.answer(&parts).await {
            Ok(rows) => tracing::info!(%request, rows, "a query of the granted part was computed"),
            Err(Broken::Off) => tracing::info!(%request, "the consumer ended the query"),
            Err(Broken::Failed(error)) => {
                tracing::warn!(%request, "a query of the granted part failed: {error}");
                let _ = timeout(STALL_TIMEOUT, parts.send(Err(error))).await;
            }
        }
    }

    async fn answer(&self, parts: &Parts) -> Result<u64, Broken> {
        let content = self.prepared(parts).await?;
        let table = PartTable {
            content,
            watch: Arc::clone(&self.watch),
        };
        let (planned, mut batches) = {
            let computing = self.engine.compute(table, self.plan.clone(), self.consumer);
            let mut computing = pin!(computing);
            let computing = self.while_watched(parts, &mut computing).await?;
            computing.map_err(|error| self.without_engine(error))?
        };
        let writer = StreamWriter::try_new(Vec::new(), &planned.schema);
        let mut writer = writer.map_err(unwritten)?;
        let mut sent = Sent {
            parts,
            offset: 0,
            digest: Sha256::new(),
        };
        let mut rows = 0;
        loop {
            let next = {
                let mut next = pin!(batches.next());
                self.while_watched(parts, &mut next).await?
            };
            let next = next.transpose();
            let Some(batch) = next.map_err(|error| self.without_engine(error))? else {
                break;
            };
            rows += batch.num_rows() as u64;
            writer.write(&batch).map_err(unwritten)?;
            let stream = mem::take(writer.get_mut());
            self.send(&mut sent, &stream).await?;
        }
        writer.finish().map_err(unwritten)?;
        let stream = mem::take(writer.get_mut());
        self.send(&mut sent, &stream).await?;
        let end = v1::QueryEnd {
            rows,
            digest: sent.digest.finalize().to_vec(),
        };
        sent_part(parts, Part::End(end)).await?;
        Ok(rows)
    }

    /// Reads the granted part.
    async fn prepared(&self, parts: &Parts) -> Result<Arc<Spool>, Broken> {
        let mut reading = pin!(self.read());
        let spool = self.while_watched(parts, &mut reading).await?;
        spool.map_err(|error| Broken::Failed(self.told(&error)))
    }

    /// An error of the engine for the consumer: where the program and its disk are, and how full, is this city's.
    fn without_engine(&self, error: Error) -> Error {
        match error.code() {
            ErrorCode::Misconfigured | ErrorCode::StorageFull => self.told(&error),
            _ => error,
        }
    }

    /// An error for the consumer without the place of the table. What it leaves out is in the log of this city's node.
    fn told(&self, error: &Error) -> Error {
        let request = self.id;
        tracing::warn!(%request, "the granted part is not queried: {error}");
        without_place(error, &self.provider.catalogue, &self.code)
    }

    /// Reports to the consumer how many rows of the part were read. The report is dropped if the channel is full: the next
    /// one says more.
    fn tell(&self, parts: &Parts) {
        let rows = self.so_far.load(Ordering::Relaxed);
        let part = Some(Part::Preparing(v1::Preparing { rows }));
        let _ = parts.try_send(Ok(v1::QueryPartResponse { part }));
    }

    async fn read(&self) -> Result<Arc<Spool>> {
        let (own, spools) = (&self.provider.own, self.provider.spools.clone());
        let turn = spools.cutting.wait(self.id).await;
        let cutting = Cutting {
            name: self.id.to_string(),
            table: self.table.clone(),
            part: self.part.clone(),
            salt: salts::of(own, self.id).await?,
            at: own.now(),
            so_far: Arc::clone(&self.so_far),
        };
        let going = Arc::clone(&self.watch);
        let sources = &self.provider.catalogue.table_sources;
        let read = sources.read(
            &self.table.address.source,
            move || going.goes_on(),
            move |source, go_on| {
                let _turn = turn;
                spools.read(source, cutting, go_on).map(Arc::new)
            },
        );
        read.await
            .map_err(|error| self.watch.refusal().unwrap_or(error))
    }

    /// Sends the next bytes of the stream, each piece if it is granted when the consumer accepts it.
    async fn send(&self, sent: &mut Sent<'_>, stream: &[u8]) -> Result<(), Broken> {
        for content in stream.chunks(MESSAGE_SIZE) {
            sent.digest.update(content);
            let chunk = v1::Chunk {
                offset: sent.offset,
                crc32c: crc32c::crc32c(content),
                content: Bytes::copy_from_slice(content),
            };
            sent.offset += content.len() as u64;
            let mut accepted = pin!(space(sent.parts));
            let space = self.while_watched(sent.parts, &mut accepted).await??;
            let watch = Arc::clone(&self.watch);
            off_thread(move || watch.check()).await?;
            space.send(Ok(v1::QueryPartResponse {
                part: Some(Part::Chunk(chunk)),
            }));
        }
        Ok(())
    }

    /// Awaits a future until the consumer goes away or the grant no longer covers the part. Meanwhile, reports progress to
    /// the consumer at intervals.
    async fn while_watched<F: Future + Unpin>(
        &self,
        parts: &Parts,
        awaited: &mut F,
    ) -> Result<F::Output, Broken> {
        let mut checks = interval_at(Instant::now() + CHECKED_EVERY, CHECKED_EVERY);
        let mut told = Instant::now();
        loop {
            tokio::select! {
                done = &mut *awaited => return Ok(done),
                () = parts.closed() => return Err(Broken::Off),
                _ = checks.tick() => {
                    let watch = Arc::clone(&self.watch);
                    off_thread(move || watch.check()).await?;
                    if told.elapsed() >= PREPARING_EVERY {
                        told = Instant::now();
                        self.tell(parts);
                    }
                }
            }
        }
    }
}

/// What was sent of the rows.
struct Sent<'a> {
    parts: &'a Parts,
    offset: u64,
    digest: Sha256,
}

async fn sent_part(parts: &Parts, part: Part) -> Result<(), Broken> {
    let space = space(parts).await?;
    space.send(Ok(v1::QueryPartResponse { part: Some(part) }));
    Ok(())
}

/// The granted part as the one table of a query.
struct PartTable {
    content: Arc<Spool>,
    watch: Arc<Watch>,
}

impl Tables for PartTable {
    async fn list(&self, _: Option<&TableName>, _: usize) -> Result<Vec<TableName>> {
        Ok(Vec::new())
    }

    async fn schema(&self, _: &TableName) -> Result<SchemaRef> {
        Ok(SchemaRef::clone(&self.content.schema))
    }

    async fn remote_name(&self, _: &TableName) -> Result<Option<String>> {
        Ok(None)
    }

    async fn open(&self, _: &TableName, _: Option<&[u8]>) -> Result<TableContent> {
        let failed = |_| Error::new(ErrorCode::Internal, msg::QueryTableWithoutRows);
        self.content.content().map_err(failed)
    }

    fn still(&self, _: &[TableName]) -> Result<()> {
        self.watch.check()
    }
}

fn not_computed() -> Error {
    Error::new(ErrorCode::NoGrant, msg::QueriesNotComputed)
}

/// Counts the refusal of a query, and returns its error.
fn too_many(consumer: CityCode) -> Error {
    count_refusal();
    let message = msg::TooManyQueries {
        count: MAX_TO_A_CITY,
        consumer,
    };
    Error::new(ErrorCode::LimitExceeded, message).with_retry_after(RETRY_AFTER)
}

/// A defect: rows that the engine wrote are written again.
fn unwritten(_: ArrowError) -> Broken {
    Broken::Failed(Error::new(ErrorCode::Internal, msg::QueryPlanChanged))
}

#[cfg(test)]
#[path = "query_part_tests.rs"]
mod tests;

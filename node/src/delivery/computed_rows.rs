//! The consumer's side of queries that a provider computes: asks for the rows and writes them to a file without a name,
//! without trust in them.
//!
//! This is not a delivery: the rows serve one query, and are gone with it.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use chengji_domain::request::{RequestHistory, RequestId};
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_runtime::off_thread;
use chengji_substrait::PLAN_VERSION;
use chengji_transport::{CallTimeout, with_request_id};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tonic::Streaming;
use v1::query_part_response::Part;

use super::granted_table::GrantedTable;
use super::reception::of_provider;
use super::sending::{CHECKED_EVERY, PIECE};
use super::service::NodeDeliveryService;
use crate::caller::Caller;

/// The message of a query whose computing failed, as of a sum that is too large for its type: an error of the statement.
const FAILED: &str = "query-failed";
/// The message of a provider that does not accept a plan.
const REFUSED: &str = "query-plan-refused";

/// The rows of a query.
#[derive(Debug)]
pub(crate) struct ComputedRows {
    /// The file, a stream in Arrow IPC format.
    pub(crate) file: File,
    /// Its size.
    pub(crate) bytes: u64,
    /// Number of rows, as the provider says.
    pub(crate) rows: u64,
    /// The table as it is granted.
    pub(crate) granted: GrantedTable,
}

/// A file for the rows of a query.
pub(crate) struct ComputedFile {
    file: File,
    folder: PathBuf,
    /// Maximum size, bytes.
    most: u64,
    bytes: u64,
    digest: Sha256,
}

impl ComputedFile {
    /// An empty file in this folder, which takes at most `most` bytes.
    pub(crate) fn new(file: File, folder: &Path, most: u64) -> Self {
        Self {
            file,
            folder: folder.to_owned(),
            most,
            bytes: 0,
            digest: Sha256::new(),
        }
    }

    /// Checks a piece of the stream, which has to be the next one.
    fn take(&mut self, chunk: v1::Chunk) -> Result<Bytes> {
        let v1::Chunk {
            offset,
            content,
            crc32c,
        } = chunk;
        let is_next = offset == self.bytes && (1..=PIECE).contains(&content.len());
        if !is_next || crc32c::crc32c(&content) != crc32c {
            return Err(invalid());
        }
        let bytes = self.bytes + content.len() as u64;
        if bytes > self.most {
            let most = self.most;
            let message = msg::QueryRowsTooLarge { most };
            return Err(Error::new(ErrorCode::LimitExceeded, message));
        }
        self.digest.update(&content);
        self.bytes = bytes;
        Ok(content)
    }

    /// Writes a piece. Blocks.
    fn write(mut self, content: &[u8]) -> Result<Self> {
        let written = self.file.write_all(content);
        match written {
            Ok(()) => Ok(self),
            Err(cause) => Err(self.unwritable(&cause)),
        }
    }

    /// The file and its size, if its content has this digest.
    fn whole(self, digest: &[u8]) -> Result<(File, u64)> {
        match self.digest.finalize()[..] == *digest {
            true => Ok((self.file, self.bytes)),
            false => Err(invalid()),
        }
    }

    fn unwritable(&self, cause: &io::Error) -> Error {
        let code = match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::StorageFull,
            _ => ErrorCode::Misconfigured,
        };
        let path = Value::text(self.folder.display());
        Error::new(code, msg::QueryTableUnwritable { path, cause })
    }
}

impl NodeDeliveryService {
    /// The rows of a query of the table that is granted under a request, a plan of Substrait, which the provider computes
    /// now for a caller in the call of this id.
    ///
    /// # Errors
    ///
    /// Those of the grant, which is checked each second until the rows are there; the refusal of the provider,
    /// `PEER_UNAVAILABLE`, `PEER_INVALID`, also for a plan that the provider does not accept, after which the table is
    /// fetched; `LIMIT_EXCEEDED` for too many rows; `STORAGE_FULL`.
    pub(crate) async fn computed(
        &self,
        by: (&Caller, &str),
        request: RequestId,
        query: &[u8],
        into: ComputedFile,
    ) -> Result<ComputedRows> {
        let computed = self.received(by, request, query, into).await;
        match &computed {
            Ok(_) => {}
            Err(error) if error.message().code() == REFUSED => {
                tracing::warn!(%request, "the provider does not accept a query: {error}");
                self.queried.note_refusal(request);
            }
            // Whether the provider computes queries, and of which columns, is asked anew.
            Err(_) => self.queried.forget(request),
        }
        computed
    }

    async fn received(
        &self,
        (caller, call): (&Caller, &str),
        request: RequestId,
        query: &[u8],
        mut into: ComputedFile,
    ) -> Result<ComputedRows> {
        let granted = self.granted_table(caller, request)?;
        let history = &granted.history;
        let asked = v1::QueryPartRequest {
            request: request.to_string(),
            plan: query.to_owned(),
            plan_version: PLAN_VERSION,
        };
        let mut client =
            DeliveryServiceClient::new(self.consumer.cluster.peer(history.provider())?);
        let asked = with_request_id(tonic::Request::new(asked), call);
        let answer = CallTimeout::Piece.answer(client.query_part(asked)).await;
        let mut parts = answer.map_err(|error| of_computing(error, history))?;
        // Parts may follow each other faster than the grant is checked.
        let mut checks = interval_at(Instant::now() + CHECKED_EVERY, CHECKED_EVERY);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let next = self.next_part((caller, &granted), &mut parts, &mut checks);
            match next.await? {
                Some(Part::Preparing(_)) => {}
                Some(Part::Chunk(chunk)) => {
                    let content = into.take(chunk)?;
                    let disk = Arc::clone(&self.consumer.disk);
                    into = off_thread(move || {
                        disk.check_room_in(&into.folder, content.len() as u64)?;
                        into.write(&content)
                    })
                    .await?;
                }
                Some(Part::End(end)) => {
                    let (file, bytes) = into.whole(&end.digest)?;
                    tracing::info!(%request, rows = end.rows, bytes, "the provider computed a query");
                    return Ok(ComputedRows {
                        file,
                        bytes,
                        rows: end.rows,
                        granted,
                    });
                }
                None => return Err(invalid()),
            }
        }
    }

    /// The next part of an answer, as long as the caller may read the table.
    async fn next_part(
        &self,
        (caller, granted): (&Caller, &GrantedTable),
        parts: &mut Streaming<v1::QueryPartResponse>,
        checks: &mut Interval,
    ) -> Result<Option<Part>> {
        let mut next = pin!(CallTimeout::Piece.next(parts));
        loop {
            tokio::select! {
                biased;
                _ = checks.tick() => self.check_still_granted(caller, granted)?,
                part = &mut next => {
                    let part = part.map_err(|error| of_computing(error, &granted.history))?;
                    return match part {
                        Some(answer) => answer.part.map(Some).ok_or_else(invalid),
                        None => Ok(None),
                    };
                }
            }
        }
    }
}

/// The refusal or failure of a provider that computes a query.
fn of_computing(error: Error, history: &RequestHistory) -> Error {
    match of_plan(&error, history.provider(), history.id) {
        Some(refused) => refused,
        None => of_provider(error, history),
    }
}

/// The error for a plan that the provider does not accept, if this is its refusal. This node made the plan: whoever wrote
/// the statement cannot correct it.
fn of_plan(error: &Error, provider: CityCode, request: RequestId) -> Option<Error> {
    let is_of_plan = error.code() == ErrorCode::InvalidArgument && error.message().code() != FAILED;
    let message = msg::QueryPlanRefused {
        cause: error.message(),
        provider,
        request,
    };
    is_of_plan.then(|| Error::new(ErrorCode::PeerInvalid, message))
}

/// The error for an answer that breaks the protocol.
fn invalid() -> Error {
    Error::new(ErrorCode::PeerInvalid, msg::QueryRowsInvalid)
}

#[cfg(test)]
mod tests {
    use chengji_messages::Message;

    use super::*;
    use crate::queries::samples::number;

    fn chunk(offset: u64, content: &'static [u8]) -> v1::Chunk {
        v1::Chunk {
            offset,
            content: Bytes::from_static(content),
            crc32c: crc32c::crc32c(content),
        }
    }

    fn taken(chunks: Vec<v1::Chunk>) -> Result<u64, ErrorCode> {
        let folder = tempfile::tempdir().unwrap();
        let mut into = ComputedFile::new(tempfile::tempfile().unwrap(), folder.path(), 10);
        for chunk in chunks {
            let content = into.take(chunk).map_err(|error| error.code())?;
            into = into.write(&content).map_err(|error| error.code())?;
        }
        assert_eq!(into.file.metadata().unwrap().len(), into.bytes);
        Ok(into.bytes)
    }

    #[test]
    fn pieces_follow_each_other_undamaged_up_to_the_limit() {
        let whole = vec![chunk(0, b"12345"), chunk(5, b"67890")];
        assert_eq!(taken(whole), Ok(10));
        let beyond = vec![chunk(0, b"12345"), chunk(5, b"678901")];
        assert_eq!(taken(beyond), Err(ErrorCode::LimitExceeded));
        let damaged = v1::Chunk {
            crc32c: 1,
            ..chunk(0, b"12345")
        };
        for wrong in [damaged, chunk(1, b"2"), chunk(0, b"")] {
            assert_eq!(taken(vec![wrong]), Err(ErrorCode::PeerInvalid));
        }
    }

    #[test]
    fn a_plan_that_is_refused_is_no_error_of_the_statement() {
        let of = |code, message: Message| {
            let error = Error::new(code, message);
            of_plan(&error, "430200".parse().unwrap(), number(1))
        };
        let refused = of(ErrorCode::InvalidArgument, msg::TableQueryNotAllowed.into());
        let refused = refused.unwrap();
        assert_eq!(refused.code(), ErrorCode::PeerInvalid);
        assert_eq!(refused.message().code(), REFUSED);
        let provider = refused.message().param("provider");
        assert_eq!(provider, Some(&"430200".into()));
        let failed = msg::QueryFailed { cause: "overflow" };
        let failed = Message::from(failed);
        assert_eq!(failed.code(), FAILED);
        assert!(of(ErrorCode::InvalidArgument, failed).is_none());
        let not_computed = msg::QueriesNotComputed.into();
        assert!(of(ErrorCode::NoGrant, not_computed).is_none());
    }

    #[test]
    fn rows_of_another_digest_are_refused() {
        let whole = |digest: &[u8]| {
            let folder = tempfile::tempdir().unwrap();
            let mut into = ComputedFile::new(tempfile::tempfile().unwrap(), folder.path(), 10);
            let content = into.take(chunk(0, b"12345")).unwrap();
            let whole = into.write(&content).unwrap().whole(digest);
            whole.map(|(_, bytes)| bytes).map_err(|error| error.code())
        };
        assert_eq!(whole(&Sha256::digest(b"12345")), Ok(5));
        for wrong in [Sha256::digest(b"1234").as_slice(), b"", &[0; 33]] {
            assert_eq!(whole(wrong), Err(ErrorCode::PeerInvalid));
        }
    }
}

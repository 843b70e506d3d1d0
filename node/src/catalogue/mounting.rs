//! Mounts many files: each pair of an entry and a file is independent. Failures are reported with a
//! remedy, unchanged pairs are skipped, and the others are mounted, each as durably as a single one.

use std::sync::Arc;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_paging::pieces;
use chengji_proto::service::Messages;
use chengji_proto::v1;
use chengji_proto::v1::MountOutcome;
use chengji_proto::v1::mount_many_request::Step;
use chengji_runtime::off_thread;
use chengji_transport::Held;
use futures_util::StreamExt;
use prost::Message as _;
use tokio::sync::mpsc;

use super::Catalogue;
use super::editor::Editor;
use super::matching::{Entries, matched};
use super::mount::{READERS, mount_located};
use super::pairs::{Checked, Ready, check, is_of_the_pair, repeated_codes};
use super::pattern::Pattern;
use super::{entries, folders};

/// Maximum number of pairs of one call, and their size in bytes.
const MAX_PAIRS: usize = 200_000;
const MAX_BYTES: usize = 64 << 20;
/// Approximate memory of a pair in addition to its own bytes.
const MESSAGE_OVERHEAD: usize = 128;
/// Number of pairs checked, and of results reported, at once.
const PIECE: usize = 500;

/// The channel for progress reports.
pub type MountManyResponseSender = mpsc::Sender<Result<v1::MountManyResponse>>;

/// A mounting of many files in progress.
pub struct Mounting {
    catalogue: Catalogue,
    editor: Editor,
    responses: MountManyResponseSender,
    dry_run: bool,
    /// The last report, without its results.
    progress: v1::MountManyResponse,
    /// The memory of the pairs.
    held: Held,
}

impl Mounting {
    /// Creates a mounting by `editor`, whose memory is accounted to `held`.
    pub fn new(
        catalogue: Catalogue,
        editor: Editor,
        responses: MountManyResponseSender,
        held: Held,
    ) -> Self {
        Self {
            catalogue,
            editor,
            responses,
            dry_run: false,
            progress: v1::MountManyResponse::default(),
            held,
        }
    }

    /// Reads the call's messages, mounts the pairs in them, and reports the results.
    pub async fn run(mut self, mut requests: Messages<v1::MountManyRequest>) -> Result<()> {
        let first = requests.next().await?.and_then(|first| first.step);
        let Some(Step::Start(start)) = first else {
            return Err(no_start());
        };
        self.dry_run = start.dry_run;
        let pairs = if start.pattern.is_empty() {
            received(requests, &mut self.held).await?
        } else {
            self.found(&start.pattern).await?
        };
        self.all(pairs).await
    }

    /// The pairs of the files that fit a pattern; the others are reported.
    async fn found(&mut self, pattern: &str) -> Result<Vec<v1::MountPair>> {
        let pattern = Pattern::parse(pattern)?;
        let (catalogue, editor) = (self.catalogue.clone(), self.editor.clone());
        let matched = off_thread(move || {
            let mut entries = Entries::default();
            for record in entries::all(catalogue.own.ledger.kv().as_ref()) {
                entries.add(&record?, &editor);
            }
            let listing = folders::list(&catalogue.mount_roots)?;
            let of_department = editor.department.is_some();
            Ok(matched(&pattern, &entries, &listing, of_department))
        })
        .await?;
        self.progress.passed_over = matched.passed_over;
        let unmatched = matched.unmatched.into_iter().map(|path| v1::MountResult {
            path,
            outcome: MountOutcome::Unmatched.into(),
            ..v1::MountResult::default()
        });
        let problems = matched.problems.into_iter().map(|(code, path, error)| {
            let result = v1::MountResult {
                code,
                path,
                ..v1::MountResult::default()
            };
            result.failed(&error)
        });
        let results: Vec<v1::MountResult> = unmatched.chain(problems).collect();
        for piece in results.chunks(PIECE) {
            self.report(piece.to_vec(), 0).await?;
        }
        let pair = |(code, path)| v1::MountPair {
            line: 0,
            code,
            path,
        };
        Ok(matched.pairs.into_iter().map(pair).collect())
    }

    async fn all(&mut self, pairs: Vec<v1::MountPair>) -> Result<()> {
        self.progress.total = pairs.len() as u64;
        let twice = Arc::new(repeated_codes(&pairs));
        let mut pairs = pairs.into_iter().peekable();
        while pairs.peek().is_some() {
            let piece: Vec<v1::MountPair> = pairs.by_ref().take(PIECE).collect();
            let (catalogue, editor) = (self.catalogue.clone(), self.editor.clone());
            let twice = Arc::clone(&twice);
            let looked = off_thread(move || {
                let looked = piece
                    .into_iter()
                    .map(|pair| check(&catalogue, &editor, pair, &twice));
                looked.collect::<Result<Vec<_>>>()
            });
            let (mut done, mut ready) = (Vec::new(), Vec::new());
            for looked in looked.await? {
                match looked {
                    Checked::Done(result) => done.push(result),
                    Checked::Ready(pair) if self.dry_run => done.push(pair.result),
                    Checked::Ready(pair) => ready.push(pair),
                }
            }
            let count = done.len() as u64;
            self.report(done, count).await?;
            self.mount(ready).await?;
        }
        Ok(())
    }

    /// Mounts the ready pairs in pieces, and reports each when it is durable.
    async fn mount(&mut self, ready: Vec<Ready>) -> Result<()> {
        let (catalogue, editor, responses) = (
            self.catalogue.clone(),
            self.editor.clone(),
            self.responses.clone(),
        );
        let mounting = ready.into_iter().map(move |ready| {
            mount_one(catalogue.clone(), editor.clone(), responses.clone(), ready)
        });
        let mut mounted = futures_util::stream::iter(mounting)
            .buffer_unordered(READERS)
            .ready_chunks(PIECE);
        while let Some(results) = mounted.next().await {
            let results = results.into_iter().collect::<Result<Vec<_>>>()?;
            let count = results.len() as u64;
            self.report(results, count).await?;
        }
        Ok(())
    }

    /// Reports results; `done` is the number of finished pairs among them.
    async fn report(&mut self, results: Vec<v1::MountResult>, done: u64) -> Result<()> {
        self.progress.done += done;
        let counts = self.progress.counts.get_or_insert_default();
        results
            .iter()
            .for_each(|result| counts.add(result.outcome()));
        let mut pieces = pieces(results);
        if pieces.is_empty() {
            pieces.push(Vec::new());
        }
        for results in pieces {
            let response = v1::MountManyResponse {
                results,
                ..self.progress.clone()
            };
            self.responses
                .send(Ok(response))
                .await
                .map_err(|_| caller_gone())?;
        }
        Ok(())
    }
}

async fn received(
    mut requests: Messages<v1::MountManyRequest>,
    held: &mut Held,
) -> Result<Vec<v1::MountPair>> {
    let mut received = Received::default();
    while let Some(message) = requests.next().await? {
        let Some(Step::Pairs(some)) = message.step else {
            return Err(no_start());
        };
        let size = some.encoded_len() + some.pairs.len() * MESSAGE_OVERHEAD;
        held.grow(size)?;
        received.take(some)?;
    }
    Ok(received.pairs)
}

/// The received pairs, within the limits.
#[derive(Default)]
struct Received {
    pairs: Vec<v1::MountPair>,
    bytes: usize,
}

impl Received {
    fn take(&mut self, some: v1::MountPairs) -> Result<()> {
        self.bytes += some.encoded_len();
        self.pairs.extend(some.pairs);
        if self.pairs.len() <= MAX_PAIRS && self.bytes <= MAX_BYTES {
            return Ok(());
        }
        let message = msg::MountTooManyPairs {
            most: MAX_PAIRS,
            size: MAX_BYTES >> 20,
        };
        Err(Error::new(ErrorCode::LimitExceeded, message))
    }
}

async fn mount_one(
    catalogue: Catalogue,
    editor: Editor,
    responses: MountManyResponseSender,
    ready: Ready,
) -> Result<v1::MountResult> {
    let Ready { result, code, path } = ready;
    // No more files are read after the caller disconnects.
    let go_on = move || !responses.is_closed();
    match mount_located(&catalogue, &editor, code, path, go_on).await {
        Ok(_) => Ok(result),
        Err(error) if is_of_the_pair(&error) => Ok(result.failed(&error)),
        Err(error) => Err(error),
    }
}

fn caller_gone() -> Error {
    Error::new(ErrorCode::Unavailable, msg::CallerGone)
}

fn no_start() -> Error {
    Error::new(ErrorCode::InvalidArgument, msg::MountWithoutStart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_taken_as_long_as_there_is_room() {
        let pair = v1::MountPair {
            line: 1,
            code: "103001000001".to_owned(),
            path: "a".repeat(1 << 20),
        };
        let mut received = Received::default();
        let mut take = |count: usize, pair: &v1::MountPair| {
            let pairs = vec![pair.clone(); count];
            received.take(v1::MountPairs { pairs })
        };
        assert_eq!(take(63, &pair), Ok(()));
        let error = take(1, &pair).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        let mut many = Received::default();
        let pairs = vec![v1::MountPair::default(); MAX_PAIRS + 1];
        let error = many.take(v1::MountPairs { pairs }).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
    }
}

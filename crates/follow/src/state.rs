//! What is kept of followed logs: position, entries as they stood, those set aside, and freshness.

use std::collections::BTreeSet;
use std::sync::Arc;

use chengji_domain::fact::LogOwner;
use chengji_domain::{CityCode, Digest, Error, ErrorCode, Result};
use chengji_proto::convert::time_to;
use chengji_proto::v1;
use chengji_store::{Key, KeyReader, KeyValue, Pair, Position, Prefix, View, after, each};
use jiff::{SignedDuration, Timestamp};
use prost::Message;
use tokio::sync::watch;
use tokio::time::Instant;

/// The live state of following one log.
#[derive(Clone, Debug)]
pub struct Followed(pub(crate) Arc<watch::Sender<FollowState>>);

impl Followed {
    /// The state now.
    pub fn state(&self) -> FollowState {
        self.0.borrow().clone()
    }

    /// The log cannot be followed now, for this reason.
    pub(crate) fn is_stale(&self, error: &Error, now: Timestamp) {
        self.0.send_modify(|state| {
            if state.stale_since.is_none() {
                let log = state.log;
                tracing::warn!(%log, reason = %error, "cannot follow; trying again");
                state.stale_since = Some(state.last_heard.unwrap_or(now));
            }
            error.message().clone_into(&mut state.stale_reason);
        });
    }
}

/// How far a log is followed, and how fresh that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowState {
    /// Whose log.
    pub log: LogOwner,
    /// The next entry to apply.
    pub position: Position,
    /// The log's head as last heard.
    pub head: u64,
    /// The last sign of life since this program started.
    pub last_heard: Option<Timestamp>,
    /// The same by the monotonic clock.
    pub heard_at: Option<Instant>,
    /// When all of the log was last known, since this program started.
    pub caught_up: Option<CaughtUp>,
    /// The owner's clock less the own, as of the last sign of life at the log's head.
    pub clock_skew: Option<SignedDuration>,
    /// Since when the log's owner cannot be reached.
    pub stale_since: Option<Timestamp>,
    /// Why.
    pub stale_reason: String,
    /// Entries set aside.
    pub quarantined: u64,
}

/// A moment at which all of a log was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaughtUp {
    /// The log's head then: entries from here on were written later.
    pub head: u64,
    /// When, by the monotonic clock.
    pub at: Instant,
}

/// The state on the wire.
pub fn followed_log(state: &FollowState) -> v1::FollowedLog {
    v1::FollowedLog {
        log: state.log.to_string(),
        epoch: state.position.epoch,
        position: state.position.seq,
        head: state.head,
        last_heard: state.last_heard.map(time_to),
        stale_since: state.stale_since.map(time_to),
        stale_reason: state.stale_reason.clone(),
        quarantined: state.quarantined,
        clock_skew_ms: state.clock_skew.map(skew_to),
        not_followed_since: None,
        not_followed_reason: String::new(),
    }
}

/// A difference of clocks on the wire, milliseconds.
pub fn skew_to(skew: SignedDuration) -> i64 {
    i64::try_from(skew.as_millis()).unwrap_or(if skew.is_negative() {
        i64::MIN
    } else {
        i64::MAX
    })
}

/// Of a log of which nothing is known: no log has epoch 0.
pub(crate) const UNKNOWN: Position = Position { epoch: 0, seq: 0 };
/// Of a log that is being forgotten, so that whoever comes next goes on with it.
pub(crate) const FORGETTING: Position = Position {
    epoch: 0,
    seq: u64::MAX,
};

/// The next entry of this log to apply; epoch 0 where it was never followed, or is being forgotten.
pub fn position(view: &(impl View + ?Sized), log: LogOwner) -> Result<Position> {
    let known = known_position(view, log)?;
    Ok(if known == FORGETTING { UNKNOWN } else { known })
}

/// What the store says about this log, [`UNKNOWN`] and [`FORGETTING`] included.
pub(crate) fn known_position(view: &(impl View + ?Sized), log: LogOwner) -> Result<Position> {
    match view.value(&position_key(log))? {
        Some(bytes) => Position::from_bytes(&bytes),
        None => Ok(UNKNOWN),
    }
}

/// Entries of a followed log as they stood, from `from` on, at most `limit`; `None` for one of
/// which only the leaf hash is known.
pub fn mirrored(
    kv: &dyn KeyValue,
    log: LogOwner,
    from: u64,
    limit: usize,
) -> Result<Vec<(u64, Option<Vec<u8>>)>> {
    let lower = mirror_key(Prefix::MirrorEntry, log, from);
    let (_, upper) = Key::new(Prefix::MirrorEntry).u32(number(log)).range();
    // An empty value stands for an entry that may not be read: its leaf is kept beside it.
    let entry = |(key, bytes): Pair| {
        Ok((
            seq_in(Prefix::MirrorEntry, &key)?,
            (!bytes.is_empty()).then_some(bytes),
        ))
    };
    kv.range(&lower, &upper, limit)?
        .into_iter()
        .map(entry)
        .collect()
}

/// Leaf hashes of a followed log from `from` on, at most `limit`.
pub fn mirrored_leaves(
    kv: &dyn KeyValue,
    log: LogOwner,
    from: u64,
    limit: usize,
) -> Result<Vec<Digest>> {
    let lower = mirror_key(Prefix::MirrorLeaf, log, from);
    let (_, upper) = Key::new(Prefix::MirrorLeaf).u32(number(log)).range();
    let leaf = |(_, bytes): Pair| {
        Digest::from_slice(&bytes).map_err(|_| {
            let message = format!("a leaf of the copy of the log of {log} is malformed");
            Error::new(ErrorCode::StorageDamaged, message)
        })
    };
    kv.range(&lower, &upper, limit)?
        .into_iter()
        .map(leaf)
        .collect()
}

/// Which entries of a log were set aside.
pub fn set_aside(view: &(impl View + ?Sized), log: LogOwner) -> Result<BTreeSet<u64>> {
    let mut aside = BTreeSet::new();
    each(
        view,
        Key::new(Prefix::Quarantine).u32(number(log)),
        |key, _| {
            aside.insert(seq_in(Prefix::Quarantine, key)?);
            Ok(())
        },
    )?;
    Ok(aside)
}

/// A page of the entries that were set aside, of whichever log, with the reasons.
pub fn quarantine(
    kv: &dyn KeyValue,
    request: &v1::ListQuarantineRequest,
) -> Result<v1::ListQuarantineResponse> {
    // With the longest reasons, half of what a client takes in one message.
    const PAGE: usize = 1_000;
    let (mut lower, upper) = Key::new(Prefix::Quarantine).range();
    if !request.page.is_empty() {
        lower = after(&key_of_page(&request.page)?);
    }
    let pairs = kv.range(&lower, &upper, PAGE)?;
    let next_page = match pairs.get(PAGE - 1) {
        Some((key, _)) => page_of_key(key)?,
        None => String::new(),
    };
    let entries = pairs.iter().map(|(_, bytes)| {
        v1::QuarantinedEntry::decode(bytes.as_slice()).map_err(|e| {
            let message = format!("a stored quarantined entry: {e}");
            Error::new(ErrorCode::StorageDamaged, message)
        })
    });
    Ok(v1::ListQuarantineResponse {
        entries: entries.collect::<Result<_>>()?,
        next_page,
    })
}

/// A page is named by the last entry before it.
fn page_of_key(key: &[u8]) -> Result<String> {
    let mut reader = KeyReader::new(Prefix::Quarantine, key)?;
    Ok(format!("{}-{}", reader.u32()?, reader.u64()?))
}

fn key_of_page(page: &str) -> Result<Vec<u8>> {
    let parts = page.split_once('-');
    let parts = parts.and_then(|(log, seq)| Some((log.parse().ok()?, seq.parse().ok()?)));
    let (log, seq) = parts.ok_or_else(|| {
        let message = format!("there is no page after '{page}'");
        Error::new(ErrorCode::InvalidArgument, message)
            .with_remedy("send next_page as it came, or nothing for the first page")
    })?;
    Ok(Key::new(Prefix::Quarantine).u32(log).u64(seq).finish())
}

/// The place of an entry in its log, of a key that names log and place.
fn seq_in(prefix: Prefix, key: &[u8]) -> Result<u64> {
    let mut reader = KeyReader::new(prefix, key)?;
    reader.u32()?;
    reader.u64()
}

pub(crate) fn position_key(log: LogOwner) -> Vec<u8> {
    Key::new(Prefix::Follow).u32(number(log)).finish()
}

pub(crate) fn mirror_key(prefix: Prefix, log: LogOwner, seq: u64) -> Vec<u8> {
    Key::new(prefix).u32(number(log)).u64(seq).finish()
}

/// A log's owner in a key: the city's code, or 0 for the coordinator.
fn number(log: LogOwner) -> u32 {
    match log {
        LogOwner::City(city) => CityCode::number(city),
        LogOwner::Coordinator => 0,
    }
}

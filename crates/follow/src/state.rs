//! What is kept of followed logs: position, entries as they stood, those set aside, and freshness.

use std::sync::Arc;

use chengji_domain::fact::LogOwner;
use chengji_domain::{CityCode, Result};
use chengji_proto::convert::time_to;
use chengji_proto::v1;
use chengji_store::{Key, KeyValue, Position, Prefix, View};
use jiff::Timestamp;
use prost::Message;
use tokio::sync::watch;

/// The live state of following one log.
#[derive(Clone, Debug)]
pub struct Followed(pub(crate) Arc<watch::Sender<FollowState>>);

impl Followed {
    /// The state now.
    pub fn state(&self) -> FollowState {
        self.0.borrow().clone()
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
    /// Since when the log's owner cannot be reached.
    pub stale_since: Option<Timestamp>,
    /// Why.
    pub stale_reason: String,
    /// Entries set aside.
    pub quarantined: u64,
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
    }
}

/// The next entry of this log to apply; epoch 0 where it was never followed.
pub fn position(view: &(impl View + ?Sized), log: LogOwner) -> Result<Position> {
    match view.value(&position_key(log))? {
        Some(bytes) => Position::from_bytes(&bytes),
        None => Ok(Position { epoch: 0, seq: 0 }),
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
    let pairs = kv.range(&lower, &upper, limit)?;
    // An empty value stands for an entry that may not be read: its leaf is kept beside it.
    let entries = pairs.into_iter().zip(from..);
    Ok(entries
        .map(|((_, bytes), seq)| (seq, (!bytes.is_empty()).then_some(bytes)))
        .collect())
}

/// Every entry that was set aside, of whichever log.
pub fn quarantine(kv: &dyn KeyValue) -> Result<Vec<v1::QuarantinedEntry>> {
    const MOST: usize = 10_000;
    let (lower, upper) = Key::new(Prefix::Quarantine).range();
    let damaged = |e: prost::DecodeError| {
        let message = format!("a stored quarantined entry: {e}");
        chengji_domain::Error::new(chengji_domain::ErrorCode::StorageDamaged, message)
    };
    let pairs = kv.range(&lower, &upper, MOST)?;
    pairs
        .iter()
        .map(|(_, bytes)| v1::QuarantinedEntry::decode(bytes.as_slice()).map_err(damaged))
        .collect()
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

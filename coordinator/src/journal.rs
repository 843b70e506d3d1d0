//! Writing in the coordinator's own log: the one way in which it says anything.

use chengji_domain::fact::{ClusterFact, LogEntry, LogOwner};
use chengji_domain::{Principal, Result};
use chengji_follow::next_time;
use chengji_proto::convert::cluster_entry_bytes;
use chengji_store::{Position, Tx};
use jiff::Timestamp;

/// Appends a fact because of this principal, at this time or that of the last entry, whichever is
/// later.
pub fn append(
    tx: &mut Tx<'_>,
    at: Timestamp,
    principal: &Principal,
    fact: ClusterFact,
) -> Result<Position> {
    let at = next_time(tx, at)?;
    tx.append(|position| {
        cluster_entry_bytes(&LogEntry {
            log: LogOwner::Coordinator,
            epoch: position.epoch,
            seq: position.seq,
            at,
            principal: principal.clone(),
            fact,
        })
    })
}

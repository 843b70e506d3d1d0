//! Writing in the coordinator's own log: the one way in which it says anything.

use chengji_domain::fact::{ClusterFact, LogEntry, LogOwner};
use chengji_domain::{Principal, Result};
use chengji_proto::convert::cluster_entry_bytes;
use chengji_store::{Position, Tx};
use jiff::Timestamp;

/// Appends a fact, said at this time because of this principal.
pub fn append(
    tx: &mut Tx<'_>,
    at: Timestamp,
    principal: &Principal,
    fact: ClusterFact,
) -> Result<Position> {
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

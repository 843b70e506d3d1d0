//! The probes that the coordinator has ordered, and their outcomes.

use chengji_domain::Result;
use chengji_domain::fact::{ClusterFact, LogEntry, Origin};
use chengji_domain::probe::ProbeRecord;
use chengji_follow::probe_table;
use chengji_store::Tx;

use super::CoordinatorLog;

impl CoordinatorLog {
    /// Applies a fact about a probe: of this city's entry, or one that it makes.
    pub(super) fn probe_fact(&self, tx: &mut Tx<'_>, entry: &LogEntry<ClusterFact>) -> Result<()> {
        match &entry.fact {
            ClusterFact::ProbeOrdered(order) => {
                let record = ProbeRecord {
                    number: Origin {
                        epoch: entry.epoch,
                        seq: entry.seq,
                    },
                    at: entry.at,
                    order: (**order).clone(),
                    made: None,
                };
                probe_table::take(tx, &record, Some(self.own.city))
            }
            ClusterFact::ProbeNoted(note) => {
                probe_table::put_outcome(tx, (note.prober, note.at), &note.made).map(drop)
            }
            _ => Ok(()),
        }
    }
}

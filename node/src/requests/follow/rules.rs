//! Deadline rules and holiday notices of the coordinator's log.

use std::sync::atomic::Ordering;

use chengji_domain::Result;
use chengji_domain::calendar::{RecordedRules, RulesFact};
use chengji_domain::fact::{ClusterFact, LogEntry};
use chengji_follow::rule_table;
use chengji_store::Tx;

use super::CoordinatorLog;

impl CoordinatorLog {
    /// Stores a fact about rules; it is in force once it is committed.
    pub(super) fn rules_fact(
        &self,
        tx: &mut Tx<'_>,
        entry: &LogEntry<ClusterFact>,
        fact: RulesFact,
    ) -> Result<()> {
        let recorded = RecordedRules {
            seq: entry.seq,
            at: entry.at,
            by: entry.principal.clone(),
            fact,
        };
        rule_table::put(tx, &recorded)?;
        self.rules_changed.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Forgets the facts of a log that is read anew; returns false while there are more. Until it is read to its end,
    /// the rules in force are those of the part that was read.
    pub(super) fn forget_rules(&self, tx: &mut Tx<'_>) -> Result<bool> {
        self.rules_changed.store(true, Ordering::SeqCst);
        rule_table::forget(tx)
    }

    /// Puts the committed facts in force, if they changed.
    pub(super) fn put_rules_in_force(&self) {
        if !self.rules_changed.swap(false, Ordering::SeqCst) {
            return;
        }
        match rule_table::book(&**self.own.ledger.kv()) {
            Ok(book) => self.rules.replace(book),
            Err(error) => {
                self.rules_changed.store(true, Ordering::SeqCst);
                tracing::error!(%error, "cannot read the deadline rules; trying again with the next message");
            }
        }
    }
}

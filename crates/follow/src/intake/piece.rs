//! Stores the entries of one transaction, one by one.

use chengji_domain::fact::{LogOwner, QuarantinedRun};
use chengji_domain::problem::Problem;
use chengji_domain::{Error, ErrorCode, Fault, Result};
use chengji_records::Quarantined;
use chengji_store::{Edge, Position, Prefix, StoredTree, Tx};
use jiff::Timestamp;

use super::Stored;
use crate::apply::{Apply, Sums as _};
use crate::copies::copy_key;
use crate::parsed::{Content, ParsedEntry};
use crate::state::QUARANTINE;

/// Maximum length of the stored reason of an entry that was set aside, characters.
pub(super) const MAX_REASON: usize = 500;

/// Entries being stored in one transaction.
pub(super) struct Piece<'a, A: Apply> {
    pub(super) log: LogOwner,
    /// The number of the copy that they are stored in.
    pub(super) copy: u32,
    pub(super) at: Timestamp,
    pub(super) apply: &'a A,
    pub(super) stored: Stored,
    /// The sums over the entries that took effect.
    pub(super) sums: A::Sums,
    /// The copy's tree, and its right edge.
    pub(super) tree: StoredTree,
    pub(super) edge: Edge,
    /// The entries that were set aside.
    pub(super) run: Option<QuarantinedRun>,
}

impl<A: Apply> Piece<'_, A> {
    /// Stores the next entry and its effect; `index` is its place in the message.
    pub(super) fn take(
        &mut self,
        tx: &mut Tx<'_>,
        index: usize,
        parsed: &ParsedEntry<A::Fact>,
    ) -> Result<()> {
        let seq = self.stored.position.seq;
        let effect = match &parsed.content {
            Content::Refused(error) => return Err(error.clone()),
            Content::Readable(fact) => {
                self.put(tx, seq, parsed);
                let mut sums = A::Sums::default();
                let apply = |tx: &mut Tx<'_>| self.apply.apply(tx, &mut sums, fact, &parsed.entry);
                let effect = tx.attempt(apply);
                if effect.is_ok() {
                    self.sums.add(sums);
                }
                effect
            }
            Content::Private => {
                self.put(tx, seq, parsed);
                Ok(())
            }
            Content::Unreadable(error) => {
                self.put(tx, seq, parsed);
                Err(error.clone())
            }
        };
        match effect {
            Ok(()) => self.stored.effective.push(index),
            // An entry that shows a divergence of the log has no effect and is not stored in the copy.
            Err(error)
                if error.code().fault() == Fault::Us || error.code() == ErrorCode::LogDiverged =>
            {
                return Err(error);
            }
            Err(error) => self.set_aside(tx, &error)?,
        }
        self.stored.position.seq += 1;
        Ok(())
    }

    fn put(&mut self, tx: &mut Tx<'_>, seq: u64, parsed: &ParsedEntry<A::Fact>) {
        let key = |prefix| copy_key(prefix, self.log, self.copy, seq);
        for node in self.edge.push(parsed.leaf) {
            let (key, node) = self.tree.pair(node);
            tx.put(key, node);
        }
        tx.put(key(Prefix::MirrorLeaf), parsed.leaf.0.to_vec());
        tx.put(key(Prefix::MirrorEnvelope), parsed.entry.envelope.to_vec());
        tx.put(key(Prefix::MirrorBody), parsed.entry.body.to_vec());
    }

    fn set_aside(&mut self, tx: &mut Tx<'_>, why: &Error) -> Result<()> {
        let Position { epoch, seq } = self.stored.position;
        let reason = why.message().clone().with_texts_cut(MAX_REASON);
        let run = self.run.get_or_insert_with(|| QuarantinedRun {
            epoch,
            from_seq: seq,
            to_seq: seq,
            count: 0,
            problem: Problem::from(why),
        });
        run.to_seq = seq;
        run.count += 1;
        let record = Quarantined {
            epoch,
            reason,
            at: self.at,
        };
        QUARANTINE.put(tx, &(self.log, self.copy, seq), &record)
    }
}

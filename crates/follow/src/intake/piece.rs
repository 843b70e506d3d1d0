//! Stores the entries of one transaction, one by one.

use std::ops::Range;

use chengji_domain::fact::{LogOwner, QuarantinedRun};
use chengji_domain::problem::Problem;
use chengji_domain::{Epoch, Error, ErrorCode, Fault, Result};
use chengji_records::{FollowedPosition, Quarantined};
use chengji_runtime::off_thread;
use chengji_store::{Edge, Position, Prefix, ReadAhead, StoredTree, Tx};
use jiff::Timestamp;

use super::{Entries, Intake, Stored, is_at};
use crate::apply::{Apply, StoredPiece, Sums as _};
use crate::copies::{FOLLOWED_POSITIONS, LogCopy, copy_key, followed_position, tree};
use crate::parsed::{Content, ParsedEntry};
use crate::state::QUARANTINE;

/// Maximum length of the stored reason of an entry that was set aside, characters.
pub(super) const MAX_REASON: usize = 500;

impl<A: Apply> Intake<A> {
    /// Stores the entries of a message in this range, in one transaction.
    pub(super) async fn store_piece(
        &self,
        epoch: Epoch,
        (entries, range): (Entries<A::Fact>, Range<usize>),
        head: u64,
    ) -> Result<Stored> {
        let (log, apply, at) = (self.log, self.apply.clone(), self.now());
        let expected = self.followed.state().position;
        let ahead = self.read_ahead(&entries[range.clone()]).await?;
        let job = move |tx: &mut Tx<'_>| {
            let known = followed_position(tx, log)?;
            let position = expected;
            is_at(tx, log, FollowedPosition { position, ..known })?;
            apply.may_read(tx)?;
            if let Some(ahead) = ahead {
                tx.use_ahead(ahead);
            }
            let (seq, copy) = (expected.seq, known.copy);
            let tree = tree(log, copy);
            let edge = tree.edge(tx, seq)?;
            let mut piece = Piece {
                log,
                copy,
                at,
                apply: apply.as_ref(),
                stored: Stored {
                    position: Position { epoch, seq },
                    effective: Vec::with_capacity(range.len()),
                    set_aside: 0,
                    reason: String::new(),
                },
                sums: Default::default(),
                tree,
                edge,
                run: None,
            };
            for index in range.clone() {
                piece.take(tx, index, &entries[index])?;
            }
            if let Some(run) = piece.run.take() {
                piece.stored.set_aside = run.count;
                piece.stored.reason = run.problem.to_string();
                apply.quarantined(tx, run)?;
            }
            let position = piece.stored.position;
            FOLLOWED_POSITIONS.put(tx, &log, &FollowedPosition { position, copy })?;
            let copy = LogCopy {
                log,
                number: copy,
                epoch: position.epoch,
                next: position.seq,
            };
            let arrived = StoredPiece {
                copy,
                head,
                entries: &entries[range],
                set_aside: piece.stored.set_aside,
            };
            apply.arrived(tx, piece.sums, &arrived)?;
            Ok(piece.stored)
        };
        self.ledger.write(job).await
    }

    /// Looks up what the effects of entries read, off the threads that serve and that of the ledger.
    async fn read_ahead(&self, entries: &[ParsedEntry<A::Fact>]) -> Result<Option<ReadAhead>> {
        let keys = self.apply.keys_to_read(entries);
        if keys.is_empty() {
            return Ok(None);
        }
        let ledger = self.ledger.clone();
        off_thread(move || ledger.read_ahead(keys).map(Some)).await
    }
}

/// Entries being stored in one transaction.
struct Piece<'a, A: Apply> {
    log: LogOwner,
    /// The number of the copy that they are stored in.
    copy: u32,
    at: Timestamp,
    apply: &'a A,
    stored: Stored,
    /// The sums over the entries that took effect.
    sums: A::Sums,
    /// The copy's tree, and its right edge.
    tree: StoredTree,
    edge: Edge,
    /// The entries that were set aside.
    run: Option<QuarantinedRun>,
}

impl<A: Apply> Piece<'_, A> {
    /// Stores the next entry and its effect; `index` is its place in the message.
    fn take(&mut self, tx: &mut Tx<'_>, index: usize, parsed: &ParsedEntry<A::Fact>) -> Result<()> {
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

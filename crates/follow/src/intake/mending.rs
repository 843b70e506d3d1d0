//! Repairs copies: entries that no longer match their leaf are replaced with the owner's.
//!
//! Only an entry that matches the leaf stored first is accepted. An owner's entry with another leaf is a
//! divergence.

use std::sync::Arc;

use bytes::Bytes;
use chengji_domain::fact::LogOwner;
use chengji_domain::log_alarm::AlarmKind;
use chengji_domain::{Digest, Principal, Result};
use chengji_proto::convert::envelope_from;
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::{Entry, Position, Prefix, Tx};
use tracing::info;

use super::Intake;
use crate::alarm::Finding;
use crate::apply::Apply;
use crate::checked_copies::CopyPosition;
use crate::copies::{copies, copy_key, followed_position};

/// Maximum number of entries replaced in one transaction.
const AT_ONCE: usize = 8;

/// The outcome of replacing an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Entry and leaf match.
    Mended,
    /// Neither the owner nor another copy has an entry with the stored leaf.
    Unavailable,
    /// The owner has an entry with another leaf at a position of the current copy.
    Differs { known: Digest, found: Digest },
}

impl<A: Apply> Intake<A> {
    /// The first position at or after `from` whose entry is to be fetched again.
    pub(crate) fn first_damaged(&self, from: u64) -> Option<u64> {
        let positions = self.copies.damaged_from(self.log, from);
        positions.into_iter().map(|(_, seq)| seq).min()
    }

    /// Replaces damaged entries with those of the log's owner: `items` from the position `first` on. An
    /// owner's entry that does not match the leaf stored first raises the alarm of a divergence.
    pub(crate) async fn mend(&self, first: u64, items: &[v1::LogItem]) -> Result<()> {
        let positions = self.copies.damaged_from(self.log, first);
        let come = positions.into_iter().filter_map(|(copy, seq)| {
            let item = items.get(usize::try_from(seq - first).ok()?)?;
            Some(((copy, seq), item.clone()))
        });
        let come: Vec<_> = come.collect();
        let mut mended = 0;
        for piece in come.chunks(AT_ONCE) {
            mended += self.put_again(piece.to_vec()).await?;
        }
        self.show_damage();
        if mended > 0 {
            info!(log = %self.log, mended, "damaged entries were fetched again");
        }
        let current = followed_position(self.ledger.kv().as_ref(), self.log)?.copy;
        let damaged = self.copies.damaged_from(self.log, 0);
        if mended > 0 && damaged.iter().all(|(copy, _)| *copy != current) {
            let apply = Arc::clone(&self.apply);
            off_thread(move || {
                apply.mended();
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// Replaces entries; returns the number that match their leaf again.
    async fn put_again(&self, piece: Vec<(CopyPosition, v1::LogItem)>) -> Result<usize> {
        let (log, reader, mut mended) = (self.log, self.reader.clone(), 0);
        let put = self.ledger.write(move |tx| {
            let put = piece.into_iter();
            put.map(|(position, item)| Ok((position, put_one(tx, (log, &reader), position, item)?)))
                .collect::<Result<Vec<_>>>()
        });
        for (position, outcome) in put.await? {
            match outcome {
                Outcome::Mended => {
                    mended += 1;
                    self.copies.note_mended(log, position);
                    self.settle_at(position.1).await?;
                }
                Outcome::Unavailable => {}
                Outcome::Differs { known, found } => {
                    let epoch = self.followed.state().position.epoch;
                    let seq = position.1 + 1;
                    let finding = Finding {
                        kind: AlarmKind::Diverged,
                        known: (Position { epoch, seq }, Some(known)),
                        found: (Position { epoch, seq }, Some(found)),
                    };
                    return Err(self.raise(finding).await?);
                }
            }
        }
        Ok(mended)
    }

    /// Publishes the number of damaged entries.
    pub(crate) fn show_damage(&self) {
        let damaged = self.copies.damaged(self.log);
        self.followed.0.send_if_modified(|state| {
            let changed = state.damaged != damaged;
            state.damaged = damaged;
            changed
        });
    }
}

fn put_one(
    tx: &mut Tx<'_>,
    (log, reader): (LogOwner, &Principal),
    position: CopyPosition,
    item: v1::LogItem,
) -> Result<Outcome> {
    let leaf_key = part_key(Prefix::MirrorLeaf, log, position);
    let come = Entry::from(item);
    let found = Digest(come.leaf());
    let stored = stored(tx, log, position)?;
    if stored.leaf() == found.0 && is_complete(&stored, log, reader) {
        // The entry is as its owner has it: the leaf was damaged.
        tx.put(leaf_key, found.0.to_vec());
        return Ok(Outcome::Mended);
    }
    let leaf = tx.get(&leaf_key)?;
    let Some(known) = leaf.and_then(|leaf| Digest::from_slice(&leaf).ok()) else {
        return Ok(Outcome::Unavailable);
    };
    let differs = position.0 == followed_position(tx, log)?.copy && known != found;
    if differs && stored.leaf() == known.0 && is_complete(&stored, log, reader) {
        // Nothing is damaged here.
        return Ok(Outcome::Differs { known, found });
    }
    // Entries that the owner lost in a restore may be kept in another copy.
    let mut sources = vec![come, stored];
    for other in copies(tx, log)?
        .iter()
        .filter(|other| other.number != position.0)
    {
        sources.push(self::stored(tx, log, (other.number, position.1))?);
    }
    if let Some(again) = assembled(&sources, known, log, reader) {
        tx.put(
            part_key(Prefix::MirrorEnvelope, log, position),
            again.envelope.to_vec(),
        );
        tx.put(
            part_key(Prefix::MirrorBody, log, position),
            again.body.to_vec(),
        );
        return Ok(Outcome::Mended);
    }
    if differs {
        return Ok(Outcome::Differs { known, found });
    }
    Ok(Outcome::Unavailable)
}

/// Assembles the entry with this leaf, envelope and body each from a source that has it.
fn assembled(sources: &[Entry], leaf: Digest, log: LogOwner, reader: &Principal) -> Option<Entry> {
    let envelope = &sources.iter().find(|one| one.leaf() == leaf.0)?.envelope;
    let with = |body: &Bytes| Entry {
        envelope: envelope.clone(),
        body: body.clone(),
    };
    let mut entries = sources.iter().map(|one| with(&one.body));
    entries.find(|entry| entry.is_whole() && is_complete(entry, log, reader))
}

/// Returns true if an entry has the body that its envelope was sealed with, or may not have one here.
fn is_complete(entry: &Entry, log: LogOwner, reader: &Principal) -> bool {
    let is_admitted = envelope_from(&entry.envelope, log)
        .is_ok_and(|envelope| envelope.audience.admits(reader, log));
    entry.is_whole() && entry.has_body() == is_admitted
}

fn stored(tx: &Tx<'_>, log: LogOwner, position: CopyPosition) -> Result<Entry> {
    let part = |prefix| tx.get(&part_key(prefix, log, position));
    Ok(Entry {
        envelope: part(Prefix::MirrorEnvelope)?.unwrap_or_default().into(),
        body: part(Prefix::MirrorBody)?.unwrap_or_default().into(),
    })
}

fn part_key(prefix: Prefix, log: LogOwner, (copy, seq): CopyPosition) -> Vec<u8> {
    copy_key(prefix, log, copy, seq)
}

#[cfg(test)]
#[path = "mending_tests.rs"]
mod tests;

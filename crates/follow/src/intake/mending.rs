//! Mending copies: entries that no longer match their leaf are put again as their owner has them.
//!
//! Only what matches the leaf that was stored first is put. An owner's entry with another leaf is a
//! divergence.

use std::sync::Arc;

use chengji_domain::fact::LogOwner;
use chengji_domain::{Digest, Result};
use chengji_proto::v1;
use chengji_proto::v1::log_item::Item;
use chengji_runtime::off_thread;
use chengji_store::{Position, Prefix, Tx, leaf_hash};
use tracing::info;

use super::{Intake, invalid};
use crate::alarm::Finding;
use crate::checked_copies::Place;
use crate::copies::{Known, copies, copy_key};

/// Entries that are put again in one transaction at most.
const AT_ONCE: usize = 8;

/// What came of putting an entry again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Entry and leaf match.
    Mended,
    /// Neither the owner nor another copy has an entry with the stored leaf.
    Unavailable,
    /// The owner has an entry with another leaf in the place of one in the copy that is continued.
    Differs { known: Digest, found: Digest },
}

impl Intake {
    /// The first position at or after `from` whose entry is to be fetched again.
    pub(crate) fn first_damaged(&self, from: u64) -> Option<u64> {
        let places = self.copies.damaged_from(self.log, from);
        places.into_iter().map(|(_, seq)| seq).min()
    }

    /// Puts damaged entries again as they came from the log's owner: `items` from the position `first`
    /// on. An owner's entry unlike the leaf that was stored first raises the alarm of a divergence.
    pub(crate) async fn mend(&self, first: u64, items: &[v1::LogItem]) -> Result<()> {
        let places = self.copies.damaged_from(self.log, first);
        let come = places.into_iter().filter_map(|(copy, seq)| {
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
        let current = Known::of(self.ledger.kv().as_ref(), self.log)?.copy;
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

    /// How many of these match their leaf again.
    async fn put_again(&self, piece: Vec<(Place, v1::LogItem)>) -> Result<usize> {
        let (log, mut mended) = (self.log, 0);
        let put = self.ledger.write(move |tx| {
            let put = piece.into_iter();
            put.map(|(place, item)| Ok((place, put_one(tx, log, place, &item)?)))
                .collect::<Result<Vec<_>>>()
        });
        for (place, outcome) in put.await? {
            match outcome {
                Outcome::Mended => {
                    mended += 1;
                    self.copies.note_mended(log, place);
                    self.settle_at(place.1).await?;
                }
                Outcome::Unavailable => {}
                Outcome::Differs { known, found } => {
                    let epoch = self.followed.state().position.epoch;
                    let seq = place.1 + 1;
                    let finding = Finding {
                        kind: v1::LogAlarmKind::Diverged,
                        known: (Position { epoch, seq }, Some(known)),
                        found: (Position { epoch, seq }, Some(found)),
                    };
                    return Err(self.raise(finding).await?);
                }
            }
        }
        Ok(mended)
    }

    /// Shows how many entries are damaged.
    pub(crate) fn show_damage(&self) {
        let damaged = self.copies.damaged(self.log);
        self.followed.0.send_if_modified(|state| {
            let changed = state.damaged != damaged;
            state.damaged = damaged;
            changed
        });
    }
}

fn put_one(tx: &mut Tx<'_>, log: LogOwner, place: Place, item: &v1::LogItem) -> Result<Outcome> {
    let (copy, seq) = place;
    let entry_key = copy_key(Prefix::MirrorEntry, log, copy, seq);
    let leaf_key = copy_key(Prefix::MirrorLeaf, log, copy, seq);
    let (found, bytes) = match &item.item {
        Some(Item::Entry(bytes)) => (leaf_hash(bytes), Some(bytes.to_vec())),
        Some(Item::Leaf(leaf)) => {
            let leaf = Digest::from_slice(leaf).map_err(|e| invalid(e.to_string()))?;
            (leaf, None)
        }
        None => return Err(invalid(format!("item {seq} is empty"))),
    };
    let entry = tx.get(&entry_key)?.filter(|entry| !entry.is_empty());
    if entry.is_some_and(|entry| leaf_hash(&entry) == found) {
        // The entry is as its owner has it: the leaf was damaged.
        tx.put(leaf_key, found.0.to_vec());
        return Ok(Outcome::Mended);
    }
    let stored = tx.get(&leaf_key)?;
    let Some(known) = stored.and_then(|leaf| Digest::from_slice(&leaf).ok()) else {
        return Ok(Outcome::Unavailable);
    };
    let again = match bytes.filter(|_| known == found) {
        Some(bytes) => Some(bytes),
        None => of_other_copy(tx, log, place, known)?,
    };
    if let Some(bytes) = again {
        tx.put(entry_key, bytes);
        return Ok(Outcome::Mended);
    }
    if known != found && copy == Known::of(tx, log)?.copy {
        return Ok(Outcome::Differs { known, found });
    }
    Ok(Outcome::Unavailable)
}

/// The entry with this leaf as another copy of the log has it. What a restore took from the owner may
/// be kept in one.
fn of_other_copy(
    tx: &Tx<'_>,
    log: LogOwner,
    (copy, seq): Place,
    leaf: Digest,
) -> Result<Option<Vec<u8>>> {
    for other in copies(tx, log)?.iter().filter(|other| other.number != copy) {
        let entry = tx.get(&copy_key(Prefix::MirrorEntry, log, other.number, seq))?;
        if let Some(entry) = entry.filter(|entry| leaf_hash(entry) == leaf) {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}

#[cfg(test)]
#[path = "mending_tests.rs"]
mod tests;

//! Compares the stored copy with the roots of its owner, range by range, and each stored entry with its leaf.

use std::ops::Range;

use chengji_domain::{Digest, Result};
use chengji_runtime::off_thread;
use chengji_store::{Position, RANGE, RootHasher};

use super::Intake;
use crate::apply::Apply;
use crate::checked_copies::{CopiedEntry, Copies};
use crate::copies::{LogCopy, current_copy};

/// Number of entries read at once.
const PAGE: usize = 64;

/// The result of comparing ranges; those with an entry that is damaged here are in neither part.
#[derive(Default)]
struct Compared {
    equal: Vec<u64>,
    /// The first one that differs; later ones were not compared.
    differing: Option<u64>,
}

impl<A: Apply> Intake<A> {
    /// Compares ranges of the copy, which ends at `at`, from this number on with the owner's roots; returns the
    /// number of the first that differs. Reads off the threads that serve, and notes stored entries that do not match
    /// their leaf. Settles an alarm about an entry that is equal again.
    pub(crate) async fn compare_roots(
        &self,
        at: Position,
        first: u64,
        roots: Vec<Digest>,
    ) -> Result<Option<u64>> {
        let (copies, log) = (self.copies.clone(), self.log);
        let compared = off_thread(move || {
            let copy = current_copy(copies.kv(), log)?;
            // A copy in another epoch took its place meanwhile.
            let copy = copy.filter(|copy| copy.epoch == at.epoch && copy.next >= at.seq);
            copy.map_or_else(
                || Ok(Compared::default()),
                |copy| compare((&copies, &copy), at.seq, (first..).zip(roots)),
            )
        });
        let compared = compared.await?;
        self.show_damage();
        if let Some(raised) = self.divergence_before(at.seq + 1)
            && let Some(seq) = raised.known.seq.checked_sub(1)
            && compared.equal.contains(&(seq / RANGE))
        {
            self.settle_at(seq).await?;
        }
        Ok(compared.differing)
    }

    /// Notes that the whole copy was compared with its owner's log.
    pub(crate) fn note_compared(&self) {
        let now = self.now();
        self.followed.0.send_modify(|state| {
            state.compared_at = Some(now);
            metrics::gauge!("chengji_follow_compared_seconds", "log" => state.log.to_string())
                .set(now.as_second() as f64);
        });
    }
}

fn compare(
    (copies, copy): (&Copies, &LogCopy),
    end: u64,
    roots: impl Iterator<Item = (u64, Digest)>,
) -> Result<Compared> {
    let mut compared = Compared::default();
    for (range, root) in roots {
        let positions = range * RANGE..end.min((range + 1) * RANGE);
        match own_root(copies, copy, positions)? {
            Some(own) if own == root => compared.equal.push(range),
            Some(_) => {
                compared.differing = Some(range);
                break;
            }
            None => {}
        }
    }
    Ok(compared)
}

/// The root over these entries of a copy; `None` if one of them is damaged.
fn own_root(copies: &Copies, copy: &LogCopy, positions: Range<u64>) -> Result<Option<Digest>> {
    let (mut hasher, mut whole) = (RootHasher::new(), true);
    let mut next = positions.start;
    while next < positions.end {
        let rest = usize::try_from(positions.end - next).unwrap_or(usize::MAX);
        let entries = copies.entries(copy, next, rest.min(PAGE))?;
        if entries.is_empty() {
            return Ok(None);
        }
        next += entries.len() as u64;
        for (_, copied) in entries {
            match copied {
                CopiedEntry::Entry(entry) => hasher.push(Digest(entry.leaf())),
                CopiedEntry::Damaged => whole = false,
            }
        }
    }
    Ok(whole.then(|| hasher.root()))
}

#[cfg(test)]
#[path = "ranges_tests.rs"]
mod tests;

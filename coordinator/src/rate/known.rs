//! Figures of past cut-offs that were computed before. After its close nothing changes the figures of a cut-off; all the
//! same they are kept with the basis that they rest on, and serve for no other.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chengji_proto::convert::Checkpoint;

use super::basis::Basis;

/// Maximum number of figures of cities that are kept, in half a kilobyte each with their basis.
const MOST: usize = 20_000;

/// A cut-off with its figures.
type Known = (Basis, Arc<Checkpoint>);

/// The figures of the cut-offs that were asked for last.
#[derive(Default)]
pub struct KnownFigures(Mutex<VecDeque<Known>>);

impl KnownFigures {
    /// Returns the figures that were computed from this basis.
    pub fn get(&self, basis: &Basis) -> Option<Arc<Checkpoint>> {
        let mut known = self.known();
        let place = known.iter().position(|(one, _)| one == basis)?;
        let found = known.remove(place)?;
        let checkpoint = Arc::clone(&found.1);
        known.push_back(found);
        Some(checkpoint)
    }

    /// Keeps the figures of this basis, in place of those of the cut-off from another one, and forgets those that were
    /// not asked for in the longest time.
    pub fn put(&self, basis: Basis, checkpoint: Arc<Checkpoint>) {
        let mut known = self.known();
        known.retain(|(one, _)| one.cut_off != basis.cut_off);
        known.push_back((basis, checkpoint));
        let mut size = known.iter().map(|(_, one)| one.cities.len()).sum::<usize>();
        while size > MOST
            && let Some((_, oldest)) = known.pop_front()
        {
            size -= oldest.cities.len();
        }
    }

    fn known(&self) -> MutexGuard<'_, VecDeque<Known>> {
        // Each entry is complete, so a panic elsewhere cannot corrupt them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "known_tests.rs"]
mod tests;

//! Generations: the states of the index that searches are answered from. A list that was begun goes on in its
//! generation, which is held for a time after each of its pages.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chengji_domain::catalogue::Facet;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use roaring::RoaringBitmap;
use tantivy::Term;

use crate::deleted::Deleted;
use crate::segment::Segment;

/// Time for which a generation is held after a page of it.
pub const HELD: Duration = Duration::from_secs(5 * 60);

/// A segment with the documents deleted up to a generation.
#[derive(Clone)]
pub(crate) struct LiveSegment {
    pub(crate) segment: Arc<Segment>,
    pub(crate) deleted: Arc<Deleted>,
}

impl LiveSegment {
    /// Returns those of these documents that are not deleted and not of these cities.
    pub(crate) fn visible(&self, mut docs: RoaringBitmap, hidden: &[u32]) -> RoaringBitmap {
        self.deleted.remove_from(&mut docs);
        if !hidden.is_empty() {
            self.segment.values(Facet::City, 0, |cities| {
                for city in hidden {
                    if let Some(of_city) = cities.sets.get(city) {
                        docs -= of_city;
                    }
                }
            });
        }
        docs
    }

    /// Returns the first document with a term that is not deleted and not of these cities.
    pub(crate) fn first_visible(&self, term: &Term, hidden: &[u32]) -> Result<Option<u32>> {
        let Some(postings) = self.segment.postings(term)? else {
            return Ok(None);
        };
        self.segment.values(Facet::City, 0, |cities| {
            let cities = hidden.iter().filter_map(|city| cities.sets.get(city));
            let cities: Vec<&RoaringBitmap> = cities.collect();
            postings.first(|doc| {
                !self.deleted.contains(doc) && !cities.iter().any(|city| city.contains(doc))
            })
        })
    }

    /// Returns the number of documents that are not deleted.
    pub(crate) fn documents(&self) -> u64 {
        u64::from(self.segment.reader.max_doc()) - self.deleted.len()
    }
}

/// A state of the index.
pub(crate) struct Generation {
    pub(crate) number: u64,
    pub(crate) segments: Vec<LiveSegment>,
}

/// The present generation and those that are held.
pub(crate) struct Generations {
    state: Mutex<State>,
}

struct State {
    next: u64,
    present: Option<Arc<Generation>>,
    held: BTreeMap<u64, (Arc<Generation>, Instant)>,
}

impl Generations {
    /// Begins without any. Numbers begin at a random one, so that those of another run of the program are not taken for
    /// numbers of this one.
    pub(crate) fn new() -> Self {
        let state = State {
            next: u64::from(rand::random::<u32>()) << 32,
            present: None,
            held: BTreeMap::new(),
        };
        Self {
            state: Mutex::new(state),
        }
    }

    /// Makes these segments the present generation.
    pub(crate) fn publish(&self, segments: Vec<LiveSegment>, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let number = state.next;
        state.next += 1;
        state.held.retain(|_, (_, until)| *until > now);
        state.present = Some(Arc::new(Generation { number, segments }));
    }

    /// Returns the present generation.
    ///
    /// # Errors
    ///
    /// `UNAVAILABLE` if there is none yet.
    pub(crate) fn present(&self) -> Result<Arc<Generation>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let present = state.present.clone();
        present.ok_or_else(|| Error::new(ErrorCode::Unavailable, msg::SearchIndexMissing))
    }

    /// Returns the generation of this number.
    ///
    /// # Errors
    ///
    /// `CURSOR_EXPIRED` if it is not held any more.
    pub(crate) fn numbered(&self, number: u64, now: Instant) -> Result<Arc<Generation>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.held.retain(|_, (_, until)| *until > now);
        let present = state.present.iter();
        let held = state.held.values().map(|(generation, _)| generation);
        let mut all = present.chain(held);
        let found = all.find(|generation| generation.number == number).cloned();
        found.ok_or_else(|| Error::new(ErrorCode::CursorExpired, msg::CursorExpired))
    }

    /// Holds a generation from now on.
    pub(crate) fn hold(&self, generation: &Arc<Generation>, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let held = (Arc::clone(generation), now + HELD);
        state.held.insert(generation.number, held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_held_for_five_minutes_after_its_last_page() {
        let (generations, start) = (Generations::new(), Instant::now());
        let minutes = |minutes: u64| start + Duration::from_secs(60 * minutes);
        let missing = generations.present().map(|present| present.number);
        assert_eq!(missing.unwrap_err().code(), ErrorCode::Unavailable);
        generations.publish(Vec::new(), start);
        let first = generations.present().unwrap();
        generations.hold(&first, start);
        generations.publish(Vec::new(), minutes(1));
        let second = generations.present().unwrap();
        assert_ne!(first.number, second.number);
        let found = |number, at| generations.numbered(number, at).map(|found| found.number);
        assert_eq!(found(first.number, minutes(4)), Ok(first.number));
        generations.hold(&first, minutes(4));
        assert_eq!(found(first.number, minutes(8)), Ok(first.number));
        let expired = found(first.number, minutes(9)).unwrap_err();
        assert_eq!(expired.code(), ErrorCode::CursorExpired);
        // The present one is there without being held, and gone with the next.
        assert_eq!(found(second.number, minutes(60)), Ok(second.number));
        generations.publish(Vec::new(), minutes(61));
        assert!(found(second.number, minutes(61)).is_err());
    }
}

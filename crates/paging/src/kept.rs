//! Results computed for the first page of an answer and kept for its further pages, which so show the same state
//! without computing it again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

/// Maximum number of results that are kept.
const MOST: usize = 4;

/// A result with its number and its question.
type KeptOne<Q, R> = (u64, Q, Arc<R>);

/// The last results, each with a number, which is the first part of the cursors of its pages, and with the question
/// that it answers. The pages of one answer are of one result: those of a result that is no longer kept are refused.
#[derive(Debug)]
pub struct Kept<Q, R>(Mutex<VecDeque<KeptOne<Q, R>>>);

impl<Q, R> Default for Kept<Q, R> {
    fn default() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }
}

impl<Q: PartialEq, R> Kept<Q, R> {
    /// Returns the result of this number, if it answers this question. It is now the last one to be dropped.
    ///
    /// # Errors
    ///
    /// `CURSOR_EXPIRED` if it is no longer kept.
    pub fn get(&self, number: u64, question: &Q) -> Result<Arc<R>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept
            .iter()
            .position(|(of, asked, _)| *of == number && asked == question);
        let found = place.and_then(|place| kept.remove(place));
        let expired = || Error::new(ErrorCode::CursorExpired, msg::CursorExpired);
        let (of, asked, result) = found.ok_or_else(expired)?;
        let shared = Arc::clone(&result);
        kept.push_back((of, asked, result));
        Ok(shared)
    }

    /// Keeps a result under a number that no other has. Beyond the maximum, the one that was not read for longest is
    /// dropped.
    pub fn put(&self, number: u64, question: Q, result: Arc<R>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((number, question, result));
        if kept.len() > MOST {
            kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_kept_for_its_own_question_until_others_take_its_place() {
        let kept = Kept::default();
        kept.put(7, "cluster", Arc::new(1));
        assert_eq!(kept.get(7, &"cluster").as_deref(), Ok(&1));
        for (number, question) in [(7, "city"), (8, "cluster")] {
            let expired = kept.get(number, &question).unwrap_err();
            assert_eq!(expired.code(), ErrorCode::CursorExpired);
        }
        for number in 8..12 {
            kept.put(number, "city", Arc::new(2));
        }
        assert!(kept.get(7, &"cluster").is_err());
        assert_eq!(kept.get(11, &"city").as_deref(), Ok(&2));
    }

    #[test]
    fn a_result_whose_pages_are_being_read_stays() {
        let kept = Kept::default();
        kept.put(7, "cluster", Arc::new(1));
        for number in 8..20 {
            kept.put(number, "city", Arc::new(2));
            assert_eq!(kept.get(7, &"cluster").as_deref(), Ok(&1));
        }
    }
}

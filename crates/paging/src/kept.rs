//! Results computed for the first page of an answer and kept for its further pages, which so show the same state
//! without computing it again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Maximum number of results that are kept.
const MOST: usize = 4;

/// A result with its number and its question.
type KeptOne<Q, R> = (u64, Q, Arc<R>);

/// The last results, each with a number, which is the first part of the cursors of its pages, and with the question
/// that it answers. A result that is no longer kept is computed anew.
#[derive(Debug)]
pub struct Kept<Q, R>(Mutex<VecDeque<KeptOne<Q, R>>>);

impl<Q, R> Default for Kept<Q, R> {
    fn default() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }
}

impl<Q: PartialEq, R> Kept<Q, R> {
    /// Returns the result of this number, if it answers this question.
    pub fn get(&self, number: u64, question: &Q) -> Option<Arc<R>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kept = kept.iter();
        let found = kept.find(|(of, asked, _)| *of == number && asked == question);
        found.map(|(.., result)| Arc::clone(result))
    }

    /// Keeps a result under a number that no other has, and drops the oldest beyond the maximum.
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
        assert_eq!(kept.get(7, &"cluster").as_deref(), Some(&1));
        assert!(kept.get(7, &"city").is_none() && kept.get(8, &"cluster").is_none());
        for number in 8..12 {
            kept.put(number, "city", Arc::new(2));
        }
        assert!(kept.get(7, &"cluster").is_none());
        assert_eq!(kept.get(11, &"city").as_deref(), Some(&2));
    }
}

//! Prepared statements, kept for their callers: a bounded number for each, and not for long after their last use.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chengji_domain::Principal;
use jiff::{SignedDuration, Timestamp};

use crate::ticket::Id;

/// Maximum number of statements of one caller; the one that was not used for longest goes.
pub(crate) const MAX_PREPARED: usize = 64;
/// Time after its last use at which a statement ends.
pub(crate) const MAX_IDLE: SignedDuration = SignedDuration::from_hours(1);

/// The statements of all callers.
#[derive(Debug)]
pub(crate) struct Prepared<V>(Mutex<HashMap<Principal, Vec<Kept<V>>>>);

/// A statement.
#[derive(Debug)]
struct Kept<V> {
    id: Id,
    used: Timestamp,
    statement: V,
}

impl<V> Kept<V> {
    fn is_in_use(&self, now: Timestamp) -> bool {
        now.duration_since(self.used) < MAX_IDLE
    }
}

impl<V> Prepared<V> {
    /// None at all.
    pub(crate) fn new() -> Self {
        Self(Mutex::default())
    }

    /// Keeps a statement of a caller.
    pub(crate) fn keep(&self, who: &Principal, id: Id, statement: V, now: Timestamp) {
        let mut all = self.all();
        // Those of callers who do not come back end here, too.
        all.retain(|_, kept| {
            kept.retain(|kept| kept.is_in_use(now));
            !kept.is_empty()
        });
        let kept = all.entry(who.clone()).or_default();
        if kept.len() >= MAX_PREPARED {
            kept.remove(0);
        }
        kept.push(Kept {
            id,
            used: now,
            statement,
        });
    }

    /// Uses a caller's statement, which begins its time anew; `None` if the caller has none with this id.
    pub(crate) fn with<R>(
        &self,
        who: &Principal,
        id: Id,
        now: Timestamp,
        act: impl FnOnce(&mut V) -> R,
    ) -> Option<R> {
        let mut all = self.all();
        let kept = all.get_mut(who)?;
        kept.retain(|kept| kept.is_in_use(now));
        let at = kept.iter().position(|kept| kept.id == id)?;
        // The last one is the one that was used last.
        let mut used = kept.remove(at);
        used.used = now;
        let done = act(&mut used.statement);
        kept.push(used);
        Some(done)
    }

    /// Ends a caller's statement, if there is one with this id.
    pub(crate) fn end(&self, who: &Principal, id: Id) {
        let mut all = self.all();
        if let Some(kept) = all.get_mut(who) {
            kept.retain(|kept| kept.id != id);
            if kept.is_empty() {
                all.remove(who);
            }
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Principal, Vec<Kept<V>>>> {
        // A statement is taken out while it is used: a panic there loses that one and nothing else.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal(name: &str) -> Principal {
        format!("city/430100/person/{name}").parse().unwrap()
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn id(number: usize) -> Id {
        (number as u128).to_be_bytes()
    }

    #[test]
    fn a_statement_is_its_callers_alone() {
        let prepared = Prepared::new();
        let (one, other) = (principal("a"), principal("b"));
        prepared.keep(&one, id(1), "SELECT 1", at(0));
        let sql = |who| prepared.with(who, id(1), at(1), |sql| *sql);
        assert_eq!(sql(&one), Some("SELECT 1"));
        assert_eq!(sql(&other), None);
        prepared.end(&other, id(1));
        assert_eq!(sql(&one), Some("SELECT 1"));
        prepared.end(&one, id(1));
        assert_eq!(sql(&one), None);
        assert!(prepared.all().is_empty());
    }

    #[test]
    fn the_one_that_was_not_used_for_longest_goes() {
        let (prepared, who) = (Prepared::new(), principal("a"));
        for number in 0..MAX_PREPARED {
            prepared.keep(&who, id(number), number, at(0));
        }
        let is_kept = |number| prepared.with(&who, id(number), at(1), |_| ()).is_some();
        assert!(is_kept(0));
        prepared.keep(&who, id(MAX_PREPARED), MAX_PREPARED, at(1));
        assert!(is_kept(0) && is_kept(MAX_PREPARED) && !is_kept(1));
        assert_eq!(prepared.all()[&who].len(), MAX_PREPARED);
    }

    #[test]
    fn a_statement_ends_an_hour_after_its_last_use() {
        let prepared = Prepared::new();
        let (who, other) = (principal("a"), principal("b"));
        prepared.keep(&who, id(1), (), at(0));
        let is_kept = |minutes| prepared.with(&who, id(1), at(minutes), |_| ()).is_some();
        assert!(is_kept(59) && is_kept(118) && !is_kept(178));
        prepared.keep(&who, id(2), (), at(200));
        prepared.keep(&other, id(3), (), at(260));
        assert!(!prepared.all().contains_key(&who));
    }

    #[test]
    fn a_clock_that_goes_back_ends_nothing() {
        let (prepared, who) = (Prepared::new(), principal("a"));
        prepared.keep(&who, id(1), 1, at(500));
        assert_eq!(prepared.with(&who, id(1), at(0), |kept| *kept), Some(1));
    }
}

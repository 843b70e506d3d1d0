//! The turns of queries: so many run at a time, and others wait.
//!
//! A query that is computed for another city takes a turn of its city's share, too, which is half of all turns: one city
//! cannot hold up the queries of the others. It waits for its share first, so that it takes no turn of all while it waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use chengji_domain::CityCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The turns. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    all: Arc<Semaphore>,
    /// Maximum number of turns of another city.
    share: usize,
    /// The shares of the cities that hold a turn or wait for one.
    shares: Arc<Mutex<HashMap<CityCode, Weak<Semaphore>>>>,
}

/// The turn of a query, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _of_all: OwnedSemaphorePermit,
    _of_share: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// So many turns at a time.
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(at_once)),
            share: (at_once / 2).max(1),
            shares: Arc::default(),
        }
    }

    /// Waits for the turn of a query of this node's own callers, or of another city. `None` if there are no turns any more,
    /// which does not happen.
    pub(crate) async fn wait(&self, city: Option<CityCode>) -> Option<Turn> {
        let of_share = match city {
            Some(city) => Some(self.share_of(city).acquire_owned().await.ok()?),
            None => None,
        };
        let of_all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Turn {
            _of_all: of_all,
            _of_share: of_share,
        })
    }

    /// The share of a city. It lasts as long as a query of the city holds it or waits for it.
    fn share_of(&self, city: CityCode) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(&city).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.share));
        shares.insert(city, Arc::downgrade(&share));
        share
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn city(code: &str) -> Option<CityCode> {
        Some(code.parse().unwrap())
    }

    /// The turn, if there is one now.
    fn taken(turns: &Turns, city: Option<CityCode>) -> Option<Turn> {
        turns.wait(city).now_or_never().flatten()
    }

    #[test]
    fn a_city_holds_at_most_half_of_the_turns() {
        let turns = Turns::new(4);
        let first = taken(&turns, city("430100")).unwrap();
        let _second = taken(&turns, city("430100")).unwrap();
        assert!(taken(&turns, city("430100")).is_none());
        let _other = taken(&turns, city("430200")).unwrap();
        let _own = taken(&turns, None).unwrap();
        assert!(taken(&turns, city("430200")).is_none(), "all are taken");
        drop(first);
        let again = taken(&turns, city("430100")).unwrap();
        drop(again);
        assert!(taken(&turns, city("430200")).is_some());
    }

    #[test]
    fn a_city_has_a_turn_even_of_one() {
        let turns = Turns::new(1);
        let turn = taken(&turns, city("430100")).unwrap();
        assert!(taken(&turns, None).is_none());
        drop(turn);
        assert!(taken(&turns, None).is_some());
    }

    #[test]
    fn callers_of_this_node_may_hold_all_turns() {
        let turns = Turns::new(2);
        let held = [taken(&turns, None), taken(&turns, None)];
        assert!(held.iter().all(Option::is_some));
        assert!(taken(&turns, None).is_none());
    }

    #[test]
    fn no_share_of_a_city_without_queries_is_kept() {
        let turns = Turns::new(4);
        for code in ["430100", "430200", "430300"] {
            assert!(taken(&turns, city(code)).is_some());
        }
        assert_eq!(turns.shares.lock().unwrap().len(), 1);
    }
}

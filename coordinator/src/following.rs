//! Keeps followers matched with the roster: admitted and resumed cities are followed, suspended and
//! removed ones are not, and a moved node is followed at its new address.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chengji_access::RosterHandle;
use chengji_clock::Clock;
use chengji_domain::fact::LogOwner;
use chengji_domain::roster::{Membership, MembershipStatus};
use chengji_domain::{CityCode, Principal, Result};
use chengji_follow::{FollowTurns, Follower, Intake, PeerCalls};
use chengji_store::Ledger;
use chengji_transport::{Expect, Identity, log_channel};
use tokio::sync::watch;

use crate::deadlines::Deadlines;
use crate::departures;
use crate::federation::Federation;
use crate::followed::FollowedCities;
use crate::forgetting;
use crate::quota::Budgets;
use crate::rate::LiveRate;
use crate::requests::Disputes;
use crate::taking_up;

/// Follows the members' logs.
pub struct Following {
    /// The identity to follow with.
    pub identity: Identity,
    /// The ledger that entries are stored in.
    pub ledger: Ledger,
    /// Calendar and deadline rules.
    pub deadlines: Arc<Deadlines>,
    /// The clock.
    pub clock: Clock,
    /// The fold of the rate.
    pub rate: Arc<LiveRate>,
    /// The roster of members.
    pub roster: RosterHandle,
    /// Holds the state of following each.
    pub cities: FollowedCities,
    /// The quotas of the cities.
    pub budgets: Arc<Budgets>,
    /// The settings about disputes.
    pub disputes: Disputes,
    /// The turns that the followers share.
    pub turns: FollowTurns,
    /// Interval at which each copy is compared with the city's log.
    pub compare_interval: Duration,
}

/// Delay between the starts of two followers, so that hundreds do not connect at once.
const BETWEEN_STARTS: Duration = Duration::from_millis(5);

/// A running follower, which ends when this is dropped.
struct Running {
    endpoint: String,
    _stop: watch::Sender<bool>,
}

/// The members as of the last match.
#[derive(Default)]
struct Known {
    running: BTreeMap<CityCode, Running>,
    removed: BTreeSet<CityCode>,
}

impl Following {
    /// Runs until `stopped` turns true.
    pub fn spawn(self, mut stopped: watch::Receiver<bool>) {
        let mut changes = self.roster.changes();
        tokio::spawn(async move {
            let mut known = Known::default();
            loop {
                match self.match_roster(&mut known) {
                    Ok(removed) => self.forget(removed, &stopped),
                    Err(error) => {
                        tracing::error!(%error, "the roster cannot be read; the last one stays");
                    }
                }
                tokio::select! {
                    changed = changes.changed() => if changed.is_err() { return },
                    _ = stopped.wait_for(|stop| *stop) => return,
                }
            }
        });
    }

    /// Forgets the published entries of these cities, and ends their unanswered requests, their corrections and their
    /// demands, in the background.
    fn forget(&self, removed: Vec<CityCode>, stopped: &watch::Receiver<bool>) {
        for city in removed {
            let (ledger, rate) = (self.ledger.clone(), Arc::clone(&self.rate));
            let (clock, mut stopped) = (self.clock.clone(), stopped.clone());
            tokio::spawn(async move {
                let leave = async {
                    tokio::join!(
                        departures::end_until_done(&ledger, &clock, city),
                        forgetting::forget_until_done(&ledger, &rate, city),
                    );
                };
                tokio::select! {
                    () = leave => {}
                    _ = stopped.wait_for(|stop| *stop) => {}
                }
            });
        }
    }

    /// Starts and ends followers so that exactly the active members are followed; returns the cities that
    /// were removed since the last time.
    fn match_roster(&self, known: &mut Known) -> Result<Vec<CityCode>> {
        let (mut active, mut removed) = (BTreeMap::new(), BTreeSet::new());
        self.roster
            .each_member(|Membership { member, status, .. }| {
                match status {
                    MembershipStatus::Active => {
                        active.insert(member.city, member.endpoint);
                    }
                    MembershipStatus::Removed => {
                        removed.insert(member.city);
                    }
                    MembershipStatus::Suspended => {}
                }
                Ok(())
            })?;
        self.follow_all(active, &mut known.running);
        let new = removed.difference(&known.removed).copied().collect();
        known.removed = removed;
        Ok(new)
    }

    fn follow_all(
        &self,
        active: BTreeMap<CityCode, String>,
        running: &mut BTreeMap<CityCode, Running>,
    ) {
        running.retain(|city, follower| {
            let stays = active
                .get(city)
                .is_some_and(|endpoint| *endpoint == follower.endpoint);
            if !stays {
                tracing::info!(%city, "no longer followed there");
                self.cities.remove(*city);
            }
            stays
        });
        let mut delay = Duration::ZERO;
        for (city, endpoint) in active {
            if running.contains_key(&city) {
                continue;
            }
            let started = self.follow(city, &endpoint, delay);
            delay += BETWEEN_STARTS;
            match started {
                Ok(follower) => drop(running.insert(city, follower)),
                Err(error) => tracing::error!(%city, endpoint, %error, "cannot be followed"),
            }
        }
    }

    /// Follows a city's log after a delay.
    fn follow(&self, city: CityCode, endpoint: &str, delay: Duration) -> Result<Running> {
        let apply = Arc::new(Federation {
            city,
            deadlines: Arc::clone(&self.deadlines),
            clock: self.clock.clone(),
            rate: Arc::clone(&self.rate),
            is_current: self.cities.is_current(),
            out_of_reach: self.cities.out_of_reach(city),
            budgets: Arc::clone(&self.budgets),
            disputes: self.disputes,
        });
        let (ledger, clock) = (self.ledger.clone(), self.clock.clone());
        let follower = Follower {
            intake: Intake::open(
                ledger,
                Principal::Coordinator,
                LogOwner::City(city),
                apply,
                clock,
            )?
            .mending(self.rate.copies().clone())?,
            channel: log_channel(&self.identity, endpoint, Expect::Node(city))?,
            turns: self.turns.clone(),
            compare_interval: self.compare_interval,
            calls_of_owner: PeerCalls::default(),
        };
        let (stop, mut stopped) = watch::channel(false);
        self.cities.insert(city, follower.intake.followed());
        let (ledger, rate) = (self.ledger.clone(), Arc::clone(&self.rate));
        tokio::spawn(async move {
            let begin = async {
                tokio::time::sleep(delay).await;
                taking_up::take_up_until_done(&ledger, rate.copies(), city).await;
                forgetting::recall_until_done(&ledger, &rate, city, &follower).await;
            };
            tokio::select! {
                () = begin => {}
                _ = stopped.wait_for(|stop| *stop) => return,
            }
            follower.spawn(stopped);
        });
        Ok(Running {
            endpoint: endpoint.to_owned(),
            _stop: stop,
        })
    }
}

#[cfg(test)]
#[path = "following_tests.rs"]
mod tests;

//! Following exactly the cities that take part: who is admitted or resumed is followed from then on,
//! who is suspended or removed is not, and who has moved is followed where it is now.

use std::collections::BTreeMap;
use std::sync::Arc;

use chengji_access::RosterHandle;
use chengji_clock::Clock;
use chengji_domain::fact::LogOwner;
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, Principal, Result};
use chengji_follow::{Follower, Intake};
use chengji_store::Ledger;
use chengji_transport::{Expect, Identity, channel};
use tokio::sync::watch;

use crate::federation::Federation;
use crate::followed::FollowedCities;
use crate::forgetting;
use crate::quota::Budgets;
use crate::rate::LiveRate;
use crate::terms::Terms;

/// What following takes.
pub struct Following {
    /// As whom.
    pub identity: Identity,
    /// Where it is written.
    pub ledger: Ledger,
    /// Calendar and deadline rules.
    pub terms: Arc<Terms>,
    /// The time.
    pub clock: Clock,
    /// The fold of the rate.
    pub rate: Arc<LiveRate>,
    /// Who takes part.
    pub roster: RosterHandle,
    /// Where the state of each is looked up.
    pub cities: FollowedCities,
    /// The quotas of the cities.
    pub budgets: Arc<Budgets>,
}

/// A follower that runs; it ends when this is dropped.
struct Running {
    endpoint: String,
    _stop: watch::Sender<bool>,
}

impl Following {
    /// Follows until `stopped` turns true.
    pub fn spawn(self, mut stopped: watch::Receiver<bool>) {
        let mut changes = self.roster.changes();
        tokio::spawn(async move {
            let mut running = BTreeMap::new();
            loop {
                let matched = self.match_roster(&mut running);
                if let Err(error) = matched.and_then(|()| self.forget_removed()) {
                    tracing::error!(%error, "the roster cannot be read; the last one stays");
                }
                tokio::select! {
                    changed = changes.changed() => if changed.is_err() { return },
                    _ = stopped.wait_for(|stop| *stop) => return,
                }
            }
        });
    }

    /// Forgets what was published by cities that were removed, beside everything else.
    fn forget_removed(&self) -> Result<()> {
        for known in self.roster.with_standing(MembershipStatus::Removed)? {
            let (ledger, rate) = (self.ledger.clone(), Arc::clone(&self.rate));
            let city = known.member.city;
            tokio::spawn(async move {
                if let Err(error) = forgetting::forget(&ledger, &rate, city).await {
                    tracing::error!(%city, %error, "what it published is not forgotten yet");
                }
            });
        }
        Ok(())
    }

    fn match_roster(&self, running: &mut BTreeMap<CityCode, Running>) -> Result<()> {
        let active = self
            .roster
            .with_standing(MembershipStatus::Active)?
            .into_iter();
        let active: BTreeMap<CityCode, String> = active
            .map(|known| (known.member.city, known.member.endpoint))
            .collect();
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
        for (city, endpoint) in active {
            if running.contains_key(&city) {
                continue;
            }
            match self.follow(city, &endpoint) {
                Ok(follower) => drop(running.insert(city, follower)),
                Err(error) => tracing::error!(%city, endpoint, %error, "cannot be followed"),
            }
        }
        Ok(())
    }

    fn follow(&self, city: CityCode, endpoint: &str) -> Result<Running> {
        let apply = Arc::new(Federation {
            city,
            terms: Arc::clone(&self.terms),
            clock: self.clock.clone(),
            rate: Arc::clone(&self.rate),
            is_current: self.cities.is_current(),
            out_of_reach: self.cities.out_of_reach(city),
            budgets: Arc::clone(&self.budgets),
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
            channel: channel(&self.identity, endpoint, Expect::Node(city))?,
        };
        let (stop, mut stopped) = watch::channel(false);
        self.cities.insert(city, follower.intake.followed());
        let (ledger, rate) = (self.ledger.clone(), Arc::clone(&self.rate));
        tokio::spawn(async move {
            tokio::select! {
                () = forgetting::recall_until_done(&ledger, &rate, city, &follower) => {}
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

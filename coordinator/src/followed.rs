//! The coordinator's state of following each city's log.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use chengji_access::roster;
use chengji_domain::fact::LogOwner;
use chengji_domain::problem::Problem;
use chengji_domain::roster::{Membership, MembershipStatus};
use chengji_domain::{CityCode, ErrorCode, Principal, Result};
use chengji_follow::{
    FollowState, Followed, PacedReader, followed_log, position, quarantined, skew_to,
};
use chengji_messages::msg;
use chengji_paging::Pager;
use chengji_proto::convert::{alarm_to, epoch_id, problem_to, time_to};
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_store::{KeyValue, Position};
use jiff::{SignedDuration, Timestamp};

use crate::rate::ClockConfirmed;
use crate::requests::{IsCurrent, OutOfReach};

/// Maximum age of a clock difference that is still used.
const CONTACT_TIMEOUT: SignedDuration = SignedDuration::from_mins(1);
/// Maximum difference between clocks that confirm each other.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(1);

/// Reports the number of entries of the cities' logs that are still to be read.
pub type Unread = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The followed logs, by city. Clones share their state.
#[derive(Clone, Default)]
pub struct FollowedCities(Arc<RwLock<BTreeMap<CityCode, Followed>>>);

impl FollowedCities {
    /// Adds a city whose log is being followed.
    pub fn insert(&self, city: CityCode, followed: Followed) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(city, followed);
    }

    /// Removes a city whose log is no longer followed.
    pub fn remove(&self, city: CityCode) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&city);
    }

    /// The current state of one city's log.
    pub fn state(&self, city: CityCode) -> Option<FollowState> {
        let followed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        followed.get(&city).map(Followed::state)
    }

    /// The live state of following one city's log.
    pub fn followed(&self, city: CityCode) -> Option<Followed> {
        let followed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        followed.get(&city).cloned()
    }

    /// The log of a member, followed or not.
    pub fn log(&self, kv: &dyn KeyValue, member: &Membership) -> Result<CityLog> {
        match self.state(member.member.city) {
            Some(state) => Ok(CityLog::Followed(Box::new(state))),
            None => NotFollowed::of(kv, member).map(CityLog::NotFollowed),
        }
    }

    /// Lists a page of the members' logs, including those not followed, in order of city.
    pub fn logs(
        &self,
        kv: &dyn KeyValue,
        asked: &v1::StatusRequest,
    ) -> Result<Page<v1::FollowedLog>> {
        let pager = Pager::of(asked)?;
        pager.fill(
            roster::members(kv, pager.bounds(), pager.at_once())?,
            |city, known| {
                let known = known.filter(|known| known.status != MembershipStatus::Removed);
                let log = known.map(|known| self.log(kv, &known)).transpose()?;
                Ok(log.map(|log| match log {
                    CityLog::Followed(state) => followed_log(&state),
                    CityLog::NotFollowed(log) => log.log_to(*city),
                }))
            },
        )
    }

    /// The states of all followed logs, in order of city.
    pub fn states(&self) -> Vec<FollowState> {
        let followed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        followed.values().map(Followed::state).collect()
    }

    /// Reports how long a log's owner was not heard before an entry arrived: the entry was written within
    /// that time. `None` where that is unknown, as after a start.
    pub fn out_of_reach(&self, city: CityCode) -> OutOfReach {
        let this = self.clone();
        Arc::new(move |seq| {
            let known = this.state(city)?.caught_up?;
            (seq >= known.head).then(|| known.at.elapsed())
        })
    }

    /// Checks a time of this program against the members' clocks: half of those heard within a minute
    /// must differ by an hour at most. Without any reachable member it is not confirmed.
    pub fn confirm_clock(&self) -> ClockConfirmed {
        let this = self.clone();
        Arc::new(move |now| {
            let states = this.states();
            let heard = states.iter().filter(|state| {
                let heard = state
                    .last_heard
                    .map(|heard| now.duration_since(heard).abs());
                heard.is_some_and(|ago| ago <= CONTACT_TIMEOUT)
            });
            confirms(heard.filter_map(|state| state.clock_skew).collect())
        })
    }

    /// Reports whether a city's log was read to the end and its node can be reached.
    pub fn is_current(&self) -> IsCurrent {
        let this = self.clone();
        Arc::new(move |city| {
            this.state(city).is_some_and(|state| {
                state.stale_since.is_none() && state.position.seq >= state.head
            })
        })
    }

    /// Reports the number of entries that the cities' logs are known to have and that are still to be read, without logs that
    /// cannot be read now or are paced by a budget.
    pub fn unread(&self) -> Unread {
        let this = self.clone();
        Arc::new(move || {
            let states = this.states().into_iter();
            let read = states.filter(|log| log.stale_since.is_none() && log.paced.is_none());
            read.map(|log| log.head.saturating_sub(log.position.seq))
                .fold(0, u64::saturating_add)
        })
    }

    /// Reports the budget that paces reading a city's log, for its node.
    pub fn paced(&self) -> PacedReader {
        let this = self.clone();
        Arc::new(move |reader| match reader {
            Principal::Node(city) => this.state(*city)?.paced,
            _ => None,
        })
    }
}

/// Returns true if clocks with these differences confirm the own one.
fn confirms(mut skews: Vec<SignedDuration>) -> bool {
    skews.sort_unstable();
    let median = skews.get(skews.len() / 2);
    median.is_some_and(|skew| skew.abs() <= MAX_CLOCK_SKEW)
}

/// A member's log at the coordinator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CityLog {
    /// The log is being followed.
    Followed(Box<FollowState>),
    /// The log is not followed.
    NotFollowed(NotFollowed),
}

/// A log that is not followed now: the position reached, the time since when, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFollowed {
    /// The next entry that would be applied, as stored.
    pub reached: Position,
    /// Entries set aside.
    pub quarantined: u64,
    /// The time since when, if the city's status is the reason.
    pub since: Option<Timestamp>,
    /// The reason.
    pub reason: Problem,
}

impl NotFollowed {
    /// The log of this member, which is not being followed.
    pub fn of(kv: &dyn KeyValue, member: &Membership) -> Result<Self> {
        let (log, status) = (LogOwner::City(member.member.city), member.status);
        let (since, reason) = match status {
            MembershipStatus::Active => (
                None,
                Problem::new(ErrorCode::Unavailable, msg::FollowNotStarted),
            ),
            MembershipStatus::Suspended | MembershipStatus::Removed => (
                Some(member.since),
                Problem::new(
                    ErrorCode::Suspended,
                    msg::FollowStoppedForMember {
                        reason: &member.reason,
                        status: status.label(),
                    },
                ),
            ),
        };
        Ok(Self {
            reached: position(kv, log)?,
            quarantined: quarantined(kv, log)?,
            since,
            reason,
        })
    }

    /// The log as a message.
    pub fn log_to(&self, city: CityCode) -> v1::FollowedLog {
        v1::FollowedLog {
            log: LogOwner::City(city).to_string(),
            epoch: self.reached.epoch.number,
            epoch_id: epoch_id(self.reached.epoch),
            position: self.reached.seq,
            head: self.reached.seq,
            quarantined: self.quarantined,
            not_followed_since: self.since.map(time_to),
            not_followed_reason: Some(problem_to(&self.reason)),
            ..v1::FollowedLog::default()
        }
    }
}

/// A member with the state of its log, followed or not.
pub fn city_to(known: &Membership, log: &CityLog, entries: u64) -> v1::CityStatus {
    let member = &known.member;
    let mut city = v1::CityStatus {
        city: member.city.to_string(),
        name: member.name.clone(),
        endpoint: member.endpoint.clone(),
        entries,
        ..Default::default()
    };
    match log {
        CityLog::Followed(state) => {
            city.epoch = state.position.epoch.number;
            city.epoch_id = epoch_id(state.position.epoch);
            city.alarm = state.alarm.as_ref().map(|alarm| alarm_to(state.log, alarm));
            city.position = state.position.seq;
            city.head = state.head;
            city.last_heard = state.last_heard.map(time_to);
            city.stale_since = state.stale_since.map(time_to);
            city.stale_reason = state.stale_reason.as_ref().map(problem_to);
            city.quarantined = state.quarantined;
            city.damaged = state.damaged;
            city.clock_skew_ms = state.clock_skew.map(skew_to);
            if let Some(paced) = &state.paced {
                city.paced_by.clone_from(&paced.budget);
                city.paced_since = Some(time_to(paced.since));
            }
        }
        CityLog::NotFollowed(log) => {
            city.epoch = log.reached.epoch.number;
            city.epoch_id = epoch_id(log.reached.epoch);
            city.position = log.reached.seq;
            city.head = log.reached.seq;
            city.quarantined = log.quarantined;
            city.not_followed_since = log.since.map(time_to);
            city.not_followed_reason = Some(problem_to(&log.reason));
        }
    }
    city
}

#[cfg(test)]
mod tests {
    use chengji_domain::catalogue::ShareClass;

    use super::*;
    use crate::tests::world::{PROVIDER, World, city, entry};

    #[tokio::test]
    async fn a_log_that_is_not_followed_says_how_far_it_was_read_and_since_when_it_is_not() {
        let mut world = World::new().await;
        let entry = entry(1, ShareClass::Unconditional);
        world.publish(PROVIDER, entry, 1).await.unwrap();
        let of = |world: &World| {
            let kv = &**world.ledger.kv();
            let member = roster::member(kv, city(PROVIDER)).unwrap().unwrap();
            let log = FollowedCities::default().log(kv, &member).unwrap();
            city_to(&member, &log, 1)
        };
        let active = of(&world);
        assert_eq!((active.position, active.not_followed_since), (1, None));
        let code = |city: &v1::CityStatus| city.not_followed_reason.clone().unwrap().message;
        assert_eq!(code(&active), "follow-not-started");

        world.set_now("2026-11-24T02:00:00Z");
        world
            .set_status(PROVIDER, MembershipStatus::Suspended)
            .await;
        let suspended = of(&world);
        assert_eq!(suspended.position, 1);
        assert_eq!(suspended.not_followed_since, Some(time_to(world.now())));
        assert_eq!(code(&suspended), "follow-stopped-for-member");
    }

    #[test]
    fn a_clock_is_confirmed_by_most_others_and_never_by_nobody() {
        let confirmed = |hours: &[i64]| {
            let skews = hours.iter().map(|hours| SignedDuration::from_hours(*hours));
            confirms(skews.collect())
        };
        assert!(!confirmed(&[]));
        assert!(confirmed(&[0]) && confirmed(&[-1]) && !confirmed(&[-2]));
        // One false clock among three changes nothing, and a clock that is alone ahead is not confirmed.
        assert!(confirmed(&[-480, 0, 0]) && confirmed(&[0, 480, 0]));
        assert!(!confirmed(&[-480, -480, -480]) && !confirmed(&[-480, 0, -480]));
    }
}

//! How the coordinator stands with each city's log.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use chengji_domain::CityCode;
use chengji_follow::{FollowState, Followed, skew_to};
use chengji_proto::convert::time_to;
use chengji_proto::v1;

use crate::requests::{IsCurrent, OutOfReach};

/// The followed logs, by city. Clones are the same.
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

    /// Takes out a city whose log is followed no more.
    pub fn remove(&self, city: CityCode) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&city);
    }

    /// The state of one city's log.
    pub fn state(&self, city: CityCode) -> Option<FollowState> {
        let followed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        followed.get(&city).map(Followed::state)
    }

    /// The states of all, in order of city.
    pub fn states(&self) -> Vec<FollowState> {
        let followed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        followed.values().map(Followed::state).collect()
    }

    /// Tells of an entry of a city's log for how long, before it came, its owner had not been heard
    /// without it: it was written within that time. Nothing where that is not known, as after a start.
    pub fn out_of_reach(&self, city: CityCode) -> OutOfReach {
        let this = self.clone();
        Arc::new(move |seq| {
            let known = this.state(city)?.caught_up?;
            (seq >= known.head).then(|| known.at.elapsed())
        })
    }

    /// Tells of each city whether its log has been read to the end and its node can be reached.
    pub fn is_current(&self) -> IsCurrent {
        let this = self.clone();
        Arc::new(move |city| {
            this.state(city).is_some_and(|state| {
                state.stale_since.is_none() && state.position.seq >= state.head
            })
        })
    }

    /// The epoch in which a city's log is followed; 0 while none is known.
    pub fn epoch(&self, city: CityCode) -> u32 {
        self.state(city).map_or(0, |state| state.position.epoch)
    }
}

/// A member with the state of its log, if it is being followed.
pub fn city_to(
    member: &v1::Membership,
    state: Option<&FollowState>,
    entries: u64,
) -> v1::CityStatus {
    let mut city = v1::CityStatus {
        city: member.city.clone(),
        name: member.name.clone(),
        endpoint: member.endpoint.clone(),
        entries,
        ..Default::default()
    };
    if let Some(state) = state {
        city.epoch = state.position.epoch;
        city.position = state.position.seq;
        city.head = state.head;
        city.last_heard = state.last_heard.map(time_to);
        city.stale_since = state.stale_since.map(time_to);
        city.stale_reason.clone_from(&state.stale_reason);
        city.quarantined = state.quarantined;
        city.clock_skew_ms = state.clock_skew.map(skew_to);
    }
    city
}

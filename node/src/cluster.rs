//! A node's view of the cluster: its members, and the channels to them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chengji_access::RosterHandle;
use chengji_domain::fact::Member;
use chengji_domain::roster::check_member;
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_transport::{Expect, Identity, channel};
use tonic::transport::Channel;

use crate::lease::{CoordinatorLease, not_yet};

/// The members, and the channels to them. Clones share their state.
#[derive(Clone)]
pub struct Cluster {
    /// The channel to the coordinator; it connects when it is first used.
    pub coordinator: Channel,
    /// The roster in force.
    pub roster: RosterHandle,
    /// The time since the coordinator was last heard.
    pub lease: CoordinatorLease,
    identity: Identity,
    peers: Arc<Mutex<HashMap<(CityCode, String), Channel>>>,
}

impl Cluster {
    /// The cluster of the coordinator at this address, called with this identity.
    ///
    /// # Errors
    ///
    /// If the coordinator's address is not valid.
    pub fn new(
        identity: Identity,
        coordinator: &str,
        roster: RosterHandle,
        lease: CoordinatorLease,
    ) -> Result<Self> {
        let coordinator = channel(&identity, coordinator, Expect::Coordinator)?;
        Ok(Self {
            coordinator,
            roster,
            lease,
            identity,
            peers: Arc::default(),
        })
    }

    /// The roster, if it is valid.
    ///
    /// # Errors
    ///
    /// `ROSTER_EXPIRED` before the first one, and after the grace.
    pub fn roster(&self) -> Result<&RosterHandle> {
        self.roster.in_force()?.ok_or_else(not_yet)?;
        self.lease.check()?;
        Ok(&self.roster)
    }

    /// An active member, with the address of its node.
    pub fn member(&self, city: CityCode) -> Result<Member> {
        let known = self.roster()?.member(city)?;
        check_member(city, known.as_ref())?;
        known.map(|known| known.member).ok_or_else(|| {
            let message = msg::MemberUnknown { city };
            Error::new(ErrorCode::NotFound, message)
        })
    }

    /// The channel to another city's node.
    pub fn peer(&self, city: CityCode) -> Result<Channel> {
        let endpoint = self.member(city)?.endpoint;
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = peers.get(&(city, endpoint.clone())) {
            return Ok(known.clone());
        }
        let made = channel(&self.identity, &endpoint, Expect::Node(city))?;
        peers.insert((city, endpoint), made.clone());
        Ok(made)
    }
}

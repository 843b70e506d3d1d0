//! What every service of a node works with.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chengji_domain::fact::{CityFact, LogEntry, LogOwner};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_follow::Clock;
use chengji_proto::{convert, v1};
use chengji_store::{Key, Ledger, Position, Prefix, Tx};
use chengji_transport::{Expect, Identity, channel};
use jiff::Timestamp;
use prost::Message;
use tonic::transport::Channel;

use crate::config::Settings;

/// A running node.
pub struct Node {
    /// The city.
    pub city: CityCode,
    /// Its store and log.
    pub ledger: Ledger,
    /// The time.
    pub clock: Clock,
    /// Its certificate.
    pub identity: Identity,
    /// Its settings.
    pub settings: Settings,
    /// The way to the coordinator.
    pub coordinator: Channel,
    peers: Mutex<HashMap<(CityCode, String), Channel>>,
}

impl Node {
    /// A node on this store; the coordinator is reached when it is first needed.
    pub fn new(
        settings: Settings,
        identity: Identity,
        ledger: Ledger,
        clock: Clock,
    ) -> Result<Self> {
        let coordinator = channel(&identity, &settings.coordinator, Expect::Coordinator)?;
        let peers = Mutex::new(HashMap::new());
        Ok(Self {
            city: settings.city,
            ledger,
            clock,
            identity,
            settings,
            coordinator,
            peers,
        })
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The name under which the node itself writes.
    pub fn principal(&self) -> Principal {
        Principal::Node(self.city)
    }

    /// Appends a fact to the city's log.
    pub fn append(
        &self,
        tx: &mut Tx<'_>,
        principal: &Principal,
        at: Timestamp,
        fact: CityFact,
    ) -> Result<Position> {
        let (log, principal) = (LogOwner::City(self.city), principal.clone());
        tx.append(|Position { epoch, seq }| {
            convert::city_entry_bytes(&LogEntry {
                log,
                epoch,
                seq,
                at,
                principal,
                fact,
            })
        })
    }

    /// A member of the cluster, as the coordinator last announced it.
    pub fn member(&self, city: CityCode) -> Result<v1::Member> {
        let bytes = self.ledger.kv().get(&member_key(city))?.ok_or_else(|| {
            let message = format!("{city} is not known as a member of the cluster");
            Error::new(ErrorCode::NotFound, message)
                .with_remedy("wait until the coordinator has been followed, see 'status'")
        })?;
        v1::Member::decode(bytes.as_slice()).map_err(|e| {
            Error::new(
                ErrorCode::StorageDamaged,
                format!("the stored member {city}: {e}"),
            )
        })
    }

    /// The way to another city's node.
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

/// Where a member is kept.
pub(crate) fn member_key(city: CityCode) -> Vec<u8> {
    Key::new(Prefix::Member).u32(city.number()).finish()
}

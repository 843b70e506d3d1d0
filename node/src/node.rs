//! What every service of a node works with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chengji_access::Live;
use chengji_clock::Clock;
use chengji_domain::fact::{CityFact, LogEntry, LogOwner, Member};
use chengji_domain::roster::Roster;
use chengji_domain::tables::Tables;
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_follow::next_time;
use chengji_proto::convert;
use chengji_store::{Ledger, Position, Tx};
use chengji_transport::{Expect, Identity, channel};
use jiff::Timestamp;
use tonic::transport::Channel;

use crate::catalogue::import::MOST_WAITING;
use crate::catalogue::mover::Mover;
use crate::catalogue::who::Who;
use crate::config::Settings;
use crate::delivery::Budget;
use crate::heard::{Heard, not_yet};
use crate::queue::Queue;

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
    /// Who takes part in the cluster, as last learnt, and a sign of every change in who may do what.
    pub live: Live,
    /// When the coordinator was heard.
    pub heard: Heard,
    /// Imports in the order in which they are written, one at a time.
    pub importing: Arc<Queue>,
    /// What received files may take of the disk.
    pub disk: Arc<Budget>,
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
        let live = Live::open(&**ledger.kv())?;
        let heard = Heard::open(&**ledger.kv(), clock(), settings.grace)?;
        let disk = Budget::new(settings.received.clone(), settings.disk_limits);
        Ok(Self {
            disk: Arc::new(disk),
            live,
            heard,
            city: settings.city,
            ledger,
            clock,
            identity,
            settings,
            coordinator,
            importing: Arc::new(Queue::at_most(MOST_WAITING)),
            peers,
        })
    }

    /// The code tables it goes by: calendar, deadlines, divisions, terms.
    pub fn tables(&self) -> &Tables {
        &self.settings.tables
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The name under which the node itself writes.
    pub fn principal(&self) -> Principal {
        Principal::Node(self.city)
    }

    /// The node, as one who moves entries of its catalogue on its own account.
    pub(crate) fn mover(&self) -> Mover {
        Mover::new(self, self.itself())
    }

    /// The node, as one who acts on entries.
    pub(crate) fn itself(&self) -> Who {
        Who {
            by: self.principal(),
            department: None,
        }
    }

    /// Appends a fact to the city's log.
    pub fn append(
        &self,
        tx: &mut Tx<'_>,
        principal: &Principal,
        at: Timestamp,
        fact: CityFact,
    ) -> Result<Position> {
        append(tx, self.city, principal, at, fact)
    }

    /// The list of members, if it still holds.
    pub fn roster(&self) -> Result<Arc<Roster>> {
        let roster = self.live.roster().ok_or_else(not_yet)?;
        self.heard.check()?;
        Ok(roster)
    }

    /// Where the node of a city that takes part is called.
    pub fn member(&self, city: CityCode) -> Result<Member> {
        let roster = self.roster()?;
        roster.check_member(city)?;
        let known = roster.member(city).map(|known| known.member.clone());
        known.ok_or_else(|| {
            Error::new(
                ErrorCode::NotFound,
                format!("{city} is not a member of this cluster"),
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

/// Appends a fact to a city's log, at this time or that of the last entry, whichever is later.
pub(crate) fn append(
    tx: &mut Tx<'_>,
    city: CityCode,
    principal: &Principal,
    at: Timestamp,
    fact: CityFact,
) -> Result<Position> {
    let (log, principal) = (LogOwner::City(city), principal.clone());
    let at = next_time(tx, at)?;
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

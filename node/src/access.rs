//! Who may call this node now: its city's people as its own records say, everybody else of the
//! cluster as the roster says, for as long as that holds.

use chengji_access::book;
use chengji_domain::access::Rights;
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_transport::{Access, Peer};
use tokio::sync::watch;

use crate::cluster::Cluster;
use crate::own_log::OwnLog;

/// A node's answer to its gate.
pub struct NodeAccess {
    /// The city's log, with its people.
    pub own: OwnLog,
    /// The members.
    pub cluster: Cluster,
}

impl NodeAccess {
    fn own_person(&self, peer: &Peer) -> Result<Rights> {
        let (kv, who) = (&**self.own.ledger.kv(), &peer.principal);
        let gone = |message: String| {
            Error::new(ErrorCode::Suspended, message)
                .with_remedy("the city's administrator can invite it again")
        };
        let Some(person) = book::person(kv, who)? else {
            return Err(gone(format!(
                "{who} is not among the people and applications of this city"
            )));
        };
        let Some(rights) = person.current_rights().cloned() else {
            return Err(gone(format!("{who} was removed: {}", person.reason)));
        };
        book::check_certificate(kv, who, peer.serial, peer.key)?;
        Ok(rights)
    }
}

impl Access for NodeAccess {
    fn rights(&self, peer: &Peer) -> Result<Rights> {
        match &peer.principal {
            Principal::Person { city, .. } | Principal::App { city, .. }
                if *city == self.own.city =>
            {
                self.own_person(peer)
            }
            // Other cities' people and applications have no business here, and who has no certificate may
            // ask for one: the contract says so. The coordinator is whom the list of members comes from.
            Principal::Person { .. }
            | Principal::App { .. }
            | Principal::Newcomer
            | Principal::Coordinator => Ok(Rights::NONE),
            who @ (Principal::Node(_) | Principal::Operator(_) | Principal::Auditor(_)) => {
                self.cluster.roster()?.check(who, peer.serial)?;
                Ok(Rights::NONE)
            }
        }
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.cluster.roster.changes()
    }
}

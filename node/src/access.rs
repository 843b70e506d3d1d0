//! Permissions of callers at a node: its city's people by its own records, the rest of the cluster by the
//! roster, while the roster is valid.

use chengji_access::records;
use chengji_domain::access::Rights;
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_messages::msg;
use chengji_transport::{Access, Peer};
use tokio::sync::watch;

use crate::cluster::Cluster;
use crate::delegation::records as delegations;
use crate::own_log::OwnLog;
use crate::succession::records::with_merged;

/// Resolves permissions for a node's gate.
pub struct NodeAccess {
    /// The city's log, with the records of its people.
    pub own: OwnLog,
    /// The members.
    pub cluster: Cluster,
}

impl NodeAccess {
    fn own_person(&self, peer: &Peer) -> Result<Rights> {
        let (kv, who) = (&**self.own.ledger.kv(), &peer.principal);
        let Some(person) = records::person(kv, who)? else {
            let message = msg::PersonNotOfCity { principal: who };
            return Err(Error::new(ErrorCode::Suspended, message));
        };
        let Some(rights) = person.current_rights().cloned() else {
            let message = msg::PersonRemovedFromCity {
                principal: who,
                reason: person.reason,
            };
            return Err(Error::new(ErrorCode::Suspended, message));
        };
        records::check_certificate(kv, who, peer.serial, peer.key)?;
        let stand_ins = delegations::stand_ins(kv, who, self.own.now())?;
        with_merged(kv, rights.standing_in(stand_ins))
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
            // Other cities' people and applications have no rights here, and callers without a
            // certificate may request one: the contract defines both. The coordinator is the source of
            // the roster.
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

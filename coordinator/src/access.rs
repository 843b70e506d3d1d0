//! Permissions of callers at the coordinator, by the roster and the certificates issued here.

use chengji_access::{RosterHandle, records};
use chengji_domain::access::Rights;
use chengji_domain::{Principal, Result};
use chengji_store::Ledger;
use chengji_transport::{Access, Peer};
use tokio::sync::watch;

/// Resolves permissions for the coordinator's gate.
pub struct CoordinatorAccess {
    /// The ledger with the certificates that were issued here.
    pub ledger: Ledger,
    /// The roster of members.
    pub roster: RosterHandle,
}

impl Access for CoordinatorAccess {
    fn rights(&self, peer: &Peer) -> Result<Rights> {
        match &peer.principal {
            // A city's people and applications have no rights here, and callers without a certificate may
            // request one: the contract defines both.
            Principal::Person { .. }
            | Principal::App { .. }
            | Principal::Newcomer
            | Principal::Coordinator => {}
            who @ (Principal::Node(_) | Principal::Operator(_) | Principal::Auditor(_)) => {
                self.roster.check(who, peer.serial)?;
                records::check_certificate(&**self.ledger.kv(), who, peer.serial, peer.key)?;
            }
        }
        Ok(Rights::NONE)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.roster.changes()
    }
}

//! Who may call the coordinator now: as the roster and the certificates issued here say.

use chengji_access::{RosterHandle, book};
use chengji_domain::access::Rights;
use chengji_domain::{Principal, Result};
use chengji_store::Ledger;
use chengji_transport::{Access, Peer};
use tokio::sync::watch;

/// The coordinator's answer to its gate.
pub struct CoordinatorAccess {
    /// What was issued.
    pub ledger: Ledger,
    /// Who takes part.
    pub roster: RosterHandle,
}

impl Access for CoordinatorAccess {
    fn rights(&self, peer: &Peer) -> Result<Rights> {
        match &peer.principal {
            // A city's people and applications have no business here, and who has no certificate may ask for one: the
            // contract says so.
            Principal::Person { .. }
            | Principal::App { .. }
            | Principal::Newcomer
            | Principal::Coordinator => {}
            who @ (Principal::Node(_) | Principal::Operator(_) | Principal::Auditor(_)) => {
                self.roster.check(who, peer.serial)?;
                book::check_certificate(&**self.ledger.kv(), who, peer.serial, peer.key)?;
            }
        }
        Ok(Rights::NONE)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.roster.changes()
    }
}

//! The roster for the services: point look-ups in the store, and a signal with each change.

use std::sync::Arc;

use chengji_domain::access::Serial;
use chengji_domain::roster::{Membership, MembershipStatus};
use chengji_domain::{CityCode, Principal, Result};
use chengji_records::RosterInForce;
use chengji_store::{KeyValue, Ledger};
use tokio::sync::watch;

use super::look_up;

/// The committed roster in force, and a signal that it, or the rights of people, may have changed. Clones
/// share their state.
#[derive(Clone)]
pub struct RosterHandle(Arc<Inner>);

struct Inner {
    kv: Arc<dyn KeyValue>,
    changed: watch::Sender<u64>,
}

impl RosterHandle {
    /// The roster in this ledger's store.
    pub fn of(ledger: &Ledger) -> Self {
        Self(Arc::new(Inner {
            kv: Arc::clone(ledger.kv()),
            changed: watch::Sender::new(0),
        }))
    }

    /// The signed checkpoint by which the roster is in force; `None` before the first.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub fn in_force(&self) -> Result<Option<RosterInForce>> {
        Ok(look_up::head(&*self.0.kv)?.in_force)
    }

    /// Looks up a member of any status.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub fn member(&self, city: CityCode) -> Result<Option<Membership>> {
        look_up::member(&*self.0.kv, city)
    }

    /// Calls `visit` with every member, as [`look_up::each_member`] does.
    ///
    /// # Errors
    ///
    /// Those of `visit` and of the storage.
    pub fn each_member(&self, visit: impl FnMut(Membership) -> Result<()>) -> Result<()> {
        look_up::each_member(&*self.0.kv, visit)
    }

    /// All members of this status, by city.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub fn with_status(&self, status: MembershipStatus) -> Result<Vec<Membership>> {
        let mut found = Vec::new();
        self.each_member(|known| {
            found.extend(Some(known).filter(|known| known.status == status));
            Ok(())
        })?;
        Ok(found)
    }

    /// Checks that a principal of the cluster may take part, as [`look_up::check`] does.
    ///
    /// # Errors
    ///
    /// `SUSPENDED` with the reason; those of the storage.
    pub fn check(&self, principal: &Principal, serial: Option<Serial>) -> Result<()> {
        look_up::check(&*self.0.kv, principal, serial)
    }

    /// Announces that the roster, or the rights of people, may have changed.
    pub fn announce_change(&self) {
        self.0.changed.send_modify(|number| *number += 1);
    }

    /// A counter that grows with each change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }
}

//! The members as searches treat them, kept while the roster is the same.

use std::sync::{Arc, Mutex, PoisonError};

use chengji_access::RosterHandle;
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, Result};
use chengji_store::{Ledger, Position};

/// The members as of a position of the coordinator's log, from which the roster is folded. Clones share them.
#[derive(Clone, Default)]
pub struct SearchedRoster(Arc<Mutex<Option<Kept>>>);

/// Members with the position.
type Kept = (Position, Arc<Searched>);

/// The members as of a position.
#[derive(Debug, Default)]
pub(super) struct Searched {
    /// Those whose entries are on record, but cannot be requested.
    pub(super) hidden: Vec<u32>,
    /// Those whose logs are followed, with their names.
    pub(super) followed: Vec<(CityCode, String)>,
}

impl SearchedRoster {
    /// Returns the members, read again if the log has grown.
    pub(super) fn read(&self, ledger: &Ledger, members: &RosterHandle) -> Result<Arc<Searched>> {
        // Before the members: later ones may be kept for this position, but no earlier ones.
        let head = ledger.head();
        let kept = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((_, searched)) = kept.filter(|(position, _)| *position == head) {
            return Ok(searched);
        }
        let mut searched = Searched::default();
        members.each_member(|known| {
            let city = known.member.city;
            if known.status != MembershipStatus::Active {
                searched.hidden.push(city.number());
            }
            if known.status != MembershipStatus::Removed {
                searched.followed.push((city, known.member.name));
            }
            Ok(())
        })?;
        let searched = Arc::new(searched);
        let read = (head, Arc::clone(&searched));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
        Ok(searched)
    }
}

//! The coordinator's own moves.

use chengji_domain::Principal;
use chengji_domain::request::{Move, Party, Step};
use jiff::Timestamp;

/// A move of the coordinator, made by this principal now.
pub(super) fn own_step(now: Timestamp, by: Principal, mv: Move) -> Step {
    Step {
        party: Party::Coordinator,
        actor: by.into(),
        at: now,
        mv,
        due: None,
    }
}

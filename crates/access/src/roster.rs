//! The stored roster: a fold of the coordinator's log in typed tables, in force by its last signed
//! checkpoint.
//!
//! [`apply`] takes in one fact of that log and [`put_in_force`] a verified checkpoint, both in the
//! transaction that stores the entry. Look-ups return what is in force: facts that grant count up to the
//! checkpoint, facts that revoke as soon as they are read.
//!
//! A log that is read anew is folded beside the roster in force, by the number of its copy. Its
//! revocations count at once, except those by entries that the copy in force has, too. It replaces that
//! copy with its first checkpoint at a later position or, if people accepted the log, with its first one
//! that is not replayed. So a restored log gives nothing back until the authority signs its new epoch;
//! revocations made after the backup have to be repeated.

mod fold;
mod handle;
mod look_up;
mod signature;
pub(crate) mod tables;

use std::time::Duration;

use chengji_domain::Result;
use chengji_records::{CoordinatorHeard, StoredHeard};
use chengji_store::{Prefix, Single, Tx, View};
use jiff::Timestamp;

pub use self::fold::{EntryOrigin, accept, apply, forget, put_in_force};
pub use self::handle::RosterHandle;
pub use self::look_up::{
    active_at, check, check_member, departed, each_member, has_left, head, is_active,
    key_of_member, last_read, log_keys, member, members,
};
pub use self::signature::{sign, verify};
pub use self::tables::{LEFT, LOG_KEYS, MEMBERS, PEOPLE, REVOKED, REVOKED_BY_END};

/// The time since the coordinator was last heard.
static HEARD: Single<StoredHeard> = Single::new(Prefix::RosterHeard);

/// Stores the time since the coordinator was last heard, as of `now`.
///
/// # Errors
///
/// Storage errors.
pub fn put_heard(tx: &mut Tx<'_>, age: Duration, now: Timestamp) -> Result<()> {
    let written_at = now;
    HEARD.put(tx, &CoordinatorHeard { age, written_at })
}

/// The time since the coordinator was last heard: the stored age, plus the wall time since it was stored.
/// A clock that was set back meanwhile subtracts nothing. `None` if it was never heard.
///
/// # Errors
///
/// Storage errors.
pub fn lease(view: &(impl View + ?Sized), now: Timestamp) -> Result<Option<Duration>> {
    let lease = HEARD.get(view)?;
    Ok(lease.map(|lease| {
        let passed = now.duration_since(lease.written_at);
        lease
            .age
            .saturating_add(passed.try_into().unwrap_or_default())
    }))
}

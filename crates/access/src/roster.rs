//! The roster as it is stored: a fold of the coordinator's log in typed tables, in force by its last
//! signed checkpoint.
//!
//! [`apply`] takes in one fact of that log and [`put_in_force`] a checkpoint whose signature was checked,
//! both in the transaction that stores the entry. What is looked up is what is in force: facts that grant
//! count up to the checkpoint, facts that take away as soon as they were read.
//!
//! A log that is read anew is folded beside the roster in force, by the number of its copy. What it takes
//! away counts at once, except by entries that the copy in force has, too. It takes the place of that copy
//! with its first checkpoint at a later position or, where people accepted the log, with its first one that
//! is not replayed. So a log that was set back returns nothing until the authority signs its new epoch; what
//! was taken away after the backup has to be taken away again.

mod fold;
mod handle;
mod look_up;
mod signature;
mod tables;

use std::time::Duration;

use chengji_domain::Result;
use chengji_records::{CoordinatorHeard, StoredHeard};
use chengji_store::{Prefix, Single, Tx, View};
use jiff::Timestamp;

pub use self::fold::{Place, accept, apply, forget, put_in_force};
pub use self::handle::RosterHandle;
pub use self::look_up::{
    check, check_member, each_member, head, is_active, last_read, log_keys, member, members_after,
};
pub use self::signature::{sign, verify};
pub use self::tables::{LOG_KEYS, MEMBERS, PEOPLE, REVOKED, REVOKED_BY_END};

/// For how long the coordinator was not heard.
static HEARD: Single<StoredHeard> = Single::new(Prefix::RosterHeard);

/// Stores for how long the coordinator has not been heard, as of `now`.
///
/// # Errors
///
/// Those of the storage.
pub fn put_heard(tx: &mut Tx<'_>, age: Duration, now: Timestamp) -> Result<()> {
    let written_at = now;
    HEARD.put(tx, &CoordinatorHeard { age, written_at })
}

/// For how long the coordinator has not been heard: the stored age, and the wall time that has
/// passed since it was stored. A clock that was set back meanwhile takes nothing away. Nothing
/// where it was never heard.
///
/// # Errors
///
/// Those of the storage.
pub fn lease(view: &(impl View + ?Sized), now: Timestamp) -> Result<Option<Duration>> {
    let lease = HEARD.get(view)?;
    Ok(lease.map(|lease| {
        let passed = now.duration_since(lease.written_at);
        lease
            .age
            .saturating_add(passed.try_into().unwrap_or_default())
    }))
}

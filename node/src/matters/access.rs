//! Access to matters: people who are limited to a department see and answer its corrections alone;
//! demands are seen by all.

use chengji_domain::access::Role;
use chengji_domain::matter::{Filing, MatterKind, MatterRecord};
use chengji_domain::request::{Actor, Party};
use chengji_domain::{Error, ErrorCode, Result, Uscc};
use chengji_follow::matter_table;
use chengji_messages::msg;
use chengji_store::View;
use jiff::Timestamp;

use crate::caller::Caller;
use crate::catalogue::entries;
use crate::own_log::OwnLog;
use crate::requests::departments;

/// The city's department concerned by a matter: the one that filed it; of a correction at the provider, that of the entry;
/// of a demand at the assigned city, the source department named. `None` where there is none.
pub(crate) fn department_of(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    record: &MatterRecord,
) -> Result<Option<Uscc>> {
    match (record.party_of(own.city), &record.filing) {
        (Some(Party::Consumer), filing) => Ok(filing.department()),
        (Some(Party::Provider), Filing::Correction(filing)) => {
            let entry = entries::find(view, &filing.resource.code)?;
            Ok(entry.map(|known| known.entry.provider_code))
        }
        (Some(Party::Provider), Filing::Demand(_)) => {
            Ok(record.assigned().and_then(|(_, department)| department))
        }
        (Some(Party::Coordinator) | None, _) => Ok(None),
    }
}

/// Returns true if the caller sees the matter.
pub(crate) fn is_visible(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    (caller, at): (&Caller, Timestamp),
    record: &MatterRecord,
) -> Result<bool> {
    let departments = match record.kind() {
        MatterKind::Demand => None,
        MatterKind::Correction => caller.rights.departments(at),
    };
    let Some(departments) = departments else {
        return Ok(true);
    };
    let department = department_of(own, view, record)?;
    Ok(department.is_some_and(|department| departments.contains(&department)))
}

/// The matter of this kind and number, if the caller sees it.
///
/// # Errors
///
/// `INVALID_ARGUMENT`; `NOT_FOUND`, also for one that it does not see.
pub(crate) fn seen(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    caller: (&Caller, Timestamp),
    (kind, number): (MatterKind, &str),
) -> Result<MatterRecord> {
    let record = matter_table::named(view, kind, number)?;
    if is_visible(own, view, caller, &record)? {
        return Ok(record);
    }
    let message = msg::MatterNotFound { number: record.id };
    Err(Error::new(ErrorCode::NotFound, message))
}

/// The caller as the actor of a move in a matter. `department` is that of the entry which answers a demand.
///
/// # Errors
///
/// `OUT_OF_TURN` where the city has no part in it; `DENIED` where the caller's rights do not cover it, or where the
/// bureau answers for a department and nobody there has delegated that.
pub(crate) fn actor(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    (caller, at): (&Caller, Timestamp),
    record: &MatterRecord,
    (department, bureau_answers): (Option<Uscc>, bool),
) -> Result<Actor> {
    let concerned = department_of(own, view, record)?;
    match record.party_of(own.city) {
        Some(Party::Consumer) => Ok(Actor {
            department: concerned,
            ..caller.actor(Role::Consumer, concerned, at)?
        }),
        Some(Party::Provider) => {
            let department = match record.kind() {
                MatterKind::Correction => concerned,
                // Any department may answer where none is named.
                MatterKind::Demand => department.or(concerned).or(caller.rights.department()),
            };
            departments::provider_actor((caller, at), department, bureau_answers)
        }
        Some(Party::Coordinator) | None => {
            let (city, matter) = (own.city, record.id);
            let message = msg::MatterNotOfCity { city, matter };
            Err(Error::new(ErrorCode::OutOfTurn, message))
        }
    }
}

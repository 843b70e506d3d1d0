//! Access to matters: people limited to a department see and answer only its corrections, and see the error counts of
//! its entries and of those that it received; everybody sees demands.

use std::collections::BTreeSet;

use chengji_domain::access::Role;
use chengji_domain::matter::{Filing, MatterKind, MatterRecord};
use chengji_domain::request::{Actor, Party};
use chengji_domain::{Error, ErrorCode, ResourceRef, Result, Uscc};
use chengji_follow::matter_table;
use chengji_messages::msg;
use chengji_store::View;
use jiff::Timestamp;

use crate::caller::Caller;
use crate::catalogue::entries;
use crate::delivery::receipts;
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
    match record.kind() {
        MatterKind::Demand => Ok(true),
        MatterKind::Correction => is_concerned(own, view, (caller, at), record),
    }
}

/// Returns true if the matter concerns a department of the caller, or the caller is not limited to departments.
pub(crate) fn is_concerned(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    (caller, at): (&Caller, Timestamp),
    record: &MatterRecord,
) -> Result<bool> {
    let Some(departments) = caller.rights.departments(at) else {
        return Ok(true);
    };
    let department = department_of(own, view, record)?;
    Ok(department.is_some_and(|department| departments.contains(&department)))
}

/// Returns true if the caller sees the numbers of corrections of an entry: those of its department, and those that it
/// received.
pub(crate) fn sees_errors(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    departments: Option<&BTreeSet<Uscc>>,
    entry: &ResourceRef,
) -> Result<bool> {
    let Some(departments) = departments else {
        return Ok(true);
    };
    if entry.city != own.city {
        return receipts::is_received_by(view, entry, departments);
    }
    let known = entries::find(view, &entry.code)?;
    Ok(known.is_some_and(|known| departments.contains(&known.entry.provider_code)))
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
                // Any department may answer with an entry of its own. Where none is named, the bureau declines.
                MatterKind::Demand => department.or(concerned),
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

//! Records of departments that were merged into others, and of mergers that are taken back.

use std::collections::BTreeSet;

use chengji_domain::access::Rights;
use chengji_domain::calendar::local_date;
use chengji_domain::fact::CityFact;
use chengji_domain::succession::{
    MAX_MERGED, RecordedEnd, RecordedSuccession, Succession, SuccessionEnd, SuccessionEndCause,
};
use chengji_domain::{Error, ErrorCode, Principal, Result, Uscc};
use chengji_follow::{next_time, succession_table};
use chengji_messages::msg;
use chengji_proto::convert::TakeBackOrder;
use chengji_records::StoredSuccession;
use chengji_store::{Index, Prefix, Table, Tx, View};
use jiff::Timestamp;

use crate::own_log::OwnLog;

/// Successions in force, by the credit code of the department that was merged.
pub(crate) static SUCCESSIONS: Table<String, StoredSuccession> =
    Table::new(Prefix::DepartmentSuccession, &[&PREDECESSORS]);

/// Departments that were merged, by the one that they were merged into.
static PREDECESSORS: Index<(String,), String, StoredSuccession> = Index::new(
    &SUCCESSIONS,
    Prefix::DepartmentPredecessor,
    "merged departments by successor",
    |_, recorded| vec![(recorded.succession.new.to_string(),)],
);

/// The departments that were merged into this one, directly or through others.
pub(crate) fn merged_into(view: &(impl View + ?Sized), department: Uscc) -> Result<BTreeSet<Uscc>> {
    let (mut merged, mut open) = (BTreeSet::new(), vec![department]);
    while let Some(successor) = open.pop() {
        let of_successor = PREDECESSORS.under(&(successor.to_string(),));
        for (_, code) in of_successor.keys(view, MAX_MERGED)?.rows {
            let old: Uscc = code.parse()?;
            if merged.len() < MAX_MERGED && merged.insert(old) {
                open.push(old);
            }
        }
    }
    Ok(merged)
}

/// The rights with the departments that were merged into those that they are limited to.
pub(crate) fn with_merged(view: &(impl View + ?Sized), rights: Rights) -> Result<Rights> {
    let mut merged = Vec::new();
    for department in rights.limits() {
        let of_department = merged_into(view, department)?;
        merged.extend((!of_department.is_empty()).then_some((department, of_department)));
    }
    Ok(rights.with_merged(merged))
}

/// These departments, and those that were merged into them.
pub(crate) fn expanded(
    view: &(impl View + ?Sized),
    departments: BTreeSet<Uscc>,
) -> Result<BTreeSet<Uscc>> {
    let mut all = departments.clone();
    for department in departments {
        all.extend(merged_into(view, department)?);
    }
    Ok(all)
}

/// Records a succession; the same again changes nothing.
///
/// # Errors
///
/// `INVALID_ARGUMENT`, also for a circle; `ALREADY_EXISTS` where the department was merged into another one or on other
/// terms; `LIMIT_EXCEEDED` where too many would be merged into one.
pub(super) fn succeed(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (by, at): (&Principal, Timestamp),
    succession: Succession,
) -> Result<RecordedSuccession> {
    let at = next_time(tx, at)?;
    succession.check(local_date(at))?;
    let department = succession.old;
    if let Some(known) = SUCCESSIONS.get(tx, &department.to_string())? {
        if known.succession == succession {
            return Ok(known);
        }
        let into = known.succession.new;
        let message = msg::DepartmentAlreadyMerged { department, into };
        return Err(Error::new(ErrorCode::AlreadyExists, message));
    }
    let last = last_successor(tx, succession.new)?;
    if last == department {
        let message = msg::DepartmentMergedInCircle {
            department,
            into: succession.new,
        };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    let merged = merged_into(tx, department)?.len() + merged_into(tx, last)?.len() + 1;
    if merged > MAX_MERGED {
        let message = msg::DepartmentsMergedTooMany {
            department: last,
            most: MAX_MERGED,
        };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    let fact = CityFact::DepartmentSucceeded(succession.clone());
    let seq = own.append(tx, by, at, fact)?.seq;
    let recorded = RecordedSuccession {
        succession,
        at,
        by: by.clone(),
        ended: None,
    };
    SUCCESSIONS.put(tx, &department.to_string(), &recorded)?;
    succession_table::put(tx, (own.city, seq), &recorded)?;
    Ok(recorded)
}

/// Takes a succession back. Entries, requests and receipts under the code of the department belong to it again from now
/// on.
///
/// # Errors
///
/// `NOT_FOUND` where the department was not merged; `INVALID_ARGUMENT`.
pub(super) fn take_back(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (by, at): (&Principal, Timestamp),
    order: TakeBackOrder,
) -> Result<RecordedSuccession> {
    let at = next_time(tx, at)?;
    let department = order.old;
    let Some(known) = SUCCESSIONS.get(tx, &department.to_string())? else {
        let message = msg::DepartmentNotMerged { department };
        return Err(Error::new(ErrorCode::NotFound, message));
    };
    let merged = &known.succession;
    let since = match (order.cause, order.since) {
        (SuccessionEndCause::Split, Some(since)) => since,
        (SuccessionEndCause::Mistake, None) => merged.since,
        (SuccessionEndCause::Split, None) | (SuccessionEndCause::Mistake, Some(_)) => {
            let message = msg::DepartmentSplitDay;
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
    };
    let end = SuccessionEnd {
        old: merged.old,
        new: merged.new,
        cause: order.cause,
        since,
        document: order.document,
        reason: order.reason,
    };
    end.check(merged, local_date(at))?;
    let fact = CityFact::DepartmentSuccessionEnded(end.clone());
    own.append(tx, by, at, fact)?;
    let by = by.clone();
    let ended = RecordedEnd { end, at, by };
    SUCCESSIONS.delete(tx, &department.to_string())?;
    succession_table::end(tx, own.city, &ended)?;
    Ok(RecordedSuccession {
        ended: Some(ended),
        ..known
    })
}

/// The department that another one has become in the end. The number of steps is bounded, as that of merged
/// departments.
fn last_successor(view: &(impl View + ?Sized), department: Uscc) -> Result<Uscc> {
    let mut last = department;
    for _ in 0..=MAX_MERGED {
        match SUCCESSIONS.get(view, &last.to_string())? {
            Some(recorded) => last = recorded.succession.new,
            None => break,
        }
    }
    Ok(last)
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;

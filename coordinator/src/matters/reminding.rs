//! Reminds before the deadline of a matter, chases after it, once each, and moves provisional deadlines by holiday
//! notices, as for requests.

use std::collections::BTreeSet;
use std::sync::Arc;

use chengji_domain::calendar::{Deadline, local_date};
use chengji_domain::matter::{
    MatterEvent, MatterKind, MatterMove, MatterMoveKind, MatterRecord, MatterReminder,
};
use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Principal, Result};
use chengji_follow::matter_table;
use chengji_runtime::off_thread;
use chengji_store::{KeyValue, Ledger, Tx};
use jiff::Timestamp;

use super::ordering::{append, order_own};
use crate::deadlines::Deadlines;
use crate::due_reminders::due_reminders;
use crate::{one_by_one, records};

/// Gives every due reminder; returns their number.
///
/// # Errors
///
/// Storage errors of the search. A matter that cannot be reminded of does not keep others from it.
pub async fn remind(ledger: &Ledger, deadlines: &Arc<Deadlines>, now: Timestamp) -> Result<usize> {
    let (kv, rules) = (Arc::clone(ledger.kv()), Arc::clone(deadlines));
    let due = off_thread(move || all_due(&*kv, &rules, now)).await?;
    let deadlines = Arc::clone(deadlines);
    let job = move |tx: &mut Tx<'_>, id| remind_of(tx, &deadlines, now, id).map(usize::from);
    let failure = "cannot remind of a deadline; trying again";
    Ok(one_by_one::run(ledger, due, failure, job).await.done)
}

/// The matters due for a reminder now. Reads only those, and the records of those whose deadline is near by the rules
/// of some cities alone.
fn all_due(
    kv: &dyn KeyValue,
    deadlines: &Deadlines,
    now: Timestamp,
) -> Result<BTreeSet<RequestId>> {
    due_reminders(
        kv,
        (deadlines, local_date(now)),
        |is_reminded, days| matter_table::REMINDERS.within(&(is_reminded,), days),
        |id| is_due(kv, deadlines, now, id),
    )
}

/// Returns true if a reminder of a matter is due by the rules of the acting city.
fn is_due(
    kv: &dyn KeyValue,
    deadlines: &Deadlines,
    now: Timestamp,
    matter: RequestId,
) -> Result<bool> {
    let Some(record) = matter_table::find(kv, matter)? else {
        return Ok(false);
    };
    Ok(due_reminder(&record, deadlines, now)?.is_some())
}

/// The reminder of a matter that is due now, and the city that it is for.
fn due_reminder(
    record: &MatterRecord,
    deadlines: &Deadlines,
    now: Timestamp,
) -> Result<Option<(CityCode, MatterReminder)>> {
    let deadline = record.state()?.deadline();
    let (Some(deadline), Some(city)) = (deadline, record.provider()) else {
        return Ok(None);
    };
    let today = local_date(now);
    let overdue = today > deadline.date;
    let is_time = overdue || deadlines.is_near(city, deadline.date, today);
    let reminder = MatterReminder {
        at: now,
        deadline,
        overdue,
    };
    let is_due = is_time && !record.is_reminded(deadline, overdue);
    Ok(is_due.then_some((city, reminder)))
}

/// Gives the reminder of a matter; returns true if one was due. Checks again within the transaction: an answer may have
/// come meanwhile.
fn remind_of(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    matter: RequestId,
) -> Result<bool> {
    let Some(mut record) = matter_table::find(tx, matter)? else {
        return Ok(false);
    };
    let Some((city, reminder)) = due_reminder(&record, deadlines, now)? else {
        return Ok(false);
    };
    if overdue_for_the_first_time(&record, reminder.overdue) {
        records::count_late_correction(tx, city)?;
    }
    record.reminders.push(reminder);
    matter_table::put(tx, &record)?;
    let MatterReminder {
        deadline, overdue, ..
    } = reminder;
    let event = MatterEvent::Reminded {
        matter,
        city,
        deadline,
        overdue,
    };
    append(tx, now, &Principal::Coordinator, event)?;
    Ok(true)
}

/// Returns true if a correction becomes one that is answered late: a notice that moves its deadline later makes it no
/// other one.
pub(super) fn overdue_for_the_first_time(record: &MatterRecord, is_overdue: bool) -> bool {
    let mut given = record.reminders.iter();
    let is_known = given.any(|reminder| reminder.overdue);
    record.kind() == MatterKind::Correction && is_overdue && !is_known
}

/// Moves every provisional deadline that the calendar's notices make later; returns their number.
///
/// # Errors
///
/// Storage errors of the search. A matter whose deadline cannot be moved does not keep others from it.
pub async fn move_deadlines(
    ledger: &Ledger,
    deadlines: &Arc<Deadlines>,
    now: Timestamp,
) -> Result<usize> {
    let kv = Arc::clone(ledger.kv());
    let provisional = off_thread(move || provisional(&*kv)).await?;
    let deadlines = Arc::clone(deadlines);
    let job = move |tx: &mut Tx<'_>, id| move_of(tx, &deadlines, now, id).map(usize::from);
    let failure = "cannot move a provisional deadline";
    Ok(one_by_one::run(ledger, provisional, failure, job)
        .await
        .done)
}

/// The matters with a provisional deadline: those with a deadline are read.
fn provisional(kv: &dyn KeyValue) -> Result<Vec<RequestId>> {
    let mut found = Vec::new();
    for kind in MatterKind::ALL {
        let of_all: (u32, Option<CityCode>, Option<CityCode>) = (kind.number(), None, None);
        matter_table::DUE.under(&of_all).each_key(kv, |_, id| {
            let record = matter_table::find(kv, id);
            let deadline = record.and_then(|record| match record {
                Some(record) => provisional_deadline(&record),
                None => Ok(None),
            });
            // The job of one that cannot be read reports it.
            if !matches!(deadline, Ok(None)) {
                found.push(id);
            }
            Ok(())
        })?;
    }
    Ok(found)
}

fn provisional_deadline(record: &MatterRecord) -> Result<Option<Deadline>> {
    let deadline = record.state()?.deadline();
    Ok(deadline.filter(|deadline| deadline.provisional))
}

/// Moves the deadline of a matter; returns true if the calendar makes it later. It was counted from the day of the last
/// assignment.
fn move_of(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    matter: RequestId,
) -> Result<bool> {
    let Some(record) = matter_table::find(tx, matter)? else {
        return Ok(false);
    };
    let Some(old) = provisional_deadline(&record)? else {
        return Ok(false);
    };
    let mut steps = record.steps.iter().rev();
    let assigned = steps.find(|step| step.mv.kind() == MatterMoveKind::Assign);
    let from = assigned.map_or(old.date, |step| local_date(step.at).min(old.date));
    let deadline = deadlines.calendar().recounted(from, old);
    if deadline.date <= old.date {
        return Ok(false);
    }
    let mv = MatterMove::MoveDeadline { deadline };
    order_own(tx, now, &Principal::Coordinator, record, mv)?;
    Ok(true)
}

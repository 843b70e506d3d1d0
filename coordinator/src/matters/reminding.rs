//! Reminds before the deadline of a matter, chases after it, once each, and moves provisional deadlines by holiday
//! notices, as for requests.

use std::collections::BTreeSet;
use std::sync::Arc;

use chengji_domain::calendar::local_date;
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
use crate::records;

/// Number of matters read at once.
const PAGE: usize = 1_000;

/// Gives every due reminder; returns their number.
///
/// # Errors
///
/// Storage errors of the search. A matter that cannot be reminded of does not keep others from it.
pub async fn remind(ledger: &Ledger, deadlines: &Arc<Deadlines>, now: Timestamp) -> Result<usize> {
    let (kv, rules) = (Arc::clone(ledger.kv()), Arc::clone(deadlines));
    let due = off_thread(move || all_due(&*kv, &rules, now)).await?;
    let mut given = 0;
    for id in due {
        let deadlines = Arc::clone(deadlines);
        match ledger
            .write(move |tx| remind_of(tx, &deadlines, now, id))
            .await
        {
            Ok(is_given) => given += usize::from(is_given),
            Err(error) => tracing::error!(%id, %error, "cannot remind of a deadline; trying again"),
        }
    }
    Ok(given)
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
    let due = off_thread(move || all_with_deadline(&*kv)).await?;
    let mut moved = 0;
    for id in due {
        let deadlines = Arc::clone(deadlines);
        match ledger
            .write(move |tx| move_of(tx, &deadlines, now, id))
            .await
        {
            Ok(is_moved) => moved += usize::from(is_moved),
            Err(error) => tracing::error!(%id, %error, "cannot move a provisional deadline"),
        }
    }
    Ok(moved)
}

/// The matters with a deadline.
fn all_with_deadline(kv: &dyn KeyValue) -> Result<Vec<RequestId>> {
    let mut due = Vec::new();
    for kind in MatterKind::ALL {
        let of_all: (u32, Option<CityCode>, Option<CityCode>) = (kind.number(), None, None);
        let mut left = Some(matter_table::DUE.under(&of_all));
        while let Some(span) = left {
            let page = span.keys(kv, PAGE)?;
            due.extend(page.rows.into_iter().map(|(_, id)| id));
            left = page.rest;
        }
    }
    Ok(due)
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
    let deadline = record.state()?.deadline();
    let Some(old) = deadline.filter(|deadline| deadline.provisional) else {
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

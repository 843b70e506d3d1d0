//! Reminds (提醒) before a deadline and chases (督办) after it: once each, on the record.

use std::sync::Arc;
use std::time::Duration;

use chengji_clock::Clock;
use chengji_domain::calendar::local_date;
use chengji_domain::fact::ClusterFact;
use chengji_domain::request::{DueAct, Reminder, RequestId, RequestRecord};
use chengji_domain::{Principal, Result};
use chengji_follow::request_table;
use chengji_runtime::off_thread;
use chengji_store::{KeyValue, Ledger, Tx};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::deadlines::Deadlines;
use crate::journal;

/// Interval between checks of deadlines, which are days; short for the sake of a fresh start.
const INTERVAL: Duration = Duration::from_secs(30);
/// Number of due requests read at once.
const PAGE: usize = 1_000;

/// The reminder that is due for this request now, unless it was already given.
pub fn due(record: &RequestRecord, now: Timestamp, deadlines: &Deadlines) -> Option<Reminder> {
    let deadline = record.history.state().ok()?.deadline()?;
    let today = local_date(now);
    let overdue = today > deadline.date;
    let given = record
        .reminders
        .iter()
        .any(|reminder| reminder.deadline == deadline && reminder.overdue == overdue);
    let is_time = overdue || deadlines.is_near(deadline.date, today);
    (is_time && !given).then_some(Reminder {
        at: now,
        deadline,
        overdue,
        act: DueAct::Answer,
    })
}

/// Gives every due reminder; returns their number.
pub async fn remind(ledger: &Ledger, deadlines: &Arc<Deadlines>, now: Timestamp) -> Result<usize> {
    let (kv, rules) = (Arc::clone(ledger.kv()), Arc::clone(deadlines));
    let due_now = off_thread(move || all_due(&*kv, &rules, now)).await?;
    let mut given = 0;
    for id in due_now {
        let deadlines = Arc::clone(deadlines);
        let reminded = ledger.write(move |tx| remind_of(tx, &deadlines, now, id));
        match reminded.await {
            Ok(reminded) => given += usize::from(reminded),
            // The other deadlines are still handled.
            Err(error) => tracing::error!(%id, %error, "cannot remind of a deadline; trying again"),
        }
    }
    Ok(given)
}

/// The requests due for a reminder now. Reads only those.
fn all_due(kv: &dyn KeyValue, deadlines: &Deadlines, now: Timestamp) -> Result<Vec<RequestId>> {
    let today = local_date(now);
    let (first, overdue) = ((false,), (true,));
    let parts = [
        request_table::REMINDERS.within(&first, ..deadlines.near_before(today)),
        request_table::REMINDERS.within(&overdue, ..today),
    ];
    let mut due_now = Vec::new();
    for part in parts {
        let mut left = Some(part);
        while let Some(span) = left {
            let page = span.keys(kv, PAGE)?;
            due_now.extend(page.rows.into_iter().map(|(_, id)| id));
            left = page.rest;
        }
    }
    Ok(due_now)
}

/// Gives reminders as they become due, until `shutdown` turns true.
pub async fn watch_deadlines(
    ledger: Ledger,
    deadlines: Arc<Deadlines>,
    clock: Clock,
    mut shutdown: watch::Receiver<bool>,
) {
    loop {
        match remind(&ledger, &deadlines, clock()).await {
            Ok(0) => {}
            Ok(reminders) => tracing::info!(reminders, "reminded of deadlines"),
            Err(error) => tracing::error!(%error, "cannot remind of deadlines; trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            _ = shutdown.wait_for(|stop| *stop) => return,
        }
    }
}

/// Checks again within the transaction: the request may have been answered meanwhile.
fn remind_of(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    request: RequestId,
) -> Result<bool> {
    let Some(mut record) = request_table::find(tx, request)? else {
        return Ok(false);
    };
    let Some(reminder) = due(&record, now, deadlines) else {
        return Ok(false);
    };
    record.reminders.push(reminder);
    let provider = record.history.provider();
    request_table::put(tx, &record)?;
    let Reminder {
        act,
        deadline,
        overdue,
        ..
    } = reminder;
    let fact = ClusterFact::Reminded {
        request,
        provider,
        act,
        deadline,
        overdue,
    };
    journal::append(tx, now, &Principal::Coordinator, fact)?;
    Ok(true)
}

#[cfg(test)]
#[path = "reminders_tests.rs"]
mod tests;

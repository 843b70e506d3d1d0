//! Reminds (提醒) before a deadline and chases (督办) after it: once each, on the record.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chengji_clock::Clock;
use chengji_domain::calendar::local_date;
use chengji_domain::fact::ClusterFact;
use chengji_domain::request::{Due, Reminder, RequestId, RequestRecord};
use chengji_domain::{Principal, Result};
use chengji_follow::request_table;
use chengji_runtime::off_thread;
use chengji_store::{KeyValue, Ledger, Tx};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::deadlines::Deadlines;
use crate::due_reminders::due_reminders;
use crate::{journal, matters, one_by_one, requests};

/// Interval between checks of deadlines, which are days; short for the sake of a fresh start.
const INTERVAL: Duration = Duration::from_secs(30);

/// The reminders of due acts that are to be given now, except those that were given or withheld.
pub fn due(record: &RequestRecord, now: Timestamp, deadlines: &Deadlines) -> Vec<Reminder> {
    let today = local_date(now);
    let reminder = |due: Due| {
        let (act, deadline) = (due.act, due.deadline);
        let overdue = today > deadline.date;
        let given = record.is_reminded(act, deadline, overdue);
        let city = request_table::city_of(record, due.party);
        let is_time = overdue || deadlines.is_near(city, deadline.date, today);
        (is_time && !given).then_some(Reminder {
            at: now,
            act,
            deadline,
            overdue,
        })
    };
    let dues = request_table::open_dues(record).into_iter();
    dues.filter_map(reminder).collect()
}

/// Gives every due reminder; returns their number.
pub async fn remind(ledger: &Ledger, deadlines: &Arc<Deadlines>, now: Timestamp) -> Result<usize> {
    let (kv, rules) = (Arc::clone(ledger.kv()), Arc::clone(deadlines));
    let due_now = off_thread(move || all_due(&*kv, &rules, now)).await?;
    let deadlines = Arc::clone(deadlines);
    let job = move |tx: &mut Tx<'_>, id| remind_of(tx, &deadlines, now, id);
    let failure = "cannot remind of a deadline; trying again";
    Ok(one_by_one::run(ledger, due_now, failure, job).await.done)
}

/// The requests due for a reminder now, once each. Reads only their records, and those of requests whose deadline is
/// near by the rules of some other city.
fn all_due(
    kv: &dyn KeyValue,
    deadlines: &Deadlines,
    now: Timestamp,
) -> Result<BTreeSet<RequestId>> {
    let listed = due_reminders(
        kv,
        (deadlines, local_date(now)),
        |is_reminded, days| request_table::REMINDERS.within(&(is_reminded,), days),
        |_| Ok(true),
    )?;
    let mut due_now = BTreeSet::new();
    for id in listed {
        let record = request_table::find(kv, id)?;
        if record.is_some_and(|record| !due(&record, now, deadlines).is_empty()) {
            due_now.insert(id);
        }
    }
    Ok(due_now)
}

/// Moves the provisional deadlines that a holiday notice makes later, at start, after each change of the rules, and on
/// each new day: what rests during a dispute is due again after it. Notes the grants whose period ends, and gives
/// reminders as they become due, until `shutdown` turns true.
pub async fn watch_deadlines(
    ledger: Ledger,
    deadlines: Arc<Deadlines>,
    clock: Clock,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut changes = deadlines.0.changes();
    let mut moved_on = None;
    loop {
        let today = local_date(clock());
        if moved_on.replace(today) != Some(today) {
            move_by_notices(&ledger, &deadlines, &clock).await;
        }
        match requests::note_lapses(&ledger, &deadlines, clock()).await {
            Ok(0) => {}
            Ok(lapsed) => tracing::info!(lapsed, "noted grants whose period has ended"),
            Err(error) => tracing::error!(%error, "cannot note the end of grants; trying again"),
        }
        match remind(&ledger, &deadlines, clock()).await {
            Ok(0) => {}
            Ok(reminders) => tracing::info!(reminders, "reminded of deadlines"),
            Err(error) => tracing::error!(%error, "cannot remind of deadlines; trying again"),
        }
        if let Err(error) = matters::remind(&ledger, &deadlines, clock()).await {
            tracing::error!(%error, "cannot remind of corrections and demands; trying again");
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            _ = changes.changed() => moved_on = None,
            _ = shutdown.wait_for(|stop| *stop) => return,
        }
    }
}

async fn move_by_notices(ledger: &Ledger, deadlines: &Arc<Deadlines>, clock: &Clock) {
    match requests::move_deadlines(ledger, deadlines, clock()).await {
        Ok(0) => {}
        Ok(moved) => tracing::info!(moved, "moved provisional deadlines by a holiday notice"),
        Err(error) => tracing::error!(%error, "cannot move provisional deadlines"),
    }
    if let Err(error) = matters::move_deadlines(ledger, deadlines, clock()).await {
        tracing::error!(%error, "cannot move provisional deadlines of corrections and demands");
    }
}

/// Gives the reminders of a request; returns their number. Those of acts that are not chased, since a city has left the
/// cluster, are withheld for good, so that they are not read again. Checks again within the transaction: an act may have
/// been made meanwhile.
fn remind_of(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    request: RequestId,
) -> Result<usize> {
    let Some(present) = request_table::find(tx, request)? else {
        return Ok(0);
    };
    let (mut reminders, mut withheld) = (Vec::new(), Vec::new());
    for reminder in due(&present, now, deadlines) {
        match requests::is_chased(tx, &present.history, reminder.act)? {
            true => reminders.push(reminder),
            false => withheld.push(reminder),
        }
    }
    if reminders.is_empty() && withheld.is_empty() {
        return Ok(0);
    }
    let mut record = present.clone();
    record.reminders.extend(&reminders);
    record.withheld.extend(&withheld);
    let (given, provider) = (reminders.len(), record.history.provider());
    request_table::replace(tx, Some(&present), &record)?;
    for Reminder {
        act,
        deadline,
        overdue,
        ..
    } in reminders
    {
        let fact = ClusterFact::Reminded {
            request,
            provider,
            act,
            deadline,
            overdue,
        };
        journal::append(tx, now, &Principal::Coordinator, fact)?;
    }
    Ok(given)
}

#[cfg(test)]
#[path = "reminders_tests.rs"]
mod tests;

//! Reminds (提醒) of the deadlines of the city's own entries and notes those that have passed: once each, on the record.
//!
//! Entries of a department with the same act and the same deadline are noted together, as one fact of the city's log.
//! From it, the people who have to act are notified.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use chengji_domain::calendar::{Deadline, Rule, local_date};
use chengji_domain::catalogue::lifecycle::LifecycleRecord;
use chengji_domain::catalogue::{DueEntries, EntryAct, EntryReminder};
use chengji_domain::fact::{CityFact, ReviewFact};
use chengji_domain::{CityCode, ResourceCode, Result, Uscc};
use chengji_runtime::off_thread;
use chengji_store::{Tx, View};
use jiff::Timestamp;
use jiff::civil::Date;

use super::lifecycles::{LIFECYCLES, REMINDERS, find};
use super::{Catalogue, due};
use crate::own_log::OwnLog;

/// Bytes after which a transaction notes no further entry.
const MOST_WRITTEN: usize = 240 * 1024;

/// The common key of entries that are noted together: department, act, last day, whether that is provisional, and whether
/// it has passed.
type Group = (Uscc, EntryAct, Date, bool, bool);

/// The time of the reminders.
#[derive(Clone, Copy)]
struct Day {
    now: Timestamp,
    today: Date,
    /// The first day that is not near yet, as a deadline.
    near_before: Date,
}

impl Day {
    fn of(catalogue: &Catalogue, now: Timestamp) -> Self {
        let (rules, today) = (catalogue.rules.of(catalogue.own.city), local_date(now));
        let before = rules.days(Rule::ReminderBefore, today);
        let near_before = rules.calendar().after(today, before.saturating_add(1)).date;
        Self {
            now,
            today,
            near_before,
        }
    }
}

/// Gives every reminder that is due now; returns the number of entries. One that cannot be noted does not prevent the
/// others from being noted.
pub(super) async fn remind(catalogue: &Catalogue, now: Timestamp) -> Result<usize> {
    let (searched, day) = (catalogue.own.clone(), Day::of(catalogue, now));
    let found = off_thread(move || all_due(&searched, day)).await?;
    let mut reminded = 0;
    for (group, codes) in found {
        let mut rest = codes;
        while !rest.is_empty() {
            let later = rest.split_off(rest.len().min(DueEntries::MAX));
            let (own, some) = (catalogue.own.clone(), rest.clone());
            let job = move |tx: &mut Tx<'_>| note(tx, &own, (group, some.as_slice()), day);
            match catalogue.own.ledger.write(job).await {
                Ok((tried, noted)) => {
                    reminded += noted;
                    rest.drain(..tried);
                    rest.extend(later);
                }
                Err(error) => {
                    tracing::error!(%error, "cannot remind of the deadlines of entries");
                    rest = later;
                }
            }
        }
    }
    Ok(reminded)
}

/// The entries that are to be noted now. Reads those alone whose deadline is near or has passed, and was not noted.
fn all_due(own: &OwnLog, day: Day) -> Result<BTreeMap<Group, Vec<ResourceCode>>> {
    let view = own.ledger.kv().as_ref();
    let parts = [
        REMINDERS.within(&(true,), (Unbounded, Excluded(day.today))),
        REMINDERS.within(&(false,), (Unbounded, Excluded(day.near_before))),
    ];
    let mut found: BTreeMap<Group, Vec<ResourceCode>> = BTreeMap::new();
    for part in parts {
        part.each_key(view, |_, code| {
            if let Some(record) = find(view, &code)?
                && let Some((group, _)) = due_of(view, own.city, (&code, &record), day)?
            {
                found.entry(group).or_default().push(code);
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// The reminder of an entry that is due now, with its group. None is given while nobody could act.
fn due_of(
    view: &(impl View + ?Sized),
    city: CityCode,
    (code, record): (&ResourceCode, &LifecycleRecord),
    day: Day,
) -> Result<Option<(Group, EntryReminder)>> {
    let reminder = record.reminder_on(day.today, day.near_before);
    let (Some(reminder), Some((act, deadline))) = (reminder, record.next_act()) else {
        return Ok(None);
    };
    if due::is_delayed(view, (city, code), record, day.now)? {
        return Ok(None);
    }
    let department = record.owner(record.lifecycle.state);
    let Deadline { date, provisional } = deadline;
    let group = (department, act, date, provisional, reminder.overdue);
    Ok(Some((group, reminder)))
}

/// Notes the first of these entries, as many as one transaction takes; returns how many were tried and noted. Checks
/// again within the transaction: an entry may have been moved meanwhile.
fn note(
    tx: &mut Tx<'_>,
    own: &OwnLog,
    (group, codes): (Group, &[ResourceCode]),
    day: Day,
) -> Result<(usize, usize)> {
    let (mut tried, mut noted) = (0, Vec::new());
    for code in codes {
        tried += 1;
        let Some(present) = find(tx, code)? else {
            continue;
        };
        let due = due_of(tx, own.city, (code, &present), day)?;
        if let Some((_, reminder)) = due.filter(|(of, _)| *of == group) {
            LIFECYCLES.replace(tx, code, Some(&present), &present.reminded(reminder))?;
            noted.push(code.clone());
        }
        if tx.written() > MOST_WRITTEN {
            break;
        }
    }
    let count = noted.len();
    if count > 0 {
        let (department, act, date, provisional, overdue) = group;
        let fact = ReviewFact::Reminded(DueEntries {
            department,
            act,
            deadline: Deadline { date, provisional },
            overdue,
            codes: noted,
        });
        own.append(tx, &own.node(), day.now, CityFact::Review(fact))?;
    }
    Ok((tried, count))
}

#[cfg(test)]
#[path = "reminders_tests.rs"]
mod tests;

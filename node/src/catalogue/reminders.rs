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
use chengji_domain::{ResourceCode, Result, Uscc};
use chengji_runtime::off_thread;
use chengji_store::{Tx, View};
use jiff::Timestamp;
use jiff::civil::Date;

use super::lifecycles::{LIFECYCLES, REMINDERS, find};
use super::{Catalogue, due};

/// Bytes after which a transaction notes no further entry.
const MOST_WRITTEN: usize = 240 * 1024;

/// What the entries that are noted together have in common: the department, what is to be done, its last day, whether
/// that is provisional, and whether it has passed.
type Group = (Uscc, EntryAct, Date, bool, bool);

/// Gives every reminder that is due now; returns the number of entries. One that cannot be noted does not prevent the
/// others from being noted.
pub(super) async fn remind(catalogue: &Catalogue, now: Timestamp) -> Result<usize> {
    let searched = catalogue.clone();
    let found = off_thread(move || all_due(&searched, now)).await?;
    let mut reminded = 0;
    for (group, codes) in found {
        let mut rest = codes;
        while !rest.is_empty() {
            let later = rest.split_off(rest.len().min(DueEntries::MAX));
            let (noting, some) = (catalogue.clone(), rest.clone());
            let job = move |tx: &mut Tx<'_>| note(tx, &noting, (group, &some), now);
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
fn all_due(catalogue: &Catalogue, now: Timestamp) -> Result<BTreeMap<Group, Vec<ResourceCode>>> {
    let view = catalogue.own.ledger.kv().as_ref();
    let (today, near) = (local_date(now), near_before(catalogue, now));
    let parts = [
        REMINDERS.within(&(true,), (Unbounded, Excluded(today))),
        REMINDERS.within(&(false,), (Unbounded, Excluded(near.max(today)))),
    ];
    let mut found: BTreeMap<Group, Vec<ResourceCode>> = BTreeMap::new();
    for part in parts {
        part.each_key(view, |_, code| {
            if let Some(record) = find(view, &code)?
                && let Some((group, _)) = due_of(view, catalogue, (&code, &record), now)?
            {
                found.entry(group).or_default().push(code);
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// The first day that is not near yet, as a deadline.
fn near_before(catalogue: &Catalogue, now: Timestamp) -> Date {
    let (rules, today) = (catalogue.rules.of(catalogue.own.city), local_date(now));
    let before = rules.days(Rule::ReminderBefore, today);
    rules.calendar().after(today, before.saturating_add(1)).date
}

/// The reminder of an entry that is due now, with its group. None is given while nobody could act.
fn due_of(
    view: &(impl View + ?Sized),
    catalogue: &Catalogue,
    (code, record): (&ResourceCode, &LifecycleRecord),
    now: Timestamp,
) -> Result<Option<(Group, EntryReminder)>> {
    let near = near_before(catalogue, now);
    let (Some(reminder), Some((act, deadline))) =
        (record.reminder_on(local_date(now), near), record.next_act())
    else {
        return Ok(None);
    };
    if due::is_delayed(view, (catalogue.own.city, code), record, now)? {
        return Ok(None);
    }
    let department = record.owner(record.lifecycle.state);
    let Deadline { date, provisional } = deadline;
    let group = (department, act, date, provisional, reminder.overdue);
    Ok(Some((group, reminder)))
}

/// Notes the first of these entries, as many as one transaction takes; returns how many were tried and noted. Checks again
/// within the transaction: an entry may have been moved meanwhile.
fn note(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    (group, codes): (Group, &[ResourceCode]),
    now: Timestamp,
) -> Result<(usize, usize)> {
    let (mut tried, mut noted) = (0, Vec::new());
    for code in codes {
        if tx.written() > MOST_WRITTEN {
            break;
        }
        tried += 1;
        let Some(present) = find(tx, code)? else {
            continue;
        };
        let due = due_of(tx, catalogue, (code, &present), now)?;
        if let Some((_, reminder)) = due.filter(|(of, _)| *of == group) {
            LIFECYCLES.replace(tx, code, Some(&present), &present.reminded(reminder))?;
            noted.push(code.clone());
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
        let own = &catalogue.own;
        own.append(tx, &own.node(), now, CityFact::Review(fact))?;
    }
    Ok((tried, count))
}

#[cfg(test)]
#[path = "reminders_tests.rs"]
mod tests;

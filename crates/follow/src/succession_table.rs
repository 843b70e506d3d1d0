//! All mergers of departments, including those that were taken back: at a node those of its city, at the coordinator
//! those of all cities. Reports of a month are made by them.

use std::collections::BTreeSet;

use chengji_domain::calendar::local_date;
use chengji_domain::fact::{CityFact, LogEntry};
use chengji_domain::report::Month;
use chengji_domain::succession::{MAX_MERGED, RecordedEnd, RecordedSuccession};
use chengji_domain::{CityCode, Result, Uscc};
use chengji_records::StoredSuccession;
use chengji_store::{Prefix, Table, Tx, View};

/// Number of successions that are forgotten at once.
const PIECE: usize = 100;

/// The city, the credit codes of the successor and of the department, and the position of the fact in the city's log.
pub type SuccessionKey = (CityCode, String, String, u64);

/// Successions, by city and successor.
pub static SUCCESSIONS: Table<SuccessionKey, StoredSuccession> =
    Table::new(Prefix::SuccessionHistory, &[]);

/// Stores a succession of a city that its log has at this position.
///
/// # Errors
///
/// Storage errors.
pub fn put(
    tx: &mut Tx<'_>,
    (city, seq): (CityCode, u64),
    recorded: &RecordedSuccession,
) -> Result<()> {
    let (old, new) = (recorded.succession.old, recorded.succession.new);
    SUCCESSIONS.put(tx, &(city, new.to_string(), old.to_string(), seq), recorded)
}

/// Applies a fact of a city's log about its departments.
///
/// # Errors
///
/// Storage errors.
pub fn take(tx: &mut Tx<'_>, city: CityCode, entry: &LogEntry<CityFact>) -> Result<()> {
    let (at, by) = (entry.at, entry.principal.clone());
    match &entry.fact {
        CityFact::DepartmentSucceeded(succession) => {
            let recorded = RecordedSuccession {
                succession: succession.clone(),
                at,
                by,
                ended: None,
            };
            put(tx, (city, entry.seq), &recorded)
        }
        CityFact::DepartmentSuccessionEnded(end) => {
            let end = end.clone();
            self::end(tx, city, &RecordedEnd { end, at, by })
        }
        _ => Ok(()),
    }
}

/// Ends the succession of a city that is in force, if it is known.
///
/// # Errors
///
/// Storage errors.
pub fn end(tx: &mut Tx<'_>, city: CityCode, ended: &RecordedEnd) -> Result<()> {
    let of = (city, ended.end.new.to_string(), ended.end.old.to_string());
    let known = SUCCESSIONS.under(&of).collect(tx)?;
    let open = known
        .into_iter()
        .rev()
        .find(|(_, recorded)| recorded.ended.is_none());
    match open {
        None => Ok(()),
        Some((key, recorded)) => {
            let recorded = RecordedSuccession {
                ended: Some(ended.clone()),
                ..recorded
            };
            SUCCESSIONS.put(tx, &key, &recorded)
        }
    }
}

/// Returns a department of a city with those that belonged to it in a month, directly or through others.
///
/// # Errors
///
/// Storage errors.
pub fn of_month(
    view: &(impl View + ?Sized),
    (city, department): (CityCode, Uscc),
    month: Month,
) -> Result<BTreeSet<Uscc>> {
    let (first, last) = (month.first_day(), local_date(month.end()));
    let (mut found, mut open) = (BTreeSet::from([department]), vec![department]);
    while let Some(successor) = open.pop() {
        let merged = SUCCESSIONS.under(&(city, successor.to_string()));
        merged.each(view, |_, recorded| {
            let old = recorded.succession.old;
            let belonged = recorded.is_in_force_within(first, last);
            if belonged && found.len() <= MAX_MERGED && found.insert(old) {
                open.push(old);
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// Forgets some of the successions of a city whose log is read anew; returns true when nothing is left.
///
/// # Errors
///
/// Storage errors.
pub fn forget(tx: &mut Tx<'_>, city: CityCode) -> Result<bool> {
    let some = SUCCESSIONS.under(&(city,)).keys(tx, PIECE)?;
    for (key, _) in &some.rows {
        SUCCESSIONS.delete(tx, key)?;
    }
    Ok(some.rest.is_none())
}

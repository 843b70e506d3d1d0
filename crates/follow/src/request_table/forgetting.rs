//! Forgets what came from the coordinator, when its log is read anew.

use std::ops::Bound;

use chengji_domain::request::{RequestId, RequestRecord, State};
use chengji_domain::{CityCode, Epoch, Result};
use chengji_records::state_number;
use chengji_store::{Limit, Tx};

use super::indexes::{LISTS, REQUESTS, UNOPENED};
use super::put;

/// Maximum number of other cities' requests that a piece removes.
const REMOVED: usize = 100;
/// Limits of a piece of the city's own requests.
const PAGE: Limit = Limit {
    rows: 100,
    bytes: 128 * 1024,
};

/// Keeps the requests that this city made, without what came from the coordinator, and removes the others, piece by
/// piece; returns true when nothing is left to be forgotten. Most of what is forgotten is in none of the lists that are
/// read, so that each piece goes on where the one before it has ended.
///
/// # Errors
///
/// Storage errors.
pub fn forget(tx: &mut Tx<'_>, own: CityCode) -> Result<bool> {
    Ok(!remove_others(tx, own)? && !strip_opened(tx, own)? && !strip_unopened(tx)?)
}

/// The first and the last number that a request of this city could have.
fn numbers_of(city: CityCode) -> (RequestId, RequestId) {
    let number = |number, byte, seq| RequestId {
        city,
        epoch: Epoch {
            number,
            id: [byte; 8],
        },
        seq,
    };
    (number(0, 0, 0), number(u32::MAX, u8::MAX, u64::MAX))
}

/// Removes some of the requests that others made; returns false if there are none.
fn remove_others(tx: &mut Tx<'_>, own: CityCode) -> Result<bool> {
    let (first, last) = numbers_of(own);
    for others in [
        (Bound::Unbounded, Bound::Excluded(first)),
        (Bound::Excluded(last), Bound::Unbounded),
    ] {
        let some = REQUESTS.range(others).keys(tx, REMOVED)?;
        for (id, _) in &some.rows {
            REQUESTS.delete(tx, id)?;
        }
        if !some.rows.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Strips some of the requests that the city made and the coordinator opened: it leads them out of the first state.
/// Returns false if there are none.
fn strip_opened(tx: &mut Tx<'_>, own: CityCode) -> Result<bool> {
    let opened = State::ALL
        .into_iter()
        .filter(|state| *state != State::Submitted);
    for state in opened {
        let listed = LISTS.under(&(Some(own), None::<CityCode>, Some(state_number(state))));
        let mut left = Some(listed);
        while let Some(span) = left {
            let page = span.page(tx, PAGE)?;
            left = page.rest;
            // Some have pending moves of the city alone.
            if strip(tx, page.rows.into_iter().map(|(_, record)| record))? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Strips some of the other requests that the city made and of which something came from the coordinator, such as a move
/// that it refused or an approval that is awaited. Returns false if there are none.
fn strip_unopened(tx: &mut Tx<'_>) -> Result<bool> {
    let page = UNOPENED.all().page(tx, PAGE)?;
    strip(tx, page.rows.into_iter().map(|(_, record)| record))
}

/// Strips these records; returns false if none has anything of the coordinator.
fn strip(tx: &mut Tx<'_>, records: impl Iterator<Item = RequestRecord>) -> Result<bool> {
    let mut is_changed = false;
    for mut record in records.filter(|record| !record.is_bare()) {
        record.strip();
        put(tx, &record)?;
        is_changed = true;
    }
    Ok(is_changed)
}

#[cfg(test)]
#[path = "forgetting_tests.rs"]
mod tests;

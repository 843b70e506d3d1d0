//! Forgets what came from the coordinator, when its log is read anew.

use std::ops::Bound;

use chengji_domain::matter::{MatterKind, MatterState};
use chengji_domain::{CityCode, Result};
use chengji_records::matter_state_number;
use chengji_store::{Limit, Tx};

use super::{LISTS, MATTERS, put};

/// The filters of a list: kind, consumer, provider and state.
type Filters = (u32, Option<CityCode>, Option<CityCode>, Option<u32>);

/// Maximum number of list entries of other cities' matters that a piece looks at; a matter has several.
const ENTRIES: usize = 200;
/// Limits of a piece of the city's own matters.
const PAGE: Limit = Limit {
    rows: 100,
    bytes: 128 * 1024,
};

/// Keeps the matters that this city filed, without what came from the coordinator, and removes the others, piece by
/// piece; returns true when nothing is left to be forgotten. Forgotten matters are in none of the lists that are read,
/// so each piece continues where the one before it ended.
///
/// # Errors
///
/// Storage errors.
pub fn forget(tx: &mut Tx<'_>, city: CityCode) -> Result<bool> {
    for kind in MatterKind::ALL {
        if remove_others(tx, kind, city)? || strip_own(tx, kind, city)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes some of the matters that others filed; returns false if there are none.
fn remove_others(tx: &mut Tx<'_>, kind: MatterKind, city: CityCode) -> Result<bool> {
    let own = Some(city);
    for filed_by in [
        (Bound::Excluded(None), Bound::Excluded(own)),
        (Bound::Excluded(own), Bound::Unbounded),
    ] {
        let listed = LISTS
            .within(&(kind.number(),), filed_by)
            .keys(tx, ENTRIES)?;
        for (_, id) in &listed.rows {
            MATTERS.delete(tx, id)?;
        }
        if !listed.rows.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes what came from the coordinator from some of the matters that the city filed; returns false if there is none.
fn strip_own(tx: &mut Tx<'_>, kind: MatterKind, city: CityCode) -> Result<bool> {
    // The coordinator's first move ends the first state.
    let opened = MatterState::ALL
        .into_iter()
        .filter(|state| *state != MatterState::Filed);
    for state in opened {
        let state = Some(matter_state_number(state));
        let filters: Filters = (kind.number(), Some(city), None, state);
        let mut left = Some(LISTS.under(&filters));
        while let Some(span) = left {
            let page = span.page(tx, PAGE)?;
            left = page.rest;
            let mut is_changed = false;
            // Some have only pending moves of the city.
            for (_, mut record) in page
                .rows
                .into_iter()
                .filter(|(_, record)| !record.is_bare())
            {
                record.strip();
                put(tx, &record)?;
                is_changed = true;
            }
            if is_changed {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

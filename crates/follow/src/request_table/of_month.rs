//! Finds the requests of a month.

use chengji_domain::report::Month;
use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Result};
use chengji_store::View;

use super::indexes::MONTHS;

/// Number of keys read at once.
const AT_ONCE: usize = 256;

/// Calls `visit` with the number of each request of a month in which the city is a party, once. Others may be
/// among them; their records show that they are not of the month.
///
/// # Errors
///
/// Those of `visit` and of the storage.
pub fn each_of_month(
    view: &(impl View + ?Sized),
    city: CityCode,
    month: Month,
    mut visit: impl FnMut(RequestId) -> Result<()>,
) -> Result<()> {
    let first_day = month.first_day();
    // Of those in hand, the ones moved in the month or later are found by it already.
    let parts = [
        (MONTHS.under(&(city, false, first_day)), false),
        (MONTHS.within(&(city, true), first_day..), true),
    ];
    for (part, is_earlier) in parts {
        let mut left = Some(part);
        while let Some(span) = left {
            let page = span.keys(view, AT_ONCE)?;
            for ((.., moved), id) in page.rows {
                if !is_earlier || moved < first_day {
                    visit(id)?;
                }
            }
            left = page.rest;
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "of_month_tests.rs"]
mod tests;

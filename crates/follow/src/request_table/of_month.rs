//! Finds the requests of a month.

use chengji_domain::report::Month;
use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Result};
use chengji_store::View;

use super::indexes::MONTHS;

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
        part.each_key(view, |(.., moved), id| {
            if !is_earlier || moved < first_day {
                visit(id)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "of_month_tests.rs"]
mod tests;

//! Dates of any year, for values beyond the calendar of databases: the Gregorian calendar, extended in both directions.

use chengji_domain::request::terms::DateUnit;

/// Days of the era of 400 years.
const ERA: i64 = 146_097;
/// Days from 1 March of the year 0 to 1 January 1970.
const EPOCH: i64 = 719_468;

/// Returns the year, month and day of a day counted from 1 January 1970.
pub(super) fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let (era, of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = match from_march < 10 {
        true => from_march + 3,
        false => from_march - 9,
    };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Returns the days from 1 January 1970 to a date.
pub(super) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let from_march = (month + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    era * ERA + days - EPOCH
}

/// Returns the first day of the unit that a day is in.
pub(super) fn first_day(days: i64, unit: DateUnit) -> i64 {
    let (year, _, day) = date_of(days);
    match unit {
        DateUnit::Year => days_of(year, 1, 1),
        DateUnit::Month => days - (day - 1),
        DateUnit::Day => days,
    }
}

/// Returns a day as YYYY-MM-DD.
pub(super) fn day_text(days: i64) -> String {
    let (year, month, day) = date_of(days);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn days_are_those_of_the_calendar(days in -4_371_587_i64..2_932_896) {
            let epoch = jiff::civil::date(1970, 1, 1);
            let span = jiff::Span::new().days(days);
            let date: Date = epoch.checked_add(span).unwrap();
            let expected = (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
            prop_assert_eq!(date_of(days), expected);
        }

        #[test]
        fn a_day_comes_back_from_its_date(days in -200_000_000_000_000_i64..200_000_000_000_000) {
            let (year, month, day) = date_of(days);
            prop_assert_eq!(days_of(year, month, day), days);
            prop_assert!(first_day(days, DateUnit::Year) <= first_day(days, DateUnit::Month));
            prop_assert!(first_day(days, DateUnit::Month) <= days);
        }
    }
}

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::error::ErrorCode;

fn schedule(from: Date, to: Date, months: u32) -> Schedule {
    Schedule { from, to, months }
}

fn period(from: Date, to: Date) -> Period {
    Period { from, to }
}

#[test]
fn periods_are_years_or_shorter_ones_and_the_last_ends_with_the_grant() {
    let yearly = schedule(date(2026, 11, 27), date(2028, 3, 1), YEARLY);
    let periods: Vec<_> = yearly.periods().collect();
    assert_eq!(
        periods,
        [
            period(date(2026, 11, 27), date(2027, 11, 26)),
            period(date(2027, 11, 27), date(2028, 3, 1)),
        ]
    );
    // A short month moves none of the later periods.
    let monthly = schedule(date(2027, 1, 31), date(2027, 4, 1), 1);
    let periods: Vec<_> = monthly.periods().collect();
    assert_eq!(
        periods,
        [
            period(date(2027, 1, 31), date(2027, 2, 27)),
            period(date(2027, 2, 28), date(2027, 3, 30)),
            period(date(2027, 3, 31), date(2027, 4, 1)),
        ]
    );
    let forever = schedule(date(2027, 1, 1), Date::MAX, 12);
    assert_eq!(forever.periods().count(), 1_000);
}

#[test]
fn texts_are_asked_for_where_they_are_due() {
    let text = || "已用于核验".to_owned();
    let usage = Usage {
        request: "430100-1-7-AAAAAAAAAAAAA".parse().unwrap(),
        period: period(date(2026, 11, 27), date(2027, 11, 26)),
        scenario: text(),
        process: text(),
        effect: text(),
        storage: text(),
        destroyed_on: None,
        destruction: String::new(),
        compliance: String::new(),
    };
    assert_eq!(usage.check(false), Ok(()));
    let code = |checked: Result<()>| checked.map_err(|error| error.code());
    assert_eq!(code(usage.check(true)), Err(ErrorCode::InvalidArgument));
    let destroyed = Usage {
        destroyed_on: Some(date(2027, 11, 20)),
        ..usage.clone()
    };
    assert_eq!(
        code(destroyed.check(false)),
        Err(ErrorCode::InvalidArgument)
    );
    let empty = Usage {
        effect: String::new(),
        ..usage
    };
    assert_eq!(code(empty.check(false)), Err(ErrorCode::InvalidArgument));
}

fn day(number: i64) -> Date {
    date(2026, 11, 27) + number.days()
}

proptest! {
    /// The model knows the single days.
    #[test]
    fn a_period_is_missing_exactly_if_one_of_its_days_is(
        (length, months) in (0_i64..1_200, 1_u32..=12),
        records in prop::collection::vec((-50_i64..1_300, 0_i64..500), 0..6),
    ) {
        let schedule = schedule(day(0), day(length), months);
        let periods: Vec<_> = schedule.periods().collect();
        // They are all days of the grant, each once.
        prop_assert_eq!(periods[0].from, day(0));
        prop_assert_eq!(periods.last().unwrap().to, day(length));
        for (one, next) in periods.iter().zip(&periods[1..]) {
            prop_assert_eq!(one.to.tomorrow().unwrap(), next.from);
            prop_assert!(one.from <= one.to);
        }
        let recorded: Vec<_> = records
            .iter()
            .map(|(from, length)| period(day(*from), day(from + length)))
            .collect();
        let covered: BTreeSet<Date> = records
            .iter()
            .flat_map(|(from, length)| (*from..=from + length).map(day))
            .collect();
        let days = |period: &Period| {
            std::iter::successors(Some(period.from), |day| day.tomorrow().ok())
                .take_while(|day| *day <= period.to)
                .collect::<Vec<_>>()
        };
        let expected: Vec<_> = periods
            .iter()
            .filter(|period| !days(period).iter().all(|day| covered.contains(day)))
            .copied()
            .collect();
        let uncovered: Vec<_> = schedule.uncovered(&recorded).collect();
        prop_assert_eq!(uncovered, expected);
    }
}

proptest! {
    #[test]
    fn merged_periods_have_the_same_days_and_lie_apart(
        spans in prop::collection::vec((0_i64..60, 0_i64..5), 0..20),
    ) {
        let day = |number: i64| date(2027, 1, 1).checked_add(number.days()).unwrap();
        let periods: Vec<Period> = spans
            .iter()
            .map(|(from, length)| period(day(*from), day(from + length)))
            .collect();
        let days = |periods: &[Period]| -> BTreeSet<Date> {
            let is_in = |day: &Date| periods.iter().any(|one| one.from <= *day && *day <= one.to);
            (0..70).map(day).filter(is_in).collect()
        };
        let merged = Period::merged(periods.clone());
        prop_assert_eq!(days(&merged), days(&periods));
        for (one, next) in merged.iter().zip(merged.iter().skip(1)) {
            prop_assert!(one.to.tomorrow().unwrap() < next.from);
        }
    }
}

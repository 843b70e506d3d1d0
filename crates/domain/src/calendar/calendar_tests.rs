//! Tests of the calendar.

use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;

#[test]
fn a_day_in_a_year_without_a_notice_is_provisional() {
    let calendar = Calendar::built_in().unwrap();
    let date = |year, month, day| jiff::civil::date(year, month, day);
    let counted = |from, to| calendar.counted_to(from, to).provisional;
    assert!(!counted(date(2026, 11, 27), date(2026, 12, 31)));
    assert!(counted(date(2026, 12, 31), date(2027, 1, 4)));
    assert!(counted(date(2026, 12, 31), date(2028, 1, 4)));
    assert!(!counted(date(2027, 1, 4), date(2027, 1, 4)));
    let after = calendar.after(date(2026, 12, 25), 10);
    assert_eq!(calendar.counted_to(date(2026, 12, 25), after.date), after);
}

#[test]
fn the_shipped_table_says_what_the_notices_say() {
    let calendar = Calendar::built_in().unwrap();
    assert_eq!(calendar.head().version, "cn-2026.1");
    assert_eq!(calendar.notice(2026), Some("国办发明电〔2025〕7号"));
    for (year, working_days) in [(2023, 249), (2024, 251), (2025, 248), (2026, 248)] {
        let (before, last) = (date(year - 1, 12, 31), date(year, 12, 31));
        assert_eq!(
            calendar.working_days_between(before, last),
            working_days,
            "{year}"
        );
    }
    let made_up = calendar
        .exceptions
        .values()
        .filter(|what| **what == Exception::Work)
        .count();
    assert_eq!(
        (made_up, calendar.exceptions.len() - made_up),
        (7 + 8 + 5 + 6, 27 + 28 + 28 + 33)
    );
}

#[test]
fn spring_festival_and_national_day_of_2026_are_off_and_made_up_for() {
    let calendar = Calendar::built_in().unwrap();
    let off = |from: Date, to: Date| {
        from.series(1.day())
            .take_while(|d| *d <= to)
            .all(|d| !calendar.is_working_day(d))
    };
    assert!(off(date(2026, 2, 15), date(2026, 2, 23)));
    assert!(off(date(2026, 10, 1), date(2026, 10, 7)));
    for (month, day) in [(2, 14), (2, 28), (9, 20), (10, 10)] {
        let made_up = date(2026, month, day);
        assert!(
            !is_weekday(made_up) && calendar.is_working_day(made_up),
            "{made_up}"
        );
    }
    assert!(calendar.is_working_day(date(2026, 2, 24)));
    assert!(calendar.is_working_day(date(2026, 10, 8)));
    assert!(!calendar.is_working_day(date(2026, 10, 11)));
}

#[test]
fn ten_working_days_skip_the_festival_and_count_the_make_up_saturdays() {
    let calendar = Calendar::built_in().unwrap();
    // Skipped: 12–14 February (a Saturday), the festival, 24–28 (a Saturday), 2 and 3 March.
    let due = calendar.after(date(2026, 2, 11), 10);
    assert_eq!(due, Deadline::certain(date(2026, 3, 3)));
    // The last working day before the National Day holiday, then the first after it.
    assert_eq!(calendar.after(date(2026, 9, 30), 1).date, date(2026, 10, 8));
}

#[test]
fn a_notice_reaches_into_the_december_before_without_covering_that_year() {
    let calendar = Calendar::built_in().unwrap();
    assert_eq!(
        calendar.exceptions.get(&date(2022, 12, 31)),
        Some(&Exception::Off)
    );
    assert!(calendar.has_notice(2023) && !calendar.has_notice(2022));
}

#[test]
fn a_year_without_notice_keeps_the_fixed_holidays_and_is_provisional() {
    let calendar = Calendar::built_in().unwrap();
    assert!(!calendar.has_notice(2028));
    // In 2028: a Saturday, Monday and Tuesday, Sunday to Tuesday.
    for (month, day) in [(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)] {
        assert!(
            !calendar.is_working_day(date(2028, month, day)),
            "{month}-{day}"
        );
    }
    assert!(calendar.is_working_day(date(2028, 5, 3)));
    // 1 January 2027 is a Friday.
    assert!(!calendar.after(date(2026, 12, 30), 1).provisional);
    let into_2027 = Deadline {
        date: date(2027, 1, 4),
        provisional: true,
    };
    assert_eq!(calendar.after(date(2026, 12, 30), 2), into_2027);
    assert_eq!(
        calendar.after(date(2026, 12, 31), 10).date,
        date(2027, 1, 15)
    );
    // Notices of later years do not make it certain.
    assert!(calendar.after(date(2022, 12, 1), 40).provisional);
    assert!(!calendar.after(date(2022, 12, 31), 40).provisional);
    let extended = calendar.extended(into_2027, 0);
    assert_eq!(extended, into_2027);
    let provisional = msg::DeadlineProvisional {
        date: date(2027, 1, 4),
    };
    assert_eq!(into_2027.label(), Message::from(provisional));
}

#[test]
fn a_notice_moves_a_provisional_deadline_later_and_never_earlier() {
    let before = Calendar::built_in().unwrap();
    // The last working day of 2026 and the first after the holiday: ten days of fallback.
    let from = date(2026, 12, 31);
    let old = before.after(from, 10);
    let expected = Deadline {
        date: date(2027, 1, 15),
        provisional: true,
    };
    assert_eq!(old, expected);
    assert_eq!(
        before.recounted(from, old),
        old,
        "without a notice it stays"
    );
    let with = |rows: &str| {
        let text = format!("{}{rows}", include_str!("../../data/working-days.csv"));
        Calendar::parse("w.csv", &text).unwrap()
    };
    let off = with("2027,2027-01-01,off,元旦,号\n2027,2027-01-04,off,元旦,号\n");
    let moved = Deadline::certain(date(2027, 1, 18));
    assert_eq!(off.recounted(from, old), moved);
    assert_eq!(off.recounted(from, moved), moved, "a certain one stays");
    // A working Saturday would bring it nearer.
    let work = with("2027,2027-01-01,off,元旦,号\n2027,2027-01-09,work,元旦,号\n");
    assert_eq!(work.recounted(from, old), old);
    // A notice of the next year that sets a day of this December.
    let december = with("2027,2026-12-31,off,元旦,号\n2027,2027-01-01,off,元旦,号\n");
    let old = before.after(date(2026, 12, 30), 2);
    assert_eq!(old.date, date(2027, 1, 4));
    let moved = Deadline::certain(date(2027, 1, 5));
    assert_eq!(december.recounted(date(2026, 12, 30), old), moved);
}

#[test]
fn the_last_working_day_before_spring_festival_lasts_until_midnight() {
    let calendar = Calendar::built_in().unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    // 14 February 2026 is a working Saturday before nine days off.
    let last = Deadline::certain(date(2026, 2, 14));
    let (late, midnight) = (
        at("2026-02-14T23:59:59+08:00"),
        at("2026-02-15T00:00:00+08:00"),
    );
    assert!(!last.has_passed(late) && last.has_passed(midnight));
    // One working day from a minute before midnight is the first day after the festival.
    let due = calendar.after(local_date(late), 1);
    assert_eq!(due, Deadline::certain(date(2026, 2, 24)));
    assert_eq!(calendar.after(local_date(midnight), 1), due);
}

#[test]
fn a_missing_notice_matters_in_its_year_and_from_november_before() {
    let calendar = Calendar::built_in().unwrap();
    for (today, missing) in [
        (date(2026, 10, 31), vec![]),
        (date(2026, 11, 1), vec![2027]),
        (date(2027, 10, 31), vec![2027]),
        (date(2027, 12, 31), vec![2027, 2028]),
    ] {
        assert_eq!(calendar.missing_notices(today), missing, "{today}");
    }
}

#[test]
fn counting_stops_at_the_last_date_there_is() {
    let calendar = Calendar::built_in().unwrap();
    let due = calendar.after(date(9999, 12, 30), u32::MAX);
    let expected = Deadline {
        date: Date::MAX,
        provisional: true,
    };
    assert_eq!(due, expected);
    assert_eq!(calendar.working_days_between(Date::MAX, Date::MAX), 0);
}

#[test]
fn a_day_in_china_begins_eight_hours_before_it_does_in_greenwich() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    assert_eq!(
        local_date(at("2026-03-17T15:59:59.999999999Z")),
        date(2026, 3, 17)
    );
    assert_eq!(local_date(at("2026-03-17T16:00:00Z")), date(2026, 3, 18));
    assert_eq!(
        end_of_day(date(2026, 3, 17)),
        at("2026-03-17T15:59:59.999999999Z")
    );
    assert_eq!(end_of_day(Date::MAX), Timestamp::MAX);
    assert_eq!(end_of_day(Date::MIN), Timestamp::MIN);
    assert_eq!(local_date(Timestamp::MAX), Date::MAX);
}

/// Days from 2021 to 2029: years with notices, and years without on both sides.
fn any_day() -> impl Strategy<Value = Date> {
    (0..3_200_i64).prop_map(|days| date(2021, 1, 1) + days.days())
}

proptest! {
    #[test]
    fn the_due_day_is_a_working_day_with_exactly_that_many_counted(
        from in any_day(), n in 0_u32..80,
    ) {
        let calendar = Calendar::built_in().unwrap();
        let due = calendar.after(from, n).date;
        prop_assert!((n == 0 && due == from) || (n > 0 && calendar.is_working_day(due)));
        prop_assert_eq!(calendar.working_days_between(from, due), n);
    }

    #[test]
    fn later_starts_and_longer_terms_never_end_earlier(
        a in any_day(), b in any_day(), n in 0_u32..60, more in 1_u32..20,
    ) {
        let calendar = Calendar::built_in().unwrap();
        let (early, late) = (a.min(b), a.max(b));
        prop_assert!(calendar.after(early, n).date <= calendar.after(late, n).date);
        prop_assert!(calendar.after(a, n).date < calendar.after(a, n + more).date);
    }

    #[test]
    fn terms_add_up(from in any_day(), n in 0_u32..60, m in 0_u32..60) {
        let calendar = Calendar::built_in().unwrap();
        let halfway = calendar.after(from, n).date;
        prop_assert_eq!(calendar.after(from, n + m).date, calendar.after(halfway, m).date);
    }

    #[test]
    fn fixed_holidays_are_off_in_every_year(
        year in 1_i16..=9_999,
        (month, day) in prop::sample::select(vec![(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)]),
    ) {
        let calendar = Calendar::built_in().unwrap();
        prop_assert!(!calendar.is_working_day(date(year, month, day)));
    }

    #[test]
    fn extending_counts_on_and_stays_provisional(
        from in any_day(), n in 1_u32..60, m in 0_u32..60,
    ) {
        let calendar = Calendar::built_in().unwrap();
        let whole = calendar.after(from, n + m);
        prop_assert_eq!(calendar.extended(calendar.after(from, n), m), whole);
    }

    #[test]
    fn a_deadline_has_passed_exactly_after_the_end_of_its_day(day in any_day()) {
        let deadline = Deadline::certain(day);
        prop_assert!(!deadline.has_passed(end_of_day(day)));
        prop_assert!(deadline.has_passed(end_of_day(day) + 1.nanosecond()));
    }

    #[test]
    fn a_deadline_is_certain_exactly_where_every_day_counted_has_a_notice(
        from in any_day(), n in 0_u32..300,
    ) {
        let calendar = Calendar::built_in().unwrap();
        let due = calendar.after(from, n);
        let counted = from.series(1.day()).skip(1).take_while(|day| *day <= due.date);
        let known = counted.map(|day| day.year()).all(|year| (2023..=2026).contains(&year));
        prop_assert_eq!(!due.provisional, known);
    }

    #[test]
    fn the_end_of_a_day_belongs_to_it_and_the_next_instant_does_not(day in any_day()) {
        let end = end_of_day(day);
        prop_assert_eq!(local_date(end), day);
        prop_assert_eq!(local_date(end + 1.nanosecond()), day.tomorrow().unwrap());
    }
}

//! Tests of the deadline rules.

use chengji_messages::{Message, msg};
use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::error::Violation;

const SHIPPED: &str = include_str!("../../data/deadline-rules.csv");

fn mistakes(text: &str) -> Vec<Violation> {
    let error = DeadlineRules::parse("r.csv", text).unwrap_err();
    error.violations().to_vec()
}

fn at(place: &str, problem: impl Into<Message>) -> Violation {
    Violation::new(place.to_owned(), problem)
}

/// The number of the line that begins with this text.
fn line(start: &str) -> usize {
    SHIPPED
        .lines()
        .position(|line| line.starts_with(start))
        .unwrap()
        + 1
}

#[test]
fn the_shipped_rules_are_the_national_ones() {
    let rules = DeadlineRules::built_in().unwrap();
    assert_eq!(rules.head().version, "cn-2026.4");
    let days = Rule::ALL.map(|rule| rules.days(rule, date(2026, 3, 18)));
    assert_eq!(
        days,
        [
            1, 10, 10, 20, 10, 2, 2, 10, 10, 60, 10, 5, 1, 5, 10, 20, 0, 20, 10
        ]
    );
    for (place, rule) in Rule::ALL.into_iter().enumerate() {
        assert_eq!(rule as usize, place);
    }
}

#[test]
fn a_number_may_change_on_some_day() {
    let changed = SHIPPED.replace(
        "conditional_answer,10,,,\n000000,extension",
        "conditional_answer,7,2027-01-01,,\n000000,conditional_answer,10,,2026-12-31,\n000000,extension",
    );
    let rules = DeadlineRules::parse("r.csv", &changed).unwrap();
    let on = |day| rules.days(Rule::ConditionalAnswer, day);
    assert_eq!((on(date(2026, 12, 31)), on(date(2027, 1, 1))), (10, 7));
}

#[test]
fn the_pause_is_yes_or_no() {
    let row = "000000,pause_while_incomplete,1,,,";
    let off = SHIPPED.replace(row, "000000,pause_while_incomplete,0,,,");
    let rules = DeadlineRules::parse("r.csv", &off).unwrap();
    assert_eq!(rules.days(Rule::PauseWhileIncomplete, date(2026, 3, 18)), 0);
    let found = mistakes(&SHIPPED.replace(row, "000000,pause_while_incomplete,2,,,"));
    let problem = msg::TableWorkingDaysOutOfRange {
        days: "2",
        least: 0_u32,
        most: 1_u32,
        rule: "pause_while_incomplete",
    };
    let place = format!("r.csv:{}", line(row));
    assert_eq!(found, [at(&place, problem)]);
}

#[test]
fn a_notice_of_withdrawal_is_written_in_months() {
    let row = "000000,withdrawal_notice,0m,,,";
    for wrong in ["6", "61m", "m", "6 m", "-1m"] {
        let slip = format!("000000,withdrawal_notice,{wrong},,,");
        let problem = msg::TableMonthsOutOfRange {
            least: 0_u32,
            months: wrong,
            most: 60_u32,
            rule: "withdrawal_notice",
        };
        let place = format!("r.csv:{}", line(row));
        let found = mistakes(&SHIPPED.replace(row, &slip));
        assert_eq!(found, [at(&place, problem)], "{wrong}");
    }
}

#[test]
fn a_rule_left_out_is_named() {
    for rule in Rule::ALL {
        let lines = SHIPPED.lines();
        let left: Vec<_> = lines
            .filter(|l| !l.starts_with(&format!("000000,{rule},")))
            .collect();
        let missing = msg::TableRuleMissing { rule: rule.name() };
        assert_eq!(mistakes(&left.join("\n")), [at("r.csv", missing)]);
    }
}

#[test]
fn every_slip_is_told_with_its_line() {
    let row = "000000,correction,10,,,";
    let rule = "correction";
    let number = |days| {
        let (least, most) = (Rule::Correction.least(), MAX_DAYS);
        Message::from(msg::TableWorkingDaysOutOfRange {
            days,
            least,
            most,
            rule,
        })
    };
    let new_year = date(2026, 1, 1);
    let slips: Vec<(&str, Message)> = vec![
        ("000000,correction,0,,,", number("0")),
        ("000000,correction,1001,,,", number("1001")),
        ("000000,correction,-1,,,", number("-1")),
        ("000000,correction,ten,,,", number("ten")),
        (
            "000000,corection,10,,,",
            msg::TableRuleUnknown {
                known: Rule::ALL.map(Rule::name).into_iter().collect::<Value>(),
                rule: "corection",
            }
            .into(),
        ),
        (
            "430000,correction,10,,,",
            msg::TableJurisdictionTwice {
                first: "000000",
                line: line("000000,"),
                second: "430000",
            }
            .into(),
        ),
        (",correction,10,,,", msg::TableJurisdictionMissing.into()),
        (
            "000000,correction,10,2026-01-01,,",
            msg::TableRuleBeginsLate {
                from: new_year,
                rule,
            }
            .into(),
        ),
        (
            "000000,correction,10,,2026-01-01,",
            msg::TableRuleEndsEarly {
                rule,
                until: new_year,
            }
            .into(),
        ),
        (
            "000000,correction,10,2026-02-30,,",
            msg::TableDateMalformed {
                column: "valid_from",
                text: "2026-02-30",
            }
            .into(),
        ),
        (
            "000000,correction,10,2026-02-03,2026-02-02,",
            msg::TableSpanReversed {
                from: date(2026, 2, 3),
                until: date(2026, 2, 2),
            }
            .into(),
        ),
    ];
    for (slip, problem) in slips {
        let found = mistakes(&SHIPPED.replace(row, slip));
        let place = format!("r.csv:{}", line(row));
        assert_eq!(found, [at(&place, problem)], "{slip}");
    }
}

#[test]
fn two_numbers_of_a_day_are_told_and_none_is() {
    let row = "000000,correction,10,,,";
    let second = |rows: &str| mistakes(&SHIPPED.replace(row, rows));
    let place = format!("r.csv:{}", line(row) + 1);
    let overlap = at(
        &place,
        msg::TableRowsOverlap {
            key: "correction",
            line: line(row),
        },
    );
    let found = second("000000,correction,10,,,\n000000,correction,9,,,");
    assert_eq!(found[0], overlap);
    let found = second("000000,correction,10,,2026-01-01,\n000000,correction,9,2026-01-01,,");
    assert_eq!(found[0], overlap);
    let found = second("000000,correction,10,,2026-01-01,\n000000,correction,9,2026-01-03,,");
    let interrupted = msg::TableRuleInterrupted {
        from: date(2026, 1, 3),
        rule: "correction",
        until: date(2026, 1, 1),
    };
    assert_eq!(found[0], at(&place, interrupted));
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        terms in prop::collection::vec(
            prop::collection::btree_map(0_i64..5_000, 1_u32..=MAX_DAYS, 0..4),
            Rule::ALL.len(),
        ),
        firsts in prop::collection::vec(1_u32..=MAX_DAYS, Rule::ALL.len()),
        on in 0_i64..5_000,
    ) {
        let epoch = date(2020, 1, 1);
        let mut text = format!("version,v,source,s\n{}\n", COLUMNS.join(","));
        for (place, rule) in Rule::ALL.into_iter().enumerate() {
            let mut from = String::new();
            let unit = if rule.is_in_months() { "m" } else { "" };
            let mut days = firsts[place].min(rule.most());
            for (start, next) in &terms[place] {
                let start = epoch + start.days();
                text.push_str(&format!("000000,{rule},{days}{unit},{from},{},x\n", start.yesterday().unwrap()));
                (from, days) = (start.to_string(), (*next).min(rule.most()));
            }
            text.push_str(&format!("000000,{rule},{days}{unit},{from},,\"x, \"\"y\"\"\"\n"));
        }
        let rules = DeadlineRules::parse("r.csv", &text).unwrap();
        for (place, rule) in Rule::ALL.into_iter().enumerate() {
            let current = terms[place].range(..=on).next_back();
            let expected = current.map_or(firsts[place], |(_, days)| *days);
            let expected = expected.min(rule.most());
            prop_assert_eq!(rules.days(rule, epoch + on.days()), expected);
        }
    }
}

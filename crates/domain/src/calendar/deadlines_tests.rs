//! Tests of the deadline rules.

use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const SHIPPED: &str = include_str!("../../data/deadline-rules.csv");

fn mistakes(text: &str) -> Vec<String> {
    let error = DeadlineRules::parse("r.csv", text).unwrap_err();
    let told = error.violations().iter();
    told.map(|v| format!("{}: {}", v.field, v.problem))
        .collect()
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
    assert_eq!(
        (rules.jurisdiction(), rules.head().version.as_str()),
        ("CN", "cn-2026.1")
    );
    let days = Rule::ALL.map(|rule| rules.days(rule, date(2026, 3, 18)));
    assert_eq!(days, [1, 10, 10, 20, 10, 2, 2, 10]);
    for (place, rule) in Rule::ALL.into_iter().enumerate() {
        assert_eq!(rule as usize, place);
    }
}

#[test]
fn a_jurisdiction_may_be_stricter_and_from_some_day_on() {
    let local = SHIPPED.replace("CN,", "长株潭,").replace(
        "conditional_answer,10,,,\n长株潭,extension",
        "conditional_answer,7,2027-01-01,,\n长株潭,conditional_answer,10,,2026-12-31,\n长株潭,extension",
    );
    let rules = DeadlineRules::parse("r.csv", &local).unwrap();
    assert_eq!(rules.jurisdiction(), "长株潭");
    let on = |day| rules.days(Rule::ConditionalAnswer, day);
    assert_eq!((on(date(2026, 12, 31)), on(date(2027, 1, 1))), (10, 7));
}

#[test]
fn a_rule_left_out_is_named() {
    for rule in Rule::ALL {
        let lines = SHIPPED.lines();
        let left: Vec<_> = lines
            .filter(|l| !l.starts_with(&format!("CN,{rule},")))
            .collect();
        let told = mistakes(&left.join("\n"));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with(&format!("r.csv: there is no row of the rule '{rule}'")),
            "{told:?}"
        );
    }
}

#[test]
fn every_slip_is_told_with_its_line() {
    let row = "CN,correction,10,,,";
    let slips = [
        ("CN,correction,0,,,", "working_days of correction is '0'"),
        (
            "CN,correction,1001,,,",
            "working_days of correction is '1001'",
        ),
        ("CN,correction,-1,,,", "working_days of correction is '-1'"),
        (
            "CN,correction,ten,,,",
            "working_days of correction is 'ten'",
        ),
        (
            "CN,corection,10,,,",
            "rule is 'corection', none of unconditional_answer, ",
        ),
        ("湖南,correction,10,,,", "jurisdiction is '湖南', in line "),
        (",correction,10,,,", "jurisdiction is empty"),
        (
            "CN,correction,10,2026-01-01,,",
            "correction has no number before 2026-01-01",
        ),
        (
            "CN,correction,10,,2026-01-01,",
            "correction has no number after 2026-01-01",
        ),
        (
            "CN,correction,10,2026-02-30,,",
            "valid_from is '2026-02-30'",
        ),
        (
            "CN,correction,10,2026-02-03,2026-02-02,",
            "valid_until 2026-02-02 is before valid_from",
        ),
    ];
    for (slip, problem) in slips {
        let told = mistakes(&SHIPPED.replace(row, slip));
        let expected = format!("r.csv:{}: {problem}", line(row));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with(&expected), "{slip}: {told:?}");
    }
}

#[test]
fn two_numbers_of_a_day_are_told_and_none_is() {
    let row = "CN,correction,10,,,";
    let second = |rows: &str| mistakes(&SHIPPED.replace(row, rows));
    let told = second("CN,correction,10,,,\nCN,correction,9,,,");
    let at = format!("r.csv:{}: ", line(row) + 1);
    assert!(
        told[0].starts_with(&format!("{at}correction is in force on the same days")),
        "{told:?}"
    );
    let told = second("CN,correction,10,,2026-01-01,\nCN,correction,9,2026-01-01,,");
    assert!(
        told[0].starts_with(&format!("{at}correction is in force on the same days")),
        "{told:?}"
    );
    let told = second("CN,correction,10,,2026-01-01,\nCN,correction,9,2026-01-03,,");
    assert!(
        told[0].starts_with(&format!("{at}correction has no number between")),
        "{told:?}"
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        terms in prop::collection::vec(prop::collection::btree_map(0_i64..5_000, 1_u32..=LONGEST, 0..4), 8),
        firsts in prop::collection::vec(1_u32..=LONGEST, 8),
        on in 0_i64..5_000,
    ) {
        let epoch = date(2020, 1, 1);
        let mut text = format!("version,v,source,s\n{}\n", COLUMNS.join(","));
        for (place, rule) in Rule::ALL.into_iter().enumerate() {
            let mut from = String::new();
            let mut days = firsts[place];
            for (start, next) in &terms[place] {
                let start = epoch + start.days();
                text.push_str(&format!("CN,{rule},{days},{from},{},x\n", start.yesterday().unwrap()));
                (from, days) = (start.to_string(), *next);
            }
            text.push_str(&format!("CN,{rule},{days},{from},,\"x, \"\"y\"\"\"\n"));
        }
        let rules = DeadlineRules::parse("r.csv", &text).unwrap();
        for (place, rule) in Rule::ALL.into_iter().enumerate() {
            let current = terms[place].range(..=on).next_back();
            let expected = current.map_or(firsts[place], |(_, days)| *days);
            prop_assert_eq!(rules.days(rule, epoch + on.days()), expected);
        }
    }
}

//! Tests of the tables of rules and notices.

use jiff::civil::date;

use super::*;

const HEILONGJIANG: &str = include_str!("../../data/examples/deadline-rules-heilongjiang.csv");
const HEAD: &str =
    "version,v.1,source,s\njurisdiction,rule,working_days,valid_from,valid_until,source\n";

/// Places and codes of the mistakes in these rows.
fn mistakes(rows: &str) -> Vec<(String, String)> {
    let error = RulesSet::parse("r.csv", &format!("{HEAD}{rows}")).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    let violations = error.violations().iter();
    violations
        .map(|wrong| (wrong.field.to_string(), wrong.problem.code().to_owned()))
        .collect()
}

#[test]
fn a_provinces_table_has_the_rules_that_differ() {
    let set = RulesSet::parse("h.csv", HEILONGJIANG).unwrap();
    assert_eq!(set.jurisdiction.to_string(), "230000");
    assert_eq!((set.version.as_str(), set.rows.len()), ("hlj-2025.1", 6));
    assert!(set.names(Rule::Correction) && !set.names(Rule::Supplement));
    let row = |day| set.row(Rule::Correction, day);
    let last = row(date(2027, 1, 5)).unwrap();
    assert_eq!(
        (last.number, last.article.as_str()),
        (Some(5), "第二十四条")
    );
    assert_eq!(row(date(2027, 1, 6)), None);
}

#[test]
fn a_row_may_give_a_rule_back_to_the_place_above() {
    let text = format!("{HEAD}230000,correction,-,2026-06-01,,\n");
    let set = RulesSet::parse("r.csv", &text).unwrap();
    assert_eq!(set.rows[0].number, None);
    assert!(set.names(Rule::Correction));
}

#[test]
fn every_mistake_is_named_with_its_line() {
    let place = "r.csv:3".to_owned();
    for (row, code) in [
        ("23,correction,5,,,", "jurisdiction-malformed"),
        (",correction,5,,,", "table-jurisdiction-missing"),
        ("230000,corection,5,,,", "table-rule-unknown"),
        (
            "230000,correction,five,,,",
            "table-working-days-out-of-range",
        ),
        ("230000,correction,5,2026-02-30,,", "table-date-malformed"),
    ] {
        assert_eq!(mistakes(row), [(place.clone(), code.to_owned())], "{row}");
    }
    let long = "条".repeat(101);
    let row = format!("230000,correction,5,,,{long}");
    assert_eq!(mistakes(&row), [(place, "table-cell-wrong".to_owned())]);
    let twice = "230000,correction,5,,,\n230000,correction,6,2026-01-01,,";
    let second = ("r.csv:4".to_owned(), "table-rows-overlap".to_owned());
    assert_eq!(mistakes(twice), [second]);
    assert_eq!(
        mistakes(""),
        [("r.csv".to_owned(), "rules-table-empty".to_owned())]
    );
}

#[test]
fn notices_are_parsed_year_by_year() {
    let text = "version,v,source,s\nyear,date,day,occasion,notice\n\
                2027,2026-12-31,off,元旦,甲\n2027,2027-01-01,off,元旦,甲\n2028,2028-01-03,off,元旦,乙\n";
    let notices = HolidayNotice::parse("w.csv", text).unwrap();
    let years: Vec<_> = notices
        .iter()
        .map(|n| (n.year, n.number.as_str()))
        .collect();
    assert_eq!(years, [(2027, "甲"), (2028, "乙")]);
    let first = BTreeMap::from([(date(2026, 12, 31), false), (date(2027, 1, 1), false)]);
    assert_eq!(notices[0].days, first);
    let wrong = HolidayNotice::parse("w.csv", &text.replace("2028-01-03", "2028-02-30"));
    assert_eq!(wrong.unwrap_err().code(), ErrorCode::InvalidArgument);
}

//! Tests of the table of divisions.

use chengji_messages::{Message, msg};
use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::error::Violation;
use crate::quoted::Quoted;

const SHIPPED: &str = include_str!("../../data/divisions.csv");
const HEAD: &str = "version,t.1,source,测试\ncode,name,level,valid_from,valid_until,successor\n\
                    430100,长沙市,city,,,\n";

fn shipped() -> Divisions {
    Divisions::parse("divisions.csv", SHIPPED).unwrap()
}

fn code(text: &str) -> DivisionCode {
    text.parse().unwrap()
}

fn mistakes(text: &str) -> Vec<Violation> {
    let error = Divisions::parse("d.csv", text).unwrap_err();
    error.violations().to_vec()
}

fn at(place: &str, problem: impl Into<Message>) -> Violation {
    Violation::new(place.to_owned(), problem)
}

#[test]
fn the_shipped_table_has_all_provinces_and_cities_of_today() {
    let divisions = shipped();
    let today = date(2026, 3, 18);
    let in_force = |level| {
        let codes = divisions
            .by_code
            .keys()
            .filter(|code| code.level() == level);
        codes
            .filter(|code| divisions.warning(**code, today).is_none())
            .count()
    };
    assert_eq!(
        (
            in_force(DivisionLevel::Province),
            in_force(DivisionLevel::City),
            in_force(DivisionLevel::County)
        ),
        (34, 342, 0)
    );
    for (code, name) in [
        ("430100", "长沙市"),
        ("430200", "株洲市"),
        ("430300", "湘潭市"),
        ("430000", "湖南省"),
    ] {
        let status = divisions.on(code.parse().unwrap(), today);
        assert!(
            matches!(status, DivisionStatus::InForce(found) if found.name == name),
            "{status:?}"
        );
    }
}

#[test]
fn a_code_that_ended_names_its_successor() {
    let divisions = shipped();
    let warning = divisions
        .warning(code("371200"), date(2026, 3, 18))
        .unwrap();
    let ended = msg::DivisionEndedOn {
        code: code("371200"),
        name: "莱芜市",
        until: date(2018, 12, 25),
        version: &divisions.head().version,
    };
    let succeeded = msg::DivisionSucceeded {
        ended,
        name: "济南市",
        successor: code("370100"),
    };
    assert_eq!(warning, Message::from(succeeded));
    assert_eq!(divisions.warning(code("371200"), date(2018, 12, 25)), None);
    // The same code, with the name of that time.
    let name = |day| match divisions.on(code("420600"), day) {
        DivisionStatus::InForce(division) => division.name.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (name(date(2009, 1, 1)), name(date(2011, 1, 1))),
        ("襄樊市".to_owned(), "襄阳市".to_owned())
    );
}

#[test]
fn a_code_the_table_does_not_have_is_doubted_with_the_remedy_and_counties_are_not_judged() {
    let divisions = shipped();
    let today = date(2026, 3, 18);
    let warning = divisions.warning(code("439900"), today).unwrap();
    assert_eq!(warning.code(), "division-unknown");
    assert_eq!(divisions.warning(code("430102"), today), None);
    let counties = format!("{HEAD}430102,芙蓉区,county,2030-01-01,,\n");
    let counties = Divisions::parse("d.csv", &counties).unwrap();
    let early = counties.warning(code("430102"), today).unwrap();
    assert_eq!(early.code(), "division-not-until");
    assert_eq!(early.param("from"), Some(&date(2030, 1, 1).into()));
    assert!(counties.warning(code("430103"), today).is_some());
}

fn level(level: &str) -> Message {
    let (code, right) = (code("430200"), DivisionLevel::City.label());
    msg::TableLevelWrong { code, level, right }.into()
}

#[test]
fn every_slip_is_told_with_its_line() {
    let (cell, date) = (
        |column, text| {
            let text = Quoted(text);
            let problem = msg::DivisionCodeMalformed { text };
            Message::from(msg::TableCellWrong { column, problem })
        },
        |column, text| Message::from(msg::TableDateMalformed { column, text }),
    );
    let slips: Vec<(&str, Message)> = vec![
        ("43010,x,city,,,", cell("code", "43010")),
        ("990000,x,province,,,", cell("code", "990000")),
        (
            "430200,,city,,,",
            msg::TableCellEmpty { column: "name" }.into(),
        ),
        ("430200,x,county,,,", level("county")),
        ("430200,x,City,,,", level("City")),
        (
            "430200,x,city,2026-13-01,,",
            date("valid_from", "2026-13-01"),
        ),
        ("430200,x,city,,soon,", date("valid_until", "soon")),
        (
            "430200,x,city,2026-01-02,2026-01-01,",
            msg::TableSpanReversed {
                from: jiff::civil::date(2026, 1, 2),
                until: jiff::civil::date(2026, 1, 1),
            }
            .into(),
        ),
        ("430200,x,city,,2026-01-01,4301", cell("successor", "4301")),
        (
            "430200,x,city,,2026-01-01,430900",
            msg::TableSuccessorMissing {
                successor: code("430900"),
            }
            .into(),
        ),
        (
            "430200,x,city,,2026-01-01,430200",
            msg::TableSuccessorItself {
                code: code("430200"),
            }
            .into(),
        ),
        (
            "430200,x,city,,,430100",
            msg::TableSuccessorWithoutEnd {
                code: code("430200"),
                successor: code("430100"),
            }
            .into(),
        ),
        (
            "430100,长沙市,city,,,",
            msg::TableRowsOverlap {
                key: "430100",
                line: 3,
            }
            .into(),
        ),
        (
            "430200,x,city,,,,more",
            msg::TableCellsTooMany {
                columns: 6,
                found: 7,
            }
            .into(),
        ),
        ("430200,\"x,city,,,", msg::TableQuotationOpen.into()),
    ];
    for (slip, problem) in slips {
        let found = mistakes(&format!("{HEAD}{slip}\n"));
        assert_eq!(found, [at("d.csv:4", problem)], "{slip}");
    }
}

#[test]
fn rows_of_one_code_follow_one_another() {
    let two = |first: &str, second: &str| {
        format!("{HEAD}430200,a,city,{first},\n430200,b,city,{second},\n")
    };
    assert!(Divisions::parse("d.csv", &two(",2020-01-01", "2020-01-02,")).is_ok());
    assert!(Divisions::parse("d.csv", &two("2020-01-02,", ",2020-01-01")).is_ok());
    for (first, second) in [
        (",2020-01-01", "2020-01-01,"),
        (",", "2020-01-01,"),
        ("2019-01-01,2021-01-01", "2020-01-01,2020-02-01"),
    ] {
        let overlap = msg::TableRowsOverlap {
            key: "430200",
            line: 4,
        };
        let found = mistakes(&two(first, second));
        assert_eq!(found[0], at("d.csv:5", overlap));
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        rows in prop::collection::btree_map(110_000_u32..830_000, (prop::option::of(0_i64..9_000), "[a-z,\"市]{1,8}"), 1..40),
        on in 0_i64..9_000,
    ) {
        let epoch = date(2000, 1, 1);
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let mut text = "version,v,source,\nvalid_until,name,code,successor,level,valid_from\n".to_owned();
        for (number, (end, name)) in &rows {
            let code = code(&number.to_string());
            let end = end.map(|days| (epoch + days.days()).to_string()).unwrap_or_default();
            text.push_str(&format!("{end},{},{code},,{}\r\n", quoted(name), code.level()));
        }
        let text = text.replace("source,", "source,s");
        let divisions = Divisions::parse("d.csv", &text).unwrap();
        prop_assert_eq!(divisions.head().rows, rows.len());
        for (number, (end, name)) in &rows {
            let status = divisions.on(code(&number.to_string()), epoch + on.days());
            let row = match status {
                DivisionStatus::InForce(row) if end.is_none_or(|end| on <= end) => row,
                DivisionStatus::Ended(row) if end.is_some_and(|end| on > end) => row,
                other => return Err(TestCaseError::fail(format!("{other:?}"))),
            };
            prop_assert_eq!(&row.name, name);
        }
    }
}

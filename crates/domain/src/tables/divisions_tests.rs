//! Tests of the table of divisions.

use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const SHIPPED: &str = include_str!("../../data/divisions.csv");
const HEAD: &str = "version,t.1,source,测试\ncode,name,level,valid_from,valid_until,successor\n\
                    430100,长沙市,city,,,\n";

fn shipped() -> Divisions {
    Divisions::parse("divisions.csv", SHIPPED).unwrap()
}

fn code(text: &str) -> DivisionCode {
    text.parse().unwrap()
}

fn mistakes(text: &str) -> Vec<String> {
    let error = Divisions::parse("d.csv", text).unwrap_err();
    let told = error.violations().iter();
    told.map(|v| format!("{}: {}", v.field, v.problem))
        .collect()
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
        let standing = divisions.on(code.parse().unwrap(), today);
        assert!(
            matches!(standing, DivisionStanding::InForce(found) if found.name == name),
            "{standing:?}"
        );
    }
}

#[test]
fn a_code_that_ended_names_its_successor() {
    let divisions = shipped();
    let warning = divisions
        .warning(code("371200"), date(2026, 3, 18))
        .unwrap();
    assert!(
        warning.contains("371200 莱芜市 ended on 2018-12-25"),
        "{warning}"
    );
    assert!(
        warning.contains("its successor is 370100 济南市"),
        "{warning}"
    );
    assert_eq!(divisions.warning(code("371200"), date(2018, 12, 25)), None);
    // The same code, with the name of that time.
    let name = |day| match divisions.on(code("420600"), day) {
        DivisionStanding::InForce(division) => division.name.clone(),
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
    assert!(warning.contains("load a newer table"), "{warning}");
    assert_eq!(divisions.warning(code("430102"), today), None);
    let counties = format!("{HEAD}430102,芙蓉区,county,2030-01-01,,\n");
    let counties = Divisions::parse("d.csv", &counties).unwrap();
    let early = counties.warning(code("430102"), today).unwrap();
    assert!(early.contains("not in force until 2030-01-01"), "{early}");
    assert!(counties.warning(code("430103"), today).is_some());
}

#[test]
fn every_slip_is_told_with_its_line() {
    let slips = [
        ("43010,x,city,,,", "code: '43010' is not a division code"),
        (
            "990000,x,province,,,",
            "code: '990000' is not a division code",
        ),
        ("430200,,city,,,", "name is empty"),
        ("430200,x,county,,,", "level is 'county'; 430200 is a city"),
        ("430200,x,City,,,", "level is 'City'; 430200 is a city"),
        ("430200,x,city,2026-13-01,,", "valid_from is '2026-13-01'"),
        ("430200,x,city,,soon,", "valid_until is 'soon'"),
        (
            "430200,x,city,2026-01-02,2026-01-01,",
            "valid_until 2026-01-01 is before",
        ),
        (
            "430200,x,city,,2026-01-01,4301",
            "successor: '4301' is not a division code",
        ),
        (
            "430200,x,city,,2026-01-01,430900",
            "successor 430900 stands in no row",
        ),
        (
            "430200,x,city,,2026-01-01,430200",
            "successor 430200 is the code itself",
        ),
        (
            "430200,x,city,,,430100",
            "430200 has the successor 430100 and does not end",
        ),
        (
            "430100,长沙市,city,,,",
            "430100 is in force on the same days as in line 3",
        ),
        ("430200,x,city,,,,more", "7 cells under 6 columns"),
        ("430200,\"x,city,,,", "a quotation mark is not closed"),
    ];
    for (slip, problem) in slips {
        let told = mistakes(&format!("{HEAD}{slip}\n"));
        assert_eq!(told.len(), 1, "{slip}: {told:?}");
        assert!(
            told[0].starts_with(&format!("d.csv:4: {problem}")),
            "{slip}: {told:?}"
        );
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
        let told = mistakes(&two(first, second));
        assert!(
            told[0].starts_with("d.csv:5: 430200 is in force on the same days as in line 4"),
            "{told:?}"
        );
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
            let standing = divisions.on(code(&number.to_string()), epoch + on.days());
            let row = match standing {
                DivisionStanding::InForce(row) if end.is_none_or(|end| on <= end) => row,
                DivisionStanding::Ended(row) if end.is_some_and(|end| on > end) => row,
                other => return Err(TestCaseError::fail(format!("{other:?}"))),
            };
            prop_assert_eq!(&row.name, name);
        }
    }
}

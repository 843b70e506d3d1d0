use chengji_domain::request::terms::{Comparison, Literal};
use proptest::prelude::*;

use super::*;
use crate::condition_text;
use crate::strategies::{condition, schema};

fn code(sql: &str) -> Result<Condition, String> {
    let made = condition_of(sql, &schema());
    made.map_err(|error| match error.message().param("reason") {
        Some(chengji_messages::Value::Message(reason)) => reason.code().to_owned(),
        _ => error.message().code().to_owned(),
    })
}

fn compared(column: &str, comparison: Comparison, value: Literal) -> Condition {
    Condition::Compare {
        column: column.to_owned(),
        comparison,
        value,
    }
}

proptest! {
    #[test]
    fn a_condition_comes_back_from_its_text(condition in condition()) {
        let text = condition_text(&condition);
        if condition.check_size().is_ok() {
            prop_assert_eq!(condition_of(&text, &schema()), Ok(condition), "{}", text);
        }
    }

    #[test]
    fn any_text_is_a_condition_or_an_error(text in "[a-zA-Z0-9名 '\"().,=<>!%_-]{0,60}|\\PC{0,40}") {
        if let Ok(condition) = condition_of(&text, &schema()) {
            let text = condition_text(&condition);
            prop_assert_eq!(condition_of(&text, &schema()), Ok(condition));
        }
    }
}

#[test]
fn sql_as_people_write_it_is_the_tree_that_it_means() {
    let floors = |comparison, number| compared("floors", comparison, Literal::Integer(number));
    let name = |text: &str| compared("名称", Comparison::Equal, Literal::Text(text.to_owned()));
    let a = || floors(Comparison::Greater, 10);
    let b = || name("it's");
    let c = || Condition::IsNull {
        column: "area".to_owned(),
    };
    let and = |parts: [Condition; 2]| Condition::all(parts).unwrap();
    for (sql, expected) in [
        ("floors > 10", a()),
        ("\"floors\">+10.00", a()),
        ("名称 = 'it''s'", b()),
        ("名称 LIKE 'it''s'", b()),
        (
            "not floors <= -1",
            floors(Comparison::LessOrEqual, -1).negated(),
        ),
        ("area IS NOT NULL", c().negated()),
        (
            "floors > 10 OR 名称 = 'it''s' AND area IS NULL",
            Condition::any([a(), and([b(), c()])]).unwrap(),
        ),
        (
            "(floors > 10 OR 名称 = 'it''s') AND area IS NULL",
            and([Condition::any([a(), b()]).unwrap(), c()]),
        ),
        (
            "\"price of \"\"all\"\"\" < .50",
            compared(
                "price of \"all\"",
                Comparison::Less,
                Literal::Decimal("0.5".parse().unwrap()),
            ),
        ),
        (
            "date >= DATE '2026-01-31'",
            compared(
                "date",
                Comparison::GreaterOrEqual,
                Literal::Date(jiff::civil::date(2026, 1, 31)),
            ),
        ),
        (
            "changed < TIMESTAMP '2026-01-31 08:30:00'",
            compared(
                "changed",
                Comparison::Less,
                Literal::Time("2026-01-31T08:30:00Z".parse().unwrap()),
            ),
        ),
        (
            "名称 NOT LIKE '50!%%' ESCAPE '!'",
            Condition::StartsWith {
                column: "名称".to_owned(),
                prefix: "50%".to_owned(),
            }
            .negated(),
        ),
    ] {
        assert_eq!(code(sql), Ok(expected), "{sql}");
    }
}

#[test]
fn what_a_condition_cannot_say_is_refused_with_its_reason() {
    for (sql, expected) in [
        ("", "condition-ends-early"),
        ("floors >", "condition-ends-early"),
        ("floors > 1 floors", "condition-expected"),
        ("floors", "condition-ends-early"),
        ("floors + 1 > 2", "condition-unsupported"),
        ("floors::text = '1'", "condition-unsupported"),
        ("lower(名称) = 'a'", "condition-unsupported"),
        ("floors > abs(1)", "condition-unsupported"),
        ("floors > $1", "condition-unsupported"),
        ("floors = area", "condition-no-value"),
        ("floors = NULL", "condition-null"),
        ("Floors = 1", "scope-column-unknown"),
        ("floors = 'a'", "condition-value-unfit"),
        ("area = 0.1", "condition-value-unfit"),
        ("名称 = 1", "condition-value-unfit"),
        ("date = '2026-02-30'", "condition-value-unfit"),
        (
            "changed = '2026-01-31 08:30:00+08:00'",
            "condition-value-unfit",
        ),
        ("is_new > TRUE", "condition-without-order"),
        ("is_new", "condition-ends-early"),
        ("floors LIKE '1%'", "condition-of-texts"),
        ("名称 LIKE '%a'", "condition-pattern"),
        ("名称 LIKE 'a_'", "condition-pattern"),
        ("名称 LIKE 'a\\%%'", "condition-pattern"),
        ("名称 LIKE 'a%' ESCAPE '%'", "condition-escape"),
        ("名称 = 'a", "condition-unreadable"),
        ("floors IN (SELECT 1)", "condition-no-value"),
        ("CASE WHEN TRUE THEN 1 END = 1", "scope-column-unknown"),
    ] {
        assert_eq!(code(sql), Err(expected.to_owned()), "{sql}");
    }
}

#[test]
fn an_error_names_the_place() {
    let error = condition_of("floors > 1\n AND area = 'x'", &schema()).unwrap_err();
    let place = ["line", "character"].map(|name| error.message().param(name).cloned());
    let at = |number| Some(chengji_messages::Value::Integer(number));
    assert_eq!(place, [at(2), at(13)]);
}

#[test]
fn conditions_are_bounded_before_they_are_made() {
    let within = |count| format!("{}floors = 1{}", "(".repeat(count), ")".repeat(count));
    assert!(condition_of(&within(16), &schema()).is_ok());
    let long = format!("floors = 1{}", " ".repeat(MAX_BYTES));
    for sql in [within(1_000), "NOT ".repeat(1_000) + "floors = 1", long] {
        let error = condition_of(&sql, &schema()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
    }
}

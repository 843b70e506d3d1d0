use std::collections::BTreeMap;

use chengji_domain::ErrorCode;
use chengji_domain::request::terms::{Comparison, Condition, Literal};

use super::*;

/// Terms with a value of every kind.
fn whole() -> GrantTerms {
    let column = || "org_id".to_owned();
    let values = [
        Literal::Boolean(true),
        Literal::Integer(-7),
        Literal::Decimal("12.5".parse().unwrap()),
        Literal::Text("株洲".to_owned()),
        Literal::Date(jiff::civil::date(2026, 11, 24)),
        Literal::Time(jiff::Timestamp::UNIX_EPOCH),
    ];
    let compared = Condition::Compare {
        column: column(),
        comparison: Comparison::GreaterOrEqual,
        value: Literal::Integer(1),
    };
    let any = Condition::any([
        Condition::In {
            column: column(),
            values: values.into_iter().collect(),
        },
        Condition::Between {
            column: column(),
            low: Literal::Integer(1),
            high: Literal::Integer(9),
        },
        Condition::StartsWith {
            column: column(),
            prefix: "43%".to_owned(),
        },
    ]);
    let not_null = Condition::IsNull { column: column() }.negated();
    let masks = [
        None,
        Some(Mask::Remove),
        Some(Mask::KeepFirst(3)),
        Some(Mask::KeepLast(4)),
        Some(Mask::Hash),
        Some(Mask::CutDate(DateUnit::Month)),
        Some(Mask::RoundDown(NonZeroU64::new(100).unwrap())),
        Some(Mask::Constant(Literal::Integer(0))),
    ];
    let columns = masks.into_iter().enumerate();
    let node = "city/430100/node".parse().unwrap();
    let person = "city/430100/person/a".parse().unwrap();
    GrantTerms {
        scope: Scope::Table(Box::new(TableScope {
            schema: Digest([7; 32]),
            columns: columns.map(|(n, mask)| (format!("c{n}"), mask)).collect(),
            condition: Condition::all([compared, any.unwrap(), not_null]),
            row_limit: Some(1_000),
            increment: Some("updated_at".to_owned()),
        })),
        limits: Box::new(Limits {
            count: Some(3),
            rate: Some(Rate {
                count: 10,
                seconds: 60,
            }),
            period_days: Some(90),
            connectors: Some(BTreeSet::from([node])),
            users: Some(BTreeSet::from([
                User::Principal(person),
                User::Department("91350100M000100Y43".parse().unwrap()),
            ])),
            operations: Some(BTreeSet::from(["statistics".to_owned()])),
            visible_range: Some("本单位".to_owned()),
            usable_range: Some("本市行政区域内".to_owned()),
        }),
        duties: Duties {
            notify: true,
            destroy_within_days: Some(30),
            records_years: Some(3),
            records_every_months: Some(6),
        },
        until: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn refused(wire: &v1::GrantTerms) -> ErrorCode {
    grant_terms_from(Some(wire)).unwrap_err().code()
}

#[test]
fn terms_read_as_they_were_written() {
    let table = whole();
    let interface = GrantTerms {
        scope: Scope::Interface(Box::new(InterfaceScope {
            operations: BTreeSet::from(["getPerson".to_owned()]),
            fixed: BTreeMap::from([("city".to_owned(), "430100".to_owned())]),
            removed: BTreeSet::from(["/phone".to_owned()]),
        })),
        ..table.clone()
    };
    let file = GrantTerms::file(jiff::Timestamp::MAX);
    for terms in [table, interface, file] {
        assert_eq!(grant_terms_from(Some(&grant_terms_to(&terms))), Ok(terms));
    }
}

/// The terms of [`whole`], with their table or condition changed by `spoil`.
fn spoilt(spoil: impl FnOnce(&mut v1::TableScope)) -> v1::GrantTerms {
    let mut wire = grant_terms_to(&whole());
    let Some(WireScope::Table(table)) = &mut wire.scope else {
        panic!("no table");
    };
    spoil(table);
    wire
}

fn masked(mask: Option<WireMask>) -> v1::GrantTerms {
    spoilt(|table| table.columns[0].mask = Some(v1::Mask { mask }))
}

fn compared(comparison: i32, value: Option<v1::Literal>) -> v1::GrantTerms {
    use v1::row_condition::Condition;
    let condition = Some(Condition::Compare(v1::ColumnComparison {
        column: "org_id".to_owned(),
        comparison,
        value,
    }));
    spoilt(|table| table.condition = Some(v1::RowCondition { condition }))
}

fn literal(value: Option<v1::literal::Value>) -> Option<v1::Literal> {
    Some(v1::Literal { value })
}

#[test]
fn terms_of_a_kind_that_is_not_known_here_ask_for_an_upgrade() {
    let wire = grant_terms_to(&whole());
    let of_terms: [fn(&mut v1::GrantTerms); 3] = [
        |wire| wire.scope = None,
        |wire| wire.limits.push(v1::Limit { limit: None }),
        |wire| wire.duties.push(v1::Duty { duty: None }),
    ];
    let of_terms = of_terms.map(|spoil| {
        let mut wire = wire.clone();
        spoil(&mut wire);
        wire
    });
    let one = || literal(Some(v1::literal::Value::Integer(1)));
    let of_table = [
        masked(None),
        masked(Some(WireMask::CutTo(99))),
        masked(Some(WireMask::Constant(v1::Literal { value: None }))),
        spoilt(|table| table.condition = Some(v1::RowCondition { condition: None })),
        compared(99, one()),
        compared(1, literal(None)),
    ];
    for wire in of_terms.into_iter().chain(of_table) {
        assert_eq!(refused(&wire), ErrorCode::UpgradeNeeded, "{wire:?}");
    }
    assert!(grant_terms_from(Some(&compared(1, one()))).is_ok());
}

#[test]
fn malformed_terms_are_refused() {
    let wire = grant_terms_to(&whole());
    let of_terms: [fn(&mut v1::GrantTerms); 2] = [
        |wire| wire.until = None,
        |wire| wire.limits.push(wire.limits[0].clone()),
    ];
    let of_terms = of_terms.map(|spoil| {
        let mut wire = wire.clone();
        spoil(&mut wire);
        wire
    });
    let one = || literal(Some(v1::literal::Value::Integer(1)));
    let decimal = v1::literal::Value::Decimal("5".to_owned());
    let of_table = [
        masked(Some(WireMask::CutTo(0))),
        masked(Some(WireMask::RoundDownTo(0))),
        spoilt(|table| table.columns.push(table.columns[0].clone())),
        spoilt(|table| {
            table.schema.pop();
        }),
        compared(0, one()),
        compared(1, None),
        // The integer 5 is the one form of this value.
        compared(1, literal(Some(decimal))),
    ];
    for wire in of_terms.into_iter().chain(of_table) {
        assert_eq!(refused(&wire), ErrorCode::InvalidArgument, "{wire:?}");
    }
}

#[test]
fn terms_are_bounded_in_bytes_and_conditions_in_depth() {
    let with = |condition| {
        let mut terms = whole();
        if let Scope::Table(table) = &mut terms.scope {
            table.condition = condition;
        }
        grant_terms_to(&terms)
    };
    let long = Condition::StartsWith {
        column: "a".to_owned(),
        prefix: "字".repeat(3_000),
    };
    assert_eq!(refused(&with(Some(long))), ErrorCode::InvalidArgument);
    let null = |column: usize| Condition::IsNull {
        column: column.to_string(),
    };
    let deep = (0..Condition::MAX_DEPTH).fold(null(0), |inner, level| {
        let parts = [inner, null(level + 1)];
        let joined = match level % 2 {
            0 => Condition::all(parts),
            _ => Condition::any(parts),
        };
        joined.unwrap()
    });
    assert_eq!(refused(&with(Some(deep))), ErrorCode::LimitExceeded);
}

use std::collections::BTreeMap;

use chengji_domain::ErrorCode;
use chengji_domain::request::terms::{Comparison, Condition, Literal};

use super::*;

/// Terms of every kind at once.
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
        limits: Limits {
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
        },
        duties: Duties {
            notify: true,
            destroy_within_days: Some(30),
            records_years: Some(3),
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

#[test]
fn terms_of_a_kind_that_is_not_known_are_never_read_as_fewer_terms() {
    let wire = grant_terms_to(&whole());
    let unknown: [fn(&mut v1::GrantTerms); 5] = [
        |wire| wire.scope = None,
        |wire| wire.limits.push(v1::Limit { limit: None }),
        |wire| wire.duties.push(v1::Duty { duty: None }),
        |wire| wire.until = None,
        |wire| wire.limits.push(wire.limits[0].clone()),
    ];
    for spoil in unknown {
        let mut wire = wire.clone();
        spoil(&mut wire);
        assert_eq!(refused(&wire), ErrorCode::InvalidArgument, "{wire:?}");
    }
    let of_table: [fn(&mut v1::TableScope); 4] = [
        |table| table.columns[0].mask = Some(v1::Mask { mask: None }),
        |table| table.columns.push(table.columns[0].clone()),
        |table| table.condition = Some(v1::RowCondition { condition: None }),
        |table| {
            table.schema.pop();
        },
    ];
    for spoil in of_table {
        let mut wire = wire.clone();
        let Some(WireScope::Table(table)) = &mut wire.scope else {
            panic!("no table");
        };
        spoil(table);
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

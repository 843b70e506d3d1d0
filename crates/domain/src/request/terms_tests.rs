#[path = "terms/revealed_tests.rs"]
mod revealed_tests;

use std::num::NonZeroU64;

use proptest::collection::{btree_map, btree_set};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::digest::Digest;

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned)
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        name().prop_map(|column| Condition::IsNull { column }),
        (name(), 0_i64..3).prop_map(|(column, value)| Condition::Compare {
            column,
            comparison: Comparison::Equal,
            value: Literal::Integer(value),
        }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let parts = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            parts.clone().prop_filter_map("no parts", Condition::all),
            parts.prop_filter_map("no parts", Condition::any),
            inner.prop_map(Condition::negated),
        ]
    })
}

fn mask() -> impl Strategy<Value = Mask> {
    let units = vec![DateUnit::Year, DateUnit::Month, DateUnit::Day];
    prop_oneof![
        Just(Mask::Remove),
        (0_u32..3).prop_map(Mask::KeepFirst),
        (0_u32..3).prop_map(Mask::KeepLast),
        Just(Mask::Hash),
        prop::sample::select(units).prop_map(Mask::CutDate),
        (1_u64..5).prop_map(|n| Mask::RoundDown(NonZeroU64::new(n).unwrap())),
        (0_i64..2).prop_map(|n| Mask::Constant(Literal::Integer(n))),
    ]
}

fn scope() -> impl Strategy<Value = Scope> {
    let table = (
        0_u8..2,
        btree_map(name(), option::of(mask()), 0..3),
        option::of(condition()),
        option::of(0_u64..3),
        option::of(name()),
    );
    let interface = (
        btree_set(name(), 0..3),
        btree_map(name(), name(), 0..2),
        btree_set(name(), 0..3),
    );
    prop_oneof![
        Just(Scope::File),
        table.prop_map(|(schema, columns, condition, row_limit, increment)| {
            Scope::Table(Box::new(TableScope {
                schema: Digest([schema; 32]),
                columns,
                condition,
                row_limit,
                increment,
            }))
        }),
        interface.prop_map(|(operations, fixed, removed)| Scope::Interface(Box::new(
            InterfaceScope {
                operations,
                fixed,
                removed,
            }
        ))),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    let connector = prop::sample::select(vec!["city/430100/node", "city/430100/app/a"])
        .prop_map(|name| name.parse::<Principal>().unwrap());
    let user = prop_oneof![
        connector.clone().prop_map(User::Principal),
        Just(User::Department("91350100M000100Y43".parse().unwrap())),
    ];
    let rate = (0_u64..3, 1_u32..3).prop_map(|(count, seconds)| Rate { count, seconds });
    (
        option::of(0_u64..3),
        option::of(rate),
        option::of(0_u32..3),
        option::of(btree_set(connector, 0..3)),
        option::of(btree_set(user, 0..3)),
        option::of(btree_set(name(), 0..3)),
        (option::of(name()), option::of(name())),
    )
        .prop_map(
            |(count, rate, period_days, connectors, users, operations, ranges)| Limits {
                count,
                rate,
                period_days,
                connectors,
                users,
                operations,
                visible_range: ranges.0,
                usable_range: ranges.1,
            },
        )
}

fn duties() -> impl Strategy<Value = Duties> {
    let number = || option::of(0_u32..3);
    let parts = (any::<bool>(), number(), number(), number());
    parts.prop_map(
        |(notify, destroy_within_days, records_years, records_every_months)| Duties {
            notify,
            destroy_within_days,
            records_years,
            records_every_months,
        },
    )
}

fn terms() -> impl Strategy<Value = GrantTerms> {
    let parts = (scope(), limits(), duties(), 0_i64..3);
    parts.prop_map(|(scope, limits, duties, until)| GrantTerms {
        scope,
        limits: Box::new(limits),
        duties,
        until: Timestamp::from_second(until).unwrap(),
    })
}

/// A step that narrows terms in one dimension, or leaves them unchanged if they cannot be narrowed further.
#[derive(Clone, Debug)]
enum Step {
    Until,
    RowLimit(u64),
    DropColumn,
    Mask(Mask),
    Condition(Condition),
    Increment(String),
    DropOperation,
    Fix(String),
    RemoveField(String),
    Count(u64),
    Rate(Rate),
    Period(u32),
    Connectors,
    Users,
    Operations,
    VisibleRange(String),
    UsableRange(String),
    Notify,
    Destroy(u32),
    Records(u32),
    RecordsEvery(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Until),
        (0_u64..3).prop_map(Step::RowLimit),
        Just(Step::DropColumn),
        mask().prop_map(Step::Mask),
        condition().prop_map(Step::Condition),
        name().prop_map(Step::Increment),
        Just(Step::DropOperation),
        name().prop_map(Step::Fix),
        name().prop_map(Step::RemoveField),
        (0_u64..3).prop_map(Step::Count),
        (0_u64..3, 1_u32..3).prop_map(|(count, seconds)| Step::Rate(Rate { count, seconds })),
        (0_u32..3).prop_map(Step::Period),
        Just(Step::Connectors),
        Just(Step::Users),
        Just(Step::Operations),
        name().prop_map(Step::VisibleRange),
        name().prop_map(Step::UsableRange),
        Just(Step::Notify),
        (0_u32..3).prop_map(Step::Destroy),
        (0_u32..3).prop_map(Step::Records),
        (0_u32..3).prop_map(Step::RecordsEvery),
    ]
}

fn least<T: Ord>(known: Option<T>, new: T) -> Option<T> {
    Some(match known {
        Some(known) => known.min(new),
        None => new,
    })
}

fn fewer<T: Ord>(known: Option<BTreeSet<T>>) -> Option<BTreeSet<T>> {
    let mut set = known.unwrap_or_default();
    set.pop_first();
    Some(set)
}

fn narrowed(mut terms: GrantTerms, step: Step) -> GrantTerms {
    let (limits, duties) = (&mut terms.limits, &mut terms.duties);
    match step {
        Step::Until => terms.until = terms.until.min(Timestamp::UNIX_EPOCH),
        Step::Count(n) => limits.count = least(limits.count, n),
        Step::Rate(new) => {
            limits.rate = Some(limits.rate.map_or(new, |known| Rate {
                count: known.count.min(new.count),
                seconds: known.seconds.max(new.seconds),
            }));
        }
        Step::Period(n) => limits.period_days = least(limits.period_days, n),
        Step::Connectors => limits.connectors = fewer(limits.connectors.take()),
        Step::Users => limits.users = fewer(limits.users.take()),
        Step::Operations => limits.operations = fewer(limits.operations.take()),
        Step::VisibleRange(range) => {
            limits.visible_range.get_or_insert(range);
        }
        Step::UsableRange(range) => {
            limits.usable_range.get_or_insert(range);
        }
        Step::Notify => duties.notify = true,
        Step::Destroy(n) => duties.destroy_within_days = least(duties.destroy_within_days, n),
        Step::Records(n) => duties.records_years = duties.records_years.max(Some(n)),
        Step::RecordsEvery(n) => {
            duties.records_every_months = least(duties.records_every_months, n);
        }
        other => match &mut terms.scope {
            Scope::File => {}
            Scope::Table(table) => narrow_table(table, other),
            Scope::Interface(interface) => narrow_interface(interface, other),
        },
    }
    terms
}

fn narrow_table(table: &mut TableScope, step: Step) {
    match step {
        Step::RowLimit(n) => table.row_limit = least(table.row_limit, n),
        Step::DropColumn => {
            table.columns.pop_first();
        }
        Step::Mask(new) => {
            for mask in table.columns.values_mut() {
                *mask = Some(if mask.is_none() {
                    new.clone()
                } else {
                    Mask::Remove
                });
            }
        }
        Step::Condition(more) if more.names_only(&|column| table.shows(column)) => {
            table.condition = Condition::all(table.condition.take().into_iter().chain([more]));
        }
        Step::Increment(column) if table.shows(&column) => {
            table.increment.get_or_insert(column);
        }
        _ => {}
    }
}

fn narrow_interface(interface: &mut InterfaceScope, step: Step) {
    match step {
        Step::DropOperation => {
            interface.operations.pop_first();
        }
        Step::Fix(parameter) => {
            interface
                .fixed
                .entry(parameter)
                .or_insert_with(|| "x".to_owned());
        }
        Step::RemoveField(field) => {
            interface.removed.insert(field);
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn terms_narrow_themselves(a in terms()) {
        prop_assert!(narrows(&a, &a));
    }

    #[test]
    fn terms_that_narrow_each_other_are_equal(a in terms(), b in terms(), step in step()) {
        let near = narrowed(a.clone(), step);
        for (a, b) in [(&a, &b), (&a, &near)] {
            prop_assert_eq!(narrows(a, b) && narrows(b, a), a == b);
        }
    }

    #[test]
    fn narrowing_in_any_dimension_narrows(a in terms(), steps in prop::collection::vec(step(), 1..6)) {
        let mut chain = vec![a];
        for step in steps {
            let last = chain.last().unwrap().clone();
            chain.push(narrowed(last, step));
        }
        // Each is narrower than all before it, and one before it is narrower only if it is equal.
        for (place, narrow) in chain.iter().enumerate() {
            for wide in &chain[..place] {
                prop_assert!(narrows(narrow, wide), "{narrow:?} {wide:?}");
                prop_assert_eq!(narrows(wide, narrow), wide == narrow);
            }
        }
    }

    #[test]
    fn narrowing_is_transitive(a in terms(), b in terms(), c in terms()) {
        let scopes = [&a.scope, &b.scope, &c.scope];
        // Randomly drawn whole terms seldom compare; their dimensions, each combined with equal ones, do.
        let with = |scope: &Scope, limits: &Limits, duties: Duties| GrantTerms {
            scope: scope.clone(),
            limits: Box::new(limits.clone()),
            duties,
            until: a.until,
        };
        let by_scope = scopes.map(|scope| with(scope, &a.limits, a.duties));
        let by_limits = [&a.limits, &b.limits, &c.limits].map(|l| with(&Scope::File, l, a.duties));
        let by_duties = [a.duties, b.duties, c.duties].map(|d| with(&Scope::File, &a.limits, d));
        for [x, y, z] in [by_scope, by_limits, by_duties] {
            if narrows(&x, &y) && narrows(&y, &z) {
                prop_assert!(narrows(&x, &z), "{x:?} {y:?} {z:?}");
            }
        }
    }
}

fn table(columns: &[(&str, Option<Mask>)], condition: Option<Condition>) -> GrantTerms {
    let columns = columns
        .iter()
        .map(|(name, mask)| ((*name).to_owned(), mask.clone()));
    GrantTerms {
        scope: Scope::Table(Box::new(TableScope {
            schema: Digest([7; 32]),
            columns: columns.collect(),
            condition,
            row_limit: None,
            increment: None,
        })),
        ..GrantTerms::file(Timestamp::MAX)
    }
}

fn equals(column: &str, value: i64) -> Condition {
    Condition::Compare {
        column: column.to_owned(),
        comparison: Comparison::Equal,
        value: Literal::Integer(value),
    }
}

#[test]
fn a_wider_grant_is_told_from_a_narrower_one() {
    let whole = table(&[("id", None), ("name", None)], None);
    let part = table(&[("id", None)], Some(equals("id", 1)));
    assert!(narrows(&part, &whole) && !narrows(&whole, &part));
    let masked = table(&[("id", None), ("name", Some(Mask::Hash))], None);
    assert!(narrows(&masked, &whole) && !narrows(&whole, &masked));
    // A relation that the form does not show is not established, and neither is one across schemas or kinds.
    let either = Condition::any([equals("id", 1), equals("id", 2)]);
    assert!(!narrows(&part, &table(&[("id", None)], either)));
    let mut changed = part.clone();
    if let Scope::Table(table) = &mut changed.scope {
        table.schema = Digest([8; 32]);
    }
    assert!(!narrows(&changed, &whole));
    let file = GrantTerms::file(Timestamp::MAX);
    assert!(!narrows(&part, &file) && !narrows(&file, &whole));
}

#[test]
fn what_a_condition_or_increment_adds_names_columns_that_are_shown_already() {
    let columns = [("id", None), ("name", Some(Mask::Remove))];
    let wide = table(&columns, Some(equals("age", 1)));
    for (column, narrow) in [("id", true), ("name", false), ("age", false), ("x", false)] {
        let both = [equals("age", 1), equals(column, 2)];
        let more = table(&columns, Condition::all(both));
        assert_eq!(narrows(&more, &wide), narrow, "a condition on {column}");
        let mut newest = wide.clone();
        if let Scope::Table(table) = &mut newest.scope {
            table.increment = Some(column.to_owned());
        }
        assert_eq!(narrows(&newest, &wide), narrow, "an increment by {column}");
    }
}

#[test]
fn the_kinds_in_use_are_named() {
    let file = GrantTerms::file(Timestamp::MAX);
    assert_eq!(file.kinds(), [TermKind::File]);
    let all = GrantTerms {
        scope: table(&[], None).scope,
        limits: Box::new(Limits {
            count: Some(1),
            rate: Some(Rate {
                count: 1,
                seconds: 1,
            }),
            period_days: Some(1),
            connectors: Some(BTreeSet::new()),
            users: Some(BTreeSet::new()),
            operations: Some(BTreeSet::new()),
            visible_range: Some(String::new()),
            usable_range: Some(String::new()),
        }),
        duties: Duties {
            notify: true,
            destroy_within_days: Some(0),
            records_years: Some(3),
            records_every_months: Some(6),
        },
        ..file
    };
    let kinds = all.kinds();
    assert_eq!(kinds[0], TermKind::Table);
    assert_eq!(kinds.len(), 12);
    let labels: BTreeSet<_> = kinds
        .iter()
        .map(|kind| kind.label().code().to_owned())
        .collect();
    assert_eq!(labels.len(), kinds.len(), "{labels:?}");
}

//! The view under narrower terms can be computed from the view under wider ones: for any rows of a table, it
//! reveals nothing more.

use super::*;

/// A row: the values of the columns `a`, `b` and `c`; `None` is NULL.
type Row = [Option<i64>; 3];

const COLUMNS: [&str; 3] = ["a", "b", "c"];

fn value(row: Row, column: &str) -> Option<i64> {
    let place = COLUMNS.iter().position(|name| *name == column);
    place.and_then(|place| row[place])
}

/// Evaluates a condition on a row; `None` if it is unknown.
fn is_true(condition: &Condition, row: Row) -> Option<bool> {
    match condition {
        Condition::IsNull { column } => Some(value(row, column).is_none()),
        Condition::Compare {
            column,
            value: literal,
            ..
        } => value(row, column).map(|value| *literal == Literal::Integer(value)),
        Condition::All(parts) => {
            let truths: Vec<_> = parts.iter().map(|part| is_true(part, row)).collect();
            match truths.contains(&Some(false)) {
                true => Some(false),
                false => (!truths.contains(&None)).then_some(true),
            }
        }
        Condition::Any(parts) => {
            let truths: Vec<_> = parts.iter().map(|part| is_true(part, row)).collect();
            match truths.contains(&Some(true)) {
                true => Some(true),
                false => (!truths.contains(&None)).then_some(false),
            }
        }
        Condition::Not(inner) => is_true(inner, row).map(|truth| !truth),
        other => panic!("{other:?} is not drawn"),
    }
}

/// Applies a mask to a value of one digit; dates are cut to 4, 2 or 1.
fn masked(mask: &Mask, value: i64) -> Option<i64> {
    let multiple = match mask {
        Mask::Remove => return None,
        Mask::Hash => return Some(-value),
        Mask::Constant(literal) => return Some(i64::from(*literal == Literal::Integer(1))),
        Mask::KeepFirst(characters) | Mask::KeepLast(characters) => match characters {
            0 => return Some(0),
            _ => 1,
        },
        Mask::CutDate(DateUnit::Year) => 4,
        Mask::CutDate(DateUnit::Month) => 2,
        Mask::CutDate(DateUnit::Day) => 1,
        Mask::RoundDown(multiple) => i64::try_from(multiple.get()).unwrap(),
    };
    Some(value - value % multiple)
}

/// Returns the view of the rows: sorted, and, with an increment column, in consecutive groups of new rows.
fn shown(table: &TableScope, rows: &[Row]) -> Vec<Vec<Vec<Option<i64>>>> {
    let mut groups: BTreeMap<Option<i64>, Vec<Vec<Option<i64>>>> = BTreeMap::new();
    let readable = |row: &&Row| {
        let condition = table.condition.as_ref();
        condition.is_none_or(|condition| is_true(condition, **row) == Some(true))
    };
    for row in rows.iter().filter(readable) {
        let column = |(name, mask): (&String, &Option<Mask>)| {
            let value = value(*row, name)?;
            mask.as_ref()
                .map_or(Some(value), |mask| masked(mask, value))
        };
        let increment = table.increment.as_ref();
        let group = increment.and_then(|column| value(*row, column));
        let columns = table.columns.iter().map(column).collect();
        groups.entry(group).or_default().push(columns);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.iter_mut().for_each(|rows| rows.sort());
    groups
}

fn table_scope() -> impl Strategy<Value = TableScope> {
    let parts = (
        btree_map(name(), option::of(mask()), 0..4),
        option::of(condition()),
        option::of(name()),
    );
    parts.prop_map(|(columns, condition, increment)| TableScope {
        schema: Digest([7; 32]),
        columns,
        condition,
        row_limit: None,
        increment,
    })
}

/// Makes a scope with an additional condition and another increment than those that narrow, on any columns.
fn changed(wide: &TableScope, more: Option<Condition>, increment: Option<String>) -> TableScope {
    let condition = wide.condition.clone().into_iter().chain(more);
    TableScope {
        condition: Condition::all(condition),
        increment: wide.increment.clone().or(increment),
        ..wide.clone()
    }
}

fn row() -> impl Strategy<Value = Row> {
    let value = || option::weighted(0.8, 0_i64..4);
    (value(), value(), value()).prop_map(|(a, b, c)| [a, b, c])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn narrower_terms_reveal_nothing_more(
        wide in table_scope(),
        (more, increment) in (option::of(condition()), option::of(name())),
        steps in prop::collection::vec(step(), 0..3),
        rows in prop::collection::vec(row(), 1..4),
        other in row(),
    ) {
        let mut narrow = changed(&wide, more, increment);
        for step in steps {
            narrow_table(&mut narrow, step);
        }
        let of = |table: &TableScope| GrantTerms {
            scope: Scope::Table(Box::new(table.clone())),
            ..GrantTerms::file(Timestamp::MAX)
        };
        if narrows(&of(&narrow), &of(&wide)) {
            // Tables that differ in values of the first row, one column at a time.
            for place in 0..COLUMNS.len() {
                let mut others = rows.clone();
                others[0][place] = other[place];
                if shown(&wide, &rows) == shown(&wide, &others) {
                    prop_assert_eq!(shown(&narrow, &rows), shown(&narrow, &others));
                }
            }
        }
    }
}

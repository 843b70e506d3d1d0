//! Random scopes of the tables, and what is visible through them, found by a plain loop over the rows.

use std::num::NonZeroU64;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field};
use chengji_domain::request::terms::{Comparison, Condition, DateUnit, Literal, Mask, TableScope};
use chengji_domain::table::ColumnType;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::rows::{COLUMNS, Cell, Row, batch, field, table_schema};

const EPOCH: Date = date(1970, 1, 1);

/// A scope.
#[derive(Clone, Debug)]
pub(super) struct PlainScope {
    /// How each column is shown; `None` for hidden ones.
    columns: Vec<Option<Shown>>,
    rule: Option<Rule>,
    limit: Option<usize>,
}

/// How a column is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shown {
    Unaltered,
    Removed,
    FirstSign,
    /// As a multiple of two.
    Even,
    Month,
    /// `x` or 7.
    Constant,
}

/// The condition of rows.
#[derive(Clone, Debug)]
enum Rule {
    FloorsAtLeast(i64),
    /// In whole units.
    PriceBelow(i64),
    OwnerStarts(&'static str),
    IsNew,
    /// Before this day of January 1970.
    BuiltBefore(i8),
    NoValue(usize),
    Not(Box<Rule>),
    All(Vec<Rule>),
    Any(Vec<Rule>),
}

/// Scopes that show `id_no` and most other columns.
pub(super) fn scope() -> impl Strategy<Value = PlainScope> {
    let columns: Vec<_> = (1..COLUMNS.len())
        .map(|column| option::weighted(0.85, shown(COLUMNS[column].1)))
        .collect();
    let limit = option::weighted(0.3, 0..9_usize);
    let scopes = (columns, option::weighted(0.7, rule()), limit);
    scopes.prop_map(|(mut columns, rule, limit)| {
        columns.insert(0, Some(Shown::Unaltered));
        PlainScope {
            columns,
            rule,
            limit,
        }
    })
}

/// The scope that shows `id_no` of all rows.
pub(super) fn narrowest() -> PlainScope {
    let mut columns = vec![None; COLUMNS.len()];
    columns[0] = Some(Shown::Unaltered);
    PlainScope {
        columns,
        rule: None,
        limit: None,
    }
}

fn shown(column_type: ColumnType) -> impl Strategy<Value = Shown> {
    let masked = match column_type {
        ColumnType::Text => vec![Shown::Removed, Shown::FirstSign, Shown::Constant],
        ColumnType::Integer => vec![Shown::Removed, Shown::Even, Shown::Constant],
        ColumnType::Decimal => vec![Shown::Removed, Shown::Even],
        ColumnType::Date => vec![Shown::Removed, Shown::Month],
        _ => vec![Shown::Removed],
    };
    prop_oneof![2 => Just(Shown::Unaltered), 1 => select(masked)]
}

fn rule() -> impl Strategy<Value = Rule> {
    let simple = prop_oneof![
        (-3..4_i64).prop_map(Rule::FloorsAtLeast),
        (-3..4_i64).prop_map(Rule::PriceBelow),
        select(vec!["", "王", "it"]).prop_map(Rule::OwnerStarts),
        Just(Rule::IsNew),
        (1..29_i8).prop_map(Rule::BuiltBefore),
        (1..COLUMNS.len()).prop_map(Rule::NoValue),
    ];
    simple.prop_recursive(3, 8, 3, |inner| {
        let parts = vec(inner.clone(), 1..4);
        prop_oneof![
            parts.clone().prop_map(Rule::All),
            parts.prop_map(Rule::Any),
            inner.prop_map(|rule| Rule::Not(Box::new(rule))),
        ]
    })
}

impl PlainScope {
    /// The terms of a grant that say the same.
    pub(super) fn terms(&self) -> TableScope {
        let columns = COLUMNS.iter().zip(&self.columns);
        let columns = columns.filter_map(|((name, column_type), shown)| {
            let mask = shown.as_ref()?.mask(*column_type);
            Some(((*name).to_owned(), mask))
        });
        TableScope {
            schema: table_schema().fingerprint(),
            columns: columns.collect(),
            condition: self.rule.as_ref().map(Rule::condition),
            row_limit: self.limit.map(|limit| limit as u64),
            increment: None,
        }
    }

    /// The names of the hidden columns.
    pub(super) fn hidden(&self) -> Vec<&'static str> {
        let columns = COLUMNS.iter().zip(&self.columns);
        let columns = columns.filter(|(_, shown)| shown.is_none());
        columns.map(|((name, _), _)| *name).collect()
    }

    /// What is visible of a table.
    pub(super) fn visible(&self, table: &[Row]) -> RecordBatch {
        let rows = table.iter().filter_map(|row| self.shown(row));
        let rows: Vec<Row> = rows.take(self.limit.unwrap_or(usize::MAX)).collect();
        let shown = self.columns.iter().enumerate();
        let fields = shown.filter_map(|(at, shown)| Some(shown.as_ref()?.field(field(at))));
        batch(fields.collect(), &rows)
    }

    /// What is visible of a row, whatever the limit; `None` for a hidden one.
    fn shown(&self, row: &[Cell]) -> Option<Row> {
        match &self.rule {
            Some(rule) if rule.holds(row) != Some(true) => None,
            _ => {
                let cells = self.columns.iter().zip(row);
                let cells = cells.filter_map(|(shown, cell)| Some(shown.as_ref()?.of(cell)));
                Some(cells.collect())
            }
        }
    }

    /// A table of which the same is visible, while hidden rows and values are others, taken from at least one row.
    pub(super) fn twin(&self, table: &[Row], others: &[Row]) -> Vec<Row> {
        let hidden = others.iter().filter(|row| self.shown(row).is_none());
        let hidden: Vec<Row> = hidden.cloned().collect();
        let mut left = self.limit.unwrap_or(usize::MAX);
        let mut twin = Vec::new();
        for (number, row) in table.iter().enumerate() {
            let Some(shown) = self.shown(row).filter(|_| left > 0) else {
                continue;
            };
            twin.extend(hidden.iter().take(number % 3).cloned());
            twin.push(self.altered(row, &shown, &others[number % others.len()]));
            left -= 1;
        }
        // Beyond the limit all rows are hidden.
        twin.extend(if left > 0 { hidden } else { others.to_vec() });
        twin
    }

    /// The row with values of another one where that is not visible.
    fn altered(&self, row: &[Cell], shown: &[Cell], other: &[Cell]) -> Row {
        let mut altered = row.to_vec();
        for (at, cell) in other.iter().enumerate() {
            let mut further = altered.clone();
            further[at] = cell.clone();
            if self.shown(&further).as_deref() == Some(shown) {
                altered = further;
            }
        }
        altered
    }
}

impl Shown {
    fn mask(self, column_type: ColumnType) -> Option<Mask> {
        match self {
            Self::Unaltered => None,
            Self::Removed => Some(Mask::Remove),
            Self::FirstSign => Some(Mask::KeepFirst(1)),
            Self::Even => NonZeroU64::new(2).map(Mask::RoundDown),
            Self::Month => Some(Mask::CutDate(DateUnit::Month)),
            Self::Constant if column_type == ColumnType::Text => {
                Some(Mask::Constant(Literal::Text("x".to_owned())))
            }
            Self::Constant => Some(Mask::Constant(Literal::Integer(7))),
        }
    }

    fn field(self, field: Field) -> Field {
        if self == Self::Unaltered {
            return field;
        }
        let data_type = match (self, field.data_type()) {
            (Self::Even | Self::Constant, DataType::Int32) => DataType::Int64,
            (_, same) => same.clone(),
        };
        Field::new(field.name(), data_type, true)
    }

    fn of(self, cell: &Cell) -> Cell {
        match (self, cell) {
            (Self::Removed, _) | (_, Cell::Null) => Cell::Null,
            (Self::FirstSign, Cell::Text(text)) => Cell::Text(text.chars().take(1).collect()),
            (Self::Even, Cell::Integer(number)) => Cell::Integer(number.div_euclid(2) * 2),
            (Self::Even, Cell::Hundredths(number)) => {
                Cell::Hundredths(number.div_euclid(200) * 200)
            }
            (Self::Month, Cell::Day(day)) => {
                let first = (EPOCH + day.days()).first_of_month();
                Cell::Day(first.since(EPOCH).unwrap().get_days())
            }
            (Self::Constant, Cell::Text(_)) => Cell::Text("x".to_owned()),
            (Self::Constant, _) => Cell::Integer(7),
            (_, same) => same.clone(),
        }
    }
}

impl Rule {
    fn condition(&self) -> Condition {
        let compare = |column: &str, comparison, value| Condition::Compare {
            column: column.to_owned(),
            comparison,
            value,
        };
        match self {
            Self::FloorsAtLeast(least) => {
                let least = Literal::Integer(*least);
                compare("floors", Comparison::GreaterOrEqual, least)
            }
            Self::PriceBelow(price) => compare("price", Comparison::Less, Literal::Integer(*price)),
            Self::OwnerStarts(prefix) => Condition::StartsWith {
                column: "owner".to_owned(),
                prefix: (*prefix).to_owned(),
            },
            Self::IsNew => compare("is_new", Comparison::Equal, Literal::Boolean(true)),
            Self::BuiltBefore(day) => {
                let day = Literal::Date(date(1970, 1, *day));
                compare("built", Comparison::Less, day)
            }
            Self::NoValue(column) => Condition::IsNull {
                column: COLUMNS[*column].0.to_owned(),
            },
            Self::Not(rule) => rule.condition().negated(),
            Self::All(parts) => Condition::all(parts.iter().map(Self::condition)).unwrap(),
            Self::Any(parts) => Condition::any(parts.iter().map(Self::condition)).unwrap(),
        }
    }

    /// Whether it is true of a row; `None` if that is unknown.
    fn holds(&self, row: &[Cell]) -> Option<bool> {
        match (self, row) {
            (Self::FloorsAtLeast(least), [_, _, Cell::Integer(floors), ..]) => {
                Some(floors >= least)
            }
            (Self::PriceBelow(price), [_, _, _, Cell::Hundredths(hundredths), ..]) => {
                Some(*hundredths < i128::from(*price) * 100)
            }
            (Self::OwnerStarts(prefix), [_, Cell::Text(owner), ..]) => {
                Some(owner.starts_with(prefix))
            }
            (Self::IsNew, [_, _, _, _, _, Cell::Truth(truth), _]) => Some(*truth),
            (Self::BuiltBefore(before), [.., Cell::Day(day)]) => {
                Some(*day < i32::from(*before) - 1)
            }
            (Self::NoValue(column), _) => Some(row[*column] == Cell::Null),
            (Self::Not(rule), _) => rule.holds(row).map(|truth| !truth),
            (Self::All(parts), _) => joined(parts, row, false),
            (Self::Any(parts), _) => joined(parts, row, true),
            // There is no value to compare.
            _ => None,
        }
    }
}

/// Whether one of the parts is so, for OR, or none is false, for AND.
fn joined(parts: &[Rule], row: &[Cell], decides: bool) -> Option<bool> {
    let truths: Vec<Option<bool>> = parts.iter().map(|part| part.holds(row)).collect();
    if truths.contains(&Some(decides)) {
        return Some(decides);
    }
    match truths.contains(&None) {
        true => None,
        false => Some(!decides),
    }
}

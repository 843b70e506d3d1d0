//! The rows for which a condition is true. Values that cannot be compared are unknown, like NULL.

use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_buffer::i256;
use chengji_domain::Result;
use chengji_domain::quoted::Quoted;
use chengji_domain::request::terms::{Condition, Literal, Parts};
use chengji_domain::table::TableSchema;
use chengji_messages::msg;

use super::bound::Bound;
use super::calendar::days_of;
use super::cells::Cells;
use super::family::Family;
use super::truth::{Compared, Truth};
use super::{decimal, plain};
use crate::column::{exact_float, invalid, unknown};

/// A condition, for the columns of a table by their positions.
#[derive(Clone, Debug)]
pub(super) enum Rows {
    Column {
        at: usize,
        family: Family,
        test: Test,
    },
    All(Vec<Rows>),
    Any(Vec<Rows>),
    Not(Box<Rows>),
}

/// A test of the values of a column.
#[derive(Clone, Debug)]
pub(super) enum Test {
    IsNull,
    Boolean(Compared<bool>),
    Whole(Compared<Bound<i128>>),
    Wide(Compared<Bound<i256>>),
    Float(Compared<f64>),
    Decimal(Compared<String>),
    Text(Compared<String>),
    StartsWith(String),
}

impl Rows {
    /// Makes the test of a condition that was checked.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for a column whose values have an Arrow type that does not compare exactly.
    pub(super) fn of(
        condition: &Condition,
        schema: &TableSchema,
        families: &[Family],
    ) -> Result<Self> {
        let several = |parts: &Parts| {
            let parts = parts.iter().map(|part| Self::of(part, schema, families));
            parts.collect::<Result<Vec<_>>>()
        };
        let name = match condition {
            Condition::Compare { column, .. }
            | Condition::In { column, .. }
            | Condition::Between { column, .. }
            | Condition::StartsWith { column, .. }
            | Condition::IsNull { column } => column,
            Condition::All(parts) => return several(parts).map(Self::All),
            Condition::Any(parts) => return several(parts).map(Self::Any),
            Condition::Not(inner) => {
                let inner = Self::of(inner, schema, families)?;
                return Ok(Self::Not(Box::new(inner)));
            }
        };
        let columns = schema.columns.iter().zip(families).enumerate();
        let mut named = columns.filter(|(_, (column, _))| column.name == *name);
        let (at, (_, family)) = named.next().ok_or_else(|| invalid(unknown(name)))?;
        let test = Test::of(condition, *family).ok_or_else(|| {
            let column = Quoted(name);
            invalid(msg::ScopeColumnInexact { column })
        })?;
        let family = *family;
        Ok(Self::Column { at, family, test })
    }

    /// Returns the rows of a batch that the condition permits.
    pub(super) fn permitted(&self, batch: &RecordBatch) -> Result<BooleanArray> {
        let truths = self.truths(batch)?.into_iter();
        let permitted: Vec<bool> = truths.map(|truth| truth == Truth::True).collect();
        Ok(permitted.into())
    }

    fn truths(&self, batch: &RecordBatch) -> Result<Vec<Truth>> {
        match self {
            Self::Column { at, family, test } => {
                let values = plain(batch.column(*at))?;
                Ok(test.truths(values.as_ref(), *family))
            }
            Self::All(parts) => folded(parts, batch, Truth::True, Ord::min),
            Self::Any(parts) => folded(parts, batch, Truth::False, Ord::max),
            Self::Not(inner) => {
                let truths = inner.truths(batch)?.into_iter();
                Ok(truths.map(Truth::negated).collect())
            }
        }
    }
}

fn folded(
    parts: &[Rows],
    batch: &RecordBatch,
    start: Truth,
    fold: fn(Truth, Truth) -> Truth,
) -> Result<Vec<Truth>> {
    let mut truths = vec![start; batch.num_rows()];
    for part in parts {
        let of_part = part.truths(batch)?;
        for (truth, other) in truths.iter_mut().zip(of_part) {
            *truth = fold(*truth, other);
        }
    }
    Ok(truths)
}

impl Test {
    /// Makes the test of a comparison; `None` if values of the family do not compare so.
    fn of(comparison: &Condition, family: Family) -> Option<Self> {
        Some(match (comparison, family) {
            (Condition::IsNull { .. }, _) => Self::IsNull,
            (Condition::StartsWith { prefix, .. }, Family::Text) => {
                Self::StartsWith(prefix.clone())
            }
            (_, Family::Boolean) => Self::Boolean(compared(comparison, truth)?),
            (_, Family::Whole { scale }) => Self::Whole(compared(comparison, |value| {
                Bound::of(&number(value)?, scale).map(Bound::narrowed)
            })?),
            (_, Family::Wide { scale }) => Self::Wide(compared(comparison, |value| {
                Bound::of(&number(value)?, scale)
            })?),
            (_, Family::DecimalText) => Self::Decimal(compared(comparison, number)?),
            (_, Family::Float) => Self::Float(compared(comparison, exact_float)?),
            (_, Family::Text) => Self::Text(compared(comparison, text)?),
            (_, Family::Date) => Self::Whole(compared(comparison, day)?),
            (_, Family::Timestamp(_)) => Self::Whole(compared(comparison, instant)?),
            (_, Family::Opaque) => return None,
        })
    }

    /// Returns the truth of the test for each value of a column without a dictionary.
    fn truths(&self, column: &dyn Array, family: Family) -> Vec<Truth> {
        let nulls = column.logical_nulls();
        let is_null = |row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        let rows = 0..column.len();
        if let Self::IsNull = self {
            return rows.map(|row| is_null(row).into()).collect();
        }
        let cells = Cells::of(column, family);
        let truths = rows.map(|row| match is_null(row) {
            true => Truth::Unknown,
            false => self.truth(&cells, row),
        });
        truths.collect()
    }

    fn truth(&self, cells: &Cells<'_>, row: usize) -> Truth {
        match (self, cells) {
            (Self::Boolean(compared), Cells::Booleans(truths)) => {
                let value = truths.value(row);
                compared.truth(|other| Some(value.cmp(other)))
            }
            (Self::Whole(compared), Cells::Wholes(numbers)) => {
                let value = &numbers[row];
                compared.truth(|other| Some(other.order(value)))
            }
            (Self::Wide(compared), Cells::Wides(numbers)) => {
                let value = numbers.value(row);
                compared.truth(|other| Some(other.order(&value)))
            }
            (Self::Float(compared), Cells::Floats(numbers)) => {
                let value = numbers[row];
                compared.truth(|other| value.partial_cmp(other))
            }
            (Self::Decimal(compared), Cells::Texts(numbers)) => {
                let value = numbers.value(row);
                compared.truth(|other| decimal::order(value, other))
            }
            (Self::Text(compared), Cells::Texts(texts)) => {
                let value = texts.value(row);
                compared.truth(|other| Some(value.cmp(other)))
            }
            (Self::StartsWith(prefix), Cells::Texts(texts)) => {
                texts.value(row).starts_with(prefix.as_str()).into()
            }
            _ => Truth::Unknown,
        }
    }
}

fn compared<P>(
    comparison: &Condition,
    value: impl Fn(&Literal) -> Option<P>,
) -> Option<Compared<P>> {
    match comparison {
        Condition::Compare {
            comparison,
            value: other,
            ..
        } => Some(Compared::With(*comparison, value(other)?)),
        Condition::In { values, .. } => {
            let values = values.iter().map(value);
            values.collect::<Option<Vec<_>>>().map(Compared::In)
        }
        Condition::Between { low, high, .. } => Some(Compared::Between(value(low)?, value(high)?)),
        Condition::StartsWith { .. }
        | Condition::IsNull { .. }
        | Condition::All(_)
        | Condition::Any(_)
        | Condition::Not(_) => None,
    }
}

fn truth(value: &Literal) -> Option<bool> {
    match value {
        Literal::Boolean(truth) => Some(*truth),
        _ => None,
    }
}

fn number(value: &Literal) -> Option<String> {
    match value {
        Literal::Integer(number) => Some(number.to_string()),
        Literal::Decimal(number) => Some(number.to_string()),
        _ => None,
    }
}

fn text(value: &Literal) -> Option<String> {
    match value {
        Literal::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn day(value: &Literal) -> Option<Bound<i128>> {
    let Literal::Date(date) = value else {
        return None;
    };
    let days = days_of(date.year().into(), date.month().into(), date.day().into());
    Some(Bound::At(days.into()))
}

fn instant(value: &Literal) -> Option<Bound<i128>> {
    match value {
        Literal::Time(time) => Some(Bound::At(time.as_nanosecond())),
        _ => None,
    }
}

//! The values of a column, in a form in which each of them compares.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, BooleanArray, Decimal256Array};
use arrow_schema::{DataType, TimeUnit};

use super::calendar::day_text;
use super::decimal;
use super::family::{Family, nanoseconds};
use super::texts::Texts;

/// Milliseconds of a day.
pub(super) const DAY_MILLISECONDS: i64 = 86_400_000;
const DAY_SECONDS: i128 = 86_400;
const SECOND: i128 = 1_000_000_000;

/// The values of a column. Those of NULLs are arbitrary.
#[derive(Clone, Debug)]
pub(super) enum Cells<'a> {
    Booleans(&'a BooleanArray),
    /// Numbers in units of their scale, dates in days, timestamps in nanoseconds.
    Wholes(Vec<i128>),
    Wides(&'a Decimal256Array),
    Floats(Vec<f64>),
    Texts(Texts<'a>),
    /// Values that do not compare.
    Opaque,
}

impl<'a> Cells<'a> {
    /// Returns the values of a column without a dictionary.
    pub(super) fn of(column: &'a dyn Array, family: Family) -> Self {
        let cells = match family {
            Family::Boolean => column.as_boolean_opt().map(Self::Booleans),
            Family::Whole { .. } => wholes(column).map(Self::Wholes),
            Family::Wide { .. } => column.as_primitive_opt::<Decimal256Type>().map(Self::Wides),
            Family::Float => floats(column).map(Self::Floats),
            Family::DecimalText | Family::Text => Texts::of(column).map(Self::Texts),
            Family::Date => days(column).map(Self::Wholes),
            Family::Timestamp(unit) => instants(column, unit).map(Self::Wholes),
            Family::Opaque => None,
        };
        cells.unwrap_or(Self::Opaque)
    }

    /// Returns the text of a value, as the contract says at `HashMask`; empty for values without one.
    pub(super) fn text(&self, row: usize, family: Family) -> String {
        match (self, family) {
            (Self::Booleans(truths), _) => truths.value(row).to_string(),
            (Self::Wholes(days), Family::Date) => {
                i64::try_from(days[row]).map(day_text).unwrap_or_default()
            }
            (Self::Wholes(times), Family::Timestamp(_)) => instant_text(times[row]),
            (Self::Wholes(units), Family::Whole { scale }) => {
                decimal::scaled(&units[row].to_string(), scale)
            }
            (Self::Wides(units), Family::Wide { scale }) => {
                decimal::scaled(&units.value(row).to_string(), scale)
            }
            (Self::Texts(texts), Family::DecimalText) => decimal::canonical(texts.value(row)),
            (Self::Texts(texts), _) => texts.value(row).to_owned(),
            (Self::Wholes(_) | Self::Wides(_) | Self::Floats(_) | Self::Opaque, _) => String::new(),
        }
    }
}

/// Returns an instant as RFC 3339 has it, in UTC, with the shortest fraction of 0, 3, 6 or 9 digits.
fn instant_text(nanoseconds: i128) -> String {
    let (seconds, fraction) = (
        nanoseconds.div_euclid(SECOND),
        nanoseconds.rem_euclid(SECOND),
    );
    let (days, of_day) = (
        seconds.div_euclid(DAY_SECONDS),
        seconds.rem_euclid(DAY_SECONDS),
    );
    let day = i64::try_from(days).map(day_text).unwrap_or_default();
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    let fraction = match fraction {
        0 => String::new(),
        whole if whole % 1_000_000 == 0 => format!(".{:03}", whole / 1_000_000),
        whole if whole % 1_000 == 0 => format!(".{:06}", whole / 1_000),
        whole => format!(".{whole:09}"),
    };
    format!("{day}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

fn wholes(column: &dyn Array) -> Option<Vec<i128>> {
    match column.data_type() {
        DataType::Int8 => widened::<Int8Type>(column),
        DataType::Int16 => widened::<Int16Type>(column),
        DataType::Int32 => widened::<Int32Type>(column),
        DataType::Int64 => widened::<Int64Type>(column),
        DataType::UInt8 => widened::<UInt8Type>(column),
        DataType::UInt16 => widened::<UInt16Type>(column),
        DataType::UInt32 => widened::<UInt32Type>(column),
        DataType::UInt64 => widened::<UInt64Type>(column),
        DataType::Decimal32(..) => widened::<Decimal32Type>(column),
        DataType::Decimal64(..) => widened::<Decimal64Type>(column),
        DataType::Decimal128(..) => widened::<Decimal128Type>(column),
        _ => None,
    }
}

fn widened<T: ArrowPrimitiveType>(column: &dyn Array) -> Option<Vec<i128>>
where
    i128: From<T::Native>,
{
    let values = column.as_primitive_opt::<T>()?.values().iter();
    Some(values.map(|value| i128::from(*value)).collect())
}

fn floats(column: &dyn Array) -> Option<Vec<f64>> {
    Some(match column.data_type() {
        DataType::Float16 => {
            let values = column.as_primitive_opt::<Float16Type>()?.values().iter();
            values.map(|value| value.to_f64()).collect()
        }
        DataType::Float32 => {
            let values = column.as_primitive_opt::<Float32Type>()?.values().iter();
            values.map(|value| f64::from(*value)).collect()
        }
        _ => column.as_primitive_opt::<Float64Type>()?.values().to_vec(),
    })
}

fn days(column: &dyn Array) -> Option<Vec<i128>> {
    if let Some(days) = column.as_primitive_opt::<Date32Type>() {
        return Some(days.values().iter().map(|day| i128::from(*day)).collect());
    }
    let times = column.as_primitive_opt::<Date64Type>()?.values().iter();
    Some(
        times
            .map(|time| i128::from(time.div_euclid(DAY_MILLISECONDS)))
            .collect(),
    )
}

fn instants(column: &dyn Array, unit: TimeUnit) -> Option<Vec<i128>> {
    let times = match unit {
        TimeUnit::Second => widened::<TimestampSecondType>(column),
        TimeUnit::Millisecond => widened::<TimestampMillisecondType>(column),
        TimeUnit::Microsecond => widened::<TimestampMicrosecondType>(column),
        TimeUnit::Nanosecond => widened::<TimestampNanosecondType>(column),
    };
    let factor = i128::from(nanoseconds(unit));
    Some(times?.into_iter().map(|time| time * factor).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_the_shortest_exact_fraction() {
        for (nanoseconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_500_000_000, "1970-01-01T00:00:01.500Z"),
            (-1_000, "1969-12-31T23:59:59.999999Z"),
            (1, "1970-01-01T00:00:00.000000001Z"),
            (1_795_834_185 * SECOND, "2026-11-28T02:49:45Z"),
        ] {
            assert_eq!(instant_text(nanoseconds), expected);
        }
    }
}

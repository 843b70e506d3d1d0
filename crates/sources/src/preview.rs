//! The first rows of a table as texts, for people who look at it. Values are shown, not exchanged: long ones are cut, and
//! bytes are hexadecimal.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, ArrowTemporalType, Date32Type, Date64Type, Decimal128Type, Decimal256Type,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use chengji_domain::Result;
use chengji_domain::cut_text::CutText;

use crate::{GoOn, Source};

/// Maximum number of characters of a value.
const MAX_CHARACTERS: usize = 200;

/// The values of a row, in the order of the columns; `None` for NULL.
pub type PreviewRow = Vec<Option<CutText>>;

/// Maximum number of rows of the table that are read to find those that pass.
const MAX_READ: u64 = 100_000;

/// Returns what is shown of a batch; `None` for nothing.
pub type Passed<'a> = &'a mut dyn FnMut(RecordBatch) -> Result<Option<RecordBatch>>;

/// Reads the first rows of a table of those that pass, at most `rows`. Without `passed` all do; with it, the first
/// 100,000 rows of the table are looked at.
///
/// # Errors
///
/// As of [`Source::read`]; those of `passed`.
pub fn preview(
    source: &dyn Source,
    table: &str,
    rows: usize,
    mut passed: Option<Passed<'_>>,
    go_on: GoOn<'_>,
) -> Result<Vec<PreviewRow>> {
    let mut found = Vec::new();
    if rows == 0 {
        return Ok(found);
    }
    let most = match passed {
        None => rows as u64,
        Some(_) => MAX_READ,
    };
    let mut each = |batch: RecordBatch| -> Result<ControlFlow<()>> {
        let batch = match &mut passed {
            None => Some(batch),
            Some(passed) => passed(batch)?,
        };
        let Some(batch) = batch else {
            return Ok(ControlFlow::Continue(()));
        };
        let wanted = batch.num_rows().min(rows.saturating_sub(found.len()));
        found.extend((0..wanted).map(|row| shown(&batch, row)));
        Ok(match found.len() < rows {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        })
    };
    source.read(table, Some(most), go_on, &mut each)?;
    Ok(found)
}

fn shown(batch: &RecordBatch, row: usize) -> PreviewRow {
    let values = batch.columns().iter();
    values.map(|column| value(column.as_ref(), row)).collect()
}

fn value(column: &dyn Array, row: usize) -> Option<CutText> {
    if column.is_null(row) || *column.data_type() == DataType::Null {
        return None;
    }
    let text = text(column, row);
    let long = text.or_else(|| bytes(column, row).map(hexadecimal));
    let other = || format!("({})", column.data_type());
    Some(CutText::of(
        &long.or_else(|| scalar(column, row)).unwrap_or_else(other),
        MAX_CHARACTERS,
    ))
}

/// The beginning of a text, one character more than is shown; `None` if the column has no texts.
fn text(column: &dyn Array, row: usize) -> Option<String> {
    let text = match column.data_type() {
        DataType::Utf8 => column.as_string_opt::<i32>()?.value(row),
        DataType::LargeUtf8 => column.as_string_opt::<i64>()?.value(row),
        DataType::Utf8View => column.as_string_view_opt()?.value(row),
        _ => return None,
    };
    Some(text.chars().take(MAX_CHARACTERS + 1).collect())
}

fn bytes(column: &dyn Array, row: usize) -> Option<&[u8]> {
    Some(match column.data_type() {
        DataType::Binary => column.as_binary_opt::<i32>()?.value(row),
        DataType::LargeBinary => column.as_binary_opt::<i64>()?.value(row),
        DataType::BinaryView => column.as_binary_view_opt()?.value(row),
        DataType::FixedSizeBinary(_) => column.as_fixed_size_binary_opt()?.value(row),
        _ => return None,
    })
}

/// The beginning of the bytes, one byte more than is shown.
fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes.iter().take(MAX_CHARACTERS / 2 + 1) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A truth value, a number, or a time; `None` for what has parts.
fn scalar(column: &dyn Array, row: usize) -> Option<String> {
    Some(match column.data_type() {
        DataType::Boolean => column.as_boolean_opt()?.value(row).to_string(),
        DataType::Int8 => number::<Int8Type>(column, row)?,
        DataType::Int16 => number::<Int16Type>(column, row)?,
        DataType::Int32 => number::<Int32Type>(column, row)?,
        DataType::Int64 => number::<Int64Type>(column, row)?,
        DataType::UInt8 => number::<UInt8Type>(column, row)?,
        DataType::UInt16 => number::<UInt16Type>(column, row)?,
        DataType::UInt32 => number::<UInt32Type>(column, row)?,
        DataType::UInt64 => number::<UInt64Type>(column, row)?,
        DataType::Float16 => number::<Float16Type>(column, row)?,
        DataType::Float32 => number::<Float32Type>(column, row)?,
        DataType::Float64 => number::<Float64Type>(column, row)?,
        DataType::Decimal128(..) => {
            let decimals = column.as_primitive_opt::<Decimal128Type>()?;
            decimals.value_as_string(row)
        }
        DataType::Decimal256(..) => {
            let decimals = column.as_primitive_opt::<Decimal256Type>()?;
            decimals.value_as_string(row)
        }
        _ => return time(column, row),
    })
}

fn number<T: ArrowPrimitiveType>(column: &dyn Array, row: usize) -> Option<String>
where
    T::Native: ToString,
{
    Some(column.as_primitive_opt::<T>()?.value(row).to_string())
}

/// A date, a time of day or a timestamp; one with a zone in UTC, with a `Z`.
fn time(column: &dyn Array, row: usize) -> Option<String> {
    match column.data_type() {
        DataType::Date32 => date::<Date32Type>(column, row),
        DataType::Date64 => date::<Date64Type>(column, row),
        DataType::Time32(TimeUnit::Second) => of_day::<Time32SecondType>(column, row),
        DataType::Time32(_) => of_day::<Time32MillisecondType>(column, row),
        DataType::Time64(TimeUnit::Microsecond) => of_day::<Time64MicrosecondType>(column, row),
        DataType::Time64(_) => of_day::<Time64NanosecondType>(column, row),
        DataType::Timestamp(unit, zone) => {
            let text = match unit {
                TimeUnit::Second => timestamp::<TimestampSecondType>(column, row),
                TimeUnit::Millisecond => timestamp::<TimestampMillisecondType>(column, row),
                TimeUnit::Microsecond => timestamp::<TimestampMicrosecondType>(column, row),
                TimeUnit::Nanosecond => timestamp::<TimestampNanosecondType>(column, row),
            };
            let sign = zone.as_ref().map_or("", |_| "Z");
            text.map(|text| format!("{text}{sign}"))
        }
        _ => None,
    }
}

fn date<T: ArrowTemporalType>(column: &dyn Array, row: usize) -> Option<String>
where
    i64: From<T::Native>,
{
    let dates = column.as_primitive_opt::<T>()?;
    Some(dates.value_as_date(row)?.to_string())
}

fn of_day<T: ArrowTemporalType>(column: &dyn Array, row: usize) -> Option<String>
where
    i64: From<T::Native>,
{
    let times = column.as_primitive_opt::<T>()?;
    Some(times.value_as_time(row)?.to_string())
}

fn timestamp<T: ArrowTemporalType>(column: &dyn Array, row: usize) -> Option<String>
where
    i64: From<T::Native>,
{
    let times = column.as_primitive_opt::<T>()?;
    Some(times.value_as_datetime(row)?.to_string())
}

#[cfg(test)]
#[path = "preview_tests.rs"]
mod tests;

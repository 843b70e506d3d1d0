//! A value of a table as the cell of a sheet.

use std::fmt::Write as _;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, ArrowTemporalType, Date32Type, Date64Type, Decimal32Type, Decimal64Type,
    Decimal128Type, Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_schema::{DataType, TimeUnit};

/// A value in the form in which sheets hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// No value.
    Null,
    /// A truth value.
    Boolean(bool),
    /// An integer or a decimal number, with all its digits.
    Number(String),
    /// A floating-point number, in the shortest form that reads back equal.
    Float(String),
    /// A text.
    Text(&'a str),
    /// Bytes, in hexadecimal digits.
    Bytes(String),
    /// A date, as of ISO 8601.
    Date(String),
    /// A time of day, as of ISO 8601.
    Time(String),
    /// A timestamp, as of ISO 8601; one of a column with a time zone is in UTC and ends with `Z`.
    Timestamp(String),
}

/// Returns true if the values of this type are cells: those of parts, such as lists, are not.
pub(super) fn is_simple(data_type: &DataType) -> bool {
    use DataType as T;
    matches!(
        data_type,
        T::Null
            | T::Boolean
            | T::Int8
            | T::Int16
            | T::Int32
            | T::Int64
            | T::UInt8
            | T::UInt16
            | T::UInt32
            | T::UInt64
            | T::Float16
            | T::Float32
            | T::Float64
            | T::Decimal32(..)
            | T::Decimal64(..)
            | T::Decimal128(..)
            | T::Decimal256(..)
            | T::Utf8
            | T::LargeUtf8
            | T::Utf8View
            | T::Binary
            | T::LargeBinary
            | T::BinaryView
            | T::FixedSizeBinary(_)
            | T::Date32
            | T::Date64
            | T::Time32(_)
            | T::Time64(_)
            | T::Timestamp(..)
    )
}

/// Returns the value of a row; `None` for one outside of the range of its type, and for types that are not simple.
pub(super) fn cell(column: &dyn Array, row: usize) -> Option<Cell<'_>> {
    if column.is_null(row) || *column.data_type() == DataType::Null {
        return Some(Cell::Null);
    }
    if let Some(text) = text(column, row) {
        return Some(Cell::Text(text));
    }
    if let Some(bytes) = bytes(column, row) {
        return Some(Cell::Bytes(hexadecimal(bytes)));
    }
    if *column.data_type() == DataType::Boolean {
        return Some(Cell::Boolean(column.as_boolean_opt()?.value(row)));
    }
    float(column, row)
        .map(Cell::Float)
        .or_else(|| number(column, row).map(Cell::Number))
        .or_else(|| moment(column, row))
}

fn text(column: &dyn Array, row: usize) -> Option<&str> {
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string_opt::<i32>()?.value(row),
        DataType::LargeUtf8 => column.as_string_opt::<i64>()?.value(row),
        DataType::Utf8View => column.as_string_view_opt()?.value(row),
        _ => return None,
    })
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

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn float(column: &dyn Array, row: usize) -> Option<String> {
    Some(match column.data_type() {
        DataType::Float16 => {
            let value = column.as_primitive_opt::<Float16Type>()?.value(row);
            format!("{:?}", value.to_f32())
        }
        DataType::Float32 => format!("{:?}", column.as_primitive_opt::<Float32Type>()?.value(row)),
        DataType::Float64 => format!("{:?}", column.as_primitive_opt::<Float64Type>()?.value(row)),
        _ => return None,
    })
}

fn number(column: &dyn Array, row: usize) -> Option<String> {
    match column.data_type() {
        DataType::Int8 => integer::<Int8Type>(column, row),
        DataType::Int16 => integer::<Int16Type>(column, row),
        DataType::Int32 => integer::<Int32Type>(column, row),
        DataType::Int64 => integer::<Int64Type>(column, row),
        DataType::UInt8 => integer::<UInt8Type>(column, row),
        DataType::UInt16 => integer::<UInt16Type>(column, row),
        DataType::UInt32 => integer::<UInt32Type>(column, row),
        DataType::UInt64 => integer::<UInt64Type>(column, row),
        DataType::Decimal32(..) => decimal::<Decimal32Type>(column, row),
        DataType::Decimal64(..) => decimal::<Decimal64Type>(column, row),
        DataType::Decimal128(..) => decimal::<Decimal128Type>(column, row),
        DataType::Decimal256(..) => decimal::<Decimal256Type>(column, row),
        _ => None,
    }
}

fn integer<T: ArrowPrimitiveType>(column: &dyn Array, row: usize) -> Option<String>
where
    T::Native: ToString,
{
    Some(column.as_primitive_opt::<T>()?.value(row).to_string())
}

fn decimal<T: DecimalType>(column: &dyn Array, row: usize) -> Option<String> {
    Some(column.as_primitive_opt::<T>()?.value_as_string(row))
}

fn moment(column: &dyn Array, row: usize) -> Option<Cell<'static>> {
    match column.data_type() {
        DataType::Date32 => date::<Date32Type>(column, row),
        DataType::Date64 => date::<Date64Type>(column, row),
        DataType::Time32(TimeUnit::Second) => time::<Time32SecondType>(column, row),
        DataType::Time32(_) => time::<Time32MillisecondType>(column, row),
        DataType::Time64(TimeUnit::Microsecond) => time::<Time64MicrosecondType>(column, row),
        DataType::Time64(_) => time::<Time64NanosecondType>(column, row),
        DataType::Timestamp(unit, zone) => {
            let text = match unit {
                TimeUnit::Second => timestamp::<TimestampSecondType>(column, row),
                TimeUnit::Millisecond => timestamp::<TimestampMillisecondType>(column, row),
                TimeUnit::Microsecond => timestamp::<TimestampMicrosecondType>(column, row),
                TimeUnit::Nanosecond => timestamp::<TimestampNanosecondType>(column, row),
            };
            let sign = zone.as_ref().map_or("", |_| "Z");
            Some(Cell::Timestamp(format!("{}{sign}", text?)))
        }
        _ => None,
    }
}

fn date<T: ArrowTemporalType>(column: &dyn Array, row: usize) -> Option<Cell<'static>>
where
    i64: From<T::Native>,
{
    let dates = column.as_primitive_opt::<T>()?;
    Some(Cell::Date(dates.value_as_date(row)?.to_string()))
}

fn time<T: ArrowTemporalType>(column: &dyn Array, row: usize) -> Option<Cell<'static>>
where
    i64: From<T::Native>,
{
    let times = column.as_primitive_opt::<T>()?;
    Some(Cell::Time(times.value_as_time(row)?.to_string()))
}

fn timestamp<T: ArrowTemporalType>(column: &dyn Array, row: usize) -> Option<String>
where
    i64: From<T::Native>,
{
    let times = column.as_primitive_opt::<T>()?;
    let text = times.value_as_datetime(row)?.to_string();
    Some(text.replacen(' ', "T", 1))
}

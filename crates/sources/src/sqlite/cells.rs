//! The values of a column as an Arrow array.
//!
//! A value fits its column if it is stored as one of its type, or by an exact conversion: 0 and 1 are Booleans; integers
//! are decimal and floating-point numbers; a decimal number may be stored as a float or a text; dates and times are ISO
//! 8601 texts, with an offset where the type has a zone and without one where it has none. In a column without a known
//! type, numbers are read as texts.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    StringBuilder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use arrow_schema::DataType;
use chengji_domain::table::{ColumnType, TableColumn};
use chengji_messages::{Message, msg};
use rusqlite::types::ValueRef;

use crate::arrow_types::arrow_type;
use crate::decimal::Decimal;
use crate::moments;

/// Integers up to this magnitude are exact as floats.
const EXACT_FLOATS: u64 = 1 << f64::MANTISSA_DIGITS;

/// A value that does not fit its column, by its class of storage. The value itself is not named: who reads of the error
/// may not see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Null,
    Integer,
    Real,
    Text,
    /// A text that is not of the encoding.
    NoText,
    Blob,
}

impl Found {
    /// Returns its name for people.
    pub(super) fn label(self) -> Message {
        match self {
            Self::Null => msg::SourceFoundNull.into(),
            Self::Integer => msg::SourceFoundInteger.into(),
            Self::Real => msg::SourceFoundReal.into(),
            Self::Text => msg::SourceFoundText.into(),
            Self::NoText => msg::SourceFoundNoText.into(),
            Self::Blob => msg::SourceFoundBlob.into(),
        }
    }

    fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(_) => Self::Integer,
            ValueRef::Real(_) => Self::Real,
            ValueRef::Text(bytes) if std::str::from_utf8(bytes).is_err() => Self::NoText,
            ValueRef::Text(_) => Self::Text,
            ValueRef::Blob(_) => Self::Blob,
        }
    }
}

/// The values of a column so far.
pub(super) enum Cells {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    /// With the number of digits after the point.
    Decimal(Decimal128Builder, usize),
    DecimalText(StringBuilder),
    Float(Float64Builder),
    Text(StringBuilder),
    Bytes(BinaryBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    LocalTime(TimestampMicrosecondBuilder),
    Moment(TimestampMicrosecondBuilder),
    Other(StringBuilder),
}

impl Cells {
    pub(super) fn new(column: &TableColumn) -> Self {
        let arrow_type = arrow_type(column);
        match (column.column_type, &arrow_type) {
            (ColumnType::Boolean, _) => Self::Boolean(BooleanBuilder::new()),
            (ColumnType::Integer, _) => Self::Integer(Int64Builder::new()),
            (ColumnType::Decimal, DataType::Decimal128(_, scale)) => {
                let scale = usize::try_from(*scale).unwrap_or_default();
                Self::Decimal(
                    Decimal128Builder::new().with_data_type(arrow_type.clone()),
                    scale,
                )
            }
            (ColumnType::Decimal, _) => Self::DecimalText(StringBuilder::new()),
            (ColumnType::Float, _) => Self::Float(Float64Builder::new()),
            (ColumnType::Text, _) => Self::Text(StringBuilder::new()),
            (ColumnType::Bytes, _) => Self::Bytes(BinaryBuilder::new()),
            (ColumnType::Date, _) => Self::Date(Date32Builder::new()),
            (ColumnType::Time, _) => Self::Time(Time64MicrosecondBuilder::new()),
            (ColumnType::Timestamp, DataType::Timestamp(_, Some(_))) => {
                let cells = TimestampMicrosecondBuilder::new();
                Self::Moment(cells.with_data_type(arrow_type.clone()))
            }
            (ColumnType::Timestamp, _) => Self::LocalTime(TimestampMicrosecondBuilder::new()),
            (ColumnType::Other, _) => Self::Other(StringBuilder::new()),
        }
    }

    /// Adds a value.
    pub(super) fn push(&mut self, value: ValueRef<'_>) -> Result<(), Found> {
        let is_pushed = match value {
            ValueRef::Null => {
                self.push_null();
                Some(())
            }
            ValueRef::Integer(number) => self.push_integer(number),
            ValueRef::Real(number) => self.push_real(number),
            ValueRef::Text(bytes) => {
                let text = std::str::from_utf8(bytes).ok();
                text.and_then(|text| self.push_text(text))
            }
            ValueRef::Blob(bytes) => self.push_blob(bytes),
        };
        is_pushed.ok_or_else(|| Found::of(value))
    }

    fn push_null(&mut self) {
        match self {
            Self::Boolean(cells) => cells.append_null(),
            Self::Integer(cells) => cells.append_null(),
            Self::Decimal(cells, _) => cells.append_null(),
            Self::Float(cells) => cells.append_null(),
            Self::DecimalText(cells) | Self::Text(cells) | Self::Other(cells) => {
                cells.append_null();
            }
            Self::Bytes(cells) => cells.append_null(),
            Self::Date(cells) => cells.append_null(),
            Self::Time(cells) => cells.append_null(),
            Self::LocalTime(cells) | Self::Moment(cells) => cells.append_null(),
        }
    }

    fn push_integer(&mut self, number: i64) -> Option<()> {
        match self {
            Self::Boolean(cells) if matches!(number, 0 | 1) => cells.append_value(number == 1),
            Self::Integer(cells) => cells.append_value(number),
            Self::Decimal(cells, scale) => {
                let number = Decimal::parse(&number.to_string())?;
                cells.append_value(number.unscaled(*scale)?);
            }
            Self::Float(cells) if number.unsigned_abs() <= EXACT_FLOATS => {
                cells.append_value(number as f64);
            }
            Self::DecimalText(cells) | Self::Other(cells) => {
                cells.append_value(number.to_string());
            }
            _ => return None,
        }
        Some(())
    }

    fn push_real(&mut self, number: f64) -> Option<()> {
        match self {
            Self::Float(cells) => cells.append_value(number),
            Self::Decimal(cells, scale) => {
                cells.append_value(Decimal::of_float(number)?.unscaled(*scale)?);
            }
            Self::DecimalText(cells) => {
                cells.append_value(Decimal::of_float(number)?.to_string());
            }
            Self::Other(cells) => cells.append_value(number.to_string()),
            _ => return None,
        }
        Some(())
    }

    fn push_text(&mut self, text: &str) -> Option<()> {
        match self {
            Self::Text(cells) | Self::Other(cells) => cells.append_value(text),
            Self::Decimal(cells, scale) => {
                cells.append_value(Decimal::parse(text)?.unscaled(*scale)?);
            }
            Self::DecimalText(cells) => cells.append_value(Decimal::parse(text)?.to_string()),
            Self::Date(cells) => cells.append_value(moments::day(text)?),
            Self::Time(cells) => cells.append_value(moments::time_of_day(text)?),
            Self::LocalTime(cells) => cells.append_value(moments::local_time(text)?),
            Self::Moment(cells) => cells.append_value(moments::moment(text)?),
            Self::Boolean(_) | Self::Integer(_) | Self::Float(_) | Self::Bytes(_) => return None,
        }
        Some(())
    }

    fn push_blob(&mut self, bytes: &[u8]) -> Option<()> {
        let Self::Bytes(cells) = self else {
            return None;
        };
        cells.append_value(bytes);
        Some(())
    }

    /// Returns the values as an array, and begins the next.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(cells) => Arc::new(cells.finish()),
            Self::Integer(cells) => Arc::new(cells.finish()),
            Self::Decimal(cells, _) => Arc::new(cells.finish()),
            Self::Float(cells) => Arc::new(cells.finish()),
            Self::DecimalText(cells) | Self::Text(cells) | Self::Other(cells) => {
                Arc::new(cells.finish())
            }
            Self::Bytes(cells) => Arc::new(cells.finish()),
            Self::Date(cells) => Arc::new(cells.finish()),
            Self::Time(cells) => Arc::new(cells.finish()),
            Self::LocalTime(cells) | Self::Moment(cells) => Arc::new(cells.finish()),
        }
    }
}

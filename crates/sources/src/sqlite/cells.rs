//! The values of a column as an Arrow array.
//!
//! A value fits its column if it is stored as one of its type, or by an exact conversion: 0 and 1 are Booleans; integers
//! are decimal and floating-point numbers; a decimal number may be stored as a float or a text; dates and times are ISO
//! 8601 texts, with an offset where the type has a zone and without one where it has none. In a column without a known
//! type, numbers are read as texts.

use arrow_array::ArrayRef;
use arrow_schema::DataType;
use chengji_domain::table::{ColumnType, TableColumn};
use chengji_messages::{Message, msg};
use rusqlite::types::ValueRef;

use crate::arrow_types::arrow_type;
use crate::database::batches::{Builder, Cell};
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
pub(super) struct Cells {
    reading: Reading,
    builder: Builder,
}

/// The form in which the values of a column are read.
#[derive(Clone, Copy)]
enum Reading {
    Boolean,
    Integer,
    /// With the number of digits after the point.
    Decimal(usize),
    DecimalText,
    Float,
    Text,
    Bytes,
    Date,
    Time,
    LocalTime,
    Moment,
    Other,
}

impl Cells {
    pub(super) fn new(column: &TableColumn) -> Self {
        let arrow_type = arrow_type(column);
        let builder = Builder::of(&arrow_type);
        let reading = match (column.column_type, arrow_type) {
            (ColumnType::Boolean, _) => Reading::Boolean,
            (ColumnType::Integer, _) => Reading::Integer,
            (ColumnType::Decimal, DataType::Decimal128(_, scale)) => {
                Reading::Decimal(usize::try_from(scale).unwrap_or_default())
            }
            (ColumnType::Decimal, _) => Reading::DecimalText,
            (ColumnType::Float, _) => Reading::Float,
            (ColumnType::Text, _) => Reading::Text,
            (ColumnType::Bytes, _) => Reading::Bytes,
            (ColumnType::Date, _) => Reading::Date,
            (ColumnType::Time, _) => Reading::Time,
            (ColumnType::Timestamp, DataType::Timestamp(_, Some(_))) => Reading::Moment,
            (ColumnType::Timestamp, _) => Reading::LocalTime,
            (ColumnType::Other, _) => Reading::Other,
        };
        Self { reading, builder }
    }

    /// Adds a value.
    pub(super) fn push(&mut self, value: ValueRef<'_>) -> Result<(), Found> {
        let cell = match value {
            ValueRef::Null => Some(Cell::Null),
            ValueRef::Integer(number) => self.reading.integer(number),
            ValueRef::Real(number) => self.reading.real(number),
            ValueRef::Text(bytes) => {
                let text = std::str::from_utf8(bytes).ok();
                text.and_then(|text| self.reading.text(text))
            }
            ValueRef::Blob(bytes) => self.reading.blob(bytes),
        };
        let pushed = cell.and_then(|cell| self.builder.append(cell).ok());
        pushed.ok_or_else(|| Found::of(value))
    }

    /// Returns the values as an array, and begins the next.
    pub(super) fn finish(&mut self) -> ArrayRef {
        self.builder.finish()
    }
}

impl Reading {
    fn integer(self, number: i64) -> Option<Cell<'static>> {
        Some(match self {
            Self::Boolean if matches!(number, 0 | 1) => Cell::Boolean(number == 1),
            Self::Integer => Cell::Integer(number),
            Self::Decimal(scale) => {
                Cell::Decimal(Decimal::parse(&number.to_string())?.unscaled(scale)?)
            }
            Self::Float if number.unsigned_abs() <= EXACT_FLOATS => Cell::Float(number as f64),
            Self::DecimalText | Self::Other => Cell::Text(number.to_string().into()),
            _ => return None,
        })
    }

    fn real(self, number: f64) -> Option<Cell<'static>> {
        Some(match self {
            Self::Float => Cell::Float(number),
            Self::Decimal(scale) => Cell::Decimal(Decimal::of_float(number)?.unscaled(scale)?),
            Self::DecimalText => Cell::Text(Decimal::of_float(number)?.to_string().into()),
            Self::Other => Cell::Text(number.to_string().into()),
            _ => return None,
        })
    }

    fn text(self, text: &str) -> Option<Cell<'_>> {
        Some(match self {
            Self::Text | Self::Other => Cell::Text(text.into()),
            Self::Decimal(scale) => Cell::Decimal(Decimal::parse(text)?.unscaled(scale)?),
            Self::DecimalText => Cell::Text(Decimal::parse(text)?.to_string().into()),
            Self::Date => Cell::Date(moments::day(text)?),
            Self::Time => Cell::Time(moments::time_of_day(text)?),
            Self::LocalTime => Cell::Timestamp(moments::local_time(text)?),
            Self::Moment => Cell::Timestamp(moments::moment(text)?),
            Self::Boolean | Self::Integer | Self::Float | Self::Bytes => return None,
        })
    }

    fn blob(self, bytes: &[u8]) -> Option<Cell<'_>> {
        match self {
            Self::Bytes => Some(Cell::Bytes(bytes)),
            _ => None,
        }
    }
}

//! The columns of a table: how their values are read and what they become.

use arrow_schema::{DataType, TimeUnit};
use chengji_domain::table::ColumnType;

use super::relation::quoted;
use crate::database::column::{self, MAX_DIGITS, ReadAs};

/// What the server adds to the modifier of a type.
const MODIFIER_HEADER: i32 = 4;

/// A column.
pub(super) type Column = column::Column<Reading>;

/// The type of a column as the server declares it; of a domain that of the type below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declared<'a> {
    /// Its name, if it is one of the server's own; else empty.
    pub(super) built_in: &'a str,
    /// True for an enumeration.
    pub(super) is_enum: bool,
    /// True for a type with a name of PostGIS's geometry that the server converts into bytes.
    pub(super) is_geometry: bool,
    /// The modifier, such as a length; negative without one.
    pub(super) modifier: i32,
}

/// The form in which the values of a column are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As Booleans.
    Boolean,
    /// As integers of 64 bits, from 16, 32 or 64.
    Integer,
    /// As decimal numbers of at most 38 digits, with as many after the point.
    Decimal(u8),
    /// As the text of decimal numbers that are not declared to have at most 38 digits.
    DecimalText,
    /// As floating-point numbers of 64 bits, from 32 or 64.
    Float,
    /// As text, of types whose text says exactly what the value is.
    Text,
    /// As bytes. Geometry of PostGIS as those that it converts its values into: WKB, with the number of the coordinate
    /// system where a value has one (EWKB).
    Bytes,
    /// As dates.
    Date,
    /// As times of a day.
    Time,
    /// As timestamps without a zone.
    Timestamp,
    /// As timestamps in UTC.
    ZonedTimestamp,
    /// As the text that the server prints: arrays, ranges, intervals, the server's own geometric types.
    Other,
}

impl Reading {
    /// Returns how values of a type are read.
    pub(super) fn of(declared: Declared<'_>) -> Self {
        match declared.built_in {
            "bool" => Self::Boolean,
            "int2" | "int4" | "int8" => Self::Integer,
            "numeric" => decimal(declared.modifier),
            "float4" | "float8" => Self::Float,
            "bytea" => Self::Bytes,
            "date" => Self::Date,
            "time" => Self::Time,
            "timestamp" => Self::Timestamp,
            "timestamptz" => Self::ZonedTimestamp,
            "text" | "varchar" | "bpchar" | "char" | "name" | "uuid" | "json" | "jsonb" | "xml"
            | "inet" | "cidr" | "macaddr" | "macaddr8" | "bit" | "varbit" => Self::Text,
            _ if declared.is_enum => Self::Text,
            _ if declared.is_geometry => Self::Bytes,
            _ => Self::Other,
        }
    }
}

impl ReadAs for Reading {
    fn column_type(self) -> ColumnType {
        match self {
            Self::Boolean => ColumnType::Boolean,
            Self::Integer => ColumnType::Integer,
            Self::Decimal(_) | Self::DecimalText => ColumnType::Decimal,
            Self::Float => ColumnType::Float,
            Self::Text => ColumnType::Text,
            Self::Bytes => ColumnType::Bytes,
            Self::Date => ColumnType::Date,
            Self::Time => ColumnType::Time,
            Self::Timestamp | Self::ZonedTimestamp => ColumnType::Timestamp,
            Self::Other => ColumnType::Other,
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Decimal(scale) => {
                DataType::Decimal128(MAX_DIGITS, i8::try_from(scale).unwrap_or(i8::MAX))
            }
            Self::DecimalText | Self::Text | Self::Other => DataType::Utf8,
            Self::Float => DataType::Float64,
            Self::Bytes => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time64(TimeUnit::Microsecond),
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::ZonedTimestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }
}

/// How decimal numbers are read: the modifier has the digits in its upper half, and those after the point in its lower
/// 11 bits, with a sign.
fn decimal(modifier: i32) -> Reading {
    if modifier < MODIFIER_HEADER {
        return Reading::DecimalText;
    }
    let modifier = modifier - MODIFIER_HEADER;
    let digits = (modifier >> 16) & 0xffff;
    let scale = ((modifier & 0x7ff) ^ 1024) - 1024;
    let most = i32::from(MAX_DIGITS);
    match u8::try_from(scale) {
        Ok(scale) if digits <= most && scale <= MAX_DIGITS => Reading::Decimal(scale),
        _ => Reading::DecimalText,
    }
}

/// Returns the maximum length that a type declares for texts.
pub(super) fn max_length(declared: Declared<'_>) -> Option<u32> {
    let is_limited = matches!(declared.built_in, "varchar" | "bpchar");
    let length = declared.modifier.checked_sub(MODIFIER_HEADER)?;
    let length = u32::try_from(length).ok()?;
    (is_limited && length > 0).then_some(length)
}

impl Column {
    /// Returns the SQL expression whose binary form is read. Blanks that fill a `character(n)` are no part of its text.
    pub(super) fn expression(&self) -> String {
        let name = quoted(&self.name);
        match self.reading {
            Reading::Text | Reading::Other => format!("{name}::pg_catalog.text"),
            Reading::Bytes => format!("{name}::pg_catalog.bytea"),
            Reading::Boolean
            | Reading::Integer
            | Reading::Decimal(_)
            | Reading::DecimalText
            | Reading::Float
            | Reading::Date
            | Reading::Time
            | Reading::Timestamp
            | Reading::ZonedTimestamp => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(built_in: &str, modifier: i32) -> Declared<'_> {
        Declared {
            built_in,
            is_enum: false,
            is_geometry: false,
            modifier,
        }
    }

    fn numeric(digits: i32, scale: i32) -> i32 {
        ((digits << 16) | (scale & 0x7ff)) + MODIFIER_HEADER
    }

    #[test]
    fn types_are_read_as_those_that_grants_distinguish() {
        for (built_in, column_type) in [
            ("bool", ColumnType::Boolean),
            ("int2", ColumnType::Integer),
            ("int8", ColumnType::Integer),
            ("numeric", ColumnType::Decimal),
            ("float4", ColumnType::Float),
            ("bpchar", ColumnType::Text),
            ("jsonb", ColumnType::Text),
            ("bytea", ColumnType::Bytes),
            ("date", ColumnType::Date),
            ("time", ColumnType::Time),
            ("timetz", ColumnType::Other),
            ("timestamp", ColumnType::Timestamp),
            ("timestamptz", ColumnType::Timestamp),
            ("interval", ColumnType::Other),
            ("_int4", ColumnType::Other),
            ("polygon", ColumnType::Other),
            ("", ColumnType::Other),
        ] {
            let reading = Reading::of(declared(built_in, -1));
            assert_eq!(reading.column_type(), column_type, "{built_in}");
        }
        let mood = Declared {
            is_enum: true,
            ..declared("", -1)
        };
        assert_eq!(Reading::of(mood), Reading::Text);
        let place = Declared {
            is_geometry: true,
            ..declared("", -1)
        };
        assert_eq!(Reading::of(place), Reading::Bytes);
    }

    #[test]
    fn decimal_numbers_of_38_digits_are_numbers_and_others_are_text() {
        for (modifier, reading) in [
            (-1, Reading::DecimalText),
            (numeric(38, 10), Reading::Decimal(10)),
            (numeric(38, 0), Reading::Decimal(0)),
            (numeric(3, 5), Reading::Decimal(5)),
            (numeric(39, 10), Reading::DecimalText),
            (numeric(3, 39), Reading::DecimalText),
            (numeric(38, -2), Reading::DecimalText),
        ] {
            let read = Reading::of(declared("numeric", modifier));
            assert_eq!(read, reading, "{modifier}");
        }
    }

    #[test]
    fn lengths_are_of_limited_texts_only() {
        assert_eq!(max_length(declared("varchar", 22)), Some(18));
        assert_eq!(max_length(declared("bpchar", 5)), Some(1));
        assert_eq!(max_length(declared("varchar", -1)), None);
        assert_eq!(max_length(declared("text", -1)), None);
        assert_eq!(max_length(declared("numeric", numeric(38, 10))), None);
    }
}

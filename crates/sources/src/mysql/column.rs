//! The columns of a table: how their values are read and what they become.

use arrow_schema::{DataType, TimeUnit};
use chengji_domain::table::ColumnType;

use crate::database::column::{self, MAX_DIGITS, ReadAs};

/// A column.
pub(super) type Column = column::Column<Reading>;

/// The type of a column as the server declares it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declared<'a> {
    /// Its name alone, such as `decimal`.
    pub(super) name: &'a str,
    /// All of it, such as `decimal(10,2) unsigned`.
    pub(super) full: &'a str,
    /// Maximum length in characters, or bytes, of texts and bytes.
    pub(super) length: Option<u64>,
    /// Number of digits, of bits for `bit`.
    pub(super) precision: Option<u64>,
    /// Number of digits after the point.
    pub(super) scale: Option<u64>,
}

/// The form in which the values of a column are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As Booleans: `bit(1)`. A `tinyint(1)` is a number, since it holds other numbers than 0 and 1.
    Boolean,
    /// As integers of 64 bits, also years.
    Integer,
    /// As decimal numbers without digits after the point: integers of 64 bits without a sign.
    Whole,
    /// As decimal numbers of at most 38 digits, with as many after the point.
    Decimal(u8),
    /// As the text of decimal numbers that may have more than 38 digits.
    DecimalText,
    /// As floating-point numbers of 64 bits, from 32 or 64.
    Float,
    /// As text, of types whose text says exactly what the value is.
    Text,
    /// As text of so many digits, 0 or 1.
    Bits(u8),
    /// As bytes.
    Bytes,
    /// As the bytes of WKB, without the number of the coordinate system.
    Geometry,
    /// As dates.
    Date,
    /// As times of a day.
    Time,
    /// As timestamps without a zone: `datetime`.
    Timestamp,
    /// As timestamps in UTC: `timestamp`.
    ZonedTimestamp,
    /// As the text that the server prints.
    Other,
}

impl Reading {
    /// Returns how values of a type are read.
    pub(super) fn of(declared: Declared<'_>) -> Self {
        match declared.name {
            "bigint" if declared.full.contains("unsigned") => Self::Whole,
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => Self::Integer,
            "bit" => bits(declared.precision),
            "decimal" => decimal(declared),
            "float" | "double" => Self::Float,
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum"
            | "set" | "json" | "uuid" | "inet4" | "inet6" => Self::Text,
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "vector" => {
                Self::Bytes
            }
            "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
            | "multipolygon" | "geometrycollection" | "geomcollection" => Self::Geometry,
            "date" => Self::Date,
            "time" => Self::Time,
            "datetime" => Self::Timestamp,
            "timestamp" => Self::ZonedTimestamp,
            _ => Self::Other,
        }
    }
}

impl ReadAs for Reading {
    fn column_type(self) -> ColumnType {
        match self {
            Self::Boolean => ColumnType::Boolean,
            Self::Integer => ColumnType::Integer,
            Self::Whole | Self::Decimal(_) | Self::DecimalText => ColumnType::Decimal,
            Self::Float => ColumnType::Float,
            Self::Text | Self::Bits(_) => ColumnType::Text,
            Self::Bytes | Self::Geometry => ColumnType::Bytes,
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
            Self::Whole => DataType::Decimal128(MAX_DIGITS, 0),
            Self::Decimal(scale) => {
                DataType::Decimal128(MAX_DIGITS, i8::try_from(scale).unwrap_or(i8::MAX))
            }
            Self::DecimalText | Self::Text | Self::Bits(_) | Self::Other => DataType::Utf8,
            Self::Float => DataType::Float64,
            Self::Bytes | Self::Geometry => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time64(TimeUnit::Microsecond),
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::ZonedTimestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }
}

fn bits(width: Option<u64>) -> Reading {
    match width.and_then(|width| u8::try_from(width).ok()) {
        Some(1) => Reading::Boolean,
        Some(width) => Reading::Bits(width),
        None => Reading::Bytes,
    }
}

fn decimal(declared: Declared<'_>) -> Reading {
    let digits = |number: Option<u64>| {
        let number = number.and_then(|number| u8::try_from(number).ok())?;
        (number <= MAX_DIGITS).then_some(number)
    };
    match (digits(declared.precision), digits(declared.scale)) {
        (Some(_), Some(scale)) => Reading::Decimal(scale),
        _ => Reading::DecimalText,
    }
}

/// Returns the maximum length that a type declares for texts.
pub(super) fn max_length(declared: Declared<'_>) -> Option<u32> {
    let is_limited = matches!(declared.name, "char" | "varchar");
    let length = declared.length.filter(|length| is_limited && *length > 0);
    length.and_then(|length| u32::try_from(length).ok())
}

/// Returns the type for people. Enumerations are without their values, which may be long, and a `timestamp`, which the
/// server stores in UTC, says that it has a zone.
pub(super) fn native_type(declared: Declared<'_>) -> String {
    match declared.name {
        "enum" | "set" => declared.name.to_owned(),
        "timestamp" => format!("{} with time zone", declared.full),
        _ => declared.full.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::table::TableColumn;

    use super::*;

    fn declared(full: &str) -> Declared<'_> {
        let name = full.split(['(', ' ']).next().unwrap();
        Declared {
            name,
            full,
            length: None,
            precision: None,
            scale: None,
        }
    }

    #[test]
    fn types_are_read_as_those_that_grants_distinguish() {
        for (full, column_type) in [
            ("tinyint(1)", ColumnType::Integer),
            ("int(10) unsigned", ColumnType::Integer),
            ("bigint(20)", ColumnType::Integer),
            ("bigint(20) unsigned zerofill", ColumnType::Decimal),
            ("year(4)", ColumnType::Integer),
            ("decimal(65,30)", ColumnType::Decimal),
            ("float", ColumnType::Float),
            ("set('a','b')", ColumnType::Text),
            ("json", ColumnType::Text),
            ("longblob", ColumnType::Bytes),
            ("multipolygon", ColumnType::Bytes),
            ("date", ColumnType::Date),
            ("time(6)", ColumnType::Time),
            ("datetime", ColumnType::Timestamp),
            ("timestamp", ColumnType::Timestamp),
            ("xmltype", ColumnType::Other),
        ] {
            let reading = Reading::of(declared(full));
            assert_eq!(reading.column_type(), column_type, "{full}");
        }
        let bit = |width| {
            let precision = Some(width);
            Reading::of(Declared {
                precision,
                ..declared("bit")
            })
        };
        assert_eq!((bit(1), bit(64)), (Reading::Boolean, Reading::Bits(64)));
    }

    #[test]
    fn decimal_numbers_of_38_digits_are_numbers_and_others_are_text() {
        let decimal = |precision, scale| {
            Reading::of(Declared {
                precision: Some(precision),
                scale: Some(scale),
                ..declared("decimal")
            })
        };
        assert_eq!(decimal(38, 10), Reading::Decimal(10));
        assert_eq!(decimal(10, 0), Reading::Decimal(0));
        assert_eq!(decimal(39, 10), Reading::DecimalText);
    }

    #[test]
    fn types_for_people_have_no_values_and_say_that_there_is_a_zone() {
        assert_eq!(native_type(declared("enum('secret')")), "enum");
        assert_eq!(native_type(declared("varchar(18)")), "varchar(18)");
        let zoned = |full| {
            let declared = declared(full);
            TableColumn::from(Column {
                name: "at".to_owned(),
                reading: Reading::of(declared),
                is_nullable: true,
                native_type: native_type(declared),
                max_length: max_length(declared),
                comment: String::new(),
            })
            .is_zoned()
        };
        assert!(zoned("timestamp") && zoned("timestamp(6)"));
        assert!(!zoned("datetime") && !zoned("datetime(6)"));
    }

    #[test]
    fn lengths_are_of_limited_texts_only() {
        let length = |full| {
            max_length(Declared {
                length: Some(18),
                ..declared(full)
            })
        };
        assert_eq!(length("varchar(18)"), Some(18));
        assert_eq!(length("text"), None);
    }
}

//! Tables (库表) of a city's sources: the names by which people call them, and their schemas.

mod off_peak;
mod shape;

use std::fmt;
use std::str::FromStr;

use chengji_messages::{Message, msg};

pub use self::off_peak::OffPeak;
pub use self::shape::{ColumnShape, TableShape};
use crate::digest::Digest;
use crate::error::{Error, ErrorCode, Result};
use crate::quoted::Quoted;

/// The name of a source in the settings of a node: 1 to 32 lower-case letters, digits, `-` and `_`, beginning with a
/// letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceName(String);

impl SourceName {
    /// Maximum length in characters.
    const MAX: usize = 32;

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SourceName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let is_tail =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        let is_name = text.len() <= Self::MAX
            && text.bytes().next().is_some_and(|b| b.is_ascii_lowercase())
            && text.bytes().all(is_tail);
        if is_name {
            return Ok(Self(text.to_owned()));
        }
        let message = msg::SourceNameMalformed {
            most: Self::MAX,
            text: Quoted(text),
        };
        Err(Error::new(ErrorCode::InvalidArgument, message))
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A table of a source as people write it: `SOURCE:TABLE`. The name of the table is the source's own, such as
/// `public.housing` of a database with schemas.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableAddress {
    /// The source.
    pub source: SourceName,
    /// The name of the table within it, 1 to 255 bytes.
    pub table: String,
}

impl FromStr for TableAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts = text.split_once(':');
        let parts = parts.filter(|(_, table)| (1..=255).contains(&table.len()));
        let (source, table) = parts.ok_or_else(|| {
            let text = Quoted(text);
            Error::new(
                ErrorCode::InvalidArgument,
                msg::TableAddressMalformed { text },
            )
        })?;
        Ok(Self {
            source: source.parse()?,
            table: table.to_owned(),
        })
    }
}

impl fmt::Display for TableAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source, self.table)
    }
}

/// The type of a column, of those that grants distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is the type of that name")]
pub enum ColumnType {
    Boolean,
    /// Of 64 bits at most.
    Integer,
    Decimal,
    Float,
    Text,
    Bytes,
    Date,
    /// Of a day.
    Time,
    /// With or without a zone.
    Timestamp,
    Other,
}

impl ColumnType {
    /// All types.
    pub const ALL: [Self; 10] = [
        Self::Boolean,
        Self::Integer,
        Self::Decimal,
        Self::Float,
        Self::Text,
        Self::Bytes,
        Self::Date,
        Self::Time,
        Self::Timestamp,
        Self::Other,
    ];

    /// Returns the pinned name, which is part of fingerprints.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Float => "float",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::Other => "other",
        }
    }

    /// Returns the name for people.
    pub fn label(self) -> Message {
        match self {
            Self::Boolean => msg::ColumnTypeBoolean.into(),
            Self::Integer => msg::ColumnTypeInteger.into(),
            Self::Decimal => msg::ColumnTypeDecimal.into(),
            Self::Float => msg::ColumnTypeFloat.into(),
            Self::Text => msg::ColumnTypeText.into(),
            Self::Bytes => msg::ColumnTypeBytes.into(),
            Self::Date => msg::ColumnTypeDate.into(),
            Self::Time => msg::ColumnTypeTime.into(),
            Self::Timestamp => msg::ColumnTypeTimestamp.into(),
            Self::Other => msg::ColumnTypeOther.into(),
        }
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
    /// True if values may be NULL.
    pub is_nullable: bool,
    /// The type as the source names it, such as `character varying(18)`; empty if it has none.
    pub native_type: String,
    /// Maximum length of texts in characters, where the source declares one.
    pub max_length: Option<u32>,
    /// The comment of the source on the column; empty without one.
    pub comment: String,
}

impl TableColumn {
    /// Returns true if timestamps of this column have a zone, by the type as the source names it.
    pub fn is_zoned(&self) -> bool {
        let native_type = self.native_type.to_ascii_lowercase();
        native_type.contains("with time zone")
            || native_type.starts_with("timestamptz")
            // As Arrow writes it, with the zone: Timestamp(µs, "UTC").
            || (native_type.starts_with("timestamp(") && native_type.contains('"'))
    }
}

/// The schema of a table: its columns in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSchema {
    /// The columns.
    pub columns: Vec<TableColumn>,
}

impl TableSchema {
    /// Returns the fingerprint of its shape, to which grants refer.
    pub fn fingerprint(&self) -> Digest {
        TableShape::from(self).fingerprint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, column_type: ColumnType, is_nullable: bool) -> TableColumn {
        TableColumn {
            name: name.to_owned(),
            column_type,
            is_nullable,
            native_type: "x".to_owned(),
            max_length: None,
            comment: String::new(),
        }
    }

    #[test]
    fn a_table_is_named_by_its_source_and_its_own_name() {
        let address: TableAddress = "housing-1:public.permits".parse().unwrap();
        assert_eq!(
            (address.source.as_str(), address.table.as_str()),
            ("housing-1", "public.permits")
        );
        assert_eq!(address.to_string(), "housing-1:public.permits");
        let long = format!("a:{}", "x".repeat(256));
        for bad in ["housing", "housing:", ":t", "Housing:t", "1a:t", &long, ""] {
            let error = bad.parse::<TableAddress>().unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{bad}");
        }
    }

    #[test]
    fn a_type_says_whether_timestamps_have_a_zone() {
        let is_zoned = |native_type: &str| {
            let mut column = column("t", ColumnType::Timestamp, true);
            column.native_type = native_type.to_owned();
            column.is_zoned()
        };
        let zoned = [
            "timestamp(3) with time zone",
            "TIMESTAMPTZ",
            "Timestamp(µs, \"UTC\")",
        ];
        assert!(zoned.into_iter().all(is_zoned));
        let local = ["Timestamp(µs)", "timestamp without time zone"];
        assert!(!local.into_iter().any(is_zoned));
    }

    #[test]
    fn a_fingerprint_is_of_names_types_and_nulls_in_order() {
        let columns = [
            column("id", ColumnType::Integer, false),
            column("名称", ColumnType::Text, true),
        ];
        let fingerprint = |columns: &[TableColumn]| {
            let columns = columns.to_vec();
            TableSchema { columns }.fingerprint()
        };
        let pinned = Digest::of(
            b"\0\0\0\x02id\0\0\0\x07integer\0\0\0\0\x06\xe5\x90\x8d\xe7\xa7\xb0\0\0\0\x04text\x01",
        );
        assert_eq!(fingerprint(&columns), pinned);
        let mut remarked = columns.clone();
        remarked[0].comment = "a remark".to_owned();
        assert_eq!(fingerprint(&remarked), pinned);
        let reversed = [columns[1].clone(), columns[0].clone()];
        assert_ne!(fingerprint(&reversed), pinned);
        let required = [columns[0].clone(), column("名称", ColumnType::Text, false)];
        assert_ne!(fingerprint(&required), pinned);
    }
}

//! The columns of the rows of a statement: their names and types, and how they are fetched.

use std::num::NonZeroUsize;

use chengji_odbc_dialog::{Column, Kind, Plan};
use odbc_api::buffers::BufferDesc;
use odbc_api::{ColumnDescription, DataType, Error, ResultSetMetadata};

/// Bytes of a UTF-16 unit.
const UNIT: usize = size_of::<u16>();
/// Maximum length of the text of a number, UTF-16 units; far more than any number needs.
const NUMBER: usize = 128;
/// Maximum length of the text of a time of day, UTF-16 units.
const TIME: usize = 32;
/// Maximum digits of the decimal numbers of a node.
const MAX_DIGITS: usize = 38;
/// Usual length of the name of a column, UTF-16 units.
const NAME: usize = 256;

/// The columns of rows, and how they are fetched.
pub(crate) struct Shape {
    /// As they are described to the node.
    pub(crate) columns: Vec<Column>,
    /// The buffer type of each column.
    pub(crate) fetched: Vec<Fetched>,
    /// The number of rows at a time.
    pub(crate) rows: usize,
}

/// The buffer type of a column.
#[derive(Clone, Copy)]
pub(crate) enum Fetched {
    /// As text in UTF-16 of at most so many units.
    Text(usize),
    /// As at most so many bytes.
    Bytes(usize),
    /// As floating-point numbers.
    Float,
    /// As bits.
    Bit,
    /// As dates.
    Date,
    /// As timestamps.
    Timestamp,
}

impl Fetched {
    /// The buffer. It has room for one unit more than a value may have, so that a longer one is noticed.
    pub(crate) fn buffer(self) -> BufferDesc {
        let nullable = true;
        match self {
            Self::Text(most) => BufferDesc::WText {
                max_str_len: most + 1,
            },
            Self::Bytes(most) => BufferDesc::Binary {
                max_bytes: most + 1,
            },
            Self::Float => BufferDesc::F64 { nullable },
            Self::Bit => BufferDesc::Bit { nullable },
            Self::Date => BufferDesc::Date { nullable },
            Self::Timestamp => BufferDesc::Timestamp { nullable },
        }
    }
}

impl Shape {
    /// Reads the shape of a cursor of which at most `limit` rows are wanted.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub(crate) fn of(
        cursor: &mut impl ResultSetMetadata,
        limit: Option<u64>,
    ) -> Result<Self, Error> {
        let number = cursor.num_result_cols()?;
        let number = u16::try_from(number).unwrap_or_default();
        let mut columns = Vec::with_capacity(number.into());
        let mut lengths = Vec::with_capacity(number.into());
        for place in 1..=number {
            let mut described = ColumnDescription {
                name: Vec::with_capacity(NAME),
                ..ColumnDescription::default()
            };
            cursor.describe_col(place, &mut described)?;
            let data_type = described.data_type;
            let is_unsigned = data_type == DataType::BigInt
                && cursor.column_is_unsigned(place).unwrap_or_default();
            let kind = kind(data_type, is_unsigned);
            lengths.push(length(data_type, kind));
            columns.push(Column {
                name: String::from_utf16_lossy(&described.name),
                kind: kind.into(),
                native_type: native_type(data_type, is_unsigned),
                is_nullable: described.could_be_nullable(),
                max_length: max_length(data_type),
                comment: String::new(),
                most: 0,
            });
        }
        let plan = Plan::of(&lengths, limit);
        let mut fetched = Vec::with_capacity(columns.len());
        for (column, most) in columns.iter_mut().zip(&plan.most) {
            column.most = *most as u64;
            fetched.push(match column.kind() {
                Kind::Bytes => Fetched::Bytes(*most),
                Kind::Float => Fetched::Float,
                Kind::Boolean => Fetched::Bit,
                Kind::Date => Fetched::Date,
                Kind::Timestamp => Fetched::Timestamp,
                Kind::Other | Kind::Text | Kind::Integer | Kind::Decimal | Kind::Time => {
                    Fetched::Text(most / UNIT)
                }
            });
        }
        Ok(Self {
            columns,
            fetched,
            rows: plan.rows,
        })
    }
}

fn kind(data_type: DataType, is_unsigned: bool) -> Kind {
    match data_type {
        DataType::Char { .. }
        | DataType::WChar { .. }
        | DataType::Varchar { .. }
        | DataType::WVarchar { .. }
        | DataType::LongVarchar { .. }
        | DataType::WLongVarchar { .. } => Kind::Text,
        DataType::Binary { .. } | DataType::Varbinary { .. } | DataType::LongVarbinary { .. } => {
            Kind::Bytes
        }
        DataType::Numeric { .. } | DataType::Decimal { .. } => Kind::Decimal,
        DataType::BigInt if is_unsigned => Kind::Decimal,
        DataType::BigInt | DataType::Integer | DataType::SmallInt | DataType::TinyInt => {
            Kind::Integer
        }
        DataType::Float { .. } | DataType::Real | DataType::Double => Kind::Float,
        DataType::Bit => Kind::Boolean,
        DataType::Date => Kind::Date,
        DataType::Time { .. } => Kind::Time,
        DataType::Timestamp { .. } => Kind::Timestamp,
        DataType::Unknown | DataType::Other { .. } => Kind::Other,
    }
}

/// The bytes of a value; `None` where they are not declared.
fn length(data_type: DataType, kind: Kind) -> Option<usize> {
    let declared = declared(data_type);
    match kind {
        // A character may take two units.
        Kind::Text => declared.map(|characters| characters.saturating_mul(2 * UNIT)),
        Kind::Bytes => declared,
        Kind::Other => None,
        Kind::Time => Some(TIME * UNIT),
        Kind::Integer | Kind::Decimal => Some(NUMBER * UNIT),
        Kind::Boolean | Kind::Float | Kind::Date | Kind::Timestamp => Some(NUMBER),
    }
}

/// The length that a type declares, in characters or bytes. `None` for the types of long values, whose length is the
/// maximum of the driver, or a setting of it.
fn declared(data_type: DataType) -> Option<usize> {
    match data_type {
        DataType::Char { length }
        | DataType::WChar { length }
        | DataType::Varchar { length }
        | DataType::WVarchar { length }
        | DataType::Binary { length }
        | DataType::Varbinary { length } => length.map(NonZeroUsize::get),
        _ => None,
    }
}

fn max_length(data_type: DataType) -> Option<u32> {
    match kind(data_type, false) {
        Kind::Text => declared(data_type).and_then(|length| u32::try_from(length).ok()),
        _ => None,
    }
}

/// The type as people write it. Decimal numbers are written with their digits if the node has numbers of as many digits.
fn native_type(data_type: DataType, is_unsigned: bool) -> String {
    let with = |name: &str, length: Option<NonZeroUsize>| match length {
        Some(length) => format!("{name}({length})"),
        None => name.to_owned(),
    };
    let exact = |name: &str, precision: usize, scale: i16| {
        let after = usize::try_from(scale).ok();
        let after = after.filter(|after| *after <= precision);
        match after {
            Some(after) if (1..=MAX_DIGITS).contains(&precision) => {
                format!("{name}({precision},{after})")
            }
            _ => name.to_owned(),
        }
    };
    match data_type {
        DataType::Char { length } => with("CHAR", length),
        DataType::WChar { length } => with("WCHAR", length),
        DataType::Varchar { length } => with("VARCHAR", length),
        DataType::WVarchar { length } => with("WVARCHAR", length),
        DataType::LongVarchar { .. } => "LONGVARCHAR".to_owned(),
        DataType::WLongVarchar { .. } => "WLONGVARCHAR".to_owned(),
        DataType::Binary { length } => with("BINARY", length),
        DataType::Varbinary { length } => with("VARBINARY", length),
        DataType::LongVarbinary { .. } => "LONGVARBINARY".to_owned(),
        DataType::Numeric { precision, scale } => exact("NUMERIC", precision, scale),
        DataType::Decimal { precision, scale } => exact("DECIMAL", precision, scale),
        DataType::BigInt if is_unsigned => "DECIMAL(20,0)".to_owned(),
        DataType::BigInt => "BIGINT".to_owned(),
        DataType::Integer => "INTEGER".to_owned(),
        DataType::SmallInt => "SMALLINT".to_owned(),
        DataType::TinyInt => "TINYINT".to_owned(),
        DataType::Float { .. } => "FLOAT".to_owned(),
        DataType::Real => "REAL".to_owned(),
        DataType::Double => "DOUBLE".to_owned(),
        DataType::Bit => "BIT".to_owned(),
        DataType::Date => "DATE".to_owned(),
        DataType::Time { .. } => "TIME".to_owned(),
        DataType::Timestamp { .. } => "TIMESTAMP".to_owned(),
        DataType::Unknown => "UNKNOWN".to_owned(),
        DataType::Other { data_type, .. } => format!("ODBC({})", data_type.0),
    }
}

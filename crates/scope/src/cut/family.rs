//! Families of values: the Arrow types of a column's type whose values are compared and masked in the same way.

use arrow_schema::{DataType, SchemaRef, TimeUnit};
use chengji_domain::table::{ColumnType, TableSchema};

/// A family of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Boolean,
    /// Integers, and decimal numbers of at most 128 bits.
    Whole {
        scale: i8,
    },
    /// Decimal numbers of 256 bits.
    Wide {
        scale: i8,
    },
    /// Decimal numbers as text.
    DecimalText,
    Float,
    Text,
    Date,
    Timestamp(TimeUnit),
    /// Values that are neither compared nor altered.
    Opaque,
}

impl Family {
    /// Returns the families of the columns of a table whose batches have this Arrow schema.
    pub(super) fn of_columns(schema: &TableSchema, source: &SchemaRef) -> Vec<Self> {
        let columns = schema.columns.iter().zip(source.fields());
        let families =
            columns.map(|(column, field)| Self::of(column.column_type, field.data_type()));
        families.collect()
    }

    fn of(column_type: ColumnType, data_type: &DataType) -> Self {
        match (column_type, plain(data_type)) {
            (ColumnType::Boolean, DataType::Boolean) => Self::Boolean,
            (ColumnType::Integer | ColumnType::Decimal, data_type) if data_type.is_integer() => {
                Self::Whole { scale: 0 }
            }
            (
                ColumnType::Decimal,
                DataType::Decimal32(_, scale)
                | DataType::Decimal64(_, scale)
                | DataType::Decimal128(_, scale),
            ) => Self::Whole { scale: *scale },
            (ColumnType::Decimal, DataType::Decimal256(_, scale)) => Self::Wide { scale: *scale },
            (ColumnType::Decimal, data_type) if is_text(data_type) => Self::DecimalText,
            (ColumnType::Float, DataType::Float16 | DataType::Float32 | DataType::Float64) => {
                Self::Float
            }
            (ColumnType::Text, data_type) if is_text(data_type) => Self::Text,
            (ColumnType::Date, DataType::Date32 | DataType::Date64) => Self::Date,
            (ColumnType::Timestamp, DataType::Timestamp(unit, _)) => Self::Timestamp(*unit),
            _ => Self::Opaque,
        }
    }
}

/// Returns the type of the values of a column without a dictionary.
pub(super) fn plain(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}

/// Returns true if values of this type, taken out of a column, leave those of other rows behind.
pub(super) fn is_separable(data_type: &DataType) -> bool {
    let is_own = |data_type: &DataType| {
        is_separable(data_type) && !matches!(data_type, DataType::Utf8View | DataType::BinaryView)
    };
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => is_own(item.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| is_own(field.data_type())),
        DataType::Dictionary(..)
        | DataType::RunEndEncoded(..)
        | DataType::Union(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => false,
        _ => true,
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

/// Returns the number of nanoseconds of a unit.
pub(super) fn nanoseconds(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

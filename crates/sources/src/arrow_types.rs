//! The Arrow types of columns, in both directions. They are the same for all kinds of sources, except for Parquet files,
//! which have types of their own.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use chengji_domain::table::{ColumnType, TableColumn, TableSchema};

/// Precision of decimal numbers with a declared scale, digits: the most that Arrow has in 128 bits.
pub(crate) const DECIMAL_PRECISION: u8 = 38;

/// Returns the Arrow type of a column. A decimal number without a declared scale is text in canonical form; so is what
/// no other type fits.
pub(crate) fn arrow_type(column: &TableColumn) -> DataType {
    match column.column_type {
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Integer => DataType::Int64,
        ColumnType::Decimal => match decimal_scale(&column.native_type) {
            Some(scale) => DataType::Decimal128(DECIMAL_PRECISION, scale),
            None => DataType::Utf8,
        },
        ColumnType::Float => DataType::Float64,
        ColumnType::Text | ColumnType::Other => DataType::Utf8,
        ColumnType::Bytes => DataType::Binary,
        ColumnType::Date => DataType::Date32,
        ColumnType::Time => DataType::Time64(TimeUnit::Microsecond),
        ColumnType::Timestamp => {
            let zone = column.is_zoned().then(|| Arc::from("UTC"));
            DataType::Timestamp(TimeUnit::Microsecond, zone)
        }
    }
}

/// Returns the Arrow schema of a table.
pub(crate) fn arrow_schema(schema: &TableSchema) -> SchemaRef {
    let fields = schema.columns.iter();
    let fields =
        fields.map(|column| Field::new(&column.name, arrow_type(column), column.is_nullable));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Returns the type of a column that has this Arrow type.
pub(crate) fn column_type(data_type: &DataType) -> ColumnType {
    match data_type {
        DataType::Boolean => ColumnType::Boolean,
        data_type if data_type.is_integer() => ColumnType::Integer,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => ColumnType::Float,
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => ColumnType::Decimal,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ColumnType::Text,
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => ColumnType::Bytes,
        DataType::Date32 | DataType::Date64 => ColumnType::Date,
        DataType::Time32(_) | DataType::Time64(_) => ColumnType::Time,
        DataType::Timestamp(..) => ColumnType::Timestamp,
        _ => ColumnType::Other,
    }
}

/// Returns the scale that a type of decimal numbers declares, such as `numeric(12,2)`, if numbers of it fit.
fn decimal_scale(native_type: &str) -> Option<i8> {
    let (_, arguments) = native_type.split_once('(')?;
    let (arguments, _) = arguments.split_once(')')?;
    let (precision, scale) = arguments.split_once(',').unwrap_or((arguments, "0"));
    let precision: u8 = precision.trim().parse().ok()?;
    let scale: u8 = scale.trim().parse().ok()?;
    let fits = precision <= DECIMAL_PRECISION && scale <= precision;
    fits.then(|| i8::try_from(scale).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(column_type: ColumnType, native_type: &str) -> DataType {
        arrow_type(&TableColumn {
            name: "x".to_owned(),
            column_type,
            is_nullable: true,
            native_type: native_type.to_owned(),
            max_length: None,
            comment: String::new(),
        })
    }

    #[test]
    fn a_decimal_number_keeps_its_declared_scale_and_is_text_without_one() {
        let decimal = |native_type| typed(ColumnType::Decimal, native_type);
        assert_eq!(decimal("numeric(12,2)"), DataType::Decimal128(38, 2));
        assert_eq!(decimal("DECIMAL( 10 )"), DataType::Decimal128(38, 0));
        for other in [
            "numeric",
            "numeric(39,2)",
            "numeric(2,4)",
            "numeric(5,-2)",
            "(",
            "",
        ] {
            assert_eq!(decimal(other), DataType::Utf8, "{other}");
        }
    }

    #[test]
    fn a_timestamp_has_a_zone_where_its_type_says_so() {
        let zone = |native_type| match typed(ColumnType::Timestamp, native_type) {
            DataType::Timestamp(TimeUnit::Microsecond, zone) => zone,
            other => panic!("{other}"),
        };
        for zoned in [
            "timestamp with time zone",
            "TIMESTAMPTZ",
            "timestamp(3) with time zone",
        ] {
            assert_eq!(zone(zoned).as_deref(), Some("UTC"), "{zoned}");
        }
        for other in ["timestamp without time zone", "DATETIME", "timestamp"] {
            assert_eq!(zone(other), None, "{other}");
        }
    }

    #[test]
    fn the_type_of_a_column_is_found_again_by_its_arrow_type() {
        for column_type in ColumnType::ALL {
            let expected = match column_type {
                ColumnType::Other => ColumnType::Text,
                column_type => column_type,
            };
            assert_eq!(super::column_type(&typed(column_type, "x(9,1)")), expected);
        }
    }
}

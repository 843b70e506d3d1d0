//! Types of values: those of Arrow that have a name in Substrait, with the variations that DataFusion uses, too.

use arrow_schema::{DataType, TimeUnit};

use crate::wire::{DecimalType, NULLABLE, REQUIRED, SimpleType, TimestampType, Type, TypeKind};

/// The variation of a type without one.
pub(crate) const USUAL: u32 = 0;
/// The variation of integers without a sign.
pub(crate) const UNSIGNED: u32 = 1;
/// The variation of texts and bytes with offsets of 64 bits.
pub(crate) const LARGE: u32 = 1;
/// The variation of texts and bytes as views.
pub(crate) const VIEW: u32 = 2;

/// The only time zone of timestamps with one.
pub(crate) const ZONE: &str = "UTC";

/// Returns true for the types that values of a query may have.
pub(crate) fn is_supported(data_type: &DataType) -> bool {
    to_wire(data_type, true).is_some()
}

/// Returns true if each value of a number type is converted to another number type without failing.
#[must_use]
pub fn widens(from: &DataType, to: &DataType) -> bool {
    let is_integer = integer(from).is_some();
    match (integer(from), integer(to)) {
        (Some((from_signed, from_bits)), Some((to_signed, to_bits))) => {
            to_bits > from_bits && (to_signed || !from_signed)
        }
        _ => *to == DataType::Float64 && (is_integer || *from == DataType::Float32),
    }
}

/// Whether an integer type has a sign, and its bits; `None` for other types.
fn integer(data_type: &DataType) -> Option<(bool, u8)> {
    Some(match data_type {
        DataType::Int8 => (true, 8),
        DataType::Int16 => (true, 16),
        DataType::Int32 => (true, 32),
        DataType::Int64 => (true, 64),
        DataType::UInt8 => (false, 8),
        DataType::UInt16 => (false, 16),
        DataType::UInt32 => (false, 32),
        DataType::UInt64 => (false, 64),
        _ => return None,
    })
}

/// Returns true for types whose values are added up.
pub(crate) fn is_number(data_type: &DataType) -> bool {
    integer(data_type).is_some()
        || matches!(
            data_type,
            DataType::Float32 | DataType::Float64 | DataType::Decimal128(..)
        )
}

/// Returns true for types of texts.
pub(crate) fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

/// Writes a type; `None` if it has no name.
pub(crate) fn to_wire(data_type: &DataType, is_nullable: bool) -> Option<Type> {
    let nullability = if is_nullable { NULLABLE } else { REQUIRED };
    let simple = |variation| SimpleType {
        variation,
        nullability,
    };
    let kind = match data_type {
        DataType::Boolean => TypeKind::Boolean(simple(USUAL)),
        DataType::Int8 => TypeKind::I8(simple(USUAL)),
        DataType::Int16 => TypeKind::I16(simple(USUAL)),
        DataType::Int32 => TypeKind::I32(simple(USUAL)),
        DataType::Int64 => TypeKind::I64(simple(USUAL)),
        DataType::UInt8 => TypeKind::I8(simple(UNSIGNED)),
        DataType::UInt16 => TypeKind::I16(simple(UNSIGNED)),
        DataType::UInt32 => TypeKind::I32(simple(UNSIGNED)),
        DataType::UInt64 => TypeKind::I64(simple(UNSIGNED)),
        DataType::Float32 => TypeKind::Fp32(simple(USUAL)),
        DataType::Float64 => TypeKind::Fp64(simple(USUAL)),
        DataType::Utf8 => TypeKind::Text(simple(USUAL)),
        DataType::LargeUtf8 => TypeKind::Text(simple(LARGE)),
        DataType::Utf8View => TypeKind::Text(simple(VIEW)),
        DataType::Binary => TypeKind::Binary(simple(USUAL)),
        DataType::LargeBinary => TypeKind::Binary(simple(LARGE)),
        DataType::BinaryView => TypeKind::Binary(simple(VIEW)),
        DataType::Date32 => TypeKind::Date(simple(USUAL)),
        DataType::Decimal128(precision @ 1..=38, scale @ -38..=38) => {
            TypeKind::Decimal(DecimalType {
                scale: i32::from(*scale),
                precision: i32::from(*precision),
                nullability,
            })
        }
        DataType::Timestamp(unit, zone) => {
            let moments = TimestampType {
                precision: digits(*unit),
                nullability,
            };
            match zone.as_deref() {
                None => TypeKind::Timestamp(moments),
                Some(ZONE) => TypeKind::ZonedTimestamp(moments),
                Some(_) => return None,
            }
        }
        _ => return None,
    };
    Some(Type { kind: Some(kind) })
}

/// Reads a type, and whether NULL is a value of it.
pub(crate) fn from_wire(wire: &Type) -> Option<(DataType, bool)> {
    let (data_type, nullability) = match wire.kind.as_ref()? {
        TypeKind::Boolean(simple) => (DataType::Boolean, simple.nullability),
        TypeKind::I8(simple) => sign(simple, DataType::Int8, DataType::UInt8),
        TypeKind::I16(simple) => sign(simple, DataType::Int16, DataType::UInt16),
        TypeKind::I32(simple) => sign(simple, DataType::Int32, DataType::UInt32),
        TypeKind::I64(simple) => sign(simple, DataType::Int64, DataType::UInt64),
        TypeKind::Fp32(simple) => (DataType::Float32, simple.nullability),
        TypeKind::Fp64(simple) => (DataType::Float64, simple.nullability),
        TypeKind::Text(simple) => (text(simple.variation)?, simple.nullability),
        TypeKind::Binary(simple) => (binary(simple.variation)?, simple.nullability),
        TypeKind::Date(simple) => (DataType::Date32, simple.nullability),
        TypeKind::Decimal(decimal) => {
            let precision = u8::try_from(decimal.precision).ok()?;
            let scale = i8::try_from(decimal.scale).ok()?;
            (DataType::Decimal128(precision, scale), decimal.nullability)
        }
        TypeKind::Timestamp(moments) => {
            let unit = unit(moments.precision)?;
            (DataType::Timestamp(unit, None), moments.nullability)
        }
        TypeKind::ZonedTimestamp(moments) => {
            let unit = unit(moments.precision)?;
            let zoned = DataType::Timestamp(unit, Some(ZONE.into()));
            (zoned, moments.nullability)
        }
    };
    Some((data_type, nullability == NULLABLE))
}

fn sign(simple: &SimpleType, signed: DataType, unsigned: DataType) -> (DataType, i32) {
    let data_type = match simple.variation {
        UNSIGNED => unsigned,
        _ => signed,
    };
    (data_type, simple.nullability)
}

/// The type of texts of a variation.
pub(crate) fn text(variation: u32) -> Option<DataType> {
    match variation {
        USUAL => Some(DataType::Utf8),
        LARGE => Some(DataType::LargeUtf8),
        VIEW => Some(DataType::Utf8View),
        _ => None,
    }
}

/// The type of bytes of a variation.
pub(crate) fn binary(variation: u32) -> Option<DataType> {
    match variation {
        USUAL => Some(DataType::Binary),
        LARGE => Some(DataType::LargeBinary),
        VIEW => Some(DataType::BinaryView),
        _ => None,
    }
}

/// Digits of a fraction of a second.
pub(crate) fn digits(unit: TimeUnit) -> i32 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    }
}

/// The unit with so many digits.
pub(crate) fn unit(digits: i32) -> Option<TimeUnit> {
    match digits {
        0 => Some(TimeUnit::Second),
        3 => Some(TimeUnit::Millisecond),
        6 => Some(TimeUnit::Microsecond),
        9 => Some(TimeUnit::Nanosecond),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_as_they_were_written() {
        for data_type in [
            DataType::Boolean,
            DataType::Int8,
            DataType::UInt64,
            DataType::Float32,
            DataType::LargeUtf8,
            DataType::BinaryView,
            DataType::Date32,
            DataType::Decimal128(38, -2),
            DataType::Timestamp(TimeUnit::Millisecond, None),
            DataType::Timestamp(TimeUnit::Nanosecond, Some(ZONE.into())),
        ] {
            for is_nullable in [true, false] {
                let wire = to_wire(&data_type, is_nullable).unwrap();
                assert_eq!(from_wire(&wire), Some((data_type.clone(), is_nullable)));
            }
        }
    }

    #[test]
    fn other_types_have_no_name() {
        let zoned = DataType::Timestamp(TimeUnit::Second, Some("Asia/Shanghai".into()));
        for data_type in [DataType::Null, DataType::Date64, zoned] {
            assert!(!is_supported(&data_type), "{data_type}");
        }
    }

    #[test]
    fn numbers_widen_where_no_value_is_lost_to_an_error() {
        assert!(widens(&DataType::Int32, &DataType::Int64));
        assert!(widens(&DataType::UInt32, &DataType::Int64));
        assert!(widens(&DataType::UInt64, &DataType::Float64));
        assert!(widens(&DataType::Float32, &DataType::Float64));
        for (from, to) in [
            (DataType::Int64, DataType::Int32),
            (DataType::Int32, DataType::UInt64),
            (DataType::UInt64, DataType::Int64),
            (DataType::Float64, DataType::Float64),
            (DataType::Utf8, DataType::Float64),
        ] {
            assert!(!widens(&from, &to), "{from} {to}");
        }
    }
}

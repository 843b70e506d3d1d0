//! Constants as literals of Substrait.

use arrow_schema::DataType;

use crate::expression::{Literal, Value};
use crate::types::{
    LARGE, UNSIGNED, USUAL, VIEW, ZONE, binary, digits, from_wire, text, to_wire, unit,
};
use crate::wire::{self, DecimalLiteral, LiteralKind, TimestampLiteral};

/// Writes a constant; `None` if its value is not one of its type.
pub(crate) fn literal_to_wire(literal: &Literal) -> Option<wire::Literal> {
    let data_type = &literal.data_type;
    let kind = match (&literal.value, data_type) {
        (None, _) => LiteralKind::Null(to_wire(data_type, true)?),
        (Some(Value::Boolean(value)), DataType::Boolean) => LiteralKind::Boolean(*value),
        (Some(Value::Integer(value)), _) => integer(data_type, *value)?,
        (Some(Value::Real(value)), DataType::Float32) => {
            let narrow = *value as f32;
            let is_same = f64::from(narrow).to_bits() == value.to_bits();
            is_same.then_some(LiteralKind::Fp32(narrow))?
        }
        (Some(Value::Real(value)), DataType::Float64) => LiteralKind::Fp64(*value),
        (Some(Value::Text(value)), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => {
            LiteralKind::Text(value.clone())
        }
        (
            Some(Value::Bytes(value)),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView,
        ) => LiteralKind::Binary(value.clone()),
        _ => return None,
    };
    let variation = match &literal.value {
        Some(_) => variation(data_type),
        None => USUAL,
    };
    Some(wire::Literal {
        kind: Some(kind),
        variation,
    })
}

/// Reads a constant. Its value may be beyond its type.
pub(crate) fn literal_from_wire(wire: wire::Literal) -> Option<Literal> {
    let is_unsigned = wire.variation == UNSIGNED;
    let of = |data_type: DataType, value: Value| Literal {
        data_type,
        value: Some(value),
    };
    let number =
        |signed: DataType, unsigned: DataType, value: i128, positive: i128| match is_unsigned {
            true => of(unsigned, Value::Integer(positive)),
            false => of(signed, Value::Integer(value)),
        };
    Some(match wire.kind? {
        LiteralKind::Null(data_type) => Literal {
            data_type: from_wire(&data_type)?.0,
            value: None,
        },
        LiteralKind::Boolean(value) => of(DataType::Boolean, Value::Boolean(value)),
        LiteralKind::I8(value) => {
            number(DataType::Int8, DataType::UInt8, value.into(), value.into())
        }
        LiteralKind::I16(value) => number(
            DataType::Int16,
            DataType::UInt16,
            value.into(),
            value.into(),
        ),
        LiteralKind::I32(value) => {
            let positive = value.cast_unsigned().into();
            number(DataType::Int32, DataType::UInt32, value.into(), positive)
        }
        LiteralKind::I64(value) => {
            let positive = value.cast_unsigned().into();
            number(DataType::Int64, DataType::UInt64, value.into(), positive)
        }
        LiteralKind::Fp32(value) => of(DataType::Float32, Value::Real(value.into())),
        LiteralKind::Fp64(value) => of(DataType::Float64, Value::Real(value)),
        LiteralKind::Text(value) => of(text(wire.variation)?, Value::Text(value)),
        LiteralKind::Binary(value) => of(binary(wire.variation)?, Value::Bytes(value)),
        LiteralKind::Date(value) => of(DataType::Date32, Value::Integer(value.into())),
        LiteralKind::Decimal(decimal) => {
            let precision = u8::try_from(decimal.precision).ok()?;
            let scale = i8::try_from(decimal.scale).ok()?;
            let value = i128::from_le_bytes(decimal.value.try_into().ok()?);
            let data_type = DataType::Decimal128(precision, scale);
            of(data_type, Value::Integer(value))
        }
        LiteralKind::Timestamp(moment) => {
            let data_type = DataType::Timestamp(unit(moment.precision)?, None);
            of(data_type, Value::Integer(moment.value.into()))
        }
        LiteralKind::ZonedTimestamp(moment) => {
            let data_type = DataType::Timestamp(unit(moment.precision)?, Some(ZONE.into()));
            of(data_type, Value::Integer(moment.value.into()))
        }
    })
}

/// The integer of a type; `None` beyond its range.
fn integer(data_type: &DataType, value: i128) -> Option<LiteralKind> {
    Some(match data_type {
        DataType::Int8 => LiteralKind::I8(i8::try_from(value).ok()?.into()),
        DataType::Int16 => LiteralKind::I16(i16::try_from(value).ok()?.into()),
        DataType::Int32 => LiteralKind::I32(i32::try_from(value).ok()?),
        DataType::Int64 => LiteralKind::I64(i64::try_from(value).ok()?),
        DataType::UInt8 => LiteralKind::I8(u8::try_from(value).ok()?.into()),
        DataType::UInt16 => LiteralKind::I16(u16::try_from(value).ok()?.into()),
        DataType::UInt32 => LiteralKind::I32(u32::try_from(value).ok()?.cast_signed()),
        DataType::UInt64 => LiteralKind::I64(u64::try_from(value).ok()?.cast_signed()),
        DataType::Date32 => LiteralKind::Date(i32::try_from(value).ok()?),
        DataType::Timestamp(unit, zone) => {
            let moment = TimestampLiteral {
                precision: digits(*unit),
                value: i64::try_from(value).ok()?,
            };
            match zone.as_deref() {
                None => LiteralKind::Timestamp(moment),
                Some(ZONE) => LiteralKind::ZonedTimestamp(moment),
                Some(_) => return None,
            }
        }
        DataType::Decimal128(precision, scale) => {
            let end = 10u128.checked_pow(u32::from(*precision));
            if end.is_none_or(|end| value.unsigned_abs() >= end) {
                return None;
            }
            LiteralKind::Decimal(DecimalLiteral {
                value: value.to_le_bytes().to_vec(),
                precision: i32::from(*precision),
                scale: i32::from(*scale),
            })
        }
        _ => return None,
    })
}

/// The variation of a type, as of its literals.
fn variation(data_type: &DataType) -> u32 {
    match data_type {
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => UNSIGNED,
        DataType::LargeUtf8 | DataType::LargeBinary => LARGE,
        DataType::Utf8View | DataType::BinaryView => VIEW,
        _ => USUAL,
    }
}

#[cfg(test)]
mod tests {
    use arrow_schema::TimeUnit;

    use super::*;

    fn literal(data_type: DataType, value: Value) -> Literal {
        let value = Some(value);
        Literal { data_type, value }
    }

    #[test]
    fn literals_are_read_as_they_were_written() {
        for literal in [
            literal(DataType::UInt64, Value::Integer(u64::MAX.into())),
            literal(DataType::UInt32, Value::Integer(u32::MAX.into())),
            literal(DataType::UInt8, Value::Integer(255)),
            literal(DataType::Int64, Value::Integer(i64::MIN.into())),
            literal(DataType::Float32, Value::Real(0.5)),
            literal(DataType::LargeUtf8, Value::Text("云龙".to_owned())),
            literal(DataType::BinaryView, Value::Bytes(vec![0, 255])),
            literal(DataType::Decimal128(38, 2), Value::Integer(-12_345)),
            literal(
                DataType::Timestamp(TimeUnit::Nanosecond, Some(ZONE.into())),
                Value::Integer(-1),
            ),
            Literal {
                data_type: DataType::LargeUtf8,
                value: None,
            },
        ] {
            let wire = literal_to_wire(&literal).unwrap();
            assert_eq!(literal_from_wire(wire), Some(literal));
        }
    }

    #[test]
    fn values_beyond_their_type_are_no_literals() {
        for literal in [
            literal(DataType::Int8, Value::Integer(128)),
            literal(DataType::UInt16, Value::Integer(-1)),
            literal(DataType::Float32, Value::Real(0.1)),
            literal(DataType::Decimal128(3, 1), Value::Integer(1_000)),
            literal(DataType::Utf8, Value::Integer(1)),
            literal(DataType::Boolean, Value::Text("true".to_owned())),
        ] {
            assert_eq!(literal_to_wire(&literal), None, "{literal:?}");
        }
    }
}

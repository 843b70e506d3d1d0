//! Constants of queries of one table, and those of the engine.

use arrow_schema::{DataType, TimeUnit};
use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;
use chengji_substrait::{Literal, Value};
use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;

use crate::failure::external;

/// A constant of the engine as one of a query of one table; `None` if its type has none.
pub(crate) fn literal(scalar: &ScalarValue) -> Option<Literal> {
    let value = match scalar {
        null if null.is_null() => None,
        ScalarValue::Boolean(Some(value)) => Some(Value::Boolean(*value)),
        ScalarValue::Int8(Some(value)) => Some(Value::Integer((*value).into())),
        ScalarValue::Int16(Some(value)) => Some(Value::Integer((*value).into())),
        ScalarValue::Int32(Some(value)) | ScalarValue::Date32(Some(value)) => {
            Some(Value::Integer((*value).into()))
        }
        ScalarValue::Int64(Some(value))
        | ScalarValue::TimestampSecond(Some(value), _)
        | ScalarValue::TimestampMillisecond(Some(value), _)
        | ScalarValue::TimestampMicrosecond(Some(value), _)
        | ScalarValue::TimestampNanosecond(Some(value), _) => Some(Value::Integer((*value).into())),
        ScalarValue::UInt8(Some(value)) => Some(Value::Integer((*value).into())),
        ScalarValue::UInt16(Some(value)) => Some(Value::Integer((*value).into())),
        ScalarValue::UInt32(Some(value)) => Some(Value::Integer((*value).into())),
        ScalarValue::UInt64(Some(value)) => Some(Value::Integer((*value).into())),
        ScalarValue::Decimal128(Some(value), _, _) => Some(Value::Integer(*value)),
        ScalarValue::Float32(Some(value)) => Some(Value::Real((*value).into())),
        ScalarValue::Float64(Some(value)) => Some(Value::Real(*value)),
        ScalarValue::Utf8(Some(value))
        | ScalarValue::LargeUtf8(Some(value))
        | ScalarValue::Utf8View(Some(value)) => Some(Value::Text(value.clone())),
        ScalarValue::Binary(Some(value))
        | ScalarValue::LargeBinary(Some(value))
        | ScalarValue::BinaryView(Some(value)) => Some(Value::Bytes(value.clone())),
        _ => return None,
    };
    Some(Literal {
        data_type: scalar.data_type(),
        value,
    })
}

/// A constant of a query of one table as one of the engine.
pub(crate) fn scalar(literal: &Literal) -> Result<ScalarValue, DataFusionError> {
    let data_type = &literal.data_type;
    let Some(value) = &literal.value else {
        return ScalarValue::try_from(data_type);
    };
    Ok(match (value, data_type) {
        (Value::Boolean(value), _) => ScalarValue::Boolean(Some(*value)),
        (Value::Integer(value), _) => integer(*value, data_type)?,
        // The value is one of the narrow type.
        (Value::Real(value), DataType::Float32) => ScalarValue::Float32(Some(*value as f32)),
        (Value::Real(value), _) => ScalarValue::Float64(Some(*value)),
        (Value::Text(value), DataType::LargeUtf8) => ScalarValue::LargeUtf8(Some(value.clone())),
        (Value::Text(value), DataType::Utf8View) => ScalarValue::Utf8View(Some(value.clone())),
        (Value::Text(value), _) => ScalarValue::Utf8(Some(value.clone())),
        (Value::Bytes(value), DataType::LargeBinary) => {
            ScalarValue::LargeBinary(Some(value.clone()))
        }
        (Value::Bytes(value), DataType::BinaryView) => ScalarValue::BinaryView(Some(value.clone())),
        (Value::Bytes(value), _) => ScalarValue::Binary(Some(value.clone())),
    })
}

fn integer(value: i128, data_type: &DataType) -> Result<ScalarValue, DataFusionError> {
    Ok(match data_type {
        DataType::Int8 => ScalarValue::Int8(narrow(value)?),
        DataType::Int16 => ScalarValue::Int16(narrow(value)?),
        DataType::Int32 => ScalarValue::Int32(narrow(value)?),
        DataType::Int64 => ScalarValue::Int64(narrow(value)?),
        DataType::UInt8 => ScalarValue::UInt8(narrow(value)?),
        DataType::UInt16 => ScalarValue::UInt16(narrow(value)?),
        DataType::UInt32 => ScalarValue::UInt32(narrow(value)?),
        DataType::UInt64 => ScalarValue::UInt64(narrow(value)?),
        DataType::Date32 => ScalarValue::Date32(narrow(value)?),
        DataType::Decimal128(precision, scale) => {
            ScalarValue::Decimal128(Some(value), *precision, *scale)
        }
        DataType::Timestamp(unit, zone) => {
            let (value, zone) = (narrow(value)?, zone.clone());
            match unit {
                TimeUnit::Second => ScalarValue::TimestampSecond(value, zone),
                TimeUnit::Millisecond => ScalarValue::TimestampMillisecond(value, zone),
                TimeUnit::Microsecond => ScalarValue::TimestampMicrosecond(value, zone),
                TimeUnit::Nanosecond => ScalarValue::TimestampNanosecond(value, zone),
            }
        }
        _ => return Err(ill_typed()),
    })
}

fn narrow<T: TryFrom<i128>>(value: i128) -> Result<Option<T>, DataFusionError> {
    T::try_from(value).map(Some).map_err(|_| ill_typed())
}

/// The error for a query whose types do not fit the table, or each other.
pub(crate) fn ill_typed() -> DataFusionError {
    external(Error::new(
        ErrorCode::InvalidArgument,
        msg::TableQueryIllTyped,
    ))
}

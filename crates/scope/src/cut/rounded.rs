//! Numbers rounded down to a multiple. A result beyond the range of its type is NULL.

use std::num::NonZeroU64;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, Decimal128Array, Decimal256Array};
use arrow_buffer::i256;
use arrow_schema::DataType;

use super::family::Family;

/// Digits of decimal numbers of 128 and of 256 bits.
const DIGITS: u8 = 38;
const WIDE_DIGITS: u8 = 76;

/// Returns the type of the rounded numbers of a column of this family and type; `None` if they cannot be rounded.
pub(super) fn rounded_type(family: Family, data_type: &DataType) -> Option<DataType> {
    match family {
        Family::Whole { .. } if *data_type == DataType::UInt64 => Some(DataType::UInt64),
        Family::Whole { .. } if data_type.is_integer() => Some(DataType::Int64),
        Family::Whole { scale } if scale >= 0 => Some(DataType::Decimal128(DIGITS, scale)),
        Family::Wide { scale } if scale >= 0 => Some(DataType::Decimal256(WIDE_DIGITS, scale)),
        Family::Float => Some(DataType::Float64),
        _ => None,
    }
}

/// Rounds the numbers of a column down to multiples; `None` if they cannot be rounded.
pub(super) fn rounded(
    column: &dyn Array,
    multiple: NonZeroU64,
    result: &DataType,
) -> Option<ArrayRef> {
    let rounded = match column.data_type() {
        DataType::Int8 => integers::<Int8Type>(column, multiple),
        DataType::Int16 => integers::<Int16Type>(column, multiple),
        DataType::Int32 => integers::<Int32Type>(column, multiple),
        DataType::Int64 => integers::<Int64Type>(column, multiple),
        DataType::UInt8 => integers::<UInt8Type>(column, multiple),
        DataType::UInt16 => integers::<UInt16Type>(column, multiple),
        DataType::UInt32 => integers::<UInt32Type>(column, multiple),
        DataType::UInt64 => {
            let numbers = column.as_primitive_opt::<UInt64Type>()?;
            let multiple = multiple.get();
            let rounded = numbers.unary::<_, UInt64Type>(|number| number - number % multiple);
            Some(Arc::new(rounded) as ArrayRef)
        }
        DataType::Decimal32(_, scale) => decimals::<Decimal32Type>(column, multiple, *scale),
        DataType::Decimal64(_, scale) => decimals::<Decimal64Type>(column, multiple, *scale),
        DataType::Decimal128(_, scale) => decimals::<Decimal128Type>(column, multiple, *scale),
        DataType::Decimal256(_, scale) => wide_decimals(column, multiple, *scale),
        _ => floats(column, multiple),
    };
    rounded.filter(|rounded| rounded.data_type() == result)
}

fn integers<T: ArrowPrimitiveType>(column: &dyn Array, multiple: NonZeroU64) -> Option<ArrayRef>
where
    T::Native: Into<i128>,
{
    let step = Some(i128::from(multiple.get()));
    let numbers = column.as_primitive_opt::<T>()?;
    let rounded = numbers.unary_opt::<_, Int64Type>(|number| {
        let rounded = floor(number.into(), step)?;
        i64::try_from(rounded).ok()
    });
    Some(Arc::new(rounded))
}

fn decimals<T: ArrowPrimitiveType>(
    column: &dyn Array,
    multiple: NonZeroU64,
    scale: i8,
) -> Option<ArrayRef>
where
    i128: From<T::Native>,
{
    let unit = 10_i128.checked_pow(u32::try_from(scale).ok()?);
    let step = unit.and_then(|unit| unit.checked_mul(multiple.get().into()));
    let beyond = 10_i128.pow(DIGITS.into());
    let numbers = column.as_primitive_opt::<T>()?;
    let rounded: Decimal128Array = numbers.unary_opt::<_, Decimal128Type>(|number| {
        floor(number.into(), step).filter(|rounded| *rounded > -beyond && *rounded < beyond)
    });
    let rounded = rounded.with_precision_and_scale(DIGITS, scale).ok()?;
    Some(Arc::new(rounded))
}

fn wide_decimals(column: &dyn Array, multiple: NonZeroU64, scale: i8) -> Option<ArrayRef> {
    let ten = i256::from_i128(10);
    let unit = ten.checked_pow(u32::try_from(scale).ok()?);
    let step = unit.and_then(|unit| unit.checked_mul(i256::from_i128(multiple.get().into())));
    let beyond = ten.checked_pow(WIDE_DIGITS.into())?;
    let least = beyond.checked_neg()?;
    let numbers = column.as_primitive_opt::<Decimal256Type>()?;
    let rounded: Decimal256Array = numbers.unary_opt::<_, Decimal256Type>(|number| {
        wide_floor(number, step).filter(|rounded| *rounded > least && *rounded < beyond)
    });
    let rounded = rounded.with_precision_and_scale(WIDE_DIGITS, scale).ok()?;
    Some(Arc::new(rounded))
}

fn floats(column: &dyn Array, multiple: NonZeroU64) -> Option<ArrayRef> {
    let step = multiple.get() as f64;
    let round = |number: f64| match number.is_finite() {
        true => number - number.rem_euclid(step),
        false => number,
    };
    let rounded: ArrayRef = match column.data_type() {
        DataType::Float16 => {
            let numbers = column.as_primitive_opt::<Float16Type>()?;
            Arc::new(numbers.unary::<_, Float64Type>(|number| round(number.to_f64())))
        }
        DataType::Float32 => {
            let numbers = column.as_primitive_opt::<Float32Type>()?;
            Arc::new(numbers.unary::<_, Float64Type>(|number| round(number.into())))
        }
        _ => {
            let numbers = column.as_primitive_opt::<Float64Type>()?;
            Arc::new(numbers.unary::<_, Float64Type>(round))
        }
    };
    Some(rounded)
}

/// Returns the greatest multiple that is not greater. A step beyond 128 bits is greater than any number.
fn floor(number: i128, step: Option<i128>) -> Option<i128> {
    match step {
        Some(step) => number.checked_sub(number.rem_euclid(step)),
        None => (number >= 0).then_some(0),
    }
}

fn wide_floor(number: i256, step: Option<i256>) -> Option<i256> {
    let Some(step) = step else {
        return (!number.is_negative()).then_some(i256::ZERO);
    };
    let rest = number.checked_rem(step)?;
    let rest = match rest.is_negative() {
        true => rest.checked_add(step)?,
        false => rest,
    };
    number.checked_sub(rest)
}

//! Masked columns. NULL stays NULL.

use std::num::NonZeroU64;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowTimestampType, Date32Type, Date64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, StringArray,
    TimestampMicrosecondArray, TimestampNanosecondArray, UInt32Array, new_null_array,
};
use arrow_schema::{DataType, TimeUnit};
use arrow_select::take::take;
use chengji_domain::Result;
use chengji_domain::quoted::Quoted;
use chengji_domain::request::terms::{DateUnit, Decimal, Literal, Mask};
use chengji_domain::table::TableColumn;
use chengji_messages::msg;
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::calendar::{days_of, first_day};
use super::cells::{Cells, DAY_MILLISECONDS};
use super::failed;
use super::family::{Family, is_separable, nanoseconds, plain};
use super::rounded::{rounded, rounded_type};
use super::texts::{Kept, Texts};
use crate::column::invalid;
use crate::mask::label;

/// Digits of decimal numbers of 128 bits.
const DIGITS: u8 = 38;
/// Bytes of a hash that are shown.
const HASH: usize = 16;
const DAY_NANOSECONDS: i64 = DAY_MILLISECONDS * 1_000_000;

/// A mask of a column, with the type of its result.
#[derive(Clone)]
pub(super) struct Masker {
    data_type: DataType,
    work: Work,
}

#[derive(Clone)]
enum Work {
    Remove,
    Keep(Kept),
    Hash(Box<Hmac<Sha256>>),
    CutDate(DateUnit),
    Round(NonZeroU64),
    /// One value.
    Constant(ArrayRef),
}

impl Masker {
    /// Makes the mask of a column whose values have this family and Arrow type.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` if values of that type cannot be masked so.
    pub(super) fn of(
        mask: &Mask,
        column: &TableColumn,
        family: Family,
        data_type: &DataType,
        salt: &[u8; 32],
    ) -> Result<Self> {
        Self::fitting(mask, family, plain(data_type), salt).ok_or_else(|| {
            invalid(msg::ScopeMaskUnfit {
                column: Quoted(&column.name),
                column_type: column.column_type.label(),
                mask: label(mask),
            })
        })
    }

    fn fitting(mask: &Mask, family: Family, data_type: &DataType, salt: &[u8; 32]) -> Option<Self> {
        let same = data_type.clone();
        let (data_type, work) = match mask {
            // There is nothing to know of values that were of parts or runs.
            Mask::Remove if data_type.is_nested() || !is_separable(data_type) => {
                (DataType::Null, Work::Remove)
            }
            Mask::Remove => (same, Work::Remove),
            Mask::KeepFirst(count) => (same, Work::Keep(Kept::First(*count as usize))),
            Mask::KeepLast(count) => (same, Work::Keep(Kept::Last(*count as usize))),
            Mask::Hash => (DataType::Utf8, Work::Hash(Box::new(keyed(salt)))),
            Mask::CutDate(unit) => (same, Work::CutDate(*unit)),
            Mask::RoundDown(multiple) => {
                let result = rounded_type(family, data_type)?;
                (result, Work::Round(*multiple))
            }
            Mask::Constant(value) => {
                let value = constant(value)?;
                (value.data_type().clone(), Work::Constant(value))
            }
        };
        let is_fit = match &work {
            Work::Remove | Work::Constant(_) | Work::Round(_) => true,
            Work::Keep(_) => family == Family::Text,
            Work::Hash(_) => !matches!(family, Family::Float | Family::Opaque),
            Work::CutDate(_) => matches!(family, Family::Date | Family::Timestamp(_)),
        };
        is_fit.then_some(Self { data_type, work })
    }

    /// Returns the type of the masked values.
    pub(super) fn data_type(&self) -> &DataType {
        &self.data_type
    }

    /// Masks the values of a column without a dictionary.
    pub(super) fn apply(&self, values: &ArrayRef, family: Family) -> Result<ArrayRef> {
        let masked = match &self.work {
            Work::Remove => Some(new_null_array(&self.data_type, values.len())),
            Work::Keep(part) => Texts::of(values.as_ref()).map(|texts| texts.kept(*part)),
            Work::Hash(keyed) => Some(hashed(values.as_ref(), family, keyed)),
            Work::CutDate(unit) => cut_dates(values.as_ref(), *unit),
            Work::Round(multiple) => rounded(values.as_ref(), *multiple, &self.data_type),
            Work::Constant(value) => repeated(value, values.as_ref()),
        };
        masked.ok_or_else(failed)
    }
}

#[expect(
    clippy::expect_used,
    reason = "HMAC takes a key of any length (RFC 2104)"
)]
fn keyed(salt: &[u8; 32]) -> Hmac<Sha256> {
    <Hmac<Sha256> as Mac>::new_from_slice(salt).expect("a key of any length is taken")
}

fn hashed(values: &dyn Array, family: Family, keyed: &Hmac<Sha256>) -> ArrayRef {
    let nulls = values.logical_nulls();
    let cells = Cells::of(values, family);
    let mut hashes = StringBuilder::new();
    for row in 0..values.len() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            hashes.append_null();
            continue;
        }
        let mut hash = keyed.clone();
        hash.update(cells.text(row, family).as_bytes());
        let hash = hash.finalize().into_bytes();
        hashes.append_value(BASE32_NOPAD.encode(&hash[..HASH]).to_ascii_lowercase());
    }
    Arc::new(hashes.finish())
}

fn cut_dates(values: &dyn Array, unit: DateUnit) -> Option<ArrayRef> {
    match values.data_type() {
        DataType::Date32 => {
            let days = values.as_primitive_opt::<Date32Type>()?;
            let first = |day: i32| i32::try_from(first_day(day.into(), unit)).ok();
            Some(Arc::new(days.unary_opt::<_, Date32Type>(first)))
        }
        DataType::Date64 => {
            let times = values.as_primitive_opt::<Date64Type>()?;
            let first = |time| cut_time(time, DAY_MILLISECONDS, unit);
            Some(Arc::new(times.unary_opt::<_, Date64Type>(first)))
        }
        DataType::Timestamp(TimeUnit::Second, _) => timestamps::<TimestampSecondType>(values, unit),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            timestamps::<TimestampMillisecondType>(values, unit)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            timestamps::<TimestampMicrosecondType>(values, unit)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            timestamps::<TimestampNanosecondType>(values, unit)
        }
        _ => None,
    }
}

/// Timestamps with a zone are truncated in UTC.
fn timestamps<T: ArrowTimestampType>(values: &dyn Array, unit: DateUnit) -> Option<ArrayRef> {
    let day = DAY_NANOSECONDS / nanoseconds(T::UNIT);
    let times = values.as_primitive_opt::<T>()?;
    let cut = times.unary_opt::<_, T>(|time| cut_time(time, day, unit));
    Some(Arc::new(cut.with_data_type(values.data_type().clone())))
}

fn cut_time(time: i64, day: i64, unit: DateUnit) -> Option<i64> {
    first_day(time.div_euclid(day), unit).checked_mul(day)
}

/// Returns a column with the one value, and NULL where the values are NULL.
fn repeated(value: &ArrayRef, values: &dyn Array) -> Option<ArrayRef> {
    let nulls = values.logical_nulls();
    let is_null = |row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
    let places = (0..values.len()).map(|row| (!is_null(row)).then_some(0_u32));
    take(value.as_ref(), &places.collect::<UInt32Array>(), None).ok()
}

/// Returns a column of one value.
fn constant(value: &Literal) -> Option<ArrayRef> {
    let column: ArrayRef = match value {
        Literal::Boolean(truth) => Arc::new(BooleanArray::from(vec![*truth])),
        Literal::Integer(number) => Arc::new(Int64Array::from(vec![*number])),
        Literal::Decimal(number) => Arc::new(decimal(number)?),
        Literal::Text(text) => Arc::new(StringArray::from(vec![text.as_str()])),
        Literal::Date(date) => {
            let days = days_of(date.year().into(), date.month().into(), date.day().into());
            Arc::new(Date32Array::from(vec![i32::try_from(days).ok()?]))
        }
        Literal::Time(time) => {
            let exact = i64::try_from(time.as_nanosecond()).ok();
            match exact.filter(|time| time % 1_000 != 0) {
                Some(time) => {
                    Arc::new(TimestampNanosecondArray::from(vec![time]).with_timezone("UTC"))
                }
                None => {
                    let time = time.as_microsecond();
                    Arc::new(TimestampMicrosecondArray::from(vec![time]).with_timezone("UTC"))
                }
            }
        }
    };
    Some(column)
}

fn decimal(number: &Decimal) -> Option<Decimal128Array> {
    let text = number.to_string();
    let scale = text.split_once('.').map_or(0, |(_, part)| part.len());
    let units: i128 = text.replace('.', "").parse().ok()?;
    let numbers = Decimal128Array::from(vec![units]);
    let scale = i8::try_from(scale).ok()?;
    numbers.with_precision_and_scale(DIGITS, scale).ok()
}

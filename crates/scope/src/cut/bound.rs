//! Numbers of conditions in the units of a column, so that each value of it compares exactly.

use std::cmp::Ordering;

use arrow_buffer::i256;

/// A number relative to the values of a column, which are whole multiples of its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound<N> {
    /// This value.
    At(N),
    /// Between this value and the next.
    Above(N),
    /// Greater than any value of the column.
    BeyondAll,
    /// Smaller than any value of the column.
    BelowAll,
}

impl<N: Ord> Bound<N> {
    /// Returns the order of a value relative to the number.
    pub(super) fn order(&self, value: &N) -> Ordering {
        match self {
            Self::At(number) => value.cmp(number),
            Self::Above(number) if value <= number => Ordering::Less,
            Self::Above(_) | Self::BelowAll => Ordering::Greater,
            Self::BeyondAll => Ordering::Less,
        }
    }
}

impl Bound<i256> {
    /// Makes a bound of a number of at most 38 digits in canonical form, for values with this many digits after the
    /// point; `None` if the text is none.
    pub(super) fn of(number: &str, scale: i8) -> Option<Self> {
        let fraction = number.split_once('.').map_or(0, |(_, part)| part.len());
        let units: i128 = number.replace('.', "").parse().ok()?;
        if units == 0 {
            return Some(Self::At(i256::ZERO));
        }
        let is_negative = units < 0;
        let units = i256::from_i128(units);
        let shift = i32::from(scale) - i32::try_from(fraction).ok()?;
        let factor = i256::from_i128(10).checked_pow(shift.unsigned_abs());
        if shift >= 0 {
            let product = factor.and_then(|factor| units.checked_mul(factor));
            let beyond = match is_negative {
                true => Self::BelowAll,
                false => Self::BeyondAll,
            };
            return Some(product.map_or(beyond, Self::At));
        }
        // A factor beyond 256 bits makes the number a fraction of a unit.
        let (whole, rest) = match factor {
            Some(factor) => (units.checked_div(factor)?, units.checked_rem(factor)?),
            None => (i256::ZERO, units),
        };
        Some(match (rest == i256::ZERO, is_negative) {
            (true, _) => Self::At(whole),
            (false, true) => Self::Above(whole.checked_sub(i256::ONE)?),
            (false, false) => Self::Above(whole),
        })
    }

    /// Returns the same bound for values of 128 bits.
    pub(super) fn narrowed(self) -> Bound<i128> {
        let beyond = |number: i256| match number.is_negative() {
            true => Bound::BelowAll,
            false => Bound::BeyondAll,
        };
        match self {
            Self::At(number) => number.to_i128().map_or(beyond(number), Bound::At),
            Self::Above(number) => number.to_i128().map_or(beyond(number), Bound::Above),
            Self::BeyondAll => Bound::BeyondAll,
            Self::BelowAll => Bound::BelowAll,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_exact_in_the_units_of_any_column() {
        let at = |number: i128| Some(Bound::At(number));
        let above = |number: i128| Some(Bound::Above(number));
        for (number, scale, expected) in [
            ("12.5", 2, at(1_250)),
            ("-12.5", 0, above(-13)),
            ("12.5", 0, above(12)),
            ("0.001", 2, above(0)),
            ("-0.001", 2, above(-1)),
            ("1200", -2, at(12)),
            ("1250", -2, above(12)),
            ("0", 38, at(0)),
            ("9223372036854775807", 38, Some(Bound::BeyondAll)),
            ("-9223372036854775808", 127, Some(Bound::BelowAll)),
            ("0.00000000000000000001", -128, above(0)),
        ] {
            let bound = Bound::of(number, scale).map(Bound::narrowed);
            assert_eq!(bound, expected, "{number}");
        }
    }

    #[test]
    fn a_value_is_never_equal_to_a_number_between_two() {
        let bound = Bound::Above(12);
        assert_eq!(bound.order(&12), Ordering::Less);
        assert_eq!(bound.order(&13), Ordering::Greater);
        assert_eq!(Bound::BeyondAll.order(&i128::MAX), Ordering::Less);
        assert_eq!(Bound::BelowAll.order(&i128::MIN), Ordering::Greater);
    }
}

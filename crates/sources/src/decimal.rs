//! Decimal numbers, as texts and as the integers of a scale.

use std::fmt;

use crate::arrow_types::DECIMAL_PRECISION;

/// A decimal number in canonical form: without an exponent, superfluous zeros, and the sign of zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    is_negative: bool,
    /// Digits before the point, without zeros at their beginning.
    whole: String,
    /// Digits after the point, without zeros at their end.
    fraction: String,
}

impl Decimal {
    /// Reads a number such as `-12.50`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        Some(Self {
            is_negative: is_negative && !(whole.is_empty() && fraction.is_empty()),
            whole,
            fraction,
        })
    }

    /// Returns the shortest number that is stored as this one: the one that was written.
    pub(crate) fn of_float(number: f64) -> Option<Self> {
        // Written without an exponent, and infinity in letters.
        Self::parse(&number.to_string())
    }

    /// Returns the number in units of `10^-scale`; `None` if it has more digits than fit.
    pub(crate) fn unscaled(&self, scale: usize) -> Option<i128> {
        if self.fraction.len() > scale {
            return None;
        }
        let digits = format!("0{}{:0<scale$}", self.whole, self.fraction);
        let number: i128 = digits.parse().ok()?;
        let fits = number < 10_i128.pow(DECIMAL_PRECISION.into());
        fits.then_some(if self.is_negative { -number } else { number })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative { "-" } else { "" };
        let whole = if self.whole.is_empty() {
            "0"
        } else {
            &self.whole
        };
        let point = if self.fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{}", self.fraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        for (text, expected) in [
            ("0", "0"),
            ("-0.00", "0"),
            ("+007.50", "7.5"),
            ("-12.", "-12"),
            ("0.001", "0.001"),
        ] {
            assert_eq!(
                Decimal::parse(text).unwrap().to_string(),
                expected,
                "{text}"
            );
        }
        for other in ["", "-", ".5", "1e3", "1,5", " 1", "--1", "NaN", "１"] {
            assert_eq!(Decimal::parse(other), None, "{other}");
        }
        let floats = [(12.34, "12.34"), (-1e21, "-1000000000000000000000")];
        for (number, expected) in floats {
            assert_eq!(Decimal::of_float(number).unwrap().to_string(), expected);
        }
        assert_eq!(Decimal::of_float(f64::INFINITY), None);
    }

    #[test]
    fn numbers_are_scaled_only_if_they_fit() {
        let unscaled = |text: &str, scale| Decimal::parse(text).unwrap().unscaled(scale);
        assert_eq!(unscaled("-12.5", 2), Some(-1_250));
        assert_eq!(unscaled("12.500", 1), Some(125));
        assert_eq!(unscaled("0", 0), Some(0));
        assert_eq!(unscaled("12.345", 2), None);
        assert_eq!(unscaled(&"9".repeat(38), 0), Some(10_i128.pow(38) - 1));
        assert_eq!(unscaled(&"9".repeat(38), 1), None);
        assert_eq!(unscaled(&"9".repeat(60), 0), None);
    }
}

//! Decimal numbers as text: those of columns without a declared scale have any number of digits.

use std::cmp::Ordering;

/// The parts of a number that differ from those of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Digits<'a> {
    is_negative: bool,
    /// Digits before the point, without zeros in front.
    whole: &'a str,
    /// Digits after the point, without zeros at the end.
    fraction: &'a str,
}

impl<'a> Digits<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            is_negative: is_negative && !is_zero,
            whole,
            fraction,
        })
    }
}

/// Returns the order of two numbers; `None` if a text is none.
pub(super) fn order(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Digits::of(a)?, Digits::of(b)?);
    let of_sizes = || {
        let of_lengths = a.whole.len().cmp(&b.whole.len());
        let of_wholes = of_lengths.then_with(|| a.whole.cmp(b.whole));
        of_wholes.then_with(|| a.fraction.cmp(b.fraction))
    };
    Some(match (a.is_negative, b.is_negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => of_sizes(),
        (true, true) => of_sizes().reverse(),
    })
}

/// Returns a number without insignificant zeros; another text as it is.
pub(super) fn canonical(text: &str) -> String {
    let Some(digits) = Digits::of(text) else {
        return text.to_owned();
    };
    let sign = if digits.is_negative { "-" } else { "" };
    let whole = match digits.whole {
        "" => "0",
        whole => whole,
    };
    match digits.fraction {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// Returns the number of these units, of which each has so many digits after the point, without insignificant zeros.
pub(super) fn scaled(units: &str, scale: i8) -> String {
    let (sign, digits) = match units.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", units),
    };
    let places = usize::from(scale.unsigned_abs());
    let text = match scale > 0 {
        true => {
            let padded = format!("{digits:0>width$}", width = places + 1);
            let (whole, fraction) = padded.split_at(padded.len() - places);
            format!("{sign}{whole}.{fraction}")
        }
        false => format!("{sign}{digits}{}", "0".repeat(places)),
    };
    canonical(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value() {
        let ordered = [
            "-12.5", "-12", "-0.5", "0", "0.05", "0.5", "0.51", "9", "12", "100",
        ];
        for (n, a) in ordered.iter().enumerate() {
            for (m, b) in ordered.iter().enumerate() {
                assert_eq!(order(a, b), Some(n.cmp(&m)), "{a} {b}");
            }
        }
        assert_eq!(order("-0.00", "000"), Some(Ordering::Equal));
        assert_eq!(order("NaN", "1"), None);
    }

    #[test]
    fn a_number_has_one_text() {
        for (units, scale, expected) in [
            ("1250", 2, "12.5"),
            ("-5", 2, "-0.05"),
            ("500", 2, "5"),
            ("0", 38, "0"),
            ("12", -2, "1200"),
            ("-12", 0, "-12"),
        ] {
            assert_eq!(scaled(units, scale), expected);
        }
        assert_eq!(canonical("-00.500"), "-0.5");
        assert_eq!(canonical("-0"), "0");
    }
}

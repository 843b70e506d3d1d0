//! Decimal numbers in the binary form of the server: groups of four digits, the weight of the first group, the sign, and
//! the number of digits after the point.

use crate::database::column::MAX_DIGITS;
use crate::database::unfit::Unfit;

/// Digits of a group.
const GROUP: u32 = 4;
/// Bytes before the groups.
const HEADER: usize = 8;
const NEGATIVE: u16 = 0x4000;
const NOT_A_NUMBER: [u16; 3] = [0xc000, 0xd000, 0xf000];

/// A decimal number.
#[derive(Debug)]
pub(super) struct Numeric<'a> {
    /// The power of 10,000 that the first group counts.
    weight: i32,
    is_negative: bool,
    /// Number of digits after the point in its text.
    scale: usize,
    /// The groups, of two bytes each.
    groups: &'a [u8],
}

impl<'a> Numeric<'a> {
    /// Reads the binary form.
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Unfit> {
        let (header, groups) = value.split_at_checked(HEADER).ok_or(Unfit::Malformed)?;
        let [count, weight, sign, scale] =
            [0, 2, 4, 6].map(|at| u16::from_be_bytes([header[at], header[at + 1]]));
        if NOT_A_NUMBER.contains(&sign) {
            return Err(Unfit::NotFinite);
        }
        let is_sign = sign == 0 || sign == NEGATIVE;
        if !is_sign || groups.len() != usize::from(count) * 2 {
            return Err(Unfit::Malformed);
        }
        let number = Self {
            weight: i32::from(weight.cast_signed()),
            is_negative: sign == NEGATIVE,
            scale: usize::from(scale),
            groups,
        };
        if number.groups().any(|group| group >= 10_000) {
            return Err(Unfit::Malformed);
        }
        Ok(number)
    }

    /// Returns the number as an integer of units with `scale` digits after the point, of at most 38 digits.
    pub(super) fn units(&self, scale: u8) -> Result<i128, Unfit> {
        let mut units = 0_i128;
        for (power, group) in (0..).map(|n| self.weight - n).zip(self.groups()) {
            let exponent = power * GROUP.cast_signed() + i32::from(scale);
            let part = shifted(group, exponent).ok_or(Unfit::OutOfRange)?;
            units = units.checked_add(part).ok_or(Unfit::OutOfRange)?;
        }
        if units >= 10_i128.pow(u32::from(MAX_DIGITS)) {
            return Err(Unfit::OutOfRange);
        }
        Ok(if self.is_negative { -units } else { units })
    }

    /// Returns the text that the server prints for it.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for power in (0..=self.weight).rev() {
            let group = self.group(power);
            match text.is_empty() {
                true if group == 0 => {}
                true => text += &group.to_string(),
                false => text += &format!("{group:04}"),
            }
        }
        if text.is_empty() {
            text.push('0');
        }
        if self.scale > 0 {
            let mut fraction = String::new();
            let mut power = -1;
            while fraction.len() < self.scale {
                fraction += &format!("{:04}", self.group(power));
                power -= 1;
            }
            fraction.truncate(self.scale);
            text.push('.');
            text += &fraction;
        }
        if self.is_negative {
            text.insert(0, '-');
        }
        text
    }

    fn groups(&self) -> impl Iterator<Item = u16> {
        let pairs = self.groups.chunks_exact(2);
        pairs.map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
    }

    /// Returns the digits that count this power of 10,000.
    fn group(&self, power: i32) -> u16 {
        let place = usize::try_from(self.weight - power).ok();
        let pair = place.and_then(|n| self.groups.get(n * 2..n * 2 + 2));
        pair.map_or(0, |pair| u16::from_be_bytes([pair[0], pair[1]]))
    }
}

/// Returns `digits` × 10^`exponent`, if it is an integer in range.
fn shifted(digits: u16, exponent: i32) -> Option<i128> {
    if digits == 0 {
        return Some(0);
    }
    let factor = 10_i128.checked_pow(exponent.unsigned_abs())?;
    let digits = i128::from(digits);
    if exponent >= 0 {
        return digits.checked_mul(factor);
    }
    (digits % factor == 0).then(|| digits / factor)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Writes the binary form of a number as the server does: without groups of zeros at both ends.
    pub(in super::super) fn written(is_negative: bool, integer: &str, fraction: &str) -> Vec<u8> {
        let before = (4 - integer.len() % 4) % 4;
        let after = (4 - fraction.len() % 4) % 4;
        let digits = format!(
            "{}{integer}{fraction}{}",
            "0".repeat(before),
            "0".repeat(after)
        );
        let groups = digits.as_bytes().chunks(4);
        let mut groups: Vec<u16> = groups
            .map(|group| std::str::from_utf8(group).unwrap().parse().unwrap())
            .collect();
        let mut weight = i16::try_from((integer.len() + before) / 4).unwrap() - 1;
        while groups.first() == Some(&0) {
            groups.remove(0);
            weight -= 1;
        }
        while groups.last() == Some(&0) {
            groups.pop();
        }
        if groups.is_empty() {
            weight = 0;
        }
        let count = u16::try_from(groups.len()).unwrap();
        let sign = if is_negative && count > 0 {
            NEGATIVE
        } else {
            0
        };
        let scale = u16::try_from(fraction.len()).unwrap();
        let header = [count, weight.cast_unsigned(), sign, scale];
        let all = header.into_iter().chain(groups);
        all.flat_map(u16::to_be_bytes).collect()
    }

    fn printed(is_negative: bool, integer: &str, fraction: &str) -> String {
        let is_zero = integer.bytes().chain(fraction.bytes()).all(|b| b == b'0');
        let sign = if is_negative && !is_zero { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{integer}{point}{fraction}")
    }

    #[test]
    fn numbers_that_decimals_of_38_digits_cannot_say_are_refused() {
        let units = |value: &[u8], scale| Numeric::read(value).and_then(|n| n.units(scale));
        let most = "9".repeat(38);
        assert_eq!(units(&written(true, &most, ""), 0), Ok(1 - 10_i128.pow(38)));
        assert_eq!(units(&written(false, &most, ""), 1), Err(Unfit::OutOfRange));
        assert_eq!(units(&written(false, "1", "05"), 1), Err(Unfit::OutOfRange));
        assert_eq!(units(&written(false, "1", "50"), 1), Ok(15));
        for sign in NOT_A_NUMBER {
            let value = [0, 0, sign, 0].map(u16::to_be_bytes).concat();
            assert_eq!(units(&value, 0), Err(Unfit::NotFinite));
        }
    }

    #[test]
    fn other_bytes_are_no_number() {
        let unknown_sign = [0, 0, 1, 0].map(u16::to_be_bytes).concat();
        let cut = [2, 0, 0, 0, 1].map(u16::to_be_bytes).concat();
        let large = [1, 0, 0, 0, 10_000].map(u16::to_be_bytes).concat();
        for value in [vec![], vec![0; 7], unknown_sign, cut, large] {
            let read = Numeric::read(&value).map(|number| number.text());
            assert_eq!(read, Err(Unfit::Malformed));
        }
    }

    proptest! {
        #[test]
        fn the_text_is_the_one_that_was_written(
            is_negative: bool,
            integer in "0|[1-9][0-9]{0,60}",
            fraction in "0{0,9}[0-9]{0,60}",
        ) {
            let value = written(is_negative, &integer, &fraction);
            let text = Numeric::read(&value).unwrap().text();
            prop_assert_eq!(text, printed(is_negative, &integer, &fraction));
        }

        #[test]
        fn the_units_are_the_digits_of_the_text(
            is_negative: bool,
            integer in "0|[1-9][0-9]{0,18}",
            fraction in "[0-9]{0,19}",
            more in 0_u8..=5,
        ) {
            let scale = u8::try_from(fraction.len()).unwrap();
            prop_assume!(integer.len() + fraction.len() + usize::from(more) <= 38);
            let value = written(is_negative, &integer, &fraction);
            let units = Numeric::read(&value).unwrap().units(scale + more).unwrap();
            let digits: i128 = format!("{integer}{fraction}").parse().unwrap();
            let digits = digits * 10_i128.pow(u32::from(more));
            prop_assert_eq!(units, if is_negative { -digits } else { digits });
        }

        #[test]
        fn no_bytes_make_it_panic(value in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(number) = Numeric::read(&value) {
                let _ = (number.text(), number.units(10));
            }
        }
    }
}

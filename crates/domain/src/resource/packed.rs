//! Resource codes in a fixed size.

use super::ResourceCode;

/// Bytes of a packed code: two digits each.
const BYTES: usize = 20;

/// A resource code in 20 bytes, for large collections in memory. Packed codes sort as the codes do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PackedCode([u8; BYTES]);

impl From<&ResourceCode> for PackedCode {
    fn from(code: &ResourceCode) -> Self {
        // A nibble is a digit plus one; the rest is 0, so that a code sorts before its continuations.
        let mut packed = [0; BYTES];
        for (place, digit) in code.0.bytes().enumerate() {
            let nibble = digit.wrapping_sub(b'0').wrapping_add(1) & 0xf;
            if let Some(byte) = packed.get_mut(place / 2) {
                *byte |= if place % 2 == 0 { nibble << 4 } else { nibble };
            }
        }
        Self(packed)
    }
}

impl From<PackedCode> for ResourceCode {
    fn from(packed: PackedCode) -> Self {
        let nibbles = packed.0.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        let digits = nibbles.take_while(|nibble| *nibble > 0);
        Self(digits.map(|nibble| char::from(b'0' + nibble - 1)).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn packed_codes_are_the_codes_in_their_order(one in "[0-9]{8,40}", other in "[0-9]{8,40}") {
            let [one, other]: [ResourceCode; 2] = [one, other].map(|text| text.parse().unwrap());
            let packed = [&one, &other].map(PackedCode::from);
            prop_assert_eq!(ResourceCode::from(packed[0]), one.clone());
            prop_assert_eq!(packed[0].cmp(&packed[1]), one.cmp(&other));
        }

        #[test]
        fn a_code_sorts_before_its_continuations(code in "[0-9]{8,39}", more in "[0-9]") {
            let [short, long]: [ResourceCode; 2] =
                [code.clone(), code + &more].map(|text| text.parse().unwrap());
            prop_assert!(PackedCode::from(&short) < PackedCode::from(&long));
        }
    }
}

//! Unified social credit codes (统一社会信用代码, GB 32100).

use std::fmt;
use std::str::FromStr;

use chengji_messages::{Message, msg};

use crate::error::{Error, ErrorCode};
use crate::quoted::Quoted;

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [usize; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];

/// An 18-character unified social credit code with a valid check character. Lower-case letters are
/// accepted as upper-case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc([u8; 18]);

impl Uscc {
    /// Returns the code as text.
    pub fn as_str(&self) -> &str {
        // The bytes come from the alphabet, which is ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the first two characters: the registering authority and the kind of organization (GB 32100 §4).
    pub fn kind(&self) -> [u8; 2] {
        [self.0[0], self.0[1]]
    }

    /// Computes the check character of a code's first 17 characters (GB 32100 §5): 31 − Σ(value ·
    /// weight) mod 31, again mod 31. `None` if a character is not in the alphabet.
    pub fn check_character(body: &[u8; 17]) -> Option<char> {
        let mut sum = 0;
        for (byte, weight) in body.iter().zip(WEIGHTS) {
            sum += ALPHABET.iter().position(|a| a == byte)? * weight;
        }
        Some(char::from(ALPHABET[(31 - sum % 31) % 31]))
    }
}

impl FromStr for Uscc {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = Quoted(text);
        let invalid = |why: Message| Error::new(ErrorCode::InvalidArgument, why);
        let upper = text.0.to_ascii_uppercase();
        let bytes: [u8; 18] = upper
            .as_bytes()
            .try_into()
            .map_err(|_| invalid(msg::CreditCodeMalformed { text }.into()))?;
        let mut body = [0; 17];
        body.copy_from_slice(&bytes[..17]);
        let check = Self::check_character(&body)
            .ok_or_else(|| invalid(msg::CreditCodeCharacter { text }.into()))?;
        if char::from(bytes[17]) != check {
            let found = char::from(bytes[17]);
            let wrong = msg::CreditCodeCheck {
                expected: check,
                found,
                text,
            };
            return Err(invalid(wrong.into()));
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_published_code_is_accepted() {
        assert_eq!(
            "91350100M000100Y43".parse::<Uscc>().unwrap().as_str(),
            "91350100M000100Y43"
        );
        assert_eq!(
            "91350100m000100y43".parse::<Uscc>().unwrap().as_str(),
            "91350100M000100Y43"
        );
    }

    proptest! {
        #[test]
        fn one_changed_character_is_noticed(at in 0usize..18, by in 1usize..31) {
            let mut code = *b"91350100M000100Y43";
            let value = ALPHABET.iter().position(|a| *a == code[at]).unwrap();
            code[at] = ALPHABET[(value + by) % 31];
            prop_assert!(std::str::from_utf8(&code).unwrap().parse::<Uscc>().is_err());
        }

        #[test]
        fn any_text_is_refused_without_panic(text in "\\PC{0,24}") {
            let _ = text.parse::<Uscc>();
        }
    }
}

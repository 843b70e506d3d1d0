//! Resource codes, and references to resources of cities.

mod packed;

use std::fmt;
use std::str::FromStr;

use chengji_messages::msg;

pub(crate) use self::packed::PackedCode;
use crate::city::CityCode;
use crate::error::{Error, ErrorCode};
use crate::quoted::Quoted;

/// A classification path (分类): 类 (one digit, 1 to 3), 项 (two), 目 (three) and optionally 细目 (one to
/// six), such as `3/07/012`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Classification(String);

impl Classification {
    /// Returns the path's digits without the slashes.
    pub fn digits(&self) -> String {
        self.0.replace('/', "")
    }
}

impl FromStr for Classification {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = text.split('/').collect();
        let digits = parts.iter().all(|p| p.bytes().all(|b| b.is_ascii_digit()));
        let shape = match parts.as_slice() {
            [class, group, item] => (class.len(), group.len(), item.len()) == (1, 2, 3),
            [class, group, item, detail] => {
                (class.len(), group.len(), item.len()) == (1, 2, 3)
                    && (1..=6).contains(&detail.len())
            }
            _ => false,
        };
        if !(digits && shape && matches!(parts[0], "1" | "2" | "3")) {
            let message = msg::ClassificationMalformed { text: Quoted(text) };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Classification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A resource code (资源代码): the classification's digits and a serial number, 8 to 40 digits in all.
/// It is accepted with or without a `/` between the two and kept without it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceCode(String);

impl ResourceCode {
    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns true if the code belongs to the classification: it begins with its digits, and a
    /// serial number follows.
    pub fn is_of(&self, classification: &Classification) -> bool {
        self.0
            .strip_prefix(&classification.digits())
            .is_some_and(|serial| !serial.is_empty())
    }
}

impl FromStr for ResourceCode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || {
            let text = Quoted(text);
            Error::new(
                ErrorCode::InvalidArgument,
                msg::ResourceCodeMalformed { text },
            )
        };
        let digits = match text.split_once('/') {
            Some((class, serial)) if !class.is_empty() && !serial.is_empty() => {
                format!("{class}{serial}")
            }
            Some(_) => return Err(malformed()),
            None => text.to_owned(),
        };
        match is_code(&digits) {
            true => Ok(Self(digits)),
            false => Err(malformed()),
        }
    }
}

impl TryFrom<String> for ResourceCode {
    type Error = Error;

    /// Takes over the text of a code without a `/`; others are parsed.
    fn try_from(text: String) -> Result<Self, Error> {
        match is_code(&text) {
            true => Ok(Self(text)),
            false => text.parse(),
        }
    }
}

/// Returns true if these are the digits of a code, as they are kept.
fn is_code(digits: &str) -> bool {
    (8..=40).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for ResourceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ResourceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A resource in the cluster: codes are unique only within a city.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ResourceRef {
    /// The city that owns it.
    pub city: CityCode,
    /// Its code within that city.
    pub code: ResourceCode,
}

impl fmt::Display for ResourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.city, self.code)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_spellings_are_one_code() {
        let with: ResourceCode = "307012/000001".parse().unwrap();
        let without: ResourceCode = "307012000001".parse().unwrap();
        assert_eq!(with, without);
        for text in ["307012/000001", "307012000001"] {
            assert_eq!(ResourceCode::try_from(text.to_owned()), Ok(with.clone()));
        }
        ResourceCode::try_from("307012x00001".to_owned()).unwrap_err();
        let classification: Classification = "3/07/012".parse().unwrap();
        assert!(with.is_of(&classification));
        assert!(
            !"307012"
                .repeat(2)
                .parse::<ResourceCode>()
                .unwrap()
                .is_of(&"3/07/013".parse().unwrap())
        );
    }

    #[test]
    fn malformed_codes_and_paths_are_refused() {
        for code in [
            "",
            "30701",
            "/307012000001",
            "307012/",
            "3/0/7012000001",
            "30701x000001",
        ] {
            assert!(code.parse::<ResourceCode>().is_err(), "{code} was accepted");
        }
        for path in [
            "",
            "3",
            "3/7/012",
            "4/07/012",
            "3/07/012/",
            "3/07/012/1234567",
            "3-07-012",
        ] {
            assert!(
                path.parse::<Classification>().is_err(),
                "{path} was accepted"
            );
        }
    }

    proptest! {
        #[test]
        fn a_code_parses_what_it_prints(digits in "[0-9]{8,40}") {
            let code: ResourceCode = digits.parse().unwrap();
            prop_assert_eq!(code.to_string().parse::<ResourceCode>().unwrap(), code);
        }
    }
}

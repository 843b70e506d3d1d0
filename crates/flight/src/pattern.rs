//! Patterns of names (`CommandGetTables`, `CommandGetDbSchemas`): `%` is any number of characters, `_` is one, and `\`
//! before either is the character itself.

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

/// Maximum length of a pattern in characters.
const MAX: usize = 1_000;

/// A pattern. Letters match as they are written, as quoted names do in SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Any number of characters.
    Any,
    /// One character.
    One,
    /// This character.
    Exactly(char),
}

impl Pattern {
    /// Parses a pattern. Errors: `LIMIT_EXCEEDED` for one that is too long.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if text.chars().nth(MAX).is_some() {
            let message = msg::FlightPatternTooLong { most: MAX };
            return Err(Error::new(ErrorCode::LimitExceeded, message));
        }
        let (mut parts, mut left) = (Vec::new(), text.chars());
        while let Some(character) = left.next() {
            parts.push(match character {
                // A run of them is one, so that matching takes no more than pattern times name.
                '%' if parts.last() == Some(&Part::Any) => continue,
                '%' => Part::Any,
                '_' => Part::One,
                '\\' => Part::Exactly(left.next().unwrap_or('\\')),
                other => Part::Exactly(other),
            });
        }
        Ok(Self(parts))
    }

    /// Returns true if the whole name matches.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut part, mut at) = (0, 0);
        // The part after the last `%`, and the character up to which that has been extended.
        let mut retry: Option<(usize, usize)> = None;
        while let Some(character) = name.get(at) {
            match self.0.get(part) {
                Some(Part::Any) => {
                    part += 1;
                    retry = Some((part, at));
                    continue;
                }
                Some(Part::One) => {
                    part += 1;
                    at += 1;
                    continue;
                }
                Some(Part::Exactly(expected)) if expected == character => {
                    part += 1;
                    at += 1;
                    continue;
                }
                Some(Part::Exactly(_)) | None => {}
            }
            let Some((after, from)) = retry else {
                return false;
            };
            retry = Some((after, from + 1));
            (part, at) = (after, from + 1);
        }
        self.0.iter().skip(part).all(|part| *part == Part::Any)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(name)
    }

    #[test]
    fn wildcards_stand_for_characters_and_a_backslash_takes_them_literally() {
        for (pattern, name, expected) in [
            ("", "", true),
            ("", "a", false),
            ("%", "", true),
            ("%", "430200", true),
            ("4302__", "430200", true),
            ("4302__", "4302", false),
            ("%0000%1", "206007000001", true),
            ("%0000%2", "206007000001", false),
            ("a%b%c", "a-b-b-c", true),
            ("a%b%c", "a-b-c-d", false),
            ("%ab", "aab", true),
            ("in\\_hand", "in_hand", true),
            ("in\\_hand", "in-hand", false),
            ("100\\%", "100%", true),
            ("100\\%", "1000", false),
            ("Entries", "entries", false),
            ("房屋%", "房屋许可", true),
            ("_屋", "房屋", true),
            ("a\\", "a\\", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_is_bounded() {
        assert!(Pattern::parse(&"%".repeat(MAX)).is_ok());
        let error = Pattern::parse(&"a".repeat(MAX + 1)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
    }

    /// The same by definition.
    fn plain(pattern: &[char], name: &[char]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some(('%', rest)), _) => (0..=name.len()).any(|n| plain(rest, &name[n..])),
            (Some(('_', rest)), Some((_, name))) => plain(rest, name),
            (Some((expected, rest)), Some((found, name))) => expected == found && plain(rest, name),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_name_matches_as_defined(pattern in "[ab_%]{0,8}", name in "[ab]{0,8}") {
            let characters = |text: &str| text.chars().collect::<Vec<_>>();
            let expected = plain(&characters(&pattern), &characters(&name));
            prop_assert_eq!(matches(&pattern, &name), expected);
        }
    }
}

//! The rules for the content of texts. They apply where a text is admitted: every text from people, files or
//! other parties is checked by a [`TextRule`] before it is recorded. Display is decided by [`crate::quoted`],
//! on the same classes of characters.

use std::borrow::Cow;

pub use chengji_messages::character::{ForbiddenCharacter, unfit};
use chengji_messages::{Message, Value, msg};

use crate::error::{Error, ErrorCode, Result, Violation};
use crate::field::Field;

/// Removes the invisible characters of a text; borrowed if there are none. For spreadsheets only, whose
/// authors cannot see them: the caller reports the removal.
pub fn without_invisible(text: &str) -> Cow<'_, str> {
    let invisible = |c: char| unfit(c) == Some(ForbiddenCharacter::Invisible);
    if text.contains(invisible) {
        return Cow::Owned(text.replace(invisible, ""));
    }
    Cow::Borrowed(text)
}

/// The number of lines allowed in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// One line: names, titles, file names, people, cities.
    One,
    /// Several lines: purposes, reasons, abstracts.
    Several,
}

/// The rule for the content of a text. Lengths are in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRule {
    lines: Lines,
    least: usize,
    most: usize,
}

/// The fault of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// It is too short or too long, in characters.
    Length {
        /// Number of characters; surrounding blanks count only towards the maximum.
        found: usize,
        /// Minimum number of characters.
        least: usize,
        /// Maximum number of characters.
        most: usize,
    },
    /// A character that is not allowed.
    Character {
        /// The character.
        character: char,
        /// Its position in the text, from 1, in characters.
        place: usize,
        /// The reason that it is not allowed.
        unfit: ForbiddenCharacter,
    },
}

impl TextRule {
    /// The name of a city: one line, 1 to 100 characters.
    pub const CITY_NAME: Self = Self::line(1, 100);
    /// A reason given for an act on a member, a person, an entry or a mount: 1 to 1,000 characters on any
    /// number of lines.
    pub const REASON: Self = Self::lines(1, 1_000);
    /// The name of a delivered file: one line, 1 to 255 characters.
    pub const FILE_NAME: Self = Self::line(1, 255);

    /// Makes a rule for a text of one line with `least` to `most` characters.
    pub const fn line(least: usize, most: usize) -> Self {
        Self {
            lines: Lines::One,
            least,
            most,
        }
    }

    /// Makes a rule for a text of any number of lines with `least` to `most` characters.
    pub const fn lines(least: usize, most: usize) -> Self {
        Self {
            lines: Lines::Several,
            least,
            most,
        }
    }

    /// Makes a text fit: truncates it and replaces forbidden characters by U+FFFD. For another party's text
    /// within a text of this program; a text that is too short stays so.
    pub fn fitted(&self, text: &str) -> String {
        let fits = |c: &char| unfit(*c).is_none() || self.may_break(*c);
        text.chars()
            .take(self.most)
            .map(|c| Some(c).filter(fits).unwrap_or('\u{fffd}'))
            .collect()
    }

    fn may_break(&self, c: char) -> bool {
        self.lines == Lines::Several && matches!(c, '\n' | '\t')
    }

    /// Returns the first fault of a text; `None` if it may be recorded.
    pub fn fault(&self, text: &str) -> Option<TextFault> {
        let (whole, bare) = (text.chars().count(), text.trim().chars().count());
        if bare < self.least || whole > self.most {
            return Some(TextFault::Length {
                found: if bare < self.least { bare } else { whole },
                least: self.least,
                most: self.most,
            });
        }
        let mut places = text.chars().zip(1..).filter(|(c, _)| !self.may_break(*c));
        places.find_map(|(character, place)| {
            unfit(character).map(|unfit| TextFault::Character {
                character,
                place,
                unfit,
            })
        })
    }

    /// Returns the violation of a field's text; `None` if it may be recorded.
    pub fn violation(&self, field: Field, text: &str) -> Option<Violation> {
        self.fault(text)
            .map(|fault| Violation::new(field, fault.message()))
    }

    /// Refuses a text that may not be recorded. `what` names it in the message, such as `the reason`. Errors:
    /// `INVALID_ARGUMENT`.
    pub fn check(&self, field: Field, text: &str) -> Result<()> {
        self.fault(text).map_or(Ok(()), |fault| {
            let message = msg::TextNotValid { fault, field };
            Err(Error::new(ErrorCode::InvalidArgument, message))
        })
    }
}

impl TextFault {
    /// The fault and what would be right.
    pub fn message(&self) -> Message {
        match *self {
            Self::Length { found, least, most } => msg::TextLength { found, least, most }.into(),
            Self::Character {
                character,
                place,
                unfit,
            } => {
                let codepoint = format!("U+{:04X}", u32::from(character));
                match unfit {
                    ForbiddenCharacter::Private => {
                        msg::TextCharacterPrivate { codepoint, place }.into()
                    }
                    unfit => msg::TextCharacterForbidden {
                        class: unfit.label(),
                        codepoint,
                        place,
                    }
                    .into(),
                }
            }
        }
    }
}

impl From<TextFault> for Value {
    fn from(fault: TextFault) -> Self {
        fault.message().into()
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;

//! The one rule for what a text may hold. It is applied where a text is admitted: whatever people, files
//! or other parties hand in goes through [`TextRule`] before it is recorded. How texts are shown is the
//! business of [`crate::quoted`], on the same classes of characters.
//!
//! Source of the classes: Unicode Character Database, `General_Category`, `Default_Ignorable_Code_Point`,
//! `Bidi_Control` and `Prepended_Concatenation_Mark`. Unassigned characters are not judged: two versions of
//! this program would judge them differently.

use std::borrow::Cow;
use std::fmt;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use crate::error::{Error, ErrorCode, Result, Violation};

/// Why a character may not be part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ForbiddenCharacter {
    /// It commands the terminal or printer: C0, DEL, C1.
    Control,
    /// It ends a line.
    LineBreak,
    /// It changes the direction of writing of what follows.
    Direction,
    /// It takes no place of its own, so that two texts look alike and a search finds one of them.
    Invisible,
    /// It means something only with a font of one's own (自造字).
    Private,
    /// It is no character at all, in any version of Unicode.
    NoCharacter,
}

impl ForbiddenCharacter {
    /// In English, as an attribute of "character".
    pub fn en(self) -> &'static str {
        match self {
            Self::Control => "a control character",
            Self::LineBreak => "a line break",
            Self::Direction => "a mark that turns the direction of writing",
            Self::Invisible => "an invisible character",
            Self::Private => "a private-use character",
            Self::NoCharacter => "no character",
        }
    }

    /// In Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Control => "控制字符",
            Self::LineBreak => "换行符",
            Self::Direction => "改变书写方向的标记",
            Self::Invisible => "不可见字符",
            Self::Private => "自造字",
            Self::NoCharacter => "非字符",
        }
    }
}

/// Why this character may not be part of a text of one line; none for most. A text of several lines may
/// have `\n` and `\t` besides.
pub fn unfit(c: char) -> Option<ForbiddenCharacter> {
    match c {
        ' '..='~' | '\u{3000}'..='\u{312f}' | '\u{3400}'..='\u{9fff}' => None,
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some(ForbiddenCharacter::LineBreak),
        '\u{061c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => Some(ForbiddenCharacter::Direction),
        c if is_ignorable(c) => Some(ForbiddenCharacter::Invisible),
        c if u32::from(c) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c) => {
            Some(ForbiddenCharacter::NoCharacter)
        }
        c => match c.general_category() {
            GeneralCategory::Control => Some(ForbiddenCharacter::Control),
            GeneralCategory::Format if !is_visible_format(c) => Some(ForbiddenCharacter::Invisible),
            GeneralCategory::PrivateUse => Some(ForbiddenCharacter::Private),
            _ => None,
        },
    }
}

/// `Default_Ignorable_Code_Point` without `Format`: fillers, variation selectors and what is kept free for
/// their kind.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// `Prepended_Concatenation_Mark`: signs around numbers that are of category `Format` and visible.
fn is_visible_format(c: char) -> bool {
    matches!(
        c,
        '\u{0600}'
            ..='\u{0605}'
                | '\u{06dd}'
                | '\u{070f}'
                | '\u{0890}'
                | '\u{0891}'
                | '\u{08e2}'
                | '\u{110bd}'
                | '\u{110cd}'
    )
}

/// A text without its invisible characters; borrowed where there are none. For sheets alone, whose
/// authors cannot see them: whoever calls this reports it.
pub fn without_invisible(text: &str) -> Cow<'_, str> {
    let invisible = |c: char| unfit(c) == Some(ForbiddenCharacter::Invisible);
    if text.contains(invisible) {
        return Cow::Owned(text.replace(invisible, ""));
    }
    Cow::Borrowed(text)
}

/// Whether a text is one line, or may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Names, titles, file names, people, cities.
    One,
    /// Purposes, reasons, abstracts.
    Several,
}

/// What a text may be. Lengths are in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRule {
    lines: Lines,
    least: usize,
    most: usize,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// It is too short or too long, in characters.
    Length {
        /// Characters it has; blanks around it count only towards the upper limit.
        found: usize,
        /// Characters it must have.
        least: usize,
        /// Characters it may have.
        most: usize,
    },
    /// A character may not be part of it.
    Character {
        /// Which.
        character: char,
        /// Its place in the text, from 1, in characters.
        place: usize,
        /// Why.
        unfit: ForbiddenCharacter,
    },
}

impl TextRule {
    /// The name of a city: one line, 1 to 100 characters.
    pub const CITY_NAME: Self = Self::line(1, 100);
    /// A reason of a member, a person, an entry or a mount: 1 to 1,000 characters in any lines.
    pub const REASON: Self = Self::lines(1, 1_000);
    /// The name of a delivered file: one line, 1 to 255 characters.
    pub const FILE_NAME: Self = Self::line(1, 255);

    /// A text of one line with so many characters.
    pub const fn line(least: usize, most: usize) -> Self {
        Self {
            lines: Lines::One,
            least,
            most,
        }
    }

    /// A text of any number of lines with so many characters.
    pub const fn lines(least: usize, most: usize) -> Self {
        Self {
            lines: Lines::Several,
            least,
            most,
        }
    }

    /// A text made to fit: what is too long is cut, and characters that may not be part of it become
    /// U+FFFD. For another party's words within a text of our own; a text that is too short stays so.
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

    /// The first thing that is wrong with a text; none for one that may be recorded.
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

    /// What is wrong with the text of a field; none for one that may be recorded.
    pub fn violation(&self, field: &str, text: &str) -> Option<Violation> {
        self.fault(text).map(|fault| Violation {
            field: field.to_owned(),
            problem: format!("{fault} {}", fault.zh()),
        })
    }

    /// Refuses a text that may not be recorded. `what` names it in the message, such as `the reason`.
    /// Errors: `INVALID_ARGUMENT`.
    pub fn check(&self, what: &str, text: &str) -> Result<()> {
        match self.fault(text) {
            None => Ok(()),
            Some(fault) => {
                let error = Error::new(ErrorCode::InvalidArgument, format!("{what}: {fault}"));
                Err(error.with_remedy(fault.remedy()))
            }
        }
    }
}

impl TextFault {
    /// In Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Length { found, least, most } => format!("共{found}字，应为{least}至{most}字"),
            Self::Character {
                character,
                place,
                unfit,
            } => format!(
                "第{place}字为{} U+{:04X}",
                unfit.zh(),
                u32::from(*character)
            ),
        }
    }

    /// What to do, in both languages.
    pub fn remedy(&self) -> String {
        match self {
            Self::Length { least, most, .. } => {
                format!("write {least} to {most} characters 请填写{least}至{most}字")
            }
            Self::Character {
                unfit: ForbiddenCharacter::Private,
                ..
            } => "write the character as GB 18030-2022 has it 请改用 GB 18030-2022 规定的字符"
                .to_owned(),
            Self::Character { .. } => {
                "delete the character, or type the text again 请删除该字符，或重新录入".to_owned()
            }
        }
    }
}

impl fmt::Display for TextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { found, least, most } => {
                write!(f, "{found} characters; it takes {least} to {most}")
            }
            Self::Character {
                character,
                place,
                unfit,
            } => write!(
                f,
                "U+{:04X} at character {place} may not be part of it: {}",
                u32::from(*character),
                unfit.en()
            ),
        }
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;

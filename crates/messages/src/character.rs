//! Classes of characters: those that recorded texts may not contain, and those that change the display of the
//! text around them.
//!
//! Source of the classes: Unicode Character Database, `General_Category`, `Default_Ignorable_Code_Point`,
//! `Bidi_Control` and `Prepended_Concatenation_Mark`. Unassigned characters are allowed: versions of this
//! program with different Unicode data would otherwise disagree.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use crate::message::Message;
use crate::msg;

/// The reason that a character may not be part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ForbiddenCharacter {
    /// A control character: C0, DEL, C1.
    Control,
    /// A character that ends a line.
    LineBreak,
    /// A character that changes the direction of the text after it.
    Direction,
    /// A character of no width, by which two texts look alike and a search finds only one of them.
    Invisible,
    /// A private-use character, defined only by a particular font (自造字).
    Private,
    /// A noncharacter in every version of Unicode.
    NoCharacter,
}

impl ForbiddenCharacter {
    /// The name of the class.
    pub fn label(self) -> Message {
        match self {
            Self::Control => msg::CharacterControl.into(),
            Self::LineBreak => msg::CharacterLineBreak.into(),
            Self::Direction => msg::CharacterDirection.into(),
            Self::Invisible => msg::CharacterInvisible.into(),
            Self::Private => msg::CharacterPrivate.into(),
            Self::NoCharacter => msg::CharacterNone.into(),
        }
    }
}

/// Returns the reason that this character may not be part of a text of one line; `None` for most. A text of
/// several lines may also contain `
/// ` and `\t`.
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

/// `Default_Ignorable_Code_Point` without `Format`: fillers, variation selectors and code points reserved for
/// such use.
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

//! Classes of characters: which may be part of a text that is recorded, and which change how the text around
//! them is shown.
//!
//! Source of the classes: Unicode Character Database, `General_Category`, `Default_Ignorable_Code_Point`,
//! `Bidi_Control` and `Prepended_Concatenation_Mark`. Unassigned characters are not judged: two versions of
//! this program would judge them differently.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

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

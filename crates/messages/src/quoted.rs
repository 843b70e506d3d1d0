//! Display of text of unknown origin in messages, logs, tables and prompts. Text from another city must
//! neither look like a line of the program's own nor hide or reorder anything.

use std::fmt::{self, Write as _};

use crate::character::{ForbiddenCharacter, unfit};
use crate::message::Value;

/// Maximum length of a quotation, in characters.
const MAX: usize = 80;

/// A text on one line: a line break is shown as `⏎`, a tab as a blank, and every other character that
/// moves, reorders or hides as its code point, `\u{1b}`.
#[derive(Clone, Copy, Debug)]
pub struct OneLine<'a>(pub &'a str);

/// A text on its own lines: line breaks and tabs stay, and every other character that moves, reorders or hides
/// is shown as its code point.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'a>(pub &'a str);

/// A text on one line, truncated if it is long.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '\r' if characters.peek() == Some(&'\n') => {}
                '\n' => f.write_char('⏎')?,
                '\t' => f.write_char(' ')?,
                c if is_unsafe(c) => write!(f, "{}", c.escape_unicode())?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\n' | '\t' => f.write_char(c),
            c if is_unsafe(c) => write!(f, "{}", c.escape_unicode()),
            c => f.write_char(c),
        })
    }
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(MAX) {
            Some((end, _)) => write!(f, "{}…", OneLine(&self.0[..end])),
            None => OneLine(self.0).fmt(f),
        }
    }
}

/// Returns true if a character changes the display of the text around it: it ends the line, moves the cursor,
/// turns the direction of writing, or is invisible.
pub fn is_unsafe(c: char) -> bool {
    match unfit(c) {
        Some(
            ForbiddenCharacter::Control
            | ForbiddenCharacter::LineBreak
            | ForbiddenCharacter::Direction
            | ForbiddenCharacter::Invisible,
        ) => true,
        Some(ForbiddenCharacter::NoCharacter) => true,
        Some(ForbiddenCharacter::Private) | None => false,
    }
}

impl From<Quoted<'_>> for Value {
    fn from(text: Quoted<'_>) -> Self {
        Self::text(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_quoted_stays_on_its_line(text in any::<String>()) {
            let quoted = Quoted(&text).to_string();
            prop_assert!(!quoted.chars().any(is_unsafe), "{quoted:?}");
        }

        #[test]
        fn a_text_on_its_lines_holds_nothing_unsafe_but_these(text in any::<String>()) {
            let shown = Lines(&text).to_string();
            prop_assert!(!shown.replace(['\n', '\t'], "").chars().any(is_unsafe), "{shown:?}");
            let breaks = |text: &str| text.matches('\n').count();
            prop_assert_eq!(breaks(&shown), breaks(&text));
        }

        #[test]
        fn a_harmless_text_is_quoted_as_it_is(text in "[a-z长沙市/ '0-9]{0,80}") {
            prop_assert_eq!(Quoted(&text).to_string(), text);
        }
    }

    #[test]
    fn a_city_writes_no_line_into_a_message() {
        assert_eq!(
            Quoted("a\r\nb\tc\u{1b}[2J\u{202e}\u{200b}\r").to_string(),
            r"a⏎b c\u{1b}[2J\u{202e}\u{200b}\u{d}"
        );
        assert_eq!(
            Quoted(&"长".repeat(81)).to_string(),
            format!("{}…", "长".repeat(80))
        );
    }
}

//! Text of unknown origin, as messages quote it. They stand in logs and on terminals, and what another
//! city wrote must not look like a line of the program's own.

use std::fmt::{self, Write as _};

/// As many characters of a text are quoted.
const MOST: usize = 80;

/// A text on one line: characters that command are written as escapes.
#[derive(Clone, Copy, Debug)]
pub struct OneLine<'a>(pub &'a str);

/// A text on one line, cut where it is long.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match commands(c) {
            true => write!(f, "{}", c.escape_default()),
            false => f.write_char(c),
        })
    }
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(MOST) {
            Some((end, _)) => write!(f, "{}…", OneLine(&self.0[..end])),
            None => OneLine(self.0).fmt(f),
        }
    }
}

/// Whether a character commands whatever shows it: it ends the line, moves, or turns the direction.
pub fn commands(c: char) -> bool {
    let turns = matches!(c,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{CityCode, Principal};

    proptest! {
        #[test]
        fn what_is_quoted_stays_on_its_line(text in any::<String>()) {
            let quoted = Quoted(&text).to_string();
            prop_assert!(!quoted.chars().any(commands), "{quoted:?}");
        }

        #[test]
        fn what_commands_nothing_is_quoted_as_it_is(text in "[a-z长沙市/ '0-9]{0,80}") {
            prop_assert_eq!(Quoted(&text).to_string(), text);
        }
    }

    #[test]
    fn a_city_writes_no_line_into_a_message() {
        assert_eq!(
            Quoted("a\nb\u{1b}[2J\u{202e}").to_string(),
            r"a\nb\u{1b}[2J\u{202e}"
        );
        assert_eq!(
            Quoted(&"长".repeat(81)).to_string(),
            format!("{}…", "长".repeat(80))
        );
        let forged = "x\n2026-11-24T00:00:00Z INFO ready";
        let messages = [
            forged.parse::<Principal>().map(|_| ()).unwrap_err(),
            forged.parse::<CityCode>().map(|_| ()).unwrap_err(),
        ];
        for error in messages {
            assert!(!error.message().contains('\n'), "{error}");
        }
    }
}

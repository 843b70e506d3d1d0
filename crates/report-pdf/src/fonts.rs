//! The fonts of the system: finds those installed, and chooses those for a text.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::Path;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use typst::text::{FontBook, FontVariant, is_default_ignorable};
use typst_kit::fonts::{FontStore, scan, system};

/// Preferred families: of one design for Chinese and Latin, with the character forms of mainland China.
const PREFERRED: [&str; 6] = [
    "Source Han Serif SC",
    "Noto Serif CJK SC",
    "Source Han Sans SC",
    "Noto Sans CJK SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
];

/// Maximum number of characters that an error names.
const MAX_NAMED: usize = 20;

/// Finds the fonts of a folder, or those of the system.
pub(crate) fn installed(folder: Option<&Path>) -> FontStore {
    let mut found: Vec<_> = match folder {
        Some(folder) => scan(folder).collect(),
        None => system().collect(),
    };
    // The order within a folder differs from machine to machine.
    found.sort_by(|(a, _), (b, _)| (&a.path, a.index).cmp(&(&b.path, b.index)));
    let mut fonts = FontStore::new();
    fonts.extend(found);
    fonts
}

/// Chooses families that have all characters of a text between them, in the order in which they are to be tried.
///
/// # Errors
///
/// `MISCONFIGURED` if a character is in no font.
pub(crate) fn families(
    book: &FontBook,
    text: impl IntoIterator<Item = char>,
) -> Result<Vec<String>> {
    let mut open: BTreeSet<char> = text.into_iter().filter(|c| is_drawn(*c)).collect();
    let mut chosen = Vec::new();
    while !open.is_empty() {
        let Some((family, covered)) = best(book, &open) else {
            return Err(missing(&open));
        };
        open.retain(|c| !covered.contains(c));
        chosen.push(family);
    }
    Ok(chosen)
}

/// Returns true if a font must have a glyph for the character; a blank without one would be drawn as a box, too.
pub(crate) fn is_drawn(c: char) -> bool {
    !(c.is_control() || is_default_ignorable(c))
}

/// Makes the error about characters that no font has.
pub(crate) fn missing(characters: &BTreeSet<char>) -> Error {
    let is_any_chinese = characters.iter().any(|c| is_chinese(*c));
    let characters: String = characters.iter().take(MAX_NAMED).collect();
    let message: Message = match is_any_chinese {
        true => msg::ReportPdfNoChineseFont { characters }.into(),
        false => msg::ReportPdfNoFont { characters }.into(),
    };
    Error::new(ErrorCode::Misconfigured, message)
}

/// Returns true for Chinese characters and punctuation.
fn is_chinese(c: char) -> bool {
    matches!(
        c,
        '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}'
    )
}

/// The next family, with the characters that it has: a preferred one that has most of them, else the one that has the
/// most.
fn best(book: &FontBook, open: &BTreeSet<char>) -> Option<(String, BTreeSet<char>)> {
    let covering = book.families().filter_map(|(family, _)| {
        let covered = covered(book, family, open);
        let rank = PREFERRED.iter().position(|preferred| *preferred == family);
        let rank = rank.filter(|_| covered.len() * 2 >= open.len());
        let rank = rank.unwrap_or(PREFERRED.len());
        let order = (rank, Reverse(covered.len()), family.to_owned());
        (!covered.is_empty()).then_some((order, covered))
    });
    let best = covering.min_by(|(a, _), (b, _)| a.cmp(b));
    best.map(|((_, _, family), covered)| (family, covered))
}

/// The characters that the family's regular variant has. A last-resort font draws a box for every character, and counts
/// as having none.
fn covered(book: &FontBook, family: &str, open: &BTreeSet<char>) -> BTreeSet<char> {
    let font = book.select(&family.to_lowercase(), FontVariant::default());
    let font = font.and_then(|font| book.info(font));
    let Some(font) = font.filter(|font| !font.is_last_resort()) else {
        return BTreeSet::new();
    };
    let open = open.iter().copied();
    open.filter(|c| font.coverage.contains(u32::from(*c)))
        .collect()
}

#[cfg(test)]
mod tests {
    use chengji_messages::Value;
    use typst::text::{Coverage, FontFlags, FontInfo};

    use super::*;

    fn book(fonts: &[(&str, &str)]) -> FontBook {
        FontBook::from_infos(fonts.iter().map(|(family, characters)| FontInfo {
            family: (*family).to_owned(),
            variant: FontVariant::default(),
            flags: FontFlags::empty(),
            axes: Vec::new(),
            coverage: Coverage::from_vec(characters.chars().map(u32::from).collect()),
        }))
    }

    fn chosen(fonts: &[(&str, &str)], text: &str) -> Result<Vec<String>> {
        families(&book(fonts), text.chars())
    }

    #[test]
    fn a_preferred_family_is_taken_first_and_others_for_what_it_lacks() {
        let fonts = [("All", "a月报㙍"), ("Latin", "a"), (PREFERRED[4], "a月报")];
        let families = chosen(&fonts, "月报a").unwrap();
        assert_eq!(families, [PREFERRED[4]]);
        let families = chosen(&fonts, "月报㙍").unwrap();
        assert_eq!(families, [PREFERRED[4], "All"]);
        // Without a preferred one, the one that has the most, the first of equal ones.
        let families = chosen(&fonts[..2], "a").unwrap();
        assert_eq!(families, ["All"]);
    }

    #[test]
    fn a_character_that_no_font_has_is_refused_by_its_name() {
        let fonts = [("Latin", "a"), ("Han", "月")];
        let refused = |text: &str| {
            let error = chosen(&fonts, text).unwrap_err();
            let characters = error.message().param("characters").cloned();
            (error.message().code().to_owned(), characters)
        };
        let expected = (
            "report-pdf-no-chinese-font".to_owned(),
            Some(Value::from("报")),
        );
        assert_eq!(refused("a月报"), expected);
        let expected = ("report-pdf-no-font".to_owned(), Some(Value::from("Ω")));
        assert_eq!(refused("aΩ"), expected);
        let expected = ("report-pdf-no-font".to_owned(), Some(Value::from("\u{a0}")));
        assert_eq!(refused("a\u{a0}a"), expected);
        // Characters that are never drawn need no font.
        assert_eq!(chosen(&fonts, "\n\u{200b}\u{feff}").unwrap().len(), 0);
    }

    #[test]
    fn a_font_of_boxes_counts_as_none() {
        assert!(chosen(&[("LastResort", "月报")], "月").is_err());
    }
}

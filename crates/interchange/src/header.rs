//! Finds the header row of a sheet.

use chengji_domain::catalogue::{FIELDS, heading};
use chengji_messages::{Message, msg};

use super::columns::known_headings;
use super::headings::spelled;
use super::worksheet::{Rows, TITLES, Value};

/// Minimum number of headings that name fields in a header.
const LEAST_HEADINGS: usize = 3;

/// The criterion for a header, and the description of the expected one.
pub(super) struct Wanted<'a> {
    pub(super) is_header: &'a dyn Fn(&[&str]) -> bool,
    pub(super) headings: String,
}

/// The criterion for the header of a sheet.
pub(super) enum Header<'h> {
    /// A minimum number of headings name fields.
    Fields,
    /// A minimum number of headings are columns of a map, in the form in which headings are compared.
    Columns(&'h [String]),
    /// It has as many cells as any of the first rows.
    Widest,
    /// A criterion of the caller.
    Wanted(&'h Wanted<'h>),
}

impl Header<'_> {
    /// The index of the header among the rows.
    pub(super) fn place(&self, rows: &Rows) -> Option<usize> {
        let mut first = rows.values().take(TITLES);
        if matches!(self, Self::Widest) {
            let widest = rows.values().take(TITLES).map(Vec::len).max()?;
            return first.position(|row| row.len() == widest);
        }
        first.position(|row| {
            let texts = row.iter().filter_map(|(_, value)| match value {
                Value::Text(text) => Some(text.as_str()),
                Value::Error(_) => None,
            });
            self.is_header(&texts.collect::<Vec<_>>())
        })
    }

    /// Returns true if a row with these texts is the header, as far as its texts decide it.
    pub(super) fn is_header(&self, texts: &[&str]) -> bool {
        match self {
            Self::Wanted(wanted) => (wanted.is_header)(texts),
            Self::Fields | Self::Widest => known_headings(texts.iter().copied()) >= LEAST_HEADINGS,
            Self::Columns(columns) => {
                let known = texts.iter().filter(|text| columns.contains(&spelled(text)));
                known.count() >= LEAST_HEADINGS.min(columns.len()).max(1)
            }
        }
    }

    /// The headings that it should have.
    pub(super) fn wanted(&self) -> String {
        match self {
            Self::Fields | Self::Widest => FIELDS.map(heading).join(","),
            Self::Columns(columns) => columns.join(","),
            Self::Wanted(wanted) => wanted.headings.clone(),
        }
    }
}

/// The note that the header is in this line, with rows above it.
pub(super) fn titles_passed_over(line: u64, rows: usize) -> Message {
    msg::SheetTitlesPassedOver { line, rows }.into()
}

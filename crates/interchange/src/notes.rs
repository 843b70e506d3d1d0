//! Notes of what was converted while reading, one for each column and kind, however many rows.

use chengji_domain::Field;
use chengji_messages::{Message, msg};

/// A conversion of a cell that made it readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    /// Full-width digits, letters or signs were replaced by their usual forms.
    FullWidth,
    /// A date was rewritten, such as `2024/3/5`.
    Date,
    /// The decimals in a length such as `N(10,2)` were dropped.
    Decimals,
    /// The time of day was dropped from a date.
    TimeOfDay,
    /// Blanks around a value were dropped.
    Blanks,
    /// Invisible characters were removed.
    Invisible,
    /// Line breaks in a text of one line were replaced by blanks.
    LineBreaks,
    /// A format was given by extension or MIME type.
    FormatName,
    /// A value was given by a name of the bureau's table.
    Named,
    /// HTML was converted to the text it shows.
    Html,
    /// HTML was kept.
    HtmlKept,
    /// The text that HTML shows is HTML again, and was kept.
    HtmlWithin,
}

impl Conversion {
    fn message(self) -> Message {
        match self {
            Self::FullWidth => msg::SheetNoteFullWidth.into(),
            Self::Date => msg::SheetNoteDate.into(),
            Self::Decimals => msg::SheetNoteDecimals.into(),
            Self::TimeOfDay => msg::SheetNoteTimeOfDay.into(),
            Self::Blanks => msg::SheetNoteBlanks.into(),
            Self::Invisible => msg::SheetNoteInvisible.into(),
            Self::LineBreaks => msg::SheetNoteLineBreaks.into(),
            Self::FormatName => msg::SheetNoteFormatName.into(),
            Self::Named => msg::SheetNoteNamed.into(),
            Self::Html => msg::SheetNoteHtml.into(),
            Self::HtmlKept => msg::SheetNoteHtmlKept.into(),
            Self::HtmlWithin => msg::SheetNoteHtmlWithin.into(),
        }
    }
}

/// Counts conversions, and records each if requested.
#[derive(Debug, Default)]
pub(super) struct Notes {
    counted: Vec<Note>,
    each: Option<Vec<(u64, Field, Conversion)>>,
}

#[derive(Debug)]
struct Note {
    field: Field,
    conversion: Conversion,
    rows: u64,
    first_line: u64,
}

impl Notes {
    /// Notes, also by row if `each`.
    pub(super) fn new(each: bool) -> Self {
        Self {
            counted: Vec::new(),
            each: each.then(Vec::new),
        }
    }

    /// Records a conversion of this field in this line.
    pub(super) fn add(&mut self, field: Field, conversion: Conversion, line: u64) {
        if let Some(each) = &mut self.each {
            each.push((line, field, conversion));
        }
        let mut known = self.counted.iter_mut();
        match known.find(|note| (note.field, note.conversion) == (field, conversion)) {
            Some(note) => note.rows += 1,
            None => self.counted.push(Note {
                field,
                conversion,
                rows: 1,
                first_line: line,
            }),
        }
    }

    /// A message for each kind in the order they were met, and one for each row where that was asked for.
    pub(super) fn into_messages(self) -> impl Iterator<Item = Message> {
        let counted = self.counted.into_iter().map(|note| {
            msg::SheetNoteCounted {
                field: note.field,
                line: note.first_line,
                note: note.conversion.message(),
                rows: note.rows,
            }
            .into()
        });
        let each = self.each.into_iter().flatten();
        counted.chain(each.map(|(line, field, conversion)| {
            msg::SheetNoteOfRow {
                field,
                line,
                note: conversion.message(),
            }
            .into()
        }))
    }
}

//! Maps of foreign layouts: a TOML file that defines, field by field, the source columns of a file (or
//! paths of a JSON object), or a fixed value. A map has no conditions and no computation beyond these
//! keys:
//!
//! | key of a field | meaning |
//! |---|---|
//! | `from` | a column or path, or a list of them |
//! | `value` | the same for every row, in place of `from` |
//! | `default` | the value where all of them are empty |
//! | `values` | a table from values in the file to their meanings; others stay unchanged |
//! | `join` | the separator of several values, a line break by default |
//! | `split` | characters that separate parts, outside of brackets |
//! | `drop_end` | endings such as 等 that are dropped from parts |
//! | `type` | of `items`: the type of each part, such as `C` or `C(50)` |
//! | `html` | `true` converts HTML to text |
//! | `number`, `digits` | of `code`: the classification and this column's number, with this many digits (6) |
//! | `digest`, `digits` | of `code`: the classification and a digest of these columns (18 digits) |

mod map_reader;
mod parse;
mod propose;
mod row;
mod survey;
mod table;

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use chengji_domain::catalogue::FIELDS;
use chengji_domain::tables::Names;
use chengji_domain::{Error, ErrorCode, Field, Result};
use chengji_messages::msg;

pub(super) use self::propose::proposal;
pub(super) use self::row::{InvalidValue, Made, Picked};
pub(super) use self::survey::Survey;
pub(super) use self::table::Bound;
use super::headings::clipped;

/// Maximum size of a map, bytes.
const MAX_BYTES: u64 = 10_000_000;

/// A map, checked in itself; its columns are checked when a file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The map's file, for messages.
    name: String,
    /// The rule of each of `FIELDS`.
    rules: [Option<Rule>; FIELDS.len()],
    /// The bureau's names of values.
    names: Names,
}

/// The rule for one field.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    source: Source,
    default: String,
    values: HashMap<String, String>,
    join: Option<String>,
    split: String,
    drop_end: Vec<String>,
    item_type: Option<String>,
    html: bool,
}

/// The source of a field's value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Fixed(String),
    Columns(Vec<String>),
    /// The code of the classification and a number.
    Number {
        column: String,
        digits: usize,
    },
    /// The code of the classification and a digest of the values in these columns.
    Digest {
        columns: Vec<String>,
        digits: usize,
    },
}

impl Source {
    fn columns(&self) -> &[String] {
        match self {
            Self::Fixed(_) => &[],
            Self::Number { column, .. } => std::slice::from_ref(column),
            Self::Columns(columns) | Self::Digest { columns, .. } => columns,
        }
    }
}

impl Layout {
    /// Reads a map, whose values may use these names. An error lists everything that is wrong or still to
    /// be filled in, by line.
    pub fn read(path: &Path, names: &Names) -> Result<Self> {
        let name = path.display().to_string();
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
            .map_err(|e| super::text::unreadable(&name, &e))?;
        if bytes.len() as u64 > MAX_BYTES {
            let message = msg::MapTooLarge {
                file: name,
                most: MAX_BYTES / 1_000_000,
            };
            return Err(Error::new(ErrorCode::LimitExceeded, message));
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            let file = &name;
            Error::new(ErrorCode::InvalidArgument, msg::MapNotUtf8 { file })
        })?;
        parse::layout(text.trim_start_matches('\u{FEFF}'), &name, names)
    }

    /// The map's file, for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Every column or path that the map uses.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        let rules = self.rules.iter().flatten();
        rules.flat_map(|rule| rule.source.columns().iter().map(String::as_str))
    }

    /// The source of each field as named in the user's file; empty where there is none.
    pub(super) fn headings(&self) -> Vec<String> {
        let of = |rule: &Option<Rule>| {
            let columns = rule.as_ref().map_or(&[][..], |rule| rule.source.columns());
            clipped(&columns.join(" + "))
        };
        self.rules.iter().map(of).collect()
    }
}

/// The index of a field in `FIELDS`.
fn place(field: Field) -> Option<usize> {
    FIELDS.iter().position(|of| *of == field)
}

#[cfg(test)]
mod tests;

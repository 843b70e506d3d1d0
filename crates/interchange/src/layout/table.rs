//! A map bound to the header of a table, with the column of each name.

use std::borrow::Cow;
use std::collections::HashMap;

use chengji_domain::catalogue::{FIELDS, FieldProblem};
use chengji_domain::{Error, ErrorCode, Field, Result, Violation};
use chengji_messages::{Message, msg};

use super::{Layout, Made, Picked, place};
use crate::columns::{fit, of_secrecy};
use crate::headings::{clipped, spelled};
use crate::records::{Record, trimmed};

/// A map and the columns of one file.
pub(crate) struct Bound<'l> {
    layout: &'l Layout,
    headings: Vec<String>,
    columns: HashMap<&'l str, usize>,
}

impl<'l> Bound<'l> {
    /// Finds every column that the map names. An error lists all that are missing or ambiguous.
    pub(crate) fn new(layout: &'l Layout, header: &Record, file: &str) -> Result<Self> {
        let headings: Vec<String> = header.cells.iter().map(|h| trimmed(h).to_owned()).collect();
        let forms: Vec<String> = headings.iter().map(|heading| spelled(heading)).collect();
        let (mut columns, mut wrong) = (HashMap::new(), Vec::new());
        for name in layout.columns() {
            let form = spelled(name);
            let mut places = (0..forms.len()).filter(|at| forms[*at] == form);
            match (places.next(), places.next()) {
                (Some(column), None) => {
                    columns.insert(name, column);
                }
                (found, second) => wrong.push(not_one(name, found, second)),
            }
        }
        let unread = headings.iter().enumerate();
        let unread = unread.filter(|(at, _)| !columns.values().any(|column| column == at));
        let unread: Vec<Violation> =
            of_secrecy(unread.map(|(_, heading)| heading.as_str())).collect();
        wrong.extend(unread);
        if wrong.is_empty() {
            return Ok(Self {
                layout,
                headings,
                columns,
            });
        }
        wrong.dedup();
        let columns: Vec<String> = headings.iter().map(|heading| clipped(heading)).collect();
        let message = msg::MapHeaderDiffers {
            columns,
            file,
            line: header.line,
            map: &layout.name,
        };
        Err(Error::new(ErrorCode::InvalidArgument, message).with_violations(wrong))
    }

    /// The source of each field as named in the file.
    pub(crate) fn names(&self) -> Vec<String> {
        self.layout.headings()
    }

    /// Notes about columns that the map does not use.
    pub(crate) fn notes(&self) -> Vec<Message> {
        let used = |at: usize| self.columns.values().any(|column| *column == at);
        let headings = self.headings.iter().enumerate();
        let unused = headings.filter(|(at, heading)| !heading.is_empty() && !used(*at));
        unused
            .map(|(_, heading)| {
                let heading = clipped(heading);
                msg::MapColumnUnused { heading }.into()
            })
            .collect()
    }

    /// The heading of each column of the file.
    pub(crate) fn all(&self) -> &[String] {
        &self.headings
    }

    /// The fields that come from each column.
    pub(crate) fn fields(&self) -> Vec<Vec<Field>> {
        let mut fields = vec![Vec::new(); self.headings.len()];
        for (field, rule) in FIELDS.iter().zip(&self.layout.rules) {
            let names = rule.iter().flat_map(|rule| rule.source.columns());
            for column in names.filter_map(|name| self.columns.get(name.as_str())) {
                if !fields[*column].contains(field) {
                    fields[*column].push(*field);
                }
            }
        }
        fields
    }

    /// Returns true if a row is clearly not secret.
    pub(crate) fn may_be_repeated(&self, record: &Record) -> bool {
        !self.layout.is_secret(&|name: &str| self.pick(record, name))
    }

    fn pick<'r>(&self, record: &'r Record, name: &str) -> Picked<'r> {
        let column = self.columns.get(name);
        let cell = column.and_then(|column| record.cells.get(*column));
        let cell = cell.filter(|cell| !trimmed(cell).is_empty());
        Ok(cell.map(Cow::Borrowed).into_iter().collect())
    }

    /// Applies the map to a record; also returns the fields that come from a formula in error.
    pub(crate) fn row(&self, record: &Record) -> Result<(Made, Vec<usize>), FieldProblem> {
        fit(&self.headings, record)?;
        let made = self.layout.row(&|name: &str| self.pick(record, name));
        let broken = FIELDS.iter().filter_map(|field| {
            let at = place(*field)?;
            let columns = self.layout.rules[at].as_ref()?.source.columns();
            let broken = |name: &String| {
                let column = self.columns.get(name.as_str());
                column.is_some_and(|column| record.broken.contains(column))
            };
            columns.iter().any(broken).then_some(at)
        });
        let broken = if record.broken.is_empty() {
            Vec::new()
        } else {
            broken.collect()
        };
        Ok((made, broken))
    }
}

fn not_one(name: &str, found: Option<usize>, second: Option<usize>) -> Violation {
    let problem: Message = match (found, second) {
        (Some(first), Some(second)) => msg::MapColumnsAlike {
            first: first + 1,
            second: second + 1,
        }
        .into(),
        _ => msg::MapColumnMissing.into(),
    };
    Violation::new(clipped(name), problem)
}

//! Sheets with a row for each 信息项, as in the national template: the columns that describe an item (and
//! those that split a format in two) are joined into an entry's single cell, and the rows of one entry
//! into one.

use std::cell::Cell;

use chengji_domain::catalogue::{FIELDS, FieldProblem};
use chengji_domain::{Field, Result};
use chengji_messages::{Message, msg};
use csv::StringRecord;

use super::headings::{field_of, spelled};
use super::lists::escaped;
use super::records::{Record, trimmed};

/// The columns of an item's name, type and length, as the national template names them.
pub(super) const NAME: &str = "信息项名称";
pub(super) const TYPE: &str = "数据类型";
pub(super) const LENGTH: &str = "数据长度";

/// The names of an item's columns, in the order in which a cell of items has them.
const PARTS: [&[&str]; 6] = [
    &[NAME, "数据项名称", "字段名称"],
    &[TYPE, "信息项类型", "信息项数据类型", "字段类型"],
    &[LENGTH, "信息项长度", "信息项数据长度", "字段长度"],
    &["信息项共享类型", "数据项共享类型", "字段共享类型"],
    &["信息项共享条件", "数据项共享条件", "字段共享条件"],
    &["信息项共享方式", "数据项共享方式", "字段共享方式"],
];
const KIND: [&str; 2] = ["信息资源格式分类", "资源格式分类"];
const SUBTYPE: [&str; 2] = ["信息资源格式类型", "资源格式类型"];

/// The columns of a file that are parts of others; by default none is.
#[derive(Default)]
pub(super) struct ItemRows {
    /// The columns of [`PARTS`], if there are at least names and types.
    item: Option<[Option<usize>; PARTS.len()]>,
    /// Kind and subtype of a format.
    format: Option<(usize, usize)>,
    code: Option<usize>,
    secret: Option<usize>,
    /// Columns of an entry, with their fields.
    entry: Vec<(usize, Field)>,
    continued: Cell<u64>,
}

impl ItemRows {
    /// Removes the headings of parts from the header.
    pub(super) fn take(header: &mut Record) -> Self {
        let headings: Vec<String> = header.cells.iter().map(spelled).collect();
        let column = |names: &[&str]| {
            let mut headings = headings.iter();
            headings.position(|heading| names.contains(&heading.as_str()))
        };
        let item = PARTS.map(column);
        let item = Some(item).filter(|item| item[0].is_some() && item[1].is_some());
        let format = column(&KIND).zip(column(&SUBTYPE));
        let mut rows = Self {
            item,
            format,
            ..Self::default()
        };
        for (place, heading) in headings.iter().enumerate() {
            let field = field_of(heading).map(|named| FIELDS[named.field]);
            let field = field.filter(|_| !rows.is_of_an_item(place));
            rows.entry.extend(field.map(|field| (place, field)));
        }
        let of = |named| rows.entry.iter().find(|(_, field)| *field == named);
        let [code, secret] =
            [Field::Code, Field::Secret].map(|named| of(named).map(|(place, _)| *place));
        (rows.code, rows.secret) = (code, secret);
        let left = |(place, heading): (usize, &str)| match rows.whole(place) {
            Some(whole) if whole != place => String::new(),
            _ => heading.to_owned(),
        };
        header.cells = header.cells.iter().enumerate().map(left).collect();
        rows
    }

    /// Merges records so that each entry has one.
    pub(super) fn gather(
        &self,
        mut records: impl Iterator<Item = Result<Record>>,
    ) -> impl Iterator<Item = Result<Record>> {
        let mut open: Option<Record> = None;
        std::iter::from_fn(move || {
            loop {
                match records.next() {
                    Some(Ok(record)) => {
                        if let Some(first) =
                            open.as_mut().filter(|first| self.goes_on(&record, first))
                        {
                            self.add(first, &record);
                            continue;
                        }
                        let whole = self.joined(record);
                        if let Some(done) = open.replace(whole) {
                            return Some(Ok(done));
                        }
                    }
                    Some(Err(error)) => return Some(Err(error)),
                    None => return open.take().map(Ok),
                }
            }
        })
    }

    /// The note about rows that were merged into the entry above them.
    pub(super) fn note(&self) -> Option<Message> {
        let rows = self.continued.get();
        (rows > 0).then(|| msg::SheetItemRowsJoined { rows }.into())
    }

    fn is_of_an_item(&self, column: usize) -> bool {
        self.item.is_some_and(|item| item.contains(&Some(column)))
    }

    /// The column that a part is joined into.
    fn whole(&self, column: usize) -> Option<usize> {
        if self.is_of_an_item(column) {
            return self.item.and_then(|item| item[0]);
        }
        let (kind, subtype) = self.format?;
        (column == subtype).then_some(kind)
    }

    fn cell<'r>(&self, column: Option<usize>, record: &'r Record) -> &'r str {
        column.map_or("", |at| trimmed(record.cells.get(at).unwrap_or_default()))
    }

    /// Returns true if a row continues the entry that `first` begins: it has an item, and the same code
    /// or none. One with a different secrecy is read by itself.
    fn goes_on(&self, record: &Record, first: &Record) -> bool {
        let Some(item) = self.item else {
            return false;
        };
        let same = |column: Option<usize>| {
            let own = self.cell(column, record);
            own.is_empty() || own == self.cell(column, first)
        };
        let named = !self.cell(item[0], record).is_empty();
        named && !self.cell(self.code, first).is_empty() && same(self.code) && same(self.secret)
    }

    /// Adds an item. The entry's other cells in the row must match those of its first row.
    fn add(&self, first: &mut Record, record: &Record) {
        self.continued.set(self.continued.get() + 1);
        for (column, field) in &self.entry {
            let is_format = self.format.is_some_and(|(kind, _)| kind == *column);
            let cell = if is_format {
                self.format_of(record)
            } else {
                self.cell(Some(*column), record).to_owned()
            };
            if !cell.is_empty() && cell != self.cell(Some(*column), first) {
                first.problems.push(another(*field, &cell, record.line));
            }
        }
        if let Some(at) = self.item.and_then(|item| item[0]) {
            let items = format!("{};{}", self.cell(Some(at), first), self.item_of(record));
            first.cells = with(&first.cells, at, &items);
        }
        first.broken.extend(self.broken(record));
    }

    /// Joins the parts of a record into one cell each.
    fn joined(&self, record: Record) -> Record {
        if self.item.is_none() && self.format.is_none() {
            return record;
        }
        let item = self.item.and_then(|item| item[0]);
        let part = |(place, cell): (usize, &str)| match self.whole(place) {
            _ if Some(place) == item => self.item_of(&record),
            Some(whole) if whole != place => String::new(),
            _ if self.format.is_some_and(|(kind, _)| kind == place) => self.format_of(&record),
            _ => cell.to_owned(),
        };
        let cells = record.cells.iter().enumerate().map(part).collect();
        let broken = self.broken(&record);
        Record {
            cells,
            broken,
            ..record
        }
    }

    fn broken(&self, record: &Record) -> Vec<usize> {
        let broken = record.broken.iter();
        broken
            .map(|column| self.whole(*column).unwrap_or(*column))
            .collect()
    }

    /// `name:type(length):class:condition:manner`, without empty parts at its end.
    fn item_of(&self, record: &Record) -> String {
        let Some(item) = self.item else {
            return String::new();
        };
        let [name, kind, length, class, condition, manner] =
            item.map(|column| self.cell(column, record));
        if name.is_empty() || kind.is_empty() {
            return name.to_owned();
        }
        let mut text = format!("{}:{kind}", escaped(name));
        if !length.is_empty() {
            text.push_str(&format!("({length})"));
        }
        let sharing = [class, condition, manner].map(escaped);
        let last = sharing.iter().rposition(|part| !part.is_empty());
        for part in sharing.iter().take(last.map_or(0, |at| at + 1)) {
            text.push(':');
            text.push_str(part);
        }
        text
    }

    fn format_of(&self, record: &Record) -> String {
        let Some((kind, subtype)) = self.format else {
            return String::new();
        };
        match (
            self.cell(Some(kind), record),
            self.cell(Some(subtype), record),
        ) {
            (kind, "") => kind.to_owned(),
            ("", subtype) => subtype.to_owned(),
            (kind, subtype) => format!("{kind}:{}", escaped(subtype)),
        }
    }
}

fn with(cells: &StringRecord, at: usize, text: &str) -> StringRecord {
    let cells = cells.iter().enumerate();
    cells
        .map(|(place, cell)| if place == at { text } else { cell })
        .collect()
}

fn another(field: Field, value: &str, line: u64) -> FieldProblem {
    FieldProblem::new(field, value, msg::SheetItemRowDiffers { line })
}

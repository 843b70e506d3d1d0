//! Surveys a file for which no map exists yet: its columns or paths, and their values, as far as a
//! proposal needs them.

use std::collections::HashSet;

use chengji_domain::Field;
use chengji_domain::catalogue::FIELDS;
use serde_json::{Map, Value};

use crate::headings::field_of;
use crate::json_path::at_path;
use crate::records::{Record, trimmed};

/// The paths at which portals such as CKAN (and DCAT in JSON) keep a field's value, the best one first.
const PATHS: [(Field, &[&str]); 7] = [
    (Field::Name, &["title", "name"]),
    (Field::Code, &["id", "identifier"]),
    (
        Field::Provider,
        &["organization.title", "publisher.name", "publisher"],
    ),
    (Field::Abstract, &["notes", "description"]),
    (
        Field::Formats,
        &[
            "resources[].format",
            "distribution[].format",
            "distribution[].mediaType",
        ],
    ),
    (
        Field::UpdateCycle,
        &[
            "extras.accrualPeriodicity",
            "accrualPeriodicity",
            "extras.frequency",
            "frequency",
        ],
    ),
    (
        Field::PublishedOn,
        &["extras.issued", "issued", "metadata_created"],
    ),
];
/// Headings of numbers that count the rows.
const NUMBERS: [&str; 6] = ["编号", "序号", "流水号", "no", "no.", "number"];
/// Maximum number of different values kept of a column, and maximum size of each in bytes.
const MAX_VALUES: usize = 1_000;
const MAX_BYTES: usize = 600;

/// A file after the survey.
pub(crate) struct Survey {
    /// True if columns are paths of JSON objects.
    pub(super) objects: bool,
    pub(super) columns: Vec<Column>,
    pub(super) rows: u64,
}

/// A column or path.
pub(super) struct Column {
    pub(super) name: String,
    /// The field that its heading suggests.
    pub(super) field: Option<Field>,
    /// Its values, each once, in the order met.
    pub(super) values: Vec<String>,
    /// True if there are more values.
    pub(super) more: bool,
    /// Number of rows with a value.
    pub(super) filled: u64,
    seen: HashSet<String>,
}

impl Survey {
    pub(crate) fn of_table(header: &Record) -> Self {
        let headings = header.cells.iter().map(trimmed);
        Self {
            objects: false,
            columns: headings
                .map(|heading| Column::new(heading, seeming_field(heading)))
                .collect(),
            rows: 0,
        }
    }

    pub(crate) fn of_objects() -> Self {
        let paths = PATHS
            .iter()
            .flat_map(|(field, paths)| paths.iter().map(|path| (*path, *field)));
        Self {
            objects: true,
            columns: paths
                .map(|(path, field)| Column::new(path, Some(field)))
                .collect(),
            rows: 0,
        }
    }

    pub(crate) fn record(&mut self, record: &Record) {
        self.rows += 1;
        for (column, cell) in self.columns.iter_mut().zip(&record.cells) {
            column.filled += u64::from(!trimmed(cell).is_empty());
            column.add(trimmed(cell));
        }
    }

    pub(crate) fn object(&mut self, object: &Map<String, Value>) {
        self.rows += 1;
        for name in object.keys() {
            let known = |column: &Column| column.name.split(['.', '[']).next() == Some(name);
            if self.columns.len() < MAX_VALUES && !self.columns.iter().any(known) {
                self.columns.push(Column::new(name, seeming_field(name)));
            }
        }
        for column in &mut self.columns {
            let values = at_path(object, &column.name).unwrap_or_default();
            column.filled += u64::from(!values.is_empty());
            for value in values {
                column.add(trimmed(&value));
            }
        }
    }

    /// Returns true if the file has no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The columns that seem to belong to a field and have values.
    pub(super) fn of(&self, field: Field) -> impl Iterator<Item = &Column> {
        let columns = self.columns.iter();
        columns.filter(move |column| {
            column.field == Some(field) && !(self.objects && column.values.is_empty())
        })
    }

    /// The column of row numbers.
    pub(super) fn number(&self) -> Option<&Column> {
        self.columns
            .iter()
            .find(|column| NUMBERS.contains(&column.name.to_lowercase().as_str()))
    }
}

impl Column {
    fn new(name: &str, field: Option<Field>) -> Self {
        Self {
            name: name.to_owned(),
            field,
            values: Vec::new(),
            more: false,
            filled: 0,
            seen: HashSet::new(),
        }
    }

    fn add(&mut self, value: &str) {
        if value.is_empty() || self.seen.contains(value) {
            return;
        }
        if self.values.len() >= MAX_VALUES || value.len() > MAX_BYTES {
            self.more = true;
            return;
        }
        self.seen.insert(value.to_owned());
        self.values.push(value.to_owned());
    }
}

/// The field that a heading names, with or without a trailing part in brackets.
fn seeming_field(heading: &str) -> Option<Field> {
    let named = field_of(heading);
    let bare = || {
        heading
            .split(['(', '（', '[', '【'])
            .next()
            .and_then(field_of)
    };
    named.or_else(bare).map(|named| FIELDS[named.field])
}

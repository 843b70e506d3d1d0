//! Printing an answer: a table for people in their language, JSON or CSV for programs. Data goes to standard
//! output and nothing else does; notes for people go to standard error. Whatever is printed here was made safe
//! to be shown: nothing in it moves the cursor, reorders or hides.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;

use chengji_domain::quoted::{OneLine, is_unsafe};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_interchange::csv_writer::{BYTE_ORDER_MARK, CsvCell, CsvWriter};
use chengji_messages::{Message, Value, msg};
use comfy_table::{CellAlignment, ContentArrangement, TableComponent, presets};

pub use crate::cell::Cell;

/// The form of an answer.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A table for people
    #[default]
    Table,
    /// JSON with the field names of the contract, independent of the language
    Json,
    /// CSV (RFC 4180, UTF-8) with one header line, and a byte order mark where it is redirected to a new
    /// file
    Csv,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The CSV header, in snake case; part of the contract with programs.
    pub key: &'static str,
    /// The title for people.
    title: Option<Message>,
    /// True if the cells are numbers, aligned at the right.
    right: bool,
    /// The CSV header of the number behind the `/`, where cells are two numbers, such as `1/57`: in CSV each
    /// has a column, since a spreadsheet program takes the two for a date.
    second: Option<&'static str>,
}

impl Column {
    /// A column of text.
    pub fn left(key: &'static str, title: impl Into<Message>) -> Self {
        Self {
            key,
            title: Some(title.into()),
            right: false,
            second: None,
        }
    }

    /// A column of numbers.
    pub fn right(key: &'static str, title: impl Into<Message>) -> Self {
        Self {
            right: true,
            ..Self::left(key, title)
        }
    }

    /// A column of two numbers with a `/` between them, of which each has a key.
    pub fn pair(keys: [&'static str; 2], title: impl Into<Message>) -> Self {
        Self {
            second: Some(keys[1]),
            ..Self::right(keys[0], title)
        }
    }

    /// A column of text whose title people do not need.
    pub fn untitled(key: &'static str) -> Self {
        Self {
            key,
            title: None,
            right: false,
            second: None,
        }
    }

    fn shown(&self) -> String {
        self.title.as_ref().map(Message::shown).unwrap_or_default()
    }
}

/// Rows under columns, and notes about them.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    notes: Vec<Message>,
    /// For people, one line per column instead of one per row.
    turned: bool,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: &[Column]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
            notes: Vec::new(),
            turned: false,
        }
    }

    /// One record, to be shown to people as a line per field.
    pub(crate) fn record(columns: Vec<Column>, values: Vec<Cell>) -> Self {
        Self {
            columns,
            rows: vec![values],
            notes: Vec::new(),
            turned: true,
        }
    }

    /// Adds a row: one cell for each column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<Cell>>) {
        let row: Vec<Cell> = cells.into_iter().map(Into::into).collect();
        debug_assert_eq!(row.len(), self.columns.len(), "a cell for each column");
        self.rows.push(row);
    }

    /// Adds a note that the list has more items, if it has a next cursor.
    pub fn note_if_more(&mut self, next_cursor: &str) {
        if !next_cursor.is_empty() {
            self.note(msg::MoreThanLimit);
        }
    }

    /// Adds a line that people see under the table and programs never do.
    pub fn note(&mut self, text: impl Into<Message>) {
        self.notes.push(text.into());
    }
}

/// Prints `message`, or the table made of it. A reader that closed standard output (`| head`) has
/// seen enough: that is no error.
pub fn print<M: prost::Message + prost::Name>(
    format: Format,
    message: &M,
    table: impl FnOnce(&M) -> Table,
) -> Result<()> {
    let stdout = io::stdout();
    let answer = render(format, message, table, terminal_width(&stdout))?;
    let mut out = stdout.lock();
    if format == Format::Csv && is_new_file(&stdout) {
        deliver(&mut out, BYTE_ORDER_MARK.as_bytes())?;
    }
    deliver(&mut out, &answer.data)?;
    answer.notes.into_iter().for_each(note);
    Ok(())
}

/// Prints one value and nothing else, as `--quiet` asks for.
pub fn print_value(value: &str) -> Result<()> {
    let line = format!("{}\n", OneLine(value));
    deliver(&mut io::stdout().lock(), line.as_bytes())
}

/// Writes a message for people to standard error. That may be closed: a note is not worth failing for.
pub fn note(text: impl Into<Message>) {
    // A message may have several lines; none of its parameters has.
    for line in text.into().shown().split('\n') {
        let _ = writeln!(io::stderr(), "{}", OneLine(line));
    }
}

/// Writes messages for people to standard error, as [`note`] does.
pub fn notes(lines: impl IntoIterator<Item = impl Into<Message>>) {
    lines.into_iter().for_each(note);
}

/// Ends a line on standard error, or sets what follows apart.
pub fn blank_line() {
    let _ = writeln!(io::stderr());
}

/// Writes a question to standard error; the answer is to be typed behind it.
pub fn question(text: impl Into<Message>) {
    let mut terminal = io::stderr();
    let _ = write!(terminal, "{} ", OneLine(&text.into().shown()));
    let _ = terminal.flush();
}

/// Returns true if standard output was redirected to an empty file: that is opened in a spreadsheet
/// program, as an exported file is. Programs that read a pipe expect no mark.
fn is_new_file(stdout: &io::Stdout) -> bool {
    let file = stdout.as_fd().try_clone_to_owned().map(File::from);
    let metadata = file.and_then(|file| file.metadata());
    metadata.is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0)
}

struct Answer {
    data: Vec<u8>,
    notes: Vec<Message>,
}

fn render<M: prost::Message + prost::Name>(
    format: Format,
    message: &M,
    table: impl FnOnce(&M) -> Table,
    width: Option<u16>,
) -> Result<Answer> {
    let data = match format {
        Format::Table => {
            let table = table(message);
            return Ok(Answer {
                data: for_people(&table, width).into_bytes(),
                notes: table.notes,
            });
        }
        Format::Json => json(message)?,
        Format::Csv => csv(&table(message))?,
    };
    Ok(Answer {
        data,
        notes: Vec::new(),
    })
}

fn terminal_width(stdout: &io::Stdout) -> Option<u16> {
    if !stdout.is_terminal() {
        return None;
    }
    terminal_size::terminal_size_of(stdout).map(|(width, _)| width.0)
}

/// Only ASCII lines: in Chinese terminals the drawn ones may be two columns wide.
fn for_people(table: &Table, width: Option<u16>) -> String {
    let mut drawn = comfy_table::Table::new();
    drawn.load_preset(presets::NOTHING);
    match width {
        Some(width) => drawn
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width),
        None => drawn.set_content_arrangement(ContentArrangement::Disabled),
    };
    if table.turned {
        draw_fields(&mut drawn, table);
    } else {
        draw_rows(&mut drawn, table);
    }
    format!("{}\n", drawn.trim_fmt())
}

fn draw_rows(drawn: &mut comfy_table::Table, table: &Table) {
    let cell = |column: &Column, text: String| {
        let side = if column.right {
            CellAlignment::Right
        } else {
            CellAlignment::Left
        };
        comfy_table::Cell::new(OneLine(&text)).set_alignment(side)
    };
    drawn.set_style(TableComponent::HeaderLines, '-');
    drawn.set_style(TableComponent::MiddleHeaderIntersections, '-');
    drawn.set_header(
        table
            .columns
            .iter()
            .map(|column| cell(column, column.shown())),
    );
    for row in &table.rows {
        drawn.add_row(
            table
                .columns
                .iter()
                .zip(row)
                .map(|(column, value)| cell(column, value.shown())),
        );
    }
    // The line under the header takes a column of its own between two cells.
    pad(drawn, 1);
}

/// A line for each field that has a value.
fn draw_fields(drawn: &mut comfy_table::Table, table: &Table) {
    let fields = (table.rows.iter()).flat_map(|row| table.columns.iter().zip(row));
    for (column, value) in fields {
        let value = value.shown();
        if !value.is_empty() {
            drawn.add_row([column.shown(), OneLine(&value).to_string()]);
        }
    }
    pad(drawn, 2);
}

fn pad(drawn: &mut comfy_table::Table, right: u16) {
    for column in drawn.column_iter_mut() {
        column.set_padding((0, right));
    }
}

pub(crate) fn json<M: prost::Message + prost::Name>(message: &M) -> Result<Vec<u8>> {
    let value = chengji_proto::json::to_value(message)?;
    let text = serde_json::to_string_pretty(&value).map_err(|e| {
        Error::new(
            ErrorCode::Internal,
            msg::JsonUnwritable {
                cause: Value::text(e),
            },
        )
    })?;
    let mut text = escaped_json(&text);
    text.push('\n');
    Ok(text.into_bytes())
}

/// JSON in which texts hold escapes for what moves, reorders or hides. Outside of texts JSON has nothing
/// of the kind but its own line breaks, and within them the writer has escaped those.
fn escaped_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !is_unsafe(c) {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    escaped
}

fn csv(table: &Table) -> Result<Vec<u8>> {
    let mut writer = CsvWriter::new(Vec::new());
    let keys = table.columns.iter().flat_map(|column| {
        let keys = [Some(column.key), column.second];
        keys.into_iter().flatten().map(CsvCell::Text)
    });
    writer.record(keys)?;
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(Cell::for_programs).collect();
        let cells = table.columns.iter().zip(&cells);
        writer.record(cells.flat_map(|(column, cell)| csv_cells(column, cell)))?;
    }
    writer.finish()
}

/// A cell as it is in CSV: two where it is a pair.
fn csv_cells<'a>(column: &Column, cell: &'a str) -> impl Iterator<Item = CsvCell<'a>> {
    let cells = match (column.second, column.right) {
        (Some(_), _) => {
            let (first, second) = cell.split_once('/').unwrap_or((cell, ""));
            [Some(CsvCell::Number(first)), Some(CsvCell::Number(second))]
        }
        (None, true) => [Some(CsvCell::Number(cell)), None],
        (None, false) => [Some(CsvCell::Text(cell)), None],
    };
    cells.into_iter().flatten()
}

fn deliver(out: &mut impl Write, data: &[u8]) -> Result<()> {
    match out.write_all(data).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(unwritable(&e)),
        _ => Ok(()),
    }
}

fn unwritable(cause: &io::Error) -> Error {
    let code = match cause.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ErrorCode::StorageFull,
        _ => ErrorCode::Misconfigured,
    };
    Error::new(code, msg::OutputUnwritable { cause })
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;

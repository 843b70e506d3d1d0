//! Printing an answer: a table for people, JSON or CSV for programs. Data goes to standard output
//! and nothing else does; notes for people go to standard error.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};

use chengji_domain::{Error, ErrorCode, Result};
use comfy_table::{Cell, CellAlignment, ContentArrangement, TableComponent, presets};

use crate::cells;

/// Who is to read the answer.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A table for people 供人阅读的表格
    #[default]
    Table,
    /// JSON with the field names of the contract 供程序读取，字段名同接口定义
    Json,
    /// CSV (RFC 4180, UTF-8), one header line 逗号分隔，首行为字段名
    Csv,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The CSV header, in snake case; part of the contract with programs.
    pub key: &'static str,
    /// The title for people, English and Chinese: `code 代码`.
    pub title: &'static str,
    /// Whether the cells stand at the right, as numbers do.
    pub right: bool,
}

impl Column {
    /// A column of text.
    pub const fn left(key: &'static str, title: &'static str) -> Self {
        Self {
            key,
            title,
            right: false,
        }
    }

    /// A column of numbers.
    pub const fn right(key: &'static str, title: &'static str) -> Self {
        Self {
            key,
            title,
            right: true,
        }
    }
}

/// Rows under columns, and notes about them.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
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
    pub(crate) fn record(columns: Vec<Column>, values: Vec<String>) -> Self {
        Self {
            columns,
            rows: vec![values],
            notes: Vec::new(),
            turned: true,
        }
    }

    /// Adds a row: one cell for each column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        let row: Vec<String> = cells.into_iter().map(Into::into).collect();
        debug_assert_eq!(row.len(), self.columns.len(), "a cell for each column");
        self.rows.push(row);
    }

    /// Adds a line that people see under the table and programs never do.
    pub fn note(&mut self, text: impl Into<String>) {
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
    deliver(&mut stdout.lock(), &answer.data)?;
    for line in answer.notes {
        note(cells::plain(&line));
    }
    Ok(())
}

/// Prints one value and nothing else, as `--quiet` asks for.
pub fn print_value(value: &str) -> Result<()> {
    let line = format!("{}\n", cells::plain(value));
    deliver(&mut io::stdout().lock(), line.as_bytes())
}

/// Tells people something on standard error. That may be closed: a note is not worth failing for.
pub fn note(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

struct Answer {
    data: Vec<u8>,
    notes: Vec<String>,
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
    let cell = |column: &Column, text: &str| {
        let side = if column.right {
            CellAlignment::Right
        } else {
            CellAlignment::Left
        };
        Cell::new(cells::plain(text)).set_alignment(side)
    };
    drawn.set_style(TableComponent::HeaderLines, '-');
    drawn.set_style(TableComponent::MiddleHeaderIntersections, '-');
    drawn.set_header(
        table
            .columns
            .iter()
            .map(|column| cell(column, column.title)),
    );
    for row in &table.rows {
        drawn.add_row(
            table
                .columns
                .iter()
                .zip(row)
                .map(|(column, text)| cell(column, text)),
        );
    }
    // The line under the header takes a column of its own between two cells.
    pad(drawn, 1);
}

fn draw_fields(drawn: &mut comfy_table::Table, table: &Table) {
    for row in &table.rows {
        for (column, value) in table.columns.iter().zip(row) {
            drawn.add_row([column.title.to_owned(), cells::plain(value)]);
        }
    }
    pad(drawn, 2);
}

fn pad(drawn: &mut comfy_table::Table, right: u16) {
    for column in drawn.column_iter_mut() {
        column.set_padding((0, right));
    }
}

fn json<M: prost::Message + prost::Name>(message: &M) -> Result<Vec<u8>> {
    let value = chengji_proto::json::to_value(message)?;
    let mut text = serde_json::to_vec_pretty(&value)
        .map_err(|e| Error::new(ErrorCode::Internal, format!("writing JSON: {e}")))?;
    text.push(b'\n');
    Ok(text)
}

fn csv(table: &Table) -> Result<Vec<u8>> {
    let broken = |e: String| Error::new(ErrorCode::Internal, format!("writing CSV: {e}"));
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let header = table.columns.iter().map(|column| column.key);
    writer
        .write_record(header)
        .map_err(|e| broken(e.to_string()))?;
    for row in &table.rows {
        writer
            .write_record(row)
            .map_err(|e| broken(e.to_string()))?;
    }
    writer.into_inner().map_err(|e| broken(e.to_string()))
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
    Error::new(
        code,
        format!("the answer cannot be written to standard output: {cause}"),
    )
    .with_remedy("check what standard output was redirected to, and run the command again 请检查输出重定向后重试")
}

#[cfg(test)]
mod tests {
    use chengji_proto::v1::Ratio;

    use super::*;
    use crate::fields::Fields;

    const COLUMNS: [Column; 2] = [
        Column::left("name", "name 名称"),
        Column::right("row_count", "rows 行数"),
    ];

    fn districts() -> Table {
        let mut table = Table::new(&COLUMNS);
        table.row(["长沙市, \"岳麓区\"", "7"]);
        table.row(["Zhuzhou\n株洲", "1200"]);
        table.note("2 of 40 shown");
        table
    }

    fn ratio() -> Ratio {
        Ratio {
            numerator: 1,
            denominator: 4,
            score: "25.00".to_owned(),
        }
    }

    fn text(format: Format, width: Option<u16>) -> String {
        let answer = render(format, &ratio(), |_| districts(), width).unwrap();
        String::from_utf8(answer.data).unwrap()
    }

    /// Columns on the screen, where a Chinese character takes two.
    fn columns_of(text: &str) -> usize {
        text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
    }

    #[test]
    fn chinese_text_takes_two_columns_in_the_alignment() {
        let text = text(Format::Table, None);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert_eq!(lines[0], "name 名称         rows 行数");
        assert!(lines[1].chars().all(|c| c == '-'), "{text}");
        assert_eq!(lines[2], "长沙市, \"岳麓区\"          7");
        assert_eq!(lines[3], "Zhuzhou 株洲           1200");
        assert_eq!(columns_of(lines[2]), columns_of(lines[3]));
    }

    #[test]
    fn tables_fit_the_terminal_and_do_not_wrap_elsewhere() {
        let mut table = Table::new(&COLUMNS);
        table.row(["长".repeat(100), "1".to_owned()]);
        let narrow = for_people(&table, Some(40));
        assert!(
            narrow.lines().all(|line| columns_of(line) <= 40),
            "{narrow}"
        );
        assert_eq!(narrow.matches('长').count(), 100);
        assert_eq!(for_people(&table, None).lines().count(), 3);
    }

    #[test]
    fn csv_is_rfc_4180_with_the_keys_as_header() {
        let expected =
            "name,row_count\r\n\"长沙市, \"\"岳麓区\"\"\",7\r\n\"Zhuzhou\n株洲\",1200\r\n";
        assert_eq!(text(Format::Csv, None), expected);
    }

    #[test]
    fn csv_reads_back_as_it_was_written() {
        proptest::proptest!(|(cells in proptest::collection::vec(".*", 1..6))| {
            let mut table = Table::new(&[Column::left("a", "a"), Column::left("b", "b")]);
            for cell in &cells {
                table.row([cell.as_str(), "x"]);
            }
            let written = csv(&table).unwrap();
            let mut reader = csv::Reader::from_reader(written.as_slice());
            let read: Vec<String> =
                reader.records().map(|row| row.unwrap()[0].to_owned()).collect();
            proptest::prop_assert_eq!(read, cells);
        });
    }

    #[test]
    fn json_is_the_whole_message_and_never_makes_the_table() {
        let answer = render(Format::Json, &ratio(), |_| unreachable!(), None).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&answer.data).unwrap();
        let expected = serde_json::json!({ "numerator": 1, "denominator": 4, "score": "25.00" });
        assert_eq!(value, expected);
        assert!(answer.data.starts_with(b"{\n  \"") && answer.data.ends_with(b"}\n"));
    }

    #[test]
    fn notes_are_for_people_only() {
        let notes = |format| {
            render(format, &ratio(), |_| districts(), None)
                .unwrap()
                .notes
        };
        assert_eq!(notes(Format::Table), ["2 of 40 shown"]);
        assert!(notes(Format::Csv).is_empty() && notes(Format::Json).is_empty());
        assert!(!text(Format::Table, None).contains("shown"));
    }

    #[test]
    fn a_record_is_a_line_per_field_for_people_and_a_row_for_programs() {
        let record = || {
            let mut fields = Fields::new();
            fields.field("code", "code 代码", "3070/1");
            fields.field("share_class", "share class 共享类型", "无条件共享");
            Table::from(fields)
        };
        let people = for_people(&record(), None);
        assert_eq!(
            people,
            "code 代码             3070/1\nshare class 共享类型  无条件共享\n"
        );
        let rows = csv(&record()).unwrap();
        assert_eq!(
            String::from_utf8(rows).unwrap(),
            "code,share_class\r\n3070/1,无条件共享\r\n"
        );
    }

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_closed_output_ends_quietly_and_a_full_disk_does_not() {
        assert_eq!(deliver(&mut Failing(ErrorKind::BrokenPipe), b"x"), Ok(()));
        let full = deliver(&mut Failing(ErrorKind::StorageFull), b"x").unwrap_err();
        assert_eq!(full.code(), ErrorCode::StorageFull);
    }
}

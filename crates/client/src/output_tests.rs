use chengji_proto::v1::Ratio;

use super::*;
use crate::fields::Fields;

fn columns() -> [Column; 2] {
    [
        Column::left("name", msg::ColumnName),
        Column::right("row_count", msg::ColumnRows),
    ]
}

fn districts() -> Table {
    let mut table = Table::new(&columns());
    table.row(["长沙市, \"岳麓区\"", "7"]);
    table.row(["Zhuzhou\n株洲", "1200"]);
    table.note(msg::Text {
        text: "2 of 40 shown",
    });
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
    let narrow = |c: char| c.is_ascii() || c == '⏎';
    text.chars().map(|c| if narrow(c) { 1 } else { 2 }).sum()
}

#[test]
fn chinese_text_takes_two_columns_in_the_alignment() {
    let text = text(Format::Table, None);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(lines[0], "name              rows");
    assert!(lines[1].chars().all(|c| c == '-'), "{text}");
    assert_eq!(lines[2], "长沙市, \"岳麓区\"     7");
    assert_eq!(lines[3], "Zhuzhou⏎株洲      1200");
    assert_eq!(columns_of(lines[2]), columns_of(lines[3]));
}

#[test]
fn tables_fit_the_terminal_and_do_not_wrap_elsewhere() {
    let mut table = Table::new(&columns());
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
    let expected = "name,row_count\r\n\"长沙市, \"\"岳麓区\"\"\",7\r\n\"Zhuzhou\n株洲\",1200\r\n";
    assert_eq!(text(Format::Csv, None), expected);
}

#[test]
fn a_pair_is_one_cell_for_people_and_two_for_programs() {
    let mut table = Table::new(&[Column::pair(["entries", "entries_of"], msg::ColumnEntries)]);
    table.row(["1/57"]);
    table.row([""]);
    assert!(for_people(&table, None).contains("1/57"));
    let written = String::from_utf8(csv(&table).unwrap()).unwrap();
    assert_eq!(written, "entries,entries_of\r\n1,57\r\n,\r\n");
}

proptest::proptest! {
    /// However hostile the texts of an answer, nothing that is printed of it moves the cursor, reorders
    /// or hides, and no cell of a CSV file begins as a formula.
    #[test]
    fn what_is_printed_is_safe(cells in proptest::collection::vec(proptest::prelude::any::<String>(), 1..6)) {
        let mut table = Table::new(&[Column::left("a", msg::ColumnName), Column::right("b", msg::ColumnRows)]);
        for cell in &cells {
            table.row([cell.as_str(), cell.as_str()]);
        }
        let safe = |text: &str| !text.contains(|c: char| is_unsafe(c) && c != '\n');
        proptest::prop_assert!(safe(&for_people(&table, None)));
        let text = cells.concat();
        let ratio = Ratio { score: text.clone(), ..Ratio::default() };
        let written = String::from_utf8(json(&ratio).unwrap()).unwrap();
        proptest::prop_assert!(safe(&written));
        let value: serde_json::Value = serde_json::from_str(&written).unwrap();
        proptest::prop_assert_eq!(value["score"].as_str(), Some(text.as_str()));
        let written = csv(&table).unwrap();
        let mut reader = csv::Reader::from_reader(written.as_slice());
        for record in reader.records() {
            for cell in record.unwrap().iter() {
                proptest::prop_assert!(safe(&cell.replace('\t', "")));
                proptest::prop_assert!(!cell.starts_with(['=', '+', '@', '\t', '\n']));
            }
        }
    }
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
    assert_eq!(
        notes(Format::Table),
        [Message::from(msg::Text {
            text: "2 of 40 shown"
        })]
    );
    assert!(notes(Format::Csv).is_empty() && notes(Format::Json).is_empty());
    assert!(!text(Format::Table, None).contains("shown"));
}

#[test]
fn a_record_is_a_line_per_field_for_people_and_a_row_for_programs() {
    let record = || {
        let mut fields = Fields::new();
        fields.field("code", msg::ColumnCode, "3070/1");
        fields.field("provider", msg::ColumnProvider, "市民政局");
        fields.field("reason", msg::ColumnReason, "");
        Table::from(fields)
    };
    let people = for_people(&record(), None);
    assert_eq!(people, "code      3070/1\nprovider  市民政局\n");
    let rows = csv(&record()).unwrap();
    assert_eq!(
        String::from_utf8(rows).unwrap(),
        "code,provider,reason\r\n3070/1,市民政局,\r\n"
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

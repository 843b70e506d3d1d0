//! Items (信息项) as a sheet for a new entry: a row for each, as in the national template. The cells of the entry itself
//! are empty; once they are filled in in the first row, `read` reads the sheet as that entry.

use std::io::Write;

use chengji_domain::catalogue::{FIELDS, Item, heading};
use chengji_domain::{Error, ErrorCode, Field, Result};
use chengji_messages::msg;

use super::item_rows::{LENGTH, NAME, TYPE};
use crate::csv_writer::{BYTE_ORDER_MARK, CsvCell, CsvWriter};

/// Writes items under the Chinese headings: UTF-8 with a byte order mark, CRLF. What an item says of its own sharing is
/// left out.
pub fn write_items(items: &[Item], mut out: impl Write) -> Result<()> {
    let failed = |cause: std::io::Error| {
        Error::new(ErrorCode::Misconfigured, msg::SheetNotWritten { cause })
    };
    out.write_all(BYTE_ORDER_MARK.as_bytes()).map_err(failed)?;
    let mut writer = CsvWriter::new(out);
    let headings = FIELDS.into_iter().flat_map(|field| match field {
        Field::Items => vec![NAME, TYPE, LENGTH],
        field => vec![heading(field)],
    });
    writer.record(headings.map(CsvCell::Text))?;
    for item in items {
        let length = match item.length {
            0 => String::new(),
            length => length.to_string(),
        };
        let cells = FIELDS.into_iter().flat_map(|field| match field {
            Field::Items => vec![
                CsvCell::Text(&item.name),
                CsvCell::Text(item.kind.zh()),
                CsvCell::Number(&length),
            ],
            _ => vec![CsvCell::Text("")],
        });
        writer.record(cells)?;
    }
    writer.finish()?.flush().map_err(failed)
}

#[cfg(test)]
mod tests {
    use chengji_domain::catalogue::ItemType;

    use super::super::tests::CELLS;
    use super::super::{Options, check, read::parse};
    use super::*;

    fn item(name: &str, kind: ItemType, length: u32) -> Item {
        Item {
            name: name.to_owned(),
            kind,
            length,
            sharing: None,
        }
    }

    #[test]
    fn a_sheet_whose_first_row_is_filled_in_is_an_entry_with_the_items() {
        let items = [
            item("许可证号", ItemType::Text, 18),
            item("area:m2;总", ItemType::Number, 0),
            item("=1+1", ItemType::Binary, 0),
        ];
        let mut sheet = Vec::new();
        write_items(&items, &mut sheet).unwrap();
        let mut rows = csv::ReaderBuilder::new();
        let mut rows = rows.has_headers(false).from_reader(sheet.as_slice());
        let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.unwrap()).collect();
        let given = FIELDS.into_iter().zip(CELLS.split(','));
        let given: Vec<&str> = given
            .flat_map(|(field, cell)| match field {
                Field::Items => vec!["", "", ""],
                _ => vec![cell],
            })
            .collect();
        let mut out = csv::Writer::from_writer(Vec::new());
        for (number, row) in rows.iter().enumerate() {
            let cells = row.iter().zip(&given);
            let filled = cells.map(|(cell, given)| match number {
                1 if cell.is_empty() => *given,
                _ => cell,
            });
            out.write_record(filled).unwrap();
        }
        let text = String::from_utf8(out.into_inner().unwrap()).unwrap();
        let sheet = parse(&text, "items.csv", Options::default()).unwrap();
        let (entries, problems) = check(&sheet);
        assert_eq!(problems, vec![]);
        let [(2, entry)] = entries.as_slice() else {
            panic!("{entries:?}")
        };
        assert_eq!(entry.items, items);
    }
}

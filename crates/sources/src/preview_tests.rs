use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
    NullArray, StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use chengji_domain::table::TableSchema;
use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Message, msg};

use super::*;
use crate::{Each, Finding, TableInfo};

/// A source of one table, whose batches are these.
struct OneTable(Vec<RecordBatch>);

impl Source for OneTable {
    fn kind(&self) -> Message {
        msg::Text { text: "test" }.into()
    }

    fn check(&self, _: GoOn<'_>) -> Result<Vec<Finding>> {
        Ok(Vec::new())
    }

    fn tables(&self, _: Option<&str>, _: usize, _: GoOn<'_>) -> Result<Vec<TableInfo>> {
        Ok(Vec::new())
    }

    fn schema(&self, _: &str, _: GoOn<'_>) -> Result<TableSchema> {
        let columns = Vec::new();
        Ok(TableSchema { columns })
    }

    fn read(&self, table: &str, _: Option<u64>, _: GoOn<'_>, each: Each<'_>) -> Result<()> {
        if table != "permits" {
            let message = msg::Text { text: table };
            return Err(Error::new(ErrorCode::NotFound, message));
        }
        for batch in &self.0 {
            if each(batch.clone())?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn batch(columns: Vec<ArrayRef>) -> RecordBatch {
    let named = columns.into_iter().enumerate();
    let named = named.map(|(number, column)| (format!("c{number}"), column, true));
    RecordBatch::try_from_iter_with_nullable(named).unwrap()
}

fn texts(row: &[Option<CutText>]) -> Vec<Option<&str>> {
    let texts = row.iter();
    texts
        .map(|value| value.as_ref().map(|value| value.text.as_str()))
        .collect()
}

#[test]
fn values_of_all_types_are_shown_as_texts() {
    let decimals = Decimal128Array::from(vec![Some(-12_345_i128)]);
    let decimals = decimals.with_precision_and_scale(10, 2).unwrap();
    // 2026-11-28T01:02:03Z.
    let at = 1_795_827_723_000_000;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec!["长沙"])),
        Arc::new(Int64Array::from(vec![-7])),
        Arc::new(Float64Array::from(vec![1.5])),
        Arc::new(decimals),
        Arc::new(BooleanArray::from(vec![true])),
        Arc::new(BinaryArray::from_vec(vec![&[0xE4, 0x0A][..]])),
        Arc::new(Date32Array::from(vec![1])),
        Arc::new(Time64MicrosecondArray::from(vec![3_723_000_000])),
        Arc::new(TimestampMicrosecondArray::from(vec![at])),
        Arc::new(TimestampMicrosecondArray::from(vec![at]).with_timezone("+08:00")),
        Arc::new(Int64Array::from(vec![None::<i64>])),
        Arc::new(NullArray::new(1)),
    ];
    let source = OneTable(vec![batch(columns)]);
    let rows = preview(&source, "permits", 5, None, &|| true).unwrap();
    let [row] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    let expected = [
        Some("长沙"),
        Some("-7"),
        Some("1.5"),
        Some("-123.45"),
        Some("true"),
        Some("e40a"),
        Some("1970-01-02"),
        Some("01:02:03"),
        Some("2026-11-28 01:02:03"),
        Some("2026-11-28 01:02:03Z"),
        None,
        None,
    ];
    assert_eq!(texts(row), expected);
}

#[test]
fn no_more_rows_are_read_than_are_wanted() {
    let numbers = |numbers: [i64; 2]| batch(vec![Arc::new(Int64Array::from(numbers.to_vec()))]);
    let source = OneTable(vec![numbers([1, 2]), numbers([3, 4]), numbers([5, 6])]);
    for wanted in 0..8 {
        let rows = preview(&source, "permits", wanted, None, &|| true).unwrap();
        let found: Vec<_> = rows.iter().flat_map(|row| texts(row)).flatten().collect();
        let all = ["1", "2", "3", "4", "5", "6"];
        assert_eq!(found, all[..wanted.min(all.len())]);
    }
    let error = preview(&source, "plans", 1, None, &|| true).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
}

#[test]
fn a_long_value_is_cut_and_says_so() {
    let long = "字".repeat(MAX_CHARACTERS + 1);
    let exact = "字".repeat(MAX_CHARACTERS);
    let bytes = vec![0_u8; 1 << 20];
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![long])),
        Arc::new(StringArray::from(vec![exact.clone()])),
        Arc::new(BinaryArray::from_vec(vec![bytes.as_slice()])),
    ];
    let source = OneTable(vec![batch(columns)]);
    let rows = preview(&source, "permits", 1, None, &|| true).unwrap();
    let cut = |text: String, is_cut| Some(CutText { text, is_cut });
    let expected = vec![
        cut(exact.clone(), true),
        cut(exact, false),
        cut("0".repeat(MAX_CHARACTERS), true),
    ];
    assert_eq!(rows, [expected]);
}

#[test]
fn rows_that_do_not_pass_are_not_shown() {
    let numbers = |numbers: [i64; 2]| batch(vec![Arc::new(Int64Array::from(numbers.to_vec()))]);
    let source = OneTable(vec![numbers([1, 2]), numbers([3, 4]), numbers([5, 6])]);
    let mut is_first = true;
    let mut passed = |batch: RecordBatch| -> Result<Option<RecordBatch>> {
        let first = std::mem::replace(&mut is_first, false);
        Ok((!first).then(|| batch.slice(1, 1)))
    };
    let rows = preview(&source, "permits", 2, Some(&mut passed), &|| true).unwrap();
    let found: Vec<_> = rows.iter().flat_map(|row| texts(row)).flatten().collect();
    assert_eq!(found, ["4", "6"]);
}

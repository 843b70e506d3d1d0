//! Tables in the formats of people and programs: values, limits, and that they read back equal.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::types::Int64Type;
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
};
use calamine::{Data, Reader, Xlsx};
use chengji_domain::{ErrorCode, Result};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;

use super::samples::batch;
use super::*;

fn csv_of(batch: &RecordBatch) -> Result<String> {
    let mut out = Vec::new();
    write_csv(&batch.schema(), [Ok(batch.clone())].into_iter(), &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn workbook_of(batch: &RecordBatch) -> Result<Xlsx<Cursor<Vec<u8>>>> {
    let mut out = Cursor::new(Vec::new());
    write_workbook(&batch.schema(), [Ok(batch.clone())].into_iter(), &mut out)?;
    Ok(Xlsx::new(Cursor::new(out.into_inner())).unwrap())
}

fn parquet_of(batch: &RecordBatch) -> Vec<RecordBatch> {
    let file = tempfile::tempfile().unwrap();
    let out = file.try_clone().unwrap();
    write_parquet(&batch.schema(), [Ok(batch.clone())].into_iter(), out).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    reader
        .build()
        .unwrap()
        .map(|batch| batch.unwrap())
        .collect()
}

fn column(values: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter([("x", values)]).unwrap()
}

#[test]
fn csv_has_a_header_row_and_values_as_of_iso_8601() {
    let expected = [
        "truth,number,decimal,float,text,bytes,date,time,moment,zoned",
        "true,-5,-123.45,0.1,=1+1,00ff,2026-01-31,08:30:00,1970-01-01T00:00:00,1970-01-01T00:00:00Z",
        ",,,,,,,,,",
        "false,9223372036854775807,0.00,-2.0,\"长沙, \"\"市\"\"\r\n\",\"\",1969-12-31,00:00:00.000001,\
         1970-01-01T00:00:01.500,1970-01-01T00:00:01.500Z",
        "",
    ];
    assert_eq!(csv_of(&batch()).unwrap(), expected.join("\r\n"));
}

#[test]
fn a_row_without_values_is_a_line_in_csv_even_with_one_column() {
    let one = column(Arc::new(StringArray::from(vec![None, Some("a")])));
    assert_eq!(csv_of(&one).unwrap(), "x\r\n\"\"\r\na\r\n");
}

#[test]
fn a_workbook_has_typed_cells_and_computes_nothing() {
    let mut workbook = workbook_of(&batch()).unwrap();
    let name = workbook.sheet_names()[0].clone();
    assert!(workbook.worksheet_formula(&name).unwrap().is_empty());
    let range = workbook.worksheet_range(&name).unwrap();
    let cell = |row, column| range.get_value((row, column)).unwrap();
    let text = |text: &str| Data::String(text.to_owned());
    assert_eq!(*cell(0, 4), text("text"));
    assert_eq!(*cell(1, 0), Data::Bool(true));
    assert_eq!(*cell(1, 1), Data::Float(-5.0));
    assert_eq!(*cell(1, 2), Data::Float(-123.45));
    assert_eq!(*cell(1, 4), text("=1+1"));
    assert_eq!(*cell(1, 5), text("00ff"));
    assert!(matches!(cell(1, 6), Data::DateTime(_)));
    assert!(matches!(cell(1, 8), Data::DateTime(_)));
    assert_eq!(*cell(1, 9), text("1970-01-01T00:00:00Z"));
    assert_eq!(*cell(3, 1), text("9223372036854775807"));
    assert_eq!(*cell(3, 7), text("00:00:00.000001"));
}

#[test]
fn what_a_workbook_cannot_hold_is_an_error_that_names_it() {
    assert!(check_workbook_rows(MAX_WORKBOOK_ROWS).is_ok());
    let rows = check_workbook_rows(MAX_WORKBOOK_ROWS + 1).unwrap_err();
    assert_eq!(rows.code(), ErrorCode::LimitExceeded);
    let texts = |length| {
        let texts = vec!["short".to_owned(), "长".repeat(length)];
        workbook_of(&column(Arc::new(StringArray::from(texts))))
    };
    assert!(texts(32_767).is_ok());
    let long = texts(32_768).err().unwrap();
    assert_eq!(long.code(), ErrorCode::LimitExceeded);
    assert_eq!(long.message().code(), "workbook-text-too-long");
    assert_eq!(long.message().param("row"), Some(&2_u32.into()));
}

#[test]
fn values_of_parts_are_for_parquet() {
    let parts = ListArray::from_iter_primitive::<Int64Type, _, _>(vec![Some(vec![Some(1)])]);
    let parts = column(Arc::new(parts));
    for refused in [csv_of(&parts).err(), workbook_of(&parts).err()] {
        assert_eq!(refused.unwrap().code(), ErrorCode::InvalidArgument);
    }
    assert_eq!(parquet_of(&parts)[0].num_rows(), 1);
}

#[test]
fn a_table_without_rows_has_its_columns() {
    let none = batch().slice(0, 0);
    assert!(csv_of(&none).unwrap().starts_with("truth,number"));
    assert!(workbook_of(&none).is_ok());
    assert!(parquet_of(&none).is_empty());
}

#[test]
fn every_type_reads_back_from_parquet() {
    let batch = batch();
    assert_eq!(parquet_of(&batch)[0].columns(), batch.columns());
}

type Row = (Option<bool>, Option<i64>, Option<f64>, Option<String>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let text = prop_oneof![any::<String>(), "[=+@',\"\r\n长 -]{0,8}"];
    let float = prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::NEGATIVE;
    let row = (
        any::<Option<bool>>(),
        any::<Option<i64>>(),
        prop::option::of(float),
        prop::option::of(text),
    );
    prop::collection::vec(row, 1..30)
}

fn of_rows(rows: &[Row]) -> RecordBatch {
    let truths: BooleanArray = rows.iter().map(|row| row.0).collect();
    let numbers: Int64Array = rows.iter().map(|row| row.1).collect();
    let floats: Float64Array = rows.iter().map(|row| row.2).collect();
    let texts: StringArray = rows.iter().map(|row| row.3.as_deref()).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("truth", Arc::new(truths)),
        ("number", Arc::new(numbers)),
        ("float", Arc::new(floats)),
        ("text", Arc::new(texts)),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

proptest! {
    #[test]
    fn values_read_back_from_csv(rows in rows()) {
        let written = csv_of(&of_rows(&rows)).unwrap();
        let mut reader = csv::Reader::from_reader(written.as_bytes());
        let mut read: Vec<Row> = Vec::new();
        for record in reader.records() {
            let record = record.unwrap();
            let text = &record[3];
            read.push((
                record[0].parse().ok(),
                record[1].parse().ok(),
                record[2].parse().ok(),
                (!text.is_empty()).then(|| text.to_owned()),
            ));
        }
        let expected: Vec<Row> = rows
            .into_iter()
            .map(|(truth, number, float, text)| {
                (truth, number, float, text.filter(|text| !text.is_empty()))
            })
            .collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn values_read_back_from_parquet(rows in rows()) {
        let batch = of_rows(&rows);
        let read = parquet_of(&batch);
        prop_assert_eq!(read.len(), 1);
        prop_assert_eq!(read[0].columns(), batch.columns());
    }
}

//! What every kind of source does, as a suite that the tests of each kind run.

use std::cell::Cell;
use std::ops::ControlFlow;

use arrow_array::RecordBatch;
use chengji_domain::table::{ColumnType, TableSchema};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

use crate::Source;
use crate::arrow_types::column_type;
use crate::reading::BATCH_ROWS;

/// The name of the table that has [`LONG_ROWS`] rows.
pub(crate) const LONG: &str = "long";
/// The number of rows of the long table: more than two batches.
pub(crate) const LONG_ROWS: usize = 20_000;

/// Checks a source that has exactly these tables, in the order of their names as bytes; one of them is [`LONG`], and
/// one has no rows.
pub(crate) fn check(source: &dyn Source, names: &[&str], empty: &str) {
    lists_its_tables_in_order_and_in_pages(source, names);
    for table in names {
        hands_over_what_its_schema_says(source, table);
    }
    hands_over_batches_of_bounded_size(source);
    ends_when_no_more_is_wanted(source);
    ends_when_its_caller_is_gone(source);
    assert_eq!(rows(&read(source, empty, None).unwrap()), 0);
    has_no_other_tables(source);
    assert!(
        source
            .check(&|| true)
            .unwrap()
            .iter()
            .all(|f| !f.is_warning)
    );
}

fn read(source: &dyn Source, table: &str, limit: Option<u64>) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    source.read(table, limit, &|| true, &mut |batch| {
        batches.push(batch);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(batches)
}

fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

fn lists_its_tables_in_order_and_in_pages(source: &dyn Source, names: &[&str]) {
    let all = source.tables(None, 1_000, &|| true).unwrap();
    let all: Vec<&str> = all.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(all, names);
    let mut paged: Vec<String> = Vec::new();
    loop {
        let after = paged.last().map(String::as_str);
        let page = source.tables(after, 1, &|| true).unwrap();
        match page.as_slice() {
            [] => break,
            [table] => paged.push(table.name.clone()),
            more => panic!("{more:?}"),
        }
    }
    assert_eq!(paged, names);
}

fn hands_over_what_its_schema_says(source: &dyn Source, table: &str) {
    let TableSchema { columns } = source.schema(table, &|| true).unwrap();
    let arrow_schema = source.arrow_schema(table, &|| true).unwrap();
    assert!(!columns.is_empty());
    for batch in read(source, table, None).unwrap() {
        let schema = batch.schema();
        assert_eq!(schema.fields().len(), columns.len());
        assert_eq!(schema.fields(), arrow_schema.fields());
        for (field, column) in schema.fields().iter().zip(&columns) {
            assert_eq!(field.name(), &column.name);
            assert_eq!(field.is_nullable(), column.is_nullable, "{}", column.name);
            let has_type = column_type(field.data_type()) == column.column_type;
            let is_as_text = column_type(field.data_type()) == ColumnType::Text
                && matches!(column.column_type, ColumnType::Decimal | ColumnType::Other);
            assert!(has_type || is_as_text, "{column:?} is {field:?}");
        }
    }
}

fn hands_over_batches_of_bounded_size(source: &dyn Source) {
    let batches = read(source, LONG, None).unwrap();
    assert_eq!(rows(&batches), LONG_ROWS);
    assert!(
        batches
            .iter()
            .all(|batch| (1..=BATCH_ROWS).contains(&batch.num_rows()))
    );
    for limit in [0, 1, BATCH_ROWS, BATCH_ROWS + 1, LONG_ROWS + 1] {
        let found = read(source, LONG, Some(limit as u64)).unwrap();
        assert_eq!(rows(&found), limit.min(LONG_ROWS));
    }
}

fn ends_when_no_more_is_wanted(source: &dyn Source) {
    let mut calls = 0;
    let ended = source.read(LONG, None, &|| true, &mut |_| {
        calls += 1;
        Ok(ControlFlow::Break(()))
    });
    assert_eq!((ended, calls), (Ok(()), 1));
    let full = || Error::new(ErrorCode::StorageFull, msg::Text { text: "full" });
    let failed = source.read(LONG, None, &|| true, &mut |_| Err(full()));
    assert_eq!(failed, Err(full()));
}

fn ends_when_its_caller_is_gone(source: &dyn Source) {
    let gone = Err(ErrorCode::Unavailable);
    let nobody = || false;
    let read = source.read(LONG, None, &nobody, &mut |_| panic!("nobody waits"));
    assert_eq!(read.map_err(|error| error.code()), gone);
    let tables = source.tables(None, 10, &nobody);
    assert_eq!(tables.map(drop).map_err(|error| error.code()), gone);
    let schema = source.schema(LONG, &nobody);
    assert_eq!(schema.map(drop).map_err(|error| error.code()), gone);
    let checked = source.check(&nobody);
    assert_eq!(checked.map(drop).map_err(|error| error.code()), gone);

    let waits = Cell::new(true);
    let mut calls = 0;
    let read = source.read(LONG, None, &|| waits.get(), &mut |_| {
        calls += 1;
        waits.set(false);
        Ok(ControlFlow::Continue(()))
    });
    assert_eq!((read.map_err(|error| error.code()), calls), (gone, 1));
}

fn has_no_other_tables(source: &dyn Source) {
    for other in ["", "none", "LONG", "../long", "long\"; --", "sqlite_schema"] {
        let not_found = Err(ErrorCode::NotFound);
        let schema = source.schema(other, &|| true).map(drop);
        assert_eq!(schema.map_err(|error| error.code()), not_found, "{other}");
        let read = read(source, other, None).map(drop);
        assert_eq!(read.map_err(|error| error.code()), not_found, "{other}");
    }
}

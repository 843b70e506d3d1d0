use std::cell::Cell;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Decimal128Array, DurationSecondArray, Int64Array,
    NullArray, StringArray, StructArray,
};
use arrow_array::{RunArray, types::Int32Type};
use arrow_schema::{DataType, Field};
use chengji_domain::ErrorCode;
use chengji_domain::table::{ColumnType, TableColumn};
use chengji_messages::Message;
use proptest::prelude::*;

use super::*;
use crate::{Each, Finding, TableInfo};

/// A source of one table, whose batches are these. Its schema changes with the number of times that it is described.
#[derive(Default)]
struct OneTable {
    batches: Vec<RecordBatch>,
    changes: bool,
    described: std::sync::atomic::AtomicUsize,
}

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
        let times = &self.described;
        let times = times.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let column = TableColumn {
            name: "c0".to_owned(),
            column_type: ColumnType::Text,
            is_nullable: self.changes && times > 0,
            native_type: String::new(),
            max_length: None,
            comment: String::new(),
        };
        let columns = vec![column];
        Ok(TableSchema { columns })
    }

    fn read(&self, _: &str, _: Option<u64>, go_on: GoOn<'_>, each: Each<'_>) -> Result<()> {
        for batch in &self.batches {
            crate::reading::check_caller(go_on)?;
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

fn measured(batches: Vec<RecordBatch>) -> MeasuredTable {
    let table = OneTable {
        batches,
        ..OneTable::default()
    };
    measure(&table, "permits", &|| true).unwrap()
}

fn of_column(column: impl arrow_array::Array + 'static) -> MeasuredTable {
    measured(vec![batch(vec![Arc::new(column)])])
}

type TestRow = (Option<i64>, Option<String>);

fn rows_to(rows: &[TestRow]) -> RecordBatch {
    let numbers = rows.iter().map(|(number, _)| *number).collect::<Vec<_>>();
    let texts = rows
        .iter()
        .map(|(_, text)| text.clone())
        .collect::<Vec<_>>();
    batch(vec![
        Arc::new(Int64Array::from(numbers)),
        Arc::new(StringArray::from(texts)),
    ])
}

fn rows() -> impl Strategy<Value = Vec<TestRow>> {
    let row = (prop::option::of(0i64..4), prop::option::of("[ab]{0,2}"));
    prop::collection::vec(row, 0..12)
}

proptest! {
    #[test]
    fn a_digest_is_of_the_rows_whatever_their_order_and_their_batches(
        (rows, shuffled) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        at in 0usize..12,
    ) {
        let (first, second) = shuffled.split_at(at.min(shuffled.len()));
        let whole = measured(vec![rows_to(&rows)]);
        prop_assert_eq!(&measured(vec![rows_to(first), rows_to(second)]), &whole);
        let texts = rows.iter().filter_map(|(_, text)| text.as_ref().map(String::len));
        let numbers = rows.iter().filter(|(number, _)| number.is_some()).count();
        prop_assert_eq!(whole.bytes, (texts.sum::<usize>() + 8 * numbers) as u64);
        prop_assert_eq!(whole.rows, rows.len() as u64);
    }

    #[test]
    fn other_rows_have_another_digest(one in rows(), other in rows()) {
        let sorted = |rows: &[TestRow]| {
            let mut rows = rows.to_vec();
            rows.sort();
            rows
        };
        let is_same = sorted(&one) == sorted(&other);
        let digest = |rows: &[TestRow]| measured(vec![rows_to(rows)]).digest;
        prop_assert_eq!(digest(&one) == digest(&other), is_same);
    }
}

#[test]
fn the_digest_is_that_of_the_contract() {
    let found = measured(vec![rows_to(&[
        (Some(258), Some("株".to_owned())),
        (None, None),
    ])]);
    let row = [
        &[1, 0, 0, 0, 0, 0, 0, 0, 8, 2, 1, 0, 0, 0, 0, 0, 0][..],
        &[1, 0, 0, 0, 0, 0, 0, 0, 3],
        "株".as_bytes(),
    ];
    let digests = [Digest::of(&row.concat()), Digest::of(&[0, 0])];
    let mut sum = [0u8; 32];
    let mut carry = 0u16;
    for at in (0..32).rev() {
        let added = u16::from(digests[0].0[at]) + u16::from(digests[1].0[at]) + carry;
        sum[at] = (added % 256) as u8;
        carry = added / 256;
    }
    let fingerprint = found.schema.fingerprint().0;
    let whole = [&fingerprint[..], &[0, 0, 0, 0, 0, 0, 0, 2], &sum].concat();
    assert_eq!((found.rows, found.bytes), (2, 11));
    assert_eq!(found.digest, Digest::of(&whole));
}

#[test]
fn a_long_row_has_the_digest_of_its_encoding() {
    for length in [10, 70_000, 200_000] {
        let text = "x".repeat(length);
        let texts = StringArray::from(vec![text.as_str()]);
        let found = measured(vec![batch(vec![
            Arc::new(texts.clone()),
            Arc::new(BooleanArray::from(vec![true])),
            Arc::new(texts),
        ])]);
        let value = [&[1][..], &(length as u64).to_be_bytes(), text.as_bytes()].concat();
        let truth = [1_u8, 0, 0, 0, 0, 0, 0, 0, 1, 1];
        let sum = Digest::of(&[&value[..], &truth, &value].concat()).0;
        let fingerprint = found.schema.fingerprint().0;
        let whole = [&fingerprint[..], &1_u64.to_be_bytes(), &sum].concat();
        assert_eq!(found.digest, Digest::of(&whole), "{length}");
    }
}

#[test]
fn the_length_of_a_value_is_that_of_its_type() {
    let bytes = |found: MeasuredTable| found.bytes;
    assert_eq!(
        bytes(of_column(BooleanArray::from(vec![Some(true), None]))),
        1
    );
    assert_eq!(
        bytes(of_column(Decimal128Array::from(vec![Some(1), None]))),
        16
    );
    assert_eq!(bytes(of_column(DurationSecondArray::from(vec![1, 2]))), 16);
    assert_eq!(
        bytes(of_column(BinaryArray::from(vec![&b"abc"[..], b""]))),
        3
    );
    assert_eq!(bytes(of_column(NullArray::new(3))), 0);
    let sliced = Int64Array::from(vec![1, 2, 3]).slice(1, 2);
    assert_eq!(of_column(sliced), of_column(Int64Array::from(vec![2, 3])));
}

#[test]
fn lists_and_structs_are_measured_by_their_values() {
    let list = |rows: &[&[i64]]| {
        let mut builder = ListBuilder::new(Int64Builder::new());
        for row in rows {
            builder.values().append_slice(row);
            builder.append(true);
        }
        of_column(builder.finish())
    };
    assert_eq!(list(&[&[1, 2], &[]]).bytes, 16);
    assert_ne!(list(&[&[1], &[2]]).digest, list(&[&[1, 2], &[]]).digest);
    let field = Arc::new(Field::new("a", DataType::Int64, false));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    assert_eq!(
        of_column(StructArray::from(vec![(field, numbers)])).bytes,
        16
    );
}

#[test]
fn a_type_without_an_encoding_is_named_with_its_column() {
    let runs: RunArray<Int32Type> = ["a", "a"].into_iter().collect();
    let table = OneTable {
        batches: vec![batch(vec![Arc::new(runs)])],
        ..OneTable::default()
    };
    let error = measure(&table, "permits", &|| true).unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert_eq!(error.message().code(), "source-column-not-measurable");
}

#[test]
fn a_table_whose_columns_change_while_it_is_read_is_not_measured() {
    let table = OneTable {
        changes: true,
        ..OneTable::default()
    };
    let error = measure(&table, "permits", &|| true).unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceChanged);
}

#[test]
fn reading_ends_when_the_caller_is_gone() {
    let table = OneTable {
        batches: vec![rows_to(&[(None, None)]), rows_to(&[(None, None)])],
        ..OneTable::default()
    };
    let asked = Cell::new(0);
    let go_on = || {
        asked.set(asked.get() + 1);
        asked.get() < 2
    };
    let error = measure(&table, "permits", &go_on).unwrap_err();
    assert_eq!((error.code(), asked.get()), (ErrorCode::Unavailable, 2));
}

use std::collections::BTreeSet;

use arrow_array::cast::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

fn read(path: &Path) -> Vec<RecordBatch> {
    let file = File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let batches = reader.build().unwrap();
    batches.collect::<Result<_, _>>().unwrap()
}

#[test]
fn permits_are_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    write_permits(&one, BATCH + 1).unwrap();
    write_permits(&other, BATCH + 1).unwrap();
    let batches = read(&one);
    assert_eq!(batches, read(&other));
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(
        (rows as u64, batches[0].num_columns()),
        (BATCH + 1, COLUMNS)
    );
    assert!(batches[0].column_by_name("ends").unwrap().null_count() > 0);
    for column in HALF {
        assert!(batches[0].column_by_name(column).is_some(), "{column}");
    }
}

#[test]
fn lines_are_of_the_same_permits() {
    let mut lines = Vec::new();
    write_lines(100, &mut lines).unwrap();
    let lines = String::from_utf8(lines).unwrap();
    let lines: Vec<Vec<&str>> = (lines.lines())
        .map(|line| line.split('\t').collect())
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("permits");
    write_permits(&path, 100).unwrap();
    let batch = read(&path).remove(0);
    let numbers = batch.column(1).as_string::<i32>();
    assert_eq!(lines.len(), 100);
    for (line, row) in lines.iter().zip(0..) {
        assert_eq!(line.len(), COLUMNS);
        assert_eq!(line[1], numbers.value(row));
        assert_eq!(line[9] == "\\N", batch.column(9).is_null(row));
    }
}

#[test]
fn each_inspection_is_of_another_permit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inspections");
    write_inspections(&path, 3 * MAX_INSPECTED).unwrap();
    let mut inspected = BTreeSet::new();
    for batch in read(&path) {
        let numbers = batch.column(0).as_string::<i32>();
        inspected.extend(numbers.iter().flatten().map(str::to_owned));
    }
    assert_eq!(inspected.len() as u64, MAX_INSPECTED);
    assert_eq!(inspected.last(), Some(&number(3 * (MAX_INSPECTED - 1))));
}

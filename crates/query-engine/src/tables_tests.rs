//! Contents of tables as nodes hand them over, which other nodes may have written.

use std::io::Write;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Int64Array, StringArray};
use arrow_ipc::writer::StreamWriter;
use futures_util::StreamExt;

use super::*;
use crate::failure::failure;

/// A batch with one column.
fn batch(name: &str, values: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter([(name, values)]).unwrap()
}

fn codes() -> RecordBatch {
    batch("code", Arc::new(StringArray::from(vec!["a", "b"])))
}

fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.into_inner().unwrap()
}

/// The rows of the table with the column `code` that are read of a content of which this size is said.
async fn read(content: &[u8], bytes: u64) -> Result<usize, ErrorCode> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    let table = TableRows::new(codes().schema());
    table.set(file, Size { rows: 2, bytes });
    let mut batches = table.execute(Arc::default());
    let mut rows = 0;
    while let Some(batch) = batches.next().await {
        rows += batch.map_err(|error| failure(&error).code())?.num_rows();
    }
    Ok(rows)
}

async fn whole(content: &[u8]) -> Result<usize, ErrorCode> {
    read(content, content.len() as u64).await
}

#[tokio::test]
async fn a_content_is_read_from_its_beginning_to_its_end() {
    assert_eq!(whole(&stream(&[codes(), codes()])).await, Ok(4));
    assert_eq!(whole(&stream(&[codes().slice(0, 0)])).await, Ok(0));
    let unset = TableRows::new(codes().schema());
    let first = unset.execute(Arc::default()).next().await.unwrap();
    assert_eq!(failure(&first.unwrap_err()).code(), ErrorCode::Internal);
}

#[tokio::test]
async fn a_content_of_other_columns_is_refused() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
    for other in [
        batch("code", numbers),
        batch("phone", Arc::clone(&texts)),
        RecordBatch::try_from_iter([("code", Arc::clone(&texts)), ("phone", texts)]).unwrap(),
    ] {
        let found = whole(&stream(&[other])).await;
        assert_eq!(found, Err(ErrorCode::SourceChanged));
    }
}

#[tokio::test]
async fn a_content_that_is_no_whole_table_is_the_providers_fault() {
    let honest = stream(&[codes()]);
    let size = honest.len();
    let invalid = Err(ErrorCode::PeerInvalid);
    assert_eq!(whole(&honest[..size - 9]).await, invalid);
    assert_eq!(read(&honest, size as u64 + 1).await, invalid);
    assert_eq!(read(&honest, size as u64 - 1).await, invalid);
    assert_eq!(whole(b"code\r\na\r\n").await, invalid);
    assert_eq!(whole(b"").await, invalid);
    let dictionary: DictionaryArray<Int32Type> = ["a", "b", "a"].into_iter().collect();
    let dictionary = stream(&[batch("code", Arc::new(dictionary))]);
    assert_eq!(whole(&dictionary).await, invalid);
}

#[test]
fn a_part_has_its_share_of_the_bytes() {
    let whole = Size {
        rows: 100,
        bytes: 8_000,
    };
    let part = |rows, bytes| Size { rows, bytes };
    assert_eq!(whole.of_part(None, (4, 4)), whole);
    assert_eq!(whole.of_part(None, (1, 4)), part(100, 2_000));
    assert_eq!(whole.of_part(Some(10), (2, 4)), part(10, 400));
    assert_eq!(whole.of_part(Some(1_000), (4, 4)), whole);
    assert_eq!(whole.of_part(None, (0, 0)), part(100, 0));
    let huge = part(u64::MAX, u64::MAX);
    assert_eq!(huge.of_part(None, (4, 4)), huge);
    let unknown = part(0, 8_000);
    assert_eq!(unknown.of_part(Some(10), (4, 4)), unknown);
}

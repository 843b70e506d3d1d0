use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_ipc::writer::StreamWriter;
use chengji_domain::fact::Measurement;
use chengji_domain::probe::{ProbeDifference, ProbeOutcome};
use chengji_domain::table::{ColumnShape, ColumnType, TableShape};
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;

/// A row: a name, and a number or none.
type TestRow = (String, Option<i64>);

fn rows_of(rows: &[(&str, Option<i64>)]) -> Vec<TestRow> {
    let rows = rows.iter();
    rows.map(|(name, number)| ((*name).to_owned(), *number))
        .collect()
}

fn batch(rows: &[TestRow]) -> RecordBatch {
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(
        rows.iter().map(|(name, _)| name),
    ));
    let numbers: ArrayRef = Arc::new(
        rows.iter()
            .map(|(_, number)| *number)
            .collect::<Int64Array>(),
    );
    let columns = [("name", names, false), ("number", numbers, true)];
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// The stream of these batches.
fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let schema = batch(&[]).schema();
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.into_inner().unwrap()
}

fn shape() -> TableShape {
    let column = |name: &str, column_type, is_nullable| ColumnShape {
        name: name.to_owned(),
        column_type,
        is_nullable,
    };
    TableShape {
        columns: vec![
            column("name", ColumnType::Text, false),
            column("number", ColumnType::Integer, true),
        ],
    }
}

/// What the provider of these rows declares.
fn declared(rows: &[TestRow]) -> Declaration {
    let mut measuring = Measuring::default();
    measuring.take(&batch(rows), "permits").unwrap();
    let found = measuring.finish(shape().fingerprint());
    Declaration {
        revision: 2,
        measurement: Measurement {
            bytes: found.bytes,
            rows: Some(found.rows),
            digest: found.digest,
            at: Timestamp::UNIX_EPOCH,
        },
    }
}

/// Counts a stream that comes in pieces of this size and was announced with so many bytes.
async fn counted(
    declared: &Declaration,
    (content, announced): (&[u8], usize),
    size: usize,
) -> Result<ProbeRead> {
    let table = ProbedTable {
        shape: shape(),
        stream_bytes: announced as u64,
    };
    let mut counting = TableCounting::of(declared, table);
    for piece in content.chunks(size) {
        if !counting.take(Bytes::copy_from_slice(piece)).await? {
            break;
        }
    }
    counting.read().await
}

/// The differences that a probe finds.
async fn differences(declared: &Declaration, content: &[u8]) -> Vec<ProbeDifference> {
    let read = counted(declared, (content, content.len()), 64).await;
    match ProbeOutcome::of(declared, declared, read.unwrap()) {
        ProbeOutcome::Differed { differences, .. } => differences.into_iter().collect(),
        ProbeOutcome::Matched(_) | ProbeOutcome::Unreadable(_) => Vec::new(),
    }
}

async fn refused(declared: &Declaration, content: &[u8], announced: usize) -> ErrorCode {
    let read = counted(declared, (content, announced), 64).await;
    read.unwrap_err().code()
}

#[tokio::test]
async fn other_rows_are_found() {
    let rows = rows_of(&[("a", Some(1)), ("b", None)]);
    let declared = declared(&rows);
    let same = stream(&[batch(&rows)]);
    assert!(differences(&declared, &same).await.is_empty());
    let other = stream(&[batch(&rows_of(&[("a", Some(2)), ("b", None)]))]);
    let found = differences(&declared, &other).await;
    assert_eq!(found, [ProbeDifference::Content]);
    let all = [
        ProbeDifference::Bytes,
        ProbeDifference::Rows,
        ProbeDifference::Content,
    ];
    let fewer = stream(&[batch(&rows[..1])]);
    assert_eq!(differences(&declared, &fewer).await, all);
}

#[tokio::test]
async fn a_table_that_goes_on_ends_soon_after_what_is_announced() {
    let rows = rows_of(&[("a", None), ("b", None)]);
    let declared = declared(&rows);
    let endless = stream(&vec![batch(&rows); 10_000]);
    let read = counted(&declared, (endless.as_slice(), endless.len()), 64).await;
    assert_eq!(read.unwrap().rows, Some(4), "one batch more");
    let same = stream(&[batch(&rows)]);
    let found = refused(&declared, &[same.as_slice(), &same].concat(), same.len()).await;
    assert_eq!(found, ErrorCode::PeerInvalid);
}

#[tokio::test]
async fn what_is_no_stream_of_the_announced_table_is_refused() {
    let rows = rows_of(&[("a", None)]);
    let declared = declared(&rows);
    let same = stream(&[batch(&rows)]);
    let cut = &same[..same.len() - 9];
    assert_eq!(
        refused(&declared, cut, cut.len()).await,
        ErrorCode::PeerInvalid
    );
    let longer = same.len() + 1;
    assert_eq!(
        refused(&declared, &same, longer).await,
        ErrorCode::PeerInvalid
    );
    let garbage = b"name,number\na,1\n";
    let found = refused(&declared, garbage, garbage.len()).await;
    assert_eq!(found, ErrorCode::PeerInvalid);
    assert_eq!(refused(&declared, b"", 0).await, ErrorCode::PeerInvalid);
}

#[tokio::test]
async fn a_stream_of_other_columns_is_refused() {
    let rows = rows_of(&[("a", None)]);
    let declared = declared(&rows);
    let numbers = batch(&rows).project(&[1, 0]).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &numbers.schema()).unwrap();
    writer.write(&numbers).unwrap();
    let other = writer.into_inner().unwrap();
    let found = refused(&declared, &other, other.len()).await;
    assert_eq!(found, ErrorCode::PeerInvalid);
}

proptest! {
    /// What is counted depends neither on the batches, nor on the order of the rows, nor on the pieces.
    #[test]
    fn what_is_counted_is_what_was_measured(
        (rows, shuffled) in prop::collection::vec(("[ab]{0,2}", prop::option::of(0i64..4)), 0..12)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        at in 0usize..12,
        size in 1usize..400,
    ) {
        let declared = declared(&rows);
        let (first, second) = shuffled.split_at(at.min(shuffled.len()));
        let content = stream(&[batch(first), batch(second)]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let read = counted(&declared, (content.as_slice(), content.len()), size);
        let read = runtime.block_on(read).unwrap();
        let outcome = ProbeOutcome::of(&declared, &declared, read);
        prop_assert_eq!(outcome, ProbeOutcome::Matched(read));
    }
}

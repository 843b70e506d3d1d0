use chengji_domain::Digest;
use chengji_domain::fact::Measurement;
use chengji_domain::probe::ProbeDifference;
use chengji_domain::table::{ColumnShape, ColumnType, TableShape};
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;

const TEXT: &str = "代码,名称\n430100,长沙\n430200,株洲\n";

fn declared(text: &str, rows: Option<u64>) -> Declaration {
    Declaration {
        revision: 2,
        measurement: Measurement {
            bytes: text.len() as u64,
            rows,
            digest: Digest::of(text.as_bytes()),
            at: Timestamp::UNIX_EPOCH,
        },
    }
}

/// The outcome of a probe that gets this text in pieces of this size.
fn outcome(declared: &Declaration, text: &str, size: usize) -> ProbeOutcome {
    let pieces = text.as_bytes().chunks(size);
    let counting = pieces.fold(Counting::of(declared), Counting::with);
    ProbeOutcome::of(declared, declared, counting.read())
}

fn differences(outcome: ProbeOutcome) -> Vec<ProbeDifference> {
    match outcome {
        ProbeOutcome::Differed { differences, .. } => differences.into_iter().collect(),
        ProbeOutcome::Matched(_) | ProbeOutcome::Unreadable(_) => Vec::new(),
    }
}

#[test]
fn a_provider_that_sends_something_else_is_found() {
    let declared = declared(TEXT, Some(2));
    let another = TEXT.replace("株洲", "湘潭");
    let found = differences(outcome(&declared, &another, 7));
    assert_eq!(found, [ProbeDifference::Content]);
    let shorter = TEXT.replace("430200,株洲\n", "");
    let found = differences(outcome(&declared, &shorter, 7));
    let expected = [
        ProbeDifference::Bytes,
        ProbeDifference::Rows,
        ProbeDifference::Content,
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_outcome_is_counted_by_its_kind() {
    let declared = declared(TEXT, Some(2));
    let matched = outcome(&declared, TEXT, 7);
    let differed = outcome(&declared, "代码,名称\n", 7);
    let unreadable = ProbeOutcome::Unreadable(not_in_time());
    let kinds = [matched, differed, unreadable].map(|outcome| metering::kind(&outcome));
    assert_eq!(kinds, ["matched", "differed", "unreadable"]);
}

#[test]
fn no_more_is_read_than_is_announced_and_nothing_is_announced_out_of_all_proportion() {
    let announced = declared("abc", None);
    assert!(!Counting::of(&announced).with(b"abc").is_past_end());
    assert!(Counting::of(&announced).with(b"abcd").is_past_end());
    let mut huge = announced;
    huge.measurement.bytes = MAX_GROWTH + 7;
    let error = check_size(&announced, &huge).unwrap_err();
    assert_eq!(error.code(), ErrorCode::PeerInvalid);
    huge.measurement.bytes -= 1;
    check_size(&announced, &huge).unwrap();
}

#[test]
fn a_table_with_rows_or_a_stream_out_of_all_proportion_is_refused() {
    let of = |rows| {
        let mut declared = declared("abc", rows);
        declared.measurement.bytes = 100;
        declared
    };
    let column = ColumnShape {
        name: "code".to_owned(),
        column_type: ColumnType::Text,
        is_nullable: false,
    };
    let table = |stream_bytes| ProbedTable {
        shape: TableShape {
            columns: vec![column.clone()],
        },
        stream_bytes,
    };
    let refused = |announced: &Declaration, stream_bytes| {
        let checked = check_table(&of(Some(10)), announced, &table(stream_bytes));
        checked.err().map(|error| error.message().code().to_owned())
    };
    let most = 100 + 10 * FIELD_ROOM + MAX_GROWTH;
    assert_eq!(refused(&of(Some(10)), most), None);
    let large = refused(&of(Some(10)), most + 1);
    assert_eq!(large.as_deref(), Some("probe-stream-too-large"));
    let rows = 20 + MAX_ROW_GROWTH;
    assert_eq!(refused(&of(Some(rows)), 0), None);
    let many = refused(&of(Some(rows + 1)), 0);
    assert_eq!(many.as_deref(), Some("probe-too-many-rows"));
    let none = refused(&of(None), 0);
    assert_eq!(none.as_deref(), Some("probed-table-without-rows"));
}

#[test]
fn a_piece_without_bytes_is_none() {
    let chunk = |content: &'static [u8]| v1::Chunk {
        offset: 0,
        content: Bytes::from_static(content),
        crc32c: 0,
    };
    assert_eq!(piece(chunk(b"a")).unwrap(), b"a".as_slice());
    let error = piece(chunk(b"")).unwrap_err();
    assert_eq!(error.code(), ErrorCode::PeerInvalid);
}

proptest! {
    #[test]
    fn what_is_counted_does_not_depend_on_the_pieces(size in 1..40_usize, has_rows in any::<bool>()) {
        let declared = declared(TEXT, has_rows.then_some(2));
        let is_matched = matches!(outcome(&declared, TEXT, size), ProbeOutcome::Matched(_));
        prop_assert!(is_matched);
    }
}

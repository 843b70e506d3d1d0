//! Tables that are taken, and those that are not what was granted or offered.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::request::terms::GrantTerms;
use chengji_domain::request::{Grant, Move, Party, Step};
use chengji_domain::{Digest, Principal};
use chengji_testkit::requests;
use jiff::Timestamp;

use super::*;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_795_392_000 + hour * 3_600).unwrap()
}

/// A request with a grant of this scope.
fn granted(scope: Scope) -> RequestHistory {
    let route = Move::Route {
        share_class: ShareClass::Conditional,
        revision: 1,
        deadline: Deadline::certain(jiff::civil::date(2026, 12, 7)),
        approval: None,
    };
    let grant = Move::Grant(Grant {
        scope: "s".to_owned(),
        conditions: String::new(),
        terms: GrantTerms {
            scope,
            ..GrantTerms::file(at(10))
        },
        automatic: false,
        return_flow: None,
        disposal: String::new(),
    });
    let moves = [(Party::Coordinator, route), (Party::Provider, grant)];
    let history = requests::submitted("430100-1-1-AAAAAAAAAAAAA", "430200:307012000001", at(0));
    moves.into_iter().fold(history, |history, (party, mv)| {
        history
            .with(Step {
                party,
                actor: Principal::Coordinator.into(),
                at: at(1),
                mv,
                due: None,
            })
            .unwrap()
    })
}

fn table(columns: &[&str], row_limit: Option<u64>) -> RequestHistory {
    let columns = columns.iter().map(|column| ((*column).to_owned(), None));
    granted(Scope::Table(Box::new(TableScope {
        schema: Digest([0; 32]),
        columns: columns.collect(),
        condition: None,
        row_limit,
        increment: None,
    })))
}

fn content(rows: Option<u64>) -> Content {
    Content {
        code: "307012000001".parse().unwrap(),
        revision: 1,
        file_name: "307012000001-r1.arrows".to_owned(),
        bytes: 9,
        digest: Digest([1; 32]),
        rows,
    }
}

/// A stream of three rows with the columns `a` and `b`.
fn stream() -> Vec<u8> {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let columns = [("a", Arc::clone(&numbers)), ("b", numbers)];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

async fn checked(stream: &[u8], rows: u64, history: &RequestHistory) -> Option<String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(stream).unwrap();
    let read = file.reopen().unwrap();
    let error = check(read, stream.len() as u64, rows, history)
        .await
        .err()?;
    assert_eq!(error.code(), ErrorCode::PeerInvalid);
    Some(error.message().code().to_owned())
}

#[test]
fn an_offer_is_of_what_was_granted() {
    let offered = |history: &RequestHistory, rows| {
        let error = check_offer(&content(rows), history).err()?;
        assert_eq!(error.code(), ErrorCode::PeerInvalid);
        Some(error.message().code().to_owned())
    };
    let table = table(&["a"], Some(3));
    assert_eq!(offered(&table, Some(0)), None);
    assert_eq!(offered(&table, Some(3)), None);
    let unlike = |history: &RequestHistory, rows, code: &str| {
        assert_eq!(offered(history, rows).as_deref(), Some(code));
    };
    unlike(&table, Some(4), "offer-beyond-row-limit");
    unlike(&table, None, "offer-of-table-without-rows");
    let file = granted(Scope::File);
    assert_eq!(offered(&file, None), None);
    unlike(&file, Some(1), "offer-of-file-with-rows");
}

#[test]
fn a_table_may_be_larger_than_its_values() {
    assert_eq!(room(&table(&["a", "b"], None), 10), 640);
    assert_eq!(room(&table(&["a"], None), u64::MAX), u64::MAX);
    assert_eq!(room(&granted(Scope::File), 10), 0);
}

#[tokio::test]
async fn a_table_has_the_granted_columns_and_the_offered_rows() {
    let granted = table(&["a", "b"], None);
    let honest = stream();
    assert_eq!(checked(&honest, 3, &granted).await, None);
    for (rows, code) in [(2, "delivered-rows-surplus"), (4, "delivered-rows-missing")] {
        assert_eq!(
            checked(&honest, rows, &granted).await.as_deref(),
            Some(code)
        );
    }
    for (columns, code) in [
        (&["a"][..], "delivered-columns-surplus"),
        (&["a", "b", "c"][..], "delivered-columns-missing"),
    ] {
        let refused = checked(&honest, 3, &table(columns, None)).await;
        assert_eq!(refused.as_deref(), Some(code));
    }
}

#[tokio::test]
async fn a_content_that_is_no_whole_table_is_refused() {
    let granted = table(&["a", "b"], None);
    let honest = stream();
    let short = &honest[..honest.len() - 8];
    let refused = checked(short, 3, &granted).await;
    assert_eq!(refused.as_deref(), Some("table-stream-incomplete"));
    let refused = checked(b"a,b\r\n1,1\r\n", 1, &granted).await;
    assert_eq!(refused.as_deref(), Some("table-stream-part-unexpected"));
}

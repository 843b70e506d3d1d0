//! Tables that a caller lists and opens, with the coordinator away, and the end of a reading with its grant.

use std::io::{BufReader, Seek};

use arrow_ipc::reader::StreamReader;
use arrow_schema::{DataType, Field, Schema};
use chengji_domain::ErrorCode;
use chengji_store::{MemoryStore, Tx};

use super::super::samples::{
    CODE, granted_at, granted_table, number, own, parts, person, receive, store,
};
use super::*;
use crate::requests::records;

fn name(catalog: &str, schema: &str, table: &str) -> TableName {
    TableName {
        catalog: catalog.to_owned(),
        schema: schema.to_owned(),
        table: table.to_owned(),
    }
}

/// A stream without rows that has the granted column.
fn stream() -> Vec<u8> {
    let fields = vec![Field::new("number", DataType::Utf8, false)];
    let writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &Schema::new(fields));
    writer.unwrap().into_inner().unwrap()
}

/// The number of rows of a content.
fn rows(mut content: TableContent) -> usize {
    content.file.rewind().unwrap();
    let reader = StreamReader::try_new(BufReader::new(content.file), None).unwrap();
    reader.map(|batch| batch.unwrap().num_rows()).sum()
}

#[tokio::test]
async fn all_tables_are_listed_in_order_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let own = own(MemoryStore::new());
    store(&own, vec![granted_table(7, "430200:206007000001")]).await;
    let tables = CallerTables::of(parts(&own, folder.path()), person(None), "c".to_owned());
    let expected = [
        name("cluster", "catalogue", "entries"),
        name("cluster", "catalogue", "requests"),
        name("cluster", "rate", "cities"),
        name("granted", "430200", CODE),
        name("granted", "request", &number(7).to_string()),
    ];
    assert_eq!(tables.list(None, 100).await.unwrap(), expected);
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = tables.list(after.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        found.extend(page);
    }
    assert_eq!(found, expected);
    let after = name("zzz", "a", "b");
    assert!(tables.list(Some(&after), 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn with_the_coordinator_away_received_tables_and_own_requests_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let own = own(MemoryStore::new());
    store(&own, vec![granted_table(7, "430200:206007000001")]).await;
    receive(&own, folder.path(), 7, &stream(), granted_at()).await;
    let tables = CallerTables::of(parts(&own, folder.path()), person(None), "c".to_owned());
    let of_entry = name("granted", "430200", CODE);
    let schema = tables.schema(&of_entry).await.unwrap();
    assert_eq!(schema.field(0).name(), "number");
    assert_eq!(rows(tables.open(&of_entry, None).await.unwrap()), 0);
    let requests = name("cluster", "catalogue", "requests");
    let content = tables.open(&requests, None).await.unwrap();
    assert_eq!(rows(content), 1);
    for (schema, table) in [("catalogue", "entries"), ("rate", "cities")] {
        let error = tables.open(&name("cluster", schema, table), None).await;
        assert_eq!(error.unwrap_err().code(), ErrorCode::PeerUnavailable);
    }
    let error = tables.open(&name("granted", "430200", "1"), None).await;
    assert_eq!(error.unwrap_err().code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn requests_of_other_departments_are_in_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let own = own(MemoryStore::new());
    let mut of_department = granted_table(7, "430200:206007000001");
    let department = chengji_testkit::CREDIT_CODE;
    of_department.history.submission.department = Some(department.parse().unwrap());
    let of_none = granted_table(8, "430200:206007000001");
    store(&own, vec![of_department, of_none]).await;
    let requests = name("cluster", "catalogue", "requests");
    let others = chengji_testkit::OTHER_CREDIT_CODE;
    let parts = parts(&own, folder.path());
    for (department, expected) in [(None, 2), (Some(department), 1), (Some(others), 0)] {
        let tables = CallerTables::of(parts.clone(), person(department), "c".to_owned());
        let content = tables.open(&requests, None).await.unwrap();
        assert_eq!(rows(content), expected);
    }
}

#[tokio::test]
async fn a_reading_ends_with_its_grant() {
    let folder = tempfile::tempdir().unwrap();
    let own = own(MemoryStore::new());
    let record = granted_table(7, "430200:206007000001");
    store(&own, vec![record.clone()]).await;
    receive(&own, folder.path(), 7, &stream(), granted_at()).await;
    let tables = CallerTables::of(parts(&own, folder.path()), person(None), "c".to_owned());
    let of_entry = name("granted", "430200", CODE);
    let names = [of_entry.clone(), name("cluster", "catalogue", "requests")];
    tables.open(&of_entry, None).await.unwrap();
    assert_eq!(tables.still(&names), Ok(()));
    // Another part is granted, as by an amendment.
    let mut amended = record;
    if let Some(step) = amended.history.steps.last_mut()
        && let chengji_domain::request::Move::Grant(grant) = &mut step.mv
        && let chengji_domain::request::terms::Scope::Table(part) = &mut grant.terms.scope
    {
        part.row_limit = Some(3);
    }
    let put = move |tx: &mut Tx<'_>| records::put(tx, &amended);
    own.ledger.write(put).await.unwrap();
    let error = tables.still(&names).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
}

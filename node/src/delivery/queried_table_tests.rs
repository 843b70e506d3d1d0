//! Received tables that are used again, and questions to the provider.

use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, Field, Schema};
use chengji_store::MemoryStore;

use super::*;
use crate::queries::samples::{
    granted_at, granted_table, now, number, own, parts, person, receive, store,
};

const RESOURCE: &str = "430200:206007000001";

fn stream(columns: &[&str]) -> Vec<u8> {
    let fields = columns.iter();
    let fields = fields.map(|name| Field::new(*name, DataType::Utf8, true));
    let schema = Schema::new(fields.collect::<Vec<_>>());
    let writer = StreamWriter::try_new(Vec::new(), &schema).unwrap();
    writer.into_inner().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// Opens a table of which these columns were received at this time and which is kept for so many hours: it is used, or
/// fetched, which fails without a roster.
async fn opened(columns: &[&str], at: Timestamp, keep: i64) -> Result<u64, ErrorCode> {
    let folder = tempfile::tempdir().unwrap();
    let own = own(MemoryStore::new());
    store(&own, vec![granted_table(7, RESOURCE)]).await;
    receive(&own, folder.path(), 7, &stream(columns), at).await;
    let deliveries = parts(&own, folder.path()).deliveries;
    let by = (&person(None), "call");
    let received = deliveries.table(by, number(7), hours(keep)).await;
    received
        .map(|received| received.bytes)
        .map_err(|error| error.code())
}

#[tokio::test]
async fn a_table_is_used_while_it_is_new_and_of_the_grant_and_fetched_otherwise() {
    let size = stream(&["number"]).len() as u64;
    let day_old = now() - hours(24);
    assert_eq!(opened(&["number"], day_old, 24).await, Ok(size));
    let fetched = Err(ErrorCode::RosterExpired);
    assert_eq!(opened(&["number"], day_old, 23).await, fetched);
    let before = granted_at() - hours(1);
    assert_eq!(opened(&["number"], before, 100).await, fetched);
    // What people put into the folder is no granted table.
    let other = opened(&["number", "holder"], day_old, 24).await;
    assert_eq!(other, fetched);
}

#[tokio::test]
async fn without_a_received_table_its_columns_are_asked_of_the_provider_once() {
    let folder = tempfile::tempdir().unwrap();
    let own = own(MemoryStore::new());
    store(&own, vec![granted_table(7, RESOURCE)]).await;
    let deliveries = parts(&own, folder.path()).deliveries;
    let caller = person(None);
    let by = (&caller, "call");
    let error = deliveries.table_schema(by, number(7)).await.unwrap_err();
    assert_eq!(
        error.code(),
        ErrorCode::RosterExpired,
        "the provider is asked"
    );
    let number_alone = Field::new("number", DataType::Utf8, true);
    let described = Described {
        schema: SchemaRef::new(Schema::new(vec![number_alone])),
        queried_bytes: Some(1_000),
    };
    let queried = &deliveries.queried;
    queried.describe(number(7), granted_at(), described.clone());
    let schema = deliveries.table_schema(by, number(7)).await.unwrap();
    assert_eq!(schema, described.schema);
    assert_eq!(queried.described(number(7), now()), None, "of another part");
}

#[test]
fn no_query_is_handed_to_a_provider_that_computes_plans_of_another_version() {
    assert_eq!(queried_bytes(Some(7), PLAN_VERSION), Some(7));
    assert_eq!(queried_bytes(None, PLAN_VERSION), None);
    for other in [0, PLAN_VERSION + 1] {
        assert_eq!(queried_bytes(Some(7), other), None);
    }
}

#[tokio::test]
async fn a_table_that_would_have_to_be_fetched_is_not_here() {
    let folder = tempfile::tempdir().unwrap();
    let own = own(MemoryStore::new());
    store(&own, vec![granted_table(7, RESOURCE)]).await;
    let deliveries = parts(&own, folder.path()).deliveries;
    let caller = person(None);
    let here = deliveries.table_here(&caller, number(7), hours(24)).await;
    assert!(here.unwrap().is_none());
    let stream = stream(&["number"]);
    receive(&own, folder.path(), 7, &stream, now() - hours(2)).await;
    let old = deliveries.table_here(&caller, number(7), hours(1)).await;
    assert!(old.unwrap().is_none());
    let here = deliveries.table_here(&caller, number(7), hours(24)).await;
    assert_eq!(here.unwrap().unwrap().bytes, stream.len() as u64);
}

#[tokio::test]
async fn the_provider_computes_queries_of_large_tables_that_were_not_received() {
    let folder = tempfile::tempdir().unwrap();
    let own = own(MemoryStore::new());
    store(&own, vec![granted_table(7, RESOURCE)]).await;
    let deliveries = parts(&own, folder.path()).deliveries;
    let caller = person(None);
    let is_there = |fetch_up_to| deliveries.is_computed_there(&caller, number(7), fetch_up_to);
    assert_eq!(is_there(0), Ok(false), "the provider was not asked");
    let described = |queried_bytes| Described {
        schema: SchemaRef::new(Schema::empty()),
        queried_bytes,
    };
    let queried = &deliveries.queried;
    queried.describe(number(7), granted_at(), described(None));
    assert_eq!(is_there(0), Ok(false), "it computes none");
    queried.describe(number(7), granted_at(), described(Some(1_000)));
    assert_eq!(is_there(999), Ok(true));
    assert_eq!(is_there(1_000), Ok(false), "the table is small");
    receive(&own, folder.path(), 7, &stream(&["number"]), now()).await;
    assert_eq!(is_there(999), Ok(false), "it was received");
}

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
    let described = SchemaRef::new(Schema::new(vec![Field::new(
        "number",
        DataType::Utf8,
        true,
    )]));
    let queried = &deliveries.queried;
    queried.describe(number(7), granted_at(), &described);
    let schema = deliveries.table_schema(by, number(7)).await.unwrap();
    assert_eq!(schema, described);
    assert_eq!(queried.described(number(7), now()), None, "of another part");
}

//! Columns that a provider describes, and callers to whom it describes none.

use std::fs;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use chengji_domain::request::terms::Scope;
use chengji_domain::request::{Move, RequestRecord};
use chengji_interchange::table::ArrowStream;

use super::super::provider_samples::{Fixture, fixture};
use super::*;
use crate::catalogue::samples::keep_request;

/// The columns that are described to the node of a city.
async fn described(fixture: &Fixture, city: &str, record: &RequestRecord) -> Result<Vec<String>> {
    let asked = v1::DescribePartRequest {
        request: record.history.id.to_string(),
        voucher: None,
    };
    let city: CityCode = city.parse().unwrap();
    let caller = (city, &Principal::Node(city));
    let answer = describe(&fixture.provider, &UnderWay::at_most(1), caller, &asked).await?;
    let bytes = answer.schema.len() as u64;
    let schema = ArrowStream::new(answer.schema.as_slice(), bytes)?.schema();
    let names = schema.fields().iter().map(|field| field.name().clone());
    Ok(names.collect())
}

#[tokio::test]
async fn the_granted_columns_are_described_to_the_consumer_alone() {
    let fixture = fixture().await;
    let record = fixture.granted().await;
    let columns = described(&fixture, "430100", &record).await;
    assert_eq!(columns.unwrap(), ["number", "holder"]);
    let error = described(&fixture, "430300", &record).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NoGrant);
}

#[tokio::test]
async fn a_table_that_lost_a_granted_column_is_not_described() {
    let fixture = fixture().await;
    let record = fixture.granted().await;
    fs::write(
        fixture.folder.path().join("permits.csv"),
        "number,floors\n1,12\n",
    )
    .unwrap();
    let error = described(&fixture, "430100", &record).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceChanged);
}

#[tokio::test]
async fn a_granted_file_has_no_columns() {
    let fixture = fixture().await;
    let mut record = fixture.granted().await;
    let last = record.history.steps.last_mut().map(|step| &mut step.mv);
    if let Some(Move::Grant(grant)) = last {
        grant.terms.scope = Scope::File;
    }
    keep_request(&fixture.provider.own.ledger, record.clone()).await;
    let error = described(&fixture, "430100", &record).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
}

#[test]
fn a_description_is_a_stream_without_rows() {
    let fields = vec![
        Field::new("许可证号", DataType::Utf8, false),
        Field::new("面积", DataType::Decimal128(12, 2), true),
    ];
    let schema = Arc::new(Schema::new(fields));
    let stream = stream_of(&schema).unwrap();
    let mut read = ArrowStream::new(stream.as_slice(), stream.len() as u64).unwrap();
    assert_eq!(read.schema(), schema);
    assert!(read.next().is_none());
}

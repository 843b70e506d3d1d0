//! Columns that a provider describes, and callers to whom it describes none.

use std::fs;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use chengji_domain::ResourceCode;
use chengji_domain::catalogue::EntryRecord;
use chengji_domain::request::terms::Scope;
use chengji_domain::request::{Move, RequestRecord};
use chengji_interchange::table::ArrowStream;
use chengji_proto::convert::ScopeTexts;
use chengji_store::Tx;
use jiff::{SignedDuration, Timestamp};

use super::super::{Budget, DiskLimits, Spools};
use super::*;
use crate::catalogue::samples::{
    self, MINE, catalogue_with, granted_request, keep_request, registers,
};
use crate::catalogue::{entries, granting, mount_table};

/// A provider with a mounted table, and the entry that it is mounted to.
struct Fixture {
    provider: Provider,
    folder: tempfile::TempDir,
    code: ResourceCode,
}

async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let permits = "number,holder,floors\n1,王芳,12\n2,李雷,3\n";
    fs::write(folder.path().join("permits.csv"), permits).unwrap();
    let catalogue = catalogue_with(&[folder.path().to_owned()], registers(folder.path()));
    let entry = samples::entry(1, "许可", MINE, &["number", "holder", "floors"]);
    let code = entry.code.clone();
    let record = EntryRecord::new(entry, 1, Timestamp::UNIX_EPOCH);
    let put = move |tx: &mut Tx<'_>| entries::put(tx, &record);
    catalogue.own.ledger.write(put).await.unwrap();
    let (editor, address) = (
        catalogue.node_editor(),
        "registers:permits".parse().unwrap(),
    );
    let mounted = mount_table::mount(&catalogue, &editor, code.clone(), address, || true);
    mounted.await.unwrap();
    let limits = DiskLimits {
        file: None,
        received: None,
        reserve: Some(0),
        keep_unfinished: SignedDuration::from_hours(24),
    };
    let disk = Arc::new(Budget::new(folder.path().join("received"), limits));
    let provider = Provider {
        own: catalogue.own.clone(),
        spools: Spools::new(folder.path(), disk),
        engine: None,
        data: folder.path().into(),
        catalogue,
    };
    Fixture {
        provider,
        folder,
        code,
    }
}

impl Fixture {
    /// A request of 430100 with a grant of two columns, one of them masked.
    async fn granted(&self) -> RequestRecord {
        let texts = ScopeTexts {
            columns: vec!["number".to_owned(), "holder".to_owned()],
            condition: None,
            masks: vec![("holder".to_owned(), "first:1".to_owned())],
            row_limit: None,
        };
        let kv = self.provider.own.ledger.kv().as_ref();
        let sources = registers(self.folder.path());
        let scope = granting::part(&sources, kv, &self.code, texts).await;
        let until = self.provider.own.now() + SignedDuration::from_hours(24);
        let mut record = granted_request(7, &self.code, until);
        let last = record.history.steps.last_mut().map(|step| &mut step.mv);
        if let Some(Move::Grant(grant)) = last {
            grant.terms.scope = scope.unwrap();
        }
        keep_request(&self.provider.own.ledger, record.clone()).await;
        record
    }

    /// The columns that the node of a city gets to know.
    async fn described(&self, city: &str, record: &RequestRecord) -> Result<Vec<String>> {
        let asked = v1::DescribePartRequest {
            request: record.history.id.to_string(),
            voucher: None,
        };
        let city: CityCode = city.parse().unwrap();
        let caller = (city, &Principal::Node(city));
        let answer = describe(&self.provider, &UnderWay::at_most(1), caller, &asked).await?;
        let bytes = answer.schema.len() as u64;
        let schema = ArrowStream::new(answer.schema.as_slice(), bytes)?.schema();
        let names = schema.fields().iter().map(|field| field.name().clone());
        Ok(names.collect())
    }
}

#[tokio::test]
async fn the_granted_columns_are_described_to_the_consumer_alone() {
    let fixture = fixture().await;
    let record = fixture.granted().await;
    let described = fixture.described("430100", &record).await;
    assert_eq!(described.unwrap(), ["number", "holder"]);
    let error = fixture.described("430300", &record).await.unwrap_err();
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
    let error = fixture.described("430100", &record).await.unwrap_err();
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
    let error = fixture.described("430100", &record).await.unwrap_err();
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

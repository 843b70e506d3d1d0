//! The calls on sources: what they answer, and that they read nothing of the store.

use std::sync::Arc;

use chengji_domain::table::{ColumnType, SourceName, TableColumn, TableSchema};
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_messages::{Message, msg};
use chengji_proto::convert::PreviewQuery;
use chengji_proto::v1;
use chengji_sources::{Each, Finding, GoOn, Source, Sources, TableInfo};
use chengji_store::{CountingStore, MemoryStore};

use super::service::{NodeSourceService, tables, turns};
use crate::read_counts::{KeysRead, check, page};

/// A source with this many tables, each of one column.
struct Tables(usize);

impl Source for Tables {
    fn kind(&self) -> Message {
        msg::Text { text: "test" }.into()
    }

    fn check(&self, _: GoOn<'_>) -> Result<Vec<Finding>> {
        let message = self.kind();
        let is_warning = true;
        Ok(vec![Finding {
            is_warning,
            message,
        }])
    }

    fn tables(&self, after: Option<&str>, limit: usize, _: GoOn<'_>) -> Result<Vec<TableInfo>> {
        let names = (0..self.0).map(|number| format!("t{number:03}"));
        let names = names.filter(|name| after.is_none_or(|after| name.as_str() > after));
        let tables = names.take(limit).map(|name| TableInfo {
            name,
            is_view: false,
            rows: None,
            comment: "字".repeat(2_000),
        });
        Ok(tables.collect())
    }

    fn schema(&self, table: &str, _: GoOn<'_>) -> Result<TableSchema> {
        let columns = match table {
            "t000" => 1,
            "wide" => 100_000,
            _ => return Err(Error::new(ErrorCode::NotFound, msg::Text { text: table })),
        };
        let column = TableColumn {
            name: "permit_number".to_owned(),
            column_type: ColumnType::Text,
            is_nullable: false,
            native_type: "character varying(18)".to_owned(),
            max_length: Some(18),
            comment: String::new(),
        };
        let columns = vec![column; columns];
        Ok(TableSchema { columns })
    }

    fn read(&self, _: &str, _: Option<u64>, _: GoOn<'_>, _: Each<'_>) -> Result<()> {
        Ok(())
    }
}

fn service(sources: usize) -> NodeSourceService {
    let sources = (0..sources).map(|number| {
        let name: SourceName = format!("s{number}").parse().unwrap();
        (name, Arc::new(Tables(12)) as Arc<dyn Source>)
    });
    NodeSourceService {
        sources: Sources::new(sources),
        turns: turns(),
    }
}

fn officer() -> Principal {
    "city/430200/person/officer".parse().unwrap()
}

#[tokio::test]
async fn calls_read_nothing_of_the_store() {
    let keys = async |sources| {
        let (service, officer) = (service(sources), officer());
        let mut keys = KeysRead::of(CountingStore::new(MemoryStore::new()).reads());
        let asked = v1::ListSourcesRequest { page: page() };
        keys.list("Source/ListSources", || {
            Ok(service.declared(&asked)?.items.len())
        });
        let asked = v1::ListTablesRequest {
            source: "s0".to_owned(),
            page: page(),
        };
        keys.list("Source/ListTables", || {
            Ok(tables(&Tables(12), &asked, &|| true)?.items.len())
        });
        let name = "s0".parse().unwrap();
        keys.call("Source/CheckSource", service.check(&officer, name))
            .await;
        let address = "s0:t000".parse().unwrap();
        let described = service.describe(&officer, address);
        keys.call("Source/DescribeTable", described).await;
        let query = PreviewQuery {
            address: "s0:t000".parse().unwrap(),
            rows: 1,
            scope: None,
        };
        keys.call("Source/PreviewTable", service.preview(&officer, query))
            .await;
        keys
    };
    check(&keys(5).await, &keys(50).await, &["Source"]);
}

#[test]
fn tables_are_listed_page_by_page_with_the_beginning_of_their_comments() {
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let asked = v1::ListTablesRequest {
            source: "s0".to_owned(),
            page: Some(v1::PageRequest { size: 5, cursor }),
        };
        let page = tables(&Tables(12), &asked, &|| true).unwrap();
        assert!(page.items.len() <= 5);
        let mut comments = page.items.iter().map(|table| table.comment.chars().count());
        assert!(comments.all(|characters| characters == 1_000));
        names.extend(page.items.into_iter().map(|table| table.name));
        cursor = page.next_cursor;
        if cursor.is_empty() {
            break;
        }
    }
    let expected: Vec<String> = (0..12).map(|number| format!("t{number:03}")).collect();
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_source_or_a_table_that_is_not_there_and_a_table_too_wide_are_errors() {
    let (service, officer) = (service(1), officer());
    for (address, expected) in [
        ("s9:t000", ErrorCode::NotFound),
        ("s0:t999", ErrorCode::NotFound),
        ("s0:wide", ErrorCode::LimitExceeded),
    ] {
        let described = service.describe(&officer, address.parse().unwrap());
        let code = described.await.map_err(|error| error.code());
        assert_eq!(code, Err(expected), "{address}");
    }
}

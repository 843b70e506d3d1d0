//! Queries of tables at a malicious provider: false rows fail the query that asked for them, and nothing else.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, Field, Schema};
use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;
use chengji_tests::{Cluster, FalseProvider, FalseRows, eventually};
use sha2::{Digest, Sha256};

use crate::queries::{CHANGSHA, PERMITS, ZHUZHOU, granted, with_engine};

/// A stream of these columns with so many rows.
fn stream(columns: &[&str], rows: usize) -> Vec<u8> {
    let fields = columns.iter();
    let fields = fields.map(|name| Field::new(*name, DataType::Utf8, true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).unwrap();
    if rows > 0 {
        let values: ArrayRef = Arc::new(StringArray::from(vec!["a"; rows]));
        let values = vec![values; columns.len()];
        let batch = RecordBatch::try_new(schema, values).unwrap();
        writer.write(&batch).unwrap();
    }
    writer.into_inner().unwrap()
}

/// A digest of this content.
fn digest(content: &[u8]) -> Option<Vec<u8>> {
    Some(Sha256::digest(content).to_vec())
}

/// Grants a part of a table that is not fetched for queries, and ends its provider; returns the request.
fn granted_by_an_ended_provider(cluster: &Cluster) -> String {
    with_engine(cluster.node(CHANGSHA), "fetch_up_to = 0");
    let part = ["--columns", "code,town"];
    let permits = granted(cluster, ZHUZHOU, PERMITS, "permits", &part);
    cluster.node(ZHUZHOU).terminate();
    permits
}

#[test]
fn a_statement_that_is_only_explained_makes_its_provider_compute_nothing() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let permits = granted_by_an_ended_provider(&cluster);
    let rows = FalseRows {
        columns: stream(&["code", "town"], 0),
        stream: Vec::new(),
        digest: None,
        refusal: None,
    };
    let provider = FalseProvider::of_rows(&cluster, zhuzhou, ZHUZHOU, rows);
    let table = format!(r#"granted.request."{permits}""#);
    for sql in [
        format!("EXPLAIN SELECT code FROM {table} WHERE town = '云龙'"),
        format!("EXPLAIN SELECT * FROM {table}"),
    ] {
        let exit = eventually("the provider is reached", || {
            let exit = changsha.cli(&["query", &sql]);
            (!exit.says("PEER_UNAVAILABLE")).then_some(exit)
        });
        exit.ok();
        assert_eq!(provider.asked(), 0, "{sql}");
    }
}

#[test]
fn false_rows_are_the_error_of_their_query() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let permits = granted_by_an_ended_provider(&cluster);
    let sql = format!(r#"SELECT code FROM granted.request."{permits}" WHERE town = '云龙'"#);
    let answer = |stream: &[u8], digest: Option<Vec<u8>>| {
        let rows = FalseRows {
            columns: self::stream(&["code", "town"], 0),
            stream: stream.to_vec(),
            digest,
            refusal: None,
        };
        let provider = FalseProvider::of_rows(&cluster, zhuzhou, ZHUZHOU, rows);
        // The node may notice only now that the one before is gone.
        let exit = eventually("the provider is reached", || {
            let exit = changsha.cli(&["query", &sql]);
            (!exit.says("PEER_UNAVAILABLE")).then_some(exit)
        });
        assert_eq!(provider.asked(), 1, "{exit}");
        exit
    };

    let honest = stream(&["code"], 1);
    let exit = answer(&honest, digest(&honest)).ok();
    assert_eq!(exit.stdout.lines().collect::<Vec<_>>(), ["code", "a"]);

    let damaged = &["PEER_INVALID", "query-rows-invalid"];
    answer(&honest, digest(b"other rows")).refused(5, damaged);
    answer(&honest, None).refused(5, damaged);
    answer(b"", digest(b"")).refused(5, damaged);
    let garbage = b"code\r\na\r\n";
    answer(garbage, digest(garbage)).refused(5, &["PEER_INVALID"]);
    let cut = &honest[..honest.len() - 9];
    answer(cut, digest(cut)).refused(5, &["PEER_INVALID"]);
    let hidden = stream(&["phone"], 1);
    let exit = answer(&hidden, digest(&hidden));
    assert!(
        exit.code != Some(0) && exit.says("SOURCE_CHANGED"),
        "{exit}"
    );

    // The node made the plan: its refusal is no error of the statement. The table is fetched instead.
    let rows = FalseRows {
        columns: stream(&["code", "town"], 0),
        stream: Vec::new(),
        digest: None,
        refusal: Some(Error::new(
            ErrorCode::InvalidArgument,
            msg::TableQueryNotAllowed,
        )),
    };
    let provider = FalseProvider::of_rows(&cluster, zhuzhou, ZHUZHOU, rows);
    let exit = eventually("the provider is reached", || {
        let exit = changsha.cli(&["query", &sql]);
        (!exit.says("PEER_UNAVAILABLE")).then_some(exit)
    });
    exit.refused(5, &["PEER_INVALID", "query-plan-refused"]);
    let exit = changsha.cli(&["query", &sql]);
    assert!(
        exit.code != Some(0) && !exit.says("query-plan-refused"),
        "{exit}"
    );
    assert!(provider.asked() > 1, "nothing was fetched");
    drop(provider);

    // The node has lost nothing by it.
    let exit = changsha.cli(&["query", "SELECT 1 AS one"]).ok();
    assert_eq!(exit.stdout.lines().collect::<Vec<_>>(), ["one", "1"]);
}

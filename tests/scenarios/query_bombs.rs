//! Statements that are made to take memory, time or the stack, and callers that stop reading: each is the end of one
//! query, in the process of that query.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arrow_schema::SchemaRef;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_query::{Engine, EngineSettings, Query, TableContent, TableName, Tables};
use chengji_tests::program;
use futures_util::StreamExt;

/// Levels of nested statements.
const DEEP: usize = 5_000;

/// A statement whose rows do not end within the time of any test.
const ENDLESS: &str = "SELECT a.value FROM generate_series(1, 1000000000000) a";

/// No tables, and whether the caller may still read them.
#[derive(Clone, Debug, Default)]
struct NoTables {
    are_stopped: Arc<AtomicBool>,
}

impl Tables for NoTables {
    async fn list(&self, _: Option<&TableName>, _: usize) -> Result<Vec<TableName>> {
        Ok(Vec::new())
    }

    async fn schema(&self, _: &TableName) -> Result<SchemaRef> {
        unreachable!("no query names a table")
    }

    async fn remote_name(&self, _: &TableName) -> Result<Option<String>> {
        unreachable!("no query names a table")
    }

    async fn open(&self, _: &TableName, _: Option<&[u8]>) -> Result<TableContent> {
        unreachable!("no query names a table")
    }

    fn still(&self, _: &[TableName]) -> Result<()> {
        match self.are_stopped.load(Ordering::Relaxed) {
            true => Err(Error::new(
                ErrorCode::GrantRevoked,
                msg::Text { text: "stopped" },
            )),
            false => Ok(()),
        }
    }
}

/// An engine that runs one query at a time, each for so many seconds at most.
fn engine(seconds: u64) -> Engine {
    let engine = program("chengji-query-engine");
    Engine::new(&EngineSettings {
        program: Some(engine.get_program().into()),
        memory: 64 << 20,
        longest: Duration::from_secs(seconds),
        at_once: 1,
        spill: None,
    })
}

fn query(sql: &str) -> Query {
    Query {
        sql: sql.to_owned(),
        parameters: None,
    }
}

/// The number of rows of a query, or its error.
async fn outcome(engine: &Engine, sql: &str) -> Result<usize, ErrorCode> {
    let run = engine.run(NoTables::default(), &query(sql)).await;
    let (_, mut rows) = run.map_err(|error| error.code())?;
    let mut number = 0;
    while let Some(batch) = rows.next().await {
        number += batch.map_err(|error| error.code())?.num_rows();
    }
    Ok(number)
}

/// A statement whose middle is within so many of these parentheses.
fn nested(before: &str, (open, middle, close): (&str, &str, &str), after: &str) -> String {
    let (open, close) = (open.repeat(DEEP), close.repeat(DEEP));
    format!("{before}{open}{middle}{close}{after}")
}

#[tokio::test]
async fn deep_statements_are_errors_of_their_query() {
    let engine = engine(60);
    for sql in [
        nested("SELECT ", ("(", "1", ")"), ""),
        nested("SELECT ", ("NOT ", "true", ""), ""),
        nested("SELECT ", ("- ", "1", ""), ""),
        nested("SELECT ", ("abs(", "1", ")"), ""),
        nested("SELECT ", ("CASE WHEN true THEN ", "1", " END"), ""),
        nested("SELECT * FROM ", ("(SELECT * FROM ", "t", ")"), ""),
        nested("SELECT CAST(NULL AS ", ("ARRAY<", "INT", ">"), ")"),
        // Not too deep for the engine, but for the format of the rows.
        format!(
            "SELECT CAST(NULL AS {}INT{})",
            "ARRAY<".repeat(100),
            ">".repeat(100)
        ),
    ] {
        let outcome = outcome(&engine, &sql).await;
        let is_refused = matches!(
            outcome,
            Err(ErrorCode::InvalidArgument | ErrorCode::LimitExceeded)
        );
        assert!(is_refused, "{outcome:?}: {}", &sql[..30]);
    }
    // A long sum is as deep a tree, which the engine may or may not take.
    let long = nested("SELECT 1", ("+1", "", ""), "");
    let found = outcome(&engine, &long).await;
    let is_of_the_query = matches!(
        found,
        Ok(1) | Err(ErrorCode::InvalidArgument | ErrorCode::LimitExceeded)
    );
    assert!(is_of_the_query, "{found:?}");
    assert_eq!(outcome(&engine, "SELECT 1").await, Ok(1));
}

#[tokio::test]
async fn statements_that_want_memory_end_at_their_limit() {
    let engine = engine(60);
    for sql in [
        // The length of what it makes would fit into its type.
        "SELECT length(repeat('x', 2000000000))",
        // One row, which the node would read as a whole.
        "SELECT repeat('x', 100000000)",
        "SELECT string_agg(repeat('x', 1000), '') FROM generate_series(1, 100000000) a",
        // In no order that the engine knows.
        "SELECT count(*) FROM (SELECT DISTINCT a.value * 7919 % 100000007 FROM generate_series(1, 100000000) a)",
        "SELECT a.value FROM generate_series(1, 100000000) a ORDER BY a.value * 7919 % 100000007",
    ] {
        let found = outcome(&engine, sql).await;
        assert_eq!(found, Err(ErrorCode::LimitExceeded), "{sql}");
    }
    let beyond = outcome(&engine, "SELECT repeat('x', 3000000000)").await;
    assert_eq!(beyond, Err(ErrorCode::InvalidArgument));
    assert_eq!(outcome(&engine, "SELECT 1").await, Ok(1));
}

#[tokio::test]
async fn statements_without_end_end_in_time() {
    let engine = engine(1);
    for sql in [
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n FROM t) SELECT count(*) FROM t",
        "SELECT sum(a.value % 7) FROM generate_series(1, 1000000000000) a",
        "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b
            WHERE a.value * b.value = 7",
    ] {
        let found = outcome(&engine, sql).await;
        assert_eq!(found, Err(ErrorCode::LimitExceeded), "{sql}");
    }
}

#[tokio::test]
async fn a_caller_that_stops_reading_keeps_its_place_for_its_time_alone() {
    let engine = engine(3);
    let run = engine.run(NoTables::default(), &query(ENDLESS)).await;
    let (_, mut rows) = run.unwrap();
    // The only turn is free again, although the caller has neither read a row nor gone away.
    let other = engine.plan(&NoTables::default(), &query("SELECT 1")).await;
    assert!(other.is_ok(), "{other:?}");
    let error = rows.next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitExceeded);
    assert!(rows.next().await.is_none());
}

#[tokio::test]
async fn a_caller_whose_right_ends_gets_no_more_rows() {
    let (engine, tables) = (engine(60), NoTables::default());
    let run = engine.run(tables.clone(), &query(ENDLESS)).await;
    let (_, mut rows) = run.unwrap();
    assert!(rows.next().await.unwrap().is_ok());
    tables.are_stopped.store(true, Ordering::Relaxed);
    let error = loop {
        match rows.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), ErrorCode::GrantRevoked);
    assert!(rows.next().await.is_none());
}

//! Queries of the granted part of a table, compared with a plain engine that has only the rows and values that a plain loop
//! leaves of the table: the same rows, the same errors, nothing more.
//!
//! The part is cut out as providers do. A query of it is computed here, as of a table that was fetched, and with what
//! can be handed over computed by another engine, as at the provider.

use std::env;
use std::sync::Arc;

use arrow_array::RecordBatch;
use chengji_domain::{Error, ErrorCode};
use chengji_query::dialog::Plan;
use chengji_query::{DEFAULT_CATALOG, TableName};
use chengji_scope::Cut;
use datafusion::arrow::compute::concat_batches;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;

use super::tests::{Node, begin, lines, texts};
use crate::failure::failure;
use crate::session::add;

#[path = "scoped_tests/query.rs"]
mod query;
#[path = "scoped_tests/rows.rs"]
mod rows;
#[path = "scoped_tests/scope.rs"]
mod scope;

use self::query::{Query, query};
use self::rows::{COLUMNS, Row, rows, table_schema, whole};
use self::scope::{PlainScope, narrowest, scope};

const TABLE: &str = r#"granted."430200"."206007000001""#;
const SALT: [u8; 32] = [7; 32];

/// Why a query failed.
#[derive(Debug, PartialEq)]
struct Refusal {
    code: ErrorCode,
    /// The code of the message.
    message: String,
    text: String,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self {
            code: error.code(),
            message: error.message().code().to_owned(),
            text: error.to_string(),
        }
    }
}

/// What is told of a query: its plan, and its rows as text.
type Told = Result<(Plan, Vec<String>), Refusal>;

/// What the provider cuts out of a table that is read in batches of at most so many rows.
fn cut(scope: &PlainScope, table: &[Row], at_once: usize) -> RecordBatch {
    let table = whole(table);
    let mut cut = Cut::new(&scope.terms(), &table_schema(), &table.schema(), &SALT).unwrap();
    let mut passed = Vec::new();
    for start in (0..table.num_rows()).step_by(at_once) {
        let rows = at_once.min(table.num_rows() - start);
        passed.extend(cut.of(&table.slice(start, rows)).unwrap());
    }
    concat_batches(&cut.schema(), &passed).unwrap()
}

/// Asks an engine, with the part at this node or at its provider.
fn told(sql: &str, part: &RecordBatch, is_remote: bool) -> Told {
    let table = |_: &TableName| part.clone();
    let node = Node {
        table: &table,
        is_remote,
    };
    let (plan, stream) = node.served(&begin(sql))?;
    Ok((plan, lines(&stream)))
}

/// Asks a plain engine.
fn reference(sql: &str, part: &RecordBatch) -> Result<Vec<String>, Refusal> {
    let mut config = SessionConfig::new()
        .with_target_partitions(1)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(DEFAULT_CATALOG, "catalogue");
    config.options_mut().sql_parser.map_string_types_to_utf8view = false;
    let session = SessionContext::new_with_config(config);
    let name = TableName {
        catalog: "granted".to_owned(),
        schema: "430200".to_owned(),
        table: "206007000001".to_owned(),
    };
    let table = MemTable::try_new(part.schema(), vec![vec![part.clone()]]).unwrap();
    add(&session, &name, Arc::new(table)).unwrap();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let rows = runtime.block_on(async { session.sql(sql).await?.collect().await });
    match rows {
        Ok(batches) => Ok(batches.iter().flat_map(texts).collect()),
        Err(error) => Err(failure(&error).into()),
    }
}

/// Checks an answer against the plain engine's.
fn check(query: &Query, part: &RecordBatch, answer: Told) -> Result<(), TestCaseError> {
    let rows = answer.map(|(_, rows)| rows);
    match (reference(&query.all, part), rows, &query.open) {
        (Ok(all), Ok(rows), _) => check_rows(query, all, rows),
        (Err(expected), Err(refusal), _) if expected == refusal => Ok(()),
        (Err(expected), Err(refusal), None) => {
            prop_assert_eq!(refusal, expected);
            Ok(())
        }
        (_, Err(refusal), Some(open)) => {
            // A row fails with this error; which row fails first is not determined.
            let expected = reference(open, part).err();
            let expected = expected.map(|expected| (expected.code, expected.message));
            prop_assert_eq!(expected, Some((refusal.code, refusal.message)));
            Ok(())
        }
        (Err(_), Ok(rows), Some(_)) => {
            let all = reference(&query.without_failures, part);
            let all = all.map_err(|refusal| TestCaseError::fail(refusal.text))?;
            check_rows(query, all, rows)
        }
        (expected, rows, None) => {
            let reason = format!("{} instead of {expected:?}: {rows:?}", query.sql());
            Err(TestCaseError::fail(reason))
        }
    }
}

fn check_rows(
    query: &Query,
    mut all: Vec<String>,
    mut rows: Vec<String>,
) -> Result<(), TestCaseError> {
    if !query.is_ordered {
        all.sort();
        rows.sort();
    }
    let Some((most, before)) = query.limit else {
        prop_assert_eq!(rows, all);
        return Ok(());
    };
    let number = most.min(all.len().saturating_sub(before));
    if query.is_ordered {
        let expected: Vec<String> = all.into_iter().skip(before).take(most).collect();
        prop_assert_eq!(rows, expected);
        return Ok(());
    }
    prop_assert_eq!(rows.len(), number);
    for row in rows {
        let found = all.iter().position(|one| *one == row);
        prop_assert!(found.is_some(), "{row}");
        all.remove(found.unwrap_or_default());
    }
    Ok(())
}

/// So many cases, unless the environment says otherwise.
fn cases(number: u32) -> ProptestConfig {
    let cases = match env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(number),
    };
    ProptestConfig {
        failure_persistence: None,
        ..cases
    }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn answers_are_those_of_a_table_that_has_nothing_else(
        table in rows(0..24),
        scope in scope(),
        query in query(),
        at_once in 1..24_usize,
    ) {
        let part = cut(&scope, &table, at_once);
        prop_assert_eq!(&part, &scope.visible(&table));
        for is_remote in [false, true] {
            check(&query, &part, told(&query.sql(), &part, is_remote))?;
        }
    }
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn nothing_depends_on_hidden_rows_and_values(
        table in rows(0..24),
        others in rows(1..12),
        scope in scope(),
        query in query(),
        explained in select(vec!["", "EXPLAIN ", "EXPLAIN VERBOSE "]),
    ) {
        let twin = scope.twin(&table, &others);
        let part = cut(&scope, &table, 24);
        let of_twin = cut(&scope, &twin, usize::MAX);
        prop_assert_eq!(&part, &of_twin);
        let sql = format!("{explained}{}", query.sql());
        for is_remote in [false, true] {
            let answers = [&part, &of_twin].map(|part| {
                let mut answer = told(&sql, part, is_remote);
                if let Ok((_, rows)) = &mut answer && !query.is_ordered {
                    rows.sort();
                }
                answer
            });
            prop_assert_eq!(&answers[0], &answers[1]);
            if let [Ok((_, rows)), _] = &answers {
                let text = rows.join("\n");
                let names = scope.hidden().into_iter();
                let mut named = names.filter(|name| text.contains(name));
                prop_assert_eq!(named.next(), None, "{}", text);
            }
        }
    }
}

#[test]
fn a_hidden_column_is_unknown() {
    let part = cut(&narrowest(), &[], 1);
    for (hidden, _) in &COLUMNS[1..] {
        for sql in [
            format!("SELECT {hidden} FROM {TABLE}"),
            format!("SELECT id_no FROM {TABLE} WHERE {hidden} IS NULL LIMIT 1"),
            format!("SELECT id_no FROM {TABLE} ORDER BY {hidden}"),
            format!("EXPLAIN SELECT max({hidden}) FROM {TABLE}"),
        ] {
            let expected = reference(&sql, &part).unwrap_err();
            assert_eq!(expected.message, "query-not-understood", "{sql}");
            for is_remote in [false, true] {
                let refusal = told(&sql, &part, is_remote).unwrap_err();
                assert_eq!(refusal, expected, "{sql}");
            }
        }
    }
}

//! Patterns and conditions that are made to take time and memory. What takes the stack or all memory of a process is
//! tried with the program itself, in the scenarios.

use arrow_array::RecordBatch;
use arrow_schema::DataType;
use chengji_domain::{ErrorCode, Result};
use chengji_query::TableName;
use chengji_substrait::{Column, Expression, Literal, Output, TableQuery, Value, encode};

use super::tests::{Node, begin, compute, lines, permits};

/// Characters of a text that patterns are searched in.
const LONG: usize = 100_000;

fn table(_: &TableName) -> RecordBatch {
    permits()
}

fn rows(sql: &str) -> Result<Vec<String>> {
    let node = Node {
        table: &table,
        is_remote: false,
    };
    node.served(&begin(sql)).map(|(_, rows)| lines(&rows))
}

#[test]
fn a_pattern_takes_as_much_time_as_its_text_is_long() {
    // Engines that go back at each `*` take exponential time to find that these do not match.
    for pattern in ["^(a*)*b$", "^(a|aa)+$b", "^(a|a?)+b$", "(.*a){12}b"] {
        let sql = format!("SELECT regexp_like(repeat('a', {LONG}), '{pattern}')");
        assert_eq!(rows(&sql).unwrap(), ["false"], "{pattern}");
    }
    let like = format!("SELECT repeat('a', {LONG}) LIKE '%a%a%a%a%a%a%a%a_b%'");
    assert_eq!(rows(&like).unwrap(), ["false"]);
}

#[test]
fn a_pattern_that_is_too_large_is_the_fault_of_its_query() {
    let pattern = "((((a{1,100}){1,100}){1,100}){1,100}){1,100}";
    for call in [
        format!("regexp_like(code, '{pattern}')"),
        format!("regexp_match(code, '{pattern}')"),
        format!("regexp_count(code, '{pattern}')"),
        format!("regexp_replace(code, '{pattern}', 'x')"),
        format!("code ~ '{pattern}'"),
    ] {
        let sql = format!(r#"SELECT {call} FROM granted."430200"."206007000001""#);
        let error = rows(&sql).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{call}");
    }
}

/// The query of the codes that are like a pattern, as another node hands it over.
fn like(pattern: String) -> Vec<u8> {
    let schema = permits().schema();
    let columns = schema.fields().iter().map(|field| Column {
        name: field.name().clone(),
        data_type: field.data_type().clone(),
        is_nullable: field.is_nullable(),
    });
    let condition = Expression::Like {
        value: Box::new(Expression::Column(0)),
        pattern: Literal {
            data_type: DataType::Utf8,
            value: Some(Value::Text(pattern)),
        },
    };
    let output = Output::Columns(vec![0]);
    let query = TableQuery::new(
        "7".to_owned(),
        columns.collect(),
        Some(condition),
        output,
        None,
    );
    encode(&query.unwrap()).unwrap()
}

#[test]
fn a_long_pattern_that_is_handed_over_is_searched_or_refused() {
    for piece in ["%a", "_", "%_", "\\%", "长%"] {
        match compute(&table, &like(piece.repeat(5_000))) {
            Ok(rows) => assert!(lines(&rows).is_empty(), "{piece}"),
            Err(error) => assert_eq!(error.code(), ErrorCode::InvalidArgument, "{piece}"),
        }
    }
    let found = compute(&table, &like("%a%".to_owned())).unwrap();
    assert_eq!(lines(&found), ["a"]);
}

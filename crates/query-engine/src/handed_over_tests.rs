//! Queries of tables at another node: the same rows as of tables at this node, and no more of them sent than needed.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_schema::DataType;
use chengji_domain::{ErrorCode, Result};
use chengji_query::TableName;
use chengji_substrait::{
    Column, Expression, Function, Measure, Output, TableQuery, decode, encode,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::tests::{Node, begin, compute, lines, permits};

const TABLE: &str = r#"granted."430200"."206007000001""#;

fn table(_: &TableName) -> RecordBatch {
    permits()
}

fn rows(sql: &str, is_remote: bool) -> Result<(Vec<TableQuery>, Vec<String>)> {
    let node = Node {
        table: &table,
        is_remote,
    };
    let (plan, rows) = node.served(&begin(sql))?;
    let handed_over = plan.contents.iter();
    let handed_over = handed_over.filter(|content| !content.query.is_empty());
    let handed_over = handed_over.map(|content| decode(&content.query).unwrap());
    Ok((handed_over.collect(), lines(&rows)))
}

/// The one query that a statement hands over, and the rows of the statement.
fn handed_over(sql: &str) -> (TableQuery, Vec<String>) {
    let (mut queries, rows) = rows(sql, true).unwrap();
    assert_eq!(queries.len(), 1, "{sql}");
    (queries.remove(0), rows)
}

/// Conditions as a statement has them; some cannot be handed over.
fn conditions() -> impl Strategy<Value = String> {
    let simple = select(vec![
        "area > 3",
        "area = 0",
        "3 <= area",
        "area <> 5",
        "area IS NULL",
        "area IS NOT NULL",
        "area IN (0, 5)",
        "area NOT IN (0, 5, 7, 9)",
        "area BETWEEN 1 AND 4",
        "town = '云龙'",
        "town LIKE '%龙'",
        "code NOT LIKE 'a%'",
        "code < 'c'",
        "area > 2.5",
        "area + 1 > 3",
        "upper(code) = 'B'",
        "area = length(code)",
        "CAST(NULL AS BOOLEAN)",
        "true",
    ]);
    let simple = simple.prop_map(str::to_owned);
    simple.prop_recursive(3, 12, 3, |inner| {
        let joined = |word: &'static str| {
            move |conditions: Vec<String>| format!("({})", conditions.join(word))
        };
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(joined(" AND ")),
            vec(inner.clone(), 2..4).prop_map(joined(" OR ")),
            inner.prop_map(|condition| format!("NOT ({condition})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn rows_are_the_same_wherever_they_are_computed(
        condition in conditions(),
        columns in select(vec!["*", "code", "area, code", "town", "count(*)", "sum(area), min(code)"]),
    ) {
        let sql = format!("SELECT {columns} FROM {TABLE} WHERE {condition} ORDER BY 1");
        let here = rows(&sql, false).unwrap().1;
        prop_assert_eq!(rows(&sql, true).unwrap().1, here);
    }

    #[test]
    fn groups_are_the_same_wherever_they_are_computed(
        condition in conditions(),
        values in select(vec!["count(*)", "count(area), max(code)", "sum(area) + 1", "avg(area)"]),
        having in select(vec!["", " HAVING count(*) > 1", " HAVING max(area) > 3"]),
    ) {
        let sql = format!(
            "SELECT town, {values} FROM {TABLE} WHERE {condition} GROUP BY town{having} ORDER BY 1"
        );
        let here = rows(&sql, false).unwrap().1;
        prop_assert_eq!(rows(&sql, true).unwrap().1, here);
    }

    #[test]
    fn a_limit_is_kept(condition in conditions(), limit in 0u64..5) {
        let all = format!("SELECT code FROM {TABLE} WHERE {condition}");
        let all = rows(&all, false).unwrap().1;
        let some = format!("SELECT code FROM {TABLE} WHERE {condition} LIMIT {limit}");
        let some = rows(&some, true).unwrap().1;
        prop_assert_eq!(some.len() as u64, limit.min(all.len() as u64));
        prop_assert!(some.iter().all(|row| all.contains(row)));
    }
}

#[test]
fn conditions_columns_and_limits_are_handed_over() {
    let sql = format!("SELECT code FROM {TABLE} WHERE town = '云龙' AND area > 3 LIMIT 1");
    let (query, found) = handed_over(&sql);
    assert_eq!(found, ["c"]);
    assert_eq!(query.table(), "206007000001");
    assert!(query.condition().is_some());
    assert_eq!(query.output(), &Output::Columns(vec![0]));
    assert_eq!(query.limit(), Some(1));
}

#[test]
fn what_cannot_be_handed_over_runs_here() {
    let sql = format!("SELECT town FROM {TABLE} WHERE upper(code) = 'B' LIMIT 1");
    let (query, found) = handed_over(&sql);
    assert_eq!(found, ["渌口"]);
    assert_eq!(query.condition(), None);
    assert_eq!(query.limit(), None);
}

#[test]
fn too_many_conditions_together_run_here() {
    let one = |number: usize| {
        let values = (0..200).map(|value| (number * 1_000 + value).to_string());
        let values = values.collect::<Vec<_>>().join(", ");
        format!("(area NOT IN ({values}) OR code = 'z{number}')")
    };
    let conditions = (1..8).map(one).collect::<Vec<_>>().join(" AND ");
    let sql = format!("SELECT code FROM {TABLE} WHERE {conditions} ORDER BY code");
    let (query, found) = handed_over(&sql);
    assert_eq!(found, ["a", "b", "c"]);
    assert_eq!(query.condition(), None);
}

#[test]
fn a_whole_table_is_read_and_not_queried() {
    for sql in ["SELECT * FROM", "SELECT code, town, area + 1 FROM"] {
        let (queries, found) = rows(&format!("{sql} {TABLE}"), true).unwrap();
        assert!(queries.is_empty(), "{sql}");
        assert_eq!(found.len(), 4);
    }
}

#[test]
fn rows_are_read_without_their_columns() {
    let (query, found) = handed_over(&format!("SELECT 1 FROM {TABLE}"));
    assert_eq!(found, ["1", "1", "1", "1"]);
    assert_eq!(query.output(), &Output::Columns(vec![0]));
}

#[test]
fn groups_are_handed_over_where_all_conditions_are() {
    let sql = format!("SELECT town, avg(area) FROM {TABLE} WHERE area > 0 GROUP BY town");
    let (query, found) = handed_over(&sql);
    assert_eq!(found, ["云龙 4"]);
    let mean = Measure {
        function: Function::Average,
        argument: Some(Expression::Widen {
            value: Box::new(Expression::Column(2)),
            to: DataType::Float64,
        }),
        data_type: DataType::Float64,
    };
    let output = Output::Groups {
        by: vec![1],
        measures: vec![mean],
    };
    assert_eq!(query.output(), &output);

    let sql = format!("SELECT count(*) FROM {TABLE} WHERE upper(code) < 'C'");
    let (query, found) = handed_over(&sql);
    assert_eq!(found, ["2"]);
    assert_eq!(query.output(), &Output::Columns(vec![0]));
}

#[test]
fn a_statement_hands_over_a_query_for_each_time_that_it_reads_a_table() {
    let sql = format!(
        "SELECT a.code FROM {TABLE} a JOIN {TABLE} b ON a.area = b.area WHERE b.town = '渌口'"
    );
    let (queries, found) = rows(&sql, true).unwrap();
    assert_eq!(found, ["b"]);
    assert_eq!(queries.len(), 2);
}

fn columns() -> Vec<Column> {
    let schema = permits().schema();
    let fields = schema.fields().iter();
    let columns = fields.map(|field| Column {
        name: field.name().clone(),
        data_type: field.data_type().clone(),
        is_nullable: field.is_nullable(),
    });
    columns.collect()
}

fn groups(measures: Vec<Measure>) -> TableQuery {
    let output = Output::Groups {
        by: vec![1],
        measures,
    };
    TableQuery::new("7".to_owned(), columns(), None, output, None).unwrap()
}

#[test]
fn groups_are_computed_where_the_table_is() {
    let of_area = |function, data_type| Measure {
        function,
        argument: Some(Expression::Column(2)),
        data_type,
    };
    let query = groups(vec![
        Measure {
            function: Function::Count,
            argument: None,
            data_type: DataType::Int64,
        },
        of_area(Function::Count, DataType::Int64),
        of_area(Function::Sum, DataType::Int64),
        of_area(Function::Min, DataType::Int64),
        of_area(Function::Max, DataType::Int64),
        of_area(Function::Average, DataType::Float64),
    ]);
    let mut found = lines(&compute(&table, &encode(&query).unwrap()).unwrap());
    found.sort();
    assert_eq!(
        found,
        [
            "云龙 2 2 8 3 5 4",
            "渌口 1 1 0 0 0 0",
            "石峰 1 0 NULL NULL NULL NULL"
        ]
    );
}

#[test]
fn queries_that_do_not_fit_are_refused() {
    let code = |query: &[u8]| {
        let error = compute(&table, query).unwrap_err();
        (error.code(), error.message().code().to_owned())
    };
    let (refused, why) = code(b"no plan");
    assert_eq!(refused, ErrorCode::InvalidArgument);
    assert_eq!(why, "table-query-not-allowed");

    // The mean of integers is no decimal number.
    let query = groups(vec![Measure {
        function: Function::Average,
        argument: Some(Expression::Column(2)),
        data_type: DataType::Decimal128(10, 2),
    }]);
    let (refused, why) = code(&encode(&query).unwrap());
    assert_eq!(refused, ErrorCode::InvalidArgument);
    assert_eq!(why, "table-query-ill-typed");

    let query = encode(&groups(vec![Measure {
        function: Function::Count,
        argument: None,
        data_type: DataType::Int64,
    }]))
    .unwrap();
    let other = |_: &TableName| {
        let codes: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        RecordBatch::try_from_iter([("code", codes)]).unwrap()
    };
    let error = compute(&other, &query).unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceChanged);
}

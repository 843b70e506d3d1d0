//! Queries as a node asks them, within one process.

use std::io::{Cursor, Seek, SeekFrom};

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_ipc::reader::StreamReader;
use chengji_query::dialog::{parameters_to_bytes, send_file};

use super::*;

/// A table of permits: code, town, and the area, which is not known of one.
fn permits() -> RecordBatch {
    let codes: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c", "d"]));
    let towns: ArrayRef = Arc::new(StringArray::from(vec!["云龙", "渌口", "云龙", "石峰"]));
    let areas: ArrayRef = Arc::new(Int64Array::from(vec![Some(3), Some(0), Some(5), None]));
    RecordBatch::try_from_iter([("code", codes), ("town", towns), ("area", areas)]).unwrap()
}

fn grades() -> RecordBatch {
    let codes: ArrayRef = Arc::new(StringArray::from(vec!["a", "c", "e"]));
    let grades: ArrayRef = Arc::new(StringArray::from(vec!["优", "良", "优"]));
    RecordBatch::try_from_iter([("code", codes), ("grade", grades)]).unwrap()
}

fn table(name: &TableName) -> RecordBatch {
    match name.table.as_str() {
        "206007000001" => permits(),
        "307012000004" => grades(),
        other => panic!("no table {other}"),
    }
}

fn stream(batch: &RecordBatch) -> Vec<u8> {
    parameters_to_bytes(batch).unwrap()
}

/// The node's side of a query.
fn ask(node: &UnixStream, begin: &Begin) -> Result<(Plan, Ended)> {
    send(node, begin).unwrap();
    let references: References = receive(node).unwrap()?;
    let names: Vec<TableName> = references.names.into_iter().map(Into::into).collect();
    let schemas = names
        .iter()
        .map(|name| schema_to_bytes(&table(name).schema()).unwrap());
    let described = Described {
        schemas: schemas.collect(),
    };
    send(node, &described).unwrap();
    let plan: Plan = receive(node).unwrap()?;
    let contents: Vec<Vec<u8>> = names.iter().map(|name| stream(&table(name))).collect();
    let bytes = contents.iter().map(|content| content.len() as u64);
    let files = Files {
        bytes: bytes.collect(),
    };
    send(node, &files).unwrap();
    for content in contents {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&content).unwrap();
        file.seek(SeekFrom::End(0)).unwrap();
        send_file(node, &file).unwrap();
    }
    Ok((plan, receive(node).unwrap()?))
}

/// Runs a query: its parameters, and its rows as text.
fn query(sql: &str, parameters: Option<&RecordBatch>) -> Result<(Vec<DataType>, Vec<String>)> {
    let begin = Begin {
        sql: sql.to_owned(),
        parameters: parameters.map(stream).unwrap_or_default(),
        memory: 64 << 20,
        seconds: 60,
    };
    let (node, engine) = UnixStream::pair().unwrap();
    let its = thread::spawn(move || {
        let mut out = Vec::new();
        let begin: Begin = receive(&engine).unwrap().unwrap();
        let asked = Asked::plan(&engine, &begin)?;
        asked.receive_files(&engine)?;
        let ended = asked.write(&mut out);
        let ended = ended.map_err(|error| tell(&engine, &error))?;
        send(&engine, &ended)?;
        io::Result::Ok(out)
    });
    let (plan, ended) = ask(&node, &begin)?;
    let out = its.join().unwrap().unwrap();
    let batches = StreamReader::try_new(Cursor::new(out), None).unwrap();
    assert_eq!(batches.schema(), schema_from_bytes(&plan.schema).unwrap());
    let batches: Vec<RecordBatch> = batches.map(|batch| batch.unwrap()).collect();
    let rows: Vec<String> = batches.iter().flat_map(texts).collect();
    assert_eq!(ended.rows, rows.len() as u64);
    let parameters = schema_from_bytes(&plan.parameters).unwrap();
    let types = parameters
        .fields()
        .iter()
        .map(|field| field.data_type().clone());
    Ok((types.collect(), rows))
}

fn texts(batch: &RecordBatch) -> Vec<String> {
    let cell = |column: &ArrayRef, row: usize| {
        ScalarValue::try_from_array(column, row)
            .unwrap()
            .to_string()
    };
    let row = |row| {
        let cells = batch.columns().iter().map(|column| cell(column, row));
        cells.collect::<Vec<_>>().join(" ")
    };
    (0..batch.num_rows()).map(row).collect()
}

fn rows(sql: &str) -> Result<Vec<String>> {
    query(sql, None).map(|(_, rows)| rows)
}

fn refused(sql: &str) -> (ErrorCode, String) {
    let error = rows(sql).unwrap_err();
    (error.code(), error.message().code().to_owned())
}

#[test]
fn tables_of_two_cities_are_joined() {
    let sql = r#"SELECT p.code, p.town, g.grade FROM granted."430200"."206007000001" p
        JOIN granted."430300"."307012000004" g ON g.code = p.code ORDER BY p.code"#;
    assert_eq!(rows(sql).unwrap(), ["a 云龙 优", "c 云龙 良"]);
}

#[test]
fn a_table_is_read_as_often_as_it_is_named() {
    let sql = r#"WITH areas AS (SELECT town, sum(area) total FROM granted."430200"."206007000001" GROUP BY town)
        SELECT p.code, a.total FROM granted."430200"."206007000001" p JOIN areas a USING (town)
        WHERE a.total > 4 ORDER BY p.code"#;
    assert_eq!(rows(sql).unwrap(), ["a 8", "c 8"]);
    assert_eq!(rows("SELECT 1 + 1").unwrap(), ["2"]);
}

#[test]
fn parameters_are_numbered_or_marked_and_bound_by_a_row() {
    let sql = r#"SELECT code FROM granted."430200"."206007000001" WHERE town = ? AND area > ?"#;
    let town: ArrayRef = Arc::new(StringArray::from(vec!["云龙"]));
    let area: ArrayRef = Arc::new(Int64Array::from(vec![3]));
    let values = RecordBatch::try_from_iter([("1", town), ("2", area)]).unwrap();
    let (types, found) = query(sql, Some(&values)).unwrap();
    assert_eq!(types, [DataType::Utf8, DataType::Int64]);
    assert_eq!(found, ["c"]);
    let numbered = sql.replacen('?', "$1", 1).replacen('?', "$2", 1);
    assert_eq!(query(&numbered, Some(&values)).unwrap().1, ["c"]);
    assert_eq!(refused(sql).1, "query-parameters-unbound");
    let one = values.project(&[0]).unwrap();
    let error = query(sql, Some(&one)).unwrap_err();
    assert_eq!(error.message().code(), "query-parameters-number");
}

#[test]
fn nothing_but_reading_is_a_query() {
    for sql in [
        "DROP TABLE granted.a.b",
        "CREATE TABLE t AS SELECT 1",
        "INSERT INTO granted.a.b VALUES (1)",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "COPY (SELECT 1) TO '/tmp/x'",
        "SET datafusion.execution.batch_size = 1",
        "EXPLAIN DROP TABLE granted.a.b",
    ] {
        let (code, message) = refused(sql);
        assert_eq!(code, ErrorCode::InvalidArgument, "{sql}");
        assert_eq!(message, "query-not-reading", "{sql}");
    }
    let (code, _) = refused("SELECT 1; SELECT 2");
    assert_eq!(code, ErrorCode::InvalidArgument);
}

#[test]
fn errors_of_a_query_say_what_is_wrong() {
    let table = r#"granted."430200"."206007000001""#;
    let (code, message) = refused("SELEC 1");
    assert_eq!(
        (code, &*message),
        (ErrorCode::InvalidArgument, "query-not-understood")
    );
    assert_eq!(refused("SELECT * FROM t").1, "query-table-bare");
    let missing = refused(&format!("SELECT nothing FROM {table}"));
    assert_eq!(missing.1, "query-not-understood");
    let failed = refused(&format!("SELECT 1 / area FROM {table}"));
    assert_eq!(
        failed,
        (ErrorCode::InvalidArgument, "query-failed".to_owned())
    );
}

#[test]
fn a_query_ends_at_its_memory() {
    let sql = "SELECT a.value FROM generate_series(1, 20000000) a ORDER BY a.value DESC";
    let (code, message) = refused(sql);
    assert_eq!(
        (code, &*message),
        (ErrorCode::LimitExceeded, "query-memory")
    );
}

#[test]
fn an_explanation_is_a_query() {
    let explained = rows("EXPLAIN SELECT 1").unwrap();
    assert!(!explained.is_empty());
}

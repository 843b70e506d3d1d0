//! Queries as a node asks them, within one process.

use std::io::{Cursor, Seek, SeekFrom};
use std::sync::Arc;
use std::thread;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_ipc::reader::StreamReader;
use arrow_schema::DataType;
use chengji_domain::ErrorCode;
use chengji_query::TableName;
use chengji_query::dialog::{
    Plan, parameters_to_bytes, schema_from_bytes, schema_to_bytes, send_file,
};
use datafusion::common::ScalarValue;

use super::*;

/// A table of permits: code, town, and the area, which is not known of one.
pub(super) fn permits() -> RecordBatch {
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

/// The tables of a query, as the node has them.
pub(super) struct Node<'a> {
    pub(super) table: &'a dyn Fn(&TableName) -> RecordBatch,
    /// Whether another node computes queries of them.
    pub(super) is_remote: bool,
}

impl Node<'_> {
    /// Asks for a query: its plan, and its end. Its contents are handed over, or none of them.
    fn ask(&self, node: &UnixStream, begin: &Begin, hands_over: bool) -> Result<(Plan, Ended)> {
        send(node, begin).unwrap();
        let references: References = receive(node).unwrap()?;
        let names: Vec<TableName> = references.names.into_iter().map(Into::into).collect();
        let schemas = names
            .iter()
            .map(|name| schema_to_bytes(&(self.table)(name).schema()).unwrap());
        let remote = names.iter().map(|name| match self.is_remote {
            true => name.table.clone(),
            false => String::new(),
        });
        let described = Described {
            schemas: schemas.collect(),
            remote: remote.collect(),
        };
        send(node, &described).unwrap();
        let plan: Plan = receive(node).unwrap()?;
        let contents = plan.contents.iter().map(|content| {
            let name = &names[content.table as usize];
            self.content(name, &content.query)
        });
        let contents: Vec<Vec<u8>> = contents.collect::<Result<_>>()?;
        let bytes = contents.iter().map(|content| content.len() as u64);
        let rows = contents.iter().map(|content| {
            let rows = batches(content)
                .iter()
                .map(RecordBatch::num_rows)
                .sum::<usize>();
            rows as u64
        });
        let files = Files {
            bytes: bytes.collect(),
            rows: rows.collect(),
            are_missing: vec![!hands_over; contents.len()],
        };
        send(node, &files).unwrap();
        for content in contents.into_iter().filter(|_| hands_over) {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&content).unwrap();
            file.seek(SeekFrom::End(0)).unwrap();
            send_file(node, &file).unwrap();
        }
        if begin.spill > 0 {
            send_file(node, &tempfile::tempfile().unwrap()).unwrap();
        }
        Ok((plan, receive(node).unwrap()?))
    }

    /// The rows of a query of a table, which the other node computes; all rows for none.
    fn content(&self, name: &TableName, query: &[u8]) -> Result<Vec<u8>> {
        match query.is_empty() {
            true => Ok(stream(&(self.table)(name))),
            false => compute(self.table, query),
        }
    }

    /// Runs a query in an engine: its plan, and the stream of its rows.
    pub(super) fn served(&self, begin: &Begin) -> Result<(Plan, Vec<u8>)> {
        self.answered(begin, true)
    }

    /// The same, whether or not the contents of the tables are handed over.
    fn answered(&self, begin: &Begin, hands_over: bool) -> Result<(Plan, Vec<u8>)> {
        let (node, engine) = UnixStream::pair().unwrap();
        let its = thread::spawn(move || {
            let mut out = Vec::new();
            let begin: Begin = receive(&engine).unwrap().unwrap();
            let query = Query::plan(&engine, &begin)?;
            query.receive_files(&engine)?;
            let ended = query.write(&mut out);
            let ended = ended.map_err(|error| tell(&engine, &error))?;
            send(&engine, &ended)?;
            io::Result::Ok(out)
        });
        let (plan, ended) = self.ask(&node, begin, hands_over)?;
        let out = its.join().unwrap().unwrap();
        let rows = batches(&out)
            .iter()
            .map(RecordBatch::num_rows)
            .sum::<usize>();
        assert_eq!(ended.rows, rows as u64);
        Ok((plan, out))
    }
}

/// Computes a query of one table that another node has handed over.
pub(super) fn compute(table: &dyn Fn(&TableName) -> RecordBatch, query: &[u8]) -> Result<Vec<u8>> {
    let provider = Node {
        table,
        is_remote: false,
    };
    let begin = Begin {
        table_query: query.to_owned(),
        ..begin("")
    };
    provider.served(&begin).map(|(_, rows)| rows)
}

pub(super) fn begin(sql: &str) -> Begin {
    Begin {
        sql: sql.to_owned(),
        parameters: Vec::new(),
        memory: 64 << 20,
        seconds: 60,
        table_query: Vec::new(),
        spill: 0,
        keep_free: 0,
    }
}

/// Runs a query: its parameters, and its rows as text.
fn query(sql: &str, parameters: Option<&RecordBatch>) -> Result<(Vec<DataType>, Vec<String>)> {
    let begin = Begin {
        parameters: parameters.map(stream).unwrap_or_default(),
        ..begin(sql)
    };
    let node = Node {
        table: &table,
        is_remote: false,
    };
    let (plan, out) = node.served(&begin)?;
    let reader = StreamReader::try_new(Cursor::new(&out), None).unwrap();
    assert_eq!(reader.schema(), schema_from_bytes(&plan.schema).unwrap());
    let parameters = schema_from_bytes(&plan.parameters).unwrap();
    let types = parameters
        .fields()
        .iter()
        .map(|field| field.data_type().clone());
    Ok((types.collect(), lines(&out)))
}

fn batches(stream: &[u8]) -> Vec<RecordBatch> {
    let batches = StreamReader::try_new(Cursor::new(stream), None).unwrap();
    batches.map(|batch| batch.unwrap()).collect()
}

/// The rows of a stream as text.
pub(super) fn lines(stream: &[u8]) -> Vec<String> {
    batches(stream).iter().flat_map(texts).collect()
}

/// The rows of a batch as text.
pub(super) fn texts(batch: &RecordBatch) -> Vec<String> {
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

#[test]
fn an_explanation_takes_no_row_of_a_table() {
    let sql = "SELECT p.code FROM granted.x.\"206007000001\" p \
               JOIN granted.x.\"307012000004\" g ON p.code = g.code";
    for is_remote in [false, true] {
        let node = Node {
            table: &table,
            is_remote,
        };
        let explained = begin(&format!("EXPLAIN {sql}"));
        let (plan, rows) = node.answered(&explained, false).unwrap();
        assert!(plan.is_explained);
        assert!(!plan.contents.is_empty());
        assert!(!lines(&rows).is_empty());
    }
}

#[test]
fn what_computes_rows_is_not_only_explained() {
    let node = Node {
        table: &table,
        is_remote: false,
    };
    for sql in ["SELECT 1", "EXPLAIN ANALYZE SELECT 1"] {
        let (plan, _) = node.served(&begin(sql)).unwrap();
        assert!(!plan.is_explained, "{sql}");
    }
}

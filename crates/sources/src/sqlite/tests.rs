//! SQLite databases: the common suite, values of all types, and databases in a bad state.

use std::cell::Cell;
use std::fs;
use std::ops::ControlFlow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_array::{Array, RecordBatch};
use chengji_domain::ErrorCode;
use chengji_domain::table::ColumnType;
use chengji_messages::quoted::Quoted;
use tempfile::TempDir;

use super::*;
use crate::conformance::{self, LONG};

/// A database that was made by these statements, and its folder.
fn database(statements: &str) -> (TempDir, SqliteSource) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("data.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(statements).unwrap();
    let source = SqliteSource {
        path,
        busy_timeout: Duration::ZERO,
        silence_timeout: SILENCE_TIMEOUT,
    };
    (home, source)
}

fn read(source: &SqliteSource, table: &str) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    source.read(table, None, &|| true, &mut |batch| {
        batches.push(batch);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(batches)
}

#[test]
fn a_database_is_a_source() {
    let (_home, source) = database(
        "CREATE TABLE long (n INTEGER PRIMARY KEY, \"a \"\"b\"\" c\" TEXT NOT NULL);
         WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000)
         INSERT INTO long SELECT n, 'text ' || n FROM c;
         CREATE TABLE empty (d DATE, amount DECIMAL(12, 2), free NUMERIC, x);
         CREATE TABLE \"住房 许可\" (\"名称\" VARCHAR(70), t TIMESTAMP WITH TIME ZONE);
         INSERT INTO \"住房 许可\" VALUES ('甲', NULL), (NULL, '2026-01-31 08:00:00+08:00');
         CREATE VIEW \"a \"\"quoted\"\" name\" AS SELECT n, n + 1 AS next FROM long LIMIT 3;
         CREATE INDEX by_text ON long (n);",
    );
    let names = ["a \"quoted\" name", "empty", LONG, "住房 许可"];
    conformance::check(&source, &names, "empty");
    let tables = source.tables(None, 10, &|| true).unwrap();
    assert_eq!(tables.iter().filter(|table| table.is_view).count(), 1);
    let schema = source.schema("住房 许可", &|| true).unwrap();
    assert_eq!(schema.columns[0].max_length, Some(70));
    assert!(!source.schema(LONG, &|| true).unwrap().columns[0].is_nullable);
}

#[test]
fn values_are_read_as_their_types() {
    let (_home, source) = database(
        "CREATE TABLE t (b BOOLEAN, i BIGINT, d DECIMAL(12, 2), n NUMERIC, f REAL, s TEXT, x BLOB,
             day DATE, clock TIME, local DATETIME, moment TIMESTAMPTZ, o);
         INSERT INTO t VALUES (1, -9223372036854775808, 12.3, 12.50, 3, '007', x'00ff',
             '1970-01-02', '00:00:01', '1970-01-01 00:00:02', '1970-01-01 08:00:03+08:00', 4.5);
         INSERT INTO t DEFAULT VALUES;",
    );
    let batches = read(&source, "t").unwrap();
    let [batch] = batches.as_slice() else {
        panic!("{batches:?}")
    };
    let columns = batch.columns();
    assert!(columns[0].as_boolean().value(0));
    assert_eq!(columns[1].as_primitive::<Int64Type>().value(0), i64::MIN);
    assert_eq!(columns[2].as_primitive::<Decimal128Type>().value(0), 1_230);
    assert_eq!(columns[3].as_string::<i32>().value(0), "12.5");
    assert_eq!(columns[4].as_primitive::<Float64Type>().value(0), 3.0);
    assert_eq!(columns[5].as_string::<i32>().value(0), "007");
    assert_eq!(columns[6].as_binary::<i32>().value(0), [0, 255]);
    assert_eq!(columns[7].as_primitive::<Date32Type>().value(0), 1);
    let clock = columns[8].as_primitive::<Time64MicrosecondType>();
    assert_eq!(clock.value(0), 1_000_000);
    let local = columns[9].as_primitive::<TimestampMicrosecondType>();
    assert_eq!(local.value(0), 2_000_000);
    let moment = columns[10].as_primitive::<TimestampMicrosecondType>();
    assert_eq!(moment.value(0), 3_000_000);
    assert_eq!(columns[11].as_string::<i32>().value(0), "4.5");
    assert!(columns.iter().all(|column| column.is_null(1)));
}

#[test]
fn values_are_whole_whatever_their_length_and_their_characters() {
    let (_home, source) = database(
        "CREATE TABLE t (s TEXT, x BLOB);
         INSERT INTO t VALUES (hex(zeroblob(2500000)), zeroblob(5000000));
         INSERT INTO t VALUES ('a' || char(0) || 'b', x'00');",
    );
    let (mut texts, mut lengths) = (Vec::new(), Vec::new());
    for batch in read(&source, "t").unwrap() {
        let text = batch.column(0).as_string::<i32>();
        texts.extend(text.iter().flatten().map(str::to_owned));
        let bytes = batch.column(1).as_binary::<i32>();
        lengths.extend(bytes.iter().flatten().map(<[u8]>::len));
    }
    assert_eq!(lengths, [5_000_000, 1]);
    assert_eq!(texts[0].len(), 5_000_000);
    assert_eq!(texts[1], "a\0b");
}

#[test]
fn a_value_of_another_type_is_named_by_its_place() {
    let misfit = |column_type: ColumnType, found: Message| {
        Message::from(msg::SourceValueMisfit {
            column: Quoted("c"),
            expected: column_type.label(),
            found,
            row: 2_u64,
            table: Quoted("t"),
        })
    };
    for (native_type, good, bad, column_type, found) in [
        (
            "INTEGER",
            "1",
            "'x'",
            ColumnType::Integer,
            Message::from(msg::SourceFoundText),
        ),
        (
            "BOOLEAN",
            "0",
            "2",
            ColumnType::Boolean,
            msg::SourceFoundInteger.into(),
        ),
        (
            "DATE",
            "'2026-01-31'",
            "'31.1.26'",
            ColumnType::Date,
            msg::SourceFoundText.into(),
        ),
        (
            "DATETIME",
            "NULL",
            "1.5",
            ColumnType::Timestamp,
            msg::SourceFoundReal.into(),
        ),
        (
            "TEXT",
            "''",
            "x'00'",
            ColumnType::Text,
            msg::SourceFoundBlob.into(),
        ),
        (
            "TEXT",
            "''",
            "CAST(x'ff' AS TEXT)",
            ColumnType::Text,
            msg::SourceFoundNoText.into(),
        ),
        (
            "DECIMAL(5,1)",
            "1.5",
            "1.25",
            ColumnType::Decimal,
            msg::SourceFoundReal.into(),
        ),
    ] {
        let (_home, source) = database(&format!(
            "CREATE TABLE t (c {native_type}); INSERT INTO t VALUES ({good}), ({bad});"
        ));
        let error = read(&source, "t").unwrap_err();
        assert_eq!(error.code(), ErrorCode::SourceUnavailable);
        assert_eq!(
            error.message(),
            &misfit(column_type, found),
            "{native_type}"
        );
    }
}

#[test]
fn a_database_in_a_bad_state_is_unavailable() {
    let (home, source) = database("CREATE TABLE t (a); CREATE VIEW broken AS SELECT b FROM gone;");
    let code = |source: &SqliteSource| source.check(&|| true).map(drop).unwrap_err().code();
    let broken = read(&source, "broken").unwrap_err();
    assert_eq!(broken.code(), ErrorCode::SourceUnavailable);

    let writer = Connection::open(&source.path).unwrap();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(code(&source), ErrorCode::SourceUnavailable);
    drop(writer);
    assert!(source.check(&|| true).is_ok());

    fs::write(&source.path, "no database, ".repeat(1_000)).unwrap();
    assert_eq!(code(&source), ErrorCode::SourceUnavailable);
    fs::remove_file(&source.path).unwrap();
    assert_eq!(code(&source), ErrorCode::SourceUnavailable);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_view_that_computes_without_end_ends_with_its_caller_or_in_time() {
    let (_home, mut source) = database(
        "CREATE VIEW endless AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)
             SELECT count(*) AS n FROM c;",
    );
    let asked = Cell::new(0);
    let go_on = || {
        asked.set(asked.get() + 1);
        asked.get() < 4
    };
    let ended = source.read("endless", None, &go_on, &mut |_| panic!("a row"));
    assert_eq!(ended.unwrap_err().code(), ErrorCode::Unavailable);
    source.silence_timeout = Duration::ZERO;
    let stopped = read(&source, "endless").unwrap_err();
    assert_eq!(stopped.message().code(), "sqlite-read-stopped");
}

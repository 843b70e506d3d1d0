//! A database of a real server is checked, listed and read, on good days and bad ones.

use std::cell::Cell;
use std::ops::ControlFlow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_array::{Array as _, RecordBatch};
use chengji_domain::table::ColumnType;

use super::test_server::Server;
use super::*;
use crate::database::password::PasswordFrom;
use crate::database::test_programs::free_port;

const TABLES: &str = "
    CREATE ROLE reader LOGIN PASSWORD 'secret';
    CREATE ROLE writer LOGIN PASSWORD 'secret';
    CREATE SCHEMA housing;
    CREATE SCHEMA hidden;
    GRANT USAGE ON SCHEMA housing TO reader, writer;
    CREATE DOMAIN housing.code AS varchar(18);
    CREATE TYPE housing.state AS ENUM ('open', 'closed');
    CREATE TABLE housing.kinds (
        yes bool NOT NULL, small int2, large int8, exact numeric(38,10), free numeric,
        single float4, code housing.code, fixed char(5), id uuid, document jsonb,
        state housing.state, raw bytea, day date, hour time, at timestamp, zoned timestamptz,
        list int[], dropped text, pause interval);
    ALTER TABLE housing.kinds DROP COLUMN dropped;
    COMMENT ON TABLE housing.kinds IS 'all kinds';
    COMMENT ON COLUMN housing.kinds.code IS 'credit code';
    INSERT INTO housing.kinds VALUES (
        true, -2, 9007199254740993, -1234567890123456789012345678.0123456789, 1.50,
        0.5, '91430100', 'ab', '00000000-0000-0000-0000-00000000000a', '{\"a\": 1}',
        'open', '\\xff00', '2026-11-28', '12:30:00.000001', '1970-01-01 00:00:01',
        '1970-01-01 08:00:01+08', '{1,NULL}', '1 day 2 hours');
    INSERT INTO housing.kinds (yes) VALUES (false);
    CREATE TABLE housing.\"Permits.2026\" (id int);
    CREATE TABLE housing.\"区\" (id int);
    CREATE VIEW housing.open_kinds AS SELECT code FROM housing.kinds WHERE state = 'open';
    CREATE TABLE hidden.secrets (id int);
    CREATE TABLE housing.series AS SELECT n AS id FROM generate_series(1, 100000) n;
    CREATE TABLE housing.broad AS SELECT repeat('城', 5 * 1024 * 1024 / 3) AS text;
    CREATE TABLE housing.odd (id int, price numeric(5,2));
    INSERT INTO housing.odd VALUES (1, 1.25), (2, 'NaN');
    CREATE TABLE housing.partial (open int, closed int);
    INSERT INTO housing.partial VALUES (1, 2);
    GRANT SELECT ON ALL TABLES IN SCHEMA housing TO reader;
    GRANT SELECT (open) ON housing.partial TO writer;
    GRANT INSERT (id) ON housing.odd TO writer;
    GRANT CREATE ON SCHEMA housing TO writer;
    ANALYZE housing.kinds";

#[test]
fn a_database_is_read_on_good_days_and_bad_ones() {
    let Some(server) = Server::start() else {
        return;
    };
    server.admin("postgres").batch_execute(TABLES).unwrap();
    let source = PostgresSource::new(server.settings("reader", "secret"));
    tables_are_listed_in_pages(&source);
    columns_are_described(&source);
    values_keep_their_exact_form(&source);
    a_value_of_five_megabytes_is_read(&source);
    a_value_that_cannot_be_taken_over_is_named(&source);
    a_reader_stops_when_it_wants(&source);
    rows_deleted_meanwhile_are_read(&server, &source);
    names_that_are_unknown_are_not_found(&source);
    the_text_of_a_function_is_not_shown(&server);
    a_locked_table_is_given_up(&server);
    rights_are_judged(&server);
    rights_can_be_revoked(&server, &source);
    connections_that_fail_say_why(&server);
    texts_without_encoding_must_be_utf_8(&server);
    geometry_tests::check(&server);
    bad_days_tests::check(&server, &source);
}

pub(super) fn read(
    source: &PostgresSource,
    table: &str,
    limit: Option<u64>,
) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    source.read(table, limit, &|| true, &mut |batch| {
        batches.push(batch);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(batches)
}

fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

pub(super) fn fails(result: Result<impl Sized>, code: ErrorCode, message: &str) -> Error {
    let error = result.map(drop).unwrap_err();
    assert_eq!((error.code(), error.message().code()), (code, message));
    assert!(!format!("{error:?}").contains("wrong-secret"));
    error
}

fn tables_are_listed_in_pages(source: &PostgresSource) {
    let mut listed: Vec<TableInfo> = Vec::new();
    loop {
        let after = listed.last().map(|table| table.name.clone());
        let page = source.tables(after.as_deref(), 3, &|| true).unwrap();
        if page.is_empty() {
            break;
        }
        listed.extend(page);
    }
    let names: Vec<&str> = listed.iter().map(|table| table.name.as_str()).collect();
    let expected = [
        "housing.\"Permits.2026\"",
        "housing.broad",
        "housing.kinds",
        "housing.odd",
        "housing.open_kinds",
        "housing.partial",
        "housing.series",
        "housing.区",
    ];
    assert_eq!(names, expected);
    assert_eq!(
        (listed[2].rows, listed[2].comment.as_str()),
        (Some(2), "all kinds")
    );
    assert!(listed[4].is_view && listed[4].rows.is_none());
    for name in names {
        source.schema(name, &|| true).unwrap();
    }
}

fn columns_are_described(source: &PostgresSource) {
    let columns = source.schema("housing.kinds", &|| true).unwrap().columns;
    assert_eq!(columns.len(), 18);
    assert!(!columns[0].is_nullable && columns[1].is_nullable);
    assert_eq!(columns[3].native_type, "numeric(38,10)");
    let code = &columns[6];
    assert_eq!(
        (code.column_type, code.max_length),
        (ColumnType::Text, Some(18))
    );
    assert_eq!(
        (code.native_type.as_str(), code.comment.as_str()),
        ("housing.code", "credit code")
    );
    assert_eq!(columns[7].max_length, Some(5));
    assert_eq!(columns[10].column_type, ColumnType::Text);
    assert_eq!(columns[16].column_type, ColumnType::Other);
}

fn values_keep_their_exact_form(source: &PostgresSource) {
    let batches = read(source, "housing.kinds", None).unwrap();
    let batch = &batches[0];
    assert_eq!((batches.len(), batch.num_rows()), (1, 2));
    let text = |column: usize| batch.column(column).as_string::<i32>().value(0);
    assert!(batch.column(0).as_boolean().value(0));
    assert_eq!(batch.column(1).as_primitive::<Int64Type>().value(0), -2);
    let large = batch.column(2).as_primitive::<Int64Type>().value(0);
    assert_eq!(large, 9_007_199_254_740_993);
    let exact = batch.column(3).as_primitive::<Decimal128Type>().value(0);
    assert_eq!(exact, -12_345_678_901_234_567_890_123_456_780_123_456_789);
    assert_eq!(text(4), "1.50");
    assert_eq!(batch.column(5).as_primitive::<Float64Type>().value(0), 0.5);
    assert_eq!((text(6), text(7)), ("91430100", "ab"));
    assert_eq!(text(8), "00000000-0000-0000-0000-00000000000a");
    assert_eq!((text(9), text(10)), ("{\"a\": 1}", "open"));
    assert_eq!(batch.column(11).as_binary::<i32>().value(0), [0xff, 0]);
    assert_eq!(
        batch.column(12).as_primitive::<Date32Type>().value(0),
        20_785
    );
    let hour = batch
        .column(13)
        .as_primitive::<Time64MicrosecondType>()
        .value(0);
    assert_eq!(hour, 45_000_000_001);
    for column in [14, 15] {
        let at = batch
            .column(column)
            .as_primitive::<TimestampMicrosecondType>();
        assert_eq!(at.value(0), 1_000_000);
    }
    assert_eq!((text(16), text(17)), ("{1,NULL}", "1 day 02:00:00"));
    for array in &batch.columns()[1..] {
        assert!(array.is_null(1));
    }
    assert_eq!(rows(&read(source, "housing.open_kinds", None).unwrap()), 1);
    assert_eq!(rows(&read(source, "housing.kinds", Some(1)).unwrap()), 1);
    assert_eq!(rows(&read(source, "housing.区", None).unwrap()), 0);
}

fn a_value_of_five_megabytes_is_read(source: &PostgresSource) {
    let batches = read(source, "housing.broad", None).unwrap();
    let text = batches[0].column(0).as_string::<i32>().value(0);
    assert_eq!(text.chars().count(), 5 * 1024 * 1024 / 3);
}

fn a_value_that_cannot_be_taken_over_is_named(source: &PostgresSource) {
    let result = read(source, "housing.odd", None);
    let error = fails(result, ErrorCode::SourceUnavailable, "source-value-unfit");
    let param = |name| error.message().param(name).cloned();
    assert_eq!(param("column"), Some("price".into()));
    assert_eq!(param("row"), Some(2_u64.into()));
}

fn a_reader_stops_when_it_wants(source: &PostgresSource) {
    let mut count = 0;
    let stopped = source.read("housing.series", None, &|| true, &mut |batch| {
        count += batch.num_rows();
        Ok(ControlFlow::Break(()))
    });
    assert_eq!((stopped, count), (Ok(()), 8_192));
    let is_waiting = Cell::new(true);
    let left = source.read("housing.series", None, &|| is_waiting.get(), &mut |_| {
        is_waiting.set(false);
        Ok(ControlFlow::Continue(()))
    });
    fails(left, ErrorCode::Unavailable, "caller-gone");
    assert_eq!(
        rows(&read(source, "housing.series", None).unwrap()),
        100_000
    );
}

fn rows_deleted_meanwhile_are_read(server: &Server, source: &PostgresSource) {
    let mut admin = server.admin("postgres");
    let mut count = 0;
    let read = source.read("housing.series", None, &|| true, &mut |batch| {
        if count == 0 {
            admin.batch_execute("DELETE FROM housing.series").unwrap();
        }
        count += batch.num_rows();
        Ok(ControlFlow::Continue(()))
    });
    assert_eq!((read, count), (Ok(()), 100_000));
}

fn names_that_are_unknown_are_not_found(source: &PostgresSource) {
    for (table, message) in [
        ("housing.missing", "postgresql-table-missing"),
        ("pg_catalog.pg_class", "postgresql-table-missing"),
        ("kinds", "postgresql-table-name-malformed"),
    ] {
        let schema = source.schema(table, &|| true);
        fails(schema, ErrorCode::NotFound, message);
    }
    let missing = read(source, "housing.missing", None);
    let message = "postgresql-statement-table-missing";
    fails(missing, ErrorCode::NotFound, message);
}

fn the_text_of_a_function_is_not_shown(server: &Server) {
    let create = "
        CREATE FUNCTION hidden.fail(id int) RETURNS int LANGUAGE plpgsql
            AS $$ BEGIN RAISE EXCEPTION 'the value is %', id; END $$;
        CREATE VIEW hidden.failing AS SELECT hidden.fail(id) AS id FROM housing.odd";
    server.admin("postgres").batch_execute(create).unwrap();
    let source = PostgresSource::new(server.settings_of_admin());
    let failed = read(&source, "hidden.failing", None);
    fails(
        failed,
        ErrorCode::SourceUnavailable,
        "postgresql-value-failed",
    );
}

fn a_locked_table_is_given_up(server: &Server) {
    let mut admin = server.admin("postgres");
    let mut lock = admin.transaction().unwrap();
    lock.batch_execute("LOCK TABLE housing.kinds IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let source = PostgresSource {
        lock_timeout: Duration::from_millis(50),
        ..PostgresSource::new(server.settings("reader", "secret"))
    };
    let locked = read(&source, "housing.kinds", None);
    fails(
        locked,
        ErrorCode::SourceUnavailable,
        "postgresql-table-locked",
    );
    lock.rollback().unwrap();
    assert_eq!(rows(&read(&source, "housing.kinds", None).unwrap()), 2);
}

fn rights_are_judged(server: &Server) {
    let warnings = |settings: DatabaseSettings| -> Vec<String> {
        let found = PostgresSource::new(settings).check(&|| true).unwrap();
        let warnings = found.iter().filter(|finding| finding.is_warning);
        warnings
            .map(|finding| finding.message.code().to_owned())
            .collect()
    };
    assert!(warnings(server.settings("reader", "secret")).is_empty());
    assert_eq!(
        warnings(server.settings("writer", "secret")),
        ["postgresql-check-writable", "postgresql-check-creating"]
    );
    assert_eq!(
        warnings(server.settings_of_admin()),
        ["postgresql-check-superuser"]
    );
    let writer = PostgresSource::new(server.settings("writer", "secret"));
    let columns = writer.schema("housing.partial", &|| true).unwrap().columns;
    assert_eq!(columns.len(), 1);
    let batches = read(&writer, "housing.partial", None).unwrap();
    assert_eq!(batches[0].column(0).as_primitive::<Int64Type>().value(0), 1);
}

fn rights_can_be_revoked(server: &Server, source: &PostgresSource) {
    let mut admin = server.admin("postgres");
    admin
        .batch_execute("REVOKE SELECT ON housing.kinds FROM reader")
        .unwrap();
    let schema = source.schema("housing.kinds", &|| true);
    fails(
        schema,
        ErrorCode::SourceUnavailable,
        "postgresql-table-not-readable",
    );
    let read = read(source, "housing.kinds", None);
    fails(
        read,
        ErrorCode::SourceUnavailable,
        "postgresql-right-missing",
    );
}

fn connections_that_fail_say_why(server: &Server) {
    let right = || server.settings("reader", "secret");
    let wrong_database = DatabaseSettings {
        database: "missing".to_owned(),
        ..right()
    };
    let wrong_port = DatabaseSettings {
        port: free_port(),
        ..right()
    };
    let without_password = DatabaseSettings {
        password: PasswordFrom::None,
        ..right()
    };
    for (settings, message) in [
        (
            server.settings("reader", "wrong-secret"),
            "postgresql-password-refused",
        ),
        (wrong_database, "postgresql-database-missing"),
        (wrong_port, "postgresql-unreachable"),
        (without_password, "postgresql-login-refused"),
    ] {
        let checked = PostgresSource::new(settings).check(&|| true);
        fails(checked, ErrorCode::SourceUnavailable, message);
    }
}

fn texts_without_encoding_must_be_utf_8(server: &Server) {
    let create = "CREATE DATABASE raw ENCODING 'SQL_ASCII' TEMPLATE template0";
    server.admin("postgres").batch_execute(create).unwrap();
    let fill = "CREATE TABLE public.names AS SELECT chr(255) AS name";
    server.admin("raw").batch_execute(fill).unwrap();
    let source = PostgresSource::new(DatabaseSettings {
        database: "raw".to_owned(),
        ..server.settings_of_admin()
    });
    let names = read(&source, "public.names", None);
    fails(
        names,
        ErrorCode::SourceUnavailable,
        "postgresql-text-not-convertible",
    );
    let found = source.check(&|| true).unwrap();
    let code = "postgresql-check-no-encoding";
    assert!(
        found
            .iter()
            .any(|finding| finding.is_warning && finding.message.code() == code)
    );
}

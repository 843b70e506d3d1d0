//! Real database servers are read through Debian's drivers: successes and failures.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use arrow_array::{Array as _, RecordBatch};
use chengji_domain::ErrorCode;
use chengji_domain::table::ColumnType;

use super::*;
use crate::conformance;
use crate::database::settings::DatabaseSettings;
use crate::{mysql, postgresql};

/// The folders of libraries, one of them for each architecture.
const LIBRARIES: &str = "/usr/lib";
/// The driver of PostgreSQL.
const OF_POSTGRESQL: &str = "psqlodbcw.so";
/// The driver of MariaDB.
const OF_MARIADB: &str = "libmaodbc.so";

const POSTGRESQL: &str = "
    CREATE SCHEMA suite;
    CREATE SCHEMA housing;
    CREATE ROLE reader LOGIN PASSWORD 'secret;+%41';
    CREATE TABLE suite.long AS SELECT i AS id, 'x' AS text FROM generate_series(1, 20000) i;
    CREATE TABLE suite.empty (id int);
    CREATE TABLE housing.kinds (
        id int NOT NULL, large bigint, exact numeric(38,10), single double precision,
        code varchar(18), document text, raw bytea, day date, hour time(6), at timestamp(6));
    INSERT INTO housing.kinds VALUES (
        -2, 9007199254740993, -1234567890123456789012345678.0123456789, 0.5,
        '91430100', '城际', '\\xff00', '2026-11-28', '12:30:00', '1970-01-01 00:00:01');
    INSERT INTO housing.kinds (id) VALUES (1);
    CREATE TABLE housing.\"区 \"\"1\"\"\" (id int);
    CREATE VIEW housing.slow AS SELECT pg_sleep(50) IS NULL AS s;
    CREATE VIEW housing.broken AS SELECT 1 / (id - 1) AS quotient FROM housing.kinds;
    CREATE TABLE housing.broad AS SELECT repeat('城', 1747626) AS text;
    CREATE TABLE housing.cut (id int, text varchar);
    INSERT INTO housing.cut VALUES (1, 'x'), (2, repeat('x', 5000));
    GRANT USAGE ON SCHEMA suite, housing TO reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA suite, housing TO reader";

const MARIADB: &str = "
    CREATE DATABASE suite;
    CREATE DATABASE old CHARACTER SET gbk;
    CREATE USER reader IDENTIFIED BY 'secret';
    CREATE TABLE suite.`long` AS SELECT seq AS id, 'x' AS text FROM suite.seq_1_to_20000;
    CREATE TABLE suite.empty (id int);
    CREATE TABLE old.names (
        name varchar(20) COMMENT 'full name', free bigint unsigned, exact decimal(38,10));
    INSERT INTO old.names VALUES ('长沙市', 18446744073709551615, -0.5), (NULL, 1, NULL);
    SET SESSION sql_mode = '';
    CREATE TABLE old.days (id int, day date NOT NULL);
    INSERT INTO old.days VALUES (1, '2026-11-28'), (2, '0000-00-00');
    GRANT SELECT ON suite.* TO reader;
    GRANT SELECT ON old.* TO reader";

/// Finds a driver, if there is the program that loads it.
fn driver(file: &str) -> Option<(PathBuf, PathBuf)> {
    let own = std::env::current_exe().unwrap();
    let program = own.ancestors().nth(2).unwrap().join("chengji-odbc");
    if !program.is_file() {
        eprintln!("SKIPPED: {} has not been built", program.display());
        return None;
    }
    let folders = std::fs::read_dir(LIBRARIES).unwrap().filter_map(Result::ok);
    let mut files = folders.map(|folder| folder.path().join("odbc").join(file));
    let Some(driver) = files.find(|file| file.is_file()) else {
        eprintln!("SKIPPED: {LIBRARIES} has no ODBC driver {file}");
        return None;
    };
    Some((program, driver))
}

fn source(program: &Path, connection: String, schema: &str, of: &DatabaseSettings) -> OdbcSource {
    OdbcSource {
        program: program.to_owned(),
        ..OdbcSource::new(OdbcSettings {
            connection,
            schema: (!schema.is_empty()).then(|| schema.to_owned()),
            user: Some(of.user.clone()),
            password: of.password.clone(),
            statement_seconds: 60,
        })
    }
}

/// Returns true if the driver manager is missing.
fn is_unmanaged(source: &OdbcSource) -> bool {
    let checked = source
        .check(&|| true)
        .map_err(|error| error.message().code().to_owned());
    let is_missing = checked.is_err_and(|code| code == "odbc-manager-missing");
    if is_missing {
        eprintln!("SKIPPED: there is no driver manager of ODBC, libodbc.so.2");
    }
    is_missing
}

fn read(source: &OdbcSource, table: &str) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    source.read(table, None, &|| true, &mut |batch| {
        batches.push(batch);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(batches)
}

fn fails(result: Result<impl Sized>, code: ErrorCode, message: &str) {
    let error = result.map(drop).unwrap_err();
    assert_eq!((error.code(), error.message().code()), (code, message));
}

#[test]
fn a_database_of_postgresql_is_read_through_its_driver() {
    let Some((program, driver)) = driver(OF_POSTGRESQL) else {
        return;
    };
    let Some(server) = postgresql::test_server::Server::start() else {
        return;
    };
    server.admin("postgres").batch_execute(POSTGRESQL).unwrap();
    let settings = server.settings("reader", "secret;+%41");
    let connection = |port: u16| {
        let DatabaseSettings { host, database, .. } = &settings;
        let driver = driver.display();
        format!(
            "Driver={driver};Servername={host};Port={port};Database={database};UseDeclareFetch=1"
        )
    };
    let of = |schema: &str| source(&program, connection(settings.port), schema, &settings);
    let suite = of("suite");
    if is_unmanaged(&suite) {
        return;
    }
    conformance::check(&suite, &["empty", "long"], "empty");
    names_have_their_schema(&of(""));
    let housing = of("housing");
    values_of_postgresql_keep_their_form(&housing);
    bad_days(&housing);

    let unreachable = source(&program, connection(1), "", &settings);
    let checked = unreachable.check(&|| true);
    fails(checked, ErrorCode::SourceUnavailable, "odbc-unreachable");
    let no_driver = source(&program, "Driver=/nowhere.so".to_owned(), "", &settings);
    let checked = no_driver.check(&|| true);
    fails(checked, ErrorCode::SourceUnavailable, "odbc-driver-missing");
}

fn names_have_their_schema(source: &OdbcSource) {
    let tables = source.tables(Some("housing.kinds"), 3, &|| true).unwrap();
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names[..2], ["housing.slow", "housing.区 \"1\""]);
    assert!(tables[0].is_view && !tables[1].is_view);
    assert_eq!(read(source, "housing.区 \"1\"").unwrap().len(), 0);
}

fn values_of_postgresql_keep_their_form(source: &OdbcSource) {
    let columns = source.schema("kinds", &|| true).unwrap().columns;
    let types: Vec<ColumnType> = columns.iter().map(|column| column.column_type).collect();
    let expected = [
        ColumnType::Integer,
        ColumnType::Integer,
        ColumnType::Decimal,
        ColumnType::Float,
        ColumnType::Text,
        ColumnType::Text,
        ColumnType::Bytes,
        ColumnType::Date,
        ColumnType::Time,
        ColumnType::Timestamp,
    ];
    assert_eq!(types, expected);
    assert_eq!(columns[4].max_length, Some(18));
    let batches = read(source, "kinds").unwrap();
    let batch = &batches[0];
    let number = |column: usize| batch.column(column).as_primitive::<Int64Type>().value(0);
    assert_eq!((number(0), number(1)), (-2, 9_007_199_254_740_993));
    let exact = batch.column(2).as_primitive::<Decimal128Type>().value(0);
    assert_eq!(exact, -12_345_678_901_234_567_890_123_456_780_123_456_789);
    assert_eq!(batch.column(3).as_primitive::<Float64Type>().value(0), 0.5);
    let text = |column: usize| batch.column(column).as_string::<i32>().value(0);
    assert_eq!((text(4), text(5)), ("91430100", "城际"));
    assert_eq!(batch.column(6).as_binary::<i32>().value(0), [0xff, 0]);
    let day = batch.column(7).as_primitive::<Date32Type>().value(0);
    assert_eq!(day, 20_785);
    let hour = batch.column(8).as_primitive::<Time64MicrosecondType>();
    assert_eq!(hour.value(0), 45_000_000_000);
    let at = batch.column(9).as_primitive::<TimestampMicrosecondType>();
    assert_eq!(at.value(0), 1_000_000);
    for array in &batch.columns()[1..] {
        assert!(array.is_null(1));
    }
    let broad = read(source, "broad").unwrap();
    let text = broad[0].column(0).as_string::<i32>().value(0);
    assert_eq!(text.chars().count(), 1_747_626);
}

fn bad_days(source: &OdbcSource) {
    // The driver assumes a length for texts without one, unless it knows the longest.
    match read(source, "cut") {
        Ok(batches) => {
            let text = batches[0].column(1).as_string::<i32>();
            assert_eq!(text.value(1).len(), 5_000);
        }
        Err(error) => {
            assert_eq!(error.message().code(), "odbc-value-unfit");
            assert_eq!(error.message().param("row").cloned(), Some(2_u64.into()));
        }
    }
    let broken = read(source, "broken");
    let message = "odbc-statement-failed";
    fails(broken, ErrorCode::SourceUnavailable, message);
    let asked = std::cell::Cell::new(0);
    let waits = || {
        asked.set(asked.get() + 1);
        asked.get() < 5
    };
    let left = source.read("slow", None, &waits, &mut |_| Ok(ControlFlow::Continue(())));
    fails(left, ErrorCode::Unavailable, "caller-gone");
    let hasty = OdbcSource {
        program: source.program.clone(),
        ..OdbcSource::new(OdbcSettings {
            statement_seconds: 1,
            ..source.settings.clone()
        })
    };
    let stopped = read(&hasty, "slow");
    let message = "odbc-statement-stopped";
    fails(stopped, ErrorCode::SourceUnavailable, message);
}

#[test]
fn a_database_of_mariadb_is_read_through_its_driver() {
    let Some((program, driver)) = driver(OF_MARIADB) else {
        return;
    };
    let Some(server) = mysql::test_server::Server::start() else {
        return;
    };
    server.admin().execute(MARIADB);
    let of = |database: &str, password: &str| {
        let settings = server.settings(database, "reader", password);
        let DatabaseSettings { host, port, .. } = &settings;
        let driver = driver.display();
        let connection = format!(
            "Driver={driver};Server={host};Port={port};Database={database};NO_CACHE=1;FORWARDONLY=1"
        );
        source(&program, connection, "", &settings)
    };
    let suite = of("suite", "secret");
    if is_unmanaged(&suite) {
        return;
    }
    conformance::check(&suite, &["empty", "long"], "empty");

    let old = of("old", "secret");
    let columns = old.schema("names", &|| true).unwrap().columns;
    assert_eq!(columns[0].column_type, ColumnType::Text);
    let name = (columns[0].max_length, columns[0].comment.as_str());
    assert_eq!(name, (Some(20), "full name"));
    assert_eq!(columns[2].column_type, ColumnType::Decimal);
    let batches = read(&old, "names").unwrap();
    let batch = &batches[0];
    let names = batch.column(0).as_string::<i32>();
    assert_eq!((names.value(0), names.is_null(1)), ("长沙市", true));
    let units = |column: usize| batch.column(column).as_primitive::<Decimal128Type>();
    assert_eq!(units(1).value(0), u64::MAX.into());
    assert_eq!(units(2).value(0), -5_000_000_000);
    let zero = read(&old, "days");
    fails(zero, ErrorCode::SourceUnavailable, "odbc-value-unfit");

    let refused = of("suite", "wrong").check(&|| true);
    fails(refused, ErrorCode::SourceUnavailable, "odbc-login-refused");
}

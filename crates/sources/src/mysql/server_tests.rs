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
use chengji_domain::{Error, ErrorCode};

use super::test_server::Server;
use super::*;
use crate::conformance;
use crate::database::password::PasswordFrom;
use crate::database::test_programs::free_port;

const TABLES: &str = "
    CREATE DATABASE housing;
    CREATE DATABASE suite;
    CREATE DATABASE old CHARACTER SET gbk;
    CREATE DATABASE older CHARACTER SET latin1;
    CREATE USER reader IDENTIFIED BY 'secret';
    CREATE USER writer IDENTIFIED BY 'secret';
    USE housing;
    CREATE TABLE kinds (
        yes bit(1) NOT NULL, small tinyint(1), large bigint, free bigint unsigned,
        exact decimal(38,10), wide decimal(50,2), single float,
        code varchar(18) COMMENT 'credit code', fixed char(5), document json,
        state enum('open','closed'), flags set('a','b'), raw varbinary(9), bits bit(10),
        day date, hour time(6), at datetime(6), zoned timestamp(6) NULL, born year,
        place point) COMMENT 'all kinds';
    INSERT INTO kinds VALUES (
        b'1', -2, 9007199254740993, 18446744073709551615,
        -1234567890123456789012345678.0123456789, 1.50, 0.5,
        '91430100', 'ab', '{\"a\": 1}', 'open', 'a,b', x'ff00', b'1000000101',
        '2026-11-28', '12:30:00.000001', '1970-01-01 00:00:01', '1970-01-01 08:00:01', 2026,
        ST_GeomFromText('POINT(1 2)'));
    INSERT INTO kinds (yes) VALUES (b'0');
    CREATE TABLE `Permits.2026` (id int);
    CREATE TABLE `区` (id int);
    CREATE VIEW open_kinds AS SELECT code FROM kinds WHERE state = 'open';
    CREATE TABLE series AS SELECT seq AS id, REPEAT('x', 200) AS filler FROM seq_1_to_100000;
    CREATE TABLE broad AS SELECT REPEAT('城', 1747626) AS text;
    CREATE VIEW slow AS SELECT SLEEP(50) AS s;
    CREATE TABLE hours (id int, hour time);
    INSERT INTO hours VALUES (1, '23:59:59'), (2, '800:00:00');
    CREATE TABLE partial (open int, closed int);
    INSERT INTO partial VALUES (1, 2);
    SET SESSION sql_mode = '';
    CREATE TABLE days (id int, day date NOT NULL);
    INSERT INTO days VALUES (1, '2026-11-28'), (2, '0000-00-00');
    CREATE TABLE old.names (name varchar(20));
    INSERT INTO old.names VALUES ('长沙市');
    CREATE TABLE suite.`long` AS SELECT seq AS id, 'x' AS text FROM seq_1_to_20000;
    CREATE TABLE suite.empty (id int);
    GRANT SELECT ON housing.* TO reader;
    GRANT SELECT ON suite.* TO reader;
    GRANT SELECT ON old.* TO reader;
    GRANT SELECT ON older.* TO reader;
    GRANT SELECT (open), INSERT (closed) ON housing.partial TO writer";

/// A view that calls a function, which the reader may not execute.
const GRADED: [&str; 2] = [
    "CREATE FUNCTION housing.grade(n INT) RETURNS INT DETERMINISTIC RETURN n + 1",
    "CREATE SQL SECURITY INVOKER VIEW housing.graded AS SELECT housing.grade(id) AS grade \
        FROM housing.series",
];

/// A view that fails with an error whose text quotes a value.
const FAILING: [&str; 2] = [
    "USE housing",
    "CREATE VIEW failing AS SELECT POW(10, 400 + id + LENGTH('wrong-secret')) AS id FROM hours",
];

#[test]
fn a_database_is_read_on_good_days_and_bad_ones() {
    let Some(server) = Server::start() else {
        return;
    };
    server.admin().execute(TABLES);
    let suite = MysqlSource::new(server.settings("suite", "reader", "secret"));
    conformance::check(&suite, &["empty", "long"], "empty");
    let source = MysqlSource::new(server.settings("housing", "reader", "secret"));
    tables_are_listed_in_pages(&source);
    columns_are_described(&source);
    values_keep_their_exact_form(&source);
    texts_of_other_encodings_are_converted(&server);
    a_value_of_five_megabytes_is_read(&source);
    values_that_cannot_be_taken_over_are_named(&source);
    a_connection_that_is_killed_ends_the_reading(&server, &source);
    rows_deleted_meanwhile_are_read(&server, &source);
    a_caller_that_is_gone_ends_the_statement(&server, &source);
    a_statement_ends_at_its_limit(&server);
    the_text_of_an_error_is_not_shown(&server, &source);
    a_view_whose_function_may_not_be_executed_says_so(&server, &source);
    a_locked_table_is_given_up(&server);
    rights_are_judged(&server);
    rights_can_be_revoked(&server, &source);
    connections_that_fail_say_why(&server);
    the_certificate_of_the_server_is_verified(&server);
    bad_days_tests::check(&server, &suite);
}

pub(super) fn read(
    source: &MysqlSource,
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

fn fails(result: Result<impl Sized>, code: ErrorCode, message: &str) -> Error {
    let error = result.map(drop).unwrap_err();
    assert_eq!((error.code(), error.message().code()), (code, message));
    assert!(!format!("{error:?}").contains("wrong-secret"));
    error
}

fn warnings(settings: DatabaseSettings) -> Vec<String> {
    let found = MysqlSource::new(settings).check(&|| true).unwrap();
    let warnings = found.iter().filter(|finding| finding.is_warning);
    warnings
        .map(|finding| finding.message.code().to_owned())
        .collect()
}

fn tables_are_listed_in_pages(source: &MysqlSource) {
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
        "Permits.2026",
        "broad",
        "days",
        "hours",
        "kinds",
        "open_kinds",
        "partial",
        "series",
        "slow",
        "区",
    ];
    assert_eq!(names, expected);
    assert_eq!(listed[4].comment, "all kinds");
    assert!(listed[5].is_view && listed[5].rows.is_none() && listed[5].comment.is_empty());
    for name in names {
        source.schema(name, &|| true).unwrap();
    }
    let missing = source.schema("Kinds", &|| true);
    fails(missing, ErrorCode::NotFound, "mysql-table-missing");
}

fn columns_are_described(source: &MysqlSource) {
    let columns = source.schema("kinds", &|| true).unwrap().columns;
    assert_eq!(columns.len(), 20);
    assert!(!columns[0].is_nullable && columns[1].is_nullable);
    let types: Vec<ColumnType> = columns.iter().map(|column| column.column_type).collect();
    let expected = [
        ColumnType::Boolean,
        ColumnType::Integer,
        ColumnType::Integer,
        ColumnType::Decimal,
        ColumnType::Decimal,
        ColumnType::Decimal,
        ColumnType::Float,
    ];
    assert_eq!(types[..7], expected);
    assert_eq!(columns[4].native_type, "decimal(38,10)");
    let code = &columns[7];
    assert_eq!(
        (code.max_length, code.comment.as_str()),
        (Some(18), "credit code")
    );
    assert_eq!(columns[10].native_type, "enum");
    assert!(!columns[16].is_zoned() && columns[17].is_zoned());
    assert_eq!(types[19], ColumnType::Bytes);
}

fn values_keep_their_exact_form(source: &MysqlSource) {
    let batches = read(source, "kinds", None).unwrap();
    let batch = &batches[0];
    assert_eq!((batches.len(), batch.num_rows()), (1, 2));
    let text = |column: usize| batch.column(column).as_string::<i32>().value(0);
    let number = |column: usize| batch.column(column).as_primitive::<Int64Type>().value(0);
    let units = |column: usize| {
        let column = batch.column(column);
        column.as_primitive::<Decimal128Type>().value(0)
    };
    assert!(batch.column(0).as_boolean().value(0));
    assert_eq!((number(1), number(2)), (-2, 9_007_199_254_740_993));
    assert_eq!(units(3), u64::MAX.into());
    assert_eq!(
        units(4),
        -12_345_678_901_234_567_890_123_456_780_123_456_789
    );
    assert_eq!(text(5), "1.50");
    assert_eq!(batch.column(6).as_primitive::<Float64Type>().value(0), 0.5);
    assert_eq!((text(7), text(8)), ("91430100", "ab"));
    assert_eq!((text(9), text(10), text(11)), ("{\"a\": 1}", "open", "a,b"));
    assert_eq!(batch.column(12).as_binary::<i32>().value(0), [0xff, 0]);
    assert_eq!(text(13), "1000000101");
    let day = batch.column(14).as_primitive::<Date32Type>().value(0);
    assert_eq!(day, 20_785);
    let hour = batch.column(15).as_primitive::<Time64MicrosecondType>();
    assert_eq!(hour.value(0), 45_000_000_001);
    for column in [16, 17] {
        let column = batch.column(column);
        let at = column.as_primitive::<TimestampMicrosecondType>();
        assert_eq!(at.value(0), 1_000_000);
    }
    assert_eq!(number(18), 2026);
    let place = batch.column(19).as_binary::<i32>().value(0);
    let point = [
        &[1_u8, 1, 0, 0, 0][..],
        &1_f64.to_le_bytes(),
        &2_f64.to_le_bytes(),
    ];
    assert_eq!(place, point.concat());
    for array in &batch.columns()[1..] {
        assert!(array.is_null(1));
    }
    assert_eq!(rows(&read(source, "open_kinds", None).unwrap()), 1);
    assert_eq!(rows(&read(source, "区", None).unwrap()), 0);
}

fn texts_of_other_encodings_are_converted(server: &Server) {
    let source = MysqlSource::new(server.settings("old", "reader", "secret"));
    let batches = read(&source, "names", None).unwrap();
    let name = batches[0].column(0).as_string::<i32>().value(0);
    assert_eq!(name, "长沙市");
    let found = warnings(server.settings("older", "reader", "secret"));
    let expected = ["mysql-check-doubtful-encoding", "mysql-check-no-tables"];
    assert_eq!(found, expected);
}

fn a_value_of_five_megabytes_is_read(source: &MysqlSource) {
    let batches = read(source, "broad", None).unwrap();
    let text = batches[0].column(0).as_string::<i32>().value(0);
    assert_eq!(text.chars().count(), 1_747_626);
}

fn values_that_cannot_be_taken_over_are_named(source: &MysqlSource) {
    for (table, column, reason) in [
        ("days", "day", "source-value-no-such-day"),
        ("hours", "hour", "source-value-out-of-range"),
    ] {
        let result = read(source, table, None);
        let error = fails(result, ErrorCode::SourceUnavailable, "source-value-unfit");
        let param = |name| error.message().param(name).cloned();
        assert_eq!(param("column"), Some(column.into()));
        assert_eq!(param("row"), Some(2_u64.into()));
        assert!(format!("{:?}", param("reason")).contains(reason));
    }
}

fn a_connection_that_is_killed_ends_the_reading(server: &Server, source: &MysqlSource) {
    let mut admin = server.admin();
    let mut count = 0;
    let read = source.read("series", None, &|| true, &mut |batch| {
        if count == 0 {
            admin.execute("KILL USER reader");
        }
        count += batch.num_rows();
        Ok(ControlFlow::Continue(()))
    });
    let error = read.unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert!((1..100_000).contains(&count));
}

fn rows_deleted_meanwhile_are_read(server: &Server, source: &MysqlSource) {
    let mut admin = server.admin();
    let mut count = 0;
    let read = source.read("series", None, &|| true, &mut |batch| {
        if count == 0 {
            admin.execute("DELETE FROM housing.series");
        }
        count += batch.num_rows();
        Ok(ControlFlow::Continue(()))
    });
    assert_eq!((read, count), (Ok(()), 100_000));
}

fn a_caller_that_is_gone_ends_the_statement(server: &Server, source: &MysqlSource) {
    let asked = Cell::new(0);
    let waits = || {
        asked.set(asked.get() + 1);
        asked.get() < 5
    };
    let left = source.read("slow", None, &waits, &mut |_| Ok(ControlFlow::Continue(())));
    fails(left, ErrorCode::Unavailable, "caller-gone");
    let sleeping = "SELECT COUNT(*) FROM information_schema.PROCESSLIST \
        WHERE USER = 'reader' AND STATE = 'User sleep'";
    assert_eq!(server.admin().numbers(sleeping), [0]);
}

fn a_statement_ends_at_its_limit(server: &Server) {
    let source = MysqlSource::new(DatabaseSettings {
        statement_seconds: 1,
        ..server.settings("housing", "reader", "secret")
    });
    let stopped = read(&source, "slow", None);
    let message = "mysql-statement-stopped";
    fails(stopped, ErrorCode::SourceUnavailable, message);
}

fn the_text_of_an_error_is_not_shown(server: &Server, source: &MysqlSource) {
    let mut admin = server.admin();
    for statement in FAILING {
        admin.execute(statement);
    }
    let failed = read(source, "failing", None);
    let message = "mysql-statement-failed";
    fails(failed, ErrorCode::SourceUnavailable, message);
    admin.execute("DROP TABLE housing.hours");
    let invalid = read(source, "failing", None);
    let message = "mysql-view-invalid";
    fails(invalid, ErrorCode::SourceUnavailable, message);
}

fn a_view_whose_function_may_not_be_executed_says_so(server: &Server, source: &MysqlSource) {
    let mut admin = server.admin();
    for statement in GRADED {
        admin.execute(statement);
    }
    let described = source.schema("graded", &|| true).unwrap_err();
    assert_eq!(described.code(), ErrorCode::SourceUnavailable);
    // The server names the function only to accounts that may see the definition of the view.
    let code = described.message().code();
    assert!(
        ["mysql-right-missing", "mysql-view-invalid"].contains(&code),
        "{code}"
    );
    assert!(described.message().param("cause").is_some());
}

fn a_locked_table_is_given_up(server: &Server) {
    let mut admin = server.admin();
    admin.execute("LOCK TABLES housing.kinds WRITE");
    let source = MysqlSource {
        lock_seconds: 0,
        ..MysqlSource::new(server.settings("housing", "reader", "secret"))
    };
    let locked = read(&source, "kinds", None);
    fails(locked, ErrorCode::SourceUnavailable, "mysql-table-locked");
    admin.execute("UNLOCK TABLES");
    assert_eq!(rows(&read(&source, "kinds", None).unwrap()), 2);
}

fn rights_are_judged(server: &Server) {
    let of = |user| warnings(server.settings("housing", user, "secret"));
    assert_eq!(of("writer"), ["mysql-check-rights"]);
    let of_admin = warnings(server.settings_of_admin("housing"));
    assert_eq!(of_admin, ["mysql-check-rights"]);
    let writer = MysqlSource::new(server.settings("housing", "writer", "secret"));
    let columns = writer.schema("partial", &|| true).unwrap().columns;
    assert_eq!(columns.len(), 1);
    let batches = read(&writer, "partial", None).unwrap();
    assert_eq!(batches[0].column(0).as_primitive::<Int64Type>().value(0), 1);
}

fn rights_can_be_revoked(server: &Server, source: &MysqlSource) {
    let revoke = "REVOKE SELECT (open) ON housing.partial FROM writer";
    server.admin().execute(revoke);
    let writer = MysqlSource::new(server.settings("housing", "writer", "secret"));
    let read = read(&writer, "partial", None);
    fails(read, ErrorCode::SourceUnavailable, "mysql-right-missing");
    server
        .admin()
        .execute("REVOKE SELECT ON housing.* FROM reader");
    let schema = source.schema("kinds", &|| true);
    let message = "mysql-database-refused";
    fails(schema, ErrorCode::SourceUnavailable, message);
}

fn connections_that_fail_say_why(server: &Server) {
    let right = || server.settings("suite", "reader", "secret");
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
            server.settings("suite", "reader", "wrong-secret"),
            "mysql-login-refused",
        ),
        (
            server.settings("missing", "reader", "secret"),
            "mysql-database-refused",
        ),
        (wrong_port, "mysql-unreachable"),
        (without_password, "mysql-login-refused"),
    ] {
        let checked = MysqlSource::new(settings).check(&|| true);
        fails(checked, ErrorCode::SourceUnavailable, message);
    }
}

fn the_certificate_of_the_server_is_verified(server: &Server) {
    let encrypted = |host: &str| DatabaseSettings {
        host: host.to_owned(),
        tls_required: true,
        ca: Some(server.ca()),
        ..server.settings("suite", "reader", "secret")
    };
    let source = MysqlSource::new(encrypted("127.0.0.1"));
    let found = source.check(&|| true).unwrap();
    let is_encrypted = |finding: &Finding| finding.message.code() == "mysql-check-encrypted";
    assert!(found.iter().any(is_encrypted));
    assert_eq!(rows(&read(&source, "long", None).unwrap()), 20_000);
    let other_name = MysqlSource::new(encrypted("localhost")).check(&|| true);
    let message = "mysql-tls-failed";
    fails(other_name, ErrorCode::SourceUnavailable, message);
}

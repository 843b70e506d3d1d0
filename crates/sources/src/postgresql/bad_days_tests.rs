//! Failures while a database is read: connections that are ended, a password that is changed, a restart. They use the server
//! of `server_tests`.

use std::ops::ControlFlow;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;

use super::server_tests::{fails, read};
use super::test_server::Server;
use super::*;

/// Rows of the table that is larger than what the connection holds.
const WIDE: usize = 50_000;

/// The table, and an account that reads it.
const TABLES: &str = "
    CREATE TABLE housing.wide AS
        SELECT n AS id, repeat('x', 1000) AS text FROM generate_series(1, 50000) n;
    CREATE ROLE guest LOGIN PASSWORD 'before';
    GRANT USAGE ON SCHEMA housing TO guest;
    GRANT SELECT ON housing.wide TO guest, reader";

pub(super) fn check(server: &Server, source: &PostgresSource) {
    server.admin("postgres").batch_execute(TABLES).unwrap();
    a_connection_that_is_ended_ends_the_reading(server, source);
    a_password_that_is_changed_is_refused_to_the_next_reader(server);
    texts_of_a_chinese_encoding_are_converted(server);
    a_restart_ends_the_reading_and_nothing_else(server, source);
}

/// Reads the wide table, does something after the first batch, and counts the rows.
fn during(source: &PostgresSource, act: impl FnOnce()) -> (Result<()>, usize) {
    let (mut act, mut count) = (Some(act), 0);
    let read = source.read("housing.wide", None, &|| true, &mut |batch| {
        if let Some(act) = act.take() {
            act();
        }
        count += batch.num_rows();
        Ok(ControlFlow::Continue(()))
    });
    (read, count)
}

fn a_connection_that_is_ended_ends_the_reading(server: &Server, source: &PostgresSource) {
    let mut admin = server.admin("postgres");
    let (read, count) = during(source, || {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'";
        admin.batch_execute(end).unwrap();
    });
    let error = read.unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert!((1..WIDE).contains(&count), "{count}");
}

fn a_password_that_is_changed_is_refused_to_the_next_reader(server: &Server) {
    let source = PostgresSource::new(server.settings("guest", "before"));
    let mut admin = server.admin("postgres");
    let (read, count) = during(&source, || {
        let change = "ALTER ROLE guest PASSWORD 'after'";
        admin.batch_execute(change).unwrap();
    });
    assert_eq!((read, count), (Ok(()), WIDE));
    fails(
        source.check(&|| true),
        ErrorCode::SourceUnavailable,
        "postgresql-password-refused",
    );
    let with_the_new_one = PostgresSource::new(server.settings("guest", "after"));
    assert!(with_the_new_one.check(&|| true).is_ok());
}

fn texts_of_a_chinese_encoding_are_converted(server: &Server) {
    let create = "CREATE DATABASE gb ENCODING 'EUC_CN' TEMPLATE template0";
    server.admin("postgres").batch_execute(create).unwrap();
    let fill = "CREATE TABLE public.names AS SELECT '长沙市'::text AS name";
    server.admin("gb").batch_execute(fill).unwrap();
    let source = PostgresSource::new(DatabaseSettings {
        database: "gb".to_owned(),
        ..server.settings_of_admin()
    });
    let batches = read(&source, "public.names", None).unwrap();
    let names = batches[0].column(0).as_string::<i32>();
    assert_eq!(names.value(0), "长沙市");
}

fn a_restart_ends_the_reading_and_nothing_else(server: &Server, source: &PostgresSource) {
    let (interrupted, count) = during(source, || server.restart());
    let error = interrupted.unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert!((1..WIDE).contains(&count), "{count}");
    let again = read(source, "housing.wide", None).unwrap();
    let rows = again.iter().map(RecordBatch::num_rows);
    assert_eq!(rows.sum::<usize>(), WIDE);
}

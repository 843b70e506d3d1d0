//! A restart of the server while a table is read. It uses the server of `server_tests`.

use std::ops::ControlFlow;

use arrow_array::RecordBatch;
use chengji_domain::ErrorCode;

use super::server_tests::read;
use super::test_server::Server;
use super::*;
use crate::measurement::measure;

/// Rows of the table that is larger than what the connection holds.
const WIDE: usize = 50_000;

/// The table. Sequences are of the database that is used.
const TABLE: &str = "
    USE suite;
    CREATE TABLE wide AS SELECT seq AS id, REPEAT('x', 1000) AS text FROM seq_1_to_50000";

pub(super) fn check(server: &Server, source: &MysqlSource) {
    server.admin().execute(TABLE);
    a_restart_ends_the_reading_and_nothing_else(server, source);
}

fn a_restart_ends_the_reading_and_nothing_else(server: &Server, source: &MysqlSource) {
    let before = measure(source, "wide", &|| true).unwrap();
    let (mut is_first, mut count) = (true, 0);
    let interrupted = source.read("wide", None, &|| true, &mut |batch| {
        if std::mem::take(&mut is_first) {
            server.restart();
        }
        count += batch.num_rows();
        Ok(ControlFlow::Continue(()))
    });
    let error = interrupted.unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert_eq!(error.message().code(), "mysql-connection-lost");
    assert!((1..WIDE).contains(&count), "{count}");
    let again = read(source, "wide", None).unwrap();
    let rows = again.iter().map(RecordBatch::num_rows);
    assert_eq!(rows.sum::<usize>(), WIDE);
    assert_eq!(measure(source, "wide", &|| true), Ok(before));
}

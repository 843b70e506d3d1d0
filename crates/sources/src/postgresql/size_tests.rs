//! A table of any size is read in the memory of a few batches. Its rows are made while they are read, so that the server
//! needs no space for them either.

use std::cell::Cell;

use super::test_server::Server;
use super::*;
use crate::measurement::measure;

/// The variable with which the table is large, as `tests/run --long` sets it.
const LARGE: &str = "CHENGJI_READS_LARGE";
const FEW_ROWS: u64 = 1_000_000;
const MANY_ROWS: u64 = 100_000_000;
/// Bytes of a value.
const WIDTH: u64 = 8;
/// Maximum memory that reading may take, also beside the other tests of this process: a third of the values of the large
/// table.
const MAX_MEMORY: u64 = 256 << 20;

#[test]
fn a_table_of_any_size_is_measured_in_the_memory_of_a_few_batches() {
    let Some(server) = Server::start() else {
        return;
    };
    let rows = match std::env::var_os(LARGE) {
        Some(_) => MANY_ROWS,
        None => FEW_ROWS,
    };
    // In the list of columns the server makes the rows one by one, in `FROM` all before the first.
    let view = format!("CREATE VIEW public.large AS SELECT generate_series(1::int8, {rows}) AS id");
    server.admin("postgres").batch_execute(&view).unwrap();
    let source = PostgresSource::new(DatabaseSettings {
        statement_seconds: 3_600,
        ..server.settings_of_admin()
    });
    let (before, peak) = (resident(), Cell::new(0));
    // The caller is asked before each batch whether it waits.
    let waits = || {
        peak.set(peak.get().max(resident()));
        true
    };
    let measured = measure(&source, "public.large", &waits).unwrap();
    assert_eq!((measured.rows, measured.bytes), (rows, rows * WIDTH));
    let taken = peak.get().saturating_sub(before);
    assert!(taken < MAX_MEMORY, "{} MiB were taken", taken >> 20);
}

/// Resident memory of this process without mapped files, bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kibibytes.unwrap().trim().parse::<u64>().unwrap() << 10
}

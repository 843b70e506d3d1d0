//! A table of any size is read in the memory of a few batches. Its rows are made while they are read, so that the server
//! needs no space for them either. There are few long rows, and very many short ones where the table is large.

use std::cell::Cell;

use super::test_server::Server;
use super::*;
use crate::measurement::measure;

/// The variable with which the table is large, as `tests/run --long` sets it.
const LARGE: &str = "CHENGJI_READS_LARGE";
const LONG_ROWS: u64 = 64_000;
const SHORT_ROWS: u64 = 100_000_000;
/// Bytes of a number.
const NUMBER: u64 = 8;
/// Bytes of the text of a long row.
const TEXT: u64 = 8 << 10;
/// Maximum memory that reading may take, also beside the other tests of this process: half of the values of the long rows,
/// and a third of those of the short ones.
const MAX_MEMORY: u64 = 256 << 20;

#[test]
fn a_table_of_any_size_is_measured_in_the_memory_of_a_few_batches() {
    let Some(server) = Server::start() else {
        return;
    };
    let (rows, text, width) = match std::env::var_os(LARGE) {
        Some(_) => (SHORT_ROWS, String::new(), NUMBER),
        None => {
            let text = format!(", repeat('x', {TEXT}) AS note");
            (LONG_ROWS, text, NUMBER + TEXT)
        }
    };
    // In the list of columns the server makes the rows one by one, in `FROM` all before the first.
    let id = format!("generate_series(1::int8, {rows}) AS id");
    let view = format!("CREATE VIEW public.large AS SELECT {id}{text}");
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
    assert_eq!((measured.rows, measured.bytes), (rows, rows * width));
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

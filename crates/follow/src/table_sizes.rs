//! The disk use of a program's tables, for its status and its metrics.

use std::time::Duration;

use chengji_proto::v1;
use chengji_store::Ledger;
use tokio::sync::watch;

/// Interval at which the metrics are set.
const INTERVAL: Duration = Duration::from_secs(60);

/// The tables and indexes of a data directory that take space on its disk, the largest first. What was written last
/// is not yet counted.
pub fn table_sizes(ledger: &Ledger) -> Vec<v1::TableSize> {
    let used = ledger
        .disk_use()
        .into_iter()
        .filter(|(_, bytes)| *bytes > 0);
    let size = |(prefix, bytes)| v1::TableSize {
        table: format!("{prefix:?}"),
        bytes,
    };
    let mut sizes: Vec<v1::TableSize> = used.map(size).collect();
    sizes.sort_by_key(|size| std::cmp::Reverse(size.bytes));
    sizes
}

/// Keeps the metrics of the disk use of each table, until the program stops.
pub async fn watch_table_sizes(ledger: Ledger, mut stopped: watch::Receiver<bool>) {
    loop {
        for size in table_sizes(&ledger) {
            metrics::gauge!("chengji_table_bytes", "table" => size.table).set(size.bytes as f64);
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

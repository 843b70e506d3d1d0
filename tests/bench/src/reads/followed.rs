//! What following all logs has taken, next to what the same takes without the coordinator.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::alone::{self, Written};
use crate::cluster::Cluster;
use crate::measure::{Outcome, Row, row, settled};

/// Log entries that are stored in a second.
const PER_SECOND: f64 = 50_000.0;

/// All logs, followed from an empty database.
pub(super) struct Followed {
    /// Number of log entries.
    pub(super) entries: u64,
    /// Time from the start of the coordinator until all were stored.
    pub(super) stored: Duration,
    /// Time until all were found by search, too.
    pub(super) found: Duration,
    /// Processor time until all were stored: of the coordinator, and of the process that serves the logs.
    pub(super) used: [Duration; 2],
    /// The folder with the write-ahead logs of the coordinator's store, if they could be kept.
    pub(super) written: Outcome<PathBuf>,
}

/// What a figure is next to.
struct Floor {
    shown: String,
    ratio: String,
}

impl Default for Floor {
    fn default() -> Self {
        let missing = || "-".to_owned();
        Self {
            shown: missing(),
            ratio: missing(),
        }
    }
}

impl Followed {
    /// Log entries stored in a second.
    pub(super) fn per_second(&self) -> f64 {
        self.in_a_second(self.stored)
    }

    /// The figures next to their floors, which are measured now: the coordinator must not run. A floor that cannot be
    /// measured is reported, and left out.
    pub(super) async fn rows(&self, cluster: &Cluster) -> Outcome<Vec<Row>> {
        settled().await?;
        let written = self.alone(cluster);
        if let Err(error) = &written {
            eprintln!("   RocksDB alone is not measured: {error}");
        }
        let processors = thread::available_parallelism()?.get();
        let mut rows = self.beside(written.ok(), processors);
        rows.push(row(
            "the same until all are found by search",
            format!("{:.0} entries/s", self.in_a_second(self.found)),
            "-",
            "-",
            true,
        ));
        Ok(rows)
    }

    /// Writes what the coordinator has written.
    fn alone(&self, cluster: &Cluster) -> Outcome<Written> {
        let logs = self.written.as_ref().map_err(|error| error.to_string())?;
        let [like, store] = ["coordinator/data", "alone"].map(|name| cluster.path(name));
        let written = alone::write(&logs.display().to_string(), &like, &store)?;
        fs::remove_dir_all(store)?;
        fs::remove_dir_all(logs)?;
        Ok(written)
    }

    fn beside(&self, written: Option<Written>, processors: usize) -> Vec<Row> {
        let rate = self.per_second();
        let [coordinator, nodes] = self.used.map(|used| self.of_thousand(used));
        let [following, used] = written.map_or_else(Default::default, |written| {
            self.floors(written, nodes, processors)
        });
        let what = format!(
            "following {} log entries of all cities at once, start included",
            self.entries
        );
        vec![
            Row {
                what,
                figure: format!("{rate:.0} entries/s"),
                floor: following.shown,
                ratio: following.ratio,
                target: ">= 50,000/s".to_owned(),
                met: rate >= PER_SECOND,
            },
            Row {
                what: "processor time for 1,000 of them, coordinator + nodes of the cities"
                    .to_owned(),
                figure: format!("{coordinator:.3} + {nodes:.3} CPU-s"),
                floor: used.shown,
                ratio: used.ratio,
                target: "-".to_owned(),
                met: true,
            },
        ]
    }

    /// The floors of speed and of processor time.
    fn floors(&self, written: Written, nodes: f64, processors: usize) -> [Floor; 2] {
        let (entries, rate) = (self.entries as f64, self.per_second());
        let alone = self.in_a_second(written.took);
        let used = self.of_thousand(written.used);
        // One thread writes; merging, and the nodes that serve, take processors, too.
        let possible = alone.min(processors as f64 * 1e3 / (used + nodes));
        [
            Floor {
                shown: format!(
                    "RocksDB alone, the same {:.1} keys and {:.0} bytes an entry, {:.0} entries a batch: {alone:.0} entries/s",
                    written.keys as f64 / entries,
                    written.bytes as f64 / entries,
                    entries / written.batches as f64,
                ),
                ratio: format!("{:.2}", rate / alone),
            },
            Floor {
                shown: format!(
                    "RocksDB alone {used:.3} CPU-s; with the nodes {processors} processors allow {possible:.0} entries/s"
                ),
                ratio: format!("{:.2} of these", rate / possible),
            },
        ]
    }

    /// The part of 1,000 entries in the processor time of all, seconds.
    fn of_thousand(&self, used: Duration) -> f64 {
        used.as_secs_f64() * 1e3 / self.entries as f64
    }

    fn in_a_second(&self, took: Duration) -> f64 {
        self.entries as f64 / took.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn following_is_next_to_writing_alone_and_to_what_the_processors_allow() {
        let followed = Followed {
            entries: 1_000_000,
            stored: Duration::from_secs(100),
            found: Duration::from_secs(200),
            used: [Duration::from_secs(150), Duration::from_secs(40)],
            written: Ok(PathBuf::new()),
        };
        let written = Written {
            took: Duration::from_secs(40),
            used: Duration::from_secs(60),
            batches: 2_000,
            keys: 30_000_000,
            bytes: 3_000_000_000,
        };
        let rows = followed.beside(Some(written), 2);
        let [following, used] = rows.as_slice() else {
            panic!("two rows");
        };
        assert_eq!(following.figure, "10000 entries/s");
        assert_eq!(following.ratio, "0.40");
        assert!(!following.met);
        assert_eq!(used.figure, "0.150 + 0.040 CPU-s");
        // 100 s of processor time for all of them, on two processors: 50 s.
        assert_eq!(used.ratio, "0.50 of these");
        let without = followed.beside(None, 2);
        assert!(
            without
                .iter()
                .all(|row| row.floor == "-" && row.ratio == "-")
        );
    }
}

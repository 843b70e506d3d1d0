//! The settings of queries.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chengji_query::{EngineSettings, SpillSettings};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

/// Minimum memory of a query, bytes: what the program itself takes, and some rows.
const MIN_MEMORY: u64 = 128 << 20;
/// Maximum number of seconds of a query: a day.
const MAX_SECONDS: u32 = 86_400;
/// Maximum number of queries at a time.
const MAX_AT_ONCE: usize = 64;
/// Disk space that queries leave free where the settings name none, bytes.
const KEEP_FREE: u64 = 1 << 30;
/// Maximum number of hours for which a received table is used: a year.
const MAX_HOURS: u32 = 8_784;

/// Queries in SQL of granted tables, the directory, the city's requests and the sharing rate, through Arrow Flight SQL at
/// the node's address. Each query runs in a process of its own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct QueryTable {
    /// False to compute no queries, neither the city's own nor those that other cities hand over.
    enabled: bool,
    /// Maximum memory of one query. What sorts, groups and joins need beyond it is kept on disk, up to `spill`; a query
    /// that needs more fails, and the node is not affected.
    #[schemars(range(min = MIN_MEMORY), extend("x-value" = "bytes"))]
    memory: u64,
    /// Maximum disk space of one query for rows that do not fit into its memory, in a file without a name in the data
    /// directory. 0 for none: such a query fails. `disk_reserve` of `[receiving]`, or 1 GiB if that is omitted, stays free.
    #[schemars(extend("x-value" = "bytes"))]
    spill: u64,
    /// Maximum time of one query, with the fetches that it causes.
    #[schemars(range(min = 1, max = MAX_SECONDS), extend("x-value" = "seconds"))]
    longest_seconds: u32,
    /// Maximum number of the city's queries at a time, and of those that other cities hand over; further ones wait. Each
    /// other city takes at most half of the latter, and at least one.
    #[schemars(range(min = 1, max = MAX_AT_ONCE))]
    at_once: usize,
    /// Time for which queries use a table that was received; after that the provider is asked whether it has changed. 0 to
    /// ask at each query.
    #[schemars(range(max = MAX_HOURS), extend("x-value" = "hours"))]
    keep_hours: u32,
    /// Size up to which a table is fetched whole by the first query that reads it. Of a larger one that was never fetched,
    /// the provider computes the conditions, columns and limits of a query, if the grant and its node permit that.
    #[schemars(extend("x-value" = "bytes"))]
    fetch_up_to: u64,
    /// The program that runs queries; `chengji-query-engine` beside this program, or else on the path, if omitted.
    #[schemars(example = &"/usr/lib/chengji/chengji-query-engine", extend("x-value" = "file"))]
    program: Option<PathBuf>,
}

impl Default for QueryTable {
    fn default() -> Self {
        Self {
            enabled: true,
            memory: 512 << 20,
            spill: 4 << 30,
            longest_seconds: 600,
            at_once: 4,
            keep_hours: 24,
            fetch_up_to: 64 << 20,
            program: None,
        }
    }
}

impl QueryTable {
    /// The settings of a node with this data directory, with paths relative to `base`. `keep_free` is the setting
    /// `disk_reserve`, bytes. `None` if no queries are served.
    pub(super) fn settings(
        self,
        base: &Path,
        data: &Path,
        keep_free: Option<u64>,
    ) -> Option<QuerySettings> {
        let spill = (self.spill > 0).then(|| SpillSettings {
            folder: data.join("query-spill"),
            bytes: self.spill,
            keep_free: keep_free.unwrap_or(KEEP_FREE),
        });
        self.enabled.then(|| QuerySettings {
            engine: EngineSettings {
                program: self.program.map(|program| base.join(program)),
                memory: self.memory,
                longest: Duration::from_secs(self.longest_seconds.into()),
                at_once: self.at_once,
                spill,
            },
            keep: SignedDuration::from_hours(self.keep_hours.into()),
            fetch_up_to: self.fetch_up_to,
        })
    }
}

/// The checked settings of queries.
#[derive(Clone, Debug)]
pub struct QuerySettings {
    /// The limits of queries.
    pub engine: EngineSettings,
    /// How long a received table is used.
    pub keep: SignedDuration,
    /// Size in bytes up to which a table is fetched whole.
    pub fetch_up_to: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_served_by_default_and_with_a_program_beside_the_settings() {
        let settings =
            |table: QueryTable| table.settings(Path::new("etc"), Path::new("data"), None);
        let usual = settings(QueryTable::default()).unwrap();
        assert_eq!(usual.engine.program, None);
        assert_eq!(usual.keep, SignedDuration::from_hours(24));
        let written = QueryTable {
            program: Some("bin/query".into()),
            ..QueryTable::default()
        };
        let found = settings(written.clone()).unwrap();
        assert_eq!(found.engine.program, Some("etc/bin/query".into()));
        let off = QueryTable {
            enabled: false,
            ..written
        };
        assert!(settings(off).is_none());
    }

    #[test]
    fn rows_are_on_disk_unless_that_is_turned_off() {
        let spill = |bytes: u64, keep_free: Option<u64>| {
            let table = QueryTable {
                spill: bytes,
                ..QueryTable::default()
            };
            let settings = table.settings(Path::new("etc"), Path::new("data"), keep_free);
            let spill = settings.unwrap().engine.spill;
            spill.map(|spill| (spill.folder, spill.bytes, spill.keep_free))
        };
        let folder = PathBuf::from("data/query-spill");
        assert_eq!(spill(7, Some(5)), Some((folder.clone(), 7, 5)));
        assert_eq!(spill(7, None), Some((folder, 7, KEEP_FREE)));
        assert_eq!(spill(0, Some(5)), None);
    }
}

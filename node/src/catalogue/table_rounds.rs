//! Checks mounted tables regularly, those of one source one after the other: each round looks whether a table is there and
//! has its columns, keeps why not, and reads it again before its entry's update cycle runs out. A reading that failed is
//! tried again after a while, since it may have read much until then. Tables of a source with an off-peak window wait for
//! it; a table whose reading has begun within the window is read to its end, since one that takes longer than the window
//! would never be measured otherwise, and no other begins after it.

use std::collections::{BTreeMap, HashMap};

use chengji_domain::catalogue::ShareClass;
use chengji_domain::problem::Problem;
use chengji_domain::table::SourceName;
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_records::{MountRecord, MountedSource, MountedTable};
use chengji_runtime::off_thread;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::Catalogue;
use super::round_times::is_measuring_due;
use super::{entries, mount_table, mounts};

/// Number of mounts read at once.
const PIECE: usize = 100;
/// Time after which a reading that failed is tried again.
const RETRY_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// The rounds over the mounted tables.
pub(super) struct TableRounds {
    catalogue: Catalogue,
    measures: bool,
    stopped: watch::Receiver<bool>,
    /// The times of the last readings, of tables whose last reading failed.
    failed: HashMap<ResourceCode, Timestamp>,
    /// The first begin of a window for which a table waits.
    waits_until: Option<Timestamp>,
}

/// A table that is mounted to a shared entry.
struct Watched {
    code: ResourceCode,
    table: MountedTable,
    /// Why it could not be read at the last check.
    problem: Option<Problem>,
    /// True if the cycle requires a measurement.
    due: bool,
}

/// Whether a table was read.
enum Reading {
    None,
    Done,
    Failed,
    /// Due, and waits for the window of its source that begins then.
    Waits(Timestamp),
}

impl TableRounds {
    /// Rounds that measure tables, or only check them, until `stopped` turns true.
    pub(super) fn new(
        catalogue: &Catalogue,
        measures: bool,
        stopped: &watch::Receiver<bool>,
    ) -> Self {
        Self {
            catalogue: catalogue.clone(),
            measures,
            stopped: stopped.clone(),
            failed: HashMap::new(),
            waits_until: None,
        }
    }

    /// Returns true if a window has begun for which a table waits.
    pub(super) fn is_waited_for(&self, now: Timestamp) -> bool {
        self.waits_until.is_some_and(|begin| begin <= now)
    }

    /// Checks all mounted tables.
    pub(super) async fn round(&mut self) {
        self.waits_until = None;
        let catalogue = self.catalogue.clone();
        let by_source = match off_thread(move || watched(&catalogue)).await {
            Ok(by_source) => by_source,
            Err(error) => {
                tracing::warn!(%error, "the mounted tables cannot be checked");
                return;
            }
        };
        let sources = by_source.into_values().map(|tables| self.of_source(tables));
        let looked = join_all(sources).await;
        let now = self.catalogue.own.now();
        let mut waiting = BTreeMap::new();
        for (code, reading) in looked.into_iter().flatten() {
            match reading {
                Reading::None => {}
                Reading::Done => {
                    self.failed.remove(&code);
                }
                Reading::Failed => {
                    self.failed.insert(code, now);
                }
                Reading::Waits(until) => {
                    waiting.insert(code, until);
                }
            }
        }
        self.waits_until = waiting.values().min().copied();
        self.catalogue.tables_waiting.send_replace(waiting);
    }

    async fn of_source(&self, tables: Vec<Watched>) -> Vec<(ResourceCode, Reading)> {
        let mut looked = Vec::new();
        for table in tables {
            let (reading, found) = self.look(&table).await;
            if *self.stopped.borrow() {
                break;
            }
            let code = table.code.clone();
            if let Err(error) = self.note(table, &reading, found).await {
                tracing::warn!(%code, "the check of a mounted table failed: {error}");
            }
            looked.push((code, reading));
        }
        looked
    }

    /// Checks a table, and reads it if that is due.
    async fn look(&self, watched: &Watched) -> (Reading, Result<()>) {
        let (code, table) = (&watched.code, &watched.table);
        let checked = mount_table::check(&self.catalogue, table, self.go_on()).await;
        let reads = self.measures && watched.due && self.may_read(code);
        if checked.is_err() || !reads {
            return (Reading::None, checked);
        }
        let window = self.catalogue.table_sources.off_peak(&table.address.source);
        if let Some(until) = window.and_then(|window| window.waits_until(self.catalogue.own.now()))
        {
            return (Reading::Waits(until), checked);
        }
        let (editor, mounted) = (self.catalogue.node_editor(), (code.clone(), table.clone()));
        let measured = mount_table::measure_again(&self.catalogue, &editor, mounted, self.go_on());
        match measured.await {
            Ok(_) => {
                tracing::info!(%code, "the mounted table was measured again");
                (Reading::Done, Ok(()))
            }
            Err(error) => (Reading::Failed, Err(error)),
        }
    }

    /// Keeps why a table cannot be read, or that it can again. An error of another kind is returned.
    async fn note(&self, watched: Watched, reading: &Reading, found: Result<()>) -> Result<()> {
        let problem = match (found, reading) {
            // What was stored with the measurement says so.
            (Ok(()), Reading::Done) => return Ok(()),
            // That it is there does not say that it can be read.
            (Ok(()), _) if self.failed.contains_key(&watched.code) => return Ok(()),
            (Ok(()), _) => None,
            (Err(error), _) if is_of_the_table(&error) => Some(Problem::from(&error)),
            (Err(error), _) => return Err(error),
        };
        if problem == watched.problem {
            return Ok(());
        }
        let Watched { code, table, .. } = watched;
        if let Some(problem) = &problem {
            tracing::warn!(%code, "the mounted table failed: {problem}");
        }
        mounts::note_table(&self.catalogue.own, (code, table), problem).await
    }

    fn may_read(&self, code: &ResourceCode) -> bool {
        let now = self.catalogue.own.now();
        self.failed.get(code).is_none_or(|failed| {
            let since = now.duration_since(*failed);
            since >= RETRY_AFTER || since.is_negative()
        })
    }

    fn go_on(&self) -> impl Fn() -> bool + Send + use<> {
        let stopped = self.stopped.clone();
        move || !*stopped.borrow()
    }
}

/// Returns true if an error says that the table cannot be read or is not as it was.
fn is_of_the_table(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::SourceUnavailable | ErrorCode::SourceChanged | ErrorCode::NotFound
    )
}

/// The tables that are mounted to shared entries, by source.
fn watched(catalogue: &Catalogue) -> Result<BTreeMap<SourceName, Vec<Watched>>> {
    let mut by_source: BTreeMap<SourceName, Vec<Watched>> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = mounts::page(catalogue.own.ledger.kv().as_ref(), after.as_ref(), PIECE)?;
        let is_whole = page.len() == PIECE;
        after = page.last().map(|(code, _)| code.clone());
        for (code, mount) in page {
            if let Some(watched) = watched_table(catalogue, code, mount)? {
                let source = watched.table.address.source.clone();
                by_source.entry(source).or_default().push(watched);
            }
        }
        if !is_whole {
            return Ok(by_source);
        }
    }
}

/// The mounted table, unless a file is mounted or the entry is not shared.
fn watched_table(
    catalogue: &Catalogue,
    code: ResourceCode,
    mount: MountRecord,
) -> Result<Option<Watched>> {
    let MountedSource::Table(table) = mount.source else {
        return Ok(None);
    };
    let record = entries::existing(catalogue.own.ledger.kv().as_ref(), &code)?;
    if record.withdrawn.is_some() || record.entry.share_class() == ShareClass::NotShared {
        return Ok(None);
    }
    let cycle = record.entry.update_cycle;
    let history = record.mount.and_then(|mount| mount.history);
    let due = is_measuring_due((&code, cycle), history, catalogue.own.now());
    Ok(Some(Watched {
        code,
        table,
        problem: mount.problem,
        due,
    }))
}

#[cfg(test)]
#[path = "table_rounds_tests.rs"]
mod tests;

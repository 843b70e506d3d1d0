//! Checks mounted sources regularly: each round looks up every file, keeps whether it is there, and measures it
//! again if the file has changed, or before its entry's update cycle runs out. One file at a time; a failing source
//! does not block others. If nothing has changed and nothing is due, nothing is written. Tables have rounds of their own,
//! which a database that does not answer holds up alone.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use chengji_domain::catalogue::ShareClass;
use chengji_domain::{Error, ResourceCode, Result};
use chengji_records::{MountRecord, MountedFile, MountedSource};
use chengji_runtime::off_thread;
use jiff::SignedDuration;
use tokio::sync::watch;

use super::Catalogue;
use super::mounts::CheckedMount;
use super::round_times::{RoundTimes, is_measuring_due};
use super::source::Source;
use super::table_rounds::TableRounds;
use super::{entries, mount, mounts};

/// Interval between checks for a due round.
const INTERVAL: Duration = Duration::from_secs(1);
/// Number of sources checked at once.
const PIECE: usize = 100;
/// Interval between two rounds of a node that does not measure by itself.
const CHECKED_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// Runs a round at once and then one every `every`, until `stopped` turns true; without an interval, sources are
/// checked and not measured.
pub async fn run(
    catalogue: Catalogue,
    every: Option<SignedDuration>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut remeasurement = Remeasurement {
        catalogue,
        measures: every.is_some(),
        stopped: stopped.clone(),
        failing: HashSet::new(),
    };
    let mut tables = TableRounds::new(&remeasurement.catalogue, every.is_some(), &stopped);
    let every = every.unwrap_or(CHECKED_EVERY);
    let clock = remeasurement.catalogue.own.clone();
    let files = async {
        let mut times = RoundTimes::beginning(clock.now(), every);
        loop {
            if times.is_due(clock.now()) {
                remeasurement.round().await;
                times.ended(clock.now());
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    let tables = async {
        let mut times = RoundTimes::beginning(clock.now(), every);
        loop {
            let now = clock.now();
            if times.is_due(now) || tables.is_waited_for(now) {
                tables.round().await;
                times.ended(clock.now());
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    tokio::select! {
        () = files => {}
        () = tables => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

struct Remeasurement {
    catalogue: Catalogue,
    measures: bool,
    stopped: watch::Receiver<bool>,
    /// Sources that failed in the last round, each of which is logged once.
    failing: HashSet<ResourceCode>,
}

/// The action for a source.
enum Action {
    Nothing,
    Measure {
        file: MountedFile,
        /// True if the cycle requires a fact even for unchanged content.
        due: bool,
    },
    Failing(Error),
}

/// The outcome of looking up a source.
struct Checked {
    code: ResourceCode,
    action: Action,
    /// Whether the file is there, if the check before found otherwise.
    change: Option<CheckedMount>,
}

impl Remeasurement {
    async fn round(&mut self) {
        let (begun, mut after) = (self.catalogue.own.now(), None);
        loop {
            let checked = match self.check(after).await {
                Ok(checked) => checked,
                Err(error) => {
                    tracing::warn!(%error, "the mounted sources cannot be checked");
                    return;
                }
            };
            let whole = checked.len() == PIECE;
            after = checked.last().map(|source| source.code.clone());
            for Checked { code, action, .. } in checked {
                let done = match action {
                    Action::Failing(error) => Err(error),
                    Action::Measure { file, due } if self.measures => {
                        self.measure(&code, file, due).await
                    }
                    Action::Nothing | Action::Measure { .. } => Ok(()),
                };
                self.note(code, done);
            }
            if !whole {
                self.catalogue.mounts_checked.send_replace(Some(begun));
                return;
            }
        }
    }

    /// Looks up the next sources, and stores which of them are gone or there again.
    async fn check(&self, after: Option<ResourceCode>) -> Result<Vec<Checked>> {
        let catalogue = self.catalogue.clone();
        let mut checked = off_thread(move || next_sources(&catalogue, after.as_ref())).await?;
        let changes = checked.iter_mut().filter_map(|source| source.change.take());
        mounts::note_checked(&self.catalogue.own, changes.collect()).await?;
        Ok(checked)
    }

    async fn measure(&self, code: &ResourceCode, file: MountedFile, due: bool) -> Result<()> {
        let stopped = self.stopped.clone();
        let go_on = move || !*stopped.borrow();
        mount::measure_by_itself(&self.catalogue, code.clone(), file, due, go_on).await?;
        tracing::info!(%code, due, "the mounted source was measured again");
        Ok(())
    }

    fn note(&mut self, code: ResourceCode, done: Result<()>) {
        match done {
            Ok(()) => {
                self.failing.remove(&code);
            }
            Err(error) => {
                if self.failing.insert(code.clone()) {
                    tracing::warn!(%code, "the mounted source failed: {error}");
                }
            }
        }
    }
}

fn next_sources(catalogue: &Catalogue, after: Option<&ResourceCode>) -> Result<Vec<Checked>> {
    let mounts = mounts::page(catalogue.own.ledger.kv().as_ref(), after, PIECE)?;
    let checked = mounts.into_iter().map(|(code, mount)| {
        let mut change = None;
        let action = action(catalogue, &code, mount, &mut change).unwrap_or_else(Action::Failing);
        Checked {
            code,
            action,
            change,
        }
    });
    Ok(checked.collect())
}

fn action(
    catalogue: &Catalogue,
    code: &ResourceCode,
    MountRecord {
        source, gone_since, ..
    }: MountRecord,
    change: &mut Option<CheckedMount>,
) -> Result<Action> {
    let MountedSource::File(file) = source else {
        return Ok(Action::Nothing);
    };
    let record = entries::existing(catalogue.own.ledger.kv().as_ref(), code)?;
    let shared = record.entry.share_class() != ShareClass::NotShared;
    let Some(mount) = record
        .mount
        .filter(|_| shared && record.withdrawn.is_none())
    else {
        return Ok(Action::Nothing);
    };
    let found = Source::open(Path::new(&file.path), &catalogue.mount_roots);
    let is_found = found.is_ok();
    *change = (is_found == gone_since.is_some()).then(|| CheckedMount {
        code: code.clone(),
        path: file.path.clone(),
        is_found,
    });
    let found = found?;
    let cycle = record.entry.update_cycle;
    let due = is_measuring_due((code, cycle), mount.history, catalogue.own.now());
    if due || found.identity != file {
        return Ok(Action::Measure { file, due });
    }
    Ok(Action::Nothing)
}

#[cfg(test)]
mod tests {
    use chengji_domain::catalogue::EntryRecord;
    use jiff::Timestamp;

    use super::super::samples::{self, MINE};
    use super::*;

    #[tokio::test]
    async fn a_check_keeps_which_sources_are_there() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("a.csv");
        std::fs::write(&file, "a\n1\n").unwrap();
        let catalogue = samples::catalogue(&[root.path().to_owned()]);
        let entry = samples::entry(1, "区划", MINE, &[]);
        let code = entry.code.clone();
        let record = EntryRecord::new(entry, 1, Timestamp::UNIX_EPOCH);
        let put = move |tx: &mut chengji_store::Tx<'_>| entries::put(tx, &record);
        catalogue.own.ledger.write(put).await.unwrap();
        let editor = catalogue.node_editor();
        let mounted = mount::mount(&catalogue, &editor, code.clone(), "a.csv", || true);
        mounted.await.unwrap();

        let (_stop, stopped) = watch::channel(false);
        let mut rounds = Remeasurement {
            catalogue: catalogue.clone(),
            measures: false,
            stopped,
            failing: HashSet::new(),
        };
        let gone_since = || {
            let kv = catalogue.own.ledger.kv().as_ref();
            mounts::mounted(kv, &code).unwrap().unwrap().gone_since
        };
        assert_eq!(*catalogue.mounts_checked.borrow(), None);
        rounds.round().await;
        assert_eq!(gone_since(), None);
        assert!(catalogue.mounts_checked.borrow().is_some());
        std::fs::rename(&file, root.path().join("b.csv")).unwrap();
        rounds.round().await;
        let since = gone_since();
        assert!(since.is_some());
        rounds.round().await;
        assert_eq!(gone_since(), since);
        std::fs::rename(root.path().join("b.csv"), &file).unwrap();
        rounds.round().await;
        assert_eq!(gone_since(), None);
    }
}

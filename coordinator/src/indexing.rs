//! Keeps the search index up to date with the federated catalogue: applies its numbered changes, and builds the index
//! anew where it is missing, damaged, or lacks changes that are not kept any more.

mod pace;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use chengji_clock::Clock;
use chengji_domain::catalogue::EntryRecord;
use chengji_domain::problem::Problem;
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::convert::{problem_to, time_to};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_search::{Change, Document, EntryId, SearchIndex};
use chengji_store::{KeyValue, Ledger, Tx};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use self::pace::Pace;
use crate::changes::ChangedEntry;
use crate::followed::Unread;
use crate::{changes, facets, records};

/// Time between looks for changes.
const PERIOD: Duration = Duration::from_millis(200);
/// Delay after a failure, such as a full disk.
const RETRY_DELAY: Duration = Duration::from_secs(5);
/// Maximum time that a search waits for the index after a start.
const START_TIMEOUT: Duration = Duration::from_secs(3);
/// Maximum number of changes in one commit of the index, which takes as long as some hundred of them. One of large
/// entries ends earlier.
const BATCH: usize = 10_000;
/// Time for which changes may wait without searches mentioning it.
const MAX_LAG: SignedDuration = SignedDuration::from_secs(1);
/// Number of entries after which a build lets the served index follow.
const BUILD_PIECE: u64 = 2_000;

/// The search index and its follower. Clones share it.
#[derive(Clone)]
pub struct Indexing {
    ledger: Ledger,
    index: SearchIndex,
    clock: Clock,
    /// The number of the last change when the program started.
    last_at_start: u64,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    is_loaded: AtomicBool,
    /// The number up to which no changes are kept, as far as this run of the program knows.
    trimmed: AtomicU64,
    /// True once there is an index.
    is_ready: watch::Sender<bool>,
    is_damaged: AtomicBool,
    pace: Mutex<Pace>,
    progress: Mutex<Progress>,
}

/// The outcome of a look for changes that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// The index has all changes.
    CaughtUp,
    /// Changes are collected first.
    Collected,
}

#[derive(Default)]
struct Progress {
    /// The time since which changes wait.
    behind_since: Option<Timestamp>,
    /// Entries added to an index that is being built.
    building: Option<u64>,
    failed: Option<Error>,
}

impl Indexing {
    /// Prepares the index in a folder; it is read and followed by [`watch`](Self::watch).
    ///
    /// # Errors
    ///
    /// `MISCONFIGURED` or `STORAGE_FULL` if the folder cannot be used; those of the storage.
    pub fn new(folder: &Path, ledger: Ledger, clock: Clock) -> Result<Self> {
        Ok(Self {
            index: SearchIndex::within(folder)?,
            last_at_start: changes::last(&**ledger.kv())?,
            ledger,
            clock,
            shared: Arc::default(),
        })
    }

    /// Returns the index.
    pub fn index(&self) -> &SearchIndex {
        &self.index
    }

    /// Reads the index on another thread while `work` runs on this one. After a failure, [`watch`](Self::watch) tries again.
    pub fn read_beside<T>(&self, work: impl FnOnce() -> T) -> T {
        thread::scope(|scope| {
            let reading = scope.spawn(|| self.load());
            let done = work();
            if let Ok(Err(error)) = reading.join() {
                tracing::warn!(%error, "the search index cannot be read; trying again");
            }
            done
        })
    }

    /// Waits for the index to be read, up to a time limit; does not wait for one to be built.
    pub async fn ready(&self) {
        let mut ready = self.shared.is_ready.subscribe();
        let ready = ready.wait_for(|ready| *ready);
        // Without an index the search says so.
        let _ = tokio::time::timeout(START_TIMEOUT, ready).await;
    }

    /// Notes a failure of a search: an index that cannot be read is built anew.
    pub fn noted<T>(&self, result: Result<T>) -> Result<T> {
        result.inspect_err(|error| {
            if error.code() == ErrorCode::StorageDamaged {
                self.shared.is_damaged.store(true, Ordering::Relaxed);
            }
        })
    }

    /// Follows the changes until the coordinator stops. `unread` returns the number of entries of the cities' logs that are
    /// still to be read.
    pub async fn watch(self, unread: Unread, mut stopped: watch::Receiver<bool>) {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                // An error means that the sender is gone, which ends the program, too.
                _ = stopped.wait_for(|stopped| *stopped) => return,
                _ = ticks.tick() => {}
            }
            let (this, unread, stop) = (self.clone(), Arc::clone(&unread), stopped.clone());
            let followed = move || this.follow(Instant::now(), &*unread, &|| *stop.borrow());
            let looked = match off_thread(followed).await {
                Ok(Look::CaughtUp) => self.trim().await.map(|()| Look::CaughtUp),
                other => other,
            };
            if let Err(error) = &looked
                && !*stopped.borrow()
            {
                tracing::error!(%error, "the search index is not up to date; trying again");
                ticks.reset_after(RETRY_DELAY);
            }
            self.note_look(looked);
        }
    }

    /// Notes the outcome of a look: a failure is shown until the index is up to date again.
    fn note_look(&self, looked: Result<Look>) {
        match looked {
            Ok(Look::CaughtUp) => self.progress().failed = None,
            Ok(Look::Collected) => {}
            Err(error) => self.progress().failed = Some(error),
        }
    }

    /// Brings the index up to date unless changes arrive so fast at `now` that they are collected first.
    fn follow(
        &self,
        now: Instant,
        unread: &dyn Fn() -> u64,
        is_stopped: &dyn Fn() -> bool,
    ) -> Result<Look> {
        let last = changes::last(&**self.ledger.kv())?;
        let is_due = lock(&self.shared.pace).is_due(last, unread, now);
        match self.index.state() {
            Some(state) if !is_due => {
                self.note_waiting(last.saturating_sub(state.applied), (self.clock)());
                Ok(Look::Collected)
            }
            _ => self.catch_up(is_stopped).map(|()| Look::CaughtUp),
        }
    }

    /// Notes the number of changes that wait, since `since` unless some waited before.
    fn note_waiting(&self, waiting: u64, since: Timestamp) {
        let mut progress = self.progress();
        progress.behind_since = (waiting > 0).then(|| progress.behind_since.unwrap_or(since));
        metrics::gauge!("chengji_search_index_behind").set(waiting as f64);
    }

    /// Brings the index up to the present change, built anew where that is necessary. Ends early when `is_stopped`.
    /// Blocks.
    ///
    /// # Errors
    ///
    /// Failures of the disk.
    pub fn catch_up(&self, is_stopped: &dyn Fn() -> bool) -> Result<()> {
        if !self.shared.is_loaded.load(Ordering::Relaxed) {
            self.load()?;
        }
        let kv = &**self.ledger.kv();
        let can_follow = match self.index.state() {
            Some(state) => changes::are_kept_after(kv, state.applied)?,
            None => false,
        };
        if !can_follow || self.shared.is_damaged.load(Ordering::Relaxed) {
            let built = self.build(is_stopped);
            self.progress().building = None;
            built?;
            self.shared.is_damaged.store(false, Ordering::Relaxed);
            self.shared.is_ready.send_replace(true);
        }
        // Later changes have their own turn.
        let last = changes::last(kv)?;
        while !is_stopped() && self.step()?.is_some_and(|applied| applied < last) {}
        Ok(())
    }

    /// Reads the index. One with changes that the database did not have at the start is of a database that was replaced by
    /// an older one, and is not followed.
    fn load(&self) -> Result<()> {
        self.index.load()?;
        if let Some(state) = self.index.state() {
            let is_newer = state.applied > self.last_at_start;
            self.shared.is_damaged.store(is_newer, Ordering::Relaxed);
            self.shared.is_ready.send_replace(true);
        }
        self.shared.is_loaded.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Applies the next changes, as many as fit in a commit; returns the number of the last one, if there were any.
    fn step(&self) -> Result<Option<u64>> {
        let kv = &**self.ledger.kv();
        let Some(state) = self.index.state() else {
            return Ok(None);
        };
        let read_at = (self.clock)();
        let next = changes::after(kv, state.applied, BATCH)?;
        let Some((read_to, _)) = next.last().cloned() else {
            self.note_waiting(0, read_at);
            return Ok(None);
        };
        let is_full = next.len() == BATCH;
        let since = *self.progress().behind_since.get_or_insert(read_at);
        let mut known = BTreeSet::new();
        let changes = next.into_iter().map(|(number, entry)| -> Result<_> {
            // The record that is read includes further changes of its entry.
            let change = match known.insert(entry.clone()) {
                true => Some(change(kv, entry)?),
                false => None,
            };
            Ok((number, change))
        });
        let Some(last) = self.index.apply(changes)? else {
            return Ok(None);
        };
        let has_more = is_full || last < read_to;
        let rest = changes::last(kv)?.saturating_sub(last);
        // Those that did not come with the ones applied came after they were read.
        let since = if has_more { since } else { read_at };
        self.progress().behind_since = (rest > 0).then_some(since);
        metrics::gauge!("chengji_search_index_behind").set(rest as f64);
        if let Some(state) = self.index.state() {
            metrics::gauge!("chengji_search_index_entries").set(state.documents as f64);
            metrics::gauge!("chengji_search_index_bytes").set(state.bytes as f64);
        }
        Ok(Some(last))
    }

    /// Builds the index of the present catalogue; the served one follows meanwhile.
    fn build(&self, is_stopped: &dyn Fn() -> bool) -> Result<()> {
        let kv = &**self.ledger.kv();
        // Later changes may be in it already; they are applied again.
        let applied = changes::last(kv)?;
        let (mut build, mut added) = (self.index.build()?, 0);
        self.progress().building = Some(added);
        tracing::info!("building the search index");
        records::each_entry(kv, None, |city, record| {
            if record.withdrawn.is_none() {
                build.add(&document(city, &record))?;
                added += 1;
                if added % BUILD_PIECE == 0 {
                    self.progress().building = Some(added);
                    self.step()?;
                }
            }
            if is_stopped() {
                return Err(Error::new(ErrorCode::Unavailable, msg::SearchIndexMissing));
            }
            Ok(())
        })?;
        build.finish(applied)?;
        tracing::info!(entries = added, "the search index is built");
        Ok(())
    }

    /// Removes the changes that the index has.
    async fn trim(&self) -> Result<()> {
        let Some(state) = self.index.state() else {
            return Ok(());
        };
        let mut trimmed = self.shared.trimmed.load(Ordering::Relaxed);
        while trimmed < state.applied {
            let trim = move |tx: &mut Tx<'_>| changes::trim(tx, trimmed, state.applied);
            trimmed = self.ledger.write(trim).await?;
            self.shared.trimmed.store(trimmed, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Returns the time since which changes wait to be found, if it is more than a second.
    pub fn behind_since(&self) -> Option<Timestamp> {
        let since = self.progress().behind_since?;
        let lag = (self.clock)().duration_since(since);
        (lag > MAX_LAG).then_some(since)
    }

    /// Returns the state of the index for the status of the program.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub fn status(&self) -> Result<v1::SearchIndexStatus> {
        let state = self.index.state();
        let last = changes::last(&**self.ledger.kv())?;
        let progress = self.progress();
        Ok(v1::SearchIndexStatus {
            entries: state.map_or(0, |state| state.documents),
            bytes: state.map_or(0, |state| state.bytes),
            behind: last.saturating_sub(state.map_or(0, |state| state.applied)),
            behind_since: progress.behind_since.map(time_to),
            building: progress.building,
            problem: progress
                .failed
                .as_ref()
                .map(|error| problem_to(&Problem::from(error))),
        })
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        lock(&self.shared.progress)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads the present record of an entry as a change of the index.
fn change(kv: &dyn KeyValue, (city, code): ChangedEntry) -> Result<Change> {
    let record = records::entry(kv, city, &code)?;
    let published = record.filter(|record| record.withdrawn.is_none());
    Ok(match published {
        Some(record) => Change::Put(document(city, &record)),
        None => Change::Remove(EntryId {
            city: city.number(),
            code: code.to_string(),
        }),
    })
}

/// Converts a published entry to a document of the index.
pub fn document(city: CityCode, record: &EntryRecord) -> Document {
    let entry = &record.entry;
    Document {
        id: EntryId {
            city: city.number(),
            code: entry.code.to_string(),
        },
        name: entry.name.clone(),
        summary: entry.summary.clone(),
        provider: entry.provider.clone(),
        provider_code: entry.provider_code.to_string(),
        items: entry.items.iter().map(|item| item.name.clone()).collect(),
        facets: facets::values(record),
        source: facets::source(record),
        published_at: record.published_at.as_second(),
    }
}

#[cfg(test)]
#[path = "indexing_tests.rs"]
mod tests;

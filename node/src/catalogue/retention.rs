//! Retention of reviews: removes the contents of old ones, which nobody outside the city reads, from the log and from
//! the history of their entries. What remains of each is its envelope and leaf in the log, so that roots and proofs
//! are unchanged, and what was done when in the history.
//!
//! Never removed are the contents of pending entries, of the published revision or else the newest, of what follows
//! it, and of revisions that were published.

mod due;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chengji_domain::fact::LogOwner;
use chengji_domain::problem::Problem;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::last_entry_time;
use chengji_messages::{Value, msg};
use chengji_proto::convert::{problem_to, time_to};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::Tx;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use self::due::{Content, Due, Place, START, next_piece};
use crate::own_log::OwnLog;

/// Interval between two runs.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);
/// Days by which the clock may be later than the last entry read of the coordinator's log, to which the seal of each
/// month adds one. A clock that is further ahead may be wrong, and what is removed by a wrong clock is lost.
const MAX_DAYS_AHEAD: u32 = 100;

/// The retention of reviews in a node's log. Clones share its last run.
#[derive(Clone)]
pub struct Retention {
    own: OwnLog,
    /// Retention period in days; `None` if everything is kept.
    days: Option<u32>,
    last: Arc<Mutex<LastRun>>,
}

/// The last run since the start of the program.
#[derive(Debug, Default)]
struct LastRun {
    /// End of the last complete run, and what it removed.
    complete: Option<(Timestamp, Removed)>,
    /// The reason that the last daily run failed or was not begun, if it was.
    problem: Option<Problem>,
}

/// The contents that a run removes, or that a dry run counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Number of bodies of log entries.
    pub bodies: u64,
    /// Number of moves in the history of entries that lose their contents.
    pub moves: u64,
    /// Number of revisions.
    pub revisions: u64,
    /// Size of all of these contents in bytes.
    pub bytes: u64,
    /// Time of the oldest log entry or move among them.
    pub oldest: Option<Timestamp>,
}

impl Removed {
    /// Returns true if there is nothing to remove.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn count(&mut self, due: &Due) {
        let number = match &due.content {
            Content::Body(_) => &mut self.bodies,
            Content::Move(..) => &mut self.moves,
            Content::Revision(_) => &mut self.revisions,
        };
        *number += 1;
        self.bytes += due.bytes as u64;
        self.oldest = Some(self.oldest.map_or(due.at, |oldest| oldest.min(due.at)));
    }

    fn add(&mut self, more: Self) {
        self.bodies += more.bodies;
        self.moves += more.moves;
        self.revisions += more.revisions;
        self.bytes += more.bytes;
        self.oldest = match (self.oldest, more.oldest) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// Converts what was removed to its message.
    pub fn to_wire(self) -> v1::RemovedContents {
        v1::RemovedContents {
            bodies: self.bodies,
            moves: self.moves,
            revisions: self.revisions,
            bytes: self.bytes,
            oldest: self.oldest.map(time_to),
        }
    }
}

impl Retention {
    /// Keeps reviews of this log for so many days; for good if `None`.
    pub fn new(own: OwnLog, days: Option<u32>) -> Self {
        Self {
            own,
            days,
            last: Arc::default(),
        }
    }

    /// Returns the setting and the last run, for the status; `None` if everything is kept.
    pub fn status(&self) -> Option<v1::Retention> {
        let keep_reviews_days = self.days?;
        let last = self.last();
        Some(v1::Retention {
            keep_reviews_days,
            last_run: last.complete.map(|(at, _)| time_to(at)),
            removed: last.complete.map(|(_, removed)| removed.to_wire()),
            problem: last.problem.as_ref().map(problem_to),
        })
    }

    fn last(&self) -> MutexGuard<'_, LastRun> {
        // Each change is complete, so a panic elsewhere cannot corrupt it.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes what is due once a day, until the node stops. A run that fails goes on at the next where it stopped;
    /// after a restart the first one passes over what is removed already.
    pub(crate) async fn run_daily(self, mut stopped: watch::Receiver<bool>) {
        if self.days.is_none() {
            return;
        }
        let running = async {
            let (mut days, mut place) = (tokio::time::interval(INTERVAL), START);
            loop {
                days.tick().await;
                self.run_once(&mut place).await;
            }
        };
        tokio::select! {
            () = running => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    }

    /// Removes what is due from `place` on, unless the clock may be wrong; the status shows the outcome.
    async fn run_once(&self, place: &mut Place) {
        let done = match self.check_clock() {
            Ok(()) => self.remove_from(place).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &done {
            let remedy = error.remedy();
            tracing::warn!(
                remedy,
                "contents past their retention cannot be removed: {error}"
            );
        }
        self.last().problem = done.err().as_ref().map(Problem::from);
    }

    /// Refuses a clock that is so far ahead of the coordinator's log that it may be wrong, and any clock before that log
    /// was read. Errors: UNAVAILABLE.
    pub fn check_clock(&self) -> Result<()> {
        let (log, now) = (LogOwner::Coordinator, self.own.now());
        let last = last_entry_time(self.own.ledger.kv().as_ref(), log)?;
        let most = SignedDuration::from_hours(24 * i64::from(MAX_DAYS_AHEAD));
        if last.is_some_and(|last| now.duration_since(last) <= most) {
            return Ok(());
        }
        let message = msg::RetentionClockAhead {
            days: MAX_DAYS_AHEAD,
            last: last.map_or_else(|| msg::LogNone.into(), Value::from),
            now,
        };
        Err(Error::new(ErrorCode::Unavailable, message))
    }

    /// Removes what is due now, whether the clock is checked or not.
    pub async fn remove(&self) -> Result<Removed> {
        let mut place = START;
        self.remove_from(&mut place).await
    }

    /// Returns what [`Self::remove`] would remove now. Errors: MISCONFIGURED without a retention period.
    pub fn preview(&self) -> Result<Removed> {
        let (before, mut removed) = (self.before()?, Removed::default());
        let mut place = Some(START);
        while let Some(from) = place {
            let piece = next_piece(&self.own, from, before)?;
            piece.due.iter().for_each(|due| removed.count(due));
            place = piece.next;
        }
        Ok(removed)
    }

    /// Removes what is due from `place` on, which is the start again at the end.
    async fn remove_from(&self, place: &mut Place) -> Result<Removed> {
        let (before, mut removed) = (self.before()?, Removed::default());
        loop {
            let (own, from) = (self.own.clone(), place.clone());
            let piece = off_thread(move || next_piece(&own, from, before)).await?;
            removed.add(self.apply(piece.due).await?);
            match piece.next {
                Some(next) => *place = next,
                None => break,
            }
        }
        *place = START;
        if !removed.is_empty() {
            let Removed { bodies, bytes, .. } = removed;
            tracing::info!(bodies, bytes, "contents past their retention were removed");
        }
        self.last().complete = Some((self.own.now(), removed));
        Ok(removed)
    }

    /// Removes these contents in one transaction, except for those that are retained by now.
    async fn apply(&self, due: Vec<Due>) -> Result<Removed> {
        if due.is_empty() {
            return Ok(Removed::default());
        }
        let job = move |tx: &mut Tx<'_>| {
            let mut removed = Removed::default();
            for one in &due {
                if one.remove(tx)? {
                    removed.count(one);
                }
            }
            Ok(removed)
        };
        let removed = self.own.ledger.write(job).await?;
        metrics::counter!("chengji_removed_contents_total")
            .increment(removed.bodies + removed.moves + removed.revisions);
        Ok(removed)
    }

    /// The end of the time whose contents are past their retention.
    fn before(&self) -> Result<Timestamp> {
        let days = self
            .days
            .ok_or_else(|| Error::new(ErrorCode::Misconfigured, msg::RetentionOff))?;
        let kept = SignedDuration::from_hours(24 * i64::from(days));
        Ok(self.own.now().checked_sub(kept).unwrap_or(Timestamp::MIN))
    }
}

#[cfg(test)]
#[path = "retention_tests.rs"]
mod tests;

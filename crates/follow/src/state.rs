//! The state of following: position, freshness, alarms, and quarantined entries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chengji_domain::fact::LogOwner;
use chengji_domain::log_alarm::Alarm;
use chengji_domain::problem::Problem;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use chengji_paging::Pager;
use chengji_proto::convert::{alarm_to, epoch_id, problem_to, time_to};
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::{FollowedPosition, Quarantined, StoredQuarantined};
use chengji_store::{Confirmation, KeyValue, Ledger, Position, Prefix, Table, Tally, View};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::copies::followed_position;

/// A log, the number of a copy of it, and a position in it.
pub(crate) type QuarantineKey = (LogOwner, u32, u64);

/// The entries that were set aside.
pub(crate) static QUARANTINE: Table<QuarantineKey, StoredQuarantined> =
    Table::new(Prefix::Quarantine, &[]).with_tallies(&[&QUARANTINED]);

/// Numbers of entries that were set aside, by log and number of the copy.
static QUARANTINED: Tally<(LogOwner, u32), QuarantineKey, StoredQuarantined, 1> = Tally::new(
    Prefix::QuarantineTally,
    "quarantined entries by copy",
    |(log, copy, _), _| vec![((*log, *copy), [1])],
);

/// The live state of following one log.
#[derive(Clone, Debug)]
pub struct Followed(pub(crate) Arc<watch::Sender<FollowState>>);

impl Followed {
    /// The current state.
    pub fn state(&self) -> FollowState {
        self.0.borrow().clone()
    }

    /// Records that the log cannot be followed now, and the reason.
    pub(crate) fn is_stale(&self, error: &Error, now: Timestamp) {
        self.0.send_modify(|state| {
            if state.stale_since.is_none() {
                let log = state.log;
                tracing::warn!(%log, reason = %error, "cannot follow; trying again");
                state.stale_since = Some(state.last_heard.unwrap_or(now));
            }
            state.stale_reason = Some(Problem::from(error));
        });
    }

    /// Publishes the alarm about the log, or that there is none.
    pub(crate) fn show_alarm(&self, alarm: Option<Alarm>) {
        self.0.send_modify(|state| state.show_alarm(alarm));
    }

    /// Publishes the stored alarm. It is read while nobody else publishes, so that an alarm that is committed later is also
    /// published later.
    pub(crate) fn show_stored_alarm(
        &self,
        read: impl FnOnce() -> Result<Option<Alarm>>,
    ) -> Result<()> {
        let mut shown = Ok(());
        self.0.send_modify(|state| match read() {
            Ok(alarm) => state.show_alarm(alarm),
            Err(error) => shown = Err(error),
        });
        shown
    }
}

/// The position up to which a log is followed, and its freshness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowState {
    /// The log's owner.
    pub log: LogOwner,
    /// The next entry to apply.
    pub position: Position,
    /// The log's last known head.
    pub head: u64,
    /// Time of the last sign of life since this program started.
    pub last_heard: Option<Timestamp>,
    /// The same time by the monotonic clock.
    pub heard_at: Option<Instant>,
    /// The last moment since this program started at which all of the log was known.
    pub caught_up: Option<CaughtUp>,
    /// The owner's clock minus this program's, at the last sign of life at the log's head.
    pub clock_skew: Option<SignedDuration>,
    /// The time since which the log's owner cannot be reached.
    pub stale_since: Option<Timestamp>,
    /// The reason for that.
    pub stale_reason: Option<Problem>,
    /// Entries set aside.
    pub quarantined: u64,
    /// Stored entries that do not match their leaf, to be fetched again.
    pub damaged: u64,
    /// The alarm about the log, if any.
    pub alarm: Option<Alarm>,
    /// The budget that currently paces reading this log, if any.
    pub paced: Option<Paced>,
    /// The budget by which the log's owner paces reading the follower's own log, as last reported.
    pub paced_by_owner: Option<Paced>,
    /// The time at which the whole copy was last compared with the owner's log.
    pub compared_at: Option<Timestamp>,
}

impl FollowState {
    fn show_alarm(&mut self, alarm: Option<Alarm>) {
        let alarms = if alarm.is_some() { 1.0 } else { 0.0 };
        metrics::gauge!("chengji_log_diverged", "log" => self.log.to_string()).set(alarms);
        self.alarm = alarm;
    }
}

/// A pause in reading a log, which continues when the budget allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paced {
    /// The budget's name, as in the settings.
    pub budget: String,
    /// The begin of the pause.
    pub since: Timestamp,
}

/// A moment at which all of a log was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaughtUp {
    /// The log's head at that moment: later entries were written after it.
    pub head: u64,
    /// The moment, by the monotonic clock.
    pub at: Instant,
}

/// Converts the state to its message.
pub fn followed_log(state: &FollowState) -> v1::FollowedLog {
    v1::FollowedLog {
        log: state.log.to_string(),
        epoch: state.position.epoch.number,
        position: state.position.seq,
        head: state.head,
        last_heard: state.last_heard.map(time_to),
        stale_since: state.stale_since.map(time_to),
        stale_reason: state.stale_reason.as_ref().map(problem_to),
        quarantined: state.quarantined,
        damaged: state.damaged,
        clock_skew_ms: state.clock_skew.map(skew_to),
        epoch_id: epoch_id(state.position.epoch),
        alarm: state.alarm.as_ref().map(|alarm| alarm_to(state.log, alarm)),
        not_followed_since: None,
        not_followed_reason: None,
        paced_by: state
            .paced
            .as_ref()
            .map(|paced| paced.budget.clone())
            .unwrap_or_default(),
        paced_since: state.paced.as_ref().map(|paced| time_to(paced.since)),
        compared_at: state.compared_at.map(time_to),
    }
}

/// Converts a clock difference to milliseconds.
pub fn skew_to(skew: SignedDuration) -> i64 {
    i64::try_from(skew.as_millis()).unwrap_or(if skew.is_negative() {
        i64::MIN
    } else {
        i64::MAX
    })
}

/// The reason why nothing is appended to the own log, as a message.
pub fn unconfirmed_log(ledger: &Ledger) -> Option<v1::LogUnconfirmed> {
    match &*ledger.confirmation().borrow() {
        Confirmation::Confirmed => None,
        Confirmation::Asking => Some(v1::LogUnconfirmed {
            reason: Some(unconfirmed(&msg::LogBeingConfirmed.into())),
            contradicted_by: Vec::new(),
        }),
        Confirmation::Unconfirmed {
            reason,
            contradicted_by,
        } => Some(v1::LogUnconfirmed {
            reason: Some(unconfirmed(reason)),
            contradicted_by: contradicted_by.clone(),
        }),
    }
}

fn unconfirmed(reason: &Message) -> v1::Problem {
    problem_to(&Problem::new(ErrorCode::LogUnconfirmed, reason))
}

/// The position of the next entry of this log to apply; with the unknown epoch if it was never followed.
pub fn position(view: &(impl View + ?Sized), log: LogOwner) -> Result<Position> {
    followed_position(view, log).map(FollowedPosition::next)
}

/// Returns the number of entries of the current copy of a log that were set aside.
pub fn quarantined(view: &(impl View + ?Sized), log: LogOwner) -> Result<u64> {
    let [entries] = QUARANTINED.get(view, &(log, followed_position(view, log)?.copy))?;
    Ok(u64::try_from(entries).unwrap_or(u64::MAX))
}

/// The positions of entries of the current copy of a log that were set aside.
pub fn set_aside(view: &(impl View + ?Sized), log: LogOwner) -> Result<BTreeSet<u64>> {
    set_aside_of(view, log, followed_position(view, log)?.copy)
}

/// The last positions of entries of the current copy of a log that were set aside, up to this number, newest first.
pub fn last_set_aside(kv: &dyn KeyValue, log: LogOwner, most: usize) -> Result<Vec<u64>> {
    let copy = followed_position(kv, log)?.copy;
    let mut found: Vec<u64> = Vec::new();
    while found.len() < most {
        let before = found.last().copied().unwrap_or(u64::MAX);
        let earlier = QUARANTINE.within(&(log, copy), ..before);
        let Some(((.., seq), _)) = earlier.last(kv)? else {
            break;
        };
        found.push(seq);
    }
    Ok(found)
}

/// The positions of entries of a copy of a log that were set aside.
pub fn set_aside_of(
    view: &(impl View + ?Sized),
    log: LogOwner,
    copy: u32,
) -> Result<BTreeSet<u64>> {
    let mut aside = BTreeSet::new();
    QUARANTINE.under(&(log, copy)).each(view, |(.., seq), _| {
        aside.insert(seq);
        Ok(())
    })?;
    Ok(aside)
}

/// A page of the entries set aside, of all logs, with the reasons. Those of copies that are no longer
/// continued are omitted, so a page may be short although more follow.
pub fn quarantine(
    kv: &dyn KeyValue,
    request: &v1::ListQuarantineRequest,
) -> Result<Page<v1::QuarantinedEntry>> {
    let pager = Pager::<QuarantineKey>::of(request)?;
    let rows = QUARANTINE.range(pager.bounds()).rows(kv, pager.at_once());
    let mut current = BTreeMap::new();
    pager.fill(rows, |key, entry| {
        let (log, copy, _) = *key;
        let current = match current.get(&log) {
            Some(current) => *current,
            None => *current
                .entry(log)
                .or_insert(followed_position(kv, log)?.copy),
        };
        Ok((copy == current).then(|| quarantined_to(*key, entry)))
    })
}

fn quarantined_to((log, _, seq): QuarantineKey, entry: Quarantined) -> v1::QuarantinedEntry {
    v1::QuarantinedEntry {
        log: log.to_string(),
        epoch: entry.epoch.number,
        seq,
        problem: Some(problem_to(&Problem::new(
            ErrorCode::PeerInvalid,
            entry.reason,
        ))),
        at: Some(time_to(entry.at)),
        epoch_id: epoch_id(entry.epoch),
    }
}

//! Retention of reviews: removes the contents of old ones, which nobody outside the city reads, from the log and from
//! the history of their entries. What remains of each is its envelope and leaf in the log, so that roots and proofs
//! are unchanged, and what was done when in the history.
//!
//! Never removed are the contents of pending entries, of the published revision or else the newest, of what follows
//! it, and of revisions that were published.

use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chengji_domain::catalogue::lifecycle::{LifecycleRecord, LifecycleStep, Move, PastStep, State};
use chengji_domain::fact::{Audience, CityFact, LogOwner, ReviewFact};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_messages::msg;
use chengji_proto::convert::{city_entry_in, envelope_from, time_to};
use chengji_proto::v1;
use chengji_store::{Entry, Limit, Tx, View, log};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::lifecycles::{self, REVISIONS, STEPS};
use crate::own_log::OwnLog;

/// Interval between two runs.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);
/// Number of log entries, or of moves, looked at in one job.
const PIECE: usize = 100;
/// Number of an entry's moves read at once.
const STEPS_AT_ONCE: usize = 32;

/// The retention of reviews in a node's log. Clones share its last run.
#[derive(Clone)]
pub struct Retention {
    own: OwnLog,
    /// Retention period in days; `None` if everything is kept.
    days: Option<u32>,
    last: Arc<Mutex<Option<(Timestamp, Removed)>>>,
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

    fn note(&mut self, at: Timestamp, bytes: usize) {
        self.bytes += bytes as u64;
        self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
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

/// The place from which a run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// A position of the log.
    Log(u64),
    /// The moves after this one.
    Moves(Bound<(ResourceCode, u32)>),
}

const START: Place = Place::Log(0);

/// The contents to be removed among the next entries or moves.
#[derive(Default)]
struct Piece {
    bodies: Vec<u64>,
    moves: Vec<((ResourceCode, u32), PastStep)>,
    revisions: Vec<(ResourceCode, u32)>,
    removed: Removed,
    /// The place after them, if there is more.
    next: Option<Place>,
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
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        Some(v1::Retention {
            keep_reviews_days: self.days?,
            last_run: last.map(|(at, _)| time_to(at)),
            removed: last.map(|(_, removed)| removed.to_wire()),
        })
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
                if let Err(error) = self.remove_from(&mut place).await {
                    tracing::warn!("contents past their retention cannot be removed: {error}");
                }
            }
        };
        tokio::select! {
            () = running => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    }

    /// Removes what is due now.
    pub async fn remove(&self) -> Result<Removed> {
        let mut place = START;
        self.remove_from(&mut place).await
    }

    /// Returns what [`Self::remove`] would remove now. Errors: MISCONFIGURED without a retention period.
    pub fn preview(&self) -> Result<Removed> {
        let (before, mut removed) = (self.before()?, Removed::default());
        let mut place = Some(START);
        while let Some(from) = place {
            let piece = self.piece(self.own.ledger.kv().as_ref(), from, before)?;
            removed.add(piece.removed);
            place = piece.next;
        }
        Ok(removed)
    }

    /// Removes what is due from `place` on, which is the start again at the end.
    async fn remove_from(&self, place: &mut Place) -> Result<Removed> {
        let (before, mut removed) = (self.before()?, Removed::default());
        loop {
            let (this, from) = (self.clone(), place.clone());
            let job = move |tx: &mut Tx<'_>| -> Result<_> {
                let piece = this.piece(tx, from, before)?;
                piece.apply(tx)?;
                Ok((piece.removed, piece.next))
            };
            let (more, next) = self.own.ledger.write(job).await?;
            removed.add(more);
            metrics::counter!("chengji_removed_contents_total")
                .increment(more.bodies + more.moves + more.revisions);
            match next {
                Some(next) => *place = next,
                None => break,
            }
        }
        *place = START;
        if !removed.is_empty() {
            let Removed { bodies, bytes, .. } = removed;
            tracing::info!(bodies, bytes, "contents past their retention were removed");
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((self.own.now(), removed));
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

    fn piece<V: View + ?Sized>(&self, view: &V, from: Place, before: Timestamp) -> Result<Piece> {
        match from {
            Place::Log(seq) => self.log_piece(view, seq, before),
            Place::Moves(after) => moves_piece(view, after, before),
        }
    }

    /// The bodies of reviews in the next entries of the log.
    fn log_piece<V: View + ?Sized>(&self, view: &V, from: u64, before: Timestamp) -> Result<Piece> {
        let envelopes = log::envelopes(view, from, PIECE)?;
        let mut piece = Piece {
            next: Some(match envelopes.get(PIECE - 1) {
                Some((last, _)) => Place::Log(last + 1),
                None => Place::Moves(Bound::Unbounded),
            }),
            ..Piece::default()
        };
        for (seq, bytes) in envelopes {
            let envelope = envelope_from(&bytes, LogOwner::City(self.own.city))?;
            if envelope.audience != Audience::Own || envelope.at >= before {
                continue;
            }
            let body = log::body(view, seq)?.unwrap_or_default();
            if body.is_empty() {
                continue;
            }
            let size = body.len();
            let entry = Entry {
                envelope: bytes.into(),
                body: body.into(),
            };
            let fact = match city_entry_in(&envelope, &entry, self.own.city) {
                Ok(entry) => entry.fact,
                Err(error) => {
                    tracing::warn!(seq, %error, "a review cannot be read; its content is kept");
                    continue;
                }
            };
            if let CityFact::Review(fact) = fact
                && is_past(view, &fact, envelope.at)?
            {
                piece.bodies.push(seq);
                piece.removed.bodies += 1;
                piece.removed.note(envelope.at, size);
            }
        }
        Ok(piece)
    }
}

impl Piece {
    fn apply(&self, tx: &mut Tx<'_>) -> Result<()> {
        for seq in &self.bodies {
            tx.remove_body(*seq)?;
        }
        for (key, step) in &self.moves {
            STEPS.put(tx, key, step)?;
        }
        for key in &self.revisions {
            REVISIONS.delete(tx, key)?;
        }
        Ok(())
    }
}

/// Returns true if a review concerns only what precedes the oldest revision that is retained.
fn is_past<V: View + ?Sized>(view: &V, fact: &ReviewFact, at: Timestamp) -> Result<bool> {
    let (ReviewFact::Submitted { code, .. }
    | ReviewFact::Returned { code, .. }
    | ReviewFact::TakenBack { code, .. }
    | ReviewFact::WithdrawalAsked { code, .. }
    | ReviewFact::WithdrawalDeclined { code, .. }
    | ReviewFact::ChangeNoted { code, .. }
    | ReviewFact::UpdateExtended { code, .. }) = fact;
    let Some(oldest) = oldest_retained(lifecycles::find(view, code)?.as_ref()) else {
        return Ok(false);
    };
    match fact {
        ReviewFact::Submitted { revision, .. }
        | ReviewFact::Returned { revision, .. }
        | ReviewFact::TakenBack { revision, .. } => Ok(*revision < oldest),
        // These facts name no revision. An entry of the log is not dated earlier than its move.
        ReviewFact::WithdrawalAsked { .. }
        | ReviewFact::WithdrawalDeclined { .. }
        | ReviewFact::ChangeNoted { .. }
        | ReviewFact::UpdateExtended { .. } => {
            let mut steps = lifecycles::steps(view, code, .., STEPS_AT_ONCE);
            let kept = steps.try_fold(false, |found, step| {
                let (_, step) = step?;
                Ok::<_, Error>(found || (step.revision() >= oldest && step.at() <= at))
            })?;
            Ok(!kept)
        }
    }
}

fn oldest_retained(record: Option<&LifecycleRecord>) -> Option<u32> {
    record.and_then(|record| record.lifecycle.oldest_retained())
}

/// The contents of the next moves, and of the revisions that end with one of them.
fn moves_piece<V: View + ?Sized>(
    view: &V,
    after: Bound<(ResourceCode, u32)>,
    before: Timestamp,
) -> Result<Piece> {
    let page = STEPS
        .range((after, Bound::Unbounded))
        .page(view, Limit::rows(PIECE))?;
    let last = page.rows.last().map(|(key, _)| key.clone());
    let has_more = page.rest.is_some();
    let mut piece = Piece {
        next: last
            .filter(|_| has_more)
            .map(|last| Place::Moves(Bound::Excluded(last))),
        ..Piece::default()
    };
    for (key, step) in page.rows {
        // An approval has a public entry in the log, with the same contents.
        let PastStep::Whole(step) = step else {
            continue;
        };
        if step.at >= before || step.mv == Move::Approve {
            continue;
        }
        let record = lifecycles::find(view, &key.0)?;
        if oldest_retained(record.as_ref()).is_none_or(|oldest| step.revision >= oldest) {
            continue;
        }
        if let Some(size) = ended_revision(view, &key, &step)? {
            piece.revisions.push((key.0.clone(), step.revision));
            piece.removed.revisions += 1;
            piece.removed.note(step.at, size);
        }
        piece.removed.moves += 1;
        let size = step.by.to_string().len() + step.reason.len();
        piece.removed.note(step.at, size);
        piece.moves.push((key, step.emptied()));
    }
    Ok(piece)
}

/// Returns the size of the revision's content if this move is its last, and it was never published.
fn ended_revision<V: View + ?Sized>(
    view: &V,
    (code, number): &(ResourceCode, u32),
    step: &LifecycleStep,
) -> Result<Option<usize>> {
    let next = STEPS.get(view, &(code.clone(), number + 1))?;
    if next.is_none_or(|next| next.revision() == step.revision) {
        return Ok(None);
    }
    for past in lifecycles::steps(view, code, ..*number, STEPS_AT_ONCE) {
        if let (_, PastStep::Whole(past)) = past?
            && (past.revision, past.mv, past.state)
                == (step.revision, Move::Approve, State::Published)
        {
            return Ok(None);
        }
    }
    REVISIONS.size(view, &(code.clone(), step.revision))
}

#[cfg(test)]
#[path = "retention_tests.rs"]
mod tests;

//! Stores and applies the arriving entries of another program's log: entries, their effects and the new
//! position in one transaction, or in several if there are many. The transfer is elsewhere.

mod compare;
mod mending;
mod piece;
mod ranges;

use std::iter;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use chengji_clock::Clock;
use chengji_domain::envelope::Envelope;
use chengji_domain::fact::LogOwner;
use chengji_domain::problem::Problem;
use chengji_domain::{Epoch, Error, ErrorCode, Principal, Result};
use chengji_messages::{Value, msg};
use chengji_proto::convert::{epoch_from, optional_time_from};
use chengji_proto::v1;
use chengji_records::FollowedPosition;
use chengji_runtime::{LogRateLimit, off_thread};
use chengji_store::{Entry, Ledger, Position, Tx};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{info, warn};

use self::compare::settle;
use crate::alarm::alarm;
use crate::apply::Apply;
use crate::checked_copies::Copies;
use crate::clock_skew;
use crate::copies::{FOLLOWED_POSITIONS, end_copy, followed_position};
use crate::parsed::{ParsedEntry, ParsedMessage, invalid};
use crate::state::{CaughtUp, FollowState, Followed, Paced, position, quarantined};

/// Stores and applies one followed log.
pub struct Intake<A> {
    ledger: Ledger,
    reader: Principal,
    log: LogOwner,
    apply: Arc<A>,
    clock: Clock,
    followed: Followed,
    copies: Copies,
    warnings: LogRateLimit,
}

/// The part of a message that waits for a budget.
pub(crate) struct Rest {
    /// The items that were not admitted.
    pub(crate) message: v1::FollowResponse,
    /// Delay before requesting them again.
    pub(crate) wait: Duration,
}

/// The entries of a message, shared by the transactions that store them.
type Entries<F> = Arc<[ParsedEntry<F>]>;

/// The outcome of one piece.
struct Stored {
    position: Position,
    /// The entries that took effect, by their index in the message.
    effective: Vec<usize>,
    /// Number of entries set aside; `reason` is the first one's.
    set_aside: u64,
    reason: String,
}

impl<A: Apply> Intake<A> {
    /// Opens the intake of a log that this program reads, continuing from the ledger's store.
    pub fn open(
        ledger: Ledger,
        reader: Principal,
        log: LogOwner,
        apply: Arc<A>,
        clock: Clock,
    ) -> Result<Self> {
        let kv = ledger.kv().as_ref();
        let start = position(kv, log)?;
        let state = FollowState {
            log,
            position: start,
            head: start.seq,
            last_heard: None,
            heard_at: None,
            caught_up: None,
            clock_skew: None,
            stale_since: Some(clock()),
            stale_reason: Some(Problem::new(ErrorCode::PeerUnavailable, msg::FollowNotYet)),
            quarantined: quarantined(kv, log)?,
            damaged: 0,
            alarm: None,
            paced: None,
            paced_by_owner: None,
            compared_at: None,
        };
        let followed = Followed(Arc::new(watch::Sender::new(state)));
        followed.show_alarm(alarm(kv, log)?);
        Ok(Self {
            followed,
            copies: Copies::new(Arc::clone(ledger.kv())),
            ledger,
            reader,
            log,
            apply,
            clock,
            warnings: LogRateLimit::default(),
        })
    }

    /// Also fetches entries again that readers of these copies found damaged.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub fn mending(self, copies: Copies) -> Result<Self> {
        let this = Self { copies, ..self };
        let at = this.followed.state().position.seq;
        // An entry that differed when it was fetched again is checked once more.
        let entry = this.divergence_before(at).map(|alarm| alarm.known);
        if let Some(seq) = entry.and_then(|known| known.seq.checked_sub(1)) {
            let copy = followed_position(this.ledger.kv().as_ref(), this.log)?.copy;
            this.copies.note_damaged(this.log, (copy, seq));
        }
        this.show_damage();
        Ok(this)
    }

    /// The live state of following.
    pub fn followed(&self) -> Followed {
        self.followed.clone()
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Parses and verifies the entries of a message, off the threads that serve. Nothing is stored.
    pub(crate) async fn parse_entries(
        &self,
        mut message: v1::FollowResponse,
    ) -> Result<ParsedMessage<A::Fact>> {
        let heard = (self.now(), Instant::now());
        let items = std::mem::take(&mut message.items);
        if items.is_empty() {
            return Ok(ParsedMessage {
                message,
                entries: Vec::new(),
                heard,
            });
        }
        let (apply, log, reader) = (Arc::clone(&self.apply), self.log, self.reader.clone());
        let first = message.first;
        let entries = off_thread(move || {
            // The position is checked against the stored one before anything is stored.
            let numbered = (0..).map(|number| first.wrapping_add(number)).zip(items);
            let parse = |envelope: &Envelope, entry: &Entry| apply.parse(envelope, entry);
            let parsed = numbered
                .map(|(seq, item)| ParsedEntry::of((log, &reader), seq, item.into(), parse));
            Ok(parsed.collect())
        });
        Ok(ParsedMessage {
            message,
            entries: entries.await?,
            heard,
        })
    }

    /// Cuts a message to the entries that may be stored now, and returns the rest, if any.
    pub(crate) fn admit(&self, parsed: &mut ParsedMessage<A::Fact>) -> Result<Option<Rest>> {
        let kv = self.ledger.kv().as_ref();
        let first = parsed.message.first;
        let admission = self.apply.admit(kv, first, &parsed.entries)?;
        let now = self.now();
        self.followed.0.send_modify(|state| {
            state.paced = admission.pause.as_ref().map(|pause| Paced {
                budget: pause.budget.to_owned(),
                since: state.paced.as_ref().map_or(now, |paced| paced.since),
            });
        });
        let Some(pause) = admission.pause else {
            return Ok(None);
        };
        let admitted = admission.items.min(parsed.entries.len());
        let rest = parsed.entries.split_off(admitted);
        Ok(Some(Rest {
            message: v1::FollowResponse {
                first: first.saturating_add(admitted as u64),
                // By then its age gives no indication of the owner's clock.
                sent_at: None,
                items: rest.into_iter().map(|one| one.entry.into()).collect(),
                ..parsed.message.clone()
            },
            wait: pause.wait,
        }))
    }

    /// Stores a message. On failure, the pieces before the failed one are stored.
    pub async fn take(&self, message: v1::FollowResponse) -> Result<()> {
        self.store(self.parse_entries(message).await?).await
    }

    /// Stores a parsed message. On failure, the pieces before the failed one are stored.
    pub(crate) async fn store(&self, parsed: ParsedMessage<A::Fact>) -> Result<()> {
        let ParsedMessage {
            message,
            entries,
            heard: (heard, at),
        } = parsed;
        let known = self.followed.state().position;
        let epoch = check(known, &message)?;
        // A difference may be found while the log is followed.
        if let Some(earlier) = self.divergence_before(known.seq + 1) {
            return Err(Error::new(ErrorCode::LogDiverged, earlier.reason));
        }
        if known.epoch.is_unknown() || !entries.is_empty() {
            self.store_all(epoch, entries.into(), message.head).await?;
            self.settle_distrust().await?;
        }
        let log = self.log;
        let sent_at = optional_time_from(message.sent_at.as_ref());
        let paced_since = optional_time_from(message.paced_since.as_ref());
        self.followed.0.send_modify(|state| {
            if state.stale_since.take().is_some() {
                info!(%log, position = %state.position, "following");
            }
            state.stale_reason = None;
            state.last_heard = Some(heard);
            state.heard_at = Some(at);
            state.paced_by_owner = paced_since.map(|since| Paced {
                budget: message.paced_by.clone(),
                since,
            });
            state.head = message.head;
            if state.position.seq >= message.head {
                state.caught_up = Some(CaughtUp {
                    head: message.head,
                    at,
                });
                // A message that waited behind others gives no indication of its owner's clock.
                if let Some(sent_at) = sent_at {
                    clock_skew::note(state, sent_at.duration_since(heard));
                }
            }
        });
        self.show_damage();
        let lag = message
            .head
            .saturating_sub(self.followed.state().position.seq);
        metrics::gauge!("chengji_follow_lag", "log" => log.to_string()).set(lag as f64);
        Ok(())
    }

    /// Forgets what was learnt of this log, so that it is read anew, in this epoch of its owner. The
    /// entries that were read are kept as a copy.
    pub async fn start_over(&self, epoch: Epoch) -> Result<()> {
        let (log, at) = (self.log, self.now());
        let before = followed_position(self.ledger.kv().as_ref(), log)?;
        let apply = Arc::clone(&self.apply);
        let begun = self.ledger.write(move |tx| {
            is_at(tx, log, before)?;
            let copy = if before == FollowedPosition::NOTHING {
                before.copy
            } else {
                end_copy(tx, log, before, at)?;
                before.copy + 1
            };
            let forgetting = FollowedPosition {
                position: Position {
                    epoch,
                    seq: u64::MAX,
                },
                copy,
            };
            FOLLOWED_POSITIONS.put(tx, &log, &forgetting)?;
            let accepted = alarm(tx, log)?.is_some_and(|alarm| alarm.accepted.is_some());
            apply.begun(tx, copy, accepted)?;
            settle(tx, log, at)
        });
        self.followed.show_alarm(begun.await?);
        self.go_on_forgetting().await.map(drop)
    }

    /// Continues an unfinished forgetting, piece by piece; returns true if there was one. Until the last
    /// piece the store records it, and nothing is read.
    pub async fn go_on_forgetting(&self) -> Result<bool> {
        let log = self.log;
        let known = followed_position(self.ledger.kv().as_ref(), log)?;
        if !known.is_forgetting() {
            return Ok(false);
        }
        loop {
            let apply = self.apply.clone();
            let forgotten = self.ledger.write(move |tx| {
                is_at(tx, log, known)?;
                let done = apply.forget(tx)?;
                if done {
                    let position = known.next();
                    FOLLOWED_POSITIONS.put(tx, &log, &FollowedPosition { position, ..known })?;
                }
                Ok(done)
            });
            if forgotten.await? {
                break;
            }
        }
        self.apply.forgotten();
        self.followed.0.send_modify(|state| {
            state.position = known.next();
            state.caught_up = None;
            state.quarantined = 0;
        });
        Ok(true)
    }

    /// Reads the stored position again: another intake may have moved it.
    pub(crate) fn refresh(&self) -> Result<()> {
        let kv = self.ledger.kv().as_ref();
        let (at, aside) = (position(kv, self.log)?, quarantined(kv, self.log)?);
        self.followed.0.send_modify(|state| {
            state.position = at;
            state.quarantined = aside;
        });
        Ok(())
    }

    /// Stores entries in one transaction or, if that writes too much, in halves, recursively. A single
    /// entry never does: its effect is a savepoint. Entries before one that this build does not know are
    /// all stored.
    async fn store_all(&self, epoch: Epoch, entries: Entries<A::Fact>, head: u64) -> Result<()> {
        // A stack: the next piece is last.
        let mut pieces: Vec<Range<usize>> = iter::once(0..entries.len()).collect();
        while let Some(piece) = pieces.pop() {
            let of_piece = (Arc::clone(&entries), piece.clone());
            let stored = match self.store_piece(epoch, of_piece, head).await {
                Err(error) if is_for_halves(error.code()) && piece.len() > 1 => {
                    let middle = piece.start + piece.len() / 2;
                    pieces.extend([middle..piece.end, piece.start..middle]);
                    continue;
                }
                Err(error) if error.code() == ErrorCode::LogDiverged => {
                    return Err(self.distrust(&error).await?);
                }
                stored => stored?,
            };
            self.committed(Arc::clone(&entries), stored.effective)
                .await?;
            if stored.set_aside > 0
                && let Some(left_out) = self.warnings.pass()
            {
                let (log, count) = (self.log, stored.set_aside);
                warn!(%log, count, left_out, reason = stored.reason, "entries quarantined");
            }
            self.followed.0.send_modify(|state| {
                state.position = stored.position;
                state.quarantined += stored.set_aside;
            });
        }
        Ok(())
    }

    async fn committed(&self, entries: Entries<A::Fact>, effective: Vec<usize>) -> Result<()> {
        let apply = Arc::clone(&self.apply);
        let report = move || {
            let effective = effective.iter().filter_map(|index| entries.get(*index));
            let envelopes: Vec<&Envelope> = effective
                .filter_map(|entry| entry.envelope.as_ref())
                .collect();
            apply.committed(&envelopes);
            Ok(())
        };
        off_thread(report).await
    }
}

/// Returns true if a smaller piece may succeed.
fn is_for_halves(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::LimitExceeded | ErrorCode::UpgradeNeeded | ErrorCode::LogDiverged
    )
}

/// Checks that a message continues at the known position; returns its epoch.
fn check(at: Position, message: &v1::FollowResponse) -> Result<Epoch> {
    let epoch = epoch_from(message.epoch, &message.epoch_id).map_err(|e| invalid(e.message()))?;
    if epoch.is_unknown() {
        return Err(invalid(msg::FollowEpochZero));
    }
    if !at.epoch.is_unknown() && epoch != at.epoch {
        let message = msg::FollowAnotherEpoch {
            expected: at.epoch,
            found: epoch,
        };
        return Err(Error::new(ErrorCode::EpochUnknown, message));
    }
    if message.first != at.seq {
        return Err(invalid(msg::FollowAnotherEntry {
            expected: at.seq,
            found: message.first,
        }));
    }
    Ok(epoch)
}

/// Checks the position: an earlier follower may have had a piece in progress when it was stopped.
fn is_at(tx: &Tx<'_>, log: LogOwner, expected: FollowedPosition) -> Result<()> {
    if followed_position(tx, log)? == expected {
        return Ok(());
    }
    Err(moved(log))
}

fn moved(log: LogOwner) -> Error {
    let log = Value::text(log);
    let message = msg::FollowByAnother { log };
    Error::new(ErrorCode::Conflict, message)
}

#[cfg(test)]
#[path = "intake_tests.rs"]
mod tests;

#[cfg(test)]
mod admission_tests;
#[cfg(test)]
mod alarm_tests;
#[cfg(test)]
mod envelope_tests;
#[cfg(test)]
mod parsing_tests;

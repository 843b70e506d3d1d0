//! Taking in what came of another's log: entries, their effects and the new position in one
//! transaction, piece by piece where it is much. How it came is not known here.

use std::sync::Arc;

use bytes::Bytes;
use chengji_clock::Clock;
use chengji_domain::fact::LogOwner;
use chengji_domain::{Error, ErrorCode, Fault, Result};
use chengji_proto::convert::{recorded, time_to};
use chengji_proto::v1;
use chengji_proto::v1::log_item::Item;
use chengji_store::{Ledger, MAX_VALUE, Position, Prefix, Tx, leaf_hash};
use jiff::Timestamp;
use prost::Message;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::apply::Apply;
use crate::clock_skew;

use crate::state::{
    CaughtUp, FORGETTING, FollowState, Followed, UNKNOWN, known_position, mirror_key, position,
    position_key, set_aside,
};

/// The longest reason that is kept of an entry that was set aside, characters.
const MOST_REASON: usize = 500;

/// Where a followed log goes.
pub struct Intake {
    ledger: Ledger,
    log: LogOwner,
    apply: Arc<dyn Apply>,
    clock: Clock,
    followed: Followed,
}

/// What became of one piece.
struct Stored {
    position: Position,
    /// Those that took effect.
    entries: Vec<(u64, Bytes)>,
    set_aside: u64,
}

impl Intake {
    /// Where this log goes, by what the ledger's store already has of it.
    pub fn open(
        ledger: Ledger,
        log: LogOwner,
        apply: Arc<dyn Apply>,
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
            stale_reason: "not reached yet since this program started".to_owned(),
            quarantined: set_aside(kv, log)?.len() as u64,
        };
        Ok(Self {
            followed: Followed(Arc::new(watch::Sender::new(state))),
            ledger,
            log,
            apply,
            clock,
        })
    }

    /// How far it has come; kept up to date.
    pub fn followed(&self) -> Followed {
        self.followed.clone()
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Takes in a message. Where this fails, the pieces before the one that failed are stored.
    pub async fn take(&self, message: v1::FollowResponse) -> Result<()> {
        let at = self.followed.state().position;
        check(at, &message)?;
        if at == UNKNOWN || !message.items.is_empty() {
            self.store_all(message.epoch, message.items).await?;
        }
        let (log, heard, at) = (self.log, self.now(), Instant::now());
        let sent_at = recorded(message.sent_at.as_ref());
        self.followed.0.send_modify(|state| {
            if state.stale_since.take().is_some() {
                info!(%log, position = %state.position, "following");
            }
            state.stale_reason.clear();
            state.last_heard = Some(heard);
            state.heard_at = Some(at);
            state.head = message.head;
            if state.position.seq >= message.head {
                state.caught_up = Some(CaughtUp {
                    head: message.head,
                    at,
                });
                // What waited behind others says nothing of its owner's clock.
                if let Some(sent_at) = sent_at {
                    clock_skew::note(state, sent_at.duration_since(heard));
                }
            }
        });
        let lag = message
            .head
            .saturating_sub(self.followed.state().position.seq);
        metrics::gauge!("chengji_follow_lag", "log" => log.to_string()).set(lag as f64);
        Ok(())
    }

    /// Whether forgetting this log was begun and not finished.
    pub fn is_forgetting(&self) -> Result<bool> {
        Ok(known_position(self.ledger.kv().as_ref(), self.log)? == FORGETTING)
    }

    /// Forgets what was learnt of this log, so that it can be taken in from its beginning. Until
    /// the last piece is forgotten the store says so, and nothing is taken in.
    pub async fn start_over(&self) -> Result<()> {
        let log = self.log;
        let mut before = known_position(self.ledger.kv().as_ref(), log)?;
        loop {
            let apply = self.apply.clone();
            let forgotten = self.ledger.write(move |tx| {
                is_at(tx, log, before)?;
                let done = forget_mirror(tx, log)? && apply.forget(tx)?;
                let now = if done { UNKNOWN } else { FORGETTING };
                tx.put(position_key(log), now.to_bytes());
                Ok(done)
            });
            if forgotten.await? {
                break;
            }
            before = FORGETTING;
        }
        self.apply.forgotten();
        self.followed.0.send_modify(|state| {
            state.position = UNKNOWN;
            state.quarantined = 0;
        });
        Ok(())
    }

    /// Reads again how far it is: somebody else may have taken in some of it.
    pub(crate) fn refresh(&self) -> Result<()> {
        let kv = self.ledger.kv().as_ref();
        let (at, aside) = (position(kv, self.log)?, set_aside(kv, self.log)?.len());
        self.followed.0.send_modify(|state| {
            state.position = at;
            state.quarantined = aside as u64;
        });
        Ok(())
    }

    /// Stores items in one transaction, or in halves where that writes too much, and so on. A single
    /// one never does: its effect is an attempt.
    async fn store_all(&self, epoch: u32, items: Vec<v1::LogItem>) -> Result<()> {
        // The next one last.
        let mut pieces = vec![items];
        while let Some(piece) = pieces.pop() {
            let stored = match self.store(epoch, piece.clone()).await {
                Err(error) if error.code() == ErrorCode::LimitExceeded && piece.len() > 1 => {
                    let (first, second) = piece.split_at(piece.len() / 2);
                    pieces.extend([second.to_vec(), first.to_vec()]);
                    continue;
                }
                stored => stored?,
            };
            self.apply.committed(&stored.entries);
            self.followed.0.send_modify(|state| {
                state.position = stored.position;
                state.quarantined += stored.set_aside;
            });
        }
        Ok(())
    }

    async fn store(&self, epoch: u32, items: Vec<v1::LogItem>) -> Result<Stored> {
        let (log, apply, at) = (self.log, self.apply.clone(), self.now());
        let expected = self.followed.state().position;
        let job = move |tx: &mut Tx<'_>| {
            is_at(tx, log, expected)?;
            let seq = expected.seq;
            let mut piece = Piece {
                log,
                at,
                apply: apply.as_ref(),
                stored: Stored {
                    position: Position { epoch, seq },
                    entries: Vec::with_capacity(items.len()),
                    set_aside: 0,
                },
            };
            for item in items {
                piece.take(tx, item)?;
            }
            tx.put(position_key(log), piece.stored.position.to_bytes());
            apply.arrived(tx, piece.stored.position)?;
            Ok(piece.stored)
        };
        self.ledger.write(job).await
    }
}

/// Whether a message goes on where the log is known up to.
fn check(at: Position, message: &v1::FollowResponse) -> Result<()> {
    if message.epoch == 0 {
        return Err(invalid("a log's epoch is never 0".to_owned()));
    }
    if at != UNKNOWN && message.epoch != at.epoch {
        let text = format!("epoch {} came instead of {}", message.epoch, at.epoch);
        return Err(Error::new(ErrorCode::EpochUnknown, text));
    }
    if message.first != at.seq {
        let text = format!("entry {} came instead of {}", message.first, at.seq);
        return Err(invalid(text));
    }
    Ok(())
}

/// A follower before this one may have had a piece on its way when it was stopped.
fn is_at(tx: &Tx<'_>, log: LogOwner, expected: Position) -> Result<()> {
    if known_position(tx, log)? == expected {
        return Ok(());
    }
    let message = format!("{log} was followed further by somebody else");
    Err(Error::new(ErrorCode::Conflict, message))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorCode::PeerInvalid, message)
}

/// Items on their way into the store.
struct Piece<'a> {
    log: LogOwner,
    at: Timestamp,
    apply: &'a dyn Apply,
    stored: Stored,
}

impl Piece<'_> {
    /// Stores the next item and its effect.
    fn take(&mut self, tx: &mut Tx<'_>, item: v1::LogItem) -> Result<()> {
        let seq = self.stored.position.seq;
        let entry_key = mirror_key(Prefix::MirrorEntry, self.log, seq);
        let leaf_key = mirror_key(Prefix::MirrorLeaf, self.log, seq);
        match item.item {
            Some(Item::Entry(bytes)) if bytes.len() <= MAX_VALUE => {
                tx.put(leaf_key, leaf_hash(&bytes).0.to_vec());
                tx.put(entry_key, bytes.to_vec());
                match tx.attempt(|tx| self.apply.apply(tx, seq, &bytes)) {
                    Ok(()) => self.stored.entries.push((seq, bytes)),
                    Err(error) if error.code().fault() == Fault::Us => return Err(error),
                    Err(error) => self.set_aside(tx, &error)?,
                }
            }
            Some(Item::Leaf(leaf)) if leaf.len() == 32 => {
                tx.put(leaf_key, leaf.to_vec());
                tx.put(entry_key, Vec::new());
            }
            _ => {
                let text = format!("item {seq} is neither an entry nor a leaf, or is too long");
                return Err(invalid(text));
            }
        }
        self.stored.position.seq += 1;
        Ok(())
    }

    fn set_aside(&mut self, tx: &mut Tx<'_>, why: &Error) -> Result<()> {
        let Position { epoch, seq } = self.stored.position;
        warn!(log = %self.log, epoch, seq, reason = %why, "entry set aside");
        let reason: String = why.message().chars().take(MOST_REASON).collect();
        self.apply.quarantined(tx, epoch, seq, &reason)?;
        let record = v1::QuarantinedEntry {
            log: self.log.to_string(),
            epoch,
            seq,
            reason,
            at: Some(time_to(self.at)),
        };
        let key = mirror_key(Prefix::Quarantine, self.log, seq);
        tx.put(key, record.encode_to_vec());
        self.stored.set_aside += 1;
        Ok(())
    }
}

/// Deletes a piece of the mirror of a log; true when nothing is left.
fn forget_mirror(tx: &mut Tx<'_>, log: LogOwner) -> Result<bool> {
    const PIECE: usize = 500;
    let mut left = PIECE;
    for prefix in [Prefix::MirrorEntry, Prefix::MirrorLeaf, Prefix::Quarantine] {
        let (lower, upper) = (
            mirror_key(prefix, log, 0),
            mirror_key(prefix, log, u64::MAX),
        );
        let keys: Vec<_> = tx
            .range(&lower, &upper, left)?
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        left -= keys.len();
        for key in keys {
            tx.delete(key);
        }
    }
    Ok(left > 0)
}

#[cfg(test)]
#[path = "intake_tests.rs"]
mod tests;

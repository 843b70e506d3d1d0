//! Following another's log, for as long as the program runs and without anybody's help.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chengji_domain::fact::LogOwner;
use chengji_domain::{Error, ErrorCode, Fault, Result};
use chengji_proto::convert::time_to;
use chengji_proto::v1::log_item::Item;
use chengji_proto::v1::log_service_client::LogServiceClient;
use chengji_proto::{status, v1};
use chengji_store::{Ledger, Position, Prefix, Tx, leaf_hash};
use prost::Message;
use tokio::sync::watch;
use tonic::transport::Channel;
use tracing::{info, warn};

use crate::apply::Apply;
use crate::clock::Clock;
use crate::state::{FollowState, Followed, mirror_key, position, position_key, quarantine};

/// The first wait after a failure; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Without a sign of life for so long, the stream is taken for dead.
const SILENCE: Duration = Duration::from_secs(15);

/// What it takes to follow a log.
pub struct Follower {
    /// Where entries, effects and position are written.
    pub ledger: Ledger,
    /// Whose log.
    pub log: LogOwner,
    /// The way to its owner.
    pub channel: Channel,
    /// The effect of its entries.
    pub apply: Arc<dyn Apply>,
    /// The time, for freshness.
    pub clock: Clock,
}

impl Follower {
    /// Follows in the background until `shutdown` turns true.
    pub fn spawn(self, shutdown: watch::Receiver<bool>) -> Result<Followed> {
        let kv = self.ledger.kv().as_ref();
        let log = self.log.to_string();
        let start = position(kv, self.log)?;
        let set_aside = quarantine(kv)?
            .iter()
            .filter(|entry| entry.log == log)
            .count();
        let state = FollowState {
            log: self.log,
            position: start,
            head: start.seq,
            last_heard: None,
            stale_since: Some((self.clock)()),
            stale_reason: "not reached yet since this program started".to_owned(),
            quarantined: set_aside as u64,
        };
        let followed = Followed(Arc::new(watch::Sender::new(state)));
        let following = Following {
            follower: self,
            followed: followed.clone(),
        };
        tokio::spawn(following.run(shutdown));
        Ok(followed)
    }
}

struct Following {
    follower: Follower,
    followed: Followed,
}

/// How a stream ended.
enum Ended {
    /// This follower was told to stop.
    Stopped,
    /// Its owner ended it.
    ByOther,
}

/// What became of one batch.
struct Applied {
    position: Position,
    entries: Vec<(u64, Bytes)>,
    set_aside: u64,
}

impl Following {
    /// Until it is told to stop, which it heeds between two batches: what was begun is finished.
    async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut wait = FIRST_WAIT;
        loop {
            let before = self.followed.state().position;
            let error = match self.follow_once(&mut stop).await {
                Ok(Ended::Stopped) => return,
                Ok(Ended::ByOther) => Error::new(ErrorCode::PeerUnavailable, "the stream ended"),
                Err(error) => error,
            };
            if matches!(
                error.code(),
                ErrorCode::EpochUnknown | ErrorCode::PositionUnknown
            ) {
                if let Err(error) = self.start_over(&error).await {
                    self.is_stale(&error);
                } else {
                    continue;
                }
            }
            if error.code() == ErrorCode::Conflict {
                match position(self.follower.ledger.kv().as_ref(), self.follower.log) {
                    Ok(at) => self.followed.0.send_modify(|state| state.position = at),
                    Err(error) => self.is_stale(&error),
                }
            }
            self.is_stale(&error);
            if self.followed.state().position != before {
                wait = FIRST_WAIT;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Follows until the stream breaks or ends.
    async fn follow_once(&self, stop: &mut watch::Receiver<bool>) -> Result<Ended> {
        let at = self.followed.state().position;
        let request = v1::FollowRequest {
            epoch: at.epoch,
            from: at.seq,
            until_head: false,
        };
        let mut client = LogServiceClient::new(self.follower.channel.clone());
        let call = tokio::time::timeout(SILENCE, client.follow(request));
        let answer = tokio::select! {
            answer = call => answer.map_err(|_| silent())?,
            _ = stop.wait_for(|stop| *stop) => return Ok(Ended::Stopped),
        };
        let mut stream = answer.map_err(|s| status::to_error(&s))?;
        loop {
            let message = tokio::time::timeout(SILENCE, stream.get_mut().message());
            let message = tokio::select! {
                message = message => message.map_err(|_| silent())?,
                _ = stop.wait_for(|stop| *stop) => return Ok(Ended::Stopped),
            };
            let Some(batch) = message.map_err(|s| status::to_error(&s))? else {
                return Ok(Ended::ByOther);
            };
            self.take(batch).await?;
        }
    }

    async fn take(&self, batch: v1::FollowResponse) -> Result<()> {
        let head = batch.head;
        let at = self.followed.state().position;
        let known = at.epoch != 0;
        if known && batch.epoch != at.epoch {
            let message = format!("epoch {} came instead of {}", batch.epoch, at.epoch);
            return Err(Error::new(ErrorCode::EpochUnknown, message));
        }
        if batch.first != at.seq {
            let message = format!("entry {} came instead of {}", batch.first, at.seq);
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        let applied = if batch.items.is_empty() && known {
            None
        } else {
            Some(self.store(batch).await?)
        };
        if let Some(applied) = &applied {
            self.follower.apply.committed(&applied.entries);
        }
        let log = self.follower.log;
        let heard = (self.follower.clock)();
        self.followed.0.send_modify(|state| {
            if state.stale_since.take().is_some() {
                info!(%log, position = %state.position, "following");
            }
            state.stale_reason.clear();
            state.last_heard = Some(heard);
            state.head = head;
            if let Some(applied) = applied {
                state.position = applied.position;
                state.quarantined += applied.set_aside;
            }
        });
        let lag = head.saturating_sub(self.followed.state().position.seq);
        metrics::gauge!("chengji_follow_lag", "log" => log.to_string()).set(lag as f64);
        Ok(())
    }

    async fn store(&self, batch: v1::FollowResponse) -> Result<Applied> {
        let (log, apply) = (self.follower.log, self.follower.apply.clone());
        let at = (self.follower.clock)();
        let expected = self.followed.state().position;
        let job = move |tx: &mut Tx<'_>| {
            // A follower before this one may have had a batch on its way when it was stopped.
            if position(tx, log)? != expected {
                let message = format!("{log} was followed further by somebody else");
                return Err(Error::new(ErrorCode::Conflict, message));
            }
            let mut applied = Applied {
                position: Position {
                    epoch: batch.epoch,
                    seq: batch.first,
                },
                entries: Vec::with_capacity(batch.items.len()),
                set_aside: 0,
            };
            for item in batch.items {
                let place = Place {
                    log,
                    at,
                    position: applied.position,
                };
                if let Some(entry) = place.take(tx, apply.as_ref(), item, &mut applied.set_aside)? {
                    applied.entries.push((applied.position.seq, entry));
                }
                applied.position.seq += 1;
            }
            tx.put(position_key(log), applied.position.to_bytes());
            Ok(applied)
        };
        self.follower.ledger.write(job).await
    }

    /// The log is in another epoch, or shorter than it was: forgets what was learnt of it, and
    /// begins at 0.
    async fn start_over(&self, why: &Error) -> Result<()> {
        let log = self.follower.log;
        warn!(%log, reason = %why, "the log starts again; reading it from its beginning");
        loop {
            let apply = self.follower.apply.clone();
            let done = self.follower.ledger.write(move |tx| {
                let done = forget_mirror(tx, log)? && apply.forget(tx)?;
                tx.put(position_key(log), Position { epoch: 0, seq: 0 }.to_bytes());
                Ok(done)
            });
            if done.await? {
                break;
            }
        }
        self.follower.apply.forgotten();
        self.followed.0.send_modify(|state| {
            state.position = Position { epoch: 0, seq: 0 };
            state.quarantined = 0;
        });
        Ok(())
    }

    fn is_stale(&self, error: &Error) {
        let (log, now) = (self.follower.log, (self.follower.clock)());
        self.followed.0.send_modify(|state| {
            if state.stale_since.is_none() {
                warn!(%log, reason = %error, "cannot follow; trying again");
                state.stale_since = Some(state.last_heard.unwrap_or(now));
            }
            error.message().clone_into(&mut state.stale_reason);
        });
    }
}

/// Where an entry belongs.
struct Place {
    log: LogOwner,
    at: jiff::Timestamp,
    position: Position,
}

impl Place {
    /// Stores an item and its effect; gives the entry back where it had one.
    fn take(
        &self,
        tx: &mut Tx<'_>,
        apply: &dyn Apply,
        item: v1::LogItem,
        set_aside: &mut u64,
    ) -> Result<Option<Bytes>> {
        let Position { epoch, seq } = self.position;
        let entry_key = mirror_key(Prefix::MirrorEntry, self.log, seq);
        let leaf_key = mirror_key(Prefix::MirrorLeaf, self.log, seq);
        match item.item {
            Some(Item::Entry(bytes)) => {
                tx.put(leaf_key, leaf_hash(&bytes).0.to_vec());
                tx.put(entry_key, bytes.to_vec());
                match tx.attempt(|tx| apply.apply(tx, seq, &bytes)) {
                    Ok(()) => return Ok(Some(bytes)),
                    Err(error) if error.code().fault() == Fault::Us => return Err(error),
                    Err(error) => {
                        warn!(log = %self.log, epoch, seq, reason = %error, "entry set aside");
                        apply.quarantined(tx, epoch, seq, error.message())?;
                        self.set_aside(tx, &bytes, error.message());
                        *set_aside += 1;
                    }
                }
            }
            Some(Item::Leaf(leaf)) if leaf.len() == 32 => {
                tx.put(leaf_key, leaf.to_vec());
                tx.put(entry_key, Vec::new());
            }
            _ => {
                let message = format!("item {seq} is neither an entry nor a leaf");
                return Err(Error::new(ErrorCode::PeerInvalid, message));
            }
        }
        Ok(None)
    }

    fn set_aside(&self, tx: &mut Tx<'_>, bytes: &Bytes, reason: &str) {
        const ROOM: usize = 60 * 1024;
        let Position { epoch, seq } = self.position;
        let record = v1::QuarantinedEntry {
            log: self.log.to_string(),
            epoch,
            seq,
            reason: reason.to_owned(),
            at: Some(time_to(self.at)),
            // The mirror holds the whole entry; a shortened copy here keeps the record storable.
            entry: bytes.slice(..bytes.len().min(ROOM)),
        };
        tx.put(
            mirror_key(Prefix::Quarantine, self.log, seq),
            record.encode_to_vec(),
        );
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

fn silent() -> Error {
    let message = format!("no sign of life for {} s", SILENCE.as_secs());
    Error::new(ErrorCode::PeerUnavailable, message)
}

//! Follows another program's log unattended, for as long as the program runs.

mod compare_ranges;
mod retry_delay;
mod stream;

use std::time::Duration;

use chengji_domain::epoch::{EpochStart, Succession};
use chengji_domain::log_alarm::AlarmKind as Kind;
use chengji_domain::{Digest, Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::convert::{epoch_id, epoch_start_from, position_from};
use chengji_proto::v1;
use chengji_proto::v1::log_service_client::LogServiceClient;
use chengji_store::Position;
use chengji_transport::CallTimeout;
use tokio::sync::watch;
use tokio::time::Instant;
use tonic::transport::Channel;
use tracing::warn;

use self::retry_delay::{Outcome, RetryDelay};
use crate::alarm::Finding;
use crate::apply::Apply;
use crate::intake::Intake;
use crate::peer_calls::PeerCalls;
use crate::state::Followed;
use crate::turns::FollowTurns;

/// Interval at which the refusal is logged again.
const WARN_EVERY: Duration = Duration::from_secs(60 * 60);
/// Minimum interval between two attempts to fetch damaged entries again.
const MEND_EVERY: Duration = Duration::from_secs(30);
/// Maximum number of messages requested in one attempt.
const MAX_MESSAGES: usize = 64;

/// Maximum length of a message, bytes: that of its entries in [`crate::LogServer`], and room for their fields.
const MAX_MESSAGE: usize = 512 * 1024;

/// Follows one log.
pub struct Follower<A> {
    /// Stores and applies the log.
    pub intake: Intake<A>,
    /// The channel to the log's owner.
    pub channel: Channel,
    /// The turns that it shares with the other followers of this program.
    pub turns: FollowTurns,
    /// Interval at which the whole copy is compared with the owner's log.
    pub compare_interval: Duration,
    /// Calls of the owner, which end the wait after a refusal: an owner that suspended this program and calls it has
    /// resumed it.
    pub calls_of_owner: PeerCalls,
}

/// The end of the owner's log, as the owner reports it.
struct Head {
    position: Position,
    leaf: Option<Digest>,
    epochs: Vec<EpochStart>,
}

/// The end of a stream.
enum Ended {
    /// This follower was stopped.
    Stopped,
    /// The owner ended it.
    ByOther,
}

impl<A: Apply> Follower<A> {
    /// Follows in the background until `shutdown` turns true.
    pub fn spawn(self, shutdown: watch::Receiver<bool>) -> Followed {
        let followed = self.intake.followed();
        tokio::spawn(async move {
            tokio::select! {
                () = self.run(shutdown) => {}
                () = self.compare_regularly() => {}
            }
        });
        followed
    }

    /// Runs until it is stopped, which takes effect between two messages: those that arrived are stored.
    async fn run(&self, mut stop: watch::Receiver<bool>) {
        let followed = self.intake.followed();
        let mut delay = RetryDelay::FIRST;
        let mut calls = self.calls_of_owner.watch();
        let mut warned: Option<Instant> = None;
        loop {
            let before = followed.state().position;
            calls.mark_unchanged();
            let error = match self.follow_once(&mut stop).await {
                Ok(Ended::Stopped) => return,
                Ok(Ended::ByOther) => {
                    Error::new(ErrorCode::PeerUnavailable, msg::FollowStreamEnded)
                }
                Err(error) => error,
            };
            followed.is_stale(&error, self.intake.now());
            let came_further = followed.state().position != before;
            let refused = is_refused(&error);
            if refused && warned.is_none_or(|at| at.elapsed() >= WARN_EVERY) {
                let log = followed.state().log;
                warn!(%log, reason = %error, remedy = error.remedy(), "refused; asking less often");
                warned = Some(Instant::now());
            }
            let (begins_again, mended) = self.mend(&error).await;
            if let Err(error) = mended {
                followed.is_stale(&error, self.intake.now());
            }
            let outcome = Outcome {
                came_further,
                begins_again,
                refused,
            };
            tokio::select! {
                () = delay.wait_after(outcome, &mut calls) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Handles an error. Returns true if the log has to be read from its beginning.
    async fn mend(&self, error: &Error) -> (bool, Result<()>) {
        let knows_nothing = self.intake.followed().state().position.epoch.is_unknown();
        match error.code() {
            // The owner's answer makes no sense: no particular position was requested.
            ErrorCode::EpochUnknown | ErrorCode::PositionUnknown if knows_nothing => {
                (false, Ok(()))
            }
            // The log is in another epoch, or shorter than it was.
            ErrorCode::EpochUnknown | ErrorCode::PositionUnknown => {
                match self.compare_heads().await {
                    Ok(begins_again) => (begins_again, Ok(())),
                    Err(error) => (false, Err(error)),
                }
            }
            ErrorCode::Conflict => (false, self.intake.refresh()),
            _ => (false, Ok(())),
        }
    }

    /// Checks the log's end and epochs after it did not match the requested position. Returns true for a
    /// log in an epoch that follows the known one, which is read anew; any other raises an alarm.
    async fn compare_heads(&self) -> Result<bool> {
        let head = self.head().await?;
        let at = head.position;
        let known = self.intake.known(at.seq)?;
        let kind = match Succession::of(known.0.epoch, &head.epochs) {
            Succession::Follows if self.intake.has_room()? => {
                warn!(epoch = %at.epoch, "the log is in a new epoch; reading it from its beginning");
                self.intake.start_over(at.epoch).await?;
                return Ok(true);
            }
            Succession::Follows => Kind::ManyEpochs,
            Succession::Fork => Kind::Forked,
            Succession::Lower => Kind::LowerEpoch,
            Succession::Same if at.seq >= known.0.seq => return Ok(false),
            Succession::Same if head.leaf == known.1 => Kind::Shorter,
            Succession::Same => Kind::Diverged,
        };
        let finding = Finding {
            kind,
            known,
            found: (at, head.leaf),
        };
        Err(self.intake.raise(finding).await?)
    }

    async fn head(&self) -> Result<Head> {
        let mut client = self.client();
        let head = client.head(v1::HeadRequest {});
        let answer = CallTimeout::Follow.answer(head).await?;
        let (epoch, seq) = position_from(answer.head.as_ref())?;
        let leaf = match answer.leaf.as_slice() {
            [] => None,
            leaf => Some(Digest::from_slice(leaf)?),
        };
        let epochs = answer
            .epochs
            .iter()
            .map(epoch_start_from)
            .collect::<Result<Vec<_>>>()?;
        if epochs.last().map(|last| last.epoch) != Some(epoch) {
            let message = msg::FollowEpochsDiffer;
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        Ok(Head {
            position: Position { epoch, seq },
            leaf,
            epochs,
        })
    }

    /// Follows until the stream breaks or ends.
    async fn follow_once(&self, stop: &mut watch::Receiver<bool>) -> Result<Ended> {
        if let Some(epoch) = self.intake.accepted()? {
            warn!(%epoch, "the log was accepted as it is; reading it from its beginning");
            self.intake.start_over(epoch).await?;
        }
        self.intake.go_on_forgetting().await?;
        let mended = self.mend_copies(None).await?;
        let at = self.intake.followed().state().position;
        let request = v1::FollowRequest {
            epoch: at.epoch.number,
            epoch_id: epoch_id(at.epoch),
            from: at.seq,
            until_head: false,
        };
        let mut client = self.client();
        let stream = tokio::select! {
            stream = CallTimeout::Follow.answer(client.follow(request)) => stream?,
            _ = stop.wait_for(|stop| *stop) => return Ok(Ended::Stopped),
        };
        let stopped = async { drop(stop.wait_for(|stop| *stop).await) };
        self.read(stream, (mended, stopped)).await
    }

    fn client(&self) -> LogServiceClient<Channel> {
        LogServiceClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE)
    }

    /// Fetches damaged entries again, unless that was attempted just before; returns the time of the last
    /// attempt. Entries that cannot be fetched are retried later; an entry with another leaf is an error.
    async fn mend_copies(&self, last: Option<Instant>) -> Result<Option<Instant>> {
        let waits = last.is_some_and(|last| last.elapsed() < MEND_EVERY);
        if waits || self.intake.first_damaged(0).is_none() {
            return Ok(last);
        }
        match self.fetch_again().await {
            Err(error) if error.code() == ErrorCode::LogDiverged => return Err(error),
            Err(error) => warn!(%error, "damaged entries cannot be fetched again now"),
            Ok(()) => {}
        }
        Ok(Some(Instant::now()))
    }

    /// Fetches entries that no longer match their leaves again, as far as the log's owner has them.
    ///
    /// # Errors
    ///
    /// `LOG_DIVERGED` where the owner has an entry with another leaf than the one that was stored first;
    /// errors of the call and of the storage.
    pub async fn fetch_again(&self) -> Result<()> {
        let mut next = 0;
        for _ in 0..MAX_MESSAGES {
            let Some(first) = self.intake.first_damaged(next) else {
                break;
            };
            let items = self.items_from(first).await?;
            self.intake.mend(first, &items).await?;
            next = first + (items.len() as u64).max(1);
        }
        Ok(())
    }

    /// Some entries of the log from a position on.
    async fn items_from(&self, first: u64) -> Result<Vec<v1::LogItem>> {
        let epoch = self.intake.followed().state().position.epoch;
        let request = v1::FollowRequest {
            epoch: epoch.number,
            epoch_id: epoch_id(epoch),
            from: first,
            until_head: true,
        };
        let mut client = self.client();
        let timeout = CallTimeout::Follow;
        let mut stream = timeout.answer(client.follow(request)).await?;
        let message = timeout.next(&mut stream).await?;
        Ok(message
            .filter(|message| message.first == first)
            .map_or_else(Vec::new, |message| message.items))
    }
}

/// Returns true if people have to act before this follower may read the log.
fn is_refused(error: &Error) -> bool {
    matches!(error.code(), ErrorCode::Suspended | ErrorCode::Denied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_is_left_to_people() {
        for (code, refused) in [
            (ErrorCode::Suspended, true),
            (ErrorCode::Denied, true),
            (ErrorCode::PeerUnavailable, false),
            (ErrorCode::LimitExceeded, false),
            (ErrorCode::RosterExpired, false),
        ] {
            assert_eq!(
                is_refused(&Error::new(code, msg::Text { text: "x" })),
                refused,
                "{code}"
            );
        }
    }
}

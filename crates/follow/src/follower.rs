//! Follows another program's log unattended, for as long as the program runs.

mod compare_ranges;
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

use crate::alarm::Finding;
use crate::apply::Apply;
use crate::intake::Intake;
use crate::state::Followed;
use crate::turns::FollowTurns;

/// First delay after a failure; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Longest delay while the owner refuses this follower: until people change that, each attempt costs the
/// owner an audit entry.
const LONGEST_REFUSED_WAIT: Duration = Duration::from_secs(5 * 60);
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

/// The outcome of an attempt to follow.
#[derive(Clone, Copy, Default)]
struct Outcome {
    came_further: bool,
    /// The log is to be read from its beginning.
    begins_again: bool,
    /// The owner does not allow this follower to read it.
    refused: bool,
}

/// The delay before the next attempt.
struct RetryDelay {
    wait: Duration,
    /// True if the log was read anew last time.
    has_begun_again: bool,
}

impl RetryDelay {
    const FIRST: Self = Self {
        wait: FIRST_WAIT,
        has_begun_again: false,
    };

    /// The delay after an attempt. A log in a new epoch is read at once, but not if that repeats.
    fn after(&mut self, outcome: Outcome) -> Duration {
        let Outcome {
            came_further,
            begins_again,
            refused,
        } = outcome;
        let first_time = begins_again && !self.has_begun_again;
        self.has_begun_again = begins_again;
        if first_time {
            return Duration::ZERO;
        }
        if came_further && !begins_again {
            self.wait = FIRST_WAIT;
        }
        let longest = if refused {
            LONGEST_REFUSED_WAIT
        } else {
            LONGEST_WAIT
        };
        let wait = self.wait.min(longest);
        self.wait = (wait * 2).min(longest);
        wait
    }
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
        let mut warned: Option<Instant> = None;
        loop {
            let before = followed.state().position;
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
                () = tokio::time::sleep(spread(delay.after(outcome), refused)) => {}
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

/// A random delay, so that followers that failed together do not try again together: up to `wait`, but not
/// less than it while the owner refuses.
fn spread(wait: Duration, refused: bool) -> Duration {
    let random = rand::random::<f64>();
    match refused {
        true => wait + wait.mul_f64(random / 4.0),
        false => wait.mul_f64(random),
    }
}

/// Returns true if people have to act before this follower may read the log.
fn is_refused(error: &Error) -> bool {
    matches!(error.code(), ErrorCode::Suspended | ErrorCode::Denied)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(came_further: bool, begins_again: bool) -> Outcome {
        Outcome {
            came_further,
            begins_again,
            refused: false,
        }
    }

    #[test]
    fn a_log_that_begins_again_and_again_is_followed_ever_more_slowly() {
        let mut delay = RetryDelay::FIRST;
        assert_eq!(
            delay.after(outcome(true, true)),
            Duration::ZERO,
            "a new epoch"
        );
        let mut last = Duration::ZERO;
        for _ in 0..10 {
            let wait = delay.after(outcome(true, true));
            assert!(wait >= last && wait >= FIRST_WAIT);
            last = wait;
        }
        assert_eq!(last, LONGEST_WAIT);
        // Progress resets the delay.
        assert_eq!(delay.after(outcome(true, false)), FIRST_WAIT);
        assert_eq!(delay.after(outcome(false, false)), FIRST_WAIT * 2);
        assert_eq!(delay.after(outcome(false, true)), Duration::ZERO);
    }

    #[test]
    fn a_follower_that_is_refused_asks_a_few_hundred_times_a_day_at_most() {
        let refused = Outcome {
            refused: true,
            ..Outcome::default()
        };
        let mut delay = RetryDelay::FIRST;
        let (mut elapsed, mut tries) = (Duration::ZERO, 0);
        while elapsed < Duration::from_secs(24 * 60 * 60) {
            elapsed += delay.after(refused);
            tries += 1;
        }
        assert!(tries <= 300, "{tries} tries");
        // Once it is allowed again, a failure is retried as fast as any other.
        assert_eq!(delay.after(outcome(false, false)), LONGEST_WAIT);
        assert_eq!(delay.after(outcome(true, false)), FIRST_WAIT);
    }

    #[test]
    fn followers_that_fail_together_try_again_at_different_times() {
        let wait = Duration::from_secs(4);
        let waits: Vec<_> = (0..300).map(|_| spread(wait, false)).collect();
        assert!(waits.iter().all(|one| *one <= wait));
        let early = waits.iter().filter(|one| **one < wait / 2).count();
        assert!(
            (75..225).contains(&early),
            "{early} of 300 in the first half"
        );
        // A refusal costs the owner an audit entry: none comes earlier.
        assert!((0..300).all(|_| spread(wait, true) >= wait));
        assert_eq!(spread(Duration::ZERO, false), Duration::ZERO);
    }

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

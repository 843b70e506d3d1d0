//! Following another's log, for as long as the program runs and without anybody's help.

use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_proto::v1::log_service_client::LogServiceClient;
use chengji_proto::{status, v1};
use tokio::sync::watch;
use tonic::transport::Channel;
use tracing::warn;

use crate::intake::Intake;
use crate::state::{Followed, UNKNOWN};

/// The first wait after a failure; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Without a sign of life for so long, the stream is taken for dead.
const SILENCE: Duration = Duration::from_secs(15);

/// What it takes to follow a log.
pub struct Follower {
    /// Where it goes.
    pub intake: Intake,
    /// The way to its owner.
    pub channel: Channel,
}

/// How a stream ended.
enum Ended {
    /// This follower was told to stop.
    Stopped,
    /// Its owner ended it.
    ByOther,
}

/// How long to wait before the next try.
struct Pace {
    wait: Duration,
    /// Whether the log was begun again last time.
    has_begun_again: bool,
}

impl Pace {
    const FIRST: Self = Self {
        wait: FIRST_WAIT,
        has_begun_again: false,
    };

    /// The wait after a try that came further, or not, and is followed by a new beginning, or not. A
    /// log in a new epoch is read at once; one that begins again and again is no reason to hurry.
    fn after(&mut self, came_further: bool, begins_again: bool) -> Duration {
        let first_time = begins_again && !self.has_begun_again;
        self.has_begun_again = begins_again;
        if first_time {
            return Duration::ZERO;
        }
        if came_further && !begins_again {
            self.wait = FIRST_WAIT;
        }
        let wait = self.wait;
        self.wait = (wait * 2).min(LONGEST_WAIT);
        wait
    }
}

impl Follower {
    /// Follows in the background until `shutdown` turns true.
    pub fn spawn(self, shutdown: watch::Receiver<bool>) -> Followed {
        let followed = self.intake.followed();
        tokio::spawn(self.run(shutdown));
        followed
    }

    /// Until it is told to stop, which it heeds between two messages: what was begun is finished.
    async fn run(self, mut stop: watch::Receiver<bool>) {
        let followed = self.intake.followed();
        let mut pace = Pace::FIRST;
        loop {
            let before = followed.state().position;
            let error = match self.follow_once(&mut stop).await {
                Ok(Ended::Stopped) => return,
                Ok(Ended::ByOther) => Error::new(ErrorCode::PeerUnavailable, "the stream ended"),
                Err(error) => error,
            };
            followed.is_stale(&error, self.intake.now());
            let came_further = followed.state().position != before;
            let (begins_again, mended) = self.mend(&error).await;
            if let Err(error) = mended {
                followed.is_stale(&error, self.intake.now());
            }
            tokio::select! {
                () = tokio::time::sleep(pace.after(came_further, begins_again)) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Does what an error asks for; whether the log is to be read from its beginning.
    async fn mend(&self, error: &Error) -> (bool, Result<()>) {
        let knows_nothing = self.intake.followed().state().position == UNKNOWN;
        match error.code() {
            // Its owner talks nonsense: nothing in particular was asked for.
            ErrorCode::EpochUnknown | ErrorCode::PositionUnknown if knows_nothing => {
                (false, Ok(()))
            }
            // It is in another epoch, or shorter than it was.
            ErrorCode::EpochUnknown | ErrorCode::PositionUnknown => {
                warn!(reason = %error, "the log starts again; reading it from its beginning");
                (true, self.intake.start_over().await)
            }
            ErrorCode::Conflict => (false, self.intake.refresh()),
            _ => (false, Ok(())),
        }
    }

    /// Follows until the stream breaks or ends.
    async fn follow_once(&self, stop: &mut watch::Receiver<bool>) -> Result<Ended> {
        if self.intake.is_forgetting()? {
            self.intake.start_over().await?;
        }
        let at = self.intake.followed().state().position;
        let request = v1::FollowRequest {
            epoch: at.epoch,
            from: at.seq,
            until_head: false,
        };
        let mut client = LogServiceClient::new(self.channel.clone());
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
            let Some(message) = message.map_err(|s| status::to_error(&s))? else {
                return Ok(Ended::ByOther);
            };
            self.intake.take(message).await?;
        }
    }
}

fn silent() -> Error {
    let message = format!("no sign of life for {} s", SILENCE.as_secs());
    Error::new(ErrorCode::PeerUnavailable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_begins_again_and_again_is_followed_ever_more_slowly() {
        let mut pace = Pace::FIRST;
        assert_eq!(pace.after(true, true), Duration::ZERO, "a new epoch");
        let mut last = Duration::ZERO;
        for _ in 0..10 {
            let wait = pace.after(true, true);
            assert!(wait >= last && wait >= FIRST_WAIT);
            last = wait;
        }
        assert_eq!(last, LONGEST_WAIT);
        // One that goes on is followed as before.
        assert_eq!(pace.after(true, false), FIRST_WAIT);
        assert_eq!(pace.after(false, false), FIRST_WAIT * 2);
        assert_eq!(pace.after(false, true), Duration::ZERO);
    }
}

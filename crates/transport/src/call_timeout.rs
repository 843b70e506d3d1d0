//! Timeouts of calls to other programs, and the errors of failed ones.

use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::status::to_error;
use tonic::{Response, Status, Streaming};

/// The kinds of waiting of a caller. Calls on a connection without a sign of life fail sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallTimeout {
    /// A connection: TCP and TLS together, 5 s.
    Connection,
    /// The answer to a call that a person waits for, 60 s: what a server takes at most for a unary call.
    Answer,
    /// The answer of a peer to a call that the program can do without, 5 s.
    PeerAnswer,
    /// The next message of a followed log, 15 s: its owner sends one every 5 s at least.
    Follow,
    /// The next piece of a delivered file, 120 s.
    Piece,
    /// The next message of a stream whose server works silently, such as while it reads a large file: no limit.
    Work,
}

impl CallTimeout {
    /// Returns the timeout; `None` for no limit.
    pub const fn limit(self) -> Option<Duration> {
        let seconds = match self {
            Self::Connection | Self::PeerAnswer => 5,
            Self::Answer => 60,
            Self::Follow => 15,
            Self::Piece => 120,
            Self::Work => return None,
        };
        Some(Duration::from_secs(seconds))
    }

    /// Waits for `work`.
    ///
    /// # Errors
    ///
    /// `PEER_UNAVAILABLE` after the timeout.
    pub async fn wait<T>(self, work: impl Future<Output = T>) -> Result<T> {
        let Some(limit) = self.limit() else {
            return Ok(work.await);
        };
        tokio::time::timeout(limit, work).await.map_err(|_| {
            let seconds = limit.as_secs();
            let message = msg::NoAnswerInTime { seconds };
            Error::new(ErrorCode::PeerUnavailable, message)
        })
    }

    /// Waits for the answer to a call, or for the stream that answers it.
    ///
    /// # Errors
    ///
    /// The error of the call; `PEER_UNAVAILABLE` after the timeout.
    pub async fn answer<T>(
        self,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T> {
        let answered = self.wait(call).await?;
        answered
            .map(Response::into_inner)
            .map_err(|status| to_error(&status))
    }

    /// Waits for the next message of a stream; `None` at its end.
    ///
    /// # Errors
    ///
    /// The error of the call; `PEER_UNAVAILABLE` after the timeout.
    pub async fn next<T>(self, stream: &mut Streaming<T>) -> Result<Option<T>> {
        let message = self.wait(stream.message()).await?;
        message.map_err(|status| to_error(&status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_fails_as_the_peer_says() {
        let denied = Error::new(
            ErrorCode::Denied,
            msg::Text {
                text: "not for you",
            },
        );
        let status = chengji_proto::status::from_error(&denied);
        let call = std::future::ready(Err::<Response<()>, _>(status));
        assert_eq!(CallTimeout::Answer.answer(call).await, Err(denied));
        let call = std::future::ready(Ok::<_, Status>(Response::new(7)));
        assert_eq!(CallTimeout::Work.answer(call).await, Ok(7));
    }
}

//! Ends the calls of a connection whose peer has lost the right to make them: each is answered with the
//! reason instead of a broken connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;
use chengji_proto::status::from_error;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response};
use tokio::sync::watch;

use crate::access::Authorization;

/// Ends the calls of one connection.
#[derive(Debug, Default)]
pub(crate) struct Cutter(watch::Sender<Option<Error>>);

impl Cutter {
    /// Ends every call that can be cut, present and future, with this error.
    pub(crate) fn cut(&self, reason: Error) {
        self.0.send_replace(Some(reason));
    }

    /// The receiving end, for the calls.
    pub(crate) fn line(&self) -> Line {
        Line(self.0.subscribe())
    }
}

/// Signals the end of a connection's calls.
#[derive(Clone, Debug)]
pub(crate) struct Line(watch::Receiver<Option<Error>>);

impl Line {
    /// The reason, if the calls have been cut.
    pub(crate) fn reason(&self) -> Option<Error> {
        self.0.borrow().clone()
    }

    /// The signal for one call.
    pub(crate) fn cut(&self) -> Cut {
        let mut line = self.0.clone();
        Cut(Some(Box::pin(async move {
            let reason = line.wait_for(Option::is_some).await;
            match reason.ok().and_then(|reason| reason.clone()) {
                Some(reason) => reason,
                // The connection is gone, and the call with it.
                None => std::future::pending().await,
            }
        })))
    }
}

/// Resolves, at most once, to the reason for ending a call early.
#[derive(Default)]
pub(crate) struct Cut(Option<Pin<Box<dyn Future<Output = Error> + Send>>>);

impl Cut {
    /// A signal that never resolves, for a call that runs to its end.
    pub(crate) fn never() -> Self {
        Self(None)
    }
}

impl Future for Cut {
    type Output = Error;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Error> {
        let Some(waiting) = &mut self.0 else {
            return Poll::Pending;
        };
        let reason = std::task::ready!(waiting.as_mut().poll(cx));
        self.0 = None;
        Poll::Ready(reason)
    }
}

/// The reason for ending the calls of a peer with this new authorization.
pub(crate) fn reason(authorization: Authorization) -> Error {
    authorization
        .err()
        .unwrap_or_else(|| Error::new(ErrorCode::Conflict, msg::RightsChanged))
}

/// The answer to a call that was cut before its handler ran.
pub(crate) fn response<R: Default>(reason: &Error) -> Response<R> {
    from_error(reason).into_http()
}

/// The trailers of a call whose answer had begun.
pub(crate) fn trailers(reason: &Error) -> HeaderMap {
    let mut trailers = response::<()>(reason).into_parts().0.headers;
    trailers.remove(CONTENT_TYPE);
    trailers
}

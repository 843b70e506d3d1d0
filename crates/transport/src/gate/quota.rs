//! Quota layer: refuses calls that come too fast, and those of a connection in excess of its limit. A call
//! refused here reaches no further layer and leaves no audit entry.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use chengji_domain::{Error, Result};
use chengji_proto::status::from_error;
use futures_util::future::Either;
use http::{Request, Response};
use tower::{Layer, Service};

use crate::call_rate_limiter::CallRateLimiter;
use crate::metering::throttled;
use crate::quota_key::QuotaKey;

/// The response to a call that is refused without being heard.
pub(crate) fn refusal_response<R: Default>(error: &Error) -> Response<R> {
    throttled();
    from_error(error).into_http()
}

/// Adds the layer to a service.
#[derive(Clone)]
pub(crate) struct QuotaLayer {
    quota: Arc<ConnectionQuota>,
}

/// The quota of the calls of one connection.
struct ConnectionQuota {
    rate_limiter: Arc<CallRateLimiter>,
    key: Arc<QuotaKey>,
    refusal: Option<Error>,
}

impl QuotaLayer {
    /// Calls of `key` at this rate; none where there is a `refusal` of the whole connection.
    pub(crate) fn new(
        rate_limiter: &Arc<CallRateLimiter>,
        key: &Arc<QuotaKey>,
        refusal: Option<Error>,
    ) -> Self {
        Self {
            quota: Arc::new(ConnectionQuota {
                rate_limiter: Arc::clone(rate_limiter),
                key: Arc::clone(key),
                refusal,
            }),
        }
    }
}

impl ConnectionQuota {
    fn admit(&self) -> Result<()> {
        self.rate_limiter.call(&self.key)?;
        self.refusal.clone().map_or(Ok(()), Err)
    }
}

impl<S> Layer<S> for QuotaLayer {
    type Service = Quota<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Quota {
            inner,
            quota: Arc::clone(&self.quota),
        }
    }
}

/// The service behind the layer.
#[derive(Clone)]
pub(crate) struct Quota<S> {
    inner: S,
    quota: Arc<ConnectionQuota>,
}

impl<S, B, R> Service<Request<B>> for Quota<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response<R>, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.quota.admit() {
            Ok(()) => Either::Left(self.inner.call(request)),
            Err(error) => Either::Right(ready(Ok(refusal_response(&error)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::num::NonZeroU32;

    use chengji_domain::ErrorCode;
    use chengji_messages::msg;
    use chengji_proto::status::to_error;
    use tonic::Status;
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::limits::ServerLimits;

    async fn called(layer: &QuotaLayer) -> (bool, Option<Error>) {
        let inner = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(true)));
        let call = layer.layer(inner).oneshot(Request::new(()));
        let response = call.await.unwrap();
        let status = Status::from_header_map(response.headers());
        (*response.body(), status.as_ref().map(to_error))
    }

    #[tokio::test]
    async fn calls_come_through_until_they_are_too_many() {
        let limits = ServerLimits {
            calls_per_second: NonZeroU32::MIN,
            ..ServerLimits::default()
        };
        let key = QuotaKey::Principal("city/430100/node".parse().unwrap());
        let layer = QuotaLayer::new(
            &Arc::new(CallRateLimiter::new(&limits)),
            &Arc::new(key),
            None,
        );
        assert_eq!(called(&layer).await, (true, None));
        for _ in 0..10 {
            called(&layer).await;
        }
        let (is_heard, refused) = called(&layer).await;
        assert!(!is_heard);
        assert_eq!(refused.unwrap().code(), ErrorCode::LimitExceeded);
    }

    #[tokio::test]
    async fn no_call_of_a_refused_connection_is_heard() {
        let key = QuotaKey::Principal("city/430100/node".parse().unwrap());
        let rate_limiter = Arc::new(CallRateLimiter::new(&ServerLimits::default()));
        let refusal = Error::new(
            ErrorCode::LimitExceeded,
            msg::Text {
                text: "one connection too many",
            },
        );
        let layer = QuotaLayer::new(&rate_limiter, &Arc::new(key), Some(refusal.clone()));
        assert_eq!(called(&layer).await, (false, Some(refusal)));
    }
}

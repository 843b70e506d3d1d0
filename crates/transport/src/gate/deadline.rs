//! Deadline layer: a call ends with `DEADLINE_EXCEEDED` when its caller waits no longer, by the
//! `grpc-timeout` header (gRPC over HTTP/2, "Timeout"), or after the server's own limit.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderMap, Request, Response};
use pin_project_lite::pin_project;
use tokio::time::Timeout;
use tonic::Status;
use tower::{Layer, Service};

use super::rule::rule_of;

/// Adds the layer to a service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeadlineLayer {
    /// The longest that a call of one message each way may take, whatever its caller asks for.
    pub(crate) limit: Duration,
}

impl DeadlineLayer {
    fn timeout<B>(self, request: &Request<B>) -> Option<Duration> {
        let is_single = rule_of(request).is_some_and(|rule| !rule.streaming);
        let own = is_single.then_some(self.limit);
        requested(request.headers()).into_iter().chain(own).min()
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Deadline {
            inner,
            layer: *self,
        }
    }
}

/// The service behind the layer.
#[derive(Clone, Debug)]
pub(crate) struct Deadline<S> {
    inner: S,
    layer: DeadlineLayer,
}

impl<S, B, R> Service<Request<B>> for Deadline<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = DeadlineFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let timeout = self.layer.timeout(&request);
        let call = self.inner.call(request);
        match timeout {
            None => DeadlineFuture::Unlimited { call },
            Some(timeout) => DeadlineFuture::Limited {
                call: tokio::time::timeout(timeout, call),
                timeout,
            },
        }
    }
}

pin_project! {
    /// Resolves to the response, or to `DEADLINE_EXCEEDED`.
    #[project = DeadlineFutureProjection]
    pub(crate) enum DeadlineFuture<F> {
        Unlimited {
            #[pin]
            call: F,
        },
        Limited {
            #[pin]
            call: Timeout<F>,
            timeout: Duration,
        },
    }
}

impl<F, R: Default, E> Future for DeadlineFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            DeadlineFutureProjection::Unlimited { call } => call.poll(cx),
            DeadlineFutureProjection::Limited { call, timeout } => {
                let done = std::task::ready!(call.poll(cx));
                Poll::Ready(done.unwrap_or_else(|_| {
                    let message = format!("no answer within {timeout:?}");
                    Ok(Status::deadline_exceeded(message).into_http())
                }))
            }
        }
    }
}

/// The caller's timeout; `None` where the header is missing or malformed, which imposes no limit.
fn requested(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(value * 3600)),
        "M" => Some(Duration::from_secs(value * 60)),
        "S" => Some(Duration::from_secs(value)),
        "m" => Some(Duration::from_millis(value)),
        "u" => Some(Duration::from_micros(value)),
        "n" => Some(Duration::from_nanos(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;

    use chengji_proto::policy::PolicyTable;
    use tonic::Code;
    use tower::{ServiceExt, service_fn};

    use super::*;

    const GRANT: &str = "/chengji.v1.RequestService/Grant";
    const FOLLOW: &str = "/chengji.v1.LogService/Follow";

    fn request(path: &str, timeout: &str) -> Request<()> {
        let mut request = Request::builder().uri(path).body(()).unwrap();
        if !timeout.is_empty() {
            let headers = request.headers_mut();
            headers.insert("grpc-timeout", timeout.parse().unwrap());
        }
        if let Some(rule) = PolicyTable::load().unwrap().rule(path) {
            request.extensions_mut().insert(Arc::clone(rule));
        }
        request
    }

    #[test]
    fn the_caller_may_shorten_the_servers_limit_and_a_stream_has_none_of_the_servers() {
        let limit = Duration::from_secs(60);
        for (path, timeout, ends_after) in [
            (GRANT, "", Some(60)),
            (GRANT, "5S", Some(5)),
            (GRANT, "2M", Some(60)),
            (FOLLOW, "", None),
            (FOLLOW, "2M", Some(120)),
            ("/made.up/Call", "", None),
        ] {
            let timeout = DeadlineLayer { limit }.timeout(&request(path, timeout));
            assert_eq!(timeout, ends_after.map(Duration::from_secs), "{path}");
        }
    }

    #[tokio::test]
    async fn a_call_past_its_deadline_is_answered_with_that() {
        let inner = service_fn(async |_: Request<()>| {
            std::future::pending::<()>().await;
            Ok::<_, Infallible>(Response::new(()))
        });
        let limit = Duration::from_millis(1);
        let call = DeadlineLayer { limit }.layer(inner);
        let response = call.oneshot(request(GRANT, "")).await.unwrap();
        let status = Status::from_header_map(response.headers()).unwrap();
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }

    #[test]
    fn a_timeout_is_digits_and_a_unit() {
        let of_text = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", text.parse().unwrap());
            requested(&headers)
        };
        assert_eq!(of_text("5S"), Some(Duration::from_secs(5)));
        assert_eq!(
            of_text("99999999H"),
            Some(Duration::from_secs(99_999_999 * 3600))
        );
        assert_eq!(of_text("250m"), Some(Duration::from_millis(250)));
        for wrong in ["", "S", "5", "5s", "+5S", "-5S", "123456789S", "5 S"] {
            assert_eq!(of_text(wrong), None, "{wrong:?}");
        }
        assert_eq!(requested(&HeaderMap::new()), None);
    }
}

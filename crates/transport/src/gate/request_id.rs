//! Request id layer: gives each call its id, which its response names.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{HeaderValue, Request, Response};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::request_id;

/// The id of a call, in the extensions of its request.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) Arc<str>);

/// Adds the layer to a service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestIdLayer;

impl<S> Layer<S> for RequestIdLayer {
    type Service = Identify<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Identify { inner }
    }
}

/// The service behind the layer.
#[derive(Clone, Debug)]
pub(crate) struct Identify<S> {
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Identify<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = IdentifyFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let id = request_id::of(request.headers());
        let extension = RequestId(Arc::clone(&id));
        request.extensions_mut().insert(extension);
        IdentifyFuture {
            call: self.inner.call(request),
            id,
        }
    }
}

pin_project! {
    /// Resolves to the response with the id in its headers.
    pub(crate) struct IdentifyFuture<F> {
        #[pin]
        call: F,
        id: Arc<str>,
    }
}

impl<F, R, E> Future for IdentifyFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.call.poll(cx))?;
        if let Ok(value) = HeaderValue::from_str(this.id) {
            let headers = response.headers_mut();
            headers.insert(request_id::HEADER_NAME, value);
        }
        Poll::Ready(Ok(response))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::{ServiceExt, service_fn};

    use super::*;

    #[tokio::test]
    async fn the_id_that_a_handler_sees_is_the_one_that_the_response_names() {
        let inner = service_fn(async |request: Request<()>| {
            let RequestId(id) = request.extensions().get().cloned().unwrap();
            Ok::<_, Infallible>(Response::new(id))
        });
        let service = RequestIdLayer.layer(inner);
        let named = Request::builder().header(request_id::HEADER, "case-17");
        for request in [named.body(()).unwrap(), Request::new(())] {
            let asked = request.headers().get(request_id::HEADER).cloned();
            let response = service.clone().oneshot(request).await.unwrap();
            let answered = response.headers().get(request_id::HEADER).unwrap();
            assert_eq!(answered.to_str().unwrap(), &**response.body());
            assert!(asked.is_none_or(|asked| asked == answered));
        }
    }
}

//! Authorization layer: the rights of the connection's peer go with each call. When they change, the
//! calls under way end with the reason.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use chengji_domain::Result;
use chengji_domain::access::Rights;
use chengji_proto::policy::Rule;
use chengji_proto::v1::Caller;
use futures_util::future::Either;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use super::denied::Denied;
use super::rule::rule_of;
use crate::access::Authorization;
use crate::cut::{self, Cut, Line};

/// Adds the layer to a service.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationLayer {
    connection: Arc<AuthorizedConnection>,
}

/// The facts about the peer of a connection.
#[derive(Debug)]
struct AuthorizedConnection {
    authorization: Authorization,
    line: Line,
}

impl AuthorizationLayer {
    /// Calls of a peer that is authorized like this, until the line says otherwise.
    pub(crate) fn new(authorization: Authorization, line: Line) -> Self {
        let connection = AuthorizedConnection {
            authorization,
            line,
        };
        Self {
            connection: Arc::new(connection),
        }
    }
}

impl AuthorizedConnection {
    /// The rights that a call is made with: none where anybody may make it.
    fn rights(&self, rule: Option<&Rule>) -> Result<Arc<Rights>> {
        if let Some(reason) = self.line.reason() {
            return Err(reason);
        }
        match rule.is_some_and(|rule| rule.callers.contains(&Caller::Anybody)) {
            true => Ok(Arc::default()),
            false => self.authorization.clone(),
        }
    }

    /// Returns the event that ends a call early. One that changes something with one message has its end
    /// in a moment, and its caller is to learn whether it was done.
    fn cut(&self, rule: Option<&Rule>) -> Cut {
        match rule {
            Some(rule) if rule.changes && !rule.streaming => Cut::never(),
            _ => self.line.cut(),
        }
    }
}

impl<S> Layer<S> for AuthorizationLayer {
    type Service = Authorize<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Authorize {
            inner,
            connection: Arc::clone(&self.connection),
        }
    }
}

/// The service behind the layer.
#[derive(Clone, Debug)]
pub(crate) struct Authorize<S> {
    inner: S,
    connection: Arc<AuthorizedConnection>,
}

impl<S, B, R> Service<Request<B>> for Authorize<S>
where
    S: Service<Request<B>, Response = Response<R>, Error = Denied<B>>,
    R: Default,
{
    type Response = Response<Cuttable<R>>;
    type Error = Denied<B>;
    type Future = Either<AuthorizeFuture<S::Future>, Ready<Result<Self::Response, Denied<B>>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Denied<B>>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let rule = rule_of(&request).map(Arc::as_ref);
        let cut = self.connection.cut(rule);
        match self.connection.rights(rule) {
            Ok(rights) => {
                request.extensions_mut().insert(rights);
                Either::Left(AuthorizeFuture {
                    call: self.inner.call(request),
                    cut,
                })
            }
            Err(error) => Either::Right(ready(Err(Denied { error, request }))),
        }
    }
}

pin_project! {
    /// Resolves to the response, or to the reason why the call was cut.
    pub(crate) struct AuthorizeFuture<F> {
        #[pin]
        call: F,
        cut: Cut,
    }
}

impl<F, R: Default, E> Future for AuthorizeFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<Cuttable<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(reason) = Pin::new(&mut *this.cut).poll(cx) {
            return Poll::Ready(Ok(cut::response(&reason)));
        }
        let response = ready!(this.call.poll(cx))?;
        let cut = std::mem::take(this.cut);
        Poll::Ready(Ok(response.map(|body| Cuttable { body, cut })))
    }
}

/// A response's body that ends early, with the reason, when its call is cut.
#[derive(Default)]
pub(crate) struct Cuttable<R> {
    body: R,
    cut: Cut,
}

impl<R> Body for Cuttable<R>
where
    R: Body<Data = Bytes> + Default + Unpin,
{
    type Data = Bytes;
    type Error = R::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, R::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(reason) = Pin::new(&mut this.cut).poll(cx) {
            this.body = R::default();
            return Poll::Ready(Some(Ok(Frame::trailers(cut::trailers(&reason)))));
        }
        Pin::new(&mut this.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::{Error, ErrorCode};
    use chengji_messages::msg;
    use chengji_proto::policy::PolicyTable;
    use chengji_proto::status::to_error;
    use tonic::Status;
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::cut::Cutter;

    const FOLLOW: &str = "/chengji.v1.LogService/Follow";
    const GRANT: &str = "/chengji.v1.RequestService/Grant";
    const JOIN: &str = "/chengji.v1.EnrolmentService/Join";

    type Called = Result<Response<Cuttable<String>>, Denied<&'static str>>;

    /// Calls a handler that takes as long as `until`, and answers with a text.
    async fn call(
        layer: &AuthorizationLayer,
        path: &str,
        until: impl Future<Output = ()> + Clone,
    ) -> Called {
        let mut request = Request::builder().uri(path).body("unread").unwrap();
        if let Some(rule) = PolicyTable::load().unwrap().rule(path) {
            request.extensions_mut().insert(Arc::clone(rule));
        }
        let inner = service_fn(move |request: Request<&'static str>| {
            let until = until.clone();
            async move {
                until.await;
                let rights: &Arc<Rights> = request.extensions().get().unwrap();
                Ok::<_, Denied<&str>>(Response::new(rights.to_string()))
            }
        });
        layer.layer(inner).oneshot(request).await
    }

    fn suspended() -> Error {
        Error::new(
            ErrorCode::Suspended,
            msg::Text {
                text: "430200 is suspended",
            },
        )
    }

    fn rights() -> Authorization {
        let rights = Rights::new([chengji_domain::access::Role::Approver], None).unwrap();
        Ok(Arc::new(rights))
    }

    #[tokio::test]
    async fn rights_go_along_and_who_has_none_is_denied_what_is_not_for_anybody() {
        let at_once = std::future::ready(());
        let layer = AuthorizationLayer::new(rights(), Cutter::default().line());
        let answer = call(&layer, GRANT, at_once.clone()).await.unwrap();
        assert_eq!(answer.body().body, rights().unwrap().to_string());
        let layer = AuthorizationLayer::new(Err(suspended()), Cutter::default().line());
        let denied = call(&layer, GRANT, at_once.clone()).await.err().unwrap();
        assert_eq!(
            (denied.error, *denied.request.body()),
            (suspended(), "unread")
        );
        let answer = call(&layer, JOIN, at_once).await.unwrap();
        assert_eq!(answer.body().body, Rights::NONE.to_string());
    }

    #[tokio::test]
    async fn a_call_is_cut_with_the_reason_before_its_answer_and_within_it() {
        let cutter = Cutter::default();
        let layer = AuthorizationLayer::new(rights(), cutter.line());
        let mut answer = call(&layer, FOLLOW, std::future::ready(())).await.unwrap();
        let waiting = call(&layer, FOLLOW, std::future::pending());
        let (cut, ()) = tokio::join!(waiting, async { cutter.cut(suspended()) });
        let status = Status::from_header_map(cut.unwrap().headers()).unwrap();
        assert_eq!(to_error(&status), suspended());
        let frame = std::future::poll_fn(|cx| Pin::new(answer.body_mut()).poll_frame(cx));
        let trailers = frame.await.unwrap().unwrap().into_trailers().unwrap();
        let status = Status::from_header_map(&trailers).unwrap();
        assert_eq!(to_error(&status), suspended());
        assert!(answer.body().is_end_stream());
        let denied = call(&layer, JOIN, std::future::ready(())).await.err();
        assert_eq!(denied.unwrap().error, suspended());
    }

    #[tokio::test]
    async fn a_call_that_changes_something_is_not_cut() {
        let cutter = Cutter::default();
        let layer = AuthorizationLayer::new(rights(), cutter.line());
        let (go_on, wait) = tokio::sync::watch::channel(false);
        let mut wait = wait;
        let waits = async move { wait.wait_for(|go_on| *go_on).await.map(drop).unwrap() };
        let waiting = futures_util::FutureExt::shared(waits);
        let (answer, ()) = tokio::join!(call(&layer, GRANT, waiting), async {
            cutter.cut(suspended());
            tokio::task::yield_now().await;
            go_on.send_replace(true);
        });
        let answer = answer.unwrap();
        assert_eq!(Status::from_header_map(answer.headers()).map(|_| ()), None);
        assert_eq!(answer.body().body, rights().unwrap().to_string());
    }
}

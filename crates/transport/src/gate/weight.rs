//! Weight layer: accounts messages to their caller, a request's bytes from their arrival until a service is
//! done with them, a response's bytes until they have been sent.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use chengji_domain::Result;
use chengji_proto::status::from_error;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tonic::Status;
use tower::{Layer, Service};

use super::rule::rule_of;
use crate::memory::{Account, Held};

type BoxError = Box<dyn StdError + Send + Sync>;

/// Bytes of a message before its content: a flag and the length.
const PREFIX: usize = 5;

/// Adds the layer to a service.
#[derive(Clone, Debug)]
pub(crate) struct WeightLayer {
    /// The caller's account.
    pub(crate) account: Account,
}

impl<S> Layer<S> for WeightLayer {
    type Service = Weigh<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Weigh {
            inner,
            account: self.account.clone(),
        }
    }
}

/// The service behind the layer.
#[derive(Clone, Debug)]
pub(crate) struct Weigh<S> {
    inner: S,
    account: Account,
}

impl<S, B, R> Service<Request<B>> for Weigh<S>
where
    S: Service<Request<Weighed<B>>, Response = Response<R>>,
    R: Body<Data = Bytes, Error = Status> + Default + Unpin,
{
    type Response = Response<Sent<R>>;
    type Error = S::Error;
    type Future = WeighFuture<S::Future, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let is_stream = rule_of(&request).is_none_or(|rule| rule.streaming);
        let weight = Weight::new(self.account.hold());
        // A single message is held until it is answered, one of a stream until the next one is read.
        let kept = (!is_stream).then(|| weight.clone());
        let request = request.map(|body| Weighed::new(body, weight, is_stream));
        WeighFuture {
            call: self.inner.call(request),
            answered: None,
            account: self.account.clone(),
            is_stream,
            _kept: kept,
        }
    }
}

pin_project! {
    /// Resolves to a response whose body is weighed. Where a single message does not fit the account,
    /// the response is `LIMIT_EXCEEDED`; a stream ends with it.
    pub(crate) struct WeighFuture<F, R> {
        #[pin]
        call: F,
        answered: Option<Response<R>>,
        account: Account,
        is_stream: bool,
        _kept: Option<Weight>,
    }
}

impl<F, R, E> Future for WeighFuture<F, R>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body<Data = Bytes, Error = Status> + Default + Unpin,
{
    type Output = Result<Response<Sent<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match this.answered.take() {
            Some(response) => response,
            None => ready!(this.call.poll(cx))?,
        };
        if *this.is_stream {
            return Poll::Ready(Ok(sent(response, None, this.account)));
        }
        let Poll::Ready(first) = Pin::new(response.body_mut()).poll_frame(cx) else {
            *this.answered = Some(response);
            return Poll::Pending;
        };
        let weighed = |frame| until_sent(frame, this.account).map_err(|error| from_error(&error));
        let first = first.map(|frame| frame.and_then(weighed)).transpose();
        Poll::Ready(Ok(match first {
            Ok(first) => sent(response, first, this.account),
            Err(status) => status.into_http(),
        }))
    }
}

/// Memory held for a request. Clones share it.
#[derive(Clone, Debug)]
struct Weight(Arc<Mutex<Held>>);

impl Weight {
    fn new(held: Held) -> Self {
        Self(Arc::new(Mutex::new(held)))
    }

    fn grow(&self, bytes: usize) -> Result<()> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .grow(bytes)
    }

    fn shrink_to(&self, bytes: usize) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = held.bytes().saturating_sub(bytes);
        held.shrink(rest);
    }
}

/// A request's body whose bytes are accounted to the caller.
pub(crate) struct Weighed<B> {
    body: B,
    weight: Weight,
    /// For a stream; messages that were read to their end are given back.
    messages: Option<Messages>,
}

impl<B> Weighed<B> {
    fn new(body: B, weight: Weight, is_stream: bool) -> Self {
        Self {
            body,
            weight,
            messages: is_stream.then(Messages::default),
        }
    }
}

impl<B> Body for Weighed<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Some(messages) = &this.messages {
            this.weight.shrink_to(messages.begun);
        }
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        let frame = match frame {
            None => return Poll::Ready(None),
            Some(frame) => frame.map_err(Into::<BoxError>::into)?,
        };
        if let Some(data) = frame.data_ref() {
            let weighed = this.weight.grow(data.len());
            weighed.map_err(|error| from_error(&error))?;
            if let Some(messages) = &mut this.messages {
                messages.read(data);
            }
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Position in a stream of messages, by their lengths.
#[derive(Debug, Default)]
struct Messages {
    /// Bytes received of the incomplete message.
    begun: usize,
    prefix: [u8; PREFIX],
}

impl Messages {
    fn read(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            if let Some(rest) = self.prefix.get_mut(self.begun..) {
                let some = rest.len().min(data.len());
                rest[..some].copy_from_slice(&data[..some]);
                self.begun += some;
                data = &data[some..];
            }
            if self.begun < PREFIX {
                return;
            }
            let [_, length @ ..] = self.prefix;
            let whole = PREFIX.saturating_add(u32::from_be_bytes(length) as usize);
            let some = (whole - self.begun).min(data.len());
            data = &data[some..];
            self.begun += some;
            if self.begun == whole {
                self.begun = 0;
            }
        }
    }
}

fn sent<R>(
    response: Response<R>,
    first: Option<Frame<Bytes>>,
    account: &Account,
) -> Response<Sent<R>> {
    response.map(|body| Sent {
        first,
        body,
        account: Some(account.clone()),
    })
}

/// A response's body whose bytes are accounted to the caller until they are sent.
#[derive(Debug, Default)]
pub(crate) struct Sent<R> {
    first: Option<Frame<Bytes>>,
    body: R,
    /// `None` for an empty body.
    account: Option<Account>,
}

impl<R> Body for Sent<R>
where
    R: Body<Data = Bytes, Error = Status> + Unpin,
{
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let Some(account) = &self.account else {
            return Poll::Ready(frame);
        };
        let sent = frame.map(|frame| until_sent(frame?, account).map_err(|e| from_error(&e)));
        Poll::Ready(sent)
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// A frame whose bytes are accounted to the caller until the last of them is sent.
fn until_sent(frame: Frame<Bytes>, account: &Account) -> Result<Frame<Bytes>> {
    let Some(bytes) = frame.data_ref().filter(|bytes| !bytes.is_empty()) else {
        return Ok(frame);
    };
    let mut held = account.hold();
    held.grow(bytes.len())?;
    let sending = Sending {
        bytes: bytes.clone(),
        _held: held,
    };
    Ok(Frame::data(Bytes::from_owner(sending)))
}

struct Sending {
    bytes: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Sending {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use chengji_domain::ErrorCode;
    use chengji_proto::policy::PolicyTable;
    use chengji_proto::status::to_error;
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::limits::ServerLimits;
    use crate::memory::Memory;
    use crate::quota_key::QuotaKey;

    fn account(memory_per_peer: usize) -> Account {
        let memory = Memory::new(&ServerLimits {
            memory_per_peer,
            ..ServerLimits::default()
        });
        let quota_key = QuotaKey::Principal("city/430100/node".parse().unwrap());
        Account::new(&memory, &Arc::new(quota_key))
    }

    /// Calls an rpc of one message each way, which answers with as many bytes as the request has.
    async fn echo(account: &Account, bytes: usize) -> Response<Sent<tonic::body::Body>> {
        let layer = WeightLayer {
            account: account.clone(),
        };
        let inner = service_fn(async |request: Request<Weighed<String>>| {
            let mut body = request.into_body();
            let read = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
            let response = match read.unwrap() {
                Ok(frame) => {
                    let content = String::from_utf8(frame.into_data().unwrap().to_vec());
                    Response::new(tonic::body::Body::new(content.unwrap()))
                }
                Err(error) => Status::from_error(error).into_http(),
            };
            Ok::<_, Infallible>(response)
        });
        let mut request = Request::new("x".repeat(bytes));
        let policy = PolicyTable::load().unwrap();
        let rule = policy.rule("/chengji.v1.RequestService/Grant").unwrap();
        request.extensions_mut().insert(Arc::clone(rule));
        layer.layer(inner).oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn request_and_response_are_on_the_account_until_the_response_is_sent() {
        let account = account(100);
        let refused = |response: &Response<_>| {
            Status::from_header_map(response.headers()).map(|status| to_error(&status).code())
        };
        let response = echo(&account, 50).await;
        assert_eq!(refused(&response), None);
        // The response to the first one is not sent yet, and the request of a second one weighs, too.
        let second = echo(&account, 30).await;
        assert_eq!(refused(&second), Some(ErrorCode::LimitExceeded));
        let third = echo(&account, 51).await;
        assert_eq!(refused(&third), Some(ErrorCode::LimitExceeded));
        drop(response);
        assert_eq!(refused(&echo(&account, 30).await), None);
        account.hold().grow(100).unwrap();
    }

    fn message(length: u8) -> Vec<u8> {
        [&[0, 0, 0, 0, length][..], &vec![7; length.into()]].concat()
    }

    #[test]
    fn only_the_message_that_is_not_whole_yet_is_begun() {
        let stream = [message(3), message(0), message(200), message(9)].concat();
        let ends = [8, 13, 218, 232];
        for piece in [1, 2, 3, 4, 5, 6, 7, 100, 1_000] {
            let (mut messages, mut read) = (Messages::default(), 0);
            for some in stream.chunks(piece) {
                messages.read(some);
                read += some.len();
                let last = ends.iter().rev().find(|end| **end <= read);
                assert_eq!(messages.begun, read - last.unwrap_or(&0), "{piece}, {read}");
            }
        }
    }

    #[test]
    fn an_answer_weighs_until_its_last_byte_is_sent() {
        let account = account(100);
        let send = |length: usize| {
            let frame = Frame::data(Bytes::from(vec![1; length]));
            until_sent(frame, &account).map(|frame| frame.into_data().unwrap())
        };
        let mut first = send(60).unwrap();
        send(41).unwrap_err();
        let last = first.split_off(59);
        drop(first);
        send(41).unwrap_err();
        drop(last);
        send(100).unwrap();
    }
}

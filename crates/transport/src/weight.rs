//! Accounts messages in the gate to their caller: a request's bytes from their arrival until a handler is
//! done with them, an answer's bytes until they have been sent.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use chengji_domain::Result;
use chengji_proto::status::from_error;
use http::Response;
use http_body::{Body, Frame, SizeHint};
use tonic::Status;

use crate::memory::{Account, Held};

type BoxError = Box<dyn StdError + Send + Sync>;

/// Bytes of a message before its content: a flag and the length.
const PREFIX: usize = 5;

/// Memory held for a request. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Weight(Arc<Mutex<Held>>);

impl Weight {
    pub(crate) fn new(held: Held) -> Self {
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
    pub(crate) fn new(body: B, weight: Weight, is_stream: bool) -> Self {
        Self {
            body,
            weight,
            messages: is_stream.then(Messages::default),
        }
    }
}

impl<B> Body for Weighed<B>
where
    B: Body<Data = Bytes, Error = hyper::Error> + Unpin,
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
            Some(frame) => frame?,
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

/// Accounts an answer's bytes to the caller until they are sent. If a single message exceeds the budget,
/// the answer is `LIMIT_EXCEEDED` instead; a stream ends with it.
pub(crate) async fn weighed(
    response: Response<tonic::body::Body>,
    account: &Account,
    is_stream: bool,
) -> Response<tonic::body::Body> {
    let (head, mut body) = response.into_parts();
    let account = account.clone();
    if is_stream {
        let first = None;
        return Response::from_parts(
            head,
            tonic::body::Body::new(Sent {
                first,
                body,
                account,
            }),
        );
    }
    let frame = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
    let first = match frame {
        Some(Ok(frame)) => match until_sent(frame, &account) {
            Ok(frame) => Some(frame),
            Err(error) => return from_error(&error).into_http(),
        },
        Some(Err(status)) => return status.into_http(),
        None => None,
    };
    Response::from_parts(
        head,
        tonic::body::Body::new(Sent {
            first,
            body,
            account,
        }),
    )
}

/// The remaining frames of an answer.
struct Sent {
    first: Option<Frame<Bytes>>,
    body: tonic::body::Body,
    account: Account,
}

impl Body for Sent {
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
        let sent = frame.map(|frame| until_sent(frame?, &self.account).map_err(|e| from_error(&e)));
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
    use super::*;
    use crate::limits::ServerLimits;
    use crate::memory::Memory;
    use crate::quota_key::QuotaKey;

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
        let memory = Memory::new(&ServerLimits {
            memory_per_peer: 100,
            ..ServerLimits::default()
        });
        let quota_key = QuotaKey::Principal("city/430100/node".parse().unwrap());
        let account = Account::new(&memory, &quota_key);
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

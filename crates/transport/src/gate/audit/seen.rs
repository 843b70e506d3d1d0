//! Keeps the beginning of a request for the audit log while the request is read.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The longest beginning that is remembered, bytes.
const MAX_BEGINNING: usize = 32 << 10;
/// Timeout for reading the beginning of a denied call.
const BEGINNING_TIMEOUT: Duration = Duration::from_millis(500);

/// The bytes that a request's body begins with. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beginning(Arc<Mutex<Vec<u8>>>);

impl Beginning {
    /// The part that has been read so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn add(&self, bytes: &[u8]) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MAX_BEGINNING.saturating_sub(held.len());
        held.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn is_full(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len() >= MAX_BEGINNING
    }
}

/// A request's body whose beginning is remembered where it is asked for.
#[derive(Debug)]
pub(crate) struct Seen<B> {
    body: B,
    beginning: Option<Beginning>,
}

impl<B> Seen<B> {
    /// A body whose bytes go into `beginning` while it is read.
    pub(crate) fn new(body: B, beginning: Option<Beginning>) -> Self {
        Self { body, beginning }
    }
}

impl<B> Seen<B>
where
    B: Body<Data = Bytes> + Unpin,
{
    /// Reads what is needed for the audit log, of a call that no handler will read.
    pub(crate) async fn read_beginning(mut self, beginning: Beginning) {
        self.beginning = Some(beginning.clone());
        let read = async {
            while !beginning.is_full() {
                let frame = std::future::poll_fn(|cx| Pin::new(&mut self).poll_frame(cx)).await;
                if !matches!(frame, Some(Ok(_))) {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(BEGINNING_TIMEOUT, read).await;
    }
}

impl<B> Body for Seen<B>
where
    B: Body<Data = Bytes> + Unpin,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(beginning) = &self.beginning
            && let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            beginning.add(data);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

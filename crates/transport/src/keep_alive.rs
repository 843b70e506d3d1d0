//! Detects dead connections by signs of life: bytes that arrive, and free space in a socket buffer that
//! was full, which means that the peer has received bytes.
//!
//! HTTP/2's own answer to a probe queues behind the data in flight: on a slow line it comes minutes late,
//! while the line is fully used. Probes are still sent, so that a silent peer has to answer; this module
//! decides whether the connection is alive.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// Timeout for hyper's own probes, as long as timers allow: it must never expire before this module's limit.
pub(crate) const PROBE_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Maximum number of unsent bytes in the kernel. Bytes handed to a socket cannot be observed any more:
/// the fewer there are, the sooner a full socket shows that the line carries data.
const UNSENT: u32 = 128 << 10;

/// A connection that fails after some time without a sign of life.
pub(crate) struct KeepAlive<T> {
    io: T,
    silence: Duration,
    /// Time of the last sign of life.
    last: Instant,
    /// Wakes the reader; reset lazily.
    timer: Pin<Box<Sleep>>,
    /// True if the socket had no space for the last write.
    full: bool,
}

impl KeepAlive<TcpStream> {
    /// Wraps a stream without Nagle's delay; `silence` is the maximum time without a sign of life.
    pub(crate) fn tcp(tcp: TcpStream, silence: Duration) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        socket2::SockRef::from(&tcp).set_tcp_notsent_lowat(UNSENT)?;
        Ok(Self::new(tcp, silence))
    }
}

impl<T> KeepAlive<T> {
    fn new(io: T, silence: Duration) -> Self {
        Self {
            io,
            silence,
            last: Instant::now(),
            timer: Box::pin(tokio::time::sleep(silence)),
            full: false,
        }
    }

    fn alive(&mut self) {
        self.last = Instant::now();
    }

    /// Ready with an error once the silence has lasted too long.
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let due = self.last + self.silence;
            if due <= Instant::now() {
                let message = format!("no sign of life for {:?}", self.silence);
                return Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, message));
            }
            self.timer.as_mut().reset(due);
        }
    }

    fn wrote(&mut self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Pending => self.full = true,
            Poll::Ready(Ok(1..)) if self.full => {
                self.full = false;
                self.alive();
            }
            Poll::Ready(_) => {}
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for KeepAlive<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        match Pin::new(&mut this.io).poll_read(cx, buffer) {
            Poll::Ready(read) => {
                if buffer.filled().len() > before {
                    this.alive();
                }
                Poll::Ready(read)
            }
            Poll::Pending => this.poll_silence(cx).map(Err),
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for KeepAlive<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        content: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.io).poll_write(cx, content);
        this.wrote(&written);
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        content: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.io).poll_write_vectored(cx, content);
        this.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const SILENCE: Duration = Duration::from_secs(40);

    #[tokio::test]
    async fn a_connection_fails_when_nothing_is_a_sign_of_life() {
        let (_peer, io) = duplex(64);
        let mut lively = KeepAlive::new(io, Duration::ZERO);
        let error = lively.read_exact(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn bytes_that_arrive_are_a_sign_of_life() {
        let (mut peer, io) = duplex(64);
        let mut lively = KeepAlive::new(io, SILENCE);
        let before = lively.last;
        peer.write_all(&[7]).await.unwrap();
        lively.read_exact(&mut [0]).await.unwrap();
        assert!(lively.last > before);
    }

    #[tokio::test]
    async fn room_in_a_full_socket_is_a_sign_of_life_and_room_at_once_is_none() {
        let (mut peer, io) = duplex(4);
        let mut lively = KeepAlive::new(io, SILENCE);
        let before = lively.last;
        lively.write_all(&[7; 4]).await.unwrap();
        assert_eq!(lively.last, before);
        let poll = std::future::poll_fn(|cx| {
            let written = Pin::new(&mut lively).poll_write(cx, &[7]);
            Poll::Ready(written.is_pending())
        });
        assert!(poll.await, "there was room for more");
        assert_eq!(lively.last, before);
        peer.read_exact(&mut [0; 4]).await.unwrap();
        lively.write_all(&[7]).await.unwrap();
        assert!(lively.last > before);
    }
}

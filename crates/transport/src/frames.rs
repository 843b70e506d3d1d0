//! Limits HTTP/2 frames without a call: pings, settings, priorities, windows, resets, empty data. Each
//! costs a server work and its sender next to nothing, so they are counted as they arrive, and a
//! connection that exceeds the limit is cut. Only frame headers are parsed here (RFC 9113, section 4.1).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A client's connection preface, before its first frame (RFC 9113, section 3.4).
const PREFACE: usize = 24;
/// The header of a frame: length, type, flags, stream.
const HEADER: usize = 9;
const DATA: u8 = 0x00;
const HEADERS: u8 = 0x01;
const END_STREAM: u8 = 0x01;
/// A smaller data frame, in the middle of a call, counts as empty; bytes.
const TINY: usize = 64;
/// Burst size, in seconds of the allowed rate.
const BURST: f64 = 4.0;
/// Bytes sent that allow one more frame: a peer that receives much has to open its windows.
const BYTES_PER_FRAME: f64 = 16.0 * 1024.0;

/// Frames allowed for each call that begins: a small message is a frame of its own, and its answer opens
/// windows. Calls have a rate limit of their own.
const FRAMES_PER_CALL: f64 = 4.0;

/// A connection whose incoming frames are counted.
pub(crate) struct Counted<T> {
    io: T,
    frames: Frames,
    allowance: Allowance,
}

impl<T> Counted<T> {
    /// Wraps a connection, with a limit of `per_second` frames without a call.
    pub(crate) fn new(io: T, per_second: u32) -> Self {
        Self {
            io,
            frames: Frames::default(),
            allowance: Allowance::full(per_second),
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Counted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.io).poll_read(cx, buffer))?;
        let Seen { calls, idle } = this.frames.read(&buffer.filled()[before..]);
        this.allowance.add(f64::from(calls) * FRAMES_PER_CALL);
        if idle > 0 && !this.allowance.take(idle, Instant::now()) {
            return Poll::Ready(Err(too_many()));
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Counted<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, bytes))?;
        self.allowance.earn(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, slices))?;
        self.allowance.earn(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Returns true if this limit ended the connection.
pub(crate) fn is_too_many(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.get_ref().is_some_and(|inner| inner.is::<TooMany>())) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[derive(Debug, thiserror::Error)]
#[error("too many frames without a call")]
struct TooMany;

fn too_many() -> io::Error {
    io::Error::other(TooMany)
}

/// Number of frames that began in some bytes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    /// Frames that begin or end a call.
    calls: u32,
    /// Frames without a call.
    idle: u32,
}

/// Position of the parser among the frames.
#[derive(Debug)]
struct Frames {
    /// Bytes to skip: the preface, or a frame's payload.
    skip: usize,
    header: [u8; HEADER],
    known: usize,
}

impl Default for Frames {
    fn default() -> Self {
        Self {
            skip: PREFACE,
            header: [0; HEADER],
            known: 0,
        }
    }
}

impl Frames {
    /// Parses further bytes; returns the frames that began.
    fn read(&mut self, mut bytes: &[u8]) -> Seen {
        let mut seen = Seen::default();
        while !bytes.is_empty() {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            let rest = &mut self.header[self.known..];
            let some = rest.len().min(bytes.len());
            rest[..some].copy_from_slice(&bytes[..some]);
            bytes = &bytes[some..];
            self.known += some;
            if self.known == HEADER {
                seen.calls += u32::from(self.kind() == HEADERS);
                seen.idle += u32::from(self.is_idle());
                self.skip = self.length();
                self.known = 0;
            }
        }
        seen
    }

    fn kind(&self) -> u8 {
        self.header[3]
    }

    fn length(&self) -> usize {
        let [first, second, third, ..] = self.header;
        u32::from_be_bytes([0, first, second, third]) as usize
    }

    /// Returns true if the frame belongs to no call, or does not advance one.
    fn is_idle(&self) -> bool {
        let flags = self.header[4];
        match self.kind() {
            // Calls have a rate limit of their own.
            HEADERS => false,
            DATA => self.length() < TINY && flags & END_STREAM == 0,
            _ => true,
        }
    }
}

/// The frames still allowed.
#[derive(Debug)]
struct Allowance {
    per_second: f64,
    left: f64,
    at: Instant,
}

impl Allowance {
    fn full(per_second: u32) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            left: per_second * BURST,
            at: Instant::now(),
        }
    }

    fn take(&mut self, frames: u32, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.add(passed * self.per_second);
        self.left -= f64::from(frames);
        self.left >= 0.0
    }

    fn earn(&mut self, bytes: usize) {
        self.add(bytes as f64 / BYTES_PER_FRAME);
    }

    fn add(&mut self, frames: f64) {
        self.left = (self.left + frames).min(self.per_second * BURST);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    use super::*;

    const PING: u8 = 0x06;
    const WINDOW_UPDATE: u8 = 0x08;

    fn frame(kind: u8, flags: u8, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        let head = [length[1], length[2], length[3], kind, flags, 0, 0, 0, 1];
        [&head[..], content].concat()
    }

    #[test]
    fn only_frames_without_a_call_are_counted_however_they_are_cut() {
        let frames = [
            vec![b'P'; PREFACE],
            frame(0x04, 0, &[]),
            frame(PING, 0, &[0; 8]),
            frame(HEADERS, 0x04, &[1; 300]),
            frame(DATA, 0, &[2; 70_000]),
            frame(DATA, 0, &[]),
            frame(DATA, 0, &[3; TINY - 1]),
            frame(DATA, END_STREAM, &[]),
            frame(0x02, 0, &[0; 5]),
            frame(WINDOW_UPDATE, 0, &[0; 4]),
            frame(0x77, 0, &[]),
        ];
        let bytes = frames.concat();
        for piece in [1, 2, 5, 9, 10, 33, 1_000, bytes.len()] {
            let mut frames = Frames::default();
            let seen = bytes.chunks(piece).map(|some| frames.read(some));
            let (calls, idle) =
                seen.fold((0, 0), |sum, seen| (sum.0 + seen.calls, sum.1 + seen.idle));
            assert_eq!((calls, idle), (1, 7), "{piece}");
        }
    }

    fn connection() -> (Counted<DuplexStream>, DuplexStream) {
        let (near, far) = tokio::io::duplex(1 << 20);
        (Counted::new(near, 10), far)
    }

    async fn read_on(server: &mut Counted<DuplexStream>) -> io::Result<usize> {
        let mut buffer = [0; 4_096];
        server.read(&mut buffer).await
    }

    #[tokio::test]
    async fn a_flood_is_cut() {
        let (mut server, mut client) = connection();
        client.write_all(&[b'P'; PREFACE]).await.unwrap();
        let flood = frame(PING, 0, &[0; 8]).repeat(100);
        client.write_all(&flood).await.unwrap();
        let error = read_on(&mut server).await.unwrap_err();
        assert!(is_too_many(&error), "{error}");
        assert!(!is_too_many(&io::Error::other("another")));
    }

    /// A small message is a frame of its own, before the one that ends the call's request.
    #[tokio::test]
    async fn small_calls_are_not_a_flood_however_many_there_are() {
        let (mut server, mut client) = connection();
        client.write_all(&[b'P'; PREFACE]).await.unwrap();
        let call = [
            frame(HEADERS, 0x04, &[1; 30]),
            frame(DATA, 0, &[0; 5]),
            frame(DATA, END_STREAM, &[]),
            frame(WINDOW_UPDATE, 0, &[0; 4]),
        ];
        for _ in 0..1_000 {
            client.write_all(&call.concat()).await.unwrap();
            read_on(&mut server).await.unwrap();
        }
    }

    #[test]
    fn frames_now_and_then_are_not_too_many() {
        let mut allowance = Allowance::full(10);
        let begun = Instant::now();
        for number in 0..1_000 {
            let now = begun + Duration::from_millis(110) * number;
            assert!(allowance.take(1, now), "{number}");
        }
    }

    #[tokio::test]
    async fn whoever_receives_much_may_open_its_windows() {
        let (mut server, mut client) = connection();
        client.write_all(&[b'P'; PREFACE]).await.unwrap();
        let mut received = vec![0; 32 << 10];
        for _ in 0..1_000 {
            server.write_all(&received.clone()).await.unwrap();
            client.read_exact(&mut received).await.unwrap();
            let update = frame(WINDOW_UPDATE, 0, &[0; 4]);
            client.write_all(&update).await.unwrap();
            read_on(&mut server).await.unwrap();
        }
    }
}

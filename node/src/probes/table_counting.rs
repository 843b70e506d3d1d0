//! Counts the rows of a table that is probed, as they arrive, without trust in them.
//!
//! The rows are measured by the code that measures mounted tables, so that the digest depends neither on the batches of the
//! stream nor on the order of the rows. Memory is bounded by the size of a part of the stream.

use std::io::{self, Read};

use bytes::{Buf, Bytes};
use chengji_domain::probe::{Declaration, ProbeRead, ProbedTable};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_interchange::table::ArrowStream;
use chengji_messages::msg;
use chengji_sources::{MeasuredRows, Measuring};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::invalid;

/// Maximum size of the rows of a part, bytes; nodes send parts of 8 MiB, and longer ones for longer rows.
const MAX_PART: u64 = 64 << 20;

/// Number of pieces that wait to be counted.
const AHEAD: usize = 2;

/// A table that is being counted on a thread of its own: some contradictions within a stream make its reader panic.
pub(super) struct TableCounting {
    pieces: mpsc::Sender<Bytes>,
    counted: JoinHandle<Result<ProbeRead>>,
    /// The announced size of the stream, and how much of it is still to come, bytes.
    announced: u64,
    left: u64,
}

impl TableCounting {
    /// Begins to count a table that is announced so. It ends early if more rows come than are announced.
    pub(super) fn of(announced: &Declaration, table: ProbedTable) -> Self {
        let (pieces, received) = mpsc::channel(AHEAD);
        let (declared, bytes) = (*announced, table.stream_bytes);
        let span = tracing::Span::current();
        let count = move || span.in_scope(|| count(Pieces::of(received), &declared, &table));
        Self {
            pieces,
            counted: tokio::task::spawn_blocking(count),
            announced: bytes,
            left: bytes,
        }
    }

    /// Counts a further piece; returns false once no more are wanted.
    ///
    /// # Errors
    ///
    /// `PEER_INVALID` for more bytes than are announced.
    pub(super) async fn take(&mut self, piece: Bytes) -> Result<bool> {
        let left = self.left.checked_sub(piece.len() as u64);
        self.left = left.ok_or_else(|| {
            let bytes = self.announced;
            invalid(msg::DeliveryLargerThanAnnounced { bytes })
        })?;
        Ok(self.pieces.send(piece).await.is_ok())
    }

    /// Returns the result, once all was read.
    ///
    /// # Errors
    ///
    /// `PEER_INVALID` for what is no stream of the announced table.
    pub(super) async fn read(self) -> Result<ProbeRead> {
        drop(self.pieces);
        let broken = |_| Err(invalid(msg::TableStreamContradictory));
        self.counted.await.unwrap_or_else(broken)
    }
}

/// Counts rows until their end, or until there are more than are announced. Blocks.
fn count(pieces: Pieces, announced: &Declaration, table: &ProbedTable) -> Result<ProbeRead> {
    let stream = ArrowStream::of_parts_up_to(MAX_PART, pieces, table.stream_bytes)?;
    let schema = stream.schema();
    let names = schema.fields().iter().map(|field| field.name());
    if !names.eq(table.shape.columns.iter().map(|column| &column.name)) {
        return Err(invalid(msg::ProbedColumnsDiffer));
    }
    let most = announced.measurement;
    let mut measuring = Measuring::default();
    for batch in stream {
        measuring.take(&batch?, "").map_err(unmeasurable)?;
        if most.rows.is_some_and(|rows| measuring.rows() > rows) || measuring.bytes() > most.bytes {
            break;
        }
    }
    let MeasuredRows {
        rows,
        bytes,
        digest,
    } = measuring.finish(table.shape.fingerprint());
    Ok(ProbeRead {
        revision: announced.revision,
        bytes,
        rows: Some(rows),
        digest,
    })
}

/// The error of a column that no mounted table can have.
fn unmeasurable(error: Error) -> Error {
    match error.code() {
        ErrorCode::SourceUnavailable => invalid(error.message().clone()),
        _ => error,
    }
}

/// The pieces of a stream, one after the other.
struct Pieces {
    received: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Pieces {
    fn of(received: mpsc::Receiver<Bytes>) -> Self {
        let piece = Bytes::new();
        Self { received, piece }
    }
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.received.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let size = into.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut into[..size]);
        Ok(size)
    }
}

#[cfg(test)]
#[path = "table_counting_tests.rs"]
mod tests;

//! Conversion of a received table into another format while it arrives, on a thread of its own: one reads the pieces
//! that the other receives, so that neither holds the table in memory.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_interchange::table::{
    ArrowStream, check_workbook_rows, write_csv, write_parquet, write_workbook,
};
use chengji_messages::msg;
use chengji_proto::v1;
use clap::ValueEnum;

/// Number of pieces that wait to be converted.
const WAITING: usize = 4;

/// The formats in which people take a table.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TableFormat {
    /// CSV (RFC 4180, UTF-8), for programs
    Csv,
    /// Workbook of Excel, for people
    Xlsx,
    /// Parquet
    Parquet,
    /// Stream of Arrow's IPC format, as it was received
    Arrow,
}

/// A format into which a table is converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Converted {
    Csv,
    Xlsx,
    Parquet,
}

impl TableFormat {
    /// Returns the format that the extension of a file names.
    pub(super) fn of_extension(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        Self::from_str(extension, true).ok()
    }

    /// Returns the format into which a table is converted; `None` if it is written as it was received.
    pub(super) fn converted(self) -> Option<Converted> {
        match self {
            Self::Csv => Some(Converted::Csv),
            Self::Xlsx => Some(Converted::Xlsx),
            Self::Parquet => Some(Converted::Parquet),
            Self::Arrow => None,
        }
    }
}

impl Converted {
    /// Checks that the content of a receipt can be converted.
    ///
    /// # Errors
    ///
    /// `LIMIT_EXCEEDED` for more rows than the format has.
    pub(super) fn check(self, receipt: &v1::Receipt) -> Result<()> {
        match (self, receipt.rows) {
            (Self::Xlsx, Some(rows)) => check_workbook_rows(rows),
            _ => Ok(()),
        }
    }
}

/// The place to which a conversion writes.
pub(super) enum Place {
    Stdout(io::Stdout),
    File(File),
}

/// A conversion under way. Dropped, it ends as at a table that breaks off.
pub(super) struct Conversion {
    pieces: SyncSender<Bytes>,
    writer: JoinHandle<Result<()>>,
}

impl Conversion {
    /// Begins to convert a table of this size in bytes.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for a format that cannot be written to standard output, `MISCONFIGURED` without a thread.
    pub(super) fn begin(format: Converted, bytes: u64, place: Place) -> Result<Self> {
        if format == Converted::Xlsx && matches!(place, Place::Stdout(_)) {
            return Err(workbook_to_stdout());
        }
        let (pieces, waiting) = sync_channel(WAITING);
        let input = Pieces {
            waiting,
            current: Bytes::new(),
        };
        let writer = thread::Builder::new().name("convert".into());
        let writer = writer.spawn(move || convert(format, input, bytes, place));
        let writer = writer.map_err(|cause| {
            let message = msg::TableNotWritten { cause };
            Error::new(ErrorCode::Misconfigured, message)
        })?;
        Ok(Self { pieces, writer })
    }

    /// Hands over the next piece of the table. False means that the conversion has failed: it says why at its end.
    pub(super) fn take(&self, piece: Bytes) -> bool {
        self.pieces.send(piece).is_ok()
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    ///
    /// Those of the conversion; `PEER_INVALID` for a table that contradicts itself.
    pub(super) fn finish(self) -> Result<()> {
        let Self { pieces, writer } = self;
        drop(pieces);
        writer.join().unwrap_or_else(|_| {
            let message = msg::TableStreamContradictory;
            Err(Error::new(ErrorCode::PeerInvalid, message))
        })
    }
}

fn convert(format: Converted, input: Pieces, bytes: u64, place: Place) -> Result<()> {
    let table = ArrowStream::new(input, bytes)?;
    match (format, place) {
        (Converted::Xlsx, Place::File(file)) => write_workbook(&table.schema(), table, file),
        (Converted::Xlsx, Place::Stdout(_)) => Err(workbook_to_stdout()),
        (Converted::Csv, Place::File(file)) => write_csv(&table.schema(), table, file),
        (Converted::Csv, Place::Stdout(out)) => write_csv(&table.schema(), table, out),
        (Converted::Parquet, Place::File(file)) => write_parquet(&table.schema(), table, file),
        (Converted::Parquet, Place::Stdout(out)) => write_stdout_parquet(table, out),
    }
}

fn write_stdout_parquet(table: ArrowStream<Pieces>, mut out: io::Stdout) -> Result<()> {
    write_parquet(&table.schema(), table, &mut out)?;
    out.flush().map_err(|cause| {
        let message = msg::TableNotWritten { cause };
        Error::new(ErrorCode::Misconfigured, message)
    })
}

/// The error for a workbook on standard output: its parts are not written in their order.
pub(super) fn workbook_to_stdout() -> Error {
    Error::new(ErrorCode::InvalidArgument, msg::WorkbookToStandardOutput)
}

/// The pieces that have arrived, as one input; it ends when no more can come.
struct Pieces {
    waiting: Receiver<Bytes>,
    current: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.waiting.recv() {
                Ok(piece) => self.current = piece,
                Err(_) => return Ok(0),
            }
        }
        let size = self.current.len().min(into.len());
        let read = self.current.split_to(size);
        into[..size].copy_from_slice(&read);
        Ok(size)
    }
}

#[cfg(test)]
#[path = "conversion_tests.rs"]
mod tests;

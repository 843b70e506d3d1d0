//! Rows of a query that do not fit into its memory, in a file that the node hands over.
//!
//! This process opens no file by name, so one file takes all such rows, in blocks. It has no name either: nothing of it is
//! left once this process ends, in whatever way.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SpillFile, SpillWriter, TempFileFactory};
use futures_util::{Stream, stream};
use rustix::fs::fstatvfs;

/// Size of a block, bytes. Reads may be of parts of blocks.
const BLOCK: u64 = 256 << 10;

/// Number of blocks after which the free space of the disk is checked again.
const CHECKED_EVERY: u64 = 64;

/// Disk space for rows of a query.
#[derive(Debug)]
pub(crate) struct Space {
    /// The file.
    pub(crate) file: File,
    /// Its maximum size, bytes.
    pub(crate) most: u64,
    /// Bytes of its disk that stay free.
    pub(crate) keep_free: u64,
}

/// The rows of a query that do not fit into its memory.
#[derive(Debug, Default)]
pub(crate) struct Spill {
    /// Known once the query runs; never for one that may not use the disk.
    space: OnceLock<Space>,
    blocks: Mutex<Blocks>,
    /// Why rows could not be written, or read again.
    failure: OnceLock<Error>,
}

/// The blocks of the file.
#[derive(Debug, Default)]
struct Blocks {
    /// The numbers of the blocks that are free again.
    free: Vec<u64>,
    /// Number of all blocks.
    number: u64,
}

impl Spill {
    /// Sets the disk space; later calls change nothing.
    pub(crate) fn set(&self, space: Space) {
        let _ = self.space.set(space);
    }

    /// Returns true if the query may use the disk.
    pub(crate) fn is_there(&self) -> bool {
        self.space.get().is_some()
    }

    /// Why rows could not be written or read again, if they could not.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.failure.get().cloned()
    }

    /// The factory of the files to which the engine writes rows.
    pub(crate) fn files(self: &Arc<Self>) -> Arc<dyn TempFileFactory> {
        Arc::new(Files(Arc::clone(self)))
    }

    fn space(&self) -> io::Result<&Space> {
        self.space.get().ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn blocks(&self) -> MutexGuard<'_, Blocks> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a block that is unused.
    fn take_block(&self) -> io::Result<u64> {
        let mut blocks = self.blocks();
        if let Some(free) = blocks.free.pop() {
            return Ok(free);
        }
        let space = self.space()?;
        let block = blocks.number;
        if (block + 1) * BLOCK > space.most {
            let message = msg::QuerySpillUsedUp { most: space.most };
            return Err(self.failed(Error::new(ErrorCode::LimitExceeded, message)));
        }
        if block.is_multiple_of(CHECKED_EVERY) {
            self.check_room(space)?;
        }
        blocks.number += 1;
        Ok(block)
    }

    /// Checks that the disk has room for the blocks until the next check.
    fn check_room(&self, space: &Space) -> io::Result<()> {
        let disk = fstatvfs(&space.file)?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let reserve = space.keep_free;
        if free >= reserve.saturating_add(CHECKED_EVERY * BLOCK) {
            return Ok(());
        }
        let message = msg::QuerySpillDiskFull { free, reserve };
        Err(self.failed(Error::new(ErrorCode::StorageFull, message)))
    }

    /// Records why rows could not be written or read again, because the engine passes on only the text of an error.
    fn failed(&self, error: Error) -> io::Error {
        let text = error.to_string();
        let _ = self.failure.set(error);
        io::Error::other(text)
    }
}

/// Makes files for rows.
struct Files(Arc<Spill>);

impl TempFileFactory for Files {
    fn create_temp_file(&self, description: &str) -> Result<Arc<dyn SpillFile>> {
        if !self.0.is_there() {
            return Err(DataFusionError::ResourcesExhausted(description.to_owned()));
        }
        let rows = Rows {
            spill: Arc::clone(&self.0),
            place: Mutex::default(),
        };
        Ok(Arc::new(Written(Arc::new(rows))))
    }
}

/// Rows that are written and read together. Their blocks are free again when they are dropped.
struct Rows {
    spill: Arc<Spill>,
    place: Mutex<Place>,
}

/// The place of rows in the file.
#[derive(Default)]
struct Place {
    /// The numbers of their blocks, in order.
    blocks: Vec<u64>,
    bytes: u64,
}

impl Rows {
    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends bytes, at most up to the end of a block; returns their number. Blocks, as [`read`](Self::read).
    fn append(&self, content: &[u8]) -> io::Result<usize> {
        let mut place = self.place();
        if place.bytes == place.blocks.len() as u64 * BLOCK {
            place.blocks.push(self.spill.take_block()?);
        }
        let within = place.bytes % BLOCK;
        let Some(block) = place.blocks.last() else {
            return Ok(0);
        };
        let size = content.len().min((BLOCK - within) as usize);
        let file = &self.spill.space()?.file;
        let written = file.write_all_at(&content[..size], block * BLOCK + within);
        written.map_err(|cause| self.spill.failed(unwritable(&cause)))?;
        place.bytes += size as u64;
        Ok(size)
    }

    /// The bytes from this one on, at most up to the end of a block; none at the end of the rows.
    fn read(&self, from: u64) -> io::Result<Bytes> {
        let (at, size) = {
            let place = self.place();
            let block = place.blocks.get((from / BLOCK) as usize);
            let left = place.bytes.saturating_sub(from);
            match block {
                Some(block) => {
                    let within = from % BLOCK;
                    (block * BLOCK + within, left.min(BLOCK - within))
                }
                None => (0, 0),
            }
        };
        let mut content = vec![0; size as usize];
        let read = self.spill.space()?.file.read_exact_at(&mut content, at);
        read.map_err(|cause| self.spill.failed(unreadable(&cause)))?;
        Ok(content.into())
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        let place = self.place.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.spill.blocks().free.append(&mut place.blocks);
    }
}

/// Rows as a file of the engine.
struct Written(Arc<Rows>);

impl SpillFile for Written {
    fn size(&self) -> Option<u64> {
        Some(self.0.place().bytes)
    }

    fn read_stream(&self) -> Result<Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>> {
        let pieces = stream::try_unfold((Arc::clone(&self.0), 0), |(rows, from)| async move {
            let its = Arc::clone(&rows);
            let read = tokio::task::spawn_blocking(move || its.read(from)).await;
            let piece = read.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?;
            let piece = piece.map_err(DataFusionError::IoError)?;
            let next = from + piece.len() as u64;
            let found = (!piece.is_empty()).then_some((piece, (rows, next)));
            Ok::<_, DataFusionError>(found)
        });
        Ok(Box::pin(pieces))
    }

    fn open_writer(&self) -> Result<Box<dyn SpillWriter>> {
        Ok(Box::new(Writer(Arc::clone(&self.0))))
    }
}

/// Writes rows.
struct Writer(Arc<Rows>);

impl Write for Writer {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        match content.is_empty() {
            true => Ok(0),
            false => self.0.append(content),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SpillWriter for Writer {
    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

fn unreadable(cause: &io::Error) -> Error {
    Error::new(
        ErrorCode::Misconfigured,
        msg::QuerySpillUnreadable { cause },
    )
}

fn unwritable(cause: &io::Error) -> Error {
    let code = match cause.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ErrorCode::StorageFull,
        _ => ErrorCode::Misconfigured,
    };
    Error::new(code, msg::QuerySpillUnwritable { cause })
}

#[cfg(test)]
#[path = "spill_tests.rs"]
mod tests;

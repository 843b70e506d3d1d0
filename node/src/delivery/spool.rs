//! The granted part of a table as it is sent: read from its source into a file, as a stream of Arrow, with digest and
//! number of rows.
//!
//! The file has no name, so that nothing of the table is left when the node ends. A part is kept until it was delivered,
//! its grant is over, or a day has gone by: a consumer whose connection breaks goes on in it.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, SchemaRef};
use chengji_domain::request::RequestId;
use chengji_domain::request::terms::TableScope;
use chengji_domain::{Digest, Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_query::TableContent;
use chengji_records::{GrantSalt, MountedTable};
use chengji_runtime::bulk::{WRITE_SIZE, read_exact_at};
use chengji_runtime::files::{PRIVATE, SECRET, make_folder};
use chengji_scope::{Batches, Cut};
use chengji_sources::{GoOn, Source};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::budget::Budget;
use super::under_way::UnderWay;
use crate::catalogue::as_mounted::AsMounted;

/// How long a part is kept for a consumer that does not come back.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// A part of a table that was read.
#[derive(Debug)]
pub(super) struct Spool {
    /// What was granted when it was read.
    pub(super) part: TableScope,
    /// Its rows.
    pub(super) rows: u64,
    /// Bytes of the stream.
    pub(super) bytes: u64,
    /// SHA-256 of the stream.
    pub(super) digest: Digest,
    /// Its columns.
    pub(super) schema: SchemaRef,
    at: Timestamp,
    file: File,
}

impl Spool {
    /// The stream as the content of a table of a query.
    pub(super) fn content(&self) -> io::Result<TableContent> {
        Ok(TableContent {
            file: self.file.try_clone()?,
            bytes: self.bytes,
            rows: self.rows,
        })
    }

    /// Reads so many bytes from this offset on. Blocks.
    pub(super) fn read(&self, offset: u64, size: usize) -> io::Result<Vec<u8>> {
        read_exact_at(&self.file, offset, size)
    }
}

/// The reading of a part.
pub(super) struct Cutting {
    /// The name of its file, which the file has only until it is open.
    pub(super) name: String,
    /// The table.
    pub(super) table: MountedTable,
    /// What is granted of it.
    pub(super) part: TableScope,
    /// The salt of hashes.
    pub(super) salt: GrantSalt,
    /// The present time.
    pub(super) at: Timestamp,
    /// The number of rows of the part that were read.
    pub(super) so_far: Arc<AtomicU64>,
}

/// The parts that are being delivered, one of each request. Clones share them.
#[derive(Clone, Debug)]
pub struct Spools {
    folder: Arc<Path>,
    disk: Arc<Budget>,
    kept: Arc<Mutex<HashMap<RequestId, Arc<Spool>>>>,
    /// The requests whose part is being read.
    pub(super) cutting: UnderWay<RequestId>,
}

impl Spools {
    /// Creates the store of parts below the data directory; the reserve of the disk is that of received files.
    pub fn new(data: &Path, disk: Arc<Budget>) -> Self {
        Self {
            folder: data.join("granted-tables").into(),
            disk,
            kept: Arc::default(),
            cutting: UnderWay::at_most(1),
        }
    }

    /// The part of a request that was read before, if a consumer goes on in it: it has this digest, and what is granted
    /// is the same.
    pub(super) fn kept(
        &self,
        request: RequestId,
        part: &TableScope,
        digest: &[u8],
    ) -> Option<Arc<Spool>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(&request).cloned();
        found.filter(|spool| spool.digest.0 == digest && spool.part == *part)
    }

    /// Reads the granted part of a table, in place of one that was read before. Blocks.
    ///
    /// # Errors
    ///
    /// As of [`read`](Self::read).
    pub(super) fn cut(
        &self,
        source: &dyn Source,
        (request, cutting): (RequestId, Cutting),
        go_on: GoOn<'_>,
    ) -> Result<Arc<Spool>> {
        self.release(request);
        let spool = Arc::new(self.read(source, cutting, go_on)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(request, Arc::clone(&spool));
        Ok(spool)
    }

    /// Reads the granted part of a table, which is not kept. Blocks.
    ///
    /// # Errors
    ///
    /// `SOURCE_CHANGED`, `STORAGE_FULL`, `MISCONFIGURED` if it cannot be written; those of the source.
    pub(super) fn read(
        &self,
        source: &dyn Source,
        cutting: Cutting,
        go_on: GoOn<'_>,
    ) -> Result<Spool> {
        self.read_each(source, cutting, go_on, |_| Ok(()))
    }

    /// Reads the granted part of a table, which is not kept, and hands over each batch of it. Blocks.
    ///
    /// # Errors
    ///
    /// As of [`read`](Self::read), and those of `each`.
    pub(super) fn read_each(
        &self,
        source: &dyn Source,
        cutting: Cutting,
        go_on: GoOn<'_>,
        mut each: impl FnMut(&RecordBatch) -> Result<()>,
    ) -> Result<Spool> {
        let Cutting {
            name,
            table,
            part,
            salt,
            at,
            so_far,
        } = cutting;
        let found = AsMounted::find(source, &table, go_on)?;
        let mut cut = Cut::new(&part, &found.schema, &found.arrow_schema, &salt.0)?;
        let stream = Hashed::new(self.file(&name)?);
        let writer = StreamWriter::try_new(stream, &cut.schema());
        let mut writer = writer.map_err(|error| self.unwritten(&error))?;
        let mut batches = Batches::new(cut.schema());
        let mut rows = 0;
        source.read(&table.address.table, None, go_on, &mut |batch| {
            if let Some(passed) = cut.of(&found.of(&batch)?)? {
                each(&passed)?;
                rows += passed.num_rows() as u64;
                // The number of rows of the whole table must not be disclosed to the consumer.
                so_far.store(rows, Ordering::Relaxed);
                for full in batches.add(passed)? {
                    self.write(&mut writer, &full)?;
                }
            }
            Ok(match cut.is_done() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        })?;
        if let Some(rest) = batches.rest()? {
            self.write(&mut writer, &rest)?;
        }
        let stream = writer.into_inner();
        let stream = stream.map_err(|error| self.unwritten(&error))?;
        let (file, digest, bytes) = stream.finish().map_err(|cause| self.unwritable(&cause))?;
        Ok(Spool {
            part,
            rows,
            bytes,
            digest,
            schema: cut.schema(),
            at,
            file,
        })
    }

    fn write(&self, writer: &mut StreamWriter<Hashed>, batch: &RecordBatch) -> Result<()> {
        let size = batch.get_array_memory_size() as u64;
        self.disk.check_room_in(&self.folder, size)?;
        let written = writer.write(batch);
        written.map_err(|error| self.unwritten(&error))
    }

    /// Frees the space of a part, once nobody sends it any more; another one of the request is kept.
    pub(super) fn forget(&self, request: RequestId, spool: &Arc<Spool>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept
            .get(&request)
            .is_some_and(|kept| Arc::ptr_eq(kept, spool))
        {
            kept.remove(&request);
        }
    }

    /// Frees the space of parts that nobody came back for, and of those for which `is_over` returns true.
    pub(super) fn clean(&self, now: Timestamp, is_over: impl Fn(RequestId) -> bool) {
        let spools: Vec<(RequestId, Arc<Spool>)> = {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let spools = kept.iter().map(|(id, spool)| (*id, Arc::clone(spool)));
            spools.collect()
        };
        for (request, spool) in spools {
            if now.duration_since(spool.at) > KEPT || is_over(request) {
                self.forget(request, &spool);
            }
        }
    }

    /// Frees the space of the part that is kept for a request.
    fn release(&self, request: RequestId) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&request);
    }

    /// A new file, whose name is removed at once.
    fn file(&self, name: &str) -> Result<File> {
        make_folder(&self.folder, PRIVATE)?;
        let path = self.folder.join(format!("{name}.arrows"));
        let open = || {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(true);
            let file = options.mode(SECRET).open(&path)?;
            fs::remove_file(&path)?;
            Ok(file)
        };
        open().map_err(|cause: io::Error| self.unwritable(&cause))
    }

    fn unwritten(&self, error: &ArrowError) -> Error {
        match error {
            ArrowError::IoError(_, cause) => self.unwritable(cause),
            _ => Error::new(ErrorCode::Internal, msg::ScopeCutFailed),
        }
    }

    fn unwritable(&self, cause: &io::Error) -> Error {
        let code = match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::StorageFull,
            _ => ErrorCode::Misconfigured,
        };
        let path = Value::text(self.folder.display());
        Error::new(code, msg::PartUnwritable { path, cause })
    }
}

/// A file that is written and hashed in blocks of [`WRITE_SIZE`], whatever the sizes of what is written: the values of a
/// column would end within pages, each of which the system would look up twice.
struct Hashed {
    written: Written,
    /// The beginning of the next block.
    begun: Vec<u8>,
}

impl Hashed {
    fn new(file: File) -> Self {
        Self {
            written: Written {
                file,
                digest: Sha256::new(),
                bytes: 0,
            },
            begun: Vec::with_capacity(WRITE_SIZE),
        }
    }

    /// The file with all bytes written, their digest and number.
    fn finish(mut self) -> io::Result<(File, Digest, u64)> {
        self.flush()?;
        let Written {
            file,
            digest,
            bytes,
        } = self.written;
        Ok((file, Digest(digest.finalize().into()), bytes))
    }
}

impl Write for Hashed {
    /// Takes no more than what completes the block.
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        let missing = WRITE_SIZE - self.begun.len();
        let taken = &content[..content.len().min(missing)];
        if taken.len() == WRITE_SIZE {
            self.written.put(taken)?;
        } else {
            self.begun.extend_from_slice(taken);
        }
        if self.begun.len() == WRITE_SIZE {
            self.flush()?;
        }
        Ok(taken.len())
    }

    /// Writes what has not filled a block.
    fn flush(&mut self) -> io::Result<()> {
        self.written.put(&self.begun)?;
        self.begun.clear();
        Ok(())
    }
}

/// A file with the digest of what it has.
struct Written {
    file: File,
    digest: Sha256,
    bytes: u64,
}

impl Written {
    fn put(&mut self, block: &[u8]) -> io::Result<()> {
        self.file.write_all(block)?;
        self.digest.update(block);
        self.bytes += block.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
#[path = "spool_tests.rs"]
mod tests;

//! The consumer's files: during a transfer and after it.
//!
//! Arriving bytes are written to `.part` in the request's folder. The file is renamed when it is
//! complete, verified and on disk; a name sent by a peer never leads out of the folder.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use chengji_domain::delivery::Content;
use chengji_domain::request::RequestId;
use chengji_domain::text::unfit;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_proto::v1;
use chengji_runtime::bulk::WRITE_SIZE;
use chengji_runtime::files;
use sha2::{Digest as _, Sha256};

use super::sending::PIECE;
use super::sizes::{PARTIAL, ReceivedSizes};
use crate::file_digest::hash;

/// Number of bytes after which arrived data is flushed to disk during the transfer. Systems buffer
/// gigabytes by themselves, and flushing them would delay the end.
const FLUSH_INTERVAL_BYTES: u64 = 64 << 20;

/// Maximum length of a file's name, bytes.
const MAX_NAME: usize = 255;

/// The folder in which the file of a request arrives.
#[derive(Clone, Debug)]
pub(super) struct ArrivalFolder {
    folder: PathBuf,
    request: RequestId,
    /// Its changes are noted there.
    sizes: Arc<ReceivedSizes>,
}

/// The state on disk of an earlier fetch.
#[derive(Debug)]
pub(super) enum Held {
    /// Nothing usable.
    Nothing,
    /// A prefix of the content, or all of it.
    Part(Arriving),
    /// The complete file under its name; only its record is missing.
    Whole,
}

impl ArrivalFolder {
    pub(super) fn new(sizes: &Arc<ReceivedSizes>, request: RequestId) -> Self {
        Self {
            folder: sizes.folder().join(request.to_string()),
            request,
            sizes: Arc::clone(sizes),
        }
    }

    /// The path of the complete file.
    pub(super) fn file(&self, content: &Content) -> PathBuf {
        self.folder.join(self.name(content))
    }

    /// The name of the complete file.
    pub(super) fn name(&self, content: &Content) -> String {
        safe_name(&content.file_name, content.code.as_str())
    }

    /// The state of an earlier fetch of this content. Reads the whole file.
    pub(super) fn inspect(&self, begun: Option<&Content>) -> Result<Held> {
        let path = self.partial();
        let size = match fs::metadata(&path) {
            Ok(metadata) => Some(metadata.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&path, &error)),
        };
        let Some(content) = begun else {
            return Ok(Held::Nothing);
        };
        match plan(size, content.bytes) {
            Plan::Anew => Ok(Held::Nothing),
            Plan::GoOn => self.read_back(content).map(Held::Part),
            Plan::Renamed => self.look_for_whole(content),
        }
    }

    /// Returns true if the complete content is under its name and no transfer is in progress.
    pub(super) fn is_whole(&self, content: &Content) -> Result<bool> {
        let path = self.partial();
        let arriving = path.try_exists().map_err(|error| failed(&path, &error))?;
        Ok(!arriving && matches!(self.look_for_whole(content)?, Held::Whole))
    }

    /// Creates an empty file.
    pub(super) fn begin(&self, whole: u64) -> Result<Arriving> {
        let made = files::make_folders(&self.folder, 0o777);
        made.map_err(|error| failed(&self.folder, &error))?;
        let path = self.partial();
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path);
        let file = file.map_err(|error| failed(&path, &error))?;
        self.sizes.set_unfinished(self.request, 0);
        sync(&self.folder)?;
        Ok(Arriving::new(path, file, Sha256::new(), 0, whole))
    }

    /// Empties the file, for other content of this size.
    pub(super) fn restart(&self, arriving: &mut Arriving, whole: u64) -> Result<()> {
        arriving.restart(whole)?;
        self.sizes.set_unfinished(self.request, 0);
        Ok(())
    }

    /// Renames the complete, verified file. It is durable after that.
    pub(super) fn finish(&self, mut arrived: Arriving, content: &Content) -> Result<()> {
        let name = self.file(content);
        arrived.flushed()?;
        arrived
            .file
            .sync_all()
            .map_err(|error| failed(&arrived.path, &error))?;
        let renamed = self.sizes.rename(self.request, &arrived.path, &name);
        renamed.map_err(|error| failed(&name, &error))?;
        sync(&self.folder)
    }

    /// Discards the arrived bytes.
    pub(super) fn discard(&self) -> Result<()> {
        let path = self.partial();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(&path, &error)),
            _ => {
                self.sizes.set_unfinished(self.request, 0);
                Ok(())
            }
        }
    }

    fn partial(&self) -> PathBuf {
        self.folder.join(PARTIAL)
    }

    fn read_back(&self, content: &Content) -> Result<Arriving> {
        let path = self.partial();
        let read_back = || {
            let mut file = OpenOptions::new().read(true).write(true).open(&path)?;
            let (digest, arrived) = hash(&mut file)?;
            Ok(Arriving::new(
                path.clone(),
                file,
                digest,
                arrived,
                content.bytes,
            ))
        };
        read_back().map_err(|error| failed(&path, &error))
    }

    fn look_for_whole(&self, content: &Content) -> Result<Held> {
        let path = self.file(content);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Held::Nothing),
            Err(error) => return Err(failed(&path, &error)),
        };
        let (digest, bytes) = hash(&mut file).map_err(|error| failed(&path, &error))?;
        let right = bytes == content.bytes && digest.finalize()[..] == content.digest.0;
        if right {
            sync(&self.folder)?;
        }
        Ok(if right { Held::Whole } else { Held::Nothing })
    }
}

/// The action that the size of the partial file implies after an earlier fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    /// Start from the beginning.
    Anew,
    /// Continue at its end.
    GoOn,
    /// It was already renamed.
    Renamed,
}

/// A fetch creates its partial file before its record, and renames the file before it removes the record:
/// a record without a partial file means that the fetch was interrupted in between.
fn plan(partial: Option<u64>, whole: u64) -> Plan {
    match partial {
        None => Plan::Renamed,
        Some(size) if size == 0 || size > whole => Plan::Anew,
        Some(_) => Plan::GoOn,
    }
}

/// A file being received, open at its end.
#[derive(Debug)]
pub(super) struct Arriving {
    path: PathBuf,
    file: File,
    digest: Sha256,
    arrived: u64,
    whole: u64,
    unflushed: u64,
    flushing: Option<JoinHandle<std::io::Result<()>>>,
}

impl Arriving {
    fn new(path: PathBuf, file: File, digest: Sha256, arrived: u64, whole: u64) -> Self {
        Self {
            path,
            file,
            digest,
            arrived,
            whole,
            unflushed: 0,
            flushing: None,
        }
    }

    /// Number of bytes arrived.
    pub(super) fn arrived(&self) -> u64 {
        self.arrived
    }

    /// Opens what has arrived, to be read from its beginning.
    pub(super) fn reopened(&self) -> Result<File> {
        File::open(&self.path).map_err(|error| failed(&self.path, &error))
    }

    fn restart(&mut self, whole: u64) -> Result<()> {
        let emptied = self
            .file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map_err(|error| failed(&self.path, &error))?;
        (self.digest, self.arrived, self.whole) = (Sha256::new(), 0, whole);
        Ok(())
    }

    /// Appends a piece, if it is the next one and undamaged.
    pub(super) fn take(&mut self, chunk: &v1::Chunk) -> Result<()> {
        let (size, at) = (chunk.content.len(), chunk.offset);
        if size == 0 || size > PIECE {
            let message = msg::DeliveryPieceSize {
                bytes: size,
                most: PIECE,
            };
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        if at != self.arrived {
            let message = msg::DeliveryPieceMisplaced {
                offset: at,
                expected: self.arrived,
            };
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        if size as u64 > self.whole - self.arrived {
            let message = msg::DeliveryLargerThanAnnounced { bytes: self.whole };
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        if crc32c::crc32c(&chunk.content) != chunk.crc32c {
            let message = msg::DeliveryPieceDamaged { offset: at };
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        for part in chunk.content.chunks(WRITE_SIZE) {
            self.file
                .write_all(part)
                .map_err(|error| failed(&self.path, &error))?;
            self.digest.update(part);
        }
        self.arrived += size as u64;
        self.unflushed += size as u64;
        if self.unflushed >= FLUSH_INTERVAL_BYTES
            && self.flushing.as_ref().is_none_or(JoinHandle::is_finished)
        {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.flushed()?;
        let file = self
            .file
            .try_clone()
            .map_err(|error| failed(&self.path, &error))?;
        let flush = thread::Builder::new()
            .name("flush".into())
            .spawn(move || file.sync_data());
        self.flushing = Some(flush.map_err(|error| failed(&self.path, &error))?);
        self.unflushed = 0;
        Ok(())
    }

    /// Waits for the flush in progress. A system reports a disk error only once, so the result of each
    /// flush is checked.
    fn flushed(&mut self) -> Result<()> {
        let Some(flushing) = self.flushing.take() else {
            return Ok(());
        };
        let flushed = flushing
            .join()
            .unwrap_or_else(|_| Err(std::io::Error::other("the thread that flushes it ended")));
        flushed.map_err(|error| failed(&self.path, &error))
    }

    /// Fails unless the file is complete and has this digest.
    pub(super) fn check(&self, digest: &[u8]) -> Result<()> {
        if self.arrived < self.whole {
            let message = msg::DeliveryIncomplete {
                arrived: self.arrived,
                bytes: self.whole,
            };
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        if self.digest.clone().finalize()[..] != *digest {
            let message = msg::DeliveryDigestWrong;
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        Ok(())
    }
}

/// A safe name for a file from outside: the last part of its path, without characters that could lead
/// elsewhere, hide the file or are not allowed in a name; the resource's code if nothing is left.
fn safe_name(offered: &str, code: &str) -> String {
    let last = offered.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| unfit(*c).is_none()).collect();
    let name = name.trim_start_matches(|c: char| c == '.' || c.is_whitespace());
    let mut end = name.len().min(MAX_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    match name[..end].trim_end() {
        "" => code.chars().filter(char::is_ascii_digit).collect(),
        name => name.to_owned(),
    }
}

/// Makes the names in a folder durable.
fn sync(folder: &Path) -> Result<()> {
    files::sync(folder).map_err(|error| failed(folder, &error))
}

fn failed(path: &Path, cause: &std::io::Error) -> Error {
    let path = Value::text(path.display());
    if is_full(cause) {
        let message = msg::FileDiskFull { path, cause };
        return Error::new(ErrorCode::StorageFull, message);
    }
    let message = msg::ReceivedFolderUnwritable { path, cause };
    Error::new(ErrorCode::Misconfigured, message)
}

/// Returns true if an error means that the disk is full.
fn is_full(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded
    )
}

#[cfg(test)]
#[path = "partial_tests.rs"]
mod tests;

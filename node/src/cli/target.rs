//! The target of a fetched file on the caller's machine: standard output, or a file written under a
//! temporary name and renamed once it is complete and verified. A table may be converted on its way there.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_proto::v1;
use chengji_runtime::files;
use sha2::{Digest as _, Sha256};

use super::conversion::{Conversion, Converted, Place};
use crate::file_digest::hash;

/// Digits of the content's digest in the name of an unfinished file: what belongs to another content is
/// not gone on with.
const DIGITS: usize = 16;

/// The destination of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Standard output.
    Stdout,
    /// A file, by its absolute path.
    File(PathBuf),
}

impl Target {
    /// The target of this name; `-` is standard output.
    pub(super) fn new(name: &Path) -> Result<Self> {
        if name == Path::new("-") {
            return Ok(Self::Stdout);
        }
        let path = std::path::absolute(name).map_err(|cause| unwritable(name, &cause))?;
        if path.file_name().is_none() || path.is_dir() {
            let message = msg::TargetIsFolder {
                path: Value::text(path.display()),
            };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        Ok(Self::File(path))
    }

    /// Refuses a file that is there: `ALREADY_EXISTS`.
    pub(super) fn check_free(&self) -> Result<()> {
        match self {
            Self::File(path) if path.symlink_metadata().is_ok() => Err(exists(path)),
            _ => Ok(()),
        }
    }

    /// Returns true if the file exists with the content of this receipt. Reads it all.
    pub(super) fn has(&self, receipt: &v1::Receipt) -> Result<bool> {
        let Self::File(path) = self else {
            return Ok(false);
        };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(cause) => return Err(unreadable(path, &cause)),
        };
        let (digest, _) = hash(&mut file).map_err(|cause| unreadable(path, &cause))?;
        Ok(digest.finalize()[..] == receipt.digest[..])
    }

    /// Opens it for the content of this receipt, after what is there of it already.
    pub(super) fn open(&self, receipt: &v1::Receipt) -> Result<Sink> {
        let Self::File(path) = self else {
            return Ok(Sink::new(Output::Stdout(io::stdout()), Sha256::new(), 0));
        };
        let part = part_of(path, receipt);
        let opened = || {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&part)?;
            if file.metadata()?.len() > receipt.bytes {
                file.set_len(0)?;
            }
            let (digest, arrived) = hash(&mut file)?;
            Ok(Sink::new(
                Output::File {
                    file,
                    part: part.clone(),
                },
                digest,
                arrived,
            ))
        };
        opened().map_err(|cause| unwritable(&part, &cause))
    }

    /// Opens it for the table of this receipt, to be converted. It is written anew: a conversion does not go on.
    pub(super) fn open_converted(&self, receipt: &v1::Receipt, format: Converted) -> Result<Sink> {
        let Self::File(path) = self else {
            let conversion = Conversion::begin(format, receipt.bytes, Place::Stdout(io::stdout()))?;
            let output = Output::ConvertedStdout(conversion);
            return Ok(Sink::new(output, Sha256::new(), 0));
        };
        let part = Unfinished(named_beside(path, receipt, ".table.part"));
        let opened = || {
            let file = File::create(&part.0)?;
            Ok((file.try_clone()?, file))
        };
        let (file, written) = opened().map_err(|cause| unwritable(&part.0, &cause))?;
        let conversion = Conversion::begin(format, receipt.bytes, Place::File(written))?;
        let output = Output::Converted {
            conversion,
            file,
            part,
        };
        Ok(Sink::new(output, Sha256::new(), 0))
    }

    /// Gives what was written its name; over an earlier file only if `replace`.
    pub(super) fn finish(&self, sink: Sink, replace: bool) -> Result<()> {
        let Sink {
            output, is_failed, ..
        } = sink;
        match output {
            Output::File { file, part } => self.put(&file, &part, replace),
            Output::Converted {
                conversion,
                file,
                part,
            } => {
                end_conversion(conversion, is_failed)?;
                self.put(&file, &part.0, replace)
            }
            Output::ConvertedStdout(conversion) => end_conversion(conversion, is_failed),
            Output::Stdout(mut out) => out
                .flush()
                .map_err(|cause| unwritable(Path::new("-"), &cause)),
        }
    }

    fn put(&self, file: &File, part: &Path, replace: bool) -> Result<()> {
        let Self::File(path) = self else {
            return Ok(());
        };
        file.sync_all().map_err(|cause| unwritable(part, &cause))?;
        if !replace {
            self.check_free()?;
        }
        files::rename(part, path)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("-"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

enum Output {
    Stdout(io::Stdout),
    File {
        file: File,
        part: PathBuf,
    },
    ConvertedStdout(Conversion),
    Converted {
        conversion: Conversion,
        file: File,
        part: Unfinished,
    },
}

/// A file that is written anew each time, and removed unless it was renamed.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It is not there after it was renamed; one that cannot be removed is overwritten the next time.
        let _ = fs::remove_file(&self.0);
    }
}

/// The file being written.
pub(super) struct Sink {
    output: Output,
    digest: Sha256,
    arrived: u64,
    /// True if a conversion has failed; its end says why.
    is_failed: bool,
}

impl Sink {
    fn new(output: Output, digest: Sha256, arrived: u64) -> Self {
        Self {
            output,
            digest,
            arrived,
            is_failed: false,
        }
    }

    /// Returns true if what arrives is of no use any more, because it cannot be converted.
    pub(super) fn is_failed(&self) -> bool {
        self.is_failed
    }

    /// Bytes that are there.
    pub(super) fn arrived(&self) -> u64 {
        self.arrived
    }

    /// Adds a piece, if it is the next one and undamaged. A conversion that has failed takes no more.
    pub(super) fn take(&mut self, chunk: &v1::Chunk) -> Result<()> {
        if chunk.offset != self.arrived {
            let message = msg::DeliveryPieceMisplaced {
                offset: chunk.offset,
                expected: self.arrived,
            };
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        if crc32c::crc32c(&chunk.content) != chunk.crc32c {
            let offset = chunk.offset;
            let message = msg::DeliveryPieceDamaged { offset };
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        let (written, path) = match &mut self.output {
            Output::Stdout(out) => (out.write_all(&chunk.content), Path::new("-")),
            Output::File { file, part } => (file.write_all(&chunk.content), part.as_path()),
            Output::ConvertedStdout(conversion) | Output::Converted { conversion, .. } => {
                self.is_failed = !conversion.take(chunk.content.clone());
                (Ok(()), Path::new("-"))
            }
        };
        written.map_err(|cause| unwritable(path, &cause))?;
        self.digest.update(&chunk.content);
        self.arrived += chunk.content.len() as u64;
        Ok(())
    }

    /// Fails unless all of it has this digest; an unfinished file of other content is removed.
    pub(super) fn check(&self, digest: &[u8]) -> Result<()> {
        if self.digest.clone().finalize()[..] == *digest {
            return Ok(());
        }
        if let Output::File { part, .. } = &self.output {
            // A file that cannot be removed fails again the next time.
            let _ = fs::remove_file(part);
        }
        Err(unlike_receipt())
    }
}

/// The unfinished file beside this one.
fn part_of(path: &Path, receipt: &v1::Receipt) -> PathBuf {
    named_beside(path, receipt, ".part")
}

/// The hidden file beside this one for the content of this receipt, with an ending.
fn named_beside(path: &Path, receipt: &v1::Receipt, ending: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    let digest: String = receipt
        .digest
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let digits = digest.get(..DIGITS).unwrap_or(&digest);
    name.push(format!(".{digits}{ending}"));
    path.with_file_name(name)
}

/// Waits for the end of a conversion, which has to have taken everything.
fn end_conversion(conversion: Conversion, is_failed: bool) -> Result<()> {
    conversion.finish()?;
    match is_failed {
        true => Err(unlike_receipt()),
        false => Ok(()),
    }
}

fn unlike_receipt() -> Error {
    Error::new(ErrorCode::PeerInvalid, msg::ReceivedFileUnlikeReceipt)
}

fn exists(path: &Path) -> Error {
    let path = Value::text(path.display());
    Error::new(ErrorCode::AlreadyExists, msg::TargetExists { path })
}

fn unreadable(path: &Path, cause: &io::Error) -> Error {
    let path = Value::text(path.display());
    let message = msg::TargetUnreadable { path, cause };
    Error::new(ErrorCode::Misconfigured, message)
}

fn unwritable(path: &Path, cause: &io::Error) -> Error {
    let path = Value::text(path.display());
    match cause.kind() {
        ErrorKind::StorageFull => {
            let message = msg::FileDiskFull { path, cause };
            Error::new(ErrorCode::StorageFull, message)
        }
        _ => {
            let message = msg::TargetUnwritable { path, cause };
            Error::new(ErrorCode::Misconfigured, message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(content: &[u8]) -> v1::Receipt {
        v1::Receipt {
            bytes: content.len() as u64,
            digest: Sha256::digest(content).to_vec(),
            ..v1::Receipt::default()
        }
    }

    fn chunk(offset: u64, content: &'static [u8]) -> v1::Chunk {
        v1::Chunk {
            offset,
            content: content.into(),
            crc32c: crc32c::crc32c(content),
        }
    }

    #[test]
    fn a_file_gets_its_name_when_it_is_whole_and_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let target = Target::new(&path).unwrap();
        let receipt = receipt(b"abcd");
        let mut sink = target.open(&receipt).unwrap();
        sink.take(&chunk(0, b"ab")).unwrap();
        assert_eq!(
            sink.take(&chunk(3, b"d")).unwrap_err().code(),
            ErrorCode::PeerInvalid
        );
        drop(sink);
        assert!(!path.exists());
        let mut sink = target.open(&receipt).unwrap();
        assert_eq!(sink.arrived(), 2);
        sink.take(&chunk(2, b"cd")).unwrap();
        sink.check(&receipt.digest).unwrap();
        target.finish(sink, false).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"abcd");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(target.has(&receipt).unwrap());
    }

    #[test]
    fn a_file_that_is_there_is_replaced_only_if_that_is_wished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "old").unwrap();
        let target = Target::new(&path).unwrap();
        assert_eq!(
            target.check_free().unwrap_err().code(),
            ErrorCode::AlreadyExists
        );
        let receipt = receipt(b"new");
        assert!(!target.has(&receipt).unwrap());
        for replace in [false, true] {
            let mut sink = target.open(&receipt).unwrap();
            if sink.arrived() == 0 {
                sink.take(&chunk(0, b"new")).unwrap();
            }
            assert_eq!(target.finish(sink, replace).is_ok(), replace);
        }
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn other_content_than_the_receipts_is_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::new(&folder.path().join("a.csv")).unwrap();
        let receipt = receipt(b"abcd");
        let mut sink = target.open(&receipt).unwrap();
        sink.take(&chunk(0, b"abce")).unwrap();
        let refused = sink.check(&receipt.digest).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::PeerInvalid);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

//! The head file: position and leaf of the last entry of the own log, beside the database.
//!
//! The file is written after each durable commit, after its callers are answered, and synced at least once a
//! second. A database whose log ends before the position in the file has lost acknowledged entries, such as
//! by a missing or truncated write-ahead log, which the engine itself opens without an error. The content of
//! entries is not interpreted here.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use chengji_domain::{Digest, Error, ErrorCode, Position, Result};
use chengji_messages::{Message, Value, msg};

use crate::kv::{KeyValue, hex};
use crate::log;

/// The file's name in the data directory.
const NAME: &str = "log-head";

/// Length of the file in bytes; fixed, so that it is overwritten in place within one sector.
const LENGTH: usize = 256;

/// Maximum time before a change is synced.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// The head of a log, as recorded in the head file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The position of the next entry.
    pub position: Position,
    /// The leaf of the entry before it; `None` in an empty log.
    pub leaf: Option<Digest>,
}

impl Head {
    /// Returns the head of the own log in this store.
    pub fn of(kv: &dyn KeyValue) -> Result<Self> {
        let position = log::head(kv)?;
        let leaf = match position.seq.checked_sub(1) {
            Some(last) => log::leaf(kv, last)?,
            None => None,
        };
        Ok(Self { position, leaf })
    }

    /// Checks that a store's log contains this head. Errors: LOG_SHORTENED if it ends earlier or has another
    /// entry at that position.
    fn check(&self, kv: &dyn KeyValue, dir: &Path) -> Result<()> {
        let found = log::head(kv)?;
        let (acknowledged, shown) = (Value::text(self.position), Value::text(found));
        let message: Message = if found < self.position {
            msg::LogShortened {
                acknowledged,
                found: shown,
                path: dir,
            }
            .into()
        } else {
            let leaf = match self.position.seq.checked_sub(1) {
                Some(last) => log::leaf(kv, last)?,
                None => None,
            };
            if leaf == self.leaf {
                return Ok(());
            }
            msg::LogDiffers {
                acknowledged,
                found: shown,
                path: dir,
            }
            .into()
        };
        Err(Error::new(ErrorCode::LogShortened, message))
    }

    fn to_line(self) -> Vec<u8> {
        let leaf = self
            .leaf
            .map_or_else(|| "-".to_owned(), |leaf| leaf.to_string());
        let (position, bytes) = (self.position, hex(&self.position.to_bytes()));
        let payload = format!("{position} {bytes} {leaf}");
        let mut line = format!("{payload} {}", sum(&payload)).into_bytes();
        line.resize(LENGTH - 1, b' ');
        line.push(b'\n');
        line
    }

    fn from_line(line: &str) -> Option<Self> {
        let (payload, check) = line.trim_end().rsplit_once(' ')?;
        let mut parts = payload.split(' ').skip(1);
        let (position, leaf) = (parts.next()?, parts.next()?);
        if sum(payload) != check {
            return None;
        }
        let leaf = match leaf {
            "-" => None,
            leaf => Some(leaf.parse().ok()?),
        };
        let position = Position::from_bytes(&bytes(position)?)?;
        Some(Self { position, leaf })
    }
}

/// The head file of a data directory.
pub(crate) struct HeadFile {
    file: File,
    path: PathBuf,
    /// Wakes the thread that syncs the file; holds at most one pending wake-up.
    changed: SyncSender<()>,
    /// The head in the file.
    kept: Option<Head>,
    failing: bool,
}

impl HeadFile {
    /// Opens the head file of a data directory and checks the store's log against it. With `accept_loss` the
    /// store takes precedence over the file.
    pub(crate) fn open(dir: &Path, kv: &dyn KeyValue, accept_loss: bool) -> Result<Self> {
        let path = dir.join(NAME);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|error| cannot(&path, &error))?;
        let mut text = String::new();
        file.read_to_string(&mut text)
            .map_err(|error| cannot(&path, &error))?;
        let kept = if text.is_empty() || accept_loss {
            None
        } else {
            let kept = Head::from_line(&text).ok_or_else(|| damaged(&path))?;
            kept.check(kv, dir)?;
            Some(kept)
        };
        let changed = keep_synced(file.try_clone().map_err(|error| cannot(&path, &error))?)
            .map_err(|error| cannot(&path, &error))?;
        let mut opened = Self {
            file,
            path,
            changed,
            kept,
            failing: false,
        };
        opened.keep(Head::of(kv)?);
        Ok(opened)
    }

    /// Writes the head that is durable in the store. A failure is only logged: the log itself is durable.
    pub(crate) fn keep(&mut self, head: Head) {
        if self.kept == Some(head) {
            return;
        }
        match self.file.write_all_at(&head.to_line(), 0) {
            Ok(()) => {
                self.kept = Some(head);
                self.failing = false;
                // A pending wake-up covers this change, too.
                let _ = self.changed.try_send(());
            }
            Err(error) if !self.failing => {
                self.failing = true;
                tracing::warn!(file = %self.path.display(), %error, "the head file is not written");
            }
            Err(_) => {}
        }
    }
}

impl Drop for HeadFile {
    fn drop(&mut self) {
        if let Err(error) = self.file.sync_data() {
            tracing::warn!(file = %self.path.display(), %error, "the head file is not on the disk");
        }
    }
}

/// Starts the thread that syncs the file after changes, at most once in [`SYNC_EVERY`]; it ends when the
/// sender is dropped.
fn keep_synced(file: File) -> io::Result<SyncSender<()>> {
    let (changed, changes) = sync_channel::<()>(1);
    thread::Builder::new()
        .name("log-head".into())
        .spawn(move || {
            while changes.recv().is_ok() {
                if let Err(error) = file.sync_data() {
                    tracing::warn!(%error, "the head file is not on the disk");
                }
                thread::sleep(SYNC_EVERY);
            }
        })?;
    Ok(changed)
}

/// Checksum against accidental changes of the file.
fn sum(payload: &str) -> String {
    Digest::of(payload.as_bytes())
        .to_string()
        .chars()
        .take(16)
        .collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

fn cannot(path: &Path, cause: &io::Error) -> Error {
    let message = msg::HeadFileUnusable { cause, path };
    Error::new(ErrorCode::Misconfigured, message)
}

fn damaged(path: &Path) -> Error {
    Error::new(ErrorCode::LogShortened, msg::HeadFileDamaged { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_reads_back_and_a_changed_line_does_not() {
        let position = |number, seq| Position {
            epoch: chengji_domain::Epoch { number, id: [7; 8] },
            seq,
        };
        let heads = [
            Head {
                position: position(1, 0),
                leaf: None,
            },
            Head {
                position: position(3, u64::MAX),
                leaf: Some(Digest([7; 32])),
            },
        ];
        for head in heads {
            let line = String::from_utf8(head.to_line()).unwrap();
            assert_eq!(line.len(), LENGTH);
            assert_eq!(Head::from_line(&line), Some(head));
            let changed = line.replacen('0', "1", 1);
            assert_eq!(Head::from_line(&changed), None);
        }
        assert_eq!(Head::from_line(""), None);
    }
}

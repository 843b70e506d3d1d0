//! Backups of a data directory: made while its program runs, verified and restored while it is stopped.
//!
//! A backup is a checkpoint of the database in a folder of its own, with a file that describes it. The engine
//! hard-links files where it can, so that a backup takes little space while it is on the same disk. Received
//! files, keys and settings are not included.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use chengji_domain::{Digest, Epoch, Error, ErrorCode, Position, Quoted, Result};
use chengji_messages::{Message, Value, msg};
use serde::{Deserialize, Serialize};

use crate::directory::BACKUP_FILE;
use crate::head_file::Head;
use crate::kv::{KeyValue, hex};
use crate::ledger::{Ledger, check_claim};
use crate::log;
use crate::rocks::RocksStore;

/// The current version of [`BackupMark`].
const FORMAT: u32 = 1;

/// Number of entries read at once during verification.
const PAGE: usize = 512;

/// Maximum bytes of entries read at once during verification.
const PAGE_BYTES: usize = 1024 * 1024;

/// The description of a backup, in its file `backup.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupMark {
    /// The version of this file, 1.
    pub format: u32,
    /// The owner of the data: `city/430100` or `coordinator`.
    pub owner: String,
    /// The name of the cluster.
    pub cluster: String,
    /// The number of the log's epoch.
    pub epoch: u32,
    /// The random bytes of the epoch, hexadecimal.
    pub epoch_id: String,
    /// The position of the next entry.
    pub seq: u64,
    /// The leaf of the last entry, hexadecimal; empty for an empty log.
    pub leaf: String,
    /// Time of the backup, RFC 3339.
    pub at: String,
    /// The version of the program that made the backup.
    pub version: String,
}

impl BackupMark {
    /// Returns the position of the next entry. Errors: STORAGE_DAMAGED.
    pub fn position(&self) -> Result<Position> {
        let id = (0..self.epoch_id.len()).step_by(2);
        let id = id.map(|at| {
            let digits = self.epoch_id.get(at..at + 2)?;
            u8::from_str_radix(digits, 16).ok()
        });
        let id: Option<Vec<u8>> = id.collect();
        let id = id.and_then(|id| id.try_into().ok());
        Ok(Position {
            epoch: Epoch {
                number: self.epoch,
                id: id.ok_or_else(|| malformed("epoch_id", &self.epoch_id))?,
            },
            seq: self.seq,
        })
    }

    /// Returns the leaf of the last entry; `None` in an empty log. Errors: STORAGE_DAMAGED.
    pub fn last_leaf(&self) -> Result<Option<Digest>> {
        if self.leaf.is_empty() {
            return Ok(None);
        }
        let leaf = self.leaf.parse();
        leaf.map(Some).map_err(|_| malformed("leaf", &self.leaf))
    }
}

fn malformed(field: &str, text: &str) -> Error {
    let text = Value::text(Quoted(text));
    let message = msg::BackupFieldMalformed { field, text };
    Error::new(ErrorCode::StorageDamaged, message)
}

/// A backup that was made or verified.
#[derive(Clone, Debug)]
pub struct Backup {
    /// Its folder.
    pub path: PathBuf,
    /// Its description.
    pub mark: BackupMark,
    /// Total size of its files in bytes.
    pub bytes: u64,
}

/// The owner and origin of a backup, written into its description.
#[derive(Clone, Debug)]
pub struct BackupLabel {
    /// The owner: `city/430100` or `coordinator`.
    pub owner: String,
    /// The cluster.
    pub cluster: String,
    /// Time of the backup, RFC 3339.
    pub at: String,
    /// The version of the program.
    pub version: String,
}

impl BackupMark {
    fn of(label: BackupLabel, head: Head) -> Self {
        Self {
            format: FORMAT,
            owner: label.owner,
            cluster: label.cluster,
            epoch: head.position.epoch.number,
            epoch_id: hex(&head.position.epoch.id),
            seq: head.position.seq,
            leaf: head.leaf.map(|leaf| leaf.to_string()).unwrap_or_default(),
            at: label.at,
            version: label.version,
        }
    }

    /// Reads the description of a backup.
    pub fn read(backup: &Path) -> Result<Self> {
        let path = backup.join(BACKUP_FILE);
        let text = fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                let message = msg::BackupNotOne {
                    file: BACKUP_FILE,
                    path: backup,
                };
                Error::new(ErrorCode::InvalidArgument, message)
            }
            _ => failed(&path, &error),
        })?;
        let mark: Self = serde_json::from_slice(&text).map_err(|cause| {
            let malformed = msg::BackupFileMalformed {
                cause: Value::text(cause),
                file: BACKUP_FILE,
            };
            damaged(backup, malformed)
        })?;
        if mark.format != FORMAT {
            let unknown = msg::BackupFormatUnknown {
                found: mark.format,
                known: FORMAT,
            };
            return Err(damaged(backup, unknown));
        }
        Ok(mark)
    }
}

/// Makes a backup of an open store in a new folder of this name. The folder gets the name once its content is
/// complete and synced.
pub(crate) fn create(store: &RocksStore, path: &Path, label: BackupLabel) -> Result<Backup> {
    if path.exists() {
        return Err(exists(path));
    }
    let above = above(path);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(above)
        .map_err(|error| failed(above, &error))?;
    let part = beside(path, "part");
    // Left by an interrupted backup.
    remove(&part)?;
    let made = write(store, &part, label).and_then(|mark| {
        fs::rename(&part, path).map_err(|error| failed(path, &error))?;
        sync(above)?;
        Ok(mark)
    });
    let mark = made.inspect_err(|_| {
        if let Err(error) = remove(&part) {
            tracing::warn!(%error, "the remains of a failed backup are left");
        }
    })?;
    Ok(Backup {
        bytes: size(path)?,
        path: path.to_owned(),
        mark,
    })
}

fn write(store: &RocksStore, part: &Path, label: BackupLabel) -> Result<BackupMark> {
    store.checkpoint(part)?;
    // The head of the checkpoint: the store may have grown since.
    let copy = RocksStore::open_read_only(part)?;
    let mark = BackupMark::of(label, Head::of(&copy)?);
    drop(copy);
    let text = serde_json::to_vec_pretty(&mark).map_err(|cause| {
        let cause = Value::text(cause);
        Error::new(ErrorCode::Internal, msg::BackupMarkUnwritable { cause })
    })?;
    let file = part.join(BACKUP_FILE);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()));
    written.map_err(|error| failed(&file, &error))?;
    sync(part)?;
    Ok(mark)
}

/// Verifies a backup: its database opens, its log has no gaps, every leaf is the hash of its entry, and the
/// head is the one in its description. Writes nothing.
pub fn verify(path: &Path) -> Result<Backup> {
    let mark = BackupMark::read(path)?;
    let store = RocksStore::open_read_only(path)?;
    check_claim(&store, &mark.owner)?;
    let head = Head::of(&store)?;
    let label = BackupLabel {
        owner: mark.owner.clone(),
        cluster: mark.cluster.clone(),
        at: mark.at.clone(),
        version: mark.version.clone(),
    };
    if BackupMark::of(label, head) != mark {
        let elsewhere = msg::BackupEndsElsewhere {
            expected: format!("{}/{}", mark.epoch, mark.seq),
            found: Value::text(head.position),
        };
        return Err(damaged(path, elsewhere));
    }
    verify_log(&store, head.position.seq)?;
    Ok(Backup {
        bytes: size(path)?,
        path: path.to_owned(),
        mark,
    })
}

fn verify_log(store: &dyn KeyValue, end: u64) -> Result<()> {
    let mut next = 0;
    while next < end {
        let entries = log::entries(store, next, PAGE, PAGE_BYTES)?;
        let leaves = log::leaves(store, next, entries.len())?;
        for ((seq, entry), (_, leaf)) in entries.iter().zip(&leaves) {
            if entry.leaf() != leaf.0 || !entry.is_whole() {
                let message = msg::LogEntryDiffers { seq: *seq };
                return Err(Error::new(ErrorCode::StorageDamaged, message));
            }
        }
        if entries.is_empty() || leaves.len() != entries.len() {
            let message = msg::LogGap {
                first: next,
                last: end - 1,
            };
            return Err(Error::new(ErrorCode::StorageDamaged, message));
        }
        next += entries.len() as u64;
    }
    Ok(())
}

/// A restore of a backup.
#[derive(Clone, Debug)]
pub struct Restoring {
    /// The backup's folder.
    pub backup: PathBuf,
    /// The data directory to restore.
    pub data: PathBuf,
    /// The expected owner.
    pub owner: String,
    /// The expected cluster.
    pub cluster: String,
    /// Suffix of the name that the present data directory is moved to: letters, digits and `-`.
    pub stamp: String,
}

impl Restoring {
    /// Verifies the backup and replaces the data directory with a copy of it. Returns the backup and the path
    /// that the former directory was moved to; it is never deleted. The program must be stopped. Errors:
    /// MISCONFIGURED (it is running, or the backup has another owner), INVALID_ARGUMENT (no backup),
    /// STORAGE_DAMAGED, STORAGE_FULL.
    pub fn run(&self) -> Result<(Backup, Option<PathBuf>)> {
        let backup = verify(&self.backup)?;
        let mark = &backup.mark;
        if (&mark.owner, &mark.cluster) != (&self.owner, &self.cluster) {
            let message = msg::BackupOfAnother {
                cluster: &mark.cluster,
                owner: &mark.owner,
                settings_cluster: &self.cluster,
                settings_owner: &self.owner,
            };
            return Err(Error::new(ErrorCode::Misconfigured, message));
        }
        let held = self.data.join("CURRENT").exists();
        // Held open until the folder is moved, so that the program cannot be started meanwhile.
        let lock = held.then(|| RocksStore::open(&self.data));
        let lock = match lock.transpose() {
            Ok(lock) => lock,
            // A damaged store may be replaced; one in use may not.
            Err(error) if error.code() == ErrorCode::StorageDamaged => None,
            Err(error) => return Err(error),
        };
        let part = beside(&self.data, "restoring");
        remove(&part)?;
        copy(&self.backup, &part).map_err(|error| failed(&part, &error))?;
        let aside = self.data.exists().then(|| beside(&self.data, &self.stamp));
        if let Some(aside) = &aside {
            fs::rename(&self.data, aside).map_err(|error| failed(aside, &error))?;
        }
        drop(lock);
        fs::rename(&part, &self.data).map_err(|error| failed(&self.data, &error))?;
        sync(above(&self.data))?;
        Ok((backup, aside))
    }
}

impl Ledger {
    /// Makes a backup of the ledger's data directory in a new folder; writes go on meanwhile. Blocks.
    pub fn back_up(&self, path: &Path, label: BackupLabel) -> Result<Backup> {
        let store = self
            .directory()
            .ok_or_else(|| Error::new(ErrorCode::Internal, msg::BackupInMemory))?;
        create(store, path, label)
    }
}

/// Copies a folder of files; every file and the folder are synced when this returns.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        // Not part of the backup: the lock of a process that verified it.
        if !entry.file_type()?.is_file() || entry.file_name() == "LOCK" {
            continue;
        }
        let file = to.join(entry.file_name());
        fs::copy(entry.path(), &file)?;
        File::open(&file)?.sync_all()?;
    }
    File::open(to)?.sync_all()
}

fn size(folder: &Path) -> Result<u64> {
    let sum = || -> io::Result<u64> {
        let mut sum = 0;
        for entry in fs::read_dir(folder)? {
            sum += entry?.metadata()?.len();
        }
        Ok(sum)
    };
    sum().map_err(|error| failed(folder, &error))
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(folder, &error)),
        _ => Ok(()),
    }
}

fn sync(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| failed(folder, &error))
}

fn above(path: &Path) -> &Path {
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    above.unwrap_or(Path::new("."))
}

/// Appends a suffix to the last component of the path.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

fn exists(path: &Path) -> Error {
    Error::new(ErrorCode::AlreadyExists, msg::BackupExists { path })
}

fn damaged(path: &Path, cause: impl Into<Message>) -> Error {
    let message = msg::BackupDamaged {
        cause: cause.into(),
        path,
    };
    Error::new(ErrorCode::StorageDamaged, message)
}

fn failed(path: &Path, cause: &io::Error) -> Error {
    if matches!(
        cause.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    ) {
        return Error::new(ErrorCode::StorageFull, msg::DiskFull { path });
    }
    Error::new(
        ErrorCode::Misconfigured,
        msg::DataFileUnusable { cause, path },
    )
}

#[cfg(test)]
#[path = "backup_tests.rs"]
mod tests;

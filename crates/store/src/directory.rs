//! Data directories: the database and the head file beside it, opened together. A serving program opens an
//! existing directory; only setup makes a new one.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

use crate::head_file::HeadFile;
use crate::kv::KeyValue;
use crate::ledger::{Ledger, check_claim, claim};
use crate::migrations::VERSION;
use crate::rocks::RocksStore;

/// Treatment of a database that lacks acknowledged entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The database is not opened.
    Refused,
    /// The database is opened with the entries that it has, to begin a new epoch.
    Accepted,
}

/// The description file of a backup. A data directory that contains it was restored from a backup, by a
/// command or by hand, and its log continues in a new epoch.
pub const BACKUP_FILE: &str = "backup.json";

/// Marks a data directory as restored from a backup, until its new epoch is opened.
#[derive(Clone, Debug)]
pub struct RestoredMark(PathBuf);

impl RestoredMark {
    /// Returns the mark of a data directory, if it has one.
    pub fn of(dir: &Path) -> Result<Option<Self>> {
        let path = dir.join(BACKUP_FILE);
        match path.try_exists() {
            Ok(true) => Ok(Some(Self(path))),
            Ok(false) => Ok(None),
            Err(error) => Err(cannot(&path, &error)),
        }
    }

    /// Removes the mark, after the new epoch is opened.
    pub fn remove(&self) -> Result<()> {
        let removed = fs::remove_file(&self.0).and_then(|()| {
            let above = self.0.parent().unwrap_or(Path::new("."));
            File::open(above)?.sync_all()
        });
        removed.map_err(|error| cannot(&self.0, &error))
    }
}

fn cannot(path: &Path, cause: &io::Error) -> Error {
    let message = msg::DataFileUnusable { cause, path };
    Error::new(ErrorCode::Misconfigured, message)
}

impl Ledger {
    /// Opens the ledger in an existing data directory, and migrates it from an older version. Errors:
    /// MISCONFIGURED if there is none, or one of another owner or of a newer version; LOG_SHORTENED if
    /// acknowledged entries are missing.
    pub fn open_directory(dir: &Path, owner: &str, loss: Loss) -> Result<Self> {
        let store = RocksStore::open(dir)?;
        check_claim(&store, owner)?;
        Self::within(store, dir, loss)
    }

    /// Makes a ledger in a data directory, or opens the one left by an interrupted setup. The first epoch of
    /// a new log gets these random bytes.
    pub fn create_directory(dir: &Path, owner: &str, epoch_id: [u8; 8]) -> Result<Self> {
        let store = RocksStore::create(dir)?;
        claim(&store, owner, epoch_id)?;
        Self::within(store, dir, Loss::Refused)
    }

    fn within(store: RocksStore, dir: &Path, loss: Loss) -> Result<Self> {
        let head_file = HeadFile::open(dir, &store, loss == Loss::Accepted)?;
        let store = Arc::new(store);
        let ledger = Self::start(
            Arc::clone(&store) as Arc<dyn KeyValue>,
            Some(store),
            Some(head_file),
        )?;
        tracing::info!(data = %dir.display(), storage_version = VERSION, "the data directory is open");
        Ok(ledger)
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::Position;
    use crate::keys::{Key, Prefix};
    use crate::kv::Batch;

    const OWNER: &str = "city/430100";

    /// A data directory with `entries` entries.
    async fn written(entries: u64) -> TempDir {
        let dir = TempDir::new().unwrap();
        let ledger = Ledger::create_directory(dir.path(), OWNER, [1; 8]).unwrap();
        for _ in 0..entries {
            append(&ledger).await;
        }
        ledger.close();
        dir
    }

    async fn append(ledger: &Ledger) {
        ledger
            .write(|tx| tx.append(Position::to_bytes))
            .await
            .unwrap();
    }

    /// The current write-ahead log.
    fn write_ahead_log(dir: &Path) -> PathBuf {
        let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
        files
            .filter(|path| path.extension().is_some_and(|end| end == "log"))
            .max()
            .unwrap()
    }

    fn refused(dir: &Path) -> Error {
        Ledger::open_directory(dir, OWNER, Loss::Refused).unwrap_err()
    }

    /// Two programs on one store would write two logs of the same owner.
    #[tokio::test]
    async fn a_data_directory_is_open_in_one_program_at_a_time() {
        let dir = written(1).await;
        let first = Ledger::open_directory(dir.path(), OWNER, Loss::Refused).unwrap();
        let second = Ledger::open_directory(dir.path(), OWNER, Loss::Refused);
        let error = second.err().unwrap();
        let in_use = msg::DataDirectoryInUse { path: dir.path() };
        assert_eq!(error, Error::new(ErrorCode::Misconfigured, in_use));
        let created = Ledger::create_directory(dir.path(), OWNER, [1; 8]);
        assert_eq!(created.err().unwrap().code(), ErrorCode::Misconfigured);

        append(&first).await;
        first.close();
        drop(first);
        assert!(Ledger::open_directory(dir.path(), OWNER, Loss::Refused).is_ok());
    }

    #[tokio::test]
    async fn a_missing_write_ahead_log_is_noticed() {
        let dir = written(3).await;
        fs::remove_file(write_ahead_log(dir.path())).unwrap();
        let error = refused(dir.path());
        assert_eq!(
            error.code(),
            ErrorCode::LogShortened,
            "all of it was there: {error}"
        );

        let dir = written(3).await;
        drop(Ledger::open_directory(dir.path(), OWNER, Loss::Refused).unwrap());
        let ledger = Ledger::open_directory(dir.path(), OWNER, Loss::Refused).unwrap();
        append(&ledger).await;
        ledger.close();
        drop(ledger);
        fs::remove_file(write_ahead_log(dir.path())).unwrap();
        let error = refused(dir.path());
        let shortened = msg::LogShortened {
            acknowledged: "1/4",
            found: "1/3",
            path: dir.path(),
        };
        assert_eq!(error, Error::new(ErrorCode::LogShortened, shortened));
    }

    #[tokio::test]
    async fn after_a_flush_a_start_needs_no_write_ahead_log() {
        let dir = TempDir::new().unwrap();
        let ledger = Ledger::create_directory(dir.path(), OWNER, [1; 8]).unwrap();
        append(&ledger).await;
        ledger.close();
        ledger.flush().unwrap();
        drop(ledger);
        assert_eq!(
            fs::metadata(write_ahead_log(dir.path())).unwrap().len(),
            0,
            "nothing to recover"
        );
        fs::remove_file(write_ahead_log(dir.path())).unwrap();
        let ledger = Ledger::open_directory(dir.path(), OWNER, Loss::Refused).unwrap();
        assert_eq!(ledger.head().seq, 1);
    }

    #[tokio::test]
    async fn a_write_ahead_log_that_was_cut_is_noticed_and_the_loss_can_be_accepted() {
        let dir = written(3).await;
        let wal = File::options()
            .write(true)
            .open(write_ahead_log(dir.path()))
            .unwrap();
        wal.set_len(wal.metadata().unwrap().len() - 10).unwrap();
        assert_eq!(refused(dir.path()).code(), ErrorCode::LogShortened);

        let ledger = Ledger::open_directory(dir.path(), OWNER, Loss::Accepted).unwrap();
        assert_eq!(ledger.head().seq, 2);
        append(&ledger).await;
        ledger.close();
        drop(ledger);
        let ledger = Ledger::open_directory(dir.path(), OWNER, Loss::Refused).unwrap();
        assert_eq!(ledger.head().seq, 3);
    }

    #[tokio::test]
    async fn another_entry_at_the_end_is_noticed() {
        let (dir, other) = (written(3).await, TempDir::new().unwrap());
        let ledger = Ledger::create_directory(other.path(), OWNER, [1; 8]).unwrap();
        for _ in 0..4 {
            ledger
                .write(|tx| tx.append(|_| b"other".to_vec()))
                .await
                .unwrap();
        }
        ledger.close();
        drop(ledger);
        fs::copy(dir.path().join("log-head"), other.path().join("log-head")).unwrap();
        let error = refused(other.path());
        assert_eq!(error.code(), ErrorCode::LogShortened);
        assert_eq!(error.message().code(), "log-differs");
    }

    #[tokio::test]
    async fn a_directory_of_a_newer_version_is_refused_whatever_loss_is_accepted() {
        let dir = written(1).await;
        let store = RocksStore::open(dir.path()).unwrap();
        let mut batch = Batch::new();
        let key = Key::new(Prefix::StorageVersion).finish();
        batch.put(key, (VERSION + 1).to_be_bytes().to_vec());
        store.commit(&batch).unwrap();
        drop(store);
        for loss in [Loss::Refused, Loss::Accepted] {
            let error = Ledger::open_directory(dir.path(), OWNER, loss).unwrap_err();
            let newer = msg::DataDirectoryNewer {
                found: VERSION + 1,
                known: VERSION,
            };
            assert_eq!(error, Error::new(ErrorCode::Misconfigured, newer));
        }
    }
}

//! The embedded engine: one plain RocksDB database with a synced write-ahead log.
//!
//! Only the features that the trait needs are used: no column families, no transactions, no snapshots. Every
//! failure becomes an error that names the directory and a remedy.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use rocksdb::checkpoint::Checkpoint;
use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, DB, DBCompressionType, DBRawIterator,
    DBRecoveryMode, ErrorKind, LogLevel, Options, Range, ReadOptions, WriteBatch, WriteOptions,
};

use crate::keys::{Key, Prefix};
use crate::kv::{Batch, CommitError, KeyValue, Pair};

/// Bytes of memory for blocks read from disk, indexes and filters included.
const BLOCK_CACHE: usize = 64 * 1024 * 1024;

/// Approximate size of a part of a filter or an index in bytes. A look-up finds each part that it needs in the cache
/// separately, which takes longer than checking a smaller part saves; a larger part takes longer to read if it is not in the
/// cache.
const METADATA_PART: usize = 64 * 1024;

/// Bytes of memory for writes that are not yet flushed to sorted files. Each time that flushed files are merged, the sorted
/// ones are rewritten: with twice as many bytes that happens half as often.
const WRITE_BUFFER: usize = 128 * 1024 * 1024;

/// Number of flushed files that are merged with the sorted ones at once. Each merge rewrites what it merges with, so fewer
/// and larger ones cost less; a look-up checks the filters of the files that are not merged yet.
const MERGED_FILES: i32 = 8;

/// The property with the number of flushed files that are not merged yet.
const FLUSHED_FILES: &str = "rocksdb.num-files-at-level0";

/// Maximum size of the sorted files in bytes that flushed ones are merged with directly. Above it there is a level between
/// them, for which each key is rewritten several times more.
const ONE_LEVEL: u64 = 1024 * 1024 * 1024;

/// Number of bytes after which what is written to a sorted file is handed to the disk, so that the sync of a commit does not
/// wait for a whole file.
const HANDED_TO_DISK: u64 = 1024 * 1024;

/// Has the engine remember its last place of insertion for each first byte of keys. The binding has no function for it.
const INSERT_HINTS: &str = "memtable_insert_with_hint_prefix_extractor=rocksdb.FixedPrefix.1";

/// Bytes that a batch needs besides keys and values: for itself and, at most, for each write.
const WRITE_OVERHEAD: usize = 16;

/// Maximum number of open files; the others are opened when they are read.
const OPEN_FILES: i32 = 512;

/// Number of the engine's own log files that are kept.
const LOG_FILES: usize = 4;

/// Maximum size of one of these log files in bytes.
const LOG_FILE_SIZE: usize = 4 * 1024 * 1024;

/// A store in a directory of its own. At most one process has it open.
pub struct RocksStore {
    db: DB,
    dir: PathBuf,
    /// Held exclusively from the check of preconditions to the write that relies on them; writes without
    /// preconditions share it.
    order: RwLock<()>,
}

impl RocksStore {
    /// Opens the store in this directory. It never makes one: an empty directory is more often an unmounted
    /// volume than a new store.
    pub fn open(dir: &Path) -> Result<Self> {
        if holds_store(dir)? {
            Self::open_or_make(dir)
        } else {
            Err(no_store(dir))
        }
    }

    /// Makes a store in this directory, and the directory if it does not exist. A store left by an
    /// interrupted setup is opened.
    pub fn create(dir: &Path) -> Result<Self> {
        make_dir(dir).map_err(|error| unusable_dir(dir, &error))?;
        Self::open_or_make(dir)
    }

    /// Opens the store in this directory read-only; another process may have it open.
    pub fn open_read_only(dir: &Path) -> Result<Self> {
        let db = DB::open_for_read_only(&options(), dir, false)
            .map_err(|error| open_failed(dir, &error.kind(), error.as_ref()))?;
        Ok(Self::of(db, dir))
    }

    /// Makes a copy of the present state of the store in a new directory; writes go on. Files are hard-linked
    /// if both directories are on one disk.
    pub(crate) fn checkpoint(&self, to: &Path) -> Result<()> {
        let made =
            Checkpoint::new(&self.db).and_then(|checkpoint| checkpoint.create_checkpoint(to));
        made.map_err(|error| failed(to, &error.kind(), error.as_ref()))
    }

    /// Flushes what is only in memory and in the write-ahead log to sorted files, so that the next opening has nothing to
    /// recover. Does nothing if many flushed files are still to be merged, since the engine would wait for that first.
    pub(crate) fn flush(&self) -> Result<()> {
        let failed = |error: rocksdb::Error| self.failed(&error);
        let files = self.db.property_value(FLUSHED_FILES).map_err(failed)?;
        let files = files.and_then(|files| files.parse::<i32>().ok());
        match files.is_some_and(|files| files >= 2 * MERGED_FILES) {
            true => Ok(()),
            false => self.db.flush().map_err(failed),
        }
    }

    /// Returns the approximate disk use of each prefix in bytes. What is not yet flushed to sorted files is not
    /// counted.
    pub(crate) fn disk_use(&self) -> Vec<(Prefix, u64)> {
        let keys = Prefix::ALL.iter().map(|prefix| Key::new(*prefix).range());
        let keys: Vec<_> = keys.collect();
        let ranges = keys.iter().map(|(lower, upper)| Range::new(lower, upper));
        let ranges: Vec<_> = ranges.collect();
        let sizes = self.db.get_approximate_sizes(&ranges);
        Prefix::ALL.iter().copied().zip(sizes).collect()
    }

    fn open_or_make(dir: &Path) -> Result<Self> {
        let db = DB::open(&options(), dir)
            .map_err(|error| open_failed(dir, &error.kind(), error.as_ref()))?;
        Ok(Self::of(db, dir))
    }

    fn of(db: DB, dir: &Path) -> Self {
        Self {
            db,
            dir: dir.to_owned(),
            order: RwLock::new(()),
        }
    }

    fn failed(&self, error: &rocksdb::Error) -> Error {
        failed(&self.dir, &error.kind(), error.as_ref())
    }

    fn iterator(&self, lower: &[u8], upper: &[u8]) -> DBRawIterator<'_> {
        let mut bounds = ReadOptions::default();
        bounds.set_iterate_lower_bound(lower);
        bounds.set_iterate_upper_bound(upper);
        self.db.raw_iterator_opt(bounds)
    }

    fn check(&self, batch: &Batch) -> Result<(), CommitError> {
        for (key, expected) in batch.expected() {
            let found = self
                .db
                .get_pinned(key)
                .map_err(|error| CommitError::Storage(self.failed(&error)))?;
            if found.as_deref() != expected.as_deref() {
                return Err(CommitError::Precondition { key: key.clone() });
            }
        }
        Ok(())
    }

    fn write(&self, batch: &Batch) -> Result<(), CommitError> {
        let bytes = batch.size() + batch.writes().len() * WRITE_OVERHEAD + WRITE_OVERHEAD;
        let mut writes = WriteBatch::with_capacity_bytes(bytes);
        for (key, value) in batch.writes() {
            match value {
                Some(value) => writes.put(key, value),
                None => writes.delete(key),
            }
        }
        let mut synced = WriteOptions::default();
        synced.set_sync(true);
        self.db
            .write_opt(writes, &synced)
            .map_err(|error| CommitError::Storage(self.failed(&error)))
    }
}

impl KeyValue for RocksStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.db.get(key).map_err(|error| self.failed(&error))
    }

    fn look_up(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>> {
        let values = self.db.multi_get(keys).into_iter();
        values
            .map(|value| value.map_err(|error| self.failed(&error)))
            .collect()
    }

    fn range(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
        let mut pairs = Vec::new();
        if lower >= upper {
            return Ok(pairs);
        }
        let mut iterator = self.iterator(lower, upper);
        iterator.seek_to_first();
        while pairs.len() < limit {
            let Some((key, value)) = iterator.item() else {
                break;
            };
            pairs.push((key.to_vec(), value.to_vec()));
            iterator.next();
        }
        iterator.status().map_err(|error| self.failed(&error))?;
        Ok(pairs)
    }

    fn last(&self, lower: &[u8], upper: &[u8]) -> Result<Option<Pair>> {
        if lower >= upper {
            return Ok(None);
        }
        let mut iterator = self.iterator(lower, upper);
        iterator.seek_to_last();
        let last = iterator
            .item()
            .map(|(key, value)| (key.to_vec(), value.to_vec()));
        iterator.status().map_err(|error| self.failed(&error))?;
        Ok(last)
    }

    fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        batch.check_limits().map_err(CommitError::Limit)?;
        if batch.expected().is_empty() {
            let _shared = self.order.read().unwrap_or_else(PoisonError::into_inner);
            if batch.is_empty() {
                Ok(())
            } else {
                self.write(batch)
            }
        } else {
            let _alone = self.order.write().unwrap_or_else(PoisonError::into_inner);
            self.check(batch)?;
            if batch.writes().is_empty() {
                Ok(())
            } else {
                self.write(batch)
            }
        }
    }
}

fn options() -> Options {
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(&Cache::new_lru_cache(BLOCK_CACHE));
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_bloom_filter(10.0, false);
    // The filter and the index of a file of small records are megabytes. Since they are divided, a look-up reads and checks
    // few parts of them, in a store of any size.
    blocks.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
    blocks.set_partition_filters(true);
    blocks.set_metadata_block_size(METADATA_PART);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);

    // The keys of a batch are sorted, and those of one prefix are near each other: with its last place at hand an
    // insertion compares few keys instead of searching from the top. Without hints it is slower, and no less correct.
    let hinted = Options::default().get_options_from_string(INSERT_HINTS);
    let mut options = hinted.unwrap_or_default();
    // Hints are for insertions in turn. There is one writer, so nothing could be inserted at the same time.
    options.set_allow_concurrent_memtable_write(false);
    options.create_if_missing(true);
    options.set_block_based_table_factory(&blocks);
    options.set_compression_type(DBCompressionType::Lz4);
    options.set_write_buffer_size(WRITE_BUFFER);
    options.set_level_zero_file_num_compaction_trigger(MERGED_FILES);
    options.set_max_bytes_for_level_base(ONE_LEVEL);
    options.set_bytes_per_sync(HANDED_TO_DISK);
    options.set_max_open_files(OPEN_FILES);
    // Every acknowledged write was synced, so damage before the tail of the write-ahead log is never the
    // trace of a power loss. Opening fails then; the default mode would silently drop acknowledged writes,
    // which other parties have followed in this log.
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    options.set_log_level(LogLevel::Warn);
    options.set_keep_log_file_num(LOG_FILES);
    options.set_max_log_file_size(LOG_FILE_SIZE);
    options.set_stats_dump_period_sec(0);
    options
}

/// Makes the directory with permissions for its owner only.
fn make_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Returns true if the directory contains a store, recognized by the engine's pointer to its files.
fn holds_store(dir: &Path) -> Result<bool> {
    dir.join("CURRENT")
        .try_exists()
        .map_err(|error| unusable_dir(dir, &error))
}

fn no_store(path: &Path) -> Error {
    match path.try_exists() {
        Ok(true) => Error::new(ErrorCode::Misconfigured, msg::DataDirectoryEmpty { path }),
        Ok(false) | Err(_) => {
            Error::new(ErrorCode::Misconfigured, msg::DataDirectoryMissing { path })
        }
    }
}

fn unusable_dir(path: &Path, cause: &io::Error) -> Error {
    if cause.kind() == io::ErrorKind::StorageFull {
        return full(path);
    }
    let message = msg::DataDirectoryUnusable { cause, path };
    Error::new(ErrorCode::Misconfigured, message)
}

fn open_failed(path: &Path, kind: &ErrorKind, cause: &str) -> Error {
    // The engine distinguishes these only by their texts, which the tests below pin.
    if cause.contains("While lock file") || cause.contains("lock hold by current process") {
        return Error::new(ErrorCode::Misconfigured, msg::DataDirectoryInUse { path });
    }
    if cause.contains("Permission denied") || cause.contains("Read-only file system") {
        let message = msg::DataDirectoryReadOnly { cause, path };
        return Error::new(ErrorCode::Misconfigured, message);
    }
    failed(path, kind, cause)
}

fn failed(path: &Path, kind: &ErrorKind, cause: &str) -> Error {
    if cause.contains("No space left on device") || cause.contains("Disk quota exceeded") {
        return full(path);
    }
    match kind {
        ErrorKind::Corruption => Error::new(
            ErrorCode::StorageDamaged,
            msg::DatabaseDamaged { cause, path },
        ),
        ErrorKind::IOError => Error::new(
            ErrorCode::StorageDamaged,
            msg::DatabaseUnreadable { cause, path },
        ),
        ErrorKind::InvalidArgument | ErrorKind::NotSupported => Error::new(
            ErrorCode::StorageDamaged,
            msg::DataDirectoryUnknownFormat { cause, path },
        ),
        ErrorKind::ShutdownInProgress | ErrorKind::TimedOut | ErrorKind::Busy => {
            Error::new(ErrorCode::Unavailable, msg::DatabaseBusy { cause, path })
        }
        _ => Error::new(ErrorCode::Internal, msg::DatabaseFailed { cause, path }),
    }
}

fn full(path: &Path) -> Error {
    Error::new(ErrorCode::StorageFull, msg::DiskFull { path })
}

#[cfg(test)]
#[path = "rocks_tests.rs"]
mod tests;

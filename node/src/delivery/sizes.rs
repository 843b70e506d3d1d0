//! The sizes of received files: measured at the start, then moved by what the node itself writes and removes. They are
//! measured again regularly, since people remove received files by hand.

use std::collections::{BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chengji_domain::request::RequestId;

/// Name of an unfinished file. Names of received files never begin with a dot, so it is unique.
pub(super) const PARTIAL: &str = ".part";

/// Sizes of received files, bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sizes {
    /// All files, unfinished ones included.
    pub(super) all: u64,
    /// Unfinished files.
    pub(super) unfinished: u64,
}

/// The folder of received files and the sizes of the folders in it.
#[derive(Debug)]
pub(super) struct ReceivedSizes {
    folder: PathBuf,
    kept: Mutex<Kept>,
    /// True after the first measurement; nobody waits for later ones.
    is_measured: AtomicBool,
    /// Start of the last complete measurement; held during one.
    measured: Mutex<Option<Instant>>,
}

impl ReceivedSizes {
    /// Of this folder, which may not exist yet.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            kept: Mutex::default(),
            is_measured: AtomicBool::new(false),
            measured: Mutex::default(),
        }
    }

    /// The folder of received files.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The sizes of all received files. The first call measures them, unless that was done or is in progress. Blocks.
    pub(super) fn total(&self) -> io::Result<Sizes> {
        if !self.is_measured.load(Ordering::SeqCst) {
            let mut measured = lock(&self.measured);
            if measured.is_none() {
                *measured = Some(self.walk()?);
            }
        }
        Ok(lock(&self.kept).total)
    }

    /// Measures all folders. Blocks.
    pub(super) fn measure(&self) -> io::Result<()> {
        let mut measured = lock(&self.measured);
        *measured = Some(self.walk()?);
        Ok(())
    }

    /// Measures all folders if the last measurement is older than this; returns true if it did. Blocks.
    pub(super) fn measure_if_older(&self, age: Duration) -> io::Result<bool> {
        let mut measured = lock(&self.measured);
        if measured.is_some_and(|begun| begun.elapsed() < age) {
            return Ok(false);
        }
        *measured = Some(self.walk()?);
        Ok(true)
    }

    /// Measures one folder after the other, and returns its start. Fetches go on meanwhile: their changes set the sizes
    /// of a folder, and add nothing to them, so that none counts twice.
    fn walk(&self) -> io::Result<Instant> {
        let begun = Instant::now();
        let mut names: BTreeSet<OsString> = lock(&self.kept).folders.keys().cloned().collect();
        for entry in listed(&self.folder)? {
            if entry.file_type()?.is_dir() {
                names.insert(entry.file_name());
            }
        }
        for name in names {
            let mut kept = lock(&self.kept);
            let sizes = measured(&self.folder.join(&name))?;
            kept.put(name, sizes);
        }
        self.is_measured.store(true, Ordering::SeqCst);
        Ok(begun)
    }

    /// Notes the size of a request's unfinished file, after it was written, emptied or removed.
    pub(super) fn set_unfinished(&self, request: RequestId, bytes: u64) {
        let mut kept = lock(&self.kept);
        let folder = folder_of(request);
        let before = kept.of(&folder);
        let sizes = Sizes {
            all: before.all - before.unfinished + bytes,
            unfinished: bytes,
        };
        kept.put(folder, sizes);
    }

    /// Renames the unfinished file of a request, which is complete, in place of an earlier file of this name. Blocks.
    pub(super) fn rename(
        &self,
        request: RequestId,
        unfinished: &Path,
        name: &Path,
    ) -> io::Result<()> {
        // Held throughout, so that no measurement comes in between.
        let mut kept = lock(&self.kept);
        let replaced = match fs::metadata(name) {
            Ok(earlier) => earlier.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        fs::rename(unfinished, name)?;
        let folder = folder_of(request);
        let before = kept.of(&folder);
        // The earlier file is not counted if somebody put it there after the last measurement.
        let all = before.all.saturating_sub(replaced).max(before.unfinished);
        kept.put(folder, Sizes { all, unfinished: 0 });
        Ok(())
    }
}

/// The sizes of folders by name, without empty ones, and their sum.
#[derive(Debug, Default)]
struct Kept {
    folders: HashMap<OsString, Sizes>,
    total: Sizes,
}

impl Kept {
    fn of(&self, folder: &OsStr) -> Sizes {
        self.folders.get(folder).copied().unwrap_or_default()
    }

    fn put(&mut self, folder: OsString, sizes: Sizes) {
        let before = self.of(&folder);
        if sizes == Sizes::default() {
            self.folders.remove(&folder);
        } else {
            self.folders.insert(folder, sizes);
        }
        let Sizes { all, unfinished } = self.total;
        self.total = Sizes {
            all: all - before.all + sizes.all,
            unfinished: unfinished - before.unfinished + sizes.unfinished,
        };
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Name of the folder of a request.
fn folder_of(request: RequestId) -> OsString {
    request.to_string().into()
}

/// The sizes of the files in a folder; none where it does not exist.
fn measured(folder: &Path) -> io::Result<Sizes> {
    let mut sizes = Sizes::default();
    for file in listed(folder)? {
        let size = match file.metadata() {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        sizes.all += size;
        if file.file_name() == PARTIAL {
            sizes.unfinished += size;
        }
    }
    Ok(sizes)
}

/// The contents of a folder; empty where it does not exist.
pub(super) fn listed(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
#[path = "sizes_tests.rs"]
mod tests;

//! Folders of this machine.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chengji_domain::{Error, Result};
use chengji_messages::msg;

use crate::reading::{file_name, unavailable};

/// The state of a file, which is another one after the file was written or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileState {
    device: u64,
    inode: u64,
    bytes: u64,
    /// Seconds and nanoseconds of the last modification.
    modified: (i64, i64),
}

impl FileState {
    /// Looks at the file at this path.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let metadata = path.metadata()?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }
}

/// Lists the files of a folder whose names fit, with their paths.
///
/// # Errors
///
/// `SOURCE_UNAVAILABLE`.
pub(super) fn files(path: &Path, fits: impl Fn(&str) -> bool) -> Result<Vec<(String, PathBuf)>> {
    let unreadable = |cause: io::Error| unreadable(path, cause);
    let folder = path.canonicalize().map_err(unreadable)?;
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if fits(&name)
            && let Some(path) = resolve(&entry.path(), &folder)
        {
            files.push((name, path));
        }
    }
    Ok(files)
}

fn unreadable(path: &Path, cause: io::Error) -> Error {
    let name = file_name(path);
    unavailable(msg::TableSourceUnreadable { name, cause })
}

/// Resolves the links of a path; `None` if it leads out of the folder or is not a file.
fn resolve(path: &Path, folder: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    (path.starts_with(folder) && path.is_file()).then_some(path)
}

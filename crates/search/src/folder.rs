//! The folder of indexes: the served one, named by the file `CURRENT`, and one that is being built beside it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

/// Names the served index.
const CURRENT: &str = "CURRENT";
/// The beginning of indexes' names.
const INDEX: &str = "index-";

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Opens the folder, and makes it if there is none.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).map_err(|error| unusable(path, &error))?;
        Ok(Self(path.to_owned()))
    }

    /// Returns the served index, if one is named.
    pub(crate) fn current(&self) -> Option<PathBuf> {
        let name = fs::read_to_string(self.0.join(CURRENT)).ok()?;
        let is_ours = name.starts_with(INDEX) && !name.contains(['/', '\0']);
        is_ours.then(|| self.0.join(name))
    }

    /// Makes a folder for another index.
    pub(crate) fn another(&self) -> Result<PathBuf> {
        let path = self
            .0
            .join(format!("{INDEX}{:016x}", rand::random::<u64>()));
        fs::create_dir(&path).map_err(|error| unusable(&path, &error))?;
        Ok(path)
    }

    /// Makes this index the served one.
    pub(crate) fn serve(&self, index: &Path) -> Result<()> {
        let name = index.file_name().unwrap_or_default();
        let new = self.0.join("CURRENT.new");
        let put = || {
            let mut file = File::create(&new)?;
            file.write_all(name.as_encoded_bytes())?;
            file.sync_all()?;
            fs::rename(&new, self.0.join(CURRENT))?;
            File::open(&self.0)?.sync_all()
        };
        put().map_err(|error| unusable(&new, &error))
    }

    /// Removes all indexes but the served one and this one. What cannot be removed stays until the next time.
    pub(crate) fn remove_others(&self, kept: Option<&Path>) {
        let current = self.current();
        let Ok(entries) = fs::read_dir(&self.0) else {
            return;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_index = entry.file_name().to_string_lossy().starts_with(INDEX);
            let is_kept = Some(&*path) == current.as_deref() || Some(&*path) == kept;
            if is_index
                && !is_kept
                && let Err(error) = fs::remove_dir_all(&path)
            {
                tracing::warn!(path = %path.display(), %error, "an index cannot be removed");
            }
        }
    }
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::StorageFull,
        _ => ErrorCode::Misconfigured,
    };
    let path = path.display().to_string();
    let cause = error.to_string();
    Error::new(code, msg::SearchFolderUnusable { path, cause })
}

//! Disk space for rows of queries that do not fit into memory.

use std::fs::File;
use std::path::PathBuf;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_runtime::files::{PRIVATE, make_folder};

/// Disk space of queries.
#[derive(Clone, Debug)]
pub struct SpillSettings {
    /// The folder of the files, which is made if it is missing. They have no names: nothing is left of one when the process
    /// of its query ends, in whatever way.
    pub folder: PathBuf,
    /// Maximum size of the file of one query, bytes.
    pub bytes: u64,
    /// Bytes of the disk that stay free.
    pub keep_free: u64,
}

impl SpillSettings {
    /// Creates the file of a query. Blocks.
    ///
    /// # Errors
    ///
    /// `MISCONFIGURED` if it cannot be written.
    pub(crate) fn file(&self) -> Result<File> {
        make_folder(&self.folder, PRIVATE)?;
        tempfile::tempfile_in(&self.folder).map_err(|cause| {
            let path = Value::text(self.folder.display());
            let message = msg::QueryTableUnwritable { path, cause };
            Error::new(ErrorCode::Misconfigured, message)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_is_writable_and_leaves_nothing_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = SpillSettings {
            folder: folder.path().join("query-spill"),
            bytes: 1 << 20,
            keep_free: 0,
        };
        settings.file().unwrap().write_all(b"rows").unwrap();
        assert_eq!(fs::read_dir(&settings.folder).unwrap().count(), 0);
        let blocked = folder.path().join("file");
        fs::write(&blocked, "").unwrap();
        settings.folder = blocked;
        let error = settings.file().unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured);
    }
}

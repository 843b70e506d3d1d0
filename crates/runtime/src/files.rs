//! Key files and files beside them: written whole or not at all; keys readable by their owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

/// Readable by the owner alone.
pub const SECRET: u32 = 0o600;
/// A folder accessible to its owner alone.
pub const PRIVATE: u32 = 0o700;
/// Readable by all.
pub const PUBLIC: u32 = 0o644;

/// Writes a file atomically, replacing an earlier one.
pub fn write(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    match fs::remove_file(&beside) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(cannot(path, &e)),
        _ => {}
    }
    create(&beside, content, mode)?;
    rename(&beside, path)
}

/// Renames a file durably, replacing an earlier one.
pub fn rename(from: &Path, path: &Path) -> Result<()> {
    fs::rename(from, path).map_err(|e| cannot(path, &e))?;
    // The new name is durable when this returns.
    sync(above(path)).map_err(|e| cannot(path, &e))
}

/// Writes a new file; an existing one is an error.
pub fn create(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let written = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)?;
        file.write_all(content)?;
        file.sync_all()
    };
    written().map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => {
            Error::new(ErrorCode::AlreadyExists, msg::FileExists { path })
        }
        _ => cannot(path, &e),
    })
}

/// Creates a folder with this mode, and its parents.
pub fn make_folder(path: &Path, mode: u32) -> Result<()> {
    make_folders(path, mode).map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            Error::new(ErrorCode::Misconfigured, msg::FolderBlocked { path })
        }
        _ => cannot(path, &e),
    })
}

/// Creates a folder with this mode, and its parents. Their names are durable when this returns.
pub fn make_folders(path: &Path, mode: u32) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    make_folders(above(path), mode)?;
    match fs::DirBuilder::new().mode(mode).create(path) {
        // Another process created it first.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        made => made?,
    }
    sync(above(path))
}

/// The folder that contains this path.
fn above(path: &Path) -> &Path {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Makes the names in a folder durable.
pub fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

fn cannot(path: &Path, cause: &io::Error) -> Error {
    match cause.kind() {
        io::ErrorKind::StorageFull => {
            Error::new(ErrorCode::StorageFull, msg::FileDiskFull { cause, path })
        }
        _ => Error::new(
            ErrorCode::Misconfigured,
            msg::FileUnwritable { cause, path },
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_a_new_one_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/key.pem");
        make_folder(path.parent().unwrap(), PRIVATE).unwrap();
        create(&path, b"one", PUBLIC).unwrap();
        let twice = create(&path, b"two", SECRET).unwrap_err();
        assert_eq!(twice.code(), ErrorCode::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write(&path, b"two", SECRET).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), SECRET);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_in_the_place_of_a_folder_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        create(&file, b"", PUBLIC).unwrap();
        for wish in [file.clone(), file.join("below")] {
            let error = make_folder(&wish, PRIVATE).unwrap_err();
            let blocked = msg::FolderBlocked {
                path: wish.as_path(),
            };
            assert_eq!(error, Error::new(ErrorCode::Misconfigured, blocked));
        }
    }
}

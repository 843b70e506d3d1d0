//! Files with keys, and files beside them: written whole or not at all, keys for their owner alone.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use chengji_domain::{Error, ErrorCode, Result};

/// Readable by the owner alone.
pub const SECRET: u32 = 0o600;
/// Readable by all.
pub const PUBLIC: u32 = 0o644;

/// Writes a file, in the place of an earlier one if there is one.
pub fn write(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    match fs::remove_file(&beside) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(cannot(path, &e)),
        _ => {}
    }
    create(&beside, content, mode)?;
    rename(&beside, path)
}

/// Gives a file its name, in the place of an earlier one if there is one.
pub fn rename(from: &Path, path: &Path) -> Result<()> {
    fs::rename(from, path).map_err(|e| cannot(path, &e))?;
    // The name is on disk, too, when this returns.
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
    let folder = fs::File::open(folder.unwrap_or(Path::new(".")));
    folder
        .and_then(|f| f.sync_all())
        .map_err(|e| cannot(path, &e))
}

/// Writes a file that must not be there yet.
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
        std::io::ErrorKind::AlreadyExists => {
            let message = format!("{} exists already", path.display());
            Error::new(ErrorCode::AlreadyExists, message).with_remedy("name another place")
        }
        _ => cannot(path, &e),
    })
}

/// Makes a folder that its owner alone can enter, with those above it.
pub fn make_folder(path: &Path) -> Result<()> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.map_err(|e| cannot(path, &e))
}

fn cannot(path: &Path, error: &std::io::Error) -> Error {
    let code = match error.kind() {
        std::io::ErrorKind::StorageFull => ErrorCode::StorageFull,
        _ => ErrorCode::Misconfigured,
    };
    let message = format!("cannot write {}: {error}", path.display());
    let error = Error::new(code, message);
    match code {
        ErrorCode::StorageFull => error,
        _ => error.with_remedy("name a place that this user may write to"),
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
        make_folder(path.parent().unwrap()).unwrap();
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
}

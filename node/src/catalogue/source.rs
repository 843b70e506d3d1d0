//! Locates and opens mounted files. A file is a source only while it is in one of the node's mount
//! roots, with all links resolved; that is verified for the opened file, not for its name. Contents are
//! not interpreted here.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use chengji_domain::{Error, ErrorCode, Result, TextRule};
use chengji_messages::{Value, msg};
use chengji_records::MountedFile;
use rustix::fs::{Mode, OFlags};

/// An open source, with its identity when it was opened.
#[derive(Debug)]
pub struct Source {
    file: File,
    /// Path and identity, as they are stored with the mount.
    pub identity: MountedFile,
}

impl Source {
    /// Opens the file at this path, which must be in one of `roots`. A link changed meanwhile leads
    /// nowhere else: once resolved, the path is walked from its root without following any.
    pub fn open(path: &Path, roots: &[PathBuf]) -> Result<Self> {
        let unreadable = |error: io::Error| unavailable(path, &error);
        let found = fs::canonicalize(path).map_err(unreadable)?;
        let (root, below) = split(&found, roots).ok_or_else(|| outside(path, roots))?;
        let found = find(&root, &below).map_err(unreadable)?;
        // Only a regular file is opened: a pipe would wait for its other end.
        if !found.metadata().map_err(unreadable)?.is_file() {
            let path = Value::text(path.display());
            let message = msg::SourceNotAFile { path };
            return Err(Error::new(ErrorCode::SourceUnavailable, message));
        }
        let file = File::open(format!("/proc/self/fd/{}", found.as_raw_fd()));
        let file = file.map_err(unreadable)?;
        let identity = identity(path, &file.metadata().map_err(unreadable)?)?;
        Ok(Self { file, identity })
    }

    /// The file, for reading.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        Path::new(&self.identity.path)
    }

    /// Fails if the file was written to, or its metadata changed, since it was opened.
    pub fn check_unchanged(&self) -> Result<()> {
        let metadata = self
            .file
            .metadata()
            .map_err(|error| unavailable(self.path(), &error))?;
        if identity(self.path(), &metadata)? == self.identity {
            return Ok(());
        }
        Err(changed(self.path()))
    }
}

/// Resolves a path given by a person, absolute or relative to one of the roots, to an absolute one with
/// its links unresolved; it must lead to a file in one of the roots.
pub fn locate(path: &str, roots: &[PathBuf]) -> Result<PathBuf> {
    if path.is_empty() || path.contains('\0') {
        let message = msg::MountPathInvalid { path };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    // A sheet made on Windows has paths with backslashes.
    let windows = path.replace('\\', "/");
    let path = match roots.iter().any(|root| root.join(path).exists()) {
        true => path,
        false => windows.as_str(),
    };
    let mut problem = None;
    for root in roots {
        let candidate = std::path::absolute(root.join(path))
            .map_err(|error| unavailable(Path::new(path), &error))?;
        match fs::canonicalize(&candidate) {
            Ok(found) if lies_in(&found, roots) => return Ok(candidate),
            Ok(_) => return Err(outside(Path::new(path), roots)),
            // Files outside are neither found nor missing: nothing is disclosed about them.
            Err(_) if !would_lie_in(&candidate, roots) => {}
            Err(error) => {
                problem.get_or_insert_with(|| unavailable(&candidate, &error));
            }
        }
    }
    Err(problem.unwrap_or_else(|| outside(Path::new(path), roots)))
}

/// The file's name without any folder, which may be disclosed. Errors: `INVALID_ARGUMENT` where it is not
/// a text that can be recorded.
pub fn file_name(path: &Path) -> Result<&str> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| {
        let path = Value::text(path.display());
        Error::new(ErrorCode::InvalidArgument, msg::SourceNameNotUtf8 { path })
    })?;
    if let Some(fault) = TextRule::FILE_NAME.fault(name) {
        let message = msg::SourceNameInvalid {
            fault: fault.message(),
            name,
        };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    Ok(name)
}

pub(crate) fn unavailable(path: &Path, cause: &io::Error) -> Error {
    let path = Value::text(path.display());
    Error::new(
        ErrorCode::SourceUnavailable,
        msg::SourceUnreadable { cause, path },
    )
}

pub(crate) fn changed(path: &Path) -> Error {
    let path = Value::text(path.display());
    Error::new(
        ErrorCode::SourceChanged,
        msg::SourceChangedWhileRead { path },
    )
}

fn outside(path: &Path, roots: &[PathBuf]) -> Error {
    if roots.is_empty() {
        return Error::new(ErrorCode::InvalidArgument, msg::MountWithoutRoots);
    }
    let roots = roots.iter().map(|root| Value::text(root.display()));
    let message = msg::MountOutsideRoots {
        path: Value::text(path.display()),
        roots: roots.collect::<Value>(),
    };
    Error::new(ErrorCode::InvalidArgument, message)
}

/// Returns true if a path without links is in a root.
fn lies_in(found: &Path, roots: &[PathBuf]) -> bool {
    split(found, roots).is_some()
}

/// The root that contains a path without links, itself with links resolved, and the rest of the path.
fn split(found: &Path, roots: &[PathBuf]) -> Option<(PathBuf, PathBuf)> {
    let real = roots.iter().filter_map(|root| fs::canonicalize(root).ok());
    real.filter_map(|root| {
        let below = found.strip_prefix(&root).ok()?.to_owned();
        Some((root, below))
    })
    .next()
}

/// Finds a file below a root without following a link and without opening it. (`openat2` with
/// `RESOLVE_NO_SYMLINKS` does the same in one call; kernels before 5.6 do not have it.)
fn find(root: &Path, below: &Path) -> io::Result<File> {
    let found = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut at = rustix::fs::open(root, found, Mode::empty())?;
    for name in below.components() {
        at = rustix::fs::openat(&at, name.as_os_str(), found, Mode::empty())?;
    }
    Ok(at.into())
}

/// Returns true if a path that does not exist would be in a root.
fn would_lie_in(path: &Path, roots: &[PathBuf]) -> bool {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    roots
        .iter()
        .filter_map(|root| std::path::absolute(root).ok())
        .any(|root| {
            plain.starts_with(&root)
                || fs::canonicalize(&root).is_ok_and(|root| plain.starts_with(root))
        })
}

fn identity(path: &Path, metadata: &Metadata) -> Result<MountedFile> {
    let text = path.to_str().ok_or_else(|| {
        let path = Value::text(path.display());
        Error::new(ErrorCode::InvalidArgument, msg::SourcePathNotUtf8 { path })
    })?;
    let nanoseconds = |s: i64, ns: i64| s.saturating_mul(1_000_000_000).saturating_add(ns);
    // The time of the metadata's change moves with the content and, unlike the other, cannot be set.
    let modified_ns = nanoseconds(metadata.mtime(), metadata.mtime_nsec())
        .max(nanoseconds(metadata.ctime(), metadata.ctime_nsec()));
    Ok(MountedFile {
        path: text.to_owned(),
        bytes: metadata.len(),
        modified_ns,
        inode: metadata.ino(),
        device: metadata.dev(),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    struct Roots {
        folder: tempfile::TempDir,
        roots: Vec<PathBuf>,
    }

    /// Two roots with a file each, and a file next to them.
    fn roots() -> Roots {
        let folder = tempfile::tempdir().unwrap();
        let roots = vec![folder.path().join("one"), folder.path().join("two")];
        for root in &roots {
            fs::create_dir(root).unwrap();
        }
        fs::write(roots[0].join("a.csv"), "a").unwrap();
        fs::write(roots[1].join("b.csv"), "b").unwrap();
        fs::write(folder.path().join("secret.csv"), "s").unwrap();
        Roots { folder, roots }
    }

    fn code(path: &str, roots: &Roots) -> ErrorCode {
        let located = locate(path, &roots.roots);
        located
            .and_then(|path| Source::open(&path, &roots.roots))
            .unwrap_err()
            .code()
    }

    #[test]
    fn files_in_the_roots_are_found_by_relative_and_absolute_paths() {
        let roots = roots();
        for path in [
            "b.csv",
            "./b.csv",
            "../two/b.csv",
            ".\\b.csv",
            "..\\two\\b.csv",
            roots.roots[1].join("b.csv").to_str().unwrap(),
        ] {
            let located = locate(path, &roots.roots).unwrap();
            let source = Source::open(&located, &roots.roots).unwrap();
            assert_eq!(source.identity.bytes, 1, "{path}");
            assert!(source.path().is_absolute() && file_name(source.path()) == Ok("b.csv"));
        }
    }

    #[test]
    fn nothing_outside_the_roots_is_told_or_opened() {
        let roots = roots();
        let secret = roots.folder.path().join("secret.csv");
        symlink(&secret, roots.roots[0].join("file-link.csv")).unwrap();
        symlink(roots.folder.path(), roots.roots[0].join("folder-link")).unwrap();
        let beside = roots.folder.path().join("one-more");
        fs::create_dir(&beside).unwrap();
        fs::write(beside.join("c.csv"), "c").unwrap();
        for path in [
            "../secret.csv",
            "../missing.csv",
            "/etc/passwd",
            "/etc/no-such-file",
            "file-link.csv",
            "folder-link/secret.csv",
            "../one-more/c.csv",
            "",
            "a\0b",
            secret.to_str().unwrap(),
        ] {
            assert_eq!(code(path, &roots), ErrorCode::InvalidArgument, "{path}");
        }
        let error = locate("../secret.csv", &roots.roots).unwrap_err();
        let roots = roots.roots.iter().map(|root| Value::text(root.display()));
        let outside = msg::MountOutsideRoots {
            path: "../secret.csv",
            roots: roots.collect::<Value>(),
        };
        assert_eq!(error, Error::new(ErrorCode::InvalidArgument, outside));
        assert_eq!(
            locate("a.csv", &[]).unwrap_err().code(),
            ErrorCode::InvalidArgument
        );
    }

    #[test]
    fn a_link_within_the_roots_is_followed_until_it_is_turned_outwards() {
        let roots = roots();
        let link = roots.roots[0].join("latest.csv");
        symlink(roots.roots[1].join("b.csv"), &link).unwrap();
        let located = locate("latest.csv", &roots.roots).unwrap();
        assert!(located.ends_with("latest.csv"));
        assert!(Source::open(&located, &roots.roots).is_ok());
        fs::remove_file(&link).unwrap();
        symlink(roots.folder.path().join("secret.csv"), &link).unwrap();
        let error = Source::open(&located, &roots.roots).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }

    /// Simulates a race: the path was resolved, and then one of its parts became a link.
    #[test]
    fn a_link_that_is_turned_after_the_path_was_resolved_is_not_followed() {
        let roots = roots();
        let root = roots.roots[0].as_path();
        fs::create_dir(root.join("folder")).unwrap();
        fs::write(root.join("folder/a.csv"), "a").unwrap();
        assert!(find(root, Path::new("folder/a.csv")).is_ok());
        fs::rename(root.join("folder"), root.join("moved")).unwrap();
        symlink(roots.folder.path(), root.join("folder")).unwrap();
        fs::write(roots.folder.path().join("a.csv"), "outside").unwrap();
        assert!(find(root, Path::new("folder/a.csv")).is_err());

        fs::remove_file(root.join("a.csv")).unwrap();
        symlink(roots.folder.path().join("secret.csv"), root.join("a.csv")).unwrap();
        let found = find(root, Path::new("a.csv")).unwrap();
        assert!(!found.metadata().unwrap().is_file());
    }

    #[test]
    fn a_pipe_is_refused_without_waiting_for_its_other_end() {
        let roots = roots();
        let pipe = roots.roots[0].join("pipe.csv");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            Mode::RWXU,
            0,
        )
        .unwrap();
        assert_eq!(code("pipe.csv", &roots), ErrorCode::SourceUnavailable);
    }

    #[test]
    fn what_is_no_readable_file_is_unavailable() {
        let roots = roots();
        fs::create_dir(roots.roots[0].join("folder")).unwrap();
        symlink("loop.csv", roots.roots[0].join("loop.csv")).unwrap();
        for path in ["missing.csv", "folder", "loop.csv", "a.csv/b", "."] {
            assert_eq!(code(path, &roots), ErrorCode::SourceUnavailable, "{path}");
        }
    }

    #[test]
    fn a_change_while_it_is_open_is_noticed() {
        let roots = roots();
        let path = locate("a.csv", &roots.roots).unwrap();
        let source = Source::open(&path, &roots.roots).unwrap();
        assert_eq!(source.check_unchanged(), Ok(()));
        fs::write(&path, "longer").unwrap();
        assert_eq!(
            source.check_unchanged().unwrap_err().code(),
            ErrorCode::SourceChanged
        );
    }
}

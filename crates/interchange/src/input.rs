//! Input files, or a pipe in place of one. Sheets are read more than once, so a pipe is copied into a
//! temporary file first.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use tempfile::TempDir;

use super::text::{MAX_BYTES, too_large, unreadable};

/// A file that can be read as often as needed.
#[derive(Debug)]
pub struct Input {
    path: PathBuf,
    /// Removed with this value; `None` for the caller's own file.
    _copy: Option<TempDir>,
}

impl Input {
    /// Opens the named file, or copies the named pipe; `-` is standard input. Errors: `LIMIT_EXCEEDED`
    /// where the pipe exceeds the limit of a file; `STORAGE_FULL` or `MISCONFIGURED` where the copy
    /// cannot be written.
    pub fn of(named: &Path) -> Result<Self> {
        if named == Path::new("-") {
            return Self::copy(io::stdin().lock(), "stdin", MAX_BYTES);
        }
        let is_file = fs::metadata(named).map_or(true, |found| found.is_file() || found.is_dir());
        if is_file {
            return Ok(Self {
                path: named.to_owned(),
                _copy: None,
            });
        }
        let name = named.display().to_string();
        let pipe = File::open(named).map_err(|e| unreadable(&name, &e))?;
        let last = named.file_name().unwrap_or_default().to_string_lossy();
        Self::copy(pipe, &last, MAX_BYTES)
    }

    /// The path to read it from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn copy(pipe: impl Read, name: &str, most: u64) -> Result<Self> {
        let failed = |e: io::Error| {
            let code = match e.kind() {
                io::ErrorKind::StorageFull => ErrorCode::StorageFull,
                _ => ErrorCode::Misconfigured,
            };
            let file = name;
            Error::new(code, msg::SheetPipeNotCopied { cause: e, file })
        };
        let folder = tempfile::Builder::new().prefix("chengji-").tempdir();
        let folder = folder.map_err(failed)?;
        let path = folder.path().join(name);
        let mut file = File::create(&path).map_err(failed)?;
        let copied = io::copy(&mut pipe.take(most + 1), &mut file).map_err(failed)?;
        if copied > most {
            return Err(too_large(name));
        }
        Ok(Self {
            path,
            _copy: Some(folder),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd as _;

    use super::super::read;
    use super::*;

    #[test]
    fn a_pipe_is_read_as_the_file_that_was_sent_through_it() {
        let folder = tempfile::tempdir().unwrap();
        let demo = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../deploy/demo-data/430200/catalogue.csv"
        );
        let (reader, mut writer) = io::pipe().unwrap();
        let sending = std::thread::spawn(move || {
            io::copy(&mut File::open(demo).unwrap(), &mut writer).unwrap();
        });
        let pipe = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
        let input = Input::of(&pipe).unwrap();
        sending.join().unwrap();
        let (sent, read_back) = (read(Path::new(demo), None), read(input.path(), None));
        assert_eq!(read_back.unwrap().rows, sent.unwrap().rows);
        let own = folder.path().join("own.csv");
        fs::write(&own, "a").unwrap();
        assert_eq!(Input::of(&own).unwrap().path(), own);
        let copy = input.path().to_owned();
        drop(input);
        assert!(!copy.exists());
    }

    #[test]
    fn more_than_a_file_may_have_is_refused() {
        let endless = io::repeat(b'a');
        let error = Input::copy(endless, "stdin", 1_000).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
    }
}

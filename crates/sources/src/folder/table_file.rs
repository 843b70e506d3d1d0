//! A file of a folder.

use std::fs::File;
use std::path::PathBuf;

use chengji_domain::{Error, Result};
use chengji_messages::{Value, msg};

use super::bucket::Object;
use super::content::Content;
use super::local::FileState;
use crate::reading::{changed_while_read, unavailable};

/// A file of a table.
#[derive(Debug)]
pub(crate) struct TableFile {
    /// The name of the file.
    pub(crate) name: String,
    place: FilePlace,
}

/// Where the content of a file is.
#[derive(Debug)]
enum FilePlace {
    /// With links resolved.
    Local(PathBuf),
    Bucket(Object),
}

impl TableFile {
    /// Makes a file of a folder of this machine.
    pub(super) fn local((name, path): (String, PathBuf)) -> Self {
        let place = FilePlace::Local(path);
        Self { name, place }
    }

    /// Makes a file of an object in a bucket.
    pub(super) fn of_bucket((name, object): (String, Object)) -> Self {
        let place = FilePlace::Bucket(object);
        Self { name, place }
    }

    /// Opens the file.
    pub(crate) fn open(&self) -> Result<Content> {
        match &self.place {
            FilePlace::Local(path) => {
                let file = File::open(path).map(Content::File);
                file.map_err(|cause| self.unreadable(cause))
            }
            FilePlace::Bucket(object) => Ok(Content::Object(object.clone())),
        }
    }

    /// Returns the state of the file, by which [`check_unchanged`](Self::check_unchanged) finds a change. `None` for an
    /// object: every piece of it is checked when it is read.
    pub(crate) fn state(&self) -> Result<Option<FileState>> {
        match &self.place {
            FilePlace::Local(path) => {
                let state = FileState::of(path);
                state.map(Some).map_err(|cause| self.unreadable(cause))
            }
            FilePlace::Bucket(_) => Ok(None),
        }
    }

    /// Checks that the file is as it was before it was read. Errors: `SOURCE_CHANGED`.
    pub(crate) fn check_unchanged(&self, table: &str, before: Option<FileState>) -> Result<()> {
        match self.state() {
            Ok(after) if after == before => Ok(()),
            _ => Err(changed_while_read(table)),
        }
    }

    /// Makes the error for a content that cannot be read: that of the object store if it could not be had, else this one.
    pub(crate) fn unreadable(&self, cause: impl Into<Value>) -> Error {
        let of_store = match &self.place {
            FilePlace::Local(_) => None,
            FilePlace::Bucket(object) => object.failure(),
        };
        of_store.unwrap_or_else(|| {
            let (cause, name) = (cause.into(), self.name.as_str());
            unavailable(msg::TableSourceUnreadable { name, cause })
        })
    }
}

//! Folders of files, each of which is a table: the files with an extension that are directly in the folder and not hidden.
//! A folder is one of this machine, without links to anything outside, or a prefix in a bucket of an object store.

mod bucket;
mod content;
mod local;
mod table_file;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use chengji_domain::Result;
use chengji_messages::msg;
use chengji_messages::quoted::Quoted;

pub(crate) use self::bucket::{BucketAddress, BucketSettings, Endpoint};
use self::bucket::{Object, Session};
pub(crate) use self::content::Content;
pub(crate) use self::table_file::TableFile;
use crate::reading::{caller_gone, check_caller, no_such_table, unavailable};
use crate::{Each, Finding, GoOn, TableInfo};

/// Maximum number of unreadable files that a check names.
const MAX_NAMED: usize = 20;

/// Where a folder is.
#[derive(Debug)]
pub(crate) enum Place {
    /// On this machine.
    Local(PathBuf),
    /// In an object store.
    Bucket(BucketSettings),
}

impl From<PathBuf> for Place {
    fn from(path: PathBuf) -> Self {
        Self::Local(path)
    }
}

impl From<BucketSettings> for Place {
    fn from(settings: BucketSettings) -> Self {
        Self::Bucket(settings)
    }
}

/// A folder of tables.
#[derive(Debug)]
pub(crate) struct Folder {
    place: Place,
    /// The extension of its files, in lower case.
    extension: &'static str,
}

impl Folder {
    pub(crate) fn new(place: impl Into<Place>, extension: &'static str) -> Self {
        Self {
            place: place.into(),
            extension,
        }
    }

    /// Asks something of the files.
    pub(crate) fn ask<T: Send>(
        &self,
        go_on: GoOn<'_>,
        work: impl FnOnce(&Files<'_>, GoOn<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        let mut none = |_: RecordBatch| -> Result<ControlFlow<()>> { Ok(ControlFlow::Break(())) };
        let answer = self.run(go_on, &mut none, |files, go_on, _| work(files, go_on))?;
        answer.ok_or_else(caller_gone)
    }

    /// Reads rows of the files.
    pub(crate) fn read(
        &self,
        go_on: GoOn<'_>,
        each: Each<'_>,
        work: impl FnOnce(&Files<'_>, GoOn<'_>, Each<'_>) -> Result<()> + Send,
    ) -> Result<()> {
        self.run(go_on, each, work).map(drop)
    }

    /// Works on the files; in a bucket, in a thread whose requests end when the caller is gone. `None` if `each` wanted
    /// no more.
    fn run<T: Send>(
        &self,
        go_on: GoOn<'_>,
        each: Each<'_>,
        work: impl FnOnce(&Files<'_>, GoOn<'_>, Each<'_>) -> Result<T> + Send,
    ) -> Result<Option<T>> {
        check_caller(go_on)?;
        let extension = self.extension;
        match &self.place {
            Place::Local(path) => {
                let reached = Reached::Local(path);
                work(&Files { reached, extension }, go_on, each).map(Some)
            }
            Place::Bucket(settings) => {
                bucket::run(settings, go_on, each, |session, go_on, each| {
                    let reached = Reached::Bucket(session);
                    work(&Files { reached, extension }, go_on, each)
                })
            }
        }
    }
}

/// The files of a folder during a call.
pub(crate) struct Files<'a> {
    reached: Reached<'a>,
    extension: &'static str,
}

/// The place of a folder during a call.
enum Reached<'a> {
    Local(&'a Path),
    Bucket(&'a Arc<Session>),
}

impl Files<'_> {
    /// Finds the file of a table.
    pub(crate) fn find(&self, table: &str) -> Result<TableFile> {
        self.by_table(Some(table))?
            .remove(table)
            .ok_or_else(|| no_such_table(table))
    }

    /// Lists tables as [`Source::tables`](crate::Source::tables) does; `rows` counts the rows of a file where that does
    /// not take reading them.
    pub(crate) fn tables(
        &self,
        after: Option<&str>,
        limit: usize,
        go_on: GoOn<'_>,
        rows: impl Fn(&TableFile) -> Option<u64>,
    ) -> Result<Vec<TableInfo>> {
        let files = self.by_table(None)?;
        let later = files
            .into_iter()
            .filter(|(table, _)| after.is_none_or(|after| table.as_str() > after));
        let mut tables = Vec::new();
        for (name, file) in later.take(limit) {
            check_caller(go_on)?;
            tables.push(TableInfo {
                name,
                is_view: false,
                rows: rows(&file),
                comment: String::new(),
            });
        }
        Ok(tables)
    }

    /// Tries every file, and returns what was found: the place, the number of files, and those that cannot be read.
    pub(crate) fn check(
        &self,
        go_on: GoOn<'_>,
        mut probe: impl FnMut(&TableFile) -> Result<()>,
    ) -> Result<Vec<Finding>> {
        let files = self.by_table(None)?;
        let mut findings = match self.reached {
            Reached::Local(_) => Vec::new(),
            Reached::Bucket(session) => session.findings(),
        };
        findings.push(match files.len() {
            0 => Finding::warning(msg::SourceCheckEmpty),
            count => Finding::note(msg::SourceCheckFiles { count }),
        });
        let mut unreadable = 0;
        // Each file is dropped when it was tried, with what is held of it.
        for file in files.into_values() {
            check_caller(go_on)?;
            if let Err(error) = probe(&file) {
                findings.push(Finding::warning(error.message()));
                unreadable += 1;
            }
            if unreadable == MAX_NAMED {
                break;
            }
        }
        Ok(findings)
    }

    /// Returns the files by the names of their tables; in a bucket, those of one table if only that is asked for.
    fn by_table(&self, only: Option<&str>) -> Result<BTreeMap<String, TableFile>> {
        let mut files: BTreeMap<String, TableFile> = BTreeMap::new();
        for file in self.list(only)? {
            let Some(table) = self.table(&file.name).map(str::to_owned) else {
                continue;
            };
            let other = file.name.clone();
            if let Some(first) = files.insert(table.clone(), file) {
                return Err(unavailable(msg::SourceTableOfTwoFiles {
                    first: first.name,
                    other,
                    table: Quoted(&table),
                }));
            }
        }
        Ok(files)
    }

    fn list(&self, only: Option<&str>) -> Result<Vec<TableFile>> {
        let is_table = |name: &str| self.table(name).is_some();
        Ok(match self.reached {
            Reached::Local(folder) => {
                let files = local::files(folder, is_table)?.into_iter();
                files.map(TableFile::local).collect()
            }
            Reached::Bucket(session) => {
                let objects = session.objects(only, is_table)?.into_iter();
                let objects = objects.map(|(name, listed)| {
                    let object = Object::new(Arc::clone(session), listed);
                    TableFile::of_bucket((name, object))
                });
                objects.collect()
            }
        })
    }

    /// Returns the name of the table of a file; `None` if it is hidden or of another kind.
    fn table<'b>(&self, file: &'b str) -> Option<&'b str> {
        let (table, extension) = file.rsplit_once('.')?;
        let is_table = !table.is_empty()
            && !table.starts_with('.')
            && extension.eq_ignore_ascii_case(self.extension);
        is_table.then_some(table)
    }
}

#[cfg(test)]
mod tests;

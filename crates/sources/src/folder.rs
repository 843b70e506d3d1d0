//! Folders of files, each of which is a table: the files with an extension that are directly in the folder, not hidden,
//! and not links to anything outside.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chengji_domain::Result;
use chengji_messages::msg;
use chengji_messages::quoted::Quoted;

use crate::reading::{changed_while_read, check_caller, file_name, no_such_table, unavailable};
use crate::{Finding, GoOn, TableInfo};

/// Maximum number of unreadable files that a check names.
const MAX_NAMED: usize = 20;

/// A folder of tables.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// The extension of its files, in lower case.
    extension: &'static str,
}

/// A file of a table.
#[derive(Debug)]
pub(crate) struct TableFile {
    /// The name of the file.
    pub(crate) name: String,
    /// Its place, with links resolved.
    path: PathBuf,
}

/// The state of a file, which is another one after the file was written or replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileState {
    device: u64,
    inode: u64,
    bytes: u64,
    /// Seconds and nanoseconds of the last modification.
    modified: (i64, i64),
}

impl TableFile {
    /// Opens the file.
    pub(crate) fn open(&self) -> Result<File> {
        File::open(&self.path).map_err(|cause| self.unreadable(cause))
    }

    /// Returns its state.
    pub(crate) fn state(&self) -> Result<FileState> {
        let metadata = self.path.metadata();
        let metadata = metadata.map_err(|cause| self.unreadable(cause))?;
        Ok(FileState {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }

    /// Checks that the file is as it was before it was read. Errors: `SOURCE_CHANGED`.
    pub(crate) fn check_unchanged(&self, table: &str, before: FileState) -> Result<()> {
        match self.state() {
            Ok(after) if after == before => Ok(()),
            _ => Err(changed_while_read(table)),
        }
    }

    fn unreadable(&self, cause: io::Error) -> chengji_domain::Error {
        let name = self.name.as_str();
        unavailable(msg::TableSourceUnreadable { name, cause })
    }
}

impl Folder {
    pub(crate) fn new(path: PathBuf, extension: &'static str) -> Self {
        Self { path, extension }
    }

    /// Finds the file of a table.
    pub(crate) fn find(&self, table: &str) -> Result<TableFile> {
        self.files()?
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
        check_caller(go_on)?;
        let files = self.files()?;
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

    /// Tries every file, and returns what was found: their number, and those that cannot be read.
    pub(crate) fn check(
        &self,
        go_on: GoOn<'_>,
        mut probe: impl FnMut(&TableFile) -> Result<()>,
    ) -> Result<Vec<Finding>> {
        check_caller(go_on)?;
        let files = self.files()?;
        let mut findings = vec![match files.len() {
            0 => Finding::warning(msg::SourceCheckEmpty),
            count => Finding::note(msg::SourceCheckFiles { count }),
        }];
        for file in files.values() {
            check_caller(go_on)?;
            if let Err(error) = probe(file) {
                findings.push(Finding::warning(error.message()));
            }
            if findings.len() > MAX_NAMED {
                break;
            }
        }
        Ok(findings)
    }

    /// Returns the files by the names of their tables.
    fn files(&self) -> Result<BTreeMap<String, TableFile>> {
        let folder = self.path.canonicalize().map_err(|e| self.unreadable(e))?;
        let mut files = BTreeMap::new();
        for entry in folder.read_dir().map_err(|e| self.unreadable(e))? {
            let entry = entry.map_err(|e| self.unreadable(e))?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let Some(table) = self.table(&name).map(str::to_owned) else {
                continue;
            };
            let Some(path) = resolve(&entry.path(), &folder) else {
                continue;
            };
            let file = TableFile { name, path };
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

    /// Returns the name of the table of a file; `None` if it is hidden or of another kind.
    fn table<'a>(&self, file: &'a str) -> Option<&'a str> {
        let (table, extension) = file.rsplit_once('.')?;
        let is_table = !table.is_empty()
            && !table.starts_with('.')
            && extension.eq_ignore_ascii_case(self.extension);
        is_table.then_some(table)
    }

    fn unreadable(&self, cause: io::Error) -> chengji_domain::Error {
        let name = file_name(&self.path);
        unavailable(msg::TableSourceUnreadable { name, cause })
    }
}

/// Resolves the links of a path; `None` if it leads out of the folder or is not a file.
fn resolve(path: &Path, folder: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    (path.starts_with(folder) && path.is_file()).then_some(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use chengji_domain::ErrorCode;

    use super::*;

    fn names(folder: &Folder) -> Vec<String> {
        folder.files().unwrap().into_keys().collect()
    }

    #[test]
    fn tables_are_the_files_of_the_folder_itself() {
        let home = tempfile::tempdir().unwrap();
        let outside = home.path().join("outside.csv");
        let path = home.path().join("folder");
        fs::create_dir_all(path.join("inner")).unwrap();
        fs::create_dir(path.join("a folder.csv")).unwrap();
        for file in [
            "b.CSV",
            "a.b.csv",
            ".hidden.csv",
            ".csv",
            "c.txt",
            "inner/d.csv",
        ] {
            fs::write(path.join(file), "x\n").unwrap();
        }
        fs::write(&outside, "x\n").unwrap();
        std::os::unix::fs::symlink(&outside, path.join("linked.csv")).unwrap();
        std::os::unix::fs::symlink("b.CSV", path.join("again.csv")).unwrap();
        let folder = Folder::new(path, "csv");
        assert_eq!(names(&folder), ["a.b", "again", "b"]);
        let error = folder.find("linked").unwrap_err();
        assert_eq!(error.code(), ErrorCode::NotFound);
    }

    #[test]
    fn two_files_of_one_table_are_an_error() {
        let home = tempfile::tempdir().unwrap();
        for file in ["a.csv", "a.Csv"] {
            fs::write(home.path().join(file), "x\n").unwrap();
        }
        let folder = Folder::new(home.path().to_owned(), "csv");
        let error = folder.find("a").unwrap_err();
        assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    }

    #[test]
    fn a_folder_that_is_missing_is_unavailable() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().join("later"), "csv");
        let error = folder.check(&|| true, |_| Ok(())).unwrap_err();
        assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    }
}

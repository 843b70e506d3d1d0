//! A copy of a data directory, of which a process may open the store and the search index: files that are never changed
//! are linked, so that it takes no time and no space.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::measure::Outcome;

/// The ends of the names of files that are written once: those of RocksDB, and those of the search index.
const WRITTEN_ONCE: [&str; 8] = [
    "sst",
    "store",
    "term",
    "idx",
    "pos",
    "fieldnorm",
    "fast",
    "del",
];

/// Makes a copy of a folder, on the same disk.
pub(super) fn make(from: &Path, to: &Path) -> Outcome<()> {
    fs::create_dir_all(to)?;
    for file in fs::read_dir(from)? {
        let file = file?;
        let (path, copy) = (file.path(), to.join(file.file_name()));
        let end = path.extension().and_then(OsStr::to_str);
        if file.file_type()?.is_dir() {
            make(&path, &copy)?;
        } else if end.is_some_and(|end| WRITTEN_ONCE.contains(&end)) {
            fs::hard_link(&path, &copy)?;
        } else {
            fs::copy(&path, &copy)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_into_a_copy_is_not_in_the_original() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("search/1")).unwrap();
        for name in ["CURRENT", "000001.sst", "search/1/meta.json"] {
            fs::write(from.join(name), name).unwrap();
        }
        make(&from, &to).unwrap();
        for name in ["CURRENT", "search/1/meta.json"] {
            assert_eq!(fs::read_to_string(to.join(name)).unwrap(), name);
            fs::write(to.join(name), "other").unwrap();
            assert_eq!(fs::read_to_string(from.join(name)).unwrap(), name);
        }
        fs::remove_file(to.join("000001.sst")).unwrap();
        assert!(from.join("000001.sst").exists());
    }
}

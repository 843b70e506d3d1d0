//! Lists the files below the mount roots for matching. Links to files are followed if they lead to a file
//! in one of the roots, links to folders never; nothing outside is disclosed, not even its existence.
//! Hidden files are skipped. Contents are not read here.

use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};

/// Maximum number of files and folders visited.
const MAX: usize = 1_000_000;
/// Maximum depth of nested folders.
const MAX_DEPTH: usize = 32;

/// The contents of the roots.
#[derive(Debug, Default)]
pub struct Listing {
    /// The files, in order of their roots and paths.
    pub files: Vec<Listed>,
    /// Files and folders that could not be read, as a path from their root, and the reason.
    pub unreadable: Vec<(String, Message)>,
    /// Number of files and folders visited.
    pub looked_at: usize,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its path below its root, with `/` between the names.
    pub below: String,
    /// The name that identifies this file: as `below`, or its absolute path if an earlier root has the same.
    pub named: String,
}

/// Lists the files below these roots. A root inside another one is listed separately. Blocks.
pub fn list(roots: &[PathBuf]) -> Result<Listing> {
    let mut listing = Listing::default();
    // A root may be a link, and may be listed twice.
    let real: Vec<PathBuf> = roots
        .iter()
        .map(|root| fs::canonicalize(root).unwrap_or_else(|_| root.clone()))
        .collect();
    for (number, root) in roots.iter().enumerate() {
        if !real[..number].contains(&real[number]) {
            let root = MountRoot {
                root,
                earlier: &roots[..number],
                real: &real,
            };
            walk(&root, "", 0, &mut listing)?;
        }
    }
    Ok(listing)
}

struct MountRoot<'a> {
    root: &'a Path,
    earlier: &'a [PathBuf],
    real: &'a [PathBuf],
}

fn walk(root: &MountRoot<'_>, below: &str, depth: usize, listing: &mut Listing) -> Result<()> {
    if depth > MAX_DEPTH {
        let why = msg::MountFoldersTooDeep { most: MAX_DEPTH };
        listing.unreadable.push((shown(below), why.into()));
        return Ok(());
    }
    for (name, kind) in names(root, below, listing)? {
        let path = match below {
            "" => name,
            folder => format!("{folder}/{name}"),
        };
        if kind.is_dir() {
            if !root.is_another_root(&path) {
                walk(root, &path, depth + 1, listing)?;
            }
        } else if kind.is_file() || (kind.is_symlink() && root.leads_to_a_file_within(&path)) {
            let named = root.named(&path);
            listing.files.push(Listed { below: path, named });
        }
    }
    Ok(())
}

/// The contents of a folder, in order of names, without hidden ones.
fn names(
    root: &MountRoot<'_>,
    below: &str,
    listing: &mut Listing,
) -> Result<Vec<(String, FileType)>> {
    let mut names = Vec::new();
    let mut unreadable = |why: Message| listing.unreadable.push((shown(below), why));
    let found = match fs::read_dir(root.root.join(below)) {
        Ok(found) => found,
        Err(error) => {
            unreadable(msg::MountCause { cause: error }.into());
            return Ok(names);
        }
    };
    for found in found {
        listing.looked_at += 1;
        if listing.looked_at > MAX {
            return Err(too_many());
        }
        match found.and_then(|found| Ok((found.file_name(), found.file_type()?))) {
            Ok((name, kind)) => match name.into_string() {
                Ok(name) if name.starts_with('.') => {}
                Ok(name) => names.push((name, kind)),
                Err(name) => {
                    let name = name.to_string_lossy().into_owned();
                    unreadable(msg::MountNameNotUtf8 { name }.into());
                }
            },
            Err(error) => unreadable(msg::MountCause { cause: error }.into()),
        }
    }
    names.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    Ok(names)
}

fn shown(below: &str) -> String {
    if below.is_empty() { "." } else { below }.to_owned()
}

impl MountRoot<'_> {
    fn leads_to_a_file_within(&self, below: &str) -> bool {
        let Ok(found) = fs::canonicalize(self.root.join(below)) else {
            return false;
        };
        self.real.iter().any(|root| found.starts_with(root)) && found.is_file()
    }

    fn is_another_root(&self, below: &str) -> bool {
        self.real.len() > 1
            && fs::canonicalize(self.root.join(below)).is_ok_and(|path| self.real.contains(&path))
    }

    fn named(&self, below: &str) -> String {
        let taken = |root: &PathBuf| root.join(below).symlink_metadata().is_ok();
        if !self.earlier.iter().any(taken) {
            return below.to_owned();
        }
        let absolute = std::path::absolute(self.root.join(below));
        absolute.map_or_else(
            |_| below.to_owned(),
            |path| path.to_string_lossy().into_owned(),
        )
    }
}

fn too_many() -> Error {
    Error::new(
        ErrorCode::LimitExceeded,
        msg::MountTooManyFiles { most: MAX },
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn below(listing: &Listing) -> Vec<&str> {
        listing.files.iter().map(|f| f.below.as_str()).collect()
    }

    #[test]
    fn files_below_the_roots_are_listed_and_nothing_outside_them() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        fs::create_dir_all(one.join("a/b")).unwrap();
        fs::create_dir_all(&two).unwrap();
        for file in ["one/x.csv", "one/a/b/y.csv", "two/x.csv", "secret.csv"] {
            fs::write(folder.path().join(file), "1").unwrap();
        }
        fs::write(one.join(".hidden"), "1").unwrap();
        symlink(two.join("x.csv"), one.join("within.csv")).unwrap();
        symlink(folder.path().join("secret.csv"), one.join("outside.csv")).unwrap();
        symlink(folder.path(), one.join("up")).unwrap();
        symlink("nowhere", one.join("broken")).unwrap();
        let listing = list(&[one, two.clone()]).unwrap();
        assert_eq!(
            below(&listing),
            ["a/b/y.csv", "within.csv", "x.csv", "x.csv"]
        );
        assert_eq!(listing.files[2].named, "x.csv");
        assert_eq!(listing.files[3].named, two.join("x.csv").to_str().unwrap());
        assert!(listing.unreadable.is_empty(), "{:?}", listing.unreadable);
    }

    #[test]
    fn a_file_is_listed_once_though_roots_lie_in_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let (outer, inner) = (folder.path().to_owned(), folder.path().join("inner"));
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("x.csv"), "1").unwrap();
        fs::write(outer.join("y.csv"), "1").unwrap();
        let listing = list(&[outer.clone(), inner.clone(), outer]).unwrap();
        assert_eq!(below(&listing), ["y.csv", "x.csv"]);
        assert_eq!(listing.files[1].named, "x.csv");
    }

    #[test]
    fn what_cannot_be_listed_is_told_and_the_rest_goes_on() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x.csv"), "1").unwrap();
        fs::write(folder.path().join(OsStr::from_bytes(b"\xff.csv")), "1").unwrap();
        let deep = "d/".repeat(MAX_DEPTH + 1);
        fs::create_dir_all(folder.path().join(&deep)).unwrap();
        let roots = [folder.path().to_owned(), folder.path().join("gone")];
        let listing = list(&roots).unwrap();
        assert_eq!(below(&listing), ["x.csv"]);
        let reported: Vec<&str> = listing.unreadable.iter().map(|(p, _)| p.as_str()).collect();
        assert_eq!(reported.len(), 3, "{reported:?}");
    }
}

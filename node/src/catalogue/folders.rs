//! The files below the mount roots, listed for matching. Links to files are followed where they lead
//! to a file in one of the roots, links to folders never; of what lies outside nothing is told, not
//! even that it is there. Hidden files are passed over. Contents are not looked at here.

use std::fs;
use std::path::{Path, PathBuf};

use chengji_domain::{Error, ErrorCode, Result};

/// Files and folders looked at, at most.
const MOST: usize = 1_000_000;
/// How deep folders may lie in each other.
const DEEPEST: usize = 32;

/// What lies below the roots.
#[derive(Debug, Default)]
pub struct Listing {
    /// The files, in order of their roots and paths.
    pub files: Vec<Listed>,
    /// What could not be looked at, named from its root, and why.
    pub unreadable: Vec<(String, String)>,
    /// How many files and folders were looked at.
    pub looked_at: usize,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its path below its root, with `/` between the names.
    pub below: String,
    /// How to name it so that it is this one that is found: as `below` says, or, where an earlier
    /// root has the same, by its absolute path.
    pub named: String,
}

/// Lists the files below these roots. Blocks.
pub fn list(roots: &[PathBuf]) -> Result<Listing> {
    let mut listing = Listing::default();
    // A root may be a link, and roots may lie in each other.
    let real: Vec<PathBuf> = roots
        .iter()
        .filter_map(|root| fs::canonicalize(root).ok())
        .collect();
    for (number, root) in roots.iter().enumerate() {
        let place = Place {
            root,
            earlier: &roots[..number],
            real: &real,
        };
        walk(&place, "", 0, &mut listing)?;
    }
    Ok(listing)
}

struct Place<'a> {
    root: &'a Path,
    earlier: &'a [PathBuf],
    real: &'a [PathBuf],
}

fn walk(place: &Place<'_>, below: &str, depth: usize, listing: &mut Listing) -> Result<()> {
    let shown = || if below.is_empty() { "." } else { below }.to_owned();
    if depth > DEEPEST {
        let why = format!("folders lie more than {DEEPEST} deep in each other");
        listing.unreadable.push((shown(), why));
        return Ok(());
    }
    let mut names = Vec::new();
    match fs::read_dir(place.root.join(below)) {
        Ok(found) => {
            for found in found {
                match found {
                    Ok(found) => names.push((found.file_name(), found.file_type().ok())),
                    Err(error) => listing.unreadable.push((shown(), error.to_string())),
                }
                listing.looked_at += 1;
                if listing.looked_at > MOST {
                    return Err(too_many());
                }
            }
        }
        Err(error) => listing.unreadable.push((shown(), error.to_string())),
    }
    names.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    for (name, kind) in names {
        let Some(name) = name.to_str() else {
            let shown = format!("{below}/{}", name.to_string_lossy());
            let shown = shown.trim_start_matches('/').to_owned();
            let why = "the name is not UTF-8 text; rename it".to_owned();
            listing.unreadable.push((shown, why));
            continue;
        };
        let Some(kind) = kind.filter(|_| !name.starts_with('.')) else {
            continue;
        };
        let path = match below {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        };
        if kind.is_dir() {
            walk(place, &path, depth + 1, listing)?;
        } else if kind.is_file() || (kind.is_symlink() && place.leads_to_a_file_within(&path)) {
            let named = place.named(&path);
            listing.files.push(Listed { below: path, named });
        }
    }
    Ok(())
}

impl Place<'_> {
    fn leads_to_a_file_within(&self, below: &str) -> bool {
        let Ok(found) = fs::canonicalize(self.root.join(below)) else {
            return false;
        };
        self.real.iter().any(|root| found.starts_with(root)) && found.is_file()
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
    let message = format!("there are more than {MOST} files and folders in the mount roots");
    Error::new(ErrorCode::LimitExceeded, message)
        .with_remedy("name narrower mount roots, or pair files and codes in a sheet (--from)")
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
    fn what_cannot_be_listed_is_told_and_the_rest_goes_on() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x.csv"), "1").unwrap();
        fs::write(folder.path().join(OsStr::from_bytes(b"\xff.csv")), "1").unwrap();
        let deep = "d/".repeat(DEEPEST + 1);
        fs::create_dir_all(folder.path().join(&deep)).unwrap();
        let roots = [folder.path().to_owned(), folder.path().join("gone")];
        let listing = list(&roots).unwrap();
        assert_eq!(below(&listing), ["x.csv"]);
        let told: Vec<&str> = listing.unreadable.iter().map(|(p, _)| p.as_str()).collect();
        assert_eq!(told.len(), 3, "{told:?}");
    }
}

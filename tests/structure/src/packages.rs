//! The packages of the workspace and their dependencies.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item};
use walkdir::WalkDir;

use crate::source::{Crate, SourceError};

/// A member of the workspace.
#[derive(Debug)]
pub struct Package {
    /// Its name, such as `chengji-store`.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Names under `[dependencies]`.
    pub dependencies: BTreeSet<String>,
    /// Names under `[dev-dependencies]`.
    pub for_tests: BTreeSet<String>,
    /// Names under `[build-dependencies]`.
    pub for_build: BTreeSet<String>,
}

impl Package {
    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }

    /// All Rust sources, tests included, without those of packages inside its folder.
    #[must_use]
    pub fn sources(&self) -> Vec<PathBuf> {
        let is_own = |folder: &Path| folder == self.folder || !folder.join("Cargo.toml").exists();
        let mut sources: Vec<PathBuf> = WalkDir::new(&self.folder)
            .into_iter()
            .filter_entry(|entry| !entry.file_type().is_dir() || is_own(entry.path()))
            .filter_map(Result::ok)
            .map(walkdir::DirEntry::into_path)
            .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
            .collect();
        sources.sort();
        sources
    }

    /// Its crates outside tests: the library and the programs.
    ///
    /// # Errors
    ///
    /// [`SourceError`] if a source cannot be read.
    pub fn crates(&self) -> Result<Vec<Crate>, SourceError> {
        let programs = self.folder.join("src/bin");
        (self.sources().iter())
            .filter(|path| {
                path.parent() == Some(&programs)
                    || ["src/lib.rs", "src/main.rs"]
                        .iter()
                        .any(|root| **path == self.folder.join(root))
            })
            .map(|root| Crate::read(root))
            .collect()
    }
}

/// The packages of the workspace in that folder.
///
/// # Errors
///
/// [`SourceError`] if a manifest cannot be read.
pub fn packages(workspace: &Path) -> Result<Vec<Package>, SourceError> {
    let root = manifest(&workspace.join("Cargo.toml"))?;
    let members = root.get("workspace").and_then(|table| table.get("members"));
    (members.and_then(Item::as_array).into_iter().flatten())
        .filter_map(|member| member.as_str())
        .map(|member| package(&workspace.join(member)))
        .collect()
}

/// Names in `[workspace.dependencies]`.
///
/// # Errors
///
/// [`SourceError`] if the manifest cannot be read.
pub(crate) fn of_workspace(workspace: &Path) -> Result<BTreeSet<String>, SourceError> {
    let root = manifest(&workspace.join("Cargo.toml"))?;
    let table = root
        .get("workspace")
        .and_then(|table| table.get("dependencies"));
    Ok(names(table))
}

fn package(folder: &Path) -> Result<Package, SourceError> {
    let file = folder.join("Cargo.toml");
    let read = manifest(&file)?;
    let name = read
        .get("package")
        .and_then(|table| table.get("name"))
        .and_then(Item::as_str)
        .ok_or_else(|| SourceError::Manifest {
            file,
            problem: "no package name".to_owned(),
        })?;
    Ok(Package {
        name: name.to_owned(),
        folder: folder.to_owned(),
        dependencies: names(read.get("dependencies")),
        for_tests: names(read.get("dev-dependencies")),
        for_build: names(read.get("build-dependencies")),
    })
}

fn manifest(file: &Path) -> Result<DocumentMut, SourceError> {
    let text = std::fs::read_to_string(file).map_err(|error| SourceError::Read {
        file: file.to_owned(),
        error,
    })?;
    text.parse()
        .map_err(|error: toml_edit::TomlError| SourceError::Manifest {
            file: file.to_owned(),
            problem: error.to_string(),
        })
}

fn names(table: Option<&Item>) -> BTreeSet<String> {
    (table.and_then(Item::as_table_like).into_iter())
        .flat_map(|table| table.iter())
        .map(|(name, _)| name.to_owned())
        .collect()
}

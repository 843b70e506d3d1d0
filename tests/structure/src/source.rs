//! The parsed modules of a crate, as its sources declare them.

use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Item};

/// The reason why sources could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file cannot be read.
    #[error("{}: {error}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The cause.
        error: std::io::Error,
    },
    /// A file is not valid Rust.
    #[error("{}:{}: {error}", file.display(), error.span().start().line)]
    Parse {
        /// The file.
        file: PathBuf,
        /// The cause, with its line.
        error: syn::Error,
    },
    /// A manifest is not valid.
    #[error("{}: {problem}", file.display())]
    Manifest {
        /// The file.
        file: PathBuf,
        /// The problem.
        problem: String,
    },
}

/// A module outside tests, with the items outside tests.
pub struct Module {
    /// Names from the root of the crate; empty for the root itself.
    pub path: Vec<String>,
    /// The file of its items.
    pub file: PathBuf,
    /// Its items, submodules left out.
    pub items: Vec<Item>,
}

impl Module {
    /// The name for people, such as `catalogue::mover`.
    #[must_use]
    pub fn name(&self) -> String {
        match self.path.as_slice() {
            [] => "crate".to_owned(),
            path => path.join("::"),
        }
    }

    /// Returns true if one of the two is inside the other.
    #[must_use]
    pub fn is_related_to(&self, other: &Self) -> bool {
        self.path.starts_with(&other.path) || other.path.starts_with(&self.path)
    }
}

/// All modules of a crate that are compiled outside tests.
pub struct Crate {
    /// The root first, each module before its submodules.
    pub modules: Vec<Module>,
}

impl Crate {
    /// Reads the crate whose root is that file, such as `src/lib.rs`.
    ///
    /// # Errors
    ///
    /// [`SourceError`] if a file is missing or not valid.
    pub fn read(root: &Path) -> Result<Self, SourceError> {
        let mut modules = Vec::new();
        let inside = root.parent().unwrap_or(Path::new("")).to_owned();
        let items = parse(root)?.items;
        add(Vec::new(), root, &inside, items, &mut modules)?;
        Ok(Self { modules })
    }
}

/// Parses one file.
///
/// # Errors
///
/// [`SourceError`] if it cannot be read or is not valid.
pub(crate) fn parse(file: &Path) -> Result<syn::File, SourceError> {
    let text = std::fs::read_to_string(file).map_err(|error| SourceError::Read {
        file: file.to_owned(),
        error,
    })?;
    syn::parse_file(&text).map_err(|error| SourceError::Parse {
        file: file.to_owned(),
        error,
    })
}

/// Adds a module and those inside it; the files of the latter are in the folder `inside`.
fn add(
    path: Vec<String>,
    file: &Path,
    inside: &Path,
    items: Vec<Item>,
    modules: &mut Vec<Module>,
) -> Result<(), SourceError> {
    let at = modules.len();
    modules.push(Module {
        path: path.clone(),
        file: file.to_owned(),
        items: Vec::new(),
    });
    let mut own = Vec::new();
    for item in items {
        if is_test(attributes(&item)) {
            continue;
        }
        let Item::Mod(child) = item else {
            own.push(item);
            continue;
        };
        let name = child.ident.to_string();
        let mut of_child = path.clone();
        of_child.push(name.clone());
        let folder = inside.join(&name);
        match child.content {
            Some((_, items)) => add(of_child, file, &folder, items, modules)?,
            None => {
                let file = inside.join(format!("{name}.rs"));
                let items = parse(&file)?.items;
                add(of_child, &file, &folder, items, modules)?;
            }
        }
    }
    if let Some(module) = modules.get_mut(at) {
        module.items = own;
    }
    Ok(())
}

/// Returns true if the attributes restrict an item to tests.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && attribute
                    .meta
                    .require_list()
                    .is_ok_and(|list| requires_test(list.tokens.clone())))
    })
}

/// `test`, or `all(…)` and `any(…)` with it; not `not(test)`.
fn requires_test(condition: TokenStream) -> bool {
    let mut negated = false;
    for token in condition {
        match token {
            TokenTree::Ident(ident) if ident == "test" => return true,
            TokenTree::Ident(ident) => negated = ident == "not",
            TokenTree::Group(group) if !negated && requires_test(group.stream()) => return true,
            TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    false
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_tests_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("lib.rs");
        std::fs::write(
            &root,
            "mod a;\n#[cfg(test)]\nmod b;\n#[cfg(not(test))]\nfn c() {}\n\
             #[cfg(all(test, unix))]\nfn d() {}",
        )
        .unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a.rs"), "mod inner;").unwrap();
        std::fs::write(folder.path().join("a/inner.rs"), "").unwrap();

        let read = Crate::read(&root).unwrap();

        let names: Vec<String> = read.modules.iter().map(Module::name).collect();
        assert_eq!(names, ["crate", "a", "a::inner"]);
        assert_eq!(read.modules.first().unwrap().items.len(), 1);
    }
}

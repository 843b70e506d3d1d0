//! Checks dependencies between packages: as drawn in the architecture, and none unused.

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

use crate::finding::Finding;
use crate::packages::{Package, of_workspace};
use crate::picture::Picture;
use crate::source::{SourceError, parse};

/// Dependencies named only in generated code, which is not scanned: the package and the dependency.
const GENERATED: &[(&str, &str)] = &[("chengji-proto", "tonic-prost")];

/// Dependencies on packages of the workspace that the picture of the architecture does not allow.
#[must_use]
pub fn undeclared_order(package: &Package, picture: &Picture) -> Vec<Finding> {
    let short = |name: &str| name.strip_prefix("chengji-").map(str::to_owned);
    let Some(own) = short(&package.name) else {
        return Vec::new();
    };
    (package.dependencies.iter())
        .filter_map(|name| short(name))
        .filter(|used| !picture.allows(&own, used))
        .map(|used| {
            Finding::new(
                &package.manifest(),
                1,
                format!("{own} depends on {used} against the picture in ARCHITECTURE.md"),
                "move what is needed to the left, or draw the arrow with a reason",
            )
        })
        .collect()
}

/// Dependencies that no source of their package names, and those of the workspace that no package has.
///
/// # Errors
///
/// [`SourceError`] if a source or a manifest cannot be read.
pub fn unused(workspace: &Path, packages: &[Package]) -> Result<Vec<Finding>, SourceError> {
    let mut found = Vec::new();
    let mut declared = BTreeSet::new();
    for package in packages {
        let (program, all, build) = named(package)?;
        for (dependencies, named, what) in [
            (&package.dependencies, &program, "dependency"),
            (&package.for_tests, &all, "dependency of tests"),
            (&package.for_build, &build, "dependency of the build script"),
        ] {
            for name in dependencies {
                declared.insert(name.clone());
                if !named.contains(&name.replace('-', "_"))
                    && !GENERATED.contains(&(package.name.as_str(), name.as_str()))
                {
                    found.push(Finding::new(
                        &package.manifest(),
                        1,
                        format!("{what} {name} is not used"),
                        "remove it, or move it to the section whose sources use it",
                    ));
                }
            }
        }
    }
    for name in of_workspace(workspace)?.difference(&declared) {
        found.push(Finding::new(
            &workspace.join("Cargo.toml"),
            1,
            format!("no package depends on {name}"),
            "remove it from the workspace's dependencies",
        ));
    }
    Ok(found)
}

/// Names in the package's sources: outside tests, anywhere, in the build script.
type Named = (BTreeSet<String>, BTreeSet<String>, BTreeSet<String>);

fn named(package: &Package) -> Result<Named, SourceError> {
    let (mut program, mut all, mut build) = Named::default();
    for read in package.crates()? {
        for module in &read.modules {
            for item in &module.items {
                names(item.to_token_stream(), &mut program);
            }
        }
    }
    let script = package.folder.join("build.rs");
    for source in package.sources() {
        let into = if source == script {
            &mut build
        } else {
            &mut all
        };
        names(parse(&source)?.to_token_stream(), into);
    }
    Ok((program, all, build))
}

fn names(tokens: TokenStream, into: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                into.insert(name.to_string());
            }
            TokenTree::Group(group) => names(group.stream(), into),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(manifest: &str, source: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(
            at("Cargo.toml"),
            "[workspace]\nmembers = [\"a\"]\n[workspace.dependencies]\nserde = \"1\"\nhex = \"1\"",
        )
        .unwrap();
        std::fs::create_dir_all(at("a/src")).unwrap();
        std::fs::write(at("a/Cargo.toml"), manifest).unwrap();
        std::fs::write(at("a/src/lib.rs"), source).unwrap();
        let packages = crate::packages(folder.path()).unwrap();
        let found = unused(folder.path(), &packages).unwrap();
        found.iter().map(Finding::to_string).collect()
    }

    #[test]
    fn what_only_tests_use_is_no_dependency_of_the_program() {
        let found = workspace(
            "[package]\nname = \"a\"\n[dependencies]\nserde = \"1\"\nhex = \"1\"",
            "use serde::Serialize; #[cfg(test)] mod tests { use hex::encode; }",
        );
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(
            found
                .first()
                .unwrap()
                .contains("dependency hex is not used")
        );
    }

    #[test]
    fn a_dependency_of_the_workspace_is_one_of_a_package() {
        let found = workspace(
            "[package]\nname = \"a\"\n[dev-dependencies]\nserde = \"1\"",
            "#[cfg(test)] mod tests { use serde::Serialize; }",
        );
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found.first().unwrap().contains("no package depends on hex"));
    }
}

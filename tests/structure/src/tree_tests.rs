//! The checks on this source tree.

use std::path::{Path, PathBuf};

use super::*;

/// Uses that close a circle between modules; only ever fewer.
const MAX_CIRCLES: usize = 0;
/// Files and functions past their limit; only ever fewer.
const MAX_OVERSIZED: usize = 6;
/// Calls of `unwrap_or_default` on fields of messages, outside codecs; only ever fewer.
const MAX_DEFAULTS: usize = 13;
/// Fields of messages parsed outside codecs; only ever fewer.
const MAX_PARSES: usize = 39;

/// Packages that keep records.
const KEEPERS: &[&str] = &[
    "chengji-access",
    "chengji-audit",
    "chengji-coordinator",
    "chengji-follow",
    "chengji-node",
    "chengji-pki",
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Fails with all findings, one a line, files as they are named from the root.
fn assert_at_most(most: usize, found: &[Finding]) {
    let root = format!("{}/", workspace().display());
    let lines: Vec<String> = found
        .iter()
        .map(|f| f.to_string().replace(&root, ""))
        .collect();
    assert!(
        found.len() <= most,
        "{} places, {most} at most:\n{}",
        found.len(),
        lines.join("\n")
    );
}

#[test]
fn no_circle_is_between_modules() {
    let mut found = Vec::new();
    for package in packages(&workspace()).unwrap() {
        for read in package.crates().unwrap() {
            found.extend(circles(&read));
        }
    }
    assert_at_most(MAX_CIRCLES, &found);
}

#[test]
fn no_file_and_no_function_is_oversized() {
    let mut found = Vec::new();
    for package in packages(&workspace()).unwrap() {
        for source in package.sources() {
            found.extend(long_files(&source).unwrap());
            found.extend(long_functions(&source).unwrap());
        }
    }
    assert_at_most(MAX_OVERSIZED, &found);
}

#[test]
fn records_are_read_by_their_codecs_alone() {
    let mut found = Lenient::default();
    for package in packages(&workspace()).unwrap() {
        if !KEEPERS.contains(&package.name.as_str()) {
            continue;
        }
        for read in package.crates().unwrap() {
            let of_servers = |module: &&Module| {
                let first = module.path.first().map(String::as_str);
                !matches!(first, Some("cli" | "config" | "setup"))
            };
            for module in read.modules.iter().filter(of_servers) {
                lenient(module, &mut found);
            }
        }
    }
    assert_at_most(MAX_DEFAULTS, &found.defaults);
    assert_at_most(MAX_PARSES, &found.parses);
}

#[test]
fn packages_depend_on_each_other_as_the_architecture_draws() {
    let architecture = std::fs::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap();
    let picture = Picture::read(&architecture);
    assert_eq!(picture.circle(), None);
    let mut found = Vec::new();
    for package in packages(&workspace()).unwrap() {
        found.extend(undeclared_order(&package, &picture));
    }
    assert_at_most(0, &found);
}

#[test]
fn every_dependency_is_used() {
    let found = unused(&workspace(), &packages(&workspace()).unwrap()).unwrap();
    assert_at_most(0, &found);
}

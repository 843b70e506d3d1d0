//! The claims of SECURITY.md are covered by tests: each test that it names exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Minimum number of underscores in a name in backquotes that is a test's; settings and fields have fewer.
const FEWEST_UNDERSCORES: usize = 3;

/// The tests that a document names in backquotes.
fn named_in(document: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let quoted = document.split('`').skip(1).step_by(2);
    quoted
        .filter(|name| name.chars().all(is_part))
        .filter(|name| name.matches('_').count() >= FEWEST_UNDERSCORES)
        .collect()
}

/// Adds the names of all tests in the sources below a folder.
fn tests_below(folder: &Path, tests: &mut BTreeSet<String>) {
    for found in fs::read_dir(folder).unwrap() {
        let path = found.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            tests_below(&path, tests);
        } else if name.ends_with(".rs") {
            tests_in(&fs::read_to_string(&path).unwrap(), tests);
        }
    }
}

/// Adds the names of the functions below an attribute `test`.
fn tests_in(source: &str, tests: &mut BTreeSet<String>) {
    let mut is_test = false;
    for line in source.lines().map(str::trim_start) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            let signature = line.strip_prefix("async ").unwrap_or(line);
            if let (true, Some(rest)) = (is_test, signature.strip_prefix("fn ")) {
                let name = rest.split(['(', '<']).next().unwrap_or_default();
                tests.insert(name.to_owned());
            }
            is_test = false;
        }
    }
}

#[test]
fn every_test_that_the_security_document_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let document = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let named = named_in(&document);
    assert!(named.len() > 20, "it names tests: {named:?}");
    let mut tests = BTreeSet::new();
    tests_below(root, &mut tests);
    let missing: Vec<_> = named
        .iter()
        .filter(|name| !tests.contains(**name))
        .collect();
    assert!(missing.is_empty(), "there are no such tests: {missing:?}");
}

#[test]
fn a_test_that_is_none_is_noticed() {
    let document = "so (`a_claim_with_its_test`, `grace_hours`, `Server::move_clock`, `x_y_z_w`)";
    assert_eq!(
        named_in(document),
        BTreeSet::from(["a_claim_with_its_test", "x_y_z_w"])
    );
    let source = "fn x_y_z_w() {}\n#[tokio::test]\n#[ignore]\nasync fn a_claim_with_its_test() {";
    let mut tests = BTreeSet::new();
    tests_in(source, &mut tests);
    assert_eq!(tests, BTreeSet::from(["a_claim_with_its_test".to_owned()]));
}

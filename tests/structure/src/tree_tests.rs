//! The checks on this source tree.

use std::path::{Path, PathBuf};

use super::*;

/// Maximum number of uses that close a circle between modules; may only decrease.
const MAX_CIRCLES: usize = 0;
/// Maximum number of files and functions past their limit; may only decrease.
const MAX_OVERSIZED: usize = 0;
/// Maximum number of calls of `unwrap_or_default` on fields of messages, outside codecs; may only decrease.
const MAX_DEFAULTS: usize = 0;
/// Maximum number of fields of messages parsed outside codecs; may only decrease.
const MAX_PARSES: usize = 0;

/// Maximum number of assertions on wording; may only decrease.
const MAX_WORDING: usize = 0;
/// Maximum number of literals in two languages; may only decrease.
const MAX_TWO_LANGUAGES: usize = 0;

/// Packages with the data of tests, which is in both languages.
const FIXTURES: &[&str] = &["chengji-bench", "chengji-testkit", "chengji-tests"];

/// Packages that show or test others' records.
const READERS: &[&str] = &["chengji-bench", "chengji-client", "chengji-tests"];

/// Modules that parse user input.
const PARSERS: &[&str] = &["cli", "config", "setup"];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Fails with all findings, one a line, with paths relative to the root.
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

/// Prefixes of logs and of the store's own records: bytes that only their own modules read.
const OF_LOGS: &[&str] = &[
    "LogBody",
    "LogEnvelope",
    "LogHead",
    "LogLeaf",
    "LogNode",
    "MigrationNote",
    "MirrorBody",
    "MirrorEnvelope",
    "MirrorLeaf",
    "MirrorNode",
    "OwnEpoch",
    "Owner",
    "Recount",
    "StorageVersion",
    "Unbuilt",
];

#[test]
fn every_prefix_is_that_of_a_declared_table_or_of_a_log() {
    let keys = workspace().join("crates/store/src/keys.rs");
    let all = all_prefixes(&std::fs::read_to_string(keys).unwrap());
    let mut prefixes = Prefixes::default();
    for package in packages(&workspace()).unwrap() {
        let keeps_records = package.dependencies.contains("chengji-store");
        if !keeps_records || READERS.contains(&package.name.as_str()) {
            continue;
        }
        for read in package.crates().unwrap() {
            read.modules.iter().for_each(|module| prefixes.add(module));
        }
    }
    let of_logs = OF_LOGS.iter().map(|name| (*name).to_owned());
    let known = prefixes.declared.iter().cloned().chain(of_logs);
    assert_eq!(known.collect::<std::collections::BTreeSet<_>>(), all);
    let used = prefixes.used.into_iter();
    let used = used.filter(|(name, _)| !OF_LOGS.contains(&name.as_str()));
    let found: Vec<Finding> = used.map(|(_, finding)| finding).collect();
    assert_at_most(0, &found);
}

#[test]
fn every_table_with_indexes_or_tallies_is_listed_as_such_by_its_package() {
    for package in packages(&workspace()).unwrap() {
        if !package.dependencies.contains("chengji-store") {
            continue;
        }
        let mut indexed = Indexed::default();
        for read in package.crates().unwrap() {
            read.modules.iter().for_each(|module| indexed.add(module));
        }
        let Indexed {
            mut declared,
            mut listed,
        } = indexed;
        declared.sort();
        listed.sort();
        assert_eq!(declared, listed, "{}", package.name);
    }
}

/// Calls on fields of messages in packages that keep records.
fn lenient_calls() -> Lenient {
    let mut found = Lenient::default();
    for package in packages(&workspace()).unwrap() {
        let keeps_records = package.dependencies.contains("chengji-store");
        if !keeps_records || READERS.contains(&package.name.as_str()) {
            continue;
        }
        for read in package.crates().unwrap() {
            let parses = |name: &String| PARSERS.contains(&name.as_str());
            let of_servers = |module: &&Module| !module.path.iter().any(parses);
            for module in read.modules.iter().filter(of_servers) {
                lenient(module, &mut found);
            }
        }
    }
    found
}

#[test]
fn a_missing_field_of_a_record_does_not_become_an_empty_one() {
    assert_at_most(MAX_DEFAULTS, &lenient_calls().defaults);
}

#[test]
fn records_are_parsed_by_their_codecs_alone() {
    assert_at_most(MAX_PARSES, &lenient_calls().parses);
}

/// Measures calls by tonic alone, without the gate.
const BARE: &str = "chengji-bench";

/// Serves a protocol that is not of the contract: each of its calls asks for the permit itself (`crates/flight/src/server.rs`).
const FLIGHT: &str = "chengji-flight";

#[test]
fn no_service_is_called_but_by_the_adapter_that_asks_for_a_permit() {
    let mut found = Vec::new();
    for package in packages(&workspace()).unwrap() {
        if [BARE, FLIGHT].contains(&package.name.as_str()) {
            continue;
        }
        for read in package.crates().unwrap() {
            found.extend(read.modules.iter().flat_map(server_traits));
        }
    }
    assert_at_most(0, &found);
}

#[test]
fn tests_assert_codes_and_parameters_and_no_wording() {
    let mut found = Vec::new();
    let all = packages(&workspace()).unwrap();
    // The findings of this package are for its developers.
    let own = |package: &&Package| package.name != env!("CARGO_PKG_NAME");
    for source in all.iter().filter(own).flat_map(Package::sources) {
        found.extend(wording(&source).unwrap());
    }
    assert_at_most(MAX_WORDING, &found);
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

/// Modules that use the search index, which is derived from the catalogue and may lag behind it.
const SEARCHING: &[&str] = &["directory::searching", "facets", "indexing"];

#[test]
fn figures_do_not_come_from_the_search_index() {
    let mut using = Vec::new();
    for package in packages(&workspace()).unwrap() {
        let uses_it = package.dependencies.contains("chengji-search");
        if !uses_it || FIXTURES.contains(&package.name.as_str()) {
            continue;
        }
        for read in package.crates().unwrap() {
            let modules = read.modules.iter().filter(|module| {
                let text = std::fs::read_to_string(&module.file).unwrap();
                text.contains("chengji_search::")
            });
            using.extend(modules.map(Module::name));
        }
    }
    using.sort();
    using.dedup();
    assert_eq!(using, SEARCHING);
}

#[test]
fn every_dependency_is_used() {
    let found = unused(&workspace(), &packages(&workspace()).unwrap()).unwrap();
    assert_at_most(0, &found);
}

#[test]
fn programs_that_only_show_scopes_have_no_arrow() {
    let manifest = |path: &str| -> toml_edit::DocumentMut {
        let text = std::fs::read_to_string(workspace().join(path)).unwrap();
        text.parse().unwrap()
    };
    let root = manifest("Cargo.toml");
    let client = manifest("crates/client/Cargo.toml");
    for name in ["chengji-interchange", "chengji-scope"] {
        let declared = &root["workspace"]["dependencies"][name];
        assert_eq!(declared["default-features"].as_bool(), Some(false));
        let used = client["dependencies"][name].as_table_like().unwrap();
        assert!(!used.contains_key("features"), "{name}");
    }
    for package in packages(&workspace()).unwrap() {
        if ["chengji-client", "chengji-coordinator"].contains(&package.name.as_str()) {
            let mut used = package.dependencies.iter();
            assert!(used.all(|name| !name.starts_with("arrow-") && name != "parquet"));
        }
    }
}

#[test]
fn released_programs_carry_no_debug_information() {
    let manifest = std::fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let manifest: toml_edit::DocumentMut = manifest.parse().unwrap();
    let release = &manifest["profile"]["release"];
    assert_eq!(release["debug"].as_bool(), Some(false));
    // Debug information of libraries is stripped, too.
    assert_eq!(release["strip"].as_str(), Some("debuginfo"));
}

/// The text for people in the sources, outside tests and their data.
fn all_prose() -> Prose {
    let mut found = Prose::default();
    let packages = packages(&workspace()).unwrap().into_iter();
    for package in packages.filter(|package| !FIXTURES.contains(&package.name.as_str())) {
        for read in package.crates().unwrap() {
            for module in &read.modules {
                prose(module, &mut found);
            }
        }
    }
    found
}

#[test]
fn no_text_is_in_two_languages() {
    assert_at_most(MAX_TWO_LANGUAGES, &all_prose().two_languages);
}

#[test]
fn every_message_is_used() {
    let catalogue = workspace().join("crates/messages/catalogue/en");
    let found = unused_messages(&catalogue, &all_prose().names).unwrap();
    assert_at_most(0, &found);
}

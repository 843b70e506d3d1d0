//! Which files of the mount roots go with which entries, by a pattern. A file goes with one entry and
//! an entry with one file, or neither is mounted and all of them are told. A department's publisher
//! is told of the files of its own entries only.

use std::collections::{BTreeMap, HashMap};

use chengji_domain::access::Rights;
use chengji_domain::{Error, ErrorCode, ResourceCode};
use chengji_proto::v1;

use super::folders::{Listed, Listing};
use super::pattern::{Pattern, Said};

/// The entries there are, by what a file name may say of them.
#[derive(Debug, Default)]
pub struct Entries {
    /// Whether the entry is one the caller may mount to.
    codes: HashMap<String, bool>,
    names: HashMap<String, Vec<String>>,
}

/// What matching came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// Files that go with one entry each: code and path.
    pub pairs: Vec<(String, String)>,
    /// Files that fit the pattern and go with no entry.
    pub unmatched: Vec<String>,
    /// Codes, files, and why they do not go together.
    pub problems: Vec<(String, String, Error)>,
    /// Files that do not fit the pattern.
    pub passed_over: u64,
}

impl Entries {
    /// Adds an entry. Withdrawn ones are known by their code, so that it can be told.
    pub fn add(&mut self, record: &v1::CatalogueRecord, rights: &Rights) {
        let Some(entry) = &record.entry else { return };
        let provider = entry.provider_code.parse();
        let own = provider.is_ok_and(|provider| rights.cover(provider));
        self.codes.insert(entry.code.clone(), own);
        if record.withdrawn_at.is_none() {
            let codes = self.names.entry(folded(&entry.name)).or_default();
            codes.push(entry.code.clone());
        }
    }

    /// The codes of the entries that a path goes with.
    fn of(&self, said: &[Said]) -> Vec<String> {
        let mut codes: Vec<String> = Vec::new();
        let mut longest = 0;
        for said in said {
            match said {
                Said::Code(digits) => {
                    let code = digits.parse::<ResourceCode>();
                    codes.extend(
                        code.ok()
                            .map(|code| code.as_str().to_owned())
                            .filter(|code| self.codes.contains_key(code)),
                    );
                }
                // Where a name may end anywhere, the longest that there is, is meant.
                Said::Name(name) => {
                    let name = folded(name);
                    let length = name.chars().count();
                    if let Some(found) = self.names.get(&name)
                        && length >= longest
                    {
                        longest = length;
                        codes.clone_from(found);
                    }
                }
            }
        }
        codes.sort_unstable();
        codes.dedup();
        codes
    }
}

/// Puts files and entries together, for a caller who is or is not of a single department.
pub fn matched(
    pattern: &Pattern,
    entries: &Entries,
    listing: &Listing,
    of_department: bool,
) -> Matched {
    let mut matched = Matched::default();
    let mut files: BTreeMap<String, Vec<&Listed>> = BTreeMap::new();
    for file in &listing.files {
        match goes_with(pattern, entries, file) {
            GoesWith::Entry(code) => files.entry(code).or_default().push(file),
            GoesWith::No if !of_department => matched.unmatched.push(file.named.clone()),
            GoesWith::Nothing | GoesWith::No => matched.passed_over += 1,
            GoesWith::Others => {}
            GoesWith::Problem(error) => matched.problem("", &file.named, error),
        }
    }
    for (code, files) in files {
        match files.as_slice() {
            [file] => matched.pairs.push((code, file.named.clone())),
            several => {
                for file in several {
                    matched.problem(&code, &file.named, several_fit(several));
                }
            }
        }
    }
    for (path, why) in listing.unreadable.iter().filter(|_| !of_department) {
        matched.problem("", path, unreadable(path, why));
    }
    matched
}

/// What a file goes with.
enum GoesWith {
    /// It does not fit the pattern.
    Nothing,
    /// It fits, and there is no such entry.
    No,
    Entry(String),
    /// Entries of other departments, whose business it is.
    Others,
    Problem(Error),
}

fn goes_with(pattern: &Pattern, entries: &Entries, file: &Listed) -> GoesWith {
    let said = match pattern.read(&file.below) {
        Ok(said) if said.is_empty() => return GoesWith::Nothing,
        Ok(said) => said,
        Err(error) => return GoesWith::Problem(error),
    };
    let codes = entries.of(&said);
    let own = |code: &String| entries.codes.get(code) == Some(&true);
    match codes.as_slice() {
        [] => GoesWith::No,
        [code] if own(code) => GoesWith::Entry(code.clone()),
        _ if !codes.iter().any(own) => GoesWith::Others,
        _ => GoesWith::Problem(fits_several(&codes)),
    }
}

impl Matched {
    fn problem(&mut self, code: &str, path: &str, error: Error) {
        self.problems
            .push((code.to_owned(), path.to_owned(), error));
    }
}

/// A name without blanks and without what no file name may have on the usual systems.
fn folded(name: &str) -> String {
    let kept = name
        .chars()
        .filter(|c| !c.is_whitespace() && !r#"/\:*?"<>|"#.contains(*c));
    kept.flat_map(char::to_lowercase).collect()
}

fn fits_several(codes: &[String]) -> Error {
    let message = format!("the file goes with several entries: {}", codes.join(", "));
    Error::new(ErrorCode::InvalidArgument, message)
        .with_remedy("pair it with the one that is meant in a sheet (--from)")
}

fn several_fit(files: &[&Listed]) -> Error {
    let told: Vec<&str> = files.iter().take(3).map(|f| f.named.as_str()).collect();
    let message = format!(
        "{} files go with the entry: {}{}",
        files.len(),
        told.join(", "),
        if files.len() > 3 { ", …" } else { "" }
    );
    Error::new(ErrorCode::InvalidArgument, message).with_remedy(
        "use a pattern that only one of them fits, or pair the one that is meant in a sheet (--from)",
    )
}

fn unreadable(path: &str, why: &str) -> Error {
    let message = format!("{path} cannot be looked at: {why}");
    Error::new(ErrorCode::SourceUnavailable, message)
        .with_remedy("make it readable for the node, or leave it as it is")
}

#[cfg(test)]
mod tests {
    use chengji_domain::access::Role;
    use proptest::prelude::*;

    use super::*;

    const OWN: &str = "91350100M000100Y43";
    const OTHER: &str = "114302000069920125";

    fn record(code: &str, name: &str, provider: &str) -> v1::CatalogueRecord {
        v1::CatalogueRecord {
            entry: Some(v1::CatalogueEntry {
                code: code.to_owned(),
                name: name.to_owned(),
                provider_code: provider.to_owned(),
                ..v1::CatalogueEntry::default()
            }),
            ..v1::CatalogueRecord::default()
        }
    }

    fn entries(of: &[(&str, &str, &str)]) -> Entries {
        let own = Rights::new([Role::Publisher], Some(OWN.parse().unwrap())).unwrap();
        let mut entries = Entries::default();
        for (code, name, provider) in of {
            entries.add(&record(code, name, provider), &own);
        }
        entries
    }

    fn files(names: &[&str]) -> Listing {
        let files = names.iter().map(|name| Listed {
            below: (*name).to_owned(),
            named: (*name).to_owned(),
        });
        Listing {
            files: files.collect(),
            ..Listing::default()
        }
    }

    fn by(pattern: &str, entries: &Entries, names: &[&str]) -> Matched {
        matched(
            &Pattern::parse(pattern).unwrap(),
            entries,
            &files(names),
            false,
        )
    }

    #[test]
    fn each_file_goes_with_its_entry_and_the_rest_is_told() {
        let entries = entries(&[
            ("103001000001", "区划", OWN),
            ("103001000002", "区划代码", OWN),
            ("103001000003", "企业", OTHER),
        ]);
        let matched = by(
            "{code}*.csv",
            &entries,
            &[
                "103001000001.csv",
                "103001000002.csv",
                "103001000002-2.csv",
                "103001000003.csv",
                "999999999999.csv",
                "readme.txt",
            ],
        );
        let pair = ("103001000001".to_owned(), "103001000001.csv".to_owned());
        assert_eq!(matched.pairs, [pair]);
        assert_eq!(matched.unmatched, ["999999999999.csv"]);
        assert_eq!(matched.passed_over, 1);
        let told: Vec<&str> = matched
            .problems
            .iter()
            .map(|(_, p, _)| p.as_str())
            .collect();
        assert_eq!(told, ["103001000002.csv", "103001000002-2.csv"]);
        assert!(matched.problems[0].2.message().contains("2 files go with"));
    }

    #[test]
    fn a_department_is_told_of_its_own_files_only() {
        let entries = entries(&[
            ("103001000001", "区划", OWN),
            ("103001000003", "企业", OTHER),
        ]);
        let names = ["103001000001.csv", "103001000003.csv", "999999999999.csv"];
        let mut listing = files(&names);
        let closed = ("folder".to_owned(), "denied".to_owned());
        listing.unreadable.push(closed);
        let pattern = Pattern::parse("{code}.csv").unwrap();
        let matched = matched(&pattern, &entries, &listing, true);
        assert_eq!(matched.pairs.len(), 1);
        assert_eq!((matched.unmatched.len(), matched.problems.len()), (0, 0));
        assert_eq!(matched.passed_over, 1);
    }

    #[test]
    fn of_names_the_longest_that_there_is_counts() {
        let entries = entries(&[
            ("103001000001", "区划", OWN),
            ("103001000002", "区划 代码", OWN),
            ("103001000004", "同名", OWN),
            ("103001000005", "同名", OWN),
        ]);
        let names = ["区划代码2026.csv", "区划-1.csv", "同名.csv"];
        let matched = by("{name}*.csv", &entries, &names);
        let codes: Vec<&str> = matched.pairs.iter().map(|(c, _)| c.as_str()).collect();
        assert_eq!(codes, ["103001000001", "103001000002"]);
        assert_eq!(matched.problems.len(), 1);
        let (_, path, error) = &matched.problems[0];
        assert_eq!(path, "同名.csv");
        assert!(error.message().contains("103001000004, 103001000005"));
    }

    proptest! {
        #[test]
        fn no_file_is_lost_and_none_is_mounted_twice(
            serials in prop::collection::vec(0u32..40, 0..40),
            known in 0u32..40,
        ) {
            let codes: Vec<String> = (0..known).map(|n| format!("103001{n:06}")).collect();
            let known: Vec<_> = codes.iter().map(|c| (c.as_str(), "名", OWN)).collect();
            let names: Vec<String> = serials
                .iter()
                .enumerate()
                .map(|(n, serial)| format!("{n}/103001{serial:06}.csv"))
                .collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let matched = by("*/{code}.csv", &entries(&known), &names);
            let told = matched.pairs.len() + matched.problems.len() + matched.unmatched.len();
            prop_assert_eq!(told, names.len());
            let mut mounted: Vec<&String> = matched.pairs.iter().map(|(code, _)| code).collect();
            mounted.dedup();
            prop_assert_eq!(mounted.len(), matched.pairs.len());
            for (code, path) in &matched.pairs {
                let named = format!("{code}.csv");
                prop_assert!(path.ends_with(&named));
            }
        }
    }
}

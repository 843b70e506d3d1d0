//! Matches the files of the mount roots with entries, by a pattern. A file matches one entry and an entry
//! one file; otherwise none of them is mounted and all are reported. A department's publisher only
//! receives reports about the files of its own entries.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use chengji_domain::catalogue::EntryRecord;
use chengji_domain::{Error, ErrorCode, ResourceCode};
use chengji_messages::{Message, msg};

use super::editor::Editor;
use super::folders::{Listed, Listing};
use super::pattern::{Capture, Pattern};

/// Maximum number of files that a message names.
const MAX_NAMED: usize = 3;

/// The existing entries, indexed for file names.
#[derive(Debug, Default)]
pub struct Entries {
    /// True if the caller may mount to the entry.
    codes: HashMap<String, bool>,
    names: HashMap<String, Vec<String>>,
}

/// The result of matching.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// Files that match one entry each: code and path.
    pub pairs: Vec<(String, String)>,
    /// Files that fit the pattern and match no entry.
    pub unmatched: Vec<String>,
    /// Codes, files, and the reasons why they do not match.
    pub problems: Vec<(String, String, Error)>,
    /// Files that do not fit the pattern.
    pub passed_over: u64,
}

impl Entries {
    /// Adds an entry. Withdrawn ones are indexed by code only, so that they can be reported.
    pub fn add(&mut self, record: &EntryRecord, editor: &Editor) {
        let entry = &record.entry;
        let own = editor.check(&entry.code, entry.provider_code).is_ok();
        let code = entry.code.as_str();
        self.codes.insert(code.to_owned(), own);
        if record.withdrawn.is_none() {
            let codes = self.names.entry(folded(&entry.name)).or_default();
            codes.push(code.to_owned());
        }
    }

    /// The codes of the entries that a path matches.
    fn of(&self, captures: &[Capture]) -> Vec<String> {
        let mut codes: Vec<String> = Vec::new();
        let mut names = Vec::new();
        for capture in captures {
            match capture {
                Capture::Code(digits) => {
                    let code = digits.parse::<ResourceCode>();
                    codes.extend(
                        code.ok()
                            .map(|code| code.as_str().to_owned())
                            .filter(|code| self.codes.contains_key(code)),
                    );
                }
                Capture::Name(from, name) => {
                    let found = self.names.get(&folded(name));
                    names.extend(found.map(|found| (*from..from + name.len(), found)));
                }
            }
        }
        // A name inside a longer one is only a part of that. Several names that do not overlap are ambiguous.
        for (place, found) in &names {
            if !names.iter().any(|(other, _)| lies_within(place, other)) {
                codes.extend_from_slice(found);
            }
        }
        codes.sort_unstable();
        codes.dedup();
        codes
    }
}

/// Matches files and entries, for a caller of the whole city or of a single department.
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

/// The match of a file.
enum GoesWith {
    /// It does not fit the pattern.
    Nothing,
    /// It fits, and there is no such entry.
    No,
    Entry(String),
    /// Entries of other departments only.
    Others,
    Problem(Error),
}

fn goes_with(pattern: &Pattern, entries: &Entries, file: &Listed) -> GoesWith {
    let captures = match pattern.read(&file.below) {
        Ok(captures) if captures.is_empty() => return GoesWith::Nothing,
        Ok(captures) => captures,
        Err(error) => return GoesWith::Problem(error),
    };
    let codes = entries.of(&captures);
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

/// Returns true if a range is a part of a larger one.
fn lies_within(place: &Range<usize>, other: &Range<usize>) -> bool {
    place != other && other.start <= place.start && place.end <= other.end
}

/// A name without blanks and without characters that common systems forbid in file names.
fn folded(name: &str) -> String {
    let kept = name
        .chars()
        .filter(|c| !c.is_whitespace() && !r#"/\:*?"<>|"#.contains(*c));
    kept.flat_map(char::to_lowercase).collect()
}

fn fits_several(codes: &[String]) -> Error {
    let codes = codes.to_vec();
    Error::new(ErrorCode::InvalidArgument, msg::MountFitsSeveral { codes })
}

fn several_fit(files: &[&Listed]) -> Error {
    let count = files.len();
    let shown = files.iter().take(MAX_NAMED);
    let files: Vec<&str> = shown.map(|file| file.named.as_str()).collect();
    let message: Message = match count > MAX_NAMED {
        true => msg::MountSeveralFitAndMore { count, files }.into(),
        false => msg::MountSeveralFit { count, files }.into(),
    };
    Error::new(ErrorCode::InvalidArgument, message)
}

fn unreadable(path: &str, why: &Message) -> Error {
    let message = msg::MountPathUnreadable { path, why };
    Error::new(ErrorCode::SourceUnavailable, message)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chengji_domain::catalogue::Entry;
    use chengji_testkit::{CREDIT_CODE as OWN, OTHER_CREDIT_CODE as OTHER};
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::samples;

    fn record(code: &str, name: &str, provider: &str) -> EntryRecord {
        let entry = Entry {
            code: code.parse().unwrap(),
            ..samples::entry(1, name, provider, &[])
        };
        EntryRecord::new(entry, 1, jiff::Timestamp::UNIX_EPOCH)
    }

    fn entries(of: &[(&str, &str, &str)]) -> Entries {
        let own = Editor {
            by: "city/430200/person/officer".parse().unwrap(),
            department: Some(OWN.parse().unwrap()),
            merged: Default::default(),
        };
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
        let reported: Vec<&str> = matched
            .problems
            .iter()
            .map(|(_, p, _)| p.as_str())
            .collect();
        assert_eq!(reported, ["103001000002.csv", "103001000002-2.csv"]);
        let files = vec!["103001000002.csv", "103001000002-2.csv"];
        let several = msg::MountSeveralFit {
            count: 2_u32,
            files,
        };
        assert_eq!(*matched.problems[0].2.message(), Message::from(several));
    }

    #[test]
    fn a_department_is_told_of_its_own_files_only() {
        let entries = entries(&[
            ("103001000001", "区划", OWN),
            ("103001000003", "企业", OTHER),
        ]);
        let names = ["103001000001.csv", "103001000003.csv", "999999999999.csv"];
        let mut listing = files(&names);
        let why = msg::MountCause { cause: "denied" };
        let closed = ("folder".to_owned(), why.into());
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
        let codes = vec!["103001000004", "103001000005"];
        let several = msg::MountFitsSeveral { codes };
        assert_eq!(*error.message(), Message::from(several));
    }

    #[test]
    fn a_file_that_names_two_entries_is_told_and_not_mounted() {
        let entries = entries(&[
            ("103001000001", "人口", OWN),
            ("103001000002", "法人", OWN),
            ("103001000003", "法人单位", OWN),
        ]);
        for name in ["人口法人.csv", "人口法人单位.csv"] {
            let matched = by("*{name}*.csv", &entries, &[name]);
            assert_eq!(matched.pairs, [], "{name}");
            let message = matched.problems[0].2.message();
            assert_eq!(message.code(), "mount-fits-several", "{name}");
        }
        let matched = by("*{name}*.csv", &entries, &["株洲法人单位.csv"]);
        assert_eq!(matched.pairs[0].0, "103001000003");
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
            let reported = matched.pairs.len() + matched.problems.len() + matched.unmatched.len();
            prop_assert_eq!(reported, names.len());
            let paths: HashSet<&String> = matched.pairs.iter().map(|(_, path)| path).collect();
            prop_assert_eq!(paths.len(), matched.pairs.len());
            for (code, path) in &matched.pairs {
                let named = format!("{code}.csv");
                prop_assert!(path.ends_with(&named));
            }
        }

        /// For all codes, and so orders, of the entries: a file is mounted to the one entry whose name it
        /// contains separately, or to none.
        #[test]
        fn a_file_goes_with_the_one_entry_that_its_name_names(
            names in prop::collection::btree_set("[甲乙丙]{1,3}", 1..8),
            stems in prop::collection::btree_set("[甲乙丙]{1,6}", 1..6),
        ) {
            let names: Vec<String> = names.into_iter().collect();
            let files: Vec<String> = stems.iter().map(|stem| format!("{stem}.csv")).collect();
            let paths: Vec<&str> = files.iter().map(String::as_str).collect();
            let mounted = |serial: &dyn Fn(usize) -> usize| {
                let codes: Vec<String> =
                    (0..names.len()).map(|n| format!("103001{:06}", serial(n))).collect();
                let known: Vec<_> =
                    codes.iter().zip(&names).map(|(c, name)| (c.as_str(), name.as_str(), OWN)).collect();
                let matched = by("*{name}*.csv", &entries(&known), &paths);
                let reported = matched.pairs.len() + matched.problems.len() + matched.unmatched.len();
                assert_eq!(reported, paths.len());
                let of = |code: &String| codes.iter().position(|c| c == code).unwrap();
                let pairs = matched.pairs.into_iter();
                let mut pairs: Vec<_> = pairs.map(|(code, path)| (path, names[of(&code)].clone())).collect();
                pairs.sort();
                pairs
            };
            let (pairs, backwards) = (mounted(&|n| n), mounted(&|n| 99 - n));
            prop_assert_eq!(&pairs, &backwards);
            for (path, name) in &pairs {
                let places = |name: &String| -> Vec<Range<usize>> {
                    let starts = path.char_indices().map(|(at, _)| at);
                    let starts = starts.filter(|at| path[*at..].starts_with(name.as_str()));
                    starts.map(|at| at..at + name.len()).collect()
                };
                let meant = places(name);
                prop_assert!(!meant.is_empty());
                for other in names.iter().filter(|other| *other != name) {
                    for place in places(other) {
                        prop_assert!(meant.iter().any(|one| lies_within(&place, one)), "{path} {name} {other}");
                    }
                }
            }
        }
    }
}

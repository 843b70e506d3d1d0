//! The documents: their links are valid, and every page exists in both languages.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Maximum number of lines of a README.
const MAX_README: usize = 200;

/// The pages of a language, below `docs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pages {
    English,
    Chinese,
}

impl Pages {
    fn folder(self) -> PathBuf {
        match self {
            Self::English => root().join("docs"),
            Self::Chinese => root().join("docs/zh-CN"),
        }
    }

    /// All pages of the language.
    pub(crate) fn all(self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        markdown(&self.folder(), &mut found);
        if self == Self::English {
            found.retain(|page| !page.starts_with(Self::Chinese.folder()));
        }
        found
    }

    fn names(self) -> BTreeSet<PathBuf> {
        let folder = self.folder();
        let names = self.all().into_iter();
        names
            .map(|page| page.strip_prefix(&folder).unwrap().to_owned())
            .collect()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

fn markdown(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            markdown(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// The parts of a document that are not code blocks.
fn prose(document: &str) -> impl Iterator<Item = &str> {
    document.split("```").step_by(2)
}

/// The links of a document within the repository.
fn links(document: &str) -> Vec<&str> {
    let links = prose(document).flat_map(|prose| prose.split("](").skip(1));
    let targets = links.filter_map(|link| link.split(')').next());
    targets.filter(|target| !target.contains("://")).collect()
}

/// The anchors of a document's headings, as common renderers name them.
fn anchors(document: &str) -> BTreeSet<String> {
    let headings = prose(document)
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix('#'));
    let anchor = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().chars();
        kept.filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| {
                if c == ' ' {
                    '-'
                } else {
                    c.to_ascii_lowercase()
                }
            })
            .collect()
    };
    headings.map(anchor).collect()
}

/// The position of a link with a missing target.
fn broken(document: &Path, link: &str) -> Option<String> {
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match file {
        "" => document.to_owned(),
        file => document.parent().unwrap().join(file),
    };
    let is_there = match anchor {
        "" => target.exists(),
        anchor => fs::read_to_string(&target).is_ok_and(|text| anchors(&text).contains(anchor)),
    };
    (!is_there).then(|| format!("{}: {link}", document.display()))
}

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let mut documents = [Pages::English.all(), Pages::Chinese.all()].concat();
    let at_the_root = fs::read_dir(root()).unwrap();
    let at_the_root = at_the_root.map(|entry| entry.unwrap().path());
    documents.extend(at_the_root.filter(|path| path.extension().is_some_and(|e| e == "md")));
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        let found = links(&text);
        checked += found.len();
        wrong.extend(found.iter().filter_map(|link| broken(&document, link)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(checked > 60, "{checked} links");
}

#[test]
fn a_link_that_leads_nowhere_is_noticed() {
    let readme = root().join("README.md");
    for (link, is_right) in [
        ("docs/tutorial.md", true),
        ("#two-commands", true),
        ("README.zh-CN.md#文档", true),
        ("docs/none.md", false),
        ("#none", false),
    ] {
        assert_eq!(broken(&readme, link).is_none(), is_right, "{link}");
    }
}

#[test]
fn every_page_is_there_in_both_languages_and_the_readmes_are_short() {
    assert_eq!(Pages::English.names(), Pages::Chinese.names());
    for readme in ["README.md", "README.zh-CN.md"] {
        let text = fs::read_to_string(root().join(readme)).unwrap();
        let lines = text.lines().count();
        assert!(lines <= MAX_README, "{readme}: {lines} lines");
    }
}

#[test]
fn every_type_of_the_glossary_is_one_of_the_code() {
    let mut sources = String::new();
    for folder in ["crates", "node", "coordinator"] {
        rust(&root().join(folder), &mut sources);
    }
    let words: BTreeSet<&str> = sources
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric()))
        .collect();
    let glossary = fs::read_to_string(root().join("docs/glossary.md")).unwrap();
    let named = glossary.split('`').skip(1).step_by(2);
    let (mut unknown, mut checked) = (Vec::new(), 0);
    for name in named {
        checked += 1;
        if !words.contains(name) {
            unknown.push(name);
        }
    }
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(checked > 30, "{checked} types");
}

fn rust(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

//! An index with the documents that it should contain.

use std::collections::{BTreeMap, BTreeSet};

use memchr::memmem;
use tempfile::TempDir;

use crate::{Change, Document, EntryId, Facet, Query, Search, SearchIndex, Source, fold};

/// A time, seconds since 1970.
pub(super) const NOW: i64 = 1_800_000_000;

pub(super) struct World {
    pub(super) folder: TempDir,
    pub(super) index: SearchIndex,
    pub(super) documents: BTreeMap<EntryId, Document>,
    texts: BTreeMap<EntryId, Texts>,
    applied: u64,
}

/// The folded texts of a document.
struct Texts {
    texts: Vec<String>,
    codes: Vec<String>,
}

impl World {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let index = SearchIndex::open(folder.path()).unwrap();
        index.build().unwrap().finish(0).unwrap();
        Self {
            folder,
            index,
            documents: BTreeMap::new(),
            texts: BTreeMap::new(),
            applied: 0,
        }
    }

    pub(super) fn of(documents: impl IntoIterator<Item = Document>) -> Self {
        let mut world = Self::new();
        world.put(documents);
        world
    }

    pub(super) fn put(&mut self, documents: impl IntoIterator<Item = Document>) {
        let changes = documents.into_iter().map(Change::Put).collect();
        self.apply(changes);
    }

    pub(super) fn remove(&mut self, ids: impl IntoIterator<Item = EntryId>) {
        let changes = ids.into_iter().map(Change::Remove).collect();
        self.apply(changes);
    }

    fn apply(&mut self, changes: Vec<Change>) {
        let last = self.applied + changes.len() as u64;
        while self.applied < last {
            let rest = changes.len() - (last - self.applied) as usize;
            let rest = changes[rest..].iter().cloned().map(Some);
            let numbered = (self.applied + 1..).zip(rest).map(Ok);
            self.applied = self.index.apply(numbered).unwrap().unwrap();
        }
        for change in changes {
            match change {
                Change::Put(document) => {
                    self.texts.insert(document.id.clone(), Texts::of(&document));
                    self.documents.insert(document.id.clone(), document);
                }
                Change::Remove(id) => {
                    self.texts.remove(&id);
                    self.documents.remove(&id);
                }
            }
        }
    }

    pub(super) fn reopen(mut self) -> Self {
        drop(self.index);
        self.index = SearchIndex::open(self.folder.path()).unwrap();
        let state = self.index.state().unwrap();
        assert_eq!(state.applied, self.applied);
        assert_eq!(state.documents, self.documents.len() as u64);
        self
    }

    /// The entries that contain every word, by reading all.
    pub(super) fn scanned(&self, query: &str) -> BTreeSet<EntryId> {
        let words: Vec<String> = fold(query).split_whitespace().map(str::to_owned).collect();
        let found = self.texts.iter();
        let found = found.filter(|(_, texts)| words.iter().all(|word| texts.contain(word)));
        found.map(|(id, _)| id.clone()).collect()
    }

    /// The entries that the index finds, page by page.
    pub(super) fn found(&self, query: &str) -> BTreeSet<EntryId> {
        let listed = self.listed(&search(query), 1_000);
        let found: BTreeSet<EntryId> = listed.iter().cloned().collect();
        assert_eq!(found.len(), listed.len(), "each is found once");
        found
    }

    /// All hits of a search in pages of this size.
    pub(super) fn listed(&self, search: &Search, size: usize) -> Vec<EntryId> {
        let (mut listed, mut search) = (Vec::new(), search.clone());
        search.limit = size;
        loop {
            let page = self.index.search(&search).unwrap();
            search.after = page.hits.last().map(|last| last.position);
            let is_last = page.hits.len() < size;
            listed.extend(page.hits.into_iter().map(|hit| hit.id));
            if is_last {
                assert_eq!(page.total, listed.len() as u64);
                return listed;
            }
        }
    }

    /// Names of the hits of a query, in order.
    pub(super) fn names(&self, query: &str) -> Vec<&str> {
        let listed = self.listed(&search(query), 10);
        let names = listed.iter().map(|id| self.documents[id].name.as_str());
        names.collect()
    }
}

impl Texts {
    fn of(document: &Document) -> Self {
        let items = document.items.iter().map(String::as_str);
        let texts = [&*document.name, &document.summary, &document.provider];
        let codes = [&*document.id.code, &document.provider_code];
        Self {
            texts: texts.into_iter().chain(items).map(fold).collect(),
            codes: codes.map(fold).to_vec(),
        }
    }

    fn contain(&self, word: &str) -> bool {
        let is_in =
            |text: &String, word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
        let is_code = word.bytes().all(|b| b.is_ascii_digit() || b == b'/')
            && word.bytes().any(|b| b.is_ascii_digit());
        let code = if is_code {
            word.replace('/', "")
        } else {
            word.to_owned()
        };
        self.texts.iter().any(|text| is_in(text, word))
            || self.codes.iter().any(|text| is_in(text, &code))
    }
}

pub(super) fn search(query: &str) -> Search {
    Search {
        query: Query::new(query),
        limit: 10,
        now: NOW,
        ..Search::default()
    }
}

pub(super) fn id(city: u32, serial: u32) -> EntryId {
    let code = format!("103001{serial:06}");
    EntryId { city, code }
}

/// A document of this name and no other texts than those of a department.
pub(super) fn named(city: u32, serial: u32, name: &str) -> Document {
    Document {
        id: id(city, serial),
        name: name.to_owned(),
        summary: String::new(),
        provider: "市民政局".to_owned(),
        provider_code: "11430100006127302Y".to_owned(),
        items: Vec::new(),
        facets: vec![(Facet::Class, 1 + serial % 3)],
        source: Source::Unmounted,
        published_at: NOW - i64::from(serial),
    }
}

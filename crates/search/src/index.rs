//! The search index of a catalogue: applies numbered changes, and answers searches from its latest commit.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chengji_domain::Result;

use crate::common::{Common, PostingsRead};
use crate::counts::{CountBytes, CountCache};
use crate::document::Document;
use crate::folder::Folder;
use crate::generation::{Generations, LiveSegment};
use crate::hits::{Bytes, WordCache};
use crate::query::{Query, Search};
use crate::related::{self, Related};
use crate::schema::Fields;
use crate::searching::{self, Found};
use crate::store::{Change, IndexStore};
use crate::suggesting::{self, Suggestion};

/// Bytes of memory for hits of words that were searched before.
const CACHE: u64 = 64 << 20;
/// Number of words for which the memory is laid out.
const CACHED_WORDS: usize = 20_000;
/// Length of the texts of changes in bytes after which they are committed; little in tests, which pass it.
const COMMIT_BYTES: usize = if cfg!(test) { 256 << 10 } else { 64 << 20 };
/// Bytes of memory for counts of facets of searches before.
const COUNTS: u64 = 4 << 20;
/// Number of facets of searches for which the memory is laid out.
const CACHED_COUNTS: usize = 4_000;

/// The index in a folder. Clones are handles of the same one.
#[derive(Clone)]
pub struct SearchIndex {
    shared: Arc<Shared>,
}

/// The state of an index as of its last commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexState {
    /// Number of the last change in it.
    pub applied: u64,
    /// Number of entries in it.
    pub documents: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

struct Shared {
    folder: Folder,
    fields: Fields,
    /// The served index; `None` if there is none.
    store: Mutex<Option<IndexStore>>,
    /// Its state as of its last commit.
    state: Mutex<Option<IndexState>>,
    generations: Generations,
    common: Common,
}

impl SearchIndex {
    /// Opens the index in a folder and reads it.
    ///
    /// # Errors
    ///
    /// As [`within`](Self::within) and [`load`](Self::load).
    pub fn open(folder: &Path) -> Result<Self> {
        let index = Self::within(folder)?;
        index.load()?;
        Ok(index)
    }

    /// Prepares the index in a folder, which is made if it is missing; nothing is read yet.
    ///
    /// # Errors
    ///
    /// `MISCONFIGURED` or `STORAGE_FULL` if the folder cannot be used.
    pub fn within(folder: &Path) -> Result<Self> {
        let words = WordCache::with_weighter(CACHED_WORDS, CACHE, Bytes);
        let counts = CountCache::with_weighter(CACHED_COUNTS, COUNTS, CountBytes);
        Ok(Self {
            shared: Arc::new(Shared {
                folder: Folder::open(folder)?,
                fields: Fields::new(),
                store: Mutex::new(None),
                state: Mutex::new(None),
                generations: Generations::new(),
                common: Common {
                    words: Arc::new(words),
                    counts: Arc::new(counts),
                    postings_read: PostingsRead::default(),
                },
            }),
        })
    }

    /// Reads the index, all its files once, and serves it. If there is none, or it is damaged or of another version, the
    /// reason is logged, and [`state`](Self::state) is `None` until one was built.
    ///
    /// # Errors
    ///
    /// Failures of the disk.
    pub fn load(&self) -> Result<()> {
        let folder = &self.shared.folder;
        let found = folder.current().and_then(|path| {
            IndexStore::open(&path, &self.shared.fields)
                .inspect_err(|error| tracing::warn!(%error, "the search index is built anew"))
                .ok()
        });
        folder.remove_others(None);
        found.map_or(Ok(()), |store| self.serve(store))
    }

    /// Returns the state of the index as of its last commit; `None` if there is no index, so that it must be
    /// [built](Self::build).
    pub fn state(&self) -> Option<IndexState> {
        *self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies changes in the order of their numbers, durably; further searches see them. In place of one that an earlier
    /// one includes is `None`. Ends after those with 64 MiB of texts, and returns the number of the last change applied:
    /// `None` if there are no changes, or no index. Blocks.
    ///
    /// # Errors
    ///
    /// Those of `changes`, and failures of the disk. None of the changes is then applied.
    pub fn apply(
        &self,
        changes: impl IntoIterator<Item = Result<(u64, Option<Change>)>>,
    ) -> Result<Option<u64>> {
        let mut served = self.store();
        let Some(store) = served.as_mut() else {
            return Ok(None);
        };
        let applied = match self.write(store, changes) {
            Ok(Some(applied)) => applied,
            Ok(None) => return Ok(None),
            Err(error) => {
                store.roll_back()?;
                return Err(error);
            }
        };
        self.publish(store)?;
        Ok(Some(applied))
    }

    /// Writes changes in one commit, as many as fit; returns the number of the last one.
    fn write(
        &self,
        store: &mut IndexStore,
        changes: impl IntoIterator<Item = Result<(u64, Option<Change>)>>,
    ) -> Result<Option<u64>> {
        let (mut last, mut bytes) = (None, 0);
        for change in changes {
            let (number, change) = change?;
            last = Some(number);
            if let Some(change) = change {
                bytes += change.bytes();
                store.write(&self.shared.fields, &change)?;
            }
            if bytes >= COMMIT_BYTES {
                break;
            }
        }
        if let Some(last) = last {
            store.commit(last)?;
        }
        Ok(last)
    }

    /// Begins to build another index beside the served one.
    ///
    /// # Errors
    ///
    /// Failures of the disk.
    pub fn build(&self) -> Result<Build> {
        let path = self.shared.folder.another()?;
        self.shared.folder.remove_others(Some(&path));
        Ok(Build {
            store: IndexStore::create(&path, &self.shared.fields)?,
            index: self.clone(),
        })
    }

    /// Searches the latest commit, or the one that `search.after` is of. Blocks.
    ///
    /// # Errors
    ///
    /// `UNAVAILABLE` if there is no index, `CURSOR_EXPIRED` if the commit of `search.after` is not held any more,
    /// `STORAGE_DAMAGED` if the index cannot be read.
    pub fn search(&self, search: &Search) -> Result<Found> {
        let generations = &self.shared.generations;
        let generation = match search.after {
            None => generations.present()?,
            Some(after) => generations.numbered(after.generation, Instant::now())?,
        };
        let counts = &self.shared.common.counts;
        let found = searching::search(&generation, &self.shared.fields, counts, search)?;
        if !found.hits.is_empty() && found.hits.len() == search.limit {
            // There may be more.
            generations.hold(&generation, Instant::now());
        }
        Ok(found)
    }

    /// Returns queries that find more, if this one finds fewer than [`FEW`](crate::FEW) entries. Blocks.
    ///
    /// # Errors
    ///
    /// As [`search`](Self::search).
    pub fn suggest(&self, query: &Query, hidden: &[u32]) -> Result<Vec<Suggestion>> {
        let present = self.shared.generations.present()?;
        suggesting::suggest(&present, &self.shared.fields, query, hidden)
    }

    /// Returns words and names that begin with what was typed so far, or whose pinyin does, most frequent first; at
    /// most [`MAX_COMPLETIONS`](crate::MAX_COMPLETIONS). Blocks.
    ///
    /// # Errors
    ///
    /// As [`search`](Self::search).
    pub fn complete(&self, typed: &str, hidden: &[u32], limit: usize) -> Result<Vec<String>> {
        let present = self.shared.generations.present()?;
        suggesting::complete(&present, &self.shared.fields, typed, hidden, limit)
    }

    /// Returns likely duplicates of an entry in other cities, and complements to it; at most
    /// [`MAX_RELATED`](crate::MAX_RELATED) of each. Blocks.
    ///
    /// # Errors
    ///
    /// As [`search`](Self::search).
    pub fn related(&self, entry: &Document, hidden: &[u32]) -> Result<Vec<Related>> {
        let present = self.shared.generations.present()?;
        related::related(&present, &self.shared.fields, entry, hidden)
    }

    /// Returns the number of postings that all calls so far have read: of entries in the index's list for a term.
    pub fn postings_read(&self) -> u64 {
        self.shared.common.postings_read.number()
    }

    fn serve(&self, mut store: IndexStore) -> Result<()> {
        let mut served = self.store();
        self.publish(&mut store)?;
        *served = Some(store);
        Ok(())
    }

    /// Makes further searches see the last commit.
    fn publish(&self, store: &mut IndexStore) -> Result<()> {
        let segments = store.segments(&self.shared.fields, &self.shared.common)?;
        let documents = segments.iter().map(LiveSegment::documents).sum();
        self.shared.generations.publish(segments, Instant::now());
        let state = IndexState {
            applied: store.applied,
            documents,
            bytes: store.bytes(),
        };
        *self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(state);
        Ok(())
    }

    fn store(&self) -> MutexGuard<'_, Option<IndexStore>> {
        self.shared
            .store
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// An index that is being built beside the served one.
pub struct Build {
    index: SearchIndex,
    store: IndexStore,
}

impl Build {
    /// Adds an entry, which was not added before. Blocks.
    ///
    /// # Errors
    ///
    /// Failures of the disk.
    pub fn add(&mut self, document: &Document) -> Result<()> {
        self.store.add(&self.index.shared.fields, document)
    }

    /// Serves this index in place of the present one. It contains all changes up to the one numbered `applied`, and
    /// maybe later ones, which may be applied again. Blocks.
    ///
    /// # Errors
    ///
    /// Failures of the disk.
    pub fn finish(mut self, applied: u64) -> Result<()> {
        self.store.commit(applied)?;
        let store = self.store.built()?;
        self.index.shared.folder.serve(&store.path)?;
        self.index.serve(store)?;
        self.index.shared.folder.remove_others(None);
        Ok(())
    }
}

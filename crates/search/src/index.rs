//! The search index of a catalogue: applies numbered changes, and answers searches from its latest commit.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chengji_domain::Result;

use crate::common::{Common, PostingsRead};
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
        Ok(Self {
            shared: Arc::new(Shared {
                folder: Folder::open(folder)?,
                fields: Fields::new(),
                store: Mutex::new(None),
                state: Mutex::new(None),
                generations: Generations::new(),
                common: Common {
                    words: Arc::new(words),
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

    /// Applies changes in order, up to and including the one numbered `applied`, durably; further searches see them.
    /// Without an index nothing happens. Blocks.
    ///
    /// # Errors
    ///
    /// Failures of the disk. None of the changes is then applied.
    pub fn apply(&self, changes: &[Change], applied: u64) -> Result<()> {
        let fields = &self.shared.fields;
        let mut served = self.store();
        let Some(store) = served.as_mut() else {
            return Ok(());
        };
        let write = |store: &mut IndexStore| {
            for change in changes {
                match change {
                    Change::Put(document) => store.put(fields, document)?,
                    Change::Remove(id) => store.remove(fields, id),
                }
            }
            store.commit(applied)
        };
        if let Err(error) = write(store) {
            store.roll_back()?;
            return Err(error);
        }
        self.publish(store)
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
        let found = searching::search(&generation, &self.shared.fields, search)?;
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

//! One index on disk: opened or made, written by commits that name the position up to which changes are in it, and read
//! as segments.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};
use tantivy::index::SegmentId;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{
    Index, IndexReader, IndexSettings, IndexWriter, Opstamp, ReloadPolicy, SegmentReader,
};

use crate::common::Common;
use crate::deleted::Deleted;
use crate::document::{Document, EntryId};
use crate::failure::{unreadable, unwritable};
use crate::generation::LiveSegment;
use crate::schema::{Fields, VERSION};
use crate::segment::Segment;

/// Bytes of memory for documents that are not yet written to a segment.
const WRITE_BUFFER: usize = 48 << 20;
/// The same while an index is built: fewer segments are merged less often.
const BUILD_BUFFER: usize = 96 << 20;
/// Share of deleted documents above which a segment is merged.
const MAX_DELETED: f32 = 0.3;

/// A change of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An entry that is to be found, as it is now.
    Put(Document),
    /// An entry that is not to be found any more.
    Remove(EntryId),
}

impl Change {
    /// Returns the length of its texts in bytes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Put(document) => document.bytes(),
            Self::Remove(id) => id.code.len(),
        }
    }
}

/// The metadata of a commit.
#[derive(Serialize, Deserialize)]
struct Payload {
    version: u32,
    applied: u64,
}

/// An index with its only writer.
pub(crate) struct IndexStore {
    pub(crate) path: PathBuf,
    writer: IndexWriter,
    reader: IndexReader,
    /// Position up to which changes were committed.
    pub(crate) applied: u64,
    /// Open segments, so that a generation shares those of the one before.
    open: HashMap<SegmentId, Weak<Segment>>,
    /// Deleted documents, by segment and last deletion.
    deleted: HashMap<(SegmentId, Option<Opstamp>), Weak<Deleted>>,
    /// Deleted documents that generations share, by segment.
    deleted_before: HashMap<SegmentId, Weak<RoaringBitmap>>,
}

impl IndexStore {
    /// Opens the index in a folder and checks all its files.
    ///
    /// # Errors
    ///
    /// `STORAGE_DAMAGED` if it is damaged or of another version.
    pub(crate) fn open(path: &Path, fields: &Fields) -> Result<Self> {
        let index = Index::open_in_dir(path).map_err(unreadable)?;
        Fields::register(index.tokenizers());
        let damaged = index.validate_checksum().map_err(unreadable)?;
        if let Some(file) = damaged.into_iter().next() {
            let cause = file.display().to_string();
            return Err(damage(msg::SearchIndexUnreadable { cause }));
        }
        let metas = index.load_metas().map_err(unreadable)?;
        let payload = metas
            .payload
            .as_deref()
            .map(serde_json::from_str::<Payload>);
        let payload = payload
            .and_then(Result::ok)
            .filter(|payload| payload.version == VERSION);
        match payload {
            Some(payload) if index.schema() == fields.schema => {
                Self::of(path, index, payload.applied, WRITE_BUFFER)
            }
            _ => Err(damage(msg::SearchIndexOfAnotherVersion)),
        }
    }

    /// Makes an empty index in an empty folder, to be built.
    pub(crate) fn create(path: &Path, fields: &Fields) -> Result<Self> {
        let index = Index::builder()
            .schema(fields.schema.clone())
            .settings(IndexSettings::default());
        let index = index.create_in_dir(path).map_err(unwritable)?;
        Fields::register(index.tokenizers());
        Self::of(path, index, 0, BUILD_BUFFER)
    }

    fn of(path: &Path, index: Index, applied: u64, buffer: usize) -> Result<Self> {
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(buffer)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer: IndexWriter = index.writer_with_options(options).map_err(unwritable)?;
        let mut merging = LogMergePolicy::default();
        merging.set_del_docs_ratio_before_merge(MAX_DELETED);
        writer.set_merge_policy(Box::new(merging));
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
        Ok(Self {
            path: path.to_owned(),
            reader: reader.try_into().map_err(unreadable)?,
            writer,
            applied,
            open: HashMap::new(),
            deleted: HashMap::new(),
            deleted_before: HashMap::new(),
        })
    }

    /// Ends the building: waits until segments are merged, and goes on with the memory of a served index.
    pub(crate) fn built(self) -> Result<Self> {
        let (path, applied) = (self.path, self.applied);
        self.writer.wait_merging_threads().map_err(unwritable)?;
        let index = Index::open_in_dir(&path).map_err(unreadable)?;
        Fields::register(index.tokenizers());
        Self::of(&path, index, applied, WRITE_BUFFER)
    }

    /// Writes a change.
    pub(crate) fn write(&mut self, fields: &Fields, change: &Change) -> Result<()> {
        match change {
            Change::Put(document) => self.put(fields, document),
            Change::Remove(id) => {
                self.remove(fields, id);
                Ok(())
            }
        }
    }

    /// Adds a document in place of the present one of its entry.
    fn put(&mut self, fields: &Fields, document: &Document) -> Result<()> {
        self.writer.delete_term(fields.id_term(&document.id));
        let added = self.writer.add_document(fields.document(document));
        added.map(drop).map_err(unwritable)
    }

    /// Adds a document whose entry has none.
    pub(crate) fn add(&mut self, fields: &Fields, document: &Document) -> Result<()> {
        let added = self.writer.add_document(fields.document(document));
        added.map(drop).map_err(unwritable)
    }

    /// Removes the document of an entry.
    fn remove(&mut self, fields: &Fields, id: &EntryId) {
        self.writer.delete_term(fields.id_term(id));
    }

    /// Makes the changes since the last commit durable, and visible to further reading.
    pub(crate) fn commit(&mut self, applied: u64) -> Result<()> {
        let payload = Payload {
            version: VERSION,
            applied,
        };
        let payload = serde_json::to_string(&payload);
        let payload = payload.map_err(|error| {
            damage(msg::SearchIndexUnwritable {
                cause: error.to_string(),
            })
        })?;
        let mut commit = self.writer.prepare_commit().map_err(unwritable)?;
        commit.set_payload(&payload);
        commit.commit().map_err(unwritable)?;
        self.applied = applied;
        self.reader.reload().map_err(unreadable)
    }

    /// Undoes the changes since the last commit.
    pub(crate) fn roll_back(&mut self) -> Result<()> {
        self.writer.rollback().map(drop).map_err(unwritable)
    }

    /// Returns the segments as of the last commit.
    pub(crate) fn segments(
        &mut self,
        fields: &Fields,
        common: &Common,
    ) -> Result<Vec<LiveSegment>> {
        let searcher = self.reader.searcher();
        self.open.retain(|_, segment| segment.strong_count() > 0);
        self.deleted.retain(|_, deleted| deleted.strong_count() > 0);
        self.deleted_before
            .retain(|_, deleted| deleted.strong_count() > 0);
        let readers = searcher.segment_readers().iter();
        readers
            .map(|reader| self.live(reader, fields, common))
            .collect()
    }

    fn live(
        &mut self,
        reader: &SegmentReader,
        fields: &Fields,
        common: &Common,
    ) -> Result<LiveSegment> {
        let id = reader.segment_id();
        let known = self.open.get(&id).and_then(Weak::upgrade);
        let segment = match known {
            Some(segment) => segment,
            None => {
                let segment = Arc::new(Segment::open(reader.clone(), fields, common.clone())?);
                self.open.insert(id, Arc::downgrade(&segment));
                segment
            }
        };
        let at = (id, reader.delete_opstamp());
        let known = self.deleted.get(&at).and_then(Weak::upgrade);
        let deleted = known.unwrap_or_else(|| {
            let before = self.deleted_before.get(&id).and_then(Weak::upgrade);
            let deleted = Arc::new(Deleted::of(deleted(reader), before));
            let before = Arc::downgrade(deleted.before());
            self.deleted_before.insert(id, before);
            self.deleted.insert(at, Arc::downgrade(&deleted));
            deleted
        });
        Ok(LiveSegment { segment, deleted })
    }

    /// Bytes on disk.
    pub(crate) fn bytes(&self) -> u64 {
        let files = fs::read_dir(&self.path).into_iter().flatten().flatten();
        let sizes = files.filter_map(|file| Some(file.metadata().ok()?.len()));
        sizes.sum()
    }
}

fn deleted(reader: &SegmentReader) -> RoaringBitmap {
    let Some(alive) = reader.alive_bitset().filter(|_| reader.has_deletes()) else {
        return RoaringBitmap::new();
    };
    let deleted = (0..reader.max_doc()).filter(|doc| alive.is_deleted(*doc));
    RoaringBitmap::from_sorted_iter(deleted).unwrap_or_default()
}

fn damage(message: impl Into<chengji_messages::Message>) -> Error {
    Error::new(ErrorCode::StorageDamaged, message)
}

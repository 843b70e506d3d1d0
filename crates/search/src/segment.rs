//! A segment of the index: an immutable part, whose facets are kept in memory as sets of documents.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chengji_domain::Result;
use chengji_domain::catalogue::Facet;
use roaring::RoaringBitmap;
use tantivy::columnar::{Column, StrColumn};
use tantivy::directory::CompositeFile;
use tantivy::index::SegmentComponent;
use tantivy::schema::Field;
use tantivy::{SegmentReader, TantivyError};

use crate::common::Common;
use crate::distinct::DistinctTexts;
use crate::document::{EntryId, Freshness, Source, facet_of, freshness_time};
use crate::facets::{FacetValues, Values, set};
use crate::failure::unreadable;
use crate::lengths::ByLength;
use crate::schema::{Fields, column, source};
use crate::vocabulary::Vocabulary;

/// A segment.
pub(crate) struct Segment {
    pub(crate) reader: SegmentReader,
    /// The positions of the terms of each field.
    pub(crate) positions: CompositeFile,
    /// Documents by facet and value, without freshness.
    facets: BTreeMap<Facet, FacetValues>,
    fresh_until: Column<i64>,
    /// Documents by freshness, as of a time.
    freshness: Mutex<(i64, Arc<FacetValues>)>,
    /// Documents with a measured source, by the end of its freshness.
    by_end: Vec<u32>,
    /// The distinct texts of fields.
    pub(crate) distinct: BTreeMap<Field, DistinctTexts>,
    /// Ids in order; the rank of each document's.
    pub(crate) ids: StrColumn,
    pub(crate) id_ranks: Vec<u32>,
    /// All documents by id.
    pub(crate) by_id: Vec<u32>,
    /// All documents by length of the name, then by id.
    pub(crate) by_length: ByLength,
    pub(crate) names: StrColumn,
    pub(crate) codes: StrColumn,
    pub(crate) published_at: Column<i64>,
    vocabulary: OnceLock<Vocabulary>,
    pub(crate) common: Common,
}

impl Segment {
    /// Opens a segment.
    pub(crate) fn open(reader: SegmentReader, fields: &Fields, common: Common) -> Result<Self> {
        let positions = reader.open_read(SegmentComponent::Positions);
        let positions = CompositeFile::open(&positions.map_err(unreadable)?).map_err(unreadable)?;
        let columns = reader.fast_fields();
        let text = |name: &str| {
            let missing = || TantivyError::SchemaError(name.to_owned());
            columns.str(name)?.ok_or_else(missing)
        };
        let ids = text(column::ID).map_err(unreadable)?;
        let (names, codes) = (
            text(column::NAME).map_err(unreadable)?,
            text(column::CODE).map_err(unreadable)?,
        );
        let facets = columns.u64(column::FACETS).map_err(unreadable)?;
        let lengths = columns.u64(column::NAME_LENGTH).map_err(unreadable)?;
        let (fresh_until, published_at) = (
            columns.i64(column::FRESH_UNTIL).map_err(unreadable)?,
            columns.i64(column::PUBLISHED_AT).map_err(unreadable)?,
        );
        let (freshness, by_end) = measured(&fresh_until, reader.max_doc());
        let mut distinct = BTreeMap::new();
        for field in fields.whole_texts() {
            distinct.insert(field, DistinctTexts::of(&reader, field)?);
        }
        let docs = 0..reader.max_doc();
        let rank = |doc| ids.ords().first(doc).unwrap_or_default() as u32;
        let length = |doc| lengths.first(doc).unwrap_or_default();
        let id_ranks: Vec<u32> = docs.clone().map(rank).collect();
        let id_rank = |doc: &u32| id_ranks.get(*doc as usize).copied();
        let mut by_id: Vec<u32> = docs.clone().collect();
        by_id.sort_unstable_by_key(id_rank);
        let by_length = ByLength::of(docs.map(length), &by_id);
        Ok(Self {
            facets: by_facet(&facets, reader.max_doc()),
            fresh_until,
            freshness: Mutex::new((i64::MIN, Arc::new(freshness))),
            by_end,
            distinct,
            by_id,
            by_length,
            id_ranks,
            ids,
            names,
            codes,
            published_at,
            vocabulary: OnceLock::new(),
            common,
            positions,
            reader,
        })
    }

    /// Calls `visit` with the documents of each value of a facet, as of `now` (seconds since 1970).
    pub(crate) fn values<T>(
        &self,
        facet: Facet,
        now: i64,
        visit: impl FnOnce(&FacetValues) -> T,
    ) -> T {
        match facet {
            Facet::Freshness => visit(&self.freshness(now)),
            _ => match self.facets.get(&facet) {
                Some(values) => visit(values),
                None => visit(&FacetValues::default()),
            },
        }
    }

    /// The documents by freshness. Of those known as of another time, the ones whose freshness ends between are moved.
    fn freshness(&self, now: i64) -> Arc<FacetValues> {
        let now = freshness_time(now);
        let mut kept = self
            .freshness
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if kept.0 == now {
            return Arc::clone(&kept.1);
        }
        let (from, to) = (kept.0.min(now), kept.0.max(now));
        let until = |doc: &u32| self.fresh_until.first(*doc).unwrap_or(i64::MIN);
        let start = self.by_end.partition_point(|doc| until(doc) < from);
        let end = self.by_end.partition_point(|doc| until(doc) < to);
        let mut moved = self.by_end.get(start..end).unwrap_or_default().to_vec();
        moved.sort_unstable();
        let moved = set(moved);
        let mut sets = kept.1.sets.clone();
        let (old, new) = match now > kept.0 {
            true => (Freshness::Fresh, Freshness::Stale),
            false => (Freshness::Stale, Freshness::Fresh),
        };
        *sets.entry(old as u32).or_default() -= &moved;
        *sets.entry(new as u32).or_default() |= moved;
        *kept = (now, Arc::new(FacetValues::of_sets(sets)));
        Arc::clone(&kept.1)
    }

    /// Returns the words of names.
    pub(crate) fn vocabulary(&self, words: Field) -> Result<&Vocabulary> {
        if let Some(vocabulary) = self.vocabulary.get() {
            return Ok(vocabulary);
        }
        let made = Vocabulary::of(&self.reader, words)?;
        Ok(self.vocabulary.get_or_init(|| made))
    }

    /// Returns the id of a document.
    pub(crate) fn id(&self, doc: u32) -> Result<Option<EntryId>> {
        let mut text = String::new();
        let rank = self.id_ranks.get(doc as usize).copied().unwrap_or(u32::MAX);
        let found = self.ids.ord_to_str(u64::from(rank), &mut text);
        let found = found.map_err(unreadable)?;
        Ok(found.then(|| EntryId::parse(&text)).flatten())
    }
}

fn by_facet(facets: &Column<u64>, max_doc: u32) -> BTreeMap<Facet, FacetValues> {
    // Sets from the beginning: lists of numbers would take several times their memory while a segment is opened.
    let mut found: HashMap<u64, RoaringBitmap> = HashMap::new();
    for doc in 0..max_doc {
        for number in facets.values_for_doc(doc) {
            // Refused is a value that the document has twice.
            let _ = found.entry(number).or_default().try_push(doc);
        }
    }
    let mut by_facet: BTreeMap<Facet, Values> = BTreeMap::new();
    for (number, docs) in found {
        if let Some((facet, value)) = facet_of(number) {
            by_facet.entry(facet).or_default().insert(value, docs);
        }
    }
    let values = by_facet.into_iter();
    values
        .map(|(facet, docs)| (facet, FacetValues::of(docs, max_doc)))
        .collect()
}

/// The documents by freshness before any source's ended, and those with a measured source in the order of their ends.
fn measured(fresh_until: &Column<i64>, max_doc: u32) -> (FacetValues, Vec<u32>) {
    let mut sets = Values::new();
    let mut ends: Vec<(i64, u32)> = Vec::new();
    for doc in 0..max_doc {
        let freshness = match source(fresh_until.first(doc).unwrap_or(i64::MIN)) {
            Source::Unmounted => Freshness::Unmounted,
            Source::NeverMeasured => Freshness::NeverMeasured,
            Source::MeasuredUntil(until) => {
                ends.push((until, doc));
                Freshness::Fresh
            }
        };
        // In order, so none is refused.
        let _ = sets.entry(freshness as u32).or_default().try_push(doc);
    }
    ends.sort_unstable();
    let by_end = ends.into_iter().map(|(_, doc)| doc).collect();
    (FacetValues::of_sets(sets), by_end)
}

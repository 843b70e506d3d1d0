//! Reading the postings of a term: the documents that have it, all of them or some that are looked for.

use std::sync::Arc;

use chengji_domain::Result;
use roaring::RoaringBitmap;
use tantivy::postings::{BlockSegmentPostings, SegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, InvertedIndexReader, Term};

use crate::docs::Docs;
use crate::failure::unreadable;
use crate::segment::Segment;

/// Number of postings that are read one after the other in the time of looking for one.
pub(crate) const SEEK_COST: u64 = 16;

/// The postings of a term in a segment: the documents that have it, deleted ones included.
pub(crate) struct TermPostings<'s> {
    pub(crate) segment: &'s Segment,
    index: Arc<InvertedIndexReader>,
    pub(crate) info: TermInfo,
}

impl Segment {
    /// Returns the postings of a term; `None` if no document has it.
    pub(crate) fn postings(&self, term: &Term) -> Result<Option<TermPostings<'_>>> {
        let index = self.reader.inverted_index(term.field());
        let index = index.map_err(unreadable)?;
        let info = index.get_term_info(term).map_err(unreadable)?;
        Ok(info.map(|info| TermPostings {
            segment: self,
            index,
            info,
        }))
    }

    /// Returns the documents with a term.
    pub(crate) fn docs(&self, term: &Term) -> Result<RoaringBitmap> {
        let mut docs = Docs::new(self.reader.max_doc());
        self.collect(term, &mut docs)?;
        Ok(docs.into_set())
    }

    /// Returns the first documents with a term, as many as are `left`, from which they are subtracted.
    pub(crate) fn first_docs(&self, term: &Term, left: &mut usize) -> Result<RoaringBitmap> {
        let mut docs = Docs::new(self.reader.max_doc());
        if *left > 0
            && let Some(postings) = self.postings(term)?
        {
            postings.each(|found| {
                let some = &found[..found.len().min(*left)];
                docs.add(some);
                *left -= some.len();
                *left > 0
            })?;
        }
        Ok(docs.into_set())
    }

    /// Adds the documents with a term to others.
    pub(crate) fn collect(&self, term: &Term, docs: &mut Docs) -> Result<()> {
        let Some(postings) = self.postings(term)? else {
            return Ok(());
        };
        postings.each(|found| {
            docs.add(found);
            true
        })
    }

    /// Returns those of some documents that have a term.
    pub(crate) fn docs_among(&self, docs: &RoaringBitmap, term: &Term) -> Result<RoaringBitmap> {
        match self.postings(term)? {
            Some(postings) if docs.len() * SEEK_COST < postings.number() => postings.among(docs),
            Some(_) => Ok(self.docs(term)? & docs),
            None => Ok(RoaringBitmap::new()),
        }
    }
}

impl TermPostings<'_> {
    /// Returns the number of documents.
    pub(crate) fn number(&self) -> u64 {
        u64::from(self.info.doc_freq)
    }

    /// Returns the postings to be read in order, some at a time.
    pub(crate) fn blocks(&self, option: IndexRecordOption) -> Result<BlockSegmentPostings> {
        let (index, info) = (&self.index, &self.info);
        let blocks = index.read_block_postings_from_terminfo(info, option);
        blocks.map_err(unreadable)
    }

    /// Returns the postings to be looked for in order.
    pub(crate) fn sought(&self, option: IndexRecordOption) -> Result<SegmentPostings> {
        let postings = self.index.read_postings_from_terminfo(&self.info, option);
        postings.map_err(unreadable)
    }

    pub(crate) fn count(&self, read: usize) {
        self.segment.common.postings_read.add(read as u64);
    }

    /// Calls `visit` with all documents in order, some at a time, until it returns false.
    pub(crate) fn each(&self, mut visit: impl FnMut(&[u32]) -> bool) -> Result<()> {
        let (mut blocks, mut read) = (self.blocks(IndexRecordOption::Basic)?, 0);
        while !blocks.docs().is_empty() {
            read += blocks.docs().len();
            if !visit(blocks.docs()) {
                break;
            }
            blocks.advance();
        }
        self.count(read);
        Ok(())
    }

    /// Returns the first document that passes.
    pub(crate) fn first(&self, passes: impl Fn(u32) -> bool) -> Result<Option<u32>> {
        let mut first = None;
        self.each(|docs| {
            first = docs.iter().copied().find(|doc| passes(*doc));
            first.is_none()
        })?;
        Ok(first)
    }

    /// Looks for each of some documents.
    fn among(&self, docs: &RoaringBitmap) -> Result<RoaringBitmap> {
        let (mut postings, mut looked_for) = (self.sought(IndexRecordOption::Basic)?, 0);
        let found = docs.iter().filter(|doc| {
            looked_for += 1;
            if postings.doc() < *doc {
                postings.seek(*doc);
            }
            postings.doc() == *doc
        });
        // In order, so none is refused.
        let found = RoaringBitmap::from_sorted_iter(found).unwrap_or_default();
        self.count(looked_for);
        Ok(found)
    }
}

//! Collecting documents into a set: a few as numbers, many as bits.

use roaring::RoaringBitmap;

use crate::facets::set;

/// Documents of a segment that are collected.
pub(crate) struct Docs {
    max_doc: u32,
    /// While they are few.
    few: Vec<u32>,
    /// A bit for each document; empty while they are few.
    bits: Vec<u8>,
}

impl Docs {
    /// Begins without any, of a segment with `max_doc` documents.
    pub(crate) fn new(max_doc: u32) -> Self {
        let (few, bits) = (Vec::new(), Vec::new());
        Self { max_doc, few, bits }
    }

    /// Adds documents that are in order, each once.
    pub(crate) fn add(&mut self, docs: &[u32]) {
        if self.bits.is_empty() {
            self.few.extend_from_slice(docs);
            if self.few.len() >= self.max_doc as usize / 32 + 128 {
                self.bits = vec![0; self.max_doc as usize / 8 + 1];
                for doc in std::mem::take(&mut self.few) {
                    self.add_bit(doc);
                }
            }
            return;
        }
        match docs {
            [first, .., last] if (last - first) as usize + 1 == docs.len() => {
                self.add_run(*first, *last);
            }
            _ => docs.iter().for_each(|doc| self.add_bit(*doc)),
        }
    }

    fn add_bit(&mut self, doc: u32) {
        if let Some(bits) = self.bits.get_mut(doc as usize / 8) {
            *bits |= 1 << (doc % 8);
        }
    }

    /// Adds all documents from the first to the last.
    fn add_run(&mut self, first: u32, last: u32) {
        let (head, tail) = (u8::MAX << (first % 8), u8::MAX >> (7 - last % 8));
        match self.bits.get_mut(first as usize / 8..=last as usize / 8) {
            Some([only]) => *only |= head & tail,
            Some([first, between @ .., last]) => {
                *first |= head;
                between.fill(u8::MAX);
                *last |= tail;
            }
            _ => {}
        }
    }

    /// Returns the set.
    pub(crate) fn into_set(mut self) -> RoaringBitmap {
        if self.bits.is_empty() {
            self.few.sort_unstable();
            self.few.dedup();
            return set(self.few);
        }
        RoaringBitmap::from_lsb0_bytes(0, &self.bits)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const DOCS: u32 = 2_000;

    proptest! {
        #[test]
        fn what_was_added_is_in_the_set(
            runs in prop::collection::vec((0..DOCS, 1..300_u32), 0..12),
            single in prop::collection::btree_set(0..DOCS, 0..300),
        ) {
            let (mut docs, mut expected) = (Docs::new(DOCS), single.clone());
            let single: Vec<u32> = single.into_iter().collect();
            for some in single.chunks(128) {
                docs.add(some);
            }
            for (start, length) in runs {
                let run: Vec<u32> = (start..DOCS.min(start + length)).collect();
                docs.add(&run);
                expected.extend(run);
            }
            prop_assert_eq!(docs.into_set().iter().collect::<BTreeSet<_>>(), expected);
        }
    }
}

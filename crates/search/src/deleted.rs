//! The deleted documents of a segment. Generations that are held share most of them: each has those of its own beside the
//! ones of an earlier generation.

use std::sync::Arc;

use roaring::RoaringBitmap;

/// Maximum number of documents that a generation has of its own.
const MAX_OWN: u64 = 4_096;

/// The documents of a segment that are deleted as of a generation.
pub(crate) struct Deleted {
    /// Those of an earlier generation.
    before: Arc<RoaringBitmap>,
    /// Those since.
    own: RoaringBitmap,
}

impl Deleted {
    /// Takes all deleted documents, and those of an earlier generation if they are known.
    pub(crate) fn of(all: RoaringBitmap, before: Option<Arc<RoaringBitmap>>) -> Self {
        let before = before.filter(|before| {
            all.len() - before.len().min(all.len()) <= MAX_OWN && before.is_subset(&all)
        });
        match before {
            Some(before) => Self {
                own: all - &*before,
                before,
            },
            None => Self {
                before: Arc::new(all),
                own: RoaringBitmap::new(),
            },
        }
    }

    /// Returns the set that later generations share.
    pub(crate) fn before(&self) -> &Arc<RoaringBitmap> {
        &self.before
    }

    /// Removes them from some documents.
    pub(crate) fn remove_from(&self, docs: &mut RoaringBitmap) {
        *docs -= &*self.before;
        *docs -= &self.own;
    }

    /// Returns true if a document is deleted.
    pub(crate) fn contains(&self, doc: u32) -> bool {
        self.before.contains(doc) || self.own.contains(doc)
    }

    /// Returns their number.
    pub(crate) fn len(&self) -> u64 {
        self.before.len() + self.own.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_share_what_was_deleted_before_until_much_more_is() {
        let range = |range: std::ops::Range<u32>| RoaringBitmap::from_iter(range);
        let first = Deleted::of(range(0..10_000), None);
        let few = 10_000 + MAX_OWN as u32;
        let second = Deleted::of(range(0..few), Some(Arc::clone(first.before())));
        assert!(Arc::ptr_eq(first.before(), second.before()));
        assert_eq!((first.len(), second.len()), (10_000, u64::from(few)));
        let contained = [0, 9_999, 10_000, few - 1, few].map(|doc| second.contains(doc));
        assert_eq!(contained, [true, true, true, true, false]);
        let mut docs = range(5_000..few + 3);
        second.remove_from(&mut docs);
        assert_eq!(docs, range(few..few + 3));
        let third = Deleted::of(range(0..few + 1), Some(Arc::clone(first.before())));
        assert!(!Arc::ptr_eq(first.before(), third.before()));
        assert_eq!(third.len(), u64::from(few) + 1);
    }

    #[test]
    fn documents_of_another_set_are_not_taken_for_deleted_ones() {
        let set = |docs: [u32; 2]| RoaringBitmap::from_iter(docs);
        let deleted = Deleted::of(set([1, 2]), Some(Arc::new(set([2, 3]))));
        assert!(deleted.contains(1) && !deleted.contains(3));
        assert_eq!(deleted.len(), 2);
    }
}

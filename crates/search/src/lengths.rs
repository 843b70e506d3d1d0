//! The documents of a segment by the lengths of their names, of which shorter ones come first among hits of one score.

use roaring::RoaringBitmap;

/// Length above which names are not distinguished in the order of hits, characters.
pub(crate) const MAX_LENGTH: u8 = 63;

/// All documents by length of the name.
pub(crate) struct ByLength {
    /// The length of each, at most [`MAX_LENGTH`].
    lengths: Vec<u8>,
    /// Those of each length that there is, shortest first.
    groups: Vec<SameLength>,
}

/// The documents with names of one length.
pub(crate) struct SameLength {
    /// By id.
    pub(crate) by_id: Vec<u32>,
    /// As a set.
    pub(crate) set: RoaringBitmap,
}

impl ByLength {
    /// Takes the length of each document's name, and all documents by id.
    pub(crate) fn of(lengths: impl Iterator<Item = u64>, by_id: &[u32]) -> Self {
        let lengths = lengths.map(|length| length.min(u64::from(MAX_LENGTH)) as u8);
        let lengths: Vec<u8> = lengths.collect();
        let mut numbers = [0_usize; MAX_LENGTH as usize + 1];
        for length in &lengths {
            numbers[usize::from(*length)] += 1;
        }
        let mut groups = numbers.map(|number| SameLength {
            by_id: Vec::with_capacity(number),
            set: RoaringBitmap::new(),
        });
        for doc in by_id {
            if let Some(length) = lengths.get(*doc as usize) {
                groups[usize::from(*length)].by_id.push(*doc);
            }
        }
        for (doc, length) in (0..).zip(&lengths) {
            // In order, so none is refused.
            let _ = groups[usize::from(*length)].set.try_push(doc);
        }
        let groups = groups.into_iter().filter(|group| !group.by_id.is_empty());
        Self {
            groups: groups.collect(),
            lengths,
        }
    }

    /// Returns the length of a document's name.
    pub(crate) fn length(&self, doc: u32) -> u8 {
        self.lengths.get(doc as usize).copied().unwrap_or_default()
    }

    /// Returns the documents of each length, shortest first.
    pub(crate) fn groups(&self) -> &[SameLength] {
        &self.groups
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn groups_are_all_documents_by_length_and_id(
            (lengths, by_id) in prop::collection::vec(0..70_u64, 0..40).prop_flat_map(|lengths| {
                let docs: Vec<u32> = (0..lengths.len() as u32).collect();
                (Just(lengths), Just(docs).prop_shuffle())
            }),
        ) {
            let found = ByLength::of(lengths.iter().copied(), &by_id);
            let length = |doc: &u32| lengths[*doc as usize].min(u64::from(MAX_LENGTH));
            let mut expected = by_id.clone();
            expected.sort_by_key(length);
            let groups = found.groups().iter();
            let listed: Vec<u32> = groups.clone().flat_map(|group| group.by_id.clone()).collect();
            prop_assert_eq!(listed, expected);
            for group in groups {
                prop_assert_eq!(&group.by_id.iter().copied().collect::<RoaringBitmap>(), &group.set);
                prop_assert!(group.by_id.iter().all(|doc| length(doc) == length(&group.by_id[0])));
                prop_assert!(group.by_id.iter().all(|doc| u64::from(found.length(*doc)) == length(doc)));
            }
        }
    }
}

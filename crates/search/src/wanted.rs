//! Wanted items: entries are found by the items that they have, and ordered by the number of them.

use chengji_domain::Result;
use roaring::RoaringBitmap;
use tantivy::Term;

use crate::query::Search;
use crate::schema::Fields;
use crate::segment::Segment;
use crate::wanted_items::WantedItems;

/// The documents of a segment that a search for wanted items finds, deleted ones included.
pub(crate) struct WantedHits {
    /// Those with every word of the query.
    with_words: RoaringBitmap,
    /// Those with one of the items, those with two, and so on.
    by_number: Vec<RoaringBitmap>,
}

/// A group of hits with the same rank: all hits of a better group precede it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// True for those with every word, false for those with wanted items alone.
    pub(crate) has_words: bool,
    /// The number of wanted items.
    items: usize,
}

impl Group {
    /// Returns the groups of a search, best first.
    pub(crate) fn all(wanted: &WantedItems) -> impl Iterator<Item = Self> + use<> {
        let group = |has_words| move |items| Self { has_words, items };
        let most = wanted.len();
        let with_words = (0..=most).rev().map(group(true));
        with_words.chain((1..=most).rev().map(group(false)))
    }
}

impl WantedHits {
    /// Finds the documents with wanted items. `with_words` are those with every word: all, if there are no words.
    pub(crate) fn of(
        segment: &Segment,
        fields: &Fields,
        search: &Search,
        with_words: RoaringBitmap,
    ) -> Result<Self> {
        let mut by_number: Vec<RoaringBitmap> = Vec::new();
        for name in search.items.names() {
            let mut with_item = RoaringBitmap::new();
            if let Some(whole) = fields.items.whole {
                with_item = segment.docs(&Term::from_field_text(whole, name))?;
            }
            if !with_item.is_empty() {
                by_number = with_one_more(by_number, with_item);
            }
        }
        let with_words = if search.query.is_empty() {
            RoaringBitmap::new()
        } else {
            with_words
        };
        Ok(Self {
            with_words,
            by_number,
        })
    }

    /// Returns all of them.
    pub(crate) fn all(&self) -> RoaringBitmap {
        let mut all = self.with_words.clone();
        self.by_number.iter().for_each(|docs| all |= docs);
        all
    }

    /// Returns true for a document with every word.
    pub(crate) fn has_words(&self, doc: u32) -> bool {
        self.with_words.contains(doc)
    }

    /// Returns those of some hits that are of a group.
    pub(crate) fn of_group(&self, hits: &RoaringBitmap, group: Group) -> RoaringBitmap {
        let mut docs = match group.items.checked_sub(1) {
            Some(at) => match self.by_number.get(at) {
                Some(with_items) => hits & with_items,
                None => return RoaringBitmap::new(),
            },
            None => {
                let mut without = hits.clone();
                self.by_number.iter().for_each(|docs| without -= docs);
                without
            }
        };
        if group.has_words {
            docs &= &self.with_words;
        } else {
            docs -= &self.with_words;
        }
        docs
    }
}

/// Divides documents by the number of items that they have, with those that have one more item.
fn with_one_more(
    by_number: Vec<RoaringBitmap>,
    mut with_item: RoaringBitmap,
) -> Vec<RoaringBitmap> {
    let mut divided = vec![RoaringBitmap::new(); by_number.len() + 1];
    for (at, docs) in by_number.into_iter().enumerate() {
        let both = &docs & &with_item;
        with_item -= &both;
        divided[at] |= docs - &both;
        divided[at + 1] |= both;
    }
    // Those with none of the items before.
    divided[0] |= with_item;
    divided
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn groups_with_the_words_come_first_and_those_with_more_items() {
        let groups: Vec<(bool, usize)> = Group::all(&WantedItems::new(["a", "b"]))
            .map(|group| (group.has_words, group.items))
            .collect();
        let expected = [(true, 2), (true, 1), (true, 0), (false, 2), (false, 1)];
        assert_eq!(groups, expected);
    }

    proptest! {
        #[test]
        fn documents_are_divided_by_the_number_of_their_items(
            items in prop::collection::vec(prop::collection::btree_set(0..20_u32, 0..12), 0..6),
        ) {
            let mut by_number = Vec::new();
            let mut expected: BTreeMap<u32, usize> = BTreeMap::new();
            for docs in items {
                docs.iter().for_each(|doc| *expected.entry(*doc).or_default() += 1);
                by_number = with_one_more(by_number, docs.into_iter().collect());
            }
            let numbers = (1..).zip(&by_number);
            let numbers = numbers.flat_map(|(number, docs)| docs.iter().map(move |doc| (doc, number)));
            let numbers: Vec<(u32, usize)> = numbers.collect();
            prop_assert_eq!(numbers.len(), expected.len());
            prop_assert_eq!(numbers.into_iter().collect::<BTreeMap<_, _>>(), expected);
        }
    }
}

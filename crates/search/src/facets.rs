//! The values of a facet in a segment: the documents of each, and how many of some documents have each.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

/// Number of documents that are read from a set at a time.
const PIECE: usize = 512;

/// Documents by value.
pub(crate) type Values = BTreeMap<u32, RoaringBitmap>;

/// The values of a facet.
#[derive(Clone, Default)]
pub(crate) struct FacetValues {
    pub(crate) sets: Values,
    /// The place of each document's value among the values, or their number for documents without one; empty unless each
    /// document has one value at most.
    places: Vec<u16>,
    /// The place of the most frequent value if each document has exactly one: its count is what the others leave.
    rest: Option<usize>,
}

/// Documents to be counted: themselves, or if they are more than half of all, the others.
pub(crate) struct Counted {
    /// Without runs.
    set: RoaringBitmap,
    are_others: bool,
}

impl Counted {
    /// Takes some of `max_doc` documents.
    pub(crate) fn new(docs: &RoaringBitmap, max_doc: u32) -> Self {
        let are_others = docs.len() > u64::from(max_doc) / 2;
        let mut set = if are_others {
            let mut others = RoaringBitmap::new();
            others.insert_range(0..max_doc);
            others - docs
        } else {
            docs.clone()
        };
        // `next_many` of roaring 0.12.0 passes over a container that is one run of all its numbers.
        set.remove_run_compression();
        Self { set, are_others }
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.are_others && self.set.is_empty()
    }

    /// Calls `visit` with each document of the set.
    fn each(&self, mut visit: impl FnMut(u32)) {
        let (mut docs, mut some) = (self.set.iter(), [0_u32; PIECE]);
        loop {
            let some = docs.next_many(&mut some);
            if some.is_empty() {
                return;
            }
            some.iter().for_each(|doc| visit(*doc));
        }
    }
}

impl FacetValues {
    /// Takes the documents of each value.
    pub(crate) fn of(sets: Values, max_doc: u32) -> Self {
        let places = places(sets.values(), max_doc).unwrap_or_default();
        let with_value: u64 = sets.values().map(RoaringBitmap::len).sum();
        let has_each_one = !places.is_empty() && with_value == u64::from(max_doc);
        let by_number = sets.values().enumerate();
        let most = by_number.max_by_key(|(_, docs)| docs.len());
        let rest = most.map(|(place, _)| place).filter(|_| has_each_one);
        Self { sets, places, rest }
    }

    /// Takes sets, without a list of places.
    pub(crate) fn of_sets(sets: Values) -> Self {
        Self {
            sets,
            ..Self::default()
        }
    }

    /// Calls `add` with each value that some of the documents have, and their number.
    pub(crate) fn count(&self, docs: &Counted, max_doc: u32, mut add: impl FnMut(u32, u64)) {
        let counts = self.counts(docs, max_doc);
        for ((value, set), count) in self.sets.iter().zip(counts) {
            let number = if docs.are_others {
                set.len() - count
            } else {
                count
            };
            if number > 0 {
                add(*value, number);
            }
        }
    }

    /// The number of documents of the set with each value.
    fn counts(&self, docs: &Counted, max_doc: u32) -> Vec<u64> {
        let number = docs.set.len();
        // One by one they take time in proportion to their number. Intersections take it for each value in proportion to
        // the smaller of their number and the words of a dense set.
        let of_sets = self.sets.len() as u64 * number.min(u64::from(max_doc) / 64);
        if self.places.is_empty() || of_sets < number {
            return self.intersections(&docs.set);
        }
        // The last is of documents without a value.
        let mut counts = vec![0_u64; self.sets.len() + 1];
        docs.each(|doc| {
            let place = self.places.get(doc as usize).copied().unwrap_or_default();
            if let Some(count) = counts.get_mut(usize::from(place)) {
                *count += 1;
            }
        });
        counts
    }

    /// The sizes of the intersections with the documents of each value.
    fn intersections(&self, docs: &RoaringBitmap) -> Vec<u64> {
        let mut left = docs.len();
        let sets = self.sets.values().enumerate();
        let counts = sets.map(|(place, set)| {
            if self.rest == Some(place) {
                return 0;
            }
            let count = set.intersection_len(docs);
            left -= count.min(left);
            count
        });
        let mut counts: Vec<u64> = counts.collect();
        if let Some(rest) = self.rest.and_then(|place| counts.get_mut(place)) {
            *rest = left;
        }
        counts
    }
}

/// The place of each document's value; `None` if a document has several, or there are too many values.
fn places<'d>(
    values: impl ExactSizeIterator<Item = &'d RoaringBitmap>,
    max_doc: u32,
) -> Option<Vec<u16>> {
    let none = u16::try_from(values.len()).ok()?;
    let mut places = vec![none; max_doc as usize];
    for (place, docs) in (0..none).zip(values) {
        for doc in docs {
            let known = places.get_mut(doc as usize)?;
            if *known != none {
                return None;
            }
            *known = place;
        }
    }
    Some(places)
}

/// The set of documents that are in order.
pub(crate) fn set(docs: Vec<u32>) -> RoaringBitmap {
    // In order, so none is refused.
    RoaringBitmap::from_sorted_iter(docs).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DOCS: u32 = 700;

    #[test]
    fn runs_of_many_documents_are_counted() {
        let max_doc = 4 << 16;
        let mut found = Values::new();
        (0..max_doc).for_each(|doc| {
            found.entry(doc % 40).or_default().insert(doc);
        });
        let values = FacetValues::of(found, max_doc);
        for hits in [0..1 << 16, 1 << 16..max_doc] {
            let mut set = RoaringBitmap::new();
            set.insert_range(hits);
            let mut sum = 0;
            values.count(&Counted::new(&set, max_doc), max_doc, |_, number| {
                sum += number
            });
            assert_eq!(sum, set.len());
        }
    }

    proptest! {
        #[test]
        fn counts_are_those_of_counting_one_by_one(
            values in prop_oneof![
                prop::collection::vec(prop::option::of(0..5_u32), DOCS as usize),
                prop::collection::vec((0..5_u32).prop_map(Some), DOCS as usize),
            ],
            more in prop::collection::vec((0..DOCS, 0..5_u32), 0..2),
            wanted in prop::collection::btree_set(0..DOCS, 0..DOCS as usize),
        ) {
            let mut pairs: Vec<(u32, u32)> =
                (0..).zip(&values).filter_map(|(doc, value)| Some((value.as_ref().copied()?, doc))).collect();
            pairs.extend(more.into_iter().map(|(doc, value)| (value, doc)));
            pairs.sort_unstable();
            pairs.dedup();
            let mut found = Values::new();
            for (value, doc) in &pairs {
                found.entry(*value).or_default().insert(*doc);
            }
            let mut expected: BTreeMap<u32, u64> = BTreeMap::new();
            for (value, _) in pairs.iter().filter(|(_, doc)| wanted.contains(doc)) {
                *expected.entry(*value).or_default() += 1;
            }
            let hits: RoaringBitmap = wanted.into_iter().collect();
            // Intersections as they are where documents are many, by one value less.
            let one_by_one = FacetValues::of(found.clone(), DOCS);
            let by_rest = FacetValues { places: Vec::new(), ..one_by_one.clone() };
            for values in [one_by_one, by_rest, FacetValues::of_sets(found)] {
                let mut counts = BTreeMap::new();
                values.count(&Counted::new(&hits, DOCS), DOCS, |value, number| {
                    counts.insert(value, number);
                });
                prop_assert_eq!(&counts, &expected);
            }
        }
    }
}

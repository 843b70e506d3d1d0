//! Scores of hits by the places that words are found in.

use std::borrow::Cow;
use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::hits::WordHits;

/// Bits of a score.
pub(crate) const SCORE_BITS: u32 = 26;
/// Bits that count the words of one kind: more than there are words.
const WORD_BITS: u32 = 5;

/// Kinds of places, worst first; each counts more than all words of the kinds before.
#[derive(Clone, Copy)]
enum Kind {
    AboutWord,
    About,
    NameWord,
    Name,
    WholeName,
}

impl Kind {
    /// The score of one word of this kind.
    fn score(self) -> u32 {
        1 << (WORD_BITS * self as u32)
    }
}

/// The documents of a segment by the places that words of a query are found in, best first.
pub(crate) struct WordPlaces<'w>(Vec<Place<'w>>);

/// Documents in which words are found in one kind of places, for each word.
struct Place<'w> {
    kind: Kind,
    words: Vec<WordDocs<'w>>,
}

/// Documents with a word in a kind of places, except those that have it in the name.
struct WordDocs<'w> {
    docs: Cow<'w, RoaringBitmap>,
    in_name: Option<&'w RoaringBitmap>,
}

impl<'w> WordDocs<'w> {
    fn all(docs: &'w RoaringBitmap) -> Self {
        let docs = Cow::Borrowed(docs);
        Self {
            docs,
            in_name: None,
        }
    }

    fn contain(&self, doc: u32) -> bool {
        self.docs.contains(doc) && !self.in_name.is_some_and(|in_name| in_name.contains(doc))
    }

    /// Returns those among some documents.
    fn among(&self, docs: &RoaringBitmap) -> RoaringBitmap {
        let found = docs & &*self.docs;
        match self.in_name {
            Some(in_name) if !found.is_empty() => found - in_name,
            _ => found,
        }
    }
}

impl<'w> WordPlaces<'w> {
    /// Takes the hits of each word, and the documents whose name is the whole query.
    pub(crate) fn of(words: &'w [Arc<WordHits>], whole_name: RoaringBitmap) -> Self {
        let of = |kind, docs: fn(&'w WordHits) -> WordDocs<'w>| Place {
            kind,
            words: words.iter().map(|word| docs(word)).collect(),
        };
        let whole_name = WordDocs {
            docs: Cow::Owned(whole_name),
            in_name: None,
        };
        Self(vec![
            Place {
                kind: Kind::WholeName,
                words: vec![whole_name],
            },
            of(Kind::Name, |word| WordDocs::all(&word.name)),
            of(Kind::NameWord, |word| WordDocs::all(&word.name_word)),
            of(Kind::About, |word| WordDocs {
                in_name: Some(&word.name),
                ..WordDocs::all(&word.about)
            }),
            of(Kind::AboutWord, |word| WordDocs {
                in_name: Some(&word.name),
                ..WordDocs::all(&word.about_word)
            }),
        ])
    }

    /// Returns the score of a document.
    pub(crate) fn score(&self, doc: u32) -> u32 {
        let of_places = self.0.iter().map(|place| {
            let words = place.words.iter().filter(|docs| docs.contain(doc)).count();
            words as u32 * place.kind.score()
        });
        of_places.sum()
    }

    /// Calls `visit` with the hits of each score, best first, until it returns false. Better scores than `most` are left
    /// out.
    pub(crate) fn each(
        &self,
        hits: &RoaringBitmap,
        most: u32,
        visit: &mut dyn FnMut(u32, &RoaringBitmap) -> bool,
    ) {
        each(&self.0, hits.clone(), (0, most), visit);
    }
}

/// Calls `visit` with the documents of each score from the first, which they have at least, up to the last; returns false
/// when it does.
fn each(
    places: &[Place<'_>],
    docs: RoaringBitmap,
    (score, most): (u32, u32),
    visit: &mut dyn FnMut(u32, &RoaringBitmap) -> bool,
) -> bool {
    if docs.is_empty() || score > most {
        return true;
    }
    let Some((place, worse)) = places.split_first() else {
        return visit(score, &docs);
    };
    let by_number = (0..).zip(place.by_number(docs));
    let by_number: Vec<(u32, RoaringBitmap)> = by_number.collect();
    let mut best_first = by_number.into_iter().rev();
    best_first.all(|(number, docs)| {
        let score = score + number * place.kind.score();
        each(worse, docs, (score, most), visit)
    })
}

impl Place<'_> {
    /// Divides documents by the number of words that are found in each: none, one, and so on.
    fn by_number(&self, docs: RoaringBitmap) -> Vec<RoaringBitmap> {
        let mut by_number = vec![docs];
        for with_word in &self.words {
            let mut divided = vec![RoaringBitmap::new(); by_number.len() + 1];
            for (number, docs) in by_number.into_iter().enumerate() {
                let with = with_word.among(&docs);
                if with.is_empty() {
                    divided[number] |= docs;
                } else {
                    divided[number] |= docs - &with;
                    divided[number + 1] |= with;
                }
            }
            by_number = divided;
        }
        by_number
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::hits::FoundHits;

    fn word() -> impl Strategy<Value = Arc<WordHits>> {
        let docs = || prop::collection::btree_set(0..24_u32, 0..12);
        (docs(), docs(), docs(), docs()).prop_map(|(name, name_word, about, about_word)| {
            let set = |docs: BTreeSet<u32>| docs.into_iter().collect::<RoaringBitmap>();
            let (name, about) = (set(name), set(about));
            Arc::new(WordHits::of(FoundHits {
                any: &name | &about,
                name_word: set(name_word) & &name,
                about_word: set(about_word) & &about,
                name,
                about,
            }))
        })
    }

    proptest! {
        #[test]
        fn documents_are_visited_by_their_scores(
            words in prop::collection::vec(word(), 1..4),
            whole in prop::collection::btree_set(0..24_u32, 0..3),
            most in prop::option::of(0..24_u32),
        ) {
            let places = WordPlaces::of(&words, whole.into_iter().collect());
            let hits: RoaringBitmap = (0..24).collect();
            let mut expected: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
            for doc in &hits {
                expected.entry(places.score(doc)).or_default().insert(doc);
            }
            // As at the end of a page: the score of one of the documents.
            let most = most.map_or(u32::MAX, |doc| places.score(doc));
            expected.retain(|score, _| *score <= most);
            let mut visited = Vec::new();
            places.each(&hits, most, &mut |score, docs| {
                visited.push((score, docs.iter().collect::<BTreeSet<_>>()));
                true
            });
            let expected: Vec<_> = expected.into_iter().rev().collect();
            prop_assert_eq!(visited, expected);
        }
    }
}

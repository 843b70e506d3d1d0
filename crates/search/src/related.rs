//! Related entries of other cities: likely duplicates of an entry, and complements to it.

use chengji_domain::Result;
use chengji_domain::catalogue::Facet;
use roaring::RoaringBitmap;
use tantivy::Term;

use crate::document::{Document, EntryId};
use crate::facets::FacetValues;
use crate::fold::fold;
use crate::generation::{Generation, LiveSegment};
use crate::kin;
use crate::schema::{Fields, whole};

/// Maximum number of related entries of each kind.
pub const MAX_RELATED: usize = 3;
/// Minimum number of items by which entries with different names are compared.
const MIN_ITEMS: usize = 3;
/// Maximum number of entries that are looked at of those with the same name, the same name but for the place, and the same
/// kind of provider, each: of a large cluster the last is a list of tens of thousands.
const MAX_LOOKED_AT: usize = 512;

/// The relation of an entry of another city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// The same name, and the same kind of provider or at least half of the items.
    Duplicate,
    /// The same kind of provider, and the same name but for the place or at least half of the items.
    Complement,
}

/// A related entry of another city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The entry.
    pub id: EntryId,
    /// The relation.
    pub relation: Relation,
}

/// Returns entries of other cities that are related to an entry, duplicates first. Only some are looked at of names and
/// providers that very many have.
pub(crate) fn related(
    generation: &Generation,
    fields: &Fields,
    entry: &Document,
    hidden: &[u32],
) -> Result<Vec<Related>> {
    let (mut duplicates, mut complements) = (Vec::new(), Vec::new());
    let mut left = Left::default();
    for live in &generation.segments {
        let found = Kin::of(live, fields, entry, hidden, &mut left)?;
        duplicates.extend(ids(live, &found.duplicates())?);
        complements.extend(ids(live, &found.complements())?);
    }
    let mut related = Vec::new();
    for (mut found, relation) in [
        (duplicates, Relation::Duplicate),
        (complements, Relation::Complement),
    ] {
        found.sort_unstable();
        found.truncate(MAX_RELATED);
        related.extend(found.into_iter().map(|id| Related { id, relation }));
    }
    Ok(related)
}

/// The numbers of entries that are still to be looked at.
struct Left {
    of_name: usize,
    of_name_elsewhere: usize,
    of_provider: usize,
}

impl Default for Left {
    fn default() -> Self {
        Self {
            of_name: MAX_LOOKED_AT,
            of_name_elsewhere: MAX_LOOKED_AT,
            of_provider: MAX_LOOKED_AT,
        }
    }
}

/// The documents of a segment that have something in common with an entry of another city.
struct Kin {
    same_name: RoaringBitmap,
    same_name_elsewhere: RoaringBitmap,
    same_provider: RoaringBitmap,
    same_items: RoaringBitmap,
}

impl Kin {
    fn of(
        live: &LiveSegment,
        fields: &Fields,
        entry: &Document,
        hidden: &[u32],
        left: &mut Left,
    ) -> Result<Self> {
        let segment = &live.segment;
        let term = |text: &str| Term::from_field_text(fields.kin, text);
        let others = |docs: RoaringBitmap| {
            let docs = live.visible(docs, hidden);
            let of_city =
                |cities: &FacetValues| cities.sets.get(&entry.id.city).map(|own| &docs - own);
            let without = segment.values(Facet::City, 0, of_city);
            without.unwrap_or(docs)
        };
        let name = Term::from_field_text(fields.whole_name, &whole(&fold(&entry.name)));
        let same_name = others(segment.first_docs(&name, &mut left.of_name)?);
        let elsewhere = term(&kin::name_term(&entry.name));
        let elsewhere = others(segment.first_docs(&elsewhere, &mut left.of_name_elsewhere)?);
        let provider = term(&kin::provider_term(&entry.provider));
        let first_of_provider = others(segment.first_docs(&provider, &mut left.of_provider)?);
        let compared = &same_name | &first_of_provider;
        let named = &same_name | &elsewhere;
        let provider = segment.docs_among(&named, &provider)? | first_of_provider;
        let items = kin::item_terms(&entry.items);
        let mut sets = Vec::new();
        if items.len() >= MIN_ITEMS && !compared.is_empty() {
            for item in &items {
                sets.push(segment.docs_among(&compared, &term(item))?);
            }
        }
        Ok(Self {
            same_items: in_half(&sets),
            same_name,
            same_name_elsewhere: elsewhere,
            same_provider: provider,
        })
    }

    fn duplicates(&self) -> RoaringBitmap {
        &self.same_name & (&self.same_provider | &self.same_items)
    }

    fn complements(&self) -> RoaringBitmap {
        let alike = &self.same_name_elsewhere | &self.same_items;
        (alike & &self.same_provider) - self.duplicates()
    }
}

/// Documents that are in at least half of the sets; none if there are no sets.
fn in_half(sets: &[RoaringBitmap]) -> RoaringBitmap {
    let least = sets.len().div_ceil(2);
    // The sets with at least so many of those before: each further one adds its documents to the next.
    let mut at_least = vec![RoaringBitmap::new(); least];
    for set in sets {
        for number in (0..least).rev() {
            let more = match number {
                0 => set.clone(),
                _ => set & &at_least[number - 1],
            };
            at_least[number] |= more;
        }
    }
    at_least.pop().unwrap_or_default()
}

/// The first ids of some documents.
fn ids(live: &LiveSegment, docs: &RoaringBitmap) -> Result<Vec<EntryId>> {
    let mut ranked: Vec<(u32, u32)> = docs
        .iter()
        .filter_map(|doc| Some((*live.segment.id_ranks.get(doc as usize)?, doc)))
        .collect();
    ranked.sort_unstable();
    ranked.truncate(MAX_RELATED);
    let ids = ranked.into_iter().map(|(_, doc)| live.segment.id(doc));
    ids.filter_map(Result::transpose).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn in_half_of_the_sets_is_what_counting_says(
            sets in prop::collection::vec(prop::collection::btree_set(0..8_u32, 0..8), 0..7),
        ) {
            let bitmaps: Vec<RoaringBitmap> = sets.iter().map(|set| set.iter().collect()).collect();
            let count = |doc: u32| sets.iter().filter(|set| set.contains(&doc)).count();
            let expected = (0..8).filter(|doc| !sets.is_empty() && 2 * count(*doc) >= sets.len());
            prop_assert_eq!(in_half(&bitmaps).iter().collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        }
    }
}

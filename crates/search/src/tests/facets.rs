//! Filters, and numbers of hits for each value.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::world::{NOW, World, named, search};
use crate::{Document, Facet, Filters, Freshness, Search, Source};

/// The values of a document, by its definition.
fn values(document: &Document, facet: Facet) -> Vec<u32> {
    match facet {
        Facet::City => vec![document.id.city],
        Facet::Freshness => vec![match document.source {
            Source::Unmounted => Freshness::Unmounted as u32,
            Source::NeverMeasured => Freshness::NeverMeasured as u32,
            Source::MeasuredUntil(until) if until < NOW => Freshness::Stale as u32,
            Source::MeasuredUntil(_) => Freshness::Fresh as u32,
        }],
        facet => {
            let own = document.facets.iter().filter(|(own, _)| *own == facet);
            own.map(|(_, value)| *value).collect()
        }
    }
}

fn passes(document: &Document, filters: &Filters, except: Option<Facet>) -> bool {
    filters.iter().all(|(facet, wanted)| {
        Some(*facet) == except
            || values(document, *facet)
                .iter()
                .any(|own| wanted.contains(own))
    })
}

fn document() -> impl Strategy<Value = Document> {
    let source = prop_oneof![
        Just(Source::Unmounted),
        Just(Source::NeverMeasured),
        (NOW - 86_400 * 3..NOW + 86_400 * 3).prop_map(Source::MeasuredUntil),
    ];
    let formats = prop::collection::btree_set(1..5_u32, 1..3);
    let name = prop_oneof![Just("停车场"), Just("公交站"), Just("停车位")];
    (0..40_u32, 0..3_u32, name, 0..2_u32, formats, source).prop_map(
        |(serial, city, name, open, formats, source)| {
            let mut document = named(430_100 + city * 100, serial, name);
            document.facets.push((Facet::Open, open));
            document
                .facets
                .extend(formats.into_iter().map(|format| (Facet::Format, format)));
            Document { source, ..document }
        },
    )
}

fn filters() -> impl Strategy<Value = Filters> {
    let facet = prop::sample::select(vec![
        (Facet::City, 430_100),
        (Facet::City, 430_200),
        (Facet::Class, 1),
        (Facet::Class, 2),
        (Facet::Format, 1),
        (Facet::Format, 3),
        (Facet::Open, 1),
        (Facet::Freshness, 3),
        (Facet::Freshness, 4),
        (Facet::Level, 1),
    ]);
    prop::collection::vec(facet, 0..4).prop_map(|chosen| {
        let mut filters = Filters::new();
        for (facet, value) in chosen {
            filters.entry(facet).or_default().push(value);
        }
        filters
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn filters_and_counts_are_those_of_a_scan(
        first in prop::collection::vec(document(), 0..40),
        second in prop::collection::vec(document(), 0..20),
        filters in prop::collection::vec(filters(), 1..4),
        hidden in prop::sample::select(vec![vec![], vec![430_200]]),
    ) {
        let mut world = World::of(first);
        world.put(second);
        for filters in filters {
            let wanted = Search {
                filters: filters.clone(),
                hidden: hidden.clone(),
                facets: Facet::ALL.to_vec(),
                limit: 1_000,
                ..search("停车")
            };
            let of_words = |document: &&Document| {
                document.name.contains("停车") && !hidden.contains(&document.id.city)
            };
            let scanned: Vec<&Document> = world.documents.values().filter(of_words).collect();
            let found = world.index.search(&wanted).unwrap();
            let total = scanned.iter().filter(|document| passes(document, &filters, None));
            prop_assert_eq!(found.total, total.count() as u64);
            prop_assert_eq!(found.hits.len() as u64, found.total);
            for counted in found.facets {
                let mut expected: BTreeMap<u32, u64> = BTreeMap::new();
                let facet = counted.facet;
                for document in &scanned {
                    if passes(document, &filters, Some(facet)) {
                        for value in values(document, facet) {
                            *expected.entry(value).or_default() += 1;
                        }
                    }
                }
                prop_assert!(counted.counts.is_sorted_by_key(|(_, number)| u64::MAX - number));
                let counts: BTreeMap<u32, u64> = counted.counts.into_iter().collect();
                prop_assert_eq!(counts, expected, "{:?}", facet);
            }
        }
    }
}

//! Searches for wanted items.

use proptest::prelude::*;

use super::world::{World, named, search};
use crate::{Document, EntryId, Facet, Filters, Search, Sort, WantedItems, fold};

fn with_items(document: Document, items: &[&str]) -> Document {
    let items = items.iter().map(|item| (*item).to_owned()).collect();
    Document { items, ..document }
}

fn wanted(query: &str, items: &[&str]) -> Search {
    Search {
        items: WantedItems::new(items),
        ..search(query)
    }
}

fn world() -> World {
    let mut world = World::of([
        with_items(named(430_100, 1, "充电桩"), &["地址"]),
        with_items(named(430_100, 2, "公共充电桩分布"), &["编号", "ＰＯＩ"]),
        with_items(named(430_100, 3, "停车场"), &["地址"]),
    ]);
    world.put([
        with_items(named(430_200, 4, "公交站"), &["编号", "POI", "地址"]),
        with_items(named(430_200, 5, "医院"), &["编号前缀", "地"]),
        with_items(named(430_200, 6, "充电桩名录"), &[]),
    ]);
    world
}

#[test]
fn entries_with_the_words_come_first_and_those_with_more_of_the_items() {
    let world = world();
    let listed = |search: &Search, size| -> Vec<&str> {
        let listed = world.listed(search, size);
        listed
            .iter()
            .map(|id| world.documents[id].name.as_str())
            .collect()
    };
    let items = ["编号", "poi", "地址", "泊位"];
    let expected = ["公共充电桩分布", "充电桩", "充电桩名录", "公交站", "停车场"];
    for size in [1, 2, 10] {
        assert_eq!(listed(&wanted("充电桩", &items), size), expected);
    }
    assert_eq!(
        listed(&wanted("", &items), 10),
        ["公交站", "公共充电桩分布", "充电桩", "停车场"],
        "no words find nothing"
    );
    assert_eq!(listed(&wanted("没有", &items), 10).len(), 4);
    assert_eq!(listed(&wanted("", &["泊位"]), 10), [""; 0]);
    let by_code = Search {
        sort: Sort::Code,
        ..wanted("充电桩", &items)
    };
    let in_order_of_codes = ["充电桩", "公共充电桩分布", "停车场", "公交站", "充电桩名录"];
    assert_eq!(listed(&by_code, 2), in_order_of_codes);
}

#[test]
fn a_hit_says_whether_it_has_every_word_and_filters_apply_to_all() {
    let world = world();
    let search = Search {
        filters: Filters::from([(Facet::City, vec![430_100])]),
        facets: vec![Facet::City],
        ..wanted("充电桩 分布", &["地址"])
    };
    let found = world.index.search(&search).unwrap();
    let hits = found.hits.iter();
    let hits: Vec<(&str, bool)> = hits
        .map(|hit| (world.documents[&hit.id].name.as_str(), hit.has_words))
        .collect();
    let expected = [
        ("公共充电桩分布", true),
        ("充电桩", false),
        ("停车场", false),
    ];
    assert_eq!((hits.as_slice(), found.total), (&expected[..], 3));
    assert_eq!(found.facets[0].counts, [(430_100, 3), (430_200, 1)]);
    // The counts of another search are not taken for those of this one.
    let words_alone = Search {
        items: WantedItems::default(),
        ..search
    };
    let found = world.index.search(&words_alone).unwrap();
    assert_eq!(found.facets[0].counts, [(430_100, 1)]);
    assert!(found.hits.iter().all(|hit| hit.has_words));
}

fn document() -> impl Strategy<Value = Document> {
    let items = prop::collection::vec("[甲乙丙Ａa]", 0..4);
    (0..30_u32, "[停车场]{1,3}", items).prop_map(|(serial, name, items)| Document {
        items,
        ..named(430_100 + serial % 2 * 100, serial, &name)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_found_is_what_a_scan_finds_in_its_order(
        first in prop::collection::vec(document(), 0..20),
        second in prop::collection::vec(document(), 0..20),
        query in "(停|停车|车 场)?",
        items in prop::collection::vec("[甲乙丙丁a]", 0..4),
        size in 1..9_usize,
    ) {
        let mut world = World::of(first);
        world.put(second);
        let search = Search { items: WantedItems::new(&items), ..search(&query) };
        let with_words = world.scanned(&query);
        let has_words = |id: &EntryId| {
            with_words.contains(id) && (items.is_empty() || !query.is_empty())
        };
        let mut distinct = items.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let number = |id: &EntryId| {
            let of_entry: Vec<String> = world.documents[id].items.iter().map(|item| fold(item)).collect();
            distinct.iter().filter(|item| of_entry.contains(item)).count()
        };
        let all = world.documents.keys();
        let mut expected: Vec<EntryId> = all
            .filter(|id| has_words(id) || number(id) > 0)
            .cloned()
            .collect();
        let listed = world.listed(&search, size);
        let rank = |id: &EntryId| (!has_words(id), usize::MAX - number(id));
        prop_assert!(listed.is_sorted_by_key(rank));
        let mut found = listed;
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
    }
}

//! Every substring is found, and nothing else.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;
use proptest::prelude::*;
use proptest::sample::Index;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::world::{World, id, named};
use crate::{Document, EntryId};

/// A step of a story of changes.
#[derive(Clone, Debug)]
enum Step {
    Put(u32, String, String, Vec<String>),
    Remove(u32),
    Reopen,
    Find(String),
    FindPartOf(u32, Index, usize),
}

fn text() -> impl Strategy<Value = String> {
    "[停车車场a-cＡB1-2０/ 。㎡]{0,12}"
}

fn step() -> impl Strategy<Value = Step> {
    let items = prop::collection::vec(text(), 0..3);
    prop_oneof![
        6 => (0..6_u32, text(), text(), items)
            .prop_map(|(serial, name, summary, items)| Step::Put(serial, name, summary, items)),
        2 => (0..6_u32).prop_map(Step::Remove),
        1 => Just(Step::Reopen),
        6 => "[停车場a-c1-2/m]{1,7}( [车b1])?".prop_map(Step::Find),
        6 => (0..6_u32, any::<Index>(), 1..9_usize)
            .prop_map(|(serial, at, length)| Step::FindPartOf(serial, at, length)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_found_is_what_a_scan_finds_through_all_changes(
        steps in prop::collection::vec(step(), 1..30),
    ) {
        let mut world = World::new();
        for step in steps {
            let query = match step {
                Step::Put(serial, name, summary, items) => {
                    let document = named(430_100, serial, &name);
                    world.put([Document { summary, items, ..document }]);
                    continue;
                }
                Step::Remove(serial) => {
                    world.remove([id(430_100, serial)]);
                    continue;
                }
                Step::Reopen => {
                    world = world.reopen();
                    continue;
                }
                Step::Find(query) => query,
                Step::FindPartOf(serial, at, length) => {
                    let Some(document) = world.documents.get(&id(430_100, serial)) else {
                        continue;
                    };
                    let text = format!("{}\n{}", document.name, document.id.code);
                    let chars: Vec<char> = text.chars().collect();
                    let at = at.index(chars.len());
                    chars.iter().skip(at).take(length).collect()
                }
            };
            prop_assert_eq!(world.found(&query), world.scanned(&query), "{:?}", query);
        }
    }
}

/// Texts of few pieces: most grams are frequent, some are rare, many are in a text several times or not adjacent.
#[test]
fn frequent_and_rare_grams_are_found_together_as_a_scan_finds_them() {
    let pieces = [
        "依照职责",
        "采集的",
        "责采",
        "照职责采集",
        "，",
        " ",
        "的隧",
    ];
    let mut random = StdRng::seed_from_u64(3);
    let documents = (0..1_500).map(|serial| {
        let mut summary = String::new();
        for _ in 0..random.random_range(4..14) {
            // The last piece is rare.
            let last = if random.random_ratio(1, 200) { 7 } else { 6 };
            summary.push_str(pieces[..last].choose(&mut random).unwrap());
        }
        let document = named(430_100, serial, "名录");
        Document {
            summary,
            ..document
        }
    });
    let world = World::of(documents);
    let summaries: Vec<&String> = world.documents.values().map(|d| &d.summary).collect();
    let mut queries = vec!["采集的隧".to_owned(), "依照职责采集的".to_owned()];
    queries.extend((0..300).map(|_| {
        let text: Vec<char> = summaries.choose(&mut random).unwrap().chars().collect();
        let (at, length) = (
            random.random_range(0..text.len()),
            random.random_range(3..10),
        );
        text.iter().skip(at).take(length).collect()
    }));
    for query in queries {
        assert_eq!(world.found(&query), world.scanned(&query), "{query:?}");
    }
}

#[test]
fn codes_are_found_by_their_parts_with_and_without_slashes() {
    let world = World::of([named(430_100, 3, "公交站点"), named(430_200, 14, "停车场")]);
    for (query, number) in [
        ("103001/000003", 1),
        ("103001000003", 1),
        ("1/03/001", 2),
        ("000014", 1),
        ("00001", 1),
        ("3001/0", 2),
        ("11430100006127302y", 2),
        ("6127302Y", 2),
        ("103001/000004", 0),
    ] {
        assert_eq!(world.found(query).len(), number, "{query}");
        assert_eq!(world.found(query), world.scanned(query), "{query}");
    }
}

/// Whole catalogues of portals.
mod real_data {
    use super::*;

    /// `tests/run` names the folder of real catalogues if it is present, and runs this; otherwise it is counted as
    /// ignored.
    #[test]
    #[ignore = "needs real data"]
    fn substrings_of_real_catalogues_find_what_a_scan_finds() {
        let folder =
            std::env::var_os("CHENGJI_TEST_DATA").expect("CHENGJI_TEST_DATA names a folder");
        let documents = real(Path::new(&folder));
        assert!(documents.len() > 4_000, "{}", documents.len());
        let mut random = StdRng::seed_from_u64(7);
        let mut world = World::new();
        for some in documents.chunks(1_000) {
            world.put(some.to_vec());
        }
        compare(&world, &mut random, 500);
        // Revisions: some get the texts of others.
        let revised = documents
            .choose_multiple(&mut random, 400)
            .map(|document| Document {
                id: documents
                    .choose(&mut StdRng::seed_from_u64(document.published_at as u64))
                    .unwrap()
                    .id
                    .clone(),
                ..document.clone()
            });
        let revised: Vec<Document> = revised.collect();
        world.put(revised);
        compare(&world, &mut random, 500);
        let withdrawn = documents.choose_multiple(&mut random, 600);
        let withdrawn: Vec<EntryId> = withdrawn.map(|document| document.id.clone()).collect();
        world.remove(withdrawn);
        compare(&world, &mut random, 500);
        compare(&world.reopen(), &mut random, 500);
    }

    /// Compares the hits of substrings drawn from the documents with those of a scan.
    fn compare(world: &World, random: &mut StdRng, number: usize) {
        let documents: Vec<&Document> = world.documents.values().collect();
        let mut found = 0;
        for _ in 0..number {
            let document = documents.choose(random).unwrap();
            let mut texts = vec![&document.name, &document.summary, &document.id.code];
            texts.extend(&document.items);
            let text: Vec<char> = texts.choose(random).unwrap().chars().collect();
            let at = random.random_range(0..text.len().max(1));
            let length = random.random_range(1..9);
            let query: String = text.iter().skip(at).take(length).collect();
            let scanned = world.scanned(&query);
            assert_eq!(world.found(&query), scanned, "{query:?}");
            found += scanned.len();
        }
        eprintln!("{number} substrings found {found} entries, as a scan does");
    }

    /// The entries of the real catalogues in a folder.
    fn real(folder: &Path) -> Vec<Document> {
        let mut documents = Vec::new();
        let mut add = |name: &str, summary: &str, provider: &str, items: Vec<String>| {
            let serial = documents.len() as u32;
            let document = named(430_100 + serial % 7 * 100, serial, name);
            documents.push(Document {
                summary: summary.to_owned(),
                provider: provider.to_owned(),
                items,
                ..document
            });
        };
        let plan = BufReader::new(File::open(folder.join("shanghai-2014-plan.csv")).unwrap());
        for line in plan.lines().skip(1) {
            let line = line.unwrap();
            let cells: Vec<&str> = line.split(',').collect();
            if let [_, provider, name, summary, items, ..] = cells.as_slice() {
                let items = items.split('、').map(str::to_owned).collect();
                add(name, summary, provider, items);
            }
        }
        let national = File::open(folder.join("govdata-ckan-4k.jsonl.gz")).unwrap();
        for line in BufReader::new(GzDecoder::new(national)).lines() {
            let entry: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let items = entry["resources"].as_array().into_iter().flatten();
            let items = items.map(|item| text(&item["name"])).collect();
            let provider = text(&entry["organization"]["title"]);
            add(
                &text(&entry["title"]),
                &text(&entry["notes"]),
                &provider,
                items,
            );
        }
        documents
    }
}

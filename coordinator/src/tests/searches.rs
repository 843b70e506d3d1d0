//! Counts what searches read: keys of the store, and postings of the index, which are its entries for a word.
//!
//! Calls of the class SEARCH read in proportion to what matches. The same bounds hold for catalogues of any size: with
//! the variable `CHENGJI_READS_LARGE` set, of 1,000 and of 100,000 entries.

use std::collections::BTreeSet;

use chengji_domain::catalogue::{Draft, DraftItem, EntryRecord, Given, ItemType, ShareClass};
use chengji_proto::policy::PolicyTable;
use chengji_proto::v1::{self, ReadClass};
use chengji_runtime::Awaited;
use chengji_store::Tx;

use super::read_counts::page;
use super::world::{PROVIDER, World, city, draft};
use crate::records::{self, CatalogueSums};

/// The calls that are counted here.
const COUNTED: [&str; 2] = ["Directory/Complete", "Directory/Search"];
/// The calls of the class SEARCH that read no index of texts.
const OTHERS: [&str; 4] = [
    "Catalogue/CountLifecycles",
    "Rate/History",
    "Report/Month",
    "RuleSetting/SetHolidays",
];

/// Number of entries that are about something rare.
const RARE: u32 = 10;
/// Words that only those have, some of parts that all entries have.
const RARE_WORDS: [&str; 9] = [
    "隧",
    "隧道",
    "道照明",
    "隧道照明",
    "隧道照明名录",
    "采集的隧",
    "的隧道照明名",
    "隧道 照明",
    "道照明名录第",
];
/// Words that all entries have.
const FREQUENT_WORDS: [&str; 4] = ["的", "名录", "照职责", "依照职责采集"];

/// Number of postings that a search reads for each entry with the rarest part of a word: those of several fields and of
/// the words that it consists of, and some that lie between those of other entries.
const PER_ENTRY: u64 = 100;
/// Maximum number of keys of the store that a call reads: the records of a page, and a constant.
const MAX_KEYS: u64 = 20;
/// Number of hits of a page with related entries, at most.
const WITH_RELATED: u64 = 10;
/// Number of postings that are read for the related entries of one hit in the catalogues below.
const PER_RELATED: u64 = 1_000;
/// An item that only those have.
const RARE_ITEM: &str = "灯杆编号";
/// A word that no entry has, and one that sounds alike.
const MISTYPED: (&str, &str) = ("遂道", "隧道");
/// Number of entries written at once.
const PIECE: usize = 500;

/// A catalogue with so many entries.
async fn filled(count: u32) -> World {
    let world = World::new().await;
    let records: Vec<EntryRecord> = (0..count)
        .map(|serial| record(&world, serial, count))
        .collect();
    for some in records.chunks(PIECE) {
        let some = some.to_vec();
        let put = move |tx: &mut Tx<'_>| {
            let mut sums = CatalogueSums::default();
            for record in &some {
                records::put_entry(tx, &mut sums, city(PROVIDER), record, None)?;
            }
            sums.store(tx, city(PROVIDER))
        };
        world.ledger.write(put).await.unwrap();
    }
    world
}

fn record(world: &World, serial: u32, count: u32) -> EntryRecord {
    let is_rare = serial.is_multiple_of(count / RARE);
    let about = if is_rare {
        "隧道照明"
    } else {
        "公共停车场"
    };
    let item = DraftItem {
        name: RARE_ITEM.to_owned(),
        kind: Given::Known(ItemType::Text),
        length: 20,
        ..DraftItem::default()
    };
    let draft = Draft {
        items: is_rare.then_some(item).into_iter().collect(),
        name: format!("{about}名录第{serial}批"),
        summary: format!("依照职责采集的{about}名录，包括名称和地址。"),
        ..draft(serial, ShareClass::Conditional)
    };
    EntryRecord::new(draft.check().unwrap(), 1, world.now())
}

/// The numbers of keys and of postings read by a call.
fn read<T>(world: &World, call: impl FnOnce() -> T) -> (u64, u64, T) {
    let index = world.indexing().index();
    let before = index.postings_read();
    let (keys, result) = world.reads.during(call);
    (keys, index.postings_read() - before, result)
}

/// Searches for the first page with all facets; returns the number of hits, and of postings that were read.
fn search(world: &World, words: &str) -> (u64, u64) {
    let facets = [
        v1::Facet::City,
        v1::Facet::Class,
        v1::Facet::Theme,
        v1::Facet::Freshness,
    ];
    let asked = v1::SearchRequest {
        query: words.to_owned(),
        facets: facets.map(i32::from).to_vec(),
        page: page(),
        ..Default::default()
    };
    let directory = world.directory();
    let (keys, postings, found) = read(world, || directory.search(&asked, &Awaited::default()));
    assert!(keys <= MAX_KEYS, "{words} reads {keys} keys");
    (found.unwrap().total, postings)
}

/// Counts the calls on a catalogue with so many entries.
async fn count(entries: u32) {
    let world = filled(entries).await;
    count_suggested(&world, entries);
    for words in RARE_WORDS {
        let (total, postings) = search(&world, words);
        assert_eq!(total, u64::from(RARE), "{words}");
        let most = PER_ENTRY * u64::from(RARE);
        assert!(postings <= most, "{words} reads {postings} of {entries}");
    }
    for words in FREQUENT_WORDS {
        let (total, postings) = search(&world, words);
        assert_eq!(total, u64::from(entries), "{words}");
        // The count shows a walk over all entries.
        let (least, most) = (u64::from(entries), PER_ENTRY * u64::from(entries));
        let is_expected = (least..=most).contains(&postings);
        assert!(is_expected, "{words} reads {postings} of {entries}");
        assert_eq!(search(&world, words), (total, 0), "{words} is known");
    }
    count_wanted(&world, entries);
    count_related(&world);
    let asked = v1::CompleteRequest {
        text: "隧道".to_owned(),
        limit: 5,
    };
    let directory = world.directory();
    let (keys, postings, completed) = read(&world, || directory.complete(&asked));
    assert!(!completed.unwrap().completions.is_empty());
    assert!(keys <= MAX_KEYS, "a completion reads {keys} keys");
    let most = PER_ENTRY * u64::from(RARE);
    assert!(
        postings <= most,
        "a completion reads {postings} of {entries}"
    );
}

/// Counts what is read for wanted items: of the entries that have them, and no others.
fn count_wanted(world: &World, entries: u32) {
    let asked = v1::SearchRequest {
        wanted_items: vec![RARE_ITEM.to_owned(), "经度".to_owned()],
        page: page(),
        ..Default::default()
    };
    let directory = world.directory();
    let (keys, postings, found) = read(world, || directory.search(&asked, &Awaited::default()));
    assert_eq!(found.unwrap().total, u64::from(RARE));
    assert!(keys <= MAX_KEYS, "wanted items read {keys} keys");
    let most = PER_ENTRY * u64::from(RARE);
    assert!(
        postings <= most,
        "wanted items read {postings} of {entries}"
    );
}

/// Counts what is read for related entries, of a word that was searched before: all entries have one provider.
fn count_related(world: &World) {
    let asked = v1::SearchRequest {
        query: FREQUENT_WORDS[0].to_owned(),
        related: true,
        page: page(),
        ..Default::default()
    };
    let directory = world.directory();
    let (_, postings, found) = read(world, || directory.search(&asked, &Awaited::default()));
    assert!(!found.unwrap().hits.is_empty());
    let most = WITH_RELATED * PER_RELATED;
    assert!(postings <= most, "related entries read {postings}");
}

/// Counts what is read for other words where little is found.
fn count_suggested(world: &World, entries: u32) {
    let (typed, meant) = MISTYPED;
    let asked = v1::SearchRequest {
        query: typed.to_owned(),
        page: page(),
        ..Default::default()
    };
    let directory = world.directory();
    let (_, postings, found) = read(world, || directory.search(&asked, &Awaited::default()));
    let suggested = found.unwrap().suggestions;
    let suggested: Vec<(&str, u64)> = suggested
        .iter()
        .map(|other| (other.query.as_str(), other.hits))
        .collect();
    assert_eq!(suggested, [(meant, u64::from(RARE))]);
    let most = PER_ENTRY * u64::from(RARE);
    assert!(postings <= most, "other words read {postings} of {entries}");
}

#[tokio::test]
async fn calls_read_postings_in_proportion_to_what_matches() {
    let table = PolicyTable::of_contract().unwrap();
    let searches = table
        .rules()
        .filter(|(_, rule)| rule.reads == ReadClass::Search);
    let searches: BTreeSet<String> = searches
        .map(|(path, _)| {
            path.trim_start_matches("/chengji.v1.")
                .replacen("Service", "", 1)
        })
        .collect();
    let known: BTreeSet<String> = COUNTED
        .iter()
        .chain(&OTHERS)
        .map(ToString::to_string)
        .collect();
    assert_eq!(searches, known);
    let (few, many) = match std::env::var_os("CHENGJI_READS_LARGE") {
        Some(_) => (1_000, 100_000),
        None => (100, 3_000),
    };
    count(few).await;
    count(many).await;
}

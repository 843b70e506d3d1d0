//! Tests of tables and indexes against a plain map that is searched in full.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use self::tallies::tallies_agree;
use crate::codec::{Codec, Encoded};
use crate::index::Index;
use crate::keys::{Key, Prefix};
use crate::kv::{Batch, KeyValue};
use crate::ledger::{Ledger, Tx};
use crate::memory::MemoryStore;
use crate::merge::Merged;
use crate::span::{Limit, Page, Span};
use crate::table::Table;
use crate::tally::Tally;
use crate::verify::Differences;
use crate::view::View;
use crate::{CountingStore, Reads};

#[path = "kill9_tests.rs"]
mod kill9;
#[path = "tally_tests.rs"]
mod tallies;

/// A record with a field of every kind that indexes are made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Item {
    name: String,
    color: u8,
    /// A year, if any.
    due: Option<u32>,
    tags: BTreeSet<u8>,
}

struct Stored;

impl Codec for Stored {
    type Record = Item;

    fn encode(record: &Item) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec(record).unwrap())
    }

    fn decode(bytes: &[u8]) -> Result<Item> {
        serde_json::from_slice(bytes).map_err(|error| {
            let text = error.to_string();
            Error::new(ErrorCode::StorageDamaged, msg::Text { text })
        })
    }
}

type Id = (u32, String);
type ItemIndex<I> = Index<I, Id, Stored>;

// Prefixes of other records: these tests do not share their stores.
static ITEMS: Table<Id, Stored> =
    Table::new(Prefix::Member, &[&BY_COLOR, &BY_NAME, &BY_DUE, &BY_TAG])
        .with_tallies(&[&COLORS, &TAGS]);
/// The number of items of a colour, and the sum of their years.
static COLORS: Tally<(u8,), Id, Stored, 2> =
    Tally::new(Prefix::CatalogueTally, "colors", |_, item: &Item| {
        vec![((item.color,), [1, item.due.map_or(0, u64::from)])]
    });
/// Several groups for one record.
static TAGS: Tally<(u8, u32), Id, Stored, 1> =
    Tally::new(Prefix::QuarantineTally, "tags", |key, item: &Item| {
        item.tags.iter().map(|tag| ((*tag, key.0), [1])).collect()
    });
static BY_COLOR: ItemIndex<(u8, u32)> = Index::new(&ITEMS, Prefix::Person, "color", |key, item| {
    vec![(item.color, key.0)]
});
static BY_NAME: ItemIndex<(String,)> = Index::unique(&ITEMS, Prefix::Receipt, "name", |_, item| {
    vec![(item.name.clone(),)]
});
/// Partial, latest first.
static BY_DUE: ItemIndex<(Reverse<u32>,)> =
    Index::new(&ITEMS, Prefix::Transfer, "due", |_, item| {
        item.due.map(|due| (Reverse(due),)).into_iter().collect()
    });
/// Several keys for one record.
static BY_TAG: ItemIndex<(u8,)> = Index::new(&ITEMS, Prefix::Waiting, "tag", |_, item| {
    item.tags.iter().map(|tag| (*tag,)).collect()
});

type Model = BTreeMap<Id, Item>;

fn ledger() -> (Ledger, Reads) {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let ledger = Ledger::create(Arc::new(store), "city/430100", [1; 8]).unwrap();
    (ledger, reads)
}

fn item(name: &str, color: u8, due: Option<u32>) -> Item {
    Item {
        name: name.to_owned(),
        color,
        due,
        tags: BTreeSet::from([color]),
    }
}

fn refused() -> Error {
    let text = "refused by a rule";
    Error::new(ErrorCode::OutOfTurn, msg::Text { text })
}

fn id(number: u32) -> Id {
    (number, "a".to_owned())
}

/// Returns every row of a span, in pages.
fn paged<R, S>(span: S, mut page: impl FnMut(&S) -> Page<R, S>) -> Vec<R> {
    let (mut rows, mut rest) = (Vec::new(), Some(span));
    while let Some(span) = rest {
        let some = page(&span);
        assert!(
            !some.rows.is_empty() || some.rest.is_none(),
            "an empty page in between"
        );
        rows.extend(some.rows);
        rest = some.rest;
    }
    rows
}

type ItemPage<I> = Page<(Id, Item), Span<'static, ItemIndex<I>>>;

/// Checks that an index returns the keys of the model's records in order, by its keys and by its
/// pages.
fn index_agrees<I: crate::KeyPart + Ord + std::fmt::Debug>(
    view: &(impl View + ?Sized),
    (model, limit): (&Model, Limit),
    index: &'static ItemIndex<I>,
    keys: impl Fn(&Id, &Item) -> Vec<I>,
) {
    let entries = model.iter().flat_map(|(id, item)| {
        let keys = keys(id, item).into_iter();
        keys.map(|key| (key, id.clone()))
    });
    let expected: Vec<(I, Id)> = entries.collect::<BTreeSet<_>>().into_iter().collect();
    let found = paged(index.all(), |span| span.keys(view, limit.rows).unwrap());
    assert_eq!(found, expected);
    let records = paged(index.all(), |span| -> ItemPage<I> {
        span.page(view, limit).unwrap()
    });
    let expected: Vec<(Id, Item)> = expected
        .into_iter()
        .map(|(_, id)| (id.clone(), model[&id].clone()))
        .collect();
    assert_eq!(index.all().count(view, usize::MAX).unwrap(), records.len());
    assert_eq!(records, expected);
}

/// Checks that merged spans of an index return their rows in one order.
fn merged_agrees(view: &(impl View + ?Sized), model: &Model, at_once: usize) {
    let colors = [0, 2].map(|color| BY_COLOR.under(&(color,)));
    let merged = Merged::new(view, colors, at_once, |_, id| id.clone());
    let found: Vec<Id> = merged.map(|row| row.unwrap().1).collect();
    let expected = model.iter().filter(|(_, item)| item.color != 1);
    assert!(found.iter().eq(expected.map(|(id, _)| id)));
}

/// Checks that reading everything, in pages, returns the model's records.
fn agrees(view: &(impl View + ?Sized), model: &Model, limit: Limit) {
    let rows = paged(ITEMS.all(), |span| span.page(view, limit).unwrap());
    assert!(rows.iter().map(|(id, item)| (id, item)).eq(model));
    let of = (model, limit);
    merged_agrees(view, model, limit.rows);
    index_agrees(view, of, &BY_COLOR, |id, item| vec![(item.color, id.0)]);
    index_agrees(view, of, &BY_NAME, |_, item| vec![(item.name.clone(),)]);
    index_agrees(view, of, &BY_DUE, |_, item| {
        item.due.map(|due| (Reverse(due),)).into_iter().collect()
    });
    index_agrees(view, of, &BY_TAG, |_, item| {
        item.tags.iter().map(|tag| (*tag,)).collect()
    });
}

/// A way to store a record.
#[derive(Clone, Copy, Debug)]
enum Way {
    Put,
    Replace,
    Encoded,
}

impl Way {
    fn put(self, tx: &mut Tx<'_>, id: &Id, item: &Item) -> Result<()> {
        match self {
            Self::Put => ITEMS.put(tx, id, item),
            Self::Encoded => ITEMS.put_encoded(tx, id, &Encoded::of(item)?),
            Self::Replace => {
                let (present, size) = (ITEMS.get(tx, id)?, Stored::encode(item)?.len());
                let both = (present.as_ref(), item);
                assert!(!ITEMS.replace_within(tx, id, both, size - 1)?);
                assert_eq!(ITEMS.get(tx, id)?, present);
                assert!(ITEMS.replace_within(tx, id, both, size)?);
                Ok(())
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Put(Id, Item, Way),
    Update(Id, u8, Option<u32>),
    Delete(Id),
}

fn ids() -> impl Strategy<Value = Id> {
    (0..4_u32, prop_oneof![Just("a"), Just("b\0")]).prop_map(|(n, text)| (n, text.to_owned()))
}

fn items() -> impl Strategy<Value = Item> {
    let name = proptest::string::string_regex("[ab]{1,3}").unwrap();
    let tags = prop::collection::btree_set(0..4_u8, 0..3);
    (name, 0..3_u8, prop::option::of(0..4_u32), tags).prop_map(|(name, color, due, tags)| Item {
        name,
        color,
        due,
        tags,
    })
}

fn ways() -> impl Strategy<Value = Way> {
    prop_oneof![Just(Way::Put), Just(Way::Replace), Just(Way::Encoded)]
}

fn ops() -> impl Strategy<Value = Vec<Vec<Op>>> {
    let op = prop_oneof![
        4 => (ids(), items(), ways()).prop_map(|(id, item, way)| Op::Put(id, item, way)),
        2 => (ids(), 0..3_u8, prop::option::of(0..4_u32))
            .prop_map(|(id, color, due)| Op::Update(id, color, due)),
        2 => ids().prop_map(Op::Delete),
    ];
    prop::collection::vec(prop::collection::vec(op, 1..5), 1..8)
}

/// Applies an operation to the table and to the model; an error in both if the name is taken.
fn follow(tx: &mut Tx<'_>, model: &mut Model, op: Op) -> Result<()> {
    match op {
        Op::Put(id, item, way) => {
            let taken = model
                .iter()
                .any(|(other, known)| *other != id && known.name == item.name);
            let put = way.put(tx, &id, &item);
            assert_eq!(put.is_err(), taken);
            put?;
            model.insert(id, item);
        }
        Op::Update(id, color, due) => {
            let done = ITEMS.update(tx, &id, |item| {
                (item.color, item.due) = (color, due);
                Ok(())
            })?;
            let known = model.get_mut(&id);
            assert_eq!(done.is_some(), known.is_some());
            if let Some(known) = known {
                (known.color, known.due) = (color, due);
            }
        }
        Op::Delete(id) => {
            assert_eq!(ITEMS.delete(tx, &id)?, model.remove(&id).is_some());
        }
    }
    Ok(())
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// A batch that fails in the middle changes neither the table nor the model.
    #[test]
    fn a_table_with_indexes_is_a_map_that_is_searched(
        batches in ops(),
        rows in 1..5_usize,
        bytes in prop_oneof![Just(1_usize), Just(100), Just(usize::MAX)],
    ) {
        let limit = Limit { rows, bytes };
        block_on(async {
            let (ledger, _) = ledger();
            let mut model = Model::new();
            for batch in batches {
                let mut trial = model.clone();
                let written = ledger.write(move |tx| {
                    for op in batch {
                        follow(tx, &mut trial, op)?;
                        agrees(tx, &trial, limit);
                        tallies_agree(tx, &trial);
                    }
                    Ok(trial)
                });
                match written.await {
                    Ok(written) => model = written,
                    Err(error) => assert_eq!(error.code(), ErrorCode::AlreadyExists, "{error}"),
                }
                agrees(&**ledger.kv(), &model, limit);
                tallies_agree(&**ledger.kv(), &model);
                assert_eq!(ITEMS.check_indexes(&ledger).await.unwrap(), Differences::default());
            }
        });
    }

    /// Missing, stray and wrong index entries are found and repaired.
    #[test]
    fn a_damaged_index_is_found_and_rebuilt(
        batches in ops(),
        lost in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        strays in prop::collection::vec((0..4_usize, any::<[u8; 3]>()), 0..3),
    ) {
        block_on(async {
            let (ledger, _) = ledger();
            let model = ledger.write(move |tx| {
                let mut model = Model::new();
                for op in batches.into_iter().flatten() {
                    // An item with a taken name is skipped.
                    let _ = tx.attempt(|tx| follow(tx, &mut model, op));
                }
                Ok(model)
            }).await.unwrap();
            let prefixes: Vec<Prefix> = ITEMS.indexes().iter().map(|index| index.prefix()).collect();
            let mut entries = Vec::new();
            for prefix in &prefixes {
                let (lower, upper) = Key::new(*prefix).range();
                entries.extend(ledger.kv().range(&lower, &upper, usize::MAX).unwrap());
            }
            let (mut damage, mut damaged) = (Batch::new(), BTreeSet::new());
            for (key, _) in lost.iter().filter(|_| !entries.is_empty()).map(|at| at.get(&entries)) {
                damage.delete(key.clone());
                damaged.insert(key.clone());
            }
            for (prefix, bytes) in &strays {
                let key = [&[prefixes[*prefix] as u8][..], bytes].concat();
                damage.put(key.clone(), vec![7]);
                damaged.insert(key);
            }
            ledger.kv().commit(&damage).unwrap();

            let found = ITEMS.check_indexes(&ledger).await.unwrap();
            assert_eq!(found.is_empty(), damaged.is_empty());
            assert_eq!(found.missing + found.stray, damaged.len() as u64);
            assert_eq!(ITEMS.rebuild_indexes(&ledger).await.unwrap(), found);
            assert!(ITEMS.check_indexes(&ledger).await.unwrap().is_empty());
            agrees(&**ledger.kv(), &model, Limit::rows(3));
        });
    }
}

/// A ledger with `count` items, of colours 0 to 9 in turn; every hundredth has a due year.
async fn filled(count: u32) -> (Ledger, Reads) {
    let (ledger, reads) = ledger();
    for from in (0..count).step_by(500) {
        let some = from..(from + 500).min(count);
        let put = ledger.write(move |tx| {
            for number in some {
                let due = (number % 100 == 0).then_some(number);
                let item = item(&number.to_string(), (number % 10) as u8, due);
                ITEMS.put(tx, &id(number), &item)?;
            }
            Ok(())
        });
        put.await.unwrap();
    }
    (ledger, reads)
}

#[tokio::test]
async fn a_page_reads_no_more_however_many_records_there_are() {
    for count in [1_000, 20_000] {
        let (ledger, reads) = filled(count).await;
        let kv = &**ledger.kv();
        let limit = Limit::rows(20);
        let (read, page) = reads.during(|| ITEMS.all().page(kv, limit).unwrap());
        assert_eq!((page.rows.len(), read), (20, 21), "{count}");

        let red = BY_COLOR.under(&(3,));
        let (read, page) = reads.during(|| red.page(kv, limit).unwrap());
        assert_eq!((page.rows.len(), read), (20, 21 + 20), "{count}");
        let rest = page.rest.unwrap();
        let (read, page) = reads.during(|| rest.page(kv, limit).unwrap());
        assert_eq!((page.rows[0].0.0, read), (203, 41), "{count}");

        let (read, page) = reads.during(|| BY_DUE.all().keys(kv, 5).unwrap());
        let latest = page.rows.into_iter().map(|(_, key)| key.0);
        let expected = (0..5).map(|nth| count - 100 * (nth + 1));
        assert!(latest.eq(expected), "{count}");
        assert_eq!(read, 6, "{count}");

        let (read, found) = reads.during(|| red.count(kv, 50).unwrap());
        assert_eq!((found, read), (50, 50), "{count}");
        let (read, found) = reads.during(|| ITEMS.get(kv, &id(7)).unwrap());
        assert_eq!((found.unwrap().name.as_str(), read), ("7", 1), "{count}");
    }
}

#[tokio::test]
async fn spans_are_bounded_by_parts_and_go_on_after_a_row() {
    let (ledger, _) = filled(100).await;
    let kv = &**ledger.kv();
    let numbers = |span: Span<'static, ItemIndex<(u8, u32)>>| -> Vec<u32> {
        let page = span.page(kv, Limit::rows(100)).unwrap();
        page.rows.into_iter().map(|(key, _)| key.0).collect()
    };
    assert_eq!(numbers(BY_COLOR.within(&(3,), 23..=43)), [23, 33, 43]);
    assert_eq!(numbers(BY_COLOR.within(&(3,), 23..43)), [23, 33]);
    assert_eq!(numbers(BY_COLOR.within(&(3,), 73..)), [73, 83, 93]);
    assert_eq!(numbers(BY_COLOR.within(&(3,), ..=13)), [3, 13]);
    assert_eq!(numbers(BY_COLOR.within(&(), 9..)).len(), 10);
    assert_eq!(numbers(BY_COLOR.under(&(3, 33))), [33]);
    assert_eq!(
        numbers(BY_COLOR.under(&(3,)).after(&(3, 73), &id(73))),
        [83, 93]
    );
    // Starting after a row of another span skips nothing of this one.
    assert_eq!(
        numbers(BY_COLOR.under(&(3,)).after(&(2, 92), &id(92))).len(),
        10
    );
    assert!(numbers(BY_COLOR.under(&(3,)).after(&(4, 4), &id(4))).is_empty());
    let page = ITEMS.within(&(), 97..).page(kv, Limit::rows(9)).unwrap();
    assert_eq!(page.rows.len(), 3);
    assert!(page.rest.is_none());
}

#[tokio::test]
async fn what_changed_since_its_entry_was_read_is_not_on_the_page() {
    struct Late<'a>(&'a dyn KeyValue, &'a dyn KeyValue);
    impl View for Late<'_> {
        fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
            self.1.get(key)
        }
        fn pairs(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<crate::Pair>> {
            self.0.range(lower, upper, limit)
        }
    }
    let (before, _) = filled(50).await;
    let (after, _) = filled(50).await;
    let change = after.write(|tx| {
        ITEMS.delete(tx, &id(3))?;
        ITEMS.update(tx, &id(13), |item| {
            item.color = 5;
            Ok(())
        })
    });
    change.await.unwrap();
    let view = Late(&**before.kv(), &**after.kv());
    let page = BY_COLOR.under(&(3,)).page(&view, Limit::rows(2)).unwrap();
    let numbers: Vec<u32> = page.rows.iter().map(|(key, _)| key.0).collect();
    assert_eq!(numbers, [23, 33]);
}

#[tokio::test]
async fn an_index_is_rebuilt_while_others_write() {
    let (ledger, _) = filled(2_000).await;
    let (lower, upper) = Key::new(Prefix::Person).range();
    let mut damage = Batch::new();
    for (key, _) in ledger.kv().range(&lower, &upper, usize::MAX).unwrap() {
        damage.delete(key);
    }
    ledger.kv().commit(&damage).unwrap();
    let writing = async {
        for number in 0..200 {
            let write = ledger.write(move |tx| {
                let new = item(&format!("new {number}"), 11, None);
                ITEMS.put(tx, &id(5_000 + number), &new)?;
                ITEMS.delete(tx, &id(number * 7))
            });
            write.await.unwrap();
        }
    };
    let (rebuilt, ()) = tokio::join!(ITEMS.rebuild_indexes(&ledger), writing);
    assert!(rebuilt.unwrap().missing > 1_000);
    assert_eq!(
        ITEMS.check_indexes(&ledger).await.unwrap(),
        Differences::default()
    );
    assert_eq!(BY_COLOR.all().count(&**ledger.kv(), 5_000).unwrap(), 2_000);
}

//! Conformance suite of storage engines; it runs on each of them.
//!
//! Behaviour specific to an engine (files, locks, reopening) is tested beside the engine.

use std::collections::BTreeMap;
use std::ops::Bound;

use chengji_domain::ErrorCode;
use proptest::prelude::*;

use crate::kv::{Batch, CommitError, KeyValue, MAX_BATCH, MAX_KEY, MAX_VALUE, Pair};

/// An engine's store for one test, initially empty.
pub(crate) trait Fixture {
    /// Makes a new store.
    fn fresh() -> Self;

    /// Returns the store.
    fn kv(&self) -> &dyn KeyValue;
}

/// Runs every test of the suite on the given fixture.
macro_rules! suite {
    ($fixture:ty) => {
        $crate::conformance::suite!($fixture:
            gets_what_was_put,
            many_keys_are_looked_up_in_their_order,
            ranges_are_half_open_and_in_order,
            the_last_is_the_greatest_below,
            a_batch_is_all_or_nothing,
            preconditions_compare_values_and_absence,
            preconditions_hold_before_the_writes_of_their_batch,
            of_several_writes_to_a_key_the_last_counts,
            limits_are_kept_and_can_be_reached,
            an_empty_batch_does_nothing,
            racing_writers_that_expect_the_same_win_once,
            behaves_as_an_ordered_map,
        );
    };
    ($fixture:ty: $($test:ident,)*) => {
        $(
            #[test]
            fn $test() {
                $crate::conformance::$test::<$fixture>();
            }
        )*
    };
}
pub(crate) use suite;

fn pair(key: &str, value: &str) -> Pair {
    (key.into(), value.into())
}

fn batch(writes: &[(&str, Option<&str>)]) -> Batch {
    let mut batch = Batch::new();
    for (key, value) in writes {
        match value {
            Some(value) => batch.put((*key).into(), (*value).into()),
            None => batch.delete((*key).into()),
        }
    }
    batch
}

fn expecting(mut batch: Batch, key: &str, value: Option<&str>) -> Batch {
    batch.expect(key.into(), value.map(Into::into));
    batch
}

pub(crate) fn gets_what_was_put<F: Fixture>() {
    let fixture = F::fresh();
    let kv = fixture.kv();
    assert_eq!(kv.get(b"a").unwrap(), None);
    kv.commit(&batch(&[("a", Some("1")), ("b", Some(""))]))
        .unwrap();
    assert_eq!(kv.get(b"a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(kv.get(b"b").unwrap(), Some(Vec::new()));
    kv.commit(&batch(&[("a", Some("2")), ("b", None), ("never", None)]))
        .unwrap();
    assert_eq!(kv.get(b"a").unwrap(), Some(b"2".to_vec()));
    assert_eq!(kv.get(b"b").unwrap(), None);
}

pub(crate) fn many_keys_are_looked_up_in_their_order<F: Fixture>() {
    let fixture = F::fresh();
    let kv = fixture.kv();
    kv.commit(&batch(&[
        ("a", Some("1")),
        ("b", Some("")),
        ("c", Some("3")),
    ]))
    .unwrap();
    let values = |keys: &[&str]| {
        let keys: Vec<Vec<u8>> = keys.iter().map(|key| (*key).into()).collect();
        kv.look_up(&keys).unwrap()
    };
    let (one, three) = (Some(b"1".to_vec()), Some(b"3".to_vec()));
    let found = values(&["c", "never", "a", "b", "c"]);
    assert_eq!(
        found,
        [three.clone(), None, one, Some(Vec::new()), three.clone()]
    );
    assert_eq!(values(&[]), []);
    assert_eq!(values(&["c"]), [three]);
}

pub(crate) fn ranges_are_half_open_and_in_order<F: Fixture>() {
    let fixture = F::fresh();
    let kv = fixture.kv();
    let all = ["b", "a", "c\0", "c", "d", "\u{ff}"];
    kv.commit(&batch(&all.map(|key| (key, Some(key))))).unwrap();
    let range = |lower: &str, upper: &str, limit| {
        let pairs = kv.range(lower.as_bytes(), upper.as_bytes(), limit).unwrap();
        pairs
            .into_iter()
            .map(|(key, _)| String::from_utf8(key).unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(range("a", "d", 9), ["a", "b", "c", "c\0"]);
    assert_eq!(range("a\0", "c\0", 9), ["b", "c"]);
    assert_eq!(range("a", "d", 2), ["a", "b"]);
    assert_eq!(range("", "\u{fff}", 9).len(), all.len());
    for (lower, upper, limit) in [("a", "d", 0), ("b", "b", 9), ("d", "a", 9), ("e", "f", 9)] {
        assert!(
            range(lower, upper, limit).is_empty(),
            "{lower} to {upper}, {limit}"
        );
    }
}

pub(crate) fn the_last_is_the_greatest_below<F: Fixture>() {
    let fixture = F::fresh();
    let kv = fixture.kv();
    assert_eq!(kv.last(b"", b"z").unwrap(), None);
    kv.commit(&batch(&[
        ("a", Some("1")),
        ("b", Some("2")),
        ("c", Some("3")),
    ]))
    .unwrap();
    assert_eq!(kv.last(b"", b"z").unwrap(), Some(pair("c", "3")));
    assert_eq!(kv.last(b"a", b"c").unwrap(), Some(pair("b", "2")));
    assert_eq!(kv.last(b"b", b"b\0").unwrap(), Some(pair("b", "2")));
    for (lower, upper) in [("b\0", "c"), ("b", "b"), ("c", "a"), ("d", "z"), ("", "a")] {
        let last = kv.last(lower.as_bytes(), upper.as_bytes()).unwrap();
        assert_eq!(last, None, "{lower} to {upper}");
    }
}

pub(crate) fn a_batch_is_all_or_nothing<F: Fixture>() {
    let fixture = F::fresh();
    let kv = fixture.kv();
    kv.commit(&batch(&[("a", Some("1"))])).unwrap();
    let refused = batch(&[("a", None), ("b", Some("2")), ("c", Some("3"))]);
    let refused = expecting(expecting(refused, "a", Some("1")), "c", Some("0"));
    let error = kv.commit(&refused).unwrap_err();
    assert_eq!(error, CommitError::Precondition { key: b"c".to_vec() });
    assert_eq!(kv.range(b"", b"z", 9).unwrap(), [pair("a", "1")]);
}

pub(crate) fn preconditions_compare_values_and_absence<F: Fixture>() {
    let fixture = F::fresh();
    let kv = fixture.kv();
    kv.commit(&batch(&[("a", Some("1")), ("empty", Some(""))]))
        .unwrap();
    for (key, value, holds) in [
        ("a", Some("1"), true),
        ("a", Some("2"), false),
        ("a", Some(""), false),
        ("a", None, false),
        ("b", None, true),
        ("b", Some(""), false),
        ("empty", Some(""), true),
        ("empty", None, false),
    ] {
        let alone = kv.commit(&expecting(Batch::new(), key, value));
        assert_eq!(alone.is_ok(), holds, "{key} {value:?}");
        let writing = kv.commit(&expecting(batch(&[("seen", Some(key))]), key, value));
        assert_eq!(writing.is_ok(), holds, "{key} {value:?}");
        assert_eq!(kv.get(b"seen").unwrap().is_some(), holds, "{key} {value:?}");
        kv.commit(&batch(&[("seen", None)])).unwrap();
    }
}

pub(crate) fn preconditions_hold_before_the_writes_of_their_batch<F: Fixture>() {
    let fixture = F::fresh();
    let kv = fixture.kv();
    let first = expecting(batch(&[("head", Some("1"))]), "head", None);
    kv.commit(&first).unwrap();
    assert!(matches!(
        kv.commit(&first),
        Err(CommitError::Precondition { .. })
    ));
    kv.commit(&expecting(batch(&[("head", Some("2"))]), "head", Some("1")))
        .unwrap();
    kv.commit(&expecting(batch(&[("head", None)]), "head", Some("2")))
        .unwrap();
    assert_eq!(kv.get(b"head").unwrap(), None);
}

pub(crate) fn of_several_writes_to_a_key_the_last_counts<F: Fixture>() {
    let fixture = F::fresh();
    let kv = fixture.kv();
    kv.commit(&batch(&[
        ("a", Some("1")),
        ("a", None),
        ("b", None),
        ("b", Some("1")),
        ("b", Some("2")),
    ]))
    .unwrap();
    assert_eq!(kv.range(b"", b"z", 9).unwrap(), [pair("b", "2")]);
}

pub(crate) fn limits_are_kept_and_can_be_reached<F: Fixture>() {
    let fixture = F::fresh();
    let kv = fixture.kv();
    let one = |key: usize, value: usize| {
        let mut batch = Batch::new();
        batch.put(vec![1; key], vec![2; value]);
        batch
    };
    kv.commit(&one(MAX_KEY, MAX_VALUE)).unwrap();
    let many = |last: usize| {
        let mut batch = Batch::new();
        for key in 1..16_u8 {
            batch.put(vec![key], vec![2; MAX_VALUE - 1]);
        }
        batch.put(vec![16], vec![2; last]);
        batch
    };
    assert_eq!(many(MAX_VALUE - 1).size(), MAX_BATCH);
    kv.commit(&many(MAX_VALUE - 1)).unwrap();
    kv.commit(&batch(&[("\u{1}", Some("small"))])).unwrap();
    for refused in [one(MAX_KEY + 1, 1), one(1, MAX_VALUE + 1), many(MAX_VALUE)] {
        let CommitError::Limit(error) = kv.commit(&refused).unwrap_err() else {
            panic!("not refused for its size");
        };
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
    }
    assert_eq!(kv.get(&[1]).unwrap(), Some(b"small".to_vec()));
}

pub(crate) fn an_empty_batch_does_nothing<F: Fixture>() {
    let fixture = F::fresh();
    let kv = fixture.kv();
    kv.commit(&Batch::new()).unwrap();
    assert_eq!(kv.last(b"", &[0xff]).unwrap(), None);
}

pub(crate) fn racing_writers_that_expect_the_same_win_once<F: Fixture>() {
    const WRITERS: usize = 4;
    const ROUNDS: u32 = 10;
    let fixture = F::fresh();
    let kv = fixture.kv();
    let count = |count: u32| count.to_be_bytes().to_vec();
    kv.commit(&{
        let mut batch = Batch::new();
        batch.put(b"count".to_vec(), count(0));
        batch
    })
    .unwrap();
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let mut won = 0;
                while won < ROUNDS {
                    let seen = kv.get(b"count").unwrap().unwrap();
                    let number = u32::from_be_bytes(seen.clone().try_into().unwrap());
                    let mut batch = Batch::new();
                    batch.expect(b"count".to_vec(), Some(seen));
                    batch.put(b"count".to_vec(), count(number + 1));
                    won += u32::from(kv.commit(&batch).is_ok());
                }
            });
        }
    });
    assert_eq!(
        kv.get(b"count").unwrap(),
        Some(count(ROUNDS * WRITERS as u32))
    );
}

#[derive(Clone, Debug)]
enum Step {
    Commit {
        expected: Vec<(Vec<u8>, Option<Vec<u8>>)>,
        writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    },
    Read {
        lower: Vec<u8>,
        upper: Vec<u8>,
        limit: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || prop::collection::vec(prop_oneof![0..3_u8, Just(0xff)], 0..3);
    let value = || prop::option::weighted(0.7, prop::collection::vec(0..3_u8, 0..2));
    let records = |most| prop::collection::vec((key(), value()), 0..most);
    let commit =
        (records(2), records(6)).prop_map(|(expected, writes)| Step::Commit { expected, writes });
    let read = (key(), key(), 0..5_usize).prop_map(|(lower, upper, limit)| Step::Read {
        lower,
        upper,
        limit,
    });
    prop::collection::vec(prop_oneof![commit, read], 0..24)
}

pub(crate) fn behaves_as_an_ordered_map<F: Fixture>() {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(48)
    };
    proptest!(config, |(steps in steps())| {
        let fixture = F::fresh();
        let mut model = BTreeMap::new();
        for step in steps {
            follow(fixture.kv(), &mut model, step);
        }
        let all = fixture.kv().range(b"", &[0xff; 4], usize::MAX).unwrap();
        prop_assert_eq!(all, model.into_iter().collect::<Vec<_>>());
    });
}

fn follow(kv: &dyn KeyValue, model: &mut BTreeMap<Vec<u8>, Vec<u8>>, step: Step) {
    match step {
        Step::Commit { expected, writes } => {
            let holds = expected
                .iter()
                .all(|(key, value)| model.get(key) == value.as_ref());
            let mut batch = Batch::new();
            for (key, value) in expected {
                batch.expect(key, value);
            }
            for (key, value) in &writes {
                match value {
                    Some(value) => batch.put(key.clone(), value.clone()),
                    None => batch.delete(key.clone()),
                }
            }
            assert_eq!(kv.commit(&batch).is_ok(), holds);
            for (key, value) in writes.into_iter().filter(|_| holds) {
                match value {
                    Some(value) => model.insert(key, value),
                    None => model.remove(&key),
                };
            }
        }
        Step::Read {
            lower,
            upper,
            limit,
        } => {
            let within: Vec<Pair> = if lower < upper {
                let bounds = (Bound::Included(&lower), Bound::Excluded(&upper));
                model
                    .range::<Vec<u8>, _>(bounds)
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect()
            } else {
                Vec::new()
            };
            assert_eq!(kv.last(&lower, &upper).unwrap(), within.last().cloned());
            let limited: Vec<Pair> = within.into_iter().take(limit).collect();
            assert_eq!(kv.range(&lower, &upper, limit).unwrap(), limited);
            assert_eq!(kv.get(&lower).unwrap(), model.get(&lower).cloned());
        }
    }
}

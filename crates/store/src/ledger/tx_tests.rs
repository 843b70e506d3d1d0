use chengji_log::MAX_ENVELOPE;
use proptest::prelude::*;

use super::*;
use crate::counting::CountingStore;
use crate::memory::MemoryStore;

const EPOCH: Epoch = Epoch::first([1; 8]);
const NEXT: Position = Position {
    epoch: EPOCH,
    seq: 5,
};

fn batch(writes: &[(u8, Option<u8>)]) -> Batch {
    let mut batch = Batch::new();
    for (key, value) in writes {
        match value {
            Some(value) => batch.put(vec![0x60, *key], vec![*value]),
            None => batch.delete(vec![0x60, *key]),
        }
    }
    batch
}

fn store(writes: &[(u8, Option<u8>)]) -> MemoryStore {
    let kv = MemoryStore::new();
    kv.commit(&batch(writes)).unwrap();
    kv
}

#[test]
fn a_job_sees_its_own_writes_over_its_groups_over_the_store() {
    let kv = store(&[(1, Some(1)), (2, Some(1)), (3, Some(1)), (4, Some(1))]);
    let group = batch(&[(2, Some(2)), (3, None), (4, Some(2)), (5, Some(2))]);
    let mut tx = Tx::new(&kv, group.writes(), NEXT, None);
    tx.put(vec![0x60, 4], vec![3]);
    tx.delete(vec![0x60, 5]);
    tx.put(vec![0x60, 3], vec![3]);
    let seen = tx.range(&[0x60], &[0x61], 9).unwrap();
    let pair = |key, value| (vec![0x60, key], vec![value]);
    assert_eq!(seen, [pair(1, 1), pair(2, 2), pair(3, 3), pair(4, 3)]);
    assert_eq!(tx.get(&[0x60, 5]).unwrap(), None);
    assert_eq!(tx.get(&[0x60, 2]).unwrap(), Some(vec![2]));
    assert_eq!(kv.range(&[0x60], &[0x61], 9).unwrap().len(), 4);
}

#[test]
fn keys_that_were_read_ahead_are_not_looked_up_again() {
    let kv = CountingStore::new(store(&[(1, Some(1)), (2, Some(1)), (3, Some(1))]));
    let reads = kv.reads();
    let group = batch(&[(2, Some(2))]);
    let mut writes = LastWrites::after(0);
    let keys = [9, 3, 2, 1, 3].map(|key| vec![0x60, key]);
    let ahead = ReadAhead::of(&kv, 0, keys.into()).unwrap();
    assert_eq!((reads.lookups(), reads.gets()), (1, 4), "each once");
    writes.record(group.writes().keys(), 1);
    let mut tx = Tx::new(&kv, group.writes(), NEXT, None).with_last_writes(Some(&writes));
    tx.use_ahead(ahead);
    tx.put(vec![0x60, 3], vec![3]);
    let found = [1, 2, 3, 9].map(|key| tx.get(&[0x60, key]).unwrap());
    assert_eq!(found, [Some(vec![1]), Some(vec![2]), Some(vec![3]), None]);
    assert_eq!(reads.gets(), 4);
    assert_eq!(tx.get(&[0x60, 4]).unwrap(), None);
    assert_eq!(reads.gets(), 5);
}

#[test]
fn appending_is_dense_and_stores_entry_and_leaf() {
    let kv = store(&[]);
    let none = Writes::new();
    let mut tx = Tx::new(&kv, &none, NEXT, None);
    assert_eq!(tx.next(), NEXT);
    assert_eq!(tx.append(|at| at.to_bytes()).unwrap(), NEXT);
    let second = Position {
        epoch: EPOCH,
        seq: 6,
    };
    assert_eq!(tx.append(|at| at.to_bytes()).unwrap(), second);
    assert_eq!(tx.last_envelope().unwrap(), Some(second.to_bytes()));
    let effect = tx.into_effect().unwrap();
    assert_eq!(
        effect.head,
        Position {
            epoch: EPOCH,
            seq: 7
        }
    );
    for position in [NEXT, second] {
        let entry: Entry = position.to_bytes().into();
        for (key, value) in log::records(position.seq, &entry, Digest(entry.leaf())) {
            assert_eq!(effect.batch.writes().get(&key), Some(&Some(value)));
        }
    }
    assert_eq!(effect.batch.writes().len(), 6);
}

fn with_body(length: usize) -> Entry {
    Entry {
        envelope: vec![0; MAX_ENVELOPE].into(),
        body: vec![0; length].into(),
    }
}

#[test]
fn an_entry_that_is_too_long_takes_no_position() {
    let kv = store(&[]);
    let none = Writes::new();
    let mut tx = Tx::new(&kv, &none, NEXT, None);
    let error = tx.append(|_| vec![0; MAX_ENVELOPE + 1]).unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitExceeded);
    let error = tx
        .append(|_| with_body(crate::kv::MAX_VALUE + 1))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitExceeded);
    let longest = with_body(crate::kv::MAX_VALUE);
    assert_eq!(tx.append(|_| longest).unwrap(), NEXT);
}

#[test]
fn the_ledgers_own_records_are_out_of_reach() {
    let kv = store(&[]);
    let none = Writes::new();
    for prefix in RESERVED {
        let mut tx = Tx::new(&kv, &none, NEXT, None);
        tx.put(vec![prefix as u8, 1], Vec::new());
        assert_eq!(tx.into_effect().err().unwrap().code(), ErrorCode::Internal);
        let mut tx = Tx::new(&kv, &none, NEXT, None);
        tx.delete(vec![prefix as u8]);
        assert_eq!(tx.into_effect().err().unwrap().code(), ErrorCode::Internal);
    }
}

#[test]
fn a_part_that_fails_is_undone_and_the_job_goes_on() {
    let kv = store(&[(1, Some(1))]);
    let none = Writes::new();
    let mut tx = Tx::new(&kv, &none, NEXT, None);
    tx.put(vec![0x60, 2], vec![2]);
    let refused = Error::new(
        ErrorCode::OutOfTurn,
        msg::Text {
            text: "refused by a rule",
        },
    );
    let outcome = tx.attempt(|tx| {
        tx.delete(vec![0x60, 1]);
        tx.put(vec![0x60, 2], vec![3]);
        assert_eq!(tx.append(|at| at.to_bytes())?, NEXT);
        // An inner part is undone with the outer one, though it succeeded.
        tx.attempt(|tx| tx.append(|at| at.to_bytes()))?;
        assert_eq!(tx.range(&[0x60], &[0x61], 9)?, [(vec![0x60, 2], vec![3])]);
        Err::<(), _>(refused.clone())
    });
    assert_eq!(outcome, Err(refused));
    assert_eq!(tx.get(&[0x60, 1]).unwrap(), Some(vec![1]));
    assert_eq!(tx.get(&[0x60, 2]).unwrap(), Some(vec![2]));
    assert_eq!(
        tx.attempt(|tx| tx.append(|at| at.to_bytes())).unwrap(),
        NEXT
    );
    let effect = tx.into_effect().unwrap();
    assert_eq!(effect.head.seq, NEXT.seq + 1);
    assert_eq!(
        effect.batch.writes().len(),
        4,
        "the put, both parts of the entry and its leaf"
    );
}

#[test]
fn a_part_that_passes_a_limit_fails_and_the_job_does_not() {
    let kv = store(&[]);
    let none = Writes::new();
    let mut tx = Tx::new(&kv, &none, NEXT, None);
    let mut attempt = |values: usize, size: usize| {
        let outcome = tx.attempt(|tx| {
            for number in 0..values {
                tx.put(vec![0x60, number as u8], vec![0; size]);
            }
            tx.append(|at| at.to_bytes())
        });
        outcome.map_err(|error| error.code())
    };
    let too_much = Err(ErrorCode::LimitExceeded);
    assert_eq!(attempt(1, crate::kv::MAX_VALUE + 1), too_much);
    assert_eq!(attempt(8, crate::kv::MAX_VALUE), too_much);
    assert_eq!(attempt(1, crate::kv::MAX_VALUE), Ok(NEXT));
    assert_eq!(tx.into_effect().unwrap().head.seq, NEXT.seq + 1);
}

#[test]
fn a_part_counts_what_it_writes_over_but_each_key_once() {
    let kv = store(&[]);
    let none = Writes::new();
    let mut tx = Tx::new(&kv, &none, NEXT, None);
    let put = |tx: &mut Tx<'_>, keys: u8| {
        for number in 0..keys {
            tx.put(vec![0x60, number], vec![number; crate::kv::MAX_VALUE]);
        }
    };
    put(&mut tx, 8);
    let before = tx.own.clone();
    let again = tx.attempt(|tx| {
        put(tx, 8);
        Ok(())
    });
    assert_eq!(again.unwrap_err().code(), ErrorCode::LimitExceeded);
    assert_eq!(tx.own, before);
    let often = tx.attempt(|tx| {
        (0..9).for_each(|_| put(tx, 1));
        Ok(())
    });
    assert_eq!(often, Ok(()));
    assert_eq!(tx.own, before);
}

/// Writes to few and close keys, so that they often overlap stored ones.
fn writes(puts: f64) -> impl Strategy<Value = Vec<(u8, Option<u8>)>> {
    prop::collection::vec((0..12_u8, prop::option::weighted(puts, any::<u8>())), 0..24)
}

proptest! {
    #[test]
    fn a_merged_view_is_what_a_store_with_all_of_it_would_hold(
        stored in writes(0.9),
        layers in [writes(0.5), writes(0.5), writes(0.5), writes(0.5), writes(0.5)],
        bounds in (0..9_u8, 4..13_u8),
        limit in 0..6_usize,
        // The step at which the writes in flight reach the store; the last one never comes.
        landing in 0..4_u8,
        // The step at which values are read ahead; the last one never comes.
        read_ahead in 0..5_u8,
    ) {
        let kv = store(&stored);
        let [earlier, in_flight, group, own, part] = layers.map(|writes| batch(&writes));
        let lands = |step| if step == landing { kv.commit(&in_flight).unwrap() };
        let read = |step, commits| {
            let keys = (3..11).map(|key| vec![0x60, key]).collect();
            (step == read_ahead).then(|| ReadAhead::of(&kv, commits, keys).unwrap())
        };
        let before = read(0, 0);
        kv.commit(&earlier).unwrap();
        let between = read(1, 1);
        lands(0);
        // The commit in flight may be visible before it is counted.
        let uncounted = read(2, 1);
        let counted = (landing == 0).then(|| read(3, 2)).flatten();
        let ahead = before.or(between).or(uncounted).or(counted);
        let mut last_writes = LastWrites::after(0);
        for (commit, batch) in (1..).zip([&earlier, &in_flight, &group]) {
            last_writes.record(batch.writes().keys(), commit);
        }
        let mut tx = Tx::new(&kv, group.writes(), NEXT, None)
            .over(Some(in_flight.writes()))
            .with_last_writes(Some(&last_writes));
        tx.own = own.clone();
        let (lower, upper) = ([0x60, bounds.0], [0x60, bounds.1]);
        let (mut seen, mut got) = (Vec::new(), Vec::new());
        let undone = tx.attempt(|tx| {
            if let Some(ahead) = ahead {
                tx.use_ahead(ahead);
            }
            lands(1);
            // What was read before is not what is read after a write.
            for key in 0..13 {
                tx.get(&[0x60, key])?;
            }
            lands(2);
            for (key, value) in part.writes().clone() {
                tx.write(key, value);
            }
            seen = tx.range(&lower, &upper, limit)?;
            got = (0..13).map(|key| tx.get(&[0x60, key]).unwrap()).collect();
            Err::<(), _>(exhausted())
        });
        prop_assert_eq!(undone, Err(exhausted()));
        prop_assert_eq!(&tx.own, &own);

        let flat = store(&stored);
        for layer in [earlier, in_flight, group, own, part] {
            flat.commit(&layer).unwrap();
        }
        prop_assert_eq!(seen, flat.range(&lower, &upper, limit).unwrap());
        let stored: Vec<_> = (0..13).map(|key| flat.get(&[0x60, key]).unwrap()).collect();
        prop_assert_eq!(got, stored);
    }
}

#[test]
fn removing_a_body_writes_nothing_but_the_body() {
    let kv = store(&[]);
    let none = Writes::new();
    let mut tx = Tx::new(&kv, &none, NEXT, None);
    tx.append(|_| with_body(100)).unwrap();
    let appended = tx.into_effect().unwrap();
    assert!(!appended.removes_bodies);
    kv.commit(&appended.batch).unwrap();

    let next = Position { seq: 6, ..NEXT };
    for is_first in [true, false] {
        let mut tx = Tx::new(&kv, &none, next, None);
        for seq in [4, 5, 6, u64::MAX] {
            tx.remove_body(seq).unwrap();
        }
        let effect = tx.into_effect().unwrap();
        assert_eq!((effect.removes_bodies, effect.head), (is_first, next));
        let expected: Writes = is_first
            .then(|| (log::body_key(5), Some(Vec::new())))
            .into_iter()
            .collect();
        assert_eq!(*effect.batch.writes(), expected);
        kv.commit(&effect.batch).unwrap();
    }
    assert_eq!(
        log::body(&kv as &dyn KeyValue, 5).unwrap(),
        Some(Vec::new())
    );
    let envelopes = log::envelopes(&kv as &dyn KeyValue, 0, 9).unwrap();
    assert_eq!(envelopes, [(5, vec![0; MAX_ENVELOPE])]);
}

#[test]
fn a_write_to_a_group_comes_after_what_was_counted_before_it() {
    let group = |number: u8| vec![0x60, 0, number];
    let numbers = |number: u128| number.to_be_bytes().to_vec();
    let kv = store(&[]);
    let mut stored = Batch::new();
    stored.put(group(1), numbers(5));
    kv.commit(&stored).unwrap();
    let none = Writes::new();
    let mut tx = Tx::new(&kv, &none, NEXT, None);
    tx.count(0, vec![(group(1), vec![2]), (group(2), vec![1])], 1);
    assert_eq!(tx.get(&group(1)).unwrap(), Some(numbers(7)));
    let outcome = tx.attempt(|tx| {
        tx.count(0, vec![(group(1), vec![7]), (group(2), vec![1])], -1);
        assert_eq!(tx.range(&[0x60], &[0x61], 9)?, []);
        tx.put(group(1), numbers(40));
        tx.count(0, vec![(group(1), vec![2])], 1);
        assert_eq!(tx.range(&[0x60], &[0x61], 9)?, [(group(1), numbers(42))]);
        Err::<(), _>(exhausted())
    });
    assert_eq!(outcome, Err(exhausted()));
    let counted = [(group(1), numbers(7)), (group(2), numbers(1))];
    assert_eq!(tx.range(&[0x60], &[0x61], 9).unwrap(), counted);
    tx.delete(group(2));
    tx.count(1, vec![(group(3), vec![4])], 1);
    let size = tx.written();
    let effect = tx.into_effect().unwrap();
    assert!(effect.batch.size() <= size);
    let expected: Writes = [
        (group(1), Some(numbers(7))),
        (group(2), None),
        (vec![0x60, 1, 3], Some(numbers(4))),
    ]
    .into();
    assert_eq!(*effect.batch.writes(), expected);
}

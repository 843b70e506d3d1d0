//! The own append-only log: positions, stored entries, leaf hashes, and reading them.
//!
//! The bytes of envelopes and bodies are kept as they were appended, and are not interpreted here. Only the
//! ledger appends, and a body that it has removed is empty.

use std::ops::Range;

use chengji_domain::epoch::EpochStart;
use chengji_domain::{Digest, Epoch, Error, ErrorCode, Position, Result};
use chengji_log::{Entry, MAX_ENVELOPE, leaf as leaf_of};
use chengji_messages::{Message, Value, msg};

use crate::keys::{Key, KeyReader, Prefix};
use crate::kv::{KeyValue, MAX_VALUE, Pair};
use crate::view::{View, each};

/// Number of entries read from the store at once, which bounds a reader's memory.
const PAGE: usize = 32;

/// Returns the position of the next entry. Errors: STORAGE_DAMAGED if no ledger has initialized the store.
pub fn head(kv: &dyn KeyValue) -> Result<Position> {
    let bytes = kv
        .get(&head_key())?
        .ok_or_else(|| damaged(msg::LogWithoutHead))?;
    Position::from_bytes(&bytes).ok_or_else(|| damaged(msg::LogPositionMalformed))
}

/// Returns entries from `from` on, in order and without a gap: at most `max_entries` and at most `max_bytes`
/// in total, but at least one if there is one.
pub fn entries(
    kv: &dyn KeyValue,
    from: u64,
    max_entries: usize,
    max_bytes: usize,
) -> Result<Vec<(u64, Entry)>> {
    let (mut bytes, mut is_first) = (0, true);
    collect(kv, from, max_entries, entry_page, |entry: &Entry| {
        bytes += entry.size();
        std::mem::take(&mut is_first) || bytes <= max_bytes
    })
}

/// Returns leaf hashes from `from` on, in order and without a gap, at most `max`.
pub fn leaves(kv: &dyn KeyValue, from: u64, max: usize) -> Result<Vec<(u64, Digest)>> {
    collect(kv, from, max, leaf_page, |_| true)
}

/// Returns the epochs of the own log, oldest first.
pub fn epochs(view: &(impl View + ?Sized)) -> Result<Vec<EpochStart>> {
    let mut epochs = Vec::new();
    each(view, Key::new(Prefix::OwnEpoch), |key, value| {
        let mut reader = KeyReader::new(Prefix::OwnEpoch, key)?;
        let number = reader.u32()?;
        reader.end()?;
        let start = epoch_start(number, value);
        epochs.push(start.ok_or_else(|| damaged(msg::LogEpochMalformed { number }))?);
        Ok(())
    })?;
    Ok(epochs)
}

fn epoch_start(number: u32, value: &[u8]) -> Option<EpochStart> {
    let (id, rest) = value.split_first_chunk()?;
    let (previous, rest) = Epoch::split_from(rest)?;
    let (replaced, seq) = Epoch::split_from(rest)?;
    Some(EpochStart {
        epoch: Epoch { number, id: *id },
        previous,
        replaced,
        seq: u64::from_be_bytes(seq.try_into().ok()?),
    })
}

/// Encodes the record of an epoch's beginning.
pub(crate) fn epoch_record(start: &EpochStart) -> Pair {
    let (previous, replaced) = (start.previous, start.replaced);
    let value = [
        &start.epoch.id[..],
        &previous.number.to_be_bytes(),
        &previous.id,
        &replaced.number.to_be_bytes(),
        &replaced.id,
        &start.seq.to_be_bytes(),
    ];
    let key = Key::new(Prefix::OwnEpoch).u32(start.epoch.number).finish();
    (key, value.concat())
}

/// Returns the leaf hash of the entry at this position, if there is one.
pub fn leaf(kv: &dyn KeyValue, seq: u64) -> Result<Option<Digest>> {
    let leaf = kv.get(&key(Prefix::LogLeaf, seq))?;
    leaf.map(|leaf| Digest::from_slice(&leaf))
        .transpose()
        .map_err(|_| damaged(msg::LogLeafMalformed { seq }))
}

/// Returns envelopes from `from` on, in order, at most `max`.
pub fn envelopes(
    view: &(impl View + ?Sized),
    from: u64,
    max: usize,
) -> Result<Vec<(u64, Vec<u8>)>> {
    let (_, upper) = Key::new(Prefix::LogEnvelope).range();
    let pairs = view.pairs(&envelope_key(from), &upper, max)?;
    let envelope = |(key, envelope): Pair| Ok((seq_of(Prefix::LogEnvelope, &key)?, envelope));
    pairs.into_iter().map(envelope).collect()
}

/// Returns the salted body of the entry at this position; empty if it was removed, `None` if there is no entry.
pub fn body(view: &(impl View + ?Sized), seq: u64) -> Result<Option<Vec<u8>>> {
    view.value(&body_key(seq))
}

/// Reads the values at the log's positions from `from` on, page by page, up to the first that does not fit.
fn collect<T>(
    kv: &dyn KeyValue,
    from: u64,
    max: usize,
    page: impl Fn(&dyn KeyValue, Range<u64>) -> Result<Vec<T>>,
    mut fits: impl FnMut(&T) -> bool,
) -> Result<Vec<(u64, T)>> {
    // Read first: entries appended meanwhile are beyond the end and not a gap.
    let end = head(kv)?.seq.min(from.saturating_add(max as u64));
    let mut taken = Vec::new();
    let mut next = from;
    while next < end {
        let places = next..end.min(next + PAGE as u64);
        for one in page(kv, places)? {
            if !fits(&one) {
                return Ok(taken);
            }
            taken.push((next, one));
            next += 1;
        }
    }
    Ok(taken)
}

fn entry_page(kv: &dyn KeyValue, places: Range<u64>) -> Result<Vec<Entry>> {
    let envelopes = values(kv, Prefix::LogEnvelope, places.clone())?;
    let bodies = values(kv, Prefix::LogBody, places)?;
    let parts = envelopes.into_iter().zip(bodies);
    Ok(parts
        .map(|(envelope, body)| Entry {
            envelope: envelope.into(),
            body: body.into(),
        })
        .collect())
}

fn leaf_page(kv: &dyn KeyValue, places: Range<u64>) -> Result<Vec<Digest>> {
    let leaves = values(kv, Prefix::LogLeaf, places.clone())?;
    let leaves = places.zip(leaves).map(|(seq, leaf)| {
        Digest::from_slice(&leaf).map_err(|_| damaged(msg::LogLeafMalformed { seq }))
    });
    leaves.collect()
}

/// Returns the values at these positions, at most a page of them; a missing one is damage.
fn values(kv: &dyn KeyValue, prefix: Prefix, places: Range<u64>) -> Result<Vec<Vec<u8>>> {
    let pairs = kv.range(&key(prefix, places.start), &key(prefix, places.end), PAGE)?;
    let expected = places.clone().map(|seq| key(prefix, seq));
    if !expected.eq(pairs.iter().map(|(key, _)| key.clone())) {
        return Err(damaged(msg::LogGap {
            first: places.start,
            last: places.end - 1,
        }));
    }
    Ok(pairs.into_iter().map(|(_, value)| value).collect())
}

/// Returns the pairs of one appended entry: its two parts and its leaf.
pub(crate) fn records(seq: u64, entry: &Entry, leaf: Digest) -> [Pair; 3] {
    [
        (key(Prefix::LogEnvelope, seq), entry.envelope.to_vec()),
        (key(Prefix::LogBody, seq), entry.body.to_vec()),
        (key(Prefix::LogLeaf, seq), leaf.0.to_vec()),
    ]
}

/// Refuses an entry that is longer than the format or a value allows.
pub(crate) fn check_length(entry: &Entry) -> Result<()> {
    let too_large = |part: Message, bytes: usize, most: usize| {
        let message = msg::LogEntryTooLarge { bytes, most, part };
        Err(Error::new(ErrorCode::LimitExceeded, message))
    };
    match (entry.envelope.len(), entry.body.len()) {
        (length, _) if length > MAX_ENVELOPE => {
            too_large(msg::LogEntryEnvelope.into(), length, MAX_ENVELOPE)
        }
        (_, length) if length > MAX_VALUE => too_large(msg::LogEntryBody.into(), length, MAX_VALUE),
        _ => Ok(()),
    }
}

/// Checks that the last entry is right before the head and that its leaf matches. Returns the head.
pub(crate) fn verify_end(kv: &dyn KeyValue) -> Result<Position> {
    let head = head(kv)?;
    if head.epoch.is_unknown() {
        return Err(damaged(msg::LogHeadWithoutEpoch {
            head: Value::text(head),
        }));
    }
    let envelope = last(kv, Prefix::LogEnvelope)?;
    let leaf = last(kv, Prefix::LogLeaf)?;
    let agrees = match (&envelope, &leaf) {
        (None, None) => head.seq == 0,
        (Some((seq, envelope)), Some((leaf_seq, leaf))) => {
            seq == leaf_seq
                && seq.checked_add(1) == Some(head.seq)
                && leaf_of(envelope)[..] == leaf[..]
        }
        _ => false,
    };
    if agrees {
        return Ok(head);
    }
    let named = |last: Option<(u64, Vec<u8>)>| {
        last.map_or_else(|| msg::LogNone.into(), |(seq, _)| Value::from(seq))
    };
    Err(damaged(msg::LogEndDiffers {
        entry: named(envelope),
        head: Value::text(head),
        leaf: named(leaf),
    }))
}

pub(crate) fn head_key() -> Vec<u8> {
    Key::new(Prefix::LogHead).finish()
}

pub(crate) fn envelope_key(seq: u64) -> Vec<u8> {
    key(Prefix::LogEnvelope, seq)
}

pub(crate) fn body_key(seq: u64) -> Vec<u8> {
    key(Prefix::LogBody, seq)
}

fn key(prefix: Prefix, seq: u64) -> Vec<u8> {
    Key::new(prefix).u64(seq).finish()
}

fn last(kv: &dyn KeyValue, prefix: Prefix) -> Result<Option<(u64, Vec<u8>)>> {
    let (lower, upper) = Key::new(prefix).range();
    let Some((key, value)) = kv.last(&lower, &upper)? else {
        return Ok(None);
    };
    Ok(Some((seq_of(prefix, &key)?, value)))
}

/// Reads the position of a key of the log.
fn seq_of(prefix: Prefix, key: &[u8]) -> Result<u64> {
    let mut reader = KeyReader::new(prefix, key)?;
    let seq = reader.u64()?;
    reader.end()?;
    Ok(seq)
}

fn damaged(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::StorageDamaged, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::Batch;
    use crate::memory::MemoryStore;

    const fn epoch(number: u32) -> Epoch {
        Epoch { number, id: [9; 8] }
    }

    fn put(kv: &dyn KeyValue, key: Vec<u8>, value: Vec<u8>) {
        let mut batch = Batch::new();
        batch.put(key, value);
        kv.commit(&batch).unwrap();
    }

    fn remove(kv: &dyn KeyValue, key: Vec<u8>) {
        let mut batch = Batch::new();
        batch.delete(key);
        kv.commit(&batch).unwrap();
    }

    /// A log of entries with these lengths, each filled with its own number.
    fn log(lengths: &[usize]) -> MemoryStore {
        let kv = MemoryStore::new();
        for (seq, length) in lengths.iter().enumerate() {
            let entry = Entry {
                envelope: vec![seq as u8; length / 2].into(),
                body: vec![seq as u8; length - length / 2].into(),
            };
            let leaf = Digest(entry.leaf());
            for (key, value) in records(seq as u64, &entry, leaf) {
                put(&kv, key, value);
            }
        }
        let head = Position {
            epoch: epoch(3),
            seq: lengths.len() as u64,
        };
        put(&kv, head_key(), head.to_bytes());
        kv
    }

    fn numbers(entries: Vec<(u64, Entry)>) -> Vec<u64> {
        assert!(entries.iter().all(|(seq, entry)| {
            [&entry.envelope, &entry.body]
                .into_iter()
                .flatten()
                .all(|byte| *byte == *seq as u8)
        }));
        entries.into_iter().map(|(seq, _)| seq).collect()
    }

    #[test]
    fn reading_keeps_to_its_bounds_and_always_moves() {
        let kv = log(&[10, 10, 500, 0, 10]);
        let read = |from, max_entries, max_bytes| {
            numbers(entries(&kv, from, max_entries, max_bytes).unwrap())
        };
        assert_eq!(read(0, 9, 1000), [0, 1, 2, 3, 4]);
        assert_eq!(read(1, 2, 1000), [1, 2]);
        assert_eq!(read(0, 9, 20), [0, 1]);
        assert_eq!(
            read(2, 9, 1),
            [2],
            "an entry longer than asked for still comes"
        );
        assert_eq!(read(0, 0, 1000), [] as [u64; 0]);
        for past_the_end in [5, 6, u64::MAX] {
            assert_eq!(read(past_the_end, usize::MAX, 1000), [] as [u64; 0]);
        }
        assert_eq!(read(4, usize::MAX, usize::MAX), [4]);
        assert_eq!(leaves(&kv, 3, 1).unwrap(), [(3, Digest(leaf_of(b"")))]);
        assert_eq!(leaves(&kv, 0, 9).unwrap().len(), 5);
    }

    #[test]
    fn reading_goes_on_over_many_pages() {
        let kv = log(&[1; 100]);
        let all: Vec<u64> = (0..100).collect();
        assert_eq!(numbers(entries(&kv, 0, 100, 100).unwrap()), all);
        assert_eq!(numbers(entries(&kv, 7, 64, 100).unwrap()), all[7..71]);
    }

    #[test]
    fn a_gap_is_damage_wherever_it_is() {
        for missing in [0, 1, 4, 40, 63, 64, 69] {
            let kv = log(&[1; 70]);
            remove(&kv, key(Prefix::LogEnvelope, missing));
            let error = entries(&kv, 0, 100, 1000).unwrap_err();
            assert_eq!(error.code(), ErrorCode::StorageDamaged, "without {missing}");
            let error = entries(&kv, missing, 100, 1000).unwrap_err();
            assert_eq!(error.code(), ErrorCode::StorageDamaged, "from {missing}");
        }
    }

    #[test]
    fn the_end_of_a_log_must_agree_with_its_head() {
        let lengths = [3, 0, 2];
        assert_eq!(
            verify_end(&log(&lengths)).unwrap(),
            Position {
                epoch: epoch(3),
                seq: 3
            }
        );
        assert_eq!(
            verify_end(&log(&[])).unwrap(),
            Position {
                epoch: epoch(3),
                seq: 0
            }
        );
        type Damage = fn(&dyn KeyValue);
        let damage: [(&str, Damage); 8] = [
            ("no head", |kv| remove(kv, head_key())),
            ("short head", |kv| put(kv, head_key(), vec![0; 4])),
            ("no epoch", |kv| {
                put(
                    kv,
                    head_key(),
                    Position {
                        epoch: epoch(0),
                        seq: 3,
                    }
                    .to_bytes(),
                )
            }),
            ("head behind", |kv| {
                put(
                    kv,
                    head_key(),
                    Position {
                        epoch: epoch(3),
                        seq: 2,
                    }
                    .to_bytes(),
                )
            }),
            ("no last entry", |kv| {
                remove(kv, key(Prefix::LogEnvelope, 2))
            }),
            ("no last leaf", |kv| remove(kv, key(Prefix::LogLeaf, 2))),
            ("other entry", |kv| {
                put(kv, key(Prefix::LogEnvelope, 2), vec![9])
            }),
            ("odd key", |kv| {
                put(
                    kv,
                    [&key(Prefix::LogEnvelope, 2)[..], &[0]].concat(),
                    vec![],
                )
            }),
        ];
        for (name, damage) in damage {
            let kv = log(&lengths);
            damage(&kv);
            let error = verify_end(&kv).unwrap_err();
            assert_eq!(error.code(), ErrorCode::StorageDamaged, "{name}");
        }
    }
}

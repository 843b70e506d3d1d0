//! Recently read entries of the own log, decoded once for all readers.
//!
//! Entries are kept in blocks, each under a lock of its own: readers of one block wait for the first of them,
//! which reads the store. An entry of a log changes only when its body is removed, after which nothing that was read
//! before is used; so a block is never wrong, only incomplete.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chengji_domain::fact::{Audience, LogOwner};
use chengji_domain::{Principal, Result};
use chengji_proto::convert::envelope_from;
use chengji_proto::v1;
use chengji_store::{Entry, KeyValue, log};

/// Number of positions in a block.
const BLOCK: u64 = 64;
/// Maximum size of the entries kept, bytes.
const MAX_KEPT: usize = 4 * 1024 * 1024;

/// Limits of one read.
#[derive(Clone, Copy)]
pub(crate) struct RunLimit {
    /// Maximum number of entries.
    pub(crate) entries: usize,
    /// Maximum size of the entries, bytes; a first entry that is larger is read nevertheless.
    pub(crate) bytes: usize,
}

/// Recently read entries of a log.
pub(crate) struct Blocks {
    owner: LogOwner,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// By block number, with the number of the last use and the size of the entries.
    blocks: BTreeMap<u64, (u64, usize, Arc<Mutex<Block>>)>,
    uses: u64,
    bytes: usize,
    /// The number of removals of bodies that the blocks were read after.
    removals: u64,
}

/// The first entries of a block.
type Block = Vec<Shared>;

/// An entry with its decoded audience.
#[derive(Clone)]
struct Shared {
    entry: Entry,
    audience: Audience,
}

impl Shared {
    /// The entry as far as this reader may read it.
    fn item(&self, reader: &Principal, owner: LogOwner) -> v1::LogItem {
        let entry = self.entry.clone();
        match self.audience.admits(reader, owner) {
            true => entry.into(),
            false => entry.without_body().into(),
        }
    }
}

impl Blocks {
    /// Nothing is kept of this owner's log.
    pub(crate) fn new(owner: LogOwner) -> Self {
        Self {
            owner,
            kept: Mutex::default(),
        }
    }

    /// Drops what was read before bodies were removed; `removals` is [`chengji_store::Ledger::removals`], taken before
    /// the entries are read.
    pub(crate) fn drop_removed(&self, removals: u64) {
        let mut kept = lock(&self.kept);
        if kept.removals != removals {
            // A reader that holds a dropped block goes on with it alone.
            kept.blocks.clear();
            kept.bytes = 0;
            kept.removals = removals;
        }
    }

    /// Reads entries from `first` on, before `head`, as far as this reader may read them.
    pub(crate) fn items(
        &self,
        kv: &dyn KeyValue,
        reader: &Principal,
        (first, head): (u64, u64),
        limit: RunLimit,
    ) -> Result<Vec<v1::LogItem>> {
        let end = head.min(first.saturating_add(limit.entries as u64));
        let (mut items, mut bytes, mut next) = (Vec::new(), 0, first);
        while next < end {
            let number = next / BLOCK;
            let block = self.block(number);
            let mut block = lock(&block);
            let wanted = end.min((number + 1) * BLOCK);
            self.extend(kv, &mut block, (number, wanted), limit)?;
            let from = usize::try_from(next % BLOCK).unwrap_or(usize::MAX);
            let upto = usize::try_from(wanted - number * BLOCK).unwrap_or(usize::MAX);
            for shared in block.iter().take(upto).skip(from) {
                bytes += shared.entry.size();
                if !items.is_empty() && bytes > limit.bytes {
                    return Ok(items);
                }
                items.push(shared.item(reader, self.owner));
                next += 1;
            }
        }
        Ok(items)
    }

    /// Reads the entries of a block before the position `end` that it does not have.
    fn extend(
        &self,
        kv: &dyn KeyValue,
        block: &mut Block,
        (number, end): (u64, u64),
        limit: RunLimit,
    ) -> Result<()> {
        let mut added = 0;
        loop {
            let next = number * BLOCK + block.len() as u64;
            if next >= end {
                break;
            }
            let most = usize::try_from(end - next).unwrap_or(usize::MAX);
            let entries = log::entries(kv, next, most, limit.bytes)?;
            if entries.is_empty() {
                break;
            }
            for (_, entry) in entries {
                let audience = envelope_from(&entry.envelope, self.owner)?.audience;
                added += entry.size();
                block.push(Shared { entry, audience });
            }
        }
        if added > 0 {
            self.note_size(number, added);
        }
        Ok(())
    }

    /// The block of this number, empty if it is not kept.
    fn block(&self, number: u64) -> Arc<Mutex<Block>> {
        let mut kept = lock(&self.kept);
        kept.uses += 1;
        let now = kept.uses;
        let (used, _, block) = kept.blocks.entry(number).or_default();
        *used = now;
        Arc::clone(block)
    }

    /// Notes that a block has grown; drops the blocks that were not used for longest.
    fn note_size(&self, number: u64, added: usize) {
        let mut kept = lock(&self.kept);
        if let Some((_, size, _)) = kept.blocks.get_mut(&number) {
            *size += added;
            kept.bytes += added;
        }
        while kept.bytes > MAX_KEPT {
            let oldest = kept.blocks.iter().min_by_key(|(_, (used, ..))| *used);
            let Some(oldest) = oldest.map(|(number, _)| *number) else {
                break;
            };
            if let Some((_, size, _)) = kept.blocks.remove(&oldest) {
                kept.bytes -= size;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is complete, so a panic elsewhere cannot corrupt it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use chengji_domain::CityCode;
    use chengji_domain::fact::{CityFact, LogEntry};
    use chengji_proto::convert::city_entry_to;
    use chengji_store::{CountingStore, Ledger, MemoryStore};

    use super::*;

    const LIMIT: RunLimit = RunLimit {
        entries: 512,
        bytes: 192 * 1024,
    };

    fn city() -> CityCode {
        "430100".parse().unwrap()
    }

    /// Appends entries of this length.
    async fn append(ledger: &Ledger, count: usize, length: usize) {
        for _ in 0..count {
            let append = ledger.write(move |tx| {
                tx.append(|position| {
                    let entry = LogEntry {
                        log: LogOwner::City(city()),
                        epoch: position.epoch,
                        seq: position.seq,
                        at: jiff::Timestamp::UNIX_EPOCH,
                        principal: Principal::Node(city()),
                        fact: CityFact::Withdrawn {
                            code: "103001000001".parse().unwrap(),
                            reason: "停".repeat(length),
                        },
                    };
                    city_entry_to(&entry, [7; 16])
                })
            });
            append.await.unwrap();
        }
    }

    fn nodes() -> impl Iterator<Item = Principal> {
        (0..300).map(|number| {
            let division = 500_000 + number / 90 * 10_000 + (1 + number % 90) * 100;
            Principal::Node(CityCode::from_number(division).unwrap())
        })
    }

    #[tokio::test]
    async fn three_hundred_readers_cost_the_reads_of_one() {
        let store = CountingStore::new(MemoryStore::new());
        let reads = store.reads();
        let ledger = Ledger::create(Arc::new(store), "city/430100", [1; 8]).unwrap();
        append(&ledger, 200, 3).await;
        let (kv, blocks) = (ledger.kv().as_ref(), Blocks::new(LogOwner::City(city())));
        let read = |reader: &Principal, first, head| {
            let items = blocks.items(kv, reader, (first, head), LIMIT);
            items.unwrap()
        };
        let (one, items) = reads.during(|| read(&Principal::Coordinator, 0, 200));
        assert_eq!(items.len(), 200);
        assert!(one >= 2 * 200, "{one} keys");
        for reader in nodes() {
            let (keys, same) = reads.during(|| read(&reader, 0, 200));
            assert_eq!((keys, same.len()), (0, 200));
        }
        // Appended entries are read once, for the first reader that asks for them.
        append(&ledger, 3, 3).await;
        let all: u64 = nodes()
            .map(|reader| {
                reads
                    .during(|| assert_eq!(read(&reader, 200, 203).len(), 3))
                    .0
            })
            .sum();
        assert!(all <= 20, "{all} keys for three entries");
        let expected: Vec<v1::LogItem> = log::entries(kv, 198, 5, usize::MAX)
            .unwrap()
            .into_iter()
            .map(|(_, entry)| entry.into())
            .collect();
        assert_eq!(read(&Principal::Coordinator, 198, 203), expected);
    }

    #[tokio::test]
    async fn a_removed_body_is_not_kept_and_its_envelope_is_still_sent() {
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), "city/430100", [1; 8]).unwrap();
        append(&ledger, 3, 3).await;
        let (kv, blocks) = (ledger.kv().as_ref(), Blocks::new(LogOwner::City(city())));
        let read = |blocks: &Blocks| {
            blocks.drop_removed(ledger.removals());
            let items = blocks.items(kv, &Principal::Coordinator, (0, 3), LIMIT);
            items.unwrap()
        };
        let mut expected = read(&blocks);
        assert!(expected.iter().all(|item| !item.body.is_empty()));
        ledger.write(|tx| tx.remove_body(1)).await.unwrap();
        expected[1].body.clear();
        assert_eq!(read(&blocks), expected);
        // So does a follower that starts anew.
        assert_eq!(read(&Blocks::new(LogOwner::City(city()))), expected);
        ledger.write(|tx| tx.remove_body(1)).await.unwrap();
        assert_eq!(ledger.removals(), 1);
    }

    #[tokio::test]
    async fn no_more_is_kept_than_fits_and_a_large_entry_comes_alone() {
        let kv = Arc::new(MemoryStore::new());
        let ledger = Ledger::create(kv, "city/430100", [1; 8]).unwrap();
        append(&ledger, 400, 10_000).await;
        let (kv, blocks) = (ledger.kv().as_ref(), Blocks::new(LogOwner::City(city())));
        let mut next = 0;
        while next < 400 {
            let items = blocks.items(kv, &Principal::Coordinator, (next, 400), LIMIT);
            let items = items.unwrap();
            let bytes: usize = items.iter().map(|one| one.body.len()).sum();
            assert!((1..=LIMIT.bytes).contains(&bytes));
            next += items.len() as u64;
            assert!(lock(&blocks.kept).bytes <= MAX_KEPT);
        }
        let small = RunLimit { bytes: 1, ..LIMIT };
        let alone = blocks.items(kv, &Principal::Coordinator, (7, 400), small);
        assert_eq!(alone.unwrap().len(), 1);
    }
}

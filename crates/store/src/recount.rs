//! Counts the tallies of a table once more from its records, piece by piece while others write, and compares them
//! with the numbers in force.
//!
//! The new numbers are a second generation of each tally. The recount's progress is the key of the last record
//! counted: a write to a record up to it changes both generations, a later one the first only. When all records are
//! counted, both generations change alike and are compared.

use std::sync::atomic::{AtomicU64, Ordering};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

use crate::codec::{AnyTally, Codec};
use crate::key_part::KeyPart;
use crate::keys::{Key, Prefix};
use crate::ledger::{Ledger, Tx};
use crate::table::Table;
use crate::tally::{self, IN_FORCE, RECOUNTED};
use crate::verify::{AT_ONCE, Differences, PIECE, PIECE_BYTES};
use crate::view::after;

/// A key above those of all records.
const END: &[u8] = &[u8::MAX];

/// Number of recounts that this program has begun; it identifies the next one.
static RUNS: AtomicU64 = AtomicU64::new(0);

/// The recount of a table by one caller.
#[derive(Clone, Copy)]
struct Recount {
    table: Prefix,
    run: u64,
    mends: bool,
}

impl<K: KeyPart, C: Codec> Table<K, C> {
    /// Counts the tallies again and compares them, or makes the numbers in force those counted. Errors: CONFLICT if
    /// another recount of the table is begun meanwhile.
    pub(crate) async fn recount(
        &'static self,
        ledger: &Ledger,
        mends: bool,
    ) -> Result<Differences> {
        let recount = Recount {
            table: self.prefix(),
            run: RUNS.fetch_add(1, Ordering::SeqCst),
            mends,
        };
        let begin = move |tx: &mut Tx<'_>| {
            recount.advance(tx, &[]);
            Ok(())
        };
        ledger.write(begin).await?;
        self.clear(ledger).await?;
        while ledger
            .write(move |tx| self.count_piece(tx, recount))
            .await?
        {}
        let mut found = Differences::default();
        for tally in self.tallies() {
            for (from, to) in [(RECOUNTED, IN_FORCE), (IN_FORCE, RECOUNTED)] {
                let mut next = Some(generation(tally.prefix(), from).0);
                while let Some(lower) = next {
                    let piece = move |tx: &mut Tx<'_>| {
                        recount.compare_piece::<K, C>(tx, *tally, &lower, (from, to))
                    };
                    let (some, rest) = ledger.write(piece).await?;
                    found.add(some);
                    next = rest;
                }
            }
        }
        let end = move |tx: &mut Tx<'_>| {
            recount.check(tx)?;
            tx.delete(tally::progress_key(recount.table));
            Ok(())
        };
        ledger.write(end).await?;
        self.clear(ledger).await?;
        Ok(found)
    }

    /// Deletes the numbers of an earlier recount.
    async fn clear(&'static self, ledger: &Ledger) -> Result<()> {
        for tally in self.tallies() {
            let piece = move |tx: &mut Tx<'_>| {
                let (lower, upper) = generation(tally.prefix(), RECOUNTED);
                let pairs = tx.range(&lower, &upper, PIECE)?;
                let is_last = pairs.len() < PIECE;
                pairs.into_iter().for_each(|(key, _)| tx.delete(key));
                Ok(is_last)
            };
            while !ledger.write(piece).await? {}
        }
        Ok(())
    }

    /// Counts the next records. Returns true if there are more.
    fn count_piece(&self, tx: &mut Tx<'_>, recount: Recount) -> Result<bool> {
        let mut last = recount.check(tx)?;
        let (first, upper) = Key::new(self.prefix()).range();
        let (mut counted, mut bytes) = (0, 0);
        while counted < PIECE && bytes < PIECE_BYTES {
            let lower = if last.is_empty() {
                first.clone()
            } else {
                after(&last)
            };
            let pairs = tx.range(&lower, &upper, AT_ONCE)?;
            if pairs.is_empty() {
                break;
            }
            counted += pairs.len();
            for (stored, value) in pairs {
                bytes += value.len();
                let (key, record) = (self.read_key(&stored)?, self.decode(&stored, &value)?);
                for tally in self.tallies() {
                    tx.count(RECOUNTED, tally.amounts(&key, &record), 1);
                }
                last = stored;
            }
        }
        recount.advance(tx, if counted == 0 { END } else { &last });
        Ok(counted > 0)
    }
}

impl Recount {
    /// Returns the key of the last record counted. Errors: CONFLICT if this is no longer the recount in progress.
    fn check(self, tx: &Tx<'_>) -> Result<Vec<u8>> {
        let progress = tx.get(&tally::progress_key(self.table))?;
        let progress = progress.as_deref().and_then(<[u8]>::split_first_chunk);
        match progress {
            Some((run, last)) if *run == self.run.to_be_bytes() => Ok(last.to_vec()),
            _ => Err(Error::new(ErrorCode::Conflict, msg::RecountBegunAnew)),
        }
    }

    fn advance(self, tx: &mut Tx<'_>, last: &[u8]) {
        let progress = [&self.run.to_be_bytes()[..], last].concat();
        tx.put(tally::progress_key(self.table), progress);
    }

    /// Compares the next numbers of a generation with another's. Returns the key to continue from.
    fn compare_piece<K, C: Codec>(
        self,
        tx: &mut Tx<'_>,
        tally: &dyn AnyTally<K, C>,
        lower: &[u8],
        (from, to): (u8, u8),
    ) -> Result<(Differences, Option<Vec<u8>>)> {
        self.check(tx)?;
        let mut found = Differences::default();
        let (_, upper) = generation(tally.prefix(), from);
        let pairs = tx.range(lower, &upper, PIECE)?;
        let next = pairs.get(PIECE - 1).map(|(last, _)| after(last));
        for (key, numbers) in pairs {
            let group = key.get(2..).unwrap_or_default();
            let other_key = tally::stored_key(tally.prefix(), to, group);
            let other = tx.get(&other_key)?;
            match from {
                RECOUNTED if other.as_ref() != Some(&numbers) => {
                    found.missing(tally.name(), &other_key);
                    if self.mends {
                        tx.put(other_key, numbers);
                    }
                }
                IN_FORCE if other.is_none() => {
                    found.stray(tally.name(), &key);
                    if self.mends {
                        tx.delete(key);
                    }
                }
                _ => {}
            }
        }
        Ok((found, next))
    }
}

/// The keys of a generation of a tally.
fn generation(tally: Prefix, generation: u8) -> (Vec<u8>, Vec<u8>) {
    Key::new(tally).u8(generation).range()
}

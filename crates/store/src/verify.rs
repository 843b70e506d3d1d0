//! Checks and repairs the indexes of a table against its records: piece by piece, each in a job of the
//! ledger, so that others read and write meanwhile.
//!
//! First every record is compared with its entries, then every entry of every index with its record. The module `recount`
//! counts tallies once more after that.

use std::ops::ControlFlow;

use chengji_domain::Result;

use crate::codec::{AnyIndex, Codec};
use crate::key_part::KeyPart;
use crate::keys::Key;
use crate::kv::hex;
use crate::ledger::{Ledger, Tx};
use crate::span::Span;
use crate::table::Table;

/// Maximum number of pairs checked by one job.
pub(crate) const PIECE: usize = 256;
/// Number of pairs read at once.
pub(crate) const AT_ONCE: usize = 32;
/// Bytes after which a job ends: of records read, and of entries written.
pub(crate) const PIECE_BYTES: usize = 256 * 1024;
/// Maximum number of differences that are described.
const DESCRIBED: usize = 10;

/// Differences between the indexes of a table and its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Number of entries that are missing in indexes, and of groups of tallies with other numbers.
    pub missing: u64,
    /// Number of entries and of groups without a record.
    pub stray: u64,
    /// The first differences, for display: index and key.
    pub described: Vec<String>,
}

impl Differences {
    /// Returns true if indexes and records agree.
    pub fn is_empty(&self) -> bool {
        self.missing == 0 && self.stray == 0
    }

    pub(crate) fn missing(&mut self, index: &str, key: &[u8]) {
        self.missing += 1;
        self.describe("lacks", index, key);
    }

    pub(crate) fn stray(&mut self, index: &str, key: &[u8]) {
        self.stray += 1;
        self.describe("has the stray", index, key);
    }

    fn describe(&mut self, what: &str, index: &str, key: &[u8]) {
        if self.described.len() < DESCRIBED {
            let key = hex(key);
            self.described.push(format!("'{index}' {what} entry {key}"));
        }
    }

    pub(crate) fn add(&mut self, more: Self) {
        self.missing += more.missing;
        self.stray += more.stray;
        self.described.extend(more.described);
        self.described.truncate(DESCRIBED);
    }
}

/// The progress of a check.
#[derive(Clone, Debug)]
struct Progress {
    /// 0 for the records, then the number of the index, from 1.
    stage: usize,
    /// The rest of the stage.
    left: (Vec<u8>, Vec<u8>),
}

impl<K: KeyPart, C: Codec> Table<K, C> {
    /// Returns the differences between the indexes and tallies, and the records.
    pub async fn check_indexes(&'static self, ledger: &Ledger) -> Result<Differences> {
        self.verify(ledger, false).await
    }

    /// Makes the indexes and tallies agree with the records. Returns the differences found. Until it is done, reads
    /// by an index may miss records.
    pub async fn rebuild_indexes(&'static self, ledger: &Ledger) -> Result<Differences> {
        self.verify(ledger, true).await
    }

    pub(crate) async fn verify(&'static self, ledger: &Ledger, mends: bool) -> Result<Differences> {
        let mut found = Differences::default();
        let mut next = self.begin(0);
        while let Some(progress) = next {
            let piece = ledger.write(move |tx| self.piece(tx, &progress, mends));
            let (some, rest) = piece.await?;
            found.add(some);
            next = rest;
        }
        if !self.tallies().is_empty() {
            found.add(self.recount(ledger, mends).await?);
        }
        Ok(found)
    }

    fn begin(&self, stage: usize) -> Option<Progress> {
        let prefix = match stage.checked_sub(1) {
            None => self.prefix(),
            Some(index) => self.indexes().get(index)?.prefix(),
        };
        let left = Key::new(prefix).range();
        Some(Progress { stage, left })
    }

    /// Checks the next pairs.
    fn piece(
        &self,
        tx: &mut Tx<'_>,
        progress: &Progress,
        mends: bool,
    ) -> Result<(Differences, Option<Progress>)> {
        let mut piece = Piece::default();
        let (span, view) = (Span::of(self, progress.left.clone()), &*tx);
        let rest = span.walk(view, AT_ONCE, |key, value| {
            if !piece.has_room() {
                return Ok(ControlFlow::Break(()));
            }
            piece.looked_at(key, value);
            match progress.stage.checked_sub(1) {
                None => self.compare_record(view, key, value, &mut piece)?,
                Some(index) => {
                    self.compare_entry(view, self.indexes()[index], (key, value), &mut piece)?;
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let Piece {
            found,
            puts,
            deletes,
            ..
        } = piece;
        if mends {
            puts.into_iter().for_each(|(key, value)| tx.put(key, value));
            deletes.into_iter().for_each(|key| tx.delete(key));
        }
        let next = match rest {
            Some(rest) => Some(Progress {
                stage: progress.stage,
                left: rest.into_bounds(),
            }),
            None => self.begin(progress.stage + 1),
        };
        Ok((found, next))
    }

    /// Looks up the entries that a record should have.
    fn compare_record(
        &self,
        tx: &Tx<'_>,
        key: &[u8],
        bytes: &[u8],
        piece: &mut Piece,
    ) -> Result<()> {
        let (key, record) = (self.read_key(key)?, self.decode(key, bytes)?);
        for index in self.indexes() {
            for (entry, value) in index.entries(&key, &record) {
                if tx.get(&entry)?.as_ref() != Some(&value) {
                    piece.found.missing(index.name(), &entry);
                    piece.put(entry, value);
                }
            }
        }
        Ok(())
    }

    /// Looks up the record that an entry belongs to.
    fn compare_entry(
        &self,
        tx: &Tx<'_>,
        index: &dyn AnyIndex<K, C>,
        (entry, value): (&[u8], &[u8]),
        piece: &mut Piece,
    ) -> Result<()> {
        // An unreadable entry belongs to no record.
        let belongs = match index.record_key(entry, value) {
            Err(_) => false,
            Ok(key) => self.get(tx, &key)?.is_some_and(|record| {
                let mut entries = index.entries(&key, &record).into_iter();
                entries.any(|(known, of)| known == entry && of == value)
            }),
        };
        if !belongs {
            piece.found.stray(index.name(), entry);
            piece.delete(entry.to_vec());
        }
        Ok(())
    }
}

/// The pairs checked, differences found and writes of one job.
#[derive(Default)]
struct Piece {
    pairs: usize,
    bytes: usize,
    found: Differences,
    puts: Vec<(Vec<u8>, Vec<u8>)>,
    deletes: Vec<Vec<u8>>,
}

impl Piece {
    fn has_room(&self) -> bool {
        self.pairs < PIECE && self.bytes < PIECE_BYTES
    }

    fn looked_at(&mut self, key: &[u8], value: &[u8]) {
        self.pairs += 1;
        self.bytes += key.len() + value.len();
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.bytes += key.len() + value.len();
        self.puts.push((key, value));
    }

    fn delete(&mut self, key: Vec<u8>) {
        self.bytes += key.len();
        self.deletes.push(key);
    }
}

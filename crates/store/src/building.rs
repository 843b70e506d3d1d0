//! Tables with indexes or tallies, with their types erased: for checking all tables of a program, and for building
//! the indexes and tallies that a migration has added.

use std::pin::Pin;

use chengji_domain::Result;

use crate::codec::Codec;
use crate::key_part::KeyPart;
use crate::keys::{Key, KeyReader, Prefix};
use crate::ledger::{Ledger, Tx};
use crate::table::Table;
use crate::verify::Differences;

/// A check or rebuild in progress.
pub type Verifying<'a> = Pin<Box<dyn Future<Output = Result<Differences>> + Send + 'a>>;

/// A table with indexes or tallies.
pub trait IndexedTable: Sync {
    /// Returns the table's prefix.
    fn prefix(&self) -> Prefix;

    /// Returns the prefixes of its indexes and tallies.
    fn derived(&self) -> Vec<Prefix>;

    /// Compares the indexes and tallies with the records, and mends them if asked to. Returns the differences found.
    fn verify<'a>(&'static self, ledger: &'a Ledger, mends: bool) -> Verifying<'a>;
}

impl<K: KeyPart + Send + 'static, C: Codec> IndexedTable for Table<K, C> {
    fn prefix(&self) -> Prefix {
        Self::prefix(self)
    }

    fn derived(&self) -> Vec<Prefix> {
        let indexes = self.indexes().iter().map(|index| index.prefix());
        let tallies = self.tallies().iter().map(|tally| tally.prefix());
        indexes.chain(tallies).collect()
    }

    fn verify<'a>(&'static self, ledger: &'a Ledger, mends: bool) -> Verifying<'a> {
        Box::pin(Self::verify(self, ledger, mends))
    }
}

/// Builds the indexes and tallies of these tables that a migration has added. All tables of the program are given;
/// the others are empty. Ends the recounts that a stop of the program has interrupted.
pub async fn build_added(
    ledger: &Ledger,
    tables: impl IntoIterator<Item = &'static dyn IndexedTable>,
) -> Result<()> {
    ledger.write(end_interrupted).await?;
    let (lower, upper) = Key::new(Prefix::Unbuilt).range();
    let marks = ledger
        .kv()
        .range(&lower, &upper, usize::from(u8::MAX) + 1)?;
    if marks.is_empty() {
        return Ok(());
    }
    let mut added = Vec::new();
    for (mark, _) in &marks {
        added.push(KeyReader::new(Prefix::Unbuilt, mark)?.u8()?);
    }
    for table in tables {
        let derived = table.derived();
        if derived
            .iter()
            .any(|prefix| added.contains(&(*prefix as u8)))
        {
            let table_name = table.prefix();
            tracing::info!(table = ?table_name, "building added indexes");
            let built = table.verify(ledger, true).await?;
            tracing::info!(table = ?table_name, entries = built.missing, "built added indexes");
        }
    }
    let unmark = move |tx: &mut Tx<'_>| {
        marks.into_iter().for_each(|(mark, _)| tx.delete(mark));
        Ok(())
    };
    ledger.write(unmark).await
}

fn end_interrupted(tx: &mut Tx<'_>) -> Result<()> {
    let (lower, upper) = Key::new(Prefix::Recount).range();
    let recounts = tx.range(&lower, &upper, usize::from(u8::MAX) + 1)?;
    recounts.into_iter().for_each(|(key, _)| tx.delete(key));
    Ok(())
}

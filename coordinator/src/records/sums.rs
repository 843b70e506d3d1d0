//! The changes that a transaction makes to a city's catalogue as a whole, summed up and written once: a piece of a city's
//! log publishes hundreds of entries.

use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, ResourceRef, Result};
use chengji_follow::Sums;
use chengji_messages::msg;
use chengji_store::{MAX_VALUE, Tx};

use super::change_use;
use crate::changes;

/// The changes of a city's catalogue that a transaction has made so far. Until they are stored by [`Self::store`], they
/// are not noted, and the city's use is that of before.
#[derive(Debug, Default)]
#[must_use]
pub struct CatalogueSums {
    /// The codes of the entries whose records were written.
    changed: Vec<ResourceCode>,
    /// Number of new records.
    entries: u64,
    /// Size of the records that were written, bytes.
    written: u64,
    /// Size of the records in whose place they were written, bytes.
    replaced: u64,
}

impl CatalogueSums {
    /// Notes that the record of a city's entry is stored in place of one that takes `before` bytes.
    pub(super) fn note_put(
        &mut self,
        (city, code): (CityCode, ResourceCode),
        bytes: usize,
        before: Option<usize>,
    ) -> Result<()> {
        if bytes > MAX_VALUE {
            let message = msg::EntryTooLarge {
                entry: ResourceRef { city, code },
                bytes,
                most: MAX_VALUE,
            };
            return Err(Error::new(ErrorCode::LimitExceeded, message));
        }
        self.changed.push(code);
        self.entries += u64::from(before.is_none());
        self.written += bytes as u64;
        self.replaced += before.unwrap_or(0) as u64;
        Ok(())
    }

    /// Notes the changed entries, and stores what the city uses now.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub fn store(self, tx: &mut Tx<'_>, city: CityCode) -> Result<()> {
        if self.written == 0 {
            return Ok(());
        }
        changes::note(tx, city, self.changed)?;
        change_use(tx, city, |used| {
            used.entries += self.entries;
            used.bytes += self.written;
            used.bytes -= self.replaced.min(used.bytes);
        })
    }
}

impl Sums for CatalogueSums {
    fn add(&mut self, later: Self) {
        self.changed.extend(later.changed);
        self.entries += later.entries;
        self.written += later.written;
        self.replaced += later.replaced;
    }
}

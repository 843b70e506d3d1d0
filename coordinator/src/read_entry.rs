//! Entries of cities' logs, prepared for the transaction that applies them: what can be done before it is done once,
//! beside other transactions.

use chengji_domain::Result;
use chengji_domain::catalogue::EntryRecord;
use chengji_domain::fact::{CityFact, LogEntry};
use chengji_records::StoredRecord;
use chengji_store::Encoded;

/// An entry of a city's log that was read.
#[derive(Debug)]
pub struct ReadEntry {
    /// The entry.
    pub entry: LogEntry<CityFact>,
    /// Of a publication, the record of an entry that has none yet, published at the date of this entry.
    pub first_record: Option<Encoded<StoredRecord>>,
}

impl ReadEntry {
    /// Prepares an entry.
    ///
    /// # Errors
    ///
    /// A record that may not be stored.
    pub fn new(entry: LogEntry<CityFact>) -> Result<Self> {
        let first_record = match &entry.fact {
            CityFact::Published {
                entry: published,
                revision,
            } => {
                let record = EntryRecord::new((**published).clone(), *revision, entry.at);
                Some(Encoded::of(&record)?)
            }
            _ => None,
        };
        Ok(Self {
            entry,
            first_record,
        })
    }
}

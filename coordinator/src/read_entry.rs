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
        let (fact, first_record) = match entry.fact {
            CityFact::Published {
                entry: published,
                revision,
            } => {
                // The content is large: it is lent to the record, not copied.
                let record = EntryRecord::new(*published, revision, entry.at);
                let encoded = Encoded::of(&record)?;
                let published = Box::new(record.entry);
                let fact = CityFact::Published {
                    entry: published,
                    revision,
                };
                (fact, Some(encoded))
            }
            fact => (fact, None),
        };
        let entry = LogEntry { fact, ..entry };
        Ok(Self {
            entry,
            first_record,
        })
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::Principal;
    use chengji_domain::catalogue::ShareClass;
    use chengji_domain::fact::LogOwner;
    use chengji_store::Codec;

    use super::*;
    use crate::tests::world::{EPOCH, PROVIDER, START, at, city, entry};

    #[test]
    fn a_publication_is_read_whole_beside_its_record() {
        let (city, published) = (city(PROVIDER), entry(1, ShareClass::Conditional));
        let written = LogEntry {
            log: LogOwner::City(city),
            epoch: EPOCH,
            seq: 3,
            at: at(START),
            principal: Principal::Node(city),
            fact: CityFact::Published {
                entry: Box::new(published.clone()),
                revision: 2,
            },
        };
        let read = ReadEntry::new(written.clone()).unwrap();
        assert_eq!(read.entry, written);
        let record = StoredRecord::decode(read.first_record.unwrap().bytes()).unwrap();
        assert_eq!(record, EntryRecord::new(published, 2, at(START)));
    }
}

//! The rows of a city's fold, in the form in which snapshots store them.

use jiff::Timestamp;

use super::city_fold::CityFold;
use super::delivered::{ReceivedContent, ReceivedKey, Sent, SentContent};
use super::figures::CountedVolume;
use super::rated_entry::{Measured, RatedEntry};
use super::{Contribution, RateAttributes};
use crate::catalogue::Volume;
use crate::city::CityCode;
use crate::digest::Digest;
use crate::fact::Delivery;
use crate::resource::ResourceCode;

/// A row of a city's fold. It follows from the city's log alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoldRow {
    /// An entry as the rate counts it.
    Entry(RatedEntryRow),
    /// Content that the city's node has measured.
    Content {
        /// The entry.
        code: ResourceCode,
        /// Digest of the content.
        digest: Digest,
    },
    /// A delivery recorded as provider. The consumer is the city of the request.
    Sent(Delivery),
    /// A delivery recorded as consumer: the last record, if the same content came several times.
    Received {
        /// The delivery.
        delivery: Delivery,
        /// The provider.
        provider: CityCode,
        /// Position of the record.
        seq: u64,
        /// Date of the record.
        at: Timestamp,
    },
}

/// An entry as the rate counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatedEntryRow {
    /// The entry.
    pub code: ResourceCode,
    /// Attributes of the revision that counts.
    pub attributes: RateAttributes,
    /// Position of that revision.
    pub published_seq: u64,
    /// True if it was withdrawn.
    pub withdrawn: bool,
    /// True if a source is mounted.
    pub mounted: bool,
    /// The last measurement of the mounted source.
    pub measured: Option<MeasuredRow>,
}

/// The last measurement of an entry, without the digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasuredRow {
    /// Rows; 0 if the source is not tabular.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
    /// Time of the measurement.
    pub at: Timestamp,
    /// Position of its record.
    pub seq: u64,
}

impl CityFold {
    /// Returns all rows.
    pub fn rows(&self) -> impl Iterator<Item = FoldRow> {
        let entries = self.entries.iter().map(entry_row);
        let contents = self.contents.iter().map(|(code, digest)| FoldRow::Content {
            code: (*code).into(),
            digest: *digest,
        });
        let sent = self.sent.iter().map(|sent| FoldRow::Sent(sent.delivery()));
        let received = self.received.iter().map(|received| FoldRow::Received {
            delivery: received.delivery(),
            provider: received.key.provider,
            seq: received.seq,
            at: received.at,
        });
        entries.chain(contents).chain(sent).chain(received)
    }

    /// Number of rows.
    pub fn row_count(&self) -> usize {
        let (entries, contents) = (self.entries.len(), self.contents.len());
        entries + contents + self.sent.len() + self.received.len()
    }

    /// Makes the fold of these rows.
    pub fn from_rows(rows: impl IntoIterator<Item = FoldRow>) -> Self {
        let mut fold = Self::default();
        fold.extend(rows);
        fold
    }

    fn add(&mut self, row: FoldRow) {
        match row {
            FoldRow::Entry(row) => {
                self.entries.put(entry(&row));
            }
            FoldRow::Content { code, digest } => {
                self.contents.put(((&code).into(), digest));
            }
            FoldRow::Sent(delivery) => {
                self.sent.put(Sent::from(&delivery));
            }
            FoldRow::Received {
                delivery,
                provider,
                seq,
                at,
            } => {
                let content = SentContent::from(&delivery);
                let key = ReceivedKey { provider, content };
                let rows = delivery.rows;
                self.received.put(ReceivedContent { key, rows, seq, at });
            }
        }
    }
}

impl Extend<FoldRow> for CityFold {
    fn extend<I: IntoIterator<Item = FoldRow>>(&mut self, rows: I) {
        for row in rows {
            self.add(row);
        }
    }
}

fn entry_row(entry: &RatedEntry) -> FoldRow {
    FoldRow::Entry(RatedEntryRow {
        code: entry.code.into(),
        attributes: RateAttributes {
            share_class: entry.share_class,
            level: entry.level,
            update_cycle: entry.update_cycle,
            declared: Volume {
                rows: Some(entry.declared.rows),
                bytes: Some(entry.declared.bytes),
            },
            is_interface: entry.is_interface,
        },
        published_seq: entry.published_seq,
        withdrawn: entry.withdrawn,
        mounted: entry.mounted,
        measured: entry.measured.map(|measured| MeasuredRow {
            rows: measured.volume.rows,
            bytes: measured.volume.bytes,
            at: measured.at,
            seq: measured.seq,
        }),
    })
}

fn entry(row: &RatedEntryRow) -> RatedEntry {
    let new = RatedEntry::new((&row.code).into(), row.attributes, row.published_seq);
    RatedEntry {
        withdrawn: row.withdrawn,
        mounted: row.mounted,
        measured: row.measured.map(|measured| Measured {
            volume: CountedVolume {
                rows: measured.rows,
                bytes: measured.bytes,
            },
            at: measured.at,
            seq: measured.seq,
        }),
        contribution: Contribution::NotMounted,
        ..new
    }
}

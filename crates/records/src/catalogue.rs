//! Catalogues: published entries, contents of revisions, and imports in progress.

use chengji_domain::catalogue::freshness::History;
use chengji_domain::catalogue::{Entry, EntryRecord, Mount, Withdrawal};
use chengji_domain::fact::Measurement;
use chengji_domain::request::Consent;
use chengji_domain::{Error, Principal, Result, Uscc};
use chengji_log::v1::CatalogueEntry;
use chengji_messages::msg;
use chengji_proto::convert::{
    consent_from, consent_to, entry_from, entry_to, measurement_from, measurement_to, time_from,
    time_to,
};
use chengji_store::{Codec, Encoded};
use jiff::Timestamp;
use prost::Message;
use prost::encoding::{decode_key, decode_varint};

use crate::{damaged, decode, required, v1};

/// The codec of published entries.
#[derive(Debug)]
pub struct StoredRecord;

impl Codec for StoredRecord {
    type Record = EntryRecord;

    fn encode(record: &EntryRecord) -> Result<Vec<u8>> {
        let withdrawn = record.withdrawn.as_ref();
        let wire = v1::CatalogueRecord {
            entry: Some(entry_to(&record.entry)),
            revision: record.revision,
            published_at: Some(time_to(record.published_at)),
            withdrawn: withdrawn.map(|withdrawn| v1::Withdrawal {
                at: Some(time_to(withdrawn.at)),
                reason: withdrawn.reason.clone(),
            }),
            mount: record.mount.as_ref().map(v1::Mount::from),
            stop: record.stop.as_ref().map(v1::StopEvent::from),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<EntryRecord> {
        let wire: v1::CatalogueRecord = decode(bytes)?;
        let withdrawn = wire.withdrawn.map(|withdrawn| {
            Ok::<_, Error>(Withdrawal {
                at: time_from(withdrawn.at.as_ref(), "at")?,
                reason: withdrawn.reason,
            })
        });
        Ok(EntryRecord {
            entry: entry_from(required(wire.entry, "entry")?)?,
            revision: wire.revision,
            published_at: time_from(wire.published_at.as_ref(), "published_at")?,
            withdrawn: withdrawn.transpose()?,
            mount: wire.mount.map(Mount::try_from).transpose()?,
            stop: wire.stop.map(TryInto::try_into).transpose()?,
        })
    }
}

impl From<&Mount> for v1::Mount {
    fn from(mount: &Mount) -> Self {
        let history = mount.history.as_ref();
        Self {
            file_name: mount.file_name.clone(),
            is_table: mount.is_table,
            measurement: mount.measurement.as_ref().map(measurement_to),
            first_measured_at: history.map(|history| time_to(history.first_measured)),
            changed_at: history.and_then(|history| history.changed).map(time_to),
            changes: history.map_or(0, |history| history.changes),
        }
    }
}

impl TryFrom<v1::Mount> for Mount {
    type Error = Error;

    fn try_from(wire: v1::Mount) -> Result<Self> {
        let measurement = wire.measurement.as_ref();
        let measurement = measurement.map(|last| measurement_from(Some(last)));
        let measurement: Option<Measurement> = measurement.transpose()?;
        let changed = wire.changed_at.as_ref();
        let changed = changed.map(|at| time_from(Some(at), "changed_at"));
        let history = match &wire.first_measured_at {
            None => None,
            Some(first) => Some(History {
                first_measured: time_from(Some(first), "first_measured_at")?,
                measured: required(measurement, "measurement")?.at,
                changed: changed.transpose()?,
                changes: wire.changes,
            }),
        };
        Ok(Self {
            file_name: wire.file_name,
            is_table: wire.is_table,
            measurement,
            history,
        })
    }
}

/// The codec of revision contents.
#[derive(Debug)]
pub struct StoredRevision;

impl Codec for StoredRevision {
    type Record = Entry;

    fn encode(entry: &Entry) -> Result<Vec<u8>> {
        let entry = Some(entry_to(entry));
        Ok(v1::Revision { entry }.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Entry> {
        let wire: v1::Revision = decode(bytes)?;
        entry_from(required(wire.entry, "entry")?)
    }
}

/// Returns the content of an encoded revision as facts encode it, so that it is encoded once for both.
pub fn content_of(revision: &Encoded<StoredRevision>) -> Result<&[u8]> {
    let mut rest = revision.bytes();
    let header =
        decode_key(&mut rest).and_then(|(field, _)| Ok((field, decode_varint(&mut rest)?)));
    match header {
        Ok((REVISION_ENTRY, length)) if length == rest.len() as u64 => Ok(rest),
        _ => Err(damaged(msg::FieldAbsent { field: "entry" })),
    }
}

/// The number of the field `entry` of `Revision`, its only one.
const REVISION_ENTRY: u32 = 1;

/// Entries of an import in the form in which they are staged: each is encoded once, when it is admitted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece(Vec<u8>);

impl Piece {
    /// Adds an entry.
    pub fn push(&mut self, entry: &CatalogueEntry) {
        prost::encoding::message::encode(STAGED_ENTRIES, entry, &mut self.0);
    }

    /// Returns the entries in order.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        let wire: v1::StagedEntries = decode(&self.0)?;
        wire.entries.into_iter().map(entry_from).collect()
    }

    /// Returns the size in bytes.
    pub fn size(&self) -> usize {
        self.0.len()
    }
}

/// The number of the field `entries` of `StagedEntries`.
const STAGED_ENTRIES: u32 = 1;

/// The codec of staged entries of an import, which are not yet in effect.
#[derive(Debug)]
pub struct StoredPiece;

impl Codec for StoredPiece {
    type Record = Piece;

    fn encode(piece: &Piece) -> Result<Vec<u8>> {
        Ok(piece.0.clone())
    }

    fn decode(bytes: &[u8]) -> Result<Piece> {
        Ok(Piece(bytes.to_vec()))
    }
}

/// A complete import that is being put into effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportUnderWay {
    /// The principal who imported it.
    pub by: Principal,
    /// Time of the import.
    pub at: Timestamp,
    /// True if its entries remain drafts.
    pub draft: bool,
    /// The only department whose entries the principal may import; `None` for all.
    pub department: Option<Uscc>,
    /// The consent to its submissions; `None` if entries record theirs themselves.
    pub consent: Option<Consent>,
}

/// The codec of [`ImportUnderWay`].
#[derive(Debug)]
pub struct StoredImport;

impl Codec for StoredImport {
    type Record = ImportUnderWay;

    fn encode(import: &ImportUnderWay) -> Result<Vec<u8>> {
        let department = import.department;
        let wire = v1::ImportUnderWay {
            by: import.by.to_string(),
            at: Some(time_to(import.at)),
            draft: import.draft,
            department: department.map_or(String::new(), |own| own.to_string()),
            consent: import.consent.as_ref().map(consent_to),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<ImportUnderWay> {
        let wire: v1::ImportUnderWay = decode(bytes)?;
        let department = match wire.department.as_str() {
            "" => None,
            code => Some(code.parse()?),
        };
        Ok(ImportUnderWay {
            by: wire.by.parse()?,
            at: time_from(wire.at.as_ref(), "at")?,
            draft: wire.draft,
            department,
            consent: wire.consent.as_ref().map(consent_from).transpose()?,
        })
    }
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;

//! The stored snapshots of the fold of a city's log.

use chengji_domain::catalogue::Volume;
use chengji_domain::rate::{FoldRow, MeasuredRow, RateAttributes, RatedEntryRow};
use chengji_domain::{Digest, Error, Result};
use chengji_log::v1 as log;
use chengji_messages::msg;
use chengji_proto::convert::{
    counted_delivery_from, counted_delivery_to, level_from, level_to, share_class_from,
    share_class_to, time_from, time_to, update_cycle_from, update_cycle_to,
};
use chengji_store::Codec;
use jiff::Timestamp;
use prost::Message;

use crate::{damaged, decode, required, v1};

/// A snapshot of the fold of a city's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateSnapshot {
    /// The newest formula that the rows suffice for.
    pub formula: String,
    /// The latest date of the folded entries.
    pub latest: Timestamp,
    /// Root of the Merkle tree over the folded entries.
    pub root: Digest,
    /// Number of parts.
    pub parts: u32,
    /// True once all parts are stored.
    pub complete: bool,
}

/// The codec of [`RateSnapshot`].
#[derive(Debug)]
pub struct StoredRateSnapshot;

impl Codec for StoredRateSnapshot {
    type Record = RateSnapshot;

    fn encode(snapshot: &RateSnapshot) -> Result<Vec<u8>> {
        let wire = v1::RateSnapshot {
            formula: snapshot.formula.clone(),
            latest: Some(time_to(snapshot.latest)),
            root: snapshot.root.0.to_vec(),
            parts: snapshot.parts,
            complete: snapshot.complete,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<RateSnapshot> {
        let wire: v1::RateSnapshot = decode(bytes)?;
        Ok(RateSnapshot {
            latest: time_from(wire.latest.as_ref(), "latest")?,
            root: Digest::from_slice(&wire.root)?,
            formula: wire.formula,
            parts: wire.parts,
            complete: wire.complete,
        })
    }
}

/// The codec of a part of a snapshot. Within a part, rows are grouped by kind.
#[derive(Debug)]
pub struct StoredRateSnapshotPart;

impl Codec for StoredRateSnapshotPart {
    type Record = Vec<FoldRow>;

    fn encode(rows: &Vec<FoldRow>) -> Result<Vec<u8>> {
        let mut wire = v1::RateRows::default();
        for row in rows {
            match row {
                FoldRow::Entry(entry) => wire.entries.push(entry_to(entry)),
                FoldRow::Content { code, digest } => wire.contents.push(v1::MeasuredContent {
                    code: code.to_string(),
                    digest: digest.0.to_vec(),
                }),
                FoldRow::Sent(delivery) => {
                    let consumer = delivery.request.city;
                    wire.sent.push(counted_delivery_to(delivery, consumer));
                }
                FoldRow::Received {
                    delivery,
                    provider,
                    seq,
                    at,
                } => wire.received.push(v1::ReceivedContent {
                    delivery: Some(counted_delivery_to(delivery, *provider)),
                    seq: *seq,
                    at: Some(time_to(*at)),
                }),
            }
        }
        let rows = wire.encode_to_vec();
        let digest = Digest::of(&rows).0.to_vec();
        Ok(v1::RateSnapshotPart { rows, digest }.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Vec<FoldRow>> {
        let part: v1::RateSnapshotPart = decode(bytes)?;
        if Digest::from_slice(&part.digest)? != Digest::of(&part.rows) {
            return Err(damaged(msg::RecordSnapshotPart));
        }
        let wire: v1::RateRows = decode(&part.rows)?;
        let count = wire.entries.len() + wire.contents.len();
        let mut rows = Vec::with_capacity(count + wire.sent.len() + wire.received.len());
        let entries = wire.entries.into_iter();
        let entries = entries.map(|entry| RatedEntryRow::try_from(entry).map(FoldRow::Entry));
        let contents = wire.contents.into_iter().map(|content| {
            Ok(FoldRow::Content {
                code: content.code.try_into()?,
                digest: Digest::from_slice(&content.digest)?,
            })
        });
        let sent = wire.sent.iter().map(|sent| {
            let (delivery, _) = counted_delivery_from(sent)?;
            Ok(FoldRow::Sent(delivery))
        });
        let received = wire.received.iter().map(received_from);
        for row in entries.chain(contents).chain(sent).chain(received) {
            rows.push(row?);
        }
        Ok(rows)
    }
}

fn received_from(wire: &v1::ReceivedContent) -> Result<FoldRow> {
    let delivery = required(wire.delivery.as_ref(), "delivery")?;
    let (delivery, provider) = counted_delivery_from(delivery)?;
    Ok(FoldRow::Received {
        delivery,
        provider,
        seq: wire.seq,
        at: time_from(wire.at.as_ref(), "at")?,
    })
}

fn entry_to(entry: &RatedEntryRow) -> v1::RatedEntry {
    let attributes = &entry.attributes;
    v1::RatedEntry {
        code: entry.code.to_string(),
        share_class: share_class_to(attributes.share_class).into(),
        administrative_level: level_to(attributes.level).into(),
        update_cycle: update_cycle_to(attributes.update_cycle).into(),
        declared_rows: attributes.declared.rows.unwrap_or(0),
        declared_bytes: attributes.declared.bytes.unwrap_or(0),
        published_seq: entry.published_seq,
        withdrawn: entry.withdrawn,
        mounted: entry.mounted,
        measured: entry.measured.map(|measured| v1::RateMeasurement {
            rows: measured.rows,
            bytes: measured.bytes,
            at: Some(time_to(measured.at)),
            seq: measured.seq,
        }),
        interface: attributes.is_interface,
    }
}

impl TryFrom<v1::RatedEntry> for RatedEntryRow {
    type Error = Error;

    fn try_from(wire: v1::RatedEntry) -> Result<Self> {
        let class: log::ShareClass = wire.share_class();
        let attributes = RateAttributes {
            share_class: required(share_class_from(class), "share_class")?,
            level: required(
                level_from(wire.administrative_level()),
                "administrative_level",
            )?,
            update_cycle: required(update_cycle_from(wire.update_cycle()), "update_cycle")?,
            declared: Volume {
                rows: Some(wire.declared_rows),
                bytes: Some(wire.declared_bytes),
            },
            is_interface: wire.interface,
        };
        let measured = wire
            .measured
            .as_ref()
            .map(|measured| -> Result<MeasuredRow> {
                Ok(MeasuredRow {
                    rows: measured.rows,
                    bytes: measured.bytes,
                    at: time_from(measured.at.as_ref(), "at")?,
                    seq: measured.seq,
                })
            });
        Ok(Self {
            code: wire.code.try_into()?,
            attributes,
            published_seq: wire.published_seq,
            withdrawn: wire.withdrawn,
            mounted: wire.mounted,
            measured: measured.transpose()?,
        })
    }
}

#[cfg(test)]
#[path = "rate_tests.rs"]
mod tests;

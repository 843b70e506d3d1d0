//! Envelopes of log entries: the public part of a fact, and the part that the sharing rate counts.

use chengji_domain::catalogue::Volume;
use chengji_domain::envelope::Envelope;
use chengji_domain::fact::{Audience, Delivery, LogOwner};
use chengji_domain::rate::{Counted, RateAttributes};
use chengji_domain::{CityCode, Digest, Epoch, Error, Quoted};
use chengji_log::Entry;
use chengji_log::v1 as log;
use chengji_messages::{Value, msg};
use jiff::Timestamp;
use prost::Message;

use super::catalogue::{
    level_from, level_to, share_class_from, share_class_to, update_cycle_from, update_cycle_to,
};
use super::measurement::{measurement_from, measurement_to};
use super::position::{epoch_from, epoch_id};
use super::request::id_from;
use super::{invalid, missing, time_from, time_to};
use crate::v1;

impl From<Entry> for v1::LogItem {
    fn from(entry: Entry) -> Self {
        Self {
            envelope: entry.envelope,
            body: entry.body,
        }
    }
}

impl From<v1::LogItem> for Entry {
    fn from(item: v1::LogItem) -> Self {
        Self {
            envelope: item.envelope,
            body: item.body,
        }
    }
}

/// Converts the envelope for writing, without the hash of the body, for readers from this version on.
pub(super) fn envelope_to(envelope: &Envelope, min_reader: u32) -> log::Envelope {
    log::Envelope {
        log: envelope.log.to_string(),
        epoch: envelope.epoch.number,
        epoch_id: epoch_id(envelope.epoch),
        seq: envelope.seq,
        at: Some(time_to(envelope.at)),
        min_reader,
        audience: Some(audience_to(&envelope.audience)),
        body_hash: Vec::new(),
        counts: envelope.counts.as_ref().map(counted_to),
    }
}

/// Decodes the envelope of an entry of this log.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the field: an envelope of another log, an epoch 0, a time out of range, or
/// malformed bytes.
pub fn envelope_from(bytes: &[u8], log: LogOwner) -> Result<Envelope, Error> {
    let wire = log::Envelope::decode(bytes).map_err(|e| invalid("envelope", Value::text(e)))?;
    parse_envelope(&wire, log)
}

/// Parses an envelope that is already decoded.
///
/// # Errors
/// As for [`envelope_from`], except for malformed bytes.
pub fn parse_envelope(wire: &log::Envelope, log: LogOwner) -> Result<Envelope, Error> {
    if wire.log != log.to_string() {
        let why = msg::WireLogOfAnother {
            expected: Value::text(log),
            found: Quoted(&wire.log),
        };
        return Err(invalid("log", why));
    }
    let epoch = epoch_from(wire.epoch, &wire.epoch_id)?;
    if epoch.is_unknown() {
        return Err(invalid("epoch", msg::WireEpochUnknown));
    }
    Ok(Envelope {
        log,
        epoch,
        seq: wire.seq,
        at: time_from(wire.at.as_ref(), "at")?,
        audience: audience_from(wire.audience.as_ref())?,
        counts: wire.counts.as_ref().map(counted_from).transpose()?,
    })
}

/// Returns epoch and time of an entry of any log from its envelope.
pub fn written_at(envelope: &[u8]) -> Result<(Epoch, Timestamp), Error> {
    let wire = log::Envelope::decode(envelope).map_err(|e| invalid("envelope", Value::text(e)))?;
    let epoch = epoch_from(wire.epoch, &wire.epoch_id)?;
    Ok((epoch, time_from(wire.at.as_ref(), "at")?))
}

fn audience_to(audience: &Audience) -> log::Audience {
    let (kind, cities) = match audience {
        Audience::Members => (log::AudienceKind::Members, Vec::new()),
        Audience::Coordinator => (log::AudienceKind::Coordinator, Vec::new()),
        Audience::Own => (log::AudienceKind::Own, Vec::new()),
        Audience::Cities(cities) => (
            log::AudienceKind::Cities,
            cities.iter().map(CityCode::to_string).collect(),
        ),
    };
    log::Audience {
        kind: kind.into(),
        cities,
    }
}

fn audience_from(wire: Option<&log::Audience>) -> Result<Audience, Error> {
    let wire = wire.ok_or_else(|| missing("audience"))?;
    Ok(match wire.kind() {
        log::AudienceKind::Members => Audience::Members,
        log::AudienceKind::Coordinator => Audience::Coordinator,
        log::AudienceKind::Own => Audience::Own,
        log::AudienceKind::Cities => {
            let cities = wire.cities.iter().map(|city| city.parse());
            Audience::Cities(cities.collect::<Result<_, _>>()?)
        }
        log::AudienceKind::Unspecified => return Err(missing("audience")),
    })
}

fn counted_to(counted: &Counted) -> log::Counted {
    use log::counted::Counted as Wire;
    let of = |code: &chengji_domain::ResourceCode| log::CountedCode {
        code: code.to_string(),
    };
    let wire = match counted {
        Counted::Published { code, attributes } => Wire::Published(log::CountedEntry {
            code: code.to_string(),
            share_class: share_class_to(attributes.share_class).into(),
            administrative_level: level_to(attributes.level).into(),
            update_cycle: update_cycle_to(attributes.update_cycle).into(),
            declared_rows: attributes.declared.rows,
            declared_bytes: attributes.declared.bytes,
            interface: attributes.is_interface,
        }),
        Counted::Withdrawn(code) => Wire::Withdrawn(of(code)),
        Counted::Mounted(code) => Wire::Mounted(of(code)),
        Counted::Unmounted(code) => Wire::Unmounted(of(code)),
        Counted::Measured { code, measurement } => Wire::Measured(log::CountedMeasurement {
            code: code.to_string(),
            measurement: Some(measurement_to(measurement)),
        }),
        Counted::Delivered { delivery, consumer } => {
            Wire::Delivered(counted_delivery_to(delivery, *consumer))
        }
        Counted::Received { delivery, provider } => {
            Wire::Received(counted_delivery_to(delivery, *provider))
        }
    };
    log::Counted {
        counted: Some(wire),
    }
}

fn counted_from(wire: &log::Counted) -> Result<Counted, Error> {
    use log::counted::Counted as Wire;
    Ok(
        match wire.counted.as_ref().ok_or_else(|| missing("counts"))? {
            Wire::Published(entry) => Counted::Published {
                attributes: RateAttributes {
                    share_class: share_class_from(entry.share_class())
                        .ok_or_else(|| missing("counts.share_class"))?,
                    level: level_from(entry.administrative_level())
                        .ok_or_else(|| missing("counts.administrative_level"))?,
                    update_cycle: update_cycle_from(entry.update_cycle())
                        .ok_or_else(|| missing("counts.update_cycle"))?,
                    declared: Volume {
                        rows: entry.declared_rows,
                        bytes: entry.declared_bytes,
                    },
                    is_interface: entry.interface,
                },
                code: entry.code.parse()?,
            },
            Wire::Withdrawn(entry) => Counted::Withdrawn(entry.code.parse()?),
            Wire::Mounted(entry) => Counted::Mounted(entry.code.parse()?),
            Wire::Unmounted(entry) => Counted::Unmounted(entry.code.parse()?),
            Wire::Measured(measured) => Counted::Measured {
                code: measured.code.parse()?,
                measurement: measurement_from(measured.measurement.as_ref())?,
            },
            Wire::Delivered(wire) => {
                let (delivery, consumer) = counted_delivery_from(wire)?;
                Counted::Delivered { delivery, consumer }
            }
            Wire::Received(wire) => {
                let (delivery, provider) = counted_delivery_from(wire)?;
                Counted::Received { delivery, provider }
            }
        },
    )
}

/// Converts the counted part of a delivery, with the other city.
pub fn counted_delivery_to(delivery: &Delivery, city: CityCode) -> log::CountedDelivery {
    log::CountedDelivery {
        request: delivery.request.to_string(),
        city: city.to_string(),
        code: delivery.code.to_string(),
        revision: delivery.revision,
        bytes: delivery.bytes,
        digest: delivery.digest.0.to_vec(),
        rows: delivery.rows,
    }
}

/// Converts the counted part of a delivery from the wire; returns the other city, too.
///
/// # Errors
/// `INVALID_ARGUMENT` for a malformed field.
pub fn counted_delivery_from(wire: &log::CountedDelivery) -> Result<(Delivery, CityCode), Error> {
    let delivery = Delivery {
        request: id_from(&wire.request)?,
        code: wire.code.parse()?,
        revision: wire.revision,
        bytes: wire.bytes,
        digest: Digest::from_slice(&wire.digest)?,
        rows: wire.rows,
    };
    Ok((delivery, wire.city.parse()?))
}

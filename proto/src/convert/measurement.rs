//! Measurements of mounted sources.

use chengji_domain::fact::Measurement;
use chengji_domain::{Digest, Error};

use super::{missing, time_from, time_to};
use crate::v1;

/// Converts a measurement to the wire.
pub fn measurement_to(measurement: &Measurement) -> v1::Measurement {
    v1::Measurement {
        bytes: measurement.bytes,
        rows: measurement.rows,
        digest: measurement.digest.0.to_vec(),
        measured_at: Some(time_to(measurement.at)),
    }
}

/// Converts a measurement from the wire.
pub fn measurement_from(wire: Option<&v1::Measurement>) -> Result<Measurement, Error> {
    let wire = wire.ok_or_else(|| missing("measurement"))?;
    Ok(Measurement {
        bytes: wire.bytes,
        rows: wire.rows,
        digest: Digest::from_slice(&wire.digest)?,
        at: time_from(wire.measured_at.as_ref(), "measured_at")?,
    })
}

//! Seals of months, and the checkpoint whose digest they contain.

use chengji_domain::rate::{Figures, Seal, SealedCity, TableVersion};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, Digest, Error};
use jiff::Timestamp;
use prost::Message;

use super::access::{membership_status_from, membership_status_to};
use super::position::{position_from, position_to};
use super::rate::figures_to;
use super::{time_from, time_to};
use crate::v1;

/// The figures of one city in a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointCity {
    /// The city.
    pub city: CityCode,
    /// Its membership status at the cut-off.
    pub status: MembershipStatus,
    /// Its figures.
    pub figures: Figures,
    /// The position up to which its log counts.
    pub position: v1::LogPosition,
}

/// The figures of a cut-off; its encoding is canonical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Identifier of the indicator and version of its formula.
    pub formula: String,
    /// The cut-off.
    pub cut_off: Timestamp,
    /// The members at the cut-off, ordered by code.
    pub cities: Vec<CheckpointCity>,
    /// Position in the coordinator's own log at the cut-off.
    pub coordinator: v1::LogPosition,
}

impl Checkpoint {
    /// Sums up the figures of all cities.
    pub fn cluster(&self) -> Figures {
        self.cities
            .iter()
            .fold(Figures::default(), |sum, city| sum.plus(city.figures))
    }

    /// Returns the canonical encoding: equal checkpoints give equal bytes. The message has no map
    /// and no field whose order or presence is up to the encoder.
    pub fn to_bytes(&self) -> Vec<u8> {
        let city = |city: &CheckpointCity| v1::CheckpointCity {
            city: city.city.to_string(),
            status: membership_status_to(city.status).into(),
            figures: Some(figures_to(&city.figures)),
            position: Some(city.position.clone()),
        };
        v1::RateCheckpoint {
            formula: self.formula.clone(),
            at: Some(time_to(self.cut_off)),
            cities: self.cities.iter().map(city).collect(),
            cluster: Some(figures_to(&self.cluster())),
            coordinator: Some(self.coordinator.clone()),
        }
        .encode_to_vec()
    }
}

/// Converts a seal to the wire.
pub fn seal_to(seal: &Seal) -> v1::Sealed {
    let table = |table: &TableVersion| v1::TableVersion {
        name: table.name.clone(),
        version: table.version.clone(),
    };
    let city = |sealed: &SealedCity| v1::SealedCity {
        city: sealed.city.to_string(),
        status: membership_status_to(sealed.status).into(),
        position: Some(position_to(sealed.epoch, sealed.seq)),
        root: sealed.root.0.to_vec(),
    };
    v1::Sealed {
        cut_off: Some(time_to(seal.cut_off)),
        close: Some(time_to(seal.close)),
        formula: seal.formula.clone(),
        tables: seal.tables.iter().map(table).collect(),
        cities: seal.cities.iter().map(city).collect(),
        checkpoint: seal.checkpoint.0.to_vec(),
    }
}

/// Converts a seal from the wire.
///
/// # Errors
///
/// `INVALID_ARGUMENT` if a field is missing or malformed.
pub fn seal_from(wire: &v1::Sealed) -> Result<Seal, Error> {
    let city = |sealed: &v1::SealedCity| {
        let (epoch, seq) = position_from(sealed.position.as_ref())?;
        Ok(SealedCity {
            city: sealed.city.parse()?,
            status: membership_status_from(sealed.status())?,
            epoch,
            seq,
            root: Digest::from_slice(&sealed.root)?,
        })
    };
    let table = |table: &v1::TableVersion| TableVersion {
        name: table.name.clone(),
        version: table.version.clone(),
    };
    Ok(Seal {
        cut_off: time_from(wire.cut_off.as_ref(), "cut_off")?,
        close: time_from(wire.close.as_ref(), "close")?,
        formula: wire.formula.clone(),
        tables: wire.tables.iter().map(table).collect(),
        cities: wire.cities.iter().map(city).collect::<Result<_, Error>>()?,
        checkpoint: Digest::from_slice(&wire.checkpoint)?,
    })
}

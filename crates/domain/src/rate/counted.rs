//! What the rate reads of a city's facts, and nothing else of them.

use super::Terms;
use crate::city::CityCode;
use crate::fact::{CityFact, Delivery, Measurement};
use crate::resource::ResourceCode;

/// The part of a city's fact that the rate counts. It is in the envelope of the fact's entry, so that
/// the rate follows from envelopes alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// A revision of an entry is published.
    Published {
        /// Which entry.
        code: ResourceCode,
        /// What it says that counts.
        terms: Terms,
    },
    /// An entry is withdrawn.
    Withdrawn(ResourceCode),
    /// A source is mounted to an entry.
    Mounted(ResourceCode),
    /// A source is no longer mounted.
    Unmounted(ResourceCode),
    /// A mounted source was measured.
    Measured {
        /// Of which entry.
        code: ResourceCode,
        /// What was found.
        measurement: Measurement,
    },
    /// As provider: all of a resource was sent.
    Delivered {
        /// What, under which request.
        delivery: Delivery,
        /// To whom.
        consumer: CityCode,
    },
    /// As consumer: all of a resource arrived.
    Received {
        /// What, under which request.
        delivery: Delivery,
        /// From whom.
        provider: CityCode,
    },
}

impl Counted {
    /// What of this fact is counted, if anything is.
    pub fn of(fact: &CityFact) -> Option<Self> {
        Some(match fact {
            CityFact::Published { entry, .. } => Self::Published {
                code: entry.code.clone(),
                terms: Terms::of(entry),
            },
            CityFact::Withdrawn { code, .. } => Self::Withdrawn(code.clone()),
            CityFact::Mounted { code, .. } => Self::Mounted(code.clone()),
            CityFact::Unmounted { code, .. } => Self::Unmounted(code.clone()),
            CityFact::Measured { code, measurement } => Self::Measured {
                code: code.clone(),
                measurement: *measurement,
            },
            CityFact::Delivered {
                delivery, consumer, ..
            } => Self::Delivered {
                delivery: delivery.clone(),
                consumer: *consumer,
            },
            CityFact::Received { delivery, provider } => Self::Received {
                delivery: delivery.clone(),
                provider: *provider,
            },
            CityFact::Review(_)
            | CityFact::Requested { .. }
            | CityFact::Moved { .. }
            | CityFact::Stop { .. }
            | CityFact::Access(_)
            | CityFact::EpochOpened(_) => return None,
        })
    }
}

//! The part of a city's facts that the rate reads.

use super::RateAttributes;
use crate::city::CityCode;
use crate::fact::{CityFact, Delivery, Measurement};
use crate::resource::ResourceCode;

/// The part of a city's fact that the rate counts. It is in the envelope of the fact's entry, so that the
/// rate can be computed from envelopes alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// A revision of an entry is published.
    Published {
        /// The entry.
        code: ResourceCode,
        /// The counted attributes of the entry.
        attributes: RateAttributes,
    },
    /// An entry is withdrawn.
    Withdrawn(ResourceCode),
    /// A source is mounted to an entry.
    Mounted(ResourceCode),
    /// A source is no longer mounted.
    Unmounted(ResourceCode),
    /// A mounted source was measured.
    Measured {
        /// The entry.
        code: ResourceCode,
        /// The result.
        measurement: Measurement,
    },
    /// As provider: a resource was sent completely.
    Delivered {
        /// The delivery.
        delivery: Delivery,
        /// The consumer.
        consumer: CityCode,
    },
    /// As consumer: a resource arrived completely.
    Received {
        /// The delivery.
        delivery: Delivery,
        /// The provider.
        provider: CityCode,
    },
}

impl Counted {
    /// Returns the counted part of this fact, if any.
    pub fn of(fact: &CityFact) -> Option<Self> {
        Some(match fact {
            CityFact::Published { entry, .. } => Self::Published {
                code: entry.code.clone(),
                attributes: RateAttributes::of(entry),
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
            | CityFact::Consent(_)
            | CityFact::Delegation(_)
            | CityFact::Usage(_)
            | CityFact::GrantRule(_)
            | CityFact::Notification(_)
            | CityFact::ReturnFlow(_)
            | CityFact::ProbeMade(_)
            | CityFact::Matter(_)
            | CityFact::Requested { .. }
            | CityFact::Moved { .. }
            | CityFact::Stop { .. }
            | CityFact::Access(_)
            | CityFact::DepartmentSucceeded(_)
            | CityFact::DepartmentSuccessionEnded(_)
            | CityFact::EpochOpened(_) => return None,
        })
    }
}

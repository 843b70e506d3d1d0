//! Codes and names as parameters of messages: as they are written. A principal is shown as the language writes it.

use chengji_messages::Value;

use crate::calendar::Jurisdiction;
use crate::city::{CityCode, DivisionCode};
use crate::digest::Digest;
use crate::endpoint::Endpoint;
use crate::epoch::Epoch;
use crate::principal::Principal;
use crate::request::{RequestId, RequestNumber};
use crate::resource::{ResourceCode, ResourceRef};
use crate::uscc::Uscc;

macro_rules! written {
    ($($type:ty),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::text(value)
            }
        }

        impl From<&$type> for Value {
            fn from(value: &$type) -> Self {
                Self::text(value)
            }
        }
    )*};
}

written!(
    CityCode,
    Digest,
    DivisionCode,
    Endpoint,
    Epoch,
    Jurisdiction,
    RequestId,
    RequestNumber,
    ResourceCode,
    ResourceRef,
    Uscc,
);

impl From<&Principal> for Value {
    fn from(principal: &Principal) -> Self {
        Self::principal(principal)
    }
}

impl From<Principal> for Value {
    fn from(principal: Principal) -> Self {
        Self::principal(principal)
    }
}

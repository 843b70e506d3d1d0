//! Accounting of connections and calls.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use chengji_domain::{CityCode, Principal};
use chengji_messages::{Value, msg};
use chengji_proto::policy::Home;

use crate::peer::Peer;

/// The account for connections, calls, and denials.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum QuotaKey {
    /// An authenticated principal with rights here.
    Principal(Principal),
    /// All people and applications of a city without rights here: a city can create any number of them.
    PeopleOf(CityCode),
    /// The network of an unauthenticated peer.
    Network(IpAddr),
}

impl QuotaKey {
    /// The account of this peer. People and applications have their own only in their home city, and only
    /// if it knows them: the holder of its authority's key can create others.
    pub(crate) fn of(peer: &Peer, home: Home, unknown: bool) -> Self {
        match &peer.principal {
            Principal::Newcomer => Self::Network(network(peer.addr.ip())),
            Principal::Person { city, .. } | Principal::App { city, .. }
                if unknown || home != Home::City(*city) =>
            {
                Self::PeopleOf(*city)
            }
            principal => Self::Principal(principal.clone()),
        }
    }

    /// Returns true for the people who run the program; false for every city's node.
    pub(crate) fn is_own(&self) -> bool {
        match self {
            Self::Principal(Principal::Node(_)) | Self::PeopleOf(_) | Self::Network(_) => false,
            Self::Principal(_) => true,
        }
    }

    /// Returns true for accounts with the reduced limits of strangers.
    pub(crate) fn is_stranger(&self) -> bool {
        match self {
            Self::Principal(_) => false,
            Self::PeopleOf(_) | Self::Network(_) => true,
        }
    }
}

impl From<&QuotaKey> for Value {
    fn from(key: &QuotaKey) -> Self {
        match key {
            QuotaKey::PeopleOf(city) => msg::CallersOfCity { city }.into(),
            QuotaKey::Principal(_) | QuotaKey::Network(_) => Self::text(key),
        }
    }
}

impl fmt::Display for QuotaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Principal(principal) => principal.fmt(f),
            Self::PeopleOf(city) => write!(f, "the people of {city} together"),
            Self::Network(address) => address.fmt(f),
        }
    }
}

/// The network of an address: for IPv6 its /64, which one holder usually has as a whole.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.into(),
            None => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        },
    }
}

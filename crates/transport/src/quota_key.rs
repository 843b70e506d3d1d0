//! Whose account a connection and its calls are on.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use chengji_domain::{CityCode, Principal};
use chengji_proto::policy::Home;

use crate::peer::Peer;

/// Whoever pays: for connections, for calls, and for denials.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum QuotaKey {
    /// A proved principal that belongs here.
    Principal(Principal),
    /// All people and applications of a city that have no business here: a city makes as many of them as it
    /// likes.
    PeopleOf(CityCode),
    /// The network of somebody who proved nothing.
    Network(IpAddr),
}

impl QuotaKey {
    /// Who pays for this peer. Of people and applications only the home's own belong here, and of those
    /// only the ones it knows: whoever has its authority's key can make others.
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

    /// Whether it is of the people who run the program; no city's node is.
    pub(crate) fn is_own(&self) -> bool {
        match self {
            Self::Principal(Principal::Node(_)) | Self::PeopleOf(_) | Self::Network(_) => false,
            Self::Principal(_) => true,
        }
    }

    /// Whether it has little business here, and so gets little.
    pub(crate) fn is_stranger(&self) -> bool {
        match self {
            Self::Principal(_) => false,
            Self::PeopleOf(_) | Self::Network(_) => true,
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

/// Whoever has one address of IPv6 has a /64 of them.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.into(),
            None => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        },
    }
}

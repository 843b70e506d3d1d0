//! Network addresses that webhooks may lead to.
//!
//! A person chooses the target of a webhook, and the node connects to it. So it connects to public addresses alone, and
//! to those of the ranges that the node's settings list: it gives no access to what only the node can reach.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use chengji_messages::msg;

use crate::error::{Error, ErrorCode, Result};
use crate::quoted::Quoted;

/// Ranges of IPv4 that are not globally reachable, or are no hosts (RFC 6890, the IANA registry of special-purpose
/// addresses): the network, and the length of its prefix.
const SPECIAL_IPV4: [(Ipv4Addr, u8); 14] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, reserved, and the limited broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// The global unicast addresses of IPv6 (RFC 4291).
const GLOBAL_IPV6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Ranges within [`GLOBAL_IPV6`] that are not: protocol assignments with Teredo, documentation, and 6to4, which
/// leads to an address of IPv4.
const SPECIAL_IPV6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Returns true for an address of a host on the public network: not private, shared, loopback, link-local, multicast or
/// reserved. An address of IPv4 that is mapped into IPv6 is judged as that of IPv4.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let mut special = SPECIAL_IPV4.iter();
            !special.any(|(network, length)| {
                contains(bits_of_v4(*network), *length, bits_of_v4(address))
            })
        }
        IpAddr::V6(address) => {
            let within = |(network, length): &(Ipv6Addr, u8)| {
                contains(network.to_bits(), *length, address.to_bits())
            };
            within(&GLOBAL_IPV6) && !SPECIAL_IPV6.iter().any(within)
        }
    }
}

/// The bits of an address of IPv4, the first in the highest place.
fn bits_of_v4(address: Ipv4Addr) -> u128 {
    u128::from(address.to_bits()) << 96
}

/// Returns true if the first `length` bits of the two are equal.
fn contains(network: u128, length: u8, address: u128) -> bool {
    let different = (network ^ address).leading_zeros();
    different >= u32::from(length)
}

/// A range of addresses, written as `10.0.0.0/8` or `fd00::/8`; an address alone is a range of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    network: IpAddr,
    length: u8,
}

impl AddressRange {
    /// Returns true if the address is in the range. An address of IPv4 that is mapped into IPv6 is in those of IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                contains(bits_of_v4(network), self.length, bits_of_v4(address))
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                contains(network.to_bits(), self.length, address.to_bits())
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for AddressRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        range(text).ok_or_else(|| {
            let text = Quoted(text);
            Error::new(
                ErrorCode::InvalidArgument,
                msg::AddressRangeMalformed { text },
            )
        })
    }
}

fn range(text: &str) -> Option<AddressRange> {
    let (network, length) = match text.split_once('/') {
        Some((network, length)) => (network, Some(length.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let network: IpAddr = network.parse().ok()?;
    let most = match network {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    };
    let length = length.unwrap_or(most);
    (length <= most).then_some(AddressRange { network, length })
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn private_loopback_and_link_local_addresses_are_not_public() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.0.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
        ] {
            assert!(!is_public(address(text)), "{text}");
        }
        for text in [
            "1.1.1.1",
            "100.63.255.255",
            "172.32.0.1",
            "223.5.5.5",
            "::ffff:8.8.8.8",
            "2400:3200::1",
            "2606:4700:4700::1111",
        ] {
            assert!(is_public(address(text)), "{text}");
        }
    }

    #[test]
    fn a_range_contains_what_begins_with_its_network() {
        let range = |text: &str| text.parse::<AddressRange>().unwrap();
        for (text, within, without) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("192.168.1.0/24", "192.168.1.9", "192.168.2.9"),
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("0.0.0.0/0", "8.8.8.8", "::1"),
            ("fd00::/8", "fdff::1", "fe80::1"),
            ("10.0.0.0/8", "::ffff:10.0.0.1", "::ffff:11.0.0.1"),
        ] {
            assert!(range(text).contains(address(within)), "{text} {within}");
            assert!(!range(text).contains(address(without)), "{text} {without}");
        }
        assert_eq!(range("10.0.0.0/8").to_string(), "10.0.0.0/8");
        for wrong in [
            "",
            "10.0.0.0/33",
            "fd00::/129",
            "10.0.0/8",
            "a/8",
            "10.0.0.0/",
        ] {
            assert!(wrong.parse::<AddressRange>().is_err(), "{wrong}");
        }
    }
}

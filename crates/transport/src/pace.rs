//! Who pays for a connection and its calls, and how fast somebody may call: a bucket of tokens for
//! each payer, whatever the number of its connections.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_proto::policy::Home;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::limits::ServerLimits;
use crate::permit::Peer;

/// Whoever pays: for connections, for calls, and for denials.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Payer {
    /// A proved principal that belongs here.
    Principal(Principal),
    /// All people of a city who have no business here: a city makes as many of them as it likes.
    PeopleOf(CityCode),
    /// The network of somebody who proved nothing.
    Network(IpAddr),
}

impl Payer {
    /// Who pays for this peer. Of the people only the home's own belong here, and of those only
    /// the ones it knows: whoever has its authority's key can make others.
    pub(crate) fn of(peer: &Peer, home: Home, unknown: bool) -> Self {
        match &peer.principal {
            Principal::Newcomer => Self::Network(network(peer.addr.ip())),
            Principal::Person { city, .. } if unknown || home != Home::City(*city) => {
                Self::PeopleOf(*city)
            }
            principal => Self::Principal(principal.clone()),
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

impl fmt::Display for Payer {
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

type Buckets = RateLimiter<Payer, HashMapStateStore<Payer>, DefaultClock>;

/// So many times the calls of a second may come at once.
const BURST: u32 = 4;
/// Denials are written down, and so cost more than others: so many a second of one payer.
const DENIALS: u32 = 2;
/// Buckets that are full again are thrown away every so many calls.
const SWEEP: u32 = 10_000;

pub(crate) struct Pace {
    principals: Buckets,
    strangers: Buckets,
    denials: Buckets,
    calls: AtomicU32,
}

impl Pace {
    pub(crate) fn new(limits: &ServerLimits) -> Self {
        let buckets = |rate: NonZeroU32, burst: NonZeroU32| {
            RateLimiter::hashmap(Quota::per_second(rate).allow_burst(burst))
        };
        let usual = |rate: NonZeroU32| buckets(rate, rate.saturating_mul(number(BURST)));
        Self {
            principals: usual(limits.calls_per_second),
            strangers: usual(limits.newcomer_calls_per_second),
            denials: buckets(number(DENIALS), limits.denials_at_once),
            calls: AtomicU32::new(0),
        }
    }

    /// Lets a call through, or says when there may be one.
    pub(crate) fn call(&self, payer: &Payer) -> Result<()> {
        if self.calls.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.principals.retain_recent();
            self.strangers.retain_recent();
            self.denials.retain_recent();
        }
        let buckets = if payer.is_stranger() {
            &self.strangers
        } else {
            &self.principals
        };
        take(buckets, payer)
    }

    /// Whether a denial may be told, and so written down.
    pub(crate) fn denial(&self, payer: &Payer) -> Result<()> {
        take(&self.denials, payer)
    }
}

fn take(buckets: &Buckets, payer: &Payer) -> Result<()> {
    buckets.check_key(payer).map_err(|early| {
        let wait = early.wait_time_from(DefaultClock::default().now());
        too_fast(wait.max(Duration::from_millis(1)))
    })
}

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

fn too_fast(wait: Duration) -> Error {
    Error::new(
        ErrorCode::LimitExceeded,
        "more calls a second than one caller may make",
    )
    .with_remedy(format!(
        "wait {} ms, then go on more slowly 请稍候再试",
        wait.as_millis()
    ))
    .with_retry_after(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_calls_too_fast_is_told_when_to_go_on_and_others_are_not_concerned() {
        let two = NonZeroU32::MIN.saturating_add(1);
        let limits = ServerLimits {
            calls_per_second: two,
            ..ServerLimits::default()
        };
        let pace = Pace::new(&limits);
        let [fast, other] = ["city/430100/node", "city/430200/node"]
            .map(|name| Payer::Principal(name.parse().unwrap()));
        let passed = (0..100).filter(|_| pace.call(&fast).is_ok()).count();
        assert!((8..50).contains(&passed), "{passed} passed");
        let error = pace.call(&fast).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        assert!(
            error
                .retry_after()
                .is_some_and(|wait| wait <= Duration::from_secs(1))
        );
        assert!(pace.call(&other).is_ok());
    }
}

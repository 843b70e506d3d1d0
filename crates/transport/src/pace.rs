//! How fast somebody may call: a bucket of tokens for each, whatever the number of its connections.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Principal, Result};
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::limits::ServerLimits;

/// Whoever pays: a proved principal, or the address of somebody who proved nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Payer {
    Principal(Principal),
    Address(IpAddr),
}

type Buckets = RateLimiter<Payer, HashMapStateStore<Payer>, DefaultClock>;

/// So many times the calls of a second may come at once.
const BURST: u32 = 4;
/// Buckets that are full again are thrown away every so many calls.
const SWEEP: u32 = 10_000;

pub(crate) struct Pace {
    proved: Buckets,
    unproved: Buckets,
    calls: AtomicU32,
}

impl Pace {
    pub(crate) fn new(limits: &ServerLimits) -> Self {
        let buckets = |rate: NonZeroU32| {
            let burst = rate.saturating_mul(NonZeroU32::MIN.saturating_add(BURST - 1));
            RateLimiter::hashmap(Quota::per_second(rate).allow_burst(burst))
        };
        Self {
            proved: buckets(limits.calls_per_second),
            unproved: buckets(limits.newcomer_calls_per_second),
            calls: AtomicU32::new(0),
        }
    }

    /// Takes so many tokens, or says when there will be some.
    pub(crate) fn take(&self, payer: &Payer, tokens: NonZeroU32) -> Result<()> {
        let buckets = match payer {
            Payer::Principal(_) => &self.proved,
            Payer::Address(_) => &self.unproved,
        };
        if self.calls.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.proved.retain_recent();
            self.unproved.retain_recent();
        }
        match buckets.check_key_n(payer, tokens) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(early)) => {
                let wait = early.wait_time_from(DefaultClock::default().now());
                Err(too_fast(wait.max(Duration::from_millis(1))))
            }
            // More at once than a bucket ever holds.
            Err(_) => Err(too_fast(Duration::from_secs(1))),
        }
    }
}

fn too_fast(wait: Duration) -> Error {
    Error::new(
        ErrorCode::LimitExceeded,
        "more calls a second than one caller may make",
    )
    .with_remedy(format!(
        "wait {} ms, then go on more slowly",
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
        let passed = (0..100)
            .filter(|_| pace.take(&fast, NonZeroU32::MIN).is_ok())
            .count();
        assert!((8..50).contains(&passed), "{passed} passed");
        let error = pace.take(&fast, NonZeroU32::MIN).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        assert!(
            error
                .retry_after()
                .is_some_and(|wait| wait <= Duration::from_secs(1))
        );
        assert!(pace.take(&other, NonZeroU32::MIN).is_ok());
    }
}

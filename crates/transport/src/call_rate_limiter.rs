//! Rate limits of calls: a token bucket for each quota key, over all its connections.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::limits::ServerLimits;
use crate::quota_key::QuotaKey;

type Buckets = RateLimiter<QuotaKey, HashMapStateStore<QuotaKey>, DefaultClock>;

/// Burst size, in seconds of the allowed rate.
const BURST: u32 = 4;
/// Recorded denials a second of one quota key: each is written to disk.
const DENIALS: u32 = 2;
/// Number of calls after which full buckets are removed.
const SWEEP: u32 = 10_000;

pub(crate) struct CallRateLimiter {
    principals: Buckets,
    strangers: Buckets,
    denials: Buckets,
    calls: AtomicU32,
}

impl CallRateLimiter {
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

    /// Admits a call, or returns an error with the time to wait.
    pub(crate) fn call(&self, quota_key: &QuotaKey) -> Result<()> {
        if self.calls.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.principals.retain_recent();
            self.strangers.retain_recent();
            self.denials.retain_recent();
        }
        let buckets = if quota_key.is_stranger() {
            &self.strangers
        } else {
            &self.principals
        };
        take(buckets, quota_key)
    }

    /// Checks that a denial may be reported and recorded.
    pub(crate) fn denial(&self, quota_key: &QuotaKey) -> Result<()> {
        take(&self.denials, quota_key)
    }
}

fn take(buckets: &Buckets, quota_key: &QuotaKey) -> Result<()> {
    buckets.check_key(quota_key).map_err(|early| {
        let wait = early.wait_time_from(DefaultClock::default().now());
        too_fast(wait.max(Duration::from_millis(1)))
    })
}

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

fn too_fast(wait: Duration) -> Error {
    let milliseconds = Value::text(wait.as_millis());
    let message = msg::CallsTooFast { milliseconds };
    Error::new(ErrorCode::LimitExceeded, message).with_retry_after(wait)
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
        let rate_limiter = CallRateLimiter::new(&limits);
        let [fast, other] = ["city/430100/node", "city/430200/node"]
            .map(|name| QuotaKey::Principal(name.parse().unwrap()));
        let passed = (0..100)
            .filter(|_| rate_limiter.call(&fast).is_ok())
            .count();
        assert!((8..50).contains(&passed), "{passed} passed");
        let error = rate_limiter.call(&fast).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        assert!(
            error
                .retry_after()
                .is_some_and(|wait| wait <= Duration::from_secs(1))
        );
        assert!(rate_limiter.call(&other).is_ok());
    }
}

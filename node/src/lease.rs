//! The time since the coordinator was last heard: the roster is valid for a grace period after that.
//! During a run it is measured by the monotonic clock, which cannot be set. It is stored each minute, so
//! that a restart does not reset it; only the time between two runs is measured by the wall clock.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chengji_access::{RosterHandle, roster};
use chengji_clock::Clock;
use chengji_domain::roster::{Freshness, expired, freshness};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::Followed;
use chengji_messages::msg;
use chengji_store::{Ledger, View};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::Instant;

/// Interval between checks.
const INTERVAL: Duration = Duration::from_millis(500);
/// Interval at which the age is stored: after a crash, so much time may be measured by the wall clock.
const WRITE_EVERY: Duration = Duration::from_secs(60);
/// Interval at which the log warns of an old roster.
const WARN_EVERY: Duration = Duration::from_secs(60 * 60);

/// The time since the coordinator was last heard. Clones share their state.
#[derive(Clone, Debug)]
pub struct CoordinatorLease {
    since: Arc<Mutex<Option<Since>>>,
    grace: SignedDuration,
}

/// The age of the last contact at an instant.
#[derive(Clone, Copy, Debug)]
struct Since {
    age: Duration,
    at: Instant,
}

impl CoordinatorLease {
    /// Loads the stored age, as of `now`.
    pub fn open(
        view: &(impl View + ?Sized),
        now: Timestamp,
        grace: SignedDuration,
    ) -> Result<Self> {
        let at = Instant::now();
        let since = roster::lease(view, now)?.map(|age| Since { age, at });
        Ok(Self {
            since: Arc::new(Mutex::new(since)),
            grace,
        })
    }

    /// The time since the coordinator was last heard; `None` before the first contact.
    pub fn age(&self) -> Option<Duration> {
        self.age_at(Instant::now())
    }

    fn age_at(&self, now: Instant) -> Option<Duration> {
        let since = *self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.map(|since| {
            let passed = now.saturating_duration_since(since.at);
            since.age.saturating_add(passed)
        })
    }

    /// The time at which the coordinator was last heard, by a clock that shows `now`.
    pub fn last(&self, now: Timestamp) -> Option<Timestamp> {
        now.checked_sub(self.age()?).ok()
    }

    /// The time until which the roster is valid, by a clock that shows `now`.
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        self.last(now)?.checked_add(self.grace).ok()
    }

    /// Checks that the roster is still valid.
    pub fn check(&self) -> Result<()> {
        self.check_at(Instant::now())
    }

    fn check_at(&self, now: Instant) -> Result<()> {
        let age = signed(self.age_at(now).ok_or_else(not_yet)?);
        match freshness(age, self.grace) {
            Freshness::Expired => Err(expired(age, self.grace)),
            Freshness::Fresh | Freshness::Aging => Ok(()),
        }
    }

    fn freshness(&self) -> Freshness {
        let age = self.age().map(signed);
        age.map_or(Freshness::Expired, |age| freshness(age, self.grace))
    }

    /// Records that the coordinator was heard at this instant.
    pub fn record_contact(&self, at: Instant) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.is_none_or(|since| since.at < at) {
            let age = Duration::ZERO;
            *since = Some(Since { age, at });
        }
    }
}

fn signed(age: Duration) -> SignedDuration {
    SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX)
}

/// The error of a node that has never heard the coordinator.
pub fn not_yet() -> Error {
    Error::new(ErrorCode::RosterExpired, msg::RosterNotReceived)
}

/// The parameters of [`run`].
pub struct Keeping {
    /// The ledger that the age is stored in.
    pub ledger: Ledger,
    /// Announces changes.
    pub roster: RosterHandle,
    /// The clock.
    pub clock: Clock,
}

/// Stores the age, and announces when the roster becomes valid or invalid, until `stopped` turns true.
pub async fn run(
    lease: CoordinatorLease,
    keeping: Keeping,
    followed: Followed,
    mut stopped: watch::Receiver<bool>,
) {
    let Keeping {
        ledger,
        roster,
        clock,
    } = keeping;
    let mut was = lease.freshness();
    let mut written: Option<(Instant, Timestamp)> = None;
    let mut warned: Option<Instant> = None;
    let kept = async {
        loop {
            if let Some(at) = followed.state().heard_at {
                lease.record_contact(at);
            }
            if let Some(age) = lease.age()
                && written.is_none_or(|written| is_due(written, clock()))
            {
                let now = clock();
                match write(&ledger, age, now).await {
                    Ok(()) => written = Some((Instant::now(), now)),
                    Err(error) => tracing::warn!(%error, "when the coordinator was heard"),
                }
            }
            let is = lease.freshness();
            if (is == Freshness::Expired) != (was == Freshness::Expired) {
                roster.announce_change();
            }
            let due = warned.is_none_or(|at| at.elapsed() > WARN_EVERY);
            if is != Freshness::Fresh && lease.age().is_some() && (due || is != was) {
                warn(is, &lease, clock());
                warned = Some(Instant::now());
            }
            was = is;
            tokio::time::sleep(INTERVAL).await;
        }
    };
    tokio::select! {
        () = kept => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
    // From here on the time until the next start counts.
    if let Some(age) = lease.age()
        && let Err(error) = write(&ledger, age, clock()).await
    {
        tracing::debug!(%error, "when the coordinator was heard");
    }
}

/// Returns true if the age has to be stored again: after an interval, and at once if the wall clock was
/// set, since the time between two runs is measured from it.
fn is_due((at, wall): (Instant, Timestamp), now: Timestamp) -> bool {
    let passed = at.elapsed();
    let off = now
        .duration_since(wall)
        .saturating_sub(signed(passed))
        .abs();
    passed >= WRITE_EVERY || off > SignedDuration::from_secs(1)
}

async fn write(ledger: &Ledger, age: Duration, now: Timestamp) -> Result<()> {
    ledger
        .write(move |tx| roster::put_heard(tx, age, now))
        .await
}

fn warn(is: Freshness, lease: &CoordinatorLease, now: Timestamp) {
    let shown = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let (lease, until) = (shown(lease.last(now)), shown(lease.until(now)));
    match is {
        Freshness::Expired => tracing::error!(
            lease,
            until,
            "the roster has expired: other cities are refused until the coordinator is reached again"
        ),
        Freshness::Fresh | Freshness::Aging => tracing::warn!(
            lease,
            until,
            "the coordinator has not been reached for more than a day; the roster expires after the grace period"
        ),
    }
}

#[cfg(test)]
mod tests {
    use chengji_store::MemoryStore;

    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);
    const GRACE: SignedDuration = SignedDuration::from_hours(72);

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3_600).unwrap()
    }

    fn ledger() -> Ledger {
        Ledger::create(Arc::new(MemoryStore::new()), "city/430100", [1; 8]).unwrap()
    }

    fn open(ledger: &Ledger, hour: i64) -> CoordinatorLease {
        CoordinatorLease::open(&**ledger.kv(), at(hour), GRACE).unwrap()
    }

    #[tokio::test]
    async fn within_a_run_the_grace_counts_by_the_monotonic_clock() {
        let (lease, start) = (open(&ledger(), 0), Instant::now());
        assert_eq!(lease.check().unwrap_err().message(), not_yet().message());
        lease.record_contact(start);
        lease.check_at(start + 72 * HOUR).unwrap();
        let error = lease.check_at(start + 73 * HOUR).unwrap_err();
        assert_eq!(error.code(), ErrorCode::RosterExpired);
        lease.record_contact(start + 73 * HOUR);
        lease.check_at(start + 145 * HOUR).unwrap();
        // A contact recorded out of order changes nothing.
        lease.record_contact(start + HOUR);
        assert_eq!(lease.age_at(start + 74 * HOUR), Some(HOUR));
    }

    #[tokio::test]
    async fn the_times_that_are_shown_go_by_the_clock_of_now() {
        let lease = open(&ledger(), 0);
        assert_eq!(lease.last(at(100)), None);
        lease.record_contact(Instant::now());
        let last = lease.last(at(100)).unwrap();
        assert!(at(100).duration_since(last) < SignedDuration::from_mins(5));
        assert_eq!(
            lease.until(at(100)).map(|until| until > at(171)),
            Some(true)
        );
    }

    /// The node was stopped after `age` without the coordinator, at `written` by its clock, and starts
    /// again at `now` by its clock; returns for how many more hours the roster is valid.
    async fn holds_for_after_restart(age: Duration, written: i64, now: i64) -> Option<u32> {
        let ledger = ledger();
        write(&ledger, age, at(written)).await.unwrap();
        let (lease, start) = (open(&ledger, now), Instant::now());
        (0..100)
            .rev()
            .find(|hours| lease.check_at(start + *hours * HOUR).is_ok())
    }

    #[tokio::test]
    async fn across_a_restart_the_time_in_between_counts() {
        assert_eq!(
            holds_for_after_restart(40 * HOUR, 1_000, 1_000).await,
            Some(31)
        );
        assert_eq!(
            holds_for_after_restart(40 * HOUR, 1_000, 1_030).await,
            Some(1)
        );
        assert_eq!(holds_for_after_restart(40 * HOUR, 1_000, 1_033).await, None);
    }

    #[tokio::test]
    async fn a_clock_that_was_wrong_neither_renews_the_list_nor_holds_it_for_weeks() {
        // Set back by a year: the earlier age is kept.
        assert_eq!(
            holds_for_after_restart(73 * HOUR, 10_000, 1_000).await,
            None
        );
        // Ahead by three weeks when the age was stored, and right again.
        assert_eq!(
            holds_for_after_restart(40 * HOUR, 1_504, 1_000).await,
            Some(31)
        );
    }
}

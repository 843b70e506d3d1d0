//! Arrival times of the entries of cities' logs at the coordinator, which convert a cut-off into positions.
//!
//! Cities date their own entries; the coordinator determines the time of arrival. One record is written
//! for each stored piece of a log, in the same transaction. Recorded time never goes back, even if the
//! machine's clock does: a position found by a time stays the same.

use std::cmp::Reverse;
use std::ops::Bound;

use chengji_domain::fact::LogOwner;
use chengji_domain::{CityCode, Result};
use chengji_follow::LogCopy;
use chengji_records::{Arrival, StoredArrival, StoredTime};
use chengji_store::{Position, Prefix, Single, Table, Tx, View};
use jiff::Timestamp;

/// The position up to which each city's log had arrived, by time, the latest first: the latest before a
/// time is the first from that key on.
static ARRIVALS: Table<(CityCode, Reverse<Timestamp>), StoredArrival> =
    Table::new(Prefix::Arrival, &[]);

/// The latest recorded time of arrival, of any city.
static LATEST: Single<StoredTime> = Single::new(Prefix::LatestArrival);

/// The time of this transaction's records: `now`, or the latest recorded time if the clock has gone back
/// behind it.
pub fn time(tx: &mut Tx<'_>, now: Timestamp) -> Result<Timestamp> {
    let latest = LATEST.get(tx)?;
    let at = latest.map_or(now, |latest| latest.max(now));
    if latest != Some(at) {
        LATEST.put(tx, &at)?;
    }
    Ok(at)
}

/// Records that a city's log has arrived up to the end of this copy, while its head is at `head`.
///
/// A copy that replaces another, because the log was restored or accepted anew, counts from when it was
/// first read to the head: until then the copy before it counts.
pub fn record(
    tx: &mut Tx<'_>,
    city: CityCode,
    copy: &LogCopy,
    head: u64,
    now: Timestamp,
) -> Result<()> {
    let last = find(tx, city, Bound::Unbounded)?;
    if last.is_some_and(|last| last.number != copy.number) && copy.next < head {
        return Ok(());
    }
    let at = time(tx, now)?;
    let arrival = Arrival {
        end: Position {
            epoch: copy.epoch,
            seq: copy.next,
        },
        copy: copy.number,
    };
    ARRIVALS.put(tx, &(city, Reverse(at)), &arrival)
}

/// The copy of a city's log that counted at this time, up to where it had arrived before; `None` if
/// nothing had.
pub fn before(
    view: &(impl View + ?Sized),
    city: CityCode,
    time: Timestamp,
) -> Result<Option<LogCopy>> {
    find(view, city, Bound::Excluded(Reverse(time)))
}

/// The latest arrival before this time.
fn find(
    view: &(impl View + ?Sized),
    city: CityCode,
    from: Bound<Reverse<Timestamp>>,
) -> Result<Option<LogCopy>> {
    let found = ARRIVALS.within(&(city,), (from, Bound::Unbounded));
    let found = found.first(view)?;
    Ok(found.map(|(_, Arrival { end, copy })| LogCopy {
        log: LogOwner::City(city),
        number: copy,
        epoch: end.epoch,
        next: end.seq,
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_store::{KeyValue, Ledger, MemoryStore};

    use super::*;
    use crate::tests::world::{CONSUMER, EPOCH, PROVIDER, at, city};

    async fn recorded(ledger: &Ledger, code: &str, seq: u64, now: &str) {
        recorded_of(ledger, code, (0, seq), seq, now).await;
    }

    async fn recorded_of(
        ledger: &Ledger,
        code: &str,
        (number, next): (u32, u64),
        head: u64,
        now: &str,
    ) {
        let (city, now) = (city(code), at(now));
        let copy = LogCopy {
            log: LogOwner::City(city),
            number,
            epoch: EPOCH,
            next,
        };
        ledger
            .write(move |tx| record(tx, city, &copy, head, now))
            .await
            .unwrap();
    }

    fn ledger() -> Ledger {
        Ledger::create(Arc::new(MemoryStore::new()), "coordinator", [1; 8]).unwrap()
    }

    fn found(kv: &dyn KeyValue, code: &str, time: &str) -> Option<u64> {
        let found = before(kv, city(code), at(time)).unwrap();
        found.map(|copy| copy.next)
    }

    #[tokio::test]
    async fn a_time_gives_the_position_that_had_been_reached_before_it() {
        let ledger = ledger();
        recorded(&ledger, CONSUMER, 3, "2026-11-01T00:00:00Z").await;
        recorded(&ledger, PROVIDER, 8, "2026-11-02T00:00:00Z").await;
        recorded(&ledger, CONSUMER, 5, "2026-11-03T00:00:00Z").await;
        recorded(&ledger, CONSUMER, 6, "2026-11-03T00:00:00Z").await;
        let kv = &**ledger.kv();
        for (time, consumer, provider) in [
            ("2026-11-01T00:00:00Z", None, None),
            ("2026-11-01T00:00:00.000000001Z", Some(3), None),
            ("2026-11-03T00:00:00Z", Some(3), Some(8)),
            ("2026-11-04T00:00:00Z", Some(6), Some(8)),
            ("1960-01-01T00:00:00Z", None, None),
            ("9999-01-01T00:00:00Z", Some(6), Some(8)),
        ] {
            assert_eq!(found(kv, CONSUMER, time), consumer, "{time}");
            assert_eq!(found(kv, PROVIDER, time), provider, "{time}");
        }
    }

    #[tokio::test]
    async fn recorded_time_does_not_go_back_with_the_clock() {
        let ledger = ledger();
        recorded(&ledger, CONSUMER, 3, "2026-11-20T00:00:00Z").await;
        recorded(&ledger, PROVIDER, 1, "2026-11-02T00:00:00Z").await;
        let kv = &**ledger.kv();
        assert_eq!(found(kv, PROVIDER, "2026-11-20T00:00:00Z"), None);
        assert_eq!(found(kv, PROVIDER, "2026-11-20T00:00:01Z"), Some(1));
    }

    #[tokio::test]
    async fn a_copy_that_follows_another_counts_once_it_was_read_to_the_head() {
        let ledger = ledger();
        recorded_of(&ledger, CONSUMER, (0, 3), 9, "2026-11-01T00:00:00Z").await;
        recorded_of(&ledger, CONSUMER, (0, 9), 9, "2026-11-02T00:00:00Z").await;
        recorded_of(&ledger, CONSUMER, (1, 4), 7, "2026-11-03T00:00:00Z").await;
        let kv = &**ledger.kv();
        let copy = |time: &str| {
            let found = before(kv, city(CONSUMER), at(time)).unwrap().unwrap();
            (found.number, found.next)
        };
        assert_eq!(copy("2026-11-01T12:00:00Z"), (0, 3));
        assert_eq!(copy("2026-11-03T12:00:00Z"), (0, 9));
        recorded_of(&ledger, CONSUMER, (1, 7), 7, "2026-11-04T00:00:00Z").await;
        recorded_of(&ledger, CONSUMER, (1, 8), 9, "2026-11-05T00:00:00Z").await;
        assert_eq!(copy("2026-11-03T12:00:00Z"), (0, 9));
        assert_eq!(copy("2026-11-04T12:00:00Z"), (1, 7));
        assert_eq!(copy("2026-11-05T12:00:00Z"), (1, 8));
    }
}

//! When entries of the cities' logs arrived here: what turns a cut-off into positions.
//!
//! Cities date their own entries; the time of arrival is the coordinator's word. One record stands for
//! each piece of a log that is stored, written in the same transaction. Recorded time never goes back,
//! not even where the machine's clock does: what was found by a time stays as it was.

use chengji_domain::fact::LogOwner;
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_follow::LogCopy;
use chengji_store::{Key, Position, Prefix, Tx, View};
use jiff::Timestamp;

/// The number under which the latest recorded time is kept: no city has it.
const LATEST: u32 = 0;

/// The time of what is written in this transaction: `now`, or the latest time that was recorded, where
/// the clock has gone back behind it.
pub fn time(tx: &mut Tx<'_>, now: Timestamp) -> Result<Timestamp> {
    let key = Key::new(Prefix::Arrival).u32(LATEST).finish();
    let latest = tx.value(&key)?;
    let latest = latest.as_deref().map(nanoseconds_from).transpose()?;
    let at = nanoseconds(now).max(latest.unwrap_or_default());
    if latest != Some(at) {
        tx.put(key, at.to_be_bytes().to_vec());
    }
    Timestamp::from_nanosecond(at.into())
        .map_err(|error| damaged(format!("the latest time of arrival: {error}")))
}

/// Records that a city's log has arrived up to the end of this copy, while its head is at `head`.
///
/// A copy that follows another, because the log was restored or accepted anew, counts from when it
/// was read to the head for the first time: until then the log is as the copy before has it.
pub fn record(
    tx: &mut Tx<'_>,
    city: CityCode,
    copy: &LogCopy,
    head: u64,
    now: Timestamp,
) -> Result<()> {
    let last = find(tx, city, u64::MAX)?;
    if last.is_some_and(|last| last.number != copy.number) && copy.next < head {
        return Ok(());
    }
    let at = time(tx, now)?;
    let reached = Position {
        epoch: copy.epoch,
        seq: copy.next,
    };
    let value = [&reached.to_bytes()[..], &copy.number.to_be_bytes()].concat();
    tx.put(key(city, nanoseconds(at)), value);
    Ok(())
}

/// The copy of a city's log that counted at this time, as far as it had arrived before; `None` where
/// nothing had.
pub fn before(
    view: &(impl View + ?Sized),
    city: CityCode,
    time: Timestamp,
) -> Result<Option<LogCopy>> {
    match nanoseconds(time).checked_sub(1) {
        Some(last) => find(view, city, last),
        None => Ok(None),
    }
}

/// The latest that was recorded up to this time.
fn find(view: &(impl View + ?Sized), city: CityCode, until: u64) -> Result<Option<LogCopy>> {
    let (_, upper) = Key::new(Prefix::Arrival).u32(city.number()).range();
    let found = view.pairs(&key(city, until), &upper, 1)?;
    let copy = |bytes: &[u8]| {
        let (position, number) = bytes
            .split_last_chunk()
            .ok_or_else(|| damaged("a position of arrival is malformed".to_owned()))?;
        let Position { epoch, seq } = Position::from_bytes(position)?;
        Ok(LogCopy {
            log: LogOwner::City(city),
            number: u32::from_be_bytes(*number),
            epoch,
            next: seq,
        })
    };
    found.first().map(|(_, bytes)| copy(bytes)).transpose()
}

/// Later times sort first, so that the latest before a time is the first from there on.
fn key(city: CityCode, nanoseconds: u64) -> Vec<u8> {
    Key::new(Prefix::Arrival)
        .u32(city.number())
        .u64(u64::MAX - nanoseconds)
        .finish()
}

/// Nanoseconds since 1970, which reach to the year 2554; earlier and later times are its ends.
fn nanoseconds(at: Timestamp) -> u64 {
    let nanoseconds = at.as_nanosecond().max(0);
    u64::try_from(nanoseconds).unwrap_or(u64::MAX)
}

fn nanoseconds_from(bytes: &[u8]) -> Result<u64> {
    let bytes = bytes
        .try_into()
        .map_err(|_| damaged("the latest time of arrival is malformed".to_owned()))?;
    Ok(u64::from_be_bytes(bytes))
}

fn damaged(message: String) -> Error {
    Error::new(ErrorCode::StorageDamaged, message)
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

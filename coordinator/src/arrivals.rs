//! When entries of the cities' logs arrived here: what turns a cut-off into positions.
//!
//! Cities date their own entries; the time of arrival is the coordinator's word. One record stands for
//! each piece of a log that is stored, written in the same transaction. Recorded time never goes back,
//! not even where the machine's clock does: what was found by a time stays as it was.

use chengji_domain::{CityCode, Error, ErrorCode, Result};
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

/// Records that a city's log has arrived up to this position.
pub fn record(tx: &mut Tx<'_>, city: CityCode, reached: Position, now: Timestamp) -> Result<()> {
    let at = time(tx, now)?;
    tx.put(key(city, nanoseconds(at)), reached.to_bytes());
    Ok(())
}

/// Up to where a city's log had arrived before this time; `None` where nothing had.
pub fn before(
    view: &(impl View + ?Sized),
    city: CityCode,
    time: Timestamp,
) -> Result<Option<Position>> {
    let Some(last) = nanoseconds(time).checked_sub(1) else {
        return Ok(None);
    };
    let (_, upper) = Key::new(Prefix::Arrival).u32(city.number()).range();
    let found = view.pairs(&key(city, last), &upper, 1)?;
    found
        .first()
        .map(|(_, bytes)| Position::from_bytes(bytes))
        .transpose()
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
    use crate::world::{CONSUMER, EPOCH, PROVIDER, at, city};

    fn reached(seq: u64) -> Position {
        Position { epoch: EPOCH, seq }
    }

    async fn recorded(ledger: &Ledger, code: &str, seq: u64, now: &str) {
        let (city, now) = (city(code), at(now));
        ledger
            .write(move |tx| record(tx, city, reached(seq), now))
            .await
            .unwrap();
    }

    fn ledger() -> Ledger {
        Ledger::create(Arc::new(MemoryStore::new()), "coordinator", [1; 8]).unwrap()
    }

    fn found(kv: &dyn KeyValue, code: &str, time: &str) -> Option<u64> {
        let found = before(kv, city(code), at(time)).unwrap();
        found.map(|position| position.seq)
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
}

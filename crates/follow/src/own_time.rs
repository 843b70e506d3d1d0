//! The time of entries of the own log. It never goes back within an epoch, so that the order of time is
//! the order of positions; a new epoch abandons the time of a clock that was wrong.

use chengji_domain::Result;
use chengji_proto::convert::written_at;
use chengji_store::{Tx, View, log};
use jiff::Timestamp;

/// The time of the next entry of the own log: `now`, or that of the last entry of the same epoch if this
/// is later.
pub fn next_time(tx: &Tx<'_>, now: Timestamp) -> Result<Timestamp> {
    let Some(last) = tx.last_envelope()? else {
        return Ok(now);
    };
    let (epoch, at) = written_at(&last)?;
    Ok(if epoch == tx.next().epoch {
        now.max(at)
    } else {
        now
    })
}

/// The time at which the present epoch of the own log began: that of its first entry, or of its first one after a
/// restore. `None` if the epoch has no entry yet.
pub fn epoch_began_at(view: &(impl View + ?Sized)) -> Result<Option<Timestamp>> {
    let epochs = log::epochs(view)?;
    let first = epochs.last().map_or(0, |start| start.seq);
    match log::envelopes(view, first, 1)?.pop() {
        Some((_, envelope)) => Ok(Some(written_at(&envelope)?.1)),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_domain::Principal;
    use chengji_domain::fact::{CityFact, LogEntry, LogOwner};
    use chengji_proto::convert::city_entry_to;
    use chengji_store::{Ledger, MemoryStore, Position};

    use super::*;

    async fn append(ledger: &Ledger, now: Timestamp) -> Timestamp {
        let job = move |tx: &mut Tx<'_>| {
            let at = next_time(tx, now)?;
            tx.append(|Position { epoch, seq }| {
                city_entry_to(
                    &LogEntry {
                        log: LogOwner::City("430100".parse().unwrap()),
                        epoch,
                        seq,
                        at,
                        principal: Principal::Node("430100".parse().unwrap()),
                        fact: CityFact::Unmounted {
                            code: "103001000001".parse().unwrap(),
                            reason: "r".to_owned(),
                        },
                    },
                    [1; 16],
                )
            })?;
            Ok(at)
        };
        ledger.write(job).await.unwrap()
    }

    #[tokio::test]
    async fn time_never_goes_back_within_an_epoch_and_begins_anew_in_the_next() {
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), "city/430100", [1; 8]).unwrap();
        let at = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        for (clock, written) in [(5, 5), (480, 480), (6, 480), (481, 481)] {
            assert_eq!(append(&ledger, at(clock)).await, at(written));
        }
        let opened = ledger.write(|tx| tx.open_epoch([2; 8], 0, None));
        opened.await.unwrap();
        let began_at = || epoch_began_at(&**ledger.kv());
        assert_eq!(began_at(), Ok(None));
        assert_eq!(append(&ledger, at(7)).await, at(7));
        assert_eq!(append(&ledger, at(6)).await, at(7));
        assert_eq!(began_at(), Ok(Some(at(7))));
    }
}

//! The records of requests, which both programs fold from the logs: their storage, size limits and lists.
//! The rules of moves are elsewhere.

mod dues;
mod forgetting;
mod indexes;
mod list;
mod months;
mod of_month;

use std::borrow::Cow;
use std::ops::Bound;

use chengji_domain::request::{RequestId, RequestNumber, RequestRecord};
use chengji_domain::{CityCode, Epoch, Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};
use chengji_records::{StoredRequest, StoredStops};
use chengji_store::{Codec, MAX_VALUE, Table, Tx, View};

pub use self::dues::{city_of, open_dues};
pub use self::forgetting::forget;
pub use self::indexes::{
    ACTS, ATTENTION, BACKDATED, BY_REQUEST, DUE, GrantedName, LAPSING, LISTS, MONTHS, NewestFirst,
    OverdueOrder, PROVISIONAL, REMINDERS, REQUESTS, RUNNING, TABLES, TableGrantKey, UNOPENED,
};
pub use self::list::{Shown, overdue_page, page, page_among};
pub use self::months::MonthKey;
pub use self::of_month::each_of_month;

/// Maximum number of epochs searched for a short request number.
const MAX_EPOCHS: usize = 64;

/// Looks up the record of a request.
pub fn find(view: &(impl View + ?Sized), id: RequestId) -> Result<Option<RequestRecord>> {
    REQUESTS.get(view, &id)
}

/// Looks up the record of a request; NOT_FOUND if there is none.
pub fn existing(view: &(impl View + ?Sized), id: RequestId) -> Result<RequestRecord> {
    find(view, id)?.ok_or_else(|| unknown(id))
}

/// Resolves a request number, in full or short.
///
/// # Errors
///
/// `INVALID_ARGUMENT` where the text is not a request number, or a short one that matches several known
/// requests; `NOT_FOUND` where it matches none.
pub fn resolve(view: &(impl View + ?Sized), text: &str) -> Result<RequestId> {
    let number: RequestNumber = text.parse()?;
    resolve_in(&REQUESTS, view, number)?.ok_or_else(|| unknown(number))
}

/// Resolves the number of a record of this table, in full or short; `None` for a short one that matches none.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a short one that matches several records.
pub fn resolve_in<C: Codec>(
    table: &Table<RequestId, C>,
    view: &(impl View + ?Sized),
    number: RequestNumber,
) -> Result<Option<RequestId>> {
    let found = match number {
        RequestNumber::Full(id) => return Ok(Some(id)),
        RequestNumber::Short { city, epoch, seq } => candidates(table, view, city, (epoch, seq))?,
    };
    match found[..] {
        [] => Ok(None),
        [id] => Ok(Some(id)),
        [one, other, ..] => Err(ambiguous(msg::RequestNumberAmbiguous {
            number,
            one,
            other,
        })),
    }
}

/// The records of a city's log at this position, in all epochs of this number.
fn candidates<C: Codec>(
    table: &Table<RequestId, C>,
    view: &(impl View + ?Sized),
    city: CityCode,
    (number, seq): (u32, u64),
) -> Result<Vec<RequestId>> {
    let at = |epoch, seq| RequestId { city, epoch, seq };
    let epoch = |id| Epoch { number, id };
    let last = at(epoch([u8::MAX; 8]), u64::MAX);
    let mut after = Bound::Included(at(epoch([0; 8]), 0));
    let mut found = Vec::new();
    for _ in 0..MAX_EPOCHS {
        let rest = table.range((after, Bound::Included(last)));
        let Some((first, _)) = rest.first(view)? else {
            return Ok(found);
        };
        if table.contains(view, &at(first.epoch, seq))? {
            found.push(at(first.epoch, seq));
        }
        after = Bound::Excluded(at(first.epoch, u64::MAX));
    }
    Err(ambiguous(msg::RequestEpochsTooMany {
        city,
        count: MAX_EPOCHS,
        number,
    }))
}

fn ambiguous(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}

fn unknown(number: impl Into<Value>) -> Error {
    Error::new(ErrorCode::NotFound, msg::RequestNotFound { number })
}

/// Bytes of a record reserved for stops: more than one takes, with the longest reason that is accepted.
const STOPS_ROOM: usize = 20 * 1024;
/// Maximum size of a record without its stops, bytes.
pub const MAX_WITHOUT_STOPS: usize = MAX_VALUE - STOPS_ROOM;

/// Stores a record. If it is too large, its oldest refused moves are dropped, which remain in the log. If
/// that does not suffice, it is refused here, where it can be set aside. A stop always fits: space is
/// reserved for the newest one, and the oldest are dropped.
///
/// # Errors
///
/// `LIMIT_EXCEEDED` where the record does not fit without its refused moves and stops.
pub fn put(tx: &mut Tx<'_>, record: &RequestRecord) -> Result<()> {
    let present = find(tx, record.history.id)?;
    replace(tx, present.as_ref(), record)
}

/// Stores a record as [`put`] does, in place of the present one, which the caller has read in this transaction.
///
/// # Errors
///
/// As of [`put`].
pub fn replace(
    tx: &mut Tx<'_>,
    present: Option<&RequestRecord>,
    record: &RequestRecord,
) -> Result<()> {
    let id = record.history.id;
    if REQUESTS.replace_within(tx, &id, (present, record), MAX_WITHOUT_STOPS)? {
        return Ok(());
    }
    let record = shortened(record)?;
    REQUESTS.replace(tx, &id, present, &record)
}

/// Checks that a record could be stored.
///
/// # Errors
///
/// `LIMIT_EXCEEDED`.
pub fn check_fits(record: &RequestRecord) -> Result<()> {
    shortened(record).map(drop)
}

/// A record that takes more than [`MAX_WITHOUT_STOPS`], as it is stored.
fn shortened(record: &RequestRecord) -> Result<Cow<'_, RequestRecord>> {
    let id = record.history.id;
    let mut record = Cow::Borrowed(record);
    let (mut bytes, mut stops) = (size(&record)?, stops_size(&record)?);
    while bytes - stops > MAX_WITHOUT_STOPS && !record.refused.is_empty() {
        record.to_mut().refused.remove(0);
        bytes = size(&record)?;
    }
    let others = bytes - stops;
    if others > MAX_WITHOUT_STOPS {
        let message = msg::RequestTooLarge {
            bytes: others,
            id,
            most: MAX_WITHOUT_STOPS,
        };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    while others + stops > MAX_VALUE && record.to_mut().stops.forget_oldest() {
        stops = stops_size(&record)?;
    }
    Ok(record)
}

/// Encoded size of a record's stops, bytes.
fn stops_size(record: &RequestRecord) -> Result<usize> {
    Ok(StoredStops::encode(&record.stops)?.len())
}

/// Encoded size of a record, bytes.
pub fn size(record: &RequestRecord) -> Result<usize> {
    Ok(StoredRequest::encode(record)?.len())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_domain::Principal;
    use chengji_domain::calendar::Deadline;
    use chengji_domain::fact::Origin;
    use chengji_domain::problem::Problem;
    use chengji_domain::request::{DueAct, Move, Party, RefusedMove, Reminder, Step};
    use chengji_domain::stop::{RecordedAct, StopAct, StopCause};
    use chengji_store::{Ledger, MemoryStore};
    use chengji_testkit::requests;
    use jiff::Timestamp;

    use super::*;

    fn reminder() -> Reminder {
        Reminder {
            at: Timestamp::UNIX_EPOCH,
            deadline: Deadline::certain(jiff::civil::date(1970, 1, 1)),
            overdue: true,
            act: DueAct::Answer,
        }
    }

    fn record() -> RequestRecord {
        let (number, resource) = ("430100-1-1-AAAAAAAAAAAAA", "430200:103001000001");
        RequestRecord::new(requests::submitted(number, resource, Timestamp::UNIX_EPOCH))
    }

    /// A move with a text of 3,000 bytes.
    fn step(number: i64) -> Step {
        Step {
            party: Party::Consumer,
            actor: Principal::Coordinator.into(),
            at: Timestamp::from_second(number).unwrap(),
            mv: Move::Supplement {
                text: "长".repeat(1_000),
            },
            due: None,
        }
    }

    #[tokio::test]
    async fn a_short_number_is_that_of_exactly_one_request() {
        let store = Arc::new(MemoryStore::new());
        let ledger = Ledger::create(store, "coordinator", [1; 8]).unwrap();
        // Position 7 exists in two epochs numbered 1, and once in epoch 2.
        let known = [
            "430100-1-6-AEAQCAIBAEAQC",
            "430100-1-7-AEAQCAIBAEAQC",
            "430100-1-7-7777777777776",
            "430100-1-9-7777777777776",
            "430100-2-7-AEAQCAIBAEAQC",
            "430200-1-7-AEAQCAIBAEAQC",
        ];
        for number in known {
            let mut record = record();
            record.history.id = number.parse().unwrap();
            ledger.write(move |tx| put(tx, &record)).await.unwrap();
        }
        let kv = ledger.kv().as_ref();
        let resolved = |text: &str| resolve(kv, text).map(|id| id.to_string());
        for (text, number) in [
            ("430100-1-6", known[0]),
            ("430100-1-9", known[3]),
            ("430100-2-7", known[4]),
            ("430200-1-7", known[5]),
            ("430100-1-7-aeaqca1bae0qc", "430100-1-7-AEAQCAIBAEOQC"),
            (known[2], known[2]),
        ] {
            assert_eq!(resolved(text).unwrap(), number, "{text}");
        }
        let both = resolved("430100-1-7").unwrap_err();
        let ambiguous_number = msg::RequestNumberAmbiguous {
            number: "430100-1-7",
            one: known[1],
            other: known[2],
        };
        assert_eq!(both, ambiguous(ambiguous_number));
        for text in ["430100-1-8", "430100-3-7", "430300-1-7"] {
            assert_eq!(resolved(text).unwrap_err().code(), ErrorCode::NotFound);
        }
    }

    #[tokio::test]
    async fn a_city_that_insists_cannot_make_a_record_too_large() {
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), "coordinator", [1; 8]).unwrap();
        let id = record().history.id;
        ledger.write(|tx| put(tx, &record())).await.unwrap();
        for number in 0..40 {
            let again = move |tx: &mut Tx<'_>| {
                let mut record = existing(tx, id)?;
                let problem = Problem::new(
                    ErrorCode::OutOfTurn,
                    msg::Text {
                        text: "not its turn",
                    },
                );
                let step = step(number);
                record.refused.push(RefusedMove {
                    step,
                    problem,
                    acknowledged: false,
                });
                put(tx, &record)
            };
            ledger.write(again).await.unwrap();
        }
        let kept = existing(&**ledger.kv(), id).unwrap();
        assert!((1..40).contains(&kept.refused.len()));
        assert_eq!(kept.refused.last().unwrap().step, step(39));
    }

    #[tokio::test]
    async fn a_stop_on_a_full_record_holds() {
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), "coordinator", [1; 8]).unwrap();
        let id = record().history.id;
        let fill = |tx: &mut Tx<'_>| {
            let mut full = record();
            while size(&full)? <= MAX_WITHOUT_STOPS {
                full.reminders.extend([reminder(); 16]);
            }
            full.reminders.truncate(full.reminders.len() - 16);
            put(tx, &full)
        };
        ledger.write(fill).await.unwrap();
        for seq in 0..20 {
            // The longest reason that is accepted.
            let act = RecordedAct {
                origin: Origin {
                    epoch: Epoch::first([1; 8]),
                    seq,
                },
                at: Timestamp::UNIX_EPOCH,
                actor: Principal::Coordinator.into(),
                act: StopAct::Stopped {
                    cause: StopCause::Revoked,
                    reason: "x".repeat(16 * 1024),
                    report: None,
                },
                noted: false,
                due: None,
            };
            let stop = move |tx: &mut Tx<'_>| {
                let mut record = existing(tx, id)?;
                record.stops.take(act);
                put(tx, &record)
            };
            ledger.write(stop).await.unwrap();
            let kept = existing(&**ledger.kv(), id).unwrap();
            let (stop, cause) = kept.stops.in_force().unwrap();
            assert_eq!((stop.origin.seq, cause), (seq, StopCause::Revoked));
        }
    }

    #[tokio::test]
    async fn what_is_too_large_without_refused_moves_is_refused_by_itself() {
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), "coordinator", [1; 8]).unwrap();
        let mut large = record();
        large.pending = (0..40)
            .map(|number| {
                let seq = number as u64;
                (
                    Origin {
                        epoch: Epoch::first([1; 8]),
                        seq,
                    },
                    step(number),
                )
            })
            .collect();
        let outcome = ledger.write(move |tx| Ok(put(tx, &large))).await.unwrap();
        assert_eq!(outcome.unwrap_err().code(), ErrorCode::LimitExceeded);
    }
}

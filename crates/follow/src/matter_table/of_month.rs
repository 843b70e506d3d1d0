//! The corrections and demands of a month, which are found by the time of the filing and by that of each answer.

use std::cmp::Reverse;

use chengji_domain::matter::{MatterAnswer, MatterKind, MatterRecord};
use chengji_domain::report::Month;
use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Epoch, Result};
use chengji_store::View;
use jiff::{SignedDuration, Timestamp};

use super::{LISTS, answered, find};

/// The filters of a list, without its order.
type Filters = (u32, Option<CityCode>, Option<CityCode>, Option<u32>);

/// Calls `visit` with each matter of this kind that a city filed in a month.
///
/// # Errors
///
/// Those of `visit` and of the storage.
pub fn each_filed(
    view: &(impl View + ?Sized),
    (kind, consumer): (MatterKind, CityCode),
    month: Month,
    mut visit: impl FnMut(&MatterRecord) -> Result<()>,
) -> Result<()> {
    let filters = (kind.number(), Some(consumer), None, None);
    each(view, (&filters, consumer), month, |_, id| {
        // One that has gone since is passed over.
        find(view, id)?.map_or(Ok(()), |record| visit(&record))
    })
}

/// Calls `visit` with each answer of a city in a month to a matter of this kind.
///
/// # Errors
///
/// Those of `visit` and of the storage.
pub fn each_answer(
    view: &(impl View + ?Sized),
    (kind, provider): (MatterKind, CityCode),
    month: Month,
    mut visit: impl FnMut(&MatterRecord, &MatterAnswer) -> Result<()>,
) -> Result<()> {
    let filters = (answered(kind), None, Some(provider), None);
    each(view, (&filters, provider), month, |at, id| {
        let Some(record) = find(view, id)? else {
            return Ok(());
        };
        let mut answers = record.answers().into_iter();
        let answer = answers.find(|answer| answer.city == provider && answer.at == at);
        answer.map_or(Ok(()), |answer| visit(&record, &answer))
    })
}

/// Calls `visit` with the times in a month and the numbers of a list.
fn each(
    view: &(impl View + ?Sized),
    (filters, city): (&Filters, CityCode),
    month: Month,
    mut visit: impl FnMut(Timestamp, RequestId) -> Result<()>,
) -> Result<()> {
    // Whatever the number: both times are outside of the month.
    let any = Reverse(RequestId {
        city,
        epoch: Epoch::UNKNOWN,
        seq: 0,
    });
    let after = month.end().checked_add(SignedDuration::from_secs(1));
    let first = (Reverse(after.unwrap_or(Timestamp::MAX)), any);
    let last = (Reverse(month.before()), any);
    let listed = LISTS.within(filters, first..=last);
    listed.each_key(view, |(.., (Reverse(at), _)), id| {
        if month.contains(at) {
            visit(at, id)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_domain::Principal;
    use chengji_domain::calendar::Deadline;
    use chengji_domain::matter::{MatterMove, MatterStep};
    use chengji_domain::request::Party;
    use chengji_store::{Ledger, MemoryStore, Tx};
    use chengji_testkit::matters;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn city(code: &str) -> CityCode {
        code.parse().unwrap()
    }

    /// A demand that was filed at this time, declined by one city and answered by another.
    fn demand(seq: u64, filed: &str, declined: &str, supplied: &str) -> MatterRecord {
        let id = format!("430100-1-{seq}-AAAAAAAAAAAAA").parse().unwrap();
        let by = || Principal::Coordinator.into();
        let mut record = MatterRecord::new(id, matters::demand(), by(), at(filed));
        let assign = |to: &str| MatterMove::Assign {
            city: city(to),
            department: None,
            deadline: Deadline::certain(jiff::civil::date(2026, 12, 7)),
        };
        let decline = MatterMove::Decline {
            reason: "无此数据".to_owned(),
            legal_basis: String::new(),
        };
        let supply = MatterMove::Supply {
            resource: matters::resource("430300:103001000001"),
            is_new: false,
            note: String::new(),
        };
        for (party, time, mv) in [
            (Party::Coordinator, filed, MatterMove::Open),
            (Party::Coordinator, filed, assign("430200")),
            (Party::Provider, declined, decline),
            (Party::Coordinator, declined, assign("430300")),
            (Party::Provider, supplied, supply),
        ] {
            let step = MatterStep {
                party,
                actor: by(),
                at: at(time),
                mv,
            };
            record.order(step).unwrap();
        }
        record
    }

    #[tokio::test]
    async fn filings_and_answers_are_found_by_their_month_alone() {
        let store = Arc::new(MemoryStore::new());
        let ledger = Ledger::create(store, "coordinator", [1; 8]).unwrap();
        let put = |tx: &mut Tx<'_>| {
            // The last and the first instant of months in China.
            let first = demand(
                1,
                "2026-10-31T15:59:59Z",
                "2026-11-30T15:59:59Z",
                "2026-12-08T02:00:00Z",
            );
            let second = demand(
                2,
                "2026-10-31T16:00:00Z",
                "2026-11-30T16:00:00Z",
                "2026-12-07T02:00:00Z",
            );
            super::super::put(tx, &first)?;
            super::super::put(tx, &second)
        };
        ledger.write(put).await.unwrap();
        let kv = ledger.kv().as_ref();
        let filed = |month: &str| {
            let (of, mut found) = ((MatterKind::Demand, city("430100")), Vec::new());
            let visit = |record: &MatterRecord| {
                found.push(record.id.seq);
                Ok(())
            };
            each_filed(kv, of, month.parse().unwrap(), visit).unwrap();
            found
        };
        assert_eq!((filed("2026-10"), filed("2026-11")), (vec![1], vec![2]));
        let answers = |of: &str, month: &str| {
            let (of, mut found) = ((MatterKind::Demand, city(of)), Vec::new());
            let visit = |record: &MatterRecord, answer: &MatterAnswer| {
                found.push((record.id.seq, answer.late));
                Ok(())
            };
            each_answer(kv, of, month.parse().unwrap(), visit).unwrap();
            found
        };
        assert_eq!(answers("430200", "2026-11"), [(1, false)]);
        assert_eq!(answers("430200", "2026-12"), [(2, false)]);
        assert_eq!(answers("430300", "2026-12"), [(1, true), (2, false)]);
        assert_eq!(answers("430300", "2026-11"), []);
    }
}

//! Forgets idempotency keys whose time has ended: nobody repeats a call after so long.

use std::ops::Bound;
use std::time::Duration;

use chengji_domain::Result;
use chengji_store::{Limit, Tx};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::records::{self, SUBMITTED};
use crate::consent::proposals;
use crate::own_log::OwnLog;

/// Retention of a key after its request was made.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Interval between two passes over all keys.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);
/// Number of keys looked at in one job, each with its request.
const PIECE: usize = 100;

/// Forgets ended keys once a day, until the node stops.
pub(crate) async fn keep_clean(own: OwnLog, mut stopped: watch::Receiver<bool>) {
    let cleaning = async {
        let mut days = tokio::time::interval(INTERVAL);
        loop {
            days.tick().await;
            if let Err(error) = forget_ended(&own).await {
                tracing::warn!("ended idempotency keys cannot be forgotten: {error}");
            }
        }
    };
    tokio::select! {
        () = cleaning => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

async fn forget_ended(own: &OwnLog) -> Result<()> {
    let (now, mut after) = (own.now(), Bound::Unbounded);
    loop {
        let from = after.clone();
        let piece = move |tx: &mut Tx<'_>| forget_piece(tx, from, now);
        match own.ledger.write(piece).await? {
            Some(last) => after = Bound::Excluded(last),
            None => return Ok(()),
        }
    }
}

/// Forgets the ended ones of the next keys. Returns the last of them if there are more.
fn forget_piece(tx: &mut Tx<'_>, after: Bound<String>, now: Timestamp) -> Result<Option<String>> {
    let page = SUBMITTED
        .range((after, Bound::Unbounded))
        .page(tx, Limit::rows(PIECE))?;
    let has_more = page.rest.is_some();
    let last = page.rows.last().map(|(key, _)| key.clone());
    for (key, id) in page.rows {
        let request = records::find(tx, id)?;
        let made = match request.map(|request| request.history.submitted_at) {
            Some(at) => Some(at),
            None => proposals::find(tx, id)?.map(|proposal| proposal.at),
        };
        let is_kept = made.is_some_and(|at| now.duration_since(at) <= KEPT);
        if !is_kept {
            SUBMITTED.delete(tx, &key)?;
        }
    }
    Ok(last.filter(|_| has_more))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_domain::request::{Actor, RequestRecord};
    use chengji_store::{Ledger, MemoryStore};
    use chengji_testkit::requests;

    use super::*;

    fn own(ledger: &Ledger, now: &'static str) -> OwnLog {
        OwnLog {
            city: "430200".parse().unwrap(),
            ledger: ledger.clone(),
            clock: Arc::new(|| now.parse().unwrap()),
        }
    }

    async fn submit(own: &OwnLog, by: &str) -> RequestRecord {
        let (own, by) = (own.clone(), by.parse().unwrap());
        let submission = requests::submission("430100:206001000001");
        let ledger = own.ledger.clone();
        let job = move |tx: &mut Tx<'_>| {
            let at = own.now();
            records::submit(&own, tx, Actor::new(by, None), at, submission, "key")
        };
        ledger.write(job).await.unwrap()
    }

    #[tokio::test]
    async fn a_key_is_its_callers_own_and_ends_after_thirty_days() {
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap();
        let first_day = own(&ledger, "2026-11-01T00:00:00Z");
        let (one, other) = ("city/430200/person/a", "city/430200/person/b");
        let first = submit(&first_day, one).await.history.id;
        assert_eq!(submit(&first_day, one).await.history.id, first);
        assert_ne!(submit(&first_day, other).await.history.id, first);

        let last_day = own(&ledger, "2026-12-01T00:00:00Z");
        forget_ended(&last_day).await.unwrap();
        assert_eq!(submit(&last_day, one).await.history.id, first);
        forget_ended(&own(&ledger, "2026-12-01T00:00:01Z"))
            .await
            .unwrap();
        assert!(SUBMITTED.all().first(&**ledger.kv()).unwrap().is_none());
        assert_ne!(submit(&last_day, one).await.history.id, first);
    }
}

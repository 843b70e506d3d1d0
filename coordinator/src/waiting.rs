//! Decides about waiting requests: those for unknown resources, which wait until the provider's log was read, since the
//! resource may be on its way; those older than a restore, to a city that is not admitted again yet, for 30 days, in
//! which only its admission is looked up; and those that wait for the approval of the common superior authority, when
//! their entry has changed. Also moves that wait for their request.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chengji_access::roster;
use chengji_clock::Clock;
use chengji_domain::request::RequestId;
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_follow::{matter_table, request_table};
use chengji_runtime::off_thread;
use chengji_store::{KeyValue, Ledger, Tx};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::deadlines::Deadlines;
use crate::requests::IsCurrent;
use crate::{early_moves, records, requests};

/// Interval between checks of waiting requests; there are usually none.
const INTERVAL: Duration = Duration::from_secs(1);
/// The pause after a check, as a multiple of the time that it took if that is long: while hundreds of logs are caught
/// up, many requests wait.
const PAUSE: u32 = 10;
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Maximum number of requests decided about in one transaction.
const AT_ONCE: usize = 64;

/// Decides about every waiting request once.
pub async fn settle_all(
    ledger: &Ledger,
    deadlines: &Arc<Deadlines>,
    clock: &Clock,
    is_current: &IsCurrent,
) -> Result<()> {
    recheck_approvals(ledger).await?;
    release_for_members(ledger, clock()).await?;
    let (kv, known) = (Arc::clone(ledger.kv()), is_current.clone());
    let ids = off_thread(move || can_be_settled(&*kv, &known)).await?;
    let settle = {
        let (deadlines, clock, is_current) =
            (Arc::clone(deadlines), clock.clone(), is_current.clone());
        move |tx: &mut Tx<'_>, id| {
            let now = clock();
            requests::settle(tx, &deadlines, now, id, &is_current)?;
            early_moves::apply(tx, &deadlines, now, id)
        }
    };
    settle_each(ledger, ids, settle).await;
    settle_early_moves(ledger, deadlines, clock, is_current).await
}

/// Adds the requests that wait for an approval of a changed entry to those to be decided.
async fn recheck_approvals(ledger: &Ledger) -> Result<()> {
    let kv = Arc::clone(ledger.kv());
    for changed in off_thread(move || records::rechecks(&*kv)).await? {
        let mut after = None;
        loop {
            let entry = changed.clone();
            let some = ledger.write(move |tx| records::recheck_some(tx, &entry, after));
            after = some.await?;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(())
}

/// Adds the requests that no longer wait for the admission of their provider to those to be decided.
async fn release_for_members(ledger: &Ledger, now: Timestamp) -> Result<()> {
    let kv = Arc::clone(ledger.kv());
    for provider in off_thread(move || no_longer_awaited(&*kv, now)).await? {
        while !ledger
            .write(move |tx| records::release_some(tx, provider))
            .await?
        {}
    }
    Ok(())
}

/// The providers for whose admission requests no longer wait: it is made, or the time for it is over.
fn no_longer_awaited(kv: &dyn KeyValue, now: Timestamp) -> Result<Vec<CityCode>> {
    let awaited = records::awaited_members(kv)?;
    if awaited.is_empty() || requests::is_admission_over(kv, now)? {
        return Ok(awaited);
    }
    let mut members = Vec::new();
    for city in awaited {
        if roster::member(kv, city)?.is_some() {
            members.push(city);
        }
    }
    Ok(members)
}

/// The requests of a transaction that are to be settled further.
struct Unsettled<T> {
    /// Those of which a part is settled.
    begun: Vec<T>,
    /// Those that failed.
    failed: Vec<(T, Error)>,
}

/// Settles each request by itself, many in one transaction, until `settle` returns true. Those that cannot be settled
/// do not keep others from it.
async fn settle_each<T: Copy + Debug + Send + 'static>(
    ledger: &Ledger,
    requests: Vec<T>,
    settle: impl Fn(&mut Tx<'_>, T) -> Result<bool> + Clone + Send + 'static,
) {
    // A stack: the next piece is last.
    let mut pieces: Vec<Vec<T>> = requests.chunks(AT_ONCE).rev().map(<[T]>::to_vec).collect();
    while let Some(piece) = pieces.pop() {
        let (requests, settle) = (piece.clone(), settle.clone());
        let settled = ledger.write(move |tx| {
            let (mut begun, mut failed) = (Vec::new(), Vec::new());
            // Alone, one may write more than as a part.
            if let [request] = requests[..] {
                if !settle(tx, request)? {
                    begun.push(request);
                }
                return Ok(Unsettled { begun, failed });
            }
            for request in requests {
                match tx.attempt(|tx| settle(tx, request)) {
                    Ok(true) => {}
                    Ok(false) => begun.push(request),
                    Err(error) => failed.push((request, error)),
                }
            }
            Ok(Unsettled { begun, failed })
        });
        match settled.await {
            Ok(Unsettled { begun, failed }) => {
                if !begun.is_empty() {
                    // After the others, which may be small.
                    pieces.insert(0, begun);
                }
                for (request, error) in failed {
                    if error.code() == ErrorCode::LimitExceeded {
                        pieces.push(vec![request]);
                        continue;
                    }
                    tracing::error!(?request, %error, "cannot settle a waiting request; trying again");
                }
            }
            Err(error) if error.code() == ErrorCode::LimitExceeded && piece.len() > 1 => {
                let (first, second) = piece.split_at(piece.len() / 2);
                pieces.extend([second.to_vec(), first.to_vec()]);
            }
            Err(error) => {
                tracing::error!(requests = ?piece, %error, "cannot settle waiting requests; trying again");
            }
        }
    }
}

/// Ends the waiting of moves whose request was opened meanwhile, or was never made.
async fn settle_early_moves(
    ledger: &Ledger,
    deadlines: &Arc<Deadlines>,
    clock: &Clock,
    is_current: &IsCurrent,
) -> Result<()> {
    let (kv, known) = (Arc::clone(ledger.kv()), is_current.clone());
    let settled = off_thread(move || no_longer_early(&*kv, &known)).await?;
    let (deadlines, clock) = (Arc::clone(deadlines), clock.clone());
    let settle = move |tx: &mut Tx<'_>, (id, is_opened)| match is_opened {
        true => early_moves::apply(tx, &deadlines, clock(), id),
        false => early_moves::give_up(tx, clock(), id),
    };
    settle_each(ledger, settled, settle).await;
    Ok(())
}

/// The requests whose kept moves can be released, and whether each was opened; others may still arrive.
fn no_longer_early(kv: &dyn KeyValue, is_current: &IsCurrent) -> Result<Vec<(RequestId, bool)>> {
    let mut settled = Vec::new();
    for id in early_moves::awaited(kv)? {
        if matter_table::find(kv, id)?.is_some() {
            settled.push((id, true));
            continue;
        }
        match request_table::find(kv, id)? {
            Some(record) if record.history.steps.is_empty() => {}
            Some(_) => settled.push((id, true)),
            None if early_moves::may_be_opened(kv, id, is_current)? => {}
            None => settled.push((id, false)),
        }
    }
    Ok(settled)
}

/// The waiting requests that can be decided now; nothing is written for the others.
fn can_be_settled(kv: &dyn KeyValue, is_current: &IsCurrent) -> Result<Vec<RequestId>> {
    let (mut settled, mut statuses) = (Vec::new(), Statuses::default());
    for id in records::waiting(kv)? {
        let mut status = |city| statuses.of(kv, city);
        let waits = match request_table::find(kv, id)? {
            Some(record) if record.history.steps.is_empty() => {
                requests::still_waits(kv, &record.history, is_current, status)?
            }
            Some(record) => status(record.history.consumer())? != Some(MembershipStatus::Active),
            None => false,
        };
        if !waits {
            settled.push(id);
        }
    }
    Ok(settled)
}

/// The statuses of members during a look at many requests, each read once. Who decides reads them again.
#[derive(Default)]
struct Statuses(BTreeMap<CityCode, Option<MembershipStatus>>);

impl Statuses {
    /// Returns the status of a city; `None` if it was never a member.
    fn of(&mut self, kv: &dyn KeyValue, city: CityCode) -> Result<Option<MembershipStatus>> {
        if let Some(known) = self.0.get(&city) {
            return Ok(*known);
        }
        let status = roster::member(kv, city)?.map(|known| known.status);
        self.0.insert(city, status);
        Ok(status)
    }
}

/// Decides about waiting requests repeatedly, until `shutdown` turns true.
pub async fn watch_waiting(
    ledger: Ledger,
    deadlines: Arc<Deadlines>,
    clock: Clock,
    is_current: IsCurrent,
    mut shutdown: watch::Receiver<bool>,
) {
    loop {
        let begun = Instant::now();
        if let Err(error) = settle_all(&ledger, &deadlines, &clock, &is_current).await {
            tracing::error!(%error, "cannot settle waiting requests; trying again");
        }
        tokio::select! {
            () = tokio::time::sleep((begun.elapsed() * PAUSE).clamp(INTERVAL, LONGEST_PAUSE)) => {}
            _ = shutdown.wait_for(|stop| *stop) => return,
        }
    }
}

#[cfg(test)]
#[path = "waiting_tests.rs"]
mod tests;

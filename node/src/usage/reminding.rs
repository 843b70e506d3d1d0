//! Reminds the city's people of usage records that are due, and notes those that are overdue: once each for a period, in the
//! city's log.

use std::ops::Bound;
use std::time::Duration;

use chengji_domain::calendar::local_date;
use chengji_domain::fact::CityFact;
use chengji_domain::request::RequestId;
use chengji_domain::usage::UsageFact;
use chengji_domain::{CityCode, Result};
use chengji_follow::request_table;
use chengji_runtime::off_thread;
use chengji_store::{KeyValue, Merged, Tx};
use jiff::Timestamp;
use tokio::sync::watch;

use super::records::{self, DUE, DuePlace, STATES};
use super::service::OwnUsage;

/// Interval between checks for a new day.
const INTERVAL: Duration = Duration::from_secs(1);
/// Interval before it is tried again.
const RETRY: Duration = Duration::from_secs(60);
/// Number of keys read at once.
const PIECE: usize = 256;

/// Reminds at once and then on each new day, until `stopped` turns true.
pub(crate) async fn run(usage: OwnUsage, mut stopped: watch::Receiver<bool>) {
    let days = async {
        let mut done = None;
        loop {
            let now = usage.own.now();
            let today = local_date(now);
            if done != Some(today) {
                match remind(&usage, now).await {
                    Ok(given) => {
                        tracing::debug!(given, "reminded of usage records");
                        done = Some(today);
                    }
                    Err(error) => {
                        tracing::error!(%error, "cannot remind of a usage record; trying again");
                        tokio::time::sleep(RETRY).await;
                    }
                }
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    tokio::select! {
        () = days => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

/// Gives every reminder that is due; returns their number. One that fails does not keep others from being given; its error
/// is returned after them.
async fn remind(usage: &OwnUsage, now: Timestamp) -> Result<usize> {
    let kv = usage.own.ledger.kv().clone();
    let missing = off_thread(move || all_missing(&*kv, now)).await?;
    let (mut given, mut failure) = (0, None);
    for id in missing {
        let this = usage.clone();
        let job = move |tx: &mut Tx<'_>| remind_of(tx, &this, now, id);
        match usage.own.ledger.write(job).await {
            Ok(is_given) => given += usize::from(is_given),
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(given), Err)
}

/// The grants whose first period without records is over, except those whose record was noted as overdue.
fn all_missing(kv: &dyn KeyValue, now: Timestamp) -> Result<Vec<RequestId>> {
    let today = local_date(now);
    let of_all: (Option<CityCode>,) = (None,);
    let all: (Bound<DuePlace>, Bound<DuePlace>) = (Bound::Unbounded, Bound::Unbounded);
    let span = DUE.within(&of_all, all);
    let mut missing = Vec::new();
    for row in Merged::new(kv, [span], PIECE, |(_, place), _| *place) {
        let ((_, (last, _)), id) = row?;
        // Later ones are not over yet.
        if last >= today {
            break;
        }
        let state = STATES.get(kv, &id)?;
        if state.is_some_and(|state| state.overdue != Some(last)) {
            missing.push(id);
        }
    }
    Ok(missing)
}

/// Gives the reminder of a grant; returns true if one was due. Checks again within the transaction: the use may have been
/// recorded meanwhile.
fn remind_of(tx: &mut Tx<'_>, usage: &OwnUsage, now: Timestamp, id: RequestId) -> Result<bool> {
    let (own, rules) = (&usage.own, &usage.rules);
    let (Some(mut state), Some(request)) = (STATES.get(tx, &id)?, request_table::find(tx, id)?)
    else {
        return Ok(false);
    };
    let first = records::first_missing(tx, rules, &request, local_date(now))?;
    let Some((period, deadline)) = first else {
        return Ok(false);
    };
    let overdue = deadline.has_passed(now);
    let today = local_date(now);
    let is_time = overdue || rules.of(own.city).is_near(deadline.date, today);
    let given = match overdue {
        true => &mut state.overdue,
        false => &mut state.reminded,
    };
    if !is_time || *given == Some(period.to) {
        return Ok(false);
    }
    *given = Some(period.to);
    STATES.put(tx, &id, &state)?;
    let fact = UsageFact::Reminded {
        request: id,
        provider: request.history.provider(),
        period,
        deadline,
        overdue,
    };
    let fact = CityFact::Usage(Box::new(fact));
    own.append(tx, &own.node(), now, fact)?;
    Ok(true)
}

#[cfg(test)]
#[path = "reminding_tests.rs"]
mod tests;

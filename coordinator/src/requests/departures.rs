//! Ends the unanswered requests of a city that has left the cluster. What was granted is left to its end: nothing is
//! delivered to or by a city that is no member, and lists say so.

use std::sync::Arc;

use chengji_access::roster;
use chengji_clock::Clock;
use chengji_domain::problem::Problem;
use chengji_domain::request::{Move, RejectReason, RequestId, RequestRecord, State};
use chengji_domain::{CityCode, ErrorCode, Principal, Result};
use chengji_follow::request_table;
use chengji_messages::msg;
use chengji_proto::convert::request_from;
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::{Ledger, Tx};
use jiff::Timestamp;

use super::own_moves::{append_own, own_step};
use crate::{one_by_one, records};

/// Number of requests read at once.
const PAGE: u32 = 100;

/// Ends the unanswered requests of a city that was removed; returns their number.
///
/// # Errors
///
/// Storage errors. A request that cannot be ended does not keep others from it; its error is returned after them.
pub async fn end_requests(ledger: &Ledger, clock: &Clock, city: CityCode) -> Result<usize> {
    let (mut ended, mut failed) = (0, None);
    for (provider, consumer) in [
        (city.to_string(), String::new()),
        (String::new(), city.to_string()),
    ] {
        let mut cursor = String::new();
        loop {
            let asked = v1::ListRequestsRequest {
                states: [
                    v1::RequestState::Submitted,
                    v1::RequestState::Routed,
                    v1::RequestState::Incomplete,
                    v1::RequestState::Supplemented,
                ]
                .map(i32::from)
                .to_vec(),
                provider: provider.clone(),
                consumer: consumer.clone(),
                page: Some(v1::PageRequest { size: PAGE, cursor }),
                ..Default::default()
            };
            let (kv, now) = (Arc::clone(ledger.kv()), clock());
            let page = off_thread(move || request_table::page(&*kv, &asked, now, None)).await?;
            let listed = page.items.iter().map(|item| request_from(&item.id));
            let listed = listed.collect::<Result<Vec<_>>>()?;
            let clock = clock.clone();
            let job = move |tx: &mut Tx<'_>, id| end(tx, clock(), (city, id)).map(usize::from);
            let failure = "cannot end a request of a removed city";
            let outcome = one_by_one::run(ledger, listed, failure, job).await;
            ended += outcome.done;
            failed = outcome.failed.or(failed);
            cursor = page.next_cursor;
            if cursor.is_empty() {
                break;
            }
        }
    }
    failed.map_or(Ok(ended), Err)
}

/// The rejection of a request because a city has left the cluster.
pub(super) fn rejection(city: CityCode) -> Move {
    Move::Reject {
        reason: RejectReason::NotAMember,
        problem: Problem::new(ErrorCode::NotFound, msg::PartyLeftCluster { city }),
    }
}

/// Ends one request, unless it was answered meanwhile or the city takes part again.
fn end(tx: &mut Tx<'_>, now: Timestamp, (city, request): (CityCode, RequestId)) -> Result<bool> {
    let Some(present) = request_table::find(tx, request)? else {
        return Ok(false);
    };
    if !is_unanswered(&present, now) || !roster::has_left(tx, city)? {
        return Ok(false);
    }
    if present.history.steps.is_empty() {
        // It waits for an approval, which is of no use any more: it is rejected with those that wait for a log.
        records::wait(tx, request, true)?;
        return Ok(false);
    }
    let step = own_step(now, Principal::Coordinator, rejection(city));
    let mut record = present.clone();
    record.history.add(step.clone())?;
    request_table::replace(tx, Some(&present), &record)?;
    append_own(tx, now, (request, record.history.provider()), step)?;
    Ok(true)
}

fn is_unanswered(record: &RequestRecord, now: Timestamp) -> bool {
    let state = record.history.state().map(|request| request.state(now));
    matches!(
        state,
        Ok(State::Submitted | State::Routed | State::Incomplete | State::Supplemented)
    )
}

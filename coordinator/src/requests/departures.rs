//! Ends the unanswered requests of a city that has left the cluster, those in dispute about the answer included. Grants
//! stay in force until their end, although nothing is delivered to or by a city that is not a member, and lists say so.
//! Disputes, amendments and settlements that would wait for that city are refused, and it is not chased.

use std::sync::Arc;

use chengji_access::roster;
use chengji_clock::Clock;
use chengji_domain::problem::Problem;
use chengji_domain::request::{
    DueAct, Move, Party, RejectReason, RequestHistory, RequestId, RequestRecord, State, Step,
};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_follow::request_table::{self, Shown};
use chengji_messages::msg;
use chengji_proto::convert::request_from;
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::{Ledger, Tx, View};
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
                    v1::RequestState::Disputed,
                    v1::RequestState::Referred,
                ]
                .map(i32::from)
                .to_vec(),
                provider: provider.clone(),
                consumer: consumer.clone(),
                page: Some(v1::PageRequest { size: PAGE, cursor }),
                ..Default::default()
            };
            let (kv, now) = (Arc::clone(ledger.kv()), clock());
            let listed = move || {
                let shown = Shown::by_records(now, None);
                request_table::page(&*kv, &asked, shown)
            };
            let page = off_thread(listed).await?;
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
        // It waits for an approval that no longer matters: it is rejected with those that wait for a log.
        records::wait(tx, request, true)?;
        return Ok(false);
    }
    let step = own_step(now, Principal::Coordinator, rejection(city));
    let mut record = present.clone();
    match record.history.add(step.clone()) {
        Ok(()) => {}
        // The dispute is about a grant.
        Err(error) if error.code() == ErrorCode::OutOfTurn => return Ok(false),
        Err(error) => return Err(error),
    }
    request_table::replace(tx, Some(&present), &record)?;
    append_own(tx, now, &present.history, step)?;
    Ok(true)
}

/// Returns true if the request waits for an answer, or is in dispute, which may be about one.
fn is_unanswered(record: &RequestRecord, now: Timestamp) -> bool {
    let state = record.history.state().map(|request| request.state(now));
    matches!(
        state,
        Ok(State::Submitted
            | State::Routed
            | State::Incomplete
            | State::Supplemented
            | State::Disputed
            | State::Referred)
    )
}

/// Returns the refusal of a move that would wait for the other city, if that city has left the cluster.
///
/// # Errors
///
/// Storage errors.
pub(super) fn refusal(
    view: &(impl View + ?Sized),
    history: &RequestHistory,
    step: &Step,
) -> Result<Option<Error>> {
    let waits = matches!(
        step.mv,
        Move::Dispute { .. } | Move::AskAmendment { .. } | Move::ProposeSettlement { .. }
    );
    let other = match step.party {
        Party::Consumer => history.provider(),
        Party::Provider | Party::Coordinator => history.consumer(),
    };
    let left = waits && roster::has_left(view, other)?;
    Ok(left.then(|| of_departed(other)))
}

/// Refuses a city that has left the cluster.
///
/// # Errors
///
/// `NOT_FOUND`.
pub(super) fn check_member(view: &(impl View + ?Sized), city: CityCode) -> Result<()> {
    match roster::has_left(view, city)? {
        true => Err(of_departed(city)),
        false => Ok(()),
    }
}

fn of_departed(city: CityCode) -> Error {
    Error::new(ErrorCode::NotFound, msg::PartyLeftCluster { city })
}

/// Returns true if this act is chased. If one of the cities has left, only the disposal is, and only of a member.
pub fn is_chased(
    view: &(impl View + ?Sized),
    history: &RequestHistory,
    act: DueAct,
) -> Result<bool> {
    let consumer_left = roster::has_left(view, history.consumer())?;
    let provider_left = roster::has_left(view, history.provider())?;
    Ok(!consumer_left && (!provider_left || act == DueAct::Disposal))
}

//! Corrections and demands of a city that has left the cluster: those that it filed end, and so do corrections that it
//! has to answer. A demand that it has to answer, or whose entry it would deliver, is on the open list again.

use std::sync::Arc;

use chengji_access::roster;
use chengji_clock::Clock;
use chengji_domain::matter::{MatterKind, MatterMove, MatterRecord, MatterState};
use chengji_domain::problem::Problem;
use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, ErrorCode, Principal, Result};
use chengji_follow::matter_table;
use chengji_messages::msg;
use chengji_proto::convert::{matter_state_to, request_from};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::{Ledger, Tx};
use jiff::Timestamp;

use super::ordering::order_own;
use crate::one_by_one;

/// Number of matters read at once.
const PAGE: u32 = 100;
/// The states in which a matter may wait for a city.
const WAITING: [MatterState; 5] = [
    MatterState::Open,
    MatterState::Assigned,
    MatterState::Accepted,
    MatterState::Answered,
    MatterState::Declined,
];

/// Ends the matters of a city that was removed, or opens them again; returns their number.
///
/// # Errors
///
/// Storage errors. A matter that cannot be ended does not keep others from it; its error is returned after them.
pub async fn end_matters(ledger: &Ledger, clock: &Clock, city: CityCode) -> Result<usize> {
    let all = all_of(ledger, clock, city).await?;
    let clock = clock.clone();
    let job = move |tx: &mut Tx<'_>, id| end(tx, clock(), (city, id)).map(usize::from);
    let failure = "cannot end a correction or a demand of a removed city";
    one_by_one::run(ledger, all, failure, job).await.whole()
}

/// The matters with this city as a party that have not ended.
async fn all_of(ledger: &Ledger, clock: &Clock, city: CityCode) -> Result<Vec<RequestId>> {
    let mut found = Vec::new();
    for kind in MatterKind::ALL {
        for state in WAITING {
            for (consumer, provider) in [
                (city.to_string(), String::new()),
                (String::new(), city.to_string()),
            ] {
                let asked = v1::ListMattersRequest {
                    state: matter_state_to(state).into(),
                    consumer,
                    provider,
                    ..Default::default()
                };
                add_listed(ledger, clock(), (kind, asked), &mut found).await?;
            }
        }
    }
    Ok(found)
}

/// Adds the numbers of all matters of a list.
async fn add_listed(
    ledger: &Ledger,
    now: Timestamp,
    (kind, asked): (MatterKind, v1::ListMattersRequest),
    found: &mut Vec<RequestId>,
) -> Result<()> {
    let mut cursor = String::new();
    loop {
        let asked = v1::ListMattersRequest {
            page: Some(v1::PageRequest { size: PAGE, cursor }),
            ..asked.clone()
        };
        let kv = Arc::clone(ledger.kv());
        let listed = move || matter_table::page(&*kv, kind, &asked, (now, None), |_| Ok(true));
        let page = off_thread(listed).await?;
        for item in &page.items {
            found.push(request_from(&item.id)?);
        }
        cursor = page.next_cursor;
        if cursor.is_empty() {
            return Ok(());
        }
    }
}

/// Ends one matter or opens it again, unless it has ended meanwhile or the city takes part again.
fn end(tx: &mut Tx<'_>, now: Timestamp, (city, matter): (CityCode, RequestId)) -> Result<bool> {
    let Some(record) = matter_table::find(tx, matter)? else {
        return Ok(false);
    };
    if !roster::has_left(tx, city)? {
        return Ok(false);
    }
    let Some(mv) = without(&record, city)? else {
        return Ok(false);
    };
    let (by, is_opened) = (Principal::Coordinator, mv == MatterMove::Open);
    match order_own(tx, now, &by, record.clone(), mv) {
        // It was assigned so often that there is no room for another answer.
        Err(error) if is_opened && error.code() == ErrorCode::LimitExceeded => {
            order_own(tx, now, &by, record, rejection(city)).map(|_| true)
        }
        ordered => ordered.map(|_| true),
    }
}

/// The move by which a matter ends, or is open again, without this city; `None` where nothing waits for it.
fn without(record: &MatterRecord, city: CityCode) -> Result<Option<MatterMove>> {
    let (kind, state) = (record.kind(), record.state()?.state());
    if state.turn(kind).is_none() {
        return Ok(None);
    }
    if record.consumer() == city {
        return Ok(Some(rejection(city)));
    }
    if record.provider() != Some(city) {
        return Ok(None);
    }
    Ok(match (kind, state) {
        (MatterKind::Correction, _) => Some(rejection(city)),
        (MatterKind::Demand, MatterState::Assigned | MatterState::Answered) => {
            Some(MatterMove::Open)
        }
        // It is the coordinator's turn already.
        (MatterKind::Demand, _) => None,
    })
}

/// The rejection of a matter because a city has left the cluster.
fn rejection(city: CityCode) -> MatterMove {
    let problem = Problem::new(ErrorCode::NotFound, msg::MatterPartyLeft { city });
    MatterMove::Reject { problem }
}

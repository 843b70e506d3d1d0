//! Grants whose period has ended: the coordinator notes that, and counts the day by which the consumer disposes of the
//! data, as after the end of a share by the provider.

use std::sync::Arc;

use chengji_domain::calendar::local_date;
use chengji_domain::request::{Move, RequestId};
use chengji_domain::{Principal, Result};
use chengji_follow::request_table;
use chengji_runtime::off_thread;
use chengji_store::{KeyValue, Ledger, Tx};
use jiff::Timestamp;

use super::own_moves::{append_own, own_step};
use crate::deadlines::Deadlines;

/// Maximum number of grants that are noted at once; the others follow.
const AT_ONCE: usize = 1_000;

/// Notes the grants whose period has ended; returns their number.
///
/// # Errors
///
/// Storage errors. A request whose end cannot be noted does not keep others from it.
pub async fn note_lapses(
    ledger: &Ledger,
    deadlines: &Arc<Deadlines>,
    now: Timestamp,
) -> Result<usize> {
    note_up_to(ledger, deadlines, now, AT_ONCE).await
}

/// Notes up to `most` of them. Those whose end cannot be noted, as in a record without room, do not count.
async fn note_up_to(
    ledger: &Ledger,
    deadlines: &Arc<Deadlines>,
    now: Timestamp,
    most: usize,
) -> Result<usize> {
    let kv = Arc::clone(ledger.kv());
    let lapsed = off_thread(move || lapsed(&*kv, now)).await?;
    let mut noted = 0;
    for id in lapsed {
        if noted == most {
            break;
        }
        let deadlines = Arc::clone(deadlines);
        match ledger.write(move |tx| note(tx, &deadlines, now, id)).await {
            Ok(is_noted) => noted += usize::from(is_noted),
            Err(error) => {
                tracing::error!(%id, %error, "cannot note the end of a grant; trying again");
            }
        }
    }
    Ok(noted)
}

/// The requests with a grant whose period has ended. Reads only those.
fn lapsed(kv: &dyn KeyValue, now: Timestamp) -> Result<Vec<RequestId>> {
    let mut found = Vec::new();
    let ended = request_table::LAPSING.within(&(), ..=now);
    ended.each_key(kv, |_, id| {
        found.push(id);
        Ok(())
    })?;
    Ok(found)
}

/// Notes the end of a grant, unless it was closed, extended or noted meanwhile.
fn note(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    request: RequestId,
) -> Result<bool> {
    let Some(present) = request_table::find(tx, request)? else {
        return Ok(false);
    };
    let state = present.history.state().ok();
    let end = state.as_ref().and_then(|state| state.lapses_at());
    if end.is_none_or(|end| now < end) {
        return Ok(false);
    }
    let consumer = present.history.consumer();
    let grant = state.as_ref().and_then(|state| state.grant());
    let terms = grant.map(|grant| &grant.terms);
    let disposal = deadlines.disposal(consumer, terms, local_date(now));
    let step = own_step(now, Principal::Coordinator, Move::Lapse { disposal });
    let mut record = present.clone();
    record.order(step.clone(), None)?;
    request_table::replace(tx, Some(&present), &record)?;
    append_own(tx, now, &present.history, step)?;
    Ok(true)
}

#[cfg(test)]
#[path = "lapsed_tests.rs"]
mod tests;

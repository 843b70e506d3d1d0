//! The records of requests, their moves, and the count of automatic grants.

use chengji_domain::fact::{CityFact, Origin};
use chengji_domain::request::{
    Actor, CLOCK_ALLOWANCE, Move, Party, RequestHistory, RequestId, RequestRecord, State, Step,
    Submission,
};
use chengji_domain::stop::{StopAct, StopTarget};
use chengji_domain::{CityCode, Error, ErrorCode, Result};
pub use chengji_follow::request_table::{existing, find, put, resolve};
use chengji_follow::{next_time, request_table};
use chengji_messages::msg;
use chengji_proto::convert::check_terms_size;
use chengji_records::{AutomaticGrants, StoredAutomaticGrants, StoredSubmitted};
use chengji_store::{Prefix, Table, Tx, View};
use jiff::Timestamp;
use jiff::civil::Date;

use super::jurisdiction;
use super::terms::unenforced;
use crate::catalogue::{entries, granting, running};
use crate::own_log::OwnLog;
use crate::return_flows::records as return_flows;
use crate::stops;

/// The request, or the proposal of one, made under each idempotency key of a principal.
pub(crate) static SUBMITTED: Table<String, StoredSubmitted> = Table::new(Prefix::Idempotency, &[]);

/// Number of automatic grants, by consumer city.
static AUTOMATIC_GRANTS: Table<CityCode, StoredAutomaticGrants> = Table::new(Prefix::CityUse, &[]);

/// The limits of automatic grants.
#[derive(Clone, Copy, Debug)]
pub struct MachineGrants {
    /// Maximum number of grants to one city on one day.
    pub per_day: u32,
    /// True if a grant takes a standing consent to those of its entry.
    pub standing_required: bool,
}

/// The time of the next entry of the city's log; refused if the log's end is so far ahead of the clock
/// that the coordinator would refuse the entry.
pub fn entry_time(tx: &Tx<'_>, now: Timestamp) -> Result<Timestamp> {
    let at = next_time(tx, now)?;
    if at.duration_since(now) <= CLOCK_ALLOWANCE {
        return Ok(at);
    }
    let message = msg::LogAheadOfClock { end: at, now };
    Err(Error::new(ErrorCode::Unavailable, message))
}

/// Makes a request from a checked submission; an idempotency key that its principal repeats returns the first request.
pub fn submit(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    actor: Actor,
    at: Timestamp,
    submission: Submission,
    idempotency_key: &str,
) -> Result<RequestRecord> {
    let key = idempotency_key_of(&actor, idempotency_key);
    if let Some(key) = &key
        && let Some(id) = SUBMITTED.get(tx, key)?
    {
        let record = existing(tx, id)?;
        if record.history.submission != submission {
            let message = msg::IdempotencyKeyTaken { request: id };
            return Err(Error::new(ErrorCode::AlreadyExists, message));
        }
        return Ok(record);
    }
    let at = entry_time(tx, at)?;
    let fact = CityFact::Requested {
        submission: submission.clone(),
        actor: actor.clone(),
    };
    let position = own.append(tx, &actor.principal, at, fact)?;
    let id = RequestId {
        city: own.city,
        epoch: position.epoch,
        seq: position.seq,
    };
    let record = RequestRecord::new(RequestHistory::new(id, submission, actor, at));
    if let Some(key) = &key {
        SUBMITTED.put(tx, key, &id)?;
    }
    put(tx, &record)?;
    Ok(record)
}

/// The stored form of a caller's idempotency key, by which no other principal finds its request; `None` without one.
pub(crate) fn idempotency_key_of(actor: &Actor, key: &str) -> Option<String> {
    // No principal contains a space.
    (!key.is_empty()).then(|| format!("{} {key}", actor.principal))
}

/// Makes a move, whose texts were checked, for this city, if it is its turn, and stores it as pending
/// until the coordinator has ordered it. Errors, before anything is written: `OUT_OF_TURN`;
/// `INVALID_ARGUMENT` for a grant with terms that this node does not enforce or that its consumer cannot have;
/// `WITHDRAWN` or `NOT_SHARED` for one of an entry that is not shared any more, `NOT_SHARED` for one beyond the entry's
/// region, `OUT_OF_TURN` for one without the approval that it needs or of a file of an entry to which a table is mounted;
/// `LIMIT_EXCEEDED` where it does not fit in the record.
pub fn make_move(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    actor: Actor,
    at: Timestamp,
    id: RequestId,
    mv: Move,
) -> Result<RequestRecord> {
    let (record, step) = with_move(own, tx, (actor, at), id, mv)?;
    let Step { actor, at, mv, .. } = step;
    put(tx, &record)?;
    let (by, request) = (actor.principal.clone(), id);
    own.append(tx, &by, at, CityFact::Moved { request, mv, actor })?;
    Ok(record)
}

/// Checks that a move could be made now, without writing anything. Errors: as of [`make_move`].
pub(crate) fn check_move(
    own: &OwnLog,
    tx: &Tx<'_>,
    by: (Actor, Timestamp),
    id: RequestId,
    mv: Move,
) -> Result<()> {
    let (record, _) = with_move(own, tx, by, id, mv)?;
    request_table::check_fits(&record)
}

/// The record with a pending move that would be the next entry of the city's log, and the move.
fn with_move(
    own: &OwnLog,
    tx: &Tx<'_>,
    (actor, at): (Actor, Timestamp),
    id: RequestId,
    mv: Move,
) -> Result<(RequestRecord, Step)> {
    if let Some(grant) = mv.grant()
        && let Some(kinds) = unenforced(&grant.terms)
    {
        let message = msg::GrantTermsNotEnforced { request: id, kinds };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    let mut record = existing(tx, id)?;
    if let Some(grant) = mv.grant() {
        grant.terms.check(record.history.consumer())?;
    }
    let history = record.effective();
    let party = party(own, &history)?;
    if let Some(grant) = mv.grant()
        && party == Party::Provider
    {
        check_shared(tx, &history, at)?;
        let code = &history.submission.resource.code;
        granting::check(tx, code, &grant.terms.scope)?;
        check_terms_size(&grant.terms)?;
        jurisdiction::check_grant(tx, &history, &mv)?;
        return_flows::check_grant(tx, &history, grant)?;
    }
    let at = next_time(tx, at)?;
    let step = Step {
        party,
        actor,
        at,
        mv,
        due: None,
    };
    history.with(step.clone())?;
    let position = tx.next();
    let origin = Origin {
        epoch: position.epoch,
        seq: position.seq,
    };
    record.pending.push((origin, step.clone()));
    Ok((record, step))
}

/// Refuses a grant, where none is running, for an entry that was withdrawn or is not shared: nothing could be delivered
/// under it. Errors: `WITHDRAWN`, `NOT_SHARED`.
fn check_shared(
    view: &(impl View + ?Sized),
    history: &RequestHistory,
    at: Timestamp,
) -> Result<()> {
    let code = &history.submission.resource.code;
    let until = history
        .state()
        .ok()
        .and_then(|request| request.runs_until());
    if until.is_some_and(|until| at < until) || entries::find(view, code)?.is_none() {
        return Ok(());
    }
    entries::shared(view, code).map(drop)
}

/// Stops or resumes deliveries under a grant of this city. The act takes effect at this node by its own
/// log alone; the coordinator only records it.
pub fn act_on_deliveries(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    by: (Actor, Timestamp),
    id: RequestId,
    act: StopAct,
) -> Result<RequestRecord> {
    let mut record = existing(tx, id)?;
    let history = record.effective();
    if party(own, &history)? != Party::Provider {
        let message = msg::OnlyProviderStops { request: id };
        return Err(Error::new(ErrorCode::OutOfTurn, message));
    }
    let state = record.shown_state(by.1)?;
    // By a wrong clock a grant may seem to have lapsed; it can still be revoked.
    let is_granted = matches!(
        state,
        State::Granted | State::Lapsed | State::Revoked | State::Suspended
    ) || record.folded()?.1.is_in_force(by.1);
    if !is_granted {
        let message = msg::NoGrantToStop {
            request: id,
            state: state.label(),
        };
        return Err(Error::new(ErrorCode::OutOfTurn, message));
    }
    let target = StopTarget::Request(id);
    let known = stops::of(tx, &target)?;
    stops::check_act(&known, &target, &act)?;
    running::check_act(tx, &history.submission.resource.code, (&known, &act))?;
    let recorded = stops::act(own, tx, by, target, act)?;
    record.stops.take(recorded);
    put(tx, &record)?;
    Ok(record)
}

/// Acknowledges the moves that the coordinator refused, and the provider's refusal to deliver.
pub fn acknowledge(own: &OwnLog, tx: &mut Tx<'_>, id: RequestId) -> Result<RequestRecord> {
    let mut record = existing(tx, id)?;
    let party = party(own, &record.history)?;
    for refused in &mut record.refused {
        refused.acknowledged |= refused.step.party == party;
    }
    record.provider_refusal = None;
    put(tx, &record)?;
    Ok(record)
}

/// This city's role in a request.
fn party(own: &OwnLog, history: &RequestHistory) -> Result<Party> {
    history.party_of(own.city).ok_or_else(|| {
        let message = msg::CityHasNoPart {
            city: own.city,
            request: history.id,
        };
        Error::new(ErrorCode::NotFound, message)
    })
}

/// Counts an automatic grant to a city on a day, unless the limit is reached. Only the count of the
/// newest day is kept.
pub fn count_automatic_grant(
    tx: &mut Tx<'_>,
    consumer: CityCode,
    day: Date,
    most: u32,
) -> Result<bool> {
    let before = AUTOMATIC_GRANTS.get(tx, &consumer)?;
    let before = before.filter(|grants| grants.day == day);
    let before = before.map_or(0, |grants| grants.count);
    if before >= most {
        return Ok(false);
    }
    let count = before + 1;
    AUTOMATIC_GRANTS.put(tx, &consumer, &AutomaticGrants { day, count })?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_store::{Ledger, MemoryStore};

    use super::*;

    #[tokio::test]
    async fn so_many_grants_are_made_to_a_city_by_machine_on_one_day() {
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap();
        let count = async |city: &str, day: &str| {
            let (city, day) = (city.parse().unwrap(), day.parse().unwrap());
            let count = ledger.write(move |tx| count_automatic_grant(tx, city, day, 2));
            count.await.unwrap()
        };
        for (city, day, may) in [
            ("430100", "2026-11-23", true),
            ("430100", "2026-11-23", true),
            ("430100", "2026-11-23", false),
            ("430300", "2026-11-23", true),
            ("430100", "2026-11-24", true),
        ] {
            assert_eq!(count(city, day).await, may, "{city} {day}");
        }
    }
}

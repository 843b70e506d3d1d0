//! The records of requests, and making a move in one.

use chengji_domain::fact::CityFact;
use chengji_domain::request::{Case, Move, RequestId, Step, Submission};
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_follow::cases;
pub use chengji_follow::cases::{existing, find, put};
use chengji_proto::convert::RequestRecord;
use chengji_store::{Key, Prefix, Tx, View};
use jiff::Timestamp;

use crate::node::Node;

/// Every record, newest submission first.
pub fn all(view: &(impl View + ?Sized)) -> Result<Vec<RequestRecord>> {
    let mut records = Vec::new();
    cases::each(view, |record| {
        records.push(record);
        Ok(())
    })?;
    records.sort_by_key(|record| std::cmp::Reverse((record.case.submitted_at, record.case.id)));
    Ok(records)
}

/// Makes a new request; the same idempotency key gives the one made first.
pub fn submit(
    node: &Node,
    tx: &mut Tx<'_>,
    principal: &Principal,
    at: Timestamp,
    submission: Submission,
    idempotency_key: &str,
) -> Result<RequestRecord> {
    let remembered = Key::new(Prefix::Idempotency).text(idempotency_key).finish();
    if !idempotency_key.is_empty()
        && let Some(id) = tx.get(&remembered)?
    {
        let id = String::from_utf8_lossy(&id).parse()?;
        let record = existing(tx, id)?;
        if record.case.submission != submission {
            let message = format!("the idempotency key belongs to request {id}, which differs");
            return Err(Error::new(ErrorCode::AlreadyExists, message));
        }
        return Ok(record);
    }
    let fact = CityFact::Requested(submission.clone());
    let position = node.append(tx, principal, at, fact)?;
    let id = RequestId {
        city: node.city,
        epoch: position.epoch,
        seq: position.seq,
    };
    let case = Case {
        id,
        submission,
        submitted_at: at,
        steps: Vec::new(),
    };
    let record = RequestRecord::new(case);
    if !idempotency_key.is_empty() {
        tx.put(remembered, id.to_string().into_bytes());
    }
    put(tx, &record)?;
    Ok(record)
}

/// Makes a move for this city, if it is its turn, and keeps it as pending until the coordinator
/// has ordered it.
pub fn make_move(
    node: &Node,
    tx: &mut Tx<'_>,
    principal: &Principal,
    at: Timestamp,
    id: RequestId,
    mv: Move,
) -> Result<RequestRecord> {
    let mut record = existing(tx, id)?;
    let case = record.effective();
    let party = case.party_of(node.city).ok_or_else(|| {
        Error::new(
            ErrorCode::NotFound,
            format!("{} has no part in request {id}", node.city),
        )
    })?;
    let step = Step {
        party,
        at,
        mv: mv.clone(),
    };
    case.with(step.clone())?;
    let position = node.append(tx, principal, at, CityFact::Moved { request: id, mv })?;
    record.pending.push((position.seq, step));
    put(tx, &record)?;
    Ok(record)
}

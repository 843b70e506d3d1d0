//! The records of requests, and making a move in one.

use chengji_domain::fact::CityFact;
use chengji_domain::request::{CLOCK_ALLOWANCE, Case, Move, RequestId, Step, Submission};
use chengji_domain::{Error, ErrorCode, Principal, Result};
pub use chengji_follow::cases::{existing, find, put};
use chengji_follow::{cases, next_time};
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

/// The time of the next entry of the city's log; refused where the log's end is so far ahead of
/// the clock that the coordinator would not take the entry.
pub fn entry_time(tx: &Tx<'_>, now: Timestamp) -> Result<Timestamp> {
    let at = next_time(tx, now)?;
    if at.duration_since(now) <= CLOCK_ALLOWANCE {
        return Ok(at);
    }
    let message = format!(
        "the city's log ends at {at}, ahead of this node's clock, which says {now}; the coordinator \
         refuses requests and moves that are dated ahead 日志时间超前于本机时钟"
    );
    Err(Error::new(ErrorCode::Unavailable, message).with_remedy(
        "wait until then; or stop the node, correct its clock and run 'log new-epoch' \
         请等待至该时间；或停止节点，校正时钟后执行 log new-epoch",
    ))
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
    let at = entry_time(tx, at)?;
    let fact = CityFact::Requested(submission.clone());
    let position = node.append(tx, principal, at, fact)?;
    let id = RequestId {
        city: node.city,
        epoch: position.epoch.number,
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
    let at = next_time(tx, at)?;
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

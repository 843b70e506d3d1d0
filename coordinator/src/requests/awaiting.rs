//! Requests that wait for the approval of the common superior authority before they are routed. The wait is recorded
//! with its last day. It lasts until the authority's decision is recorded, the entry changes, the consumer withdraws
//! the request, or the membership of a party ends.

use chengji_domain::calendar::{Deadline, Rule, local_date};
use chengji_domain::fact::ClusterFact;
use chengji_domain::request::{AwaitedApproval, RequestHistory, RequestRecord};
use chengji_domain::{Principal, Result};
use chengji_follow::request_table;
use chengji_store::Tx;
use jiff::Timestamp;

use crate::deadlines::Deadlines;
use crate::{journal, records};

/// Records that a request waits for the approval that this revision of its entry requires, unless that is on record.
pub(super) fn await_approval(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    (present, history): (Option<&RequestRecord>, RequestHistory),
    revision: u32,
) -> Result<()> {
    records::await_approval(tx, &history, true)?;
    if present.is_some_and(|present| present.awaited.is_some()) {
        return Ok(());
    }
    let deadline = deadlines.due(history.provider(), Rule::SuperiorApproval, local_date(now));
    let awaited = AwaitedApproval {
        since: now,
        revision,
        deadline,
    };
    let record = present.cloned();
    let record = record.unwrap_or_else(|| RequestRecord::new(history));
    note(tx, now, (present, record), awaited)
}

/// Moves the last day of a wait.
pub(super) fn extend(
    tx: &mut Tx<'_>,
    now: Timestamp,
    present: &RequestRecord,
    deadline: Deadline,
) -> Result<()> {
    let Some(awaited) = present.awaited else {
        return Ok(());
    };
    let awaited = AwaitedApproval {
        deadline,
        ..awaited
    };
    note(tx, now, (Some(present), present.clone()), awaited)
}

fn note(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (present, record): (Option<&RequestRecord>, RequestRecord),
    awaited: AwaitedApproval,
) -> Result<()> {
    let record = RequestRecord {
        awaited: Some(awaited),
        ..record
    };
    request_table::replace(tx, present, &record)?;
    let fact = ClusterFact::ApprovalAwaited {
        request: record.history.id,
        provider: record.history.provider(),
        awaited,
    };
    journal::append(tx, now, &Principal::Coordinator, fact).map(drop)
}

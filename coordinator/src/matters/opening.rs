//! Opens matters: a correction goes to the provider of its entry, a demand on the open list of the cluster.

use chengji_access::roster;
use chengji_domain::calendar::{Rule, local_date};
use chengji_domain::matter::{CorrectionFiling, Filing, MatterEvent, MatterMove, MatterRecord};
use chengji_domain::problem::Problem;
use chengji_domain::request::RequestId;
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_follow::{matter_table, request_table};
use chengji_messages::msg;
use chengji_store::Tx;
use jiff::Timestamp;

use super::ordering::{append, own_step};
use super::receiving::was_granted;
use crate::deadlines::Deadlines;

/// Opens a matter that arrived, once: a log that is read again repeats it.
///
/// # Errors
///
/// `PEER_INVALID` for a correction under a request that its city did not make for that entry; `INVALID_ARGUMENT` for
/// one whose texts a node does not accept; storage errors.
pub fn open(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    mut record: MatterRecord,
) -> Result<()> {
    let id = record.id;
    if matter_table::find(tx, id)?.is_some() {
        return Ok(());
    }
    record.filing.check()?;
    // Lists begin with the newest: one that is dated ahead would stay there.
    record.filed_at = record.filed_at.min(now);
    let mv = match &record.filing {
        Filing::Demand(_) => MatterMove::Open,
        Filing::Correction(filing) => route(tx, deadlines, now, (id, filing))?,
    };
    let by = Principal::Coordinator;
    let step = own_step(now, by.clone(), mv);
    record.order(step.clone())?;
    matter_table::put(tx, &record)?;
    let MatterRecord {
        filing,
        filed_by,
        filed_at,
        ..
    } = record;
    let event = MatterEvent::Opened {
        matter: id,
        filed_by: filing.shown(&filed_by),
        filing: Box::new(filing),
        filed_at,
        step,
    };
    append(tx, now, &by, event)
}

/// The first move of a correction. The provider has the time of its table from the day on which the coordinator passes
/// it on: it cannot know of it before.
fn route(
    tx: &Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    (id, filing): (RequestId, &CorrectionFiling),
) -> Result<MatterMove> {
    let request = request_table::find(tx, filing.request)?;
    let own = request.filter(|record| {
        let history = &record.history;
        history.consumer() == id.city && history.submission.resource == filing.resource
    });
    let request = filing.request;
    let Some(own) = own else {
        let message = msg::CorrectionOfAnotherRequest {
            correction: id,
            request,
        };
        return Err(Error::new(ErrorCode::PeerInvalid, message));
    };
    if !was_granted(&own.history) {
        let problem = Problem::new(ErrorCode::NoGrant, msg::CorrectionWithoutGrant { request });
        return Ok(MatterMove::Reject { problem });
    }
    let city = filing.resource.city;
    let known = roster::last_read(tx, city)?;
    if known.is_none_or(|known| known.status == MembershipStatus::Removed) {
        let problem = Problem::new(ErrorCode::NotFound, msg::MemberUnknown { city });
        return Ok(MatterMove::Reject { problem });
    }
    Ok(MatterMove::Assign {
        city,
        department: None,
        deadline: deadlines.due(city, Rule::Correction, local_date(now)),
    })
}

//! Notes the return flows of the cities' logs in the coordinator's own, for the other members: recorded only, neither
//! ordered nor refused.

use chengji_domain::fact::{ClusterFact, Origin};
use chengji_domain::return_flow::{RecordedFlow, ReturnFlowAct, ReturnFlowFact, ReturnFlowNote};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, ResourceRef, Result};
use chengji_follow::return_flow_table;
use chengji_messages::msg;
use chengji_store::Tx;
use jiff::Timestamp;

use crate::{journal, records};

/// Notes an act of this city, at this position and time of its log.
///
/// # Errors
///
/// `PEER_INVALID` for an entry that the city never published, and for the end of what does not run; `INVALID_ARGUMENT`
/// for a division that is not below the city; storage errors.
pub fn note(
    tx: &mut Tx<'_>,
    now: Timestamp,
    city: CityCode,
    (origin, at): (Origin, Timestamp),
    fact: &ReturnFlowFact,
) -> Result<()> {
    let code = fact.act.code();
    match &fact.act {
        ReturnFlowAct::Declare { flow, .. } => {
            flow.check_divisions(city)?;
            if records::entry(tx, city, code)?.is_none() {
                let code = code.clone();
                let entry = ResourceRef { city, code };
                let message = msg::EntryNeverPublished { entry };
                return Err(Error::new(ErrorCode::PeerInvalid, message));
            }
        }
        ReturnFlowAct::End { .. } => {
            let known = return_flow_table::find(tx, city, code)?;
            if !known.as_ref().is_some_and(RecordedFlow::is_running) {
                let message = msg::ReturnFlowNotFound { code };
                return Err(Error::new(ErrorCode::PeerInvalid, message));
            }
        }
    }
    let note = ReturnFlowNote {
        provider: city,
        origin,
        at,
        fact: fact.clone(),
    };
    return_flow_table::take(tx, &note, None)?;
    let noted = ClusterFact::ReturnFlowNoted(Box::new(note));
    journal::append(tx, now, &Principal::Coordinator, noted).map(drop)
}

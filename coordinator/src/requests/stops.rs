//! Records providers' acts on deliveries.

use chengji_domain::fact::ClusterFact;
use chengji_domain::request::RequestId;
use chengji_domain::stop::RecordedAct;
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_follow::request_table;
use chengji_messages::msg;
use chengji_store::Tx;
use jiff::Timestamp;

use super::dues;
use crate::deadlines::Deadlines;
use crate::journal;

/// Records a provider's act on deliveries, once, in any state of the request and with any date. Only the
/// provider of the request may act.
pub fn note_stop(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    provider: CityCode,
    (request, act): (RequestId, RecordedAct),
) -> Result<()> {
    let record = request_table::find(tx, request)?;
    let Some(mut record) = record.filter(|record| record.history.provider() == provider) else {
        let message = msg::StopByOtherThanProvider {
            city: provider,
            request,
        };
        return Err(Error::new(ErrorCode::PeerInvalid, message));
    };
    if record.stops.knows(act.origin) {
        return Ok(());
    }
    let act = RecordedAct {
        due: dues::of_stop(deadlines, &record.history, &act, now),
        ..act
    };
    record.stops.take(act.clone());
    request_table::put(tx, &record)?;
    let RecordedAct {
        origin,
        at,
        actor,
        act,
        due,
        ..
    } = act;
    let fact = ClusterFact::StopNoted {
        request,
        provider,
        origin,
        at,
        actor,
        act,
        due,
    };
    journal::append(tx, now, &Principal::Coordinator, fact)?;
    Ok(())
}

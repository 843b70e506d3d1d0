//! The acts on deliveries that the coordinator has noted, and stops that a restored log has lost.

use chengji_domain::Result;
use chengji_domain::fact::{CityFact, LogEntry, Origin};
use chengji_domain::request::{RequestId, RequestRecord};
use chengji_domain::stop::{RecordedAct, StopAct, StopTarget};
use chengji_store::Tx;

use super::super::provenance::{Provenance, provenance};
use super::super::records;
use super::{CoordinatorLog, never_made};
use crate::stops;

impl CoordinatorLog {
    /// Records that the coordinator noted a provider's act on deliveries. At the provider its own log
    /// decides; a stop that a restored log has lost is made again, so that it takes effect.
    pub(super) fn stop_noted(
        &self,
        tx: &mut Tx<'_>,
        id: RequestId,
        act: RecordedAct,
    ) -> Result<()> {
        let mut record = records::existing(tx, id)?;
        if record.history.provider() == self.own.city {
            let is_act = |entry: &LogEntry<CityFact>| {
                matches!(&entry.fact, CityFact::Stop { target: StopTarget::Request(request), act: found, actor }
                    if *request == id && *found == act.act && *actor == act.actor)
            };
            let lost = match provenance(&self.own, act.origin, is_act)? {
                Provenance::Own => false,
                Provenance::Lost => !record.stops.knows(act.origin),
                Provenance::Never => return Err(never_made(id)),
            };
            if lost && matches!(act.act, StopAct::Stopped { .. }) {
                self.stop_again(tx, &mut record, act.origin, act.act.clone())?;
            }
        }
        record.stops.take(act);
        records::put(tx, &record)
    }

    /// Stops deliveries on the node's own account, for an act at `lost` that its restored log has lost;
    /// unless that was done, or the city's people have decided, since the restore.
    pub(super) fn stop_again(
        &self,
        tx: &mut Tx<'_>,
        record: &mut RequestRecord,
        lost: Origin,
        act: StopAct,
    ) -> Result<()> {
        let StopAct::Stopped { cause, .. } = act else {
            return Ok(());
        };
        let (own, target) = (&self.own, StopTarget::Request(record.history.id));
        let known = stops::of(tx, &target)?;
        let is_settled = known.acts().iter().any(|known| {
            let settles = match known.act {
                StopAct::Stopped { cause: made, .. } => made == cause,
                StopAct::Lifted { .. } => true,
            };
            let since = known.origin.epoch;
            settles && since != lost.epoch && since.number >= lost.epoch.number
        });
        if is_settled {
            return Ok(());
        }
        let by = (own.node().into(), own.now());
        let recorded = stops::act(own, tx, by, target, act)?;
        tracing::error!(request = %record.history.id, %cause,
            "deliveries are stopped: this city's log was restored and has lost what others know; \
             'request list --attention' lists the requests to confirm");
        record.stops.take(recorded);
        Ok(())
    }
}

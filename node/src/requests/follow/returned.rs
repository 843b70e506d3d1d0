//! The return flows that the coordinator has noted, and declarations and ends of own ones that a restored log has lost.

use chengji_domain::fact::{CityFact, LogEntry, Origin};
use chengji_domain::return_flow::{RecordedFlow, ReturnFlowAct, ReturnFlowNote};
use chengji_domain::roster::is_before;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::return_flow_table;
use chengji_messages::msg;
use chengji_store::Tx;

use super::super::provenance::{Provenance, provenance};
use super::CoordinatorLog;
use crate::return_flows::records as return_flows;

impl CoordinatorLog {
    /// Records an act on a return flow. At the provider its own log decides. A declaration that a restored log has lost
    /// is recorded all the same, as the lower divisions have it: people can end it. An end is made again, so that
    /// nothing more is granted by the return flow.
    pub(super) fn return_flow_noted(&self, tx: &mut Tx<'_>, note: &ReturnFlowNote) -> Result<()> {
        let own = &self.own;
        if note.provider != own.city {
            return return_flow_table::take(tx, note, Some(own.city));
        }
        let code = note.fact.act.code();
        let known = return_flow_table::find(tx, own.city, code)?;
        if !is_further(known.as_ref(), note) {
            return Ok(());
        }
        let is_act = |entry: &LogEntry<CityFact>| matches!(&entry.fact, CityFact::ReturnFlow(fact) if **fact == note.fact);
        if provenance(own, note.origin, is_act)? != Provenance::Lost {
            let message = msg::ReturnFlowNotOfCity { code };
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        if let ReturnFlowAct::Declare { .. } = note.fact.act {
            tracing::warn!(%code,
                "a return flow is recorded again: this city's log was restored and has lost its declaration");
            return return_flow_table::take(tx, note, None);
        }
        let by = return_flows::actor(own, &note.fact.actor);
        let act = note.fact.act.clone();
        return_flows::make(own, tx, (by, own.now()), act)?;
        tracing::warn!(%code,
            "a return flow is ended again: this city's log was restored and has lost its end");
        Ok(())
    }
}

/// Returns true if an act that the coordinator has noted follows on what is known of the entry.
fn is_further(known: Option<&RecordedFlow>, note: &ReturnFlowNote) -> bool {
    let is_declaration = matches!(note.fact.act, ReturnFlowAct::Declare { .. });
    let Some(known) = known else {
        return is_declaration;
    };
    let declared = Origin {
        epoch: known.number.epoch,
        seq: known.number.seq,
    };
    known.is_running() != is_declaration && is_before(declared, note.origin)
}

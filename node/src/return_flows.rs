//! Data that is returned to lower divisions (回流): the service of return flows.

pub(crate) mod records;

use chengji_domain::Result;
use chengji_domain::access::Role;
use chengji_follow::return_flow_table;
use chengji_proto::convert::{ReturnFlowAnswer, ReturnFlowOrder};
use chengji_proto::service::{Page, ReturnFlowService};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::Tx;
use chengji_transport::Permit;

use crate::caller::Caller;
use crate::catalogue::entries;
use crate::consent::{ConsentRules, gate};
use crate::own_log::OwnLog;

/// Serves [`ReturnFlowService`].
#[derive(Clone)]
pub(crate) struct NodeReturnFlowService {
    /// The city's log.
    pub(crate) own: OwnLog,
    /// The rules of consent.
    pub(crate) consent: ConsentRules,
}

impl NodeReturnFlowService {
    /// Makes an act, or proposes it. Errors: `DENIED` for an entry of a department that the caller does not act for;
    /// those of [`records::check`].
    pub(crate) async fn act_as(
        &self,
        caller: Caller,
        order: ReturnFlowOrder,
    ) -> Result<ReturnFlowAnswer> {
        let (own, at, rules) = (self.own.clone(), self.own.now(), self.consent);
        let ReturnFlowOrder { act, paper } = order;
        let job = move |tx: &mut Tx<'_>| {
            let entry = entries::find(tx, act.code())?;
            let department = entry.map(|record| record.entry.provider_code);
            let actor = caller.actor(Role::Approver, department, at)?;
            let by = (actor, at, paper.as_str());
            gate::act_on_return_flow(&own, tx, rules, by, (act, department))
        };
        self.own.ledger.write(job).await
    }

    pub(crate) fn page(
        &self,
        asked: &v1::ListReturnFlowsRequest,
    ) -> Result<Page<v1::ReturnFlowState>> {
        return_flow_table::page(self.own.ledger.kv().as_ref(), asked)
    }
}

impl ReturnFlowService<Permit> for NodeReturnFlowService {
    async fn declare(&self, permit: Permit, order: ReturnFlowOrder) -> Result<ReturnFlowAnswer> {
        self.act_as(Caller::of(&permit), order).await
    }

    async fn end(&self, permit: Permit, order: ReturnFlowOrder) -> Result<ReturnFlowAnswer> {
        self.act_as(Caller::of(&permit), order).await
    }

    async fn list(
        &self,
        _: Permit,
        asked: v1::ListReturnFlowsRequest,
    ) -> Result<Page<v1::ReturnFlowState>> {
        let this = self.clone();
        off_thread(move || this.page(&asked)).await
    }
}

#[cfg(test)]
#[path = "return_flows_tests.rs"]
mod tests;

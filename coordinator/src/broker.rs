//! The requests of the whole cluster, for operators and auditors, and the operator's rulings.

use std::sync::Arc;

use chengji_clock::Clock;
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_follow::request_table;
use chengji_messages::msg;
use chengji_proto::convert::view;
use chengji_proto::service::BrokerService;
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::{Ledger, Tx};
use chengji_transport::Permit;

use crate::deadlines::Deadlines;
use crate::requests;

/// The service.
#[derive(Clone)]
pub struct Broker {
    /// The ledger with the requests.
    pub ledger: Ledger,
    /// Calendar and deadline rules.
    pub deadlines: Arc<Deadlines>,
    /// The clock.
    pub clock: Clock,
}

impl Broker {
    /// A page of requests, newest first.
    pub fn list(&self, request: &v1::ListRequestsRequest) -> Result<v1::ListRequestsResponse> {
        if request.attention {
            let message = msg::AttentionAtNodesOnly;
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        request_table::page(&**self.ledger.kv(), request, (self.clock)(), None)
    }

    /// Returns one request, by its number in full or short.
    pub fn show(&self, number: &str) -> Result<v1::Request> {
        let kv = &**self.ledger.kv();
        let id = request_table::resolve(kv, number)?;
        view(&request_table::existing(kv, id)?, (self.clock)(), None)
    }

    /// Rules on a dispute.
    pub async fn rule(&self, by: Principal, ruling: v1::RuleRequest) -> Result<v1::Request> {
        let v1::RuleRequest { id, reason, uphold } = ruling;
        let id = request_table::resolve(&**self.ledger.kv(), &id)?;
        let (deadlines, now) = (Arc::clone(&self.deadlines), (self.clock)());
        let job =
            move |tx: &mut Tx<'_>| requests::rule(tx, &deadlines, now, &by, (id, uphold, reason));
        view(&self.ledger.write(job).await?, now, None)
    }
}

impl BrokerService<Permit> for Broker {
    async fn list(
        &self,
        _: Permit,
        asked: v1::ListRequestsRequest,
    ) -> Result<v1::ListRequestsResponse> {
        let this = self.clone();
        off_thread(move || Self::list(&this, &asked)).await
    }

    async fn show(&self, _: Permit, asked: v1::ShowRequestRequest) -> Result<v1::Request> {
        Self::show(self, &asked.id)
    }

    async fn rule(&self, permit: Permit, asked: v1::RuleRequest) -> Result<v1::Request> {
        Self::rule(self, permit.principal().clone(), asked).await
    }
}

#[cfg(test)]
#[path = "broker_tests.rs"]
mod tests;

//! The requests of the whole cluster, for operators and auditors, and the operator's rulings.

use std::sync::Arc;

use chengji_clock::Clock;
use chengji_domain::request::RequestRecord;
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_follow::request_table;
use chengji_messages::msg;
use chengji_proto::convert::RequestView;
use chengji_proto::service::{BrokerService, Page};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::{Ledger, Tx};
use chengji_transport::Permit;
use jiff::Timestamp;

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
    pub fn list(&self, request: &v1::ListRequestsRequest) -> Result<Page<v1::Request>> {
        if request.attention {
            let message = msg::AttentionAtNodesOnly;
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        request_table::page(&**self.ledger.kv(), request, (self.clock)(), None)
    }

    /// Returns one request, by its number in full or short.
    pub fn show(&self, number: &str) -> Result<RequestView> {
        let kv = &**self.ledger.kv();
        let id = request_table::resolve(kv, number)?;
        Ok(view(request_table::existing(kv, id)?, (self.clock)()))
    }

    /// Rules on a dispute.
    pub async fn rule(&self, by: Principal, ruling: v1::RuleRequest) -> Result<RequestView> {
        let v1::RuleRequest { id, reason, uphold } = ruling;
        let id = request_table::resolve(&**self.ledger.kv(), &id)?;
        let (deadlines, now) = (Arc::clone(&self.deadlines), (self.clock)());
        let job =
            move |tx: &mut Tx<'_>| requests::rule(tx, &deadlines, now, &by, (id, uphold, reason));
        Ok(view(self.ledger.write(job).await?, now))
    }
}

/// The request as of this time, as the coordinator sees it.
fn view(record: RequestRecord, at: Timestamp) -> RequestView {
    let reader = None;
    let proposals = Vec::new();
    RequestView {
        record,
        at,
        reader,
        proposals,
    }
}

impl BrokerService<Permit> for Broker {
    async fn list(&self, _: Permit, asked: v1::ListRequestsRequest) -> Result<Page<v1::Request>> {
        let this = self.clone();
        off_thread(move || Self::list(&this, &asked)).await
    }

    async fn show(&self, _: Permit, asked: v1::ShowRequestRequest) -> Result<RequestView> {
        Self::show(self, &asked.id)
    }

    async fn rule(&self, permit: Permit, asked: v1::RuleRequest) -> Result<RequestView> {
        Self::rule(self, permit.principal().clone(), asked).await
    }
}

#[cfg(test)]
#[path = "broker_tests.rs"]
mod tests;

//! The service that records approvals of the common superior authority.

use std::sync::Arc;

use chengji_clock::Clock;
use chengji_domain::request::{RequestId, RequestRecord};
use chengji_domain::{Principal, Result};
use chengji_follow::request_table;
use chengji_proto::convert::{ApprovalOrder, DenialOrder, RequestView};
use chengji_proto::service::ApprovalService;
use chengji_store::{Ledger, Tx};
use chengji_transport::Permit;
use jiff::Timestamp;

use crate::broker::view;
use crate::deadlines::Deadlines;
use crate::requests;

/// The service.
#[derive(Clone)]
pub struct Approvals {
    /// The ledger with the requests.
    pub ledger: Ledger,
    /// Calendar and deadline rules.
    pub deadlines: Arc<Deadlines>,
    /// The clock.
    pub clock: Clock,
}

impl Approvals {
    /// Records an approval in the request of this number, in full or short.
    pub async fn approve(&self, by: Principal, order: ApprovalOrder) -> Result<RequestView> {
        let ApprovalOrder { request, approval } = order;
        let deadlines = Arc::clone(&self.deadlines);
        self.record(&request, move |tx, now, id| {
            requests::approve(tx, &deadlines, now, &by, (id, approval))
        })
        .await
    }

    /// Records in the request of this number, in full or short, that the authority did not approve.
    pub async fn decline(&self, by: Principal, order: DenialOrder) -> Result<RequestView> {
        let DenialOrder {
            request,
            denial,
            reason,
        } = order;
        self.record(&request, move |tx, now, id| {
            requests::decline(tx, now, &by, (id, denial, reason))
        })
        .await
    }

    async fn record(
        &self,
        number: &str,
        job: impl FnOnce(&mut Tx<'_>, Timestamp, RequestId) -> Result<RequestRecord> + Send + 'static,
    ) -> Result<RequestView> {
        let id = request_table::resolve(&**self.ledger.kv(), number)?;
        let now = (self.clock)();
        let recorded = self.ledger.write(move |tx| job(tx, now, id));
        Ok(view(recorded.await?, now))
    }
}

impl ApprovalService<Permit> for Approvals {
    async fn approve(&self, permit: Permit, asked: ApprovalOrder) -> Result<RequestView> {
        Self::approve(self, permit.principal().clone(), asked).await
    }

    async fn decline(&self, permit: Permit, asked: DenialOrder) -> Result<RequestView> {
        Self::decline(self, permit.principal().clone(), asked).await
    }
}

//! The requests of the whole cluster, for operators and auditors, and the operator's rulings.

use std::sync::Arc;

use chengji_clock::Clock;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::cases;
use chengji_proto::convert::view;
use chengji_proto::status::from_error;
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::Ledger;
use chengji_transport::Permit;
use tonic::{Request, Response, Status};

use crate::requests;
use crate::terms::Terms;

/// The service.
#[derive(Clone)]
pub struct Broker {
    /// The ledger with the requests.
    pub ledger: Ledger,
    /// Calendar and deadline rules.
    pub terms: Arc<Terms>,
    /// The clock.
    pub clock: Clock,
}

impl Broker {
    /// A page of requests, newest first.
    pub fn list(&self, request: &v1::ListRequestsRequest) -> Result<v1::ListRequestsResponse> {
        if request.attention {
            let message = "a request asks for attention at the node of a city";
            return Err(Error::new(ErrorCode::InvalidArgument, message)
                .with_remedy("call the city's node, or filter by state"));
        }
        cases::page(&**self.ledger.kv(), request, (self.clock)(), None)
    }

    /// Returns one request, by its number in full or short.
    pub fn show(&self, number: &str) -> Result<v1::Request> {
        let kv = &**self.ledger.kv();
        let id = cases::resolve(kv, number)?;
        view(&cases::existing(kv, id)?, (self.clock)(), None)
    }
}

#[tonic::async_trait]
impl v1::broker_service_server::BrokerService for Broker {
    async fn list(
        &self,
        request: Request<v1::ListRequestsRequest>,
    ) -> Result<Response<v1::ListRequestsResponse>, Status> {
        Permit::of(&request)?;
        let (this, request) = (self.clone(), request.into_inner());
        let answer = off_thread(move || Self::list(&this, &request));
        answer
            .await
            .map(Response::new)
            .map_err(|error| from_error(&error))
    }

    async fn show(
        &self,
        request: Request<v1::ShowRequestRequest>,
    ) -> Result<Response<v1::Request>, Status> {
        Permit::of(&request)?;
        let answer = Self::show(self, &request.get_ref().id);
        answer
            .map(Response::new)
            .map_err(|error| from_error(&error))
    }

    async fn rule(
        &self,
        request: Request<v1::RuleRequest>,
    ) -> Result<Response<v1::Request>, Status> {
        let operator = Permit::of(&request)?.principal().clone();
        let v1::RuleRequest { id, reason, uphold } = request.into_inner();
        let id = cases::resolve(&**self.ledger.kv(), &id).map_err(|error| from_error(&error))?;
        let (terms, now) = (Arc::clone(&self.terms), (self.clock)());
        let ruled = self
            .ledger
            .write(move |tx| requests::rule(tx, &terms, now, &operator, (id, uphold, reason)));
        let answer = ruled.await.and_then(|record| view(&record, now, None));
        answer
            .map(Response::new)
            .map_err(|error| from_error(&error))
    }
}

#[cfg(test)]
#[path = "broker_tests.rs"]
mod tests;

//! How the node is.

use std::sync::Arc;

use chengji_domain::calendar::local_date;
use chengji_follow::{Followed, followed_log, quarantine};
use chengji_proto::convert::time_to;
use chengji_proto::status::from_error;
use chengji_proto::v1;
use chengji_proto::v1::status_service_server::StatusService;
use chengji_transport::{Permit, off_thread};
use tonic::{Request, Response, Status};

use crate::node::Node;

/// Serves [`StatusService`].
#[derive(Clone)]
pub struct Service {
    /// The node.
    pub node: Arc<Node>,
    /// How it follows the coordinator.
    pub followed: Followed,
}

#[tonic::async_trait]
impl StatusService for Service {
    async fn status(
        &self,
        request: Request<v1::StatusRequest>,
    ) -> Result<Response<v1::StatusResponse>, Status> {
        Permit::of(&request)?;
        let head = self.node.ledger.head();
        let now = self.node.now();
        let today = local_date(now);
        let missing_notices = self.node.tables().calendar.missing_notices(today);
        Ok(Response::new(v1::StatusResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            principal: self.node.principal().to_string(),
            certificate_expires: Some(self.node.identity.not_after().into()),
            epoch: head.epoch,
            head: head.seq,
            following: vec![followed_log(&self.followed.state())],
            roster_heard: self.node.heard.last(now).map(time_to),
            roster_until: self.node.heard.until(now).map(time_to),
            missing_notices: missing_notices.into_iter().map(i32::from).collect(),
            ..Default::default()
        }))
    }

    async fn list_quarantine(
        &self,
        request: Request<v1::ListQuarantineRequest>,
    ) -> Result<Response<v1::ListQuarantineResponse>, Status> {
        Permit::of(&request)?;
        let (kv, request) = (Arc::clone(self.node.ledger.kv()), request.into_inner());
        off_thread(move || quarantine(&*kv, &request))
            .await
            .map(Response::new)
            .map_err(|error| from_error(&error))
    }
}

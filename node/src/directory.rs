//! Forwards calls to the federated catalogue, which is at the coordinator.

use chengji_clock::Clock;
use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Message, msg};
use chengji_proto::status::from_error;
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_proto::v1::directory_service_server::DirectoryService;
use chengji_transport::{Patience, Permit, with_request_id};
use tonic::transport::Channel;
use tonic::{Request, Response, Status};

use crate::lease::CoordinatorLease;

/// Serves [`DirectoryService`] by asking the coordinator.
#[derive(Clone)]
pub struct Service {
    /// The channel to the coordinator.
    pub coordinator: Channel,
    /// The time since the coordinator was last heard.
    pub lease: CoordinatorLease,
    /// The clock.
    pub clock: Clock,
}

impl Service {
    fn pass<T>(
        &self,
        request: Request<T>,
    ) -> Result<(DirectoryServiceClient<Channel>, Request<T>), Status> {
        let permit = Permit::of(&request)?;
        let client = DirectoryServiceClient::new(self.coordinator.clone());
        Ok((
            client,
            with_request_id(Request::new(request.into_inner()), permit.request_id()),
        ))
    }

    /// The coordinator's answer, without its transport metadata. If it cannot be reached, the error states
    /// since when, and what still works.
    async fn answer<T>(
        &self,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<Response<T>, Status> {
        let error = match Patience::PeerAnswer.answer(call).await {
            Ok(answer) => return Ok(Response::new(answer)),
            Err(error) => error,
        };
        if error.code() != ErrorCode::PeerUnavailable {
            return Err(from_error(&error));
        }
        let cause = error.message();
        let message: Message = match self.lease.last((self.clock)()) {
            Some(since) => msg::CoordinatorOutOfReach { since, cause }.into(),
            None => msg::CoordinatorNeverReached { cause }.into(),
        };
        let error = Error::new(ErrorCode::PeerUnavailable, message);
        Err(from_error(&error))
    }
}

#[tonic::async_trait]
impl DirectoryService for Service {
    async fn search(
        &self,
        request: Request<v1::SearchRequest>,
    ) -> Result<Response<v1::SearchResponse>, Status> {
        let (mut client, request) = self.pass(request)?;
        self.answer(client.search(request)).await
    }

    async fn show(
        &self,
        request: Request<v1::ShowDirectoryRequest>,
    ) -> Result<Response<v1::CatalogueRecord>, Status> {
        let (mut client, request) = self.pass(request)?;
        self.answer(client.show(request)).await
    }

    async fn list_cities(
        &self,
        request: Request<v1::ListCitiesRequest>,
    ) -> Result<Response<v1::ListCitiesResponse>, Status> {
        let (mut client, request) = self.pass(request)?;
        self.answer(client.list_cities(request)).await
    }
}

//! Forwards calls to the federated catalogue, which is at the coordinator.

use chengji_clock::Clock;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use chengji_proto::convert::{ShownEntry, shown_entry_from};
use chengji_proto::service::{DirectoryService, Page};
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_transport::{CallTimeout, Permit, with_request_id};
use tonic::transport::Channel;
use tonic::{Request, Response, Status};

use crate::lease::CoordinatorLease;

/// Serves [`DirectoryService`] by asking the coordinator.
#[derive(Clone)]
pub struct NodeDirectoryService {
    /// The channel to the coordinator.
    pub coordinator: Channel,
    /// The time since the coordinator was last heard.
    pub lease: CoordinatorLease,
    /// The clock.
    pub clock: Clock,
}

impl NodeDirectoryService {
    fn pass<T>(&self, permit: &Permit, asked: T) -> (DirectoryServiceClient<Channel>, Request<T>) {
        let client = DirectoryServiceClient::new(self.coordinator.clone());
        let request = with_request_id(Request::new(asked), permit.request_id());
        (client, request)
    }

    /// The coordinator's answer, without its transport metadata. If it cannot be reached, the error states
    /// since when, and what still works.
    async fn answer<T>(
        &self,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T> {
        let error = match CallTimeout::PeerAnswer.answer(call).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if error.code() != ErrorCode::PeerUnavailable {
            return Err(error);
        }
        let cause = error.message();
        let message: Message = match self.lease.last((self.clock)()) {
            Some(since) => msg::CoordinatorOutOfReach { since, cause }.into(),
            None => msg::CoordinatorNeverReached { cause }.into(),
        };
        Err(Error::new(ErrorCode::PeerUnavailable, message))
    }
}

/// The error of an answer of the coordinator's that is not valid: not the caller's fault.
fn from_coordinator(error: Error) -> Error {
    match error.code() {
        ErrorCode::InvalidArgument => error.with_code(ErrorCode::PeerInvalid),
        _ => error,
    }
}

impl DirectoryService<Permit> for NodeDirectoryService {
    async fn search(&self, permit: Permit, asked: v1::SearchRequest) -> Result<v1::SearchResponse> {
        let (mut client, request) = self.pass(&permit, asked);
        self.answer(client.search(request)).await
    }

    async fn complete(
        &self,
        permit: Permit,
        asked: v1::CompleteRequest,
    ) -> Result<v1::CompleteResponse> {
        let (mut client, request) = self.pass(&permit, asked);
        self.answer(client.complete(request)).await
    }

    async fn show(&self, permit: Permit, asked: v1::ShowDirectoryRequest) -> Result<ShownEntry> {
        let (mut client, request) = self.pass(&permit, asked);
        let shown = self.answer(client.show(request)).await?;
        shown_entry_from(shown).map_err(from_coordinator)
    }

    async fn list_cities(
        &self,
        permit: Permit,
        asked: v1::ListCitiesRequest,
    ) -> Result<Page<v1::CityStatus>> {
        let (mut client, request) = self.pass(&permit, asked);
        let listed = self.answer(client.list_cities(request)).await?;
        Ok(Page {
            items: listed.cities,
            next_cursor: listed.next_cursor,
        })
    }
}

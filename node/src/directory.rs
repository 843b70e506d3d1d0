//! The federated catalogue lies with the coordinator; a node passes its people's calls on.

use std::sync::Arc;

use chengji_proto::status::{from_error, to_error};
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_proto::v1::directory_service_server::DirectoryService;
use chengji_transport::{Permit, with_request_id};
use tonic::transport::Channel;
use tonic::{Request, Response, Status};

use crate::node::Node;

/// Serves [`DirectoryService`] by asking the coordinator.
#[derive(Clone)]
pub struct Service(pub Arc<Node>);

impl Service {
    fn pass<T>(
        &self,
        request: Request<T>,
    ) -> Result<(DirectoryServiceClient<Channel>, Request<T>), Status> {
        let permit = Permit::of(&request)?;
        let client = DirectoryServiceClient::new(self.0.coordinator.clone());
        Ok((
            client,
            with_request_id(Request::new(request.into_inner()), permit.request_id()),
        ))
    }
}

/// The coordinator's answer, without its transport metadata; where it cannot be reached, what still
/// works is said.
fn answer<T>(result: Result<Response<T>, Status>) -> Result<Response<T>, Status> {
    match result {
        Ok(response) => Ok(Response::new(response.into_inner())),
        Err(status) => {
            let error = to_error(&status);
            if error.code() != chengji_domain::ErrorCode::PeerUnavailable {
                return Err(from_error(&error));
            }
            let message = format!("the coordinator cannot be reached: {}", error.message());
            let error = chengji_domain::Error::new(error.code(), message).with_remedy(
                "try again later; the city's own catalogue and what was granted stay usable \
                 meanwhile",
            );
            Err(from_error(&error))
        }
    }
}

#[tonic::async_trait]
impl DirectoryService for Service {
    async fn search(
        &self,
        request: Request<v1::SearchRequest>,
    ) -> Result<Response<v1::SearchResponse>, Status> {
        let (mut client, request) = self.pass(request)?;
        answer(client.search(request).await)
    }

    async fn show(
        &self,
        request: Request<v1::ShowDirectoryRequest>,
    ) -> Result<Response<v1::CatalogueRecord>, Status> {
        let (mut client, request) = self.pass(request)?;
        answer(client.show(request).await)
    }

    async fn list_cities(
        &self,
        request: Request<v1::ListCitiesRequest>,
    ) -> Result<Response<v1::ListCitiesResponse>, Status> {
        let (mut client, request) = self.pass(request)?;
        answer(client.list_cities(request).await)
    }
}

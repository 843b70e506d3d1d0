//! The delivery service: both ends of a delivery, and its receipts.

use std::sync::Arc;

use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Result};
use chengji_proto::status::from_error;
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_server::DeliveryService;
use chengji_runtime::off_thread;
use chengji_transport::Permit;
use tokio::sync::watch;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::under_way::UnderWay;
use super::{Consumer, Provider, download, provide, receipts, receive, unfinished};

/// Serves [`DeliveryService`].
#[derive(Clone)]
pub struct Service {
    provider: Provider,
    consumer: Consumer,
    sending: UnderWay<CityCode>,
    receiving: UnderWay<RequestId>,
}

impl Service {
    /// The service of both ends.
    pub fn new(provider: Provider, consumer: Consumer) -> Self {
        Self {
            provider,
            consumer,
            sending: UnderWay::at_most(provide::MAX_TO_A_CITY),
            receiving: UnderWay::at_most(1),
        }
    }

    /// Removes what unfinished fetches have left and nobody can resume, at once and daily, until
    /// `stopped` turns true.
    pub async fn keep_clean(self, stopped: watch::Receiver<bool>) {
        unfinished::keep_clean(self.consumer, self.receiving, stopped).await;
    }

    /// Finishes the fetches that lack only their record, because the node was killed just then.
    pub async fn finish_interrupted(self) {
        if let Err(error) = receive::finish_interrupted(&self.consumer, &self.receiving).await {
            tracing::warn!("an interrupted fetch is left for fetching again: {error}");
        }
    }

    async fn page(&self, request: v1::ListReceiptsRequest) -> Result<v1::ListReceiptsResponse> {
        let kv = Arc::clone(self.consumer.own.ledger.kv());
        off_thread(move || receipts::list(&*kv, &request)).await
    }
}

#[tonic::async_trait]
impl DeliveryService for Service {
    type FetchStream = ReceiverStream<Result<v1::FetchResponse, Status>>;
    type ReceiveStream = ReceiverStream<Result<v1::ReceiveResponse, Status>>;
    type DownloadStream = ReceiverStream<Result<v1::FetchResponse, Status>>;

    async fn fetch(
        &self,
        request: Request<v1::FetchRequest>,
    ) -> Result<Response<Self::FetchStream>, Status> {
        let permit = Permit::of(&request)?;
        let begun = provide::fetch(&self.provider, &self.sending, &permit, request.get_ref()).await;
        begun.map(Response::new).map_err(|error| from_error(&error))
    }

    async fn receive(
        &self,
        request: Request<v1::ReceiveRequest>,
    ) -> Result<Response<Self::ReceiveStream>, Status> {
        let permit = Permit::of(&request)?;
        let begun = receive::receive(&self.consumer, &self.receiving, &permit, request.get_ref());
        begun.map(Response::new).map_err(|error| from_error(&error))
    }

    async fn download(
        &self,
        request: Request<v1::DownloadRequest>,
    ) -> Result<Response<Self::DownloadStream>, Status> {
        Permit::of(&request)?;
        let begun = download::download(&self.consumer, request.get_ref()).await;
        begun.map(Response::new).map_err(|error| from_error(&error))
    }

    async fn list_receipts(
        &self,
        request: Request<v1::ListReceiptsRequest>,
    ) -> Result<Response<v1::ListReceiptsResponse>, Status> {
        Permit::of(&request)?;
        let page = self.page(request.into_inner()).await;
        page.map(Response::new).map_err(|error| from_error(&error))
    }
}

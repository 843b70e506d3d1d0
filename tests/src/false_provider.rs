//! A malicious provider: a node with a member's real certificate, which announces and sends arbitrary sizes.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chengji_domain::access::Rights;
use chengji_proto::policy::Home;
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_server::{DeliveryService, DeliveryServiceServer};
use chengji_proto::v1::fetch_response::Part;
use chengji_transport::{
    Access, AuditSink, CallRecord, Guards, Identity, Peer, Server as Transport, ServerLimits,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_stream::Stream;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use crate::cluster::Cluster;
use crate::eventually::eventually;
use crate::server::Server;

/// Size of a piece, bytes: the contract's maximum.
const PIECE: u64 = 1 << 20;

/// The false delivery, whose content is zeros.
#[derive(Clone, Copy, Debug)]
pub struct Lie<'a> {
    /// The code of the resource, as the consumer requests it.
    pub code: &'a str,
    /// Announced size, bytes.
    pub announced: u64,
    /// Bytes sent before it reports the end.
    pub sent: u64,
}

/// A running false provider in place of a stopped node; it serves until it is dropped.
pub struct FalseProvider {
    asked: Arc<AtomicU64>,
    serving: JoinHandle<()>,
}

impl FalseProvider {
    /// Serves this lie with the certificate and at the address of that node.
    pub fn instead_of(cluster: &Cluster, node: &Server, city: &str, lie: Lie<'_>) -> Self {
        let identity = Identity::load(&node.identity(), chengji_clock::system_time()).unwrap();
        let guards = Guards {
            access: Arc::new(Open),
            audit: Arc::new(Open),
        };
        let home = Home::City(city.parse().unwrap());
        let server = Transport::new(identity, home, None, ServerLimits::default(), guards).unwrap();
        let asked = Arc::new(AtomicU64::new(0));
        let service = Lying {
            asked: Arc::clone(&asked),
            offer: v1::Offer {
                code: lie.code.to_owned(),
                revision: 1,
                file_name: "lie.bin".to_owned(),
                bytes: lie.announced,
                digest: vec![7; 32],
                offset: 0,
            },
            sent: lie.sent,
        };
        let address = node.address.parse().unwrap();
        // The previous server may still be ending.
        let bound = eventually("the address is free", || {
            cluster.wait(server.bind(address)).ok()
        });
        let serving = cluster.spawn(async move {
            let routes = Routes::new(DeliveryServiceServer::new(service));
            server
                .serve(bound, routes, std::future::pending(), Duration::ZERO)
                .await
                .unwrap();
        });
        Self { asked, serving }
    }

    /// Number of requests for a delivery.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for FalseProvider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Lying {
    asked: Arc<AtomicU64>,
    offer: v1::Offer,
    sent: u64,
}

type Answer<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl DeliveryService for Lying {
    type FetchStream = Answer<v1::FetchResponse>;
    type ReceiveStream = Answer<v1::ReceiveResponse>;
    type DownloadStream = Answer<v1::FetchResponse>;

    async fn fetch(
        &self,
        _: Request<v1::FetchRequest>,
    ) -> Result<Response<Self::FetchStream>, Status> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let sent = self.sent;
        let chunks = (0..sent.div_ceil(PIECE)).map(move |piece| {
            let offset = piece * PIECE;
            let size = usize::try_from(PIECE.min(sent - offset)).unwrap();
            let content = Bytes::from(vec![0; size]);
            Part::Chunk(v1::Chunk {
                offset,
                crc32c: crc32c::crc32c(&content),
                content,
            })
        });
        let parts = std::iter::once(Part::Offer(self.offer.clone()))
            .chain(chunks)
            .chain(std::iter::once(Part::End(v1::End::default())));
        let parts = parts.map(|part| Ok(v1::FetchResponse { part: Some(part) }));
        Ok(Response::new(Box::pin(tokio_stream::iter(parts))))
    }

    async fn receive(
        &self,
        _: Request<v1::ReceiveRequest>,
    ) -> Result<Response<Self::ReceiveStream>, Status> {
        Err(Status::unimplemented("it only provides"))
    }

    async fn download(
        &self,
        _: Request<v1::DownloadRequest>,
    ) -> Result<Response<Self::DownloadStream>, Status> {
        Err(Status::unimplemented("it only provides"))
    }

    async fn list_receipts(
        &self,
        _: Request<v1::ListReceiptsRequest>,
    ) -> Result<Response<v1::ListReceiptsResponse>, Status> {
        Err(Status::unimplemented("it only provides"))
    }
}

/// Accepts every caller.
struct Open;

impl Access for Open {
    fn rights(&self, _: &Peer) -> chengji_domain::Result<Rights> {
        Ok(Rights::NONE)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        watch::Sender::new(0).subscribe()
    }
}

impl AuditSink for Open {
    fn keep(&self, _: CallRecord) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

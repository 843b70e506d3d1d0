//! A malicious provider: a node with a member's real certificate, which announces and sends arbitrary sizes, and answers
//! queries with arbitrary rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::policy::Home;
use chengji_proto::service::{Answers, DeliveryService, Page};
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_server::DeliveryServiceServer;
use chengji_proto::v1::fetch_response::Part;
use chengji_proto::v1::query_part_response::Part as RowsPart;
use chengji_substrait::PLAN_VERSION;
use chengji_transport::{Gated, Identity, Permit, Server as Transport, ServerLimits};
use tokio::task::JoinHandle;
use tonic::service::Routes;

use crate::cluster::Cluster;
use crate::eventually::eventually;
use crate::open;
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

/// The false answer to queries of a granted part.
#[derive(Clone, Debug)]
pub struct FalseRows {
    /// The columns that it describes, an Arrow stream without rows.
    pub columns: Vec<u8>,
    /// The stream that it sends as rows.
    pub stream: Vec<u8>,
    /// The digest that it announces at the end; `None` to end without one.
    pub digest: Option<Vec<u8>>,
    /// The refusal that it answers instead of any rows.
    pub refusal: Option<Error>,
}

/// A running false provider in place of a stopped node; it serves until it is dropped.
pub struct FalseProvider {
    asked: Arc<AtomicU64>,
    serving: JoinHandle<()>,
}

impl FalseProvider {
    /// Serves this lie with the certificate and at the address of that node.
    pub fn instead_of(cluster: &Cluster, node: &Server, city: &str, lie: Lie<'_>) -> Self {
        let offer = v1::Offer {
            code: lie.code.to_owned(),
            revision: 1,
            file_name: "lie.bin".to_owned(),
            bytes: lie.announced,
            digest: vec![7; 32],
            offset: 0,
            rows: None,
        };
        let lying = Lying {
            offer,
            sent: lie.sent,
            ..Lying::default()
        };
        Self::serve(cluster, node, city, lying)
    }

    /// Answers queries with these rows instead.
    pub fn of_rows(cluster: &Cluster, node: &Server, city: &str, rows: FalseRows) -> Self {
        let lying = Lying {
            rows: Some(rows),
            ..Lying::default()
        };
        Self::serve(cluster, node, city, lying)
    }

    fn serve(cluster: &Cluster, node: &Server, city: &str, service: Lying) -> Self {
        let identity = Identity::load(&node.identity(), chengji_clock::system_time()).unwrap();
        let home = Home::City(city.parse().unwrap());
        let limits = ServerLimits::default();
        let server = Transport::new(identity, home, None, limits, open::guards()).unwrap();
        let asked = Arc::clone(&service.asked);
        let address = node.address.parse().unwrap();
        // The previous server may still be ending.
        let bound = eventually("the address is free", || {
            cluster.wait(server.bind(address)).ok()
        });
        let serving = cluster.spawn(async move {
            let routes = Routes::new(DeliveryServiceServer::new(Gated::new(service)));
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

#[derive(Default)]
struct Lying {
    asked: Arc<AtomicU64>,
    offer: v1::Offer,
    sent: u64,
    rows: Option<FalseRows>,
}

impl DeliveryService<Permit> for Lying {
    async fn fetch(&self, _: Permit, _: v1::FetchRequest) -> Result<Answers<v1::FetchResponse>> {
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
        Ok(Box::pin(tokio_stream::iter(parts)))
    }

    async fn receive(
        &self,
        _: Permit,
        _: v1::ReceiveRequest,
    ) -> Result<Answers<v1::ReceiveResponse>> {
        Err(only_provides())
    }

    async fn describe_part(
        &self,
        _: Permit,
        _: v1::DescribePartRequest,
    ) -> Result<v1::DescribePartResponse> {
        let rows = self.rows.as_ref().ok_or_else(only_provides)?;
        Ok(v1::DescribePartResponse {
            schema: rows.columns.clone(),
            queried_bytes: Some(1 << 40),
            plan_version: PLAN_VERSION,
        })
    }

    async fn query_part(
        &self,
        _: Permit,
        _: v1::QueryPartRequest,
    ) -> Result<Answers<v1::QueryPartResponse>> {
        let rows = self.rows.clone().ok_or_else(only_provides)?;
        self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(refusal) = rows.refusal {
            return Err(refusal);
        }
        let chunk = RowsPart::Chunk(v1::Chunk {
            offset: 0,
            crc32c: crc32c::crc32c(&rows.stream),
            content: rows.stream.into(),
        });
        let end = rows
            .digest
            .map(|digest| RowsPart::End(v1::QueryEnd { rows: 1, digest }));
        let parts = std::iter::once(chunk).chain(end);
        let parts = parts.map(|part| Ok(v1::QueryPartResponse { part: Some(part) }));
        Ok(Box::pin(tokio_stream::iter(parts)))
    }

    async fn probe(&self, _: Permit, _: v1::ProbeRequest) -> Result<Answers<v1::ProbeResponse>> {
        Err(only_provides())
    }

    async fn download(
        &self,
        _: Permit,
        _: v1::DownloadRequest,
    ) -> Result<Answers<v1::FetchResponse>> {
        Err(only_provides())
    }

    async fn list_receipts(
        &self,
        _: Permit,
        _: v1::ListReceiptsRequest,
    ) -> Result<Page<v1::Receipt>> {
        Err(only_provides())
    }
}

fn only_provides() -> Error {
    Error::new(
        ErrorCode::NotFound,
        msg::Text {
            text: "it only provides",
        },
    )
}

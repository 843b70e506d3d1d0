//! The delivery service: both ends of a delivery, and its receipts.

use std::sync::Arc;

use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Result};
use chengji_proto::service::{Answers, DeliveryService, Page};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_transport::Permit;
use tokio::sync::watch;

use super::known_tables::KnownTables;
use super::probe::Probing;
use super::under_way::UnderWay;
use super::{
    Consumer, Provider, budget, describe_part, download, probe, provide, provide_part, query_part,
    receipts, receive, unfinished,
};
use crate::caller::Caller;
use crate::requests::{departments, records};

/// Serves [`DeliveryService`].
#[derive(Clone)]
pub struct NodeDeliveryService {
    provider: Provider,
    pub(super) consumer: Consumer,
    sending: UnderWay<CityCode>,
    /// The cities for which a part of a table is being described.
    describing: UnderWay<CityCode>,
    /// The cities for which a query of a part of a table is being computed.
    computing: UnderWay<CityCode>,
    /// The probes of entries by other cities.
    probing: Probing,
    pub(super) receiving: UnderWay<RequestId>,
    /// The known columns of the tables that this city queries.
    pub(super) queried: KnownTables,
}

impl NodeDeliveryService {
    /// The service of both ends.
    pub fn new(provider: Provider, consumer: Consumer) -> Self {
        Self {
            provider,
            consumer,
            sending: UnderWay::at_most(provide::MAX_TO_A_CITY),
            describing: UnderWay::at_most(1),
            computing: UnderWay::at_most(query_part::MAX_TO_A_CITY),
            probing: Probing::default(),
            receiving: UnderWay::at_most(1),
            queried: KnownTables::default(),
        }
    }

    /// Measures the received files, and removes what unfinished fetches and deliveries have left and nobody can resume: at
    /// once and regularly, until `stopped` turns true.
    pub async fn keep_clean(self, stopped: watch::Receiver<bool>) {
        let measuring = budget::keep_measured(Arc::clone(&self.consumer.disk), stopped.clone());
        let parts = provide_part::keep_clean(self.provider, stopped.clone());
        let cleaning = unfinished::keep_clean(self.consumer, self.receiving, stopped);
        tokio::join!(measuring, parts, cleaning);
    }

    /// Finishes the fetches that lack only their record, because the node was killed just then.
    pub async fn finish_interrupted(self) {
        if let Err(error) = receive::finish_interrupted(&self.consumer, &self.receiving).await {
            tracing::warn!("an interrupted fetch has to be fetched again: {error}");
        }
    }

    async fn page(
        &self,
        caller: Caller,
        request: v1::ListReceiptsRequest,
    ) -> Result<Page<v1::Receipt>> {
        let own = self.consumer.own.clone();
        off_thread(move || {
            let (kv, now) = (own.ledger.kv().as_ref(), own.now());
            if !request.request.is_empty() {
                let id = records::resolve(kv, &request.request)?;
                if let Some(record) = records::find(kv, id)? {
                    departments::check_visible(&own, kv, (&caller, now), &record.history)?;
                }
            }
            let departments = caller.rights.departments(now);
            receipts::list(kv, &request, departments.as_ref())
        })
        .await
    }
}

impl DeliveryService<Permit> for NodeDeliveryService {
    async fn fetch(
        &self,
        permit: Permit,
        asked: v1::FetchRequest,
    ) -> Result<Answers<v1::FetchResponse>> {
        provide::fetch(&self.provider, &self.sending, &permit, &asked).await
    }

    async fn describe_part(
        &self,
        permit: Permit,
        asked: v1::DescribePartRequest,
    ) -> Result<v1::DescribePartResponse> {
        let connector = (permit.city()?, permit.principal());
        describe_part::describe(&self.provider, &self.describing, connector, &asked).await
    }

    async fn query_part(
        &self,
        permit: Permit,
        asked: v1::QueryPartRequest,
    ) -> Result<Answers<v1::QueryPartResponse>> {
        query_part::query(&self.provider, &self.computing, &permit, asked)
    }

    async fn probe(
        &self,
        permit: Permit,
        asked: v1::ProbeRequest,
    ) -> Result<Answers<v1::ProbeResponse>> {
        probe::probe(&self.provider, &self.probing, &permit, &asked).await
    }

    async fn receive(
        &self,
        permit: Permit,
        asked: v1::ReceiveRequest,
    ) -> Result<Answers<v1::ReceiveResponse>> {
        receive::receive(&self.consumer, &self.receiving, &permit, asked)
    }

    async fn download(
        &self,
        permit: Permit,
        asked: v1::DownloadRequest,
    ) -> Result<Answers<v1::FetchResponse>> {
        download::download(&self.consumer, &Caller::of(&permit), &asked).await
    }

    async fn list_receipts(
        &self,
        permit: Permit,
        asked: v1::ListReceiptsRequest,
    ) -> Result<Page<v1::Receipt>> {
        self.page(Caller::of(&permit), asked).await
    }
}

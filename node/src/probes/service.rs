//! The service that lists probes.

use chengji_domain::Result;
use chengji_follow::probe_table;
use chengji_proto::service::{Page, ProbeService};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_transport::Permit;

use crate::own_log::OwnLog;

/// Serves [`ProbeService`].
#[derive(Clone)]
pub(crate) struct NodeProbeService {
    /// The store with the probes.
    pub(crate) own: OwnLog,
}

impl ProbeService<Permit> for NodeProbeService {
    async fn list(&self, _: Permit, asked: v1::ListProbesRequest) -> Result<Page<v1::Probe>> {
        let own = self.own.clone();
        off_thread(move || probe_table::page(&**own.ledger.kv(), &asked, own.now())).await
    }
}

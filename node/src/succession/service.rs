//! The service of departments that were merged into others.

use chengji_access::RosterHandle;
use chengji_domain::succession::{RecordedSuccession, Succession};
use chengji_domain::{Principal, Result};
use chengji_follow::succession_table::{self, SuccessionKey};
use chengji_paging::Pager;
use chengji_proto::convert::{TakeBackOrder, recorded_succession_to};
use chengji_proto::service::{DepartmentService, Page};
use chengji_proto::v1;
use chengji_store::Tx;
use chengji_transport::Permit;

use super::records::{self, SUCCESSIONS};
use crate::own_log::OwnLog;

/// Serves [`DepartmentService`].
#[derive(Clone)]
pub(crate) struct NodeDepartmentService {
    /// The city's log.
    pub(crate) own: OwnLog,
    /// Announces changed rights to the connections of people.
    pub(crate) roster: RosterHandle,
}

impl NodeDepartmentService {
    /// Records a succession, and announces that the rights of people have changed.
    pub(crate) async fn record(
        &self,
        by: Principal,
        succession: Succession,
    ) -> Result<RecordedSuccession> {
        let (own, at) = (self.own.clone(), self.own.now());
        let job = move |tx: &mut Tx<'_>| records::succeed(&own, tx, (&by, at), succession);
        let recorded = self.own.ledger.write(job).await?;
        self.roster.announce_change();
        Ok(recorded)
    }

    /// Takes a succession back, and announces that the rights of people have changed.
    pub(crate) async fn take_back_succession(
        &self,
        by: Principal,
        order: TakeBackOrder,
    ) -> Result<RecordedSuccession> {
        let (own, at) = (self.own.clone(), self.own.now());
        let job = move |tx: &mut Tx<'_>| records::take_back(&own, tx, (&by, at), order);
        let recorded = self.own.ledger.write(job).await?;
        self.roster.announce_change();
        Ok(recorded)
    }

    pub(crate) fn page(
        &self,
        asked: &v1::ListDepartmentsRequest,
    ) -> Result<Page<v1::DepartmentSuccession>> {
        let kv = self.own.ledger.kv().as_ref();
        if asked.ended {
            let pager = Pager::<SuccessionKey>::of(asked)?;
            let all = succession_table::SUCCESSIONS.range(pager.bounds());
            return pager.fill(all.rows(kv, pager.at_once()), |_, recorded| {
                let is_ended = recorded.ended.is_some();
                Ok(is_ended.then(|| recorded_succession_to(&recorded)))
            });
        }
        let pager = Pager::<String>::of(asked)?;
        let rows = SUCCESSIONS.range(pager.bounds()).rows(kv, pager.at_once());
        pager.fill(rows, |_, recorded| {
            Ok(Some(recorded_succession_to(&recorded)))
        })
    }
}

impl DepartmentService<Permit> for NodeDepartmentService {
    async fn succeed(&self, permit: Permit, asked: Succession) -> Result<RecordedSuccession> {
        self.record(permit.principal().clone(), asked).await
    }

    async fn take_back(&self, permit: Permit, order: TakeBackOrder) -> Result<RecordedSuccession> {
        self.take_back_succession(permit.principal().clone(), order)
            .await
    }

    async fn list(
        &self,
        _: Permit,
        asked: v1::ListDepartmentsRequest,
    ) -> Result<Page<v1::DepartmentSuccession>> {
        self.page(&asked)
    }
}

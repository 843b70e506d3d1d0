//! The services of corrections and demands: the calls of the city's own staff, and the hand-over of attached rows to
//! another city's node.

use chengji_domain::access::Role;
use chengji_domain::matter::{
    DemandFiling, Filing, MatterKind, MatterMove, MatterRecord, check_rows,
};
use chengji_domain::request::Actor;
use chengji_domain::{Error, ErrorCode, Principal, ResourceRef, Result, Uscc};
use chengji_follow::matter_table;
use chengji_messages::msg;
use chengji_proto::convert::{MatterOrder, MatterView, code_from};
use chengji_proto::service::{CorrectionService, DemandService, Page};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::Tx;
use chengji_transport::Permit;

use super::records::{self, FoundError};
use super::{access, notices, rows};
use crate::caller::Caller;
use crate::cluster::Cluster;
use crate::own_log::OwnLog;
use crate::requests::{departments, records as requests};

/// Serves [`CorrectionService`] and [`DemandService`].
#[derive(Clone)]
pub(crate) struct NodeMatterService {
    /// The city's log.
    pub(crate) own: OwnLog,
    /// The other cities' nodes.
    pub(crate) cluster: Cluster,
    /// True if the bureau answers for departments.
    pub(crate) bureau_answers: bool,
}

impl NodeMatterService {
    pub(super) async fn file_correction(
        &self,
        by: Caller,
        asked: v1::FileCorrectionRequest,
    ) -> Result<MatterView> {
        let v1::FileCorrectionRequest {
            request,
            fields,
            problem,
            rows,
        } = asked;
        if !rows.is_empty() {
            check_rows(&rows)?;
        }
        let found = FoundError {
            fields,
            problem,
            rows,
        };
        let (own, at, bureau_answers) = (self.own.clone(), self.own.now(), self.bureau_answers);
        let job = move |tx: &mut Tx<'_>| {
            let id = requests::resolve(tx, &request)?;
            let record = requests::existing(tx, id)?;
            let actor = departments::actor(&own, tx, (&by, at), &record, bureau_answers)?;
            let filing = records::correction_of(&own, &record, &found)?;
            filing.check()?;
            records::file(&own, tx, (actor, at), filing, found.rows)
        };
        let record = self.own.ledger.write(job).await?;
        Ok(MatterView { record, at })
    }

    pub(super) async fn file_demand(&self, by: Caller, asked: DemandFiling) -> Result<MatterView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let department = asked.department.or(by.rights.department());
        let actor = Actor {
            department,
            ..by.actor(Role::Consumer, department, at)?
        };
        let filing = Filing::Demand(DemandFiling {
            department,
            ..asked
        });
        filing.check()?;
        let job =
            move |tx: &mut Tx<'_>| records::file(&own, tx, (actor, at), filing, String::new());
        let record = self.own.ledger.write(job).await?;
        Ok(MatterView { record, at })
    }

    /// Makes a move in a matter of this kind.
    pub(super) async fn make(
        &self,
        by: Caller,
        kind: MatterKind,
        order: MatterOrder,
    ) -> Result<MatterView> {
        let MatterOrder { matter, mv } = order;
        mv.check()?;
        self.change(by, (kind, matter), move |_, _, _| Ok((mv, None)))
            .await
    }

    /// Makes the move that `mv` makes of the matter, in the name of a department that it may name.
    async fn change(
        &self,
        by: Caller,
        (kind, number): (MatterKind, String),
        mv: impl FnOnce(&OwnLog, &Tx<'_>, &MatterRecord) -> Result<(MatterMove, Option<Uscc>)>
        + Send
        + 'static,
    ) -> Result<MatterView> {
        let (own, at, bureau_answers) = (self.own.clone(), self.own.now(), self.bureau_answers);
        let job = move |tx: &mut Tx<'_>| {
            let record = access::seen(&own, tx, (&by, at), (kind, &number))?;
            let (mv, department) = mv(&own, &*tx, &record)?;
            let naming = (department, bureau_answers);
            let actor = access::actor(&own, tx, (&by, at), &record, naming)?;
            records::make_move(&own, tx, (actor, at), record, mv)
        };
        let record = self.own.ledger.write(job).await?;
        Ok(MatterView { record, at })
    }

    pub(super) async fn report_corrected(
        &self,
        by: Caller,
        asked: v1::CorrectRequest,
    ) -> Result<MatterView> {
        let v1::CorrectRequest { id, note } = asked;
        let report = move |_: &OwnLog, tx: &Tx<'_>, record: &MatterRecord| {
            let mv = records::correction(tx, record, note)?;
            mv.check()?;
            Ok((mv, None))
        };
        self.change(by, (MatterKind::Correction, id), report).await
    }

    pub(super) async fn supply_entry(
        &self,
        by: Caller,
        asked: v1::SupplyDemandRequest,
    ) -> Result<MatterView> {
        let v1::SupplyDemandRequest {
            id,
            code,
            new_entry: is_new,
            note,
        } = asked;
        let code = code_from(&code)?;
        let answer = move |own: &OwnLog, tx: &Tx<'_>, _: &MatterRecord| {
            let known = records::supplied(own, tx, &code)?;
            let city = own.city;
            let mv = MatterMove::Supply {
                resource: ResourceRef { city, code },
                is_new,
                note,
            };
            mv.check()?;
            Ok((mv, Some(known.entry.provider_code)))
        };
        self.change(by, (MatterKind::Demand, id), answer).await
    }

    /// A page of the matters of a kind that the caller sees.
    pub(super) fn page(
        &self,
        caller: &Caller,
        kind: MatterKind,
        asked: &v1::ListMattersRequest,
    ) -> Result<Page<v1::Matter>> {
        let (kv, at) = (self.own.ledger.kv().as_ref(), self.own.now());
        let reader = (at, Some(self.own.city));
        matter_table::page(kv, kind, asked, reader, |record| match asked.attention {
            true => access::is_concerned(&self.own, kv, (caller, at), record),
            false => access::is_visible(&self.own, kv, (caller, at), record),
        })
    }

    pub(super) fn one(
        &self,
        caller: &Caller,
        kind: MatterKind,
        number: &str,
    ) -> Result<MatterView> {
        let (kv, at) = (self.own.ledger.kv().as_ref(), self.own.now());
        let record = access::seen(&self.own, kv, (caller, at), (kind, number))?;
        Ok(MatterView { record, at })
    }

    async fn rows_of(&self, permit: Permit, number: &str) -> Result<v1::CorrectionRows> {
        let caller = Caller::of(&permit);
        let MatterView { record, .. } = self.one(&caller, MatterKind::Correction, number)?;
        match record.consumer() == self.own.city {
            true => rows::of_own_log(&self.own, &record),
            false => rows::fetched(&self.cluster, &permit, &record).await,
        }
    }

    /// The rows of a correction that this city filed, for the node of the entry's provider.
    pub(super) fn rows_for(&self, peer: &Principal, number: &str) -> Result<v1::CorrectionRows> {
        let kv = self.own.ledger.kv().as_ref();
        let record = matter_table::named(kv, MatterKind::Correction, number)?;
        let provider = record.provider().map(Principal::Node);
        if record.consumer() == self.own.city && provider.as_ref() == Some(peer) {
            return rows::of_own_log(&self.own, &record);
        }
        let message = msg::MatterNotFound { number: record.id };
        Err(Error::new(ErrorCode::NotFound, message))
    }

    pub(super) fn notices(
        &self,
        caller: &Caller,
        asked: &v1::ListNoticesRequest,
    ) -> Result<Page<v1::CorrectionNotice>> {
        let departments = caller.rights.departments(self.own.now());
        notices::page(self.own.ledger.kv().as_ref(), departments.as_ref(), asked)
    }

    pub(super) async fn acknowledge(
        &self,
        by: Caller,
        number: String,
    ) -> Result<v1::CorrectionNotice> {
        // Of those that the caller sees, it acknowledges for the ones whose data it has to use.
        let departments = by.rights.departments_as(Role::Consumer, self.own.now());
        let job = move |tx: &mut Tx<'_>| notices::acknowledge(tx, departments.as_ref(), &number);
        self.own.ledger.write(job).await
    }

    pub(super) fn errors(
        &self,
        caller: &Caller,
        asked: &v1::CountErrorsRequest,
    ) -> Result<Page<v1::EntryErrors>> {
        let kv = self.own.ledger.kv().as_ref();
        let departments = caller.rights.departments(self.own.now());
        matter_table::error_counts(kv, asked, |entry| {
            access::sees_errors(&self.own, kv, departments.as_ref(), entry)
        })
    }

    async fn listed(
        &self,
        permit: &Permit,
        kind: MatterKind,
        asked: v1::ListMattersRequest,
    ) -> Result<Page<v1::Matter>> {
        let (this, caller) = (self.clone(), Caller::of(permit));
        off_thread(move || this.page(&caller, kind, &asked)).await
    }
}

impl CorrectionService<Permit> for NodeMatterService {
    async fn file(&self, permit: Permit, asked: v1::FileCorrectionRequest) -> Result<MatterView> {
        self.file_correction(Caller::of(&permit), asked).await
    }

    async fn list(
        &self,
        permit: Permit,
        asked: v1::ListMattersRequest,
    ) -> Result<Page<v1::Matter>> {
        self.listed(&permit, MatterKind::Correction, asked).await
    }

    async fn show(&self, permit: Permit, asked: v1::ShowMatterRequest) -> Result<MatterView> {
        self.one(&Caller::of(&permit), MatterKind::Correction, &asked.id)
    }

    async fn show_rows(
        &self,
        permit: Permit,
        asked: v1::ShowRowsRequest,
    ) -> Result<v1::CorrectionRows> {
        self.rows_of(permit, &asked.id).await
    }

    async fn fetch_rows(
        &self,
        permit: Permit,
        asked: v1::FetchRowsRequest,
    ) -> Result<v1::CorrectionRows> {
        self.rows_for(permit.principal(), &asked.id)
    }

    async fn accept(&self, permit: Permit, order: MatterOrder) -> Result<MatterView> {
        self.make(Caller::of(&permit), MatterKind::Correction, order)
            .await
    }

    async fn correct(&self, permit: Permit, asked: v1::CorrectRequest) -> Result<MatterView> {
        self.report_corrected(Caller::of(&permit), asked).await
    }

    async fn decline(&self, permit: Permit, order: MatterOrder) -> Result<MatterView> {
        self.make(Caller::of(&permit), MatterKind::Correction, order)
            .await
    }

    async fn withdraw(&self, permit: Permit, order: MatterOrder) -> Result<MatterView> {
        self.make(Caller::of(&permit), MatterKind::Correction, order)
            .await
    }

    async fn list_notices(
        &self,
        permit: Permit,
        asked: v1::ListNoticesRequest,
    ) -> Result<Page<v1::CorrectionNotice>> {
        let (this, caller) = (self.clone(), Caller::of(&permit));
        off_thread(move || this.notices(&caller, &asked)).await
    }

    async fn acknowledge_notice(
        &self,
        permit: Permit,
        asked: v1::AcknowledgeNoticeRequest,
    ) -> Result<v1::CorrectionNotice> {
        self.acknowledge(Caller::of(&permit), asked.id).await
    }

    async fn count_errors(
        &self,
        permit: Permit,
        asked: v1::CountErrorsRequest,
    ) -> Result<Page<v1::EntryErrors>> {
        let (this, caller) = (self.clone(), Caller::of(&permit));
        off_thread(move || this.errors(&caller, &asked)).await
    }
}

impl DemandService<Permit> for NodeMatterService {
    async fn file(&self, permit: Permit, asked: DemandFiling) -> Result<MatterView> {
        self.file_demand(Caller::of(&permit), asked).await
    }

    async fn list(
        &self,
        permit: Permit,
        asked: v1::ListMattersRequest,
    ) -> Result<Page<v1::Matter>> {
        self.listed(&permit, MatterKind::Demand, asked).await
    }

    async fn show(&self, permit: Permit, asked: v1::ShowMatterRequest) -> Result<MatterView> {
        self.one(&Caller::of(&permit), MatterKind::Demand, &asked.id)
    }

    async fn supply(&self, permit: Permit, asked: v1::SupplyDemandRequest) -> Result<MatterView> {
        self.supply_entry(Caller::of(&permit), asked).await
    }

    async fn decline(&self, permit: Permit, order: MatterOrder) -> Result<MatterView> {
        self.make(Caller::of(&permit), MatterKind::Demand, order)
            .await
    }

    async fn withdraw(&self, permit: Permit, order: MatterOrder) -> Result<MatterView> {
        self.make(Caller::of(&permit), MatterKind::Demand, order)
            .await
    }

    async fn close(&self, permit: Permit, order: MatterOrder) -> Result<MatterView> {
        self.make(Caller::of(&permit), MatterKind::Demand, order)
            .await
    }
}

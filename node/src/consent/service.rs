//! The proposal service: the consent of second persons.

use chengji_domain::proposal::Proposal;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::convert::{EntryOrder, StandingOrder, StandingView};
use chengji_proto::service::{Page, ProposalService};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::{Tx, View};
use chengji_transport::Permit;
use jiff::Timestamp;

use super::gate::{self, Consented};
use super::{proposals, standing};
use crate::caller::Caller;
use crate::own_log::OwnLog;

/// Serves [`ProposalService`].
#[derive(Clone)]
pub(crate) struct NodeProposalService {
    /// The city's log.
    pub(crate) own: OwnLog,
}

impl NodeProposalService {
    /// The proposal of this number, if the caller sees it.
    fn seen(
        &self,
        view: &(impl View + ?Sized),
        (caller, at): (&Caller, Timestamp),
        number: &str,
    ) -> Result<Proposal> {
        let proposal = proposals::named(&self.own, view, number)?;
        let is_seen = match (caller.rights.departments(at), proposal.department) {
            (None, _) => true,
            (Some(departments), Some(department)) => departments.contains(&department),
            (Some(_), None) => false,
        };
        if is_seen {
            return Ok(proposal);
        }
        let number = proposal.number;
        Err(Error::new(
            ErrorCode::NotFound,
            msg::ProposalNotFound { number },
        ))
    }

    /// Changes the proposal of this number.
    async fn change<T: Send + 'static>(
        &self,
        caller: Caller,
        number: String,
        step: impl FnOnce(&OwnLog, &mut Tx<'_>, (&Caller, Timestamp), Proposal) -> Result<T>
        + Send
        + 'static,
    ) -> Result<T> {
        let (this, at) = (self.clone(), self.own.now());
        let job = move |tx: &mut Tx<'_>| {
            let proposal = this.seen(tx, (&caller, at), &number)?;
            step(&this.own, tx, (&caller, at), proposal)
        };
        self.own.ledger.write(job).await
    }

    pub(super) fn page(
        &self,
        caller: &Caller,
        asked: &v1::ListProposalsRequest,
    ) -> Result<Page<v1::Proposal>> {
        let departments = caller.rights.departments(self.own.now());
        proposals::page(self.own.ledger.kv().as_ref(), asked, departments)
    }

    pub(super) fn standing(
        &self,
        caller: &Caller,
        asked: &v1::ListStandingRequest,
    ) -> Result<Page<v1::StandingConsentState>> {
        let (kv, now) = (self.own.ledger.kv().as_ref(), self.own.now());
        let departments = caller.rights.departments(now);
        standing::page(kv, asked, departments.as_ref(), now)
    }

    pub(crate) async fn consent_as(&self, caller: Caller, number: String) -> Result<Proposal> {
        match self.change(caller, number, gate::consent).await? {
            Consented::Made(proposal) => Ok(*proposal),
            Consented::Overtaken(error) => Err(error),
        }
    }

    pub(super) async fn decline_as(
        &self,
        caller: Caller,
        asked: v1::DeclineProposalRequest,
    ) -> Result<Proposal> {
        let v1::DeclineProposalRequest { id, reason } = asked;
        self.change(caller, id, |own, tx, caller, proposal| {
            gate::decline(own, tx, caller, proposal, reason)
        })
        .await
    }

    pub(super) async fn take_back_as(&self, caller: Caller, number: String) -> Result<Proposal> {
        self.change(caller, number, gate::take_back).await
    }

    pub(super) async fn give(&self, caller: Caller, order: StandingOrder) -> Result<StandingView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let job = move |tx: &mut Tx<'_>| standing::give(&own, tx, (&caller, at), order);
        self.own.ledger.write(job).await
    }

    pub(super) async fn end(&self, caller: Caller, order: EntryOrder) -> Result<StandingView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let job = move |tx: &mut Tx<'_>| standing::end(&own, tx, (&caller, at), order);
        self.own.ledger.write(job).await
    }
}

impl ProposalService<Permit> for NodeProposalService {
    async fn list(
        &self,
        permit: Permit,
        asked: v1::ListProposalsRequest,
    ) -> Result<Page<v1::Proposal>> {
        let (this, caller) = (self.clone(), Caller::of(&permit));
        off_thread(move || this.page(&caller, &asked)).await
    }

    async fn show(&self, permit: Permit, asked: v1::ShowProposalRequest) -> Result<Proposal> {
        let (kv, caller) = (self.own.ledger.kv().as_ref(), Caller::of(&permit));
        self.seen(kv, (&caller, self.own.now()), &asked.id)
    }

    async fn consent(&self, permit: Permit, asked: v1::ConsentRequest) -> Result<Proposal> {
        self.consent_as(Caller::of(&permit), asked.id).await
    }

    async fn decline(&self, permit: Permit, asked: v1::DeclineProposalRequest) -> Result<Proposal> {
        self.decline_as(Caller::of(&permit), asked).await
    }

    async fn take_back(
        &self,
        permit: Permit,
        asked: v1::TakeBackProposalRequest,
    ) -> Result<Proposal> {
        self.take_back_as(Caller::of(&permit), asked.id).await
    }

    async fn give_standing(&self, permit: Permit, order: StandingOrder) -> Result<StandingView> {
        self.give(Caller::of(&permit), order).await
    }

    async fn end_standing(&self, permit: Permit, order: EntryOrder) -> Result<StandingView> {
        self.end(Caller::of(&permit), order).await
    }

    async fn list_standing(
        &self,
        permit: Permit,
        asked: v1::ListStandingRequest,
    ) -> Result<Page<v1::StandingConsentState>> {
        let (this, caller) = (self.clone(), Caller::of(&permit));
        off_thread(move || this.standing(&caller, &asked)).await
    }
}

#[cfg(test)]
#[path = "reads_tests.rs"]
mod reads_tests;

//! The requests of the whole cluster, for operators and auditors; the course of disputes, and findings.

use std::sync::Arc;

use chengji_access::roster;
use chengji_clock::Clock;
use chengji_domain::findings::Finding;
use chengji_domain::request::{Move, RequestRecord};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_follow::request_table::{self, Shown};
use chengji_messages::msg;
use chengji_proto::convert::{MoveOrder, RequestView};
use chengji_proto::service::{BrokerService, Page};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::{Ledger, Tx, View};
use chengji_transport::Permit;
use jiff::Timestamp;

use crate::deadlines::Deadlines;
use crate::requests::{self, Conclusion, Disputes};
use crate::shown_acts;

/// The service.
#[derive(Clone)]
pub struct Broker {
    /// The ledger with the requests.
    pub ledger: Ledger,
    /// Calendar and deadline rules.
    pub deadlines: Arc<Deadlines>,
    /// The settings about disputes.
    pub disputes: Disputes,
    /// The clock.
    pub clock: Clock,
}

impl Broker {
    /// A page of requests, newest first; of overdue ones, the earliest deadline first.
    pub fn list(&self, request: &v1::ListRequestsRequest) -> Result<Page<v1::Request>> {
        if request.attention {
            let message = msg::AttentionAtNodesOnly;
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        let (kv, at) = (&**self.ledger.kv(), (self.clock)());
        let departed = roster::departed(kv)?;
        let shown = Shown {
            at,
            reader: None,
            further: &|record| further(kv, record, (at, &departed)),
        };
        let mut page = request_table::page(kv, request, shown)?;
        page.items.iter_mut().for_each(|item| self.mark(item));
        Ok(page)
    }

    /// Marks a dispute without a record of the negotiation that the settings require.
    fn mark(&self, item: &mut v1::Request) {
        let disputed = matches!(
            item.state(),
            v1::RequestState::Disputed | v1::RequestState::Referred
        );
        if self.disputes.negotiation_required && disputed && lacks_negotiation(item) {
            item.attention.push(v1::Attention::NotNegotiated.into());
        }
    }

    /// Returns one request, by its number in full or short.
    pub fn show(&self, number: &str) -> Result<RequestView> {
        let kv = &**self.ledger.kv();
        let id = request_table::resolve(kv, number)?;
        let (record, now) = (request_table::existing(kv, id)?, (self.clock)());
        let further = further(kv, &record, (now, &roster::departed(kv)?))?;
        Ok(RequestView {
            further,
            ..view(record, now)
        })
    }

    /// Records the course of a dispute in the request of this number, in full or short.
    pub async fn conclude(
        &self,
        by: Principal,
        number: &str,
        conclusion: Conclusion,
    ) -> Result<RequestView> {
        let id = request_table::resolve(&**self.ledger.kv(), number)?;
        let (deadlines, now) = (Arc::clone(&self.deadlines), (self.clock)());
        let disputes = self.disputes;
        let job = move |tx: &mut Tx<'_>| {
            let rules = (&*deadlines, disputes);
            requests::conclude(tx, rules, now, &by, (id, conclusion))
        };
        Ok(view(self.ledger.write(job).await?, now))
    }

    /// Enters a finding about a member.
    pub async fn enter_finding(&self, by: Principal, finding: Finding) -> Result<v1::Finding> {
        shown_acts::enter(&self.ledger, (self.clock)(), by, finding).await
    }
}

/// Returns true if the last dispute of a listed request has no record of a negotiation.
fn lacks_negotiation(item: &v1::Request) -> bool {
    use v1::r#move::Move as Wire;
    let mut moves = item.steps.iter().rev();
    let negotiation = moves.find_map(|step| match step.r#move.as_ref()?.r#move.as_ref()? {
        Wire::Dispute(dispute) => Some(&dispute.negotiation),
        _ => None,
    });
    negotiation.is_some_and(|negotiation| negotiation.trim().is_empty())
}

/// The course of a dispute that an operator's move records.
fn conclusion(mv: Move) -> Result<Conclusion> {
    match mv {
        Move::Mediate {
            agreement,
            document,
        } => Ok(Conclusion::Mediated {
            agreement,
            document,
        }),
        Move::Refer {
            authority,
            reason,
            document,
        } => Ok(Conclusion::Referred {
            authority,
            reason,
            document,
        }),
        other => {
            let action = other.kind().label();
            let message = msg::MoveNotOfOperators { action };
            Err(Error::new(ErrorCode::InvalidArgument, message))
        }
    }
}

/// The request as of this time, as the coordinator sees it.
pub(crate) fn view(record: RequestRecord, at: Timestamp) -> RequestView {
    let reader = None;
    let (received_at, proposals, further) = (None, Vec::new(), Vec::new());
    RequestView {
        record,
        at,
        reader,
        received_at,
        proposals,
        further,
        fetches_counted: None,
    }
}

/// Finds reasons for attention that are in other records than the request's: it waits for an approval, or one of its
/// cities has left.
fn further(
    view: &(impl View + ?Sized),
    record: &RequestRecord,
    (now, departed): (Timestamp, &[CityCode]),
) -> Result<Vec<v1::Attention>> {
    let mut further = Vec::new();
    if requests::awaits(view, record)? {
        further.push(v1::Attention::AwaitsApproval);
    }
    let history = &record.history;
    let parties = [history.consumer(), history.provider()];
    if parties.iter().any(|party| departed.contains(party))
        && record.shown_state(now)?.turn().is_some()
    {
        further.push(v1::Attention::PartyLeft);
    }
    Ok(further)
}

impl BrokerService<Permit> for Broker {
    async fn list(&self, _: Permit, asked: v1::ListRequestsRequest) -> Result<Page<v1::Request>> {
        let this = self.clone();
        off_thread(move || Self::list(&this, &asked)).await
    }

    async fn show(&self, _: Permit, asked: v1::ShowRequestRequest) -> Result<RequestView> {
        Self::show(self, &asked.id)
    }

    async fn mediate(&self, permit: Permit, asked: MoveOrder) -> Result<RequestView> {
        let by = permit.principal().clone();
        self.conclude(by, &asked.request, conclusion(asked.mv)?)
            .await
    }

    async fn refer(&self, permit: Permit, asked: MoveOrder) -> Result<RequestView> {
        let by = permit.principal().clone();
        self.conclude(by, &asked.request, conclusion(asked.mv)?)
            .await
    }

    async fn decide(&self, permit: Permit, asked: v1::DecideRequest) -> Result<RequestView> {
        let decided = Conclusion::Decided {
            government: asked.government,
            document: asked.document,
            reason: asked.reason,
            answers_anew: asked.answer_anew,
        };
        self.conclude(permit.principal().clone(), &asked.id, decided)
            .await
    }

    async fn count_acts(
        &self,
        _: Permit,
        asked: v1::CountActsRequest,
    ) -> Result<Page<v1::CityActs>> {
        let ledger = self.ledger.clone();
        off_thread(move || shown_acts::counted(&**ledger.kv(), &asked)).await
    }

    async fn enter_finding(&self, permit: Permit, finding: Finding) -> Result<v1::Finding> {
        Self::enter_finding(self, permit.principal().clone(), finding).await
    }

    async fn list_findings(
        &self,
        _: Permit,
        asked: v1::ListFindingsRequest,
    ) -> Result<Page<v1::Finding>> {
        let ledger = self.ledger.clone();
        off_thread(move || shown_acts::entered(&**ledger.kv(), &asked)).await
    }
}

#[cfg(test)]
#[path = "broker_tests.rs"]
mod tests;

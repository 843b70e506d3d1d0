//! The request service: the calls of the city's own staff on requests.

use std::sync::Arc;

use chengji_domain::access::{Rights, Role};
use chengji_domain::request::{Actor, Party, RequestId, RequestRecord, Submission};
use chengji_domain::tables::Tables;
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_follow::request_table;
use chengji_messages::msg;
use chengji_proto::convert::{
    AmendOrder, ConsultOrder, MoveOrder, RequestView, SettlementOrder, StopOrder, SubmissionOrder,
};
use chengji_proto::service::{Page, RequestService};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_transport::Permit;
use jiff::Timestamp;

use super::{orders, records};
use crate::catalogue::mount::check_mounted;
use crate::delivery::receipts;
use crate::own_log::OwnLog;

/// The longest idempotency key, bytes.
const MAX_KEY: usize = 64;

/// Serves [`RequestService`].
#[derive(Clone)]
pub struct NodeRequestService {
    /// The city's log.
    pub own: OwnLog,
    /// By which deadlines are extended, and the time to mend is limited.
    pub tables: Arc<Tables>,
}

impl NodeRequestService {
    async fn submit_as(
        &self,
        by: Principal,
        rights: &Rights,
        order: SubmissionOrder,
    ) -> Result<RequestView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let submission = for_department(order.submission, rights)?;
        submission.check()?;
        if submission.resource.city == own.city {
            let message = msg::OwnResourceNeedsNoRequest {
                resource: submission.resource,
            };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        let key = order.idempotency_key;
        if key.len() > MAX_KEY {
            let message = msg::IdempotencyKeyTooLong { most: MAX_KEY };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        let job = move |tx: &mut chengji_store::Tx<'_>| {
            let actor = Actor::new(by, submission.department);
            records::submit(&own, tx, actor, at, submission, &key)
        };
        self.view(self.own.ledger.write(job).await?, at)
    }

    async fn make_move(&self, by: Actor, order: MoveOrder) -> Result<RequestView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let MoveOrder { request, mv } = order;
        mv.check()?;
        let id = self.resolve(&request)?;
        let job = move |tx: &mut chengji_store::Tx<'_>| {
            records::entry_time(tx, at)?;
            records::make_move(&own, tx, by, at, id, mv)
        };
        self.view(self.own.ledger.write(job).await?, at)
    }

    async fn act_on_deliveries(&self, by: Actor, order: StopOrder) -> Result<RequestView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let StopOrder { request, act } = order;
        let id = self.resolve(&request)?;
        let job = move |tx: &mut chengji_store::Tx<'_>| {
            records::act_on_deliveries(&own, tx, (by, at), id, act)
        };
        self.view(self.own.ledger.write(job).await?, at)
    }

    fn page(&self, asked: &v1::ListRequestsRequest) -> Result<Page<v1::Request>> {
        let kv = self.own.ledger.kv().as_ref();
        request_table::page(kv, asked, self.own.now(), Some(self.own.city))
    }

    async fn acknowledge(&self, asked: v1::AcknowledgeRequest) -> Result<RequestView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let id = self.resolve(&asked.id)?;
        let job = move |tx: &mut chengji_store::Tx<'_>| records::acknowledge(&own, tx, id);
        self.view(self.own.ledger.write(job).await?, at)
    }

    fn view(&self, record: RequestRecord, at: Timestamp) -> Result<RequestView> {
        Ok(RequestView {
            received_at: self.received_at(&record)?,
            record,
            at,
            reader: Some(self.own.city),
        })
    }

    fn resolve(&self, id: &str) -> Result<RequestId> {
        records::resolve(self.own.ledger.kv().as_ref(), id)
    }

    fn record(&self, id: &str) -> Result<RequestRecord> {
        records::existing(self.own.ledger.kv().as_ref(), self.resolve(id)?)
    }

    /// Refuses a move of both parties by a person without the role of this city's party.
    fn check_role(&self, rights: &Rights, request: &str) -> Result<()> {
        let party = self.record(request)?.history.party_of(self.own.city);
        let role = match party {
            Some(Party::Consumer) => Role::Consumer,
            Some(Party::Provider | Party::Coordinator) | None => Role::Approver,
        };
        if rights.roles().contains(&role) {
            return Ok(());
        }
        let role = role.label();
        Err(Error::new(ErrorCode::Denied, msg::MoveNeedsRole { role }))
    }

    /// Refuses to offer an entry of this city without mounted data.
    fn check_offered(&self, request: &str) -> Result<()> {
        let history = self.record(request)?.history;
        match history.provider() == self.own.city {
            true => check_mounted(
                self.own.ledger.kv().as_ref(),
                &history.submission.resource.code,
            ),
            false => Ok(()),
        }
    }

    /// Time at which this city, as the consumer, last received the data.
    fn received_at(&self, record: &RequestRecord) -> Result<Option<Timestamp>> {
        let history = &record.history;
        if history.consumer() != self.own.city {
            return Ok(None);
        }
        let newest = receipts::received(self.own.ledger.kv().as_ref(), history.id)?;
        Ok(newest.map(|receipt| receipt.at))
    }
}

/// The caller as an actor, with what is known of it.
fn actor(permit: &Permit) -> Actor {
    Actor::new(permit.principal().clone(), permit.rights().department())
}

/// The submission for the department that it names, or else for the caller's own. Errors: `DENIED` for a
/// department that the caller does not act for.
fn for_department(submission: Submission, rights: &Rights) -> Result<Submission> {
    let department = match submission.department {
        None => rights.department(),
        Some(asked) if rights.cover(asked) => Some(asked),
        Some(asked) => {
            let message = msg::DepartmentNotCovered {
                department: asked,
                rights,
            };
            return Err(Error::new(ErrorCode::Denied, message));
        }
    };
    Ok(Submission {
        department,
        ..submission
    })
}

impl RequestService<Permit> for NodeRequestService {
    async fn submit(&self, permit: Permit, order: SubmissionOrder) -> Result<RequestView> {
        let (by, rights) = (permit.principal().clone(), permit.rights());
        self.submit_as(by, rights, order).await
    }

    async fn list(&self, _: Permit, asked: v1::ListRequestsRequest) -> Result<Page<v1::Request>> {
        let this = self.clone();
        off_thread(move || this.page(&asked)).await
    }

    async fn show(&self, _: Permit, asked: v1::ShowRequestRequest) -> Result<RequestView> {
        self.view(self.record(&asked.id)?, self.own.now())
    }

    async fn ask_supplement(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn supplement(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn extend(&self, permit: Permit, asked: v1::ExtendRequest) -> Result<RequestView> {
        let request = asked.id.clone();
        let mv = orders::extension(&self.record(&request)?, &self.tables, asked)?;
        self.make_move(actor(&permit), MoveOrder { request, mv })
            .await
    }

    async fn grant(&self, permit: Permit, asked: v1::GrantRequest) -> Result<RequestView> {
        let request = asked.id.clone();
        let mv = orders::grant(&self.record(&request)?, asked, self.own.now())?;
        self.make_move(actor(&permit), MoveOrder { request, mv })
            .await
    }

    async fn refuse(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn withdraw(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn dispute(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.check_role(permit.rights(), &order.request)?;
        self.make_move(actor(&permit), order).await
    }

    async fn stop(&self, permit: Permit, order: StopOrder) -> Result<RequestView> {
        self.act_on_deliveries(actor(&permit), order).await
    }

    async fn lift_stop(&self, permit: Permit, order: StopOrder) -> Result<RequestView> {
        self.act_on_deliveries(actor(&permit), order).await
    }

    async fn acknowledge(&self, _: Permit, asked: v1::AcknowledgeRequest) -> Result<RequestView> {
        Self::acknowledge(self, asked).await
    }

    async fn offer(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.check_offered(&order.request)?;
        self.make_move(actor(&permit), order).await
    }

    async fn ask_amendment(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn amend(&self, permit: Permit, asked: AmendOrder) -> Result<RequestView> {
        let request = asked.request.clone();
        let mv = orders::amendment(&self.record(&request)?, asked, self.own.now())?;
        self.make_move(actor(&permit), MoveOrder { request, mv })
            .await
    }

    async fn decline_amendment(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn suspend(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        orders::check_mending(&self.tables, &order.mv, self.own.now())?;
        self.make_move(actor(&permit), order).await
    }

    async fn report_mended(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn resume(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn consult(&self, permit: Permit, asked: ConsultOrder) -> Result<RequestView> {
        let request = asked.request.clone();
        let mv = orders::consultation(&self.record(&request)?, asked, self.own.now())?;
        self.make_move(actor(&permit), MoveOrder { request, mv })
            .await
    }

    async fn answer_consultation(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn terminate(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn change(&self, permit: Permit, asked: v1::ChangeGrantRequest) -> Result<RequestView> {
        let request = asked.id;
        let mv = orders::change(&self.record(&request)?)?;
        self.make_move(actor(&permit), MoveOrder { request, mv })
            .await
    }

    async fn propose_settlement(
        &self,
        permit: Permit,
        asked: SettlementOrder,
    ) -> Result<RequestView> {
        self.check_role(permit.rights(), &asked.request)?;
        let request = asked.request.clone();
        let mv = orders::settlement(&self.record(&request)?, asked, self.own.now())?;
        self.make_move(actor(&permit), MoveOrder { request, mv })
            .await
    }

    async fn accept_settlement(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.check_role(permit.rights(), &order.request)?;
        self.make_move(actor(&permit), order).await
    }

    async fn close(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }
}

#[cfg(test)]
#[path = "reads_tests.rs"]
mod reads_tests;

#[cfg(test)]
mod tests {
    use chengji_domain::ResourceRef;
    use chengji_domain::catalogue::ShareManner;

    use super::*;

    #[test]
    fn a_request_is_for_the_callers_department_unless_the_caller_acts_for_all() {
        let [own, other] =
            ["91350100M000100Y43", "114302000069920125"].map(|code| Some(code.parse().unwrap()));
        let of = |department| Rights::new([Role::Consumer], department).unwrap();
        let asked = |department, rights: &Rights| {
            let submission = Submission {
                resource: ResourceRef {
                    city: "430200".parse().unwrap(),
                    code: "201001/000001".parse().unwrap(),
                },
                purpose: String::new(),
                legal_basis: String::new(),
                scope: String::new(),
                scenario: String::new(),
                manner: ShareManner::File,
                period_days: 1,
                department,
            };
            let taken = for_department(submission, rights);
            taken
                .map(|taken| taken.department)
                .map_err(|error| error.code())
        };
        assert_eq!(asked(None, &of(own)), Ok(own));
        assert_eq!(asked(own, &of(own)), Ok(own));
        assert_eq!(asked(other, &of(own)), Err(ErrorCode::Denied));
        assert_eq!(asked(None, &of(None)), Ok(None));
        assert_eq!(asked(other, &of(None)), Ok(other));
    }
}

//! The request service: the calls of the city's own staff on requests.

use chengji_access::roster;
use chengji_domain::access::{Rights, Role};
use chengji_domain::request::terms::Scope;
use chengji_domain::request::{Actor, RequestId, RequestRecord, Submission};
use chengji_domain::stop::StopAct;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::request_table::{self, Shown};
use chengji_messages::msg;
use chengji_proto::convert::{
    AmendOrder, ConsultOrder, MoveOrder, PaperedOrder, RequestView, ScopeTexts, SettlementOrder,
    StopOrder, SubmissionOrder, Submitted, scope_texts_from,
};
use chengji_proto::service::{Page, RequestService};
use chengji_proto::v1;
use chengji_runtime::{CurrentRules, off_thread};
use chengji_sources::Sources;
use chengji_transport::Permit;
use jiff::Timestamp;

use super::{attention, departments, orders, records};
use crate::caller::Caller;
use crate::catalogue::granting;
use crate::catalogue::lifecycles;
use crate::catalogue::mounts::check_mounted;
use crate::consent::ConsentRules;
use crate::consent::gate::{self, Made};
use crate::consent::proposals;
use crate::delivery::{metering, receipts};
use crate::own_log::OwnLog;

/// The longest idempotency key, bytes.
const MAX_KEY: usize = 64;

/// Serves [`RequestService`].
#[derive(Clone)]
pub struct NodeRequestService {
    /// The city's log.
    pub own: OwnLog,
    /// By which deadlines are extended, and the time to mend is limited.
    pub rules: CurrentRules,
    /// The rules of consent.
    pub consent: ConsentRules,
    /// True if the bureau answers for departments.
    pub bureau_answers: bool,
    /// The declared sources, whose tables are granted in parts.
    pub sources: Sources,
}

impl NodeRequestService {
    async fn submit_as(&self, by: Caller, order: SubmissionOrder) -> Result<Submitted> {
        let (own, at, rules) = (self.own.clone(), self.own.now(), self.consent);
        let submission = for_department(order.submission, &by.rights, at);
        let department = submission.department;
        let actor = Actor {
            department,
            ..by.actor(Role::Consumer, department, at)?
        };
        submission.check()?;
        if let Some(part) = &submission.part {
            granting::check_wanted(part)?;
        }
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
            let act = (actor, at, by.paper.as_str());
            gate::submit(&own, tx, rules, act, submission, &key)
        };
        Ok(match self.own.ledger.write(job).await? {
            Made::Request(record) => Submitted::Request(Box::new(self.view(*record, at)?)),
            Made::Proposal(proposal) => Submitted::Proposal(proposal),
        })
    }

    async fn make_move(&self, by: Caller, order: MoveOrder) -> Result<RequestView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let MoveOrder { request, mv } = order;
        mv.check()?;
        let id = self.resolve(&request)?;
        let (rules, bureau_answers) = (self.consent, self.bureau_answers);
        let job = move |tx: &mut chengji_store::Tx<'_>| {
            records::entry_time(tx, at)?;
            let record = records::existing(tx, id)?;
            let moving = (&mv, bureau_answers);
            let actor = departments::mover(&own, tx, (&by, at), &record, moving)?;
            let act = (actor, at, by.paper.as_str());
            gate::make_move(&own, tx, rules, act, id, mv)
        };
        self.view(self.own.ledger.write(job).await?, at)
    }

    async fn act_on_deliveries(&self, by: Caller, order: StopOrder) -> Result<RequestView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let StopOrder { request, act } = order;
        let id = self.resolve(&request)?;
        // A stop waits for no delegation; that it is lifted is for the department to say.
        let bureau_acts = self.bureau_answers || matches!(act, StopAct::Stopped { .. });
        let job = move |tx: &mut chengji_store::Tx<'_>| {
            let record = records::existing(tx, id)?;
            let actor = departments::actor(&own, tx, (&by, at), &record, bureau_acts)?;
            records::act_on_deliveries(&own, tx, (actor, at), id, act)
        };
        self.view(self.own.ledger.write(job).await?, at)
    }

    fn page(&self, caller: &Caller, asked: &v1::ListRequestsRequest) -> Result<Page<v1::Request>> {
        let (kv, at) = (self.own.ledger.kv().as_ref(), self.own.now());
        if asked.attention {
            return attention::page(&self.own, kv, (caller, at), asked);
        }
        let departed = roster::departed(kv)?;
        let shown = Shown {
            at,
            reader: Some(self.own.city),
            further: &|record| attention::further((self.own.city, &departed), record, at),
        };
        match departments::page(kv, (caller, shown), asked)? {
            Some(page) => Ok(page),
            None => request_table::page(kv, asked, shown),
        }
    }

    async fn acknowledge(&self, by: Caller, asked: v1::AcknowledgeRequest) -> Result<RequestView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let id = self.resolve(&asked.id)?;
        let job = move |tx: &mut chengji_store::Tx<'_>| {
            let history = records::existing(tx, id)?.history;
            departments::check_visible(&own, tx, (&by, at), &history)?;
            records::acknowledge(&own, tx, id)
        };
        self.view(self.own.ledger.write(job).await?, at)
    }

    /// The request of this number, in full or short, if the caller sees it.
    fn seen(&self, caller: &Caller, id: &str) -> Result<RequestRecord> {
        let (kv, at) = (self.own.ledger.kv().as_ref(), self.own.now());
        let record = self.record(id)?;
        departments::check_visible(&self.own, kv, (caller, at), &record.history)?;
        Ok(record)
    }

    fn show_to(&self, caller: &Caller, id: &str) -> Result<RequestView> {
        let at = self.own.now();
        self.view(self.seen(caller, id)?, at)
    }

    fn view(&self, record: RequestRecord, at: Timestamp) -> Result<RequestView> {
        let kv = self.own.ledger.kv().as_ref();
        let departed = roster::departed(kv)?;
        Ok(RequestView {
            received_at: self.received_at(&record)?,
            proposals: proposals::open_of(kv, record.history.id)?,
            further: attention::further((self.own.city, &departed), &record, at)?,
            fetches_counted: match record.history.provider() == self.own.city {
                true => metering::counted(kv, &record.history)?,
                false => None,
            },
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

    /// The scope of the part of the mounted table that is proposed; `None` if none is, or the entry is another city's,
    /// which only its provider grants.
    async fn part(
        &self,
        record: &RequestRecord,
        texts: Option<ScopeTexts>,
    ) -> Result<Option<Scope>> {
        let Some(texts) = texts.filter(|_| record.history.provider() == self.own.city) else {
            return Ok(None);
        };
        let (kv, code) = (
            self.own.ledger.kv().as_ref(),
            &record.history.submission.resource.code,
        );
        granting::part(&self.sources, kv, code, texts)
            .await
            .map(Some)
    }

    /// The scope of a grant of the entry of a request for which nothing else is said.
    fn usual(&self, record: &RequestRecord) -> Result<Scope> {
        match record.history.provider() == self.own.city {
            true => {
                let code = &record.history.submission.resource.code;
                granting::usual_for_people(self.own.ledger.kv().as_ref(), code)
            }
            false => Ok(Scope::File),
        }
    }

    /// Refuses to offer an entry of this city without mounted data.
    fn check_offered(&self, caller: &Caller, request: &str) -> Result<()> {
        let history = self.seen(caller, request)?.history;
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

/// The caller of a move or an act.
fn actor(permit: &Permit) -> Caller {
    Caller::of(permit)
}

/// The submission for the department that it names, or else for that of the rights with which the caller requests.
fn for_department(submission: Submission, rights: &Rights, at: Timestamp) -> Submission {
    let department = submission.department;
    Submission {
        department: department.or_else(|| rights.usual_department(Role::Consumer, at)),
        ..submission
    }
}

impl RequestService<Permit> for NodeRequestService {
    async fn submit(&self, permit: Permit, mut order: SubmissionOrder) -> Result<Submitted> {
        let paper = std::mem::take(&mut order.paper);
        self.submit_as(actor(&permit).on_paper(paper), order).await
    }

    async fn list(
        &self,
        permit: Permit,
        asked: v1::ListRequestsRequest,
    ) -> Result<Page<v1::Request>> {
        let (this, caller) = (self.clone(), Caller::of(&permit));
        off_thread(move || this.page(&caller, &asked)).await
    }

    async fn show(&self, permit: Permit, asked: v1::ShowRequestRequest) -> Result<RequestView> {
        self.show_to(&actor(&permit), &asked.id)
    }

    async fn ask_supplement(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn supplement(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn extend(&self, permit: Permit, asked: v1::ExtendRequest) -> Result<RequestView> {
        let by = actor(&permit).on_paper(asked.paper.clone());
        let request = asked.id.clone();
        let mv = orders::extension(&self.seen(&by, &request)?, &self.rules, asked)?;
        self.make_move(by, MoveOrder { request, mv }).await
    }

    async fn grant(&self, permit: Permit, asked: v1::GrantRequest) -> Result<RequestView> {
        let by = actor(&permit).on_paper(asked.paper.clone());
        let request = asked.id.clone();
        let record = self.seen(&by, &request)?;
        let part = asked.table.as_ref().map(scope_texts_from);
        let part = match self.part(&record, part).await? {
            Some(part) => part,
            None => self.usual(&record)?,
        };
        let mv = orders::grant(&record, asked, part, self.own.now())?;
        self.make_move(by, MoveOrder { request, mv }).await
    }

    async fn refuse(&self, permit: Permit, asked: PaperedOrder) -> Result<RequestView> {
        let by = actor(&permit).on_paper(asked.paper);
        self.make_move(by, asked.order).await
    }

    async fn withdraw(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn dispute(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn stop(&self, permit: Permit, order: StopOrder) -> Result<RequestView> {
        self.act_on_deliveries(actor(&permit), order).await
    }

    async fn lift_stop(&self, permit: Permit, order: StopOrder) -> Result<RequestView> {
        self.act_on_deliveries(actor(&permit), order).await
    }

    async fn acknowledge(
        &self,
        permit: Permit,
        asked: v1::AcknowledgeRequest,
    ) -> Result<RequestView> {
        Self::acknowledge(self, actor(&permit), asked).await
    }

    async fn offer(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        let by = actor(&permit);
        self.check_offered(&by, &order.request)?;
        self.make_move(by, order).await
    }

    async fn ask_amendment(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn amend(&self, permit: Permit, asked: AmendOrder) -> Result<RequestView> {
        let by = actor(&permit).on_paper(asked.paper.clone());
        let request = asked.request.clone();
        let record = self.seen(&by, &request)?;
        let part = self.part(&record, asked.grant.part.clone()).await?;
        let mv = orders::amendment(&record, asked, part, self.own.now())?;
        self.make_move(by, MoveOrder { request, mv }).await
    }

    async fn decline_amendment(&self, permit: Permit, asked: PaperedOrder) -> Result<RequestView> {
        let by = actor(&permit).on_paper(asked.paper);
        let MoveOrder { request, mv } = asked.order;
        let mv = orders::declined(&self.seen(&by, &request)?, mv)?;
        self.make_move(by, MoveOrder { request, mv }).await
    }

    async fn suspend(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        let by = actor(&permit);
        let consumer = self.seen(&by, &order.request)?.history.consumer();
        orders::check_mending(&self.rules.of(consumer), &order.mv, self.own.now())?;
        self.make_move(by, order).await
    }

    async fn report_mended(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn resume(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn consult(&self, permit: Permit, mut asked: ConsultOrder) -> Result<RequestView> {
        let (by, request) = (actor(&permit), asked.request.clone());
        let record = self.seen(&by, &request)?;
        let code = &record.history.submission.resource.code;
        asked.of_entry |= lifecycles::restricts_shares(self.own.ledger.kv().as_ref(), code)?;
        let texts = asked.change.as_ref().and_then(|change| change.part.clone());
        let part = self.part(&record, texts).await?;
        let rules = self.rules.of(record.history.provider());
        let mv = orders::consultation(&record, &rules, (asked, part), self.own.now())?;
        self.make_move(by, MoveOrder { request, mv }).await
    }

    async fn answer_consultation(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn terminate(&self, permit: Permit, asked: PaperedOrder) -> Result<RequestView> {
        let by = actor(&permit).on_paper(asked.paper);
        self.make_move(by, asked.order).await
    }

    async fn change(&self, permit: Permit, asked: v1::ChangeGrantRequest) -> Result<RequestView> {
        let (by, request) = (actor(&permit).on_paper(asked.paper), asked.id);
        let mv = orders::change(&self.seen(&by, &request)?)?;
        self.make_move(by, MoveOrder { request, mv }).await
    }

    async fn propose_settlement(
        &self,
        permit: Permit,
        asked: SettlementOrder,
    ) -> Result<RequestView> {
        let by = actor(&permit).on_paper(asked.paper.clone());
        let request = asked.request.clone();
        let record = self.seen(&by, &request)?;
        let texts = asked.grant.as_ref().and_then(|grant| grant.part.clone());
        let part = self.part(&record, texts).await?;
        let usual = || self.usual(&record);
        let mv = orders::settlement(&record, asked, (part, usual), self.own.now())?;
        self.make_move(by, MoveOrder { request, mv }).await
    }

    async fn withdraw_dispute(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
        self.make_move(actor(&permit), order).await
    }

    async fn accept_settlement(&self, permit: Permit, order: MoveOrder) -> Result<RequestView> {
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
    use super::*;

    #[test]
    fn a_request_is_for_the_callers_department_unless_the_caller_acts_for_all() {
        let [own, other] =
            ["91350100M000100Y43", "114302000069920125"].map(|code| Some(code.parse().unwrap()));
        let of = |department| Rights::new([Role::Consumer], department).unwrap();
        let asked = |department, rights: &Rights| {
            let submission = Submission {
                department,
                ..chengji_testkit::requests::submission("430200:201001000001")
            };
            let at = Timestamp::UNIX_EPOCH;
            let taken = for_department(submission, rights, at).department;
            let caller = Caller::new("city/430100/person/a".parse().unwrap(), rights.clone());
            let actor = caller.actor(Role::Consumer, taken, at);
            actor.map(|_| taken).map_err(|error| error.code())
        };
        assert_eq!(asked(None, &of(own)), Ok(own));
        assert_eq!(asked(own, &of(own)), Ok(own));
        assert_eq!(asked(other, &of(own)), Err(ErrorCode::Denied));
        assert_eq!(asked(None, &of(None)), Ok(None));
        assert_eq!(asked(other, &of(None)), Ok(other));
    }
}

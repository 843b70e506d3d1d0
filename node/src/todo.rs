//! Worklists (待办): what is a person's to do, by deadline.
//!
//! A worklist is read from the indexes of requests, corrections, demands, proposals, return flows, due usage records and
//! entries with a deadline, page by page. Its items follow from the rights of the caller, including those of the people
//! it stands in for.

mod entries;
mod matters;
mod returns;
mod usages;

use std::collections::BTreeSet;
use std::ops::Bound;

use chengji_access::roster;
use chengji_domain::access::{ActsFor, Role};
use chengji_domain::proposal::{Proposal, ProposedAct};
use chengji_domain::request::{
    Countersigner, Due, DueAct, Party, RequestHistory, RequestId, RequestRecord,
};
use chengji_domain::{CityCode, ErrorCode, ResourceCode, Result, Uscc};
use chengji_follow::request_table::{self, DUE, NewestFirst, OverdueOrder, open_dues};
use chengji_paging::Pager;
use chengji_proto::convert::{attention_to, due_act_to, role_to, state_to};
use chengji_proto::service::{Page, TodoService};
use chengji_proto::v1;
use chengji_runtime::{CurrentRules, off_thread};
use chengji_store::{KeyValue, Merged};
use chengji_transport::Permit;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::caller::Caller;
use crate::consent::{gate, proposals};
use crate::own_log::OwnLog;
use crate::requests::attention::{self, Numbers, in_one_order};
use crate::requests::departments;

/// The order of a worklist: the part of it, the first deadline of the request or the matter, then newest first.
type TodoOrder = (u8, Date, NewestFirst);

/// The position of something in a worklist: of what has a number its order, of an entry its part, deadline and code.
type Position = (u8, Date, Option<NewestFirst>, Option<ResourceCode>);

/// Something that may be the caller's to do.
enum Candidate {
    /// A request, a correction, a demand, a proposal, a return flow or a notice.
    Numbered(TodoOrder, RequestId),
    /// An entry, with its deadline.
    Entry(Date, ResourceCode),
}

impl Candidate {
    fn position(&self) -> Position {
        match self {
            Self::Numbered((part, date, order), _) => (*part, *date, Some(*order), None),
            Self::Entry(date, code) => (ENTRIES, *date, None, Some(code.clone())),
        }
    }
}

/// The parts of a worklist, in order; the numbers are those of cursors.
const DUES: u8 = 1;
const ATTENTIONS: u8 = 2;
const PROPOSALS: u8 = 3;
const RETURNS: u8 = 4;
const MATTERS: u8 = 5;
const NOTICES: u8 = 6;
const USAGES: u8 = 7;
const ENTRIES: u8 = 8;

/// Serves [`TodoService`].
#[derive(Clone)]
pub(crate) struct NodeTodoService {
    /// The city's log.
    pub(crate) own: OwnLog,
    /// By which the last days of usage records are counted.
    pub(crate) rules: CurrentRules,
}

impl TodoService<Permit> for NodeTodoService {
    async fn list(&self, permit: Permit, asked: v1::ListTodoRequest) -> Result<Page<v1::TodoItem>> {
        let (this, caller) = (self.clone(), Caller::of(&permit));
        off_thread(move || this.page(&caller, &asked)).await
    }
}

impl NodeTodoService {
    fn page(&self, caller: &Caller, asked: &v1::ListTodoRequest) -> Result<Page<v1::TodoItem>> {
        let at = self.own.now();
        let worklist = Worklist {
            own: &self.own,
            rules: &self.rules,
            kv: self.own.ledger.kv().as_ref(),
            caller,
            at,
            departments: caller.rights.departments(at),
            departed: roster::departed(self.own.ledger.kv().as_ref())?,
        };
        let pager = Pager::of(asked)?;
        let dues = in_one_order(worklist.dues(&pager), worklist.matters(&pager));
        let numbered = dues
            .chain(worklist.attentions(&pager))
            .chain(worklist.proposals(&pager))
            .chain(worklist.returns(&pager))
            .chain(worklist.matter_attentions(&pager))
            .chain(worklist.notices(&pager))
            .chain(worklist.usages(&pager));
        let numbered = numbered.map(|row| row.map(|(order, id)| Candidate::Numbered(order, id)));
        let rows = numbered.chain(worklist.entries(&pager));
        let rows = rows.map(|row| row.map(|candidate| (candidate.position(), candidate)));
        pager.fill(rows, |_, candidate| match candidate {
            Candidate::Numbered((DUES, ..), id) => worklist.due(id),
            Candidate::Numbered((ATTENTIONS, ..), id) => worklist.attention(id),
            Candidate::Numbered((RETURNS, _, order), _) => worklist.awaited(order),
            Candidate::Numbered((MATTERS, ..), id) => worklist.matter_attention(id),
            Candidate::Numbered((NOTICES, ..), id) => worklist.notice(id),
            Candidate::Numbered((USAGES, ..), id) => worklist.usage(id),
            Candidate::Numbered(_, id) => worklist.proposal(id),
            Candidate::Entry(_, code) => worklist.entry(&code),
        })
    }
}

/// The worklist of a caller.
struct Worklist<'w> {
    own: &'w OwnLog,
    rules: &'w CurrentRules,
    kv: &'w dyn KeyValue,
    caller: &'w Caller,
    at: Timestamp,
    /// The departments whose affairs the caller sees; `None` for all.
    departments: Option<BTreeSet<Uscc>>,
    /// The cities that have left the cluster.
    departed: Vec<CityCode>,
}

/// Rows of a worklist: the numbers of requests, of corrections and demands, of proposals, of return flows, of notices, and
/// of requests with a due usage record.
type Rows<'r> = Numbers<'r, TodoOrder>;

impl Worklist<'_> {
    /// Requests with an act that is due, by their first deadline.
    fn dues(&self, pager: &Pager<Position>) -> Rows<'_> {
        let Some(after) = after(pager, DUES, |(_, date, order)| (*date, *order)) else {
            return Box::new(std::iter::empty());
        };
        let city = Some(self.own.city);
        let spans = [(city, None), (None, city)]
            .map(|parties| DUE.within(&parties, (after, Bound::Unbounded)));
        let at_once = pager.at_once();
        let merged = Merged::new(self.kv, spans, at_once, |(.., order), _| *order);
        let place = |(date, order): OverdueOrder| (DUES, date, order);
        Box::new(merged.map(move |row| row.map(|((.., order), id)| (place(order), id))))
    }

    /// Requests that need attention, newest first.
    fn attentions(&self, pager: &Pager<Position>) -> Rows<'_> {
        let Some(after) = after(pager, ATTENTIONS, |(.., order)| *order) else {
            return Box::new(std::iter::empty());
        };
        let paged = ((after, Bound::Unbounded), pager.at_once());
        let rows = attention::numbers(self.kv, (self.own.city, &self.departed), paged);
        let place = |order| (ATTENTIONS, Date::ZERO, order);
        Box::new(rows.map(move |row| row.map(|(order, id)| (place(order), id))))
    }

    /// Proposals that wait for the caller's roles, newest first.
    fn proposals(&self, pager: &Pager<Position>) -> Rows<'_> {
        let Some(after) = after(pager, PROPOSALS, |(.., order)| *order) else {
            return Box::new(std::iter::empty());
        };
        let mut countersigners = vec![Countersigner::Consenter, Countersigner::Authority];
        countersigners.retain(|one| self.caller.rights.may_act_as(one.role(), self.at));
        let departments = self.departments.as_ref();
        let paged = (after, pager.at_once());
        let rows = proposals::waiting(self.kv, &countersigners, departments, paged);
        let place = |order| (PROPOSALS, Date::ZERO, order);
        Box::new(rows.map(move |row| row.map(|(order, number)| (place(order), number))))
    }

    /// What the caller has to do in a request with an act that is due: consent to a proposal, or the act. Of a
    /// correction or a demand: the answer.
    fn due(&self, id: RequestId) -> Result<Option<v1::TodoItem>> {
        let Some(record) = request_table::find(self.kv, id)? else {
            return self.matter(id);
        };
        let open = proposals::open_of(self.kv, id)?;
        let first = open.first().map(|proposal| proposal.number);
        for proposal in open {
            if let Some(item) = self.consent(&proposal, Some(&record))? {
                return Ok(Some(item));
            }
        }
        let Some((party, role, acts_for)) = self.part_in(&record.history)? else {
            return Ok(None);
        };
        let Some(due) = self.own_due(&record, party)? else {
            return Ok(None);
        };
        Ok(Some(v1::TodoItem {
            kind: v1::TodoKind::Due.into(),
            proposal: first.map(|number| number.to_string()).unwrap_or_default(),
            role: role_to(role).into(),
            on_behalf_of: represented(acts_for),
            ..with_due(self.in_request(&record)?, due, self.at)
        }))
    }

    /// The item of a request that needs attention.
    fn attention(&self, id: RequestId) -> Result<Option<v1::TodoItem>> {
        let Some(record) = request_table::find(self.kv, id)? else {
            return Ok(None);
        };
        let reasons = record.attention(self.own.city).into_iter();
        let parties = (self.own.city, self.departed.as_slice());
        let further = attention::further(parties, &record, self.at)?;
        let reasons: Vec<_> = reasons.map(attention_to).chain(further).collect();
        let Some((_, role, acts_for)) = self.part_in(&record.history)? else {
            return Ok(None);
        };
        if reasons.is_empty() {
            return Ok(None);
        }
        Ok(Some(v1::TodoItem {
            kind: v1::TodoKind::Attention.into(),
            attention: reasons.into_iter().map(Into::into).collect(),
            role: role_to(role).into(),
            on_behalf_of: represented(acts_for),
            ..self.in_request(&record)?
        }))
    }

    /// A proposal that waits, unless it is shown with an act that is due in its request.
    fn proposal(&self, number: RequestId) -> Result<Option<v1::TodoItem>> {
        let Some(proposal) = proposals::find(self.kv, number)? else {
            return Ok(None);
        };
        let record = match proposal.act.request() {
            None => None,
            Some(request) => request_table::find(self.kv, request)?,
        };
        let is_shown = record
            .as_ref()
            .is_some_and(|record| !open_dues(record).is_empty());
        match is_shown {
            true => Ok(None),
            false => self.consent(&proposal, record.as_ref()),
        }
    }

    /// A proposal, if the caller may consent to it.
    fn consent(
        &self,
        proposal: &Proposal,
        record: Option<&RequestRecord>,
    ) -> Result<Option<v1::TodoItem>> {
        let Some(countersigner) = proposal.act.countersigner() else {
            return Ok(None);
        };
        let by = (self.caller, self.at);
        match gate::second_person(self.own, self.kv, by, proposal) {
            Ok(_) => {}
            Err(error) if is_not_its_turn(error.code()) => return Ok(None),
            Err(error) => return Err(error),
        }
        let role = countersigner.role();
        let acts_for = self
            .caller
            .rights
            .acts_for(role, proposal.department, self.at);
        let in_request = match (record, &proposal.act) {
            (Some(record), _) => {
                let item = self.in_request(record)?;
                let party = record.history.party_of(self.own.city);
                let due = party.map(|party| self.own_due(record, party));
                match due.transpose()?.flatten() {
                    Some(due) => with_due(item, due, self.at),
                    None => item,
                }
            }
            (None, ProposedAct::Submission(submission)) => v1::TodoItem {
                consumer: self.own.city.to_string(),
                provider: submission.resource.city.to_string(),
                code: submission.resource.code.to_string(),
                ..v1::TodoItem::default()
            },
            (None, ProposedAct::Move { request, .. }) => v1::TodoItem {
                request: request.to_string(),
                ..v1::TodoItem::default()
            },
            (None, ProposedAct::ReturnFlow(act)) => v1::TodoItem {
                provider: self.own.city.to_string(),
                code: act.code().to_string(),
                ..v1::TodoItem::default()
            },
        };
        Ok(Some(v1::TodoItem {
            kind: v1::TodoKind::Consent.into(),
            proposal: proposal.number.to_string(),
            role: role_to(role).into(),
            on_behalf_of: acts_for.map(represented).unwrap_or_default(),
            ..in_request
        }))
    }

    /// The city's party in a request with the role in which the caller acts for it; `None` if the caller does not.
    fn part_in(&self, history: &RequestHistory) -> Result<Option<(Party, Role, ActsFor<'_>)>> {
        let (party, role) = match history.party_of(self.own.city) {
            Some(party @ Party::Consumer) => (party, Role::Consumer),
            Some(party @ Party::Provider) => (party, Role::Approver),
            Some(Party::Coordinator) | None => return Ok(None),
        };
        let department = departments::of(self.own, self.kv, history)?;
        let acts_for = self.caller.rights.acts_for(role, department, self.at);
        Ok(acts_for.map(|acts_for| (party, role, acts_for)))
    }

    /// The first act that a party has to make. The consumer also follows the approval without which its request is not
    /// routed.
    fn own_due(&self, record: &RequestRecord, party: Party) -> Result<Option<Due>> {
        let dues = record.dues(self.at)?.into_iter();
        let own = dues.filter(|due| {
            due.party == party || (party == Party::Consumer && due.act == DueAct::Approval)
        });
        Ok(own.min_by_key(|due| (due.deadline.date, due.act)))
    }

    /// The part of an item that says which request it is about.
    fn in_request(&self, record: &RequestRecord) -> Result<v1::TodoItem> {
        let history = &record.history;
        Ok(v1::TodoItem {
            request: history.id.to_string(),
            consumer: history.consumer().to_string(),
            provider: history.provider().to_string(),
            code: history.submission.resource.code.to_string(),
            state: state_to(record.shown_state(self.at)?).into(),
            ..v1::TodoItem::default()
        })
    }
}

/// The item with an act that is due.
fn with_due(item: v1::TodoItem, due: Due, at: Timestamp) -> v1::TodoItem {
    v1::TodoItem {
        act: due_act_to(due.act).into(),
        deadline: due.deadline.date.to_string(),
        provisional: due.deadline.provisional,
        overdue: due.is_overdue(at),
        ..item
    }
}

/// The person for whom the caller stands in; empty in its own name.
fn represented(acts_for: ActsFor<'_>) -> String {
    match acts_for {
        ActsFor::Itself => String::new(),
        ActsFor::Another(stand_in) => stand_in.from.to_string(),
    }
}

/// Returns true for the refusals of who may not consent.
fn is_not_its_turn(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Denied | ErrorCode::OutOfTurn | ErrorCode::NotFound
    )
}

/// The place in a part of the list after which a page begins; `None` if it begins after the part.
fn after<T>(
    pager: &Pager<Position>,
    part: u8,
    place: impl FnOnce(&TodoOrder) -> T,
) -> Option<Bound<T>> {
    match pager.after() {
        Some((last, ..)) if *last > part => None,
        Some((last, date, Some(order), _)) if *last == part => {
            Some(Bound::Excluded(place(&(*last, *date, *order))))
        }
        Some(_) | None => Some(Bound::Unbounded),
    }
}

#[cfg(test)]
#[path = "todo_tests.rs"]
mod tests;

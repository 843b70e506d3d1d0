//! Departments in requests: the consumer's, which a request names, and the provider's, which is that of its entry.
//!
//! A person who is limited to a department sees and moves its requests alone. The bureau, which is limited to none,
//! answers for a department by delegation.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chengji_domain::access::Role;
use chengji_domain::request::{
    Actor, Move, Party, Represented, RequestHistory, RequestId, RequestRecord,
};
use chengji_domain::{CityCode, Error, ErrorCode, Result, Uscc};
use chengji_follow::request_table::{self, LISTS, NewestFirst, Shown};
use chengji_messages::msg;
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::{OfDepartment, StoredOfDepartment};
use chengji_store::{Index, KeyValue, Merged, Prefix, Table, Tx, View};
use jiff::Timestamp;

use crate::caller::Caller;
use crate::catalogue::entries;
use crate::own_log::OwnLog;

/// The city's department concerned by each request, as of its first note: an entry that moves to another department
/// leaves its requests where they are.
pub(crate) static DEPARTMENTS: Table<RequestId, StoredOfDepartment> =
    Table::new(Prefix::RequestDepartment, &[&REQUESTS]);

/// Requests by department, newest first.
static REQUESTS: Index<(String, NewestFirst), RequestId, StoredOfDepartment> = Index::new(
    &DEPARTMENTS,
    Prefix::DepartmentRequest,
    "requests by department",
    |id, record| {
        let order = (Reverse(record.submitted_at), Reverse(*id));
        vec![(record.department.to_string(), order)]
    },
);

/// The city's department concerned by a request: of the consumer, the requesting one; of the provider, that of the
/// entry when the request was first noted. `None` where there is none.
pub(crate) fn of(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    history: &RequestHistory,
) -> Result<Option<Uscc>> {
    match history.party_of(own.city) {
        Some(Party::Consumer) => Ok(history.submission.department),
        Some(Party::Provider) => {
            if let Some(noted) = DEPARTMENTS.get(view, &history.id)? {
                return Ok(Some(noted.department));
            }
            let entry = entries::find(view, &history.submission.resource.code)?;
            Ok(entry.map(|record| record.entry.provider_code))
        }
        Some(Party::Coordinator) | None => Ok(None),
    }
}

/// Notes the city's department concerned by a request, for lists.
pub(crate) fn note(own: &OwnLog, tx: &mut Tx<'_>, history: &RequestHistory) -> Result<()> {
    match of(own, tx, history)? {
        None => DEPARTMENTS.delete(tx, &history.id).map(drop),
        Some(department) => {
            let submitted_at = history.submitted_at;
            let noted = OfDepartment {
                department,
                submitted_at,
            };
            DEPARTMENTS.put(tx, &history.id, &noted)
        }
    }
}

/// Returns true if the caller sees the affairs of this request.
pub(crate) fn is_visible(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    (caller, at): (&Caller, Timestamp),
    history: &RequestHistory,
) -> Result<bool> {
    let Some(departments) = caller.rights.departments(at) else {
        return Ok(true);
    };
    let department = of(own, view, history)?;
    Ok(department.is_some_and(|department| departments.contains(&department)))
}

/// Refuses a request that the caller does not see. Errors: `NOT_FOUND`, as of one that does not exist.
pub(crate) fn check_visible(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    caller: (&Caller, Timestamp),
    history: &RequestHistory,
) -> Result<()> {
    if is_visible(own, view, caller, history)? {
        return Ok(());
    }
    let number = history.id;
    Err(Error::new(
        ErrorCode::NotFound,
        msg::RequestNotFound { number },
    ))
}

/// The caller as the actor of a move or an act in a request, for the department concerned by it. Errors: `NOT_FOUND`
/// for a request that it does not see; `DENIED` where its rights do not cover it, or where the bureau answers for a
/// department and nobody there has delegated that.
pub(crate) fn actor(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    (caller, at): (&Caller, Timestamp),
    record: &RequestRecord,
    bureau_answers: bool,
) -> Result<Actor> {
    let history = &record.history;
    check_visible(own, view, (caller, at), history)?;
    let department = of(own, view, history)?;
    match (history.party_of(own.city), department) {
        (Some(Party::Consumer), department) => Ok(Actor {
            department,
            ..caller.actor(Role::Consumer, department, at)?
        }),
        (_, department) => provider_actor((caller, at), department, bureau_answers),
    }
}

/// The caller as the actor of a move: as of [`actor`], or as the supervising authority of the provider, where the move is
/// the authority's to make as well. Errors: as of [`actor`].
pub(crate) fn mover(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    (caller, at): (&Caller, Timestamp),
    record: &RequestRecord,
    (mv, bureau_answers): (&Move, bool),
) -> Result<Actor> {
    let of_party = actor(own, view, (caller, at), record, bureau_answers);
    let is_denied = matches!(&of_party, Err(error) if error.code() == ErrorCode::Denied);
    let is_provider = record.history.provider() == own.city;
    if !(is_denied && is_provider && mv.is_of_authority()) {
        return of_party;
    }
    let department = of(own, view, &record.history)?;
    let of_authority = caller.actor(Role::Authority, department, at);
    of_authority.or(of_party)
}

/// The caller as the actor of the provider, for the department concerned. Errors: `DENIED` where its rights do not
/// cover that, or where the bureau answers for a department and nobody there has delegated that.
pub(crate) fn provider_actor(
    (caller, at): (&Caller, Timestamp),
    department: Option<Uscc>,
    bureau_answers: bool,
) -> Result<Actor> {
    let actor = caller.actor(Role::Approver, department, at)?;
    match department {
        Some(department) if actor.department.is_none() => {
            of_bureau(actor, (caller, at), department, bureau_answers)
        }
        Some(_) | None => Ok(actor),
    }
}

/// The bureau's actor for a department.
fn of_bureau(
    actor: Actor,
    (caller, at): (&Caller, Timestamp),
    department: Uscc,
    bureau_answers: bool,
) -> Result<Actor> {
    if let Some(stand_in) = caller.stand_in_of(Role::Approver, department, at) {
        return Ok(stand_in);
    }
    if !bureau_answers {
        let message = msg::DepartmentAnswersItself { department };
        return Err(Error::new(ErrorCode::Denied, message));
    }
    let represented = Some(Represented::Department(department));
    Ok(Actor {
        on_behalf_of: actor.on_behalf_of.or(represented),
        ..actor
    })
}

/// The numbers of the requests that concern these departments, or of all where none are given, newest first; reads
/// `at_once` keys at a time.
pub(crate) fn numbers<'v>(
    kv: &'v dyn KeyValue,
    departments: Option<&BTreeSet<Uscc>>,
    at_once: usize,
) -> Box<dyn Iterator<Item = Result<RequestId>> + 'v> {
    let Some(departments) = departments else {
        let every: (Option<CityCode>, Option<CityCode>, Option<u32>) = (None, None, None);
        let all = LISTS.under(&every);
        let listed = Merged::new(kv, [all], at_once, |(.., order), _| *order);
        return Box::new(listed.map(|row| row.map(|(_, id)| id)));
    };
    let spans = departments
        .iter()
        .map(|department| REQUESTS.under(&(department.to_string(),)));
    let merged = Merged::new(kv, spans, at_once, |(_, order), _| *order);
    Box::new(merged.map(|row| row.map(|(_, id)| id)))
}

/// Returns true if a request concerns one of these departments of the city.
pub(super) fn concerns(
    view: &(impl View + ?Sized),
    departments: &BTreeSet<Uscc>,
    request: RequestId,
) -> Result<bool> {
    let noted = DEPARTMENTS.get(view, &request)?;
    Ok(noted.is_some_and(|noted| departments.contains(&noted.department)))
}

/// A page of the requests that the caller sees, newest first, or overdue ones by their first deadline; `None` if it
/// sees those of all departments.
pub(crate) fn page(
    kv: &dyn KeyValue,
    (caller, shown): (&Caller, Shown<'_>),
    asked: &v1::ListRequestsRequest,
) -> Result<Option<Page<v1::Request>>> {
    let Some(departments) = caller.rights.departments(shown.at) else {
        return Ok(None);
    };
    if asked.overdue {
        let is_seen = |id| concerns(kv, &departments, id);
        return request_table::overdue_page(kv, asked, shown, is_seen).map(Some);
    }
    let page = request_table::page_among(kv, asked, shown, |pager| {
        let spans = departments.iter().map(|department| {
            let leading = (department.to_string(),);
            REQUESTS.within(&leading, pager.bounds())
        });
        let merged = Merged::new(kv, spans, pager.at_once(), |(_, order), _| *order);
        Box::new(merged.map(|row| row.map(|((_, order), id)| (order, id))))
    });
    page.map(Some)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_domain::access::Rights;
    use chengji_domain::calendar::Deadline;
    use chengji_domain::catalogue::{EntryRecord, ShareClass};
    use chengji_domain::request::Step;
    use chengji_store::{Ledger, MemoryStore};
    use chengji_testkit::{OTHER_CREDIT_CODE, entries as samples, requests};

    use super::*;
    use crate::requests::records;

    fn now() -> Timestamp {
        "2026-11-27T02:00:00Z".parse().unwrap()
    }

    fn own() -> OwnLog {
        OwnLog {
            city: "430200".parse().unwrap(),
            ledger: Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap(),
            clock: Arc::new(now),
        }
    }

    fn approver(department: Option<Uscc>) -> Caller {
        let rights = Rights::new([Role::Approver], department).unwrap();
        Caller::new("city/430200/person/shen.pi".parse().unwrap(), rights)
    }

    /// A request for an entry of this city; returns it with the department of the entry.
    async fn asked(own: &OwnLog) -> (RequestRecord, Uscc) {
        let entry = samples::entry(&samples::draft(1, ShareClass::Conditional));
        let department = entry.provider_code;
        let resource = format!("430200:{}", samples::code(1));
        let history = requests::submitted("430100-1-7-AAAAAAAAAAAAA", &resource, now());
        let record = RequestRecord::new(history);
        let (log, put) = (own.clone(), record.clone());
        let job = move |tx: &mut Tx<'_>| {
            entries::put(tx, &EntryRecord::new(entry, 1, now()))?;
            records::put(tx, &put)?;
            note(&log, tx, &put.history)
        };
        own.ledger.write(job).await.unwrap();
        (record, department)
    }

    #[tokio::test]
    async fn a_department_answers_itself_and_the_bureau_in_its_name() {
        let own = own();
        let (record, department) = asked(&own).await;
        let other: Uscc = OTHER_CREDIT_CODE.parse().unwrap();
        assert_ne!(department, other);
        let kv = own.ledger.kv().as_ref();
        let actor = |department, bureau_answers| {
            let by = approver(department);
            let actor = actor(&own, kv, (&by, now()), &record, bureau_answers);
            actor.map_err(|error| error.code())
        };
        let itself = actor(Some(department), false).unwrap();
        assert_eq!(
            (itself.department, itself.on_behalf_of),
            (Some(department), None)
        );
        assert_eq!(actor(Some(other), true), Err(ErrorCode::NotFound));
        let bureau = actor(None, true).unwrap();
        let represented = Represented::Department(department);
        assert_eq!(bureau.on_behalf_of, Some(represented));
        assert_eq!(actor(None, false), Err(ErrorCode::Denied));
    }

    #[tokio::test]
    async fn the_authority_suspends_and_resumes_in_its_own_name_and_does_nothing_else() {
        let own = own();
        let (record, department) = asked(&own).await;
        let other: Uscc = OTHER_CREDIT_CODE.parse().unwrap();
        let text = || "超出授权用途".to_owned();
        let suspend = Move::Suspend {
            reason: text(),
            legal_basis: text(),
            mend_by: Deadline::certain(jiff::civil::date(2026, 12, 31)),
        };
        let resume = Move::Resume { reason: text() };
        let refuse = Move::Refuse {
            reason: text(),
            legal_basis: text(),
        };
        let kv = own.ledger.kv().as_ref();
        let mover = |department, mv: &Move| {
            let rights = Rights::new([Role::Authority], department).unwrap();
            let by = Caller::new("city/430200/person/zhu.guan".parse().unwrap(), rights);
            let actor = mover(&own, kv, (&by, now()), &record, (mv, false));
            let actor = actor.map(|actor| (actor.department, actor.on_behalf_of));
            actor.map_err(|error| error.code())
        };
        assert_eq!(mover(None, &suspend), Ok((None, None)));
        assert_eq!(mover(None, &resume), Ok((None, None)));
        let of_department = Ok((Some(department), None));
        assert_eq!(mover(Some(department), &suspend), of_department);
        assert_eq!(mover(None, &refuse), Err(ErrorCode::Denied));
        assert_eq!(mover(Some(other), &suspend), Err(ErrorCode::NotFound));
    }

    #[tokio::test]
    async fn a_request_stays_with_its_department_when_the_entry_moves_to_another() {
        let own = own();
        let (record, department) = asked(&own).await;
        let other: Uscc = OTHER_CREDIT_CODE.parse().unwrap();
        let (log, history) = (own.clone(), record.history.clone());
        let revise = move |tx: &mut Tx<'_>| {
            let mut entry = samples::entry(&samples::draft(1, ShareClass::Conditional));
            entry.provider_code = other;
            entries::put(tx, &EntryRecord::new(entry, 2, now()))?;
            note(&log, tx, &history)
        };
        own.ledger.write(revise).await.unwrap();
        let kv = own.ledger.kv().as_ref();
        assert_eq!(of(&own, kv, &record.history), Ok(Some(department)));
        let by = approver(Some(department));
        let visible = is_visible(&own, kv, (&by, now()), &record.history);
        assert_eq!(visible, Ok(true));
        let mut newer = record.history;
        newer.id = "430100-1-8-AAAAAAAAAAAAA".parse().unwrap();
        assert_eq!(of(&own, kv, &newer), Ok(Some(other)));
    }

    #[tokio::test]
    async fn a_list_has_the_requests_of_the_callers_department_alone() {
        let own = own();
        let (record, department) = asked(&own).await;
        let other: Uscc = OTHER_CREDIT_CODE.parse().unwrap();
        let kv = own.ledger.kv().as_ref();
        let asked = v1::ListRequestsRequest::default();
        let listed = |department| {
            let shown = Shown::by_records(now(), Some(own.city));
            let page = page(kv, (&approver(department), shown), &asked).unwrap();
            page.map(|page| {
                page.items
                    .into_iter()
                    .map(|item| item.id)
                    .collect::<Vec<_>>()
            })
        };
        let id = record.history.id.to_string();
        assert_eq!(listed(Some(department)), Some(vec![id]));
        assert_eq!(listed(Some(other)), Some(Vec::new()));
        assert_eq!(listed(None), None);
    }

    #[tokio::test]
    async fn overdue_requests_are_listed_to_their_own_department_by_their_deadline() {
        let own = own();
        let (record, department) = asked(&own).await;
        let log = own.clone();
        let late = move |tx: &mut Tx<'_>| {
            for (seq, day) in [(7, 25), (8, 24), (9, 30)] {
                let mut history = record.history.clone();
                history.id.seq = seq;
                let deadline = Deadline::certain(jiff::civil::date(2026, 11, day));
                let route = Step {
                    party: Party::Coordinator,
                    actor: chengji_domain::Principal::Coordinator.into(),
                    at: now(),
                    mv: Move::Route {
                        share_class: ShareClass::Conditional,
                        revision: 1,
                        deadline,
                        approval: None,
                    },
                    due: None,
                };
                let history = history.with(route)?;
                note(&log, tx, &history)?;
                records::put(tx, &RequestRecord::new(history))?;
            }
            Ok(())
        };
        own.ledger.write(late).await.unwrap();
        let asked = v1::ListRequestsRequest {
            overdue: true,
            ..v1::ListRequestsRequest::default()
        };
        let kv = own.ledger.kv().as_ref();
        let listed = |department| {
            let shown = Shown::by_records(now(), Some(own.city));
            let page = page(kv, (&approver(Some(department)), shown), &asked).unwrap();
            let items = page.unwrap().items.into_iter();
            let seq = |item: v1::Request| item.id.split('-').nth(2).map(str::to_owned);
            items.filter_map(seq).collect::<Vec<_>>()
        };
        assert_eq!(listed(department), ["8", "7"]);
        let other: Uscc = OTHER_CREDIT_CODE.parse().unwrap();
        assert_eq!(listed(other), Vec::<String>::new());
    }
}

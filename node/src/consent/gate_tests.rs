use std::sync::Arc;

use chengji_access::records::put_person;
use chengji_domain::access::{Rights, Role, StandIn};
use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::people::Person;
use chengji_domain::request::{Grant, MoveKind, Party, RequestHistory, State, Step};
use chengji_domain::{CityCode, Principal};
use chengji_proto::v1;
use chengji_store::{Ledger, MemoryStore};
use chengji_testkit::requests;

use super::*;
use crate::consent::Manner;
use crate::consent::service::NodeProposalService;

const NOW: &str = "2026-11-27T02:00:00Z";
const PROVIDER: &str = "430200";
const REQUEST: &str = "430100-1-7-AAAAAAAAAAAAA";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn own() -> OwnLog {
    let city: CityCode = PROVIDER.parse().unwrap();
    let owner = format!("city/{PROVIDER}");
    OwnLog {
        city,
        ledger: Ledger::create(Arc::new(MemoryStore::new()), &owner, [1; 8]).unwrap(),
        clock: Arc::new(now),
    }
}

fn person(name: &str) -> Principal {
    format!("city/{PROVIDER}/person/{name}").parse().unwrap()
}

fn caller(name: &str, roles: &[Role]) -> Caller {
    let rights = Rights::new(roles.iter().copied(), None).unwrap();
    Caller::new(person(name), rights)
}

fn approver() -> Caller {
    caller("approver", &[Role::Approver])
}

fn consenter() -> Caller {
    caller("consenter", &[Role::Consenter])
}

/// Records a person of this city with a role, or as removed.
async fn record_person(own: &OwnLog, name: &str, role: Role, ended: Option<Timestamp>) {
    let person = Person {
        principal: person(name),
        rights: Rights::new([role], None).unwrap(),
        since: now(),
        ended,
        reason: String::new(),
        certificate: None,
    };
    let put = move |tx: &mut Tx<'_>| put_person(tx, &person);
    own.ledger.write(put).await.unwrap();
}

/// A request to this city that waits for its answer until a day.
async fn routed(own: &OwnLog, deadline: &str) -> RequestId {
    record_person(own, "approver", Role::Approver, None).await;
    let id: RequestId = REQUEST.parse().unwrap();
    let history = requests::submitted(REQUEST, "430200:206001000001", now());
    let step = Step {
        party: Party::Coordinator,
        actor: Principal::Coordinator.into(),
        at: now(),
        mv: Move::Route {
            share_class: ShareClass::Conditional,
            revision: 1,
            deadline: Deadline::certain(deadline.parse().unwrap()),
            approval: None,
        },
        due: None,
    };
    let history: RequestHistory = history.with(step).unwrap();
    let record = RequestRecord::new(history);
    let put = move |tx: &mut Tx<'_>| records::put(tx, &record);
    own.ledger.write(put).await.unwrap();
    id
}

/// A request to this city that was refused, and whose consumer disputes that.
async fn disputed(own: &OwnLog) -> RequestId {
    let id = routed(own, "2026-12-26").await;
    let dispute = Move::Dispute {
        reason: "理由不成立".to_owned(),
        negotiation: String::new(),
    };
    let moves = [(Party::Provider, refuse()), (Party::Consumer, dispute)];
    let put = move |tx: &mut Tx<'_>| {
        let mut record = records::existing(tx, id)?;
        for (party, mv) in moves {
            let step = Step {
                party,
                actor: Principal::Coordinator.into(),
                at: now(),
                mv,
                due: None,
            };
            record.history.add(step)?;
        }
        records::put(tx, &record)
    };
    own.ledger.write(put).await.unwrap();
    id
}

fn refuse() -> Move {
    Move::Refuse {
        reason: "用途不符".to_owned(),
        legal_basis: "条例".to_owned(),
    }
}

async fn make(own: &OwnLog, by: &Caller, rules: ConsentRules, mv: Move) -> Result<RequestRecord> {
    let (own, by) = (own.clone(), by.clone());
    let ledger = own.ledger.clone();
    let job = move |tx: &mut Tx<'_>| {
        let id: RequestId = REQUEST.parse().unwrap();
        let record = records::existing(tx, id)?;
        let actor = departments::actor(&own, tx, (&by, now()), &record, true)?;
        let act = (actor, now(), by.paper.as_str());
        make_move(&own, tx, rules, act, id, mv)
    };
    ledger.write(job).await
}

fn open(own: &OwnLog, id: RequestId) -> Vec<Proposal> {
    proposals::open_of(&**own.ledger.kv(), id).unwrap()
}

fn code<T>(outcome: Result<T>) -> Result<T, ErrorCode> {
    outcome.map_err(|error| error.code())
}

#[tokio::test]
async fn a_refusal_is_made_when_a_second_person_consents() {
    let own = own();
    // Its deadline has passed: the consent still makes it, late.
    let id = routed(&own, "2026-11-26").await;
    let (service, rules) = (
        NodeProposalService { own: own.clone() },
        ConsentRules::default(),
    );
    let by = caller("approver", &[Role::Approver, Role::Consenter]);
    let record = make(&own, &by, rules, refuse()).await.unwrap();
    assert!(record.pending.is_empty());
    let again = make(&own, &approver(), rules, refuse()).await;
    assert_eq!(code(again).unwrap_err(), ErrorCode::AlreadyExists);
    let proposal = open(&own, id).pop().unwrap();
    let number = || proposal.number.to_string();

    let denied = |by: Caller| service.consent_as(by, number());
    assert_eq!(code(denied(by).await), Err(ErrorCode::Denied));
    let authority = caller("authority", &[Role::Authority]);
    assert_eq!(code(denied(authority).await), Err(ErrorCode::Denied));
    let made = service.consent_as(consenter(), number()).await.unwrap();
    let how = made.end.unwrap().how;
    assert_eq!(how, ProposalOutcome::Consented { request: id });

    let record = records::existing(&**own.ledger.kv(), id).unwrap();
    assert_eq!(record.shown_state(now()), Ok(State::Refused));
    assert_eq!(record.answered_late(), Ok(Some(now())));
    let (_, step) = record.pending.last().unwrap();
    let consent = Consent::given_by(&Actor::from(person("consenter")), now());
    assert_eq!(step.actor.principal, person("approver"));
    assert_eq!(step.actor.consent, Some(consent));
    let twice = service.consent_as(consenter(), number()).await;
    assert_eq!(code(twice).unwrap_err(), ErrorCode::OutOfTurn);
}

#[tokio::test]
async fn a_proposal_that_another_answer_made_impossible_ends() {
    let own = own();
    let id = routed(&own, "2026-12-26").await;
    let (service, rules) = (
        NodeProposalService { own: own.clone() },
        ConsentRules::default(),
    );
    make(&own, &approver(), rules, refuse()).await.unwrap();
    let first = open(&own, id).pop().unwrap().number;
    let on_paper = ConsentRules {
        manner: Manner::Paper,
        ..rules
    };
    let without = make(&own, &approver(), on_paper, refuse()).await;
    assert_eq!(code(without).unwrap_err(), ErrorCode::InvalidArgument);
    let by = approver().on_paper("株数函〔2026〕3号".to_owned());
    let record = make(&own, &by, on_paper, refuse()).await.unwrap();
    assert_eq!(record.pending.last().unwrap().1.mv.kind(), MoveKind::Refuse);
    assert!(open(&own, id).is_empty());
    let ended = proposals::find(&**own.ledger.kv(), first).unwrap().unwrap();
    let how = ended.end.unwrap().how;
    assert!(matches!(how, ProposalOutcome::Overtaken { .. }), "{how:?}");
    let late = service.consent_as(consenter(), first.to_string()).await;
    assert_eq!(code(late).unwrap_err(), ErrorCode::OutOfTurn);
}

#[tokio::test]
async fn a_move_that_could_not_be_made_is_not_proposed() {
    let own = own();
    let id = routed(&own, "2026-12-26").await;
    let rules = ConsentRules::default();
    let (reason, legal_basis) = ("超期".to_owned(), "条例".to_owned());
    let amended = Move::DeclineAmendment {
        reason,
        legal_basis,
        asked_at: None,
    };
    let refused = make(&own, &approver(), rules, amended).await;
    assert_eq!(code(refused).unwrap_err(), ErrorCode::OutOfTurn);
    assert!(open(&own, id).is_empty());
}

#[tokio::test]
async fn a_grant_that_settles_a_dispute_takes_consent_as_a_grant_does() {
    let own = own();
    let id = disputed(&own).await;
    let rules = ConsentRules::default();
    let settle = |grant: Option<Grant>| Move::ProposeSettlement {
        text: "部分提供".to_owned(),
        grant: grant.map(Box::new),
    };
    let grant = requests::grant("2027-11-27T00:00:00Z".parse().unwrap());
    let proposal = settle(Some(grant));
    let waiting = make(&own, &approver(), rules, proposal).await.unwrap();
    assert!(waiting.pending.is_empty());
    let proposed = open(&own, id).pop().unwrap();
    let countersigner = proposed.act.countersigner().unwrap();
    assert_eq!(countersigner.role(), Role::Consenter);
    let made = make(&own, &approver(), rules, settle(None)).await.unwrap();
    assert_eq!(made.pending.len(), 1, "without a grant it is made at once");
}

#[tokio::test]
async fn a_proposal_is_declined_or_taken_back_by_its_own_side() {
    let own = own();
    let id = routed(&own, "2026-12-26").await;
    let (service, rules) = (
        NodeProposalService { own: own.clone() },
        ConsentRules::default(),
    );
    make(&own, &approver(), rules, refuse()).await.unwrap();
    let number = open(&own, id).pop().unwrap().number.to_string();
    let other = caller("other", &[Role::Approver]);
    let taken = service.take_back_as(other.clone(), number.clone()).await;
    assert_eq!(code(taken).unwrap_err(), ErrorCode::Denied);
    let stand_in = StandIn {
        from: person("approver"),
        roles: [Role::Approver].into(),
        department: None,
        until: "2026-12-27T00:00:00Z".parse().unwrap(),
    };
    let rights = other.rights.clone().standing_in(vec![stand_in]);
    let stand_in = Caller::new(other.principal, rights);
    let taken = service.take_back_as(stand_in, number).await.unwrap();
    let end = taken.end.unwrap();
    assert_eq!(end.how, ProposalOutcome::TakenBack);
    let represented = Represented::Principal(person("approver"));
    assert_eq!(end.by.on_behalf_of, Some(represented));

    make(&own, &approver(), rules, refuse()).await.unwrap();
    let id = open(&own, id).pop().unwrap().number.to_string();
    let reason = "依据不足".to_owned();
    let asked = v1::DeclineProposalRequest {
        id,
        reason: reason.clone(),
    };
    let declined = service.decline_as(consenter(), asked).await.unwrap();
    let how = declined.end.unwrap().how;
    assert_eq!(how, ProposalOutcome::Declined { reason });
}

#[tokio::test]
async fn a_proposal_of_a_person_who_may_no_longer_make_the_act_ends() {
    for (role, ended) in [(Role::Consumer, None), (Role::Approver, Some(now()))] {
        let own = own();
        let id = routed(&own, "2026-12-26").await;
        let service = NodeProposalService { own: own.clone() };
        let rules = ConsentRules::default();
        make(&own, &approver(), rules, refuse()).await.unwrap();
        let number = open(&own, id).pop().unwrap().number;
        record_person(&own, "approver", role, ended).await;
        let consented = service.consent_as(consenter(), number.to_string()).await;
        assert_eq!(code(consented).unwrap_err(), ErrorCode::Denied);
        let kv = &**own.ledger.kv();
        assert!(records::existing(kv, id).unwrap().pending.is_empty());
        let how = proposals::find(kv, number)
            .unwrap()
            .unwrap()
            .end
            .unwrap()
            .how;
        assert!(matches!(how, ProposalOutcome::Overtaken { .. }), "{how:?}");
    }
}

#[tokio::test]
async fn a_submission_is_proposed_once_and_becomes_a_request() {
    let own = own();
    record_person(&own, "consumer", Role::Consumer, None).await;
    let (service, rules) = (
        NodeProposalService { own: own.clone() },
        ConsentRules::default(),
    );
    let propose = async || {
        let own = own.clone();
        let submission = requests::submission("430100:206001000001");
        let ledger = own.ledger.clone();
        let job = move |tx: &mut Tx<'_>| {
            let actor = Actor::from(person("consumer"));
            submit(&own, tx, rules, (actor, now(), ""), submission, "key")
        };
        ledger.write(job).await.unwrap()
    };
    let Made::Proposal(first) = propose().await else {
        panic!("no proposal");
    };
    assert_eq!(propose().await, Made::Proposal(first.clone()));
    let consented = service.consent_as(consenter(), first.number.to_string());
    let end = consented.await.unwrap().end.unwrap();
    let ProposalOutcome::Consented { request } = end.how else {
        panic!("{end:?}");
    };
    let Made::Request(record) = propose().await else {
        panic!("no request");
    };
    assert_eq!(record.history.id, request);
    let consent = record.history.submitted_by.consent;
    let given = Consent::given_by(&Actor::from(person("consenter")), now());
    assert_eq!(consent, Some(given));
}

#[tokio::test]
async fn the_consent_of_a_stand_in_names_the_represented_person() {
    let own = own();
    let id = routed(&own, "2026-12-26").await;
    let (service, rules) = (
        NodeProposalService { own: own.clone() },
        ConsentRules::default(),
    );
    make(&own, &approver(), rules, refuse()).await.unwrap();
    let number = open(&own, id).pop().unwrap().number.to_string();
    let stand_in = StandIn {
        from: person("consenter"),
        roles: [Role::Consenter].into(),
        department: None,
        until: "2026-12-27T00:00:00Z".parse().unwrap(),
    };
    let deputy = caller("deputy", &[Role::Consumer]);
    let rights = deputy.rights.clone().standing_in(vec![stand_in]);
    let deputy = Caller::new(deputy.principal, rights);
    service.consent_as(deputy, number).await.unwrap();
    let record = records::existing(&**own.ledger.kv(), id).unwrap();
    let consent = record.pending.last().unwrap().1.actor.consent.clone();
    let given = Consent::By {
        principal: person("deputy"),
        on_behalf_of: Some(person("consenter")),
        at: now(),
    };
    assert_eq!(consent, Some(given));
}

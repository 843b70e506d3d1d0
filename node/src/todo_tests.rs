//! Worklists, and the keys that they read.

use std::sync::Arc;

use chengji_domain::access::{Rights, StandIn};
use chengji_domain::calendar::Deadline;
use chengji_domain::matter::{
    CorrectionNotice, Filing, MatterKind, MatterMove, MatterRecord, MatterStep,
};
use chengji_domain::problem::Problem;
use chengji_domain::request::{Actor, ProviderRefusal};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{Epoch, Principal};
use chengji_follow::matter_table;
use chengji_messages::msg;
use chengji_records::NotedCorrection;
use chengji_store::{CountingStore, Ledger, MemoryStore, Tx};
use chengji_testkit::overdue::overdue;
use chengji_testkit::{CREDIT_CODE, OTHER_CREDIT_CODE, matters, requests};
use jiff::ToSpan;
use jiff::civil::date;

use super::*;
use crate::consent::ConsentRules;
use crate::consent::gate::{Made, submit};
use crate::matters::notices;
use crate::read_counts::{KeysRead, check, page};
use crate::requests::attention::tests::{OTHER, granted, set_status};

const OWN: &str = "430200";

fn at(day: &str) -> Timestamp {
    format!("{day}T02:00:00Z").parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-27")
}

fn own() -> OwnLog {
    with_store(MemoryStore::new())
}

fn with_store(store: impl KeyValue + 'static) -> OwnLog {
    OwnLog {
        city: OWN.parse().unwrap(),
        ledger: Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap(),
        clock: Arc::new(now),
    }
}

fn person(name: &str) -> Principal {
    format!("city/{OWN}/person/{name}").parse().unwrap()
}

fn caller(name: &str, roles: &[Role]) -> Caller {
    let rights = Rights::new(roles.iter().copied(), None).unwrap();
    Caller::new(person(name), rights)
}

/// Requests to the city with the deadline on these days.
async fn asked(own: &OwnLog, days: &'static [&'static str]) {
    let job = move |tx: &mut Tx<'_>| {
        for (seq, day) in days.iter().enumerate() {
            let number = format!("430100-1-{seq}-AAAAAAAAAAAAA");
            request_table::put(tx, &overdue(&number, OWN, at(day)))?;
        }
        Ok(())
    };
    own.ledger.write(job).await.unwrap();
}

/// A person of the city proposes a request; returns its number.
async fn proposed(own: &OwnLog) -> RequestId {
    let log = own.clone();
    let job = move |tx: &mut Tx<'_>| {
        let submission = requests::submission("430100:206001000001");
        let act = (Actor::from(person("a")), now(), "");
        let rules = ConsentRules::default();
        match submit(&log, tx, rules, act, submission, "")? {
            Made::Proposal(proposal) => Ok(proposal.number),
            Made::Request(record) => Ok(record.history.id),
        }
    };
    own.ledger.write(job).await.unwrap()
}

fn service(own: &OwnLog) -> NodeTodoService {
    NodeTodoService {
        own: own.clone(),
        rules: CurrentRules::built_in().unwrap(),
    }
}

fn listed(own: &OwnLog, caller: &Caller) -> Vec<v1::TodoItem> {
    let service = service(own);
    let asked = v1::ListTodoRequest::default();
    service.page(caller, &asked).unwrap().items
}

#[tokio::test]
async fn an_approver_has_the_answers_to_give_by_deadline() {
    let own = own();
    asked(&own, &["2026-12-10", "2026-11-20", "2026-11-27"]).await;
    let found = listed(&own, &caller("a", &[Role::Approver]));
    let shown: Vec<_> = found
        .iter()
        .map(|item| {
            (
                item.deadline.as_str(),
                item.overdue,
                item.act(),
                item.kind(),
            )
        })
        .collect();
    let due = |day, overdue| (day, overdue, v1::DueAct::Answer, v1::TodoKind::Due);
    assert_eq!(
        shown,
        [
            due("2026-11-20", true),
            due("2026-11-27", false),
            due("2026-12-10", false)
        ]
    );
    assert!(listed(&own, &caller("a", &[Role::Consumer])).is_empty());
}

#[tokio::test]
async fn an_approver_has_the_grants_to_a_city_that_has_left() {
    let own = own();
    let running = granted(&own.ledger, 1, "2027-06-30T00:00:00Z").await;
    let marked = |role| {
        let found = listed(&own, &caller("a", &[role])).into_iter();
        let asking = found.filter(|item| item.kind() == v1::TodoKind::Attention);
        let marked = asking.map(|item| (item.request.clone(), item.attention().collect()));
        marked.collect::<Vec<(String, Vec<_>)>>()
    };
    assert_eq!(marked(Role::Approver), []);
    set_status(&own.ledger, OTHER, MembershipStatus::Removed).await;
    let left = vec![v1::Attention::PartyLeft];
    assert_eq!(marked(Role::Approver), [(running.to_string(), left)]);
    assert_eq!(marked(Role::Consumer), []);
}

#[tokio::test]
async fn a_consenter_has_the_proposals_of_others() {
    let own = own();
    let number = proposed(&own).await.to_string();
    let found = listed(&own, &caller("b", &[Role::Consenter]));
    let [item] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(
        (item.kind(), &item.proposal),
        (v1::TodoKind::Consent, &number)
    );
    assert_eq!(
        (item.role(), item.provider.as_str()),
        (v1::Role::Consenter, "430100")
    );
    // Not the one who proposed it, nor an authority.
    assert!(listed(&own, &caller("a", &[Role::Consenter])).is_empty());
    assert!(listed(&own, &caller("b", &[Role::Authority])).is_empty());
}

#[tokio::test]
async fn a_stand_in_has_what_is_the_represented_persons_to_do() {
    let own = own();
    asked(&own, &["2026-12-10"]).await;
    let by = caller("b", &[Role::Consumer]);
    assert!(listed(&own, &by).is_empty());
    let stand_in = StandIn {
        from: person("a"),
        roles: [Role::Approver].into(),
        department: None,
        until: at("2026-11-30"),
    };
    let rights = by.rights.clone().standing_in(vec![stand_in]);
    let found = listed(&own, &Caller { rights, ..by });
    let names: Vec<_> = found
        .iter()
        .map(|item| item.on_behalf_of.as_str())
        .collect();
    assert_eq!(names, ["city/430200/person/a"]);
}

#[tokio::test]
async fn pages_have_every_part_of_the_list_once() {
    let own = own();
    asked(&own, &["2026-12-10", "2026-11-20"]).await;
    let refused = |tx: &mut Tx<'_>| {
        let mut record = overdue("430100-1-9-AAAAAAAAAAAAA", OWN, now());
        let problem = Problem::new(ErrorCode::NoGrant, msg::Text { text: "none" });
        record.provider_refusal = Some(ProviderRefusal { at: now(), problem });
        request_table::put(tx, &record)
    };
    own.ledger.write(refused).await.unwrap();
    proposed(&own).await;
    let by = caller("b", &[Role::Approver, Role::Consenter]);
    use v1::TodoKind as Kind;
    let due = [Kind::Due; 3];
    assert_eq!(
        kinds_by_ones(&own, &by),
        [&due[..], &[Kind::Attention, Kind::Consent]].concat()
    );
}

/// The kinds of a worklist that is read in pages of one item.
fn kinds_by_ones(own: &OwnLog, by: &Caller) -> Vec<v1::TodoKind> {
    let service = service(own);
    let (mut kinds, mut cursor) = (Vec::new(), String::new());
    loop {
        let asked = v1::ListTodoRequest {
            page: Some(v1::PageRequest { size: 1, cursor }),
        };
        let page = service.page(by, &asked).unwrap();
        kinds.extend(page.items.iter().map(v1::TodoItem::kind));
        cursor = page.next_cursor;
        if cursor.is_empty() {
            return kinds;
        }
    }
}

/// The coordinator assigns a demand and a correction of an unknown entry to the city, with these last days.
async fn matters_assigned(own: &OwnLog, demand_due: Date, correction_due: Date) {
    let job = move |tx: &mut Tx<'_>| {
        let id = |seq: u64| format!("430100-1-{seq}-AAAAAAAAAAAAA").parse::<RequestId>();
        let correction = matters::correction(id(3)?, "430200:206001000001");
        for (seq, filing, date) in [
            (21, matters::demand(), demand_due),
            (22, correction, correction_due),
        ] {
            let by = Actor::from(Principal::Coordinator);
            let mut record = MatterRecord::new(id(seq)?, filing, by.clone(), now());
            let assign = MatterMove::Assign {
                city: OWN.parse()?,
                department: None,
                deadline: Deadline::certain(date),
            };
            let opening = match record.kind() {
                MatterKind::Demand => vec![MatterMove::Open, assign],
                MatterKind::Correction => vec![assign],
            };
            for mv in opening {
                record.order(MatterStep {
                    party: Party::Coordinator,
                    actor: by.clone(),
                    at: now(),
                    mv,
                })?;
            }
            matter_table::put(tx, &record)?;
        }
        Ok(())
    };
    own.ledger.write(job).await.unwrap();
}

#[tokio::test]
async fn an_approver_has_corrections_and_demands_among_the_requests_by_deadline() {
    let own = own();
    asked(&own, &["2026-12-10", "2026-11-20"]).await;
    matters_assigned(&own, date(2026, 12, 1), date(2026, 12, 20)).await;
    let found = listed(&own, &caller("a", &[Role::Approver]));
    let shown: Vec<_> = found
        .iter()
        .map(|item| (item.deadline.as_str(), item.kind()))
        .collect();
    assert_eq!(
        shown,
        [
            ("2026-11-20", v1::TodoKind::Due),
            ("2026-12-01", v1::TodoKind::Demand),
            ("2026-12-10", v1::TodoKind::Due),
            ("2026-12-20", v1::TodoKind::Correction),
        ]
    );
    let demand = &found[1];
    assert_eq!(demand.matter, "430100-1-21-AAAAAAAAAAAAA");
    assert_eq!(demand.matter_state(), v1::MatterState::Assigned);
    assert!(listed(&own, &caller("a", &[Role::Consumer])).is_empty());
    // A person of a department has neither the demand, which names none, nor a correction of an entry of others.
    let department = Some(CREDIT_CODE.parse().unwrap());
    let rights = Rights::new([Role::Approver], department).unwrap();
    let of_department = listed(&own, &Caller::new(person("c"), rights));
    assert!(of_department.is_empty());
}

/// A demand of a department of the city, answered by another city, and the notice of a correction to what it received.
async fn to_be_followed_up(own: &OwnLog, department: Uscc) {
    let job = move |tx: &mut Tx<'_>| {
        let id: RequestId = format!("{OWN}-1-31-AAAAAAAAAAAAA").parse()?;
        let mut filing = matters::demand();
        if let Filing::Demand(demand) = &mut filing {
            demand.department = Some(department);
        }
        let by = Actor::from(Principal::Coordinator);
        let mut record = MatterRecord::new(id, filing, by.clone(), now());
        let resource = matters::resource("430100:103001000001");
        let assign = MatterMove::Assign {
            city: resource.city,
            department: None,
            deadline: Deadline::certain(date(2026, 12, 7)),
        };
        let supply = MatterMove::Supply {
            resource: resource.clone(),
            is_new: false,
            note: String::new(),
        };
        for (party, mv) in [
            (Party::Coordinator, MatterMove::Open),
            (Party::Coordinator, assign),
            (Party::Provider, supply),
        ] {
            record.order(MatterStep {
                party,
                actor: by.clone(),
                at: now(),
                mv,
            })?;
        }
        matter_table::put(tx, &record)?;
        let notice = CorrectionNotice {
            correction: RequestId { seq: 32, ..id },
            resource,
            revision: 1,
            corrected: 2,
            fields: vec!["地址".to_owned()],
            note: String::new(),
            cities: [id.city].into(),
        };
        let noted = NotedCorrection {
            notice,
            at: now(),
            acknowledged: false,
            departments: [department].into(),
            acknowledged_by: BTreeSet::new(),
        };
        notices::NOTICES.put(tx, &noted.notice.correction, &noted)
    };
    own.ledger.write(job).await.unwrap();
}

#[tokio::test]
async fn a_consumer_has_answered_demands_and_notices_of_its_department() {
    let own = own();
    let department: Uscc = CREDIT_CODE.parse().unwrap();
    to_be_followed_up(&own, department).await;
    let of = |role, department: Option<&str>| {
        let department = department.map(|code| code.parse().unwrap());
        let rights = Rights::new([role], department).unwrap();
        let found = listed(&own, &Caller::new(person("a"), rights));
        let kinds = found.iter().map(|item| (item.kind(), item.code.clone()));
        kinds.collect::<Vec<_>>()
    };
    let code = "103001000001".to_owned();
    let expected = vec![
        (v1::TodoKind::Matter, code.clone()),
        (v1::TodoKind::Notice, code),
    ];
    assert_eq!(of(Role::Consumer, None), expected);
    assert_eq!(of(Role::Consumer, Some(CREDIT_CODE)), expected);
    assert_eq!(of(Role::Consumer, Some(OTHER_CREDIT_CODE)), []);
    assert_eq!(of(Role::Approver, None), []);
}

/// Grants of the city under which it received data, since these days, each for two years.
async fn granted_since(own: &OwnLog, days: &'static [&'static str]) {
    let job = move |tx: &mut Tx<'_>| {
        for (seq, day) in days.iter().enumerate() {
            let number = format!("{OWN}-1-{}-AAAAAAAAAAAAA", 41 + seq);
            let since = at(day);
            let until = since + (2 * 365 * 24).hours();
            let history = requests::granted(&number, "430100:206001000001", since, until);
            let record = RequestRecord::new(history);
            request_table::put(tx, &record)?;
            crate::usage::records::begin(tx, &record)?;
        }
        Ok(())
    };
    own.ledger.write(job).await.unwrap();
}

#[tokio::test]
async fn a_consumer_has_the_usage_records_of_periods_that_are_over() {
    let own = own();
    // The years since then ended on 31 October and 7 August 2026; that of the last one is not over.
    granted_since(&own, &["2025-11-01", "2025-08-08", "2025-11-28"]).await;
    let by = caller("a", &[Role::Consumer]);
    let found = listed(&own, &by);
    let shown: Vec<_> = found
        .iter()
        .map(|item| (item.kind(), item.request.as_str(), item.overdue))
        .collect();
    let usage = v1::TodoKind::Usage;
    assert_eq!(
        shown,
        [
            (usage, "430200-1-42-AAAAAAAAAAAAA", true),
            (usage, "430200-1-41-AAAAAAAAAAAAA", false),
        ]
    );
    // Twenty working days, the last of which is today.
    assert_eq!(found[1].deadline, "2026-11-27");
    assert!(listed(&own, &caller("a", &[Role::Approver])).is_empty());
    // After the notices, in pages as well.
    to_be_followed_up(&own, CREDIT_CODE.parse().unwrap()).await;
    let expected = [v1::TodoKind::Matter, v1::TodoKind::Notice, usage, usage];
    assert_eq!(kinds_by_ones(&own, &by), expected);
}

async fn keys_read(count: u64) -> KeysRead {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let own = with_store(store);
    for begin in (0..count).step_by(100) {
        let some = own.ledger.write(move |tx| {
            for seq in begin..begin + 100 {
                let id = RequestId {
                    city: "430100".parse()?,
                    epoch: Epoch::first([1; 8]),
                    seq,
                };
                request_table::put(tx, &overdue(&id.to_string(), OWN, now()))?;
            }
            Ok(())
        });
        some.await.unwrap();
    }
    let mut keys = KeysRead::of(reads);
    let service = service(&own);
    let asked = v1::ListTodoRequest { page: page() };
    let by = caller("b", &[Role::Approver, Role::Consenter, Role::Consumer]);
    keys.list("Todo/List", || Ok(service.page(&by, &asked)?.items.len()));
    keys
}

#[tokio::test]
async fn a_worklist_reads_what_its_class_allows_however_many_requests_there_are() {
    let (few, many) = (keys_read(1_000).await, keys_read(20_000).await);
    check(&few, &many, &["Todo"]);
}

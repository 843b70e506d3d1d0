use std::sync::Arc;

use chengji_access::records::put_person;
use chengji_domain::ErrorCode;
use chengji_domain::access::Rights;
use chengji_domain::catalogue::{EntryRecord, ShareClass};
use chengji_domain::people::Person;
use chengji_domain::proposal::Proposal;
use chengji_domain::request::Consent;
use chengji_domain::return_flow::{RecordedFlow, ReturnFlow, ReturnFlowAct};
use chengji_store::{CountingStore, Ledger, MemoryStore};
use chengji_testkit::{entries as samples, requests};
use jiff::Timestamp;

use super::*;
use crate::consent::Manner;
use crate::consent::service::NodeProposalService;
use crate::read_counts::{KeysRead, SIZE, check, page as first_page};

const PROVINCE: &str = "430000";

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

fn person(name: &str, role: Role) -> Caller {
    let name = format!("city/{PROVINCE}/person/{name}");
    let rights = Rights::new([role], None).unwrap();
    Caller::new(name.parse().unwrap(), rights)
}

fn approver() -> Caller {
    person("shen.pi", Role::Approver)
}

/// A province with so many published entries of this class, and the keys it reads.
async fn province(
    class: ShareClass,
    count: u32,
    manner: Manner,
) -> (NodeReturnFlowService, KeysRead) {
    let store = CountingStore::new(MemoryStore::new());
    let keys = KeysRead::of(store.reads());
    let ledger = Ledger::create(Arc::new(store), "city/430000", [1; 8]).unwrap();
    let own = OwnLog {
        city: PROVINCE.parse().unwrap(),
        ledger,
        clock: Arc::new(now),
    };
    let known = [
        approver(),
        person("head", Role::Consenter),
        person("zhu.guan", Role::Authority),
    ];
    let put = move |tx: &mut Tx<'_>| {
        for serial in 1..=count {
            let entry = samples::entry(&samples::draft(serial, class));
            entries::put(tx, &EntryRecord::new(entry, 1, now()))?;
        }
        known.iter().try_for_each(|caller| {
            put_person(
                tx,
                &Person {
                    principal: caller.principal.clone(),
                    rights: caller.rights.clone(),
                    since: now(),
                    ended: None,
                    reason: String::new(),
                    certificate: None,
                },
            )
        })
    };
    own.ledger.write(put).await.unwrap();
    let consent = ConsentRules {
        manner,
        ..ConsentRules::default()
    };
    (NodeReturnFlowService { own, consent }, keys)
}

fn declare(serial: u32, to: Option<&str>) -> ReturnFlowOrder {
    let act = ReturnFlowAct::Declare {
        code: samples::code(serial).parse().unwrap(),
        flow: ReturnFlow {
            to: to.map(|city| city.parse().unwrap()),
            rows: "行政区划代码为本市的登记信息".to_owned(),
        },
    };
    let paper = String::new();
    ReturnFlowOrder { act, paper }
}

fn end(serial: u32) -> ReturnFlowOrder {
    let act = ReturnFlowAct::End {
        code: samples::code(serial).parse().unwrap(),
        reason: "系统下线".to_owned(),
        consultation: "11月20日书面征求各市意见，均无异议".to_owned(),
    };
    let paper = String::new();
    ReturnFlowOrder { act, paper }
}

fn on_paper(order: ReturnFlowOrder) -> ReturnFlowOrder {
    let paper = "湘数函〔2026〕7号".to_owned();
    ReturnFlowOrder { paper, ..order }
}

fn proposed(answer: ReturnFlowAnswer) -> Box<Proposal> {
    match answer {
        ReturnFlowAnswer::Proposal(proposal) => proposal,
        ReturnFlowAnswer::Flow(flow) => panic!("{flow:?} was made by one person"),
    }
}

fn known(service: &NodeReturnFlowService, serial: u32) -> Option<RecordedFlow> {
    let kv = service.own.ledger.kv().as_ref();
    let code = samples::code(serial).parse().unwrap();
    return_flow_table::find(kv, service.own.city, &code).unwrap()
}

#[tokio::test]
async fn two_persons_declare_a_return_flow_and_two_end_it() {
    let (service, _) = province(ShareClass::Conditional, 1, Manner::Exchange).await;
    let consents = NodeProposalService {
        own: service.own.clone(),
    };
    let made = service.act_as(approver(), declare(1, None)).await.unwrap();
    let proposal = proposed(made);
    assert_eq!(known(&service, 1), None, "nothing runs before the consent");
    let number = proposal.number.to_string();
    let authority = person("zhu.guan", Role::Authority);
    let refused = consents.consent_as(authority, number.clone()).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::Denied);
    let head = person("head", Role::Consenter);
    consents.consent_as(head.clone(), number).await.unwrap();
    let running = known(&service, 1).unwrap();
    assert!(running.is_running());
    assert!(
        matches!(&running.actor.consent, Some(Consent::By { principal, .. }) if *principal == head.principal)
    );

    let again = service.act_as(approver(), declare(1, None)).await;
    assert_eq!(again.unwrap_err().code(), ErrorCode::OutOfTurn);
    let made = service.act_as(approver(), end(1)).await.unwrap();
    let number = proposed(made).number.to_string();
    let refused = consents.consent_as(head, number.clone()).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::Denied);
    let authority = person("zhu.guan", Role::Authority);
    consents.consent_as(authority, number).await.unwrap();
    let ended = known(&service, 1).unwrap();
    assert_eq!(ended.number, running.number);
    assert!(!ended.is_running());
    let again = service.act_as(approver(), end(1)).await;
    assert_eq!(again.unwrap_err().code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn only_shared_entries_are_returned_and_only_to_lower_members() {
    let (service, _) = province(ShareClass::NotShared, 1, Manner::Paper).await;
    let code = async |order| {
        let made = service.act_as(approver(), on_paper(order)).await;
        made.map(drop).map_err(|error| error.code())
    };
    assert_eq!(code(declare(1, None)).await, Err(ErrorCode::NotShared));
    assert_eq!(code(declare(9, None)).await, Err(ErrorCode::NotFound));
    let elsewhere = declare(1, Some("420100"));
    assert_eq!(code(elsewhere).await, Err(ErrorCode::InvalidArgument));
    let (service, _) = province(ShareClass::Conditional, 1, Manner::Paper).await;
    let no_member = service.act_as(approver(), on_paper(declare(1, Some("430100"))));
    assert_eq!(no_member.await.unwrap_err().code(), ErrorCode::NotFound);
    let consumer = person("wang.fang", Role::Consumer);
    let denied = service.act_as(consumer, on_paper(declare(1, None))).await;
    assert_eq!(denied.unwrap_err().code(), ErrorCode::Denied);
}

#[tokio::test]
async fn people_add_no_condition_to_a_grant_under_it() {
    let (service, _) = province(ShareClass::Conditional, 1, Manner::Paper).await;
    let order = on_paper(declare(1, None));
    service.act_as(approver(), order).await.unwrap();
    let kv = service.own.ledger.kv().as_ref();
    let of = |consumer: &str| {
        let resource = format!("{PROVINCE}:{}", samples::code(1));
        let number = format!("{consumer}-1-7-AAAAAAAAAAAAA");
        requests::submitted(&number, &resource, now())
    };
    let plain = requests::grant(now());
    let mut conditional = plain.clone();
    conditional.conditions = "仅限统计使用".to_owned();
    let checked = |consumer: &str, grant| {
        let checked = records::check_grant(kv, &of(consumer), grant);
        checked.map_err(|error| error.code())
    };
    assert_eq!(checked("430100", &plain), Ok(()));
    let refused = Err(ErrorCode::InvalidArgument);
    assert_eq!(checked("430100", &conditional), refused);
    assert_eq!(checked("420100", &conditional), Ok(()));
}

async fn keys_read(count: u32) -> KeysRead {
    let (service, mut keys) = province(ShareClass::Conditional, count, Manner::Paper).await;
    for serial in 1..count {
        let order = on_paper(declare(serial, None));
        service.act_as(approver(), order).await.unwrap();
    }
    let asked = v1::ListReturnFlowsRequest {
        page: first_page(),
        ..v1::ListReturnFlowsRequest::default()
    };
    keys.list("ReturnFlow/List", || Ok(service.page(&asked)?.items.len()));
    let order = on_paper(declare(count, None));
    keys.call("ReturnFlow/Declare", service.act_as(approver(), order))
        .await;
    let order = on_paper(end(1));
    keys.call("ReturnFlow/End", service.act_as(approver(), order))
        .await;
    keys
}

#[tokio::test]
async fn calls_read_what_their_class_allows_however_many_return_flows_there_are() {
    let few = keys_read(SIZE + 2).await;
    let many = keys_read(100).await;
    check(&few, &many, &["ReturnFlow"]);
}

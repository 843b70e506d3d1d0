//! Counts the keys that calls about requests read.

use std::sync::Arc;

use chengji_domain::Principal;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::request::Move;
use chengji_domain::stop::{StopAct, StopCause};
use chengji_store::{CountingStore, Ledger, MemoryStore};

use super::*;
use crate::consent::Manner;
use crate::read_counts::{KeysRead, check, page};
use crate::requests::follow::tests::{CONSUMER, Node, OWN, city, submission};

/// A request of this city, for a resource of another one.
fn own_request() -> SubmissionOrder {
    let mut submission = submission();
    submission.resource.city = city(CONSUMER);
    SubmissionOrder {
        submission,
        idempotency_key: String::new(),
        paper: String::new(),
    }
}

fn officer() -> Principal {
    format!("city/{OWN}/person/officer").parse().unwrap()
}

/// The officer, with a consent on paper.
fn by() -> Caller {
    let rights = Rights::new([Role::Consumer, Role::Approver], None).unwrap();
    Caller::new(officer(), rights).on_paper("1".to_owned())
}

/// Number of requests that are read or made in one transaction.
const AT_ONCE: usize = 100;

/// Makes so many requests as consumer and as provider; returns those as provider.
async fn fill(node: &Node, class: ShareClass, count: u64) -> Vec<RequestId> {
    let mut routed = Vec::new();
    let numbers: Vec<u64> = (1..=count).collect();
    for some in numbers.chunks(AT_ONCE) {
        routed.extend(node.routed_all(some, class).await);
        let (own, some) = (node.own.clone(), some.len());
        let submitted = node.own.ledger.write(move |tx| {
            (0..some).try_for_each(|_| {
                let (actor, at) = (Actor::from(officer()), own.now());
                let submission = own_request().submission;
                records::submit(&own, tx, actor, at, submission, "").map(drop)
            })
        });
        submitted.await.unwrap();
    }
    routed
}

/// The keys read from a node with so many requests as consumer and as provider.
async fn keys_read(count: u64) -> KeysRead {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let ledger = Ledger::create(Arc::new(store), &format!("city/{OWN}"), [1; 8]).unwrap();
    let class = ShareClass::Conditional;
    let node = Node::within(ledger, 0).with_entry(class).await;
    let service = NodeRequestService {
        own: node.own.clone(),
        rules: CurrentRules::built_in().unwrap(),
        consent: ConsentRules {
            manner: Manner::Paper,
            ..ConsentRules::default()
        },
        bureau_answers: true,
        sources: Sources::default(),
    };
    let routed = fill(&node, class, count).await;
    let routed: Vec<String> = routed.iter().map(ToString::to_string).collect();
    let mut keys = KeysRead::of(reads);
    let asked = v1::ListRequestsRequest {
        page: page(),
        ..Default::default()
    };
    keys.list("Request/List", || {
        Ok(service.page(&by(), &asked)?.items.len())
    });
    let record = async { service.show_to(&by(), &routed[0]) };
    keys.call("Request/Show", record).await;
    answer(&mut keys, &service, &routed).await;
    stop(&mut keys, &service, &routed[2]).await;
    submit(&mut keys, &service).await;
    keys
}

/// Makes a move as the officer.
async fn order(service: &NodeRequestService, request: &str, mv: Move) -> Result<RequestView> {
    let request = request.to_owned();
    let order = MoveOrder { request, mv };
    service.make_move(by(), order).await
}

/// Counts the keys of the provider's answers to three requests.
async fn answer(keys: &mut KeysRead, service: &NodeRequestService, routed: &[String]) {
    let missing = "范围".to_owned();
    let ask = order(service, &routed[0], Move::AskSupplement { missing });
    keys.call("Request/AskSupplement", ask).await;
    let (reason, legal_basis) = ("用途超出".to_owned(), "条例".to_owned());
    let refuse = order(
        service,
        &routed[1],
        Move::Refuse {
            reason,
            legal_basis,
        },
    );
    keys.call("Request/Refuse", refuse).await;
    let asked = v1::AcknowledgeRequest {
        id: routed[1].clone(),
    };
    let acknowledge = service.acknowledge(by(), asked);
    keys.call("Request/Acknowledge", acknowledge).await;
    let asked = v1::ExtendRequest {
        id: routed[2].clone(),
        reason: "需会商".to_owned(),
        working_days: 1,
        paper: String::new(),
    };
    let extend = async {
        let record = service.record(&routed[2])?;
        let mv = orders::extension(&record, &service.rules, asked)?;
        order(service, &routed[2], mv).await
    };
    keys.call("Request/Extend", extend).await;
    let asked = v1::GrantRequest {
        id: routed[2].clone(),
        ..Default::default()
    };
    let grant = async {
        let record = service.record(&routed[2])?;
        let mv = orders::grant(&record, asked, Scope::File, service.own.now())?;
        order(service, &routed[2], mv).await
    };
    keys.call("Request/Grant", grant).await;
}

/// Counts the keys of acts on the deliveries of a granted request.
async fn stop(keys: &mut KeysRead, service: &NodeRequestService, granted: &str) {
    let act = |act| {
        let request = granted.to_owned();
        service.act_on_deliveries(by(), StopOrder { request, act })
    };
    let (cause, reason) = (StopCause::Suspended, "演练".to_owned());
    keys.call(
        "Request/Stop",
        act(StopAct::Stopped {
            cause,
            reason,
            report: None,
        }),
    )
    .await;
    let reason = "演练".to_owned();
    keys.call("Request/LiftStop", act(StopAct::Lifted { reason }))
        .await;
}

/// Counts the keys of the consumer's calls.
async fn submit(keys: &mut KeysRead, service: &NodeRequestService) {
    let submit = || service.submit_as(by(), own_request());
    keys.call("Request/Submit", submit()).await;
    let Submitted::Request(own) = submit().await.unwrap() else {
        panic!("a paper was given");
    };
    let own = own.record.history.id.to_string();
    let reason = "不再需要".to_owned();
    let withdraw = order(service, &own, Move::Withdraw { reason });
    keys.call("Request/Withdraw", withdraw).await;
}

#[tokio::test]
async fn calls_read_what_their_class_allows_however_many_requests_there_are() {
    let (few, many) = (keys_read(1_000).await, keys_read(20_000).await);
    check(&few, &many, &["Request"]);
}

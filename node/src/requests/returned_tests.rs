//! The declaration and the end of an own return flow that a restored log has lost.

use chengji_domain::return_flow::{
    RecordedFlow, ReturnFlow, ReturnFlowAct, ReturnFlowFact, ReturnFlowNote,
};

use super::*;
use crate::return_flows::records as return_flows;

/// The position of the declaration and of the end in the epoch before the restore.
const DECLARED: u64 = 5;
const ENDED: u64 = 60;

fn before_restore(seq: u64) -> Origin {
    let epoch = Epoch::first([1; 8]);
    Origin { epoch, seq }
}

fn person() -> Actor {
    let consent = Consent::By {
        principal: "city/430200/person/zhu.guan".parse().unwrap(),
        on_behalf_of: None,
        at: now(),
    };
    Actor {
        consent: Some(consent),
        ..Actor::new("city/430200/person/shen.pi".parse().unwrap(), None)
    }
}

/// The end of the return flow, as the coordinator has noted it.
fn ended() -> ClusterFact {
    let act = ReturnFlowAct::End {
        code: entries::code(1).parse().unwrap(),
        reason: "系统下线".to_owned(),
        consultation: "11月20日书面征求各市意见".to_owned(),
    };
    ClusterFact::ReturnFlowNoted(Box::new(ReturnFlowNote {
        provider: city(OWN),
        origin: before_restore(ENDED),
        at: now(),
        fact: ReturnFlowFact {
            act,
            actor: person(),
        },
        readers: Some(BTreeSet::from([city(OWN)])),
    }))
}

/// The declaration, as the coordinator has noted it.
fn noted() -> ClusterFact {
    let act = ReturnFlowAct::Declare {
        code: entries::code(1).parse().unwrap(),
        flow: ReturnFlow {
            to: None,
            rows: "行政区划代码为本市的登记信息".to_owned(),
        },
    };
    ClusterFact::ReturnFlowNoted(Box::new(ReturnFlowNote {
        provider: city(OWN),
        origin: before_restore(DECLARED),
        at: now(),
        fact: ReturnFlowFact {
            act,
            actor: person(),
        },
        readers: None,
    }))
}

/// A provider whose log has the declaration alone.
async fn declared() -> Node {
    let node = Node::new(0);
    let Origin { epoch, seq } = before_restore(DECLARED);
    let recorded = RecordedFlow {
        number: RequestId {
            city: city(OWN),
            epoch,
            seq,
        },
        code: entries::code(1).parse().unwrap(),
        flow: ReturnFlow {
            to: None,
            rows: "行政区划代码为本市的登记信息".to_owned(),
        },
        actor: person(),
        at: now(),
        end: None,
        is_awaited: false,
        earlier: Vec::new(),
    };
    let job = move |tx: &mut Tx<'_>| return_flow_table::put(tx, recorded);
    node.own.ledger.write(job).await.unwrap();
    node
}

fn known(node: &Node) -> RecordedFlow {
    let (kv, code) = (&**node.own.ledger.kv(), entries::code(1).parse().unwrap());
    let known = return_flow_table::find(kv, city(OWN), &code);
    known.unwrap().unwrap()
}

#[tokio::test]
async fn an_end_that_a_restored_log_has_lost_is_made_again_once() {
    let node = declared().await;
    // The city never ended it, as far as its log goes.
    let refused = node.read(ended()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::PeerInvalid);
    assert!(known(&node).is_running());
    restored::tests::restore(&node.own).await;
    for _ in 0..2 {
        node.read(ended()).await.unwrap();
        let end = known(&node).end.unwrap();
        assert_eq!(end.reason, "系统下线");
        assert_eq!(end.actor.principal, node.own.node());
        assert_eq!(end.actor.consent, person().consent);
        let facts = node.facts();
        let is_end = |fact: &&CityFact| matches!(fact, CityFact::ReturnFlow(_));
        assert_eq!(facts.iter().filter(is_end).count(), 1);
    }
}

#[tokio::test]
async fn a_declaration_that_a_restored_log_has_lost_is_recorded_so_that_it_can_be_ended() {
    let node = Node::new(0);
    let kv = || Arc::clone(node.own.ledger.kv());
    let find = || {
        let code = entries::code(1).parse().unwrap();
        return_flow_table::find(&*kv(), city(OWN), &code).unwrap()
    };
    let refused = node.read(noted()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::PeerInvalid);
    assert_eq!(find(), None, "the city never declared it");
    restored::tests::restore(&node.own).await;
    node.read(noted()).await.unwrap();
    let running = find().unwrap();
    assert!(running.is_running());
    assert_eq!(running.number.epoch, before_restore(DECLARED).epoch);
    let end = ReturnFlowAct::End {
        code: entries::code(1).parse().unwrap(),
        reason: "系统下线".to_owned(),
        consultation: "11月20日书面征求各市意见".to_owned(),
    };
    let own = node.own.clone();
    let job =
        move |tx: &mut Tx<'_>| return_flows::make(&own, tx, (person(), own.now()), end).map(drop);
    node.own.ledger.write(job).await.unwrap();
    assert!(!find().unwrap().is_running());
    // A log that is read again repeats what has ended since.
    node.read(noted()).await.unwrap();
    assert!(!find().unwrap().is_running());
}

//! Proposals that moves of others make impossible.

use chengji_domain::proposal::{Proposal, ProposalOutcome};

use super::*;
use crate::consent::{ConsentRules, proposals};

/// Proposes a grant of this request; returns the proposal.
async fn proposed(node: &Node, id: RequestId) -> Proposal {
    let own = node.own.clone();
    let propose = move |tx: &mut Tx<'_>| {
        let act = (Actor::from(own.node()), now(), "");
        gate::make_move(&own, tx, ConsentRules::default(), act, id, grant(false))
    };
    node.own.ledger.write(propose).await.unwrap();
    let mut open = open(node, id);
    assert_eq!(open.len(), 1);
    open.remove(0)
}

fn open(node: &Node, id: RequestId) -> Vec<Proposal> {
    proposals::open_of(&**node.own.ledger.kv(), id).unwrap()
}

#[tokio::test]
async fn a_proposed_answer_to_a_request_that_its_consumer_withdraws_ends() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    let proposal = proposed(&node, id).await;
    let withdrawn = Step {
        party: Party::Consumer,
        actor: consumer(),
        at: now(),
        mv: Move::Withdraw {
            reason: "不再需要".to_owned(),
        },
        due: None,
    };
    let origin = Origin {
        epoch: Epoch::first([2; 8]),
        seq: 9,
    };
    node.ordered(id, withdrawn, origin).await.unwrap();
    assert_eq!(open(&node, id), []);
    let kv = &**node.own.ledger.kv();
    let ended = proposals::find(kv, proposal.number).unwrap().unwrap();
    let how = ended.end.unwrap().how;
    assert!(matches!(how, ProposalOutcome::Overtaken { .. }), "{how:?}");
}

#[tokio::test]
async fn a_proposed_answer_that_another_move_leaves_possible_waits_for_its_consent() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    let proposal = proposed(&node, id).await;
    let own = node.own.clone();
    let extend = move |tx: &mut Tx<'_>| {
        let mv = Move::Extend {
            reason: "需会商".to_owned(),
            deadline: Deadline::certain("2026-12-14".parse().unwrap()),
        };
        records::make_move(&own, tx, own.node().into(), now(), id, mv)
    };
    let record = node.own.ledger.write(extend).await.unwrap();
    let (origin, step) = record.pending.last().unwrap().clone();
    node.ordered(id, step, origin).await.unwrap();

    assert_eq!(open(&node, id), [proposal]);
    assert!(node.record(id).pending.is_empty());
    let facts = node.facts();
    let moves = facts
        .iter()
        .filter(|fact| matches!(fact, CityFact::Moved { .. }));
    assert_eq!(moves.count(), 1);
}

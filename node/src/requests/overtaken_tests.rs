//! Proposals that moves of others make impossible.

use chengji_domain::proposal::ProposalOutcome;

use super::*;
use crate::consent::{ConsentRules, proposals};

#[tokio::test]
async fn a_proposed_answer_to_a_request_that_its_consumer_withdraws_ends() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    let own = node.own.clone();
    let propose = move |tx: &mut Tx<'_>| {
        let act = (Actor::from(own.node()), now(), "");
        gate::make_move(&own, tx, ConsentRules::default(), act, id, grant(false))
    };
    node.own.ledger.write(propose).await.unwrap();
    let kv = &**node.own.ledger.kv();
    let open = proposals::open_of(kv, id).unwrap();
    assert_eq!(open.len(), 1);

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
    assert_eq!(proposals::open_of(kv, id).unwrap(), []);
    let ended = proposals::find(kv, open[0].number).unwrap().unwrap();
    let how = ended.end.unwrap().how;
    assert!(matches!(how, ProposalOutcome::Overtaken { .. }), "{how:?}");
}

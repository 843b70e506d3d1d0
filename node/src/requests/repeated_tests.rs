//! Own moves that the coordinator's log contains a second time.

use super::*;

/// The provider makes a move; returns it with its position in the city's log.
async fn made(node: &Node, id: RequestId, mv: Move) -> (Step, Origin) {
    let own = node.own.clone();
    let job = move |tx: &mut Tx<'_>| records::make_move(&own, tx, own.node().into(), now(), id, mv);
    let record = node.own.ledger.write(job).await.unwrap();
    let (origin, step) = record.pending.last().unwrap().clone();
    (step, origin)
}

/// The provider makes a move, and the coordinator orders it; returns it with its position in the city's log.
async fn ordered(node: &Node, id: RequestId, mv: Move) -> (Step, Origin) {
    let (step, origin) = made(node, id, mv).await;
    node.ordered(id, step.clone(), origin).await.unwrap();
    (step, origin)
}

#[tokio::test]
async fn a_move_that_was_withheld_is_not_ordered_after_a_later_one() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    ordered(&node, id, grant(false)).await;
    let offer = |note: &str| Move::Offer {
        note: note.to_owned(),
    };
    let withheld = made(&node, id, offer("已挂接")).await;
    ordered(&node, id, suspend("超出授权范围")).await;
    let resume = Move::Resume {
        reason: "已整改".to_owned(),
    };
    ordered(&node, id, resume).await;
    let (step, origin) = withheld;
    let late = node.ordered(id, step, origin).await.unwrap_err();
    assert_eq!(late.code(), ErrorCode::PeerInvalid);
    let record = node.record(id);
    assert_eq!(record.history.state().unwrap().offered_at(), None);
}

#[tokio::test]
async fn moves_of_another_restore_count_as_lost_and_later_own_moves_are_ordered() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    let present = restored::tests::restore(&node.own).await.epoch;
    let granted = Step {
        party: Party::Provider,
        actor: node.own.node().into(),
        at: now(),
        mv: grant(false),
        due: None,
    };
    let other = Epoch {
        id: [6; 8],
        ..present
    };
    let later = Epoch { number: 3, ..other };
    let origin = |epoch| Origin { epoch, seq: 60 };
    for never in [origin(present), origin(later)] {
        let refused = node.ordered(id, granted.clone(), never).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::PeerInvalid);
    }
    node.ordered(id, granted, origin(other)).await.unwrap();
    // The lost grant waits for a person to confirm it.
    let shown = node.record(id).shown_state(now());
    assert_eq!(shown, Ok(State::Suspended));
    let offer = Move::Offer {
        note: String::new(),
    };
    ordered(&node, id, offer).await;
    let request = node.record(id).history.state().unwrap();
    assert!(request.offered_at().is_some());
}

fn suspend(reason: &str) -> Move {
    Move::Suspend {
        reason: reason.to_owned(),
        legal_basis: "条例第二十七条".to_owned(),
        mend_by: Deadline::certain("2026-12-31".parse().unwrap()),
    }
}

#[tokio::test]
async fn an_earlier_resumption_does_not_end_a_later_suspension() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    ordered(&node, id, grant(false)).await;
    ordered(&node, id, suspend("超出授权范围")).await;
    let resume = Move::Resume {
        reason: "已整改".to_owned(),
    };
    let (step, origin) = ordered(&node, id, resume).await;
    ordered(&node, id, suspend("再次超出授权范围")).await;

    let again = node.ordered(id, step.clone(), origin).await;
    assert_eq!(again.unwrap_err().code(), ErrorCode::PeerInvalid);
    // Nor with another date.
    let redated = Step {
        at: step.at - SignedDuration::from_secs(1),
        ..step
    };
    let again = node.ordered(id, redated, origin).await;
    assert_eq!(again.unwrap_err().code(), ErrorCode::PeerInvalid);
    assert_eq!(node.record(id).shown_state(now()), Ok(State::Suspended));
}

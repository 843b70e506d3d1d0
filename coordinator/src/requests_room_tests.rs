//! Cities that repeat their moves.

use chengji_domain::request::{Move, MoveKind};

use super::tests::routed;
use crate::tests::world::{CONSUMER, PROVIDER, grant};

#[tokio::test]
async fn a_consumer_that_asks_again_and_again_leaves_the_provider_room_to_end_the_grant() {
    let (mut world, id) = routed().await;
    let granted = grant("2027-12-31T00:00:00Z");
    world.make_move(PROVIDER, id, granted).await.unwrap();
    for number in 0..8 {
        let ask = Move::AskAmendment {
            reason: format!("{number}{}", "扩".repeat(900)),
            scope: "全".repeat(900),
            purpose: String::new(),
            period_days: 0,
            third_party: String::new(),
        };
        world.make_move(CONSUMER, id, ask).await.unwrap();
        let withdraw = Move::Withdraw {
            reason: format!("{number}{}", "撤".repeat(900)),
        };
        world.make_move(CONSUMER, id, withdraw).await.unwrap();
    }
    assert!(!world.request(id).refused.is_empty());

    let consult = Move::Consult {
        reason: "停".repeat(900),
        legal_basis: "条例第二十七条".to_owned(),
        change: None,
        not_before: None,
    };
    world.make_move(PROVIDER, id, consult).await.unwrap();
    let agree = Move::AnswerConsultation {
        agrees: true,
        text: String::new(),
    };
    world.make_move(CONSUMER, id, agree).await.unwrap();
    let terminate = Move::Terminate {
        reason: "停".repeat(900),
        legal_basis: "条例第二十七条".to_owned(),
    };
    world.make_move(PROVIDER, id, terminate).await.unwrap();
    let last = world.request(id).history.steps.pop().unwrap();
    assert_eq!(last.mv.kind(), MoveKind::Terminate);
}

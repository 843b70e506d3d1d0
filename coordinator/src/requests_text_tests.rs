//! Texts in requests: long ones, and those that would command or hide.

use chengji_domain::catalogue::ShareClass::{Conditional, NotShared};
use chengji_domain::fact::CityFact;
use chengji_domain::request::{Move, REQUIRED, State};
use chengji_follow::request_table;
use chengji_messages::Value;

use super::tests::{opened_with, routed, state};
use crate::tests::world::{CONSUMER, PROVIDER, World, code, entry};

#[tokio::test]
async fn a_city_that_insists_cannot_make_a_record_too_large() {
    let (mut world, id) = routed().await;
    let long = "长".repeat(1_000);
    for _ in 0..40 {
        let seconds = jiff::SignedDuration::from_secs(1);
        world.set_now(&(world.now() + seconds).to_string());
        let supplement = Move::Supplement { text: long.clone() };
        world.make_move(CONSUMER, id, supplement).await.unwrap();
    }
    let record = world.request(id);
    assert!(request_table::size(&record).unwrap() <= chengji_store::MAX_VALUE);
    assert!((1..40).contains(&record.refused.len()));
    assert_eq!(state(&world, id), State::Routed);
}

#[tokio::test]
async fn a_citys_words_in_a_rejection_are_made_to_fit() {
    let mut world = World::new().await;
    let mut basis = entry(1, NotShared);
    basis.sharing.condition = format!("\u{1b}[2J\u{e000}{}", "长".repeat(1_200));
    world.publish(PROVIDER, basis, 1).await.unwrap();
    world
        .publish(PROVIDER, entry(2, Conditional), 1)
        .await
        .unwrap();
    let withdrawn = CityFact::Withdrawn {
        code: code(2).parse().unwrap(),
        reason: "\u{202e}停用\u{e000}".to_owned(),
    };
    world.append(PROVIDER, withdrawn).await.unwrap();
    for (serial, words) in [(1, "condition"), (2, "reason")] {
        let id = world.ask(&format!("{PROVIDER}:{}", code(serial))).await;
        assert_eq!(state(&world, id), State::Rejected);
        let Move::Reject { problem, .. } = opened_with(&world) else {
            panic!("{:?}", opened_with(&world));
        };
        let Some(Value::Text(words)) = problem.message.param(words) else {
            panic!("{problem:?}");
        };
        assert_eq!(REQUIRED.fault(words), None, "{words}");
        assert!(words.contains('\u{fffd}'), "{words}");
    }
}

//! Requests of cities that leave the cluster.

use chengji_domain::fact::ClusterFact;
use chengji_domain::request::{DueAct, Move, RejectReason, RequestId, State};
use chengji_domain::roster::MembershipStatus;
use chengji_proto::v1;

use super::tests::{routed, state};
use super::*;
use crate::broker::Broker;
use crate::reminders::remind;
use crate::tests::world::{CONSUMER, PROVIDER, World, city, grant, refuse};

async fn ended(world: &World, code: &str) -> usize {
    let clock = world.clock();
    end_requests(&world.ledger, &clock, city(code))
        .await
        .unwrap()
}

/// The reasons for attention of a listed request.
fn attention(world: &World, id: RequestId) -> Vec<v1::Attention> {
    let broker = Broker {
        ledger: world.ledger.clone(),
        deadlines: world.deadlines.clone(),
        disputes: Disputes::default(),
        clock: world.clock(),
    };
    let page = broker.list(&v1::ListRequestsRequest::default()).unwrap();
    let mut items = page.items.into_iter();
    let item = items.find(|item| item.id == id.to_string()).unwrap();
    item.attention().collect()
}

#[tokio::test]
async fn unanswered_requests_end_when_either_city_has_left() {
    for left in [PROVIDER, CONSUMER] {
        let (world, id) = routed().await;
        assert_eq!(ended(&world, left).await, 0, "it takes part");
        world.set_status(left, MembershipStatus::Suspended).await;
        assert_eq!(ended(&world, left).await, 0, "it may take part again");
        world.set_status(left, MembershipStatus::Removed).await;
        assert_eq!(ended(&world, left).await, 1);
        assert_eq!(state(&world, id), State::Rejected);
        let record = world.request(id);
        let Some(Move::Reject { reason, problem }) = record.history.steps.last().map(|s| &s.mv)
        else {
            panic!("{:?}", record.history.steps);
        };
        assert_eq!(*reason, RejectReason::NotAMember);
        assert_eq!(problem.message.code(), "party-left-cluster");
        assert_eq!(ended(&world, left).await, 0, "once");
        assert_eq!(attention(&world, id), []);
    }
}

fn dispute() -> Move {
    Move::Dispute {
        reason: "理由不充分".to_owned(),
        negotiation: String::new(),
    }
}

#[tokio::test]
async fn a_dispute_about_an_answer_ends_and_one_about_a_grant_stays() {
    let (mut world, id) = routed().await;
    world.make_move(PROVIDER, id, refuse()).await.unwrap();
    world.make_move(CONSUMER, id, dispute()).await.unwrap();
    assert_eq!(state(&world, id), State::Disputed);
    world.set_status(PROVIDER, MembershipStatus::Removed).await;
    assert_eq!(ended(&world, PROVIDER).await, 1);
    assert_eq!(state(&world, id), State::Rejected);
    let is_newly_permitted = |fact| match fact {
        ClusterFact::Ordered {
            newly_permitted, ..
        } => newly_permitted,
        other => panic!("{other:?}"),
    };
    assert!(is_newly_permitted(world.last_fact()));
}

#[tokio::test]
async fn moves_that_would_wait_for_a_city_that_has_left_are_refused_and_it_is_not_chased() {
    let (mut world, id) = routed().await;
    let until = grant("2027-12-31T00:00:00Z");
    world.make_move(PROVIDER, id, until).await.unwrap();
    world.set_status(PROVIDER, MembershipStatus::Removed).await;
    let asked = Move::AskAmendment {
        reason: "扩大范围".to_owned(),
        scope: "全部".to_owned(),
        purpose: String::new(),
        period_days: 0,
        third_party: String::new(),
    };
    world.make_move(CONSUMER, id, asked).await.unwrap();
    let record = world.request(id);
    assert_eq!(
        record.refused[0].problem.message.code(),
        "party-left-cluster"
    );
    // The offer is long overdue.
    world.set_now("2027-06-30T00:00:00Z");
    let given = remind(&world.ledger, &world.deadlines, world.now()).await;
    assert_eq!(given, Ok(0));
    let before = world.reads.keys();
    let again = remind(&world.ledger, &world.deadlines, world.now()).await;
    assert_eq!(
        (again, world.reads.keys()),
        (Ok(0), before),
        "not read again"
    );
    assert_eq!(world.request(id).reminders, []);
    let due = world.request(id).dues(world.now()).unwrap()[0];
    assert_eq!(
        (due.act, due.is_overdue(world.now())),
        (DueAct::Offer, true)
    );
}

#[tokio::test]
async fn a_grant_of_a_city_that_has_left_is_shown_as_such() {
    let (mut world, id) = routed().await;
    let until = grant("2026-12-31T00:00:00Z");
    world.make_move(PROVIDER, id, until).await.unwrap();
    assert_eq!(attention(&world, id), []);
    world.set_status(PROVIDER, MembershipStatus::Removed).await;
    assert_eq!(ended(&world, PROVIDER).await, 0);
    assert_eq!(state(&world, id), State::Granted);
    assert_eq!(attention(&world, id), [v1::Attention::PartyLeft]);
    world.set_now("2027-01-01T00:00:00Z");
    assert_eq!(state(&world, id), State::Lapsed);
}

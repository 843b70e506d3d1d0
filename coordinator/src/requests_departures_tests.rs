//! Requests of cities that leave the cluster.

use chengji_domain::request::{Move, RejectReason, RequestId, State};
use chengji_domain::roster::MembershipStatus;
use chengji_proto::v1;

use super::tests::{routed, state};
use super::*;
use crate::broker::Broker;
use crate::tests::world::{CONSUMER, PROVIDER, World, city, grant};

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

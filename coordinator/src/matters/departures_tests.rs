//! Corrections and demands of cities that leave the cluster.

use chengji_domain::matter::{MatterMove, MatterState};
use chengji_domain::request::RequestId;
use chengji_domain::roster::MembershipStatus;
use chengji_testkit::matters;

use super::end_matters;
use super::tests::{accept, broker, file, make, received, record, state, supply};
use crate::tests::world::{CONSUMER, PROVIDER, STRANGER, World, city};

async fn ended(world: &World, code: &str) -> usize {
    let clock = world.clock();
    end_matters(&world.ledger, &clock, city(code))
        .await
        .unwrap()
}

async fn assigned_demand(world: &mut World, to: &str) -> RequestId {
    let id = file(world, CONSUMER, matters::demand()).await.unwrap();
    assign(world, id, to).await;
    id
}

async fn assign(world: &World, id: RequestId, to: &str) {
    let by = "operator/duty".parse().unwrap();
    let broker = broker(world);
    let assigned = broker.assign_to(by, id.to_string(), (city(to), None));
    assigned.await.unwrap();
}

#[tokio::test]
async fn a_correction_ends_when_either_city_has_left() {
    for left in [PROVIDER, CONSUMER] {
        let mut world = World::new().await;
        let (request, resource) = received(&mut world).await;
        let filing = matters::correction(request, &resource);
        let id = file(&mut world, CONSUMER, filing).await.unwrap();
        make(&mut world, PROVIDER, id, accept()).await.unwrap();
        assert_eq!(ended(&world, left).await, 0, "it takes part");
        world.set_status(left, MembershipStatus::Suspended).await;
        assert_eq!(ended(&world, left).await, 0, "it may take part again");
        world.set_status(left, MembershipStatus::Removed).await;
        assert_eq!(ended(&world, left).await, 1);
        assert_eq!(state(&world, id), MatterState::Rejected);
        let record = record(&world, id);
        let Some(MatterMove::Reject { problem }) = record.steps.last().map(|step| &step.mv) else {
            panic!("{:?}", record.steps);
        };
        assert_eq!(problem.message.code(), "matter-party-left");
        assert_eq!(ended(&world, left).await, 0, "once");
    }
}

#[tokio::test]
async fn a_demand_is_open_again_when_the_city_that_answers_has_left() {
    let mut world = World::new().await;
    received(&mut world).await;
    let waiting = assigned_demand(&mut world, PROVIDER).await;
    let answered = assigned_demand(&mut world, PROVIDER).await;
    make(&mut world, PROVIDER, answered, supply(1))
        .await
        .unwrap();
    assert_eq!(state(&world, answered), MatterState::Answered);
    let of_another = assigned_demand(&mut world, STRANGER).await;
    world.set_status(PROVIDER, MembershipStatus::Removed).await;
    assert_eq!(ended(&world, PROVIDER).await, 2);
    for id in [waiting, answered] {
        assert_eq!(state(&world, id), MatterState::Open);
        assert_eq!(record(&world, id).provider(), None);
    }
    assert_eq!(state(&world, of_another), MatterState::Assigned);
    // Another city is asked.
    assign(&world, waiting, STRANGER).await;
    assert_eq!(record(&world, waiting).provider(), Some(city(STRANGER)));
}

#[tokio::test]
async fn a_demand_ends_when_the_city_that_filed_it_has_left() {
    let mut world = World::new().await;
    let open = file(&mut world, CONSUMER, matters::demand()).await.unwrap();
    let assigned = assigned_demand(&mut world, STRANGER).await;
    world.set_status(CONSUMER, MembershipStatus::Removed).await;
    assert_eq!(ended(&world, CONSUMER).await, 2);
    for id in [open, assigned] {
        assert_eq!(state(&world, id), MatterState::Rejected);
    }
}

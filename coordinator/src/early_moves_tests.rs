//! A restored coordinator reads the provider's log before the consumer's.

use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::request::State;
use chengji_domain::stop::{StopAct, StopCause};

use super::*;
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, World, city, code, entry, grant, requested, submission,
};

/// A conditional resource of the provider, and a request for it that the coordinator has not read.
async fn unread() -> (World, RequestId) {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    world.set_current(false);
    let asked = requested(submission(&format!("{PROVIDER}:{}", code(1))));
    let seq = world.write(CONSUMER, asked, world.now());
    let id = RequestId {
        city: city(CONSUMER),
        epoch: EPOCH,
        seq,
    };
    (world, id)
}

fn revoked(id: RequestId) -> CityFact {
    CityFact::Stop {
        target: StopTarget::Request(id),
        act: StopAct::Stopped {
            cause: StopCause::Revoked,
            reason: "超出授权范围".to_owned(),
            report: None,
        },
        actor: Principal::Node(city(PROVIDER)).into(),
    }
}

fn awaits(world: &World) -> Vec<RequestId> {
    awaited(&**world.ledger.kv()).unwrap()
}

#[tokio::test]
async fn what_arrives_before_its_request_counts_once_that_is_opened() {
    let (mut world, id) = unread().await;
    let granted = grant("2027-01-01T00:00:00Z");
    world.make_move(PROVIDER, id, granted).await.unwrap();
    world.append(PROVIDER, revoked(id)).await.unwrap();
    assert_eq!(awaits(&world), [id]);
    world.settle().await;
    assert_eq!(awaits(&world), [id], "the consumer's log may still have it");

    world.read(city(CONSUMER), id.seq).await.unwrap();
    let record = world.request(id);
    assert_eq!(
        record.history.state().unwrap().state(world.now()),
        State::Granted
    );
    assert_eq!(
        record.stops.in_force().map(|(_, cause)| cause),
        Some(StopCause::Revoked)
    );
    let facts = world.facts();
    let [
        ..,
        ClusterFact::Opened { .. },
        ClusterFact::Ordered { .. },
        ClusterFact::StopNoted { .. },
    ] = facts.as_slice()
    else {
        panic!("{facts:?}");
    };
    assert_eq!(awaits(&world), []);
}

#[tokio::test]
async fn an_answer_to_a_request_that_waits_for_its_resource_counts_once_it_is_routed() {
    let (mut world, id) = unread().await;
    let other = requested(submission(&format!("{PROVIDER}:{}", code(2))));
    world.read(city(CONSUMER), id.seq).await.unwrap();
    let seq = world.append(CONSUMER, other).await.unwrap();
    let waits = RequestId { seq, ..id };
    world
        .publish(PROVIDER, entry(2, Conditional), 1)
        .await
        .unwrap();
    let granted = grant("2027-01-01T00:00:00Z");
    world.make_move(PROVIDER, waits, granted).await.unwrap();
    world.settle().await;
    let state = world.request(waits).history.state().unwrap();
    assert_eq!(state.state(world.now()), State::Granted);
    assert_eq!(awaits(&world), []);
}

#[tokio::test]
async fn what_was_said_of_a_request_that_was_never_made_is_set_aside() {
    let (mut world, id) = unread().await;
    let never = RequestId {
        seq: id.seq + 7,
        ..id
    };
    let granted = grant("2027-01-01T00:00:00Z");
    let seq = world.make_move(PROVIDER, never, granted).await.unwrap();
    world.read(city(CONSUMER), id.seq).await.unwrap();
    world.set_current(true);
    world.settle().await;
    let ClusterFact::Quarantined {
        city: of,
        seq: aside,
        ..
    } = world.last_fact()
    else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!((of, aside), (city(PROVIDER), seq));
    assert_eq!(awaits(&world), []);
}

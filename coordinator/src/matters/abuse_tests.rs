//! A city that is hostile, broken or read anew does no harm to the corrections and demands of others.

use chengji_domain::Principal;
use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::fact::{CityFact, ClusterFact, Delivery};
use chengji_domain::matter::{Filing, MatterEvent, MatterFact, MatterMove, MatterState};
use chengji_domain::request::RequestId;
use chengji_follow::request_table;
use chengji_proto::v1;
use chengji_store::Tx;
use chengji_testkit::matters;

use super::note_received;
use super::receiving::receivers;
use super::tests::{
    accept, broker, correct, file, last_event, make, publish, received, record, state, supply,
};
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, STRANGER, World, acting, at, city, code, delivery, entry, grant,
};

/// A demand that the provider has answered with its first entry.
async fn answered(world: &mut World) -> RequestId {
    let id = file(world, CONSUMER, matters::demand()).await.unwrap();
    let by = "operator/duty".parse().unwrap();
    let to = (city(PROVIDER), None);
    let assigned = broker(world).assign_to(by, id.to_string(), to).await;
    assigned.unwrap();
    make(world, PROVIDER, id, supply(1)).await.unwrap();
    assert_eq!(state(world, id), MatterState::Answered);
    id
}

fn is_of_a_matter(fact: &ClusterFact) -> bool {
    matches!(fact, ClusterFact::Matter(_))
}

#[tokio::test]
async fn texts_that_no_node_accepts_take_no_room_from_others() {
    let mut world = World::new().await;
    let (request, resource) = received(&mut world).await;
    let long = || "长".repeat(501);
    let Filing::Correction(mut filing) = matters::correction(request, &resource) else {
        panic!("no correction");
    };
    filing.problem = long();
    let refused = file(&mut world, CONSUMER, Filing::Correction(filing)).await;
    refused.unwrap_err();
    let filing = matters::correction(request, &resource);
    let id = file(&mut world, CONSUMER, filing).await.unwrap();
    let declined = MatterMove::Decline {
        reason: long(),
        legal_basis: String::new(),
    };
    make(&mut world, PROVIDER, id, declined).await.unwrap_err();
    let opened = make(&mut world, PROVIDER, id, MatterMove::Open).await;
    opened.unwrap_err();
    assert_eq!(state(&world, id), MatterState::Assigned);
    assert!(record(&world, id).refused.is_empty());
}

#[tokio::test]
async fn a_matter_that_is_dated_ahead_is_filed_now() {
    let mut world = World::new().await;
    let filed = MatterFact::Filed {
        filing: matters::demand(),
        actor: acting(CONSUMER),
    };
    let (dated, fact) = (
        at("2031-01-01T00:00:00Z"),
        CityFact::Matter(Box::new(filed)),
    );
    let seq = world.append_dated(CONSUMER, dated, fact).await.unwrap();
    let id = RequestId {
        city: city(CONSUMER),
        epoch: EPOCH,
        seq,
    };
    assert_eq!(record(&world, id).filed_at, world.now());
}

#[tokio::test]
async fn a_correction_of_what_was_never_granted_is_rejected_and_not_counted() {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    let resource = format!("{PROVIDER}:{}", code(1));
    let request = world.ask(&resource).await;
    let filing = matters::correction(request, &resource);
    let id = file(&mut world, CONSUMER, filing).await.unwrap();
    assert_eq!(state(&world, id), MatterState::Rejected);
    let counted = broker(&world).errors(&v1::CountErrorsRequest::default());
    assert!(counted.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_receipt_from_before_a_demand_does_not_end_it_when_the_log_is_read_again() {
    let mut world = World::new().await;
    let (request, _) = received(&mut world).await;
    let id = answered(&mut world).await;
    world.read_again(CONSUMER).await;
    assert_eq!(state(&world, id), MatterState::Answered);
    let received = CityFact::Received {
        delivery: delivery(1, 31, request),
        provider: city(PROVIDER),
    };
    world.append(CONSUMER, received).await.unwrap();
    assert_eq!(state(&world, id), MatterState::Delivered);
}

#[tokio::test]
async fn a_move_that_was_refused_long_ago_is_not_ordered_when_the_log_is_read_again() {
    let mut world = World::new().await;
    let (request, resource) = received(&mut world).await;
    let filing = matters::correction(request, &resource);
    let id = file(&mut world, CONSUMER, filing).await.unwrap();
    make(&mut world, PROVIDER, id, correct()).await.unwrap();
    // Others take its place among the last refused ones.
    for hour in 3..6 {
        world.set_now(&format!("2026-11-23T{hour:02}:00:00Z"));
        make(&mut world, PROVIDER, id, supply(1)).await.unwrap();
    }
    world.set_now("2026-11-23T06:00:00Z");
    make(&mut world, PROVIDER, id, accept()).await.unwrap();
    let before = world.facts().len();
    world.read_again(PROVIDER).await;
    assert_eq!(state(&world, id), MatterState::Accepted);
    let facts = world.facts();
    assert!(!facts[before..].iter().any(is_of_a_matter));
}

#[tokio::test]
async fn whoever_received_a_revision_between_the_error_and_its_correction_is_told() {
    let mut world = World::new().await;
    let (request, resource) = received(&mut world).await;
    let to_stranger = Delivery {
        revision: 2,
        ..delivery(1, 30, request)
    };
    let noted = move |tx: &mut Tx<'_>| {
        let of = request_table::find(tx, request)?;
        note_received(
            tx,
            (city(PROVIDER), city(STRANGER)),
            &to_stranger,
            of.as_ref(),
        )
    };
    world.ledger.write(noted).await.unwrap();
    let filing = matters::correction(request, &resource);
    let id = file(&mut world, CONSUMER, filing).await.unwrap();
    make(&mut world, PROVIDER, id, accept()).await.unwrap();
    publish(&mut world, 3).await;
    let corrected = MatterMove::Correct {
        revision: 3,
        content: None,
        note: String::new(),
    };
    make(&mut world, PROVIDER, id, corrected).await.unwrap();
    let MatterEvent::Told(notice) = last_event(&world) else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!(notice.cities, [city(CONSUMER), city(STRANGER)].into());
}

#[tokio::test]
async fn who_acts_in_a_demand_is_not_shown_to_all_members() {
    let mut world = World::new().await;
    received(&mut world).await;
    let id = answered(&mut world).await;
    let MatterEvent::Ordered { step, .. } = last_event(&world) else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!(step.actor.principal, Principal::Node(city(PROVIDER)));
    assert_eq!(step.actor.department, acting(PROVIDER).department);
    let kept = record(&world, id);
    let made = kept.steps.last().map(|step| &step.actor);
    assert_eq!(made, Some(&acting(PROVIDER)));
}

#[tokio::test]
async fn what_was_never_granted_is_not_noted_as_received() {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    let resource = format!("{PROVIDER}:{}", code(1));
    let request = world.ask(&resource).await;
    let of = matters::resource(&resource);
    let receivers = |world: &World| receivers(&**world.ledger.kv(), &of, 0..=9).unwrap();
    let received = || CityFact::Received {
        delivery: delivery(1, 30, request),
        provider: city(PROVIDER),
    };
    world.append(CONSUMER, received()).await.unwrap();
    assert!(receivers(&world).is_empty());
    let granted = grant("2027-06-30T00:00:00Z");
    world.make_move(PROVIDER, request, granted).await.unwrap();
    world.append(CONSUMER, received()).await.unwrap();
    assert_eq!(receivers(&world), [city(CONSUMER)].into());
}

//! Corrections and demands through the logs of three cities.

use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::fact::{Audience, CityFact, ClusterFact};
use chengji_domain::matter::{
    Filing, MatterEvent, MatterFact, MatterKind, MatterMove, MatterRecord, MatterState,
};
use chengji_domain::request::RequestId;
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{ErrorCode, Principal, Result};
use chengji_follow::{matter_table, request_table};
use chengji_proto::v1;
use chengji_store::Tx;
use chengji_testkit::matters;
use jiff::civil::date;

use super::{MatterBroker, move_deadlines, note_received, remind};
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, STRANGER, World, acting, city, code, delivery, entry, grant,
};

pub(super) fn broker(world: &World) -> MatterBroker {
    MatterBroker {
        ledger: world.ledger.clone(),
        deadlines: world.deadlines.clone(),
        clock: world.clock(),
    }
}

pub(super) fn record(world: &World, id: RequestId) -> MatterRecord {
    matter_table::existing(&**world.ledger.kv(), id).unwrap()
}

pub(super) fn state(world: &World, id: RequestId) -> MatterState {
    record(world, id).state().unwrap().state()
}

/// A city files a matter; returns its number.
pub(super) async fn file(world: &mut World, of: &str, filing: Filing) -> Result<RequestId> {
    let actor = acting(of);
    let filed = MatterFact::Filed { filing, actor };
    let seq = world.append(of, CityFact::Matter(Box::new(filed))).await?;
    Ok(RequestId {
        city: city(of),
        epoch: EPOCH,
        seq,
    })
}

pub(super) async fn make(
    world: &mut World,
    of: &str,
    matter: RequestId,
    mv: MatterMove,
) -> Result<u64> {
    let actor = acting(of);
    let moved = MatterFact::Moved { matter, mv, actor };
    world.append(of, CityFact::Matter(Box::new(moved))).await
}

/// The resource of the provider, granted to the consumer and received by it and by another city in revision 1.
pub(super) async fn received(world: &mut World) -> (RequestId, String) {
    publish(world, 1).await;
    let resource = format!("{PROVIDER}:{}", code(1));
    let id = world.ask(&resource).await;
    let granted = grant("2027-06-30T00:00:00Z");
    world.make_move(PROVIDER, id, granted).await.unwrap();
    let delivered = CityFact::Received {
        delivery: delivery(1, 30, id),
        provider: city(PROVIDER),
    };
    world.append(CONSUMER, delivered).await.unwrap();
    (id, resource)
}

/// Publishes a revision of that resource.
pub(super) async fn publish(world: &mut World, revision: u32) {
    let entry = entry(1, Conditional);
    world.publish(PROVIDER, entry, revision).await.unwrap();
}

pub(super) fn accept() -> MatterMove {
    MatterMove::Accept {
        note: String::new(),
    }
}

pub(super) fn correct() -> MatterMove {
    MatterMove::Correct {
        revision: 2,
        content: None,
        note: "已更正".to_owned(),
    }
}

fn decline() -> MatterMove {
    MatterMove::Decline {
        reason: "无此数据".to_owned(),
        legal_basis: String::new(),
    }
}

pub(super) fn supply(serial: u32) -> MatterMove {
    MatterMove::Supply {
        resource: matters::resource(&format!("{PROVIDER}:{}", code(serial))),
        is_new: false,
        note: String::new(),
    }
}

pub(super) fn last_event(world: &World) -> MatterEvent {
    match world.last_fact() {
        ClusterFact::Matter(event) => *event,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_correction_goes_to_the_provider_who_has_ten_working_days() {
    let mut world = World::new().await;
    let (request, resource) = received(&mut world).await;
    let filing = matters::correction(request, &resource);
    let id = file(&mut world, CONSUMER, filing).await.unwrap();
    assert_eq!(state(&world, id), MatterState::Assigned);
    let opened = last_event(&world);
    let of_both = Audience::of_cities([city(CONSUMER), city(PROVIDER)]);
    assert_eq!(opened.audience(), of_both);
    let deadline = record(&world, id).state().unwrap().deadline().unwrap();
    assert_eq!(deadline.date, date(2026, 12, 7));
    // A log that is read again repeats it.
    let before = world.facts().len();
    world.read_again(CONSUMER).await;
    assert_eq!(record(&world, id).steps.len(), 1);
    let again = world.facts();
    let again = again[before..].iter();
    assert_eq!(
        again
            .filter(|fact| matches!(fact, ClusterFact::Matter(_)))
            .count(),
        0
    );
}

#[tokio::test]
async fn whoever_received_the_revision_is_told_of_its_correction() {
    let mut world = World::new().await;
    let (request, resource) = received(&mut world).await;
    let to_stranger = delivery(1, 30, request);
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
    // The revision is not published yet.
    make(&mut world, PROVIDER, id, correct()).await.unwrap();
    assert_eq!(state(&world, id), MatterState::Accepted);
    publish(&mut world, 2).await;
    world.set_now("2026-11-23T03:00:00Z");
    make(&mut world, PROVIDER, id, correct()).await.unwrap();
    assert_eq!(state(&world, id), MatterState::Corrected);
    let MatterEvent::Told(notice) = last_event(&world) else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!(notice.cities, [city(CONSUMER), city(STRANGER)].into());
    assert_eq!((notice.revision, notice.corrected), (1, 2));
    let counted = broker(&world)
        .errors(&v1::CountErrorsRequest::default())
        .unwrap()
        .items;
    let counted: Vec<_> = counted
        .iter()
        .map(|one| (one.filed, one.accepted))
        .collect();
    assert_eq!(counted, [(1, 1)]);
}

#[tokio::test]
async fn a_correction_of_another_citys_request_is_set_aside() {
    let mut world = World::new().await;
    let (request, resource) = received(&mut world).await;
    let filing = matters::correction(request, &resource);
    let error = file(&mut world, STRANGER, filing).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::PeerInvalid);
}

#[tokio::test]
async fn a_move_out_of_turn_is_refused_with_the_reason() {
    let mut world = World::new().await;
    let (request, resource) = received(&mut world).await;
    let filing = matters::correction(request, &resource);
    let id = file(&mut world, CONSUMER, filing).await.unwrap();
    publish(&mut world, 2).await;
    make(&mut world, PROVIDER, id, correct()).await.unwrap();
    assert_eq!(state(&world, id), MatterState::Assigned);
    let MatterEvent::Refused { city: of, .. } = last_event(&world) else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!(of, city(PROVIDER));
    let refused = &record(&world, id).refused[0];
    assert_eq!(refused.problem.code, ErrorCode::OutOfTurn.as_str());
    let error = make(&mut world, STRANGER, id, accept()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::PeerInvalid);
}

#[tokio::test]
async fn a_demand_is_assigned_declined_answered_by_another_and_ended_by_the_delivery() {
    let mut world = World::new().await;
    let (request, _) = received(&mut world).await;
    let id = file(&mut world, CONSUMER, matters::demand()).await.unwrap();
    assert_eq!(state(&world, id), MatterState::Open);
    assert_eq!(last_event(&world).audience(), Audience::Members);
    let opened = last_event(&world);
    let MatterEvent::Opened { filed_by, .. } = &opened else {
        panic!("{opened:?}");
    };
    assert_eq!(filed_by.principal, Principal::Node(city(CONSUMER)));
    assert_eq!(record(&world, id).filed_by, acting(CONSUMER));
    let broker = broker(&world);
    let attention = || {
        let asked = v1::ListMattersRequest {
            attention: true,
            ..v1::ListMattersRequest::default()
        };
        let page = broker.page(MatterKind::Demand, &asked);
        page.unwrap().items.len()
    };
    assert_eq!(attention(), 1);
    let by = || "operator/duty".parse().unwrap();
    let to = |of: &str| (city(of), None);
    let itself = broker.assign_to(by(), id.to_string(), to(CONSUMER)).await;
    assert_eq!(itself.unwrap_err().code(), ErrorCode::InvalidArgument);
    let view = broker.assign_to(by(), id.to_string(), to(STRANGER)).await;
    let deadline = view.unwrap().record.state().unwrap().deadline().unwrap();
    assert_eq!(deadline.date, date(2026, 12, 7));
    assert_eq!(attention(), 0);
    make(&mut world, STRANGER, id, decline()).await.unwrap();
    assert_eq!(state(&world, id), MatterState::Declined);
    assert_eq!(attention(), 1);
    let again = broker.assign_to(by(), id.to_string(), to(PROVIDER)).await;
    again.unwrap();
    // Its log is read again: the decline is known, though the city is no party any more.
    let before = world.facts().len();
    world.read_again(STRANGER).await;
    let is_quarantined = |fact: &ClusterFact| matches!(fact, ClusterFact::Quarantined { .. });
    assert!(!world.facts()[before..].iter().any(is_quarantined));
    // A further move of that city is refused, and an unknown entry is no answer.
    make(&mut world, STRANGER, id, supply(1)).await.unwrap();
    let MatterEvent::Refused {
        city: of, problem, ..
    } = last_event(&world)
    else {
        panic!("{:?}", world.last_fact());
    };
    let expected = (city(STRANGER), ErrorCode::OutOfTurn.as_str());
    assert_eq!((of, problem.code.as_str()), expected);
    make(&mut world, PROVIDER, id, supply(9)).await.unwrap();
    assert_eq!(state(&world, id), MatterState::Assigned);
    make(&mut world, PROVIDER, id, supply(1)).await.unwrap();
    assert_eq!(state(&world, id), MatterState::Answered);
    let received = CityFact::Received {
        delivery: delivery(1, 31, request),
        provider: city(PROVIDER),
    };
    world.append(CONSUMER, received).await.unwrap();
    assert_eq!(state(&world, id), MatterState::Delivered);
}

#[tokio::test]
async fn a_demand_is_not_assigned_to_a_city_that_takes_no_part() {
    let mut world = World::new().await;
    let id = file(&mut world, CONSUMER, matters::demand()).await.unwrap();
    world
        .set_status(STRANGER, MembershipStatus::Suspended)
        .await;
    let by = "operator/duty".parse().unwrap();
    let to = (city(STRANGER), None);
    let assigned = broker(&world).assign_to(by, id.to_string(), to).await;
    assert_eq!(assigned.unwrap_err().code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn reminders_are_given_once_before_and_after_the_deadline() {
    let mut world = World::new().await;
    let (request, resource) = received(&mut world).await;
    let filing = matters::correction(request, &resource);
    let id = file(&mut world, CONSUMER, filing).await.unwrap();
    let given = async |world: &World, now: &str| {
        world.set_now(now);
        let given = remind(&world.ledger, &world.deadlines, world.now());
        given.await.unwrap()
    };
    assert_eq!(given(&world, "2026-12-02T02:00:00Z").await, 0);
    // The deadline is Monday, 7 December.
    assert_eq!(given(&world, "2026-12-03T02:00:00Z").await, 1);
    assert_eq!(given(&world, "2026-12-04T02:00:00Z").await, 0);
    let asked = v1::ListMattersRequest {
        overdue: true,
        ..v1::ListMattersRequest::default()
    };
    let overdue = |world: &World| {
        let page = broker(world).page(MatterKind::Correction, &asked);
        page.unwrap().items.len()
    };
    assert_eq!(overdue(&world), 0);
    assert_eq!(given(&world, "2026-12-08T02:00:00Z").await, 1);
    assert_eq!(given(&world, "2026-12-09T02:00:00Z").await, 0);
    assert_eq!(overdue(&world), 1);
    assert_eq!(record(&world, id).reminders.len(), 2);
    // A certain deadline is never moved.
    let moved = move_deadlines(&world.ledger, &world.deadlines, world.now());
    assert_eq!(moved.await.unwrap(), 0);
}

#[tokio::test]
async fn an_answer_that_arrives_before_its_matter_waits_for_it() {
    let mut world = World::new().await;
    let (request, resource) = received(&mut world).await;
    world.set_current(false);
    let id = RequestId {
        city: city(CONSUMER),
        epoch: EPOCH,
        seq: world.length(CONSUMER) as u64,
    };
    make(&mut world, PROVIDER, id, accept()).await.unwrap();
    let filing = matters::correction(request, &resource);
    assert_eq!(file(&mut world, CONSUMER, filing).await, Ok(id));
    assert_eq!(state(&world, id), MatterState::Accepted);
}

//! Stops of deliveries, and suspensions with a time to mend.

use chengji_domain::calendar::Deadline;
use chengji_domain::fact::{CityFact, ClusterFact};
use chengji_domain::request::{DueAct, Move, State};
use chengji_domain::stop::{IncidentReport, RecordedAct, StopAct, StopCause, StopTarget};
use chengji_domain::{ErrorCode, Principal};
use chengji_follow::request_table;
use jiff::SignedDuration;
use jiff::civil::date;

use super::tests::{origin, routed, state};
use super::*;
use crate::tests::world::{CONSUMER, PROVIDER, acting, city, grant};

#[tokio::test]
async fn a_stop_is_noted_whatever_its_date_and_once() {
    let (mut world, id) = routed().await;
    world
        .make_move(PROVIDER, id, grant("2026-12-31T00:00:00Z"))
        .await
        .unwrap();
    let provider = city(PROVIDER);
    let act = RecordedAct {
        origin: origin(9),
        // The provider's clock is a day ahead.
        at: world.now() + SignedDuration::from_hours(24),
        actor: Principal::Node(provider).into(),
        act: StopAct::Stopped {
            cause: StopCause::Revoked,
            reason: "misuse".to_owned(),
            report: None,
        },
        noted: true,
        due: None,
    };
    let note = async |by, act: &RecordedAct| {
        let (now, act, deadlines) = (world.now(), act.clone(), world.deadlines.clone());
        let noted = world
            .ledger
            .write(move |tx| note_stop(tx, &deadlines, now, by, (id, act)));
        noted.await
    };
    let consumer = note(city(CONSUMER), &act).await.unwrap_err();
    assert_eq!(consumer.code(), ErrorCode::PeerInvalid);
    note(provider, &act).await.unwrap();
    let noted = world.last_fact();
    assert!(
        matches!(&noted, ClusterFact::StopNoted { request, actor, .. } if *request == id && *actor == act.actor)
    );
    let head = world.ledger.head();
    note(provider, &act).await.unwrap();
    assert_eq!(world.ledger.head(), head, "it says nothing new");
    let record = world.request(id);
    assert_eq!(record.shown_state(world.now()).unwrap(), State::Revoked);
    assert_eq!(state(&world, id), State::Granted, "as it was ordered");
}

#[tokio::test]
async fn a_stop_for_an_incident_is_to_be_followed_up_in_time() {
    let (mut world, id) = routed().await;
    world
        .make_move(PROVIDER, id, grant("2027-06-30T00:00:00Z"))
        .await
        .unwrap();
    let stopped = CityFact::Stop {
        target: StopTarget::Request(id),
        act: StopAct::Stopped {
            cause: StopCause::Incident,
            reason: "疑似泄露".to_owned(),
            report: Some(IncidentReport {
                to: "株洲市网信办".to_owned(),
                at: world.now(),
            }),
        },
        actor: acting(PROVIDER),
    };
    world.append(PROVIDER, stopped).await.unwrap();
    // Five working days from a Monday.
    let follow_up = Some(Deadline::certain(date(2026, 11, 30)));
    let ClusterFact::StopNoted { due, .. } = world.last_fact() else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!(due, follow_up);
    let dues = request_table::open_dues(&world.request(id));
    let incident = dues.iter().find(|due| due.act == DueAct::Incident);
    assert_eq!(incident.map(|due| due.deadline), follow_up);
}

#[tokio::test]
async fn a_time_to_mend_is_within_its_maximum() {
    let (mut world, id) = routed().await;
    world
        .make_move(PROVIDER, id, grant("2027-06-30T00:00:00Z"))
        .await
        .unwrap();
    let suspend = |mend_by| Move::Suspend {
        reason: "超范围使用".to_owned(),
        legal_basis: "条例第二十七条".to_owned(),
        mend_by: Deadline::certain(mend_by),
    };
    let far = date(2027, 6, 1);
    world.make_move(PROVIDER, id, suspend(far)).await.unwrap();
    let ClusterFact::MoveRefused { problem, .. } = world.last_fact() else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!(problem.message.code(), "mending-beyond-longest");
    let near = date(2026, 12, 31);
    world.make_move(PROVIDER, id, suspend(near)).await.unwrap();
    assert_eq!(state(&world, id), State::Suspended);
}

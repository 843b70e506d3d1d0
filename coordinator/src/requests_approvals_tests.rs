//! Regions of entries, and approvals of the common superior authority.

use std::sync::Arc;

use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::catalogue::{Entry, Region};
use chengji_domain::fact::{Audience, ClusterFact};
use chengji_domain::request::{
    Approval, DueAct, Move, Party, RejectReason, RequestId, RequestRecord, State,
};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{ErrorCode, Principal, Result};
use chengji_messages::Value;
use jiff::civil::date;

use super::tests::{opened_with, state};
use super::*;
use crate::records;
use crate::reminders::remind;
use crate::tests::world::{CONSUMER, PROVIDER, World, city, code, entry};

fn approval() -> Approval {
    Approval {
        authority: "湖南省数据局".to_owned(),
        document: "湘数函〔2026〕9号".to_owned(),
        on: date(2026, 11, 30),
    }
}

async fn approved(world: &World, id: RequestId) -> Result<RequestRecord> {
    let operator: Principal = "operator/zhiban".parse().unwrap();
    let (deadlines, now) = (world.deadlines.clone(), world.now());
    let job = world
        .ledger
        .write(move |tx| approve(tx, &deadlines, now, &operator, (id, approval())));
    job.await
}

async fn declined(world: &World, id: RequestId) -> Result<RequestRecord> {
    let operator: Principal = "operator/zhiban".parse().unwrap();
    let now = world.now();
    let reason = "依据不足".to_owned();
    let job = world
        .ledger
        .write(move |tx| decline(tx, now, &operator, (id, approval(), reason)));
    job.await
}

/// The consumer asks for an entry that needs an approval; a week passes.
async fn awaiting() -> (World, RequestId) {
    let mut world = World::new().await;
    let bound = Entry {
        superior_approval: true,
        ..entry(1, Conditional)
    };
    world.publish(PROVIDER, bound, 1).await.unwrap();
    let id = world.ask(&format!("{PROVIDER}:{}", code(1))).await;
    world.set_now("2026-12-01T02:00:00Z");
    (world, id)
}

#[tokio::test]
async fn a_request_from_outside_the_region_is_rejected_and_says_which() {
    let mut world = World::new().await;
    for (serial, region, routed) in [
        (1, "province", true),
        (2, "cluster", true),
        (3, "430100;440000", true),
        (4, "440000", false),
    ] {
        let region: Region = region.parse().unwrap();
        let bound = Entry {
            region: Some(region.clone()),
            ..entry(serial, Conditional)
        };
        world.publish(PROVIDER, bound, 1).await.unwrap();
        let id = world.ask(&format!("{PROVIDER}:{}", code(serial))).await;
        match opened_with(&world) {
            Move::Route { .. } => assert!(routed, "{region}"),
            Move::Reject { reason, problem } => {
                assert!(!routed, "{region}");
                assert_eq!(reason, RejectReason::OutsideRegion);
                assert_eq!(problem.code, ErrorCode::NotShared.as_str());
                assert_eq!(problem.message.code(), "resource-bound-to-region");
                let named = Value::from(region.label());
                assert_eq!(problem.message.param("region"), Some(&named));
                assert_eq!(state(&world, id), State::Rejected);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_request_waits_for_the_approval_and_deadlines_are_counted_from_the_routing() {
    let (world, id) = awaiting().await;
    world.settle().await;
    assert_eq!(state(&world, id), State::Submitted);
    assert!(awaits(&**world.ledger.kv(), &world.request(id)).unwrap());

    let record = approved(&world, id).await.unwrap();
    assert_eq!(record, world.request(id));
    let route = Move::Route {
        share_class: Conditional,
        revision: 1,
        deadline: Deadline::certain(date(2026, 12, 15)),
        approval: Some(approval()),
    };
    assert_eq!(opened_with(&world), route);
    let by = &record.history.steps[0].actor.principal;
    assert_eq!(by.to_string(), "operator/zhiban");
    let again = approved(&world, id).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::OutOfTurn);
    world.settle().await;
    assert_eq!(record, world.request(id));
}

/// Number of facts about the wait.
fn waits(world: &World) -> usize {
    let facts = world.facts();
    let waits = facts.iter().filter(|fact| {
        let is_wait = matches!(fact, ClusterFact::ApprovalAwaited { .. });
        // The provider does not read of a request that it may never receive.
        assert!(!is_wait || fact.audience() == Audience::of_cities([city(CONSUMER)]));
        is_wait
    });
    waits.count()
}

#[tokio::test]
async fn a_wait_is_recorded_once_and_decided_about_again_only_when_the_entry_changes() {
    let (mut world, id) = awaiting().await;
    let awaited = world.request(id).awaited_approval().unwrap();
    let deadline = Deadline::certain(date(2026, 12, 7));
    assert_eq!((awaited.revision, awaited.deadline), (1, deadline));
    let kv = Arc::clone(world.ledger.kv());
    let left = || {
        let waiting = records::waiting(&*kv).unwrap().len();
        (waiting, records::rechecks(&*kv).unwrap().len())
    };
    assert_eq!((waits(&world), left()), (1, (0, 0)));

    let bound = Entry {
        superior_approval: true,
        ..entry(1, Conditional)
    };
    world.publish(PROVIDER, bound, 2).await.unwrap();
    assert_eq!(left(), (0, 1));
    world.settle().await;
    assert_eq!((waits(&world), left()), (1, (0, 0)));
    assert_eq!(world.request(id).awaited_approval(), Some(awaited));
    approved(&world, id).await.unwrap();
    assert_eq!(world.request(id).awaited_approval(), None);
    world
        .publish(PROVIDER, entry(1, Conditional), 3)
        .await
        .unwrap();
    assert_eq!(left(), (0, 0), "nothing waits for it any more");
}

#[tokio::test]
async fn a_wait_has_its_reminder_and_becomes_overdue_without_a_decision() {
    let (world, id) = awaiting().await;
    for (now, overdue) in [
        ("2026-12-07T02:00:00Z", false),
        ("2026-12-08T02:00:00Z", true),
    ] {
        world.set_now(now);
        assert_eq!(
            remind(&world.ledger, &world.deadlines, world.now()).await,
            Ok(1)
        );
        let fact = world.last_fact();
        assert_eq!(fact.audience(), Audience::of_cities([city(CONSUMER)]));
        let ClusterFact::Reminded {
            act,
            overdue: is_overdue,
            ..
        } = fact
        else {
            panic!("{fact:?}");
        };
        assert_eq!((act, is_overdue), (DueAct::Approval, overdue));
    }
    world.settle().await;
    assert_eq!(state(&world, id), State::Submitted);
    let due = world.request(id).dues(world.now()).unwrap()[0];
    assert_eq!(
        (due.party, due.is_overdue(world.now())),
        (Party::Coordinator, true)
    );
}

#[tokio::test]
async fn a_request_that_its_consumer_withdraws_waits_no_longer() {
    let (mut world, id) = awaiting().await;
    let mv = Move::Withdraw {
        reason: "不再需要".to_owned(),
    };
    world.make_move(CONSUMER, id, mv).await.unwrap();
    assert_eq!(state(&world, id), State::Withdrawn);
    assert_eq!(world.request(id).awaited_approval(), None);
    world
        .publish(PROVIDER, entry(1, Conditional), 2)
        .await
        .unwrap();
    assert_eq!(records::rechecks(&**world.ledger.kv()).unwrap(), []);
}

#[tokio::test]
async fn a_request_that_is_not_approved_is_rejected_with_the_document() {
    let (world, id) = awaiting().await;
    declined(&world, id).await.unwrap();
    let Move::Reject { reason, problem } = opened_with(&world) else {
        panic!("it was routed");
    };
    assert_eq!(reason, RejectReason::NotApproved);
    let document = Value::from(approval().document);
    assert_eq!(problem.message.param("document"), Some(&document));
    assert_eq!(state(&world, id), State::Rejected);
}

#[tokio::test]
async fn an_approval_that_is_no_longer_needed_is_not_waited_for() {
    let (mut world, id) = awaiting().await;
    let free = entry(1, Conditional);
    world.publish(PROVIDER, free, 2).await.unwrap();
    world.settle().await;
    assert_eq!(state(&world, id), State::Routed);
    let needless = approved(&world, id).await.unwrap_err();
    assert_eq!(needless.message().code(), "request-awaits-no-approval");
}

#[tokio::test]
async fn a_request_that_waits_for_a_city_that_leaves_is_rejected() {
    let (world, id) = awaiting().await;
    world.set_status(PROVIDER, MembershipStatus::Removed).await;
    end_requests(&world.ledger, &world.clock(), city(PROVIDER))
        .await
        .unwrap();
    assert_eq!(
        approved(&world, id).await.unwrap_err().code(),
        ErrorCode::OutOfTurn
    );
    world.settle().await;
    let Move::Reject { reason, .. } = opened_with(&world) else {
        panic!("it waits");
    };
    assert_eq!(reason, RejectReason::NotAMember);
}

#[tokio::test]
async fn a_waiting_request_of_a_city_that_leaves_is_rejected() {
    let (world, id) = awaiting().await;
    world.set_status(CONSUMER, MembershipStatus::Removed).await;
    end_requests(&world.ledger, &world.clock(), city(CONSUMER))
        .await
        .unwrap();
    world.settle().await;
    let Move::Reject { reason, problem } = opened_with(&world) else {
        panic!("it waits");
    };
    assert_eq!(reason, RejectReason::NotAMember);
    assert_eq!(problem.message.code(), "party-left-cluster");
    assert_eq!(state(&world, id), State::Rejected);
}

#[tokio::test]
async fn a_request_of_a_suspended_city_waits_whatever_was_approved() {
    let (world, id) = awaiting().await;
    world
        .set_status(CONSUMER, MembershipStatus::Suspended)
        .await;
    assert!(approved(&world, id).await.is_err());
    world.settle().await;
    assert_eq!(state(&world, id), State::Submitted);
    world.set_status(CONSUMER, MembershipStatus::Active).await;
    approved(&world, id).await.unwrap();
    assert_eq!(state(&world, id), State::Routed);
}

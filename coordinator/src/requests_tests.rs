//! Routing, ordering and disputes, on a store in memory.

use chengji_domain::ErrorCode;
use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass::{Conditional, NotShared, Unconditional};
use chengji_domain::fact::{CityFact, ClusterFact, Origin};
use chengji_domain::request::{Move, Party, RejectReason, RequestId, State, Step};
use chengji_follow::request_table;
use chengji_messages::{Message, msg};
use chengji_proto::convert::{RequestView, request_to};
use jiff::SignedDuration;
use jiff::civil::{Date, date};

use super::*;
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, START, STRANGER, World, acting, at, city, code, entry, grant,
    refuse, requested, submission,
};

pub(super) fn opened_with(world: &World) -> Move {
    match world.last_fact() {
        ClusterFact::Opened { step, .. } => step.mv,
        other => panic!("{other:?}"),
    }
}

pub(super) fn state(world: &World, id: RequestId) -> State {
    world
        .request(id)
        .history
        .state()
        .unwrap()
        .state(world.now())
}

pub(super) fn origin(seq: u64) -> Origin {
    Origin { epoch: EPOCH, seq }
}

/// A world with a request for a conditional resource, which the provider has to answer.
pub(super) async fn routed() -> (World, RequestId) {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    let id = world.ask(&format!("{PROVIDER}:{}", code(1))).await;
    (world, id)
}

fn extend(deadline: Date) -> Move {
    Move::Extend {
        reason: "需会商".to_owned(),
        deadline: Deadline::certain(deadline),
    }
}

pub(super) fn dispute() -> Move {
    Move::Dispute {
        reason: "依据不足".to_owned(),
        negotiation: String::new(),
    }
}

#[tokio::test]
async fn a_request_is_routed_with_the_term_of_its_class() {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Unconditional), 1)
        .await
        .unwrap();
    world
        .publish(PROVIDER, entry(2, Conditional), 1)
        .await
        .unwrap();
    world
        .publish(PROVIDER, entry(2, Conditional), 2)
        .await
        .unwrap();
    for (serial, share_class, revision, deadline) in [
        (1, Unconditional, 1, date(2026, 11, 24)),
        (2, Conditional, 2, date(2026, 12, 7)),
    ] {
        let id = world.ask(&format!("{PROVIDER}:{}", code(serial))).await;
        assert_eq!(
            opened_with(&world),
            Move::Route {
                share_class,
                revision,
                deadline: Deadline::certain(deadline),
                approval: None,
            }
        );
        assert_eq!(state(&world, id), State::Routed);
    }
}

#[tokio::test]
async fn what_cannot_be_routed_is_rejected_with_the_reason() {
    use RejectReason::{NoSuchResource, NotAMember, OwnResource};
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(3, NotShared), 1)
        .await
        .unwrap();
    world
        .publish(PROVIDER, entry(4, Conditional), 1)
        .await
        .unwrap();
    let withdrawn = CityFact::Withdrawn {
        code: code(4).parse().unwrap(),
        reason: "并入".into(),
    };
    world.append(PROVIDER, withdrawn).await.unwrap();
    world
        .publish(CONSUMER, entry(1, Conditional), 1)
        .await
        .unwrap();
    for (provider, serial, expected, why) in [
        ("440100", 1, NotAMember, "member-unknown"),
        (PROVIDER, 9, NoSuchResource, "resource-unknown"),
        (PROVIDER, 4, NoSuchResource, "resource-withdrawn"),
        (PROVIDER, 3, RejectReason::NotShared, "resource-not-shared"),
        (CONSUMER, 1, OwnResource, "resource-is-consumers-own"),
    ] {
        let resource = format!("{provider}:{}", code(serial));
        let id = world.ask(&resource).await;
        let Move::Reject { reason, problem } = opened_with(&world) else {
            panic!("{resource} was routed");
        };
        assert_eq!(reason, expected, "{resource}");
        assert_eq!(problem.message.code(), why);
        assert_eq!(state(&world, id), State::Rejected);
    }
}

#[tokio::test]
async fn a_log_that_is_read_again_routes_and_orders_nothing_twice() {
    let (mut world, id) = routed().await;
    world.make_move(PROVIDER, id, refuse()).await.unwrap();
    world.set_now("2026-11-23T02:00:01Z");
    world.make_move(PROVIDER, id, refuse()).await.unwrap();
    let (facts, record) = (world.facts(), world.request(id));
    assert_eq!((record.history.steps.len(), record.refused.len()), (2, 1));
    world.read_again(CONSUMER).await;
    world.read_again(PROVIDER).await;
    assert_eq!(world.facts(), facts);
    assert_eq!(world.request(id), record);
}

#[tokio::test]
async fn a_move_in_turn_is_ordered_with_its_origin() {
    let (mut world, id) = routed().await;
    let mv = grant("2026-12-31T00:00:00Z");
    let seq = world.make_move(PROVIDER, id, mv.clone()).await.unwrap();
    let expected = ClusterFact::Ordered {
        request: id,
        provider: city(PROVIDER),
        step: Step {
            party: Party::Provider,
            actor: acting(PROVIDER),
            at: at(START),
            mv,
            due: Some(Deadline::certain(date(2026, 12, 21))),
        },
        origin: Some(origin(seq)),
        arrived_at: None,
        newly_permitted: false,
    };
    assert_eq!(world.last_fact(), expected);
    assert_eq!(state(&world, id), State::Granted);
}

#[tokio::test]
async fn a_move_out_of_turn_is_refused_and_changes_nothing() {
    let (mut world, id) = routed().await;
    let before = world.request(id).history;
    let supplement = Move::Supplement {
        text: "补充".to_owned(),
    };
    let seq = world.make_move(CONSUMER, id, supplement).await.unwrap();
    let ClusterFact::MoveRefused {
        request,
        origin,
        problem,
        ..
    } = world.last_fact()
    else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!((request, origin), (id, self::origin(seq)));
    assert_eq!(problem.code, "OUT_OF_TURN");
    let after = world.request(id);
    assert_eq!(after.history, before);
    assert_eq!(after.refused.len(), 1);
    assert_eq!(state(&world, id), State::Routed);
}

#[tokio::test]
async fn a_move_dated_ahead_is_refused_and_brings_no_deadline_nearer() {
    let (world, id) = routed().await;
    let now = world.now();
    let arrives = async |ahead: SignedDuration| {
        let deadlines = world.deadlines.clone();
        let arrived = Arrived {
            city: city(CONSUMER),
            origin: origin(7),
            at: now + ahead,
            request: id,
            mv: dispute(),
            actor: acting(CONSUMER),
            out_of_reach: None,
            negotiation_required: false,
        };
        let arriving = world.ledger.write(move |tx| {
            let present = request_table::find(tx, id)?;
            arrive(tx, &deadlines, now, present, arrived)
        });
        arriving.await.unwrap();
    };
    arrives(SignedDuration::from_hours(24 * 365)).await;
    let ClusterFact::MoveRefused { problem, .. } = world.last_fact() else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!(problem.message.code(), "move-dated-ahead");
    assert_eq!(state(&world, id), State::Routed);
    // Read again from the beginning, it is not refused a second time.
    let said = world.facts().len();
    arrives(SignedDuration::from_hours(24 * 365)).await;
    assert_eq!(world.facts().len(), said);
    // Clocks need not agree to the second: this one is only out of turn.
    arrives(SignedDuration::from_mins(5)).await;
    let ClusterFact::MoveRefused { problem, .. } = world.last_fact() else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!(problem.code, "OUT_OF_TURN");
}

#[tokio::test]
async fn a_request_dated_ahead_is_rejected_and_both_times_are_named() {
    let (mut world, _) = routed().await;
    let resource = format!("{PROVIDER}:{}", code(1));
    for (ahead, rejected) in [(5 * 60, false), (5 * 60 + 1, true), (5 * 60 * 60, true)] {
        let dated = world.now() + SignedDuration::from_secs(ahead);
        let asked = requested(submission(&resource));
        world.append_dated(CONSUMER, dated, asked).await.unwrap();
        match opened_with(&world) {
            Move::Reject {
                reason: RejectReason::DatedAhead,
                problem,
            } => {
                let now = world.now();
                assert!(rejected, "{problem}");
                let named = msg::RequestDatedAhead { dated, now };
                assert_eq!(problem.message, Message::from(named));
            }
            Move::Route { .. } => assert!(!rejected, "{ahead} s ahead"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_move_dated_before_its_city_was_last_heard_is_marked_as_backdated() {
    let extension = |day| CityFact::Moved {
        request: RequestId {
            city: city(CONSUMER),
            epoch: EPOCH,
            seq: 0,
        },
        mv: extend(date(2026, 12, day)),
        actor: acting(PROVIDER),
    };
    let minutes_ago = |world: &World, minutes| world.now() - SignedDuration::from_mins(minutes);
    for (out_of_reach, minutes, expected) in [
        (Some(60), 6, false),
        (Some(60), 7, true),
        (Some(60 * 60), 64, false),
        (None, 24 * 60, false),
    ] {
        let (mut world, id) = routed().await;
        world.set_now("2026-11-25T02:00:00Z");
        world.set_out_of_reach(out_of_reach);
        let dated = minutes_ago(&world, minutes);
        world
            .append_dated(PROVIDER, dated, extension(10))
            .await
            .unwrap();
        let ClusterFact::Ordered { arrived_at, .. } = world.last_fact() else {
            panic!("{:?}", world.last_fact());
        };
        let expected = expected.then_some(world.now());
        assert_eq!(arrived_at, expected, "{out_of_reach:?} {minutes}");
        let shown = request_to(&RequestView {
            record: world.request(id),
            at: world.now(),
            reader: None,
            received_at: None,
            proposals: Vec::new(),
            further: Vec::new(),
            fetches_counted: None,
        });
        let shown = shown.unwrap();
        let marked = shown.steps.iter().map(|step| step.arrived_at.is_some());
        assert_eq!(marked.collect::<Vec<_>>(), [false, expected.is_some()]);
        let counted = request_table::BACKDATED
            .all()
            .count(&**world.ledger.kv(), 9)
            .unwrap();
        assert_eq!(counted, usize::from(expected.is_some()));
        // The time that the city gave it counts, for every reader alike.
        assert_eq!(world.request(id).history.steps[1].at, dated);
    }
}

#[tokio::test]
async fn of_two_answers_at_once_the_first_to_arrive_counts() {
    let (mut world, id) = routed().await;
    let withdraw = Move::Withdraw {
        reason: "不再需要".to_owned(),
    };
    world.make_move(CONSUMER, id, withdraw).await.unwrap();
    world
        .make_move(PROVIDER, id, grant("2026-12-31T00:00:00Z"))
        .await
        .unwrap();
    assert!(matches!(world.last_fact(), ClusterFact::MoveRefused { .. }));
    assert_eq!(state(&world, id), State::Withdrawn);
}

#[tokio::test]
async fn whoever_has_no_part_in_a_request_is_set_aside() {
    let (mut world, id) = routed().await;
    let before = world.request(id);
    let foreign = world.make_move(STRANGER, id, refuse()).await.unwrap_err();
    assert_eq!(foreign.code(), ErrorCode::PeerInvalid);
    assert!(
        matches!(world.last_fact(), ClusterFact::Quarantined { city: of, .. } if of == city(STRANGER))
    );
    let unknown = RequestId { seq: 999, ..id };
    assert!(world.make_move(PROVIDER, unknown, refuse()).await.is_err());
    assert_eq!(world.request(id), before);
}

#[tokio::test]
async fn a_deadline_is_extended_by_ten_working_days_at_most() {
    let (mut world, id) = routed().await;
    world
        .make_move(PROVIDER, id, extend(date(2026, 12, 22)))
        .await
        .unwrap();
    let ClusterFact::MoveRefused { problem, .. } = world.last_fact() else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!(
        problem.message.param("latest"),
        Some(&date(2026, 12, 21).into())
    );
    world
        .make_move(PROVIDER, id, extend(date(2026, 12, 21)))
        .await
        .unwrap();
    let deadline = world.request(id).history.state().unwrap().deadline();
    assert_eq!(deadline, Some(Deadline::certain(date(2026, 12, 21))));
}

#[tokio::test]
async fn a_request_waits_until_its_providers_log_has_been_read() {
    let mut world = World::new().await;
    world.set_current(false);
    let known = world.ask(&format!("{PROVIDER}:{}", code(1))).await;
    let unknown = world.ask(&format!("{PROVIDER}:{}", code(9))).await;
    let facts = world.facts().len();
    world.settle().await;
    assert_eq!(world.facts().len(), facts, "waiting says nothing");
    assert_eq!(state(&world, known), State::Submitted);

    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(state(&world, known), State::Routed);
    assert_eq!(state(&world, unknown), State::Submitted);

    world.set_current(true);
    world.settle().await;
    world.settle().await;
    assert_eq!(state(&world, unknown), State::Rejected);
    assert_eq!(world.facts().len(), facts + 2, "each was opened once");
}

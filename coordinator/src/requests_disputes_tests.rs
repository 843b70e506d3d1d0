//! The course of disputes.

use chengji_domain::calendar::Deadline;
use chengji_domain::fact::ClusterFact;
use chengji_domain::request::{Move, RequestId, RequestRecord, State};
use chengji_domain::{ErrorCode, Principal, Result};
use jiff::civil::date;

use super::tests::{dispute, routed, state};
use super::*;
use crate::tests::world::{CONSUMER, PROVIDER, World, grant, refuse};

/// Records the course of a dispute; the coordinator belongs to the common superior authority, or not.
async fn concluded(
    world: &World,
    id: RequestId,
    common_superior: bool,
    conclusion: Conclusion,
) -> Result<RequestRecord> {
    let operator: Principal = "operator/zhiban".parse().unwrap();
    let (deadlines, now) = (world.deadlines.clone(), world.now());
    let disputes = Disputes {
        common_superior,
        negotiation_required: false,
    };
    let job = world.ledger.write(move |tx| {
        conclude(
            tx,
            (&*deadlines, disputes),
            now,
            &operator,
            (id, conclusion),
        )
    });
    job.await
}

fn decided(answers_anew: bool) -> Conclusion {
    Conclusion::Decided {
        government: "湖南省人民政府".to_owned(),
        document: "湘政函〔2026〕9号".to_owned(),
        reason: "依据充分".to_owned(),
        answers_anew,
    }
}

fn referred() -> Conclusion {
    Conclusion::Referred {
        authority: "湖南省数据局".to_owned(),
        reason: "协商未果".to_owned(),
        document: String::new(),
    }
}

/// A refused request that the consumer disputes.
async fn disputed() -> (World, RequestId) {
    let (mut world, id) = routed().await;
    world.make_move(PROVIDER, id, refuse()).await.unwrap();
    world.make_move(CONSUMER, id, dispute()).await.unwrap();
    (world, id)
}

#[tokio::test]
async fn a_decision_ends_a_dispute_and_only_a_dispute() {
    let (mut world, id) = routed().await;
    let early = concluded(&world, id, true, decided(false)).await;
    assert_eq!(early.unwrap_err().code(), ErrorCode::OutOfTurn);

    world.make_move(PROVIDER, id, refuse()).await.unwrap();
    world.make_move(CONSUMER, id, dispute()).await.unwrap();
    world.set_now("2026-12-01T02:00:00Z");
    concluded(&world, id, true, decided(true)).await.unwrap();
    assert_eq!(state(&world, id), State::Routed);
    let deadline = world.request(id).history.state().unwrap().deadline();
    assert_eq!(
        deadline,
        Some(Deadline::certain(date(2026, 12, 15))),
        "ten working days from the decision"
    );
    assert!(matches!(
        world.last_fact(),
        ClusterFact::Ordered { origin: None, .. }
    ));

    world.make_move(PROVIDER, id, refuse()).await.unwrap();
    world.make_move(CONSUMER, id, dispute()).await.unwrap();
    let record = concluded(&world, id, true, decided(false)).await.unwrap();
    assert_eq!(record, world.request(id));
    assert_eq!(state(&world, id), State::Refused);
}

#[tokio::test]
async fn a_coordinator_without_authority_refers_a_dispute_first() {
    let (world, id) = disputed().await;
    let refused = concluded(&world, id, false, decided(false))
        .await
        .unwrap_err();
    assert_eq!(refused.message().code(), "dispute-not-referred");
    assert_eq!(state(&world, id), State::Disputed);
    concluded(&world, id, false, referred()).await.unwrap();
    assert_eq!(state(&world, id), State::Referred);
    concluded(&world, id, false, decided(false)).await.unwrap();
    assert_eq!(state(&world, id), State::Refused);
}

#[tokio::test]
async fn after_a_mediation_the_refused_request_can_be_granted() {
    let (mut world, id) = disputed().await;
    let mediated = Conclusion::Mediated {
        agreement: "按月提供".to_owned(),
        document: "协〔2026〕3号".to_owned(),
    };
    concluded(&world, id, true, mediated).await.unwrap();
    assert_eq!(state(&world, id), State::Refused);
    world
        .make_move(PROVIDER, id, grant("2026-12-31T00:00:00Z"))
        .await
        .unwrap();
    assert_eq!(state(&world, id), State::Granted);
}

#[tokio::test]
async fn a_text_that_may_not_be_recorded_concludes_nothing() {
    let (world, id) = disputed().await;
    let empty = Conclusion::Referred {
        authority: " ".to_owned(),
        reason: "协商未果".to_owned(),
        document: String::new(),
    };
    let refused = concluded(&world, id, true, empty).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidArgument);
    assert_eq!(state(&world, id), State::Disputed);
}

#[tokio::test]
async fn cities_under_one_authority_negotiate_before_a_dispute() {
    let (mut world, id) = routed().await;
    world.disputes.negotiation_required = true;
    world.make_move(PROVIDER, id, refuse()).await.unwrap();
    let disputed = |negotiation: &str| Move::Dispute {
        reason: "依据不足".to_owned(),
        negotiation: negotiation.to_owned(),
    };
    world.make_move(CONSUMER, id, disputed("")).await.unwrap();
    let ClusterFact::MoveRefused { problem, .. } = world.last_fact() else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!(problem.message.code(), "dispute-not-negotiated");
    assert_eq!(state(&world, id), State::Refused);
    let with = disputed("12月6日会商，未达成一致");
    world.make_move(CONSUMER, id, with).await.unwrap();
    assert_eq!(state(&world, id), State::Disputed);
}

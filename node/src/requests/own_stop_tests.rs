//! The city's own stops are independent of what the coordinator's log contains or has lost.

use super::*;

#[tokio::test]
async fn the_citys_own_stop_shows_when_the_coordinators_log_is_read_anew() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    let (step, origin) = node.granted(id).await;
    node.ordered(id, step.clone(), origin).await.unwrap();
    let own = node.own.clone();
    let stop = StopAct::Stopped {
        cause: StopCause::Revoked,
        reason: "超出授权范围".to_owned(),
        report: None,
    };
    let job = move |tx: &mut Tx<'_>| {
        let by = own.node().into();
        records::act_on_deliveries(&own, tx, (by, now()), id, stop)
    };
    node.own.ledger.write(job).await.unwrap();
    node.intake.start_over(COORDINATOR).await.unwrap();
    assert_eq!(records::find(&**node.own.ledger.kv(), id), Ok(None));

    node.routed(1, ShareClass::Conditional).await;
    node.ordered(id, step, origin).await.unwrap();
    let shown = node.record(id).shown_state(now());
    assert_eq!(shown, Ok(State::Revoked));
}

#[tokio::test]
async fn a_grant_is_revoked_whose_record_is_full() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    let (step, origin) = node.granted(id).await;
    node.ordered(id, step, origin).await.unwrap();
    let fill = move |tx: &mut Tx<'_>| fill(tx, id);
    node.own.ledger.write(fill).await.unwrap();
    let own = node.own.clone();
    let revocation = StopAct::Stopped {
        cause: StopCause::Revoked,
        reason: "超".repeat(1_000),
        report: None,
    };
    let job = move |tx: &mut Tx<'_>| {
        let by = own.node().into();
        records::act_on_deliveries(&own, tx, (by, now()), id, revocation)
    };
    node.own.ledger.write(job).await.unwrap();
    let record = node.record(id);
    assert_eq!(record.shown_state(now()), Ok(State::Revoked));
    let refused = stops::check(&**node.own.ledger.kv(), &record.history).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::GrantRevoked);
}

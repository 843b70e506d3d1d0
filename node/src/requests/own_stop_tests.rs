//! The city's own stops, whatever the coordinator's log says or has forgotten.

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
    };
    let job = move |tx: &mut Tx<'_>| {
        let by = own.node();
        book::act_on_deliveries(&own, tx, (&by, now()), id, stop)
    };
    node.own.ledger.write(job).await.unwrap();
    node.intake.start_over(COORDINATOR).await.unwrap();
    assert_eq!(book::find(&**node.own.ledger.kv(), id), Ok(None));

    node.routed(1, ShareClass::Conditional).await;
    node.ordered(id, step, origin).await.unwrap();
    let shown = node.record(id).shown_state(now());
    assert_eq!(shown, Ok(State::Revoked));
}

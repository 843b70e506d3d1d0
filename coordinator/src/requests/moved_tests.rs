//! Provisional deadlines that a notice moves.

use chengji_domain::calendar::{HolidayNotice, RecordedRules, RulesFact};
use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::fact::ClusterFact;
use chengji_domain::request::Party;
use chengji_runtime::CurrentRules;
use chengji_testkit::requests::grant;
use jiff::civil::date;

use super::*;
use crate::tests::world::{CONSUMER, PROVIDER, World, at, code, entry};

/// The built-in rules with these rows of a notice for 2027.
fn with_notice(rows: &str) -> Arc<Deadlines> {
    let text = format!("version,v,source,s\nyear,date,day,occasion,notice\n{rows}");
    let notice = HolidayNotice::parse("w.csv", &text).unwrap().remove(0);
    let rules = CurrentRules::built_in().unwrap();
    rules.take(RecordedRules {
        seq: 0,
        at: at("2026-12-31T02:00:00Z"),
        by: Principal::Coordinator,
        fact: RulesFact::Holidays(notice),
    });
    Arc::new(Deadlines(rules))
}

/// A request of 31 December 2026, whose deadline is provisional.
async fn routed() -> (World, RequestId) {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    world.set_now("2026-12-31T02:00:00Z");
    let id = world.ask(&format!("{PROVIDER}:{}", code(1))).await;
    let provisional = Deadline {
        date: date(2027, 1, 15),
        provisional: true,
    };
    assert_eq!(deadline(&world, id), Some(provisional));
    (world, id)
}

fn deadline(world: &World, id: RequestId) -> Option<Deadline> {
    world.request(id).history.state().unwrap().deadline()
}

async fn moved_by(world: &World, deadlines: &Arc<Deadlines>) -> usize {
    move_deadlines(&world.ledger, deadlines, world.now())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_notice_makes_a_provisional_deadline_later_once() {
    let (world, id) = routed().await;
    assert_eq!(
        moved_by(&world, &world.deadlines).await,
        0,
        "without a notice"
    );
    let newer = with_notice("2027,2027-01-01,off,元旦,号\n2027,2027-01-04,off,元旦,号\n");
    let found = deadlines_to_move(&**world.ledger.kv(), &newer).unwrap();
    assert_eq!((found.len(), found[0].request), (1, id));
    assert_eq!(moved_by(&world, &newer).await, 1);
    let later = Deadline::certain(date(2027, 1, 18));
    assert_eq!(deadline(&world, id), Some(later));
    let ClusterFact::Ordered { step, origin, .. } = world.last_fact() else {
        panic!("{:?}", world.last_fact());
    };
    let expected = Move::MoveDeadline {
        act: DueAct::Answer,
        deadline: later,
    };
    assert_eq!((step.mv, origin), (expected, None));
    let facts = world.facts().len();
    assert_eq!(moved_by(&world, &newer).await, 0, "it is certain now");
    assert_eq!(world.facts().len(), facts);
}

#[tokio::test]
async fn a_deadline_that_rests_during_a_dispute_is_moved_after_it() {
    let (mut world, id) = routed().await;
    world.set_now("2027-01-16T02:00:00Z");
    let (reason, negotiation) = (|| "逾期未答复".to_owned(), String::new());
    let dispute = Move::Dispute {
        reason: reason(),
        negotiation,
    };
    world.make_move(CONSUMER, id, dispute).await.unwrap();
    let newer = with_notice("2027,2027-01-01,off,元旦,号\n2027,2027-01-04,off,元旦,号\n");
    assert_eq!(moved_by(&world, &newer).await, 0, "it rests");
    let back = Move::WithdrawDispute { reason: reason() };
    world.make_move(CONSUMER, id, back).await.unwrap();
    assert_eq!(moved_by(&world, &newer).await, 1);
    let later = Deadline::certain(date(2027, 1, 18));
    assert_eq!(deadline(&world, id), Some(later));
}

#[tokio::test]
async fn a_notice_never_makes_a_deadline_earlier() {
    let (world, id) = routed().await;
    let before = deadline(&world, id);
    let work = with_notice("2027,2027-01-01,off,元旦,号\n2027,2027-01-09,work,元旦,号\n");
    assert_eq!(moved_by(&world, &work).await, 0);
    assert_eq!(deadline(&world, id), before);
}

#[tokio::test]
async fn a_deadline_is_counted_from_the_move_that_set_it_and_from_no_other_with_the_same_day() {
    let (world, id) = routed().await;
    let mut record = world.request(id);
    let (same, until) = (
        Deadline::certain(date(2027, 2, 1)),
        at("2027-12-31T00:00:00Z"),
    );
    let amendment = Move::AskAmendment {
        reason: "扩大范围".to_owned(),
        scope: "全部信息项".to_owned(),
        purpose: String::new(),
        period_days: 0,
        third_party: String::new(),
    };
    for (made, party, mv) in [
        (
            "2027-01-04T02:00:00Z",
            Party::Provider,
            Move::Grant(grant(until)),
        ),
        ("2027-01-18T02:00:00Z", Party::Consumer, amendment),
    ] {
        let step = Step {
            party,
            actor: Principal::Coordinator.into(),
            at: at(made),
            mv,
            due: Some(same),
        };
        record.order(step, None).unwrap();
    }
    for (act, from) in [
        (DueAct::Offer, Some(date(2027, 1, 4))),
        (DueAct::Amendment, Some(date(2027, 1, 18))),
        (DueAct::Consultation, None),
    ] {
        let due = Due {
            deadline: same,
            party: Party::Provider,
            act,
        };
        assert_eq!(counted_from(&record, due), from, "{act:?}");
    }
}

//! Times of reminders.

use chengji_domain::calendar::{Deadline, RecordedRules, RulesFact, RulesSet};
use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::request::{DueAct, Move};
use jiff::civil::date;

use super::*;
use crate::tests::world::{PROVIDER, World, at, code, entry, grant, refuse};

/// A request that is due on 7 December, a Monday.
async fn routed() -> (World, RequestId) {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    let id = world.ask(&format!("{PROVIDER}:{}", code(1))).await;
    (world, id)
}

/// The days are China's: 16:00 UTC is midnight there.
#[tokio::test]
async fn two_working_days_before_the_deadline_it_is_near_and_after_it_overdue() {
    let (world, id) = routed().await;
    let record = world.request(id);
    let deadline = Deadline::certain(date(2026, 12, 7));
    for (now, expected) in [
        ("2026-12-02T15:59:59Z", None),
        ("2026-12-02T16:00:00Z", Some(false)),
        ("2026-12-07T15:59:59Z", Some(false)),
        ("2026-12-07T16:00:00Z", Some(true)),
        ("2027-02-01T00:00:00Z", Some(true)),
    ] {
        let expected = expected.map(|overdue| Reminder {
            at: at(now),
            act: DueAct::Answer,
            deadline,
            overdue,
        });
        let expected: Vec<_> = expected.into_iter().collect();
        assert_eq!(due(&record, at(now), &world.deadlines), expected, "{now}");
    }
}

#[tokio::test]
async fn each_is_given_once_and_again_for_a_new_deadline() {
    let (mut world, id) = routed().await;
    let remind_at = async |world: &World, now: &str| {
        world.set_now(now);
        remind(&world.ledger, &world.deadlines, at(now))
            .await
            .unwrap()
    };
    assert_eq!(remind_at(&world, "2026-11-30T01:00:00Z").await, 0);
    assert_eq!(remind_at(&world, "2026-12-04T01:00:00Z").await, 1);
    assert_eq!(remind_at(&world, "2026-12-05T01:00:00Z").await, 0);

    let extend = Move::Extend {
        reason: "需会商".to_owned(),
        deadline: Deadline::certain(date(2026, 12, 10)),
    };
    world.make_move(PROVIDER, id, extend).await.unwrap();
    assert_eq!(remind_at(&world, "2026-12-09T01:00:00Z").await, 1);
    assert_eq!(remind_at(&world, "2026-12-11T01:00:00Z").await, 1);
    assert_eq!(remind_at(&world, "2026-12-12T01:00:00Z").await, 0);
    let given: Vec<_> = world
        .request(id)
        .reminders
        .iter()
        .map(|r| (r.deadline.date.day(), r.overdue))
        .collect();
    assert_eq!(given, [(7, false), (10, false), (10, true)]);
    let said = world.facts();
    let said = said
        .iter()
        .filter(|fact| matches!(fact, ClusterFact::Reminded { .. }));
    assert_eq!(said.count(), 3);
}

#[tokio::test]
async fn who_has_answered_is_left_alone() {
    let (mut world, id) = routed().await;
    world.make_move(PROVIDER, id, refuse()).await.unwrap();
    let late = at("2026-12-20T00:00:00Z");
    assert_eq!(
        remind(&world.ledger, &world.deadlines, late).await.unwrap(),
        0
    );
}

#[tokio::test]
async fn the_offering_of_a_grant_is_reminded_of_and_chased() {
    let (mut world, id) = routed().await;
    let until = grant("2027-12-31T00:00:00Z");
    world.make_move(PROVIDER, id, until).await.unwrap();
    // Due on 21 December, a Monday.
    for (now, expected) in [
        ("2026-12-16T01:00:00Z", None),
        ("2026-12-17T01:00:00Z", Some(false)),
        ("2026-12-18T01:00:00Z", None),
        ("2026-12-22T01:00:00Z", Some(true)),
        ("2026-12-23T01:00:00Z", None),
    ] {
        let before = world.request(id).reminders.len();
        world.set_now(now);
        let given = remind(&world.ledger, &world.deadlines, at(now))
            .await
            .unwrap();
        assert_eq!(given, usize::from(expected.is_some()), "{now}");
        let record = world.request(id);
        let given: Vec<_> = record.reminders[before..]
            .iter()
            .map(|reminder| (reminder.act, reminder.overdue))
            .collect();
        let expected = expected.map(|overdue| (DueAct::Offer, overdue));
        assert_eq!(given, Vec::from_iter(expected), "{now}");
    }
}

/// Nothing was reminded of for a week, in which a deadline came and passed.
#[tokio::test]
async fn what_became_overdue_while_the_coordinator_was_away_is_recorded_once() {
    let (world, id) = routed().await;
    let remind_at = async |now: &str| {
        world.set_now(now);
        remind(&world.ledger, &world.deadlines, at(now))
            .await
            .unwrap()
    };
    assert_eq!(remind_at("2026-12-02T01:00:00Z").await, 0);
    assert_eq!(remind_at("2026-12-09T01:00:00Z").await, 1);
    assert_eq!(remind_at("2026-12-09T01:00:30Z").await, 0);
    let given = world.request(id).reminders;
    let given: Vec<_> = given.iter().map(|r| (r.act, r.overdue)).collect();
    assert_eq!(
        given,
        [(DueAct::Answer, true)],
        "no reminder after the fact"
    );
}

/// A record without space for another word.
fn full(mut record: RequestRecord) -> RequestRecord {
    let reminder = Reminder {
        at: Timestamp::UNIX_EPOCH,
        act: DueAct::Answer,
        deadline: Deadline::certain(date(1970, 1, 1)),
        overdue: false,
    };
    while request_table::size(&record).unwrap() <= request_table::MAX_WITHOUT_STOPS {
        record.reminders.push(reminder);
    }
    record.reminders.pop();
    record
}

#[tokio::test]
async fn one_that_cannot_be_reminded_of_does_not_keep_the_others_waiting() {
    let (mut world, id) = routed().await;
    let second = world.ask(&format!("{PROVIDER}:{}", code(1))).await;
    let record = full(world.request(id));
    let put = world
        .ledger
        .write(move |tx| request_table::put(tx, &record));
    put.await.unwrap();
    let late = at("2026-12-20T00:00:00Z");
    assert_eq!(
        remind(&world.ledger, &world.deadlines, late).await.unwrap(),
        1
    );
    let is_of_it = |reminder: &Reminder| reminder.overdue;
    assert!(!world.request(id).reminders.iter().any(is_of_it));
    assert_eq!(world.request(second).reminders.len(), 1);
}

/// Of many requests only the due ones are read, and those only until the reminder was given.
#[tokio::test]
async fn what_is_not_due_is_not_read() {
    let (mut world, _) = routed().await;
    for _ in 0..300 {
        world.ask(&format!("{PROVIDER}:{}", code(1))).await;
    }
    let kv = Arc::clone(world.ledger.kv());
    let due_at = |world: &World, now: &str| {
        let (read, due) = world
            .reads
            .during(|| all_due(&*kv, &world.deadlines, at(now)).unwrap());
        (due.len(), read)
    };
    assert_eq!(due_at(&world, "2026-11-30T01:00:00Z"), (0, 0));
    // Of each: its place in the index, and its record.
    assert_eq!(due_at(&world, "2026-12-04T01:00:00Z"), (301, 301 * 2));
    let given = remind(&world.ledger, &world.deadlines, at("2026-12-04T01:00:00Z"));
    assert_eq!(given.await.unwrap(), 301);
    assert_eq!(due_at(&world, "2026-12-05T01:00:00Z"), (0, 0));
    assert_eq!(due_at(&world, "2026-12-08T01:00:00Z"), (301, 301 * 2));
}

#[tokio::test]
async fn a_deadline_that_is_near_for_other_cities_alone_writes_nothing() {
    let (world, id) = routed().await;
    let table = "version,hn-2026.1,source,湖南省政务数据共享管理办法\n\
                 jurisdiction,rule,working_days,valid_from,valid_until,source\n\
                 430000,reminder_before,1,,,第九条\n";
    world.deadlines.0.take(RecordedRules {
        seq: u64::MAX,
        at: world.now(),
        by: Principal::Coordinator,
        fact: RulesFact::Rules(RulesSet::parse("hn.csv", table).unwrap()),
    });
    let due_at = |now: &str| {
        let kv = &**world.ledger.kv();
        all_due(kv, &world.deadlines, at(now)).unwrap()
    };
    // The rule of the whole country is two working days, that of the province is one.
    assert_eq!(due_at("2026-12-03T01:00:00Z"), BTreeSet::new());
    assert_eq!(due_at("2026-12-04T01:00:00Z"), BTreeSet::from([id]));
}

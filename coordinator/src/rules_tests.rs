//! Setting rules and notices while requests are open.

use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::request::RequestId;
use chengji_domain::roster::MembershipStatus;
use jiff::civil::date;

use super::*;
use crate::tests::world::{PROVIDER, STRANGER, World, code, entry};

/// The province of all cities of the tests answers conditional requests within three working days.
const THREE_DAYS: &str = "version,hn-2026.1,source,湖南省政务数据共享管理办法\n\
                          jurisdiction,rule,working_days,valid_from,valid_until,source\n\
                          430000,conditional_answer,3,,,第九条\n";
/// A notice by which the first working days of 2027 are days off.
const NOTICE: &str = "version,v,source,s\nyear,date,day,occasion,notice\n\
                      2027,2027-01-01,off,元旦,国办发明电〔2026〕1号\n\
                      2027,2027-01-04,off,元旦,国办发明电〔2026〕1号\n";

fn rules(world: &World) -> Rules {
    Rules {
        ledger: world.ledger.clone(),
        deadlines: Arc::clone(&world.deadlines),
        clock: world.clock(),
    }
}

fn by() -> Principal {
    "operator/duty".parse().unwrap()
}

fn table(dry_run: bool) -> RulesOrder<RulesSet> {
    let table = RulesSet::parse("hn.csv", THREE_DAYS).unwrap();
    RulesOrder { table, dry_run }
}

fn notices(dry_run: bool) -> RulesOrder<Vec<HolidayNotice>> {
    let table = HolidayNotice::parse("w.csv", NOTICE).unwrap();
    RulesOrder { table, dry_run }
}

async fn asked(world: &mut World) -> RequestId {
    world.ask(&format!("{PROVIDER}:{}", code(1))).await
}

fn deadline(world: &World, id: RequestId) -> Deadline {
    let state = world.request(id).history.state().unwrap();
    state.deadline().unwrap()
}

async fn published() -> World {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    world
}

fn conditional(shown: &v1::RulesInForce) -> &v1::RuleInForce {
    let mut rules = shown.rules.iter();
    rules
        .find(|rule| rule.rule == "conditional_answer")
        .unwrap()
}

#[tokio::test]
async fn what_was_counted_stays_and_the_next_act_is_counted_by_the_new_rule() {
    let mut world = published().await;
    let rules = rules(&world);
    let before = asked(&mut world).await;
    assert_eq!(deadline(&world, before).date, date(2026, 12, 7));

    let dry = rules.set(by(), table(true)).await.unwrap();
    assert_eq!(dry.seq, None);
    assert_eq!((dry.changes[0].before, dry.changes[0].after), (10, 3));
    let facts = world.facts().len();
    let set = rules.set(by(), table(false)).await.unwrap();
    assert_eq!((set.seq, &set.changes), (Some(facts as u64), &dry.changes));

    assert_eq!(deadline(&world, before).date, date(2026, 12, 7));
    let after = asked(&mut world).await;
    assert_eq!(deadline(&world, after).date, date(2026, 11, 26));
    let twice = rules.set(by(), table(false)).await.unwrap_err();
    assert_eq!(twice.code(), ErrorCode::AlreadyExists);
}

#[tokio::test]
async fn the_history_shows_the_rule_that_was_in_force() {
    let world = published().await;
    let rules = rules(&world);
    world.set_now("2026-12-01T02:00:00Z");
    rules.set(by(), table(false)).await.unwrap();
    let shown = |place: &str, at| {
        let jurisdiction = Some(place.parse().unwrap());
        rules.show(RulesQuery { jurisdiction, at })
    };
    let now = shown(PROVIDER, None);
    let number = conditional(&now);
    assert_eq!(
        (number.working_days, number.jurisdiction.as_str()),
        (3, "430000")
    );
    assert_eq!(
        (number.version.as_str(), number.article.as_str()),
        ("hn-2026.1", "第九条")
    );
    assert_eq!(
        conditional(&shown(PROVIDER, Some(date(2026, 11, 30)))).working_days,
        10
    );
    assert_eq!(
        conditional(&shown(PROVIDER, Some(date(2026, 12, 1)))).working_days,
        3
    );
    assert_eq!(conditional(&shown("230100", None)).working_days, 10);
    let national = RulesQuery {
        jurisdiction: None,
        at: None,
    };
    assert_eq!(rules.show(national).jurisdiction, "000000");
    let listed = rule_table::page(&**world.ledger.kv(), &v1::ListRulesRequest::default());
    let listed = listed.unwrap().items;
    assert_eq!(
        (listed.len(), listed[0].jurisdiction.as_str()),
        (1, "430000")
    );
    assert_eq!(listed[0].by, by().to_string());
}

#[tokio::test]
async fn the_stored_facts_make_the_same_book() {
    let world = published().await;
    let rules = rules(&world);
    rules.set(by(), table(false)).await.unwrap();
    world
        .set_status(STRANGER, MembershipStatus::Suspended)
        .await;
    rules.set_holidays(by(), notices(false)).await.unwrap();
    let stored = rule_table::book(&**world.ledger.kv()).unwrap();
    assert_eq!(stored, *world.deadlines.0.book());
}

#[tokio::test]
async fn a_notice_moves_the_provisional_deadlines_that_it_names_before() {
    let mut world = published().await;
    let rules = rules(&world);
    world.set_now("2026-12-31T02:00:00Z");
    let id = asked(&mut world).await;
    let provisional = Deadline {
        date: date(2027, 1, 15),
        provisional: true,
    };
    assert_eq!(deadline(&world, id), provisional);
    let mut changes = world.deadlines.0.changes();

    let dry = rules.set_holidays(by(), notices(true)).await.unwrap();
    assert_eq!(
        (dry.years.as_slice(), dry.moved_count, dry.recorded),
        (&[2027][..], 1, false)
    );
    let moved = &dry.moved[0];
    assert_eq!(
        (moved.before.as_str(), moved.after.as_str()),
        ("2027-01-15", "2027-01-18")
    );
    assert!(!changes.has_changed().unwrap());

    let set = rules.set_holidays(by(), notices(false)).await.unwrap();
    assert_eq!((set.recorded, &set.moved), (true, &dry.moved));
    // The watch of deadlines waits for this.
    changes.changed().await.unwrap();
    let moved = crate::requests::move_deadlines(&world.ledger, &world.deadlines, world.now());
    assert_eq!(moved.await.unwrap(), 1);
    assert_eq!(deadline(&world, id), Deadline::certain(date(2027, 1, 18)));
    let twice = rules.set_holidays(by(), notices(false)).await.unwrap_err();
    assert_eq!(twice.code(), ErrorCode::AlreadyExists);
}

//! Adds records to the directory that an earlier build made without them.

use chengji_domain::calendar::{HolidayNotice, RulesFact, RulesSet};
use chengji_domain::catalogue::{Entry, ShareClass};
use chengji_domain::fact::{CityFact, ClusterFact, Origin};
use chengji_domain::report::Month;
use chengji_follow::request_table;
use chengji_store::Tx;

use super::super::directory::succession;
use super::super::facts::{delivery, entry};
use super::super::world::{EPOCH, PROVIDER, START, World, at, city, code};
use super::read_of_cities;
use crate::month_use::{self, Side};

/// Counts a delivery as if it was read, if none is counted.
pub(super) async fn count_a_delivery(world: &World) {
    let (kv, month) = (&**world.ledger.kv(), Month::of(at(START)));
    let counted = month_use::of_month(kv, city(PROVIDER), month).unwrap();
    if !counted.is_empty() {
        return;
    }
    let (request, _) = request_table::REQUESTS.all().first(kv).unwrap().unwrap();
    let origin = Origin {
        epoch: EPOCH,
        seq: 1,
    };
    let count = move |tx: &mut Tx<'_>| {
        let (when, of) = ((origin, at(START)), delivery(1, 30, request));
        month_use::count(tx, city(PROVIDER), when, &of, Side::Sent)
    };
    world.ledger.write(count).await.unwrap();
}

/// Rules of a province, and a notice, if there are none.
pub(super) async fn set_rules(world: &World) {
    if world
        .facts()
        .iter()
        .any(|fact| matches!(fact, ClusterFact::Rules(_)))
    {
        return;
    }
    let rules = "version,hn-2026.1,source,演练\n\
                 jurisdiction,rule,working_days,valid_from,valid_until,source\n\
                 430000,correction,5,2027-01-01,2028-12-31,第九条\n430000,supplement,-,,,\n";
    let notice = "version,v,source,s\nyear,date,day,occasion,notice\n\
                  2027,2026-12-31,off,元旦,演练1号\n2027,2027-01-01,off,元旦,演练1号\n";
    let set = RulesSet::parse("rules.csv", rules).unwrap();
    let notice = HolidayNotice::parse("days.csv", notice).unwrap().remove(0);
    for fact in [RulesFact::Rules(set), RulesFact::Holidays(notice)] {
        world.announce(ClusterFact::Rules(Box::new(fact))).await;
    }
}

/// A request that waits for an approval, and a change of its entry that is not dealt with yet, if there are none.
pub(super) async fn await_an_approval(world: &mut World) {
    let is_wait = |fact: &ClusterFact| matches!(fact, ClusterFact::ApprovalAwaited { .. });
    if world.facts().iter().any(is_wait) {
        return;
    }
    let bound = || Entry {
        superior_approval: true,
        ..entry(41, ShareClass::Conditional)
    };
    world.publish(PROVIDER, bound(), 1).await.unwrap();
    world.ask(&format!("{PROVIDER}:{}", code(41))).await;
    world.publish(PROVIDER, bound(), 2).await.unwrap();
}

/// A department that was merged into another, if there is none.
pub(super) async fn succeed_a_department(world: &mut World) {
    if !read_of_cities(world).contains("department succeeded") {
        let succeeded = CityFact::DepartmentSucceeded(succession());
        world.append(PROVIDER, succeeded).await.unwrap();
    }
}

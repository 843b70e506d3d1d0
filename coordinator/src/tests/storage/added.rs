//! Adds records to the directory that an earlier build made without them.

use chengji_domain::calendar::{HolidayNotice, RulesFact, RulesSet};
use chengji_domain::catalogue::{Entry, ShareClass};
use chengji_domain::fact::{CityFact, ClusterFact, Measurement, Origin};
use chengji_domain::probe::{Declaration, ProbeMade, ProbeOrder, ProbeOutcome, ProbeRead};
use chengji_domain::rate::{Formula, FormulaAdoption};
use chengji_domain::report::Month;
use chengji_domain::return_flow::ReturnFlowNote;
use chengji_domain::{Digest, ErrorCode};
use chengji_follow::{probe_table, request_table, return_flow_table};
use chengji_store::Tx;

use super::super::directory::{succession, succession_end};
use super::super::facts::{declared_flow, delivery, entry};
use super::super::world::{CONSUMER, EPOCH, PROVIDER, START, World, at, city, code};
use super::read_of_cities;
use crate::month_use::{self, Side};
use crate::records;

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

/// An adopted formula, far ahead of every cut-off here, if there is none.
pub(super) async fn adopt_a_formula(world: &World) {
    let adoption = FormulaAdoption {
        formula: Formula::WidestRead,
        from: "2099-01-01".parse().unwrap(),
    };
    let by = "operator/lin".parse().unwrap();
    if let Err(error) = world.rates().adopt(by, adoption).await {
        assert_eq!(error.code(), ErrorCode::AlreadyExists);
    }
}

/// A probe, which its prober has made, if there is none.
pub(super) async fn probe_an_entry(world: &mut World) {
    if read_of_cities(world).contains("probe made") {
        return;
    }
    let read = ProbeRead {
        revision: 1,
        bytes: 300,
        rows: Some(3),
        digest: Digest([3; 32]),
    };
    let measurement = Measurement {
        bytes: read.bytes,
        rows: read.rows,
        digest: read.digest,
        at: at(START),
    };
    let order = ProbeOrder {
        provider: city(PROVIDER),
        code: code(1).parse().unwrap(),
        prober: city(CONSUMER),
        until: "2026-12-07".parse().unwrap(),
        declared: Declaration {
            revision: 1,
            measurement,
        },
    };
    let ordered = ClusterFact::ProbeOrdered(Box::new(order.clone()));
    world.announce(ordered).await;
    let probes = probe_table::newest_first(&**world.ledger.kv());
    let number = probes.map(|probe| probe.unwrap().number).next().unwrap();
    let made = ProbeMade {
        number,
        provider: order.provider,
        code: order.code,
        outcome: ProbeOutcome::Matched(read),
    };
    let fact = CityFact::ProbeMade(Box::new(made));
    world.append(CONSUMER, fact).await.unwrap();
}

/// A return flow with its note, and a delivery to a lower division, if there is none. No city here has lower divisions:
/// the fact of one is set aside.
pub(super) async fn return_data(world: &mut World) {
    if read_of_cities(world).contains("return flow") {
        return;
    }
    let upper = city("430000");
    let fact = declared_flow();
    let declared = CityFact::ReturnFlow(Box::new(fact.clone()));
    world.append(PROVIDER, declared).await.unwrap_err();
    let note = ReturnFlowNote {
        provider: upper,
        origin: Origin {
            epoch: EPOCH,
            seq: 1,
        },
        at: at(START),
        fact,
        readers: None,
    };
    let noted = ClusterFact::ReturnFlowNoted(Box::new(note.clone()));
    world.announce(noted).await;
    let put = move |tx: &mut Tx<'_>| {
        return_flow_table::take(tx, &note, None)?;
        let parties = (upper, city(PROVIDER));
        return_flow_table::note_delivery(tx, parties, note.fact.act.code(), at(START))
    };
    world.ledger.write(put).await.unwrap();
}

/// A request that waits for an approval, and a change of its entry that is not dealt with yet, if there is none.
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

/// A request that waits for the admission of its provider, if there is none.
pub(super) async fn await_a_member(world: &World) {
    let kv = &**world.ledger.kv();
    if !records::awaited_members(kv).unwrap().is_empty() {
        return;
    }
    let (request, _) = request_table::REQUESTS.all().first(kv).unwrap().unwrap();
    let wait = move |tx: &mut Tx<'_>| records::wait_for_member(tx, city("440100"), request, true);
    world.ledger.write(wait).await.unwrap();
}

/// A department that was merged into another, if there is none.
pub(super) async fn succeed_a_department(world: &mut World) {
    if !read_of_cities(world).contains("department succeeded") {
        let succeeded = CityFact::DepartmentSucceeded(succession());
        world.append(PROVIDER, succeeded).await.unwrap();
    }
}

/// A merger that was taken back, if there is none.
pub(super) async fn split_a_department(world: &mut World) {
    if !read_of_cities(world).contains("department split") {
        for fact in [
            CityFact::DepartmentSucceeded(succession()),
            CityFact::DepartmentSuccessionEnded(succession_end()),
        ] {
            world.append(PROVIDER, fact).await.unwrap();
        }
    }
}

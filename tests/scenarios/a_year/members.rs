//! An entry whose data may go to one city only, and a city that leaves the cluster.

use chengji_tests::{Cluster, eventually};
use serde_json::{Value, json};

use super::share::{CHANGSHA, Share, XIANGTAN, Year, ZHUZHOU};
use super::{ANSWER, worklists};
use crate::demands;
use crate::jurisdiction::{first_move, publish, until_marked};

/// An unconditional resource of 株洲 that is bound to a region.
const SHELTERS: &str = "320003/000001";

/// 株洲 publishes data that may leave it for 长沙 alone, and only with the approval of the common superior authority.
pub(super) fn within_a_region(year: &Year) {
    let (cluster, coordinator) = (&year.cluster, &year.cluster.coordinator);
    let zhuzhou = cluster.node(ZHUZHOU);
    let bound = ["--region", "430100;430200", "--superior-approval"];
    publish(zhuzhou, "catalogue-while-away.csv", &bound);
    let mount = ["catalogue", "mount", SHELTERS];
    zhuzhou.json(&[&mount[..], &["files/emergency-shelters.csv"]].concat());
    cluster.until_followed(ZHUZHOU);

    let outside = year.ask_with_consent(SHELTERS);
    let rejected = cluster.until_state(XIANGTAN, &outside.id, "REJECTED");
    let reason = &first_move(&rejected)["reject"]["reason"];
    assert_eq!(*reason, "REJECT_REASON_OUTSIDE_REGION", "{rejected}");
    let inside = cluster.ask(SHELTERS);
    until_marked(coordinator, &inside, "AWAITS_APPROVAL");
    eventually("the consumer knows for what it waits", || {
        let changsha = cluster.node(CHANGSHA);
        let shown = changsha.try_json(&["request", "show", &inside])?;
        (shown["dues"][0]["act"] == "DUE_ACT_APPROVAL").then_some(())
    });
    let approve = ["request", "approve", &inside, "--authority", "湖南省数据局"];
    let document = ["--document", "湘数函〔2026〕4号", "--on", "2026-03-06"];
    coordinator.json(&[&approve[..], &document].concat());
    for city in [CHANGSHA, ZHUZHOU] {
        cluster.until_state(city, &inside, "GRANTED");
    }
    cluster.node(CHANGSHA).json(&["fetch", &inside]);
}

/// 湘潭 leaves with a request that it has not answered, a demand that is assigned to it, a correction that it has to
/// answer and one that it has filed, and a grant in each direction.
pub(super) fn left(year: &Year, [to, by]: [&Share<'_>; 2]) {
    let (cluster, coordinator) = (&year.cluster, &year.cluster.coordinator);
    let changsha = cluster.node(CHANGSHA);
    let open = year.ask(CHANGSHA, XIANGTAN);
    open.until("ROUTED", &[ANSWER]);
    let demand = demands::filed(cluster);
    demands::assigned(cluster, &demand, XIANGTAN);
    let corrections = [([CHANGSHA, XIANGTAN], by), ([XIANGTAN, ZHUZHOU], to)];
    let corrections = corrections.map(|(parties, grant)| filed(cluster, parties, grant));

    coordinator.json(&["member", "remove", XIANGTAN, "--reason", "退出城市群"]);
    let rejected = cluster.until_state(CHANGSHA, &open.id, "REJECTED");
    let reject = &rejected["steps"][1]["move"]["reject"];
    assert_eq!(reject["reason"], "REJECT_REASON_NOT_A_MEMBER", "{rejected}");
    changsha.until_matter("demand", &demand, "OPEN");
    for (city, grant) in [(ZHUZHOU, to), (CHANGSHA, by)] {
        for server in [cluster.node(city), coordinator] {
            until_marked(server, &grant.id, "PARTY_LEFT");
        }
        cluster.until_state(city, &grant.id, "GRANTED");
    }
    for (city, correction) in [CHANGSHA, ZHUZHOU].into_iter().zip(&corrections) {
        ended(cluster, city, correction);
    }
    worklists::agree(year, &[CHANGSHA, ZHUZHOU]);
}

/// A consumer files a correction of what was granted to it, which waits for the provider; returns its number.
fn filed(cluster: &Cluster, [consumer, provider]: [&str; 2], grant: &Share<'_>) -> String {
    let file = ["correction", "file", &grant.id, "--field", "地址"];
    let problem = ["--problem", "门牌号有误"];
    let filed = cluster.node(consumer).json(&[&file[..], &problem].concat());
    let id = filed["id"].as_str().unwrap();
    for city in [consumer, provider] {
        cluster
            .node(city)
            .until_matter("correction", id, "ASSIGNED");
    }
    cluster.node(provider).has_to_do("CORRECTION", id);
    id.to_owned()
}

/// A correction has ended in the books of this city and of the coordinator, with the reason. The book of 湘潭, which
/// reads nothing more, has the moves up to then.
fn ended(cluster: &Cluster, city: &str, correction: &str) {
    let moves = |shown: &Value| {
        let steps = shown["steps"].as_array().unwrap().iter();
        let moves = steps.map(|step| json!([step["move"], step["party"], step["at"]]));
        moves.collect::<Vec<_>>()
    };
    let [there, here] = [&cluster.coordinator, cluster.node(city)]
        .map(|server| server.until_matter("correction", correction, "REJECTED"));
    assert_eq!(moves(&there), moves(&here));
    let last = &here["steps"].as_array().unwrap().last().unwrap()["move"];
    let reason = &last["reject"]["problem"]["message"];
    assert_eq!(*reason, "matter-party-left", "{here}");
    let left = cluster.node(XIANGTAN);
    let left = moves(&left.json(&["correction", "show", correction]));
    assert!(
        !left.is_empty() && moves(&there).starts_with(&left),
        "{left:?}"
    );
}

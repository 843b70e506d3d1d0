//! An entry whose data may go to one city only, and a city that leaves the cluster.

use chengji_tests::eventually;

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

/// 湘潭 leaves with a request that it has not answered, a demand that is assigned to it, and a grant in each direction.
pub(super) fn left(year: &Year, [to, by]: [&Share<'_>; 2]) {
    let (cluster, coordinator) = (&year.cluster, &year.cluster.coordinator);
    let changsha = cluster.node(CHANGSHA);
    let open = year.ask(CHANGSHA, XIANGTAN);
    open.until("ROUTED", &[ANSWER]);
    let demand = demands::filed(cluster);
    demands::assigned(cluster, &demand, XIANGTAN);

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
    worklists::agree(year, &[CHANGSHA, ZHUZHOU]);
}

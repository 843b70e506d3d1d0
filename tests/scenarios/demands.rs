//! A demand: 长沙 needs data that no catalogue holds; the coordinator assigns it, one city declines, another answers with
//! an entry, and the demand ends when 长沙 has received it. All members see it.

use chengji_tests::{Cluster, Input, Server, eventually};
use serde_json::Value;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
const XIANGTAN: &str = "430300";
/// An unconditional entry that 株洲 publishes.
const CODE: &str = "206007/000001";

/// Waits until a server shows the demand in this state, with all moves ordered.
fn until(server: &Server, id: &str, state: &str) -> Value {
    let wanted = format!("MATTER_STATE_{state}");
    eventually(&format!("the demand {id} is {state}"), || {
        let shown = server.try_json(&["demand", "show", id])?;
        let pending = shown["pending"].as_array().map_or(0, Vec::len);
        (shown["state"] == wanted.as_str() && pending == 0).then_some(shown)
    })
}

const DEMAND: [&str; 14] = [
    "demand",
    "file",
    "--name",
    "充电桩",
    "--field",
    "桩编号",
    "--field",
    "是否占用",
    "--purpose",
    "停车诱导",
    "--basis",
    "政务数据共享条例第二十条",
    "--cycle",
    "daily",
];

#[test]
fn a_demand_is_declined_by_one_city_answered_by_another_and_ended_by_the_delivery() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU, XIANGTAN]);
    let coordinator = &cluster.coordinator;
    let [changsha, zhuzhou, xiangtan] =
        [CHANGSHA, ZHUZHOU, XIANGTAN].map(|city| cluster.node(city));
    let suggested = changsha.json(&[&DEMAND[..], &["--dry-run"]].concat());
    assert!(suggested["hits"].as_array().is_none_or(Vec::is_empty));
    let filed = changsha.json(&DEMAND);
    let id = filed["id"].as_str().unwrap();
    for city in [changsha, zhuzhou, xiangtan, coordinator] {
        until(city, id, "OPEN");
    }
    let open = zhuzhou.json(&["demand", "list", "--state", "open"]);
    assert_eq!(open["matters"][0]["id"], id, "{open}");

    coordinator.json(&["demand", "assign", id, "--city", XIANGTAN]);
    until(xiangtan, id, "ASSIGNED");
    let early = ["demand", "supply", id, "--code", CODE];
    assert_ne!(zhuzhou.cli_json(&early).code, Some(0));
    xiangtan.json(&["demand", "decline", id, "--reason", "本市没有该数据"]);
    until(coordinator, id, "DECLINED");
    coordinator.json(&["demand", "assign", id, "--city", ZHUZHOU]);
    until(zhuzhou, id, "ASSIGNED");

    zhuzhou.import("catalogue-new.csv");
    zhuzhou.json(&["catalogue", "mount", CODE, "files/charging-piles.csv"]);
    cluster.until_followed(ZHUZHOU);
    zhuzhou.json(&["demand", "supply", id, "--code", CODE, "--new"]);
    let answered = until(changsha, id, "ANSWERED");
    assert_eq!(answered["provider"], ZHUZHOU, "{answered}");
    let request = cluster.submit(Input {
        consumer: CHANGSHA,
        provider: ZHUZHOU,
        code: CODE,
    });
    cluster.until_state(CHANGSHA, &request, "GRANTED");
    changsha.json(&["fetch", &request]);
    let delivered = until(changsha, id, "DELIVERED");
    let last = delivered["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["move"]["deliver"]["request"], request.as_str());
}

//! A demand: 长沙 needs data that no catalogue holds; the coordinator assigns it, one city declines, another answers with
//! an entry, and the demand ends when 长沙 has received it. All members see it.

use chengji_tests::{Cluster, eventually};
use serde_json::json;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
const XIANGTAN: &str = "430300";
/// An unconditional entry that 株洲 publishes.
const CODE: &str = "206007/000001";

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
    met(&Cluster::new(&[CHANGSHA, ZHUZHOU, XIANGTAN]));
}

#[test]
fn an_operator_sees_what_the_directory_already_holds_of_a_demand() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (coordinator, zhuzhou) = (&cluster.coordinator, cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue-new.csv");
    cluster.until_followed(ZHUZHOU);
    let id = filed(&cluster);
    let entry = format!("{ZHUZHOU}:{}", CODE.replace('/', ""));
    eventually("the entry is suggested", || {
        let shown = coordinator.cli(&["demand", "show", &id]).ok();
        shown.says(&entry).then_some(())
    });
    let assign = ["demand", "assign", &id, "--city", ZHUZHOU];
    let assigned = coordinator.cli(&assign).ok();
    assert!(assigned.says("demand-suggestions"), "{assigned}");
    assert!(assigned.says(&entry), "{assigned}");
    assert!(assigned.says("demand-suggested-by-name"), "{assigned}");
}

#[test]
fn entries_are_suggested_by_the_fields_that_they_have() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue-new.csv");
    cluster.until_followed(ZHUZHOU);
    let file = |name: &'static str, fields: [&'static str; 3]| {
        let fields = fields.map(|field| ["--field", field]);
        let rest = &DEMAND[8..];
        [
            &["demand", "file", "--name", name][..],
            fields.as_flattened(),
            rest,
        ]
        .concat()
    };
    let others = file("新能源汽车补能设施", ["经度", "枪口数", "是否占用"]);
    let dry_run = [&others[..], &["--dry-run"]].concat();
    let suggested = eventually("the entry is suggested", || {
        let found = changsha.json(&dry_run);
        found["hits"].get(0).cloned()
    });
    let code = CODE.replace('/', "");
    assert_eq!(suggested["record"]["entry"]["code"], code, "{suggested}");
    assert_eq!(suggested["wanted_items"], json!(["经度", "枪口数"]));
    assert_eq!(suggested["by_items_alone"], true);

    let filed = changsha.cli(&others).ok();
    assert!(filed.says("demand-suggested-by-fields"), "{filed}");
    let both = file("充电桩", ["经度", "枪口数", "是否占用"]);
    let filed = changsha.cli(&both).ok();
    assert!(filed.says("demand-suggested-by-both"), "{filed}");
    let unknown = file("充电枪", ["枪号", "电压", "是否占用"]);
    let filed = changsha.cli(&unknown).ok();
    assert!(!filed.says("demand-suggestions"), "{filed}");
}

/// 长沙 files the demand; returns its number once the coordinator has it.
pub(crate) fn filed(cluster: &Cluster) -> String {
    let filed = cluster.node(CHANGSHA).json(&DEMAND);
    let id = filed["id"].as_str().unwrap();
    cluster.coordinator.until_matter("demand", id, "OPEN");
    id.to_owned()
}

/// The coordinator assigns it to a city, which has it on its worklist then.
pub(crate) fn assigned(cluster: &Cluster, id: &str, city: &str) {
    let assign = ["demand", "assign", id, "--city", city];
    cluster.coordinator.json(&assign);
    let node = cluster.node(city);
    node.until_matter("demand", id, "ASSIGNED");
    node.has_to_do("DEMAND", id);
}

/// A demand from its filing to the delivery of what 株洲 has published for it; returns the request of that.
pub(crate) fn met(cluster: &Cluster) -> String {
    let coordinator = &cluster.coordinator;
    let [changsha, zhuzhou, xiangtan] =
        [CHANGSHA, ZHUZHOU, XIANGTAN].map(|city| cluster.node(city));
    let suggested = changsha.json(&[&DEMAND[..], &["--dry-run"]].concat());
    assert!(suggested["hits"].as_array().is_none_or(Vec::is_empty));
    let filed = filed(cluster);
    let id = filed.as_str();
    for city in [changsha, zhuzhou, xiangtan] {
        city.until_matter("demand", id, "OPEN");
    }
    let open = zhuzhou.json(&["demand", "list", "--state", "open"]);
    assert_eq!(open["matters"][0]["id"], id, "{open}");

    assigned(cluster, id, XIANGTAN);
    let early = ["demand", "supply", id, "--code", CODE];
    assert_ne!(zhuzhou.cli_json(&early).code, Some(0));
    xiangtan.json(&["demand", "decline", id, "--reason", "本市没有该数据"]);
    coordinator.until_matter("demand", id, "DECLINED");
    assigned(cluster, id, ZHUZHOU);

    zhuzhou.import("catalogue-new.csv");
    zhuzhou.json(&["catalogue", "mount", CODE, "files/charging-piles.csv"]);
    cluster.until_followed(ZHUZHOU);
    zhuzhou.json(&["demand", "supply", id, "--code", CODE, "--new"]);
    let answered = changsha.until_matter("demand", id, "ANSWERED");
    assert_eq!(answered["provider"], ZHUZHOU, "{answered}");
    let request = cluster.ask(CODE);
    cluster.until_state(CHANGSHA, &request, "GRANTED");
    changsha.json(&["fetch", &request]);
    let delivered = changsha.until_matter("demand", id, "DELIVERED");
    let last = delivered["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["move"]["deliver"]["request"], request.as_str());
    request
}

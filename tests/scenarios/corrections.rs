//! A correction: 长沙 finds an error in what it received from 株洲, which verifies and corrects it; each city that received
//! the data is notified, and the rows pass between the two nodes alone.

use std::fs;

use chengji_tests::{Cluster, eventually};
use serde_json::Value;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// The unconditional entry that 株洲 shares here.
const CODE: &str = "206007/000001";
const ROWS: &str = "编号,地址\n1,测试路1号\n";

/// 长沙 has received a file of 株洲 and files a correction with rows; returns its number.
fn filed(cluster: &Cluster) -> String {
    let changsha = cluster.node(CHANGSHA);
    let request = cluster.granted("files/charging-piles.csv");
    changsha.json(&["fetch", &request]);
    let rows = cluster.path("wrong.csv");
    fs::write(&rows, ROWS).unwrap();
    let filed = changsha.json(&[
        "correction",
        "file",
        &request,
        "--field",
        "地址",
        "--problem",
        "门牌号有误",
        "--rows",
        rows.to_str().unwrap(),
    ]);
    assert_eq!(filed["state"], "MATTER_STATE_FILED", "{filed}");
    filed["id"].as_str().unwrap().to_owned()
}

#[test]
fn an_error_is_verified_corrected_and_told_to_those_who_received_it() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = filed(&cluster);
    let received = zhuzhou.until_matter("correction", &id, "ASSIGNED");
    assert_eq!(
        received["filing"]["correction"]["revision"], 1,
        "{received}"
    );
    assert_ne!(received["deadline"], "", "{received}");
    // The rows come from the node of 长沙; the coordinator has no body of them.
    let rows = zhuzhou.json(&["correction", "rows", &id]);
    assert_eq!(rows["rows"], ROWS, "{rows}");

    zhuzhou.json(&["correction", "accept", &id]);
    changsha.until_matter("correction", &id, "ACCEPTED");
    let unchanged = zhuzhou.cli_json(&["correction", "correct", &id]);
    unchanged.refused(3, &["INVALID_ARGUMENT"]);
    let source = zhuzhou.path("shared/files/charging-piles.csv");
    let mut content = fs::read(&source).unwrap();
    content.extend_from_slice("\n".as_bytes());
    fs::write(&source, content).unwrap();
    zhuzhou.cli(&["catalogue", "measure", CODE]).ok();
    zhuzhou.json(&["correction", "correct", &id, "--note", "已更正"]);
    changsha.until_matter("correction", &id, "CORRECTED");

    let notice = eventually("长沙 is told of the correction", || {
        let listed = changsha.try_json(&["correction", "notices"])?;
        let first = listed["notices"].as_array()?.first()?.clone();
        Some(first)
    });
    assert_eq!(notice["told"]["note"], "已更正", "{notice}");
    changsha.json(&["correction", "acknowledge", &id]);
    let left = changsha.json(&["correction", "notices"]);
    assert_eq!(left["notices"].as_array().map_or(0, Vec::len), 0, "{left}");
    let counted = cluster.coordinator.json(&["correction", "errors"]);
    let first = &counted["entries"][0];
    assert_eq!(
        (&first["filed"], &first["accepted"]),
        (&Value::from(1), &Value::from(1)),
        "{counted}"
    );
}

#[test]
fn a_correction_needs_a_grant_and_is_declined_with_reasons() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = filed(&cluster);
    zhuzhou.until_matter("correction", &id, "ASSIGNED");
    zhuzhou
        .cli_json(&["correction", "correct", &id])
        .refused(3, &["INVALID_ARGUMENT"]);
    let declined = ["correction", "decline", &id, "--reason", "与原始档案一致"];
    zhuzhou.json(&declined);
    let shown = changsha.until_matter("correction", &id, "DECLINED");
    let last = shown["steps"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["move"]["decline"]["reason"], "与原始档案一致");
    assert_ne!(zhuzhou.cli_json(&declined).code, Some(0));
    let nothing = [
        "correction",
        "file",
        "430100-1-999999",
        "--field",
        "地址",
        "--problem",
        "有误",
    ];
    changsha.cli_json(&nothing).refused(3, &["NOT_FOUND"]);
}

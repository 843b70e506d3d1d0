//! A grant with limits: fetched as often as it permits, by the users and for the operations that it permits.

use std::fs;

use chengji_domain::request::terms::Keeping;
use chengji_tests::{Cluster, eventually};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
const OFFICER: &str = "city/430100/person/officer";

#[test]
fn a_grant_is_fetched_as_often_and_by_whom_its_terms_permit() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = cluster.requested();
    let grant = |terms: &[&str]| zhuzhou.cli(&[&["request", "grant", &id][..], terms].concat());
    cluster.until_state(ZHUZHOU, &id, "ROUTED");
    let foreign = grant(&["--user", "city/430200/person/officer"]);
    foreign.refused(3, &["grant-term-foreign"]);
    let terms = [
        "--count",
        "2",
        "--rate",
        "10/hour",
        "--user",
        OFFICER,
        "--operation",
        "统计",
        "--usable-range",
        "本市行政区域内",
        "--destroy-within",
        "10",
    ];
    grant(&terms).ok();
    cluster.until_state(CHANGSHA, &id, "GRANTED");

    let fetch = |words: &[&str]| changsha.cli(&[&["fetch", &id][..], words].concat());
    fetch(&[]).refused(4, &["operation-not-permitted"]);
    fetch(&["--operation", "转让"]).refused(4, &["operation-not-permitted"]);
    fetch(&["--operation", "统计"]).ok();
    // What is unchanged is not transferred, and so not counted.
    let unchanged = fetch(&["--operation", "统计", "--if-changed"]);
    assert_eq!(unchanged.code, Some(10), "{unchanged}");
    fetch(&["--operation", "统计"]).ok();
    fetch(&["--operation", "统计"]).refused(3, &["grant-count-used"]);
    // The provider is killed: nothing that was counted is forgotten.
    zhuzhou.kill9();
    zhuzhou.start();
    eventually("the provider refuses again", || {
        let fetched = fetch(&["--operation", "统计"]);
        assert_ne!(fetched.code, Some(0), "{fetched}");
        fetched.says("grant-count-used").then_some(())
    });

    let receipts = zhuzhou.json(&["receipts", "--request", &id]);
    let receipts = receipts["receipts"].as_array().unwrap();
    assert_eq!(receipts.len(), 2, "{receipts:?}");
    for receipt in receipts {
        assert_eq!(receipt["vouched"]["user"], OFFICER, "{receipt}");
        assert_eq!(receipt["vouched"]["operation"], "统计", "{receipt}");
    }
    for node in [changsha, zhuzhou] {
        let shown = node.cli(&["--format", "csv", "request", "show", &id]).ok();
        for keeping in [Keeping::Enforced, Keeping::Vouched, Keeping::Agreed] {
            let said = keeping.label().to_string();
            assert!(shown.stdout.contains(&said), "'{said}': {shown}");
        }
    }
}

/// The provider's disk is lost, with the record of a counted fetch.
#[test]
fn a_restored_provider_asks_a_person_before_it_goes_on_with_its_counts() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = cluster.requested();
    cluster.until_state(ZHUZHOU, &id, "ROUTED");
    zhuzhou.json(&["request", "grant", &id, "--count", "2"]);
    for city in [CHANGSHA, ZHUZHOU] {
        cluster.until_state(city, &id, "GRANTED");
    }
    zhuzhou.terminate();
    zhuzhou.copy_folder("data", "backup");
    zhuzhou.start();
    let fetched = || changsha.cli(&["fetch", &id]);
    let is_fetched = || (fetched().code == Some(0)).then_some(());
    eventually("the first fetch is counted", is_fetched);
    cluster.until_followed(ZHUZHOU);

    zhuzhou.terminate();
    fs::remove_dir_all(zhuzhou.path("data")).unwrap();
    zhuzhou.copy_folder("backup", "data");
    let config = zhuzhou.config.to_str().unwrap();
    zhuzhou.cli(&["log", "new-epoch", "--config", config]).ok();
    zhuzhou.start();

    eventually("deliveries wait for a person", || {
        let refused = fetched();
        assert_ne!(refused.code, Some(0), "{refused}");
        refused.says("delivery-awaits-provider").then_some(())
    });
    cluster.until_state(ZHUZHOU, &id, "SUSPENDED");
    let listed = zhuzhou.json(&["request", "list", "--attention"]);
    assert_eq!(listed["requests"][0]["id"], id.as_str(), "{listed}");
    zhuzhou.json(&["request", "lift-stop", &id, "--reason", "已核对次数"]);
    cluster.until_state(CHANGSHA, &id, "GRANTED");
    eventually("deliveries go on", is_fetched);
}

//! The main story: a city finds another's publication, requests it, and receives it; a person decides
//! where required; and the rate changes by what was really shared.

use std::fs;
use std::path::Path;

use chengji_tests::{Cluster, eventually};
use serde_json::Value;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

fn numerator(cluster: &Cluster) -> u64 {
    let auditor = cluster.path("home/profiles/office/profile.toml");
    let report = cluster.coordinator.json_as(&auditor, &["rate", "show"]);
    report["cluster"]["entries"]["numerator"].as_u64().unwrap()
}

fn receipts(cluster: &Cluster, city: &str, id: &str) -> Vec<Value> {
    let list = cluster.node(city).json(&["receipts", "--request", id]);
    list["receipts"].as_array().unwrap().clone()
}

#[test]
fn two_cities_share_what_is_granted_and_nothing_else() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    cluster.coordinator.enrol("office", &["auditor"]);

    // Both import; the rows with deliberate mistakes are left out.
    for (node, valid) in [(changsha, 69), (zhuzhou, 68)] {
        let summary = node.import("catalogue.csv");
        assert_eq!(summary["added"], valid, "{summary}");
        assert_eq!(summary["invalid"], 5, "{summary}");
        assert_eq!(node.catalogue().len(), valid);
    }
    for (code, file) in [
        ("201001/000001", "hospitals"),
        ("102001/000001", "enterprises"),
    ] {
        zhuzhou.json(&["catalogue", "mount", code, &format!("files/{file}.csv")]);
    }

    // 长沙 finds what 株洲 has just published.
    zhuzhou.import("catalogue-new.csv");
    let mounted = zhuzhou.json(&[
        "catalogue",
        "mount",
        "206007/000001",
        "files/charging-piles.csv",
    ]);
    assert_eq!(mounted["mount"]["measurement"]["rows"], 260);
    eventually("长沙 finds the charging piles", || {
        let found = changsha.try_json(&["directory", "search", "充电桩", "分布"])?;
        (found["total"] == 1 && found["hits"][0]["record"]["mount"].is_object()).then_some(())
    });
    assert_eq!(numerator(&cluster), 0);

    // Unconditional: granted automatically, fetched, identical to the last byte.
    let open = cluster.ask("206007/000001");
    let granted = cluster.until_state(CHANGSHA, &open, "GRANTED");
    assert_eq!(granted["grant"]["automatic"], true);
    let done = changsha.json(&["fetch", &open]);
    let received = fs::read(Path::new(done["path"].as_str().unwrap())).unwrap();
    assert_eq!(
        received,
        fs::read(zhuzhou.path("shared/files/charging-piles.csv")).unwrap()
    );
    let (sent, got) = (
        receipts(&cluster, ZHUZHOU, &open),
        receipts(&cluster, CHANGSHA, &open),
    );
    assert_eq!((sent.len(), got.len()), (1, 1));
    assert_eq!(
        (&sent[0]["sent"], &got[0]["sent"]),
        (&Value::Bool(true), &Value::Bool(false))
    );
    for field in [
        "digest", "bytes", "code", "revision", "request", "provider", "consumer",
    ] {
        assert_eq!(sent[0][field], got[0][field], "{field}");
    }
    assert_eq!(got[0]["bytes"], received.len());

    conditional(&cluster);

    // The rate has changed by the two resources that were read, and lists them.
    eventually("the rate counts two", || {
        (numerator(&cluster) == 2).then_some(())
    });
    let explained = cluster.coordinator.json(&["rate", "explain", ZHUZHOU]);
    let realised: Vec<&str> = explained["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["contribution"] == "CONTRIBUTION_REALISED")
        .map(|entry| {
            assert_eq!(entry["read_by"], CHANGSHA);
            entry["code"].as_str().unwrap()
        })
        .collect();
    assert_eq!(realised, ["201001000001", "206007000001"]);
}

/// One conditional resource is granted and later stopped, the other refused.
fn conditional(cluster: &Cluster) {
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let hospitals = cluster.ask("201001/000001");
    let enterprises = cluster.ask("102001/000001");
    let routed = cluster.until_state(CHANGSHA, &hospitals, "ROUTED");
    assert_ne!(routed["deadline"], "");
    changsha
        .cli(&["fetch", &hospitals])
        .refused(4, &["NO_GRANT"]);
    for id in [&hospitals, &enterprises] {
        cluster.until_state(ZHUZHOU, id, "ROUTED");
    }
    let inbox = zhuzhou.json(&["request", "list", "--inbox", "--state", "routed"]);
    assert_eq!(inbox["requests"].as_array().unwrap().len(), 2);
    zhuzhou.json(&[
        "request",
        "grant",
        &hospitals,
        "--conditions",
        "仅限医保机构",
        "--days",
        "9",
    ]);
    let reason = [
        "--reason",
        "用途超出",
        "--basis",
        "《个人信息保护法》第三十四条",
    ];
    zhuzhou.json(&[&["request", "refuse", &enterprises], &reason[..]].concat());

    let granted = cluster.until_state(CHANGSHA, &hospitals, "GRANTED");
    assert_eq!(granted["grant"]["conditions"], "仅限医保机构");
    assert_eq!(granted["grant"]["automatic"], false);
    changsha.json(&["fetch", &hospitals]);
    let refused = cluster.until_state(CHANGSHA, &enterprises, "REFUSED");
    let last = refused["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["move"]["refuse"]["reason"], "用途超出");
    changsha
        .cli(&["fetch", &enterprises])
        .refused(4, &["NO_GRANT"]);

    // Stopped: effective at once at the provider, even before the consumer knows.
    cluster.stop(ZHUZHOU, &hospitals, "超出授权范围");
    changsha
        .cli(&["fetch", &hospitals])
        .refused(4, &["GRANT_SUSPENDED", "超出授权范围"]);
    cluster.until_state(CHANGSHA, &hospitals, "SUSPENDED");
    assert_eq!(receipts(cluster, ZHUZHOU, &hospitals).len(), 1);
    assert_eq!(receipts(cluster, ZHUZHOU, &enterprises).len(), 0);
}

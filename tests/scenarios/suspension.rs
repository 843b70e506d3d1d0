//! A member that was suspended and is resumed.

use std::time::{Duration, Instant};

use chengji_tests::{Cluster, eventually};

const CITY: &str = "430100";
/// Number of refusals after which a node waits longer than [`SOON`] by itself.
const REFUSALS: usize = 8;
const SOON: Duration = Duration::from_secs(8);

#[test]
fn a_resumed_node_follows_again_within_seconds() {
    let cluster = Cluster::new(&[CITY]);
    let (coordinator, node) = (&cluster.coordinator, cluster.node(CITY));
    node.import("catalogue.csv");
    cluster.until_followed(CITY);
    let auditor = coordinator.enrol("office", &["auditor"]);
    let change = |change: &'static str| ["member", change, CITY, "--reason", "演练"];
    coordinator.cli(&change("suspend")).ok();
    let principal = format!("city/{CITY}/node");
    let denied = ["audit", "--denied", "--principal"];
    let denied = [&denied[..], &[&principal]].concat();
    eventually("the node is refused again and again", || {
        let audit = coordinator.json_as(&auditor, &denied);
        let entries = audit["entries"].as_array()?.iter();
        let refusals = entries.filter(|entry| entry["rpc"] == "/chengji.v1.LogService/Follow");
        (refusals.count() >= REFUSALS).then_some(())
    });
    coordinator.cli(&change("resume")).ok();
    let resumed = Instant::now();
    let head = coordinator.json(&["status"])["head"].clone();
    eventually("the node has read that it was resumed", || {
        (node.try_json(&["status"])?["following"][0]["position"] == head).then_some(())
    });
    let elapsed = resumed.elapsed();
    println!("the node followed again after {elapsed:?}");
    assert!(elapsed < SOON, "{elapsed:?}");
}

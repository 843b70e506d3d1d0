//! A node is restored from a backup: its log starts a new epoch, and the cluster forgets what the
//! backup does not have.

use std::fs;

use chengji_tests::{Cluster, eventually};
use serde_json::Value;

const CITY: &str = "430200";

/// Codes and revisions of all that the directory has of the city.
fn directory(cluster: &Cluster) -> Option<Vec<(String, u64)>> {
    let words = ["directory", "search", "--city", CITY, "--limit", "1000"];
    let found = cluster.coordinator.try_json(&words)?;
    let known = |hit: &Value| {
        Some((
            hit["entry"]["code"].as_str()?.to_owned(),
            hit["revision"].as_u64()?,
        ))
    };
    let mut hits: Vec<_> = found["hits"].as_array()?.iter().filter_map(known).collect();
    hits.sort();
    Some(hits)
}

#[test]
fn the_directory_follows_a_restored_log_from_its_beginning() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue.csv");
    let backed_up = node.catalogue();
    node.terminate();
    node.copy_folder("data", "backup");

    // What happens after the backup is known to the cluster, too.
    node.start();
    node.import("catalogue-new.csv");
    node.json(&[
        "catalogue",
        "withdraw",
        "103001/000001",
        "--reason",
        "机构改革",
    ]);
    cluster.until_followed(CITY);
    assert_eq!(directory(&cluster).unwrap(), node.catalogue());
    assert_eq!(node.catalogue().len(), 68);
    assert_ne!(node.catalogue(), backed_up);

    // The disk is lost.
    node.terminate();
    fs::remove_dir_all(node.path("data")).unwrap();
    node.copy_folder("backup", "data");
    let config = node.config.to_str().unwrap();
    let said = node
        .cli(&["log", "new-epoch", "--config", config])
        .ok()
        .stderr;
    assert!(said.contains("新纪元"), "{said}");

    node.start();
    assert_eq!(node.json(&["status"])["epoch"], 2);
    let known = cluster.until_followed(CITY);
    assert_eq!(
        (&known["epoch"], &known["entries"]),
        (&2.into(), &68.into())
    );
    eventually("the directory is what the backup has", || {
        (directory(&cluster)? == backed_up).then_some(())
    });
    assert_eq!(node.catalogue(), backed_up);

    // And goes on from there, also over a restart of the coordinator.
    node.import("catalogue-while-away.csv");
    cluster.coordinator.terminate();
    cluster.coordinator.start();
    cluster.until_followed(CITY);
    assert_eq!(directory(&cluster).unwrap(), node.catalogue());
    assert_eq!(node.catalogue().len(), 69);
}

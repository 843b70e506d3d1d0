//! A node is restored from a backup: its log starts a new epoch, and the cluster forgets the entries that
//! the backup lacks.

use std::fs;

use chengji_tests::{Cluster, Input, Server, eventually, says};
use serde_json::Value;

const CITY: &str = "430200";

/// Codes and revisions of the city's entries in the directory.
fn directory(cluster: &Cluster) -> Option<Vec<(String, u64)>> {
    let words = ["directory", "search", "--city", CITY, "--limit", "1000"];
    let found = cluster.coordinator.try_json(&words)?;
    let known = |hit: &Value| {
        let record = &hit["record"];
        Some((
            record["entry"]["code"].as_str()?.to_owned(),
            record["revision"].as_u64()?,
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

    // The cluster learns entries written after the backup, too.
    node.start();
    node.import("catalogue-new.csv");
    node.withdraw("103001/000001", "机构改革");
    cluster.until_followed(CITY);
    assert_eq!(directory(&cluster).unwrap(), node.catalogue());
    assert_eq!(node.catalogue().len(), 68);
    assert_ne!(node.catalogue(), backed_up);

    restore(node);
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

    // It continues from there, also after a restart of the coordinator.
    node.import("catalogue-while-away.csv");
    cluster.coordinator.terminate();
    cluster.coordinator.start();
    cluster.until_followed(CITY);
    assert_eq!(directory(&cluster).unwrap(), node.catalogue());
    assert_eq!(node.catalogue().len(), 69);
}

/// Replaces the lost disk by the backup; the log continues in a new epoch.
fn restore(node: &Server) {
    node.terminate();
    fs::remove_dir_all(node.path("data")).unwrap();
    node.copy_folder("backup", "data");
    let config = node.config.to_str().unwrap();
    let said = node
        .cli(&["log", "new-epoch", "--config", config])
        .ok()
        .stderr;
    assert!(says(&said, "log-new-epoch-opened"), "{said}");
    node.start();
}

#[test]
fn a_provider_confirms_again_what_its_backup_has_lost() {
    let consumer = "430100";
    let cluster = Cluster::new(&[consumer, CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue.csv");
    for (code, file) in [
        ("103001/000001", "districts"),
        ("201001/000001", "hospitals"),
    ] {
        node.json(&["catalogue", "mount", code, &format!("files/{file}.csv")]);
    }
    node.terminate();
    node.copy_folder("data", "backup");
    node.start();
    cluster.until_followed(CITY);

    // Both are granted after the backup, one automatically and one by a person.
    let ask = |code| {
        cluster.submit(Input {
            consumer,
            provider: CITY,
            code,
        })
    };
    let (districts, hospitals) = (ask("103001/000001"), ask("201001/000001"));
    cluster.until_state(CITY, &hospitals, "ROUTED");
    node.json(&["request", "grant", &hospitals]);
    for id in [&districts, &hospitals] {
        cluster.until_state(consumer, id, "GRANTED");
    }
    cluster.until_followed(CITY);

    restore(node);
    for id in [&districts, &hospitals] {
        // The backup lacks the grants: they return when the city's people confirm them.
        cluster.until_state(CITY, id, "SUSPENDED");
        node.json(&["request", "lift-stop", id, "--reason", "恢复后确认"]);
        cluster.until_state(CITY, id, "GRANTED");
        eventually("the consumer gets what it was granted", || {
            (cluster.node(consumer).cli(&["fetch", id]).code == Some(0)).then_some(())
        });
        for city in [consumer, CITY] {
            let request = eventually("no move is pending", || {
                let request = cluster.node(city).try_json(&["request", "show", id])?;
                (request["pending"] == 0).then_some(request)
            });
            assert_eq!(request["state"], "REQUEST_STATE_GRANTED", "{request}");
        }
    }
}

/// The entries that its log lacks may include stops of deliveries.
#[test]
fn a_provider_that_was_set_back_delivers_nothing_before_it_knows_what_it_lost() {
    let consumer = "430100";
    let cluster = Cluster::new(&[consumer, CITY]);
    let (coordinator, node) = (&cluster.coordinator, cluster.node(CITY));
    let id = cluster.granted("files/charging-piles.csv");
    cluster.until_state(CITY, &id, "GRANTED");
    node.terminate();
    node.copy_folder("data", "backup");
    node.start();
    node.import("catalogue.csv");
    cluster.until_followed(CITY);
    let waits = |why: &str| {
        let words = ["PEER_UNAVAILABLE", why];
        cluster
            .node(consumer)
            .cli(&["fetch", &id])
            .refused(5, &words);
    };

    // Without a new epoch its peers contradict it.
    node.terminate();
    fs::remove_dir_all(node.path("data")).unwrap();
    node.copy_folder("backup", "data");
    node.start();
    eventually("the coordinator contradicts the log", || {
        let unconfirmed = node.try_json(&["status"])?["unconfirmed"].clone();
        (unconfirmed["contradicted_by"][0] == "coordinator").then_some(())
    });
    waits("deliveries-await-missing-log");

    // In a new epoch, with no reachable peer, it has to read the coordinator's log first, even if people
    // confirm its own.
    coordinator.terminate();
    restore(node);
    node.cli_as(&node.manager, &["log", "confirm", "--reason", "演练"])
        .ok();
    waits("deliveries-await-reading");
    coordinator.start();
    eventually("it delivers again", || {
        cluster.node(consumer).try_json(&["fetch", &id])
    });
}

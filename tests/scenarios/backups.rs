//! Backups: made while a program serves, verified, and restored into a new epoch automatically.

use std::fs;
use std::path::Path;

use chengji_messages::{Message, msg};
use chengji_tests::{Cluster, Server, eventually, says};
use serde_json::Value;

const CITY: &str = "430200";

/// Makes a backup while the program serves; returns its description.
fn back_up(server: &Server) -> Value {
    server.json_as(&server.manager, &["backup", "create"])
}

/// Stops the program and restores the backup.
fn restore(server: &Server, backup: &str) -> String {
    server.terminate();
    let config = server.config.to_str().unwrap();
    server
        .cli(&["backup", "restore", backup, "--config", config])
        .ok()
        .stderr
}

/// Number of the city's entries in the directory.
fn known_entries(cluster: &Cluster) -> u64 {
    let words = ["directory", "search", "--city", CITY, "--limit", "1000"];
    cluster.coordinator.json(&words)["total"].as_u64().unwrap()
}

#[test]
fn a_node_is_restored_while_everybody_else_goes_on() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue.csv");
    let backup = back_up(node);
    let path = backup["path"].as_str().unwrap();
    let status = node.json(&["status"]);
    assert_eq!(
        (&backup["head"]["seq"], &backup["owner"]),
        (&status["head"], &"city/430200".into())
    );
    assert_eq!(Path::new(path).parent().unwrap(), node.path("backups"));
    let verified = node
        .cli(&["--format", "json", "backup", "verify", path])
        .ok();
    assert_eq!(verified.json()["leaf"], backup["leaf"]);
    // Callers without the right to make one are refused.
    node.cli(&["backup", "create"]).refused(4, &["DENIED"]);

    node.import("catalogue-new.csv");
    assert_eq!(cluster.until_followed(CITY)["entries"], 69);
    // Not under a running program.
    let config = node.config.to_str().unwrap();
    let running = node.cli(&["backup", "restore", path, "--config", config]);
    running.refused(1, &["data-directory-in-use"]);
    let said = restore(node, path);
    assert!(
        said.contains("before-") && says(&said, "backup-restored"),
        "{said}"
    );
    node.start();

    let known = eventually("the cluster follows the new epoch", || {
        cluster.city(CITY).filter(|known| known["epoch"] == 2)
    });
    assert_eq!(known["alarm"], Value::Null, "{known}");
    assert_eq!(cluster.until_followed(CITY)["entries"], 68);
    assert_eq!(known_entries(&cluster), 68);
    let auditor = node.enrol("auditor", &["auditor"]);
    let show = ["log", "show", "--limit", "10000"];
    let log = node.cli_as(&auditor, &show).ok().stdout;
    let opened = msg::FactEpochOpened {
        epoch: 2,
        previous: 1,
    };
    assert!(log.contains(&Message::from(opened).to_string()), "{log}");

    // The same backup a second time, by hand: still a new epoch, above all known ones.
    node.import("catalogue-while-away.csv");
    cluster.until_followed(CITY);
    node.terminate();
    fs::rename(node.path("data"), node.path("data.second")).unwrap();
    copy(Path::new(path), &node.path("data"));
    node.start();
    let known = eventually("the cluster follows the third epoch", || {
        cluster.city(CITY).filter(|known| known["epoch"] == 3)
    });
    // Its epoch names the second as its predecessor, so nothing has to be accepted.
    assert_eq!(known["alarm"], Value::Null, "{known}");
    assert_eq!(cluster.until_followed(CITY)["entries"], 68);
    node.import("catalogue-new.csv");
    assert_eq!(cluster.until_followed(CITY)["entries"], 69);
}

#[test]
fn a_log_is_exported_and_verified_without_its_program() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue.csv");
    let auditor = node.enrol("auditor", &["auditor"]);
    let (file, head) = (node.path("archive"), node.head());
    let archive = file.to_str().unwrap();
    let export = ["--format", "json", "log", "export", archive];
    let exported = node.cli_as(&auditor, &export).ok().json();
    assert_eq!(
        (&exported["from"], &exported["next"]),
        (&0.into(), &head.into())
    );
    assert_eq!(exported["without_body"], 0);
    // In no other file's place, and by nobody who may not read the log.
    node.cli_as(&auditor, &export)
        .refused(3, &["export-file-exists"]);
    let another = [&export[..4], &["another"]].concat();
    node.cli_as(&node.manager, &another).refused(4, &["DENIED"]);

    node.terminate();
    assert_eq!(node.json(&["log", "verify", archive]), exported);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    node.cli(&["log", "verify", archive])
        .refused(1, &["archive-damaged"]);
    node.start();
}

#[test]
fn a_coordinator_is_restored_and_its_members_read_it_again() {
    let cluster = Cluster::new(&[CITY]);
    let (coordinator, node) = (&cluster.coordinator, cluster.node(CITY));
    node.import("catalogue.csv");
    cluster.until_followed(CITY);
    let backup = back_up(coordinator);
    let path = backup["path"].as_str().unwrap();
    coordinator.cli(&["backup", "verify", path]).ok();
    let suspend = ["member", "suspend", CITY, "--reason", "演练"];
    let resume = ["member", "resume", CITY, "--reason", "演练"];
    coordinator.cli(&suspend).ok();
    coordinator.cli(&resume).ok();
    restore(coordinator, path);
    coordinator.start();
    eventually("the node follows the new epoch", || {
        let known = node.try_json(&["status"])?["following"][0].clone();
        (known["epoch"] == 2 && known["alarm"].is_null()).then_some(())
    });
    assert_eq!(cluster.until_followed(CITY)["entries"], 68);
}

#[test]
fn what_is_no_backup_or_somebody_elses_is_refused() {
    let cluster = Cluster::new(&[CITY]);
    let (coordinator, node) = (&cluster.coordinator, cluster.node(CITY));
    let of_coordinator = back_up(coordinator)["path"].as_str().unwrap().to_owned();
    node.terminate();
    let config = node.config.to_str().unwrap();
    let restore = |backup: &str| node.cli(&["backup", "restore", backup, "--config", config]);
    restore(&of_coordinator).refused(1, &["backup-of-another"]);
    let shared = node.path("shared").display().to_string();
    restore(&shared).refused(3, &["backup-not-one"]);
    let aside = fs::read_dir(&node.folder).unwrap();
    let aside = aside.filter(|file| {
        let name = file.as_ref().unwrap().file_name();
        name.to_str().unwrap().starts_with("data.")
    });
    assert_eq!(aside.count(), 0, "nothing was put aside");
    node.start();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

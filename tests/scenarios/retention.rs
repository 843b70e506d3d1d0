//! Retention of reviews by the command for a stopped node: contents of old reviews are removed, and nothing else.

use std::fs;

use chengji_domain::Digest;
use chengji_store::{KeyValue, RocksStore, StoredTree, log};
use chengji_tests::{Cluster, Server, eventually, importing, says};
use jiff::SignedDuration;
use serde_json::Value;

const CITY: &str = "430200";
const CODE: &str = "206007/000001";
const DIGITS: &str = "206007000001";
/// Part of the abstract of the entry, and what the correction makes of it.
const CORRECTED: (&str, &str) = ("规划选址", "选址规划");
const REASON: &str = "摘要未说明范围";
/// Longer than the retention period of the scenario, 1,096 days.
const FOUR_YEARS: SignedDuration = SignedDuration::from_hours(4 * 366 * 24);

/// An entry whose first revision is returned, and whose second is published.
fn publish_after_a_return(cluster: &Cluster, node: &Server) {
    let review = |words: &[&str]| {
        let exit = node.cli_as(&node.reviewer, &[&["catalogue"], words].concat());
        exit.ok()
    };
    let first = node.path("shared/catalogue-new.csv");
    let text = fs::read_to_string(&first).unwrap();
    assert!(text.contains(CORRECTED.0), "{text}");
    let second = cluster.path("corrected.csv");
    fs::write(&second, text.replace(CORRECTED.0, CORRECTED.1)).unwrap();
    node.json(&importing(&first, &[]));
    review(&["return", CODE, "--reason", REASON]);
    node.json(&importing(&second, &[]));
    review(&["approve", CODE]);
    assert_eq!(node.catalogue(), [(DIGITS.to_owned(), 2)]);
}

/// Length and Merkle root of the log of a stopped node.
fn log_root(node: &Server) -> (u64, Digest) {
    let store = RocksStore::open_read_only(&node.path("data")).unwrap();
    let kv: &dyn KeyValue = &store;
    let length = log::head(kv).unwrap().seq;
    (length, StoredTree::of_own_log().root(kv, length).unwrap())
}

fn counts(removed: &Value) -> [u64; 3] {
    ["bodies", "moves", "revisions"].map(|name| removed[name].as_u64().unwrap_or(0))
}

#[test]
fn the_command_removes_old_reviews_and_the_log_is_verified_and_followed_as_before() {
    let cluster = Cluster::of_processes(&[CITY]);
    let node = cluster.node(CITY);
    publish_after_a_return(&cluster, node);
    cluster.until_followed(CITY);
    let auditor = node.enrol("shen.ji", &["auditor"]);
    let show = ["log", "show", "--limit", "10000"];
    let before = node.cli_as(&auditor, &show).ok().stdout;
    assert!(before.contains(REASON), "{before}");

    node.terminate();
    let settings = fs::read_to_string(&node.config).unwrap();
    let retention = format!("{settings}\n[retention]\nkeep_reviews_days = 1096\n");
    fs::write(&node.config, retention).unwrap();
    let log = log_root(node);
    remove_old_reviews(node);
    assert_eq!(log_root(node), log);
    node.start();

    shows_what_was_done_and_when(node);
    let after = node.cli_as(&auditor, &show).ok().stdout;
    assert!(
        says(&after, "fact-hidden") && !after.contains(REASON),
        "{after}"
    );
    let archive = node.path("archive");
    let archive = archive.to_str().unwrap();
    let export = ["--format", "json", "log", "export", archive];
    let exported = node.cli_as(&auditor, &export).ok().json();
    assert_eq!(exported["without_body"], 2, "{exported}");
    assert_eq!(node.json(&["log", "verify", archive]), exported);
    is_followed_from_its_beginning(&cluster, node);
}

/// Runs the command now, when nothing is old enough, and in four years.
fn remove_old_reviews(node: &Server) {
    let config = node.config.to_str().unwrap();
    let command = |flags: &[&str]| {
        let words = ["--format", "json", "log", "retention", "--config", config];
        node.cli(&[&words[..], flags].concat())
    };
    let young = command(&["--yes"]).ok();
    assert_eq!(counts(&young.json()), [0, 0, 0]);
    assert!(!young.says("retention-clock-ahead"), "{young}");

    node.move_clock(FOUR_YEARS);
    let counted = command(&["--dry-run"]).ok();
    // The coordinator's log ends four years before, which the caller is to know.
    assert!(counted.says("retention-clock-ahead"), "{counted}");
    // There is no terminal to ask, so `--yes` is required.
    command(&[]).refused(3, &["question-unanswerable"]);
    let removed = command(&["--yes"]).ok().json();
    assert_eq!(counts(&removed), [2, 2, 1], "{removed}");
    assert_eq!(removed, counted.json());
    let again = command(&["--dry-run"]).ok().json();
    assert_eq!(counts(&again), [0, 0, 0], "{again}");
    node.move_clock(SignedDuration::ZERO);
}

/// The history has every step, the first two without contents; the published revision is whole.
fn shows_what_was_done_and_when(node: &Server) {
    let history = node.json(&["catalogue", "show", CODE, "--history"]);
    let steps = history["steps"].as_array().unwrap();
    let is_removed = |step: &Value| step["content_removed"] == true;
    let removed: Vec<bool> = steps.iter().map(is_removed).collect();
    assert_eq!(removed, [true, true, false, false], "{history}");
    assert!(steps.iter().all(|step| step["at"].is_string()), "{history}");
    assert!(!history.to_string().contains(REASON), "{history}");
    assert_eq!(node.catalogue(), [(DIGITS.to_owned(), 2)]);
    let shown = node.json(&["catalogue", "show", CODE]);
    assert!(shown.to_string().contains(CORRECTED.1), "{shown}");
}

/// In a new epoch the coordinator reads the log again from its beginning.
fn is_followed_from_its_beginning(cluster: &Cluster, node: &Server) {
    node.terminate();
    let config = node.config.to_str().unwrap();
    node.cli(&["log", "new-epoch", "--config", config]).ok();
    node.start();
    let known = eventually("the coordinator follows the new epoch", || {
        cluster.city(CITY).filter(|known| known["epoch"] == 2)
    });
    assert_eq!(known["alarm"], Value::Null, "{known}");
    let known = cluster.until_followed(CITY);
    assert_eq!(
        (&known["entries"], &known["quarantined"]),
        (&1.into(), &0.into()),
        "{known}"
    );
    let found = cluster
        .coordinator
        .json(&["directory", "search", "--city", CITY]);
    let hit = &found["hits"][0]["record"];
    assert_eq!(
        (&hit["entry"]["code"], &hit["revision"]),
        (&DIGITS.into(), &2.into()),
        "{found}"
    );
}

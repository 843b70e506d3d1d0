//! Tables mounted to entries: measured by reading them, shown to other cities by their own name, read again on the cycle,
//! granted as tables.

use std::fs;

use chengji_tests::{Ahead, Cluster, Server, demo, eventually, importing, says};
use rusqlite::Connection;
use serde_json::Value;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
const CODE: &str = "206007/000001";
const PILES: &str = "charging:piles";
const MOUNT: &[&str] = &["catalogue", "mount", CODE, "--table", PILES];

const SETTINGS: &str = "\n[sources.charging]\nkind = \"sqlite\"\npath = \"charging.db\"\n";

/// Declares a database with a table of two charging stations, before the node is started again.
fn declare(node: &Server) {
    let piles =
        "CREATE TABLE piles (充电站编号 VARCHAR(10) NOT NULL, 充电站名称 TEXT, 枪口数 INTEGER);
        INSERT INTO piles VALUES ('A1', '神农城', 8), ('A2', NULL, 12);";
    execute(node, piles);
    let settings = fs::read_to_string(&node.config).unwrap();
    fs::write(&node.config, settings + SETTINGS).unwrap();
}

fn execute(node: &Server, sql: &str) {
    let database = Connection::open(node.path("charging.db")).unwrap();
    database.execute_batch(sql).unwrap();
}

fn mount_of(shown: &Value) -> &Value {
    &shown["mount"]
}

#[test]
fn a_mounted_table_is_measured_and_seen_by_other_cities_and_granted_as_a_table() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue-new.csv");
    declare(zhuzhou);
    zhuzhou.terminate();
    zhuzhou.start();

    zhuzhou
        .cli(&["catalogue", "mount", CODE, "--table", "charging:plans"])
        .refused(3, &["NOT_FOUND"]);
    let mounted = zhuzhou.cli(MOUNT).ok();
    assert!(mounted.says("items-differ"), "{mounted}");
    assert!(mounted.says("note-item-surplus"), "{mounted}");
    let own = zhuzhou.json(&["catalogue", "show", CODE]);
    let mount = mount_of(&own);
    assert_eq!(
        (&mount["file_name"], &mount["is_table"]),
        (&"piles".into(), &true.into())
    );
    assert_eq!(mount["measurement"]["rows"], 2, "{own}");
    // Two texts of two bytes, one of nine, two integers.
    assert_eq!(mount["measurement"]["bytes"], 2 + 2 + 9 + 2 * 8, "{own}");
    let auditor = zhuzhou.enrol("shen.ji", &["auditor"]);
    let log = zhuzhou.cli_as(&auditor, &["log", "show", "--limit", "1000"]);
    assert!(says(&log.stdout, "fact-table-mounted"), "{log}");
    assert!(!log.stdout.contains("charging"), "{log}");

    cluster.until_followed(ZHUZHOU);
    let seen = changsha.json(&["directory", "show", ZHUZHOU, CODE]);
    let elsewhere = mount_of(&seen);
    for field in ["file_name", "is_table", "measurement"] {
        assert_eq!(elsewhere[field], mount[field], "{field}");
    }

    // The node grants all of it by itself, as it does a file; a file in its place is not what was granted.
    let id = cluster.ask(CODE);
    cluster.until_state(CHANGSHA, &id, "GRANTED");
    let fetched = changsha.json(&["fetch", &id]);
    assert_eq!(fetched["receipt"]["rows"], 2, "{fetched}");
    let file = ["catalogue", "mount", CODE, "files/charging-piles.csv"];
    let replaced = zhuzhou.json(&file);
    assert_ne!(mount_of(&replaced)["is_table"], true, "{replaced}");
    changsha
        .cli(&["fetch", &id])
        .refused(1, &["SOURCE_CHANGED", "granted-table-changed"]);
    zhuzhou
        .cli(MOUNT)
        .refused(3, &["OUT_OF_TURN", "entry-grants-running", &id]);
}

fn status(node: &Server) -> Value {
    let which = "unmounted,gone,never-measured,stale,contradicted,fresh";
    let status = node.json(&["catalogue", "status", "--only", which]);
    let entries = status["entries"].as_array().unwrap();
    let found = entries.iter().find(|entry| entry["file_name"] == "piles");
    found.unwrap().clone()
}

#[test]
fn a_mounted_table_is_read_on_the_cycle_and_its_changed_columns_are_named() {
    let cluster = Cluster::prepared(&[ZHUZHOU]);
    let node = cluster.node(ZHUZHOU);
    let ahead = Ahead::default();
    declare(node);
    cluster.coordinator.start();
    node.start_at(ahead.clock());
    let sheet = fs::read_to_string(demo().join(ZHUZHOU).join("catalogue-new.csv")).unwrap();
    let file = cluster.path("daily.csv");
    fs::write(&file, sheet.replace(",每月,", ",每日,")).unwrap();
    node.cli(&importing(&file, &[])).ok();
    node.approve();
    let first = node.json(MOUNT);

    // Within the cycle the rows are not read again.
    execute(node, "INSERT INTO piles VALUES ('A3', NULL, 4)");
    ahead.by(20);
    let again = eventually("the table is read again before the day is over", || {
        let shown = node.json(&["catalogue", "show", CODE]);
        (mount_of(&shown)["measurement"]["rows"] == 3).then_some(shown)
    });
    let (first, again) = (mount_of(&first), mount_of(&again));
    assert_ne!(
        again["measurement"]["digest"],
        first["measurement"]["digest"]
    );
    assert_eq!(again["changes"], 1, "{again}");

    execute(node, "ALTER TABLE piles ADD COLUMN 运行状态 TEXT");
    ahead.by(22);
    let changed = eventually("the new column is noticed", || {
        let status = status(node);
        (status["freshness"] == "ENTRY_FRESHNESS_GONE").then_some(status)
    });
    assert_eq!(changed["problem"]["code"], "SOURCE_CHANGED", "{changed}");
    assert!(
        changed["problem"].to_string().contains("运行状态"),
        "{changed}"
    );
    node.cli(&["catalogue", "measure", CODE])
        .refused(1, &["SOURCE_CHANGED", "运行状态"]);
    let shown = node.json(&["catalogue", "show", CODE]);
    assert_eq!(mount_of(&shown)["measurement"], again["measurement"]);

    node.json(MOUNT);
    assert_eq!(status(node)["problem"], Value::Null);
    let unmount = ["catalogue", "unmount", CODE, "--reason", "数据源迁移"];
    assert_eq!(mount_of(&node.json(&unmount)), &Value::Null);
}

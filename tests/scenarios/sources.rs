//! Sources of tables: declared, checked, listed and shown. Items are drafted from a table, imported, and compared with it.

use std::fs;

use chengji_domain::Field;
use chengji_domain::catalogue::heading;
use chengji_tests::{Cluster, Exit, Server, importing};
use rusqlite::Connection;
use serde_json::Value;

const ZHUZHOU: &str = "430200";
const CODE: &str = "103001/000001";
const PERMITS: &str = "housing:permits";

const SETTINGS: &str = "\n[sources.housing]\nkind = \"sqlite\"\npath = \"permits.db\"\n\n\
    [sources.registers]\nkind = \"csv\"\nfolder = \"registers\"\n";

/// A node that declares a SQLite database with a table of permits and a view of it, and a folder of CSV files.
fn declared(cluster: &Cluster) -> &Server {
    let node = cluster.node(ZHUZHOU);
    let permits = format!(
        "CREATE TABLE permits (permit_no VARCHAR(18) NOT NULL, holder TEXT, area REAL, floors INTEGER);
        INSERT INTO permits VALUES ('4302002026001', '{}', 120.5, 12), ('4302002026002', NULL, 80.0, 3);
        CREATE VIEW tall AS SELECT permit_no FROM permits WHERE floors > 10;",
        "株".repeat(300)
    );
    database(node).execute_batch(&permits).unwrap();
    fs::create_dir(node.path("registers")).unwrap();
    fs::write(
        node.path("registers/halls.csv"),
        "name,seats\n体育馆,5000\n",
    )
    .unwrap();
    let settings = fs::read_to_string(&node.config).unwrap();
    fs::write(&node.config, settings + SETTINGS).unwrap();
    node.terminate();
    node.start();
    node
}

fn database(node: &Server) -> Connection {
    Connection::open(node.path("permits.db")).unwrap()
}

/// The names in a list.
fn names(list: &Value) -> Vec<&str> {
    let items = list.as_array().into_iter().flatten();
    items.map(|item| item["name"].as_str().unwrap()).collect()
}

/// A drafted sheet with the cells of the entry itself filled in in the first row.
fn filled(sheet: &str) -> String {
    let entry = [
        (Field::Classification, "1/03/001"),
        (Field::Name, "建设工程规划许可"),
        (Field::Code, CODE),
        (Field::Provider, "市自然资源和规划局"),
        (Field::ProviderCode, "91350100M000100Y43"),
        (
            Field::Abstract,
            "全市建设工程规划许可证的编号、持有人、面积和层数",
        ),
        (Field::Formats, "电子表格:csv"),
        (Field::ShareClass, "1"),
        (Field::ShareManner, "文件"),
        (Field::Open, "否"),
        (Field::UpdateCycle, "每年"),
        (Field::PublishedOn, "2026-03-18"),
        (Field::AdministrativeLevel, "市级"),
        (Field::Secret, "否"),
        (Field::SecurityLevel, "1"),
    ];
    let mut rows: Vec<Vec<String>> = sheet
        .trim_start_matches('\u{feff}')
        .lines()
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect();
    for (field, cell) in entry {
        let at = rows[0].iter().position(|named| *named == heading(field));
        rows[1][at.unwrap()] = cell.to_owned();
    }
    let lines: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    lines.join("\n")
}

/// The outcome of a command, which shows nothing of where the node's files are.
fn without_path(node: &Server, command: &[&str]) -> Exit {
    let exit = node.cli_json(command);
    let folder = node.folder.display().to_string();
    let Exit { stdout, stderr, .. } = &exit;
    assert!(
        !stdout.contains(&folder) && !stderr.contains(&folder),
        "{exit}"
    );
    exit
}

#[test]
fn sources_are_listed_and_their_tables_shown_to_those_who_mount() {
    let cluster = Cluster::new(&[ZHUZHOU]);
    let node = declared(&cluster);
    let list = without_path(node, &["source", "list"]).ok().json();
    assert_eq!(names(&list["sources"]), ["housing", "registers"]);
    for source in ["housing", "registers"] {
        without_path(node, &["source", "check", source]).ok();
    }
    let tables = without_path(node, &["source", "tables", "housing"])
        .ok()
        .json();
    assert_eq!(names(&tables["tables"]), ["permits", "tall"]);
    assert_eq!(tables["tables"][1]["is_view"], true, "{tables}");
    let halls = node.json(&["source", "tables", "registers"]);
    let halls = format!("registers:{}", names(&halls["tables"])[0]);
    let shown = node.json(&["source", "show", &halls]);
    assert_eq!(names(&shown["columns"]), ["name", "seats"]);

    let shown = without_path(node, &["source", "show", PERMITS]).ok().json();
    assert_eq!(
        names(&shown["columns"]),
        ["permit_no", "holder", "area", "floors"]
    );
    assert_eq!(shown["columns"][0]["native_type"], "VARCHAR(18)", "{shown}");
    assert_eq!(
        shown["columns"][3]["type"], "COLUMN_TYPE_INTEGER",
        "{shown}"
    );
    let preview = node.json(&["source", "show", PERMITS, "--rows", "1"]);
    let values = &preview["rows"][0]["values"];
    assert_eq!(values[0]["text"], "4302002026001", "{preview}");
    assert_eq!(values[1]["text"], "株".repeat(200));
    assert_eq!(values[1]["is_cut"], true);
    assert_eq!(preview["rows"].as_array().map(Vec::len), Some(1));

    let mut granted = vec!["source", "show", PERMITS, "--rows", "5"];
    granted.extend(["--columns", "permit_no,holder", "--where", "floors > 10"]);
    granted.extend(["--mask", "holder=first:2"]);
    let preview = node.json(&granted);
    assert_eq!(
        preview["columns"].as_array().map(Vec::len),
        Some(2),
        "{preview}"
    );
    assert_eq!(
        preview["rows"].as_array().map(Vec::len),
        Some(1),
        "{preview}"
    );
    assert_eq!(preview["rows"][0]["values"][1]["text"], "株株", "{preview}");
    assert_eq!(
        preview["scope"].as_array().map(Vec::len),
        Some(2),
        "{preview}"
    );
    let unknown = [
        "source", "show", PERMITS, "--rows", "5", "--where", "roof = 1",
    ];
    node.cli_json(&unknown).refused(3, &["INVALID_ARGUMENT"]);
    let without_rows = ["source", "show", PERMITS, "--where", "floors > 1"];
    node.cli_json(&without_rows)
        .refused(3, &["INVALID_ARGUMENT"]);

    for command in [&["source", "list"][..], &["source", "show", PERMITS]] {
        node.cli_as(&node.reviewer, command).refused(4, &["DENIED"]);
    }
}

#[test]
fn drafted_items_are_imported_and_are_those_of_the_table_until_it_changes() {
    let cluster = Cluster::new(&[ZHUZHOU]);
    let node = declared(&cluster);
    let sheet = node
        .cli(&["catalogue", "items", "--from-table", PERMITS])
        .ok();
    assert!(sheet.says("items-drafted"), "{sheet}");
    let file = cluster.path("items.csv");
    fs::write(&file, filled(&sheet.stdout)).unwrap();
    node.cli(&importing(&file, &[])).ok();
    assert_eq!(node.approve(), 1);

    let compare = ["catalogue", "items", "--from-table", PERMITS, CODE];
    let compared = node.json(&compare);
    let differences = compared["differences"].as_array();
    assert!(differences.is_none_or(Vec::is_empty), "{compared}");
    assert!(node.cli(&compare).ok().says("items-match"));

    let change = "ALTER TABLE permits ADD COLUMN issued TEXT";
    database(node).execute_batch(change).unwrap();
    let compared = node.json(&compare);
    let [difference] = compared["differences"].as_array().unwrap().as_slice() else {
        panic!("{compared}")
    };
    assert_eq!(difference["kind"], "ITEM_DIFFERENCE_KIND_MISSING");
    assert_eq!(difference["column"], "issued");
}

#[test]
fn a_source_that_is_not_declared_or_gone_is_an_error_that_says_so() {
    let cluster = Cluster::new(&[ZHUZHOU]);
    let node = declared(&cluster);
    node.cli(&["source", "check", "nowhere"])
        .refused(3, &["source-not-declared", "housing"]);
    node.cli(&["source", "show", "housing:plans"])
        .refused(3, &["NOT_FOUND"]);
    node.cli(&["source", "show", "housing"])
        .refused(3, &["table-address-malformed"]);
    fs::remove_file(node.path("permits.db")).unwrap();
    for command in [
        &["source", "check", "housing"][..],
        &["source", "tables", "housing"],
        &["source", "show", PERMITS],
        &["catalogue", "items", "--from-table", PERMITS],
    ] {
        without_path(node, command).refused(1, &["SOURCE_UNAVAILABLE"]);
    }
    // The other source is not affected.
    node.cli(&["source", "check", "registers"]).ok();

    let settings = fs::read_to_string(&node.config).unwrap();
    let wrong = node.path("wrong.toml");
    fs::write(
        &wrong,
        settings.replace("sources.housing", "sources.Housing"),
    )
    .unwrap();
    node.does_not_start(&wrong)
        .refused(1, &["source-name-malformed", "sources.Housing"]);
}

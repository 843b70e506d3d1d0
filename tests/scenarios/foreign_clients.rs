//! Clients of others, unmodified, query a node: ADBC's Flight SQL driver and pyarrow.flight from PyPI, and the Flight SQL
//! JDBC driver from Maven. Each test is skipped visibly where its client cannot be had.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use chengji_tests::{Cluster, identity_of};
use serde_json::{Value, json};

use super::foreign::{maven, python_with};
use super::queries::{CHANGSHA, PERMITS, ZHUZHOU, cluster, granted};

/// The Python packages, with the versions that are tried.
const PACKAGES: [&str; 3] = [
    "adbc-driver-flightsql==1.13.0",
    "adbc-driver-manager==1.13.0",
    "pyarrow",
];

const MODULES: &str = "adbc_driver_flightsql.dbapi, pyarrow.flight";

const JDBC: &str = "org.apache.arrow:flight-sql-jdbc-driver:18.3.0";

/// A cluster where 长沙 may read a part of a table of 株洲, with the arguments of a client: the node's address, and the files
/// of certificates and key.
fn with_arguments() -> (Cluster, Vec<String>) {
    let cluster = cluster(&[CHANGSHA, ZHUZHOU]);
    let part = ["--columns", "code,town,area", "--where", "area > 0"];
    granted(&cluster, ZHUZHOU, PERMITS, "permits", &part);
    let changsha = cluster.node(CHANGSHA);
    let files = identity_of(&changsha.profile);
    let identity = fs::read_to_string(&files.identity).unwrap();
    let (keys, certificates) = blocks(&identity);
    let [key, chain] = [("key.pem", keys), ("chain.pem", certificates)].map(|(name, text)| {
        let path = cluster.path(name);
        fs::write(&path, text).unwrap();
        path
    });
    let files = [files.ca, chain, key];
    let files = files.iter().map(|path| path.to_str().unwrap().to_owned());
    let arguments = std::iter::once(changsha.address.clone()).chain(files);
    (cluster, arguments.collect())
}

/// The blocks of a PEM file that are keys, and those that are not.
fn blocks(pem: &str) -> (String, String) {
    let (mut keys, mut others) = (String::new(), String::new());
    let mut is_key = false;
    for line in pem.lines() {
        if line.starts_with("-----BEGIN") {
            is_key = line.contains("PRIVATE KEY");
        }
        let text = if is_key { &mut keys } else { &mut others };
        text.push_str(line);
        text.push('\n');
    }
    (keys, others)
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("foreign")
        .join(name)
}

/// Runs a client; returns what it printed.
fn run(command: &mut Command) -> String {
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    String::from_utf8(done.stdout).unwrap()
}

fn names(found: &Value, list: &str, name: &str) -> Vec<String> {
    let list = found[list].as_array().unwrap().iter();
    list.map(|one| one[name].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn adbc_and_pyarrow_query_a_node() {
    let Some(python) = python_with(&PACKAGES, MODULES) else {
        eprintln!("SKIPPED: the packages adbc-driver-flightsql and pyarrow cannot be had here");
        return;
    };
    let (_cluster, arguments) = with_arguments();
    let printed = run(Command::new(python)
        .arg(source("flight_sql.py"))
        .args(arguments));
    let found: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(
        found["statement"],
        json!([["a", "云龙", 3], ["c", "云龙", 5]])
    );
    assert_eq!(found["prepared"], json!([["c"]]));
    assert!(
        found["hidden"].as_str().unwrap().contains("phone"),
        "{found}"
    );
    assert_eq!(found["first"], json!([1]));
    assert_eq!(found["after"], json!([[1]]));
    assert_eq!(
        names(&found, "catalogs", "catalog_name"),
        ["cluster", "granted"]
    );
    assert_eq!(found["vendor"], "Chengji");
    assert_eq!(
        found["schema"],
        json!(["code: string", "town: string", "area: int64"])
    );
    assert_eq!(found["pyarrow"], json!([{"n": 2}]));
    let listed = found["listed"].as_array().unwrap();
    assert!(listed.contains(&json!("201001000001")), "{found}");
    let all = found["all"].to_string();
    assert!(
        all.contains("201001000001") && all.contains("\"town\""),
        "{all}"
    );
    assert!(!all.contains("phone"), "{all}");
}

#[test]
fn jdbc_queries_a_node() {
    let Some(jar) = maven(JDBC) else {
        eprintln!("SKIPPED: Java, Maven or {JDBC} cannot be had here");
        return;
    };
    let (_cluster, arguments) = with_arguments();
    let mut java = Command::new("java");
    java.args(["--add-opens=java.base/java.nio=ALL-UNNAMED", "-cp"]);
    let printed = run(java.arg(jar).arg(source("FlightSql.java")).args(arguments));
    for line in [
        "row a 云龙 3",
        "row c 云龙 5",
        "prepared c",
        "table 201001000001",
        "columns area,code,town",
        "product Chengji",
        "refused true",
    ] {
        assert!(
            printed.lines().any(|printed| printed == line),
            "{line}: {printed}"
        );
    }
}

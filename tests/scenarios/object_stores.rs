//! Folders of files in an object store of others: moto, which speaks the protocol of S3.

use std::fs;
use std::process::{Command, Stdio};

use chengji_tests::{Cluster, eventually};

use crate::foreign::{Ended, free_address, python_with};

const ZHUZHOU: &str = "430200";
const CODE: &str = "206007/000001";
const HALLS: &str = "archive:体育馆 2026";

/// Puts a table of two million bytes, and objects that are no tables of the folder.
const PUT: &str = r#"
import sys, boto3
endpoint = sys.argv[1]
s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1",
                  aws_access_key_id="reader", aws_secret_access_key="secret")
s3.create_bucket(Bucket="housing")
rows = "".join(f"体育馆{number},5000\n" for number in range(100_000))
s3.put_object(Bucket="housing", Key="tables/体育馆 2026.csv", Body=("name,seats\n" + rows).encode())
for other in ["tables/notes.txt", "tables/inner/a.csv", "other.csv"]:
    s3.put_object(Bucket="housing", Key=other, Body=b"a\n1\n")
"#;

#[test]
fn a_table_in_an_object_store_of_others_is_checked_shown_and_mounted() {
    let Some(python) = python_with(&["moto[server]"], "moto.server") else {
        eprintln!("SKIPPED: the package moto cannot be had here");
        return;
    };
    let address = free_address();
    let port = address.port().to_string();
    let store = Command::new(&python)
        .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _store = Ended(store.unwrap());
    let endpoint = format!("http://{address}");
    eventually("the object store takes objects", || {
        let mut put = Command::new(&python);
        put.env("NO_PROXY", "127.0.0.1");
        let put = put.args(["-c", PUT, &endpoint]).output().unwrap();
        put.status.success().then_some(())
    });

    let cluster = Cluster::new(&[ZHUZHOU]);
    let node = cluster.node(ZHUZHOU);
    node.import("catalogue-new.csv");
    fs::write(node.path("archive-secret"), "secret\n").unwrap();
    let settings = fs::read_to_string(&node.config).unwrap();
    let section = format!(
        "\n[sources.archive]\nkind = \"csv\"\nurl = \"s3://housing/tables\"\n\
         endpoint = \"{endpoint}\"\nuser = \"reader\"\npassword_file = \"archive-secret\"\n"
    );
    fs::write(&node.config, settings + &section).unwrap();
    node.terminate();
    node.start();

    node.cli(&["source", "check", "archive"]).ok();
    let tables = node.json(&["source", "tables", "archive"]);
    let tables = tables["tables"].as_array().unwrap();
    let [table] = tables.as_slice() else {
        panic!("{tables:?}")
    };
    assert_eq!(table["name"], "体育馆 2026");
    let shown = node.json(&["source", "show", HALLS, "--rows", "1"]);
    assert_eq!(shown["rows"][0]["values"][0]["text"], "体育馆0", "{shown}");
    node.cli(&["catalogue", "mount", CODE, "--table", HALLS])
        .ok();
    let mounted = node.json(&["catalogue", "show", CODE]);
    let measurement = &mounted["mount"]["measurement"];
    assert_eq!(measurement["rows"], 100_000, "{mounted}");

    let settings = fs::read_to_string(&node.config).unwrap();
    let elsewhere = settings.replace("s3://housing", "s3://heating");
    fs::write(&node.config, elsewhere).unwrap();
    node.terminate();
    node.start();
    node.cli(&["source", "check", "archive"])
        .refused(1, &["SOURCE_UNAVAILABLE", "bucket-missing"]);
}

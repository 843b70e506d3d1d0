//! A part of a table is granted and delivered: columns, rows and masked values, and nothing else.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_ipc::reader::StreamReader;
use chengji_tests::{Cluster, Server, eventually};
use rusqlite::Connection;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
const CODE: &str = "201001/000001";

const SETTINGS: &str = "\n[sources.health]\nkind = \"sqlite\"\npath = \"health.db\"\n";

/// A table of ten columns, with three rows of two districts.
const HOSPITALS: &str = "CREATE TABLE hospitals (
        number INTEGER NOT NULL, name TEXT NOT NULL, district TEXT, level TEXT, beds INTEGER, head TEXT,
        id_number TEXT, phone TEXT, address TEXT, remark TEXT
    );
    INSERT INTO hospitals VALUES
        (1, '市中心医院', '天元区', '三级', 1800, '王芳', '430202197001011234', '138', '路1号', 'a'),
        (2, '市妇幼保健院', '天元区', '三级', 620, '李雷', '430202198002025678', '139', '路2号', 'b'),
        (3, '炎陵县医院', '炎陵县', '二级', 300, '韩梅', '430225199003039012', '137', '路3号', 'c');";

/// A view of the hospitals as often as another table says.
const VISITS: &str = "CREATE TABLE visits_each (most INTEGER);
    INSERT INTO visits_each VALUES (1);
    CREATE VIEW visits AS
        WITH RECURSIVE visit(n) AS (
            SELECT 1 UNION ALL SELECT n + 1 FROM visit WHERE n < (SELECT most FROM visits_each)
        )
        SELECT hospitals.number, hospitals.name, hospitals.district FROM visit CROSS JOIN hospitals;";

const PART: &[&str] = &[
    "--columns",
    "number,head,id_number",
    "--where",
    "district = '天元区' AND beds > 100",
    "--mask",
    "head=first:1",
    "--mask",
    "id_number=hash",
];

fn execute(node: &Server, sql: &str) {
    let database = Connection::open(node.path("health.db")).unwrap();
    database.execute_batch(sql).unwrap();
}

/// Makes the entry with the table at 株洲, and a request of 长沙 for it; returns the request.
fn requested(cluster: &Cluster) -> String {
    requested_of(cluster, HOSPITALS, "health:hospitals")
}

/// The same of this table of the database that these statements make.
fn requested_of(cluster: &Cluster, sql: &str, table: &str) -> String {
    let zhuzhou = cluster.node(ZHUZHOU);
    zhuzhou.import("catalogue.csv");
    execute(zhuzhou, sql);
    let settings = fs::read_to_string(&zhuzhou.config).unwrap();
    fs::write(&zhuzhou.config, settings + SETTINGS).unwrap();
    zhuzhou.terminate();
    zhuzhou.start();
    let mount = ["catalogue", "mount", CODE, "--table", table];
    zhuzhou.cli(&mount).ok();
    cluster.until_followed(ZHUZHOU);
    cluster.ask(CODE)
}

/// The received file: the names of its columns, and the numbers, heads and hashes of its rows.
fn received(path: &str) -> (Vec<String>, Vec<(i64, String, String)>) {
    let reader = StreamReader::try_new(File::open(path).unwrap(), None).unwrap();
    let fields = reader.schema();
    let names = fields.fields().iter().map(|field| field.name().clone());
    let batches: Vec<RecordBatch> = reader.map(|batch| batch.unwrap()).collect();
    let mut rows = Vec::new();
    for batch in &batches {
        let numbers = batch.column(0).as_primitive::<Int64Type>();
        let [heads, hashes] = [1, 2].map(|at| batch.column(at).as_string::<i32>());
        for row in 0..batch.num_rows() {
            let texts = [heads, hashes].map(|column| column.value(row).to_owned());
            let [head, hash] = texts;
            rows.push((numbers.value(row), head, hash));
        }
    }
    (names.collect(), rows)
}

#[test]
fn a_consumer_receives_the_granted_columns_and_rows_with_masked_values() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = requested(&cluster);
    cluster.until_state(ZHUZHOU, &id, "ROUTED");
    let grant = ["request", "grant", &id];
    zhuzhou
        .cli(&[&grant[..], &["--columns", "number,wages"]].concat())
        .refused(3, &["INVALID_ARGUMENT", "wages"]);
    cluster.grant(&id, PART);
    for node in [changsha, zhuzhou] {
        let shown = node.cli(&["request", "show", &id]).ok();
        for words in ["head", "id_number", "天元区", "scope-effect-of-table"] {
            assert!(
                chengji_tests::says(&shown.stdout, words),
                "{words}: {shown}"
            );
        }
    }

    let first = changsha.json(&["fetch", &id]);
    assert_eq!(first["receipt"]["rows"], 2, "{first}");
    let (names, rows) = received(first["path"].as_str().unwrap());
    assert_eq!(names, ["number", "head", "id_number"]);
    let shown: Vec<(i64, &str)> = rows
        .iter()
        .map(|(number, head, _)| (*number, head.as_str()))
        .collect();
    assert_eq!(shown, [(1, "王"), (2, "李")]);
    let hashes: Vec<&String> = rows.iter().map(|(_, _, hash)| hash).collect();
    assert!(hashes.iter().all(|hash| hash.len() == 26) && hashes[0] != hashes[1]);
    let receipts = zhuzhou.json(&["receipts", "--request", &id]);
    assert_eq!(receipts["receipts"][0]["rows"], 2, "{receipts}");

    // The same values are masked the same way under the grant, and new rows come along; a new column does not.
    execute(
        zhuzhou,
        "ALTER TABLE hospitals ADD COLUMN wages INTEGER;
        INSERT INTO hospitals VALUES
            (4, '市二医院', '天元区', '三级', 900, '王芳', '430202197001011234', '136', '路4号', 'd', 9);",
    );
    let second = changsha.json(&["fetch", &id]);
    let (again, later) = received(second["path"].as_str().unwrap());
    assert_eq!(again, names);
    assert_eq!((later.len(), &later[2].2), (3, hashes[0]));

    // People take it in the format that they want.
    let sheet = cluster.path("part.csv");
    let sheet_name = sheet.to_str().unwrap();
    changsha.cli(&["fetch", &id, "--to", sheet_name]).ok();
    let text = fs::read_to_string(&sheet).unwrap();
    assert!(text.starts_with("number,head,id_number\r\n1,王,"), "{text}");
    assert_eq!(text.lines().count(), 4, "{text}");
    changsha
        .cli(&["fetch", &id, "--to", "-", "--table-format", "xlsx"])
        .refused(3, &["INVALID_ARGUMENT", "workbook-to-standard-output"]);
}

#[test]
fn a_column_that_is_dropped_stops_deliveries_and_both_sides_hear_why() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = requested(&cluster);
    cluster.grant(&id, PART);
    changsha.json(&["fetch", &id]);
    execute(zhuzhou, "ALTER TABLE hospitals DROP COLUMN head");
    let failed = changsha.cli(&["fetch", &id]);
    assert_ne!(failed.code, Some(0), "{failed}");
    for words in ["SOURCE_CHANGED", "granted-table-changed"] {
        assert!(failed.says(words), "{words}: {failed}");
    }
    assert!(!failed.stderr.contains("hospitals"), "{failed}");
    for node in [changsha, zhuzhou] {
        let receipts = node.json(&["receipts", "--request", &id]);
        assert_eq!(receipts["receipts"].as_array().unwrap().len(), 1);
    }
    zhuzhou
        .cli(&["catalogue", "measure", CODE])
        .refused(1, &["SOURCE_CHANGED", "head"]);
}

/// The rows of the view have no end by then, so that nothing but the stop ends their reading.
#[test]
fn a_stop_in_the_middle_of_a_delivery_ends_it_at_both_sides() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = requested_of(&cluster, &[HOSPITALS, VISITS].concat(), "health:visits");
    cluster.grant(&id, &["--columns", "number,name", "--where", "number = 3"]);
    let set_visits = |most: u64| execute(zhuzhou, &format!("UPDATE visits_each SET most = {most}"));
    set_visits(1_000_000_000_000_000);
    let parts = zhuzhou.path("data/granted-tables");
    let (ended, after) = std::thread::scope(|scope| {
        let fetching = scope.spawn(|| changsha.cli(&["fetch", &id]));
        eventually("the provider reads the table", || {
            parts.exists().then_some(())
        });
        cluster.stop(ZHUZHOU, &id, "疑似泄露");
        let stopped = Instant::now();
        (fetching.join().unwrap(), stopped.elapsed())
    });
    // The grant is checked each second; a busy machine takes longer to say so.
    assert!(after < Duration::from_secs(5), "{after:?}: {ended}");
    ended.refused(4, &["GRANT_SUSPENDED", "疑似泄露"]);

    for node in [changsha, zhuzhou] {
        let receipts = node.json(&["receipts", "--request", &id]);
        assert_eq!(receipts["receipts"].as_array().unwrap().len(), 0);
    }
    for folder in [changsha.path("received").join(&id), parts] {
        let left = fs::read_dir(&folder).into_iter().flatten().count();
        assert_eq!(left, 0, "{}", folder.display());
    }
    changsha
        .cli(&["fetch", &id])
        .refused(4, &["GRANT_SUSPENDED", "疑似泄露"]);

    // The source has no reader any more, of which there is one at a time, and the part is delivered afterwards.
    set_visits(2);
    zhuzhou.cli(&["catalogue", "measure", CODE]).ok();
    zhuzhou.json(&["request", "lift-stop", &id, "--reason", "已排除"]);
    cluster.until_state(CHANGSHA, &id, "GRANTED");
    let fetched = changsha.json(&["fetch", &id]);
    assert_eq!(fetched["receipt"]["rows"], 2, "{fetched}");
}

/// The same fields are granted by each request for which nothing else is said, and nothing more by the node itself.
#[test]
fn a_default_scope_is_granted_where_nothing_is_said() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = requested(&cluster);
    let set = ["catalogue", "default-scope", CODE];
    zhuzhou
        .cli(&set)
        .refused(3, &["INVALID_ARGUMENT", "default-scope-nothing-said"]);
    zhuzhou
        .cli(&[&set[..], &["--columns", "wages"]].concat())
        .refused(3, &["INVALID_ARGUMENT", "wages"]);
    zhuzhou.cli(&[&set[..], PART].concat()).ok();
    let shown = zhuzhou.cli(&["catalogue", "show", CODE]).ok();
    assert!(
        chengji_tests::says(&shown.stdout, "column-default-scope"),
        "{shown}"
    );
    cluster.grant(&id, &[]);
    let fetched = changsha.json(&["fetch", &id]);
    let (names, rows) = received(fetched["path"].as_str().unwrap());
    assert_eq!(names, ["number", "head", "id_number"]);
    assert_eq!((rows.len(), rows[0].1.as_str()), (2, "王"));

    // It is of the columns that the table had.
    execute(zhuzhou, "ALTER TABLE hospitals ADD COLUMN wages INTEGER");
    let mount = ["catalogue", "mount", CODE, "--table", "health:hospitals"];
    let mounted = zhuzhou.cli(&mount).ok();
    assert!(
        chengji_tests::says(&mounted.stdout, "default-scope-not-in-force"),
        "{mounted}"
    );
    let again = cluster.ask(CODE);
    cluster.until_state(ZHUZHOU, &again, "ROUTED");
    zhuzhou
        .cli(&["request", "grant", &again])
        .refused(1, &["SOURCE_CHANGED", "default-scope-outdated"]);
    zhuzhou.cli(&[&set[..], &["--none"]].concat()).ok();
    cluster.grant(&again, &[]);
}

#[test]
fn a_file_is_granted_as_a_whole() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let zhuzhou = cluster.node(ZHUZHOU);
    let id = cluster.requested();
    cluster.until_state(ZHUZHOU, &id, "ROUTED");
    let grant = ["request", "grant", &id, "--columns", "number"];
    zhuzhou
        .cli(&grant)
        .refused(3, &["INVALID_ARGUMENT", "grant-part-without-table"]);
}

//! Queries in SQL over the tables that two cities have granted, the directory and the city's requests.

use std::fs;

use chengji_tests::{Cluster, Input, Server, eventually, program};
use rusqlite::Connection;

pub(crate) const CHANGSHA: &str = "430100";
pub(crate) const ZHUZHOU: &str = "430200";
const XIANGTAN: &str = "430300";
const CODE: &str = "201001/000001";

pub(crate) const PERMITS: &str = "CREATE TABLE permits (code TEXT NOT NULL, town TEXT, area INTEGER, phone TEXT);
    INSERT INTO permits VALUES ('a', '云龙', 3, '138'), ('b', '渌口', 0, '139'), ('c', '云龙', 5, '137');";

const GRADES: &str = "CREATE TABLE grades (code TEXT NOT NULL, grade TEXT);
    INSERT INTO grades VALUES ('a', '优'), ('c', '良'), ('e', '优');";

/// A cluster where 长沙 runs queries.
pub(crate) fn cluster(cities: &[&str]) -> Cluster {
    cluster_with(cities, "")
}

/// A cluster where 长沙 runs queries with these settings, too.
fn cluster_with(cities: &[&str], more: &str) -> Cluster {
    let cluster = Cluster::new(cities);
    with_engine(cluster.node(CHANGSHA), more);
    cluster
}

/// Starts a node again with these settings of queries, too.
pub(crate) fn with_engine(node: &Server, more: &str) {
    let engine = program("chengji-query-engine");
    let engine = engine.get_program().to_str().unwrap();
    let settings = fs::read_to_string(&node.config).unwrap();
    let memory = 128 << 20;
    let query = format!("\n[query]\nprogram = \"{engine}\"\nmemory = {memory}\n{more}\n");
    fs::write(&node.config, settings + &query).unwrap();
    node.terminate();
    node.start();
}

/// Mounts a table of the city at its entry, and grants the part of it to 长沙; returns the request.
pub(crate) fn granted(
    cluster: &Cluster,
    city: &str,
    tables: &str,
    table: &str,
    part: &[&str],
) -> String {
    let node = cluster.node(city);
    node.import("catalogue.csv");
    let database = Connection::open(node.path("city.db")).unwrap();
    database.execute_batch(tables).unwrap();
    let settings = fs::read_to_string(&node.config).unwrap();
    let source = "\n[sources.city]\nkind = \"sqlite\"\npath = \"city.db\"\n";
    fs::write(&node.config, settings + source).unwrap();
    node.terminate();
    node.start();
    let table = format!("city:{table}");
    node.cli(&["catalogue", "mount", CODE, "--table", &table])
        .ok();
    cluster.until_followed(city);
    let id = cluster.submit(Input {
        consumer: CHANGSHA,
        provider: city,
        code: CODE,
    });
    cluster.until_state(city, &id, "ROUTED");
    node.json(&[&["request", "grant", &id][..], part].concat());
    cluster.until_state(CHANGSHA, &id, "GRANTED");
    id
}

/// The lines that a query prints as CSV.
fn lines(node: &Server, sql: &str) -> Vec<String> {
    let printed = node.cli(&["query", sql]).ok();
    printed.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn tables_of_two_cities_are_joined_in_one_query() {
    let cluster = cluster(&[CHANGSHA, ZHUZHOU, XIANGTAN]);
    let changsha = cluster.node(CHANGSHA);
    let part = ["--columns", "code,town,area", "--where", "area > 0"];
    let permits = granted(&cluster, ZHUZHOU, PERMITS, "permits", &part);
    granted(
        &cluster,
        XIANGTAN,
        GRADES,
        "grades",
        &["--columns", "code,grade"],
    );

    let join = r#"SELECT p.code, p.town, g.grade FROM granted."430200"."201001000001" p
        JOIN granted."430300"."201001000001" g ON g.code = p.code ORDER BY p.code"#;
    assert_eq!(
        lines(changsha, join),
        ["code,town,grade", "a,云龙,优", "c,云龙,良"]
    );

    // What was not granted is not there, by either name.
    let by_request = format!(r#"SELECT * FROM granted.request."{permits}" ORDER BY code"#);
    assert_eq!(
        lines(changsha, &by_request),
        ["code,town,area", "a,云龙,3", "c,云龙,5"]
    );
    let hidden = r#"SELECT phone FROM granted."430200"."201001000001""#;
    changsha
        .cli(&["query", hidden])
        .refused(3, &["INVALID_ARGUMENT", "phone"]);
    let failing = r#"SELECT 1 / (area - 0) FROM granted."430200"."201001000001""#;
    assert_eq!(lines(changsha, failing).len(), 3);
    changsha
        .cli(&["query", r#"SELECT * FROM granted."430200"."999999000001""#])
        .refused(3, &["NOT_FOUND"]);
    changsha
        .cli(&["query", "DROP TABLE granted.a.b"])
        .refused(3, &["INVALID_ARGUMENT", "query-not-reading"]);

    // The same into a file, of the table alone.
    let sheet = cluster.path("towns.xlsx");
    let sql =
        format!(r#"SELECT town, sum(area) AS area FROM granted.request."{permits}" GROUP BY town"#);
    let fetch = [
        "fetch",
        &permits,
        "--query",
        &sql,
        "--to",
        sheet.to_str().unwrap(),
    ];
    changsha.cli(&fetch).ok();
    assert!(fs::read(&sheet).unwrap().starts_with(b"PK"));

    // The exchange itself: the directory, the city's requests, the rates.
    let entries = "SELECT city, count(*) FROM catalogue.entries WHERE code LIKE '201001%' GROUP BY city ORDER BY city";
    let counted = lines(changsha, entries);
    assert!(
        counted.iter().any(|line| line.starts_with("430200,")),
        "{counted:?}"
    );
    let requests = lines(
        changsha,
        "SELECT provider FROM catalogue.requests ORDER BY provider",
    );
    assert_eq!(requests, ["provider", "430200", "430300"]);
    let rates = lines(changsha, "SELECT city FROM rate.cities ORDER BY city");
    assert_eq!(rates, ["city", "430100", "430200", "430300"]);
}

#[test]
fn a_query_ends_with_its_grant_and_its_death_is_nobody_elses() {
    let cluster = cluster_with(&[CHANGSHA, ZHUZHOU], "spill = 0");
    let changsha = cluster.node(CHANGSHA);
    let permits = granted(
        &cluster,
        ZHUZHOU,
        PERMITS,
        "permits",
        &["--columns", "code,town"],
    );
    let sql = format!(r#"SELECT code FROM granted.request."{permits}" ORDER BY code"#);
    assert_eq!(lines(changsha, &sql), ["code", "a", "b", "c"]);

    let large = "SELECT a.value FROM generate_series(1, 100000000) a ORDER BY a.value DESC";
    changsha
        .cli(&["query", large])
        .refused(3, &["LIMIT_EXCEEDED"]);
    assert_eq!(lines(changsha, &sql), ["code", "a", "b", "c"]);

    cluster.stop(ZHUZHOU, &permits, "投诉");
    cluster.until_followed(ZHUZHOU);
    eventually("长沙 hears of the stop", || {
        let shown = changsha.cli(&["query", &sql]);
        (shown.code == Some(4)).then_some(())
    });
    // A person without the role of a consumer queries nothing.
    let auditor = changsha.enrol("auditor", &["auditor"]);
    let refused = changsha.cli_as(&auditor, &["query", "SELECT 1"]);
    refused.refused(4, &["DENIED"]);
}

#[test]
fn more_rows_than_memory_are_sorted_on_disk_and_nothing_is_left() {
    let cluster = cluster_with(&[CHANGSHA], "spill = 268435456");
    let changsha = cluster.node(CHANGSHA);
    let steps = "SELECT value - lead(value) OVER (ORDER BY value DESC) AS step
        FROM generate_series(1, 12000000)";
    let sql =
        format!("SELECT count(*) AS number, min(step) AS least, max(step) AS most FROM ({steps})");
    assert_eq!(lines(changsha, &sql), ["number,least,most", "12000000,1,1"]);
    let large = "SELECT a.value FROM generate_series(1, 100000000) a ORDER BY a.value DESC";
    changsha
        .cli(&["query", large])
        .refused(3, &["LIMIT_EXCEEDED", "query-spill-used-up"]);
    let left = fs::read_dir(changsha.path("data/query-spill")).unwrap();
    assert_eq!(left.count(), 0);
}

/// Number of receipts of a city for a request.
fn receipts(node: &Server, request: &str) -> usize {
    let listed = node.json(&["receipts", "--request", request]);
    listed["receipts"].as_array().map_or(0, Vec::len)
}

#[test]
fn a_table_that_was_never_fetched_is_queried_at_its_provider() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    with_engine(changsha, "fetch_up_to = 0");
    with_engine(zhuzhou, "");
    let part = ["--columns", "code,town,area", "--where", "area > 0"];
    let permits = granted(&cluster, ZHUZHOU, PERMITS, "permits", &part);

    let table = format!(r#"granted.request."{permits}""#);
    let town = format!("SELECT code, area FROM {table} WHERE town = '云龙' ORDER BY code");
    assert_eq!(lines(changsha, &town), ["code,area", "a,3", "c,5"]);
    let counted = format!("SELECT count(*) AS number FROM {table} WHERE length(code) = 1");
    assert_eq!(lines(changsha, &counted), ["number", "2"]);
    // Zero areas are hidden, so no division by one fails, at the provider or here.
    let divided = format!("SELECT code FROM {table} WHERE 15 / area > 3 AND town <> '石峰'");
    assert_eq!(lines(changsha, &divided), ["code", "a"]);
    let hidden = format!("SELECT code FROM {table} WHERE phone LIKE '13%'");
    changsha
        .cli(&["query", &hidden])
        .refused(3, &["INVALID_ARGUMENT", "phone"]);
    assert_eq!(receipts(changsha, &permits), 0);
    assert_eq!(receipts(zhuzhou, &permits), 0);

    // What was fetched is queried where it is.
    changsha.cli(&["fetch", &permits]).ok();
    assert_eq!(lines(changsha, &town), ["code,area", "a,3", "c,5"]);
    assert_eq!(receipts(zhuzhou, &permits), 1);
}

//! The coordinator orders probes of unconditional data: another city reads it, compares it with what the provider declares,
//! and keeps nothing of it. What is shared with conditions, or may contain personal information, is never probed.

use std::fs;

use chengji_tests::{Cluster, Server, code_of, eventually, importing, says};
use rusqlite::Connection;
use serde_json::Value;

const PROBER: &str = "430100";
const PROVIDER: &str = "430200";
const DEPARTMENT: &str = "114302000069920125";

/// Publishes an entry of this class and with this assessment of personal information.
fn publish(node: &Server, serial: u64, class: &str, assessment: &str) {
    let condition = match class {
        "2" => "仅用于核验",
        _ => "",
    };
    let text = format!(
        "分类,名称,代码,提供方,提供方代码,摘要,格式,共享类型,共享条件,共享方式,是否开放,更新周期,发布日期,\
         行政层级,涉密,安全级别,个人信息保护影响评估,个人信息保护影响评估文号\n\
         2/06/001,测试条目{serial},{},株洲市民政局,{DEPARTMENT},测试,电子文件:csv,{class},{condition},文件,否,\
         每年,2026-01-01,市级,否,1,{assessment},株民个保评〔2026〕5号\n",
        code_of(serial)
    );
    let catalogue = node.path(&format!("entry-{serial}.csv"));
    fs::write(&catalogue, text).unwrap();
    node.json(&importing(&catalogue, &[]));
    node.approve();
}

/// Publishes an entry, and mounts a file of two rows to it.
fn provide(node: &Server, serial: u64, class: &str, assessment: &str) {
    publish(node, serial, class, assessment);
    let file = node.path(&format!("shared/probed-{serial}.csv"));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, format!("a,b\n{serial},1\n{serial},2\n")).unwrap();
    let mounted = format!("probed-{serial}.csv");
    node.json(&["catalogue", "mount", &code_of(serial), &mounted]);
}

/// Makes the coordinator order probes from its next start on.
fn order_probes(cluster: &Cluster) {
    let coordinator = &cluster.coordinator;
    let config = coordinator.path("coordinator.toml");
    let settings = fs::read_to_string(&config).unwrap();
    let probes = "\n[probes]\nenabled = true\nevery_days = 1\n";
    fs::write(&config, settings + probes).unwrap();
    coordinator.terminate();
    coordinator.start();
}

/// The probes that a program lists.
fn listed(server: &Server, options: &[&str]) -> Option<Vec<Value>> {
    let list = server.try_json(&[&["probe", "list"], options].concat())?;
    list["probes"].as_array().cloned()
}

#[test]
fn unconditional_data_is_probed_by_another_city_and_what_cannot_be_read_is_tried_again() {
    let cluster = Cluster::of_processes(&[PROBER, PROVIDER]);
    let (prober, provider) = (cluster.node(PROBER), cluster.node(PROVIDER));
    provide(provider, 1, "1", "无风险");
    provide(provider, 2, "2", "无风险");
    provide(provider, 3, "1", "有风险已处置");
    provide(provider, 4, "1", "无风险");
    // Its content is gone before anybody asks for it.
    fs::remove_file(provider.path("shared/probed-4.csv")).unwrap();
    cluster.until_followed(PROVIDER);
    order_probes(&cluster);

    let matched = eventually("the outcome is known to the coordinator", || {
        let found = listed(&cluster.coordinator, &["--outcome", "matched"])?;
        found.into_iter().next()
    });
    let order = &matched["order"];
    assert_eq!(order["code"], code_of(1), "{matched}");
    assert_eq!(order["provider"], PROVIDER, "{matched}");
    assert_eq!(order["prober"], PROBER, "{matched}");
    let all = listed(&cluster.coordinator, &[]).unwrap();
    let mut codes: Vec<_> = all
        .iter()
        .map(|probe| probe["order"]["code"].clone())
        .collect();
    codes.sort_by_key(Value::to_string);
    let expected = [1, 4].map(|serial| Value::from(code_of(serial)));
    assert_eq!(codes, expected);

    eventually("the provider reads the outcome", || {
        let found = listed(provider, &["--outcome", "matched"])?;
        (found.len() == 1).then_some(())
    });
    eventually("the prober has tried to read the other one", || {
        prober.output().contains("a probe failed").then_some(())
    });
    let open = listed(&cluster.coordinator, &["--open", "--city", PROBER]).unwrap();
    assert_eq!(open.len(), 1, "{open:?}");
    // Nothing was delivered, and nothing of it is kept.
    for node in [prober, provider] {
        let receipts = node.json(&["receipts"]);
        let count = receipts["receipts"].as_array().map_or(0, Vec::len);
        assert_eq!(count, 0, "{receipts}");
    }
}

/// The log of a program, as its auditor reads it.
fn log_of(server: &Server) -> String {
    let auditor = server.enrol("shen.ji", &["auditor"]);
    let log = server.cli_as(&auditor, &["log", "show", "--limit", "1000"]);
    log.ok().stdout
}

#[test]
fn a_table_is_probed_from_the_order_to_the_outcome_in_three_logs() {
    let cluster = Cluster::of_processes(&[PROBER, PROVIDER]);
    let (prober, provider) = (cluster.node(PROBER), cluster.node(PROVIDER));
    let database = Connection::open(provider.path("city.db")).unwrap();
    let permits = "CREATE TABLE permits (code TEXT NOT NULL, area INTEGER);
        INSERT INTO permits VALUES ('a', 1), ('b', NULL);";
    database.execute_batch(permits).unwrap();
    let settings = fs::read_to_string(&provider.config).unwrap();
    let source = "\n[sources.city]\nkind = \"sqlite\"\npath = \"city.db\"\n";
    fs::write(&provider.config, settings + source).unwrap();
    provider.terminate();
    provider.start();
    publish(provider, 1, "1", "无风险");
    let code = code_of(1);
    provider.json(&["catalogue", "mount", &code, "--table", "city:permits"]);
    // The table is measured as it is read, so the prober compares it with what the provider has then.
    let more = "INSERT INTO permits VALUES ('c', 3)";
    database.execute_batch(more).unwrap();
    cluster.until_followed(PROVIDER);
    order_probes(&cluster);

    let matched = eventually("the outcome is known to the coordinator", || {
        let found = listed(&cluster.coordinator, &["--outcome", "matched"])?;
        found.into_iter().next()
    });
    assert_eq!(matched["order"]["code"], code, "{matched}");
    assert_eq!(matched["order"]["declared"]["rows"], 2, "{matched}");
    let read = &matched["made"]["matched"];
    // Three texts of one byte, and two integers.
    assert_eq!(read["rows"], 3, "{matched}");
    assert_eq!(read["bytes"], 3 + 2 * 8, "{matched}");
    eventually("the provider reads the outcome", || {
        let found = listed(provider, &["--outcome", "matched"])?;
        (found.len() == 1).then_some(())
    });

    let log = log_of(&cluster.coordinator);
    assert!(says(&log, "fact-probe-ordered"), "{log}");
    assert!(says(&log, "fact-probe-noted"), "{log}");
    let log = log_of(prober);
    assert!(says(&log, "fact-probe-made"), "{log}");
    let shown = provider.json(&["catalogue", "show", &code]);
    let measured = &shown["mount"]["measurement"];
    assert_eq!(measured["rows"], 3, "{shown}");
    // Nothing was delivered, and nothing of it is kept.
    for node in [prober, provider] {
        let receipts = node.json(&["receipts"]);
        let count = receipts["receipts"].as_array().map_or(0, Vec::len);
        assert_eq!(count, 0, "{receipts}");
    }
}

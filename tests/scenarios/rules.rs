//! Rules that the coordinator spreads: they change while requests are open, and nodes follow without a restart.

use std::fs;

use chengji_domain::calendar::{Calendar, local_date};
use chengji_tests::{Cluster, Server, eventually};
use jiff::Timestamp;
use serde_json::Value;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// A conditional resource of 株洲.
const HOSPITALS: &str = "201001/000001";

/// Rules of 湖南, the province of both cities.
pub(crate) const HUNAN: &str = "version,hn-2026.1,source,湖南省政务数据共享管理办法\n\
                                jurisdiction,rule,working_days,valid_from,valid_until,source\n\
                                430000,conditional_answer,3,,,第九条\n\
                                430000,extension_at_most,1,,,第十条\n";

/// A holiday notice of 2027, by which 4 January is off.
pub(crate) const NOTICE: &str = "version,cn-2027.1,source,国务院办公厅\n\
                                 year,date,day,occasion,notice\n\
                                 2027,2027-01-01,off,元旦,国办发明电〔2026〕1号\n\
                                 2027,2027-01-04,off,元旦,国办发明电〔2026〕1号\n";

/// Writes a table for a command; returns its path.
pub(crate) fn table(cluster: &Cluster, name: &str, text: &str) -> String {
    let file = cluster.path(name);
    fs::write(&file, text).unwrap();
    file.display().to_string()
}

/// The number of a rule that a program shows.
pub(crate) fn number(server: &Server, rule: &str) -> Value {
    let shown = server.json(&["rules", "show", "--jurisdiction", ZHUZHOU]);
    let mut rules = shown["rules"].as_array().unwrap().iter();
    rules.find(|shown| shown["rule"] == rule).unwrap().clone()
}

/// The day on which the coordinator routed the request, and its deadline.
fn routed(cluster: &Cluster, id: &str) -> (jiff::civil::Date, String) {
    let routed = cluster.until_state(ZHUZHOU, id, "ROUTED");
    let step = routed["steps"].as_array().unwrap().last().unwrap();
    let at: Timestamp = step["at"].as_str().unwrap().parse().unwrap();
    let deadline = routed["deadline"].as_str().unwrap().to_owned();
    (local_date(at), deadline)
}

#[test]
fn a_rule_changes_while_a_request_is_open() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (coordinator, zhuzhou) = (&cluster.coordinator, cluster.node(ZHUZHOU));
    let calendar = Calendar::built_in().unwrap();
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let open = cluster.ask(HOSPITALS);
    let (day, deadline) = routed(&cluster, &open);
    assert_eq!(deadline, calendar.after(day, 10).date.to_string());

    let wrong = table(
        &cluster,
        "wrong.csv",
        &HUNAN.replace("answer,3", "answer,drei"),
    );
    coordinator
        .cli(&["rules", "set", &wrong])
        .refused(3, &["wrong.csv:3", "table-working-days-out-of-range"]);
    let hunan = table(&cluster, "hunan.csv", HUNAN);
    let dry = coordinator.json(&["rules", "set", &hunan, "--dry-run"]);
    let answer = &dry["changes"][0];
    assert_eq!(
        (&answer["before"], &answer["after"]),
        (&10.into(), &3.into())
    );
    let none = coordinator.json(&["rules", "list"]);
    assert_eq!(none["facts"].as_array().unwrap().len(), 0);
    coordinator.json(&["rules", "set", &hunan]);
    coordinator
        .cli(&["rules", "set", &hunan])
        .refused(3, &["rules-already-so"]);

    eventually("the node has the rules", || {
        (number(zhuzhou, "conditional_answer")["working_days"] == 3).then_some(())
    });
    let shown = number(zhuzhou, "conditional_answer");
    assert_eq!(shown, number(coordinator, "conditional_answer"));
    assert_eq!(
        (&shown["jurisdiction"], &shown["article"]),
        (&"430000".into(), &"第九条".into())
    );
    let national = number(coordinator, "supplement");
    assert_eq!(national["jurisdiction"], "000000", "{national}");

    // What was counted stays; the next request is counted by the new rule.
    assert_eq!(
        zhuzhou.json(&["request", "show", &open])["deadline"],
        deadline
    );
    let next = cluster.ask(HOSPITALS);
    let (day, deadline) = routed(&cluster, &next);
    assert_eq!(deadline, calendar.after(day, 3).date.to_string());
    let extend = ["request", "extend", &next, "--reason", "需会商", "--days"];
    zhuzhou
        .cli(&[&extend[..], &["2"]].concat())
        .refused(3, &["extension-out-of-range"]);
    zhuzhou.json(&[&extend[..], &["1"]].concat());
}

#[test]
fn a_holiday_notice_moves_provisional_deadlines_while_programs_run() {
    let eve: Timestamp = "2026-12-31T10:00:00+08:00".parse().unwrap();
    let ahead = eve.duration_since(chengji_clock::now());
    let cluster = Cluster::at(ahead, &[CHANGSHA, ZHUZHOU]);
    let (coordinator, zhuzhou) = (&cluster.coordinator, cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let id = cluster.ask(HOSPITALS);
    let (_, deadline) = routed(&cluster, &id);
    assert_eq!(deadline, "2027-01-15");

    let notice = table(&cluster, "2027.csv", NOTICE);
    let set = ["rules", "holidays", "set", notice.as_str()];
    let dry = coordinator.json(&[&set[..], &["--dry-run"]].concat());
    let moved = &dry["moved"][0];
    assert_eq!(
        (&moved["request"], &moved["after"]),
        (&id.as_str().into(), &"2027-01-18".into())
    );
    coordinator.json(&set);
    eventually("the deadline moves", || {
        let request = zhuzhou.json(&["request", "show", &id]);
        let has_moved = request["deadline"] == "2027-01-18";
        (has_moved && request["deadline_provisional"] == false).then_some(())
    });
    eventually("no notice is missing", || {
        let status = zhuzhou.json(&["status"]);
        let missing = status["missing_notices"].as_array().unwrap();
        missing.is_empty().then_some(())
    });
}

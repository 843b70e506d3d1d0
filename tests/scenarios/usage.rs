//! Usage records: kept by the consumer, asked for when a period is over, and read by the provider from node to node.

use chengji_domain::calendar::local_date;
use chengji_tests::{Cluster, Exit, Server, eventually};
use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use serde_json::Value;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
pub(crate) const EFFECT: &str = "核对票据1.2万笔";

/// Records the use of a grant's data from one day to another.
pub(crate) fn recorded(
    node: &Server,
    id: &str,
    (from, to): (&str, &str),
    compliance: &str,
) -> Exit {
    let words = ["usage", "record", id, "--from", from, "--to", to];
    let texts = [
        "--scenario",
        "医疗费用结算",
        "--process",
        "两名经办人员，每日一次",
        "--effect",
        EFFECT,
        "--storage",
        "本单位数据库，加密存储",
        "--compliance",
        compliance,
    ];
    node.cli_json(&[&words[..], &texts].concat())
}

/// The grants with periods whose use is not recorded, as the node lists them with these options.
pub(crate) fn missing(node: &Server, words: &[&str]) -> Vec<Value> {
    let listed = node.json(&[&["usage", "missing"][..], words].concat());
    listed["grants"].as_array().cloned().unwrap_or_default()
}

#[test]
fn the_use_of_data_is_recorded_and_its_provider_reads_the_record() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = cluster.requested();
    cluster.grant(&id, &["--days", "1", "--notify"]);

    let today = local_date(chengji_clock::now());
    let record = |to: Date, compliance: &str| {
        let (from, to) = (today.to_string(), to.to_string());
        recorded(changsha, &id, (&from, &to), compliance)
    };
    record(today, "每次使用均已通知").refused(4, &["usage-nothing-received"]);
    changsha.json(&["fetch", &id]);
    assert_eq!(missing(changsha, &[]).len(), 0, "no period is over");

    // Three days later the grant has ended, and nobody has recorded the use.
    for server in [&cluster.coordinator, changsha, zhuzhou] {
        server.move_clock(SignedDuration::from_hours(3 * 24));
    }
    let from = ["--from", CHANGSHA];
    for (node, words) in [(changsha, &[][..]), (zhuzhou, &from[..])] {
        let grants = eventually("the record is missing", || {
            Some(missing(node, words)).filter(|grants| !grants.is_empty())
        });
        assert_eq!(grants[0]["request"], id.as_str(), "{grants:?}");
        assert_eq!(grants[0]["to"], (today + 1.days()).to_string().as_str());
    }
    let todo = changsha.json(&["todo"]);
    let mut items = todo["items"].as_array().unwrap().iter();
    let is_usage = |item: &Value| {
        item["kind"] == "TODO_KIND_USAGE"
            && item["request"] == id.as_str()
            && item["overdue"] == false
    };
    assert!(items.any(is_usage), "{todo}");
    // The grant has an agreed term, whose keeping is asked about.
    let last = today + 1.days();
    record(last, "").refused(3, &["usage-not-valid"]);
    record(last, "每次使用均已通知").ok();
    for (node, words) in [(changsha, &[][..]), (zhuzhou, &from[..])] {
        assert_eq!(missing(node, words).len(), 0);
    }

    let own = changsha.json(&["usage", "list"]);
    let shown = changsha.json(&["usage", "show", own["records"][0]["id"].as_str().unwrap()]);
    assert_eq!(shown["actor"]["principal"], "city/430100/person/officer");
    let read = zhuzhou.json(&["usage", "read", "--from", CHANGSHA, "--request", &id]);
    let read = &read["records"][0];
    assert_eq!(read["usage"]["effect"], EFFECT, "{read}");
    assert_eq!(read["actor"]["principal"], "city/430100/node", "{read}");
}

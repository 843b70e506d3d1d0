//! A province returns data to the cities below it: declared with a second person's consent, granted automatically,
//! fetched, and ended with a reason after a consultation.

use std::fs;

use chengji_tests::{Cluster, Input, Server, eventually};
use serde_json::Value;

const HUNAN: &str = "430000";
const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// A conditional resource.
const HOSPITALS: &str = "201001/000001";
const ROWS: &str = "行政区划代码为本市的机构";

/// The province publishes and mounts what its system has collected.
fn publish(cluster: &Cluster) {
    let (hunan, changsha) = (cluster.node(HUNAN), cluster.node(CHANGSHA));
    fs::create_dir_all(hunan.path("shared/files")).unwrap();
    for file in ["shared/catalogue.csv", "shared/files/hospitals.csv"] {
        fs::copy(changsha.path(file), hunan.path(file)).unwrap();
    }
    hunan.import("catalogue.csv");
    hunan.json(&["catalogue", "mount", HOSPITALS, "files/hospitals.csv"]);
    cluster.until_followed(HUNAN);
}

fn ask(cluster: &Cluster, consumer: &'static str) -> String {
    cluster.submit(Input {
        consumer,
        provider: HUNAN,
        code: HOSPITALS,
    })
}

/// Returns true if the worklist of a city says that returned data was not fetched.
fn is_awaited(node: &Server) -> Option<bool> {
    let todo = node.try_json(&["todo"])?;
    let items = todo["items"].as_array()?;
    let is_returned = |item: &Value| item["kind"] == "TODO_KIND_RETURN_FLOW";
    Some(items.iter().any(is_returned))
}

/// The return flow of the province, as a city knows it.
fn known(node: &Server) -> Option<Value> {
    let list = node.try_json(&["return-flow", "list", "--provider", HUNAN])?;
    list["flows"].as_array()?.first().cloned()
}

#[test]
fn a_province_returns_data_to_the_cities_below_it_until_it_ends_that_with_a_reason() {
    let cluster = Cluster::of_processes(&[HUNAN, CHANGSHA, ZHUZHOU]);
    let [hunan, changsha, zhuzhou] = [HUNAN, CHANGSHA, ZHUZHOU].map(|city| cluster.node(city));
    publish(&cluster);
    let declare = ["return-flow", "declare", HOSPITALS, "--rows", ROWS];
    let elsewhere = [&declare[..], &["--to", "420100"]].concat();
    let refused = hunan.cli_json(&elsewhere);
    refused.refused(3, &["INVALID_ARGUMENT"]);
    let upward = [&declare[..], &["--to", HUNAN]].concat();
    changsha.cli_json(&upward).refused(3, &["INVALID_ARGUMENT"]);

    let flow = hunan.json(&declare);
    let number = flow["id"].as_str().unwrap();
    for city in [changsha, zhuzhou] {
        eventually(
            "the city is told of the data that is returned to it",
            || is_awaited(city)?.then_some(()),
        );
    }
    assert_eq!(is_awaited(hunan), Some(false));

    let shown = changsha.json(&["directory", "show", HUNAN, HOSPITALS]);
    assert_eq!(shown["return_flow"]["rows"], ROWS, "{shown}");
    let id = ask(&cluster, CHANGSHA);
    let granted = cluster.until_state(CHANGSHA, &id, "GRANTED");
    let grant = &granted["grant"];
    assert_eq!(grant["return_flow"], number, "{granted}");
    assert_eq!(grant["scope"], ROWS, "{granted}");
    assert_eq!(grant["conditions"], "", "{granted}");
    changsha.json(&["fetch", &id]);
    assert_eq!(is_awaited(changsha), Some(false));
    assert_eq!(is_awaited(zhuzhou), Some(true));

    let end = ["return-flow", "end", HOSPITALS, "--reason", "系统下线"];
    let consulted = ["--consultation", "书面征求长沙、株洲意见，均无异议"];
    hunan.json(&[&end[..], &consulted].concat());
    let ended = eventually("the city is told of the end", || {
        let known = known(zhuzhou)?;
        (!known["ended_at"].is_null()).then_some(known)
    });
    assert_eq!(ended["end"]["reason"], "系统下线", "{ended}");
    assert_eq!(is_awaited(zhuzhou), Some(false));
    let later = ask(&cluster, ZHUZHOU);
    cluster.until_state(ZHUZHOU, &later, "ROUTED");
    cluster.until_state(CHANGSHA, &id, "GRANTED");
}

//! Data that may not leave a region, requests that need the approval of the common superior authority, departments that
//! are merged, and a city that leaves the cluster.

use chengji_tests::{Cluster, Server, eventually, importing};
use serde_json::Value;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// An unconditional resource of 株洲.
const PILES: &str = "206007/000001";
const PILES_FILE: &str = "catalogue-new.csv";
/// A conditional resource of 株洲.
const HOSPITALS: &str = "201001/000001";
/// A department that is set up anew.
pub(crate) const SUCCESSOR: &str = "11430200MB0C12345C";

/// 株洲 publishes a file of its demo data with these options of the import.
pub(crate) fn publish(node: &Server, file: &str, options: &[&str]) {
    node.json(&importing(&node.path("shared").join(file), options));
    node.approve();
}

/// The coordinator's first move in a request.
pub(crate) fn first_move(request: &Value) -> &Value {
    &request["steps"][0]["move"]
}

/// Checks that the worklist of a city names a request for this reason, as does its list of requests for attention.
fn asks_for_attention(server: &Server, id: &str, attention: &str) {
    let wanted = format!("ATTENTION_{attention}");
    let todo = server.json(&["todo"]);
    let listed = server.json(&["request", "list", "--attention"]);
    for (list, number) in [(&todo["items"], "request"), (&listed["requests"], "id")] {
        let mut items = list.as_array().unwrap().iter();
        let asking = items.find(|item| {
            let marks = item["attention"].as_array();
            item[number] == id
                && marks.is_some_and(|marks| marks.iter().any(|mark| *mark == wanted))
        });
        assert!(asking.is_some(), "{wanted} of {id}: {list}");
    }
}

/// Waits until the list of a program marks a request so.
pub(crate) fn until_marked(server: &Server, id: &str, attention: &str) {
    let wanted = format!("ATTENTION_{attention}");
    eventually(&format!("{id} is marked {wanted}"), || {
        let list = server.try_json(&["request", "list"])?;
        let mut requests = list["requests"].as_array()?.iter();
        let request = requests.find(|request| request["id"] == id)?;
        let marks = request["attention"].as_array()?;
        marks.iter().any(|mark| *mark == wanted).then_some(())
    });
}

#[test]
fn a_request_is_routed_once_the_superior_approved_and_nothing_leaves_the_region() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let bound = ["--region", "430000;440100", "--superior-approval"];
    publish(zhuzhou, PILES_FILE, &bound);
    zhuzhou.json(&["catalogue", "mount", PILES, "files/charging-piles.csv"]);
    cluster.until_followed(ZHUZHOU);
    let entry = changsha.json(&["directory", "show", ZHUZHOU, PILES]);
    let entry = &entry["entry"];
    assert_eq!(entry["region"]["kind"], "REGION_KIND_DIVISIONS", "{entry}");
    assert_eq!(entry["superior_approval"], true, "{entry}");

    let id = cluster.ask(PILES);
    until_marked(&cluster.coordinator, &id, "AWAITS_APPROVAL");
    let shown = eventually("the consumer knows for what it waits", || {
        let shown = changsha.try_json(&["request", "show", &id])?;
        (!shown["awaited_approval"].is_null()).then_some(shown)
    });
    assert_eq!(shown["awaited_approval"]["revision"], 1, "{shown}");
    assert_eq!(shown["dues"][0]["act"], "DUE_ACT_APPROVAL", "{shown}");
    let todo = changsha.json(&["todo"]);
    assert_eq!(todo["items"][0]["act"], "DUE_ACT_APPROVAL", "{todo}");
    let approve = |on: &'static str| {
        let document = ["--document", "湘数函〔2025〕9号", "--on", on];
        let approve = ["request", "approve", &id, "--authority", "湖南省数据局"];
        [&approve[..], &document].concat()
    };
    let ahead = cluster.coordinator.cli(&approve("2999-01-01"));
    ahead.refused(3, &["approval-dated-ahead"]);
    cluster.coordinator.json(&approve("2025-08-01"));
    let again = cluster.coordinator.cli(&approve("2025-08-01"));
    again.refused(3, &["request-awaits-no-approval"]);
    for city in [CHANGSHA, ZHUZHOU] {
        let granted = cluster.until_state(city, &id, "GRANTED");
        let approval = &first_move(&granted)["route"]["approval"];
        assert_eq!(approval["document"], "湘数函〔2025〕9号", "{granted}");
    }
    changsha.json(&["fetch", &id]);

    publish(zhuzhou, PILES_FILE, &["--region", ZHUZHOU]);
    cluster.until_followed(ZHUZHOU);
    // The running grant is for people to end, after a consultation.
    changsha.json(&["fetch", &id]);
    until_marked(zhuzhou, &id, "OUTSIDE_REGION");
    asks_for_attention(zhuzhou, &id, "OUTSIDE_REGION");
    let id = cluster.ask(PILES);
    let rejected = cluster.until_state(CHANGSHA, &id, "REJECTED");
    let reject = &first_move(&rejected)["reject"];
    assert_eq!(reject["reason"], "REJECT_REASON_OUTSIDE_REGION", "{reject}");
    assert_eq!(reject["problem"]["code"], "NOT_SHARED", "{reject}");
}

#[test]
fn the_successor_of_a_department_answers_its_requests() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let zhuzhou = cluster.node(ZHUZHOU);
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let shown = zhuzhou.json(&["catalogue", "show", HOSPITALS]);
    let old = shown["entry"]["provider_code"].as_str().unwrap();
    let profile = zhuzhou.enrol_in(SUCCESSOR, "shen.pi", &["approver"]);
    let id = cluster.ask(HOSPITALS);
    cluster.until_state(ZHUZHOU, &id, "ROUTED");
    let show = ["request", "show", &id];
    zhuzhou.cli_as(&profile, &show).refused(3, &["NOT_FOUND"]);

    let record = |old: &str, new: &str| {
        let merged = ["department", "succeed", old, new];
        let basis = ["--since", "2025-08-01", "--document", "株编办〔2025〕12号"];
        zhuzhou.cli_as(&zhuzhou.manager, &[&merged[..], &basis].concat())
    };
    record(old, SUCCESSOR).ok();
    record(SUCCESSOR, old).refused(3, &["department-merged-in-circle"]);
    zhuzhou.cli_as(&profile, &show).ok();
    let grant = ["request", "grant", &id, "--conditions", "仅限核验"];
    zhuzhou.cli_as(&profile, &grant).ok();
    let granted = cluster.until_state(CHANGSHA, &id, "GRANTED");
    let by = &granted["steps"][1]["actor"];
    assert_eq!(by["department"], SUCCESSOR, "{granted}");
    let list = zhuzhou.json(&["catalogue", "list", "--department", SUCCESSOR]);
    let records = list["records"].as_array().unwrap();
    assert_eq!(records[0]["entry"]["provider_code"], old, "{list}");
}

#[test]
fn what_is_open_with_a_city_that_leaves_ends_or_is_shown_as_such() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let granted = cluster.granted("files/charging-piles.csv");
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let open = cluster.ask(HOSPITALS);
    cluster.until_state(CHANGSHA, &open, "ROUTED");
    let remove = ["member", "remove", ZHUZHOU, "--reason", "退出城市群"];
    cluster.coordinator.cli(&remove).ok();
    let rejected = cluster.until_state(CHANGSHA, &open, "REJECTED");
    let reject = &rejected["steps"][1]["move"]["reject"];
    assert_eq!(reject["reason"], "REJECT_REASON_NOT_A_MEMBER", "{rejected}");
    for server in [changsha, &cluster.coordinator] {
        until_marked(server, &granted, "PARTY_LEFT");
    }
    asks_for_attention(changsha, &granted, "PARTY_LEFT");
    let shown = changsha.json(&["request", "show", &granted]);
    assert_eq!(shown["state"], "REQUEST_STATE_GRANTED", "{shown}");
}

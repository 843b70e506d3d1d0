//! Internal consent in the exchange: two people of each city for a request and its answer, and a stand-in whose time
//! is over.

use std::fs;
use std::path::PathBuf;

use chengji_tests::{Cluster, Server, eventually, submission};
use jiff::SignedDuration;
use serde_json::Value;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// A conditional resource of 株洲.
const HOSPITALS: &str = "201001/000001";

/// Has the second persons of a city consent by calls of their own.
pub(crate) fn in_the_exchange(server: &Server) {
    let settings = fs::read_to_string(&server.config).unwrap();
    let settings = settings.replace("manner = \"paper\"", "manner = \"exchange\"");
    fs::write(&server.config, settings).unwrap();
    server.terminate();
    server.start();
}

/// Proposes to request a resource of 株洲, for which a second person's consent is due.
pub(crate) fn proposed(node: &Server, code: &str) -> Value {
    node.json(&submission(ZHUZHOU, code, &["--paper="]))
}

/// The people who consent in both cities.
fn consenters(cluster: &Cluster) -> [PathBuf; 2] {
    [CHANGSHA, ZHUZHOU].map(|city| cluster.node(city).enrol("head", &["consenter"]))
}

#[test]
fn a_request_and_its_answer_are_made_by_two_people_of_each_city() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let [asking, answering] = consenters(&cluster);
    for node in [changsha, zhuzhou] {
        in_the_exchange(node);
    }
    let proposed = proposed(changsha, HOSPITALS);
    let number = proposed["id"].as_str().unwrap();
    assert_eq!(proposed["consent_of"], "ROLE_CONSENTER", "{proposed}");
    let own = changsha.cli_json(&["consent", "give", number]);
    own.refused(4, &["DENIED"]);
    let listed = changsha.json_as(&asking, &["consent", "list"]);
    assert_eq!(listed["proposals"][0]["id"], number, "{listed}");
    let made = changsha.json_as(&asking, &["consent", "give", number]);
    let id = made["ended"]["consented"]["request"].as_str().unwrap();
    cluster.until_state(ZHUZHOU, id, "ROUTED");

    let granted = zhuzhou.json(&["request", "grant", id, "--paper="]);
    assert_eq!(granted["state"], "REQUEST_STATE_ROUTED", "{granted}");
    let number = granted["proposals"][0]["id"].as_str().unwrap();
    zhuzhou.json_as(&answering, &["consent", "give", number]);
    let shown = cluster.until_state(CHANGSHA, id, "GRANTED");
    let by = |actor: &Value| {
        let consent = &actor["consent"]["by"]["principal"];
        [actor["principal"].clone(), consent.clone()]
    };
    let people = |city: &str| {
        ["officer", "head"].map(|name| Value::from(format!("city/{city}/person/{name}")))
    };
    assert_eq!(by(&shown["submitted_by"]), people(CHANGSHA), "{shown}");
    let answer = shown["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(by(&answer["actor"]), people(ZHUZHOU), "{shown}");
    let twice = zhuzhou.cli_as(&answering, &["consent", "give", number]);
    assert_ne!(twice.code, Some(0));
}

#[test]
fn a_stand_in_answers_until_its_time_is_over() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let zhuzhou = cluster.node(ZHUZHOU);
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let stand_in = zhuzhou.enrol("li.lei", &["consumer"]);
    let [first, second] = [(); 2].map(|()| cluster.ask(HOSPITALS));
    for id in [&first, &second] {
        cluster.until_state(ZHUZHOU, id, "ROUTED");
    }
    let refuse = |id: &str| {
        let words = ["--reason", "用途不符", "--basis", "条例"];
        zhuzhou.cli_as(
            &stand_in,
            &[&["request", "refuse", id], &words[..]].concat(),
        )
    };
    refuse(&first).refused(4, &[]);
    let until = (chengji_clock::now() + SignedDuration::from_hours(24)).to_string();
    let delegate = [
        "person",
        "delegate",
        "li.lei",
        "--role",
        "approver",
        "--until",
        &until,
        "--reason",
        "年休假",
    ];
    let delegated = zhuzhou.json(&delegate);
    assert_eq!(delegated["in_force"], true, "{delegated}");
    eventually("the stand-in answers", || {
        (refuse(&first).code == Some(0)).then_some(())
    });
    let shown = cluster.until_state(CHANGSHA, &first, "REFUSED");
    let answer = &shown["steps"].as_array().unwrap().last().unwrap()["actor"];
    assert_eq!(answer["principal"], "city/430200/person/li.lei");
    assert_eq!(
        answer["represented_principal"],
        "city/430200/person/officer"
    );
    zhuzhou.move_clock(SignedDuration::from_hours(25));
    eventually("the time of the stand-in is over", || {
        let exit = refuse(&second);
        (exit.code == Some(4) && exit.says("officer")).then_some(())
    });
}

//! Departments: a request names that of the consumer, and each move its actor, in both cities; that of the entry answers.

use std::fs;
use std::path::Path;

use chengji_tests::{Cluster, Exit, Server, eventually, submission};
use jiff::SignedDuration;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// 长沙市民政局.
const CIVIL_AFFAIRS: &str = "1143010000699101XC";
const ANOTHER: &str = "91350100M000100Y43";
/// 株洲市卫生健康委员会, of whose entry the requests are.
const HEALTH: &str = "11430200006992063D";

/// Requests an entry of 株洲 with this profile.
fn ask(node: &Server, profile: &Path, more: &[&str]) -> Exit {
    let submit = submission(ZHUZHOU, "201001/000001", more);
    node.cli_as(profile, &[&["--format", "json"], &submit[..]].concat())
}

#[test]
fn a_request_names_the_department_that_asks_and_every_move_who_made_it() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let profile = changsha.enrol_in(CIVIL_AFFAIRS, "zhang.min", &["consumer"]);
    let other = ask(changsha, &profile, &["--department", ANOTHER]);
    other.refused(4, &["DENIED", CIVIL_AFFAIRS, ANOTHER]);
    let asked = ask(changsha, &profile, &[]).ok().json();
    let id = asked["id"].as_str().unwrap();
    cluster.until_state(ZHUZHOU, id, "ROUTED");
    zhuzhou.json(&["request", "grant", id, "--conditions", "仅限核验"]);

    let granted = cluster.until_state(CHANGSHA, id, "GRANTED");
    let person = "city/430100/person/zhang.min";
    let officer = "city/430200/person/officer";
    for shown in [
        &granted,
        &cluster.coordinator.json(&["request", "show", id]),
    ] {
        assert_eq!(shown["submission"]["department"], CIVIL_AFFAIRS, "{shown}");
        assert_eq!(shown["submitted_by"]["principal"], person, "{shown}");
        assert_eq!(shown["submitted_by"]["department"], CIVIL_AFFAIRS);
        let steps = shown["steps"].as_array().unwrap();
        let by = steps.iter().map(|step| &step["actor"]["principal"]);
        assert_eq!(by.collect::<Vec<_>>(), ["coordinator", officer], "{shown}");
    }
    let text = zhuzhou.cli(&["request", "show", id]).ok().stdout;
    for part in [person, officer, CIVIL_AFFAIRS] {
        assert!(text.contains(part), "{text}");
    }
    // A person of the bureau may request on behalf of any department.
    let asked = ask(changsha, &changsha.profile, &["--department", ANOTHER])
        .ok()
        .json();
    assert_eq!(asked["submission"]["department"], ANOTHER);
    assert_eq!(asked["submitted_by"]["department"], ANOTHER);
}

#[test]
fn a_department_answers_itself_and_the_bureau_only_by_delegation() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let zhuzhou = cluster.node(ZHUZHOU);
    let settings = fs::read_to_string(&zhuzhou.config).unwrap();
    let by_default = settings.replace("requests = { bureau_answers = true }\n", "");
    assert_ne!(by_default, settings);
    fs::write(&zhuzhou.config, by_default).unwrap();
    zhuzhou.terminate();
    zhuzhou.start();
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let [first, second] = [(); 2].map(|()| cluster.ask("201001/000001"));
    for id in [&first, &second] {
        cluster.until_state(ZHUZHOU, id, "ROUTED");
    }
    let refuse = |profile: &Path, id: &str| {
        let words = ["--reason", "用途不符", "--basis", "条例"];
        zhuzhou.cli_as(profile, &[&["request", "refuse", id], &words[..]].concat())
    };
    let remedies = ["person delegate", "bureau_answers = true"];
    let told = [&["department-answers-itself", HEALTH], &remedies[..]].concat();
    refuse(&zhuzhou.profile, &first).refused(4, &told);

    let itself = zhuzhou.enrol_in(HEALTH, "shen.pi", &["approver"]);
    let grant = ["request", "grant", &first, "--conditions", "仅限核验"];
    zhuzhou.json_as(&itself, &grant);
    let answered = |id: &str, state: &str| {
        let shown = cluster.until_state(CHANGSHA, id, state);
        shown["steps"].as_array().unwrap().last().unwrap()["actor"].clone()
    };
    let person = "city/430200/person/shen.pi";
    let by_itself = answered(&first, "GRANTED");
    assert_eq!(by_itself["principal"], person, "{by_itself}");
    assert_eq!(by_itself["department"], HEALTH, "{by_itself}");
    // An incident waits for nobody; that it is over is for the department to say.
    let stop = ["request", "stop", &first, "--cause", "incident"];
    let because = ["--reason", "疑似泄露", "--reported-to", "市委网信办"];
    zhuzhou.json(&[&stop[..], &because].concat());
    let lift = ["request", "lift-stop", &first, "--reason", "已排除"];
    zhuzhou
        .cli(&lift)
        .refused(4, &["department-answers-itself"]);
    zhuzhou.json_as(&itself, &lift);

    let until = (chengji_clock::now() + SignedDuration::from_hours(24)).to_string();
    let delegate = ["person", "delegate", "officer", "--role", "approver"];
    let more = ["--until", &until, "--reason", "委托数据局答复"];
    zhuzhou.json_as(&itself, &[&delegate[..], &more].concat());
    eventually("the bureau answers for the department", || {
        (refuse(&zhuzhou.profile, &second).code == Some(0)).then_some(())
    });
    let by_bureau = answered(&second, "REFUSED");
    assert_eq!(by_bureau["principal"], "city/430200/person/officer");
    assert_eq!(by_bureau["represented_principal"], person, "{by_bureau}");
}

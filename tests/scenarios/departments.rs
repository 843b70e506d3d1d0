//! The consumer's department: a request names it, and each move names its actor, in both cities.

use std::path::Path;

use chengji_tests::{Cluster, Exit, Server, submission};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// 长沙市民政局.
const CIVIL_AFFAIRS: &str = "1143010000699101XC";
const ANOTHER: &str = "91350100M000100Y43";

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

//! Conditional entries that the node grants by itself, by a rule and the head's standing consent to it.

use chengji_tests::Cluster;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// A conditional resource of 株洲.
const HOSPITALS: &str = "201001/000001";

#[test]
fn a_request_that_the_rule_of_its_entry_permits_is_granted_without_people() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let by_people = cluster.ask(HOSPITALS);
    let shown = cluster.until_state(ZHUZHOU, &by_people, "ROUTED");
    let submission = &shown["submission"];
    let purpose = submission["purpose"].as_str().unwrap();

    let rule = ["grant-rule", "set", HOSPITALS, "--purpose", purpose];
    zhuzhou.json(&[&rule[..], &["--max-days", "1830"]].concat());
    let by_people_still = cluster.ask(HOSPITALS);
    cluster.until_state(ZHUZHOU, &by_people_still, "ROUTED");
    let until = chengji_clock::now() + jiff::SignedDuration::from_hours(24 * 30);
    let until = until.to_string();
    let head = zhuzhou.enrol("head", &["consenter"]);
    let consent = ["consent", "give-standing", HOSPITALS, "--until", &until];
    zhuzhou.cli_as(&head, &consent).ok();
    let rules = zhuzhou.json(&["grant-rule", "list"]);
    assert_eq!(rules["rules"][0]["in_force"], true, "{rules}");

    let by_machine = cluster.ask(HOSPITALS);
    let granted = cluster.until_state(CHANGSHA, &by_machine, "GRANTED");
    assert_eq!(granted["grant"]["automatic"], true, "{granted}");
    let condition = granted["grant"]["conditions"].as_str();
    assert!(condition.is_some_and(|text| !text.is_empty()), "{granted}");
    zhuzhou.json(&["grant-rule", "end", HOSPITALS, "--reason", "条件变化"]);
    let after = cluster.ask(HOSPITALS);
    cluster.until_state(ZHUZHOU, &after, "ROUTED");
    for waiting in [&by_people, &by_people_still, &after] {
        let shown = changsha.json(&["request", "show", waiting]);
        assert_eq!(shown["state"], "REQUEST_STATE_ROUTED", "{shown}");
    }
}

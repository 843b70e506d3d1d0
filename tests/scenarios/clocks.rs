//! Clocks that are wrong: whole processes whose wall clock a scenario moves.

use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_tests::{Cluster, eventually};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

const CHANGSHA: &str = "430100";

/// By how many hours the time in this field is ahead of the real one.
fn hours_ahead(value: &Value) -> i64 {
    let at: Timestamp = value.as_str().unwrap().parse().unwrap();
    at.duration_since(chengji_clock::now()).as_hours()
}

#[test]
fn a_moved_clock_dates_the_log_and_judges_certificates() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    let status = || {
        let mut client = StatusServiceClient::new(cluster.channel(&node.officer(), node));
        cluster.wait(client.status(v1::StatusRequest {}))
    };
    node.move_clock(SignedDuration::from_hours(5));
    node.import("catalogue.csv");
    let from = (node.head() - 1).to_string();
    let auditor = node.enrol("wang.wei", &["auditor"]);
    let show = ["--format", "json", "log", "show", "--from", &from];
    let page = node.cli_as(&auditor, &show).ok().json();
    assert!(hours_ahead(&page["lines"][0]["entry"]["at"]) >= 4, "{page}");
    status().unwrap();

    // Two years later the node takes the officer's certificate for one that has ended.
    node.move_clock(SignedDuration::from_hours(2 * 365 * 24));
    eventually("the node refuses the certificate", || status().err());
}

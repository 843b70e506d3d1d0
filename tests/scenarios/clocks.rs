//! Wrong clocks: whole processes whose wall clock a scenario moves.

use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_tests::{Cluster, eventually};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
const TWENTY_DAYS: SignedDuration = SignedDuration::from_hours(20 * 24);

/// Hours by which the time in this field is ahead of the real one.
fn hours_ahead(value: &Value) -> i64 {
    let at: Timestamp = value.as_str().unwrap().parse().unwrap();
    at.duration_since(chengji_clock::now()).as_hours()
}

#[test]
fn a_moved_clock_dates_the_log_and_judges_certificates() {
    let cluster = Cluster::of_processes(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    let status = || {
        let mut client = StatusServiceClient::new(cluster.channel(&node.officer(), node));
        cluster.wait(client.status(v1::StatusRequest::default()))
    };
    node.move_clock(SignedDuration::from_hours(5));
    node.import("catalogue.csv");
    let from = (node.head() - 1).to_string();
    let auditor = node.enrol("wang.wei", &["auditor"]);
    let show = ["--format", "json", "log", "show", "--from", &from];
    let page = node.cli_as(&auditor, &show).ok().json();
    assert!(
        hours_ahead(&page["lines"][0]["envelope"]["at"]) >= 4,
        "{page}"
    );
    status().unwrap();

    // Two years later the node considers the officer's certificate ended.
    node.move_clock(SignedDuration::from_hours(2 * 365 * 24));
    eventually("the node refuses the certificate", || status().err());
}

#[test]
fn a_suspension_reaches_the_nodes_after_a_roster_that_was_dated_ahead() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (coordinator, changsha) = (&cluster.coordinator, cluster.node(CHANGSHA));
    let id = cluster.granted("files/charging-piles.csv");
    changsha.cli(&["fetch", &id]).ok();

    // The roster changes while the clock is wrong.
    coordinator.move_clock(TWENTY_DAYS);
    eventually("the list is changed by the wrong clock", || {
        for change in ["suspend", "resume"] {
            coordinator.cli(&["member", change, ZHUZHOU, "--reason", "演练"]);
        }
        let list = coordinator.try_json(&["member", "list"])?;
        (hours_ahead(&list["signed_at"]) >= 20 * 24 - 1).then_some(())
    });
    coordinator.move_clock(SignedDuration::ZERO);
    let head = eventually("the coordinator is called again", || {
        coordinator.try_json(&["status"])
    })["head"]
        .clone();
    eventually("the node has read the list", || {
        let status = changsha.json(&["status"]);
        (status["following"][0]["position"] == head).then_some(())
    });

    let suspend = ["member", "suspend", ZHUZHOU, "--reason", "越权使用"];
    coordinator.cli(&suspend).ok();
    let refused = eventually("the suspension reaches the node", || {
        let fetched = changsha.cli(&["fetch", &id]);
        fetched.stderr.contains("越权使用").then_some(fetched)
    });
    refused.refused(4, &["SUSPENDED", "越权使用"]);
}

#[test]
fn a_clock_that_was_ahead_for_a_moment_does_not_lengthen_the_grace() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let changsha = cluster.node(CHANGSHA);
    let id = cluster.granted("files/charging-piles.csv");
    let heard = || hours_ahead(&changsha.json(&["status"])["roster_heard"]);

    changsha.move_clock(TWENTY_DAYS);
    eventually("the coordinator is heard by the wrong clock", || {
        (heard() >= 20 * 24 - 1).then_some(())
    });
    changsha.move_clock(SignedDuration::ZERO);
    eventually("the wrong time is gone", || (heard() == 0).then_some(()));
    cluster.coordinator.terminate();
    changsha.terminate();
    changsha.move_clock(SignedDuration::from_hours(73));
    changsha.start();
    changsha
        .cli(&["fetch", &id])
        .refused(4, &["ROSTER_EXPIRED", "roster-too-old"]);
}

#[test]
fn a_city_whose_clock_is_ahead_is_shown_and_its_requests_are_rejected() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    changsha.move_clock(SignedDuration::from_hours(5));

    let about = |skew: &Value| {
        skew.as_i64()
            .is_some_and(|ms| (ms.abs() - 18_000_000).abs() < 30_000)
    };
    eventually("the coordinator sees the difference", || {
        let city = cluster.city(CHANGSHA)?;
        about(&city["clock_skew_ms"]).then_some(())
    });
    let warning = "log=city/430100 ahead_seconds=";
    eventually("the coordinator warns", || {
        cluster.coordinator.output().contains(warning).then_some(())
    });
    let status = eventually("the city sees it, too", || {
        let status = changsha.json(&["status"]);
        about(&status["following"][0]["clock_skew_ms"]).then_some(status)
    });
    assert!(
        status["following"][0]["clock_skew_ms"].as_i64() < Some(0),
        "{status}"
    );
    eventually("the city warns, too", || {
        let said = changsha.output();
        said.contains("log=coordinator ahead_seconds=")
            .then_some(())
    });

    let submit = || cluster.ask("201001/000001");
    let rejected = cluster.until_state(CHANGSHA, &submit(), "REJECTED");
    let reject = &rejected["steps"][0]["move"]["reject"];
    assert_eq!(reject["reason"], "REJECT_REASON_DATED_AHEAD", "{rejected}");

    // Once the clock is right, the log is ahead of it: the node reports that before it writes anything.
    changsha.move_clock(SignedDuration::ZERO);
    let (code, text) = ("201001/000001", "核验");
    let words = [
        "--purpose",
        text,
        "--basis",
        text,
        "--scenario",
        text,
        "--scope",
        text,
    ];
    let submit = ["request", "submit", "--provider", ZHUZHOU, "--code", code];
    let refused = eventually("the clock is right again", || {
        let exit = changsha.cli(&[&submit[..], &words].concat());
        (exit.code != Some(0)).then_some(exit)
    });
    refused.refused(1, &["log-ahead-of-clock"]);
    changsha.terminate();
    let config = changsha.config.display().to_string();
    changsha
        .cli(&["log", "new-epoch", "--config", &config])
        .ok();
    changsha.start();
    cluster.until_followed(CHANGSHA);
    let exit = changsha.cli(&[&["--format", "json"], &submit[..], &words].concat());
    let id = exit.ok().json()["id"].as_str().unwrap().to_owned();
    cluster.until_state(ZHUZHOU, &id, "ROUTED");
}

/// A date never permits further deliveries: neither one that is ahead nor a log that is ahead of its clock.
#[test]
fn a_stop_holds_whatever_the_providers_clock_says() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let ahead = cluster.granted("files/charging-piles.csv");
    let behind = cluster.ask("206007/000001");
    for id in [&ahead, &behind] {
        cluster.until_state(ZHUZHOU, id, "GRANTED");
        cluster.until_state(CHANGSHA, id, "GRANTED");
    }
    let stopped = |id: &str| {
        cluster.stop(ZHUZHOU, id, "超出授权范围");
        changsha
            .cli(&["fetch", id])
            .refused(4, &["GRANT_SUSPENDED"]);
        for city in [CHANGSHA, ZHUZHOU] {
            cluster.until_state(city, id, "SUSPENDED");
        }
        let noted = zhuzhou.json(&["request", "show", id]);
        assert_eq!(
            noted["refused_moves"].as_array().unwrap().len(),
            0,
            "{noted}"
        );
    };
    zhuzhou.move_clock(SignedDuration::from_mins(30));
    eventually("the clock is ahead", || {
        let skew = cluster.city(ZHUZHOU)?["clock_skew_ms"].as_i64()?;
        (skew > 1_500_000).then_some(())
    });
    stopped(&ahead);
    zhuzhou.move_clock(SignedDuration::ZERO);
    eventually("the clock is right again", || {
        let skew = cluster.city(ZHUZHOU)?["clock_skew_ms"].as_i64()?;
        (skew < 60_000).then_some(())
    });
    stopped(&behind);
}

//! A party is away: operations that continue meanwhile, what is reported, and recovery.

use chengji_tests::{Cluster, eventually, importing};
use serde_json::Value;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

#[test]
fn without_the_coordinator_grants_stay_usable_and_news_wait() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue-new.csv");
    zhuzhou.import("catalogue.csv");
    zhuzhou.json(&["catalogue", "mount", "103001/000001", "files/districts.csv"]);
    zhuzhou.json(&[
        "catalogue",
        "mount",
        "206007/000001",
        "files/charging-piles.csv",
    ]);
    cluster.until_followed(ZHUZHOU);
    let open = cluster.ask("206007/000001");
    cluster.until_state(CHANGSHA, &open, "GRANTED");
    cluster.until_state(ZHUZHOU, &open, "GRANTED");

    cluster.coordinator.terminate();
    changsha
        .cli(&["directory", "search", "充电桩"])
        .refused(5, &["PEER_UNAVAILABLE"]);
    changsha.json(&["fetch", &open]);
    zhuzhou.import("catalogue-while-away.csv");
    zhuzhou.json(&[
        "catalogue",
        "mount",
        "320003/000001",
        "files/emergency-shelters.csv",
    ]);
    assert_eq!(zhuzhou.catalogue().len(), 70);
    let waiting = cluster.ask("103001/000001");
    let shown = changsha.json(&["request", "show", &waiting]);
    assert_eq!(shown["state"], "REQUEST_STATE_SUBMITTED");

    // 株洲 is away for a while, too: the coordinator reads 长沙's requests before 株洲's publications, and has
    // to wait for those.
    let new = cluster.ask("320003/000001");
    zhuzhou.terminate();
    cluster.coordinator.start();
    cluster.until_followed(CHANGSHA);
    cluster.until_state(CHANGSHA, &waiting, "ROUTED");
    let shown = changsha.json(&["request", "show", &new]);
    assert_eq!(shown["state"], "REQUEST_STATE_SUBMITTED");
    // One of the waiting requests is withdrawn before 株洲 has ever seen it.
    let never = cluster.ask("320003/000099");
    changsha.json(&["request", "withdraw", &never, "--reason", "不再需要"]);
    eventually("the withdrawal is confirmed", || {
        let shown = changsha.try_json(&["request", "show", &never])?;
        let confirmed = shown["state"] == "REQUEST_STATE_WITHDRAWN" && shown["pending"] == 0;
        confirmed.then_some(())
    });
    zhuzhou.start();
    eventually("长沙 finds what was published meanwhile", || {
        let found = changsha.try_json(&["directory", "search", "应急避难场所"])?;
        (found["total"] == 1).then_some(())
    });
    let followed = cluster.until_followed(ZHUZHOU);
    assert_eq!(
        (&followed["entries"], &followed["quarantined"]),
        (&70.into(), &0.into())
    );
    // The waiting requests are answered.
    cluster.until_state(CHANGSHA, &waiting, "GRANTED");
    cluster.until_state(CHANGSHA, &new, "GRANTED");
    let set_aside = zhuzhou.json(&["quarantine"]);
    assert_eq!(set_aside["entries"], Value::Array(Vec::new()));
    changsha.json(&["fetch", &new]);
    changsha.json(&["fetch", &waiting]);
}

#[test]
fn a_node_that_was_restarted_without_the_coordinator_is_read_and_writes_nothing() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = cluster.granted("files/charging-piles.csv");
    cluster.coordinator.terminate();
    zhuzhou.terminate();
    zhuzhou.start();

    assert_eq!(zhuzhou.catalogue().len(), 1);
    let sheet = zhuzhou.path("shared/catalogue-while-away.csv");
    let import = importing(&sheet, &[]);
    zhuzhou
        .cli(&import)
        .refused(1, &["LOG_UNCONFIRMED", "log-confirmed-by-none-because"]);
    assert_ne!(zhuzhou.json(&["status"])["unconfirmed"], Value::Null);
    // The file arrives; its receipt, the last step, waits.
    let waits = changsha.cli(&["fetch", &id]);
    assert!(waits.stderr.contains("LOG_UNCONFIRMED"), "{waits}");

    cluster.coordinator.start();
    eventually("the coordinator has confirmed the log", || {
        let status = zhuzhou.try_json(&["status"])?;
        status["unconfirmed"].is_null().then_some(())
    });
    changsha.json(&["fetch", &id]);
    zhuzhou.cli(&import).ok();
}

#[test]
fn a_city_that_is_away_keeps_its_last_good_catalogue_marked_stale() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let fresh = changsha.json(&["directory", "search", "--city", ZHUZHOU]);
    assert_eq!(fresh["total"], 68);
    assert_eq!(fresh["stale"], Value::Array(Vec::new()));

    zhuzhou.kill9();
    let known = eventually("株洲 is marked stale", || {
        cluster
            .city(ZHUZHOU)
            .filter(|known| !known["stale_since"].is_null())
    });
    assert_eq!(known["entries"], 68);
    assert!(!known["stale_reason"].is_null());
    let found = changsha.json(&["directory", "search", "--city", ZHUZHOU]);
    assert_eq!(found["total"], 68);
    assert_eq!(found["stale"][0]["city"], ZHUZHOU);

    zhuzhou.start();
    let known = cluster.until_followed(ZHUZHOU);
    assert_eq!(known["entries"], 68);
    eventually("nothing is stale", || {
        let found = changsha.try_json(&["directory", "search"])?;
        found["stale"].as_array()?.is_empty().then_some(())
    });
}

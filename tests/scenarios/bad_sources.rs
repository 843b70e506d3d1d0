//! Mounted files: permitted places, and changed or missing files.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;

use chengji_domain::ErrorCode;
use chengji_proto::status::to_error;
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_tests::{Cluster, call, eventually};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
const CODE: &str = "206007/000001";

/// Two cities; 长沙 is granted the resource that 株洲 has mounted from this file.
fn granted(file: &str) -> (Cluster, String) {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let id = granted_in(&cluster, file);
    (cluster, id)
}

/// The same in this cluster.
fn granted_in(cluster: &Cluster, file: &str) -> String {
    let zhuzhou = cluster.node(ZHUZHOU);
    zhuzhou.import("catalogue-new.csv");
    if file == "large.bin" {
        let large = fs::File::create(zhuzhou.path("shared/large.bin")).unwrap();
        large.set_len(64 << 20).unwrap();
    }
    zhuzhou.json(&["catalogue", "mount", CODE, file]);
    cluster.until_followed(ZHUZHOU);
    let id = cluster.ask(CODE);
    cluster.until_state(CHANGSHA, &id, "GRANTED");
    cluster.until_state(ZHUZHOU, &id, "GRANTED");
    id
}

#[test]
fn only_files_in_the_mount_roots_are_mounted() {
    let cluster = Cluster::new(&[ZHUZHOU]);
    let node = cluster.node(ZHUZHOU);
    node.import("catalogue.csv");
    let head = node.head();
    let outside = node.path("outside.csv");
    fs::write(&outside, "a\n1\n").unwrap();
    symlink(&outside, node.path("shared/link.csv")).unwrap();
    symlink(&node.folder, node.path("shared/folder")).unwrap();
    let mount = |code: &str, path: &str| node.cli(&["catalogue", "mount", code, path]);
    let shared = "103001/000001";
    let absolute = outside.to_str().unwrap();
    for path in [
        "../outside.csv",
        "../../../etc/passwd",
        absolute,
        "link.csv",
        "folder/outside.csv",
    ] {
        mount(shared, path).refused(3, &["mount-outside-roots", "INVALID_ARGUMENT"]);
    }
    for path in ["files/missing.csv", "files", "."] {
        mount(shared, path).refused(1, &["SOURCE_UNAVAILABLE"]);
    }
    let class_3 = "305003/000034";
    mount(class_3, "files/districts.csv").refused(4, &["NOT_SHARED"]);
    mount("999999/999999", "files/districts.csv").refused(3, &["NOT_FOUND"]);
    node.cli(&["catalogue", "measure", shared])
        .refused(3, &["nothing-mounted"]);
    assert_eq!(node.head(), head);
    mount(shared, "files/districts.csv").ok();
}

#[test]
fn a_file_that_changed_is_measured_again_before_it_is_delivered() {
    let (cluster, id) = granted("files/charging-piles.csv");
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let source = zhuzhou.path("shared/files/charging-piles.csv");
    changsha.json(&["fetch", &id]);
    let before = zhuzhou.json(&["catalogue", "show", CODE])["mount"]["measurement"].clone();

    let mut file = fs::OpenOptions::new().append(true).open(&source).unwrap();
    file.write_all("X,新站,直流,60,2,430202,荷塘区,113.1,27.8,2026-11-01,运行\n".as_bytes())
        .unwrap();
    drop(file);
    let done = changsha.json(&["fetch", &id]);
    let arrived = fs::read(done["path"].as_str().unwrap()).unwrap();
    assert_eq!(arrived, fs::read(&source).unwrap());
    let after = zhuzhou.json(&["catalogue", "show", CODE])["mount"]["measurement"].clone();
    assert_eq!(
        after["rows"].as_u64(),
        before["rows"].as_u64().map(|rows| rows + 1)
    );
    assert_eq!(after["bytes"], arrived.len());
    assert_ne!(after["digest"], before["digest"]);

    // A missing file is reported without disclosing its path to another city.
    fs::remove_file(&source).unwrap();
    let reported = changsha
        .cli(&["fetch", &id])
        .refused(1, &["SOURCE_UNAVAILABLE"]);
    assert!(!reported.stderr.contains("shared"), "{reported}");
    // The source is replaced, not unmounted, while the grant is running.
    let unmount = ["catalogue", "unmount", CODE, "--reason", "数据源迁移"];
    zhuzhou
        .cli(&unmount)
        .refused(3, &["OUT_OF_TURN", "entry-grants-running"]);
    zhuzhou.json(&["catalogue", "mount", CODE, "files/hospitals.csv"]);
    changsha.json(&["fetch", &id]);
}

#[test]
fn a_consumer_that_has_it_all_makes_no_log_grow_by_asking() {
    let (cluster, id) = granted("files/charging-piles.csv");
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let mut client = DeliveryServiceClient::new(cluster.channel(&changsha.identity(), zhuzhou));
    let mut asked = v1::FetchRequest {
        request: id.clone(),
        offset: 0,
        digest: Vec::new(),
        voucher: None,
    };
    let mut seqs = Vec::new();
    for _ in 0..3 {
        let mut parts = call(cluster.wait(client.fetch(asked.clone())));
        while let Some(part) = cluster.wait(parts.message()).unwrap() {
            match part.part {
                // From the second time on the caller reports that it has the complete file.
                Some(v1::fetch_response::Part::Offer(offer)) => {
                    asked.offset = offer.bytes;
                    asked.digest = offer.digest;
                }
                Some(v1::fetch_response::Part::End(end)) => seqs.push(end.receipt_seq),
                _ => assert!(seqs.is_empty(), "something was sent again"),
            }
        }
    }
    assert_eq!(seqs.len(), 3);
    assert!(seqs.iter().all(|seq| *seq == seqs[0]), "{seqs:?}");
    let receipts = zhuzhou.json(&["receipts", "--request", &id]);
    assert_eq!(receipts["receipts"].as_array().unwrap().len(), 1);
    // A real fetch is logged.
    changsha.json(&["fetch", &id]);
    let receipts = zhuzhou.json(&["receipts", "--request", &id]);
    assert_eq!(receipts["receipts"].as_array().unwrap().len(), 2);
}

#[test]
fn a_node_that_is_told_to_stop_ends_its_deliveries_within_seconds() {
    let (cluster, id) = granted("large.bin");
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    // A consumer that reads the first piece and then nothing.
    let mut client = DeliveryServiceClient::new(cluster.channel(&changsha.identity(), zhuzhou));
    let request = v1::FetchRequest {
        request: id.clone(),
        offset: 0,
        digest: Vec::new(),
        voucher: None,
    };
    let mut parts = call(cluster.wait(client.fetch(request)));
    let offer = cluster.wait(parts.message()).unwrap().unwrap();
    assert!(
        matches!(offer.part, Some(v1::fetch_response::Part::Offer(_))),
        "{offer:?}"
    );
    zhuzhou.terminate();

    let ended = cluster.wait(async {
        let mut ended = false;
        while let Ok(Some(part)) = parts.message().await {
            ended |= matches!(part.part, Some(v1::fetch_response::Part::End(_)));
        }
        ended
    });
    assert!(!ended, "the delivery came to its end, and so shows nothing");
    changsha
        .cli(&["fetch", &id])
        .refused(5, &["provider-does-not-deliver"]);
    zhuzhou.start();
    assert_eq!(
        zhuzhou.json(&["receipts"])["receipts"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    changsha.cli(&["fetch", &id]).ok();
}

/// The coordinator is away, so that only the provider's own log decides.
#[test]
fn an_entry_in_use_is_unmounted_and_withdrawn_only_once_deliveries_are_stopped_for_an_incident() {
    let (cluster, id) = granted("large.bin");
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    cluster.coordinator.terminate();
    let unmount = ["catalogue", "unmount", CODE, "--reason", "数据源迁移"];
    let refused = zhuzhou.cli(&unmount);
    refused.refused(3, &["OUT_OF_TURN", "entry-grants-running", &id]);
    let planned = zhuzhou.cli_json(&[&unmount[..], &["--dry-run"]].concat());
    assert_eq!(planned.code, Some(3), "{planned}");
    assert_eq!(planned.json()["counts"]["problems"], 1, "{planned}");
    // The withdrawal is requested at any time, which begins the notice; its approval waits for the ends of the grants.
    zhuzhou.json(&["catalogue", "withdraw", CODE, "--reason", "不再共享"]);
    let shown = zhuzhou.json(&["catalogue", "show", CODE]);
    assert_eq!(shown["running_grants"]["requests"][0], id, "{shown}");
    let approve = ["catalogue", "approve", "--all", "--yes"];
    let refused = zhuzhou.cli_as(&zhuzhou.reviewer, &approve);
    refused.refused(3, &["entry-grants-running", &id]);

    let mut client = DeliveryServiceClient::new(cluster.channel(&changsha.identity(), zhuzhou));
    let request = v1::FetchRequest {
        request: id.clone(),
        ..Default::default()
    };
    let mut parts = call(cluster.wait(client.fetch(request)));
    let offer = cluster.wait(parts.message()).unwrap().unwrap();
    assert!(matches!(
        offer.part,
        Some(v1::fetch_response::Part::Offer(_))
    ));
    cluster.stop(ZHUZHOU, &id, "疑似泄露");
    let ended = cluster.wait(async {
        loop {
            match parts.message().await {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(status) => break Some(to_error(&status).code()),
            }
        }
    });
    assert_eq!(ended, Some(ErrorCode::GrantSuspended));
    zhuzhou.json(&unmount);
    assert_eq!(zhuzhou.approve(), 1);
    changsha
        .cli(&["fetch", &id])
        .refused(4, &["GRANT_SUSPENDED"]);
    let receipts = zhuzhou.json(&["receipts"]);
    assert_eq!(receipts["receipts"].as_array().unwrap().len(), 0);
}

#[test]
fn a_stop_ends_a_delivery_whose_reader_has_stopped_reading() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let id = granted_in(&cluster, "large.bin");
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let mut client = DeliveryServiceClient::new(cluster.channel(&changsha.identity(), zhuzhou));
    let request = v1::FetchRequest {
        request: id.clone(),
        ..Default::default()
    };
    let mut parts = call(cluster.wait(client.fetch(request)));
    assert!(cluster.wait(parts.message()).unwrap().is_some());
    cluster.stop(ZHUZHOU, &id, "疑似泄露");
    eventually("the provider has ended the delivery", || {
        zhuzhou
            .output()
            .contains("the delivery failed")
            .then_some(())
    });
    drop(parts);
}

#[test]
fn readers_that_stop_reading_hold_nobody_up_and_no_memory() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let id = granted_in(&cluster, "large.bin");
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let certificates = changsha.identity();
    // Each reads the first piece of 64 MiB and then nothing, on a connection of its own.
    let stalled: Vec<_> = (0..8)
        .map(|_| {
            let mut client = DeliveryServiceClient::new(cluster.channel(&certificates, zhuzhou));
            let request = v1::FetchRequest {
                request: id.clone(),
                offset: 0,
                digest: Vec::new(),
                voucher: None,
            };
            let mut parts = call(cluster.wait(client.fetch(request)));
            let offer = cluster.wait(parts.message()).unwrap();
            assert!(offer.is_some());
            (client, parts)
        })
        .collect();
    let fetched = changsha.json(&["fetch", &id]);
    assert_eq!(fetched["receipt"]["bytes"], 64 << 20);
    assert_eq!(zhuzhou.catalogue().len(), 1);
    // Eight files at once would be 512 MiB.
    let peak = zhuzhou.peak_memory();
    assert!(peak < 256 << 20, "the node held {peak} bytes");
    drop(stalled);
}

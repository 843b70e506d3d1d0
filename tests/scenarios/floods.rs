//! A member whose log floods the others: its entries are paced, others are unaffected, and an operator
//! can end it.

use std::fs;

use chengji_domain::Principal;
use chengji_domain::fact::{CityFact, LogOwner};
use chengji_log::Entry;
use chengji_proto::convert::entry_from;
use chengji_proto::v1;
use chengji_testkit::requests;
use chengji_tests::{Cluster, Impostor, Script, city, entry, eventually};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// More than any budget admits at once.
const FLOOD: usize = 20_000;
/// With the buffer in which the search index collects entries, of 96 MiB.
const MAX_MEMORY: u64 = 296 << 20;
/// Number of large entries that a city publishes.
const FAT: u64 = 3_000;

/// The log of Zhuzhou, whose node has stopped.
fn script(cluster: &Cluster) -> Script {
    cluster.until_followed(ZHUZHOU);
    let zhuzhou = cluster.node(ZHUZHOU);
    zhuzhou.terminate();
    Script::copy_of(zhuzhou, LogOwner::City(city(ZHUZHOU)))
}

/// Waits until reading Zhuzhou's log is paced by this budget; returns the position reached.
fn until_paced(cluster: &Cluster, budget: &str) -> u64 {
    eventually(&format!("reading is paced by {budget}"), || {
        let known = cluster.city(ZHUZHOU)?;
        let paced = known["paced_by"] == budget && !known["paced_since"].is_null();
        paced.then(|| known["position"].as_u64().unwrap())
    })
}

#[test]
fn junk_takes_neither_the_coordinators_output_nor_the_others_disk() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let mut script = script(&cluster);
    let before = script.entries.len() as u64;
    script
        .entries
        .extend((0..FLOOD).map(|number| format!("junk {number}").into_bytes().into()));
    let said = cluster.coordinator.output().len();
    let log = cluster.coordinator.json(&["status"])["head"]
        .as_u64()
        .unwrap();
    let impostor = Impostor::node(&cluster, cluster.node(ZHUZHOU), script);

    let position = until_paced(&cluster, "quarantined_per_day");
    let sent = impostor.sent_to("coordinator");
    println!("{sent} entries sent, {} read", position - before);
    assert!(sent >= before + 1_000, "the attack arrived: {sent}");
    assert!(position < before + 2_000, "{position}");
    // A message that was admitted before the budget was used up may still be stored.
    eventually("all that was read is quarantined", || {
        let known = cluster.city(ZHUZHOU)?;
        let (read, quarantined) = (known["position"].as_u64()?, known["quarantined"].as_u64()?);
        assert!(read < before + 2_000, "{read}");
        (quarantined == read - before).then_some(())
    });
    // Few facts, few lines.
    let facts = cluster.coordinator.json(&["status"])["head"]
        .as_u64()
        .unwrap()
        - log;
    assert!((1..100).contains(&facts), "{facts} facts");
    let output = cluster.coordinator.output();
    let said = output.len() - said;
    assert!(said < 64 << 10, "{said} bytes of output");
    // They came in several messages; at most one line a minute is logged about it.
    let lines = output.matches("entries quarantined").count();
    assert!((1..=2).contains(&lines), "{lines} lines");
    assert!(cluster.coordinator.peak_memory() < MAX_MEMORY);
    // The others continue, and an operator can end it.
    cluster.node(CHANGSHA).import("catalogue.csv");
    cluster.until_followed(CHANGSHA);
    let end = ["member", "suspend", ZHUZHOU, "--reason", "junk"];
    cluster.coordinator.cli(&end).ok();
}

#[test]
fn requests_past_the_rate_wait_and_end_with_a_suspension() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let changsha = cluster.node(CHANGSHA);
    changsha.import("catalogue.csv");
    cluster.until_followed(CHANGSHA);
    let mut script = script(&cluster);
    let before = changsha.json(&["status"])["head"].as_u64().unwrap();
    for _ in 0..FLOOD {
        let submission = requests::submission(&format!("{CHANGSHA}:103001000001"));
        let actor = Principal::Node(city(ZHUZHOU)).into();
        script.append(
            chengji_clock::now(),
            CityFact::Requested { submission, actor },
        );
    }
    let impostor = Impostor::node(&cluster, cluster.node(ZHUZHOU), script);

    until_paced(&cluster, "requests_per_minute");
    let sent = impostor.sent_to("coordinator");
    assert!(sent > 120, "the attack arrived: {sent}");
    let end = ["member", "suspend", ZHUZHOU, "--reason", "flood"];
    cluster.coordinator.cli(&end).ok();
    let ended = cluster.city(ZHUZHOU).unwrap()["position"].as_u64().unwrap();
    // Requests opened before are known to the victim's node, and no more ever arrive.
    let (opened, granted) = eventually("the coordinator's log is read to its end", || {
        let status = changsha.json(&["status"]);
        let log = &status["following"][0];
        let head = cluster.coordinator.json(&["status"])["head"].clone();
        (log["position"] == head).then(|| (ended, status["head"].as_u64().unwrap() - before))
    });
    println!("{sent} sent, read up to {opened}, {granted} grants");
    assert!(granted < 1_000, "{granted} grants");
    assert_eq!(cluster.city(ZHUZHOU).unwrap()["position"], ended);
}

#[test]
fn a_city_sees_which_budget_its_log_waits_for() {
    let cluster = Cluster::new(&[ZHUZHOU]);
    let (coordinator, node) = (&cluster.coordinator, cluster.node(ZHUZHOU));
    coordinator.terminate();
    let settings = fs::read_to_string(&coordinator.config).unwrap();
    let quotas = format!("{settings}\n[quotas]\nentries_per_day = 30\n");
    fs::write(&coordinator.config, quotas).unwrap();
    coordinator.start();
    node.import("catalogue.csv");
    let position = until_paced(&cluster, "entries_per_day");
    let status = eventually("the city sees it, too", || {
        let status = node.try_json(&["status"])?;
        (status["paced_by_coordinator"] == "entries_per_day").then_some(status)
    });
    assert!(!status["paced_by_coordinator_since"].is_null(), "{status}");
    assert!(position < status["head"].as_u64().unwrap(), "{status}");
    let findings = node.cli(&["--format", "json", "status", "--check"]);
    assert!(findings.stdout.contains("finding-log-paced"), "{findings}");

    // A restart does not renew the budget, of which an entry becomes free in 48 minutes.
    coordinator.terminate();
    coordinator.start();
    let again = until_paced(&cluster, "entries_per_day");
    assert!(again <= position + 1, "{again} after {position}");
}

/// Adds 3,000 publications of some 30 KB to a log; returns their size in bytes.
fn say_fat_entries(script: &mut Script) -> usize {
    let item = |number| v1::Item {
        name: format!("{number}{}", "项".repeat(90)),
        r#type: v1::ItemType::Text.into(),
        length: 20,
        ..v1::Item::default()
    };
    let items: Vec<v1::Item> = (0..80).map(item).collect();
    let mut bytes = 0;
    for serial in 1..=FAT {
        let fat = v1::CatalogueEntry {
            items: items.clone(),
            ..entry(serial, 100)
        };
        let entry = Box::new(entry_from(fat).unwrap());
        let fact = CityFact::Published { entry, revision: 1 };
        script.append(chengji_clock::now(), fact);
        bytes += script.entries.last().map_or(0, Entry::size);
    }
    bytes
}

#[test]
fn fat_entries_take_neither_memory_nor_the_directory() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    cluster.node(CHANGSHA).import("catalogue.csv");
    cluster.until_followed(CHANGSHA);
    let mut script = script(&cluster);
    let bytes = say_fat_entries(&mut script);
    let head = script.entries.len() as u64;
    let impostor = Impostor::node(&cluster, cluster.node(ZHUZHOU), script);
    eventually("all of it is read", || {
        (cluster.city(ZHUZHOU)?["position"] == head).then_some(())
    });
    assert_eq!(impostor.sent_to("coordinator"), head, "the attack arrived");
    let peak = cluster.coordinator.peak_memory();
    println!("{} MiB sent, peak memory {} MiB", bytes >> 20, peak >> 20);
    assert!(peak < MAX_MEMORY + (bytes as u64) / 2, "{} MiB", peak >> 20);
    eventually("all of it is found", || {
        let found = cluster
            .node(CHANGSHA)
            .json(&["directory", "search", "--limit", "1000"]);
        assert!(!found["hits"].as_array().unwrap().is_empty());
        (found["total"] == FAT + 69).then_some(())
    });

    // A start needs no more, although it reads all of it again.
    cluster.coordinator.terminate();
    cluster.coordinator.start();
    cluster.until_followed(CHANGSHA);
    let peak = cluster.coordinator.peak_memory();
    println!("after a start: peak memory {} MiB", peak >> 20);
    assert!(peak < MAX_MEMORY, "{} MiB", peak >> 20);
}

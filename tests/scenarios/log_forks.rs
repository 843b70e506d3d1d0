//! A log returns that differs from the one that was followed: a copied node, a restore without a new
//! epoch, two restores of one backup, an older state. The coordinator keeps its knowledge, reports the
//! difference, and reads the log anew only after an operator has accepted it.

use std::fs;

use chengji_domain::Principal;
use chengji_domain::fact::{CityFact, LogEntry, LogOwner};
use chengji_proto::convert::city_entry_to;
use chengji_tests::{
    Cluster, Impostor, Input, Script, Server, city, code_of, eventually, importing, says,
};
use serde_json::Value;

const CITY: &str = "430200";

/// A rewritten history: another fact at a position of the log.
fn rewritten(log: &Script, seq: u64) -> Script {
    let mut script = log.clone();
    let entry = LogEntry {
        log: log.owner,
        epoch: log.epoch,
        seq,
        at: chengji_clock::now(),
        principal: Principal::Node(city(CITY)),
        fact: CityFact::Unmounted {
            code: code_of(1).parse().unwrap(),
            reason: "改写".to_owned(),
        },
    };
    let entry = city_entry_to(&entry, rand::random());
    script.entries[usize::try_from(seq).unwrap()] = entry;
    script
}

/// Number of the city's entries at the coordinator, with or without an alarm about its log.
fn known_entries(cluster: &Cluster) -> u64 {
    let words = ["directory", "search", "--city", CITY, "--limit", "1000"];
    cluster.coordinator.json(&words)["total"].as_u64().unwrap()
}

/// Waits for the alarm of this kind about the city's log.
fn until_alarm(cluster: &Cluster, kind: &str) -> Value {
    let wanted = format!("LOG_ALARM_KIND_{kind}");
    eventually(&format!("the alarm {kind}"), || {
        let alarm = cluster.city(CITY)?["alarm"].clone();
        (alarm["kind"] == wanted.as_str()).then_some(alarm)
    })
}

/// Accepts the present state of the city's log, which is audited, and waits until it was read.
fn accept(cluster: &Cluster) -> Value {
    let coordinator = &cluster.coordinator;
    coordinator.json(&["city", "accept-log", CITY, "--reason", "已与该市核实"]);
    eventually("the alarm is settled", || {
        cluster.city(CITY)?["alarm"].is_null().then_some(())
    });
    let auditor = coordinator.enrol("office", &["auditor"]);
    let audit = coordinator.json_as(&auditor, &["audit"]);
    let kept = audit["entries"].as_array().unwrap();
    let accepted = |entry: &&Value| entry["rpc"].as_str().unwrap().ends_with("/AcceptLog");
    let accepted: Vec<_> = kept.iter().filter(accepted).collect();
    assert_eq!(accepted.len(), 1, "{audit}");
    assert_eq!(accepted[0]["subject"], format!("city/{CITY}"));
    cluster.until_followed(CITY)
}

/// Replaces the node's data by this folder and keeps the old data under another name.
fn swap_data(node: &Server, from: &str, kept: &str) {
    fs::rename(node.path("data"), node.path(kept)).unwrap();
    fs::rename(node.path(from), node.path("data")).unwrap();
}

/// A city with 68 entries that is followed, stopped, and copied as `backup`; then started again.
fn backed_up() -> Cluster {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue.csv");
    node.enrol("auditor", &["auditor"]);
    cluster.until_followed(CITY);
    node.terminate();
    node.copy_folder("data", "backup");
    node.start();
    cluster
}

/// Permits the node to append to its log without a peer's confirmation.
fn confirm_by_hand(node: &Server, against: &[&str]) {
    let words = ["log", "confirm", "--reason", "演练"];
    node.cli_as(&node.manager, &[&words[..], against].concat())
        .ok();
}

/// The leaf of the last entry before a position of the node's log.
fn leaf_before(node: &Server, seq: u64) -> Value {
    let auditor = node.home.join("profiles/auditor@430200/profile.toml");
    let from = (seq - 1).to_string();
    let show = ["log", "show", "--from", &from, "--limit", "1"];
    node.json_as(&auditor, &show)["lines"][0]["leaf"].clone()
}

#[test]
fn a_rewritten_earlier_entry_is_found_by_the_regular_comparison() {
    let cluster = Cluster::new(&[CITY]);
    let (coordinator, node) = (&cluster.coordinator, cluster.node(CITY));
    node.import("catalogue.csv");
    let head = cluster.until_followed(CITY)["head"].as_u64().unwrap();
    let before = known_entries(&cluster);
    coordinator.terminate();
    node.terminate();
    let settings = fs::read_to_string(&coordinator.config).unwrap();
    let settings = format!("{settings}compare_interval = 1\n");
    fs::write(&coordinator.config, settings).unwrap();

    // The log ends with the entry that the coordinator has last read.
    let log = Script::copy_of(node, LogOwner::City(city(CITY)));
    let seq = head / 2;
    let script = rewritten(&log, seq);
    let impostor = Impostor::node(&cluster, node, script);
    coordinator.start();
    let alarm = until_alarm(&cluster, "DIVERGED");
    assert_eq!(alarm["known"]["seq"], seq + 1);
    assert_ne!(alarm["known_leaf"], alarm["found_leaf"]);
    let stale = eventually("the log is not read any further", || {
        let known = cluster.city(CITY)?;
        (!known["stale_since"].is_null()).then_some(known)
    });
    assert_eq!(stale["damaged"], 0);
    assert_eq!(known_entries(&cluster), before);

    // The log that was followed is back.
    impostor.leave(&cluster);
    node.start();
    eventually("the alarm is settled, and reading continues", || {
        let known = cluster.city(CITY)?;
        let settled = !known["alarm"]["mended_at"].is_null();
        (settled && known["stale_since"].is_null()).then_some(())
    });
}

#[test]
fn a_copied_node_is_noticed_with_both_leaves_and_mixes_nothing() {
    let cluster = backed_up();
    let node = cluster.node(CITY);
    node.import("catalogue-new.csv");
    let head = cluster.until_followed(CITY)["head"].as_u64().unwrap();
    let ours = leaf_before(node, head);
    assert_eq!(known_entries(&cluster), 69);

    // The copy diverges while the coordinator is away, and grows past the original.
    cluster.coordinator.terminate();
    node.terminate();
    swap_data(node, "backup", "original");
    node.start();
    let sheet = node.path("shared/catalogue-while-away.csv");
    node.cli(&importing(&sheet, &[]))
        .refused(1, &["LOG_UNCONFIRMED", "log-confirmed-by-none-because"]);
    confirm_by_hand(node, &[]);
    node.import("catalogue-while-away.csv");
    node.withdraw("103001/000001", "机构改革");
    node.withdraw("201001/000001", "机构改革");
    assert!(node.head() > head, "{} {head}", node.head());
    let theirs = leaf_before(node, head);
    assert_ne!(ours, theirs);
    cluster.coordinator.start();

    let alarm = until_alarm(&cluster, "DIVERGED");
    assert_eq!(alarm["known_leaf"], ours);
    assert_eq!(alarm["found_leaf"], theirs);
    assert_eq!(alarm["known"]["seq"], head);
    assert_eq!(
        known_entries(&cluster),
        69,
        "nothing of the copy is taken in"
    );
    let list = cluster.coordinator.cli(&["city", "list"]).ok().stdout;
    assert!(
        list.contains("LOG_DIVERGED") && says(&list, "alarm-diverged"),
        "{list}"
    );
    let status = cluster.coordinator.cli(&["status"]).ok().stdout;
    assert!(status.contains("LOG_DIVERGED"), "{status}");
    eventually("the coordinator's log says so", || {
        says(&cluster.coordinator.output(), "alarm-diverged").then_some(())
    });

    // The original is back: it is followed again; the divergence remains to be acknowledged.
    node.terminate();
    swap_data(node, "original", "copy");
    node.start();
    let known = cluster.until_followed(CITY);
    assert!(!known["alarm"]["mended_at"].is_null(), "{known}");
    let known = accept(&cluster);
    assert_eq!(known["entries"], 69);
}

#[test]
fn a_restore_without_a_new_epoch_is_kept_out_until_it_is_accepted() {
    let cluster = backed_up();
    let node = cluster.node(CITY);
    node.import("catalogue-new.csv");
    cluster.until_followed(CITY);
    node.terminate();
    swap_data(node, "backup", "lost");
    node.start();

    let alarm = until_alarm(&cluster, "SHORTER");
    assert!(
        alarm["found"]["seq"].as_u64() < alarm["known"]["seq"].as_u64(),
        "{alarm}"
    );
    eventually("the city is marked stale", || {
        let known = cluster.city(CITY)?;
        (!known["stale_since"].is_null()).then_some(())
    });
    assert_eq!(
        known_entries(&cluster),
        69,
        "the last good catalogue is kept"
    );

    let known = accept(&cluster);
    assert_eq!(known["entries"], 68);
    assert_eq!(known_entries(&cluster), 68);
    // The coordinator confirms the accepted log.
    eventually("the node's log is confirmed", || {
        node.try_json(&["status"])?["unconfirmed"]
            .is_null()
            .then_some(())
    });
    node.import("catalogue-while-away.csv");
    assert_eq!(cluster.until_followed(CITY)["entries"], 69);
}

#[test]
fn a_coordinator_that_was_set_back_writes_nothing_against_its_members() {
    let cluster = Cluster::new(&[CITY]);
    let (coordinator, node) = (&cluster.coordinator, cluster.node(CITY));
    coordinator.terminate();
    coordinator.copy_folder("data", "backup");
    coordinator.start();
    let invite = ["member", "invite", "430300", "--name", "湘潭市"];
    coordinator.json(&invite);
    let suspend = ["member", "suspend", CITY, "--reason", "演练"];
    let resume = ["member", "resume", CITY, "--reason", "演练"];
    coordinator.cli(&suspend).ok();
    coordinator.cli(&resume).ok();
    let head = coordinator.json(&["status"])["head"].clone();
    eventually("the node has read that", || {
        (node.try_json(&["status"])?["following"][0]["position"] == head).then_some(())
    });
    coordinator.terminate();
    swap_data(coordinator, "backup", "newest");
    coordinator.start();
    coordinator
        .cli(&suspend)
        .refused(1, &["LOG_UNCONFIRMED", "log-peer-further"]);
    let shown = eventually("the node has raised the alarm", || {
        let alarm = node.try_json(&["status"])?["following"][0]["alarm"].clone();
        (alarm["kind"] == "LOG_ALARM_KIND_SHORTER").then_some(alarm)
    });
    assert_eq!(shown["log"], "coordinator");

    // The loss is accepted: a new epoch is opened, and the node reads it without manual action.
    coordinator.terminate();
    let config = coordinator.config.to_str().unwrap();
    coordinator
        .cli(&["log", "new-epoch", "--config", config])
        .ok();
    coordinator.start();
    coordinator.cli(&suspend).ok();
    coordinator.cli(&resume).ok();
    eventually("the node follows the new epoch", || {
        let known = node.try_json(&["status"])?["following"][0].clone();
        (known["epoch"] == 2 && known["alarm"].is_null()).then_some(())
    });
}

#[test]
fn a_coordinator_nobody_confirms_can_be_confirmed_by_hand() {
    let cluster = Cluster::new(&[CITY]);
    let (coordinator, node) = (&cluster.coordinator, cluster.node(CITY));
    coordinator.terminate();
    node.terminate();
    coordinator.start();
    let suspend = ["member", "suspend", CITY, "--reason", "演练"];
    coordinator.cli(&suspend).refused(1, &["LOG_UNCONFIRMED"]);
    assert_eq!(
        coordinator.json(&["city", "list"])["cities"][0]["city"],
        CITY,
        "reads go on"
    );
    coordinator
        .cli(&["log", "confirm", "--reason", "成员均不可达"])
        .ok();
    coordinator.cli(&suspend).ok();
    let confirm = ["log", "confirm", "--reason", "再次"];
    coordinator
        .cli(&confirm)
        .refused(3, &["OUT_OF_TURN", "log-confirmed-already"]);
}

#[test]
fn an_older_state_that_goes_away_again_leaves_nothing_behind() {
    let cluster = backed_up();
    let node = cluster.node(CITY);
    node.import("catalogue-new.csv");
    cluster.until_followed(CITY);
    node.terminate();
    swap_data(node, "backup", "newest");
    node.start();
    until_alarm(&cluster, "SHORTER");
    node.terminate();
    swap_data(node, "newest", "older");
    node.start();
    let known = cluster.until_followed(CITY);
    assert_eq!(
        (&known["entries"], &known["alarm"]),
        (&69.into(), &Value::Null)
    );
}

#[test]
fn two_restores_of_one_backup_are_two_histories() {
    let cluster = backed_up();
    let node = cluster.node(CITY);
    let config = node.config.to_str().unwrap();
    let mut ids = Vec::new();
    for round in ["first", "second"] {
        node.terminate();
        fs::rename(node.path("data"), node.path(round)).unwrap();
        node.copy_folder("backup", "data");
        node.cli(&["log", "new-epoch", "--config", config]).ok();
        node.start();
        let status = node.json(&["status"]);
        assert_eq!(status["epoch"], 2);
        ids.push(status["epoch_id"].clone());
        if round == "first" {
            node.import("catalogue-new.csv");
            let known = cluster.until_followed(CITY);
            assert_eq!(known["epoch_id"], ids[0]);
        }
    }
    assert_ne!(ids[0], ids[1]);
    let alarm = until_alarm(&cluster, "FORKED");
    assert_eq!(alarm["known"]["epoch_id"], ids[0]);
    assert_eq!(alarm["found"]["epoch_id"], ids[1]);
    assert_eq!(known_entries(&cluster), 69);
    let known = accept(&cluster);
    assert_eq!(
        (&known["epoch_id"], &known["entries"]),
        (&ids[1], &68.into())
    );
}

#[test]
fn requests_of_two_restores_of_one_backup_have_different_numbers() {
    let cluster = backed_up();
    let (node, coordinator) = (cluster.node(CITY), &cluster.coordinator);
    let config = node.config.to_str().unwrap();
    let mut numbers = Vec::new();
    for (round, code) in [("first", "201001/000001"), ("second", "201001/000002")] {
        node.terminate();
        fs::rename(node.path("data"), node.path(round)).unwrap();
        node.copy_folder("backup", "data");
        node.cli(&["log", "new-epoch", "--config", config]).ok();
        node.start();
        if round == "second" {
            until_alarm(&cluster, "FORKED");
            accept(&cluster);
        }
        eventually("the node's log is confirmed", || {
            node.try_json(&["status"])?["unconfirmed"]
                .is_null()
                .then_some(())
        });
        let number = cluster.submit(Input {
            consumer: CITY,
            provider: "430100",
            code,
        });
        eventually("the coordinator has opened the request", || {
            coordinator.try_json(&["request", "show", &number])
        });
        numbers.push((number, code));
    }
    let short = |number: &str| number.rsplit_once('-').unwrap().0.to_owned();
    let (first, second) = (&numbers[0].0, &numbers[1].0);
    assert_eq!(
        short(first),
        short(second),
        "one position in epochs numbered 2"
    );
    assert_ne!(first, second);
    // Each is the request that its consumer made; the short number is refused with both.
    for (number, code) in &numbers {
        let shown = coordinator.json(&["request", "show", number]);
        assert_eq!(shown["id"], number.as_str());
        assert_eq!(shown["submission"]["code"], code.replace('/', ""));
    }
    coordinator
        .cli(&["request", "show", &short(first)])
        .refused(
            3,
            &[
                "INVALID_ARGUMENT",
                first,
                second,
                "request-number-ambiguous",
            ],
        );
    let list = coordinator.json(&["request", "list", "--consumer", CITY]);
    assert_eq!(list["requests"].as_array().unwrap().len(), 2);
}

#[test]
fn a_lower_epoch_does_not_take_anything_away_until_it_is_accepted() {
    let cluster = backed_up();
    let node = cluster.node(CITY);
    node.terminate();
    let config = node.config.to_str().unwrap();
    node.cli(&["log", "new-epoch", "--config", config]).ok();
    node.start();
    node.import("catalogue-new.csv");
    assert_eq!(cluster.until_followed(CITY)["epoch"], 2);
    node.terminate();
    swap_data(node, "backup", "newest");
    node.start();
    let alarm = until_alarm(&cluster, "LOWER_EPOCH");
    assert_eq!(
        (&alarm["known"]["epoch"], &alarm["found"]["epoch"]),
        (&2.into(), &1.into())
    );
    assert_eq!(known_entries(&cluster), 69);

    let older = node.json(&["status"]);
    accept(&cluster);
    eventually("the log goes on above the epoch that it lost", || {
        let status = node.try_json(&["status"])?;
        (status["epoch"] == 3 && status["unconfirmed"].is_null()).then_some(())
    });
    // The node may open its epoch while somebody waits for the older one.
    assert_eq!(cluster.until_followed_to(CITY, older)["epoch"], 3);
    node.import("catalogue-while-away.csv");
    assert_eq!(cluster.until_followed(CITY)["epoch"], 3);
}

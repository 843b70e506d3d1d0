//! Figures of the past: those of a cut-off stay the same after later changes of members and logs, and
//! months are sealed.

use chengji_tests::{Ahead, Cluster, eventually, says};
use jiff::SignedDuration;
use serde_json::Value;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

/// The report at a cut-off, without the fields about its finality and later losses.
fn figures(cluster: &Cluster, cut_off: &str) -> Value {
    let mut report = cluster.coordinator.json(&["rate", "show", "--at", cut_off]);
    let fields = report.as_object_mut().unwrap();
    fields.retain(|field, _| !matches!(field.as_str(), "provisional" | "sealed"));
    for city in report["cities"].as_array_mut().unwrap() {
        city.as_object_mut().unwrap().remove("lost");
    }
    report
}

/// One resource of 株洲 that 长沙 has read, and both logs followed to the end.
fn shared(cluster: &Cluster) -> String {
    let id = cluster.granted("files/charging-piles.csv");
    cluster.node(CHANGSHA).json(&["fetch", &id]);
    for city in [CHANGSHA, ZHUZHOU] {
        cluster.until_followed(city);
    }
    chengji_clock::now().to_string()
}

#[test]
fn a_cut_off_gives_the_same_figures_after_members_were_suspended_and_removed() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let coordinator = &cluster.coordinator;
    for city in [CHANGSHA, ZHUZHOU] {
        cluster.node(city).import("catalogue.csv");
    }
    let cut_off = shared(&cluster);
    let before = figures(&cluster, &cut_off);
    assert_eq!(before["cluster"]["entries"]["numerator"], 1, "{before}");
    assert_eq!(before["cities"].as_array().unwrap().len(), 2);
    let reached = cluster.city(CHANGSHA).unwrap();

    // A suspended city's log stays at the position reached, which is reported.
    let reason = ["--reason", "演练"];
    coordinator
        .cli(&[&["member", "suspend", CHANGSHA], &reason[..]].concat())
        .ok();
    let suspended = eventually("it is not followed any more", || {
        let city = cluster.city(CHANGSHA)?;
        (!city["not_followed_since"].is_null()).then_some(city)
    });
    for field in ["epoch", "position", "entries"] {
        assert_eq!(suspended[field], reached[field], "{field}");
    }
    let why = &suspended["not_followed_reason"];
    assert_eq!(why["message"], "follow-stopped-for-member");
    assert!(why.to_string().contains("演练"), "{why}");
    let status = coordinator.json(&["status"]);
    let followed = &status["following"][0];
    assert_eq!(followed["log"], "city/430100");
    assert_eq!(followed["position"], reached["position"]);
    assert_eq!(&followed["not_followed_reason"], why);
    let now = coordinator.json(&["rate", "show"]);
    assert_eq!(now["cities"][0]["status"], "MEMBERSHIP_STATUS_SUSPENDED");
    assert_eq!(
        now["cities"][0]["position"],
        before["cities"][0]["position"]
    );
    assert_eq!(figures(&cluster, &cut_off), before);

    // A removed one is a member of the past.
    coordinator
        .cli(&[&["member", "remove", ZHUZHOU], &reason[..]].concat())
        .ok();
    assert_eq!(figures(&cluster, &cut_off), before);
    let explained = coordinator.json(&["rate", "explain", ZHUZHOU, "--at", &cut_off]);
    let realised = explained["entries"].as_array().unwrap().iter();
    let realised = realised.filter(|entry| entry["contribution"] == "CONTRIBUTION_REALISED");
    assert_eq!(realised.count(), 1);
    let now = coordinator.json(&["rate", "show"]);
    assert_eq!(now["cities"].as_array().unwrap().len(), 1, "{now}");
    coordinator
        .cli(&["rate", "explain", ZHUZHOU])
        .refused(3, &["NOT_FOUND"]);
}

#[test]
fn months_are_sealed_once_they_are_closed_and_answer_from_their_seals() {
    let cluster = Cluster::prepared(&[CHANGSHA, ZHUZHOU]);
    let (coordinator, ahead) = (&cluster.coordinator, Ahead::default());
    coordinator.start_at(ahead.clock());
    for city in [CHANGSHA, ZHUZHOU] {
        cluster.node(city).start_at(ahead.clock());
    }
    shared(&cluster);
    let seals = || {
        let list = coordinator.try_json(&["rate", "seals"])?;
        list["months"].as_array().cloned()
    };
    assert_eq!(seals().unwrap_or_default().len(), 0);
    coordinator.terminate();

    // It comes back when at least one whole month is over and closed.
    ahead.by(24 * 64);
    coordinator.start_at(ahead.clock());
    let months = eventually("the months that were missed are sealed", || {
        seals().filter(|months| !months.is_empty())
    });
    let month = &months[0];
    assert_eq!(month["seal"]["cities"].as_array().unwrap().len(), 2);
    assert_eq!(month["seal"]["formula"], "L5P1-A1/2");
    let cut_off = month["seal"]["cut_off"].as_str().unwrap();
    let sealed = coordinator.json(&["rate", "show", "--at", cut_off]);
    assert_eq!(sealed["sealed"], month["position"], "{sealed}");
    assert_eq!(sealed["provisional"], Value::Bool(false));
    assert_eq!(sealed["cluster"]["entries"]["denominator"], 1, "{sealed}");
    let shown = coordinator.cli(&["rate", "show", "--at", cut_off]).ok();
    assert!(shown.says("rate-sealed"), "{shown}");

    // So does the series of months, which ends now.
    let every_month = ["rate", "history", "--every", "month"];
    let series = coordinator.json(&every_month);
    let points = series["points"].as_array().unwrap();
    let of_month = points.iter().find(|point| point["at"] == cut_off).unwrap();
    assert_eq!(of_month["figures"], sealed["cluster"], "{series}");
    assert_eq!(of_month["sealed"], month["position"], "{series}");
    let last = &points[points.len() - 1];
    assert_eq!(last["provisional"], Value::Bool(true), "{series}");
    let of_city = [&every_month[..], &["--city", CHANGSHA]].concat();
    let shown = coordinator.cli(&of_city).ok();
    assert!(shown.says("rate-series-basis"), "{shown}");

    // Members read it in the coordinator's log.
    let log = coordinator.cli(&["log", "show"]).ok();
    assert!(log.stdout.contains("sealed "), "{log}");
    let months = cluster.coordinator.cli(&["rate", "seals"]).ok();
    assert!(months.stdout.contains(cut_off), "{months}");
}

#[test]
fn what_is_unmounted_is_counted_on_one_base() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    node.import("catalogue.csv");
    cluster.until_followed(CHANGSHA);
    let status = node.json(&["catalogue", "status"]);
    let count = |name: &str| status["counts"][name].as_u64().unwrap_or_default();
    let statistics = node.json(&["catalogue", "statistics", "--by", "freshness"]);
    let of = |value: &str| {
        let all = statistics["statistics"].as_array().unwrap().iter();
        let mut found = all.filter(|one| one["value"] == value);
        found
            .next()
            .map_or(0, |one| one["tally"]["entries"].as_u64().unwrap())
    };
    assert_eq!(of("unmounted"), count("unmounted"), "{statistics} {status}");
    let explained = cluster.coordinator.json(&["rate", "explain", CHANGSHA]);
    let entries = explained["entries"].as_array().unwrap();
    let counted_as = |name: &str| {
        let name = format!("CONTRIBUTION_{name}");
        let found = entries
            .iter()
            .filter(|entry| entry["contribution"] == name.as_str());
        found.count() as u64
    };
    assert_eq!(
        counted_as("NOT_MOUNTED"),
        count("unmounted") - count("unmounted_other_level")
    );
    assert_eq!(counted_as("OTHER_LEVEL"), count("other_level"));
    assert_eq!(counted_as("NOT_SHARED"), of("not-shared"));
    assert!(counted_as("NOT_SHARED") > 0 && count("unmounted") > 0);
}

#[test]
fn a_restored_consumer_keeps_its_past_figures_and_what_it_lost_is_shown() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (coordinator, changsha) = (&cluster.coordinator, cluster.node(CHANGSHA));
    let id = cluster.granted("files/charging-piles.csv");
    let backup = changsha.json_as(&changsha.manager, &["backup", "create"]);
    changsha.json(&["fetch", &id]);
    for city in [CHANGSHA, ZHUZHOU] {
        cluster.until_followed(city);
    }
    let cut_off = chengji_clock::now().to_string();
    // A day later the cut-off is closed.
    coordinator.move_clock(SignedDuration::from_hours(25));
    let before = eventually("the cut-off is closed", || {
        let report = coordinator.try_json(&["rate", "show", "--at", &cut_off])?;
        (report["provisional"] == Value::Bool(false)).then(|| figures(&cluster, &cut_off))
    });
    assert_eq!(before["cluster"]["entries"]["numerator"], 1, "{before}");

    // The consumer's receipt is not in the backup.
    changsha.terminate();
    let (path, config) = (backup["path"].as_str().unwrap(), &changsha.config);
    let restore = [
        "backup",
        "restore",
        path,
        "--config",
        config.to_str().unwrap(),
    ];
    changsha.cli(&restore).ok();
    changsha.start();
    eventually("the coordinator follows the new epoch", || {
        cluster.city(CHANGSHA).filter(|known| known["epoch"] == 2)
    });
    cluster.until_followed(CHANGSHA);
    assert_eq!(figures(&cluster, &cut_off), before);
    let past = coordinator.json(&["rate", "show", "--at", &cut_off]);
    let lost = &past["cities"][0]["lost"][0];
    assert_eq!(
        (&lost["epoch"], &lost["counted"]),
        (&1.into(), &true.into()),
        "{past}"
    );
    assert_eq!(
        lost["last"].as_u64().unwrap() + 1,
        before["cities"][0]["position"]["seq"].as_u64().unwrap()
    );

    // Now it does not count, which is reported.
    let now = coordinator.json(&["rate", "show"]);
    assert_eq!(now["cluster"]["entries"]["numerator"], 0, "{now}");
    assert_eq!(now["cities"][0]["lost"][0]["first"], lost["first"]);
    assert_eq!(now["cities"][0]["lost"][0]["counted"], Value::Bool(false));
    for (command, message) in [
        (&["rate", "show"][..], "rate-lost"),
        (
            &["rate", "explain", CHANGSHA, "--at", &cut_off],
            "rate-lost-later",
        ),
    ] {
        let shown = coordinator.cli(command).ok();
        assert!(shown.says(message), "{shown}");
    }
}

#[test]
fn a_clock_that_is_alone_ahead_seals_no_month() {
    let cluster = Cluster::of_processes(&[CHANGSHA]);
    let coordinator = &cluster.coordinator;
    cluster.until_followed(CHANGSHA);
    // As by an operator's mistake; the certificates of nodes and people are valid for that long.
    coordinator.move_clock(SignedDuration::from_hours(24 * 64));
    eventually("the coordinator says why it does not seal", || {
        says(&coordinator.output(), "cut-off-unconfirmed").then_some(())
    });
    coordinator.move_clock(SignedDuration::ZERO);
    let seals = eventually("it is called again", || {
        coordinator.try_json(&["rate", "seals"])
    });
    assert!(
        seals["months"].as_array().is_none_or(Vec::is_empty),
        "{seals}"
    );
}

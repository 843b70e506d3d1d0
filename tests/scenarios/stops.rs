//! Stopping deliveries is the provider's own act: it takes effect by the provider's log alone,
//! independently of the coordinator, and only the provider's own act resumes a delivery.

use std::fs;

use chengji_domain::fact::{CityFact, ClusterFact, LogEntry, LogOwner, Origin};
use chengji_domain::problem::Problem;
use chengji_domain::request::{Move, Party, RequestId, Step};
use chengji_domain::{Epoch, ErrorCode, Principal};
use chengji_messages::msg;
use chengji_proto::convert::city_entry_from;
use chengji_store::{RocksStore, log};
use chengji_testkit::requests::grant;
use chengji_tests::{Cluster, Exit, Impostor, Script, Server, city, eventually};
use jiff::SignedDuration;
use serde_json::Value;

pub(crate) const CHANGSHA: &str = "430100";
pub(crate) const ZHUZHOU: &str = "430200";
/// A conditional resource of 株洲.
const HOSPITALS: &str = "201001/000001";

/// A cluster in which 株洲 has granted 长沙 a conditional resource; also returns the request.
pub(crate) fn granted() -> (Cluster, String) {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let id = cluster.requested();
    cluster.grant(&id, &[]);
    (cluster, id)
}

/// The epoch of a node's log.
fn epoch_of(node: &Server) -> Epoch {
    let store = RocksStore::open_read_only(&node.path("data")).unwrap();
    log::head(&store).unwrap().epoch
}

fn stop(cluster: &Cluster, id: &str) -> Value {
    cluster.stop(ZHUZHOU, id, "超出授权范围")
}

/// The command that stops deliveries for an incident, with this reason.
fn stop_for<'a>(id: &'a str, reason: &'a str) -> [&'a str; 9] {
    [
        "request",
        "stop",
        id,
        "--cause",
        "incident",
        "--reported-to",
        "市委网信办",
        "--reason",
        reason,
    ]
}

#[track_caller]
fn is_stopped_for(consumer: &Server, id: &str) {
    consumer
        .cli(&["fetch", id])
        .refused(4, &["GRANT_SUSPENDED", "超出授权范围"]);
}

#[test]
fn a_stop_is_noted_by_all_and_only_the_provider_lifts_it() {
    let (cluster, id) = granted();
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let said = stop(&cluster, &id);
    assert_eq!(said["state"], "REQUEST_STATE_SUSPENDED");
    is_stopped_for(changsha, &id);
    cluster.until_state(CHANGSHA, &id, "SUSPENDED");
    let at_coordinator = cluster.coordinator.json(&["request", "show", &id]);
    assert_eq!(at_coordinator["state"], "REQUEST_STATE_SUSPENDED");
    let noted = eventually("the provider sees that its stop was noted", || {
        let request = zhuzhou.try_json(&["request", "show", &id])?;
        (request["stops"][0]["noted"] == true).then_some(request)
    });
    assert_eq!(noted["stops"].as_array().unwrap().len(), 1);
    // Both sides see the actor.
    let actor = |request: &Value| request["stops"][0]["actor"]["principal"].clone();
    let person = actor(&noted);
    assert!(person.as_str().unwrap().starts_with("city/430200/person/"));
    assert_eq!(actor(&at_coordinator), person);
    let at_consumer = changsha.json(&["request", "show", &id]);
    assert_eq!(actor(&at_consumer), person);
    zhuzhou
        .cli(&stop_for(&id, "again"))
        .refused(3, &["OUT_OF_TURN"]);
    changsha
        .cli(&stop_for(&id, "not mine"))
        .refused(3, &["OUT_OF_TURN", "only-provider-stops"]);

    zhuzhou.json(&["request", "lift-stop", &id, "--reason", "已整改"]);
    cluster.until_state(CHANGSHA, &id, "GRANTED");
    changsha.json(&["fetch", &id]);

    // The same by the entry, for every consumer.
    let stop = ["catalogue", "stop", HOSPITALS, "--reason", "疑似泄露"];
    assert!(zhuzhou.json(&stop)["stop"]["reason"] == "疑似泄露");
    changsha
        .cli(&["fetch", &id])
        .refused(4, &["GRANT_SUSPENDED", "疑似泄露"]);
    let shown = eventually("the directory shows that deliveries are stopped", || {
        let shown = changsha.try_json(&["directory", "show", ZHUZHOU, HOSPITALS])?;
        (!shown["stop"].is_null()).then_some(shown)
    });
    assert_eq!(shown["stop"]["reason"], "疑似泄露");
    zhuzhou.json(&["catalogue", "resume", HOSPITALS, "--reason", "已排除"]);
    changsha.json(&["fetch", &id]);
}

/// The consumer follows the coordinator's order, and shows that the provider refuses.
#[track_caller]
fn sees_that_the_provider_refuses(consumer: &Server, id: &str) {
    let seen = consumer.json(&["request", "show", id]);
    assert_eq!(seen["state"], "REQUEST_STATE_GRANTED", "{seen}");
    let refusal = &seen["provider_refusal"]["problem"];
    assert_eq!(refusal["code"], "GRANT_SUSPENDED", "{seen}");
    let listed = consumer.json(&["request", "list", "--attention"]);
    let asks = &listed["requests"][0]["attention"];
    assert_eq!(asks[0], "ATTENTION_PROVIDER_REFUSES", "{listed}");
}

/// A malicious coordinator refuses everything it receives, and orders forged moves.
#[test]
fn no_word_of_the_coordinator_undoes_a_stop_or_starts_a_delivery() {
    let (cluster, id) = granted();
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let asked_again = cluster.ask(HOSPITALS);
    cluster.until_state(ZHUZHOU, &asked_again, "ROUTED");
    cluster.until_state(CHANGSHA, &asked_again, "ROUTED");
    let number: RequestId = id.parse().unwrap();
    cluster.coordinator.terminate();
    let mut script = Script::copy_of(&cluster.coordinator, LogOwner::Coordinator);
    let said = stop(&cluster, &id);
    let stopped = &said["stops"][0]["origin"];
    let seq = stopped["seq"].as_u64().unwrap();
    let epoch = epoch_of(zhuzhou);
    let now = chengji_clock::now();
    let grant = Step {
        party: Party::Provider,
        actor: Principal::Node(city(ZHUZHOU)).into(),
        at: now,
        mv: Move::Grant(grant(now + SignedDuration::from_hours(240))),
        due: None,
    };
    // It refuses the stop as if it were a move, orders the grant again, and grants in 株洲's name.
    let forged = script.entries.len() as u64;
    script.say_as_coordinator(
        now,
        ClusterFact::MoveRefused {
            request: number,
            provider: city(ZHUZHOU),
            step: grant.clone(),
            origin: Origin { epoch, seq },
            problem: Problem::new(
                ErrorCode::InvalidArgument,
                msg::Text {
                    text: "your clock is wrong",
                },
            ),
        },
    );
    for (request, seq) in [(&id, seq), (&asked_again, seq), (&asked_again, seq + 100)] {
        script.say_as_coordinator(
            now,
            ClusterFact::Ordered {
                request: request.parse().unwrap(),
                provider: city(ZHUZHOU),
                step: grant.clone(),
                origin: Some(Origin { epoch, seq }),
                arrived_at: None,
                newly_permitted: false,
            },
        );
    }
    let last = script.entries.len() as u64;
    let hostile = Impostor::coordinator(&cluster, script);
    eventually("the attack has arrived", || {
        let status = zhuzhou.try_json(&["status"])?;
        let arrived = hostile.sent_to("city/430200/node") == last;
        (arrived && status["following"][0]["position"] == last).then_some(())
    });
    let aside = zhuzhou.json(&["quarantine"]);
    let aside = aside["entries"].as_array().unwrap();
    assert_eq!(aside.len() as u64, last - forged, "{aside:?}");
    is_stopped_for(changsha, &id);
    sees_that_the_provider_refuses(changsha, &id);
    changsha
        .cli(&["fetch", &asked_again])
        .refused(4, &["NO_GRANT"]);
    for (request, state) in [(&id, "SUSPENDED"), (&asked_again, "ROUTED")] {
        cluster.until_state(ZHUZHOU, request, state);
    }

    // The honest one comes back, and all parties agree.
    hostile.leave(&cluster);
}

/// The provider's disk is lost after it has granted and stopped; the backup has neither.
#[test]
fn a_restored_provider_delivers_nothing_that_its_people_do_not_confirm() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue.csv");
    zhuzhou.json(&["catalogue", "mount", HOSPITALS, "files/hospitals.csv"]);
    cluster.until_followed(ZHUZHOU);
    zhuzhou.terminate();
    zhuzhou.copy_folder("data", "backup");
    zhuzhou.start();
    let ask = || {
        let id = cluster.ask(HOSPITALS);
        cluster.grant(&id, &[]);
        id
    };
    let (kept, stopped) = (ask(), ask());
    stop(&cluster, &stopped);
    cluster.until_state(CHANGSHA, &stopped, "SUSPENDED");
    cluster.until_followed(ZHUZHOU);

    zhuzhou.terminate();
    fs::remove_dir_all(zhuzhou.path("data")).unwrap();
    zhuzhou.copy_folder("backup", "data");
    let config = zhuzhou.config.to_str().unwrap();
    zhuzhou.cli(&["log", "new-epoch", "--config", config]).ok();
    zhuzhou.start();

    // Both are stopped, at all three, until a person of 株洲 confirms.
    cluster.until_state(ZHUZHOU, &kept, "SUSPENDED");
    cluster.until_state(ZHUZHOU, &stopped, "SUSPENDED");
    cluster.until_state(CHANGSHA, &kept, "SUSPENDED");
    eventually("the coordinator shows the stop", || {
        let request = cluster.coordinator.try_json(&["request", "show", &kept])?;
        (request["state"] == "REQUEST_STATE_SUSPENDED").then_some(())
    });
    changsha
        .cli(&["fetch", &kept])
        .refused(4, &["GRANT_SUSPENDED"]);
    is_stopped_for(changsha, &stopped);
    let listed = zhuzhou.json(&["request", "list", "--attention"]);
    let listed = listed["requests"].as_array().unwrap();
    assert!(
        listed.iter().any(|request| request["id"] == kept.as_str()),
        "{listed:?}"
    );
    assert!(zhuzhou.json(&["status"])["requests_for_attention"].as_u64() >= Some(1));

    zhuzhou.json(&["request", "lift-stop", &kept, "--reason", "恢复后确认"]);
    cluster.until_state(CHANGSHA, &kept, "GRANTED");
    eventually(
        "deliveries wait no longer for the coordinator's log",
        || changsha.try_json(&["fetch", &kept]),
    );
    is_stopped_for(changsha, &stopped);
    // It can be stopped a second time like the first.
    stop(&cluster, &kept);
    is_stopped_for(changsha, &kept);
}

#[test]
fn a_refused_move_asks_for_attention_until_it_is_acknowledged() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let zhuzhou = cluster.node(ZHUZHOU);
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let id = cluster.ask(HOSPITALS);
    cluster.until_state(ZHUZHOU, &id, "ROUTED");
    // Both move concurrently, each before it hears of the other: the coordinator accepts one of them.
    cluster.coordinator.terminate();
    let changsha = cluster.node(CHANGSHA);
    let moves = [
        (changsha, &["withdraw", &id, "--reason", "不再需要"][..]),
        (zhuzhou, &["grant", &id]),
    ];
    let ended: Vec<Exit> = std::thread::scope(|scope| {
        let commands = moves.map(|(city, mv)| {
            scope.spawn(move || city.cli(&[&["request"], mv, &["--wait=60"]].concat()))
        });
        for (city, _) in moves {
            eventually("the move is made", || {
                let request = city.try_json(&["request", "show", &id])?;
                (request["pending"] == 1).then_some(())
            });
        }
        cluster.coordinator.start();
        let commands = commands.into_iter();
        commands.map(|command| command.join().unwrap()).collect()
    });
    // Callers that waited for the coordinator's order receive the outcome, and the others see it later.
    let (ordered, refused): (Vec<_>, Vec<_>) =
        ended.into_iter().partition(|exit| exit.code == Some(0));
    assert_eq!((ordered.len(), refused.len()), (1, 1), "{ordered:?}");
    refused[0]
        .clone()
        .refused(3, &["OUT_OF_TURN", "request-move-refused"]);
    let (refused, other) = eventually("one of the moves is refused", || {
        let of = |city: &str| {
            let status = cluster.node(city).try_json(&["status"])?;
            status["requests_for_attention"].as_u64()
        };
        match (of(CHANGSHA)?, of(ZHUZHOU)?) {
            (1, 0) => Some((changsha, zhuzhou)),
            (0, 1) => Some((zhuzhou, changsha)),
            _ => None,
        }
    });
    for city in [refused, other] {
        let request = eventually("both know of it", || {
            let request = city.try_json(&["request", "show", &id])?;
            (request["refused_moves"].as_array()?.len() == 1).then_some(request)
        });
        assert_eq!(request["pending"], 0, "{request}");
    }
    let listed = refused.json(&["request", "list", "--attention"]);
    assert_eq!(listed["requests"][0]["id"], id.as_str());
    let asks = &listed["requests"][0]["attention"];
    assert_eq!(asks[0], "ATTENTION_MOVE_REFUSED", "{listed}");
    refused.json(&["request", "acknowledge", &id]);
    assert_eq!(refused.json(&["status"])["requests_for_attention"], 0);
}

/// A copy of a node's log reproduces it: an impostor starts with the true log.
#[test]
fn an_impostor_begins_as_a_true_copy() {
    let cluster = Cluster::new(&[ZHUZHOU]);
    let zhuzhou = cluster.node(ZHUZHOU);
    zhuzhou.import("catalogue-new.csv");
    let head = zhuzhou.head();
    zhuzhou.terminate();
    let owner = LogOwner::City(city(ZHUZHOU));
    let script = Script::copy_of(zhuzhou, owner);
    assert_eq!(script.entries.len() as u64, head);
    let facts = script.entries.iter().map(|entry| {
        let entry: LogEntry<CityFact> = city_entry_from(entry, city(ZHUZHOU)).unwrap();
        entry.fact
    });
    let published = facts.filter(|fact| matches!(fact, CityFact::Published { .. }));
    assert!(published.count() > 0);
}

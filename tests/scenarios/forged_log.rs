//! A city whose node writes facts in its log that it may not: each such entry is set aside, with the
//! reason, and everything else continues.

use chengji_domain::access::{Rights, Role};
use chengji_domain::fact::{
    AccessFact, CityFact, ClusterFact, Delivery, LogEntry, LogOwner, Measurement, Member,
};
use chengji_domain::request::Move;
use chengji_domain::stop::{StopAct, StopCause, StopTarget};
use chengji_domain::{CityCode, Digest, Epoch, Principal, ResourceRef};
use chengji_log::Entry;
use chengji_proto::convert::{city_entry_to, cluster_entry_to, entry_from};
use chengji_testkit::requests;
use chengji_tests::{Cluster, Impostor, Input, Script, city, code_of, entry, eventually};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

/// One fact of each kind that a city can write.
fn facts(request: &str) -> Vec<CityFact> {
    let code = code_of(1).parse().unwrap();
    let request = request.parse().unwrap();
    let (changsha, zhuzhou): (CityCode, CityCode) =
        (CHANGSHA.parse().unwrap(), ZHUZHOU.parse().unwrap());
    let delivery = Delivery {
        request,
        code: code_of(1).parse().unwrap(),
        revision: 1,
        bytes: 9,
        digest: Digest([1; 32]),
        rows: None,
    };
    let resource = ResourceRef {
        city: changsha,
        code: code_of(1).parse().unwrap(),
    };
    vec![
        CityFact::Published {
            entry: Box::new(entry_from(entry(1, 10)).unwrap()),
            revision: 1,
        },
        CityFact::Withdrawn {
            code,
            reason: "x".to_owned(),
        },
        CityFact::Mounted {
            code: code_of(1).parse().unwrap(),
            file_name: "x".to_owned(),
            is_table: false,
        },
        CityFact::Unmounted {
            code: code_of(1).parse().unwrap(),
            reason: "x".to_owned(),
        },
        CityFact::Measured {
            code: code_of(1).parse().unwrap(),
            measurement: Measurement {
                bytes: 1,
                rows: None,
                digest: Digest([1; 32]),
                at: chengji_clock::now(),
            },
        },
        CityFact::Requested {
            submission: requests::submission(&resource.to_string()),
            actor: Principal::Node(zhuzhou).into(),
        },
        CityFact::Moved {
            request,
            mv: Move::Withdraw {
                reason: "x".to_owned(),
            },
            actor: Principal::Node(zhuzhou).into(),
        },
        CityFact::Delivered {
            delivery: delivery.clone(),
            consumer: zhuzhou,
            resumed_at: 0,
        },
        CityFact::Received {
            delivery,
            provider: zhuzhou,
        },
        CityFact::Access(AccessFact::Ended {
            principal: "city/430100/person/officer".parse().unwrap(),
            reason: "x".to_owned(),
        }),
    ]
}

/// A fact at a position.
fn with<F>(at: LogEntry<()>, fact: F) -> LogEntry<F> {
    LogEntry {
        log: at.log,
        epoch: at.epoch,
        seq: at.seq,
        at: at.at,
        principal: at.principal,
        fact,
    }
}

/// A city's fact as an entry at a position.
fn of_city(fact: &CityFact) -> impl Fn(LogEntry<()>) -> Entry + use<> {
    let fact = fact.clone();
    move |at| city_entry_to(&with(at, fact.clone()), rand::random())
}

/// A coordinator's fact as an entry at a position.
fn of_cluster(fact: &ClusterFact) -> impl Fn(LogEntry<()>) -> Entry + use<> {
    let fact = fact.clone();
    move |at| cluster_entry_to(&with(at, fact.clone()), rand::random())
}

/// Entries that 株洲 may not write: each kind in another's name, and some others.
fn forgeries(epoch: Epoch, from: u64, request: &str) -> Vec<Entry> {
    let (zhuzhou, changsha): (Principal, Principal) = (
        "city/430200/node".parse().unwrap(),
        "city/430100/node".parse().unwrap(),
    );
    let own = LogOwner::City(ZHUZHOU.parse().unwrap());
    let others = LogOwner::City(CHANGSHA.parse().unwrap());
    let mut entries: Vec<Entry> = Vec::new();
    let mut add = |log, principal: &Principal, fact: &dyn Fn(LogEntry<()>) -> Entry| {
        let seq = from + entries.len() as u64;
        entries.push(fact(LogEntry {
            log,
            epoch,
            seq,
            at: chengji_clock::now(),
            principal: principal.clone(),
            fact: (),
        }));
    };
    for fact in facts(request) {
        // In another's log, and by another's people in the own log.
        add(others, &zhuzhou, &of_city(&fact));
        add(own, &changsha, &of_city(&fact));
        add(own, &Principal::Coordinator, &of_city(&fact));
    }
    // In the own name: a move in a request of others, others' people, their rights.
    let moved = CityFact::Moved {
        request: request.parse().unwrap(),
        mv: Move::Refuse {
            reason: "x".to_owned(),
            legal_basis: "x".to_owned(),
        },
        actor: zhuzhou.clone().into(),
    };
    add(own, &zhuzhou, &of_city(&moved));
    let stopped = CityFact::Stop {
        target: StopTarget::Request(request.parse().unwrap()),
        act: StopAct::Stopped {
            cause: StopCause::Revoked,
            reason: "x".to_owned(),
            report: None,
        },
        actor: zhuzhou.clone().into(),
    };
    add(own, &zhuzhou, &of_city(&stopped));
    for who in [
        "city/430100/person/officer",
        "operator/mallory",
        "city/430200/node",
    ] {
        let granted = CityFact::Access(AccessFact::Granted {
            principal: who.parse().unwrap(),
            rights: Rights::new([Role::Approver], None).unwrap(),
        });
        add(own, &zhuzhou, &of_city(&granted));
    }
    // A fact that only the coordinator may write.
    let admitted = ClusterFact::Admitted(Member {
        city: "430300".parse().unwrap(),
        name: "x".to_owned(),
        endpoint: "127.0.0.1:1".to_owned(),
        log_key: None,
    });
    add(own, &zhuzhou, &of_cluster(&admitted));
    add(LogOwner::Coordinator, &zhuzhou, &of_cluster(&admitted));
    // A wrong position, and bytes that are not an entry.
    let misplaced = of_city(&facts(request)[0]);
    add(own, &zhuzhou, &|at| {
        misplaced(LogEntry {
            seq: at.seq + 9,
            ..at
        })
    });
    add(own, &zhuzhou, &|_| b"\xff\xffnothing".to_vec().into());
    entries
}

#[test]
fn what_is_not_a_citys_to_say_is_set_aside_and_the_rest_goes_on() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU, "430300"]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let third = cluster.node("430300");
    changsha.import("catalogue.csv");
    cluster.until_followed(CHANGSHA);
    // A request between two others.
    let request = cluster.submit(Input {
        consumer: "430300",
        provider: CHANGSHA,
        code: "103001/000001",
    });
    cluster.until_state("430300", &request, "GRANTED");
    let head = cluster.until_followed(ZHUZHOU)["head"].as_u64().unwrap();
    zhuzhou.terminate();

    // The same node by its certificate; its log continues with forgeries, and at last with genuine entries.
    let mut script = Script::copy_of(zhuzhou, LogOwner::City(city(ZHUZHOU)));
    let forgeries = forgeries(script.epoch, head, &request);
    let forged = forgeries.len() as u64;
    script.entries.extend(forgeries);
    let truth = facts(&request).swap_remove(0);
    let seq = script.append(chengji_clock::now(), truth);
    let impostor = Impostor::node(&cluster, zhuzhou, script);

    let known = eventually("everything of the forged log was looked at", || {
        let known = cluster.city(ZHUZHOU)?;
        (known["position"] == seq + 1).then_some(known)
    });
    println!(
        "{forged} forged entries, {} set aside",
        known["quarantined"]
    );
    assert_eq!(
        impostor.sent_to("coordinator"),
        seq + 1,
        "the attack arrived"
    );
    assert_eq!(known["quarantined"], forged);
    assert_eq!(known["entries"], 1, "the true entry counts");
    let aside = cluster.coordinator.json(&["quarantine"]);
    for entry in aside["entries"].as_array().unwrap() {
        assert_eq!(entry["log"], "city/430200");
        assert_ne!(entry["problem"]["code"], "", "{entry}");
    }
    // No other party is affected.
    let members = cluster.coordinator.json(&["member", "list"]);
    assert_eq!(members["members"].as_array().unwrap().len(), 3);
    let people = cluster.coordinator.json(&["person", "list"]);
    assert_eq!(people["people"].as_array().unwrap().len(), 1);
    cluster.until_state("430300", &request, "GRANTED");
    changsha.cli(&["catalogue", "list"]).ok();
    let before = cluster.city(CHANGSHA).unwrap();
    assert_eq!(
        (&before["quarantined"], &before["entries"]),
        (&0.into(), &69.into())
    );
    third.json(&["directory", "search", "行政区划"]);
}

//! The comparison of the books of all parties at the end of the year.

use std::collections::{BTreeMap, BTreeSet};

use chengji_domain::request::{DueAct, MoveKind};
use chengji_tests::{Cluster, Server, eventually};
use serde_json::{Value, json};

use super::share::{CHANGSHA, CITIES, Year, ZHUZHOU};

/// Kinds that older logs contain, and that nobody makes any more.
const NO_LONGER_MADE: [MoveKind; 2] = [MoveKind::Uphold, MoveKind::Remand];
/// The months whose reports are compared.
const MONTHS: [&str; 5] = ["2026-01", "2026-03", "2026-04", "2026-06", "2026-12"];

/// Overdue notices that are counted as acts, with the party that is counted.
const CHASED: [(&str, &str, &str); 6] = [
    ("ANSWER", "ANSWERED_LATE", "provider"),
    ("OFFER", "OFFERED_LATE", "provider"),
    ("AMENDMENT", "AMENDMENT_ANSWERED_LATE", "provider"),
    ("INCIDENT", "INCIDENT_NOT_FOLLOWED_UP", "provider"),
    ("MENDING", "MENDING_UNFINISHED", "consumer"),
    ("DISPOSAL", "DISPOSED_LATE", "consumer"),
];

/// The act that the logs of consumers show, by its name in the contract.
const USAGE_NOT_RECORDED: &str = "SHOWN_ACT_USAGE_NOT_RECORDED";

/// Compares the books: every request, correction and demand, the counted acts and the reports of months; and checks that
/// the year has had every kind of move and of act.
pub(super) fn agree(year: &Year) {
    let cluster = &year.cluster;
    for city in CITIES {
        cluster.until_followed(city);
    }
    let histories = histories(cluster);
    for kind in MoveKind::ALL {
        let is_expected = !NO_LONGER_MADE.contains(&kind);
        let is_made = histories.iter().any(|history| has(history, kind));
        assert_eq!(is_made, is_expected, "{}", kind.as_str());
    }
    for history in &histories {
        let notices = history["reminders"].as_array().unwrap();
        let different: BTreeSet<String> = notices.iter().map(Value::to_string).collect();
        assert_eq!(different.len(), notices.len(), "once each: {history}");
    }
    // The wait for an approval is shown to the consumer alone.
    let acts = DueAct::ALL.iter().filter(|act| **act != DueAct::Approval);
    let acts: BTreeSet<String> = acts.map(|act| act.as_str().to_uppercase()).collect();
    assert_eq!(year.due(), acts);
    for kind in ["correction", "demand"] {
        matters_agree(cluster, kind);
    }
    acts_agree(cluster);
    usage_agrees(cluster);
    for month in MONTHS {
        reports_agree(cluster, month);
    }
}

/// The history of each request, which is the same at its consumer, its provider and the coordinator.
fn histories(cluster: &Cluster) -> Vec<Value> {
    let requests = requests(&cluster.coordinator);
    let of_cities = CITIES.map(|city| {
        let list = cluster.node(city).json(&["request", "list"]);
        (city, list["requests"].as_array().unwrap().clone())
    });
    let of_cities = BTreeMap::from(of_cities);
    let histories = requests.iter().map(|request| {
        let (consumer, provider) = parties(request);
        let history = history(request);
        let is_known = |city: &str| {
            let mut known = of_cities[city].iter();
            let known = known.find(|known| known["id"] == request["id"]);
            known.map(self::history).as_ref() == Some(&history)
        };
        match is_known(consumer) && is_known(provider) {
            true => history,
            false => agreed(cluster, request),
        }
    });
    histories.collect()
}

/// The history of a request that some party had not followed to its end.
fn agreed(cluster: &Cluster, request: &Value) -> Value {
    let id = request["id"].as_str().unwrap();
    let (consumer, provider) = parties(request);
    eventually(&format!("the parties agree on {id}"), || {
        let [consumer, provider] = [consumer, provider].map(|city| cluster.node(city));
        let servers = [&cluster.coordinator, consumer, provider];
        let show = |server: &Server| server.try_json(&["request", "show", id]);
        let mut views = servers
            .into_iter()
            .map(|server| show(server).as_ref().map(history));
        let first = views.next()??;
        let agree = views.all(|other| other.as_ref() == Some(&first));
        agree.then_some(first)
    })
}

fn requests(coordinator: &Server) -> Vec<Value> {
    let list = coordinator.json(&["request", "list", "--limit", "1000"]);
    list["requests"].as_array().unwrap().clone()
}

/// The consumer and the provider of a request.
fn parties(request: &Value) -> (&str, &str) {
    let provider = request["submission"]["provider"].as_str().unwrap();
    (request["consumer"].as_str().unwrap(), provider)
}

/// What all parties know of a request: its state, its moves in their order, and the reminders.
fn history(request: &Value) -> Value {
    let steps = request["steps"].as_array().into_iter().flatten();
    let steps = steps.map(|step| {
        json!({
            "move": step["move"],
            "party": step["party"],
            "at": step["at"],
            "by": step["actor"]["principal"],
        })
    });
    let reminders = request["reminders"].as_array().into_iter().flatten();
    let reminders = reminders.map(|reminder| {
        json!({
            "act": reminder["act"],
            "deadline": reminder["deadline"],
            "overdue": reminder["overdue"],
        })
    });
    json!({
        "state": request["state"],
        "steps": steps.collect::<Vec<_>>(),
        "reminders": reminders.collect::<Vec<_>>(),
    })
}

/// Returns true if a history has a move of this kind, which is the name of its content in the contract.
fn has(history: &Value, kind: MoveKind) -> bool {
    let name = kind.as_str().replace('-', "_");
    let mut steps = history["steps"].as_array().into_iter().flatten();
    steps.any(|step| !step["move"][&name].is_null())
}

/// Compares the corrections or demands that the coordinator lists with those of the cities: a correction is known to its
/// two, a demand to all.
fn matters_agree(cluster: &Cluster, kind: &str) {
    let whole = matters(&cluster.coordinator, kind);
    assert!(!whole.is_empty(), "no {kind}");
    for city in CITIES {
        let concerned = whole.iter().filter(|(_, matter)| {
            kind == "demand" || matter["consumer"] == city || matter["provider"] == city
        });
        let own = matters(cluster.node(city), kind);
        let (own, concerned): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (own.iter().collect(), concerned.collect());
        assert_eq!(own, concerned, "{kind} of {city}");
    }
}

/// The corrections or demands that a program lists, by number: the cities, the state and the moves in their order.
fn matters(server: &Server, kind: &str) -> BTreeMap<String, Value> {
    let list = server.json(&[kind, "list"]);
    let matters = list["matters"].as_array().unwrap().iter().map(|matter| {
        let steps = matter["steps"].as_array().unwrap().iter();
        let steps = steps.map(|step| json!([step["move"], step["party"], step["at"]]));
        let shown = json!({
            "consumer": matter["consumer"],
            "provider": matter["provider"],
            "state": matter["state"],
            "steps": steps.collect::<Vec<_>>(),
        });
        (text(&matter["id"]), shown)
    });
    matters.collect()
}

/// Compares the acts that the coordinator counts with those that the records of requests show.
fn acts_agree(cluster: &Cluster) {
    let coordinator = &cluster.coordinator;
    let found = eventually("the counted acts are those of the records", || {
        let mut expected = BTreeMap::new();
        for request in requests(coordinator) {
            count(&request, &mut expected);
        }
        let mut counted = counted(coordinator)?;
        counted.retain(|(_, act), _| act != USAGE_NOT_RECORDED);
        (counted == expected).then_some(expected)
    });
    for (city, act) in [
        (ZHUZHOU, "ANSWERED_LATE"),
        (ZHUZHOU, "OFFERED_LATE"),
        (CHANGSHA, "MISUSED"),
        (CHANGSHA, "MENDING_UNFINISHED"),
        (CHANGSHA, "DISPOSED_LATE"),
    ] {
        let key = (city.to_owned(), format!("SHOWN_ACT_{act}"));
        assert!(found.contains_key(&key), "{act} of {city}: {found:?}");
    }
}

/// Numbers of acts by city and act.
type Acts = BTreeMap<(String, String), u64>;

/// Adds the acts that a request shows.
fn count(request: &Value, acts: &mut Acts) {
    let (consumer, provider) = parties(request);
    let mut add = |city: &str, act: &str, times: usize| {
        if times > 0 {
            let key = (city.to_owned(), format!("SHOWN_ACT_{act}"));
            *acts.entry(key).or_default() += times as u64;
        }
    };
    for (due, act, party) in CHASED {
        let due = format!("DUE_ACT_{due}");
        let notices = request["reminders"].as_array().into_iter().flatten();
        let notices = notices.filter(|notice| notice["overdue"] == true && notice["act"] == due);
        let city = if party == "provider" {
            provider
        } else {
            consumer
        };
        // The offer under a return flow is the return.
        let act = match (act, is_returned(request)) {
            ("OFFERED_LATE", true) => "RETURNED_LATE",
            _ => act,
        };
        add(city, act, notices.count());
    }
    let steps = request["steps"].as_array().into_iter().flatten();
    let suspensions = steps.filter(|step| !step["move"]["suspend"].is_null());
    add(consumer, "MISUSED", suspensions.count());
}

/// Returns true for a grant under a return flow.
fn is_returned(request: &Value) -> bool {
    let mut steps = request["steps"].as_array().into_iter().flatten();
    steps.any(|step| {
        let flow = step["move"]["grant"]["return_flow"].as_str();
        flow.is_some_and(|flow| !flow.is_empty())
    })
}

/// Compares the usage records of 长沙 that the coordinator counts as overdue with those that are so by the city's log: the
/// last months of the share that was ended, at least.
fn usage_agrees(cluster: &Cluster) {
    let node = cluster.node(CHANGSHA);
    let auditor = node.enrol("cha.zhang", &["auditor"]);
    let key = (CHANGSHA.to_owned(), USAGE_NOT_RECORDED.to_owned());
    eventually("the counted usage records are those of the log", || {
        let log = node.json_as(&auditor, &["log", "show", "--limit", "100000"]);
        let lines = log["lines"].as_array()?.iter();
        let overdue = lines.filter(|line| line["body"]["usage_reminded"]["overdue"] == true);
        let overdue = overdue.count() as u64;
        let counted = counted(&cluster.coordinator)?;
        (counted.get(&key) == Some(&overdue)).then_some(())
    });
}

/// The acts as the coordinator counts them.
fn counted(coordinator: &Server) -> Option<Acts> {
    let list = coordinator.try_json(&["request", "acts"])?;
    let mut acts = Acts::new();
    for city in list["cities"].as_array()? {
        for act in city["acts"].as_array()? {
            let key = (text(&city["city"]), text(&act["act"]));
            acts.insert(key, act["count"].as_u64()?);
        }
    }
    Some(acts)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Compares the figures of a month that the coordinator and each node count of the node's city.
fn reports_agree(cluster: &Cluster, month: &str) {
    let report = |server: &Server| server.json(&["report", "month", month]);
    let whole = report(&cluster.coordinator);
    for city in CITIES {
        let own = report(cluster.node(city));
        let mut rows = whole["rows"].as_array().unwrap().iter();
        let row = rows.find(|row| row["city"] == city).unwrap();
        for figures in ["provided", "requested", "sent", "received"] {
            let (there, here) = (&row["figures"][figures], &own["total"][figures]);
            assert_eq!(there, here, "{figures} of {city} in {month}");
        }
    }
}

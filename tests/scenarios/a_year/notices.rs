//! The webhook of 长沙 over the year: its receiver is down for two days and redirects for weeks, and in the end it has
//! received the events of the logs.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use chengji_tests::{Cluster, Server, eventually};
use jiff::Timestamp;
use serde_json::Value;

use crate::notifications::receiver::{Answer, Call, LOOPBACK, Receiver, fails, set_up};

/// A position: true for the coordinator's log, false for the city's own.
type Place = (bool, u64);

/// A subscription to all events of a city.
pub(super) struct Notices {
    city: &'static str,
    receiver: Receiver,
    subscription: String,
    /// The first position of the own log whose event is reported, and of the coordinator's.
    from: [u64; 2],
    /// The position from which events were delivered again.
    replayed: Cell<Option<Place>>,
}

impl Notices {
    pub(super) fn begin(city: &'static str, node: &Server) -> Self {
        set_up(node, LOOPBACK);
        let receiver = Receiver::start();
        let subscription = receiver.subscribe(node);
        let from = ["own_position", "coordinator_position"]
            .map(|position| subscription[position].as_u64().unwrap());
        Self {
            city,
            receiver,
            subscription: subscription["id"].as_str().unwrap().to_owned(),
            from,
            replayed: Cell::new(None),
        }
    }

    /// The receiver is down from now on, or redirects.
    pub(super) fn answers(&self, answer: Answer) {
        self.receiver.answers(answer);
    }

    /// Waits until deliveries fail for the reason with this code.
    pub(super) fn until_failing(&self, node: &Server, code: &str) {
        fails(node, code);
    }

    /// The receiver is back, after it was called in vain at this time or later.
    pub(super) fn is_back_after(&self, text: &str) {
        let time: Timestamp = text.parse().unwrap();
        eventually("the receiver is called in vain", || {
            let mut calls = self.receiver.calls().into_iter();
            let in_vain =
                |call: Call| call.answer == Answer::Fails && call.at() >= time.as_second();
            calls.any(in_vain).then_some(())
        });
        self.receiver.answers(Answer::Taken);
    }

    /// The receiver no longer redirects: the dead letters are delivered again, from the first one on.
    pub(super) fn replay(&self, node: &Server) {
        let letters = || {
            let list = node.try_json(&["notify", "dead-letters", &self.subscription])?;
            list["letters"].as_array().cloned()
        };
        let letter = eventually("an event is given up", || letters()?.first().cloned());
        assert_eq!(letter["log"], "coordinator", "{letter}");
        assert_eq!(
            letter["problem"]["message"], "webhook-redirects",
            "{letter}"
        );
        let position = letter["position"].as_u64().unwrap();
        self.replayed.set(Some((true, position)));
        self.receiver.answers(Answer::Taken);
        let position = position.to_string();
        let replay = ["notify", "replay", &self.subscription, "--from", &position];
        node.json(&[&replay[..], &["--coordinator"]].concat());
        eventually("nothing is given up any more", || {
            letters()?.is_empty().then_some(())
        });
    }

    /// Compares the received events with the logs: they are the same, in the same order, each once except those that
    /// were delivered again.
    pub(super) fn agree(&self, cluster: &Cluster) {
        let node = cluster.node(self.city);
        let auditor = node.enrol("shen.ji", &["auditor"]);
        let expected = eventually("every event of the logs is taken", || {
            let (expected, taken) = (self.expected(cluster, &auditor), self.taken());
            let is_taken = |place: &Place| taken.iter().any(|(taken, _)| taken == place);
            expected.keys().all(is_taken).then_some(expected)
        });
        let taken = self.taken();
        assert_eq!(taken.iter().cloned().collect::<BTreeMap<_, _>>(), expected);
        assert!(self.receiver.calls().iter().all(Call::is_signed));

        let replayed = self.replayed.get();
        let first = taken.iter().position(|(place, _)| Some(*place) == replayed);
        let (before, after) = taken.split_at(first.expect("events were delivered again"));
        for (events, is_of_coordinator) in [(&taken[..], false), (before, true), (after, true)] {
            let places = events.iter().map(|(place, _)| *place);
            let places = places.filter(|place| place.0 == is_of_coordinator);
            assert!(places.is_sorted_by(|one, next| one < next));
        }
    }

    /// The events that were taken, in the order of the calls: position and kind.
    fn taken(&self) -> Vec<(Place, String)> {
        let calls = self.receiver.calls().into_iter();
        let taken = calls.filter(|call| call.answer == Answer::Taken);
        taken.map(|call| (place_of(&call), call.kind())).collect()
    }

    /// The events of the two logs for the city, as people read the logs.
    fn expected(&self, cluster: &Cluster, auditor: &Path) -> BTreeMap<Place, String> {
        let show = ["log", "show", "--limit", "100000"];
        let own = cluster.node(self.city).json_as(auditor, &show);
        let coordinators = cluster.coordinator.json(&show);
        let mut events = BTreeMap::new();
        for (is_of_coordinator, page) in [(false, own), (true, coordinators)] {
            let from = self.from[usize::from(is_of_coordinator)];
            for line in page["lines"].as_array().unwrap() {
                let seq = line["seq"].as_u64().unwrap();
                let is_read = seq >= from && (!is_of_coordinator || self.reads(line));
                if is_read && let Some(kind) = self.event_of(&line["body"]) {
                    events.insert((is_of_coordinator, seq), kind.to_owned());
                }
            }
        }
        events
    }

    /// Returns true if an entry of the coordinator is for the city.
    fn reads(&self, line: &Value) -> bool {
        let audience = &line["envelope"]["audience"];
        let mut cities = audience["cities"].as_array().unwrap().iter();
        audience["kind"] == "AUDIENCE_KIND_MEMBERS" || cities.any(|city| city == self.city)
    }

    /// The kind of the event that a fact is for the city.
    fn event_of(&self, body: &Value) -> Option<&'static str> {
        let mut facts = body.as_object()?.iter();
        let (name, fact) = facts.find(|(_, fact)| fact.is_object())?;
        let is_own = |number: &str| {
            let number = fact[number].as_str();
            number.is_some_and(|number| number.starts_with(self.city))
        };
        Some(match name.as_str() {
            "received" => "delivery.received",
            "department_succeeded" => "department.succeeded",
            "department_succession_ended" => "department.split",
            "request_opened" => "request.opened",
            "approval_awaited" => "request.approval-awaited",
            "request_ordered" => "request.moved",
            "stop_noted" => "request.stopped",
            "stop_lift_noted" => "request.resumed",
            "reminded" => nearness(fact),
            "usage_reminded" if fact["overdue"] == true => "usage.overdue",
            "usage_reminded" => "usage.due",
            // The officer acts on the entries of the whole city.
            "catalogue_reminded" if fact["overdue"] == true => "catalogue.deadline-passed",
            "catalogue_reminded" => "catalogue.deadline-near",
            // Demands of others are read by all, and reported to those who have a part in them.
            "matter_reminded" if is_own("matter") => nearness(fact),
            "matter_opened" if is_own("matter") => "matter.opened",
            "matter_ordered" if is_own("matter") => "matter.moved",
            "correction_told" => "correction.told",
            "return_flow_noted" => self.return_event(fact)?,
            "deadline_rules_set" => "rules.changed",
            "holiday_notice_set" => "rules.holidays",
            "membership_status_changed" if fact["status"] == "MEMBERSHIP_STATUS_REMOVED" => {
                "party.left"
            }
            _ => return None,
        })
    }

    /// The kind of the event that an act on a return flow is for the city, if it is below the provider.
    fn return_event(&self, noted: &Value) -> Option<&'static str> {
        let province = noted["provider"].as_str()?.strip_suffix("0000")?;
        if !self.city.starts_with(province) {
            return None;
        }
        match noted["changed"]["act"]["declare"]["to"].as_str() {
            Some(to) if to.is_empty() || to == self.city => Some("return-flow.declared"),
            Some(_) => None,
            None => Some("return-flow.ended"),
        }
    }
}

/// The kind of the event that a reminder is.
fn nearness(reminder: &Value) -> &'static str {
    match reminder["overdue"] == true {
        true => "deadline.passed",
        false => "deadline.near",
    }
}

/// The position in the id of an event.
fn place_of(call: &Call) -> Place {
    let (_, place) = call.id().rsplit_once('_').unwrap();
    let (_, seq) = place.rsplit_once('-').unwrap();
    (place.starts_with("coordinator"), seq.parse().unwrap())
}

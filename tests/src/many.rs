//! Clusters of many cities: nodes within the test's process with their stores in memory, and a coordinator in
//! a process of its own.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use chengji_domain::fact::LogOwner;
use chengji_follow::position;
use chengji_runtime::process::raise_open_files;
use chengji_store::{KeyValue, log};
use jiff::SignedDuration;
use serde_json::Value;

use crate::cluster::Cluster;
use crate::eventually::{BOUND, within};
use crate::impostor::city;
use crate::in_memory::SharedRuntime;
use crate::server::Host;

/// Number of threads of [`each_at_once`]: some more than a machine for tests has processors, since commands wait.
const AT_ONCE: usize = 4;
/// Limits of the coordinator: here, all cities join from one address.
const ONE_ADDRESS: &str = "[limits]\nnewcomer_calls_per_second = 1000\n";
/// Time that each city adds to [`Cluster::bound`].
const PER_CITY: Duration = Duration::from_secs(1);

/// Calls `each` with each item, some at the same time; returns once all have returned.
pub fn each_at_once<T: Sync>(items: &[T], each: impl Fn(&T) + Sync) {
    let each = &each;
    thread::scope(|scope| {
        for first in 0..AT_ONCE {
            scope.spawn(move || items.iter().skip(first).step_by(AT_ONCE).for_each(each));
        }
    });
}

impl Cluster {
    /// A cluster of these cities, with their nodes on one runtime within the test and their stores in memory, and
    /// with the coordinator as a process. Every city is followed and has an officer and a reviewer.
    pub fn of_many(cities: &[String]) -> Self {
        raise_open_files();
        let mut cluster = Self::without_cities(&Host::Process, SignedDuration::ZERO, ONE_ADDRESS);
        let shared = Arc::new(SharedRuntime::new());
        let places: Vec<(&String, u16)> = cities.iter().zip(Self::PORTS).collect();
        let joined = Mutex::new(Vec::new());
        each_at_once(&places, |(city, port)| {
            let node = cluster.join(&Host::Shared(Arc::clone(&shared)), city, *port);
            joined.lock().unwrap().push(((*city).clone(), node));
        });
        cluster.nodes = joined.into_inner().unwrap();
        cluster.shared = Some(shared);
        cluster
    }

    /// Number of tasks of all nodes that have not ended.
    pub fn tasks(&self) -> usize {
        self.shared().tasks()
    }

    /// Maximum time that a condition about all cities may take.
    pub fn bound(&self) -> Duration {
        BOUND + PER_CITY * u32::try_from(self.nodes.len()).unwrap()
    }

    /// Polls until there is a value; fails the test, naming `what`, if none comes within [`Self::bound`].
    #[track_caller]
    pub fn eventually<T>(&self, what: &str, probe: impl FnMut() -> Option<T>) -> T {
        let bound = self.bound();
        within(bound, probe).unwrap_or_else(|| panic!("not within {bound:?}: {what}"))
    }

    /// Waits until the coordinator has read all logs of these cities, their nodes all of the coordinator's, and
    /// everything read is found by searches.
    #[track_caller]
    pub fn until_settled(&self, cities: &[String]) {
        let difference = RefCell::new(String::new());
        let settled = within(self.bound(), || {
            let found = self.difference(cities);
            difference.replace(found.unwrap_or_default());
            difference.borrow().is_empty().then_some(())
        });
        assert!(
            settled.is_some(),
            "not within {:?}: {}",
            self.bound(),
            difference.borrow()
        );
    }

    /// Something that a program does not know yet of another's log.
    fn difference(&self, cities: &[String]) -> Option<String> {
        let called = |words: &[&str]| self.coordinator.try_json(words);
        let (Some(status), Some(list)) = (called(&["status"]), called(&["city", "list"])) else {
            return Some("the coordinator does not answer".to_owned());
        };
        if status["search_index"]["behind"] != 0 {
            return Some(status["search_index"].to_string());
        }
        let known = list["cities"].as_array().unwrap();
        cities.iter().find_map(|city| {
            let known = known.iter().find(|known| known["city"] == city.as_str());
            self.difference_of(city, known.unwrap_or(&Value::Null), &status)
        })
    }

    fn difference_of(&self, code: &str, known: &Value, coordinator: &Value) -> Option<String> {
        let store = self.shared().store(LogOwner::City(city(code)));
        let head = log::head(&*store).unwrap();
        let is_known = known["position"].as_u64() >= Some(head.seq)
            && known["epoch"] == head.epoch.number
            && known["stale_since"].is_null()
            && known["not_followed_since"].is_null()
            && known["alarm"].is_null();
        if !is_known {
            return Some(format!("the log of {code} ends at {head}: {known}"));
        }
        let kv: &dyn KeyValue = &*store;
        let followed = position(kv, LogOwner::Coordinator).unwrap();
        let knows = coordinator["epoch"] == followed.epoch.number
            && coordinator["head"].as_u64() <= Some(followed.seq);
        let head = &coordinator["head"];
        (!knows).then(|| format!("{code} has read the coordinator to {followed} of {head}"))
    }

    fn shared(&self) -> &SharedRuntime {
        self.shared.as_deref().expect("take `Cluster::of_many`")
    }
}

//! The faults of a campaign: programs are killed, clocks moved, disks set back, nodes copied, members
//! suspended, and one lies.

use std::fs;

use chengji_domain::Principal;
use chengji_domain::fact::{CityFact, LogOwner};
use chengji_domain::stop::{StopAct, StopTarget};
use jiff::SignedDuration;
use rand::Rng;

use super::{CITIES, Campaign};
use crate::eventually::eventually;
use crate::impostor::{Impostor, Script, city};
use crate::server::Server;

/// Maximum shift of a clock, seconds: within the coordinator's tolerance.
const MAX_CLOCK: i64 = 240;

impl Campaign {
    pub(super) fn kill(&mut self) -> bool {
        let server = self.any_server();
        server.kill9();
        server.start();
        true
    }

    fn any_server(&mut self) -> &Server {
        match CITIES.get(self.choices.random_range(0..=CITIES.len())) {
            Some(city) => self.cluster.node(city),
            None => &self.cluster.coordinator,
        }
    }

    pub(super) fn move_clock(&mut self) -> bool {
        let seconds = self.choices.random_range(-MAX_CLOCK..=MAX_CLOCK);
        self.any_server()
            .move_clock(SignedDuration::from_secs(seconds));
        true
    }

    /// Sets a city's disk back to a copy made a moment ago, after further activity; with a new epoch, or
    /// without it by mistake. Others have read everything before.
    pub(super) fn restore(&mut self, in_a_new_epoch: bool) -> bool {
        let city = self.any_city();
        println!("       the disk of {city} is set back");
        self.copy_data(city);
        self.goes_on(city);
        for request in self.requests.iter_mut().rev().take(1) {
            request.is_lost_to_its_consumer |= request.consumer == city;
        }
        let node = self.cluster.node(city);
        node.kill9();
        fs::remove_dir_all(node.path("data")).unwrap();
        fs::rename(node.path("copy"), node.path("data")).unwrap();
        if !in_a_new_epoch {
            // The coordinator knows more: the node serves, and appends nothing.
            node.start();
            let before = node.json(&["status"])["head"].clone();
            assert!(!self.submit_from(city), "{city} took a request");
            self.none_stopped_delivers();
            let node = self.cluster.node(city);
            assert_eq!(node.json(&["status"])["head"], before, "{city} appended");
            node.terminate();
        }
        self.begin_epoch(city);
        true
    }

    /// Stops a city's node, copies its data and starts it again.
    fn copy_data(&self, city: &str) {
        let node = self.cluster.node(city);
        node.terminate();
        let _ = fs::remove_dir_all(node.path("copy"));
        node.copy_folder("data", "copy");
        node.start();
    }

    /// Adds activity at a city that the coordinator learns of: at least a request.
    fn goes_on(&mut self, city: &'static str) {
        self.until_read(city);
        self.stop();
        let words = format!("{city} makes a request");
        eventually(&words, || self.submit_from(city).then_some(()));
        self.until_read(city);
    }

    fn begin_epoch(&self, city: &str) {
        let node = self.cluster.node(city);
        let config = node.config.to_str().unwrap();
        node.cli(&["log", "new-epoch", "--config", config]).ok();
        node.start();
    }

    /// Replaces a node by a copy while the coordinator is away, confirms the copy by hand and lets it
    /// diverge. The coordinator notices, and then the original is back.
    pub(super) fn copy(&mut self) -> bool {
        let city = self.any_city();
        println!("       a copy of {city} takes its place");
        self.copy_data(city);
        self.goes_on(city);
        let (coordinator, node) = (&self.cluster.coordinator, self.cluster.node(city));
        coordinator.terminate();
        node.terminate();
        fs::rename(node.path("data"), node.path("original")).unwrap();
        fs::rename(node.path("copy"), node.path("data")).unwrap();
        node.start();
        let confirm = ["log", "confirm", "--reason", "演练"];
        node.cli_as(&node.manager, &confirm).ok();
        // Requests at the copy disappear with it.
        let before = self.requests.len();
        assert!(self.submit_from(city), "the copy appends");
        self.requests.truncate(before);
        let (coordinator, node) = (&self.cluster.coordinator, self.cluster.node(city));
        coordinator.start();
        eventually("the copy is noticed", || {
            let known = self.cluster.city(city)?;
            (!known["alarm"].is_null()).then_some(())
        });
        node.kill9();
        fs::remove_dir_all(node.path("data")).unwrap();
        fs::rename(node.path("original"), node.path("data")).unwrap();
        node.start();
        self.until_read(city);
        true
    }

    /// Sets the coordinator's disk back to a copy made a moment ago, after it has ordered more, all of
    /// which its members know; with a new epoch, or without it by mistake.
    pub(super) fn restore_coordinator(&mut self, in_a_new_epoch: bool) -> bool {
        let coordinator = &self.cluster.coordinator;
        coordinator.terminate();
        let _ = fs::remove_dir_all(coordinator.path("copy"));
        coordinator.copy_folder("data", "copy");
        coordinator.start();
        let city = self.any_city();
        self.goes_on(city);
        self.grant();
        self.until_all_is_read();
        let coordinator = &self.cluster.coordinator;
        coordinator.kill9();
        fs::remove_dir_all(coordinator.path("data")).unwrap();
        fs::rename(coordinator.path("copy"), coordinator.path("data")).unwrap();
        if !in_a_new_epoch {
            // The members know more: the coordinator serves, and appends nothing.
            coordinator.start();
            let before = coordinator.json(&["status"])["head"].clone();
            assert!(!self.suspend(), "the coordinator suspended a member");
            self.none_stopped_delivers();
            let coordinator = &self.cluster.coordinator;
            let after = coordinator.json(&["status"])["head"].clone();
            assert_eq!(after, before, "the coordinator appended");
            coordinator.terminate();
        }
        let coordinator = &self.cluster.coordinator;
        let config = coordinator.config.to_str().unwrap();
        coordinator
            .cli(&["log", "new-epoch", "--config", config])
            .ok();
        coordinator.start();
        true
    }

    pub(super) fn suspend(&mut self) -> bool {
        let city = self.any_city();
        let words = ["member", "suspend", city, "--reason", "演练"];
        self.cluster.coordinator.try_json(&words).is_some()
    }

    /// Replaces a member's node by one that lies in the city's name: it lifts stops of others' requests,
    /// and then disappears with its entries.
    pub(super) fn lie(&mut self) -> bool {
        let Some(at) = self.pick(|request| request.stopped) else {
            return false;
        };
        let (id, provider) = (self.requests[at].id.clone(), self.requests[at].provider);
        let liar = CITIES.into_iter().find(|city| *city != provider).unwrap();
        self.until_read(liar);
        let node = self.cluster.node(liar);
        node.terminate();
        let mut script = Script::copy_of(node, LogOwner::City(city(liar)));
        let last = script.append(
            chengji_clock::now(),
            CityFact::Stop {
                target: StopTarget::Request(id.parse().unwrap()),
                act: StopAct::Lifted {
                    reason: "演练".to_owned(),
                },
                actor: Principal::Node(city(liar)).into(),
            },
        );
        let impostor = Impostor::node(&self.cluster, node, script);
        eventually("the lie has arrived", || {
            (impostor.sent_to("coordinator") > last).then_some(())
        });
        impostor.leave(&self.cluster);
        self.begin_epoch(liar);
        true
    }
}

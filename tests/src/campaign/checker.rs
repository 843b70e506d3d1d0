//! The checker of a campaign: ends all faults, and compares the records of all parties with each other
//! and with the acknowledged acts.

use std::collections::BTreeMap;

use chengji_domain::ErrorCode;
use chengji_proto::status::to_error;
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use jiff::SignedDuration;
use rand::seq::IndexedRandom;
use serde_json::Value;

use super::{Acknowledged, CITIES, Campaign};
use crate::eventually::{BOUND, eventually, within};
use crate::server::Server;

/// A party's view of each request, by its number.
type Records = BTreeMap<String, Value>;

/// The result of comparing the records of a request.
enum Verdict {
    Agreed,
    ToldApart,
    /// Neither yet, which may pass.
    Unsettled,
}

impl Campaign {
    /// Waits until the coordinator has read all of a city's log. If there is an alarm about the log, as
    /// after many epochs, an operator accepts it.
    pub(super) fn until_read(&self, city: &str) {
        self.members_active();
        eventually(&format!("{city} is read to its head"), || {
            self.is_read(city).then_some(())
        });
    }

    fn is_read(&self, city: &str) -> bool {
        let status = self.cluster.node(city).try_json(&["status"]);
        let (Some(status), Some(known)) = (status, self.cluster.city(city)) else {
            return false;
        };
        if !known["alarm"].is_null() {
            let words = ["city", "accept-log", city, "--reason", "演练"];
            let _ = self.cluster.coordinator.cli(&words);
            return false;
        }
        status["unconfirmed"].is_null()
            && known["position"] == status["head"]
            && known["epoch_id"] == status["epoch_id"]
            && known["stale_since"].is_null()
    }

    /// Waits until every party has read every log.
    pub(super) fn until_all_is_read(&self) {
        for city in CITIES {
            self.until_read(city);
        }
        for city in CITIES {
            eventually(&format!("{city} has read the coordinator's log"), || {
                let coordinator = self.cluster.coordinator.try_json(&["status"])?;
                let node = self.cluster.node(city);
                let known = &node.try_json(&["status"])?["following"][0];
                if !known["alarm"].is_null() {
                    let words = ["log", "accept-coordinator", "--reason", "演练"];
                    let _ = node.cli_as(&node.manager, &words);
                    return None;
                }
                let read = known["position"] == coordinator["head"];
                (read && known["epoch_id"] == coordinator["epoch_id"]).then_some(())
            });
        }
    }

    fn members_active(&self) {
        for city in CITIES {
            let _ = self.cluster.coordinator.cli(&["member", "resume", city]);
        }
    }

    /// Sets every clock right, resumes every member, accepts every log with an alarm, and waits until
    /// everything is read.
    pub(super) fn calm_down(&self) {
        for server in self.cluster.servers() {
            server.move_clock(SignedDuration::ZERO);
        }
        self.until_all_is_read();
    }

    /// The first property, with one stopped grant after each step.
    pub(super) fn no_stopped_grant_delivers(&mut self) {
        if let Some(at) = self.pick(|request| request.stopped) {
            self.does_not_deliver(at);
        }
    }

    /// The same with all stopped grants.
    pub(super) fn none_stopped_delivers(&mut self) {
        for at in 0..self.requests.len() {
            if self.requests[at].stopped {
                self.does_not_deliver(at);
            }
        }
    }

    fn does_not_deliver(&mut self, at: usize) {
        let request = &self.requests[at];
        if self.fetches(request).is_ok() {
            self.show_records(&request.id);
            panic!("{} is stopped and was delivered", request.id);
        }
        self.tally.refused_fetches += 1;
    }

    /// Fetches by the certificate of the consumer's node, so that the provider alone decides.
    fn fetches(&self, request: &Acknowledged) -> Result<(), ErrorCode> {
        let files = self.cluster.node(request.consumer).identity();
        let provider = self.cluster.node(request.provider);
        let mut client = DeliveryServiceClient::new(self.cluster.channel(&files, provider));
        let asked = v1::FetchRequest {
            request: request.id.clone(),
            ..Default::default()
        };
        let fetched = self.cluster.wait(async {
            let mut parts = client.fetch(asked).await?.into_inner();
            while parts.message().await?.is_some() {}
            Ok::<_, tonic::Status>(())
        });
        fetched.map_err(|status| to_error(&status).code())
    }

    /// Prints each party's view of a request.
    fn show_records(&self, id: &str) {
        for server in self.cluster.servers() {
            let shown = server.cli(&["request", "show", id]);
            println!("== {} {}\n{shown}", server.program, server.address);
        }
    }

    fn records(server: &Server) -> Option<Records> {
        let mut words = vec!["request", "list"];
        if server.program == "chengji-coordinator" {
            words.extend(["--limit", "1000000"]);
        }
        let list = server.try_json(&words)?;
        let requests = list["requests"].as_array()?.iter();
        let by_id = |request: &Value| Some((request["id"].as_str()?.to_owned(), request.clone()));
        requests.map(by_id).collect()
    }

    /// Checks all properties.
    pub(super) fn compare(&mut self) {
        self.tally.comparisons += 1;
        let (mut agreed, mut unsettled) = (Vec::new(), Vec::new());
        let mut told_apart = 0;
        let settled = within(BOUND, || {
            let nodes: Vec<Records> = CITIES
                .iter()
                .map(|city| Self::records(self.cluster.node(city)))
                .collect::<Option<_>>()?;
            let coordinator = Self::records(&self.cluster.coordinator)?;
            (agreed, unsettled, told_apart) = (Vec::new(), Vec::new(), 0);
            for (at, request) in self.requests.iter().enumerate() {
                match verdict(request, &nodes, &coordinator) {
                    Verdict::Agreed => agreed.push(at),
                    Verdict::ToldApart => told_apart += 1,
                    Verdict::Unsettled => unsettled.push(at),
                }
            }
            unsettled.is_empty().then_some(())
        });
        if settled.is_none() {
            for at in &unsettled {
                println!("{:?}", self.requests[*at]);
                self.show_records(&self.requests[*at].id);
            }
            panic!(
                "the records differ on {} requests, or lack what was acknowledged",
                unsettled.len()
            );
        }
        self.tally.agreed += agreed.len() as u64;
        self.tally.told_apart += told_apart;
        self.none_stopped_delivers();
        self.one_granted_delivers();
        self.compare_catalogues();
        self.one_is_read();
        self.tally.realised += self.cluster.figures_are_those_of_a_replay();
    }

    /// Makes a consumer read what was granted last, if it is still granted.
    fn one_is_read(&self) {
        let usable = |request: &&Acknowledged| request.granted && !request.stopped;
        if let Some(request) = self.requests.iter().rev().find(usable) {
            // Refused where the grant is gone with a disk.
            let consumer = self.cluster.node(request.consumer);
            let _ = consumer.cli(&["fetch", &request.id]);
        }
        self.until_all_is_read();
    }

    /// A grant on which all agree is delivered: without that, refusals would prove nothing.
    fn one_granted_delivers(&mut self) {
        let granted = |request: &&Acknowledged| {
            let shown =
                self.cluster
                    .node(request.provider)
                    .try_json(&["request", "show", &request.id]);
            shown.is_some_and(|shown| shown["state"] == "REQUEST_STATE_GRANTED")
        };
        let usable: Vec<Acknowledged> = self
            .requests
            .iter()
            .rev()
            .filter(|request| request.granted && !request.stopped)
            .filter(granted)
            .take(4)
            .cloned()
            .collect();
        if let Some(request) = usable.choose(&mut self.choices) {
            let delivered = within(BOUND, || self.fetches(request).ok());
            let outcome = self.fetches(request);
            assert!(
                delivered.is_some(),
                "{} is granted: {outcome:?}",
                request.id
            );
            self.tally.deliveries += 1;
        }
    }

    fn compare_catalogues(&mut self) {
        for city in CITIES {
            let node = self.cluster.node(city);
            let published = eventually(&format!("both have the same entries of {city}"), || {
                let own: BTreeMap<String, u64> = node.catalogue().into_iter().collect();
                (own == self.directory(city)?).then_some(own)
            });
            for (of, code) in &self.withdrawn {
                let lost = *of == city && published.contains_key(code);
                assert!(!lost, "the withdrawal of {code} of {city} is lost");
            }
            self.tally.entries += published.len() as u64;
        }
    }

    /// Codes and revisions of a city's entries at the coordinator.
    fn directory(&self, city: &str) -> Option<BTreeMap<String, u64>> {
        let search = ["directory", "search", "--city", city, "--limit", "1000"];
        let found = self.cluster.coordinator.try_json(&search)?;
        let hits = found["hits"].as_array()?.iter();
        hits.map(|hit| {
            let record = &hit["record"];
            let code = record["entry"]["code"].as_str()?.to_owned();
            Some((code, record["revision"].as_u64()?))
        })
        .collect()
    }
}

/// Compares the parties' views of a request with each other and with the acknowledged acts.
fn verdict(request: &Acknowledged, nodes: &[Records], coordinator: &Records) -> Verdict {
    let of = |city: &str| {
        let at = CITIES.iter().position(|known| *known == city);
        at.and_then(|at| nodes[at].get(&request.id))
    };
    let (consumer, provider) = (of(request.consumer), of(request.provider));
    let Some(central) = coordinator.get(&request.id) else {
        return Verdict::Unsettled;
    };
    let state = |record: Option<&Value>| record.map(|record| record["state"].clone());
    let (asked, answers) = (state(consumer), state(provider));
    // A rejected request is unknown to the provider.
    let is_rejected = central["state"] == "REQUEST_STATE_REJECTED";
    let at_provider = answers
        .as_ref()
        .is_some_and(|state| *state == central["state"]);
    let at_consumer = asked
        .as_ref()
        .is_some_and(|state| *state == central["state"]);
    if !provider.is_none_or(|record| keeps(request, record)) {
        return Verdict::Unsettled;
    }
    if (at_provider || (is_rejected && provider.is_none())) && at_consumer {
        return Verdict::Agreed;
    }
    let is_lost = request.is_lost_to_its_consumer && consumer.is_none();
    let explains = |record: &Value| {
        let some = |field: &str| {
            record[field]
                .as_array()
                .is_some_and(|list| !list.is_empty())
        };
        some("attention") || some("refused_moves")
    };
    let records = [consumer, provider, Some(central)];
    let explained = records.into_iter().flatten().any(explains);
    match is_lost || (explained && consumer.is_some()) {
        true => Verdict::ToldApart,
        false => Verdict::Unsettled,
    }
}

/// Returns true if the provider's record has every act that was acknowledged to the provider.
fn keeps(request: &Acknowledged, record: &Value) -> bool {
    let state = record["state"].as_str().unwrap_or_default();
    let state = state.trim_start_matches("REQUEST_STATE_");
    let is_refused = record["refused_moves"]
        .as_array()
        .is_some_and(|moves| !moves.is_empty());
    match (request.granted, request.stopped) {
        (_, true) => state == "SUSPENDED",
        (true, false) => matches!(state, "GRANTED" | "SUSPENDED") || is_refused,
        (false, false) => true,
    }
}

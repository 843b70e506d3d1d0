//! A random campaign: a cluster that is used while its programs are killed, its clocks are moved, its
//! disks are set back and one of its members lies; and a checker that compares the books of all
//! parties. What it asserts:
//!
//! - no grant whose revocation was acknowledged delivers, until its provider resumes it;
//! - no acknowledged act is lost, except by a disk that was set back to before it;
//! - whenever all is calm, the parties agree on every request, or one of them shows that they do not.

use std::fs;
use std::time::{Duration, Instant};

use chengji_domain::fact::{CityFact, LogOwner};
use chengji_domain::stop::{StopAct, StopTarget};
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::Value;

use crate::cluster::Cluster;
use crate::eventually::eventually;
use crate::impostor::{Impostor, Script, city};
use crate::server::Server;

/// The cities of the campaign. Each is consumer and provider.
const CITIES: [&str; 3] = ["430100", "430200", "430300"];
/// A conditional entry of each city with demo data, and the file mounted to it.
const OFFERED: [(&str, &str, &str); 2] = [
    ("430100", "201001/000001", "files/hospitals.csv"),
    ("430200", "201001/000001", "files/hospitals.csv"),
];
/// The longest that a clock is moved, seconds: within what the coordinator allows.
const MAX_CLOCK: i64 = 240;
/// Steps between two comparisons of the books.
const PER_ROUND: u64 = 12;

/// How long a campaign runs, and by which random choices.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The seed of all choices; the same one makes the same choices.
    pub seed: u64,
    /// Steps at most.
    pub steps: u64,
    /// Time at most.
    pub time: Duration,
}

/// What was acknowledged of a request.
#[derive(Clone, Debug)]
struct Acknowledged {
    id: String,
    consumer: &'static str,
    provider: &'static str,
    granted: bool,
    revoked: bool,
}

/// What a campaign did, by kind of step.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Steps by name, and how many of them were acknowledged or took place.
    pub done: std::collections::BTreeMap<&'static str, (u64, u64)>,
    /// Fetches under a revoked grant, all of them refused.
    pub refused_fetches: u64,
    /// Comparisons of the books.
    pub comparisons: u64,
    /// Requests on which the parties agreed when they were compared.
    pub agreed: u64,
    /// Requests on which they differed and one of them said so.
    pub told_apart: u64,
}

/// A campaign under way.
pub struct Campaign {
    cluster: Cluster,
    choices: StdRng,
    requests: Vec<Acknowledged>,
    tally: Tally,
}

/// Runs a campaign; panics, naming seed and step, where an assertion fails.
pub fn run(plan: Plan) -> Tally {
    let mut campaign = Campaign::begin(plan.seed);
    let until = Instant::now() + plan.time;
    for step in 1..=plan.steps {
        if Instant::now() >= until {
            break;
        }
        campaign.step(step);
        if step % PER_ROUND == 0 {
            campaign.calm_down();
            campaign.compare();
        }
    }
    campaign.calm_down();
    campaign.compare();
    campaign.tally
}

impl Campaign {
    fn begin(seed: u64) -> Self {
        let cluster = Cluster::new(&CITIES);
        for (provider, code, file) in OFFERED {
            let node = cluster.node(provider);
            node.import("catalogue.csv");
            node.json(&["catalogue", "mount", code, file]);
            cluster.until_followed(provider);
        }
        Self {
            cluster,
            choices: StdRng::seed_from_u64(seed),
            requests: Vec::new(),
            tally: Tally::default(),
        }
    }

    fn step(&mut self, number: u64) {
        let kind = self.choices.random_range(0..14_u32);
        let (name, took_place) = match kind {
            0..=2 => ("submit", self.submit()),
            3..=4 => ("grant", self.grant()),
            5..=6 => ("revoke", self.revoke()),
            7 => ("resume", self.resume()),
            8 => ("kill", self.kill()),
            9 => ("move a clock", self.move_clock()),
            10 => ("restore", self.restore(true)),
            11 => ("set back", self.restore(false)),
            12 => ("suspend a member", self.suspend()),
            _ => ("lie", self.lie()),
        };
        let tally = self.tally.done.entry(name).or_default();
        tally.0 += 1;
        tally.1 += u64::from(took_place);
        println!(
            "{number:>6} {name}{}",
            if took_place { "" } else { " (refused)" }
        );
        self.no_revoked_grant_delivers();
    }

    fn submit(&mut self) -> bool {
        let (provider, code, _) = *OFFERED.choose(&mut self.choices).unwrap();
        let consumer = CITIES.iter().find(|city| **city != provider).unwrap();
        let words = [
            "request",
            "submit",
            "--provider",
            provider,
            "--code",
            code,
            "--purpose",
            "演练",
            "--basis",
            "《政务数据共享条例》",
            "--scope",
            "全部",
        ];
        let Some(request) = self.cluster.node(consumer).try_json(&words) else {
            return false;
        };
        self.requests.push(Acknowledged {
            id: request["id"].as_str().unwrap().to_owned(),
            consumer,
            provider,
            granted: false,
            revoked: false,
        });
        true
    }

    fn grant(&mut self) -> bool {
        let Some(at) = self.pick(|request| !request.granted) else {
            return false;
        };
        self.acts(at, &["grant"])
            .map(|()| self.requests[at].granted = true)
            .is_some()
    }

    fn revoke(&mut self) -> bool {
        let Some(at) = self.pick(|request| request.granted && !request.revoked) else {
            return false;
        };
        self.acts(at, &["revoke", "--reason", "演练"])
            .map(|()| self.requests[at].revoked = true)
            .is_some()
    }

    fn resume(&mut self) -> bool {
        let Some(at) = self.pick(|request| request.revoked) else {
            return false;
        };
        self.acts(at, &["resume", "--reason", "演练"])
            .map(|()| self.requests[at].revoked = false)
            .is_some()
    }

    fn pick(&mut self, wanted: impl Fn(&Acknowledged) -> bool) -> Option<usize> {
        let found: Vec<usize> = (0..self.requests.len())
            .filter(|at| wanted(&self.requests[*at]))
            .collect();
        found.choose(&mut self.choices).copied()
    }

    /// Has the provider act on a request; nothing where it was refused.
    fn acts(&self, at: usize, words: &[&str]) -> Option<()> {
        let Acknowledged { id, provider, .. } = &self.requests[at];
        let words = [&["request", words[0], id], &words[1..]].concat();
        let done = self.cluster.node(provider).try_json(&words).map(drop);
        let outcome = if done.is_some() {
            "acknowledged"
        } else {
            "refused"
        };
        println!("       {} {id} at {provider}: {outcome}", words[1]);
        done
    }

    fn kill(&mut self) -> bool {
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

    fn move_clock(&mut self) -> bool {
        let seconds = self.choices.random_range(-MAX_CLOCK..=MAX_CLOCK);
        self.any_server()
            .move_clock(SignedDuration::from_secs(seconds));
        true
    }

    /// Sets a city's disk back to a copy made a moment ago, after more has happened; with a new epoch,
    /// or as somebody does who forgets it. What others know of the city was read before.
    fn restore(&mut self, in_a_new_epoch: bool) -> bool {
        let city = *CITIES.choose(&mut self.choices).unwrap();
        println!("       the disk of {city} is set back");
        let node = self.cluster.node(city);
        node.terminate();
        let _ = fs::remove_dir_all(node.path("copy"));
        node.copy_folder("data", "copy");
        node.start();
        self.revoke();
        self.submit();
        let node = self.cluster.node(city);
        self.until_read(city);
        node.kill9();
        fs::remove_dir_all(node.path("data")).unwrap();
        fs::rename(node.path("copy"), node.path("data")).unwrap();
        if !in_a_new_epoch {
            // The coordinator knows more: the node serves, and appends nothing.
            node.start();
            let before = node.json(&["status"])["head"].clone();
            self.submit();
            let node = self.cluster.node(city);
            assert_eq!(node.json(&["status"])["head"], before, "{city} appended");
            node.terminate();
        }
        self.begin_epoch(city);
        true
    }

    fn begin_epoch(&self, city: &str) {
        let node = self.cluster.node(city);
        let config = node.config.to_str().unwrap();
        node.cli(&["log", "new-epoch", "--config", config]).ok();
        node.start();
    }

    /// Waits until the coordinator has read all that a city's log has, as far as it does.
    fn until_read(&self, city: &str) {
        self.members_active();
        self.cluster.until_followed(city);
    }

    fn suspend(&mut self) -> bool {
        let city = *CITIES.choose(&mut self.choices).unwrap();
        let words = ["member", "suspend", city, "--reason", "演练"];
        self.cluster.coordinator.try_json(&words).is_some()
    }

    fn members_active(&self) {
        for city in CITIES {
            let _ = self.cluster.coordinator.cli(&["member", "resume", city]);
        }
    }

    /// A member's node is replaced by one that lies in the city's name: it lifts stops of requests
    /// that are not its own, and then disappears with what it said.
    fn lie(&mut self) -> bool {
        let Some(at) = self.pick(|request| request.revoked) else {
            return false;
        };
        let (id, provider) = (self.requests[at].id.clone(), self.requests[at].provider);
        let liar = CITIES.into_iter().find(|city| *city != provider).unwrap();
        self.until_read(liar);
        let node = self.cluster.node(liar);
        node.terminate();
        let mut script = Script::copy_of(node, LogOwner::City(city(liar)));
        let last = script.say(
            chengji_clock::now(),
            CityFact::Stop {
                target: StopTarget::Request(id.parse().unwrap()),
                act: StopAct::Lifted {
                    reason: "演练".to_owned(),
                },
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

    /// The first property. One revoked grant is tried after each step.
    fn no_revoked_grant_delivers(&mut self) {
        let Some(at) = self.pick(|request| request.revoked) else {
            return;
        };
        let Acknowledged { id, consumer, .. } = &self.requests[at];
        let exit = self.cluster.node(consumer).cli(&["fetch", id]);
        if exit.code == Some(0) {
            self.show_books(id);
        }
        assert_ne!(
            exit.code,
            Some(0),
            "{id} is revoked and was delivered: {exit}"
        );
        self.tally.refused_fetches += 1;
    }

    /// Prints what each party shows of a request.
    fn show_books(&self, id: &str) {
        let nodes = CITIES.iter().map(|city| self.cluster.node(city));
        for server in nodes.chain([&self.cluster.coordinator]) {
            let shown = server.cli(&["request", "show", id]);
            println!("== {} {}\n{shown}", server.program, server.address);
        }
    }

    /// Puts every clock right, starts what does not run, resumes every member, accepts every log that
    /// is looked at with suspicion, and waits until everything is read.
    fn calm_down(&self) {
        let cluster = &self.cluster;
        for server in CITIES
            .iter()
            .map(|city| cluster.node(city))
            .chain([&cluster.coordinator])
        {
            server.move_clock(SignedDuration::ZERO);
        }
        self.members_active();
        for city in CITIES {
            if cluster
                .city(city)
                .is_some_and(|known| !known["alarm"].is_null())
            {
                let words = ["city", "accept-log", city, "--reason", "演练"];
                let _ = cluster.coordinator.cli(&words);
            }
        }
        for city in CITIES {
            cluster.until_followed(city);
        }
    }

    /// The second and third property.
    fn compare(&mut self) {
        self.tally.comparisons += 1;
        for request in self.requests.clone() {
            let agreed = eventually(
                &format!("the books agree on {}, or say so", request.id),
                || self.books_agree(&request),
            );
            if agreed {
                self.tally.agreed += 1;
            } else {
                self.tally.told_apart += 1;
            }
        }
        for at in 0..self.requests.len() {
            if self.requests[at].revoked {
                let Acknowledged { id, consumer, .. } = &self.requests[at];
                let exit = self.cluster.node(consumer).cli(&["fetch", id]);
                assert_ne!(
                    exit.code,
                    Some(0),
                    "{id} is revoked and was delivered: {exit}"
                );
                self.tally.refused_fetches += 1;
            }
        }
    }

    /// Whether the parties show a request in one state; nothing while neither that is so nor any of
    /// them shows a difference.
    fn books_agree(&self, request: &Acknowledged) -> Option<bool> {
        let show = ["request", "show", &request.id];
        let books = [
            self.cluster.node(request.consumer).try_json(&show),
            self.cluster.node(request.provider).try_json(&show),
            self.cluster.coordinator.try_json(&show),
        ];
        let states: Vec<Option<&Value>> = books
            .iter()
            .map(|book| book.as_ref().map(|book| &book["state"]))
            .collect();
        if states[0] == states[1] && states[1] == states[2] {
            return Some(true);
        }
        let says_so = |book: &Value| {
            let some = |field: &str| book[field].as_array().is_some_and(|list| !list.is_empty());
            some("attention") || some("refused_moves")
        };
        // A request that its consumer's restored log has lost is in nobody else's hands.
        let lost = books[0].is_none();
        (lost || books.iter().flatten().any(says_so)).then_some(false)
    }
}

//! A random campaign: a cluster in use while its programs are killed, its clocks moved, its disks set
//! back, its nodes copied and one of its members lies; and a checker that compares the records of all
//! parties. It asserts:
//!
//! - no grant whose stop was acknowledged delivers, until its provider lifts the stop; the provider's
//!   node is called with the consumer's certificate, whatever the consumer's own record is;
//! - no acknowledged act is lost, except by a disk that was set back to before it;
//! - without faults in progress, the parties agree on every request and on each city's publications, or
//!   one of them reports a difference; and grants on which all agree are delivered;
//! - then the figures of the sharing rate are those of a replay of the logs.

mod checker;
mod faults;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use crate::calls::importing;
use crate::cluster::Cluster;

/// The cities of the campaign. Each is a consumer.
const CITIES: [&str; 3] = ["430100", "430200", "430300"];
/// A conditional entry of each provider, and the file mounted to it.
const OFFERED: [(&str, &str, &str); 2] = [
    ("430100", "201001/000001", "files/hospitals.csv"),
    ("430200", "201001/000001", "files/hospitals.csv"),
];
/// Steps between two comparisons of the records.
const PER_ROUND: u64 = 12;
/// Lines of each program's output that are shown where an assertion fails.
const LINES_SHOWN: usize = 60;
/// Requests that are still acted on: the newest.
const ACTED_ON: usize = 60;

/// Duration and seed of a campaign.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The seed of all random choices; equal seeds give equal choices.
    pub seed: u64,
    /// Maximum number of steps.
    pub steps: u64,
    /// Maximum duration.
    pub time: Duration,
}

/// The acknowledged state of a request.
#[derive(Clone, Debug)]
struct Acknowledged {
    id: String,
    consumer: &'static str,
    provider: &'static str,
    granted: bool,
    stopped: bool,
    /// True if its consumer's disk was set back to before it was made.
    is_lost_to_its_consumer: bool,
}

/// Counts of a campaign, by kind of step.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Steps by name, with the number of those that were acknowledged or took place.
    pub done: BTreeMap<&'static str, (u64, u64)>,
    /// Fetches under a stopped grant, all of them refused.
    pub refused_fetches: u64,
    /// Fetches under a grant on which all agreed, all of them delivered.
    pub deliveries: u64,
    /// Comparisons of the records.
    pub comparisons: u64,
    /// Requests on which the parties agreed when they were compared.
    pub agreed: u64,
    /// Requests on which the parties differed and one of them reported it, or that were lost with a disk.
    pub told_apart: u64,
    /// Entries that a city had published when they were compared, equal in both records.
    pub entries: u64,
    /// Realised entries in the figures that were compared with a replay.
    pub realised: u64,
}

/// A campaign in progress.
pub struct Campaign {
    cluster: Cluster,
    choices: StdRng,
    requests: Vec<Acknowledged>,
    /// Number of requests made: each has another purpose, so that no two entries of two logs are alike.
    made: u64,
    /// City and code of the entries whose withdrawal was acknowledged.
    withdrawn: BTreeSet<(&'static str, String)>,
    tally: Tally,
}

/// Runs a campaign; panics, naming the step, where an assertion fails.
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
    std::mem::take(&mut campaign.tally)
}

/// Prints the last output of the programs where an assertion fails.
impl Drop for Campaign {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for server in self.cluster.servers() {
            let explained = server.output();
            let lines: Vec<&str> = explained.lines().rev().take(LINES_SHOWN).collect();
            println!("== {} {} explained last", server.program, server.address);
            for line in lines.iter().rev() {
                println!("{line}");
            }
        }
    }
}

impl Campaign {
    fn begin(seed: u64) -> Self {
        let cluster = Cluster::of_processes(&CITIES);
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
            made: 0,
            withdrawn: BTreeSet::new(),
            tally: Tally::default(),
        }
    }

    fn step(&mut self, number: u64) {
        let kind = self.choices.random_range(0..19_u32);
        let (name, took_place) = match kind {
            0..=2 => ("submit", self.submit()),
            3..=4 => ("grant", self.grant()),
            5..=6 => ("stop", self.stop()),
            7 => ("lift a stop", self.lift_stop()),
            8 => ("withdraw an entry", self.withdraw()),
            9 => ("publish", self.publish()),
            10 => ("kill", self.kill()),
            11 => ("move a clock", self.move_clock()),
            12 => ("restore", self.restore(true)),
            13 => ("set back", self.restore(false)),
            14 => ("copy a node", self.copy()),
            15 => ("suspend a member", self.suspend()),
            16 => ("lie", self.lie()),
            17 => ("restore the coordinator", self.restore_coordinator(true)),
            _ => ("set the coordinator back", self.restore_coordinator(false)),
        };
        let tally = self.tally.done.entry(name).or_default();
        tally.0 += 1;
        tally.1 += u64::from(took_place);
        println!(
            "{number:>6} {name}{}",
            if took_place { "" } else { " (refused)" }
        );
        self.no_stopped_grant_delivers();
    }

    fn any_city(&mut self) -> &'static str {
        CITIES.choose(&mut self.choices).unwrap()
    }

    fn submit(&mut self) -> bool {
        let consumer = self.any_city();
        self.submit_from(consumer)
    }

    fn submit_from(&mut self, consumer: &'static str) -> bool {
        let others: Vec<_> = OFFERED
            .iter()
            .filter(|(provider, ..)| *provider != consumer)
            .collect();
        let (provider, code, _) = **others.choose(&mut self.choices).unwrap();
        self.made += 1;
        let purpose = format!("演练{}", self.made);
        let words = [
            "request",
            "submit",
            "--provider",
            provider,
            "--code",
            code,
            "--purpose",
            &purpose,
            "--basis",
            "《政务数据共享条例》",
            "--scenario",
            "演练中逐件核验",
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
            stopped: false,
            is_lost_to_its_consumer: false,
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

    fn stop(&mut self) -> bool {
        let Some(at) = self.pick(|request| request.granted && !request.stopped) else {
            return false;
        };
        let words = [
            "stop",
            "--cause",
            "incident",
            "--reason",
            "演练",
            "--reported-to",
            "市委网信办",
        ];
        self.acts(at, &words)
            .map(|()| self.requests[at].stopped = true)
            .is_some()
    }

    fn lift_stop(&mut self) -> bool {
        let Some(at) = self.pick(|request| request.stopped) else {
            return false;
        };
        self.acts(at, &["lift-stop", "--reason", "演练"])
            .map(|()| self.requests[at].stopped = false)
            .is_some()
    }

    /// One of the newest requests, at random.
    fn pick(&mut self, wanted: impl Fn(&Acknowledged) -> bool) -> Option<usize> {
        let newest = self.requests.len().saturating_sub(ACTED_ON);
        let found: Vec<usize> = (newest..self.requests.len())
            .filter(|at| wanted(&self.requests[*at]))
            .collect();
        found.choose(&mut self.choices).copied()
    }

    /// Makes the provider act on a request; `None` where it was refused.
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

    /// Withdraws an entry that is not requested.
    fn withdraw(&mut self) -> bool {
        let (city, offered, _) = *OFFERED.choose(&mut self.choices).unwrap();
        let node = self.cluster.node(city);
        let codes: Vec<String> = node.catalogue().into_iter().map(|(code, _)| code).collect();
        let codes: Vec<&String> = codes.iter().filter(|code| *code != offered).collect();
        let Some(code) = codes.choose(&mut self.choices) else {
            return false;
        };
        let ask = ["catalogue", "withdraw", code, "--reason", "演练"];
        let withdrawn = node.cli(&ask).code == Some(0) && self.approves(city);
        if withdrawn {
            self.withdrawn.insert((city, (*code).clone()));
        }
        withdrawn
    }

    /// Publishes a withdrawn entry again.
    fn publish(&mut self) -> bool {
        let (city, ..) = *OFFERED.choose(&mut self.choices).unwrap();
        self.withdrawn.retain(|(of, _)| *of != city);
        let node = self.cluster.node(city);
        let sheet = node.path("shared/catalogue.csv");
        let import = node.cli(&importing(&sheet, &["--skip-invalid"]));
        import.code == Some(0) && self.approves(city)
    }

    fn approves(&self, city: &str) -> bool {
        let node = self.cluster.node(city);
        let approve = ["catalogue", "approve", "--all", "--yes"];
        node.cli_as(&node.reviewer, &approve).code == Some(0)
    }
}

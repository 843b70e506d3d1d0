//! Many cities at one coordinator: they join, publish, search and share; a third of them leave and come back, some
//! are suspended meanwhile, and the coordinator restarts. Everything settles unaided, and the sharing rate is that of
//! a replay of all logs.
//!
//! Few cities, unless the variable says how many.

use std::ops::Range;
use std::time::Instant;

use chengji_domain::tables::Table;
use chengji_proto::v1;
use chengji_proto::v1::import_request::Step;
use chengji_tests::{Cluster, Input, code_of, each_at_once, entry};
use serde_json::Value;

use crate::at_once::summary;

/// The variable with the number of cities.
const NUMBER: &str = "CHENGJI_TEST_CITIES";
const FEW: usize = 12;
/// Number of entries that each city publishes after it joined.
const ENTRIES: u64 = 10;
/// A word in the name of every entry.
const WORD: &str = "登记信息";
/// The file that a provider mounts.
const FILE: &str = "data.bin";
/// One pair of a provider and a consumer for this many cities.
const PER_PAIR: usize = 10;
/// One of this many cities leaves and comes back.
const PER_LEAVING: usize = 3;
/// One of this many of those that stay is suspended for a time.
const PER_SUSPENDED: usize = 8;
const MAX_MEMORY: u64 = 800 << 20;
const REASON: [&str; 2] = ["--reason", "演练"];

/// The codes of cities in force, as many as the variable says.
fn cities() -> Vec<String> {
    let number = std::env::var(NUMBER).map_or(FEW, |number| number.parse().unwrap());
    let rows = Table::Divisions.built_in().lines();
    let rows = rows.filter(|row| !row.starts_with('#'));
    let codes = rows.filter_map(|row| {
        let mut columns = row.split(',');
        let (code, level) = (columns.next()?, columns.nth(1)?);
        let in_force = columns.nth(1) == Some("");
        (level == "city" && in_force).then(|| code.to_owned())
    });
    let codes: Vec<String> = codes.take(number).collect();
    assert_eq!(codes.len(), number, "so many cities there are");
    codes
}

fn name(city: &str, serial: u64) -> String {
    format!("{city}第{serial}号{WORD}")
}

/// A cluster, and what it was seen to take.
struct Many {
    cities: Vec<String>,
    cluster: Cluster,
    /// Number of entries that were published.
    published: u64,
}

impl Many {
    fn join() -> Self {
        let cities = cities();
        let begun = Instant::now();
        let cluster = Cluster::of_many(&cities);
        cluster.until_settled(&cities);
        let this = Self {
            cities,
            cluster,
            published: 0,
        };
        this.took("to join, with two people each", begun);
        this
    }

    fn took(&self, what: &str, begun: Instant) {
        let memory = self.cluster.coordinator.resident_memory() >> 20;
        let (number, tasks) = (self.cities.len(), self.cluster.tasks());
        let elapsed = begun.elapsed();
        println!(
            "{number} cities {what}: {elapsed:.1?}; coordinator {memory} MiB; nodes {tasks} tasks"
        );
    }

    /// Publishes new entries at these cities, which the coordinator then finds.
    fn publish(&mut self, cities: &[String], serials: Range<u64>) {
        let begun = Instant::now();
        each_at_once(cities, |city| self.publish_at(city, serials.clone()));
        self.took("to publish", begun);
        self.published += cities.len() as u64 * (serials.end - serials.start);
        let words = ["directory", "search", WORD, "--limit", "1"];
        self.cluster.eventually("everything is found", || {
            let found = self.cluster.coordinator.try_json(&words)?;
            (found["total"] == self.published).then_some(())
        });
        self.took("to publish and be found", begun);
    }

    fn publish_at(&self, city: &str, serials: Range<u64>) {
        let node = self.cluster.node(city);
        let number = serials.end - serials.start;
        let entries = serials.map(|serial| v1::ImportEntry {
            line: serial + 1,
            entry: Some(v1::CatalogueEntry {
                name: name(city, serial),
                ..entry(serial, 100)
            }),
        });
        let steps = [
            Step::Start(v1::ImportStart {
                entries: number,
                ..v1::ImportStart::default()
            }),
            Step::Entries(v1::ImportEntries {
                entries: entries.collect(),
            }),
        ];
        let steps = steps.map(|step| v1::ImportRequest { step: Some(step) });
        let channel = self.cluster.channel(&node.officer(), node);
        let imported = self.cluster.wait(summary(channel, steps.to_vec())).unwrap();
        assert_eq!(imported.added, number, "{imported:?}");
        assert_eq!(node.approve(), number);
    }

    /// Each city finds an entry of the next one by its name.
    fn search(&self) {
        let begun = Instant::now();
        let next = self.cities.iter().cycle().skip(1);
        let pairs: Vec<(&String, &String)> = self.cities.iter().zip(next).collect();
        each_at_once(&pairs, |(city, other)| {
            let words = ["directory", "search", &name(other, 3), "--limit", "5"];
            let found = self.cluster.node(city).json(&words);
            let first = &found["hits"][0]["record"];
            assert_eq!(first["city"], other.as_str(), "{found}");
            assert_eq!(first["entry"]["code"], code_of(3), "{found}");
        });
        self.took("to search once each", begun);
    }

    /// Some cities read a file of another; returns how many.
    fn share(&self) -> u64 {
        let begun = Instant::now();
        let pairs: Vec<&[String]> = self.cities.chunks_exact(2).step_by(PER_PAIR / 2).collect();
        let code = code_of(0);
        each_at_once(&pairs, |pair| {
            let provider = self.cluster.node(&pair[0]);
            std::fs::write(provider.path("shared").join(FILE), &pair[0]).unwrap();
            provider.json(&["catalogue", "mount", &code, FILE]);
        });
        self.cluster.until_settled(&self.cities);
        each_at_once(&pairs, |pair| {
            let [provider, consumer] = pair else {
                panic!("an even number of cities")
            };
            let input = Input {
                consumer,
                provider,
                code: &code,
            };
            let id = self.cluster.submit(input);
            self.cluster.until_state(consumer, &id, "GRANTED");
            self.cluster.node(consumer).json(&["fetch", &id]);
        });
        self.cluster.until_settled(&self.cities);
        self.took("of which one in ten shared a file", begun);
        pairs.len() as u64
    }

    /// Stops the nodes of these cities, and waits until the coordinator has noticed.
    fn leave(&self, leaving: &[String]) {
        let begun = Instant::now();
        each_at_once(leaving, |city| self.cluster.node(city).terminate());
        self.until_all(leaving, "stale_since");
        self.took("until a third was seen to have left", begun);
        // Their last good catalogues are still found.
        let words = ["directory", "search", WORD, "--city", &leaving[0]];
        let found = self.cluster.coordinator.json(&words);
        assert_eq!(found["total"], ENTRIES, "{found}");
    }

    fn change_members(&self, cities: &[String], change: &str) {
        for city in cities {
            let words = [&["member", change, city], &REASON[..]].concat();
            self.cluster.coordinator.cli(&words).ok();
        }
    }

    /// Waits until the coordinator shows this field of each city.
    fn until_all(&self, cities: &[String], field: &str) {
        self.cluster.eventually(field, || {
            let list = self.cluster.coordinator.try_json(&["city", "list"])?;
            let known = list["cities"].as_array()?;
            let shown = |city: &&Value| !city[field].is_null();
            let found = known.iter().filter(shown).filter_map(|city| {
                let code = city["city"].as_str()?;
                cities.iter().find(|city| *city == code)
            });
            (found.count() == cities.len()).then_some(())
        });
    }

    fn come_back(&self, left: &[String], suspended: &[String]) {
        let begun = Instant::now();
        each_at_once(left, |city| self.cluster.node(city).start());
        self.change_members(suspended, "resume");
        self.took("until a third was started again", begun);
        self.cluster.until_settled(&self.cities);
        self.took("to settle after a third came back", begun);
    }

    fn restart_the_coordinator(&self) {
        let begun = Instant::now();
        self.cluster.coordinator.terminate();
        self.cluster.coordinator.start();
        self.took("until the coordinator served again", begun);
        self.cluster.until_settled(&self.cities);
        self.took("to settle after the coordinator's restart", begun);
    }
}

#[test]
fn many_cities_settle_unaided_and_their_rate_is_that_of_a_replay() {
    let mut many = Many::join();
    let cities = many.cities.clone();
    let every = |cities: &[String], step: usize| -> Vec<String> {
        cities.iter().step_by(step).cloned().collect()
    };
    many.publish(&cities, 0..ENTRIES);
    many.search();
    let read = many.share();
    let tasks = many.cluster.tasks();

    let leaving = every(&cities, PER_LEAVING);
    let (_, staying): (Vec<_>, Vec<_>) = cities.iter().cloned().partition(|c| leaving.contains(c));
    let suspended = every(&staying, PER_SUSPENDED);
    let (_, others): (Vec<_>, Vec<_>) = staying.into_iter().partition(|c| suspended.contains(c));
    many.leave(&leaving);
    many.change_members(&suspended, "suspend");
    many.until_all(&suspended, "not_followed_since");
    each_at_once(&others, |city| many.publish_at(city, ENTRIES..ENTRIES + 1));
    many.published += others.len() as u64;
    many.come_back(&leaving, &suspended);
    many.publish(&leaving, ENTRIES..ENTRIES + 1);

    many.restart_the_coordinator();
    many.publish(&suspended, ENTRIES..ENTRIES + 1);
    many.search();
    many.cluster.until_settled(&cities);
    let no_more = || (many.cluster.tasks() <= tasks).then_some(());
    many.cluster
        .eventually("nodes that stopped have left no task", no_more);
    // Of the present and of the past.
    assert_eq!(many.cluster.figures_are_those_of_a_replay(), 2 * read);
    let memory = many.cluster.coordinator.resident_memory();
    assert!(memory < MAX_MEMORY, "{memory} bytes");
}

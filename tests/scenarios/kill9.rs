//! Power cuts: programs are killed in the middle of all their activities, and nothing that was
//! acknowledged is lost, duplicated or half done.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;

use chengji_proto::v1;
use chengji_proto::v1::body::Fact;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_proto::v1::import_response::Event as ImportEvent;
use chengji_proto::v1::receive_response::Event;
use chengji_tests::{Cluster, Server, call, code_of, eventually, identity_of};
use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};

use crate::at_once::steps;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

/// Number of kills, a quarter for each activity.
const KILLS: u64 = 32;
/// Number of entries in one import, some ten durable pieces.
const ENTRIES: u64 = 300;
/// Size of the delivered file, bytes.
const BYTES: usize = 64 << 20;

#[test]
fn whatever_is_killed_whenever_everything_acknowledged_is_there_once() {
    let seed = std::env::var("CHENGJI_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(rand::random);
    println!("CHENGJI_TEST_SEED={seed}");
    let mut story = Story::begin(StdRng::seed_from_u64(seed));
    for round in 0..KILLS {
        match round % 4 {
            0 => story.importing(Victim::Provider),
            1 => story.importing(Victim::Coordinator),
            2 => story.asking(&format!("key-{round}")),
            // In turn, so that both sides are killed with every seed.
            _ => story.delivering(ANYBODY[(round / 4 % 3) as usize]),
        }
    }
    story.nothing_is_lost_or_doubled();
    story.deliveries_are_on_record();
    story.every_request_was_opened_and_answered_once();
    story.indexes_agree();
    // The kills interrupted some activities.
    println!(
        "{} imports broken off, {} fetches resumed",
        story.broken, story.resumed
    );
    assert!(story.broken > 0, "no import was broken off");
    assert!(story.resumed > 0, "no fetch was resumed");
}

#[derive(Clone, Copy, Debug)]
enum Victim {
    Provider,
    Consumer,
    Coordinator,
}

const ANYBODY: [Victim; 3] = [Victim::Provider, Victim::Consumer, Victim::Coordinator];

struct Story {
    cluster: Cluster,
    rng: StdRng,
    /// Number of acknowledged entries; their serials count from 0.
    entries: u64,
    request: String,
    /// Further acknowledged requests.
    asked: Vec<String>,
    /// Number of imports that were interrupted.
    broken: usize,
    /// Number of fetches whose end was reported.
    fetched: usize,
    /// Number of fetches that resumed an interrupted one.
    resumed: usize,
}

/// The outcome of a fetch during which a program was killed.
#[derive(Debug, Default)]
struct Fetch {
    began_at: u64,
    done: Option<v1::Reception>,
}

impl Story {
    /// Two cities, and a grant for a large file.
    fn begin(mut rng: StdRng) -> Self {
        let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
        let provider = cluster.node(ZHUZHOU);
        let mut content = vec![0; BYTES];
        rng.fill_bytes(&mut content);
        fs::write(provider.path("shared/large.bin"), content).unwrap();
        let mut story = Self {
            cluster,
            rng,
            entries: 0,
            request: String::new(),
            asked: Vec::new(),
            broken: 0,
            fetched: 0,
            resumed: 0,
        };
        assert_eq!(story.import(0..1, None), 1);
        assert_eq!(story.server(Victim::Provider).approve(), 1);
        story.entries = 1;
        let (cluster, code) = (&story.cluster, code_of(0));
        cluster
            .node(ZHUZHOU)
            .json(&["catalogue", "mount", &code, "large.bin"]);
        cluster.until_followed(ZHUZHOU);
        let request = cluster.ask(&code);
        cluster.until_state(CHANGSHA, &request, "GRANTED");
        story.request = request;
        story
    }

    fn server(&self, victim: Victim) -> &Server {
        match victim {
            Victim::Provider => self.cluster.node(ZHUZHOU),
            Victim::Consumer => self.cluster.node(CHANGSHA),
            Victim::Coordinator => &self.cluster.coordinator,
        }
    }

    /// Kills a program during an import: afterwards all of it is there or nothing, and all if any was
    /// acknowledged. It is repeated until it is complete, and published.
    fn importing(&mut self, victim: Victim) {
        let serials = self.entries..self.entries + ENTRIES;
        let after = self.rng.random_range(0..ENTRIES);
        let acknowledged = self.import(serials.clone(), Some((victim, after)));
        self.server(victim).start();
        let there = self.submitted();
        assert!(
            there == 0 || there == ENTRIES,
            "{there} of {ENTRIES} entries"
        );
        assert!(
            acknowledged == 0 || there == ENTRIES,
            "{acknowledged} were acknowledged"
        );
        self.broken += usize::from(acknowledged < ENTRIES);
        assert_eq!(self.import(serials.clone(), None), ENTRIES);
        assert_eq!(self.server(Victim::Provider).approve(), ENTRIES);
        self.are_published_once(serials);
        self.entries += ENTRIES;
    }

    /// Number of entries that wait for review at the provider.
    fn submitted(&self) -> u64 {
        let provider = self.server(Victim::Provider);
        let pending = provider.json(&["catalogue", "pending", "--state", "submitted"]);
        pending["lifecycles"].as_array().unwrap().len() as u64
    }

    /// Imports these entries and kills the victim once a number of them are durable; returns the number
    /// that the node has acknowledged.
    fn import(&self, serials: Range<u64>, kill: Option<(Victim, u64)>) -> u64 {
        let whole = serials.end - serials.start;
        let steps = tokio_stream::iter(steps(serials));
        let provider = self.server(Victim::Provider);
        let channel = self.cluster.channel(&provider.officer(), provider);
        let mut kill = kill;
        let mut acknowledged = 0;
        self.cluster.wait(async {
            let mut client = CatalogueServiceClient::new(channel);
            let mut responses = client.import(steps).await.unwrap().into_inner();
            loop {
                if let Some((victim, after)) = kill
                    && acknowledged >= after
                {
                    self.server(victim).kill9();
                    kill = None;
                }
                match responses.message().await {
                    Ok(Some(item)) => match item.event {
                        Some(ImportEvent::Progress(progress)) => acknowledged = progress.written,
                        Some(ImportEvent::Summary(summary)) => {
                            assert!(summary.accepted, "{summary:?}");
                            acknowledged = whole;
                        }
                        Some(ImportEvent::Waiting(_) | ImportEvent::Findings(_)) | None => {}
                    },
                    Ok(None) | Err(_) => break,
                }
            }
        });
        if let Some((victim, _)) = kill {
            self.server(victim).kill9();
        }
        acknowledged
    }

    fn are_published_once(&self, serials: Range<u64>) {
        let provider = self.server(Victim::Provider);
        let channel = self.cluster.channel(&provider.officer(), provider);
        let mut client = CatalogueServiceClient::new(channel);
        for serial in serials {
            let request = v1::ShowEntryRequest {
                code: code_of(serial),
                revision: 0,
            };
            let shown = call(self.cluster.wait(client.show(request)));
            assert_eq!(shown.revision, 1, "entry {serial}");
        }
    }

    /// Kills a program during a request. Sent again under its key it is the same request.
    fn asking(&mut self, key: &str) {
        let victim = self.anybody();
        let code = code_of(0);
        let text = [
            "--purpose",
            "a",
            "--basis",
            "b",
            "--scenario",
            "d",
            "--scope",
            "c",
            "--key",
            key,
        ];
        let what = ["request", "submit", "--provider", ZHUZHOU, "--code", &code];
        let words = [&what[..], &text].concat();
        let consumer = self.server(Victim::Consumer);
        let acknowledged = consumer.json(&words)["id"].as_str().unwrap().to_owned();
        self.server(victim).kill9();
        self.server(victim).start();
        assert_eq!(consumer.json(&words)["id"], acknowledged.as_str());
        self.asked.push(acknowledged);
    }

    /// No program has an index or a count that differs from its records, also as seen with the program stopped.
    fn indexes_agree(&self) {
        for victim in ANYBODY {
            let server = self.server(victim);
            let online = server.json_as(&server.manager, &["check"]);
            server.terminate();
            let offline = server.json(&["check", "--config", server.config.to_str().unwrap()]);
            assert_eq!(online, offline);
            let tables = online["tables"].as_array().unwrap();
            assert!(tables.len() >= 4, "{online}");
            for table in tables {
                let differences = (&table["missing"], &table["stray"]);
                assert_eq!(differences, (&0.into(), &0.into()), "{table}");
            }
            server.start();
        }
    }

    fn anybody(&mut self) -> Victim {
        ANYBODY[self.rng.random_range(0..ANYBODY.len())]
    }

    /// Kills a program during a fetch, which is repeated until it is complete.
    fn delivering(&mut self, victim: Victim) {
        let after = self.rng.random_range(1 << 20..BYTES as u64 / 2);
        let broken = self.fetch(Some((victim, after)));
        self.server(victim).start();
        let mut attempts = vec![broken];
        if attempts[0].done.is_none() {
            let done = eventually("the fetch is whole", || {
                let again = self.fetch(None);
                again.done.is_some().then_some(again)
            });
            attempts.push(done);
        }
        self.resumed += attempts.iter().filter(|fetch| fetch.began_at > 0).count();
        for done in attempts.iter().filter_map(|fetch| fetch.done.as_ref()) {
            self.fetched += 1;
            let arrived = fs::read(&done.path).unwrap();
            let sent = fs::read(self.server(Victim::Provider).path("shared/large.bin")).unwrap();
            assert!(
                arrived == sent,
                "the file that arrived is another one: {done:?}"
            );
        }
    }

    /// Fetches, and kills the victim once a number of bytes have arrived.
    fn fetch(&self, mut kill: Option<(Victim, u64)>) -> Fetch {
        let consumer = self.server(Victim::Consumer);
        let channel = self.cluster.channel(&consumer.officer(), consumer);
        let mut fetch = Fetch::default();
        let mut arrived = 0;
        self.cluster.wait(async {
            let mut client = DeliveryServiceClient::new(channel);
            let request = v1::ReceiveRequest {
                request: self.request.clone(),
                ..v1::ReceiveRequest::default()
            };
            let Ok(responses) = client.receive(request).await else {
                return;
            };
            let mut responses = responses.into_inner();
            while let Ok(Some(item)) = responses.message().await {
                match item.event {
                    Some(Event::Offer(offer)) => {
                        fetch.began_at = offer.offset;
                        arrived = offer.offset;
                    }
                    Some(Event::Arrived(bytes)) => arrived = bytes,
                    Some(Event::Done(done)) => fetch.done = Some(done),
                    // The node would resume by itself once the victim runs again.
                    Some(Event::Resuming(_)) => return,
                    Some(Event::Waiting(_) | Event::Preparing(_)) | None => {}
                }
                if let Some((victim, after)) = kill
                    && arrived >= after
                {
                    self.server(victim).kill9();
                    kill = None;
                }
            }
        });
        if let Some((victim, _)) = kill {
            self.server(victim).kill9();
        }
        fetch
    }

    /// The provider's log is dense and has each fact once; the directory agrees.
    fn nothing_is_lost_or_doubled(&self) {
        let provider = self.server(Victim::Provider);
        let auditor = identity_of(&provider.enrol("shenji", &["auditor"]));
        let channel = self.cluster.channel(&auditor, provider);
        let (page, head) = self
            .cluster
            .wait(chengji_follow::read(channel, 0, usize::MAX))
            .unwrap();
        let seqs: Vec<u64> = page.lines.iter().map(|line| line.seq).collect();
        assert_eq!(seqs, (0..head).collect::<Vec<u64>>());
        let mut published: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for line in page.lines {
            let envelope = line.envelope.expect("an envelope that can be read");
            assert_eq!((envelope.seq, envelope.epoch), (line.seq, 1));
            let body = line.body.expect("a body that can be read");
            if let Some(Fact::Published(fact)) = body.fact {
                published
                    .entry(fact.entry.unwrap().code)
                    .or_default()
                    .push(fact.revision);
            }
        }
        let all: Vec<String> = (0..self.entries).map(code_of).collect();
        assert!(
            published.keys().eq(&all),
            "{} of {}",
            published.len(),
            all.len()
        );
        assert!(published.values().all(|revisions| *revisions == [1]));
        let catalogue = self.server(Victim::Provider).catalogue();
        assert!(
            catalogue
                .into_iter()
                .eq(all.into_iter().map(|code| (code, 1)))
        );

        let known = self.cluster.until_followed(ZHUZHOU);
        assert_eq!(known["position"], head);
        assert_eq!(
            (&known["entries"], &known["quarantined"]),
            (&self.entries.into(), &0.into())
        );
        let words = ["directory", "search", "--city", ZHUZHOU, "--limit", "1"];
        let found = self.cluster.coordinator.json(&words);
        assert_eq!(found["total"], self.entries);
        let followed = self.cluster.until_followed(CHANGSHA);
        assert_eq!(followed["quarantined"], 0);
    }

    /// Every completed fetch is on record on both sides, with the same size and digest.
    fn deliveries_are_on_record(&self) {
        let receipts = |victim| {
            let list = self.server(victim).json(&["receipts", "--limit", "1000"]);
            list["receipts"].as_array().unwrap().clone()
        };
        let (sent, received) = (receipts(Victim::Provider), receipts(Victim::Consumer));
        assert!(
            received.len() >= self.fetched,
            "{} of {}",
            received.len(),
            self.fetched
        );
        assert!(
            sent.len() >= received.len(),
            "{} of {}",
            sent.len(),
            received.len()
        );
        let first = &sent[0]["digest"];
        for receipt in sent.iter().chain(&received) {
            assert_eq!(
                (&receipt["bytes"], &receipt["digest"]),
                (&BYTES.into(), first)
            );
        }
    }

    /// Every acknowledged request is granted, with exactly the necessary moves; the coordinator's log is
    /// dense and has each of them once.
    fn every_request_was_opened_and_answered_once(&self) {
        for id in self.asked.iter().chain([&self.request]) {
            for city in [CHANGSHA, ZHUZHOU] {
                let granted = self.cluster.until_state(city, id, "GRANTED");
                assert_eq!(granted["steps"].as_array().unwrap().len(), 2, "{granted}");
                assert_eq!(
                    granted["refused_moves"].as_array().unwrap().len(),
                    0,
                    "{granted}"
                );
            }
        }
        let coordinator = self.server(Victim::Coordinator);
        let channel = self.cluster.channel(&coordinator.officer(), coordinator);
        let (page, head) = self
            .cluster
            .wait(chengji_follow::read(channel, 0, usize::MAX))
            .unwrap();
        assert!(page.lines.iter().map(|line| line.seq).eq(0..head));
        let mut said: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for line in page.lines {
            match line.body.and_then(|body| body.fact) {
                Some(Fact::RequestOpened(fact)) => {
                    said.entry(fact.request).or_default().push("opened")
                }
                Some(Fact::RequestOrdered(fact)) => {
                    said.entry(fact.request).or_default().push("ordered")
                }
                // A deadline of one working day is always near.
                Some(Fact::Reminded(_)) => {}
                // The roster, since the cluster was set up.
                Some(
                    Fact::Admitted(_)
                    | Fact::AccessGranted(_)
                    | Fact::Certified(_)
                    | Fact::LogKeyed(_)
                    | Fact::RosterSigned(_),
                ) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(said.len(), self.asked.len() + 1);
        assert!(
            said.values().all(|facts| *facts == ["opened", "ordered"]),
            "{said:?}"
        );
        for city in [CHANGSHA, ZHUZHOU] {
            eventually("the node has followed the coordinator to its head", || {
                let status = self.cluster.node(city).try_json(&["status"])?;
                (status["following"][0]["position"] == head).then_some(())
            });
        }
    }
}

//! The cluster of the year and its clock, and the requests between its cities.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chengji_tests::{Cluster, Input, eventually};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::notices::Notices;
use crate::consent::{in_the_exchange, proposed};

pub(super) const CHANGSHA: &str = "430100";
pub(super) const ZHUZHOU: &str = "430200";
pub(super) const XIANGTAN: &str = "430300";
pub(super) const CITIES: [&str; 3] = [CHANGSHA, ZHUZHOU, XIANGTAN];
/// A conditional resource of 株洲, and one of 湘潭.
pub(super) const HOSPITALS: &str = "201001/000001";
/// The time at which the year begins, on a Monday.
const BEGIN: &str = "2026-01-05T10:00:00+08:00";
/// Maximum time that clocks are moved at once, and without a renewal: the certificates of nodes are valid for 30 days.
const STEP: SignedDuration = SignedDuration::from_hours(25 * 24);

/// Three cities. The second persons of 湘潭 consent in the exchange, those of the others on paper.
pub(super) struct Year {
    pub(super) cluster: Cluster,
    /// The profile of the head of the sharing office of 湘潭.
    pub(super) head: PathBuf,
    /// The profile of the person of 湘潭's authority.
    pub(super) authority: PathBuf,
    /// The notifications of 长沙.
    pub(super) notices: Notices,
    now: Cell<Timestamp>,
    /// Time at which certificates were renewed.
    renewed: Cell<Timestamp>,
    /// The acts that were seen due, by their names in the contract.
    due: RefCell<BTreeSet<String>>,
}

impl Year {
    /// Admits the cities and their people.
    pub(super) fn begin() -> Self {
        let begin: Timestamp = BEGIN.parse().unwrap();
        let ahead = begin.duration_since(chengji_clock::now());
        let cluster = Cluster::at(ahead, &CITIES);
        let xiangtan = cluster.node(XIANGTAN);
        let head = xiangtan.enrol("head", &["consenter"]);
        let authority = xiangtan.enrol("authority", &["authority"]);
        in_the_exchange(xiangtan);
        let notices = Notices::begin(CHANGSHA, cluster.node(CHANGSHA));
        Self {
            cluster,
            head,
            authority,
            notices,
            now: Cell::new(begin),
            renewed: Cell::new(begin),
            due: RefCell::default(),
        }
    }

    /// 株洲 and 湘潭 publish their catalogues and mount the conditional resource.
    pub(super) fn publish(&self) {
        for city in [ZHUZHOU, XIANGTAN] {
            let node = self.cluster.node(city);
            node.import("catalogue.csv");
            node.json(&["catalogue", "mount", HOSPITALS, "files/hospitals.csv"]);
            self.cluster.until_followed(city);
        }
    }

    /// Goes on to this time.
    pub(super) fn on(&self, text: &str) {
        let time: Timestamp = text.parse().unwrap();
        while self.now.get() < time {
            let next = time.min(self.now.get() + STEP);
            if next.duration_since(self.renewed.get()) > STEP {
                self.renew();
            }
            self.cluster.move_clocks(next);
            self.now.set(next);
        }
    }

    /// Renews certificates, as programs do in the course of days, and people by their calls.
    fn renew(&self) {
        for server in self.cluster.servers() {
            let rotate = ["certificate", "rotate"];
            server.cli_as(&server.manager, &rotate).ok();
        }
        for person in [&self.head, &self.authority] {
            let xiangtan = self.cluster.node(XIANGTAN);
            xiangtan.json_as(person, &["consent", "list"]);
        }
        self.renewed.set(self.now.get());
    }

    /// Starts the coordinator anew: it then checks deadlines and the ends of grants at once, and otherwise within half a
    /// minute of real time.
    pub(super) fn check_deadlines(&self) {
        self.cluster.coordinator.terminate();
        self.cluster.coordinator.start();
    }

    /// A city requests the conditional resource of another.
    pub(super) fn ask(&self, consumer: &'static str, provider: &'static str) -> Share<'_> {
        let code = HOSPITALS;
        let id = self.cluster.submit(Input {
            consumer,
            provider,
            code,
        });
        self.share(id, (consumer, provider))
    }

    /// 湘潭 requests a resource of 株洲 with the consent of its head in the exchange.
    pub(super) fn ask_with_consent(&self, code: &str) -> Share<'_> {
        let xiangtan = self.cluster.node(XIANGTAN);
        let proposed = proposed(xiangtan, code);
        let give = ["consent", "give", proposed["id"].as_str().unwrap()];
        let made = xiangtan.json_as(&self.head, &give);
        let id = made["ended"]["consented"]["request"].as_str().unwrap();
        self.share(id.to_owned(), (XIANGTAN, ZHUZHOU))
    }

    /// A request that was made.
    fn share(&self, id: String, (consumer, provider): (&'static str, &'static str)) -> Share<'_> {
        Share {
            year: self,
            id,
            consumer,
            provider,
        }
    }

    /// The acts that were seen due.
    pub(super) fn due(&self) -> BTreeSet<String> {
        self.due.borrow().clone()
    }
}

/// A request between two cities.
pub(super) struct Share<'y> {
    year: &'y Year,
    pub(super) id: String,
    consumer: &'static str,
    provider: &'static str,
}

impl Share<'_> {
    /// The consumer makes a move.
    pub(super) fn by_consumer(&self, mv: &str, words: &[&str]) {
        self.by(self.consumer, mv, words);
    }

    /// The provider makes a move, on paper where it takes consent.
    pub(super) fn by_provider(&self, mv: &str, words: &[&str]) {
        self.by(self.provider, mv, words);
    }

    fn by(&self, city: &str, mv: &str, words: &[&str]) {
        let node = self.year.cluster.node(city);
        node.json(&[&["request", mv, &self.id], words].concat());
    }

    /// The provider makes a move to which this person consents in the exchange, as its worklist asks it to.
    pub(super) fn by_consent_of(&self, person: &Path, mv: &str, words: &[&str]) {
        let node = self.year.cluster.node(self.provider);
        let proposed = node.json(&[&["request", mv, &self.id], words, &["--paper="]].concat());
        let proposal = proposed["proposals"][0]["id"].as_str().unwrap();
        let todo = node.json_as(person, &["todo"]);
        let mut items = todo["items"].as_array().unwrap().iter();
        let waits =
            |item: &Value| item["kind"] == "TODO_KIND_CONSENT" && item["proposal"] == proposal;
        assert!(items.any(waits), "{todo}");
        node.json_as(person, &["consent", "give", proposal]);
    }

    /// Waits until both cities show this state with exactly these acts due; returns the request as the consumer shows it.
    pub(super) fn until(&self, state: &str, dues: &[(&str, &str)]) -> Value {
        let cities = [self.consumer, self.provider];
        let [shown, _] = self.year.cluster.until_due(cities, &self.id, state, dues);
        let acts = dues.iter().map(|(act, _)| (*act).to_owned());
        self.year.due.borrow_mut().extend(acts);
        shown
    }

    /// Waits until both cities show the request so, with every move confirmed.
    pub(super) fn until_shown(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        for city in [self.consumer, self.provider] {
            eventually(&format!("{city} shows {}: {what}", self.id), || {
                let node = self.year.cluster.node(city);
                let shown = node.try_json(&["request", "show", &self.id])?;
                (shown["pending"] == 0 && is_so(&shown)).then_some(())
            });
        }
    }

    /// Waits until both cities have the notice that an act is overdue.
    pub(super) fn until_chased(&self, act: &str) {
        let act = format!("DUE_ACT_{act}");
        self.until_shown(&format!("{act} is overdue"), |shown| {
            let mut notices = shown["reminders"].as_array().into_iter().flatten();
            notices.any(|notice| notice["overdue"] == true && notice["act"] == act.as_str())
        });
    }

    /// Waits until both cities show this last day to answer.
    pub(super) fn until_deadline(&self, deadline: &str) {
        self.until_shown(deadline, |shown| shown["deadline"] == deadline);
    }

    /// The provider offers the data in time or late, and nothing is due.
    pub(super) fn offered(&self) {
        self.by_provider("offer", &["--note", "数据截至上月末"]);
        self.until("GRANTED", &[]);
    }

    /// The consumer receives the data.
    pub(super) fn fetched(&self) {
        let node = self.year.cluster.node(self.consumer);
        node.json(&["fetch", &self.id]);
    }

    /// The consumer disputes, and the coordinator refers the dispute to the common superior authority. These acts stay
    /// due meanwhile.
    pub(super) fn referred(&self, reason: &str, dues: &[(&str, &str)]) {
        self.by_consumer("dispute", &["--reason", reason]);
        self.until("DISPUTED", dues);
        let refer = ["--authority", "湖南省数据局", "--reason", "双方未达成一致"];
        self.by_coordinator("refer", &refer);
        self.until("REFERRED", dues);
    }

    /// The coordinator records what the government above has decided.
    pub(super) fn decided(&self, document: &str, outcome: &[&str]) {
        let decision = ["--government", "湖南省人民政府", "--document", document];
        self.by_coordinator("decide", &[&decision[..], outcome].concat());
    }

    /// The coordinator records the course of a dispute.
    pub(super) fn by_coordinator(&self, mv: &str, words: &[&str]) {
        let coordinator = &self.year.cluster.coordinator;
        coordinator.json(&[&["request", mv, &self.id], words].concat());
    }
}

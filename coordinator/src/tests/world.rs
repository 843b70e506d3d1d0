//! A cluster of three cities for tests, in memory: their logs are read entry by entry, without a network.

mod batches;
mod rates;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use chengji_access::{EnrolmentPolicy, RosterHandle};
use chengji_clock::Clock;
use chengji_domain::catalogue::{Entry, EntryRecord};
use chengji_domain::epoch::{EpochCause, EpochStart};
use chengji_domain::fact::{CityFact, ClusterFact, EpochOpened, LogEntry, LogOwner, Member};
use chengji_domain::request::{Move, RequestId, RequestRecord};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, Epoch, Error, ErrorCode, Principal, ResourceCode, Result};
use chengji_follow::{
    CopiedEntry, Copies, Intake, current_copy, quarantine, request_table, rule_table,
};
use chengji_pki::{Authority, AuthorityFiles, LogSigner, authority};
use chengji_proto::convert::{city_entry_to, cluster_entry_from, problem_message};
use chengji_proto::v1;
use chengji_store::{CountingStore, Ledger, MemoryStore, Reads, Writes, log};
pub(crate) use chengji_testkit::entries::code;
use jiff::Timestamp;
use tempfile::TempDir;

pub(crate) use super::facts::{
    acting, declared_flow, delivery, draft, entry, grant, measured, mounted, refuse, requested,
    submission,
};
use crate::deadlines::Deadlines;
use crate::directory::Directory;
use crate::enrolment::CoordinatorEnrolment;
use crate::federation::Federation;
use crate::followed::FollowedCities;
use crate::indexing::Indexing;
use crate::quota::Budgets;
use crate::rate::LiveRate;
use crate::requests::{Disputes, IsCurrent, OutOfReach};
use crate::{journal, records, waiting};

/// A Monday morning in China; the second Monday after it is ten working days away.
pub(crate) const START: &str = "2026-11-23T02:00:00Z";
/// The first epoch of all cities' logs.
pub(crate) const EPOCH: Epoch = Epoch::first([1; 8]);
/// The consumer city.
pub(crate) const CONSUMER: &str = "430100";
/// The provider city.
pub(crate) const PROVIDER: &str = "430200";
/// A city without a part in the request.
pub(crate) const STRANGER: &str = "430300";

/// All three cities.
pub(crate) const CITIES: [&str; 3] = [CONSUMER, PROVIDER, STRANGER];

/// The coordinator of the cluster, and the written part of the cities' logs.
pub(crate) struct World {
    pub(crate) ledger: Ledger,
    /// Counts the keys read from its store.
    pub(crate) reads: Reads,
    /// Counts the keys that are written to its store.
    pub(crate) writes: Writes,
    pub(crate) deadlines: Arc<Deadlines>,
    pub(crate) live: Arc<LiveRate>,
    now: Arc<Mutex<Timestamp>>,
    logs: BTreeMap<CityCode, Vec<chengji_store::Entry>>,
    /// The epochs of logs that are past their first one.
    epochs: BTreeMap<CityCode, Epoch>,
    current: Arc<AtomicBool>,
    out_of_reach: Arc<Mutex<Option<Duration>>>,
    enrolment: Arc<dyn EnrolmentPolicy>,
    pub(crate) budgets: Arc<Budgets>,
    pub(crate) disputes: Disputes,
    /// The search index, and its folder.
    search: OnceLock<(TempDir, Indexing)>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let store = CountingStore::new(MemoryStore::new());
        let (reads, writes) = (store.reads(), store.writes());
        let ledger = Ledger::create(Arc::new(store), "coordinator", [1; 8]).unwrap();
        // A ledger records its writes after a first call only, and uses no value that was read ahead before.
        ledger.read_ahead(Vec::new()).unwrap();
        let world = Self {
            reads,
            writes,
            ..Self::within(ledger)
        };
        world.admit().await;
        world
    }

    /// The coordinator of this ledger, with the cities' logs as far as it has read them.
    pub(crate) fn within(ledger: Ledger) -> Self {
        let rules = rule_table::current(&**ledger.kv()).unwrap();
        let copies = Copies::new(Arc::clone(ledger.kv()));
        let (logs, epochs) = logs(&copies);
        let uncounted = CountingStore::new(MemoryStore::new());
        let now = Arc::new(Mutex::new(at(START)));
        let live = LiveRate::rebuild(copies, clock(&now), &CITIES.map(city)).unwrap();
        Self {
            ledger,
            reads: uncounted.reads(),
            writes: uncounted.writes(),
            deadlines: Arc::new(Deadlines(rules)),
            live: Arc::new(live),
            now,
            logs,
            epochs,
            current: Arc::new(AtomicBool::new(true)),
            out_of_reach: Arc::default(),
            enrolment: enrolment(),
            budgets: Arc::default(),
            disputes: Disputes::default(),
            search: OnceLock::new(),
        }
    }

    /// Admits the cities as members.
    pub(crate) async fn admit(&self) {
        let (enrolment, members) = (self.enrolment(), self.members());
        let admitted = self.ledger.write(move |tx| {
            for member in members {
                let by = Principal::Node(member.city);
                journal::append(tx, at(START), &by, ClusterFact::Admitted(member))?;
            }
            enrolment.changed(tx, at(START))
        });
        admitted.await.unwrap();
    }

    /// The coordinator's enrolment policy, with an authority of its own.
    pub(crate) fn enrolment(&self) -> Arc<dyn EnrolmentPolicy> {
        Arc::clone(&self.enrolment)
    }

    /// The stored roster.
    pub(crate) fn roster(&self) -> RosterHandle {
        RosterHandle::of(&self.ledger)
    }

    pub(crate) fn members(&self) -> Vec<Member> {
        let member = |(code, name): (&str, &str)| Member {
            city: city(code),
            name: name.to_owned(),
            endpoint: format!("{code}.example:7400"),
            log_key: None,
        };
        [(CONSUMER, "长沙"), (PROVIDER, "株洲"), (STRANGER, "湘潭")]
            .map(member)
            .to_vec()
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    pub(crate) fn set_now(&self, text: &str) {
        *self.now.lock().unwrap() = at(text);
    }

    pub(crate) fn clock(&self) -> Clock {
        clock(&self.now)
    }

    /// Everything in the coordinator's log.
    pub(crate) fn facts(&self) -> Vec<ClusterFact> {
        let entries = log::entries(&**self.ledger.kv(), 0, 10_000, usize::MAX).unwrap();
        entries
            .iter()
            .map(|(_, entry)| cluster_entry_from(entry).unwrap().fact)
            .collect()
    }

    pub(crate) fn last_fact(&self) -> ClusterFact {
        self.facts().pop().unwrap()
    }

    pub(crate) fn federation(&self, city: CityCode) -> Arc<Federation> {
        Arc::new(Federation {
            city,
            deadlines: Arc::clone(&self.deadlines),
            clock: self.clock(),
            rate: Arc::clone(&self.live),
            is_current: self.is_current(),
            out_of_reach: self.out_of_reach(),
            budgets: Arc::clone(&self.budgets),
            disputes: self.disputes,
        })
    }

    /// Decides about the waiting requests.
    pub(crate) async fn settle(&self) {
        waiting::settle_all(
            &self.ledger,
            &self.deadlines,
            &self.clock(),
            &self.is_current(),
        )
        .await
        .unwrap();
    }

    /// Sets whether the cities' logs count as read to the end; the default is true.
    pub(crate) fn set_current(&self, current: bool) {
        self.current.store(current, Ordering::SeqCst);
    }

    /// Sets how many seconds a city counts as not heard before an entry of it arrives.
    pub(crate) fn set_out_of_reach(&self, seconds: Option<u64>) {
        *self.out_of_reach.lock().unwrap() = seconds.map(Duration::from_secs);
    }

    fn out_of_reach(&self) -> OutOfReach {
        let out_of_reach = Arc::clone(&self.out_of_reach);
        Arc::new(move |_| *out_of_reach.lock().unwrap())
    }

    pub(crate) fn is_current(&self) -> IsCurrent {
        let current = Arc::clone(&self.current);
        Arc::new(move |_| current.load(Ordering::SeqCst))
    }

    /// A city writes a fact in its log now, and the coordinator reads it.
    pub(crate) async fn append(&mut self, code: &str, fact: CityFact) -> Result<u64> {
        self.append_dated(code, self.now(), fact).await
    }

    /// The same, with a time given by the city.
    pub(crate) async fn append_dated(
        &mut self,
        code: &str,
        at: Timestamp,
        fact: CityFact,
    ) -> Result<u64> {
        let seq = self.write(code, fact, at);
        self.read(city(code), seq).await.map(|()| seq)
    }

    /// A city writes a fact in its log with this date; the coordinator does not read it yet.
    pub(crate) fn write(&mut self, code: &str, fact: CityFact, at: Timestamp) -> u64 {
        let city = city(code);
        let epoch = self.epoch(city);
        let log = self.logs.entry(city).or_default();
        let seq = log.len() as u64;
        let entry = LogEntry {
            log: LogOwner::City(city),
            epoch,
            seq,
            at,
            principal: Principal::Node(city),
            fact,
        };
        log.push(city_entry_to(&entry, [7; 16]));
        seq
    }

    /// Changes a member's status.
    pub(crate) async fn set_status(&self, code: &str, status: MembershipStatus) {
        let reason = "演练".to_owned();
        self.announce(ClusterFact::StatusChanged {
            city: city(code),
            status,
            reason,
        })
        .await;
    }

    /// The coordinator appends a fact about the roster, and signs it.
    pub(crate) async fn announce(&self, fact: ClusterFact) {
        self.announce_all(vec![fact]).await;
    }

    /// The coordinator reads an entry; the reason for setting it aside is the error.
    pub(crate) async fn read(&self, city: CityCode, seq: u64) -> Result<()> {
        let (intake, first) = (self.intake(city), usize::try_from(seq).unwrap());
        let before = intake.followed().state().quarantined;
        intake.take(self.message(city, first..first + 1)).await?;
        if intake.followed().state().quarantined == before {
            return Ok(());
        }
        let all = v1::ListQuarantineRequest {
            page: Some(v1::PageRequest {
                size: u32::MAX,
                cursor: String::new(),
            }),
        };
        let aside = quarantine(&**self.ledger.kv(), &all)?.items;
        let log = LogOwner::City(city).to_string();
        let entry = aside.into_iter().find(|e| e.log == log && e.seq == seq);
        let problem = problem_message(entry.unwrap().problem.as_ref());
        Err(Error::new(ErrorCode::PeerInvalid, problem))
    }

    /// The intake of a city's log.
    pub(crate) fn intake(&self, city: CityCode) -> Intake<Federation> {
        let (ledger, log) = (self.ledger.clone(), LogOwner::City(city));
        let intake = Intake::open(
            ledger,
            Principal::Coordinator,
            log,
            self.federation(city),
            self.clock(),
        );
        intake.unwrap().mending(self.live.copies().clone()).unwrap()
    }

    /// Reads a city's log anew: what was learnt of it is forgotten.
    pub(crate) async fn read_again(&self, code: &str) {
        let city = city(code);
        self.intake(city)
            .start_over(self.epoch(city))
            .await
            .unwrap();
        for seq in 0..self.logs[&city].len() as u64 {
            let _ = self.read(city, seq).await;
        }
    }

    /// Restores a city's log from a backup with its first `kept` entries, and reads it in its new epoch.
    pub(crate) async fn restore(&mut self, code: &str, kept: usize) {
        let of = city(code);
        let previous = self.epoch(of);
        let number = previous.number + 1;
        let epoch = Epoch {
            number,
            id: u64::from(number).to_be_bytes(),
        };
        let log = self.logs.entry(of).or_default();
        log.truncate(kept);
        let start = EpochStart {
            epoch,
            previous,
            replaced: Epoch::UNKNOWN,
            seq: log.len() as u64,
        };
        self.epochs.insert(of, epoch);
        let cause = EpochCause::Restored;
        let opened = CityFact::EpochOpened(EpochOpened { start, cause });
        self.write(code, opened, self.now());
        self.read_again(code).await;
    }

    /// Number of entries in a city's log.
    pub(crate) fn length(&self, code: &str) -> usize {
        self.logs.get(&city(code)).map_or(0, Vec::len)
    }

    fn epoch(&self, city: CityCode) -> Epoch {
        self.epochs.get(&city).copied().unwrap_or(EPOCH)
    }

    pub(crate) async fn publish(&mut self, code: &str, entry: Entry, revision: u32) -> Result<u64> {
        self.append(
            code,
            CityFact::Published {
                entry: Box::new(entry),
                revision,
            },
        )
        .await
    }

    /// The consumer requests a resource; returns the request once the coordinator has it.
    pub(crate) async fn ask(&mut self, resource: &str) -> RequestId {
        let seq = self
            .append(CONSUMER, requested(submission(resource)))
            .await
            .unwrap();
        RequestId {
            city: city(CONSUMER),
            epoch: self.epoch(city(CONSUMER)),
            seq,
        }
    }

    pub(crate) async fn make_move(
        &mut self,
        code: &str,
        request: RequestId,
        mv: Move,
    ) -> Result<u64> {
        let actor = acting(code);
        self.append(code, CityFact::Moved { request, mv, actor })
            .await
    }

    pub(crate) fn request(&self, id: RequestId) -> RequestRecord {
        request_table::find(&**self.ledger.kv(), id)
            .unwrap()
            .unwrap()
    }

    pub(crate) fn entry(&self, code: &str, resource: &str) -> Option<EntryRecord> {
        let resource: ResourceCode = resource.parse().unwrap();
        records::entry(&**self.ledger.kv(), city(code), &resource).unwrap()
    }

    /// The search index with all changes so far.
    pub(crate) fn indexing(&self) -> &Indexing {
        let (_, indexing) = self.search.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let indexing = Indexing::new(folder.path(), self.ledger.clone(), self.clock());
            (folder, indexing.unwrap())
        });
        indexing.catch_up(&|| false).unwrap();
        indexing
    }

    pub(crate) fn directory(&self) -> Directory {
        Directory {
            indexing: self.indexing().clone(),
            ledger: self.ledger.clone(),
            members: self.roster(),
            cities: FollowedCities::default(),
            live: Arc::clone(&self.live),
            clock: self.clock(),
            turns: crate::directory::turns(),
            searched: crate::directory::SearchedRoster::default(),
        }
    }
}

/// The cities' logs as they were read, and the epochs of those that are past their first one.
fn logs(
    copies: &Copies,
) -> (
    BTreeMap<CityCode, Vec<chengji_store::Entry>>,
    BTreeMap<CityCode, Epoch>,
) {
    let (mut logs, mut epochs) = (BTreeMap::new(), BTreeMap::new());
    for of in CITIES.map(city) {
        let Some(copy) = current_copy(copies.kv(), LogOwner::City(of)).unwrap() else {
            continue;
        };
        let read = copies.entries(&copy, 0, 10_000).unwrap().into_iter();
        let read = read.map(|(seq, entry)| match entry {
            CopiedEntry::Entry(entry) => entry,
            CopiedEntry::Damaged => panic!("entry {seq} of {of} is damaged"),
        });
        logs.insert(of, read.collect());
        if copy.epoch != EPOCH {
            epochs.insert(of, copy.epoch);
        }
    }
    (logs, epochs)
}

fn clock(now: &Arc<Mutex<Timestamp>>) -> Clock {
    let now = Arc::clone(now);
    Arc::new(move || *now.lock().unwrap())
}

fn enrolment() -> Arc<dyn EnrolmentPolicy> {
    let (folder, now) = (tempfile::tempdir().unwrap(), chengji_clock::system_time());
    let files = AuthorityFiles::of_cluster(folder.path());
    authority::create(&files, "demo", None, now).unwrap();
    let authority = Authority::open(&files, "demo", None, now).unwrap();
    let log = LogSigner::beside(&files.key).unwrap();
    let address = "coordinator.example:7400".to_owned();
    Arc::new(CoordinatorEnrolment::new(authority, &log, address))
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn city(code: &str) -> CityCode {
    code.parse().unwrap()
}

#[path = "machine_grant_tests.rs"]
mod machine_grant_tests;
#[path = "overtaken_tests.rs"]
mod overtaken_tests;
#[path = "own_stop_tests.rs"]
mod own_stop_tests;
#[path = "region_tests.rs"]
mod region_tests;
#[path = "repeated_tests.rs"]
mod repeated_tests;
#[path = "returned_tests.rs"]
mod returned_tests;
#[path = "roster_tests.rs"]
mod roster_tests;
#[path = "rules_tests.rs"]
mod rules_tests;
#[path = "storage_tests.rs"]
mod storage_tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::fact::{LogEntry, Member};
use chengji_domain::request::terms::{GrantTerms, InterfaceScope, Scope, TermKind};
use chengji_domain::request::{Actor, Consent, DueAct, Grant, Party, State, Submission};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, Epoch, Principal};
use chengji_follow::{Intake, position, quarantine, rule_table};
use chengji_pki::{Authority, AuthorityFiles, authority, enrolment, keys};
use chengji_proto::convert::problem_message;
use chengji_proto::v1;
use chengji_runtime::files::{self, PUBLIC, SECRET};
use chengji_store::{Ledger, MemoryStore, log};
use chengji_testkit::{entries, requests};
use chengji_transport::IdentityFiles;

use super::*;
use crate::{catalogue, restored};

const NOW: &str = "2026-11-23T02:00:00Z";
/// The city of the node: the provider.
pub(in crate::requests) const OWN: &str = "430200";
pub(in crate::requests) const CONSUMER: &str = "430100";
/// The epoch of the coordinator's log.
const COORDINATOR: Epoch = Epoch::first([7; 8]);

/// A provider's node that reads the coordinator's log, without a network.
pub(in crate::requests) struct Node {
    pub(in crate::requests) own: OwnLog,
    intake: Intake<CoordinatorLog>,
    authority: Authority,
    rules: CurrentRules,
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(in crate::requests) fn city(code: &str) -> CityCode {
    code.parse().unwrap()
}

/// The identity of the node, and the authority of its cluster.
fn identity() -> (Authority, Identity) {
    let (folder, now) = (tempfile::tempdir().unwrap(), chengji_clock::system_time());
    let at = |name: &str| folder.path().join(name);
    let files = AuthorityFiles::of_cluster(folder.path());
    authority::create(&files, "demo", None, now).unwrap();
    let authority = Authority::open(&files, "demo", None, now).unwrap();
    let (node, key) = (Principal::Node(city(OWN)), keys::generate().unwrap());
    let asked = Authority::asked_by(&key).unwrap();
    let hosts = authority::hosts("node.example:7430");
    let issued = authority.issue(&node, &asked, &hosts, now).unwrap();
    let pem = |der: &[u8]| enrolment::certificate_pem(der).unwrap();
    let pair = format!("{}{}", key.serialize_pem(), pem(&issued.der));
    files::write(&at("identity.pem"), pair.as_bytes(), SECRET).unwrap();
    let root = pem(authority.certificate());
    files::write(&at("root.pem"), root.as_bytes(), PUBLIC).unwrap();
    let files = IdentityFiles {
        identity: at("identity.pem"),
        ca: at("root.pem"),
    };
    (authority, Identity::load(&files, now).unwrap())
}

impl Node {
    /// A node that makes this number of automatic grants a day to a city.
    fn new(automatic_grants: u32) -> Self {
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), &format!("city/{OWN}"), [1; 8]);
        Self::within(ledger.unwrap(), automatic_grants)
    }

    pub(in crate::requests) fn within(ledger: Ledger, automatic_grants: u32) -> Self {
        let own = OwnLog {
            city: city(OWN),
            ledger,
            clock: Arc::new(now),
        };
        let kv = &**own.ledger.kv();
        let roster = RosterHandle::of(&own.ledger);
        let lease =
            CoordinatorLease::open(kv, now(), jiff::SignedDuration::from_hours(72)).unwrap();
        let (authority, identity) = identity();
        let rules = rule_table::current(kv).unwrap();
        let learnt = (roster, lease, rules.clone());
        let apply = Arc::new(CoordinatorLog::new(
            own.clone(),
            identity,
            learnt,
            MachineGrants {
                per_day: automatic_grants,
                standing_required: false,
            },
        ));
        let (ledger, reader) = (own.ledger.clone(), own.node());
        let log = LogOwner::Coordinator;
        let intake = Intake::open(ledger, reader, log, apply, own.clock.clone()).unwrap();
        Self {
            own,
            intake,
            authority,
            rules,
        }
    }

    /// The position of the coordinator's next entry.
    fn next(&self) -> u64 {
        let kv = &**self.own.ledger.kv();
        position(kv, LogOwner::Coordinator).unwrap().seq
    }

    /// Reads a fact as the coordinator's next entry.
    async fn read(&self, fact: ClusterFact) -> Result<()> {
        self.read_all((COORDINATOR, COORDINATOR), [fact]).await
    }

    /// Reads facts as the coordinator's next entries, its log being in the epoch `log`; the reason for
    /// setting one aside is the error.
    async fn read_all(
        &self,
        (log, entries): (Epoch, Epoch),
        facts: impl IntoIterator<Item = ClusterFact>,
    ) -> Result<()> {
        let first = self.next();
        let entry = |(seq, fact)| LogEntry {
            log: LogOwner::Coordinator,
            epoch: entries,
            seq,
            at: now(),
            principal: Principal::Coordinator,
            fact,
        };
        let entries = (first..).zip(facts).map(entry);
        let items: Vec<_> = entries
            .map(|entry| convert::cluster_entry_to(&entry, [7; 16]).into())
            .collect();
        let head = first + items.len() as u64;
        let message = v1::FollowResponse {
            epoch: log.number,
            epoch_id: log.id.to_vec(),
            first,
            items,
            head,
            ..Default::default()
        };
        self.intake.take(message).await?;
        let aside = quarantine(&**self.own.ledger.kv(), &Default::default())?.items;
        match aside.into_iter().find(|entry| entry.seq >= first) {
            Some(entry) => {
                let problem = problem_message(entry.problem.as_ref());
                Err(Error::new(ErrorCode::PeerInvalid, problem))
            }
            None => Ok(()),
        }
    }

    /// The checkpoint for the coordinator's next entry, according to this node's copy of its log.
    fn checkpoint(&self, epoch: Epoch) -> Checkpoint {
        let (kv, log) = (&**self.own.ledger.kv(), LogOwner::Coordinator);
        let copy = current_copy(kv, log).unwrap().map_or(0, |copy| copy.number);
        let size = self.next();
        Checkpoint {
            origin: Checkpoint::origin_of("demo", log, epoch),
            size,
            root: chengji_follow::root(kv, log, copy, size).unwrap(),
        }
    }

    fn signed(&self, checkpoint: &Checkpoint) -> ClusterFact {
        ClusterFact::RosterSigned(roster::sign(checkpoint, &self.authority).unwrap())
    }

    /// The coordinator signs the log up to here.
    async fn sign(&self) {
        let signed = self.signed(&self.checkpoint(COORDINATOR));
        self.read(signed).await.unwrap();
    }

    fn admitted(code: &str) -> ClusterFact {
        ClusterFact::Admitted(Member {
            city: city(code),
            name: "市".to_owned(),
            endpoint: format!("{code}.example:7430"),
            log_key: None,
        })
    }

    /// Adds a roster and a published entry of this class.
    pub(in crate::requests) async fn with_entry(self, class: ShareClass) -> Self {
        self.read(Self::admitted(CONSUMER)).await.unwrap();
        self.sign().await;
        let entry = entries::entry(&entries::draft(1, class));
        let record = chengji_domain::catalogue::EntryRecord::new(entry, 1, now());
        let job = move |tx: &mut Tx<'_>| catalogue::entries::put(tx, &record);
        self.own.ledger.write(job).await.unwrap();
        self
    }

    /// The coordinator routes the request with this number.
    pub(in crate::requests) async fn routed(&self, seq: u64, class: ShareClass) -> RequestId {
        self.routed_as(seq, class, submission()).await
    }

    /// The coordinator routes this submission under this number.
    async fn routed_as(&self, seq: u64, class: ShareClass, submission: Submission) -> RequestId {
        let (id, opened) = opened(seq, class, submission);
        self.read(opened).await.unwrap();
        id
    }

    /// The coordinator routes requests with these numbers, in one message.
    pub(in crate::requests) async fn routed_all(
        &self,
        numbers: &[u64],
        class: ShareClass,
    ) -> Vec<RequestId> {
        let opened = numbers.iter().map(|seq| opened(*seq, class, submission()));
        let (ids, facts): (Vec<_>, Vec<_>) = opened.unzip();
        self.read_all((COORDINATOR, COORDINATOR), facts)
            .await
            .unwrap();
        ids
    }

    /// The provider's people grant the request; returns the move and its position in the city's log.
    async fn granted(&self, id: RequestId) -> (Step, Origin) {
        let own = self.own.clone();
        let job = move |tx: &mut Tx<'_>| {
            records::make_move(&own, tx, own.node().into(), now(), id, grant(false))
        };
        let record = self.own.ledger.write(job).await.unwrap();
        let (origin, step) = record.pending.last().unwrap().clone();
        (step, origin)
    }

    async fn ordered(&self, id: RequestId, step: Step, origin: Origin) -> Result<()> {
        let ordered = ClusterFact::Ordered {
            request: id,
            provider: city(OWN),
            step,
            origin: Some(origin),
            arrived_at: None,
            newly_permitted: false,
        };
        self.read(ordered).await
    }

    fn record(&self, id: RequestId) -> RequestRecord {
        records::existing(&**self.own.ledger.kv(), id).unwrap()
    }

    /// The facts in the city's own log.
    fn facts(&self) -> Vec<CityFact> {
        let entries = log::entries(&**self.own.ledger.kv(), 0, 1_000, usize::MAX).unwrap();
        (entries.iter())
            .map(|(_, bytes)| convert::city_entry_from(bytes, city(OWN)).unwrap().fact)
            .collect()
    }
}

/// A routed submission, by its number.
fn opened(seq: u64, class: ShareClass, submission: Submission) -> (RequestId, ClusterFact) {
    let request = RequestId {
        city: city(CONSUMER),
        epoch: Epoch::first([2; 8]),
        seq,
    };
    let step = Step {
        party: Party::Coordinator,
        actor: Principal::Coordinator.into(),
        at: now(),
        mv: Move::Route {
            share_class: class,
            revision: 1,
            deadline: Deadline::certain("2026-12-07".parse().unwrap()),
            approval: None,
        },
        due: None,
    };
    let opened = ClusterFact::Opened {
        request,
        submission,
        submitted_by: consumer(),
        submitted_at: now(),
        step,
    };
    (request, opened)
}

pub(in crate::requests) fn submission() -> Submission {
    requests::submission(&format!("{OWN}:{}", entries::code(1)))
}

/// Fills the record of a request, until a move no longer fits.
fn fill(tx: &mut Tx<'_>, id: RequestId) -> Result<()> {
    let mut record = records::existing(tx, id)?;
    let reminder = Reminder {
        at: now(),
        deadline: Deadline::certain(jiff::civil::date(1970, 1, 1)),
        overdue: true,
        act: DueAct::Answer,
    };
    while request_table::size(&record)? <= request_table::MAX_WITHOUT_STOPS {
        record.reminders.push(reminder);
    }
    record.reminders.pop();
    records::put(tx, &record)
}

/// The consumer's actor, for the department, with a consent on paper.
fn consumer() -> Actor {
    let person = "city/430100/person/wang.fang".parse().unwrap();
    Actor {
        consent: Some(Consent::Paper {
            number: "长数函〔2026〕7号".to_owned(),
        }),
        ..Actor::new(person, Some("91350100M000100Y43".parse().unwrap()))
    }
}

fn grant(automatic: bool) -> Move {
    Move::Grant(Grant {
        scope: "全部".to_owned(),
        conditions: String::new(),
        terms: GrantTerms::file(days_after(now(), 30)),
        automatic,
        return_flow: None,
        disposal: String::new(),
    })
}

#[tokio::test]
async fn a_request_is_read_again_without_a_second_grant() {
    let node = Node::new(10).with_entry(ShareClass::Unconditional).await;
    let id = node.routed(1, ShareClass::Unconditional).await;
    node.routed(1, ShareClass::Unconditional).await;
    assert_eq!(node.record(id).pending.len(), 1);
    assert_eq!(node.facts().len(), 1);
}

#[tokio::test]
async fn a_grant_with_terms_that_the_node_does_not_enforce_is_not_made() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    let Move::Grant(whole) = grant(false) else {
        panic!("no grant");
    };
    let terms = GrantTerms {
        scope: Scope::Interface(Box::new(InterfaceScope {
            operations: ["getPerson".to_owned()].into(),
            fixed: BTreeMap::new(),
            removed: BTreeSet::new(),
        })),
        ..whole.terms.clone()
    };
    let limited = Move::Grant(Grant { terms, ..whole });
    let own = node.own.clone();
    let job =
        move |tx: &mut Tx<'_>| records::make_move(&own, tx, own.node().into(), now(), id, limited);
    let error = node.own.ledger.write(job).await.unwrap_err();
    let message = msg::GrantTermsNotEnforced {
        request: id,
        kinds: vec![TermKind::Interface.label()],
    };
    assert_eq!(error, Error::new(ErrorCode::InvalidArgument, message));
    assert_eq!(node.facts(), []);
    assert!(node.record(id).pending.is_empty());
}

#[tokio::test]
async fn an_own_move_counts_once_it_is_ordered_and_only_if_the_own_log_has_it() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    let (step, origin) = node.granted(id).await;

    let elsewhere = Origin {
        seq: origin.seq + 1,
        ..origin
    };
    let refused = node.ordered(id, step.clone(), elsewhere).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::PeerInvalid);
    let another = Step {
        mv: Move::Refuse {
            reason: "涉及商业秘密".to_owned(),
            legal_basis: "《数据安全法》".to_owned(),
        },
        ..step.clone()
    };
    let refused = node.ordered(id, another, origin).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::PeerInvalid);
    // Nor a different actor of the move.
    let by_another = Step {
        actor: consumer(),
        ..step.clone()
    };
    let refused = node.ordered(id, by_another, origin).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::PeerInvalid);
    assert_eq!(node.record(id).pending.len(), 1);

    node.ordered(id, step, origin).await.unwrap();
    let record = node.record(id);
    assert!(record.pending.is_empty() && record.stops.in_force().is_none());
    assert_eq!(record.history.state().unwrap().state(now()), State::Granted);
}

#[tokio::test]
async fn a_refused_own_move_is_taken_back_and_asks_for_attention_once() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    let (step, origin) = node.granted(id).await;
    let refused = ClusterFact::MoveRefused {
        request: id,
        provider: city(OWN),
        step,
        origin,
        problem: Problem::new(
            ErrorCode::InvalidArgument,
            msg::Text {
                text: "dated ahead",
            },
        ),
    };
    node.read(refused.clone()).await.unwrap();
    node.read(refused).await.unwrap();
    let record = node.record(id);
    assert!(record.pending.is_empty());
    assert_eq!(record.refused.len(), 1);
    let attention = crate::requests::attention::count(&**node.own.ledger.kv(), city(OWN));
    assert_eq!(attention, Ok(1));
}

#[tokio::test]
async fn deliveries_stop_under_a_grant_that_a_restored_log_has_lost() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    let lost = Origin {
        epoch: node.own.ledger.head().epoch,
        seq: 40,
    };
    restored::tests::restore(&node.own).await;

    let step = Step {
        party: Party::Provider,
        actor: node.own.node().into(),
        at: now(),
        mv: grant(false),
        due: None,
    };
    for _ in 0..2 {
        let _ = node.ordered(id, step.clone(), lost).await;
    }
    let record = node.record(id);
    let (act, cause) = record.stops.in_force().unwrap();
    assert_eq!((cause, act.act.reason()), (StopCause::Restored, ""));
    let stops = node.facts();
    let stops = stops
        .iter()
        .filter(|fact| matches!(fact, CityFact::Stop { .. }));
    assert_eq!(stops.count(), 1);
}

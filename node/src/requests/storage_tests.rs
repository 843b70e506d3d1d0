//! A data directory of the newest storage version, which every later build opens and reads in the same way: a
//! fact of every kind of a city's log, as its own node has it, and a record under every prefix.
//!
//! It is `tests/fixtures/storage-3/node`; `node.txt` beside it describes the contents read when it was
//! made. Additions: CONTRIBUTING, "Adding to the data directories of earlier versions".

#[path = "added_storage_tests.rs"]
mod added_storage;
#[path = "consent_storage_tests.rs"]
mod consent_storage;
#[path = "../../../tests/fixtures/directory.rs"]
mod directory;
#[path = "matters_storage_tests.rs"]
mod matters_storage;
#[path = "notification_storage_tests.rs"]
mod notification_storage;
#[path = "storage_description_tests.rs"]
mod storage_description_tests;
#[path = "usage_storage_tests.rs"]
mod usage_storage;

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use chengji_domain::access::{Certificate, Rights, Role, Serial};
use chengji_domain::catalogue::Mount;
use chengji_domain::catalogue::freshness::History;
use chengji_domain::catalogue::lifecycle::Move as EntryMove;
use chengji_domain::delegation::DelegationFact;
use chengji_domain::delivery::Content;
use chengji_domain::fact::{AccessFact, Delivery, Measurement, ReviewFact};
use chengji_domain::notification::SubscriptionFact;
use chengji_domain::problem::Problem;
use chengji_domain::stop::{StopAct, StopCause, StopTarget};
use chengji_domain::{Digest, LogKey, ResourceRef};
use chengji_follow::request_table;
use chengji_messages::msg;
use chengji_proto::convert::entry_to;
use chengji_records::{
    EndedCopy, ImportUnderWay, MountRecord, MountedFile, MountedSource, Piece, StoredEndedCopy,
    StoredImport, StoredPiece, StoredPosition, StoredSource, StoredTransfer,
};
use chengji_store::{Loss, Position, Prefix, Single, Table, build_added};
use chengji_testkit::{CREDIT_CODE, overdue::overdue};

use self::consent_storage::consent;
use self::directory::{
    NEWEST, add_a_departed_member, contents, copied, facts_of_version_2, fixture, indexes_agree,
    keep_records, kinds, tidy,
};
use self::notification_storage::subscriptions;
use self::storage_description_tests::{contents_of, described};
use super::*;
use crate::catalogue::editor::Editor;
use crate::catalogue::transitions::{Transition, Transitions};
use crate::catalogue::{lifecycles, samples};
use crate::delivery::receipts::{self, End};
use crate::parts::indexed;
use crate::stops;

/// Prefixes of the coordinator and of work under way, and that of grants of tables, of which the directory has none.
const NOT_WRITTEN: [Prefix; 24] = [
    Prefix::MigrationNote,
    Prefix::ReceivedRevision,
    Prefix::Federated,
    Prefix::Waiting,
    Prefix::Arrival,
    Prefix::Seal,
    Prefix::MembershipFact,
    Prefix::EarlyMove,
    Prefix::EarlyMoveTally,
    Prefix::LatestArrival,
    Prefix::EntryChange,
    Prefix::LastEntryChange,
    Prefix::RateSnapshot,
    Prefix::RateSnapshotPart,
    Prefix::Finding,
    Prefix::AwaitedApproval,
    Prefix::ApprovalRecheck,
    Prefix::RegionChanged,
    Prefix::TableGrant,
    Prefix::WaitingForMember,
    Prefix::MonthUse,
    Prefix::Unbuilt,
    Prefix::Recount,
    Prefix::FormulaAdoption,
];

kinds!(KINDS, kind, CityFact, {
    CityFact::Published { .. } => "published",
    CityFact::Withdrawn { .. } => "withdrawn",
    CityFact::Review(ReviewFact::Submitted { .. }) => "submitted",
    CityFact::Review(ReviewFact::Returned { .. }) => "returned",
    CityFact::Review(ReviewFact::TakenBack { .. }) => "taken back",
    CityFact::Review(ReviewFact::WithdrawalAsked { .. }) => "withdrawal asked",
    CityFact::Review(ReviewFact::WithdrawalDeclined { .. }) => "withdrawal declined",
    CityFact::Review(ReviewFact::ChangeNoted { .. }) => "change noted",
    CityFact::Review(ReviewFact::UpdateExtended { .. }) => "update extended",
    CityFact::Review(ReviewFact::UpdatedLate { .. }) => "updated late",
    CityFact::Review(ReviewFact::Reminded(_)) => "entries reminded",
    CityFact::Mounted { .. } => "mounted",
    CityFact::Unmounted { .. } => "unmounted",
    CityFact::Measured { .. } => "measured",
    CityFact::Requested { .. } => "requested",
    CityFact::Moved { mv: Move::Offer { .. }, .. } => "offered",
    CityFact::Moved { .. } => "moved",
    CityFact::Stop { act: StopAct::Stopped { cause: StopCause::Incident, .. }, .. } => "incident",
    CityFact::Stop { act: StopAct::Stopped { .. }, .. } => "stopped",
    CityFact::Stop { act: StopAct::Lifted { .. }, .. } => "stop lifted",
    CityFact::Delivered { .. } => "delivered",
    CityFact::Received { .. } => "received",
    CityFact::Access(AccessFact::Granted { .. }) => "access granted",
    CityFact::Access(AccessFact::Certified { .. }) => "access certified",
    CityFact::Access(AccessFact::Revoked { .. }) => "access revoked",
    CityFact::Access(AccessFact::Ended { .. }) => "access ended",
    CityFact::EpochOpened(_) => "epoch opened",
    CityFact::Consent(_) => "consent",
    CityFact::Usage(_) => "usage",
    CityFact::GrantRule(_) => "grant rule",
    CityFact::Delegation(DelegationFact::Begun(_)) => "delegated",
    CityFact::Delegation(DelegationFact::Ended { .. }) => "delegation ended",
    CityFact::Notification(SubscriptionFact::Begun(_)) => "subscribed",
    CityFact::Notification(SubscriptionFact::Ended { .. }) => "subscription ended",
    CityFact::Matter(_) => "matter",
    CityFact::DepartmentSucceeded(_) => "department succeeded",
    CityFact::DepartmentSuccessionEnded(_) => "department split",
    CityFact::ReturnFlow(_) => "return flow",
    CityFact::ProbeMade(_) => "probe made",
});

/// The kinds of facts in the city's own log.
fn kinds_of(ledger: &Ledger) -> BTreeSet<&'static str> {
    let entries = log::entries(&**ledger.kv(), 0, 1_000, usize::MAX).unwrap();
    let fact = |entry| convert::city_entry_from(entry, city(OWN)).unwrap().fact;
    let kinds = entries.iter().map(|(_, entry)| kind(&fact(entry)));
    kinds.collect()
}

fn owner() -> String {
    format!("city/{OWN}")
}

fn person(name: &str) -> Principal {
    format!("city/{OWN}/person/{name}").parse().unwrap()
}

fn certificate(serial: u8) -> Certificate {
    Certificate {
        serial: Serial([serial; 16]),
        not_after: days_after(now(), 30),
    }
}

fn entry(serial: u32) -> chengji_domain::catalogue::Entry {
    samples::entry(serial, &format!("条目{serial}"), CREDIT_CODE, &["名称"])
}

fn access(of: &Principal, role: Role) -> [AccessFact; 4] {
    let principal = || of.clone();
    [
        AccessFact::Granted {
            principal: principal(),
            rights: Rights::new([role], None).unwrap(),
        },
        AccessFact::Certified {
            principal: principal(),
            certificate: certificate(7),
        },
        AccessFact::Revoked {
            principal: principal(),
            certificates: vec![certificate(7)],
        },
        AccessFact::Ended {
            principal: principal(),
            reason: "调离".to_owned(),
        },
    ]
}

/// The node reads from the coordinator: members, keys, people, an open request, and a granted one, of
/// which a move was refused first.
async fn read_the_coordinator(node: &Node) -> RequestId {
    let key = LogKey {
        public: [9; 32],
        valid_from: Origin {
            epoch: COORDINATOR,
            seq: 0,
        },
    };
    let duty: Principal = "operator/duty".parse().unwrap();
    let members = (3..=9).map(|number| Node::admitted(&format!("430{number}00")));
    let people = access(&duty, Role::Operator).map(ClusterFact::Access);
    for fact in members.chain([ClusterFact::LogKeyed(key)]).chain(people) {
        node.read(fact).await.unwrap();
    }
    node.sign().await;
    node.routed(1, ShareClass::Conditional).await;
    refuse_a_move(node).await;
    let id = node.routed(2, ShareClass::Conditional).await;
    let (step, origin) = node.granted(id).await;
    let elsewhere = Origin {
        seq: origin.seq + 1,
        ..origin
    };
    let aside = node.ordered(id, step.clone(), elsewhere).await;
    aside.unwrap_err();
    let ordered = ClusterFact::Ordered {
        request: id,
        provider: city(OWN),
        step,
        origin: Some(origin),
        arrived_at: Some(now()),
        newly_permitted: false,
    };
    node.read(ordered).await.unwrap();
    id
}

/// A move of the city reaches the coordinator too late.
async fn refuse_a_move(node: &Node) {
    let request = node.routed(3, ShareClass::Conditional).await;
    let (step, origin) = node.granted(request).await;
    let late = Error::new(ErrorCode::OutOfTurn, msg::Text { text: "演练" });
    let refused = ClusterFact::MoveRefused {
        request,
        provider: city(OWN),
        step,
        origin,
        problem: Problem::from(&late),
    };
    node.read(refused).await.unwrap();
}

/// Entries in every state, and the moves that lead there.
fn review(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let transitions = |name| Transitions {
        ledger: own.ledger.clone(),
        city: own.city,
        rules: CurrentRules::built_in().unwrap(),
        editor: Editor {
            by: person(name),
            department: None,
            merged: Default::default(),
        },
        consent: None,
    };
    let (author, reviewer) = (transitions("bian.zhi"), transitions("shen.he"));
    for serial in 1..=6 {
        author.import(tx, &entry(serial), serial == 6, now())?;
    }
    for (serial, by, mv) in [
        (1, &reviewer, EntryMove::Approve),
        (2, &reviewer, EntryMove::Approve),
        (3, &reviewer, EntryMove::Approve),
        (4, &reviewer, EntryMove::Return),
        (5, &author, EntryMove::TakeBack),
        (2, &author, EntryMove::AskWithdrawal),
        (2, &reviewer, EntryMove::Return),
        (3, &author, EntryMove::AskWithdrawal),
        (3, &reviewer, EntryMove::Approve),
    ] {
        let code = entry(serial).code;
        let record = lifecycles::existing(tx, &code)?;
        let making = Transition {
            mv,
            at: now(),
            reason: "理由",
        };
        by.change(tx, &code, (record.lifecycle.newest, record.steps), making)?;
    }
    Ok(())
}

/// A request of the city, one that it takes back, and a stop of deliveries of an entry.
fn requests(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let actor = || Actor::new(person("wang.fang"), Some(CREDIT_CODE.parse().unwrap()));
    let asked = |serial| Submission {
        resource: ResourceRef {
            city: city(CONSUMER),
            code: entry(serial).code,
        },
        ..submission()
    };
    records::submit(own, tx, actor(), now(), asked(7), "key")?;
    let withdrawn = records::submit(own, tx, actor(), now(), asked(8), "")?;
    let withdraw = Move::Withdraw {
        reason: "不再需要".to_owned(),
    };
    records::make_move(own, tx, actor(), now(), withdrawn.history.id, withdraw)?;
    let day = "2026-11-23".parse().unwrap();
    records::count_automatic_grant(tx, city(CONSUMER), day, 10)?;
    for act in [
        StopAct::Stopped {
            cause: StopCause::Suspended,
            reason: "核查".to_owned(),
            report: None,
        },
        StopAct::Lifted {
            reason: "核查完毕".to_owned(),
        },
    ] {
        let target = StopTarget::Entry(entry(1).code);
        stops::act(own, tx, (person("shen.pi").into(), now()), target, act)?;
    }
    Ok(())
}

fn measurement() -> Measurement {
    Measurement {
        bytes: 900,
        rows: Some(9),
        digest: Digest([3; 32]),
        at: now(),
    }
}

/// Facts that otherwise only a running node writes: measuring and delivering files, enrolling people.
fn deliveries(own: &OwnLog, tx: &mut Tx<'_>, request: RequestId) -> Result<()> {
    let code = || entry(2).code;
    let facts = [
        CityFact::Mounted {
            code: code(),
            file_name: "a.csv".to_owned(),
            is_table: false,
        },
        CityFact::Measured {
            code: code(),
            measurement: measurement(),
        },
        CityFact::Unmounted {
            code: entry(3).code,
            reason: "迁移".to_owned(),
        },
    ];
    let people = access(&person("li.si"), Role::Publisher).map(CityFact::Access);
    for fact in facts.into_iter().chain(people) {
        own.append(tx, &own.node(), now(), fact)?;
    }
    let delivery = || Delivery {
        request,
        code: code(),
        revision: 1,
        bytes: 900,
        digest: Digest([3; 32]),
        rows: None,
    };
    let consumer = city(CONSUMER);
    let sent = End::Sent {
        consumer,
        resumed_at: 0,
        vouched: None,
    };
    let received = End::Received {
        provider: consumer,
        file_name: "a.csv".to_owned(),
    };
    for end in [sent, received] {
        receipts::write(own, tx, &own.node(), now(), delivery(), end)?;
    }
    let content = Content {
        code: code(),
        revision: 1,
        file_name: "a.csv".to_owned(),
        bytes: 900,
        digest: Digest([3; 32]),
        rows: None,
    };
    let transfers: Table<RequestId, StoredTransfer> = Table::new(Prefix::Transfer, &[]);
    transfers.put(tx, &request, &content)?;
    let source = MountedSource::File(MountedFile {
        path: "/data/a.csv".to_owned(),
        bytes: 900,
        modified_ns: 1,
        inode: 2,
        device: 3,
    });
    let mounts: Table<_, StoredSource> = Table::new(Prefix::Mount, &[]);
    let mut record = catalogue::entries::existing(tx, &entry(2).code)?;
    mounts.put(tx, &record.entry.code, &MountRecord::new(source))?;
    record.mount = Some(Mount {
        file_name: "a.csv".to_owned(),
        is_table: false,
        measurement: Some(measurement()),
        history: Some(History::begin(now())),
    });
    catalogue::entries::put(tx, &record)
}

/// Records of an import and of following that exist until these are done or accepted.
fn unfinished(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let staged: Table<u64, StoredPiece> = Table::new(Prefix::Staged, &[]);
    let mut piece = Piece::default();
    piece.push(&entry_to(&entry(9)));
    staged.put(tx, &1, &piece)?;
    let under_way = ImportUnderWay {
        by: person("bian.zhi"),
        at: now(),
        draft: false,
        department: None,
        consent: None,
    };
    Single::<StoredImport>::new(Prefix::ImportUnderWay).put(tx, &under_way)?;
    let end = Position {
        epoch: COORDINATOR,
        seq: 1,
    };
    let ended: Table<(LogOwner, u32), StoredEndedCopy> = Table::new(Prefix::LogCopy, &[]);
    let ended_at = now();
    ended.put(
        tx,
        &(LogOwner::City(city(CONSUMER)), 0),
        &EndedCopy { end, ended_at },
    )?;
    Single::<StoredPosition>::new(Prefix::ReadSinceEpoch).put(tx, &own.ledger.head())?;
    roster::put_heard(tx, Duration::from_secs(5), now())
}

async fn fill(node: &Node) {
    let request = read_the_coordinator(node).await;
    let own = node.own.clone();
    let fill = move |tx: &mut Tx<'_>| {
        review(&own, tx)?;
        requests(&own, tx)?;
        deliveries(&own, tx, request)?;
        consent(&own, tx)?;
        usage_storage::usage(&own, tx)?;
        subscriptions(&own, tx)?;
        unfinished(&own, tx)
    };
    node.own.ledger.write(fill).await.unwrap();
    let (who, log) = (person("wang.fang"), LogOwner::Coordinator);
    keep_records(&node.own.ledger, node.own.clock.clone(), who, log).await;
    restored::tests::restore(&node.own).await;
}

#[tokio::test]
#[ignore = "adds to the directory"]
async fn add_to_the_directory_of_the_newest_storage_version() {
    let folder = fixture(NEWEST).join("node");
    if !folder.exists() {
        fs::create_dir_all(fixture(NEWEST)).unwrap();
        let ledger = Ledger::create_directory(&folder, &owner(), [1; 8]).unwrap();
        let node = Node::within(ledger, 10);
        let node = node.with_entry(ShareClass::Conditional).await;
        fill(&node).await;
        node.own.ledger.close();
    }
    // A new kind of fact is appended here, where the directory has none of its kind.
    let ledger = Ledger::open_directory(&folder, &owner(), Loss::Refused).unwrap();
    if !kinds_of(&ledger).contains("offered") {
        let own = Node::within(ledger.clone(), 10).own;
        let further = move |tx: &mut Tx<'_>| {
            let facts = facts_of_version_2("430100-1-1-AAAAAAAAAAAAA".parse()?, &own.node().into());
            let mut facts = facts.into_iter();
            facts.try_for_each(|fact| own.append(tx, &own.node(), now(), fact).map(drop))
        };
        ledger.write(further).await.unwrap();
    }
    build_added(&ledger, indexed()).await.unwrap();
    consent_storage::add_missing(&ledger).await;
    usage_storage::add_missing(&ledger).await;
    notification_storage::add_missing(&ledger).await;
    matters_storage::add_missing(&ledger).await;
    added_storage::add_missing(&ledger).await;
    add_a_departed_member(&ledger).await;
    samples::follow_change(&ledger, city(OWN), entry(1).code).await;
    let provisional = request_table::PROVISIONAL.all().count(&**ledger.kv(), 1);
    if provisional.unwrap() == 0 {
        let record = overdue(&format!("{CONSUMER}-1-900-AAAAAAAAAAAAA"), OWN, now());
        let put = ledger.write(move |tx| request_table::put(tx, &record));
        put.await.unwrap();
    }
    fs::write(fixture(NEWEST).join("node.txt"), described(&ledger)).unwrap();
    ledger.close();
    drop(ledger);
    tidy(&folder);
}

#[tokio::test]
async fn directories_of_earlier_storage_versions_are_migrated() {
    for version in 1..NEWEST {
        let copy = copied(version, "node");
        let ledger = Ledger::open_directory(copy.path(), &owner(), Loss::Refused).unwrap();
        build_added(&ledger, indexed()).await.unwrap();
        assert_eq!(contents_of(&ledger), contents(version, "node.txt"));
        indexes_agree(&ledger, indexed()).await;
    }
}

#[tokio::test]
async fn a_directory_says_what_it_said() {
    let copy = copied(NEWEST, "node");
    let ledger = Ledger::open_directory(copy.path(), &owner(), Loss::Refused).unwrap();
    build_added(&ledger, indexed()).await.unwrap();
    let expected = fs::read_to_string(fixture(NEWEST).join("node.txt")).unwrap();
    assert_eq!(described(&ledger), expected);
    indexes_agree(&ledger, indexed()).await;
    assert_eq!(kinds_of(&ledger), KINDS.iter().copied().collect());
}

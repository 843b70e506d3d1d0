//! Feeds over logs without a network.

use std::sync::Arc;

use chengji_access::records::put_person;
use chengji_domain::access::Rights;
use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::{DueEntries, EntryAct};
use chengji_domain::envelope::Envelope;
use chengji_domain::epoch::{EpochCause, EpochStart};
use chengji_domain::event::EventKind;
use chengji_domain::fact::{CityFact, ClusterFact, Delivery, EpochOpened, LogEntry, ReviewFact};
use chengji_domain::matter::{MatterEvent, MatterMove, MatterRecord, MatterStep};
use chengji_domain::notification::{Channel, Topics};
use chengji_domain::people::Person;
use chengji_domain::request::{Actor, DueAct, Party};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, Digest, Epoch, Principal};
use chengji_follow::{Apply, Intake};
use chengji_messages::Language;
use chengji_proto::convert::cluster_entry_to;
use chengji_proto::v1;
use chengji_records::OfDepartment;
use chengji_store::{Entry, Ledger, MemoryStore, Tx};
use chengji_testkit::{CREDIT_CODE, OTHER_CREDIT_CODE, matters};
use jiff::civil::date;

use super::*;

const COORDINATOR: Epoch = Epoch::first([7; 8]);
const RESTORED: Epoch = Epoch {
    number: 2,
    id: [8; 8],
};

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

fn city(code: &str) -> CityCode {
    code.parse().unwrap()
}

fn own() -> OwnLog {
    OwnLog {
        city: city("430200"),
        ledger: Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap(),
        clock: Arc::new(now),
    }
}

fn owner() -> Principal {
    "city/430200/person/shen.pi".parse().unwrap()
}

fn request(seq: u64) -> RequestId {
    format!("430100-1-{seq}-AAAAAAAAAAAAA").parse().unwrap()
}

fn subscribed(topics: &[Topic]) -> Subscribed {
    Subscribed {
        owner: owner(),
        channel: Channel::Mail {
            address: "shen.pi@zhuzhou.example".to_owned(),
            daily: false,
            language: Language::English,
        },
        topics: Topics::Named(topics.iter().copied().collect()),
    }
}

/// The subscriber gets these rights.
async fn record_owner(own: &OwnLog, rights: Rights) {
    let person = Person {
        principal: owner(),
        rights,
        since: now(),
        ended: None,
        reason: String::new(),
        certificate: None,
    };
    let put = move |tx: &mut Tx<'_>| put_person(tx, &person);
    own.ledger.write(put).await.unwrap();
}

/// The subscriber becomes an approver of this department; requests 1 and 2 are of two departments.
async fn set_up(own: &OwnLog, department: Option<&str>) {
    let department = department.map(|code| code.parse().unwrap());
    record_owner(own, Rights::new([Role::Approver], department).unwrap()).await;
    let job = move |tx: &mut Tx<'_>| {
        for (seq, code) in [(1, CREDIT_CODE), (2, OTHER_CREDIT_CODE)] {
            let noted = OfDepartment {
                department: code.parse()?,
                submitted_at: now(),
            };
            DEPARTMENTS.put(tx, &request(seq), &noted)?;
        }
        Ok(())
    };
    own.ledger.write(job).await.unwrap();
}

/// The city delivers under these requests.
async fn deliver(own: &OwnLog, requests: &[u64]) {
    let (log, requests) = (own.clone(), requests.to_vec());
    let job = move |tx: &mut Tx<'_>| {
        requests.iter().try_for_each(|seq| {
            let fact = CityFact::Delivered {
                delivery: Delivery {
                    request: request(*seq),
                    code: "103001000001".parse()?,
                    revision: 1,
                    bytes: 9,
                    digest: Digest([3; 32]),
                    rows: None,
                },
                consumer: city("430100"),
                resumed_at: 0,
            };
            log.append(tx, &log.node(), now(), fact).map(drop)
        })
    };
    own.ledger.write(job).await.unwrap();
}

/// Stores a log, which has no further effect.
struct Stored;

impl Apply for Stored {
    type Fact = ();
    type Sums = ();

    fn parse(&self, _: &Envelope, _: &Entry) -> Result<()> {
        Ok(())
    }

    fn apply(&self, _: &mut Tx<'_>, _: &mut (), _: &(), _: &Entry) -> Result<()> {
        Ok(())
    }

    fn forget(&self, _: &mut Tx<'_>) -> Result<bool> {
        Ok(true)
    }
}

fn intake(own: &OwnLog) -> Intake<Stored> {
    let (ledger, clock) = (own.ledger.clone(), own.clock.clone());
    let log = LogOwner::Coordinator;
    Intake::open(ledger, own.node(), log, Arc::new(Stored), clock).unwrap()
}

/// The node reads facts as the next entries of the coordinator's log, which is in the epoch `log`.
async fn read_log(
    own: &OwnLog,
    (log, written): (Epoch, Epoch),
    facts: impl IntoIterator<Item = ClusterFact>,
) {
    let coordinator = LogOwner::Coordinator;
    let position = chengji_follow::position(own.ledger.kv().as_ref(), coordinator);
    let first = position.unwrap().seq;
    let entry = |(seq, fact)| LogEntry {
        log: coordinator,
        epoch: written,
        seq,
        at: now(),
        principal: Principal::Coordinator,
        fact,
    };
    let entries = (first..).zip(facts).map(entry);
    let items: Vec<_> = entries
        .map(|entry| cluster_entry_to(&entry, [7; 16]).into())
        .collect();
    let message = v1::FollowResponse {
        epoch: log.number,
        epoch_id: log.id.to_vec(),
        first,
        head: first + items.len() as u64,
        items,
        ..Default::default()
    };
    intake(own).take(message).await.unwrap();
}

/// The coordinator reminds of a request.
fn reminder(seq: u64) -> ClusterFact {
    ClusterFact::Reminded {
        request: request(seq),
        provider: city("430200"),
        act: DueAct::Answer,
        deadline: Deadline::certain(date(2026, 12, 7)),
        overdue: false,
    }
}

async fn remind(own: &OwnLog, requests: &[u64]) {
    let facts = requests.iter().map(|seq| reminder(*seq));
    read_log(own, (COORDINATOR, COORDINATOR), facts).await;
}

/// Reads the next events of a feed of these topics: their kinds and requests.
fn read(
    own: &OwnLog,
    topics: &[Topic],
    feed: &Feed,
) -> (Vec<(EventKind, Option<RequestId>)>, Batch) {
    let (kv, subscribed) = (own.ledger.kv().as_ref(), subscribed(topics));
    let copies = Copies::new(Arc::clone(own.ledger.kv()));
    let reader = Reader::of(kv, &subscribed, now()).unwrap().unwrap();
    let batch = next(own, &copies, &reader, feed).unwrap();
    let events = batch.events.iter();
    let found = events.map(|pending| (pending.event.kind, pending.event.request));
    (found.collect(), batch)
}

#[tokio::test]
async fn a_feed_has_the_events_of_its_topics_in_the_order_of_the_logs() {
    let own = own();
    set_up(&own, None).await;
    deliver(&own, &[1, 2]).await;
    remind(&own, &[2]).await;
    let begin = Feed::begin(0, (0, 0));
    let sent = |seq| (EventKind::Delivered, Some(request(seq)));
    let near = (EventKind::DeadlineNear, Some(request(2)));
    let (all, batch) = read(&own, Topic::ALL, &begin);
    assert_eq!(all, [sent(1), sent(2), near]);
    assert!(batch.is_last);
    assert_eq!((batch.after.own, batch.after.coordinator), (2, 1));
    assert_eq!(read(&own, &[Topic::Deadlines], &begin).0, [near]);
    assert!(read(&own, &[Topic::Findings], &begin).0.is_empty());
    // From the position of an event on, and after the last one.
    let replayed = Feed::begin(1, (0, 1));
    assert_eq!(read(&own, Topic::ALL, &replayed).0, [sent(2)]);
    assert!(read(&own, Topic::ALL, &batch.after).0.is_empty());
}

#[tokio::test]
async fn a_subscriber_of_a_department_gets_the_events_of_its_requests_alone() {
    let own = own();
    set_up(&own, Some(OTHER_CREDIT_CODE)).await;
    deliver(&own, &[1, 2, 3]).await;
    remind(&own, &[1, 2, 3]).await;
    let (found, batch) = read(&own, Topic::ALL, &Feed::begin(0, (0, 0)));
    let of_second = Some(request(2));
    assert_eq!(
        found,
        [
            (EventKind::Delivered, of_second),
            (EventKind::DeadlineNear, of_second)
        ]
    );
    assert_eq!((batch.after.own, batch.after.coordinator), (3, 3));
}

#[tokio::test]
async fn matters_without_a_part_of_the_city_are_no_events_and_a_city_that_left_is_one_for_all() {
    let own = own();
    set_up(&own, Some(OTHER_CREDIT_CODE)).await;
    let demanded = |seq| MatterRecord::new(request(seq), matters::demand(), by(), now());
    let put = move |tx: &mut Tx<'_>| {
        for (seq, to) in [(5, "430200"), (6, "430300")] {
            let mut record = demanded(seq);
            record.steps.push(assign(to));
            matter_table::put(tx, &record)?;
        }
        Ok(())
    };
    own.ledger.write(put).await.unwrap();
    let ordered = |seq, to| {
        ClusterFact::Matter(Box::new(MatterEvent::Ordered {
            matter: request(seq),
            provider: None,
            step: assign(to),
            origin: None,
        }))
    };
    let left = ClusterFact::StatusChanged {
        city: city("430300"),
        status: MembershipStatus::Removed,
        reason: String::new(),
    };
    let facts = [ordered(5, "430200"), ordered(6, "430300"), left];
    read_log(&own, (COORDINATOR, COORDINATOR), facts).await;
    let (found, _) = read(&own, Topic::ALL, &Feed::begin(0, (0, 0)));
    let kinds: Vec<_> = found.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [EventKind::MatterMoved, EventKind::PartyLeft]);
}

fn by() -> Actor {
    Principal::Coordinator.into()
}

fn assign(to: &str) -> MatterStep {
    MatterStep {
        party: Party::Coordinator,
        actor: by(),
        at: now(),
        mv: MatterMove::Assign {
            city: city(to),
            department: None,
            deadline: Deadline::certain(date(2026, 12, 7)),
        },
    }
}

#[tokio::test]
async fn a_batch_is_bounded_and_the_next_one_goes_on_behind_it() {
    let own = own();
    set_up(&own, None).await;
    deliver(&own, &[1; MAX_EVENTS + 20]).await;
    let (first, batch) = read(&own, Topic::ALL, &Feed::begin(0, (0, 0)));
    assert_eq!((first.len(), batch.is_last), (MAX_EVENTS, false));
    let (second, batch) = read(&own, Topic::ALL, &batch.after);
    assert_eq!((second.len(), batch.is_last), (20, true));
}

#[tokio::test]
async fn a_log_that_is_read_anew_is_not_reported_again() {
    let own = own();
    set_up(&own, None).await;
    remind(&own, &[1, 2]).await;
    let (_, batch) = read(&own, Topic::ALL, &Feed::begin(0, (0, 0)));
    let feed = batch.after;
    assert_eq!(moved(&own, &feed), Ok(None));

    // The coordinator was restored from a backup that lacks the second reminder.
    intake(&own).start_over(RESTORED).await.unwrap();
    read_log(&own, (RESTORED, COORDINATOR), [reminder(1)]).await;
    assert_eq!(moved(&own, &feed), Ok(None));
    assert!(read(&own, Topic::ALL, &feed).0.is_empty());
    let start = EpochStart {
        epoch: RESTORED,
        previous: COORDINATOR,
        replaced: Epoch::UNKNOWN,
        seq: 1,
    };
    let cause = EpochCause::Restored;
    let opened = ClusterFact::EpochOpened(EpochOpened { start, cause });
    read_log(&own, (RESTORED, RESTORED), [opened, reminder(3)]).await;
    let feed = moved(&own, &feed).unwrap().unwrap();
    assert_eq!((feed.copy, feed.coordinator), (1, 1));
    let third = (EventKind::DeadlineNear, Some(request(3)));
    assert_eq!(read(&own, Topic::ALL, &feed).0, [third]);
}

#[tokio::test]
async fn who_may_not_subscribe_any_more_gets_nothing() {
    let own = own();
    let subscribed = subscribed(Topic::ALL);
    let is_reader = || {
        let reader = Reader::of(own.ledger.kv().as_ref(), &subscribed, now());
        reader.unwrap().is_some()
    };
    assert!(!is_reader(), "no person of the city");
    for (role, may) in [(Role::Approver, true), (Role::Administrator, false)] {
        record_owner(&own, Rights::new([role], None).unwrap()).await;
        assert_eq!(is_reader(), may, "{role:?}");
    }
}

/// The reminder of an act that is due about an entry of this department.
async fn remind_of_entry(own: &OwnLog, act: EntryAct, department: &str) {
    let due = DueEntries {
        department: department.parse().unwrap(),
        act,
        deadline: Deadline::certain(date(2026, 12, 7)),
        overdue: false,
        codes: vec!["103001000001".parse().unwrap()],
    };
    let (log, fact) = (own.clone(), CityFact::Review(ReviewFact::Reminded(due)));
    let job = move |tx: &mut Tx<'_>| log.append(tx, &log.node(), now(), fact).map(drop);
    own.ledger.write(job).await.unwrap();
}

#[tokio::test]
async fn those_who_act_on_the_catalogue_alone_get_the_reminders_of_their_entries_alone() {
    let own = own();
    set_up(&own, None).await;
    deliver(&own, &[1]).await;
    remind_of_entry(&own, EntryAct::Review, CREDIT_CODE).await;
    remind_of_entry(&own, EntryAct::Update, CREDIT_CODE).await;
    remind_of_entry(&own, EntryAct::Correction, OTHER_CREDIT_CODE).await;
    let (near, sent) = (EventKind::EntriesNear, EventKind::Delivered);
    for (role, department, expected) in [
        (Role::Reviewer, None, vec![near]),
        (Role::Publisher, None, vec![near, near]),
        (Role::Publisher, Some(CREDIT_CODE), vec![near]),
        (Role::Approver, None, vec![sent]),
    ] {
        let department = department.map(|code: &str| code.parse().unwrap());
        record_owner(&own, Rights::new([role], department).unwrap()).await;
        let (found, _) = read(&own, Topic::ALL, &Feed::begin(0, (0, 0)));
        let kinds: Vec<_> = found.into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, expected, "{role:?}");
    }
}

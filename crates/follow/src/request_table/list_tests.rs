//! Compares lists with a search of all records, and bounds the reads of a page.

use std::sync::Arc;

use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::fact::Origin;
use chengji_domain::problem::Problem;
use chengji_domain::request::terms::GrantTerms;
use chengji_domain::request::{
    Grant, Move, Party, RefusedMove, RejectReason, RequestHistory, Step,
};
use chengji_domain::stop::{RecordedAct, StopAct, StopCause};
use chengji_domain::{Epoch, Principal};
use chengji_paging::MAX_PASSED_OVER;
use chengji_store::{CountingStore, Ledger, MemoryStore, Reads};
use chengji_testkit::requests;
use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::request_table::{self, REQUESTS};

const CITIES: [&str; 3] = ["430100", "430200", "430300"];
const OWN: &str = CITIES[0];

fn at(hour: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + (24 * 365 * 50 + hour).hours()
}

fn id(consumer: usize, seq: u64) -> RequestId {
    RequestId {
        city: CITIES[consumer].parse().unwrap(),
        epoch: Epoch::first([1; 8]),
        seq,
    }
}

fn record(id: RequestId, provider: usize, submitted_at: Timestamp) -> RequestRecord {
    let resource = format!("{}:103001000001", CITIES[provider]);
    RequestRecord::new(RequestHistory {
        id,
        submission: requests::submission(&resource),
        submitted_by: Principal::Coordinator.into(),
        submitted_at,
        steps: Vec::new(),
    })
}

/// The moves that lead to each state that a list distinguishes.
fn moves(way: u8, until: Timestamp) -> Vec<(Party, Move)> {
    let route = Move::Route {
        share_class: ShareClass::Conditional,
        revision: 1,
        deadline: Deadline::certain(date(2030, 1, 1)),
        approval: None,
    };
    let grant = Move::Grant(Grant {
        scope: "全部".to_owned(),
        conditions: String::new(),
        disposal: String::new(),
        terms: GrantTerms::file(until),
        automatic: false,
        return_flow: None,
    });
    let reject = Move::Reject {
        reason: RejectReason::NoSuchResource,
        problem: Problem::new(
            ErrorCode::NotFound,
            msg::Text {
                text: "no such resource",
            },
        ),
    };
    match way {
        0 => vec![],
        1 => vec![(Party::Coordinator, reject)],
        2 => vec![(Party::Coordinator, route)],
        _ => vec![(Party::Coordinator, route), (Party::Provider, grant)],
    }
}

/// A record in one of the states: submitted, rejected, routed, granted, revoked or suspended.
fn made(id: RequestId, provider: usize, way: u8, submitted_at: Timestamp) -> RequestRecord {
    let mut record = record(id, provider, submitted_at);
    for (party, mv) in moves(way, submitted_at + 12.hours()) {
        let step = Step {
            party,
            actor: Principal::Coordinator.into(),
            at: submitted_at,
            mv,
            due: None,
        };
        record.order(step, None).unwrap();
    }
    let cause = match way {
        4 => StopCause::Revoked,
        5 => StopCause::Suspended,
        _ => return record,
    };
    record.stops.take(RecordedAct {
        origin: Origin {
            epoch: Epoch::first([2; 8]),
            seq: 1,
        },
        at: submitted_at,
        actor: Principal::Coordinator.into(),
        act: StopAct::Stopped {
            cause,
            reason: "stop".to_owned(),
            report: None,
        },
        noted: true,
        due: None,
    });
    record
}

fn refuse_a_move(record: &mut RequestRecord, party: Party) {
    record.refused.push(RefusedMove {
        step: Step {
            party,
            actor: Principal::Coordinator.into(),
            at: record.history.submitted_at,
            mv: Move::Withdraw {
                reason: "late".to_owned(),
            },
            due: None,
        },
        problem: Problem::new(
            ErrorCode::OutOfTurn,
            msg::Text {
                text: "not its turn",
            },
        ),
        acknowledged: false,
    });
}

fn ledger() -> (Ledger, Reads) {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let ledger = Ledger::create(Arc::new(store), "coordinator", [1; 8]).unwrap();
    (ledger, reads)
}

async fn keep(ledger: &Ledger, records: Vec<RequestRecord>) {
    let put = ledger.write(move |tx| {
        records
            .iter()
            .try_for_each(|record| request_table::put(tx, record))
    });
    put.await.unwrap();
}

/// Every page of a list, by the numbers on it.
fn listed(
    kv: &dyn chengji_store::KeyValue,
    filter: &Filter,
    size: u32,
    now: Timestamp,
) -> Vec<String> {
    let (mut numbers, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = page_of(kv, filter, (size, &cursor), now);
        assert!(page.items.len() <= size as usize);
        numbers.extend(page.items.into_iter().map(|request| request.id));
        if page.next_cursor.is_empty() {
            return numbers;
        }
        cursor = page.next_cursor;
    }
}

/// A page of so many after a cursor.
fn page_of(
    kv: &dyn chengji_store::KeyValue,
    filter: &Filter,
    (size, cursor): (u32, &str),
    now: Timestamp,
) -> Page<v1::Request> {
    let request = v1::ListRequestsRequest {
        page: Some(v1::PageRequest {
            size,
            cursor: cursor.to_owned(),
        }),
        ..v1::ListRequestsRequest::default()
    };
    let pager = Pager::of(&request).unwrap();
    let numbers = filter.numbers(kv, &pager);
    filter
        .page(kv, (&pager, numbers), Shown::by_records(now, None))
        .unwrap()
}

fn states() -> impl Strategy<Value = BTreeSet<State>> {
    let state = prop::sample::select(vec![
        State::Submitted,
        State::Rejected,
        State::Routed,
        State::Granted,
        State::Revoked,
        State::Suspended,
        State::Lapsed,
        State::Closed,
    ]);
    prop::collection::btree_set(state, 0..4)
}

fn filters() -> impl Strategy<Value = Filter> {
    let city = || prop::option::weighted(0.3, prop::sample::select(&CITIES[..]));
    (states(), city(), city()).prop_map(|(states, provider, consumer)| Filter {
        states,
        provider: provider.map(|city| city.parse().unwrap()),
        consumer: consumer.map(|city| city.parse().unwrap()),
        overdue: None,
    })
}

/// Some records are changed after they were stored, so that their index entries move.
fn records() -> impl Strategy<Value = Vec<RequestRecord>> {
    let one = (
        0..3_usize,
        1..3_usize,
        0..20_u64,
        0..6_u8,
        0..8_i64,
        0..4_u8,
    );
    let made = one.prop_map(|(consumer, other, seq, way, hour, refused)| {
        let provider = (consumer + other) % 3;
        let mut record = made(id(consumer, seq), provider, way, at(hour));
        match refused {
            0 => refuse_a_move(&mut record, Party::Consumer),
            1 => refuse_a_move(&mut record, Party::Provider),
            _ => {}
        }
        record
    });
    prop::collection::vec(made, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn a_list_is_what_the_filter_admits_newest_first_however_it_is_cut(
        records in records(),
        filter in filters(),
        size in 1..8_u32,
        hour in 0..24_i64,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (ledger, _) = ledger();
            for some in records.chunks(7) {
                keep(&ledger, some.to_vec()).await;
            }
            let kv = &**ledger.kv();
            let all = REQUESTS.all().page(kv, chengji_store::Limit::rows(1_000)).unwrap();
            let admitted = all.rows.iter().map(|(_, record)| record);
            let admitted = admitted.filter(|record| filter.admits(record, at(hour)).unwrap());
            let mut places: Vec<(Timestamp, RequestId)> = admitted
                .map(|record| (record.history.submitted_at, record.history.id))
                .collect();
            places.sort_unstable_by(|one, other| other.cmp(one));
            let expected: Vec<_> = places.iter().map(|(_, id)| id.to_string()).collect();
            assert_eq!(listed(kv, &filter, size, at(hour)), expected);
            assert!(REQUESTS.check_indexes(&ledger).await.unwrap().is_empty());
        });
    }
}

/// A ledger of `count` requests, the last one newest, in turn submitted, rejected, routed, granted,
/// revoked and suspended.
async fn filled(count: u64) -> (Ledger, Reads) {
    let (ledger, reads) = ledger();
    let records = (0..count).map(|seq| made(id(0, seq), 1, (seq % 6) as u8, at(seq as i64)));
    let records: Vec<_> = records.collect();
    for some in records.chunks(200) {
        keep(&ledger, some.to_vec()).await;
    }
    (ledger, reads)
}

#[tokio::test]
async fn a_page_reads_as_much_of_many_requests_as_of_few() {
    let of = |states: &[State]| Filter {
        states: states.iter().copied().collect(),
        ..Filter::default()
    };
    let parties = Filter {
        provider: Some(CITIES[1].parse().unwrap()),
        consumer: Some(OWN.parse().unwrap()),
        ..of(&[State::Rejected])
    };
    for count in [1_200, 12_000] {
        let (ledger, reads) = filled(count).await;
        let kv = &**ledger.kv();
        // The page and the record after it, and one more key of each index.
        for (filter, requests, keys) in [
            (of(&[]), 20, 22 + 20),
            (of(&[State::Submitted]), 20, 22 + 20),
            (of(&[State::Submitted, State::Routed]), 20, 2 * 22 + 20),
            (parties.clone(), 20, 22 + 20),
            (of(&[State::Closed]), 0, 0),
        ] {
            let (read, page) = reads.during(|| page_of(kv, &filter, (20, ""), at(0)));
            assert_eq!(
                (page.items.len(), read),
                (requests, keys),
                "{filter:?} of {count}"
            );
        }
    }
}

/// All grants but the oldest have ended; a page that looks for it stops early and names the next one.
#[tokio::test]
async fn a_page_that_passes_over_too_many_is_empty_and_names_the_next() {
    let (ledger, reads) = ledger();
    let count = 2 * MAX_PASSED_OVER as u64;
    let records: Vec<_> = (0..count)
        .map(|seq| {
            let mut record = record(id(0, seq), 1, at(seq as i64));
            let until = if seq == 0 {
                at(1_000_000)
            } else {
                at(seq as i64 + 1)
            };
            for (party, mv) in moves(3, until) {
                let at = record.history.submitted_at;
                let actor = Principal::Coordinator.into();
                record
                    .order(
                        Step {
                            party,
                            actor,
                            at,
                            mv,
                            due: None,
                        },
                        None,
                    )
                    .unwrap();
            }
            record
        })
        .collect();
    for some in records.chunks(200) {
        keep(&ledger, some.to_vec()).await;
    }
    let kv = &**ledger.kv();
    let granted = Filter {
        states: BTreeSet::from([State::Granted]),
        ..Filter::default()
    };
    let now = at(count as i64);
    let (read, first) = reads.during(|| page_of(kv, &granted, (20, ""), now));
    assert_eq!(first.items, []);
    assert!(!first.next_cursor.is_empty());
    assert!(read <= 3 * MAX_PASSED_OVER as u64, "{read}");
    assert_eq!(listed(kv, &granted, 20, now), [id(0, 0).to_string()]);
}

/// Requests routed at each hour, due one day after another; of every second one the deadline is far away.
async fn routed(count: u64) -> (Ledger, Reads) {
    let (ledger, reads) = ledger();
    let records = (0..count).map(|seq| {
        let days = if seq % 2 == 0 { seq as i64 } else { 100_000 };
        let mut record = record(id(0, seq), 1, at(seq as i64));
        let step = Step {
            party: Party::Coordinator,
            actor: Principal::Coordinator.into(),
            at: at(seq as i64),
            mv: Move::Route {
                share_class: ShareClass::Conditional,
                revision: 1,
                deadline: Deadline::certain(date(2020, 1, 1) + days.days()),
                approval: None,
            },
            due: None,
        };
        record.order(step, None).unwrap();
        record
    });
    let records: Vec<_> = records.collect();
    for some in records.chunks(200) {
        keep(&ledger, some.to_vec()).await;
    }
    (ledger, reads)
}

#[tokio::test]
async fn overdue_requests_are_listed_from_the_earliest_deadline_and_read_by_themselves() {
    for count in [400, 4_000] {
        let (ledger, reads) = routed(count).await;
        let kv = &**ledger.kv();
        let mut request = v1::ListRequestsRequest {
            overdue: true,
            page: Some(v1::PageRequest {
                size: 20,
                cursor: String::new(),
            }),
            ..v1::ListRequestsRequest::default()
        };
        let numbers = |page: &Page<v1::Request>| -> Vec<String> {
            page.items.iter().map(|item| item.id.clone()).collect()
        };
        // On 31 January 2020 those due from the 1st to the 30th are overdue: each second day.
        let now: Timestamp = "2020-01-31T04:00:00Z".parse().unwrap();
        let (read, first) =
            reads.during(|| page(kv, &request, Shown::by_records(now, None)).unwrap());
        let expected: Vec<String> = (0..20)
            .step_by(2)
            .map(|seq| id(0, seq).to_string())
            .collect();
        assert_eq!(numbers(&first)[..10], expected);
        assert_eq!(first.items.len(), 15);
        assert!(read <= 22 + 20, "{read} keys of {count} requests");
        // Nothing is overdue before, and of another provider nothing at all.
        let before = page(kv, &request, Shown::by_records(at(0), None)).unwrap();
        assert_eq!(numbers(&before), [] as [String; 0]);
        request.provider = CITIES[2].to_owned();
        assert_eq!(
            page(kv, &request, Shown::by_records(now, None))
                .unwrap()
                .items,
            []
        );
    }
}

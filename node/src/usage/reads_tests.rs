//! Counts the keys that calls about usage records read, and shows who reads which records.

use std::sync::Arc;

use chengji_domain::Digest;
use chengji_domain::access::Rights;
use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::delivery::Receipt;
use chengji_domain::fact::Delivery;
use chengji_domain::request::{Move, Party, RequestRecord, Step};
use chengji_domain::usage::Period;
use chengji_store::{CountingStore, Ledger, MemoryStore};
use chengji_testkit::{CREDIT_CODE, requests as samples};
use jiff::Timestamp;

use super::*;
use crate::delivery::receipts;
use crate::read_counts::{KeysRead, check, page};

fn now() -> Timestamp {
    "2028-01-10T02:00:00Z".parse().unwrap()
}

fn granted_at() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

fn caller() -> Caller {
    let rights = Rights::new([Role::Consumer], None).unwrap();
    Caller::new("city/430100/person/wang.fang".parse().unwrap(), rights)
}

/// A request of this city, granted for three years.
fn granted(number: u64, provider: &str) -> RequestRecord {
    let id = format!("430100-1-{number}-AAAAAAAAAAAAA");
    let at = granted_at();
    let mut history = samples::submitted(&id, &format!("{provider}:307012000001"), at);
    let until = "2029-11-27T02:00:00Z".parse().unwrap();
    let route = Move::Route {
        share_class: ShareClass::Conditional,
        revision: 1,
        deadline: Deadline::certain(jiff::civil::date(2026, 12, 7)),
        approval: None,
    };
    let grant = Move::Grant(samples::grant(until));
    for (party, mv) in [(Party::Coordinator, route), (Party::Provider, grant)] {
        let step = Step {
            party,
            actor: chengji_domain::Principal::Coordinator.into(),
            at,
            mv,
            due: None,
        };
        history = history.with(step).unwrap();
    }
    RequestRecord::new(history)
}

fn usage(request: RequestId) -> v1::Usage {
    let text = || "已用于核验".to_owned();
    let period = Period {
        from: jiff::civil::date(2026, 11, 27),
        to: jiff::civil::date(2027, 11, 26),
    };
    v1::Usage {
        request: request.to_string(),
        from: period.from.to_string(),
        to: period.to.to_string(),
        scenario: text(),
        process: text(),
        effect: text(),
        storage: text(),
        ..v1::Usage::default()
    }
}

/// A consumer with so many grants under which it received data, the first half of them with a record.
async fn consumer(count: u64) -> (OwnUsage, KeysRead) {
    let store = CountingStore::new(MemoryStore::new());
    let keys = KeysRead::of(store.reads());
    let ledger = Ledger::create(Arc::new(store), "city/430100", [1; 8]).unwrap();
    let own = OwnLog {
        city: "430100".parse().unwrap(),
        ledger,
        clock: Arc::new(now),
    };
    for number in 1..=count {
        let provider = ["430200", "430300"][usize::from(number % 4 == 0)];
        let record = granted(number, provider);
        let log = own.clone();
        let fill = move |tx: &mut Tx<'_>| {
            requests::put(tx, &record)?;
            records::begin(tx, &record)?;
            if number <= count / 2 {
                let usage = usage_from(Some(&usage(record.history.id)))?;
                records::record(&log, tx, (&caller(), now()), usage)?;
            }
            Ok(())
        };
        own.ledger.write(fill).await.unwrap();
    }
    let rules = CurrentRules::built_in().unwrap();
    (OwnUsage { own, rules }, keys)
}

async fn keys_read(count: u64) -> KeysRead {
    let (service, mut keys) = consumer(count).await;
    let person = Reader::Person(caller());
    let provider = Reader::Provider("430200".parse().unwrap());
    let records = v1::ListUsageRequest {
        page: page(),
        ..Default::default()
    };
    let missing = v1::ListMissingUsageRequest {
        page: page(),
        ..Default::default()
    };
    let number = service.page(&person, &records).unwrap().items[0].id.clone();
    keys.list("Usage/List", || {
        Ok(service.page(&person, &records)?.items.len())
    });
    keys.list("Usage/Disclose", || {
        Ok(service.page(&provider, &records)?.items.len())
    });
    keys.list("Usage/ListMissing", || {
        Ok(service.missing(&person, &missing)?.items.len())
    });
    keys.list("Usage/DiscloseMissing", || {
        Ok(service.missing(&provider, &missing)?.items.len())
    });
    let shown = async { service.seen(&caller(), &number) };
    keys.call("Usage/Show", shown).await;
    let last = granted(count, "430200").history.id;
    let asked = v1::RecordUsageRequest {
        usage: Some(usage(last)),
    };
    keys.call("Usage/Record", service.record_as(caller(), asked))
        .await;
    keys
}

#[tokio::test]
async fn calls_read_what_their_class_allows_however_many_records_there_are() {
    let (few, many) = (keys_read(24).await, keys_read(200).await);
    check(&few, &many, &["Usage"]);
}

#[tokio::test]
async fn a_provider_reads_the_records_of_its_grants_and_what_is_missing_alone() {
    let (service, _) = consumer(8).await;
    let asked = v1::ListUsageRequest::default();
    let of = |city: &str| Reader::Provider(city.parse().unwrap());
    let records = |reader: &Reader| service.page(reader, &asked).unwrap().items;
    let disclosed = records(&of("430200"));
    assert_eq!((disclosed.len(), records(&of("430300")).len()), (3, 1));
    for record in disclosed {
        assert_eq!(record.provider, "430200");
        let actor = record.actor.unwrap();
        assert_eq!(actor.principal, "city/430100/node");
    }
    assert_eq!(records(&Reader::Person(caller())).len(), 4);
    // A request to another provider is none for this one.
    let one = v1::ListUsageRequest {
        request: granted(1, "430200").history.id.to_string(),
        ..Default::default()
    };
    let count = |city: &str| {
        let page = service.page(&of(city), &one);
        page.map(|page| page.items.len())
            .map_err(|error| error.code())
    };
    assert_eq!(count("430200"), Ok(1));
    assert_eq!(count("430300"), Err(ErrorCode::NotFound));
    let asked = v1::ListMissingUsageRequest::default();
    let missing = |reader: &Reader| service.missing(reader, &asked).unwrap().items;
    let all = missing(&Reader::Person(caller()));
    assert_eq!(all.len(), 4);
    for grant in &all {
        assert_eq!((grant.to.as_str(), grant.periods), ("2027-11-26", 1));
        assert!(grant.overdue, "{grant:?}");
    }
    assert_eq!(missing(&of("430300")).len(), 1);
    // Once it is recorded, it is missing no longer.
    let request: RequestId = all[0].request.parse().unwrap();
    let recorded = v1::RecordUsageRequest {
        usage: Some(usage(request)),
    };
    service.record_as(caller(), recorded).await.unwrap();
    assert_eq!(missing(&Reader::Person(caller())).len(), 3);
}

#[tokio::test]
async fn a_person_of_a_department_reads_what_was_disclosed_of_its_requests_alone() {
    let (service, _) = consumer(8).await;
    let asked = v1::ListUsageRequest::default();
    let disclosed = || {
        let of_city = Reader::Provider("430200".parse().unwrap());
        service.page(&of_city, &asked).unwrap().items
    };
    let of = |department: Option<&str>| {
        let department = department.map(|code| code.parse().unwrap());
        let rights = Rights::new([Role::Approver], department).unwrap();
        let caller = Caller::new(caller().principal, rights);
        let visible = service.visible(&caller, disclosed(), Disclosed::request);
        visible.unwrap().len()
    };
    assert_eq!((of(None), of(Some(CREDIT_CODE))), (3, 0));
    let malformed = vec![v1::UsageRecord::default()];
    assert!(
        service
            .visible(&caller(), malformed, Disclosed::request)
            .is_err()
    );
}

#[tokio::test]
async fn the_use_of_what_was_received_before_records_were_kept_is_recorded_too() {
    let (service, _) = consumer(2).await;
    let before = granted(9, "430200");
    let id = before.history.id;
    let record = async || {
        let usage = Some(usage(id));
        let asked = v1::RecordUsageRequest { usage };
        let recorded = service.record_as(caller(), asked).await;
        recorded.map(drop).map_err(|error| error.code())
    };
    let put = move |tx: &mut Tx<'_>| requests::put(tx, &before);
    service.own.ledger.write(put).await.unwrap();
    assert_eq!(record().await, Err(ErrorCode::NoGrant));
    let receipt = Receipt {
        seq: 1,
        at: granted_at(),
        delivery: Delivery {
            request: id,
            code: "307012000001".parse().unwrap(),
            revision: 1,
            bytes: 9,
            digest: Digest([3; 32]),
            rows: None,
        },
        provider: "430200".parse().unwrap(),
        consumer: "430100".parse().unwrap(),
        sent: false,
        file_name: "a.csv".to_owned(),
        vouched: None,
    };
    let put = move |tx: &mut Tx<'_>| receipts::RECEIPTS.put(tx, &Reverse(1), &receipt);
    service.own.ledger.write(put).await.unwrap();
    assert_eq!(record().await, Ok(()));
}

#[tokio::test]
async fn records_are_taken_however_many_there_are_as_long_as_their_days_adjoin() {
    let (service, _) = consumer(1).await;
    let id = granted(1, "430200").history.id;
    let record = async |from: jiff::civil::Date| {
        let usage = v1::Usage {
            from: from.to_string(),
            to: from.to_string(),
            ..usage(id)
        };
        let asked = v1::RecordUsageRequest { usage: Some(usage) };
        let recorded = service.record_as(caller(), asked).await;
        recorded.map(drop).map_err(|error| error.code())
    };
    let first = jiff::civil::date(2026, 11, 27);
    for day in 0..300 {
        let from = first.checked_add(jiff::ToSpan::days(day)).unwrap();
        assert_eq!(record(from).await, Ok(()), "{from}");
    }
    let state = records::STATES.get(service.own.ledger.kv().as_ref(), &id);
    assert_eq!(state.unwrap().unwrap().recorded.unwrap().len(), 1);
}

#[tokio::test]
async fn a_record_is_of_a_period_of_the_grant_and_of_data_that_was_received() {
    let (service, _) = consumer(2).await;
    let code = async |change: fn(&mut v1::Usage), number: u64| {
        let mut usage = usage(granted(number, "430200").history.id);
        change(&mut usage);
        let asked = v1::RecordUsageRequest { usage: Some(usage) };
        let recorded = service.record_as(caller(), asked).await;
        recorded.map(drop).map_err(|error| error.code())
    };
    let invalid = Err(ErrorCode::InvalidArgument);
    assert_eq!(
        code(|usage| usage.from = "2026-11-26".to_owned(), 2).await,
        invalid
    );
    assert_eq!(
        code(|usage| usage.to = "2028-01-11".to_owned(), 2).await,
        invalid
    );
    assert_eq!(code(|usage| usage.effect.clear(), 2).await, invalid);
    assert_eq!(code(|_| {}, 2).await, Ok(()));
    assert_eq!(code(|_| {}, 9).await, Err(ErrorCode::NotFound));
}

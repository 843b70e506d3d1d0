use std::sync::Arc;

use chengji_access::roster::MEMBERS;
use chengji_domain::access::{Rights, Role};
use chengji_domain::fact::Member;
use chengji_domain::roster::{Membership, MembershipStatus};
use chengji_domain::roster_fold::Tracked;
use chengji_store::{CountingStore, Ledger, MemoryStore, Tx};
use chengji_testkit::overdue::overdue;

use super::*;
use crate::catalogue::samples::granted_request;

const OWN: &str = "430200";
/// The city of which [`granted_request`] is.
pub(crate) const OTHER: &str = "430100";

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

fn own() -> OwnLog {
    OwnLog {
        city: OWN.parse().unwrap(),
        ledger: Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap(),
        clock: Arc::new(now),
    }
}

/// Stores a request of [`OTHER`] that is granted until this time; returns its number.
pub(crate) async fn granted(ledger: &Ledger, seq: u64, until: &str) -> RequestId {
    let code = "206001000001".parse().unwrap();
    let record = granted_request(seq, &code, until.parse().unwrap());
    let id = record.history.id;
    let put = ledger.write(move |tx| request_table::put(tx, &record));
    put.await.unwrap();
    id
}

/// A city leaves the cluster, or is a member again.
pub(crate) async fn set_status(ledger: &Ledger, code: &str, status: MembershipStatus) {
    let member = Member {
        city: code.parse().unwrap(),
        name: "市".to_owned(),
        endpoint: format!("{code}.example:7430"),
        log_key: None,
    };
    let key = (0, member.city);
    let known = Some(Membership {
        member,
        status,
        since: now(),
        reason: String::new(),
        certificate: None,
        earlier: Vec::new(),
    });
    let known = Tracked {
        effective: known.clone(),
        read: known,
        seq: 1,
    };
    let put = move |tx: &mut Tx<'_>| MEMBERS.put(tx, &key, &known);
    ledger.write(put).await.unwrap();
}

/// The numbers and the marks of the requests that are listed for attention.
fn listed(own: &OwnLog) -> Vec<(String, Vec<v1::Attention>)> {
    let rights = Rights::new([Role::Approver], None).unwrap();
    let caller = Caller::new("city/430200/person/shen.pi".parse().unwrap(), rights);
    let asked = v1::ListRequestsRequest {
        attention: true,
        ..v1::ListRequestsRequest::default()
    };
    let kv = own.ledger.kv().as_ref();
    let page = page(own, kv, (&caller, now()), &asked).unwrap();
    let items = page.items.into_iter();
    let marked = items.map(|item| (item.id.clone(), item.attention().collect()));
    marked.collect()
}

#[tokio::test]
async fn requests_with_a_city_that_has_left_ask_for_attention_while_they_are_open() {
    let own = own();
    let (ledger, kv) = (&own.ledger, own.ledger.kv().as_ref());
    let running = granted(ledger, 1, "2027-06-30T00:00:00Z").await;
    granted(ledger, 2, "2026-11-01T00:00:00Z").await;
    let of_another = overdue("430300-1-3-AAAAAAAAAAAAA", OWN, now());
    let put = ledger.write(move |tx| request_table::put(tx, &of_another));
    put.await.unwrap();
    set_status(ledger, OTHER, MembershipStatus::Active).await;
    assert_eq!((listed(&own), count(kv, own.city)), (Vec::new(), Ok(0)));

    set_status(ledger, OTHER, MembershipStatus::Removed).await;
    let left = vec![v1::Attention::PartyLeft];
    assert_eq!(listed(&own), [(running.to_string(), left)]);
    // Only the record shows that the period of the second grant is over.
    assert_eq!(count(kv, own.city), Ok(2));

    set_status(ledger, OTHER, MembershipStatus::Active).await;
    assert_eq!((listed(&own), count(kv, own.city)), (Vec::new(), Ok(0)));
}

#[test]
fn what_two_lists_contain_is_in_the_merged_one_once() {
    let id = |seq| RequestId {
        city: OWN.parse().unwrap(),
        epoch: chengji_domain::Epoch::first([1; 8]),
        seq,
    };
    let list = |numbers: &[u64]| -> Numbers<'static, u64> {
        let rows: Vec<_> = numbers.iter().map(|seq| Ok((*seq, id(*seq)))).collect();
        Box::new(rows.into_iter())
    };
    let merged = in_one_order(list(&[1, 3, 5]), list(&[2, 3, 6]));
    let order: Vec<u64> = merged.map(|row| row.unwrap().0).collect();
    assert_eq!(order, [1, 2, 3, 5, 6]);
}

#[tokio::test]
async fn a_page_reads_little_of_each_city_however_many_have_left() {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let ledger = Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap();
    let departed: Vec<CityCode> = (3..23)
        .map(|number| CityCode::from_number(430_000 + number * 100).unwrap())
        .collect();
    for city in departed.clone() {
        let some = ledger.write(move |tx| {
            (1..=30).try_for_each(|seq| {
                let id = format!("{city}-1-{seq}-AAAAAAAAAAAAA");
                request_table::put(tx, &overdue(&id, OWN, now()))
            })
        });
        some.await.unwrap();
    }
    let own = OWN.parse().unwrap();
    let paged = ((Bound::Unbounded, Bound::Unbounded), 100);
    let (keys, found) = reads.during(|| {
        let numbers = numbers(ledger.kv().as_ref(), (own, &departed), paged);
        numbers.take(10).count()
    });
    assert_eq!(found, 10);
    assert!(keys <= 120, "{keys} keys");
}

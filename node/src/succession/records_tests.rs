use std::sync::Arc;

use chengji_access::RosterHandle;
use chengji_domain::access::Role;
use chengji_proto::v1;
use chengji_store::{CountingStore, Ledger, MemoryStore, Reads};
use chengji_testkit::{CREDIT_CODE, OTHER_CREDIT_CODE};

use super::*;
use crate::read_counts::{KeysRead, check, page};
use crate::succession::service::NodeDepartmentService;

const THIRD: &str = "11430200MB0C12345C";

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

fn department(code: &str) -> Uscc {
    code.parse().unwrap()
}

fn admin() -> Principal {
    "city/430200/person/guan.li".parse().unwrap()
}

fn own() -> (OwnLog, Reads) {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let own = OwnLog {
        city: "430200".parse().unwrap(),
        ledger: Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap(),
        clock: Arc::new(now),
    };
    (own, reads)
}

fn succession(old: &str, new: &str) -> Succession {
    Succession {
        old: department(old),
        new: department(new),
        since: jiff::civil::date(2026, 11, 1),
        document: "市编办〔2026〕12号".to_owned(),
    }
}

async fn succeeded(own: &OwnLog, succession: Succession) -> Result<RecordedSuccession> {
    let log = own.clone();
    let job = move |tx: &mut Tx<'_>| succeed(&log, tx, (&admin(), now()), succession);
    own.ledger.write(job).await
}

fn service(own: &OwnLog) -> NodeDepartmentService {
    NodeDepartmentService {
        own: own.clone(),
        roster: RosterHandle::of(&own.ledger),
    }
}

#[tokio::test]
async fn rights_and_lists_follow_a_chain_of_departments() {
    let (own, _) = own();
    let kv = own.ledger.kv().as_ref();
    let listed = || {
        let departments = BTreeSet::from([department(THIRD)]);
        expanded(kv, departments).unwrap().len()
    };
    let rights = || {
        let rights = Rights::new([Role::Publisher], Some(department(THIRD))).unwrap();
        with_merged(kv, rights).unwrap()
    };
    assert_eq!(listed(), 1);
    assert!(!rights().cover(department(CREDIT_CODE)));
    let first = succession(CREDIT_CODE, OTHER_CREDIT_CODE);
    let recorded = succeeded(&own, first.clone()).await.unwrap();
    succeeded(&own, succession(OTHER_CREDIT_CODE, THIRD))
        .await
        .unwrap();
    let chain = BTreeSet::from([department(CREDIT_CODE), department(OTHER_CREDIT_CODE)]);
    assert_eq!(merged_into(kv, department(THIRD)), Ok(chain));
    assert!(rights().cover(department(CREDIT_CODE)));
    assert_eq!(listed(), 3);
    // The same again is the same record, and writes nothing.
    let head = own.ledger.head();
    assert_eq!(succeeded(&own, first).await, Ok(recorded));
    assert_eq!(own.ledger.head(), head);
}

#[tokio::test]
async fn no_department_is_merged_twice_or_in_a_circle() {
    let (own, _) = own();
    succeeded(&own, succession(CREDIT_CODE, OTHER_CREDIT_CODE))
        .await
        .unwrap();
    succeeded(&own, succession(OTHER_CREDIT_CODE, THIRD))
        .await
        .unwrap();
    for (old, new, code) in [
        (CREDIT_CODE, THIRD, ErrorCode::AlreadyExists),
        (THIRD, CREDIT_CODE, ErrorCode::InvalidArgument),
        (THIRD, OTHER_CREDIT_CODE, ErrorCode::InvalidArgument),
        (THIRD, THIRD, ErrorCode::InvalidArgument),
    ] {
        let refused = succeeded(&own, succession(old, new)).await.unwrap_err();
        assert_eq!(refused.code(), code, "{old} {new}");
    }
}

/// Takes a merger back, by mistake or from 20 November on.
fn taking_back(old: &str, cause: SuccessionEndCause) -> TakeBackOrder {
    let is_split = cause == SuccessionEndCause::Split;
    TakeBackOrder {
        old: department(old),
        cause,
        since: is_split.then(|| jiff::civil::date(2026, 11, 20)),
        document: "市编办〔2026〕15号".to_owned(),
        reason: "机构单设".to_owned(),
    }
}

#[tokio::test]
async fn a_merger_that_is_taken_back_leaves_the_department_to_itself_and_its_history() {
    let (own, _) = own();
    let (kv, service) = (own.ledger.kv().as_ref(), service(&own));
    let old = department(CREDIT_CODE);
    let of_month = |successor: &str, month: &str| {
        let of = (own.city, department(successor));
        let found = succession_table::of_month(kv, of, month.parse().unwrap()).unwrap();
        found.contains(&old)
    };
    let unknown = taking_back(CREDIT_CODE, SuccessionEndCause::Mistake);
    let unknown = service.take_back_succession(admin(), unknown).await;
    assert_eq!(unknown.unwrap_err().code(), ErrorCode::NotFound);
    succeeded(&own, succession(CREDIT_CODE, OTHER_CREDIT_CODE))
        .await
        .unwrap();
    let mistaken = taking_back(CREDIT_CODE, SuccessionEndCause::Mistake);
    let day = jiff::civil::date(2026, 11, 20);
    let of_a_day = TakeBackOrder {
        since: Some(day),
        ..mistaken.clone()
    };
    let refused = service.take_back_succession(admin(), of_a_day).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidArgument);
    service
        .take_back_succession(admin(), mistaken)
        .await
        .unwrap();
    let rights = Rights::new([Role::Publisher], Some(department(OTHER_CREDIT_CODE))).unwrap();
    assert!(!with_merged(kv, rights).unwrap().cover(old));
    assert!(!of_month(OTHER_CREDIT_CODE, "2026-11"));
    // The right one, until it ends.
    succeeded(&own, succession(CREDIT_CODE, THIRD))
        .await
        .unwrap();
    let split = taking_back(CREDIT_CODE, SuccessionEndCause::Split);
    let ended = service.take_back_succession(admin(), split).await.unwrap();
    assert_eq!(ended.ended.unwrap().end.since, day);
    let months = ["2026-10", "2026-11", "2026-12"].map(|month| of_month(THIRD, month));
    assert_eq!(months, [false, true, false]);
    let listed = |ended| {
        let page = None;
        let asked = v1::ListDepartmentsRequest { ended, page };
        service.page(&asked).unwrap().items.len()
    };
    assert_eq!((listed(false), listed(true)), (0, 2));
}

async fn keys_read(count: usize) -> KeysRead {
    let (own, reads) = own();
    let fill = move |tx: &mut Tx<'_>| {
        for number in 0..count {
            let recorded = RecordedSuccession {
                succession: succession(OTHER_CREDIT_CODE, CREDIT_CODE),
                at: now(),
                by: admin(),
                ended: None,
            };
            SUCCESSIONS.put(tx, &format!("{number:018}"), &recorded)?;
        }
        Ok(())
    };
    own.ledger.write(fill).await.unwrap();
    let service = service(&own);
    let mut keys = KeysRead::of(reads);
    let asked = v1::ListDepartmentsRequest {
        ended: false,
        page: page(),
    };
    keys.list("Department/List", || Ok(service.page(&asked)?.items.len()));
    let succession = succession(OTHER_CREDIT_CODE, THIRD);
    keys.call("Department/Succeed", service.record(admin(), succession))
        .await;
    let order = taking_back(OTHER_CREDIT_CODE, SuccessionEndCause::Mistake);
    let taken_back = service.take_back_succession(admin(), order);
    keys.call("Department/TakeBack", taken_back).await;
    keys
}

#[tokio::test]
async fn calls_read_what_their_class_allows_however_many_departments_there_are() {
    let (few, many) = (keys_read(100).await, keys_read(2_000).await);
    check(&few, &many, &["Department"]);
}

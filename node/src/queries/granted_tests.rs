//! The names of granted tables: their callers, their order, and the keys that a page of them reads.

use std::collections::BTreeSet;

use chengji_domain::Principal;
use chengji_domain::fact::Origin;
use chengji_domain::request::RequestRecord;
use chengji_domain::request::terms::{Scope, User};
use chengji_domain::request::{Move, Step};
use chengji_domain::stop::{RecordedAct, StopAct, StopCause};
use chengji_domain::{Epoch, Uscc};
use chengji_store::{CountingStore, MemoryStore};
use chengji_testkit::{CREDIT_CODE, OTHER_CREDIT_CODE};
use jiff::SignedDuration;

use super::super::samples::{
    CODE, granted, granted_at, granted_table, now, number, own, person, store,
};
use super::*;

const RESOURCE: &str = "430200:206007000001";

fn name(schema: &str, table: &str) -> TableName {
    table_name((schema.to_owned(), table.to_owned()))
}

fn listed(own: &OwnLog, caller: &Caller) -> Vec<String> {
    let names = names(own, (caller, now()), None, 100).unwrap();
    names
        .into_iter()
        .map(|name| format!("{}/{}", name.schema, name.table))
        .collect()
}

fn with_grant(
    mut record: RequestRecord,
    change: impl FnOnce(&mut chengji_domain::request::Grant),
) -> RequestRecord {
    let last = record.history.steps.last_mut();
    if let Some(Step {
        mv: Move::Grant(grant),
        ..
    }) = last
    {
        change(grant);
    }
    record
}

#[tokio::test]
async fn tables_in_force_are_named_by_entry_and_by_request_in_order() {
    let own = own(MemoryStore::new());
    let over = with_grant(granted_table(5, RESOURCE), |grant| {
        grant.terms.until = granted_at() + SignedDuration::from_hours(1);
    });
    let requests = vec![
        granted_table(10, "430300:307012000001"),
        granted_table(9, RESOURCE),
        granted_table(7, RESOURCE),
        granted(8, "430200:307012000002", Scope::File),
        over,
    ];
    store(&own, requests).await;
    let caller = person(None);
    let by_request = [10, 7, 9].map(|seq| format!("request/{}", number(seq)));
    let mut expected = vec![format!("430200/{CODE}"), "430300/307012000001".to_owned()];
    expected.extend(by_request);
    assert_eq!(listed(&own, &caller), expected);

    // Page by page it is the same.
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = names(&own, (&caller, now()), after.clone(), 2).unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.schema.clone(), last.table.clone()));
        paged.extend(
            page.iter()
                .map(|name| format!("{}/{}", name.schema, name.table)),
        );
    }
    assert_eq!(paged, expected);
}

#[tokio::test]
async fn the_code_of_an_entry_names_the_grant_that_was_requested_last() {
    let own = own(MemoryStore::new());
    let mut stopped = granted_table(9, RESOURCE);
    stopped.stops.take(RecordedAct {
        origin: Origin {
            epoch: Epoch::first([1; 8]),
            seq: 4,
        },
        at: granted_at(),
        actor: Principal::Coordinator.into(),
        act: StopAct::Stopped {
            cause: StopCause::Revoked,
            reason: "滥用".to_owned(),
            report: None,
        },
        noted: true,
        due: None,
    });
    let requests = vec![granted_table(7, RESOURCE), granted_table(8, RESOURCE)];
    store(&own, requests).await;
    let caller = person(None);
    let by = (&caller, now());
    let of_entry = name("430200", CODE);
    assert_eq!(resolve(&own, by, &of_entry), Ok(number(8)));
    store(&own, vec![stopped.clone()]).await;
    assert_eq!(resolve(&own, by, &of_entry), Ok(number(8)), "9 is stopped");
    let of_request = name(BY_REQUEST, &number(7).to_string());
    assert_eq!(resolve(&own, by, &of_request), Ok(number(7)));

    // Where no grant is left, the reason of the last one is told.
    let alone = super::super::samples::own(MemoryStore::new());
    store(&alone, vec![stopped]).await;
    let error = resolve(&alone, by, &of_entry).unwrap_err();
    assert_eq!(error.code(), ErrorCode::GrantRevoked);
    for unheard in [name("430200", "1"), name("x", CODE), name(BY_REQUEST, "x")] {
        let error = resolve(&own, by, &unheard).unwrap_err();
        assert_eq!(error.code(), ErrorCode::NotFound, "{unheard}");
    }
}

#[tokio::test]
async fn only_those_whom_request_and_grant_concern_see_a_table() {
    let own = own(MemoryStore::new());
    let department: Uscc = CREDIT_CODE.parse().unwrap();
    let mut of_department = granted_table(7, RESOURCE);
    of_department.history.submission.department = Some(department);
    let another: Principal = "city/430100/person/li.lei".parse().unwrap();
    let limited = with_grant(granted_table(8, "430300:307012000001"), |grant| {
        grant.terms.limits.users = Some(BTreeSet::from([User::Principal(another)]));
    });
    store(&own, vec![of_department, limited]).await;
    let expected = vec![
        format!("430200/{CODE}"),
        format!("{BY_REQUEST}/{}", number(7)),
    ];
    assert_eq!(listed(&own, &person(None)), expected);
    assert_eq!(listed(&own, &person(Some(CREDIT_CODE))), expected);
    let other = person(Some(OTHER_CREDIT_CODE));
    assert!(listed(&own, &other).is_empty());
    let of_entry = name("430200", CODE);
    let error = resolve(&own, (&other, now()), &of_entry).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
}

/// The keys that a page of five names reads of so many grants of tables and of files.
async fn keys_read(count: u64) -> u64 {
    let counting = CountingStore::new(MemoryStore::new());
    let reads = counting.reads();
    let own = own(counting);
    let requests = (1..=count).flat_map(|seq| {
        let of_table = format!("430200:206007{seq:06}");
        let of_file = format!("430200:307012{seq:06}");
        [
            granted_table(seq, &of_table),
            granted(seq + count, &of_file, Scope::File),
        ]
    });
    for some in requests.collect::<Vec<_>>().chunks(100) {
        store(&own, some.to_vec()).await;
    }
    let caller = person(None);
    let (keys, page) = reads.during(|| names(&own, (&caller, now()), None, 5));
    assert_eq!(page.unwrap().len(), 5);
    keys
}

#[tokio::test]
async fn a_page_of_names_reads_as_many_keys_of_many_grants_as_of_few() {
    let few = keys_read(10).await;
    assert_eq!(keys_read(400).await, few);
    // An entry of the index and a record for each name.
    assert!(few <= 2 * 5 + 5, "{few}");
}

use std::sync::Arc;

use chengji_access::records::put_person;
use chengji_domain::access::{Rights, StandIn};
use chengji_domain::catalogue::EntryRecord;
use chengji_domain::people::Person;
use chengji_proto::convert::StandingOrder;
use chengji_store::{CountingStore, Ledger, MemoryStore};
use chengji_testkit::{CREDIT_CODE, OTHER_CREDIT_CODE, entries as samples, requests};

use super::*;
use crate::read_counts::{KeysRead, SIZE, check, page as first_page};

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

/// Some time after `now`.
fn later() -> Timestamp {
    "2026-11-27T02:00:01Z".parse().unwrap()
}

fn caller(role: Role) -> Caller {
    let name = ["li.si", "head"][usize::from(role == Role::Consenter)];
    person(name, [role])
}

fn person(name: &str, roles: impl IntoIterator<Item = Role>) -> Caller {
    let rights = Rights::new(roles, None).unwrap();
    let name = format!("city/430200/person/{name}");
    Caller::new(name.parse().unwrap(), rights)
}

fn rule() -> GrantRule {
    GrantRule {
        department_kinds: ["11".parse().unwrap()].into(),
        purposes: ["核对区划".to_owned()].into(),
        max_days: 90,
    }
}

/// A city with so many published entries of this class, and the keys it reads.
async fn city(class: ShareClass, count: u32) -> (NodeGrantRuleService, KeysRead) {
    let store = CountingStore::new(MemoryStore::new());
    let keys = KeysRead::of(store.reads());
    let ledger = Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap();
    let own = OwnLog {
        city: "430200".parse().unwrap(),
        ledger,
        clock: Arc::new(now),
    };
    for serial in 1..=count {
        let entry = samples::entry(&samples::draft(serial, class));
        let put = own
            .ledger
            .write(move |tx| entries::put(tx, &EntryRecord::new(entry, 1, now())));
        put.await.unwrap();
    }
    (NodeGrantRuleService { own }, keys)
}

fn order(serial: u32) -> GrantRuleOrder {
    GrantRuleOrder {
        code: samples::code(serial).parse().unwrap(),
        rule: rule(),
    }
}

/// A request of a department for the first entry.
fn request(department: &str) -> RequestRecord {
    let resource = format!("430200:{}", samples::code(1));
    let mut history = requests::submitted("430100-1-7-AAAAAAAAAAAAA", &resource, now());
    history.submission.department = Some(department.parse().unwrap());
    RequestRecord::new(history)
}

#[tokio::test]
async fn a_rule_takes_effect_with_a_standing_consent_that_was_given_after_it() {
    let (service, _) = city(ShareClass::Conditional, 1).await;
    let own = service.own.clone();
    let is_granted = |department: &str| {
        let kv = own.ledger.kv().as_ref();
        let actor = machine(&own, kv, &request(department), now()).unwrap();
        actor.is_some()
    };
    let consent_of = async |giver: Caller, at: Timestamp| {
        let own = service.own.clone();
        let consented = service.own.ledger.write(move |tx| {
            let order = StandingOrder {
                code: samples::code(1).parse().unwrap(),
                until: "2027-11-27T00:00:00Z".parse().unwrap(),
            };
            let person = Person {
                principal: giver.principal.clone(),
                rights: giver.rights.clone(),
                since: now(),
                ended: None,
                reason: String::new(),
                certificate: None,
            };
            put_person(tx, &person)?;
            standing::give(&own, tx, (&giver, at), order)
        });
        consented.await.map(drop).map_err(|error| error.code())
    };
    service
        .set_as(caller(Role::Approver), order(1))
        .await
        .unwrap();
    assert!(!is_granted(OTHER_CREDIT_CODE), "nobody has consented");
    let setter = person("li.si", [Role::Approver, Role::Consenter]);
    assert_eq!(
        consent_of(setter, later()).await,
        Err(ErrorCode::Denied),
        "nobody consents to its own rule"
    );
    assert!(!is_granted(OTHER_CREDIT_CODE));
    let head = || caller(Role::Consenter);
    assert_eq!(consent_of(head(), now()).await, Ok(()));
    assert!(!is_granted(OTHER_CREDIT_CODE), "not known to be later");
    assert_eq!(consent_of(head(), later()).await, Ok(()));
    assert!(is_granted(OTHER_CREDIT_CODE));
    assert!(!is_granted(CREDIT_CODE), "a department of another kind");
    let asked = v1::ListGrantRulesRequest::default();
    let listed = service.page(&caller(Role::Approver), &asked).unwrap();
    assert!(listed.items[0].in_force);
    // A new revision of the entry takes a new rule.
    let entry = samples::entry(&samples::draft(1, ShareClass::Conditional));
    let put = service
        .own
        .ledger
        .write(move |tx| entries::put(tx, &EntryRecord::new(entry, 2, now())));
    put.await.unwrap();
    assert!(!is_granted(OTHER_CREDIT_CODE));
    let ended = EntryOrder {
        code: samples::code(1).parse().unwrap(),
        reason: "条件变化".to_owned(),
    };
    // The head stands in for the approver of another department, too.
    let elsewhere = StandIn {
        from: "city/430200/person/zhao.liu".parse().unwrap(),
        roles: [Role::Approver].into(),
        department: Some(OTHER_CREDIT_CODE.parse().unwrap()),
        until: "2027-11-27T00:00:00Z".parse().unwrap(),
    };
    let rights = head().rights.standing_in(vec![elsewhere]);
    let head = Caller::new(head().principal, rights);
    service.end_as(head, ended.clone()).await.unwrap();
    let again = service.end_as(caller(Role::Consenter), ended).await;
    assert_eq!(again.unwrap_err().code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn only_conditional_entries_have_rules() {
    let (service, _) = city(ShareClass::Unconditional, 1).await;
    let code = |set: Result<GrantRuleView>| set.map(drop).map_err(|error| error.code());
    let set = service.set_as(caller(Role::Approver), order(1)).await;
    assert_eq!(code(set), Err(ErrorCode::InvalidArgument));
    let set = service.set_as(caller(Role::Approver), order(9)).await;
    assert_eq!(code(set), Err(ErrorCode::NotFound));
    let set = service.set_as(caller(Role::Consumer), order(1)).await;
    assert_eq!(code(set), Err(ErrorCode::Denied));
}

async fn keys_read(count: u32) -> KeysRead {
    let (service, mut keys) = city(ShareClass::Conditional, count).await;
    for serial in 1..count {
        service
            .set_as(caller(Role::Approver), order(serial))
            .await
            .unwrap();
    }
    let asked = v1::ListGrantRulesRequest { page: first_page() };
    keys.list("GrantRule/List", || {
        Ok(service.page(&caller(Role::Approver), &asked)?.items.len())
    });
    keys.call(
        "GrantRule/Set",
        service.set_as(caller(Role::Approver), order(count)),
    )
    .await;
    let ended = EntryOrder {
        code: samples::code(1).parse().unwrap(),
        reason: "条件变化".to_owned(),
    };
    keys.call(
        "GrantRule/End",
        service.end_as(caller(Role::Approver), ended),
    )
    .await;
    keys
}

#[tokio::test]
async fn calls_read_what_their_class_allows_however_many_rules_there_are() {
    let few = keys_read(SIZE + 2).await;
    let many = keys_read(100).await;
    check(&few, &many, &["GrantRule"]);
}

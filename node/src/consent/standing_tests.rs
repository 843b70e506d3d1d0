use std::sync::Arc;

use chengji_access::records::put_person;
use chengji_domain::access::Rights;
use chengji_domain::catalogue::{EntryRecord, ShareClass};
use chengji_domain::people::Person;
use chengji_store::{Ledger, MemoryStore};
use chengji_testkit::entries as samples;

use super::*;

const UNTIL: &str = "2027-01-01T00:00:00Z";

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

fn city() -> CityCode {
    "430200".parse().unwrap()
}

fn own() -> OwnLog {
    OwnLog {
        city: city(),
        ledger: Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap(),
        clock: Arc::new(now),
    }
}

fn consenter() -> Caller {
    let rights = Rights::new([Role::Consenter], None).unwrap();
    Caller::new("city/430200/person/head".parse().unwrap(), rights)
}

fn code() -> ResourceCode {
    samples::code(1).parse().unwrap()
}

fn entry(class: ShareClass) -> Entry {
    samples::entry(&samples::draft(1, class))
}

/// Records the head of the office with this role.
async fn record_head(own: &OwnLog, role: Role) {
    let person = Person {
        principal: consenter().principal,
        rights: Rights::new([role], None).unwrap(),
        since: now(),
        ended: None,
        reason: String::new(),
        certificate: None,
    };
    let put = move |tx: &mut Tx<'_>| put_person(tx, &person);
    own.ledger.write(put).await.unwrap();
}

/// A city with an entry to whose automatic grants its head consents.
async fn consented() -> OwnLog {
    let own = own();
    record_head(&own, Role::Consenter).await;
    let log = own.clone();
    let given = move |tx: &mut Tx<'_>| {
        let record = EntryRecord::new(entry(ShareClass::Unconditional), 1, now());
        entries::put(tx, &record)?;
        let until = UNTIL.parse().unwrap();
        let order = StandingOrder {
            code: code(),
            until,
        };
        give(&log, tx, (&consenter(), now()), order)
    };
    assert!(own.ledger.write(given).await.unwrap().in_force);
    own
}

/// The actor of an automatic grant, where a standing consent is required.
fn actor(own: &OwnLog) -> Option<Actor> {
    let kv = own.ledger.kv().as_ref();
    machine(own, kv, (&code(), now()), true).unwrap()
}

#[tokio::test]
async fn a_standing_consent_is_void_while_its_giver_is_no_consenter() {
    let own = consented().await;
    let consent = actor(&own).unwrap().consent;
    let given = Consent::given_by(&Actor::from(consenter().principal), now());
    assert_eq!(consent, Some(given));
    record_head(&own, Role::Approver).await;
    assert_eq!(actor(&own), None);
    let asked = v1::ListStandingRequest::default();
    let listed = page(own.ledger.kv().as_ref(), &asked, None, now()).unwrap();
    assert!(listed.items.iter().all(|consent| !consent.in_force));
    record_head(&own, Role::Consenter).await;
    assert!(actor(&own).is_some());
}

#[tokio::test]
async fn a_revision_that_is_shared_on_other_terms_ends_the_consent() {
    for (class, stays) in [
        (ShareClass::Unconditional, true),
        (ShareClass::Conditional, false),
    ] {
        let own = consented().await;
        let revise = move |tx: &mut Tx<'_>| {
            let by = "city/430200/person/officer".parse().unwrap();
            let by = (city(), &by, now());
            let terms = (&entry(ShareClass::Unconditional), &entry(class));
            end_by_revision(tx, by, (&code(), 2), terms)
        };
        own.ledger.write(revise).await.unwrap();
        assert_eq!(actor(&own).is_some(), stays, "{class:?}");
    }
}

use std::sync::Arc;

use chengji_access::records::put_person;
use chengji_domain::access::{Rights, Role};
use chengji_domain::catalogue::{EntryRecord, ShareClass};
use chengji_domain::grant_rule::{GrantRule, RecordedRule};
use chengji_domain::people::Person;
use chengji_domain::{Principal, ResourceCode};
use chengji_proto::convert::StandingOrder;
use chengji_store::{Ledger, MemoryStore};
use chengji_testkit::entries as samples;
use jiff::Timestamp;

use super::*;
use crate::caller::Caller;
use crate::catalogue::entries;
use crate::grant_rules::records::RULES;

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

fn code() -> ResourceCode {
    samples::code(1).parse().unwrap()
}

fn head() -> Caller {
    let rights = Rights::new([Role::Consenter], None).unwrap();
    Caller::new("city/430200/person/head".parse().unwrap(), rights)
}

/// Gives the head's standing consent to the automatic grants of the entry.
async fn consent(own: &OwnLog) {
    let log = own.clone();
    let job = move |tx: &mut Tx<'_>| {
        let order = StandingOrder {
            code: code(),
            until: "2027-01-01T00:00:00Z".parse().unwrap(),
        };
        standing::give(&log, tx, (&head(), now()), order).map(drop)
    };
    own.ledger.write(job).await.unwrap();
}

/// A city with a rule for an entry and a standing consent to grants by it.
async fn city() -> OwnLog {
    let own = OwnLog {
        city: "430200".parse().unwrap(),
        ledger: Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap(),
        clock: Arc::new(now),
    };
    let job = |tx: &mut Tx<'_>| {
        let person = Person {
            principal: head().principal,
            rights: head().rights,
            since: now(),
            ended: None,
            reason: String::new(),
            certificate: None,
        };
        put_person(tx, &person)?;
        let entry = samples::entry(&samples::draft(1, ShareClass::Conditional));
        entries::put(tx, &EntryRecord::new(entry, 1, now()))?;
        let rule = GrantRule {
            department_kinds: [].into(),
            purposes: ["核对区划".to_owned()].into(),
            max_days: 90,
        };
        let recorded = RecordedRule {
            rule,
            revision: 1,
            actor: "city/430200/person/shen.pi"
                .parse::<Principal>()
                .unwrap()
                .into(),
            at: Timestamp::UNIX_EPOCH,
        };
        RULES.put(tx, &code(), &recorded)
    };
    own.ledger.write(job).await.unwrap();
    consent(&own).await;
    own
}

fn is_in_force(own: &OwnLog) -> bool {
    let kv = own.ledger.kv().as_ref();
    let given = standing::in_force(own, kv, (&code(), now()));
    given.unwrap().is_some()
}

#[tokio::test]
async fn rules_and_consents_of_a_backup_are_not_in_force_until_people_give_them_anew() {
    let own = city().await;
    assert!(is_in_force(&own));
    restored::tests::restore(&own).await;
    assert!(!is_in_force(&own), "the log may lack its end");
    record(&own).await.unwrap();
    assert_eq!(restored::lacks_reading(&own.ledger), Ok(false));
    assert!(!is_in_force(&own));
    let kv = own.ledger.kv().as_ref();
    assert_eq!(RULES.get(kv, &code()).unwrap(), None);
    // A consent given in the new epoch is in force.
    consent(&own).await;
    assert!(is_in_force(&own));
}

//! Counts the keys that calls about proposals and delegations read.

use std::sync::Arc;

use chengji_access::RosterHandle;
use chengji_access::records::put_person;
use chengji_domain::Principal;
use chengji_domain::access::{Rights, Role};
use chengji_domain::catalogue::{EntryRecord, ShareClass};
use chengji_domain::people::Person;
use chengji_domain::request::{Actor, RequestId};
use chengji_proto::convert::DelegationOrder;
use chengji_store::{CountingStore, Ledger, MemoryStore};
use chengji_testkit::{entries as samples, requests};

use super::*;
use crate::consent::ConsentRules;
use crate::consent::gate::{Made, submit};
use crate::delegation::service::NodeDelegationService;
use crate::read_counts::{KeysRead, check, page};

const NOW: &str = "2026-11-27T02:00:00Z";
/// Number of proposals that are made in one transaction.
const AT_ONCE: usize = 100;

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn person(name: &str) -> Principal {
    format!("city/430200/person/{name}").parse().unwrap()
}

fn all() -> Rights {
    let roles = [Role::Consumer, Role::Approver, Role::Consenter];
    Rights::new(roles, None).unwrap()
}

/// Makes so many proposals; returns the last ones.
async fn fill(own: &OwnLog, count: usize) -> Vec<RequestId> {
    let mut made = Vec::new();
    for _ in 0..count.div_ceil(AT_ONCE) {
        let log = own.clone();
        let some = own.ledger.write(move |tx| {
            let propose = |_| {
                let submission = requests::submission("430100:206001000001");
                let act = (Actor::from(person("a")), now(), "");
                let rules = ConsentRules::default();
                match submit(&log, tx, rules, act, submission, "")? {
                    Made::Proposal(proposal) => Ok(proposal.number),
                    Made::Request(record) => Ok(record.history.id),
                }
            };
            (0..AT_ONCE).map(propose).collect::<Result<Vec<_>>>()
        });
        made = some.await.unwrap();
    }
    made
}

async fn keys_read(count: usize) -> KeysRead {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let ledger = Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap();
    let own = OwnLog {
        city: "430200".parse().unwrap(),
        ledger: ledger.clone(),
        clock: Arc::new(now),
    };
    let made = fill(&own, count).await;
    let set_up = |tx: &mut Tx<'_>| {
        for name in ["a", "b"] {
            put_person(
                tx,
                &Person {
                    principal: person(name),
                    rights: all(),
                    since: now(),
                    ended: None,
                    reason: String::new(),
                    certificate: None,
                },
            )?;
        }
        for serial in 1..=6 {
            let entry = samples::entry(&samples::draft(serial, ShareClass::Unconditional));
            let record = EntryRecord::new(entry, 1, now());
            crate::catalogue::entries::put(tx, &record)?;
        }
        Ok(())
    };
    ledger.write(set_up).await.unwrap();
    let service = NodeProposalService { own: own.clone() };
    let by = |name: &str| Caller::new(person(name), all());
    let number = |place: usize| made[place].to_string();
    let mut keys = KeysRead::of(reads);
    let asked = v1::ListProposalsRequest {
        page: page(),
        ..Default::default()
    };
    keys.list("Proposal/List", || {
        Ok(service.page(&by("b"), &asked)?.items.len())
    });
    let kv = ledger.kv().as_ref();
    let first = number(0);
    let show = async { service.seen(kv, (&by("b"), now()), &first) };
    keys.call("Proposal/Show", show).await;
    keys.call("Proposal/Consent", service.consent_as(by("b"), number(1)))
        .await;
    let declined = v1::DeclineProposalRequest {
        id: number(2),
        reason: "依据不足".to_owned(),
    };
    keys.call("Proposal/Decline", service.decline_as(by("b"), declined))
        .await;
    keys.call(
        "Proposal/TakeBack",
        service.take_back_as(by("a"), number(3)),
    )
    .await;
    standing(&service, &mut keys).await;
    delegations(&own, &mut keys).await;
    keys
}

/// Counts the keys of calls about standing consents.
async fn standing(service: &NodeProposalService, keys: &mut KeysRead) {
    let by = || Caller::new(person("b"), all());
    for serial in 1..=6 {
        let order = StandingOrder {
            code: samples::code(serial).parse().unwrap(),
            until: "2027-01-01T00:00:00Z".parse().unwrap(),
        };
        keys.call("Proposal/GiveStanding", service.give(by(), order))
            .await;
    }
    let asked = v1::ListStandingRequest { page: page() };
    keys.list("Proposal/ListStanding", || {
        Ok(service.standing(&by(), &asked)?.items.len())
    });
    let order = EntryOrder {
        code: samples::code(1).parse().unwrap(),
        reason: "复核".to_owned(),
    };
    keys.call("Proposal/EndStanding", service.end(by(), order))
        .await;
}

async fn delegations(own: &OwnLog, keys: &mut KeysRead) {
    let service = NodeDelegationService {
        own: own.clone(),
        roster: RosterHandle::of(&own.ledger),
    };
    let rights = all();
    let mut last = None;
    for _ in 0..6 {
        let order = DelegationOrder {
            from: String::new(),
            to: "b".to_owned(),
            roles: [Role::Approver].into(),
            until: "2026-12-27T00:00:00Z".parse().unwrap(),
            reason: "年休假".to_owned(),
        };
        let begun = async {
            let view = service.begin((person("a"), &rights), order).await?;
            last = Some(view.delegation.number.to_string());
            Ok(())
        };
        keys.call("Delegation/Delegate", begun).await;
    }
    let asked = v1::ListDelegationsRequest { page: page() };
    keys.list("Delegation/List", || {
        Ok(service.page((&person("a"), &rights), &asked)?.items.len())
    });
    let asked = v1::UndelegateRequest {
        id: last.unwrap(),
        reason: "提前返岗".to_owned(),
    };
    let ended = service.end((person("b"), &rights), asked);
    keys.call("Delegation/Undelegate", ended).await;
}

#[tokio::test]
async fn calls_read_what_their_class_allows_however_many_proposals_there_are() {
    let (few, many) = (keys_read(1_000).await, keys_read(20_000).await);
    check(&few, &many, &["Proposal", "Delegation"]);
}

use std::sync::Arc;

use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::fact::Origin;
use chengji_domain::request::{Move, Party, Step};
use chengji_domain::{ErrorCode, Principal};
use chengji_store::{Ledger, MemoryStore};
use chengji_testkit::requests;
use jiff::Timestamp;

use super::*;
use crate::restored;

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

fn before() -> Timestamp {
    "2026-11-20T02:00:00Z".parse().unwrap()
}

/// The end of the grant.
fn until() -> Timestamp {
    "2027-01-31T02:00:00Z".parse().unwrap()
}

/// A provider whose log was restored, with a grant of this time, and maybe a move of its own since.
async fn restored_provider(granted_at: Timestamp, has_moved: bool) -> (OwnLog, RequestId) {
    let own = OwnLog {
        city: "430200".parse().unwrap(),
        ledger: Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap(),
        clock: Arc::new(now),
    };
    let opened = restored::tests::restore(&own).await;
    let resource = "430200:307012000001";
    let mut history = requests::submitted("430100-1-1-AAAAAAAAAAAAA", resource, before());
    let route = Move::Route {
        share_class: ShareClass::Conditional,
        revision: 1,
        deadline: Deadline::certain(jiff::civil::date(2026, 12, 7)),
        approval: None,
    };
    let grant = Move::Grant(requests::grant(until()));
    for (party, mv) in [(Party::Coordinator, route), (Party::Provider, grant)] {
        let step = Step {
            party,
            actor: Principal::Coordinator.into(),
            at: granted_at,
            mv,
            due: None,
        };
        history = history.with(step).unwrap();
    }
    let id = history.id;
    let record = RequestRecord {
        decided: has_moved.then_some(Origin {
            epoch: opened.epoch,
            seq: opened.seq + 1,
        }),
        ..RequestRecord::new(history)
    };
    let put = move |tx: &mut Tx<'_>| records::put(tx, &record);
    own.ledger.write(put).await.unwrap();
    (own, id)
}

#[tokio::test]
async fn deliveries_stop_under_a_grant_made_before_the_restore_until_people_confirm_them() {
    for has_moved in [false, true] {
        let (own, id) = restored_provider(before(), has_moved).await;
        let refused = check(&own, id).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::GrantSuspended);
        let record = records::existing(own.ledger.kv().as_ref(), id).unwrap();
        let (_, cause) = record.stops.in_force().unwrap();
        assert_eq!(cause, StopCause::Restored);
        let log = own.clone();
        let lift = move |tx: &mut Tx<'_>| {
            let by: Principal = "city/430200/person/shen.pi".parse().unwrap();
            let act = StopAct::Lifted {
                reason: "已核对".to_owned(),
            };
            let target = StopTarget::Request(id);
            stops::act(&log, tx, (by.into(), now()), target, act).map(drop)
        };
        own.ledger.write(lift).await.unwrap();
        assert_eq!(check(&own, id).await, Ok(()));
    }
}

#[tokio::test]
async fn a_grant_since_the_restore_is_counted_by_this_log_alone() {
    let (own, id) = restored_provider(now(), true).await;
    assert_eq!(check(&own, id).await, Ok(()));
}

//! Tests of settling many requests.

use std::sync::Mutex;

use chengji_domain::Principal;
use chengji_domain::fact::{ClusterFact, Member};
use chengji_messages::msg;
use chengji_store::{Key, MemoryStore, Prefix};

use super::*;
use crate::journal;
use crate::tests::world::{CONSUMER, PROVIDER, World, at, city, code, requested, submission};

/// Requests of which each writes so much that only some fit in a transaction.
const REQUESTS: u64 = 150;
const LENGTH: usize = 40_000;

fn key(request: u64) -> Vec<u8> {
    Key::new(Prefix::Waiting).u64(request).finish()
}

#[tokio::test]
async fn each_request_is_settled_once_and_one_that_cannot_be_keeps_no_other_from_it() {
    let ledger = Ledger::create(Arc::new(MemoryStore::new()), "coordinator", [1; 8]).unwrap();
    let tried = Arc::new(Mutex::new(Vec::new()));
    let settle = {
        let tried = Arc::clone(&tried);
        move |tx: &mut Tx<'_>, request: u64| {
            tried.lock().unwrap().push(request);
            let before = tx.get(&key(request))?.map_or(0, |value| value[0]);
            tx.put(key(request), vec![before + 1; LENGTH]);
            if request % 10 == 3 {
                let text = "no";
                return Err(Error::new(ErrorCode::PeerInvalid, msg::Text { text }));
            }
            Ok(true)
        }
    };
    settle_each(&ledger, (0..REQUESTS).collect(), settle).await;
    for request in 0..REQUESTS {
        let stored = ledger.kv().get(&key(request)).unwrap();
        let expected = (request % 10 != 3).then(|| vec![1; LENGTH]);
        assert!(stored == expected, "{request}");
    }
    // Those that did not fit were tried again in smaller transactions.
    assert!(tried.lock().unwrap().len() as u64 > REQUESTS);
}

#[tokio::test]
async fn what_is_settled_in_pieces_is_settled_to_its_end_and_after_what_is_small() {
    let ledger = Ledger::create(Arc::new(MemoryStore::new()), "coordinator", [1; 8]).unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let settle = {
        let order = Arc::clone(&order);
        move |tx: &mut Tx<'_>, (request, pieces): (u64, u8)| {
            let done = tx.get(&key(request))?.map_or(0, |value| value[0]) + 1;
            tx.put(key(request), vec![done]);
            order.lock().unwrap().push(request);
            Ok(done == pieces)
        }
    };
    settle_each(&ledger, vec![(1, 3), (2, 1), (3, 2)], settle).await;
    assert_eq!(*order.lock().unwrap(), [1, 2, 3, 1, 3, 1]);
    for (request, pieces) in [(1, 3), (2, 1), (3, 2)] {
        let stored = ledger.kv().get(&key(request)).unwrap();
        assert_eq!(stored, Some(vec![pieces]));
    }
}

/// A city that is no member.
const FORMER: &str = "440100";

/// A coordinator with so many requests that are older than its log, for an entry of [`FORMER`].
async fn waiting_for_member(count: u64) -> World {
    let mut world = World::new().await;
    for _ in 0..count {
        let asked = requested(submission(&format!("{FORMER}:{}", code(1))));
        let dated = at("2026-11-22T02:00:00Z");
        world.append_dated(CONSUMER, dated, asked).await.unwrap();
    }
    world.settle().await;
    world
}

#[tokio::test]
async fn requests_for_a_city_that_is_no_member_are_not_read_at_each_check() {
    let mut read = Vec::new();
    for count in [1, 30] {
        let world = waiting_for_member(count).await;
        let before = world.reads.keys();
        world.settle().await;
        read.push(world.reads.keys() - before);
    }
    assert!(read[1] <= read[0] + 1, "{read:?}");
}

#[tokio::test]
async fn requests_are_decided_about_once_their_provider_is_admitted() {
    let world = waiting_for_member(3).await;
    let kv = Arc::clone(world.ledger.kv());
    let undecided = || {
        let all = request_table::REQUESTS.all().collect(&*kv).unwrap();
        let open = all
            .into_iter()
            .filter(|(_, one)| one.history.steps.is_empty());
        open.count()
    };
    assert_eq!(undecided(), 3);
    let (enrolment, now) = (world.enrolment(), world.now());
    let member = Member {
        city: city(FORMER),
        name: "广州".to_owned(),
        endpoint: format!("{FORMER}.example:7400"),
        log_key: None,
    };
    let admit = move |tx: &mut Tx<'_>| {
        let by = Principal::Node(member.city);
        journal::append(tx, now, &by, ClusterFact::Admitted(member))?;
        enrolment.changed(tx, now)
    };
    world.ledger.write(admit).await.unwrap();
    world.settle().await;
    assert_eq!(undecided(), 0, "its log has no such entry");
    assert_eq!(records::awaited_members(&*kv), Ok(Vec::new()));
    assert_eq!(records::waiting(&*kv), Ok(Vec::new()));
}

#[tokio::test]
async fn members_are_read_once_for_all_requests_that_wait() {
    let mut world = World::new().await;
    world.set_current(false);
    let never: IsCurrent = Arc::new(|_| false);
    let resource = format!("{PROVIDER}:{}", code(1));
    let mut read = Vec::new();
    for _ in 0..2 {
        let asked = (0..20).map(|_| requested(submission(&resource)));
        world.append_all(CONSUMER, asked).await;
        let kv = Arc::clone(world.ledger.kv());
        let (keys, settled) = world.reads.during(|| can_be_settled(&*kv, &never).unwrap());
        assert_eq!(settled, []);
        read.push(keys);
    }
    // Of each further request: its number, its record, and the entry, which is absent.
    assert_eq!(read[1] - read[0], 20 * 3);
}

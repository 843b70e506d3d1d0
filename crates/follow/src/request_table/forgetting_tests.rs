//! Forgetting what came from the coordinator.

use std::sync::Arc;

use chengji_domain::problem::Problem;
use chengji_domain::request::{Move, Party, RefusedMove, Step};
use chengji_domain::{ErrorCode, Principal};
use chengji_messages::msg;
use chengji_store::{CountingStore, Ledger, MemoryStore};
use chengji_testkit::requests;
use jiff::Timestamp;

use super::*;

/// The numbers of requests of each city.
const OF_EACH: u64 = 250;

fn step(party: Party, mv: Move) -> Step {
    Step {
        party,
        actor: Principal::Coordinator.into(),
        at: Timestamp::UNIX_EPOCH,
        mv,
        due: None,
    }
}

fn submitted(city: &str, seq: u64) -> RequestRecord {
    let number = format!("{city}-1-{seq}-AAAAAAAAAAAAA");
    let at = Timestamp::UNIX_EPOCH;
    RequestRecord::new(requests::submitted(&number, "430300:103001000001", at))
}

fn routed(city: &str, seq: u64) -> RequestRecord {
    let mut record = submitted(city, seq);
    let route = requests::every_move(Timestamp::UNIX_EPOCH).remove(0);
    record.history.steps.push(step(Party::Coordinator, route));
    assert_eq!(record.shown_state(Timestamp::MIN), Ok(State::Routed));
    record
}

/// A request that was not opened, of which the coordinator refused a move.
fn refused(city: &str, seq: u64) -> RequestRecord {
    let mut record = submitted(city, seq);
    let text = "not its turn";
    record.refused.push(RefusedMove {
        step: step(
            Party::Consumer,
            Move::Supplement {
                text: text.to_owned(),
            },
        ),
        problem: Problem::new(ErrorCode::OutOfTurn, msg::Text { text }),
        acknowledged: false,
    });
    record
}

#[tokio::test]
async fn each_piece_goes_on_where_the_one_before_it_has_ended() {
    let ledger = Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap();
    let own: CityCode = "430200".parse().unwrap();
    let fill = |tx: &mut Tx<'_>| {
        for seq in 1..=OF_EACH {
            for city in ["430100", "430200", "430300"] {
                put(tx, &routed(city, seq))?;
            }
        }
        put(tx, &refused("430200", OF_EACH + 1))?;
        put(tx, &submitted("430200", OF_EACH + 2))
    };
    ledger.write(fill).await.unwrap();
    let piece = async || ledger.write(move |tx| forget(tx, own)).await.unwrap();
    let (mut pieces, mut left) = (0, OF_EACH * 3 + 2);
    while !piece().await {
        let others = REQUESTS.all().collect(&**ledger.kv()).unwrap();
        let bare = others.iter().filter(|(_, record)| record.is_bare()).count();
        let open = (others.len() - bare) as u64;
        assert!(open < left, "a piece makes progress");
        (pieces, left) = (pieces + 1, open);
    }
    assert_eq!(left, 0);
    // Three for each of the other cities and for the own requests that were opened, and one for the rest.
    assert_eq!(pieces, 10);
    let kept = REQUESTS.all().collect(&**ledger.kv()).unwrap();
    assert_eq!(kept.len() as u64, OF_EACH + 2);
    assert!(
        kept.iter()
            .all(|(id, record)| id.city == own && record.is_bare())
    );
}

#[tokio::test]
async fn requests_with_nothing_of_the_coordinator_are_not_read() {
    let own: CityCode = "430200".parse().unwrap();
    let mut read = Vec::new();
    for bare in [200, 800] {
        let store = CountingStore::new(MemoryStore::new());
        let reads = store.reads();
        let ledger = Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap();
        for first in (1..=bare).step_by(200) {
            let fill = move |tx: &mut Tx<'_>| {
                let mut numbers = first..first + 200;
                numbers.try_for_each(|seq| put(tx, &submitted("430200", seq)))
            };
            ledger.write(fill).await.unwrap();
        }
        let fill = move |tx: &mut Tx<'_>| put(tx, &refused("430200", bare + 1));
        ledger.write(fill).await.unwrap();
        let before = reads.keys();
        while !ledger.write(move |tx| forget(tx, own)).await.unwrap() {}
        read.push(reads.keys() - before);
        let kept = REQUESTS.all().collect(&**ledger.kv()).unwrap();
        assert_eq!(kept.len() as u64, bare + 1);
        assert!(kept.iter().all(|(_, record)| record.is_bare()));
    }
    assert_eq!(read[0], read[1]);
}

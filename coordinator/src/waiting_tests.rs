//! Tests of settling many requests.

use std::sync::Mutex;

use chengji_messages::msg;
use chengji_store::{Key, MemoryStore, Prefix};

use super::*;

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

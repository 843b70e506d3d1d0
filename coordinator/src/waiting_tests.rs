//! Tests of settling many requests.

use std::sync::Mutex;

use chengji_domain::Error;
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
            Ok(())
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

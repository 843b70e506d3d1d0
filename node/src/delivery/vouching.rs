//! What the consumer's node vouches for in its fetches, recorded in the city's log before it does.
//!
//! Most scheduled fetches find nothing new. One fact therefore precedes each receipt, not each call: further calls of
//! the same user for the same operation add no fact until something was received under the request.
//!
//! Only these last vouchers are records here. One from before the last receipt keeps no fact from being recorded, nor does
//! any after the end of the grant, so that they are removed then, in pieces. The facts stay in the log, as long as usage
//! records do.

use chengji_domain::fact::CityFact;
use chengji_domain::request::RequestId;
use chengji_domain::request::terms::Voucher;
use chengji_domain::usage::UsageFact;
use chengji_domain::{Principal, Result};
use chengji_records::{StoredVouchedFetch, VouchedFetch};
use chengji_store::{Limit, Prefix, Table, Tx};

use super::receipts;
use crate::own_log::OwnLog;

/// Maximum number of vouchers that are removed at once.
const REMOVED: usize = 100;

/// The last vouchers, by request, user and operation (empty for none).
pub(crate) static VOUCHED: Table<(RequestId, Principal, String), StoredVouchedFetch> =
    Table::new(Prefix::VouchedFetch, &[]);

/// Records what the node is about to vouch for, unless it was recorded since the last receipt.
pub(super) async fn record(own: &OwnLog, request: RequestId, voucher: Voucher) -> Result<()> {
    let log = own.clone();
    let job = move |tx: &mut Tx<'_>| record_in(&log, tx, request, voucher);
    own.ledger.write(job).await
}

fn record_in(own: &OwnLog, tx: &mut Tx<'_>, request: RequestId, voucher: Voucher) -> Result<()> {
    let operation = voucher.operation.as_deref();
    let operation = operation.map_or_else(String::new, str::to_owned);
    let key = (request, voucher.user.clone(), operation);
    let received = receipts::received(tx, request)?;
    let vouched = VouchedFetch {
        voucher,
        receipt: received.map(|receipt| receipt.seq),
    };
    if VOUCHED.get(tx, &key)?.as_ref() == Some(&vouched) {
        return Ok(());
    }
    let fact = UsageFact::Vouched {
        request,
        voucher: vouched.voucher.clone(),
    };
    let fact = CityFact::Usage(Box::new(fact));
    own.append(tx, &own.node(), own.now(), fact)?;
    remove_some(tx, request, |earlier| earlier.receipt != vouched.receipt)?;
    VOUCHED.put(tx, &key, &vouched)
}

/// Removes some of the vouchers of a request under which nothing more is fetched.
///
/// # Errors
///
/// Storage errors.
pub(crate) fn forget_some(tx: &mut Tx<'_>, request: RequestId) -> Result<()> {
    remove_some(tx, request, |_| true)
}

fn remove_some(
    tx: &mut Tx<'_>,
    request: RequestId,
    is_over: impl Fn(&VouchedFetch) -> bool,
) -> Result<()> {
    let some = VOUCHED.under(&(request,)).page(tx, Limit::rows(REMOVED))?;
    for (key, vouched) in some.rows {
        if is_over(&vouched) {
            VOUCHED.delete(tx, &key)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_domain::Digest;
    use chengji_domain::delivery::Receipt;
    use chengji_domain::fact::Delivery;
    use chengji_store::{Ledger, MemoryStore};
    use jiff::Timestamp;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-27T02:00:00Z".parse().unwrap()
    }

    fn own() -> OwnLog {
        OwnLog {
            city: "430100".parse().unwrap(),
            ledger: Ledger::create(Arc::new(MemoryStore::new()), "city/430100", [1; 8]).unwrap(),
            clock: Arc::new(now),
        }
    }

    fn voucher(user: &str) -> Voucher {
        Voucher {
            user: format!("city/430100/person/{user}").parse().unwrap(),
            department: None,
            operation: None,
        }
    }

    #[tokio::test]
    async fn calls_that_receive_nothing_add_no_facts() {
        let own = own();
        let request: RequestId = "430100-1-7-AAAAAAAAAAAAA".parse().unwrap();
        let start = own.ledger.head().seq;
        for _ in 0..3 {
            for user in ["wang.fang", "li.lei"] {
                record(&own, request, voucher(user)).await.unwrap();
            }
        }
        assert_eq!(own.ledger.head().seq, start + 2);
        let receipt = Receipt {
            seq: 40,
            at: now(),
            delivery: Delivery {
                request,
                code: "307012/000001".parse().unwrap(),
                revision: 1,
                bytes: 9,
                digest: Digest([1; 32]),
                rows: None,
            },
            provider: "430200".parse().unwrap(),
            consumer: own.city,
            sent: false,
            file_name: "data.csv".to_owned(),
            vouched: None,
        };
        let put = move |tx: &mut Tx<'_>| {
            receipts::RECEIPTS.put(tx, &std::cmp::Reverse(receipt.seq), &receipt)
        };
        own.ledger.write(put).await.unwrap();
        record(&own, request, voucher("wang.fang")).await.unwrap();
        assert_eq!(own.ledger.head().seq, start + 3, "a further receipt");
        let left = || {
            let left = VOUCHED.all().collect(&**own.ledger.kv()).unwrap();
            let users = left.into_iter().map(|((_, user, _), _)| user);
            users.collect::<Vec<_>>()
        };
        assert_eq!(left(), [voucher("wang.fang").user], "of the last receipt");
        let ended = move |tx: &mut Tx<'_>| forget_some(tx, request);
        own.ledger.write(ended).await.unwrap();
        assert!(left().is_empty());
    }
}

use std::sync::Arc;

use chengji_domain::Digest;
use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::request::terms::{GrantTerms, Rate};
use chengji_domain::request::{Grant, Move, Party, RequestRecord, Step};
use chengji_store::{CountingStore, Ledger, MemoryStore, Reads};
use chengji_testkit::requests;

use super::*;

const REQUEST: &str = "430100-1-1-AAAAAAAAAAAAA";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_392_000 + second).unwrap()
}

fn content(number: u8) -> CountedContent {
    CountedContent {
        revision: 1,
        bytes: 9,
        digest: Digest([number; 32]),
    }
}

/// A provider with a grant under these limits.
struct Provider {
    ledger: Ledger,
    request: RequestId,
    reads: Reads,
}

impl Provider {
    async fn with(limits: Limits) -> Self {
        let store = CountingStore::new(MemoryStore::new());
        let reads = store.reads();
        let ledger = Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap();
        let mut history = requests::submitted(REQUEST, "430200:307012000001", at(0));
        let terms = GrantTerms {
            limits: Box::new(limits),
            ..GrantTerms::file(at(1_000_000))
        };
        let route = Move::Route {
            share_class: ShareClass::Conditional,
            revision: 1,
            deadline: Deadline::certain(jiff::civil::date(2026, 12, 7)),
            approval: None,
        };
        let grant = Move::Grant(Grant {
            terms,
            ..requests::grant(at(0))
        });
        for (party, mv) in [(Party::Coordinator, route), (Party::Provider, grant)] {
            let step = Step {
                party,
                actor: chengji_domain::Principal::Coordinator.into(),
                at: at(0),
                mv,
                due: None,
            };
            history = history.with(step).unwrap();
        }
        let (request, record) = (history.id, RequestRecord::new(history));
        let put = ledger.write(move |tx| records::put(tx, &record));
        put.await.unwrap();
        Self {
            ledger,
            request,
            reads,
        }
    }

    async fn begin(&self, number: u8, from: u64, second: i64) -> Result<u64, ErrorCode> {
        let (request, what) = (self.request, (content(number), from));
        let begun = self
            .ledger
            .write(move |tx| begin(tx, request, what, at(second)));
        let transfer = begun.await.map_err(|error| error.code())?;
        Ok(transfer.unwrap())
    }

    async fn finish(&self, transfer: u64, second: i64) -> Result<bool, ErrorCode> {
        let request = self.request;
        let finished = self
            .ledger
            .write(move |tx| finish(tx, request, transfer, at(second)));
        finished.await.map_err(|error| error.code())
    }

    fn counted(&self) -> u64 {
        let kv = self.ledger.kv().as_ref();
        let record = records::existing(kv, self.request).unwrap();
        counted(kv, &record.history).unwrap().unwrap()
    }
}

fn counting(count: u64) -> Limits {
    Limits {
        count: Some(count),
        ..Limits::default()
    }
}

#[tokio::test]
async fn parallel_fetches_complete_no_more_than_were_granted() {
    let provider = Provider::with(counting(2)).await;
    let mut completed = 0;
    for round in 0..4 {
        let [a, b, c] = [
            provider.begin(1, 0, round),
            provider.begin(1, 0, round),
            provider.begin(1, 0, round),
        ];
        let (a, b, c) = tokio::join!(a, b, c);
        for transfer in [a, b, c] {
            match transfer {
                Ok(transfer) => {
                    let finished = provider.finish(transfer, round).await;
                    assert!(matches!(finished, Ok(true) | Err(ErrorCode::Conflict)));
                    completed += u64::from(finished == Ok(true));
                }
                Err(code) => assert_eq!(code, ErrorCode::LimitExceeded),
            }
        }
    }
    assert_eq!((completed, provider.counted()), (2, 2));
}

#[tokio::test]
async fn fetches_of_a_grant_without_limits_are_not_counted() {
    let provider = Provider::with(Limits::default()).await;
    let kv = provider.ledger.kv().as_ref();
    let record = records::existing(kv, provider.request).unwrap();
    assert_eq!(counted(kv, &record.history), Ok(None));
}

#[tokio::test]
async fn a_fetch_beyond_the_count_is_refused_before_its_content_is_read() {
    let limits = counting(1);
    let provider = Provider::with(limits.clone()).await;
    let unread = |from| {
        let kv = provider.ledger.kv().as_ref();
        check_unread(kv, (provider.request, from), &limits, at(9)).map_err(|error| error.code())
    };
    assert_eq!(unread(0), Ok(()));
    let transfer = provider.begin(1, 0, 1).await.unwrap();
    assert_eq!(unread(0), Ok(()), "it may be the same content");
    provider.finish(transfer, 2).await.unwrap();
    assert_eq!(unread(0), Err(ErrorCode::LimitExceeded));
    // A consumer that has all of it asks for the receipt, or whether the table has changed.
    assert_eq!(unread(9), Ok(()));
    assert_eq!(provider.counted(), 1);
}

#[tokio::test]
async fn a_resumed_transfer_ends_the_one_before_and_counts_nothing() {
    let provider = Provider::with(counting(1)).await;
    let broken = provider.begin(1, 0, 0).await.unwrap();
    let resumed = provider.begin(1, 4, 1).await.unwrap();
    let (kv, limits) = (provider.ledger.kv().as_ref(), counting(1));
    let code = |transfer| {
        let checked = check(kv, (provider.request, transfer), &limits, at(1));
        checked.map_err(|error| error.code())
    };
    assert_eq!(code(Some(broken)), Err(ErrorCode::Conflict));
    assert_eq!(code(Some(resumed)), Ok(()));
    // The grant had no limits when this one began.
    assert_eq!(code(None), Err(ErrorCode::Conflict));
    assert_eq!(provider.finish(resumed, 2).await, Ok(true));
    assert_eq!(provider.finish(resumed, 2).await, Ok(false));
    assert_eq!(provider.counted(), 1);
    assert_eq!(provider.begin(2, 0, 3).await, Err(ErrorCode::LimitExceeded));
}

#[tokio::test]
async fn counting_reads_as_much_after_many_fetches_as_after_few() {
    let rate = Rate {
        count: 3,
        seconds: 10,
    };
    let provider = Provider::with(Limits {
        rate: Some(rate),
        ..counting(1_000)
    })
    .await;
    let mut read = Vec::new();
    for number in 0..200 {
        let before = provider.reads.keys();
        let transfer = provider.begin(1, 0, number * 4).await.unwrap();
        read.push(provider.reads.keys() - before);
        provider.finish(transfer, number * 4).await.unwrap();
    }
    assert_eq!(read[10], read[199], "{read:?}");
    // Three were made within the last ten seconds.
    let second = 199 * 4;
    assert_eq!(
        provider.begin(1, 0, second + 1).await,
        Err(ErrorCode::LimitExceeded)
    );
    assert!(provider.begin(1, 0, second + 2).await.is_ok());
}

#[tokio::test]
async fn a_fetch_that_the_node_fails_leaves_its_count_to_the_next() {
    let provider = Provider::with(counting(1)).await;
    let failed = provider.begin(1, 0, 0).await.unwrap();
    let request = provider.request;
    let fail = move |tx: &mut Tx<'_>| fail(tx, request, failed);
    provider.ledger.write(fail).await.unwrap();
    assert_eq!(provider.counted(), 0);
    let next = provider.begin(2, 0, 1).await.unwrap();
    assert_eq!(provider.finish(next, 2).await, Ok(true));
    assert_eq!(provider.counted(), 1);
    assert_eq!(provider.begin(3, 0, 3).await, Err(ErrorCode::LimitExceeded));
}

#[tokio::test]
async fn times_that_no_rate_asks_for_any_more_are_removed() {
    let provider = Provider::with(counting(1_000)).await;
    let year = 366 * 24 * 60 * 60;
    for number in 0..4 {
        let transfer = provider.begin(1, 0, number).await.unwrap();
        provider.finish(transfer, number).await.unwrap();
    }
    // Each fetch removes the two earliest times.
    for (number, left) in [(0, 3), (1, 2)] {
        let second = year + 4 + number;
        let transfer = provider.begin(1, 0, second).await.unwrap();
        provider.finish(transfer, second).await.unwrap();
        let kv = provider.ledger.kv().as_ref();
        let known = FETCHES.under(&(provider.request,)).count(kv, 10);
        assert_eq!(known, Ok(left));
    }
}

//! Queries that end, and queries that are ended.

use std::sync::Arc;

use arrow_array::Int64Array;
use futures_util::{StreamExt, future};

use super::*;

/// The times and rights of a query that may run for an hour.
fn unending() -> Ends {
    let hour = Duration::from_secs(3_600);
    Ends {
        deadline: (Instant::now() + hour, hour),
        refused: Box::pin(future::pending()),
    }
}

fn batch(value: i64) -> RecordBatch {
    let values = Int64Array::from(vec![value]);
    RecordBatch::try_from_iter([("value", Arc::new(values) as _)]).unwrap()
}

/// A reading job of rows without end.
fn endless(to: &mpsc::Sender<RecordBatch>) -> Result<()> {
    while to.blocking_send(batch(1)).is_ok() {}
    Ok(())
}

/// What is held for a query, and what resolves once that is given back.
fn held() -> (oneshot::Sender<()>, oneshot::Receiver<()>) {
    oneshot::channel()
}

fn stopped() -> Error {
    Error::new(ErrorCode::GrantRevoked, msg::Text { text: "stopped" })
}

async fn codes(rows: Rows) -> Vec<Result<usize, ErrorCode>> {
    let rows = rows.map(|batch| match batch {
        Ok(batch) => Ok(batch.num_rows()),
        Err(error) => Err(error.code()),
    });
    rows.collect().await
}

#[tokio::test]
async fn all_rows_come_before_the_end() {
    let rows = Rows::read((), unending(), |to| {
        for value in 0..5 {
            to.blocking_send(batch(value)).unwrap();
        }
        Ok(())
    });
    assert_eq!(codes(rows).await, [Ok(1); 5]);
    let none = Rows::read((), unending(), |_| Ok(()));
    assert!(codes(none).await.is_empty());
}

#[tokio::test]
async fn rows_that_break_off_end_with_an_error() {
    let failing = Rows::read((), unending(), |to| {
        let _ = to.blocking_send(batch(1));
        Err(stopped())
    });
    let last = codes(failing).await.pop();
    assert_eq!(last, Some(Err(ErrorCode::GrantRevoked)));
    // A stream that contradicts itself makes its reader panic.
    let panicking = Rows::read((), unending(), |to| {
        let _ = to.blocking_send(batch(1));
        panic!("a contradiction")
    });
    let last = codes(panicking).await.pop();
    assert_eq!(last, Some(Err(ErrorCode::Internal)));
}

#[tokio::test]
async fn a_query_ends_in_time_though_nobody_takes_its_rows() {
    let (holding, given_back) = held();
    let ends = Ends {
        deadline: (Instant::now(), Duration::ZERO),
        ..unending()
    };
    let rows = Rows::read(holding, ends, endless);
    assert!(given_back.await.is_err(), "dropped");
    assert_eq!(codes(rows).await, [Err(ErrorCode::LimitExceeded)]);
}

#[tokio::test]
async fn a_query_ends_with_its_rights_though_nobody_takes_its_rows() {
    let (holding, given_back) = held();
    let (revoke, revoked) = oneshot::channel::<()>();
    let refused = async move {
        let _ = revoked.await;
        stopped()
    };
    let ends = Ends {
        refused: Box::pin(refused),
        ..unending()
    };
    let mut rows = Rows::read(holding, ends, endless);
    assert_eq!(rows.next().await.unwrap().unwrap(), batch(1));
    revoke.send(()).unwrap();
    assert!(given_back.await.is_err(), "dropped");
    // What was read before is not handed out after.
    assert_eq!(codes(rows).await, [Err(ErrorCode::GrantRevoked)]);
}

#[tokio::test]
async fn a_query_ends_with_its_caller() {
    let (holding, given_back) = held();
    let mut rows = Rows::read(holding, unending(), endless);
    assert!(rows.next().await.is_some());
    drop(rows);
    assert!(given_back.await.is_err(), "dropped");
}

//! The values of a prepared statement's parameters, as clients bind them: a stream with one row.

use std::panic::AssertUnwindSafe;

use arrow_array::RecordBatch;
use arrow_flight::FlightData;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use chengji_domain::{Error, Result};
use chengji_messages::{Value, msg};
use chengji_proto::status::of_request;
use futures_util::{FutureExt, Stream, TryStreamExt};
use tonic::Status;

use crate::failure::invalid;

/// Reads the row; `None` for a stream without one.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a stream that cannot be read, and for more than one row: each run has one; the error of a
/// stream that ends early.
pub(crate) async fn read(
    messages: impl Stream<Item = Result<FlightData, Status>> + Send + 'static,
) -> Result<Option<RecordBatch>> {
    // The reader of the format panics at some contradictions.
    let read = AssertUnwindSafe(row(messages)).catch_unwind().await;
    read.unwrap_or_else(|_| {
        let cause = Value::text("panic");
        Err(invalid(msg::FlightParametersUnreadable { cause }))
    })
}

async fn row(
    messages: impl Stream<Item = Result<FlightData, Status>> + Send + 'static,
) -> Result<Option<RecordBatch>> {
    let messages = messages.map_err(FlightError::from);
    let mut batches = FlightRecordBatchStream::new_from_flight_data(messages);
    let mut row = None;
    while let Some(batch) = batches.try_next().await.map_err(unreadable)? {
        if batch.num_rows() == 0 {
            continue;
        }
        if row.is_some() || batch.num_rows() > 1 {
            return Err(invalid(msg::FlightParametersOfManyRows));
        }
        row = Some(batch);
    }
    Ok(row)
}

fn unreadable(error: FlightError) -> Error {
    match error {
        FlightError::Tonic(status) => of_request(&status),
        other => {
            let cause = Value::text(other);
            invalid(msg::FlightParametersUnreadable { cause })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::Int64Array;
    use arrow_flight::encode::FlightDataEncoderBuilder;
    use chengji_domain::ErrorCode;
    use futures_util::stream;

    use super::*;

    fn rows(values: &[i64]) -> RecordBatch {
        let values = Int64Array::from(values.to_vec());
        RecordBatch::try_from_iter([("$1", Arc::new(values) as _)]).unwrap()
    }

    async fn sent(batches: Vec<RecordBatch>) -> Result<Option<RecordBatch>> {
        let batches = stream::iter(batches.into_iter().map(Ok));
        let messages = FlightDataEncoderBuilder::new().build(batches);
        read(messages.map_err(Status::from)).await
    }

    #[tokio::test]
    async fn the_parameters_of_a_run_are_one_row() {
        assert_eq!(sent(vec![rows(&[7])]).await, Ok(Some(rows(&[7]))));
        let empty_first = vec![rows(&[]), rows(&[7]), rows(&[])];
        assert_eq!(sent(empty_first).await, Ok(Some(rows(&[7]))));
        assert_eq!(sent(vec![rows(&[])]).await, Ok(None));
        assert_eq!(sent(Vec::new()).await, Ok(None));
        let many = invalid(msg::FlightParametersOfManyRows);
        assert_eq!(sent(vec![rows(&[7, 8])]).await, Err(many.clone()));
        assert_eq!(sent(vec![rows(&[7]), rows(&[8])]).await, Err(many));
    }

    #[tokio::test]
    async fn what_is_no_stream_of_arrow_is_the_callers_fault() {
        let malformed = FlightData::new().with_data_header(vec![1, 2, 3]);
        let error = read(stream::iter([Ok(malformed)])).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }

    #[tokio::test]
    async fn a_stream_that_contradicts_itself_is_the_callers_fault() {
        let batches = stream::iter([Ok(rows(&[7]))]);
        let messages = FlightDataEncoderBuilder::new().build(batches);
        let messages: Vec<FlightData> = messages.try_collect().await.unwrap();
        let header = messages[0].data_header.to_vec();
        let width = 64_i32.to_le_bytes();
        let mut refused = 0;
        // One of these is the number of bits of an integer.
        for at in 0..header.len() - 3 {
            if header[at..at + 4] != width {
                continue;
            }
            let mut altered = header.clone();
            altered[at] = 7;
            let altered = FlightData::new().with_data_header(altered);
            if let Err(error) = read(stream::iter([Ok(altered)])).await {
                assert_eq!(error.code(), ErrorCode::InvalidArgument);
                refused += 1;
            }
        }
        assert!(refused > 0);
    }
}

//! Answers in the format of Arrow: batches as messages of bounded size, and the description of where to get them.

use std::pin::Pin;

use arrow_array::RecordBatch;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::sql::Any;
use arrow_flight::{FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, Ticket};
use arrow_schema::{Schema, SchemaRef};
use bytes::Bytes;
use chengji_domain::Error;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use prost::Message;
use tonic::{Response, Status};

use crate::failure::{cancelled, failed, not_encoded, of_stream};
use crate::running::Run;

/// The size of a message of rows that is aimed at, in bytes. A single row is never divided.
const MESSAGE: usize = 1 << 20;

/// The messages of an answer.
pub(crate) type Messages = Pin<Box<dyn Stream<Item = Result<FlightData, Status>> + Send>>;

/// Describes an answer of these columns, to be fetched with this ticket at the same node.
pub(crate) fn described(
    schema: &Schema,
    ticket: &Any,
    descriptor: FlightDescriptor,
) -> Result<FlightInfo, Status> {
    let ticket = Ticket::new(ticket.encode_to_vec());
    let info = FlightInfo::new().try_with_schema(schema);
    Ok(info
        .map_err(not_encoded)?
        .with_endpoint(FlightEndpoint::new().with_ticket(ticket))
        .with_descriptor(descriptor))
}

/// The columns as a message of Arrow IPC.
pub(crate) fn schema_message(schema: &Schema) -> Result<Bytes, Status> {
    let info = FlightInfo::new().try_with_schema(schema);
    Ok(info.map_err(not_encoded)?.schema)
}

/// Answers with batches. The next one is taken when the messages of the one before have been sent.
pub(crate) fn of_batches(
    schema: SchemaRef,
    batches: impl Stream<Item = Result<RecordBatch, Status>> + Send + 'static,
) -> Response<Messages> {
    let messages = FlightDataEncoderBuilder::new()
        .with_max_flight_data_size(MESSAGE)
        .with_schema(schema)
        .build(batches.map_err(FlightError::from));
    Response::new(Box::pin(messages.map_err(of_stream)))
}

/// Answers with one batch.
pub(crate) fn of_batch(batch: RecordBatch) -> Response<Messages> {
    of_batches(batch.schema(), stream::iter([Ok(batch)]))
}

/// The batches of a running query, which end with an error when it is cancelled. Dropping them drops the rows.
pub(crate) fn until_cancelled<R>(
    rows: R,
    run: Run,
) -> impl Stream<Item = Result<RecordBatch, Status>> + Send + 'static
where
    R: Stream<Item = Result<RecordBatch, Error>> + Unpin + Send + 'static,
{
    stream::try_unfold((rows, run), |(mut rows, mut run): (R, Run)| async move {
        let next = tokio::select! {
            biased;
            () = run.cancelled() => return Err(cancelled()),
            next = rows.next() => next,
        };
        let batch = next.transpose().map_err(failed)?;
        Ok(batch.map(|batch| (batch, (rows, run))))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::StringArray;
    use arrow_flight::decode::FlightRecordBatchStream;
    use arrow_flight::sql::{CommandGetCatalogs, ProstMessageExt};
    use chengji_domain::ErrorCode;
    use chengji_messages::msg;
    use chengji_proto::status::to_error;
    use futures_util::FutureExt;
    use tonic::Code;

    use super::*;
    use crate::running::Running;

    fn batch(rows: usize, bytes: usize) -> RecordBatch {
        let text = StringArray::from_iter_values(std::iter::repeat_n("x".repeat(bytes), rows));
        RecordBatch::try_from_iter([("text", Arc::new(text) as _)]).unwrap()
    }

    fn run(running: &Running) -> Run {
        running.begin(&"city/430100/person/a".parse().unwrap(), [1; 16])
    }

    #[tokio::test]
    async fn messages_are_bounded_and_give_the_same_rows() {
        let sent = batch(4_000, 1_000);
        let messages = of_batch(sent.clone()).into_inner();
        let messages: Vec<FlightData> = messages.try_collect().await.unwrap();
        assert!(messages.len() > 3);
        let longest = messages.iter().map(|message| message.data_body.len());
        assert!(longest.max().unwrap() <= 2 * MESSAGE);
        let read = stream::iter(messages.into_iter().map(Ok));
        let read = FlightRecordBatchStream::new_from_flight_data(read);
        let read: Vec<RecordBatch> = read.try_collect().await.unwrap();
        let rows: usize = read.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(rows, sent.num_rows());
    }

    #[tokio::test]
    async fn an_answer_without_rows_has_columns() {
        let empty = RecordBatch::new_empty(batch(1, 1).schema());
        let mut messages = of_batch(empty).into_inner();
        let first = messages.next().await.unwrap().unwrap();
        assert!(
            Schema::try_from(&first)
                .unwrap()
                .field_with_name("text")
                .is_ok()
        );
    }

    #[tokio::test]
    async fn a_cancelled_query_ends_with_an_error_and_drops_its_rows() {
        let (running, held) = (Running::default(), Arc::new(()));
        let mine = Arc::clone(&held);
        let rows = stream::iter([Ok(batch(1, 1))]).chain(stream::pending());
        let rows = rows.inspect(move |_| drop(Arc::clone(&mine)));
        let mut batches = Box::pin(until_cancelled(rows, run(&running)));
        assert!(batches.next().await.unwrap().is_ok());
        assert!(batches.next().now_or_never().is_none());
        running.cancel(&"city/430100/person/a".parse().unwrap(), [1; 16]);
        let status = batches.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::Cancelled);
        assert_eq!(Arc::strong_count(&held), 1);
        assert!(batches.next().await.is_none());
    }

    #[tokio::test]
    async fn the_error_of_a_query_is_the_end_of_its_rows() {
        let error = || Error::new(ErrorCode::GrantRevoked, msg::Text { text: "x" });
        let rows = stream::iter([Ok(batch(1, 1)), Err(error())]);
        let batches = until_cancelled(rows, run(&Running::default()));
        let messages = of_batches(batch(1, 1).schema(), batches).into_inner();
        let messages: Vec<_> = messages.collect().await;
        let last = messages.last().unwrap().as_ref().unwrap_err();
        assert_eq!(to_error(last), error());
    }

    #[test]
    fn an_answer_is_described_with_its_columns_and_ticket() {
        let ticket = CommandGetCatalogs {}.as_any();
        let descriptor = FlightDescriptor::new_cmd("c");
        let schema = batch(1, 1).schema();
        let info = described(&schema, &ticket, descriptor.clone()).unwrap();
        assert_eq!(info.schema, schema_message(&schema).unwrap());
        assert_eq!(info.flight_descriptor, Some(descriptor));
        let [endpoint] = info.endpoint.as_slice() else {
            panic!("{info:?}");
        };
        let sent = endpoint.ticket.as_ref().unwrap();
        assert_eq!(Any::decode(sent.ticket.clone()).unwrap(), ticket);
    }
}

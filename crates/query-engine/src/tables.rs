//! The tables of a query, read from the files that the node hands over.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, OnceLock};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use chengji_domain::{Error, ErrorCode};
use chengji_interchange::table::ArrowStream;
use chengji_messages::msg;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::PartitionStream;

use crate::failure::external;

/// Number of batches that are read ahead.
const AHEAD: usize = 2;

/// Bytes that are read from a file at a time.
const BUFFER: usize = 1 << 20;

/// The rows of a table, which may be read several times.
#[derive(Debug)]
pub(crate) struct TableRows {
    schema: SchemaRef,
    /// Known once the query runs.
    content: OnceLock<(Arc<File>, u64)>,
}

impl TableRows {
    /// Rows with these columns.
    pub(crate) fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            content: OnceLock::new(),
        }
    }

    /// Sets the file of the rows, and its size in bytes; later calls change nothing.
    pub(crate) fn set(&self, file: File, bytes: u64) {
        let _ = self.content.set((Arc::new(file), bytes));
    }
}

impl PartitionStream for TableRows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut rows = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.schema), AHEAD);
        let (sender, schema) = (rows.tx(), Arc::clone(&self.schema));
        let content = self.content.get().cloned();
        rows.spawn_blocking(move || {
            let batches = content.ok_or_else(internal);
            let batches = batches.and_then(|(file, bytes)| batches_of(file, bytes, &schema));
            let batches = match batches {
                Ok(batches) => batches,
                Err(error) => {
                    let _ = sender.blocking_send(Err(external(error)));
                    return Ok(());
                }
            };
            for batch in batches {
                if sender.blocking_send(batch.map_err(external)).is_err() {
                    break;
                }
            }
            Ok(())
        });
        rows.build()
    }
}

fn batches_of(
    file: Arc<File>,
    bytes: u64,
    schema: &SchemaRef,
) -> Result<impl Iterator<Item = Result<RecordBatch, Error>> + use<>, Error> {
    let from_start = Beginning { file, offset: 0 };
    let stream = ArrowStream::new(BufReader::with_capacity(BUFFER, from_start), bytes)?;
    // What else a stream says of itself makes no difference to its rows.
    match stream.schema().fields() == schema.fields() {
        true => Ok(stream),
        false => Err(Error::new(ErrorCode::SourceChanged, msg::QueryTableChanged)),
    }
}

/// A file read from its beginning, whatever its position.
struct Beginning {
    file: Arc<File>,
    offset: u64,
}

impl Read for Beginning {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(into, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

fn internal() -> Error {
    Error::new(ErrorCode::Internal, msg::QueryTableWithoutRows)
}

#[cfg(test)]
#[path = "tables_tests.rs"]
mod tests;

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
    content: OnceLock<(Arc<File>, Size)>,
}

/// The size of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Number of rows, as the origin of the rows reports it.
    pub(crate) rows: u64,
    /// Bytes.
    pub(crate) bytes: u64,
}

impl Size {
    /// The size of at most `most` rows, with `columns` of the `all` columns.
    pub(crate) fn of_part(self, most: Option<usize>, (columns, all): (usize, usize)) -> Self {
        let rows = most.map_or(self.rows, |most| self.rows.min(most as u64));
        let share = |bytes: u64, part: u64, whole: u64| {
            let bytes = u128::from(bytes) * u128::from(part) / u128::from(whole.max(1));
            u64::try_from(bytes).unwrap_or(u64::MAX)
        };
        let bytes = share(self.bytes, columns as u64, all as u64);
        let bytes = match rows < self.rows {
            true => share(bytes, rows, self.rows),
            false => bytes,
        };
        Self { rows, bytes }
    }
}

impl TableRows {
    /// Rows with these columns.
    pub(crate) fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            content: OnceLock::new(),
        }
    }

    /// Sets the file of the rows, and its size; later calls change nothing.
    pub(crate) fn set(&self, file: File, size: Size) {
        let _ = self.content.set((Arc::new(file), size));
    }

    /// The size of the table; `None` until its file was handed over.
    pub(crate) fn size(&self) -> Option<Size> {
        self.content.get().map(|(_, size)| *size)
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
            let batches = batches.and_then(|(file, size)| batches_of(file, size.bytes, &schema));
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
    // The metadata of the schema makes no difference to the rows.
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

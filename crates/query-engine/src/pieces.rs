//! Rows in batches of bounded size: the node reads each batch of a query as a whole, into its own memory.

use std::io::{self, Write};

use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::ArrowError;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

use crate::failure::broken;

/// Maximum size of a batch that is written, bytes.
pub(crate) const MAX_BATCH: usize = 64 << 20;

/// Divides a batch by its rows until each piece has at most this size in bytes when it is written.
///
/// # Errors
///
/// `LIMIT_EXCEEDED` for a row that is larger.
pub(crate) fn divided(batch: RecordBatch, most: usize) -> Result<Vec<RecordBatch>> {
    let mut pieces = Vec::new();
    divide(batch, most, &mut pieces)?;
    Ok(pieces)
}

fn divide(batch: RecordBatch, most: usize, into: &mut Vec<RecordBatch>) -> Result<()> {
    // The size in memory is cheap to compute and is, apart from metadata, at least the written size.
    if batch.get_array_memory_size() <= most || written(&batch).map_err(broken)? <= most {
        into.push(batch);
        return Ok(());
    }
    let rows = batch.num_rows();
    if rows < 2 {
        let message = msg::QueryRowTooLarge { most };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    let half = rows / 2;
    divide(batch.slice(0, half), most, into)?;
    divide(batch.slice(half, rows - half), most, into)
}

/// The size of a batch as it is written.
fn written(batch: &RecordBatch) -> Result<usize, ArrowError> {
    let mut writer = StreamWriter::try_new(Counted(0), &batch.schema())?;
    writer.write(batch)?;
    Ok(writer.get_mut().0)
}

/// Counts what is written.
struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::StringArray;

    use super::*;

    fn texts(lengths: &[usize]) -> RecordBatch {
        let texts = lengths.iter().map(|length| "x".repeat(*length));
        let texts = StringArray::from_iter_values(texts);
        RecordBatch::try_from_iter([("text", Arc::new(texts) as _)]).unwrap()
    }

    fn rows(pieces: &[RecordBatch]) -> Vec<usize> {
        pieces.iter().map(RecordBatch::num_rows).collect()
    }

    #[test]
    fn a_batch_within_the_size_stays_whole() {
        let batch = texts(&[10; 100]);
        let pieces = divided(batch.clone(), MAX_BATCH).unwrap();
        assert_eq!(pieces, [batch]);
        assert_eq!(rows(&divided(texts(&[]), MAX_BATCH).unwrap()), [0]);
    }

    #[test]
    fn a_large_batch_is_divided_by_its_rows() {
        let batch = texts(&[10_000; 8]);
        let pieces = divided(batch.clone(), 25_000).unwrap();
        assert_eq!(rows(&pieces), [2; 4]);
        for (number, piece) in pieces.iter().enumerate() {
            assert_eq!(*piece, batch.slice(2 * number, 2));
        }
        // The size of a slice is that of its own rows, not of the batch that it is a part of.
        let part = batch.slice(3, 2);
        assert_eq!(rows(&divided(part, 25_000).unwrap()), [2]);
    }

    #[test]
    fn a_row_is_not_divided() {
        let error = divided(texts(&[10, 10, 30_000, 10]), 25_000).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        assert_eq!(error.message().code(), "query-row-too-large");
    }
}

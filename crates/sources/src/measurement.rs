//! Measures a table by reading it once: its rows, the length of its values, and a digest of both that does not depend on
//! the order of the rows, which databases do not promise. The contract defines them at `Measurement`.

mod values;

use std::ops::ControlFlow;

use arrow_array::RecordBatch;
use chengji_domain::table::TableSchema;
use chengji_domain::{Digest, Result};
use chengji_messages::quoted::Quoted;
use chengji_messages::{Value, msg};

use self::values::{Row, Values};
use crate::reading::{changed_while_read, unavailable};
use crate::{GoOn, Source};

/// What was found by reading a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredTable {
    /// The columns, which were the same before and after the reading.
    pub schema: TableSchema,
    /// Number of rows.
    pub rows: u64,
    /// Total length of the values, bytes.
    pub bytes: u64,
    /// Digest of the schema and the rows; independent of their order.
    pub digest: Digest,
}

/// Reads a whole table while `go_on` returns true, and measures it. Memory does not grow with the table.
///
/// # Errors
///
/// As of [`Source::read`]; `SOURCE_CHANGED` if its columns changed meanwhile.
pub fn measure(source: &dyn Source, table: &str, go_on: GoOn<'_>) -> Result<MeasuredTable> {
    let schema = source.schema(table, go_on)?;
    let mut content = Measuring::default();
    source.read(table, None, go_on, &mut |batch| {
        content.take(&batch, table)?;
        Ok(ControlFlow::Continue(()))
    })?;
    if source.schema(table, go_on)?.fingerprint() != schema.fingerprint() {
        return Err(changed_while_read(table));
    }
    let MeasuredRows {
        rows,
        bytes,
        digest,
    } = content.finish(schema.fingerprint());
    Ok(MeasuredTable {
        schema,
        rows,
        bytes,
        digest,
    })
}

/// The measured number of rows, their size and their digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasuredRows {
    /// Number of rows.
    pub rows: u64,
    /// Total length of the values, bytes.
    pub bytes: u64,
    /// Digest of the schema and the rows, whatever their order.
    pub digest: Digest,
}

/// Measures rows that are read for another purpose, or that another city sends. Memory grows neither with the rows nor
/// with the length of one.
#[derive(Debug, Default)]
pub struct Measuring {
    rows: u64,
    bytes: u64,
    /// The sum of the digests of the rows, as a number of 256 bits, its highest byte first.
    sum: [u8; 32],
    row: Row,
}

impl Measuring {
    /// Returns the number of rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the total length of the values so far, bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Measures the rows of a further batch of the table with this name.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE` for a column of a type without an encoding.
    pub fn take(&mut self, batch: &RecordBatch, table: &str) -> Result<()> {
        let schema = batch.schema_ref();
        let columns = batch.columns().iter().zip(schema.fields().iter());
        let columns = columns.map(|(column, field)| {
            Values::of(column.as_ref()).ok_or_else(|| {
                unavailable(msg::SourceColumnNotMeasurable {
                    column: Quoted(field.name()),
                    found: Value::text(field.data_type()),
                    table: Quoted(table),
                })
            })
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        for at in 0..batch.num_rows() {
            for column in &columns {
                self.bytes += column.encode(at, &mut self.row);
            }
            self.rows += 1;
            let digest = self.row.finish();
            self.add(digest);
        }
        Ok(())
    }

    /// Adds the digest of a row to the sum, modulo 2^256.
    fn add(&mut self, row: Digest) {
        let mut carry = 0;
        for (byte, other) in self.sum.iter_mut().zip(row.0).rev() {
            let sum = u16::from(*byte) + u16::from(other) + carry;
            let [low, high] = sum.to_le_bytes();
            *byte = low;
            carry = u16::from(high);
        }
    }

    /// Returns the result for a table whose schema has this fingerprint, once all rows were taken.
    pub fn finish(self, fingerprint: Digest) -> MeasuredRows {
        let Self {
            rows, bytes, sum, ..
        } = self;
        let whole = [&fingerprint.0[..], &rows.to_be_bytes(), &sum].concat();
        MeasuredRows {
            rows,
            bytes,
            digest: Digest::of(&whole),
        }
    }
}

#[cfg(test)]
#[path = "measurement_tests.rs"]
mod tests;

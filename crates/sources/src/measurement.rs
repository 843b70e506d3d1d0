//! Measures a table by reading it once: its rows, the length of its values, and a digest of both that does not depend on
//! the order of the rows, which databases do not promise. The contract defines them at `Measurement`.

mod values;

use std::ops::ControlFlow;

use arrow_array::RecordBatch;
use chengji_domain::table::TableSchema;
use chengji_domain::{Digest, Result};
use chengji_messages::quoted::Quoted;
use chengji_messages::{Value, msg};

use self::values::Values;
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
    /// Digest of the schema and the rows, whatever their order.
    pub digest: Digest,
}

/// Reads a whole table while `go_on` returns true, and measures it. Memory does not grow with the table.
///
/// # Errors
///
/// As of [`Source::read`]; `SOURCE_CHANGED` if its columns changed meanwhile.
pub fn measure(source: &dyn Source, table: &str, go_on: GoOn<'_>) -> Result<MeasuredTable> {
    let schema = source.schema(table, go_on)?;
    let mut content = Content::default();
    source.read(table, None, go_on, &mut |batch| {
        content.take(&batch, table)?;
        Ok(ControlFlow::Continue(()))
    })?;
    if source.schema(table, go_on)?.fingerprint() != schema.fingerprint() {
        return Err(changed_while_read(table));
    }
    Ok(content.finish(schema))
}

/// The rows that were read.
#[derive(Default)]
struct Content {
    rows: u64,
    bytes: u64,
    /// The sum of the digests of the rows, as a number of 256 bits, its highest byte first.
    sum: [u8; 32],
    /// The encoding of a row, kept to use its memory again.
    row: Vec<u8>,
}

impl Content {
    fn take(&mut self, batch: &RecordBatch, table: &str) -> Result<()> {
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
            self.row.clear();
            for column in &columns {
                self.bytes += column.encode(at, &mut self.row);
            }
            self.rows += 1;
            self.add(Digest::of(&self.row));
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

    fn finish(self, schema: TableSchema) -> MeasuredTable {
        let Self {
            rows, bytes, sum, ..
        } = self;
        let fingerprint = schema.fingerprint().0;
        let whole = [&fingerprint[..], &rows.to_be_bytes(), &sum].concat();
        MeasuredTable {
            schema,
            rows,
            bytes,
            digest: Digest::of(&whole),
        }
    }
}

#[cfg(test)]
#[path = "measurement_tests.rs"]
mod tests;

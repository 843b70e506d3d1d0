//! Fills Arrow batches with the rows of a table.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    StringBuilder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, Schema, SchemaRef};

use super::column::{Column, Reading};
use super::decode;
use crate::database::column::ReadAs;
use crate::database::unfit::{Misfit, Unfit};
use crate::reading::{BATCH_BYTES, BATCH_ROWS};

/// Maximum number of bytes of a value.
const MAX_VALUE_BYTES: usize = 64 << 20;

/// A batch that is being filled, and the number of rows before it.
pub(super) struct Batches {
    schema: SchemaRef,
    columns: Vec<(Column, Builder)>,
    rows: usize,
    bytes: usize,
    rows_before: u64,
}

enum Builder {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Decimal(Decimal128Builder, u8),
    DecimalText(StringBuilder),
    Float(Float64Builder),
    Text(StringBuilder),
    Bytes(BinaryBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
}

impl Batches {
    /// Begins the first batch of rows with these columns.
    pub(super) fn new(columns: Vec<Column>) -> Self {
        let fields: Vec<_> = columns.iter().map(Column::field).collect();
        let columns = columns.into_iter().map(|column| {
            let builder = Builder::of(column.reading);
            (column, builder)
        });
        Self {
            schema: Arc::new(Schema::new(fields)),
            columns: columns.collect(),
            rows: 0,
            bytes: 0,
            rows_before: 0,
        }
    }

    /// Adds a row, whose values `value` returns by the numbers of their columns.
    ///
    /// # Errors
    ///
    /// The first value that cannot be taken over, or the error of `value`.
    pub(super) fn add<'v, E: From<Misfit>>(
        &mut self,
        value: impl Fn(usize) -> Result<Option<&'v [u8]>, E>,
    ) -> Result<(), E> {
        let row = self.rows_before + self.rows as u64 + 1;
        for (number, (column, builder)) in self.columns.iter_mut().enumerate() {
            let value = value(number)?;
            let added = match value {
                None if !column.is_nullable => Err(Unfit::Null),
                Some(value) if value.len() > MAX_VALUE_BYTES => {
                    Err(Unfit::TooLong(MAX_VALUE_BYTES))
                }
                value => builder.append(value),
            };
            added.map_err(|unfit| Misfit {
                column: column.name.clone(),
                row,
                unfit,
            })?;
            self.bytes += value.map_or(0, <[u8]>::len);
        }
        self.rows += 1;
        Ok(())
    }

    /// Returns true if the batch should be taken.
    pub(super) fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    /// Takes the batch, unless it is empty, and begins the next one.
    ///
    /// # Errors
    ///
    /// [`ArrowError`] if the columns are not of the schema, a defect.
    pub(super) fn take(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        if self.rows == 0 {
            return Ok(None);
        }
        let builders = self.columns.iter_mut();
        let arrays = builders.map(|(_, builder)| builder.finish()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        self.rows_before += self.rows as u64;
        (self.rows, self.bytes) = (0, 0);
        RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options).map(Some)
    }
}

impl Builder {
    fn of(reading: Reading) -> Self {
        let data_type = reading.data_type();
        match reading {
            Reading::Boolean => Self::Boolean(BooleanBuilder::new()),
            Reading::Integer => Self::Integer(Int64Builder::new()),
            Reading::Decimal(scale) => {
                Self::Decimal(Decimal128Builder::new().with_data_type(data_type), scale)
            }
            Reading::DecimalText => Self::DecimalText(StringBuilder::new()),
            Reading::Float => Self::Float(Float64Builder::new()),
            Reading::Text | Reading::Other => Self::Text(StringBuilder::new()),
            Reading::Bytes => Self::Bytes(BinaryBuilder::new()),
            Reading::Date => Self::Date(Date32Builder::new()),
            Reading::Time => Self::Time(Time64MicrosecondBuilder::new()),
            Reading::Timestamp | Reading::ZonedTimestamp => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(data_type))
            }
        }
    }

    fn append(&mut self, value: Option<&[u8]>) -> Result<(), Unfit> {
        match self {
            Self::Boolean(to) => to.append_option(value.map(decode::boolean).transpose()?),
            Self::Integer(to) => to.append_option(value.map(decode::integer).transpose()?),
            Self::Decimal(to, scale) => {
                let units = value.map(|value| decode::decimal(value, *scale));
                to.append_option(units.transpose()?);
            }
            Self::DecimalText(to) => {
                to.append_option(value.map(decode::decimal_text).transpose()?);
            }
            Self::Float(to) => to.append_option(value.map(decode::float).transpose()?),
            Self::Text(to) => to.append_option(value.map(decode::text).transpose()?),
            Self::Bytes(to) => to.append_option(value),
            Self::Date(to) => to.append_option(value.map(decode::date).transpose()?),
            Self::Time(to) => to.append_option(value.map(decode::time).transpose()?),
            Self::Timestamp(to) => to.append_option(value.map(decode::timestamp).transpose()?),
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(of) => Arc::new(of.finish()),
            Self::Integer(of) => Arc::new(of.finish()),
            Self::Decimal(of, _) => Arc::new(of.finish()),
            Self::DecimalText(of) | Self::Text(of) => Arc::new(of.finish()),
            Self::Float(of) => Arc::new(of.finish()),
            Self::Bytes(of) => Arc::new(of.finish()),
            Self::Date(of) => Arc::new(of.finish()),
            Self::Time(of) => Arc::new(of.finish()),
            Self::Timestamp(of) => Arc::new(of.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::Array as _;
    use arrow_array::cast::AsArray;
    use arrow_array::types::Decimal128Type;

    use super::*;
    use crate::postgresql::numeric::tests::written;

    fn column(name: &str, reading: Reading, is_nullable: bool) -> Column {
        Column {
            name: name.to_owned(),
            reading,
            is_nullable,
            native_type: String::new(),
            max_length: None,
            comment: String::new(),
        }
    }

    fn add(batches: &mut Batches, values: &[Option<&[u8]>]) -> Result<(), Misfit> {
        batches.add(|number| Ok(values[number]))
    }

    #[test]
    fn values_of_all_readings_become_columns_of_their_type() {
        let readings = [
            Reading::Boolean,
            Reading::Integer,
            Reading::Decimal(10),
            Reading::DecimalText,
            Reading::Float,
            Reading::Text,
            Reading::Bytes,
            Reading::Date,
            Reading::Time,
            Reading::Timestamp,
            Reading::ZonedTimestamp,
            Reading::Other,
        ];
        let columns = readings.map(|reading| column("c", reading, true));
        let mut batches = Batches::new(columns.to_vec());
        let number = written(true, "12", "5");
        let (long, short) = ([0; 8], [0; 4]);
        let values: [&[u8]; 12] = [
            &[1],
            &short,
            &number,
            &number,
            &long,
            b"a",
            b"b",
            &short,
            &long,
            &long,
            &long,
            b"{}",
        ];
        add(&mut batches, &values.map(Some)).unwrap();
        add(&mut batches, &[None; 12]).unwrap();
        let batch = batches.take().unwrap().unwrap();
        for (array, reading) in batch.columns().iter().zip(readings) {
            assert_eq!(array.data_type(), &reading.data_type());
            assert_eq!((array.len(), array.null_count()), (2, 1), "{reading:?}");
        }
        let units = batch.column(2).as_primitive::<Decimal128Type>().value(0);
        assert_eq!(units, -125_000_000_000);
        assert_eq!(batch.column(3).as_string::<i32>().value(0), "-12.5");
        assert!(batches.take().unwrap().is_none());
    }

    #[test]
    fn a_batch_is_full_by_its_rows_or_its_bytes() {
        let mut batches = Batches::new(vec![column("c", Reading::Bytes, true)]);
        for _ in 0..BATCH_ROWS {
            assert!(!batches.is_full());
            add(&mut batches, &[None]).unwrap();
        }
        assert!(batches.is_full());
        assert_eq!(batches.take().unwrap().unwrap().num_rows(), BATCH_ROWS);
        add(&mut batches, &[Some(&vec![0; BATCH_BYTES])]).unwrap();
        assert!(batches.is_full());
    }

    #[test]
    fn a_value_that_is_not_taken_over_is_named_by_column_and_row() {
        let columns = vec![
            column("a", Reading::Boolean, false),
            column("b", Reading::Text, true),
        ];
        let mut batches = Batches::new(columns);
        add(&mut batches, &[Some(&[0]), None]).unwrap();
        batches.take().unwrap();
        let misfit = |column: &str, unfit| -> Result<(), Misfit> {
            let column = column.to_owned();
            Err(Misfit {
                column,
                row: 2,
                unfit,
            })
        };
        assert_eq!(add(&mut batches, &[None, None]), misfit("a", Unfit::Null));
        let text = add(&mut batches, &[Some(&[0]), Some(&[0xff])]);
        assert_eq!(text, misfit("b", Unfit::NotText));
        let long = vec![0; MAX_VALUE_BYTES + 1];
        let long = add(&mut batches, &[Some(&[0]), Some(&long)]);
        assert_eq!(long, misfit("b", Unfit::TooLong(MAX_VALUE_BYTES)));
    }

    #[test]
    fn rows_without_columns_are_counted() {
        let mut batches = Batches::new(Vec::new());
        add(&mut batches, &[]).unwrap();
        assert_eq!(batches.take().unwrap().unwrap().num_rows(), 1);
    }
}

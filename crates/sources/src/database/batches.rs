//! Fills Arrow batches with the rows of a table.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    StringBuilder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};

use super::column::{Column, ReadAs};
use super::unfit::{Misfit, Unfit};
use crate::reading::{BATCH_BYTES, BATCH_ROWS};

/// Maximum number of bytes of a value at a server.
pub(crate) const MAX_VALUE_BYTES: usize = 64 << 20;
/// Bytes of a value that is neither text nor bytes.
const NUMBER_BYTES: usize = 8;

/// A value in the form in which Arrow has it.
pub(crate) enum Cell<'v> {
    Null,
    Boolean(bool),
    Integer(i64),
    /// Units of the last digit after the point.
    Decimal(i128),
    Float(f64),
    Text(Cow<'v, str>),
    Bytes(&'v [u8]),
    /// Days from 1970-01-01.
    Date(i32),
    /// Microseconds from midnight.
    Time(i64),
    /// Microseconds from 1970-01-01.
    Timestamp(i64),
}

impl Cell<'_> {
    fn length(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            _ => NUMBER_BYTES,
        }
    }
}

/// A batch that is being filled, whose columns are each read in one of the ways `R`, and the number of rows before it.
pub(crate) struct Batches<R> {
    schema: SchemaRef,
    columns: Vec<(R, Builder)>,
    rows: usize,
    bytes: usize,
    rows_before: u64,
}

impl<R: ReadAs> Batches<R> {
    /// Begins the first batch of rows with these columns.
    pub(crate) fn of(columns: &[Column<R>]) -> Self {
        let fields: Vec<_> = columns.iter().map(Column::field).collect();
        let readings = columns.iter().map(|column| column.reading);
        Self::new(Arc::new(Schema::new(fields)), readings)
    }
}

impl<R: Copy> Batches<R> {
    /// Begins the first batch of rows with this schema, whose columns are read in these ways.
    pub(crate) fn new(schema: SchemaRef, readings: impl Iterator<Item = R>) -> Self {
        let columns = readings.zip(schema.fields());
        let columns = columns.map(|(reading, field)| (reading, Builder::of(field.data_type())));
        Self {
            columns: columns.collect(),
            schema,
            rows: 0,
            bytes: 0,
            rows_before: 0,
        }
    }

    /// Adds a row, whose values `cell` reads by the numbers of their columns.
    ///
    /// # Errors
    ///
    /// The first value that cannot be taken over.
    pub(crate) fn add<'v>(
        &mut self,
        mut cell: impl FnMut(usize, R) -> Result<Cell<'v>, Unfit>,
    ) -> Result<(), Misfit> {
        let fields = self.schema.fields().iter();
        for (number, ((reading, builder), field)) in self.columns.iter_mut().zip(fields).enumerate()
        {
            let added = match cell(number, *reading) {
                Ok(Cell::Null) if !field.is_nullable() => Err(Unfit::Null),
                Ok(cell) => {
                    self.bytes += cell.length();
                    builder.append(cell)
                }
                Err(unfit) => Err(unfit),
            };
            added.map_err(|unfit| Misfit {
                column: field.name().clone(),
                row: self.rows_before + self.rows as u64 + 1,
                unfit,
            })?;
        }
        self.rows += 1;
        Ok(())
    }

    /// Returns true if the batch should be taken.
    pub(crate) fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    /// Takes the batch, unless it is empty, and begins the next one.
    ///
    /// # Errors
    ///
    /// [`ArrowError`] if the columns are not of the schema, a defect.
    pub(crate) fn take(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
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

/// The values of a column so far.
pub(crate) enum Builder {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Decimal(Decimal128Builder),
    Float(Float64Builder),
    Text(StringBuilder),
    Bytes(BinaryBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
}

impl Builder {
    /// Begins a column of this type, which is one of those that databases have.
    pub(crate) fn of(data_type: &DataType) -> Self {
        let exact = data_type.clone();
        match data_type {
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Int64 => Self::Integer(Int64Builder::new()),
            DataType::Decimal128(..) => {
                Self::Decimal(Decimal128Builder::new().with_data_type(exact))
            }
            DataType::Float64 => Self::Float(Float64Builder::new()),
            DataType::Binary => Self::Bytes(BinaryBuilder::new()),
            DataType::Date32 => Self::Date(Date32Builder::new()),
            DataType::Time64(_) => Self::Time(Time64MicrosecondBuilder::new()),
            DataType::Timestamp(..) => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(exact))
            }
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds a value.
    ///
    /// # Errors
    ///
    /// It is not of the type of the column.
    pub(crate) fn append(&mut self, cell: Cell<'_>) -> Result<(), Unfit> {
        match (self, cell) {
            (Self::Boolean(to), Cell::Boolean(value)) => to.append_value(value),
            (Self::Integer(to), Cell::Integer(value)) => to.append_value(value),
            (Self::Decimal(to), Cell::Decimal(value)) => to.append_value(value),
            (Self::Float(to), Cell::Float(value)) => to.append_value(value),
            (Self::Text(to), Cell::Text(value)) => to.append_value(value),
            (Self::Bytes(to), Cell::Bytes(value)) => to.append_value(value),
            (Self::Date(to), Cell::Date(value)) => to.append_value(value),
            (Self::Time(to), Cell::Time(value)) => to.append_value(value),
            (Self::Timestamp(to), Cell::Timestamp(value)) => to.append_value(value),
            (builder, Cell::Null) => builder.append_null(),
            _ => return Err(Unfit::Malformed),
        }
        Ok(())
    }

    fn append_null(&mut self) {
        match self {
            Self::Boolean(to) => to.append_null(),
            Self::Integer(to) => to.append_null(),
            Self::Decimal(to) => to.append_null(),
            Self::Float(to) => to.append_null(),
            Self::Text(to) => to.append_null(),
            Self::Bytes(to) => to.append_null(),
            Self::Date(to) => to.append_null(),
            Self::Time(to) => to.append_null(),
            Self::Timestamp(to) => to.append_null(),
        }
    }

    /// Returns the values as an array, and begins the next.
    pub(crate) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(of) => Arc::new(of.finish()),
            Self::Integer(of) => Arc::new(of.finish()),
            Self::Decimal(of) => Arc::new(of.finish()),
            Self::Float(of) => Arc::new(of.finish()),
            Self::Text(of) => Arc::new(of.finish()),
            Self::Bytes(of) => Arc::new(of.finish()),
            Self::Date(of) => Arc::new(of.finish()),
            Self::Time(of) => Arc::new(of.finish()),
            Self::Timestamp(of) => Arc::new(of.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow_schema::Field;

    use super::*;

    /// Batches with a column `a` of integers without NULL, and a column `b` of bytes.
    fn batches() -> Batches<()> {
        let fields = vec![
            Field::new("a", DataType::Int64, false),
            Field::new("b", DataType::Binary, true),
        ];
        Batches::new(Arc::new(Schema::new(fields)), [(); 2].into_iter())
    }

    fn add(batches: &mut Batches<()>, bytes: &[u8]) {
        let added = batches.add(|number, ()| {
            Ok(match number {
                0 => Cell::Integer(7),
                _ => Cell::Bytes(bytes),
            })
        });
        added.unwrap();
    }

    #[test]
    fn a_batch_is_full_by_its_rows_or_its_bytes() {
        let mut batches = batches();
        for _ in 0..BATCH_ROWS {
            assert!(!batches.is_full());
            add(&mut batches, &[]);
        }
        assert!(batches.is_full());
        assert_eq!(batches.take().unwrap().unwrap().num_rows(), BATCH_ROWS);
        assert!(batches.take().unwrap().is_none());
        add(&mut batches, &vec![0; BATCH_BYTES]);
        assert!(batches.is_full());
    }

    #[test]
    fn a_value_that_is_not_taken_over_is_named_by_column_and_row() {
        for (column, found, unfit) in [
            ("a", None, Unfit::Null),
            ("a", Some(Unfit::NotText), Unfit::NotText),
            ("b", None, Unfit::Malformed),
        ] {
            let mut batches = batches();
            add(&mut batches, &[]);
            batches.take().unwrap();
            add(&mut batches, &[]);
            let added = batches.add(|number, ()| match (number, column, found) {
                (0, "a", None) => Ok(Cell::Null),
                (0, "a", Some(unfit)) => Err(unfit),
                _ => Ok(Cell::Integer(7)),
            });
            let column = column.to_owned();
            let misfit = Misfit {
                column,
                row: 3,
                unfit,
            };
            assert_eq!(added, Err(misfit));
        }
    }

    #[test]
    fn rows_without_columns_are_counted() {
        let mut batches = Batches::<()>::new(Arc::new(Schema::empty()), [].into_iter());
        batches.add(|_, ()| Ok(Cell::Null)).unwrap();
        assert_eq!(batches.take().unwrap().unwrap().num_rows(), 1);
    }
}

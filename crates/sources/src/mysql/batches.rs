//! Fills Arrow batches with the rows of a table.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    StringBuilder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, Schema, SchemaRef};
use mysql_async::Value;

use super::column::{Column, Reading};
use super::decode;
use crate::database::column::ReadAs;
use crate::database::unfit::{Misfit, Unfit};
use crate::reading::{BATCH_BYTES, BATCH_ROWS};

/// Maximum number of bytes of a value.
const MAX_VALUE_BYTES: usize = 64 << 20;
/// Bytes of a value that is no text.
const NUMBER_BYTES: usize = 8;

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
    Whole(Decimal128Builder),
    Decimal(Decimal128Builder, u8),
    DecimalText(StringBuilder),
    Float(Float64Builder),
    Text(StringBuilder),
    Bits(StringBuilder, u8),
    Bytes(BinaryBuilder),
    Geometry(BinaryBuilder),
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
    /// The first value that cannot be taken over.
    pub(super) fn add<'v>(
        &mut self,
        value: impl Fn(usize) -> Option<&'v Value>,
    ) -> Result<(), Misfit> {
        let row = self.rows_before + self.rows as u64 + 1;
        for (number, (column, builder)) in self.columns.iter_mut().enumerate() {
            let added = match value(number) {
                None => Err(Unfit::Malformed),
                Some(Value::NULL) if column.is_nullable => builder.append(None).map(|()| 0),
                Some(Value::NULL) => Err(Unfit::Null),
                Some(value) => match length(value) {
                    length if length > MAX_VALUE_BYTES => Err(Unfit::TooLong(MAX_VALUE_BYTES)),
                    length => builder.append(Some(value)).map(|()| length),
                },
            };
            self.bytes += added.map_err(|unfit| Misfit {
                column: column.name.clone(),
                row,
                unfit,
            })?;
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
        self.rows_before += self.rows as u64;
        (self.rows, self.bytes) = (0, 0);
        RecordBatch::try_new(self.schema.clone(), arrays).map(Some)
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::Bytes(bytes) => bytes.len(),
        _ => NUMBER_BYTES,
    }
}

impl Builder {
    fn of(reading: Reading) -> Self {
        let data_type = reading.data_type();
        match reading {
            Reading::Boolean => Self::Boolean(BooleanBuilder::new()),
            Reading::Integer => Self::Integer(Int64Builder::new()),
            Reading::Whole => Self::Whole(Decimal128Builder::new().with_data_type(data_type)),
            Reading::Decimal(scale) => {
                Self::Decimal(Decimal128Builder::new().with_data_type(data_type), scale)
            }
            Reading::DecimalText => Self::DecimalText(StringBuilder::new()),
            Reading::Float => Self::Float(Float64Builder::new()),
            Reading::Text | Reading::Other => Self::Text(StringBuilder::new()),
            Reading::Bits(width) => Self::Bits(StringBuilder::new(), width),
            Reading::Bytes => Self::Bytes(BinaryBuilder::new()),
            Reading::Geometry => Self::Geometry(BinaryBuilder::new()),
            Reading::Date => Self::Date(Date32Builder::new()),
            Reading::Time => Self::Time(Time64MicrosecondBuilder::new()),
            Reading::Timestamp | Reading::ZonedTimestamp => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(data_type))
            }
        }
    }

    fn append(&mut self, value: Option<&Value>) -> Result<(), Unfit> {
        match self {
            Self::Boolean(to) => to.append_option(value.map(decode::boolean).transpose()?),
            Self::Integer(to) => to.append_option(value.map(decode::integer).transpose()?),
            Self::Whole(to) => to.append_option(value.map(decode::whole).transpose()?),
            Self::Decimal(to, scale) => {
                let units = value.map(|value| decode::decimal(value, *scale));
                to.append_option(units.transpose()?);
            }
            Self::DecimalText(to) => {
                to.append_option(value.map(decode::decimal_text).transpose()?);
            }
            Self::Float(to) => to.append_option(value.map(decode::float).transpose()?),
            Self::Text(to) => to.append_option(value.map(decode::text).transpose()?),
            Self::Bits(to, width) => {
                let digits = value.map(|value| decode::bits(value, *width));
                to.append_option(digits.transpose()?);
            }
            Self::Bytes(to) => to.append_option(value.map(decode::bytes).transpose()?),
            Self::Geometry(to) => to.append_option(value.map(decode::geometry).transpose()?),
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
            Self::Whole(of) | Self::Decimal(of, _) => Arc::new(of.finish()),
            Self::DecimalText(of) | Self::Text(of) | Self::Bits(of, _) => Arc::new(of.finish()),
            Self::Float(of) => Arc::new(of.finish()),
            Self::Bytes(of) | Self::Geometry(of) => Arc::new(of.finish()),
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

    fn add(batches: &mut Batches, values: &[Value]) -> Result<(), Misfit> {
        batches.add(|number| values.get(number))
    }

    fn bytes(bytes: &[u8]) -> Value {
        Value::Bytes(bytes.to_vec())
    }

    #[test]
    fn values_of_all_readings_become_columns_of_their_type() {
        let day = Value::Date(2026, 11, 28, 0, 0, 0, 0);
        let read = [
            (Reading::Boolean, bytes(&[1])),
            (Reading::Integer, Value::Int(-2)),
            (Reading::Whole, Value::UInt(u64::MAX)),
            (Reading::Decimal(10), bytes(b"-12.5")),
            (Reading::DecimalText, bytes(b"-12.5")),
            (Reading::Float, Value::Float(0.5)),
            (Reading::Text, bytes(b"a")),
            (Reading::Bits(3), bytes(&[5])),
            (Reading::Bytes, bytes(b"b")),
            (Reading::Geometry, bytes(&[0; 9])),
            (Reading::Date, day.clone()),
            (Reading::Time, Value::Time(false, 0, 1, 0, 0, 0)),
            (Reading::Timestamp, day.clone()),
            (Reading::ZonedTimestamp, day),
            (Reading::Other, bytes(b"{}")),
        ];
        let columns = read.iter().map(|(reading, _)| column("c", *reading, true));
        let mut batches = Batches::new(columns.collect());
        let values: Vec<Value> = read.iter().map(|(_, value)| value.clone()).collect();
        add(&mut batches, &values).unwrap();
        add(&mut batches, &vec![Value::NULL; read.len()]).unwrap();
        let batch = batches.take().unwrap().unwrap();
        for (array, (reading, _)) in batch.columns().iter().zip(&read) {
            assert_eq!(array.data_type(), &reading.data_type());
            assert_eq!((array.len(), array.null_count()), (2, 1), "{reading:?}");
        }
        let units = |column: usize| {
            batch
                .column(column)
                .as_primitive::<Decimal128Type>()
                .value(0)
        };
        assert_eq!((units(2), units(3)), (u64::MAX.into(), -125_000_000_000));
        assert_eq!(batch.column(7).as_string::<i32>().value(0), "101");
        assert_eq!(batch.column(9).as_binary::<i32>().value(0).len(), 5);
        assert!(batches.take().unwrap().is_none());
    }

    #[test]
    fn a_batch_is_full_by_its_rows_or_its_bytes() {
        let mut batches = Batches::new(vec![column("c", Reading::Bytes, true)]);
        for _ in 0..BATCH_ROWS {
            assert!(!batches.is_full());
            add(&mut batches, &[Value::NULL]).unwrap();
        }
        assert!(batches.is_full());
        assert_eq!(batches.take().unwrap().unwrap().num_rows(), BATCH_ROWS);
        add(&mut batches, &[bytes(&vec![0; BATCH_BYTES])]).unwrap();
        assert!(batches.is_full());
    }

    #[test]
    fn a_value_that_is_not_taken_over_is_named_by_column_and_row() {
        let columns = vec![
            column("a", Reading::Integer, false),
            column("b", Reading::Text, true),
        ];
        let mut batches = Batches::new(columns);
        add(&mut batches, &[Value::Int(0), Value::NULL]).unwrap();
        batches.take().unwrap();
        let misfit = |column: &str, unfit| -> Result<(), Misfit> {
            let column = column.to_owned();
            Err(Misfit {
                column,
                row: 2,
                unfit,
            })
        };
        let none = add(&mut batches, &[Value::NULL, Value::NULL]);
        assert_eq!(none, misfit("a", Unfit::Null));
        let text = add(&mut batches, &[Value::Int(0), bytes(&[0xff])]);
        assert_eq!(text, misfit("b", Unfit::NotText));
        let long = bytes(&vec![0; MAX_VALUE_BYTES + 1]);
        let long = add(&mut batches, &[Value::Int(0), long]);
        assert_eq!(long, misfit("b", Unfit::TooLong(MAX_VALUE_BYTES)));
        assert_eq!(add(&mut batches, &[]), misfit("a", Unfit::Malformed));
    }
}

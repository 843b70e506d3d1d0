//! Fills Arrow batches with the rows of a table.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder,
    StringBuilder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use chengji_domain::{Error, Quoted, Result};
use chengji_messages::msg;
use chengji_odbc_dialog::{Cell, Column, Kind, Rows};

use super::decode;
use crate::database::unfit::{Misfit, Unfit};
use crate::reading::{self, BATCH_BYTES, BATCH_ROWS, unavailable};

/// Bytes of a value that is no text.
const NUMBER_BYTES: usize = 8;

/// A batch that is being filled, and the number of rows before it.
pub(super) struct Batches {
    table: String,
    schema: SchemaRef,
    columns: Vec<(Column, Builder)>,
    rows: usize,
    bytes: usize,
    rows_before: u64,
}

enum Builder {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Decimal(Decimal128Builder, i8),
    DecimalText(StringBuilder),
    Float(Float64Builder),
    Text(StringBuilder),
    Bytes(BinaryBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
}

impl Batches {
    /// Begins the first batch of rows of a table with these columns, whose schema is `schema`.
    pub(super) fn new(table: &str, schema: SchemaRef, columns: Vec<Column>) -> Self {
        let fields = columns.into_iter().zip(schema.fields());
        let columns = fields.map(|(column, field)| {
            let builder = Builder::of(column.kind(), field.data_type());
            (column, builder)
        });
        Self {
            table: table.to_owned(),
            columns: columns.collect(),
            schema,
            rows: 0,
            bytes: 0,
            rows_before: 0,
        }
    }

    /// Takes the batch if it is full, or these rows have no room in it, or are the end; then begins the next one.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE` if the columns are not of the schema, a defect.
    pub(super) fn make_room(&mut self, rows: &Rows) -> Result<Option<RecordBatch>> {
        let number = usize::try_from(rows.rows).unwrap_or(BATCH_ROWS);
        let has_room = self.rows.saturating_add(number) <= BATCH_ROWS && self.bytes < BATCH_BYTES;
        if self.rows == 0 || (number > 0 && has_room) {
            return Ok(None);
        }
        let builders = self.columns.iter_mut();
        let arrays = builders.map(|(_, builder)| builder.finish()).collect();
        self.rows_before += self.rows as u64;
        (self.rows, self.bytes) = (0, 0);
        reading::batch(&self.schema, arrays, &self.table).map(Some)
    }

    /// Adds rows, for which there is room.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE` for a value that cannot be taken over, with its place.
    pub(super) fn add(&mut self, rows: &Rows) -> Result<()> {
        let number = usize::try_from(rows.rows).unwrap_or(usize::MAX);
        let is_even = rows.columns.iter().all(|cells| cells.len() == number);
        let has_room = number <= BATCH_ROWS - self.rows.min(BATCH_ROWS);
        if !is_even || !has_room || rows.columns.len() != self.columns.len() {
            return Err(unavailable(msg::OdbcAnswerUnexpected));
        }
        let first = self.rows_before + self.rows as u64 + 1;
        let mut bytes = 0;
        for ((column, builder), cells) in self.columns.iter_mut().zip(&rows.columns) {
            for (row, cell) in (first..).zip(cells.iter()) {
                let added = match cell {
                    None => Err(Unfit::Malformed),
                    Some(Cell::Null) if column.is_nullable => builder.append(None).map(|()| 0),
                    Some(Cell::Null) => Err(Unfit::Null),
                    Some(Cell::NotText) => Err(Unfit::NotText),
                    Some(Cell::TooLong) => Err(Unfit::TooLong(
                        usize::try_from(column.most).unwrap_or(usize::MAX),
                    )),
                    Some(Cell::Value(value)) => builder
                        .append(Some(value))
                        .map(|()| value.len().max(NUMBER_BYTES)),
                };
                bytes += added.map_err(|unfit| {
                    let column = column.name.clone();
                    misfit(&self.table, Misfit { column, row, unfit })
                })?;
            }
        }
        self.bytes += bytes;
        self.rows += number;
        Ok(())
    }
}

fn misfit(table: &str, misfit: Misfit) -> Error {
    let Misfit { column, row, unfit } = misfit;
    let (reason, table) = (unfit.reason(), Quoted(table));
    unavailable(msg::OdbcValueUnfit {
        column,
        reason,
        row,
        table,
    })
}

impl Builder {
    fn of(kind: Kind, data_type: &DataType) -> Self {
        let exact = data_type.clone();
        match (kind, data_type) {
            (Kind::Boolean, _) => Self::Boolean(BooleanBuilder::new()),
            (Kind::Integer, _) => Self::Integer(Int64Builder::new()),
            (Kind::Decimal, DataType::Decimal128(_, scale)) => {
                Self::Decimal(Decimal128Builder::new().with_data_type(exact), *scale)
            }
            (Kind::Decimal, _) => Self::DecimalText(StringBuilder::new()),
            (Kind::Float, _) => Self::Float(Float64Builder::new()),
            (Kind::Text | Kind::Other, _) => Self::Text(StringBuilder::new()),
            (Kind::Bytes, _) => Self::Bytes(BinaryBuilder::new()),
            (Kind::Date, _) => Self::Date(Date32Builder::new()),
            (Kind::Time, _) => Self::Time(Time64MicrosecondBuilder::new()),
            (Kind::Timestamp, _) => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(exact))
            }
        }
    }

    fn append(&mut self, value: Option<&[u8]>) -> Result<(), Unfit> {
        match self {
            Self::Boolean(to) => to.append_option(value.map(decode::boolean).transpose()?),
            Self::Integer(to) => to.append_option(value.map(decode::integer).transpose()?),
            Self::Decimal(to, scale) => {
                let units = value.map(|value| decode::units(value, *scale));
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
    use chengji_odbc_dialog::{Cells, Described};

    use super::*;
    use crate::arrow_types::arrow_schema;
    use crate::odbc::column;

    fn column(kind: Kind, native_type: &str, is_nullable: bool) -> Column {
        Column {
            name: format!("{kind:?}"),
            kind: kind.into(),
            native_type: native_type.to_owned(),
            is_nullable,
            most: 16,
            ..Column::default()
        }
    }

    fn batches(columns: Vec<Column>) -> Batches {
        let described = Described { columns };
        let schema = arrow_schema(&column::schema(&described));
        Batches::new("t", schema, described.columns)
    }

    fn rows(columns: &[&[Cell<'_>]]) -> Rows {
        let number = columns.first().map_or(0, |cells| cells.len());
        let columns = columns.iter().map(|values| {
            let mut cells = Cells::default();
            values.iter().for_each(|cell| cells.push(*cell));
            cells
        });
        Rows {
            rows: u32::try_from(number).unwrap(),
            columns: columns.collect(),
        }
    }

    #[test]
    fn values_of_all_kinds_become_columns_of_their_type() {
        let values: [(Kind, &str, &[u8]); 11] = [
            (Kind::Other, "ODBC(-11)", b"x"),
            (Kind::Text, "VARCHAR(8)", "城".as_bytes()),
            (Kind::Boolean, "BIT", b"1"),
            (Kind::Integer, "BIGINT", b"-2"),
            (Kind::Decimal, "DECIMAL(38,10)", b"-12.5"),
            (Kind::Decimal, "DECIMAL", b"-12.50"),
            (Kind::Float, "DOUBLE", b"0.5"),
            (Kind::Bytes, "BINARY(2)", &[0xff, 0]),
            (Kind::Date, "DATE", b"2026-11-28"),
            (Kind::Time, "TIME", b"00:01:00"),
            (
                Kind::Timestamp,
                "TIMESTAMP",
                b"2026-11-28 00:00:00.000000000",
            ),
        ];
        let columns = values.map(|(kind, native_type, _)| column(kind, native_type, true));
        let mut batches = batches(columns.to_vec());
        let cells = values.map(|(_, _, value)| [Cell::Value(value), Cell::Null]);
        let cells: Vec<&[Cell<'_>]> = cells.iter().map(<[_; 2]>::as_slice).collect();
        batches.add(&rows(&cells)).unwrap();
        let batch = batches.make_room(&Rows::default()).unwrap().unwrap();
        for array in batch.columns() {
            assert_eq!((array.len(), array.null_count()), (2, 1));
        }
        let units = batch.column(4).as_primitive::<Decimal128Type>().value(0);
        assert_eq!(units, -125_000_000_000);
        assert_eq!(batch.column(5).as_string::<i32>().value(0), "-12.5");
        assert_eq!(batch.column(7).as_binary::<i32>().value(0), [0xff, 0]);
        assert!(batches.make_room(&Rows::default()).unwrap().is_none());
    }

    #[test]
    fn a_batch_is_full_by_its_rows_or_its_bytes() {
        let mut batches = batches(vec![column(Kind::Bytes, "BINARY", true)]);
        let many = vec![Cell::Null; BATCH_ROWS - 1];
        batches.add(&rows(&[&many])).unwrap();
        let one = rows(&[&[Cell::Null]]);
        assert!(batches.make_room(&one).unwrap().is_none());
        batches.add(&one).unwrap();
        let full = batches.make_room(&one).unwrap().unwrap();
        assert_eq!(full.num_rows(), BATCH_ROWS);
        let long = vec![0; BATCH_BYTES];
        batches.add(&rows(&[&[Cell::Value(&long)]])).unwrap();
        assert_eq!(batches.make_room(&one).unwrap().unwrap().num_rows(), 1);
    }

    #[test]
    fn a_value_that_is_not_taken_over_is_named_by_column_and_row() {
        let columns = || {
            vec![
                column(Kind::Integer, "INTEGER", false),
                column(Kind::Text, "VARCHAR(8)", true),
            ]
        };
        let good = [Cell::Value(b"1"), Cell::Value(b"2")];
        for (bad, reason) in [
            (Cell::TooLong, "source-value-too-long"),
            (Cell::NotText, "source-value-not-text"),
        ] {
            let mut batches = batches(columns());
            batches.add(&rows(&[&good, &good])).unwrap();
            let added = batches.add(&rows(&[&good, &[Cell::Null, bad]]));
            let error = added.unwrap_err();
            assert_eq!(error.message().code(), "odbc-value-unfit");
            let param = |name| error.message().param(name).cloned();
            assert_eq!(param("column"), Some("Text".into()));
            assert_eq!(param("row"), Some(4_u64.into()));
            assert!(format!("{:?}", param("reason")).contains(reason));
        }
        let mut batches = batches(columns());
        let missing = batches.add(&rows(&[&[Cell::Null], &[Cell::Null]]));
        assert_eq!(missing.unwrap_err().message().code(), "odbc-value-unfit");
    }

    #[test]
    fn rows_of_another_shape_are_refused() {
        let mut batches = batches(vec![column(Kind::Text, "TEXT", true)]);
        let many = vec![Cell::Null; BATCH_ROWS + 1];
        let uneven = Rows {
            rows: 2,
            ..rows(&[&[Cell::Null]])
        };
        for rows in [
            uneven,
            rows(&[&many]),
            rows(&[&[Cell::Null], &[Cell::Null]]),
        ] {
            let error = batches.add(&rows).unwrap_err();
            assert_eq!(error.message().code(), "odbc-answer-unexpected");
        }
    }
}

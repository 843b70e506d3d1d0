//! Rows of tables that the node makes, and the Arrow batches of them.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    UInt64Array,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use jiff::Timestamp;
use jiff::civil::{Date, date};

/// The zone of times.
const UTC: &str = "UTC";

/// The first day that dates are counted from.
const EPOCH: Date = date(1970, 1, 1);

/// The kind of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Count,
    Flag,
    Day,
    Time,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    name: &'static str,
    kind: Kind,
    is_nullable: bool,
}

impl Column {
    /// A column in which each row has a value.
    pub(super) const fn required(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            is_nullable: false,
        }
    }

    /// A column in which rows may have no value.
    pub(super) const fn optional(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            is_nullable: true,
        }
    }

    fn field(&self) -> Field {
        let data_type = match self.kind {
            Kind::Text => DataType::Utf8,
            Kind::Count => DataType::UInt64,
            Kind::Flag => DataType::Boolean,
            Kind::Day => DataType::Date32,
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
        };
        Field::new(self.name, data_type, self.is_nullable)
    }
}

/// A value, or none.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Text(Option<String>),
    Count(Option<u64>),
    Flag(Option<bool>),
    Day(Option<Date>),
    Time(Option<Timestamp>),
}

/// A text.
pub(super) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(Some(text.into()))
}

/// A number.
pub(super) fn count(count: u64) -> Cell {
    Cell::Count(Some(count))
}

/// A truth value.
pub(super) fn flag(flag: bool) -> Cell {
    Cell::Flag(Some(flag))
}

/// A row, with a cell for each column.
pub(super) type Row = Vec<Cell>;

/// The schema of a table with these columns.
pub(super) fn schema(columns: &[Column]) -> SchemaRef {
    let fields: Vec<Field> = columns.iter().map(Column::field).collect();
    Arc::new(Schema::new(fields))
}

/// The batch of these rows. A cell of another kind than its column has no value.
pub(super) fn batch(
    schema: &SchemaRef,
    columns: &[Column],
    rows: &[Row],
) -> Result<RecordBatch, ArrowError> {
    let arrays = columns.iter().enumerate();
    let arrays = arrays.map(|(place, column)| array(column.kind, rows, place));
    RecordBatch::try_new(SchemaRef::clone(schema), arrays.collect())
}

/// The values of the column at this place.
fn array(kind: Kind, rows: &[Row], place: usize) -> ArrayRef {
    let cells = rows.iter().map(|row| row.get(place));
    match kind {
        Kind::Text => Arc::new(StringArray::from_iter(cells.map(|cell| match cell {
            Some(Cell::Text(text)) => text.as_deref(),
            _ => None,
        }))),
        Kind::Count => Arc::new(UInt64Array::from_iter(cells.map(|cell| match cell {
            Some(Cell::Count(count)) => *count,
            _ => None,
        }))),
        Kind::Flag => Arc::new(BooleanArray::from_iter(cells.map(|cell| match cell {
            Some(Cell::Flag(flag)) => *flag,
            _ => None,
        }))),
        Kind::Day => Arc::new(Date32Array::from_iter(cells.map(|cell| match cell {
            Some(Cell::Day(day)) => day.and_then(days),
            _ => None,
        }))),
        Kind::Time => {
            let times = cells.map(|cell| match cell {
                Some(Cell::Time(time)) => time.map(Timestamp::as_microsecond),
                _ => None,
            });
            Arc::new(TimestampMicrosecondArray::from_iter(times).with_timezone(UTC))
        }
    }
}

/// The number of days since 1970.
fn days(day: Date) -> Option<i32> {
    i32::try_from(day.duration_since(EPOCH).as_hours() / 24).ok()
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Date32Type, TimestampMicrosecondType};

    use super::*;

    const COLUMNS: [Column; 4] = [
        Column::required("name", Kind::Text),
        Column::optional("rows", Kind::Count),
        Column::optional("on", Kind::Day),
        Column::optional("at", Kind::Time),
    ];

    #[test]
    fn rows_become_columns_with_their_types() {
        let at: Timestamp = "2026-11-27T02:00:00.5Z".parse().unwrap();
        let rows = [
            vec![
                text("许可"),
                count(7),
                Cell::Day(Some(date(1970, 1, 3))),
                Cell::Time(Some(at)),
            ],
            vec![
                text(""),
                Cell::Count(None),
                Cell::Day(Some(date(1969, 12, 31))),
                Cell::Time(None),
            ],
        ];
        let batch = batch(&schema(&COLUMNS), &COLUMNS, &rows).unwrap();
        assert_eq!(batch.num_rows(), 2);
        let names = batch.column(0).as_string::<i32>();
        assert_eq!((names.value(0), names.value(1)), ("许可", ""));
        assert_eq!(batch.column(1).null_count(), 1);
        let days = batch.column(2).as_primitive::<Date32Type>();
        assert_eq!((days.value(0), days.value(1)), (2, -1));
        let times = batch.column(3).as_primitive::<TimestampMicrosecondType>();
        assert_eq!(times.value(0), at.as_microsecond());
        assert!(!batch.schema().field(0).is_nullable());
    }

    #[test]
    fn a_required_value_that_is_missing_is_an_error() {
        let rows = [vec![Cell::Text(None)]];
        let columns = [Column::required("name", Kind::Text)];
        assert!(batch(&schema(&columns), &columns, &rows).is_err());
    }
}

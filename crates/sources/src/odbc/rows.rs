//! The rows of a table, as the program sends them.

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use chengji_domain::{Error, Quoted, Result};
use chengji_messages::msg;
use chengji_odbc_dialog::{Cells, Described, Rows};

use super::column;
use super::decode::{self, Reading};
use crate::arrow_types::arrow_schema;
use crate::database::batches::Batches;
use crate::database::unfit::Misfit;
use crate::reading::unavailable;

/// A table whose rows are read.
pub(super) struct Table<'a> {
    pub(super) name: &'a str,
    pub(super) described: &'a Described,
}

impl Table<'_> {
    /// Begins the first batch of its rows.
    pub(super) fn batches(&self) -> Batches<Reading> {
        let schema = arrow_schema(&column::schema(self.described));
        let fields = schema.fields().clone();
        let readings = self.described.columns.iter().zip(&fields);
        let readings = readings.map(|(column, field)| Reading::of(column, field.data_type()));
        Batches::new(schema, readings)
    }

    /// Adds rows, and sends each batch that is full. Returns false if no more are wanted.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE` for rows of other columns, and for a value that cannot be taken over, with its place; those of
    /// `send`.
    pub(super) fn add(
        &self,
        rows: &Rows,
        batches: &mut Batches<Reading>,
        mut send: impl FnMut(Result<Option<RecordBatch>, ArrowError>) -> Result<bool>,
    ) -> Result<bool> {
        let is_even = |cells: &Cells| cells.len() as u64 == u64::from(rows.rows);
        let columns = &rows.columns;
        if columns.len() != self.described.columns.len() || !columns.iter().all(is_even) {
            return Err(unavailable(msg::OdbcAnswerUnexpected));
        }
        let mut cells: Vec<_> = columns.iter().map(|cells| cells.iter()).collect();
        for _ in 0..rows.rows {
            let added = batches.add(|number, reading| {
                let cell = cells.get_mut(number).and_then(Iterator::next);
                decode::cell(cell.flatten(), reading)
            });
            added.map_err(|misfit| self.misfit(misfit))?;
            if batches.is_full() && !send(batches.take())? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn misfit(&self, misfit: Misfit) -> Error {
        let Misfit { column, row, unfit } = misfit;
        let (reason, table) = (unfit.reason(), Quoted(self.name));
        unavailable(msg::OdbcValueUnfit {
            column,
            reason,
            row,
            table,
        })
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::Array as _;
    use arrow_array::cast::AsArray;
    use arrow_array::types::Decimal128Type;
    use chengji_odbc_dialog::{Cell, Column, Kind};

    use super::*;
    use crate::reading::BATCH_ROWS;

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

    /// Adds rows to a table of these columns: the batches that are full, and the last one.
    fn added(columns: &[Column], added: &[Rows]) -> Result<Vec<RecordBatch>> {
        let described = Described {
            columns: columns.to_vec(),
        };
        let table = Table {
            name: "t",
            described: &described,
        };
        let mut batches = table.batches();
        let mut sent = Vec::new();
        for rows in added {
            table.add(rows, &mut batches, |made| {
                sent.extend(made.unwrap());
                Ok(true)
            })?;
        }
        sent.extend(batches.take().unwrap());
        Ok(sent)
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
        let cells = values.map(|(_, _, value)| [Cell::Value(value), Cell::Null]);
        let cells: Vec<&[Cell<'_>]> = cells.iter().map(<[_; 2]>::as_slice).collect();
        let batches = added(&columns, &[rows(&cells)]).unwrap();
        let [batch] = batches.as_slice() else {
            panic!("{batches:?}");
        };
        for array in batch.columns() {
            assert_eq!((array.len(), array.null_count()), (2, 1));
        }
        let units = batch.column(4).as_primitive::<Decimal128Type>().value(0);
        assert_eq!(units, -125_000_000_000);
        assert_eq!(batch.column(5).as_string::<i32>().value(0), "-12.5");
        assert_eq!(batch.column(7).as_binary::<i32>().value(0), [0xff, 0]);
    }

    #[test]
    fn rows_fill_one_batch_after_the_other() {
        let columns = [column(Kind::Text, "TEXT", true)];
        let many = vec![Cell::Null; BATCH_ROWS - 1];
        let answers = [rows(&[&many]), rows(&[&many])];
        let batches = added(&columns, &answers).unwrap();
        let numbers: Vec<usize> = batches.iter().map(RecordBatch::num_rows).collect();
        assert_eq!(numbers, [BATCH_ROWS, BATCH_ROWS - 2]);
    }

    #[test]
    fn a_value_that_is_not_taken_over_is_named_by_column_and_row() {
        let columns = [
            column(Kind::Integer, "INTEGER", false),
            column(Kind::Text, "VARCHAR(8)", true),
        ];
        let good = [Cell::Value(b"1"), Cell::Value(b"2")];
        for (bad, reason) in [
            (Cell::TooLong, "source-value-too-long"),
            (Cell::NotText, "source-value-not-text"),
        ] {
            let answers = [rows(&[&good, &good]), rows(&[&good, &[Cell::Null, bad]])];
            let error = added(&columns, &answers).unwrap_err();
            assert_eq!(error.message().code(), "odbc-value-unfit");
            let param = |name| error.message().param(name).cloned();
            assert_eq!(param("column"), Some("Text".into()));
            assert_eq!(param("row"), Some(4_u64.into()));
            assert!(format!("{:?}", param("reason")).contains(reason));
        }
        let missing = added(&columns, &[rows(&[&[Cell::Null], &[Cell::Null]])]);
        assert_eq!(missing.unwrap_err().message().code(), "odbc-value-unfit");
    }

    #[test]
    fn rows_of_another_shape_are_refused() {
        let uneven = Rows {
            rows: 2,
            ..rows(&[&[Cell::Null]])
        };
        for rows in [uneven, rows(&[&[Cell::Null], &[Cell::Null]])] {
            let error = added(&[column(Kind::Text, "TEXT", true)], &[rows]).unwrap_err();
            assert_eq!(error.message().code(), "odbc-answer-unexpected");
        }
    }
}

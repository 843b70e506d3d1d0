//! Random tables of a few rows, with NULLs, and with values at the ends of their types and of calendars.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array,
    RecordBatch, StringArray,
};
use arrow_schema::{DataType, Field, Schema};
use chengji_domain::table::{ColumnType, TableColumn, TableSchema};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The columns of the tables. The values of the first are different ones.
pub(super) const COLUMNS: [(&str, ColumnType); 7] = [
    ("id_no", ColumnType::Integer),
    ("owner", ColumnType::Text),
    ("floors", ColumnType::Integer),
    ("price", ColumnType::Decimal),
    ("area", ColumnType::Float),
    ("is_new", ColumnType::Boolean),
    ("built", ColumnType::Date),
];

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Text(String),
    /// A decimal number in hundredths.
    Hundredths(i128),
    Real(f64),
    Truth(bool),
    /// Days from 1970-01-01.
    Day(i32),
}

/// A row, with a value for each column.
pub(super) type Row = Vec<Cell>;

/// Tables whose number of rows is in a range.
pub(super) fn rows(number: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Row>> {
    let cells: Vec<_> = (0..COLUMNS.len()).map(cell).collect();
    vec(cells, number).prop_map(|mut rows| {
        for (number, row) in (0..).zip(&mut rows) {
            row[0] = Cell::Integer(number);
        }
        rows
    })
}

fn cell(column: usize) -> BoxedStrategy<Cell> {
    let texts = [
        "",
        "a",
        "7",
        "-12",
        "王芳",
        "王五",
        "2026-11-27",
        "9999999999",
        "it's",
    ];
    let ends = [i32::MIN, i32::MAX].map(i64::from);
    let large = 10_i128.pow(35);
    let value = match COLUMNS[column].1 {
        ColumnType::Text => select(texts.to_vec())
            .prop_map(|text| Cell::Text(text.to_owned()))
            .boxed(),
        ColumnType::Integer => prop_oneof![8 => -3..4_i64, 1 => select(ends.to_vec())]
            .prop_map(Cell::Integer)
            .boxed(),
        ColumnType::Decimal => {
            prop_oneof![8 => -300..300_i128, 1 => Just(large), 1 => Just(-large)]
                .prop_map(Cell::Hundredths)
                .boxed()
        }
        ColumnType::Float => select(vec![-1.5, 0.0, 0.5, 2.0, 1e300, f64::NAN])
            .prop_map(Cell::Real)
            .boxed(),
        ColumnType::Boolean => any::<bool>().prop_map(Cell::Truth).boxed(),
        // The first day of the year 0, and the last day of the year 9999.
        _ => prop_oneof![8 => -40..40_i32, 1 => Just(-719_528), 1 => Just(2_932_896)]
            .prop_map(Cell::Day)
            .boxed(),
    };
    prop_oneof![1 => Just(Cell::Null), 5 => value].boxed()
}

/// The schema of the tables as a grant refers to it.
pub(super) fn table_schema() -> TableSchema {
    let columns = COLUMNS.map(|(name, column_type)| TableColumn {
        name: name.to_owned(),
        column_type,
        is_nullable: name != "id_no",
        native_type: String::new(),
        max_length: None,
        comment: String::new(),
    });
    TableSchema {
        columns: columns.into(),
    }
}

/// A column of the tables.
pub(super) fn field(column: usize) -> Field {
    let (name, column_type) = COLUMNS[column];
    let data_type = match column_type {
        ColumnType::Text => DataType::Utf8,
        ColumnType::Integer => DataType::Int32,
        ColumnType::Decimal => DataType::Decimal128(38, 2),
        ColumnType::Float => DataType::Float64,
        ColumnType::Boolean => DataType::Boolean,
        _ => DataType::Date32,
    };
    Field::new(name, data_type, name != "id_no")
}

/// The batch of all columns of a table.
pub(super) fn whole(rows: &[Row]) -> RecordBatch {
    let fields: Vec<Field> = (0..COLUMNS.len()).map(field).collect();
    batch(fields, rows)
}

/// A batch of rows with these columns.
pub(super) fn batch(fields: Vec<Field>, rows: &[Row]) -> RecordBatch {
    let columns = fields.iter().enumerate().map(|(at, field)| {
        let cells: Vec<&Cell> = rows.iter().map(|row| &row[at]).collect();
        array(&cells, field.data_type())
    });
    let columns = columns.collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn array(cells: &[&Cell], data_type: &DataType) -> ArrayRef {
    let integers = || {
        cells.iter().map(|cell| match cell {
            Cell::Integer(number) => Some(*number),
            _ => None,
        })
    };
    match data_type {
        DataType::Int32 => {
            let narrow = |number| i32::try_from(number).unwrap();
            let numbers = integers().map(|number| number.map(narrow));
            Arc::new(Int32Array::from_iter(numbers))
        }
        DataType::Int64 => Arc::new(Int64Array::from_iter(integers())),
        DataType::Utf8 => Arc::new(StringArray::from_iter(cells.iter().map(
            |cell| match cell {
                Cell::Text(text) => Some(text.as_str()),
                _ => None,
            },
        ))),
        DataType::Decimal128(precision, scale) => {
            let numbers = cells.iter().map(|cell| match cell {
                Cell::Hundredths(number) => Some(*number),
                _ => None,
            });
            let numbers = Decimal128Array::from_iter(numbers);
            let numbers = numbers.with_precision_and_scale(*precision, *scale);
            Arc::new(numbers.unwrap())
        }
        DataType::Float64 => Arc::new(Float64Array::from_iter(cells.iter().map(
            |cell| match cell {
                Cell::Real(number) => Some(*number),
                _ => None,
            },
        ))),
        DataType::Boolean => Arc::new(BooleanArray::from_iter(cells.iter().map(
            |cell| match cell {
                Cell::Truth(truth) => Some(*truth),
                _ => None,
            },
        ))),
        DataType::Date32 => Arc::new(Date32Array::from_iter(cells.iter().map(
            |cell| match cell {
                Cell::Day(day) => Some(*day),
                _ => None,
            },
        ))),
        other => panic!("no column of {other}"),
    }
}

//! Random tables, conditions and scopes for property tests.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{Field, Schema, SchemaRef};
use chengji_domain::request::terms::{Comparison, Condition, DateUnit, Literal, Mask, TableScope};
use chengji_domain::table::{ColumnType, TableColumn, TableSchema};
use jiff::civil::date;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

/// A row, a value for each column of [`schema`].
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: i32,
    pub(crate) name: Option<String>,
    pub(crate) floors: Option<i32>,
    /// In units of a hundredth.
    pub(crate) price: Option<i128>,
    pub(crate) area: Option<f64>,
    pub(crate) is_new: Option<bool>,
    /// Days from 1970-01-01.
    pub(crate) built: Option<i32>,
    /// Microseconds from 1970-01-01.
    pub(crate) changed: Option<i64>,
}

const COLUMNS: [(&str, ColumnType); 8] = [
    ("id", ColumnType::Integer),
    ("名称", ColumnType::Text),
    ("floors", ColumnType::Integer),
    ("price of \"all\"", ColumnType::Decimal),
    ("area", ColumnType::Float),
    ("is_new", ColumnType::Boolean),
    ("date", ColumnType::Date),
    ("changed", ColumnType::Timestamp),
];

/// The schema of the tables.
pub(crate) fn schema() -> TableSchema {
    let columns = COLUMNS.map(|(name, column_type)| TableColumn {
        name: name.to_owned(),
        column_type,
        is_nullable: name != "id",
        native_type: String::new(),
        max_length: None,
        comment: String::new(),
    });
    TableSchema {
        columns: columns.into(),
    }
}

/// Returns a batch of rows.
pub(crate) fn batch(rows: &[Row]) -> RecordBatch {
    let prices = Decimal128Array::from_iter(rows.iter().map(|row| row.price));
    let prices = prices.with_precision_and_scale(38, 2).unwrap();
    let columns: [ArrayRef; 8] = [
        Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.id))),
        Arc::new(StringArray::from_iter(
            rows.iter().map(|row| row.name.clone()),
        )),
        Arc::new(Int32Array::from_iter(rows.iter().map(|row| row.floors))),
        Arc::new(prices),
        Arc::new(Float64Array::from_iter(rows.iter().map(|row| row.area))),
        Arc::new(BooleanArray::from_iter(rows.iter().map(|row| row.is_new))),
        Arc::new(Date32Array::from_iter(rows.iter().map(|row| row.built))),
        Arc::new(TimestampMicrosecondArray::from_iter(
            rows.iter().map(|row| row.changed),
        )),
    ];
    let fields = COLUMNS.iter().zip(&columns);
    let fields = fields
        .map(|((name, _), column)| Field::new(*name, column.data_type().clone(), *name != "id"));
    let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, columns.into()).unwrap()
}

/// Tables of a few rows with values near one another, NULLs and values at the ends of their types.
pub(crate) fn table() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        proptest::option::of(text()),
        proptest::option::of(prop_oneof![-3..4_i32, Just(i32::MIN), Just(i32::MAX)]),
        proptest::option::of(-300..300_i128),
        proptest::option::of(select(vec![-1.5, 0.0, 0.5, 1e300, f64::NAN, f64::INFINITY])),
        proptest::option::of(any::<bool>()),
        proptest::option::of(prop_oneof![-40..40_i32, Just(i32::MIN), Just(i32::MAX)]),
        proptest::option::of(prop_oneof![
            -90_000_000_000..90_000_000_000_i64,
            Just(i64::MIN),
            Just(i64::MAX)
        ]),
    );
    let row = row.prop_map(|(name, floors, price, area, is_new, built, changed)| Row {
        id: 0,
        name,
        floors,
        price,
        area,
        is_new,
        built,
        changed,
    });
    vec(row, 0..24).prop_map(|mut rows| {
        (0..).zip(&mut rows).for_each(|(id, row)| row.id = id);
        rows
    })
}

fn text() -> impl Strategy<Value = String> {
    let signs = select("a长b沙%_\\!'\"".chars().collect::<Vec<_>>());
    vec(signs, 0..4).prop_map(String::from_iter)
}

fn number() -> impl Strategy<Value = Literal> {
    let decimals = select(vec!["-1.5", "0.5", "0.25", "2.5", "9223372036854775808"]);
    prop_oneof![
        (-4..5_i64).prop_map(Literal::Integer),
        decimals.prop_map(|text| Literal::Decimal(text.parse().unwrap())),
    ]
}

/// Values that a column is compared with.
fn values(column_type: ColumnType) -> BoxedStrategy<Literal> {
    match column_type {
        ColumnType::Text => text().prop_map(Literal::Text).boxed(),
        ColumnType::Boolean => any::<bool>().prop_map(Literal::Boolean).boxed(),
        ColumnType::Date => (1..29_i8)
            .prop_map(|day| Literal::Date(date(1970, 1, day)))
            .boxed(),
        ColumnType::Timestamp => (-90_000..90_000_i64)
            .prop_map(|second| Literal::Time(jiff::Timestamp::from_second(second).unwrap()))
            .boxed(),
        _ => number().boxed(),
    }
}

fn comparison() -> impl Strategy<Value = Condition> {
    let columns = select(COLUMNS.to_vec());
    columns.prop_flat_map(|(name, column_type)| {
        let value = || values(column_type);
        let column = name.to_owned();
        let signs = match column_type {
            ColumnType::Boolean => vec![Comparison::Equal, Comparison::NotEqual],
            _ => vec![
                Comparison::Equal,
                Comparison::NotEqual,
                Comparison::Less,
                Comparison::LessOrEqual,
                Comparison::Greater,
                Comparison::GreaterOrEqual,
            ],
        };
        let (of_list, of_null) = (column.clone(), column.clone());
        let compared = (select(signs), value(), value(), 0..3_u8);
        let compared = compared.prop_map(move |(comparison, low, high, kind)| {
            let column = column.clone();
            match (kind, low) {
                (0, Literal::Text(prefix)) => Condition::StartsWith { column, prefix },
                (1, low) if column_type != ColumnType::Boolean => {
                    Condition::Between { column, low, high }
                }
                (_, value) => Condition::Compare {
                    column,
                    comparison,
                    value,
                },
            }
        });
        let listed = proptest::collection::btree_set(value(), 1..4);
        let listed = listed.prop_map(move |values| Condition::In {
            column: of_list.clone(),
            values,
        });
        let null = Just(Condition::IsNull { column: of_null });
        prop_oneof![4 => compared, 2 => listed, 1 => null]
    })
}

/// Conditions on the tables.
pub(crate) fn condition() -> impl Strategy<Value = Condition> {
    comparison().prop_recursive(4, 24, 3, |inner| {
        let parts = vec(inner.clone(), 1..4);
        let any = parts.clone();
        prop_oneof![
            parts.prop_map(|parts| Condition::all(parts).unwrap()),
            any.prop_map(|parts| Condition::any(parts).unwrap()),
            inner.prop_map(Condition::negated),
        ]
    })
}

fn mask(column_type: ColumnType) -> BoxedStrategy<Mask> {
    let round = |number| Mask::RoundDown(NonZeroU64::new(number).unwrap());
    let own = match column_type {
        ColumnType::Text => vec![Mask::KeepFirst(1), Mask::KeepLast(2), Mask::Hash],
        ColumnType::Date | ColumnType::Timestamp => vec![
            Mask::CutDate(DateUnit::Year),
            Mask::CutDate(DateUnit::Month),
            Mask::CutDate(DateUnit::Day),
            Mask::Hash,
        ],
        ColumnType::Float => vec![round(2)],
        ColumnType::Boolean => vec![Mask::Hash],
        _ => vec![round(2), round(100), Mask::Hash],
    };
    let any = [Mask::Remove, Mask::Constant(Literal::Text("x".to_owned()))];
    select(own.into_iter().chain(any).collect::<Vec<_>>()).boxed()
}

/// Scopes on the tables, which show `id` and perhaps other columns.
pub(crate) fn scope() -> impl Strategy<Value = TableScope> {
    let columns = btree_map(select(COLUMNS[1..].to_vec()), any::<bool>(), 0..7);
    let columns = columns.prop_flat_map(|columns| {
        let columns = columns.into_iter().map(|((name, column_type), is_masked)| {
            let mask = match is_masked {
                true => mask(column_type).prop_map(Some).boxed(),
                false => Just(None).boxed(),
            };
            mask.prop_map(move |mask| (name.to_owned(), mask))
        });
        columns.collect::<Vec<_>>()
    });
    let condition = proptest::option::of(condition());
    let limit = proptest::option::of(0..9_u64);
    (columns, condition, limit).prop_map(|(columns, condition, row_limit)| {
        let mut columns: BTreeMap<_, _> = columns.into_iter().collect();
        columns.insert("id".to_owned(), None);
        TableScope {
            schema: schema().fingerprint(),
            columns,
            condition,
            row_limit,
            increment: None,
        }
    })
}

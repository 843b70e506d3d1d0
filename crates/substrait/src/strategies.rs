//! Random queries for property tests.

use arrow_schema::{DataType, TimeUnit};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::expression::{Comparison, Expression, Literal, Value};
use crate::output::{Column, Function, Measure, Output};
use crate::table_query::TableQuery;

/// The columns of the table.
pub(crate) fn columns() -> Vec<Column> {
    let column = |(name, data_type): (&str, DataType)| Column {
        name: name.to_owned(),
        data_type,
        is_nullable: name != "id",
    };
    let columns = [
        ("id", DataType::Int32),
        ("镇", DataType::Utf8),
        ("area", DataType::Float64),
        ("price of \"all\"", DataType::Decimal128(10, 2)),
        ("built", DataType::Date32),
        ("seen", DataType::Timestamp(TimeUnit::Microsecond, None)),
        ("is_new", DataType::Boolean),
        ("floors", DataType::UInt64),
    ];
    columns.map(column).into()
}

/// Any query.
pub(crate) fn queries() -> impl Strategy<Value = TableQuery> {
    let limit = option::of(0..=i64::MAX.cast_unsigned());
    (option::of(conditions()), outputs(), limit).prop_map(|(condition, output, limit)| {
        TableQuery::new("7".to_owned(), columns(), condition, output, limit).unwrap()
    })
}

/// Any condition.
pub(crate) fn conditions() -> impl Strategy<Value = Expression> {
    simple_conditions().prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..5).prop_map(Expression::And),
            vec(inner.clone(), 2..5).prop_map(Expression::Or),
            inner.prop_map(|condition| Expression::Not(Box::new(condition))),
        ]
    })
}

fn simple_conditions() -> BoxedStrategy<Expression> {
    let any_column = 0..columns().len();
    let comparisons = select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ]);
    let compared = any_column
        .clone()
        .prop_flat_map(|at| (Just(at), literals(at)));
    let compared =
        (compared, comparisons).prop_map(|((at, literal), comparison)| Expression::Compare {
            comparison,
            left: column(at),
            right: Box::new(Expression::Literal(literal)),
        });
    let listed = any_column
        .clone()
        .prop_flat_map(|at| (Just(at), vec(literals(at), 1..4)))
        .prop_map(|(at, options)| Expression::In {
            value: column(at),
            options,
        });
    let matched = literals(1).prop_map(|pattern| Expression::Like {
        value: column(1),
        pattern,
    });
    let widened = any::<f64>().prop_filter("a number", |number| !number.is_nan());
    let widened = widened.prop_map(|number| Expression::Compare {
        comparison: Comparison::Less,
        left: Box::new(Expression::Widen {
            value: column(0),
            to: DataType::Float64,
        }),
        right: Box::new(Expression::Literal(Literal {
            data_type: DataType::Float64,
            value: Some(Value::Real(number)),
        })),
    });
    let missing = any_column.prop_map(|at| Expression::IsNull(column(at)));
    let present = Just(Expression::IsNotNull(column(1)));
    prop_oneof![compared, listed, matched, widened, missing, present].boxed()
}

fn column(at: usize) -> Box<Expression> {
    Box::new(Expression::Column(at))
}

/// A constant that is compared with this column.
fn literals(at: usize) -> BoxedStrategy<Literal> {
    let data_type = columns().swap_remove(at).data_type;
    let values = match data_type {
        DataType::Int32 | DataType::Date32 => any::<i32>().prop_map(integer).boxed(),
        DataType::Timestamp(..) => any::<i64>().prop_map(integer).boxed(),
        DataType::UInt64 => any::<u64>().prop_map(integer).boxed(),
        DataType::Decimal128(..) => (-9_999_999_999i64..=9_999_999_999)
            .prop_map(integer)
            .boxed(),
        DataType::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        DataType::Float64 => (-1e9..1e9).prop_map(Value::Real).boxed(),
        _ => "[a-c%_\\\\云]{0,4}".prop_map(Value::Text).boxed(),
    };
    option::weighted(0.9, values)
        .prop_map(move |value| Literal {
            data_type: data_type.clone(),
            value,
        })
        .boxed()
}

fn integer(value: impl Into<i128>) -> Value {
    Value::Integer(value.into())
}

fn outputs() -> BoxedStrategy<Output> {
    let all: Vec<usize> = (0..columns().len()).collect();
    let some = subsequence(all.clone(), 1..=all.len()).prop_shuffle();
    let groups = (
        subsequence(all.clone(), 0..=all.len()),
        vec(measures(), 1..4),
    );
    prop_oneof![
        some.prop_map(Output::Columns),
        groups.prop_map(|(by, measures)| Output::Groups { by, measures }),
    ]
    .boxed()
}

fn measures() -> impl Strategy<Value = Measure> {
    let measure = |function, argument: Option<usize>, data_type| Measure {
        function,
        argument: argument.map(Expression::Column),
        data_type,
    };
    select(vec![
        measure(Function::Count, None, DataType::Int64),
        measure(Function::Count, Some(1), DataType::Int64),
        measure(Function::Sum, Some(7), DataType::UInt64),
        measure(Function::Sum, Some(3), DataType::Decimal128(20, 2)),
        measure(Function::Average, Some(2), DataType::Float64),
        measure(Function::Min, Some(4), DataType::Date32),
        measure(Function::Max, Some(1), DataType::Utf8),
    ])
}

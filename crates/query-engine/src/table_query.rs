//! Queries of one table that another node has handed over, as plans of the engine.

use arrow_schema::Schema;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_query::TableName;
use chengji_substrait::{Comparison, Expression, Function, Measure, Output, TableQuery};
use datafusion::common::{Column, TableReference};
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::functions_aggregate::expr_fn::{avg, count, max, min, sum};
use datafusion::logical_expr::expr::{InList, Like};
use datafusion::logical_expr::{Expr, LogicalPlan, Operator, binary_expr, cast, lit};
use datafusion::prelude::SessionContext;

use crate::failure::failure;
use crate::literals::{ill_typed, scalar};

/// Plans a query of the table of this name, which has these columns.
///
/// # Errors
///
/// `SOURCE_CHANGED` if the query is of other columns; `INVALID_ARGUMENT` if its rows are not of the types that it says.
pub(crate) async fn plan(
    session: &SessionContext,
    (name, schema): (&TableName, &Schema),
    query: &TableQuery,
) -> Result<LogicalPlan> {
    check_columns(schema, query)?;
    let frame = frame(session, name, query).await;
    let plan = frame
        .map_err(|error| failure(&error))?
        .into_unoptimized_plan();
    let output = query.output_columns();
    let fields = plan.schema().fields();
    let is_as_said = fields.len() == output.len()
        && fields.iter().zip(&output).all(|(field, column)| {
            *field.name() == column.name && *field.data_type() == column.data_type
        });
    match is_as_said {
        true => Ok(plan),
        false => Err(failure(&ill_typed())),
    }
}

fn check_columns(schema: &Schema, query: &TableQuery) -> Result<()> {
    let (fields, columns) = (schema.fields(), query.columns());
    let is_same = fields.len() == columns.len()
        && fields.iter().zip(columns).all(|(field, column)| {
            *field.name() == column.name
                && *field.data_type() == column.data_type
                && field.is_nullable() == column.is_nullable
        });
    match is_same {
        true => Ok(()),
        false => Err(Error::new(ErrorCode::SourceChanged, msg::QueryTableChanged)),
    }
}

async fn frame(
    session: &SessionContext,
    name: &TableName,
    query: &TableQuery,
) -> Result<DataFrame, DataFusionError> {
    let TableName {
        catalog,
        schema,
        table,
    } = name;
    let table = TableReference::full(catalog.as_str(), schema.as_str(), table.as_str());
    let mut frame = session.table(table).await?;
    if let Some(condition) = query.condition() {
        frame = frame.filter(expr(condition, query)?)?;
    }
    let columns = |positions: &[usize]| -> Result<Vec<Expr>, DataFusionError> {
        positions.iter().map(|at| column(*at, query)).collect()
    };
    frame = match query.output() {
        Output::Columns(positions) => frame.select(columns(positions)?)?,
        Output::Groups { by, measures } => {
            let measures = measures.iter().enumerate().map(|(number, one)| {
                let measured = measure(one, query)?;
                Ok(measured.alias(format!("measure_{number}")))
            });
            let measures: Result<Vec<Expr>, DataFusionError> = measures.collect();
            frame.aggregate(columns(by)?, measures?)?
        }
    };
    match query.limit() {
        Some(limit) => frame.limit(0, Some(usize::try_from(limit).unwrap_or(usize::MAX))),
        None => Ok(frame),
    }
}

fn measure(measure: &Measure, query: &TableQuery) -> Result<Expr, DataFusionError> {
    let argument = match &measure.argument {
        Some(argument) => expr(argument, query)?,
        None => lit(1i64),
    };
    Ok(match measure.function {
        Function::Count => count(argument),
        Function::Sum => sum(argument),
        Function::Min => min(argument),
        Function::Max => max(argument),
        Function::Average => avg(argument),
    })
}

fn column(at: usize, query: &TableQuery) -> Result<Expr, DataFusionError> {
    let column = query.columns().get(at).ok_or_else(ill_typed)?;
    Ok(Expr::Column(Column::new_unqualified(&column.name)))
}

fn expr(expression: &Expression, query: &TableQuery) -> Result<Expr, DataFusionError> {
    let of = |expression: &Expression| expr(expression, query);
    let boxed = |expression: &Expression| expr(expression, query).map(Box::new);
    Ok(match expression {
        Expression::Column(at) => column(*at, query)?,
        Expression::Literal(literal) => Expr::Literal(scalar(literal)?, None),
        Expression::Compare {
            comparison,
            left,
            right,
        } => binary_expr(of(left)?, operator(*comparison), of(right)?),
        Expression::And(conditions) => joined(conditions, Operator::And, query)?,
        Expression::Or(conditions) => joined(conditions, Operator::Or, query)?,
        Expression::Not(condition) => Expr::Not(boxed(condition)?),
        Expression::IsNull(value) => Expr::IsNull(boxed(value)?),
        Expression::IsNotNull(value) => Expr::IsNotNull(boxed(value)?),
        Expression::In { value, options } => {
            let options = options.iter();
            let options = options.map(|option| Ok(Expr::Literal(scalar(option)?, None)));
            let options: Result<Vec<Expr>, DataFusionError> = options.collect();
            Expr::InList(InList::new(boxed(value)?, options?, false))
        }
        Expression::Like { value, pattern } => {
            let pattern = Box::new(Expr::Literal(scalar(pattern)?, None));
            Expr::Like(Like::new(false, boxed(value)?, pattern, None, false))
        }
        Expression::Widen { value, to } => cast(of(value)?, to.clone()),
    })
}

fn operator(comparison: Comparison) -> Operator {
    match comparison {
        Comparison::Equal => Operator::Eq,
        Comparison::NotEqual => Operator::NotEq,
        Comparison::Less => Operator::Lt,
        Comparison::LessOrEqual => Operator::LtEq,
        Comparison::Greater => Operator::Gt,
        Comparison::GreaterOrEqual => Operator::GtEq,
    }
}

/// Joins conditions as a balanced tree: the engine descends into each level by a call.
fn joined(
    conditions: &[Expression],
    operator: Operator,
    query: &TableQuery,
) -> Result<Expr, DataFusionError> {
    if let [one] = conditions {
        return expr(one, query);
    }
    let (left, right) = conditions.split_at(conditions.len() / 2);
    if left.is_empty() {
        return Err(ill_typed());
    }
    let left = joined(left, operator, query)?;
    Ok(binary_expr(left, operator, joined(right, operator, query)?))
}

//! Reads queries from plans of Substrait of unknown origin.

use chengji_domain::Result;
use chengji_messages::msg;
use prost::Message;

use crate::check::{invalid, not_allowed};
use crate::encode::{MAX_BYTES, encode};
use crate::expression::{Expression, Literal, Value};
use crate::functions::NamedFunction;
use crate::literals::literal_from_wire;
use crate::output::{Column, Measure, Output};
use crate::table_query::TableQuery;
use crate::types::from_wire;
use crate::wire::{self, ExpressionKind, Relation, RelationKind};

/// Reads a query.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for anything but the encoding of a query.
pub fn decode(plan: &[u8]) -> Result<TableQuery> {
    if plan.len() > MAX_BYTES {
        return Err(invalid(msg::TableQueryTooLong { most: MAX_BYTES }));
    }
    let read = wire::Plan::decode(plan).ok().and_then(parts);
    let parts = read.ok_or_else(not_allowed)?;
    let query = TableQuery::new(
        parts.table,
        parts.columns,
        parts.condition,
        parts.output,
        parts.limit,
    )?;
    // What was not read above, such as further fields, makes a difference here.
    match encode(&query)? == plan {
        true => Ok(query),
        false => Err(not_allowed()),
    }
}

/// The parts of a query.
struct Parts {
    table: String,
    columns: Vec<Column>,
    condition: Option<Expression>,
    output: Output,
    limit: Option<u64>,
}

fn parts(plan: wire::Plan) -> Option<Parts> {
    let root = plan.relations.into_iter().next()?.root?;
    let (limit, relation) = match root.input?.kind? {
        RelationKind::Fetch(fetch) => (Some(limit(fetch.count?)?), unboxed(fetch.input)?),
        kind => (None, kind),
    };
    let (output, relation) = match relation {
        RelationKind::Project(project) => {
            let positions = project.expressions.into_iter().map(position);
            let positions: Option<Vec<usize>> = positions.collect();
            (Output::Columns(positions?), unboxed(project.input)?)
        }
        RelationKind::Aggregate(aggregate) => {
            let by = aggregate.grouping_expressions.into_iter().map(position);
            let by: Option<Vec<usize>> = by.collect();
            let measures: Option<Vec<Measure>> =
                aggregate.measures.into_iter().map(measure).collect();
            let output = Output::Groups {
                by: by?,
                measures: measures?,
            };
            (output, unboxed(aggregate.input)?)
        }
        _ => return None,
    };
    let (condition, relation) = match relation {
        RelationKind::Filter(filter) => {
            (Some(expression(filter.condition?)?), unboxed(filter.input)?)
        }
        kind => (None, kind),
    };
    let RelationKind::Read(read) = relation else {
        return None;
    };
    Some(Parts {
        table: read.table?.names.into_iter().next()?,
        columns: columns(read.schema?)?,
        condition,
        output,
        limit,
    })
}

fn unboxed(relation: Option<Box<Relation>>) -> Option<RelationKind> {
    relation?.kind
}

fn columns(schema: wire::NamedStruct) -> Option<Vec<Column>> {
    let columns = schema.names.into_iter().zip(schema.fields?.types);
    let columns = columns.map(|(name, column)| {
        let (data_type, is_nullable) = from_wire(&column)?;
        Some(Column {
            name,
            data_type,
            is_nullable,
        })
    });
    columns.collect()
}

fn limit(count: wire::Expression) -> Option<u64> {
    match constant(count)?.value? {
        Value::Integer(count) => u64::try_from(count).ok(),
        _ => None,
    }
}

fn measure(measure: wire::Measure) -> Option<Measure> {
    let called = measure.function?;
    let NamedFunction::Aggregate(function) = NamedFunction::find(called.function)? else {
        return None;
    };
    let argument = match called.arguments.into_iter().next() {
        Some(argument) => Some(expression(argument.value?)?),
        None => None,
    };
    let (data_type, _) = from_wire(&called.output_type?)?;
    Some(Measure {
        function,
        argument,
        data_type,
    })
}

/// Reads an expression. Its depth is bounded by that of messages.
fn expression(read: wire::Expression) -> Option<Expression> {
    Some(match read.kind? {
        ExpressionKind::Literal(literal) => Expression::Literal(literal_from_wire(literal)?),
        ExpressionKind::Selection(reference) => Expression::Column(field(reference)?),
        ExpressionKind::Function(called) => return call(called),
        ExpressionKind::OrList(list) => {
            let options: Option<Vec<Literal>> = list.options.into_iter().map(constant).collect();
            Expression::In {
                value: Box::new(expression(*list.value?)?),
                options: options?,
            }
        }
        ExpressionKind::Cast(cast) => Expression::Widen {
            value: Box::new(expression(*cast.input?)?),
            to: from_wire(&cast.to?)?.0,
        },
    })
}

fn call(called: wire::ScalarFunction) -> Option<Expression> {
    let function = NamedFunction::find(called.function)?;
    let arguments = called.arguments.into_iter();
    let arguments: Option<Vec<Expression>> = arguments
        .map(|argument| expression(argument.value?))
        .collect();
    let arguments = arguments?;
    match function {
        NamedFunction::And => return Some(Expression::And(arguments)),
        NamedFunction::Or => return Some(Expression::Or(arguments)),
        _ => {}
    }
    let mut arguments = arguments.into_iter();
    let first = Box::new(arguments.next()?);
    Some(match function {
        NamedFunction::Compare(comparison) => Expression::Compare {
            comparison,
            left: first,
            right: Box::new(arguments.next()?),
        },
        NamedFunction::Not => Expression::Not(first),
        NamedFunction::IsNull => Expression::IsNull(first),
        NamedFunction::IsNotNull => Expression::IsNotNull(first),
        NamedFunction::Like => {
            let Expression::Literal(pattern) = arguments.next()? else {
                return None;
            };
            Expression::Like {
                value: first,
                pattern,
            }
        }
        NamedFunction::And | NamedFunction::Or | NamedFunction::Aggregate(_) => return None,
    })
}

fn position(read: wire::Expression) -> Option<usize> {
    match read.kind? {
        ExpressionKind::Selection(reference) => field(reference),
        _ => None,
    }
}

fn field(reference: wire::FieldReference) -> Option<usize> {
    usize::try_from(reference.direct?.field?.field).ok()
}

fn constant(read: wire::Expression) -> Option<Literal> {
    match read.kind? {
        ExpressionKind::Literal(literal) => literal_from_wire(literal),
        _ => None,
    }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;

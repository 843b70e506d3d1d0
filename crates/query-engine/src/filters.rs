//! Conditions of a statement as conditions of a query of one table, as far as they can be handed over.

use arrow_schema::Schema;
use chengji_substrait::{Comparison, Expression};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

use crate::literals::literal;

/// An expression over the columns of a table; `None` if it runs here, since another node would not take it. Types are
/// checked where a query is made of it.
pub(crate) fn expression(expr: &Expr, schema: &Schema) -> Option<Expression> {
    Some(match expr {
        Expr::Column(column) => Expression::Column(schema.index_of(&column.name).ok()?),
        Expr::Literal(value, _) => Expression::Literal(literal(value)?),
        Expr::BinaryExpr(binary) => return of_two(binary, schema),
        Expr::Not(condition) => Expression::Not(boxed(condition, schema)?),
        Expr::IsNull(value) => Expression::IsNull(boxed(value, schema)?),
        Expr::IsNotNull(value) => Expression::IsNotNull(boxed(value, schema)?),
        Expr::Between(between) => {
            let compare = |comparison, bound: &Expr| {
                Some(Expression::Compare {
                    comparison,
                    left: boxed(&between.expr, schema)?,
                    right: boxed(bound, schema)?,
                })
            };
            let from = compare(Comparison::GreaterOrEqual, &between.low)?;
            let to = compare(Comparison::LessOrEqual, &between.high)?;
            negated_if(between.negated, Expression::And(vec![from, to]))
        }
        Expr::InList(list) => {
            let options = list.list.iter().map(|option| match option {
                Expr::Literal(value, _) => literal(value),
                _ => None,
            });
            let options: Option<Vec<_>> = options.collect();
            let found = Expression::In {
                value: boxed(&list.expr, schema)?,
                options: options?,
            };
            negated_if(list.negated, found)
        }
        Expr::Like(like) if !like.case_insensitive && like.escape_char.is_none() => {
            let Expr::Literal(pattern, _) = &*like.pattern else {
                return None;
            };
            let matched = Expression::Like {
                value: boxed(&like.expr, schema)?,
                pattern: literal(pattern)?,
            };
            negated_if(like.negated, matched)
        }
        Expr::Cast(cast) => Expression::Widen {
            value: boxed(&cast.expr, schema)?,
            to: cast.field.data_type().clone(),
        },
        _ => return None,
    })
}

/// All of these conditions together; `None` of none.
pub(crate) fn all_of(mut conditions: Vec<Expression>) -> Option<Expression> {
    match conditions.len() {
        0 | 1 => conditions.pop(),
        _ => Some(Expression::And(conditions)),
    }
}

fn boxed(expr: &Expr, schema: &Schema) -> Option<Box<Expression>> {
    expression(expr, schema).map(Box::new)
}

fn of_two(binary: &BinaryExpr, schema: &Schema) -> Option<Expression> {
    let comparison = match binary.op {
        Operator::And | Operator::Or => {
            let mut conditions = Vec::new();
            for side in [&binary.left, &binary.right] {
                flatten(side, binary.op, schema, &mut conditions)?;
            }
            return Some(match binary.op {
                Operator::And => Expression::And(conditions),
                _ => Expression::Or(conditions),
            });
        }
        Operator::Eq => Comparison::Equal,
        Operator::NotEq => Comparison::NotEqual,
        Operator::Lt => Comparison::Less,
        Operator::LtEq => Comparison::LessOrEqual,
        Operator::Gt => Comparison::Greater,
        Operator::GtEq => Comparison::GreaterOrEqual,
        _ => return None,
    };
    Some(Expression::Compare {
        comparison,
        left: boxed(&binary.left, schema)?,
        right: boxed(&binary.right, schema)?,
    })
}

/// Adds the conditions that an expression joins by this operator, however they are nested.
fn flatten(
    expr: &Expr,
    operator: Operator,
    schema: &Schema,
    to: &mut Vec<Expression>,
) -> Option<()> {
    match expr {
        Expr::BinaryExpr(binary) if binary.op == operator => {
            flatten(&binary.left, operator, schema, to)?;
            flatten(&binary.right, operator, schema, to)
        }
        _ => {
            to.push(expression(expr, schema)?);
            Some(())
        }
    }
}

fn negated_if(is_negated: bool, condition: Expression) -> Expression {
    match is_negated {
        true => Expression::Not(Box::new(condition)),
        false => condition,
    }
}

//! Checks of queries: types and bounds.

use std::collections::HashSet;

use arrow_schema::DataType;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};

use crate::expression::{Expression, Literal};
use crate::literals::literal_to_wire;
use crate::output::{Column, Function, MAX_MEASURES, Measure, Output};
use crate::types::{is_number, is_supported, is_text, widens};

/// Maximum number of expressions of a query, constants included.
pub const MAX_EXPRESSIONS: usize = 1_000;

/// Maximum depth of an expression. Three messages of Substrait are nested for each level, and decoders take a hundred.
pub const MAX_DEPTH: usize = 24;

/// Checks the parts of a query: the columns that it reads, its condition, and its rows with their maximum number.
///
/// # Errors
///
/// `INVALID_ARGUMENT`.
pub(crate) fn check(
    columns: &[Column],
    condition: Option<&Expression>,
    (output, limit): (&Output, Option<u64>),
) -> Result<()> {
    check_names(columns)?;
    if !columns.iter().all(|column| is_supported(&column.data_type)) {
        return Err(ill_typed());
    }
    let mut types = Types {
        columns,
        expressions: 0,
    };
    if let Some(condition) = condition {
        types.check_truth(condition, 1)?;
    }
    match output {
        Output::Columns(positions) => check_positions(positions, columns.len(), 1)?,
        Output::Groups { by, measures } => {
            check_positions(by, columns.len(), 0)?;
            if measures.len() > MAX_MEASURES || by.is_empty() && measures.is_empty() {
                return Err(not_allowed());
            }
            for measure in measures {
                types.check_measure(measure)?;
            }
        }
    }
    match limit.is_none_or(|limit| i64::try_from(limit).is_ok()) {
        true => check_names(&output.columns(columns)),
        false => Err(not_allowed()),
    }
}

/// The error for a plan with something that is not on the allow list.
pub(crate) fn not_allowed() -> Error {
    invalid(msg::TableQueryNotAllowed)
}

fn ill_typed() -> Error {
    invalid(msg::TableQueryIllTyped)
}

/// An error in a query, whose author is at fault.
pub(crate) fn invalid(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}

/// Each name once, and none empty.
fn check_names(columns: &[Column]) -> Result<()> {
    let mut names = HashSet::new();
    let is_named = |column: &Column| !column.name.is_empty();
    let mut columns = columns.iter();
    match columns.all(|column| is_named(column) && names.insert(&column.name)) {
        true => Ok(()),
        false => Err(not_allowed()),
    }
}

/// Each position once, and at least so many.
fn check_positions(positions: &[usize], columns: usize, least: usize) -> Result<()> {
    let mut seen = HashSet::new();
    let is_new = positions
        .iter()
        .all(|position| *position < columns && seen.insert(*position));
    match is_new && positions.len() >= least {
        true => Ok(()),
        false => Err(not_allowed()),
    }
}

/// Finds the types of expressions.
struct Types<'a> {
    columns: &'a [Column],
    /// Number of expressions so far.
    expressions: usize,
}

impl Types<'_> {
    /// The type of an expression at this depth.
    fn of(&mut self, expression: &Expression, depth: usize) -> Result<DataType> {
        self.count(1)?;
        if depth > MAX_DEPTH {
            return Err(invalid(msg::TableQueryTooDeep { most: MAX_DEPTH }));
        }
        match expression {
            Expression::Column(at) => {
                let column = self.columns.get(*at).ok_or_else(not_allowed)?;
                Ok(column.data_type.clone())
            }
            Expression::Literal(literal) => {
                check_literal(literal)?;
                Ok(literal.data_type.clone())
            }
            Expression::Compare { left, right, .. } => {
                let left = self.of(left, depth + 1)?;
                let right = self.of(right, depth + 1)?;
                truth_if(left == right)
            }
            Expression::And(conditions) | Expression::Or(conditions) => {
                if conditions.len() < 2 {
                    return Err(not_allowed());
                }
                for condition in conditions {
                    self.check_truth(condition, depth + 1)?;
                }
                Ok(DataType::Boolean)
            }
            Expression::Not(condition) => {
                self.check_truth(condition, depth + 1)?;
                Ok(DataType::Boolean)
            }
            Expression::IsNull(value) | Expression::IsNotNull(value) => {
                self.of(value, depth + 1)?;
                Ok(DataType::Boolean)
            }
            Expression::In { value, options } => {
                self.count(options.len())?;
                let data_type = self.of(value, depth + 1)?;
                options.iter().try_for_each(check_literal)?;
                let is_same = |option: &Literal| option.data_type == data_type;
                truth_if(!options.is_empty() && options.iter().all(is_same))
            }
            Expression::Like { value, pattern } => {
                self.count(1)?;
                let data_type = self.of(value, depth + 1)?;
                check_literal(pattern)?;
                truth_if(is_text(&data_type) && pattern.data_type == data_type)
            }
            Expression::Widen { value, to } => {
                let data_type = self.of(value, depth + 1)?;
                match widens(&data_type, to) {
                    true => Ok(to.clone()),
                    false => Err(ill_typed()),
                }
            }
        }
    }

    fn check_truth(&mut self, expression: &Expression, depth: usize) -> Result<()> {
        match self.of(expression, depth)? {
            DataType::Boolean => Ok(()),
            _ => Err(ill_typed()),
        }
    }

    fn check_measure(&mut self, measure: &Measure) -> Result<()> {
        let argument = match &measure.argument {
            Some(argument) => Some(self.of(argument, 1)?),
            None => None,
        };
        let is_of_argument = match (measure.function, argument) {
            (Function::Count, _) => measure.data_type == DataType::Int64,
            (Function::Min | Function::Max, Some(argument)) => argument == measure.data_type,
            (Function::Sum | Function::Average, Some(argument)) => {
                is_number(&argument) && is_number(&measure.data_type)
            }
            (_, None) => false,
        };
        match is_of_argument && is_supported(&measure.data_type) {
            true => Ok(()),
            false => Err(ill_typed()),
        }
    }

    fn count(&mut self, further: usize) -> Result<()> {
        self.expressions += further;
        match self.expressions > MAX_EXPRESSIONS {
            true => Err(invalid(msg::TableQueryTooMany {
                most: MAX_EXPRESSIONS,
            })),
            false => Ok(()),
        }
    }
}

fn check_literal(literal: &Literal) -> Result<()> {
    match is_supported(&literal.data_type) && literal_to_wire(literal).is_some() {
        true => Ok(()),
        false => Err(ill_typed()),
    }
}

fn truth_if(is_well_typed: bool) -> Result<DataType> {
    match is_well_typed {
        true => Ok(DataType::Boolean),
        false => Err(ill_typed()),
    }
}

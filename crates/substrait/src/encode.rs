//! Writes queries as plans of Substrait.

use std::collections::{BTreeMap, BTreeSet};

use arrow_schema::DataType;
use chengji_domain::Result;
use chengji_messages::msg;
use prost::Message;

use crate::check::{invalid, not_allowed};
use crate::expression::{Expression, Literal, Value};
use crate::functions::NamedFunction;
use crate::literals::literal_to_wire;
use crate::output::{Column, Function, Measure, Output};
use crate::table_query::TableQuery;
use crate::types::to_wire;
use crate::wire::{
    self, ALL, Argument, ExpressionKind, INITIAL_TO_RESULT, REQUIRED, Relation, RelationKind, THROW,
};

/// Maximum length of a plan, bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// The version of Substrait that plans are of.
const VERSION: (u32, u32) = (0, 85);

/// The program that writes plans.
const PRODUCER: &str = "chengji";

/// Writes a query.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a plan that is too long.
pub fn encode(query: &TableQuery) -> Result<Vec<u8>> {
    // A valid query has a plan.
    let plan = Encoder::default().plan(query).ok_or_else(not_allowed)?;
    match plan.encoded_len() > MAX_BYTES {
        true => Err(invalid(msg::TableQueryTooLong { most: MAX_BYTES })),
        false => Ok(plan.encode_to_vec()),
    }
}

/// Writes a plan; `None` where something has no encoding.
#[derive(Default)]
struct Encoder {
    /// The numbers of the functions that are used.
    used: BTreeSet<u32>,
}

impl Encoder {
    fn plan(mut self, query: &TableQuery) -> Option<wire::Plan> {
        let input = self.relation(query)?;
        let names = query.output_columns().into_iter();
        let root = wire::Root {
            input: Some(input),
            names: names.map(|column| column.name).collect(),
        };
        let (mut urns, mut extensions) = (BTreeMap::new(), Vec::new());
        for function in self.used.into_iter().filter_map(NamedFunction::find) {
            let (urn, name) = function.extension();
            urns.insert(urn, name);
            let function = wire::ExtensionFunction {
                anchor: function.anchor(),
                name: function.name().to_owned(),
                urn,
            };
            extensions.push(wire::Extension {
                function: Some(function),
            });
        }
        let urns = urns.into_iter().map(|(anchor, urn)| wire::ExtensionUrn {
            anchor,
            urn: urn.to_owned(),
        });
        Some(wire::Plan {
            extensions,
            relations: vec![wire::PlanRelation { root: Some(root) }],
            version: Some(wire::Version {
                major: VERSION.0,
                minor: VERSION.1,
                producer: PRODUCER.to_owned(),
            }),
            urns: urns.collect(),
        })
    }

    fn relation(&mut self, query: &TableQuery) -> Option<Relation> {
        let mut relation = read(query)?;
        if let Some(condition) = query.condition() {
            relation = of(RelationKind::Filter(wire::Filter {
                input: Some(Box::new(relation)),
                condition: Some(self.expression(condition)?),
            }));
        }
        relation = match query.output() {
            Output::Columns(positions) => project(query, positions, relation)?,
            Output::Groups { by, measures } => self.aggregate(by, measures, relation)?,
        };
        let Some(limit) = query.limit() else {
            return Some(relation);
        };
        let count = Literal {
            data_type: DataType::Int64,
            value: Some(Value::Integer(limit.into())),
        };
        Some(of(RelationKind::Fetch(wire::Fetch {
            input: Some(Box::new(relation)),
            count: Some(constant(&count)?),
        })))
    }

    fn aggregate(
        &mut self,
        by: &[usize],
        measures: &[Measure],
        input: Relation,
    ) -> Option<Relation> {
        let columns: Option<Vec<_>> = by.iter().map(|at| column(*at)).collect();
        let measures: Option<Vec<_>> = measures
            .iter()
            .map(|measure| self.measure(measure))
            .collect();
        let references = 0..u32::try_from(by.len()).ok()?;
        Some(of(RelationKind::Aggregate(wire::Aggregate {
            input: Some(Box::new(input)),
            groupings: vec![wire::Grouping {
                expression_references: references.collect(),
            }],
            measures: measures?,
            grouping_expressions: columns?,
        })))
    }

    fn measure(&mut self, measure: &Measure) -> Option<wire::Measure> {
        let argument = match &measure.argument {
            Some(argument) => Some(self.expression(argument)?),
            None => None,
        };
        let is_nullable = measure.function != Function::Count;
        let function = wire::AggregateFunction {
            function: self.number(NamedFunction::Aggregate(measure.function)),
            phase: INITIAL_TO_RESULT,
            output_type: Some(to_wire(&measure.data_type, is_nullable)?),
            invocation: ALL,
            arguments: argument.into_iter().map(passed).collect(),
        };
        Some(wire::Measure {
            function: Some(function),
        })
    }

    fn expression(&mut self, expression: &Expression) -> Option<wire::Expression> {
        match expression {
            Expression::Column(at) => column(*at),
            Expression::Literal(literal) => constant(literal),
            Expression::Compare {
                comparison,
                left,
                right,
            } => {
                let arguments = [self.expression(left)?, self.expression(right)?];
                self.call(NamedFunction::Compare(*comparison), arguments, true)
            }
            Expression::And(conditions) => self.list(NamedFunction::And, conditions),
            Expression::Or(conditions) => self.list(NamedFunction::Or, conditions),
            Expression::Not(condition) => {
                let argument = self.expression(condition)?;
                self.call(NamedFunction::Not, [argument], true)
            }
            Expression::IsNull(value) => {
                let argument = self.expression(value)?;
                self.call(NamedFunction::IsNull, [argument], false)
            }
            Expression::IsNotNull(value) => {
                let argument = self.expression(value)?;
                self.call(NamedFunction::IsNotNull, [argument], false)
            }
            Expression::In { value, options } => {
                let options: Option<Vec<_>> = options.iter().map(constant).collect();
                Some(expressed(ExpressionKind::OrList(wire::SingularOrList {
                    value: Some(Box::new(self.expression(value)?)),
                    options: options?,
                })))
            }
            Expression::Like { value, pattern } => {
                let arguments = [self.expression(value)?, constant(pattern)?];
                self.call(NamedFunction::Like, arguments, true)
            }
            Expression::Widen { value, to } => Some(expressed(ExpressionKind::Cast(wire::Cast {
                to: Some(to_wire(to, true)?),
                input: Some(Box::new(self.expression(value)?)),
                failure_behavior: THROW,
            }))),
        }
    }

    fn list(
        &mut self,
        function: NamedFunction,
        conditions: &[Expression],
    ) -> Option<wire::Expression> {
        let conditions: Option<Vec<_>> = conditions
            .iter()
            .map(|condition| self.expression(condition))
            .collect();
        self.call(function, conditions?, true)
    }

    /// The call of a function whose result is a truth value.
    fn call(
        &mut self,
        function: NamedFunction,
        arguments: impl IntoIterator<Item = wire::Expression>,
        is_nullable: bool,
    ) -> Option<wire::Expression> {
        Some(expressed(ExpressionKind::Function(wire::ScalarFunction {
            function: self.number(function),
            output_type: Some(to_wire(&DataType::Boolean, is_nullable)?),
            arguments: arguments.into_iter().map(passed).collect(),
        })))
    }

    fn number(&mut self, function: NamedFunction) -> u32 {
        let anchor = function.anchor();
        self.used.insert(anchor);
        anchor
    }
}

fn read(query: &TableQuery) -> Option<Relation> {
    let columns = query.columns().iter();
    let typed = |column: &Column| to_wire(&column.data_type, column.is_nullable);
    let types: Option<Vec<_>> = columns.clone().map(typed).collect();
    let schema = wire::NamedStruct {
        names: columns.map(|column| column.name.clone()).collect(),
        fields: Some(wire::Struct {
            types: types?,
            variation: 0,
            nullability: REQUIRED,
        }),
    };
    let table = wire::NamedTable {
        names: vec![query.table().to_owned()],
    };
    Some(of(RelationKind::Read(wire::Read {
        schema: Some(schema),
        table: Some(table),
    })))
}

/// The rows with these columns, which follow those of the input until the others are left out.
fn project(query: &TableQuery, positions: &[usize], input: Relation) -> Option<Relation> {
    let columns: Option<Vec<_>> = positions.iter().map(|at| column(*at)).collect();
    let first = query.columns().len();
    let mapping = first..first + positions.len();
    let mapping: Option<Vec<i32>> = mapping.map(|at| i32::try_from(at).ok()).collect();
    let emit = wire::Emit {
        output_mapping: mapping?,
    };
    Some(of(RelationKind::Project(wire::Project {
        common: Some(wire::Common { emit: Some(emit) }),
        input: Some(Box::new(input)),
        expressions: columns?,
    })))
}

fn of(kind: RelationKind) -> Relation {
    Relation { kind: Some(kind) }
}

fn expressed(kind: ExpressionKind) -> wire::Expression {
    wire::Expression { kind: Some(kind) }
}

fn passed(value: wire::Expression) -> Argument {
    Argument { value: Some(value) }
}

fn column(at: usize) -> Option<wire::Expression> {
    let field = wire::StructField {
        field: i32::try_from(at).ok()?,
    };
    let reference = wire::FieldReference {
        direct: Some(wire::ReferenceSegment { field: Some(field) }),
        root: Some(wire::RootReference {}),
    };
    Some(expressed(ExpressionKind::Selection(reference)))
}

fn constant(literal: &Literal) -> Option<wire::Expression> {
    literal_to_wire(literal).map(|literal| expressed(ExpressionKind::Literal(literal)))
}

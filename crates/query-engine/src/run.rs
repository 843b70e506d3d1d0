//! The course of a query.

use std::io::{self, BufWriter, Read, Write};
use std::os::unix::net::UnixStream;
use std::process;
use std::sync::Arc;
use std::thread;

use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_query::TableName;
use chengji_query::dialog::{
    Begin, Described, Ended, Files, Plan, References, parameters_from_bytes, receive, receive_file,
    schema_from_bytes, schema_to_bytes, send, send_failure,
};
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use futures_util::StreamExt;
use tokio::runtime::Runtime;

use crate::confinement::{confine, limit};
use crate::failure::failure;
use crate::session::{add, session};
use crate::statement;
use crate::tables::TableRows;

/// Serves one query of the node, and reports its failure to the node.
///
/// # Errors
///
/// The node is gone, or the failure was reported to it.
pub(crate) fn serve(node: &UnixStream) -> io::Result<()> {
    confine().map_err(|error| tell(node, &error))?;
    let begin: Begin = receive(node)?.map_err(io::Error::other)?;
    limit(begin.memory, begin.seconds).map_err(|error| tell(node, &error))?;
    let asked = Asked::plan(node, &begin)?;
    // A node that only wanted the plan closes the dialog now.
    asked.receive_files(node)?;
    end_with(node)?;
    let ended = asked.write(io::stdout());
    send(node, &ended.map_err(|error| tell(node, &error))?)
}

/// Tells the node why this process ends.
fn tell(node: &UnixStream, error: &Error) -> io::Error {
    let _ = send_failure(node, error);
    io::Error::other(error.to_string())
}

/// A query whose plan the node has.
struct Asked {
    engine: Engine,
    planned: Planned,
    tables: Vec<Arc<TableRows>>,
}

impl Asked {
    fn plan(node: &UnixStream, begin: &Begin) -> io::Result<Self> {
        let told = |error: Error| tell(node, &error);
        let engine = Engine::new(begin.memory).map_err(told)?;
        let statement = engine.parse(&begin.sql).map_err(told)?;
        let names = engine.names(&statement).map_err(told)?;
        let references = References {
            names: names.iter().cloned().map(Into::into).collect(),
        };
        send(node, &references)?;
        let described: Described = receive(node)?.map_err(io::Error::other)?;
        let tables = engine.add(&names, &described).map_err(told)?;
        let planned = engine.plan(statement, &begin.parameters).map_err(told)?;
        send(node, &planned.told().map_err(told)?)?;
        Ok(Self {
            engine,
            planned,
            tables,
        })
    }

    fn receive_files(&self, node: &UnixStream) -> io::Result<()> {
        let files: Files = receive(node)?.map_err(io::Error::other)?;
        for (table, bytes) in self.tables.iter().zip(files.bytes) {
            table.set(receive_file(node)?, bytes);
        }
        Ok(())
    }

    fn write(self, out: impl Write) -> Result<Ended> {
        self.engine.run(self.planned, out)
    }
}

/// Ends this process when the node closes the dialog, even while a query computes.
fn end_with(node: &UnixStream) -> io::Result<()> {
    let mut node = node.try_clone()?;
    thread::spawn(move || {
        let _ = node.read(&mut [0]);
        process::exit(1);
    });
    Ok(())
}

/// The engine, for one query.
struct Engine {
    runtime: Runtime,
    session: SessionContext,
}

/// A planned query.
struct Planned {
    plan: LogicalPlan,
    schema: SchemaRef,
    parameters: Schema,
}

impl Planned {
    fn told(&self) -> Result<Plan> {
        Ok(Plan {
            schema: schema_to_bytes(&self.schema).map_err(broken)?,
            parameters: schema_to_bytes(&self.parameters).map_err(broken)?,
        })
    }
}

impl Engine {
    fn new(memory: u64) -> Result<Self> {
        let runtime = Runtime::new().map_err(|cause| broken(cause.into()))?;
        let session = session(memory)?;
        Ok(Self { runtime, session })
    }

    fn parse(&self, sql: &str) -> Result<Statement> {
        statement::parse(&self.session.state(), sql)
    }

    fn names(&self, statement: &Statement) -> Result<Vec<TableName>> {
        statement::tables(&self.session.state(), statement)
    }

    fn add(&self, names: &[TableName], described: &Described) -> Result<Vec<Arc<TableRows>>> {
        let tables = names.iter().zip(&described.schemas);
        let added = tables.map(|(name, schema)| {
            let schema = schema_from_bytes(schema).map_err(broken)?;
            add(&self.session, name, schema)
        });
        added.collect()
    }

    /// Plans the statement, with these values of its parameters if there are any.
    fn plan(&self, statement: Statement, parameters: &[u8]) -> Result<Planned> {
        let state = self.session.state();
        let plan = self.runtime.block_on(state.statement_to_plan(statement));
        let plan = plan.map_err(|error| failure(&error))?;
        let reading = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        reading
            .verify_plan(&plan)
            .map_err(|error| failure(&error))?;
        let known = parameters_of(&plan)?;
        let plan = match parameters_from_bytes(parameters).map_err(broken)? {
            Some(row) => {
                let values = row
                    .columns()
                    .iter()
                    .map(|column| ScalarValue::try_from_array(column, 0));
                let values: Result<Vec<ScalarValue>, _> = values.collect();
                let values = values.map_err(|error| failure(&error))?;
                check_number(values.len(), known.fields().len())?;
                let bound = plan.with_param_values(ParamValues::from(values));
                bound.map_err(|error| failure(&error))?
            }
            None => plan,
        };
        // The types of the rows are those after optimisation.
        let optimised = state.optimize(&plan).map_err(|error| failure(&error))?;
        let schema = SchemaRef::new(optimised.schema().as_arrow().clone());
        Ok(Planned {
            plan,
            schema,
            parameters: known,
        })
    }

    /// Writes the rows.
    fn run(&self, planned: Planned, out: impl Write) -> Result<Ended> {
        let without = !planned.parameters.fields().is_empty()
            && planned
                .plan
                .get_parameter_names()
                .is_ok_and(|names| !names.is_empty());
        if without {
            return Err(Error::new(
                ErrorCode::InvalidArgument,
                msg::QueryParametersUnbound,
            ));
        }
        let writing = async {
            let frame = self.session.execute_logical_plan(planned.plan).await;
            let frame = frame.map_err(|error| failure(&error))?;
            let rows = frame.execute_stream().await;
            let mut rows = rows.map_err(|error| failure(&error))?;
            let mut number = 0;
            let out = BufWriter::new(out);
            let mut writer = StreamWriter::try_new(out, &planned.schema).map_err(broken)?;
            while let Some(batch) = rows.next().await {
                let batch = batch.map_err(|error| failure(&error))?;
                let batch = batch
                    .with_schema(Arc::clone(&planned.schema))
                    .map_err(broken)?;
                number += batch.num_rows() as u64;
                writer.write(&batch).map_err(broken)?;
                writer
                    .get_mut()
                    .flush()
                    .map_err(|cause| broken(cause.into()))?;
            }
            writer.finish().map_err(broken)?;
            writer
                .get_mut()
                .flush()
                .map_err(|cause| broken(cause.into()))?;
            Ok(Ended { rows: number })
        };
        self.runtime.block_on(writing)
    }
}

/// The parameters of a plan, in order, named as in the statement.
fn parameters_of(plan: &LogicalPlan) -> Result<Schema> {
    let types = plan
        .get_parameter_types()
        .map_err(|error| failure(&error))?;
    let fields = (1..=types.len()).map(|number| {
        let name = format!("${number}");
        let kind = types.get(&name).ok_or_else(|| {
            Error::new(
                ErrorCode::InvalidArgument,
                msg::QueryParametersMisnamed { number },
            )
        })?;
        Ok(Field::new(
            name,
            kind.clone().unwrap_or(DataType::Null),
            true,
        ))
    });
    let fields: Result<Vec<Field>> = fields.collect();
    fields.map(Schema::new)
}

fn check_number(found: usize, wanted: usize) -> Result<()> {
    if found == wanted {
        return Ok(());
    }
    let message = msg::QueryParametersNumber { found, wanted };
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

fn broken(cause: ArrowError) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Internal, msg::QueryEngineBroken { cause })
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;

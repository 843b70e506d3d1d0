//! The engine, for one query.

use std::io::{BufWriter, Write};
use std::sync::Arc;

use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_query::TableName;
use chengji_query::dialog::{
    Begin, Described, Ended, Plan, parameters_from_bytes, schema_from_bytes, schema_to_bytes,
};
use chengji_substrait::{TableQuery, decode};
use datafusion::catalog::TableProvider;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::execution::SessionState;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use futures_util::StreamExt;
use tokio::runtime::Runtime;

use crate::contents::Contents;
use crate::failure::{broken, failure};
use crate::pieces::{MAX_BATCH, divided};
use crate::remote::RemoteTable;
use crate::scan::WholeTable;
use crate::session::{add, session};
use crate::spill::{Space, Spill};
use crate::tables::TableRows;
use crate::{physical, statement, table_query};

/// The engine, for one query.
pub(crate) struct Engine {
    runtime: Runtime,
    session: SessionContext,
    contents: Arc<Contents>,
    /// Maximum memory, bytes.
    memory: u64,
    spill: Arc<Spill>,
}

/// What is asked of the engine.
pub(crate) enum Asked {
    /// A statement in SQL.
    Statement(Statement),
    /// A query of one table that another node has handed over.
    TableQuery(TableQuery),
}

/// A planned query.
pub(crate) struct Planned {
    /// `None` if the parameters have no values. The plan is completed once the sizes of the tables are known.
    plan: Option<(Box<SessionState>, LogicalPlan)>,
    schema: SchemaRef,
    parameters: Schema,
}

impl Planned {
    /// Returns true for `EXPLAIN`, which computes nothing; `EXPLAIN ANALYZE` computes the query.
    fn is_explained(&self) -> bool {
        let plan = self.plan.as_ref();
        plan.is_some_and(|(_, plan)| matches!(plan, LogicalPlan::Explain(_)))
    }
}

impl Engine {
    /// An engine that takes at most this memory in bytes.
    pub(crate) fn new(memory: u64) -> Result<Self> {
        let runtime = Runtime::new().map_err(|cause| broken(cause.into()))?;
        let spill = Arc::default();
        let session = session(memory, &spill)?;
        Ok(Self {
            runtime,
            session,
            contents: Arc::default(),
            memory,
            spill,
        })
    }

    /// Reads what is asked.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT`.
    pub(crate) fn read(&self, begin: &Begin) -> Result<Asked> {
        match begin.table_query.is_empty() {
            true => statement::parse(&self.session.state(), &begin.sql).map(Asked::Statement),
            false => decode(&begin.table_query).map(Asked::TableQuery),
        }
    }

    /// The names of its tables, each once.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT`.
    pub(crate) fn names(&self, asked: &Asked) -> Result<Vec<TableName>> {
        match asked {
            Asked::Statement(statement) => statement::tables(&self.session.state(), statement),
            Asked::TableQuery(query) => Ok(vec![TableName::of_query(query.table())]),
        }
    }

    /// Adds the tables with these names.
    ///
    /// # Errors
    ///
    /// `INTERNAL`.
    pub(crate) fn add(&self, names: &[TableName], described: &Described) -> Result<()> {
        for (number, name) in (0u32..).zip(names) {
            let at = number as usize;
            let schema = described
                .schemas
                .get(at)
                .map_or::<&[u8], _>(&[], Vec::as_slice);
            let schema = schema_from_bytes(schema).map_err(broken)?;
            let remote = described.remote.get(at).filter(|remote| !remote.is_empty());
            let remote =
                remote.and_then(|remote| RemoteTable::new(number, remote, &schema, &self.contents));
            let table: Arc<dyn TableProvider> = match remote {
                Some(remote) => Arc::new(remote),
                None => Arc::new(WholeTable(self.contents.add(number, Vec::new(), schema))),
            };
            add(&self.session, name, table)?;
        }
        Ok(())
    }

    /// Plans what is asked, with these values of its parameters if there are any.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT`; `SOURCE_CHANGED` if the query of a table is of other columns than these.
    pub(crate) fn plan(
        &self,
        asked: Asked,
        (names, described): (&[TableName], &Described),
        parameters: &[u8],
    ) -> Result<Planned> {
        let state = self.session.state();
        let plan = match asked {
            Asked::Statement(statement) => {
                let plan = self.runtime.block_on(state.statement_to_plan(statement));
                plan.map_err(|error| failure(&error))?
            }
            Asked::TableQuery(query) => {
                let (Some(name), Some(schema)) = (names.first(), described.schemas.first()) else {
                    return Err(Error::new(ErrorCode::Internal, msg::QueryTableWithoutRows));
                };
                let schema = schema_from_bytes(schema).map_err(broken)?;
                let planning = table_query::plan(&self.session, (name, &schema), &query);
                self.runtime.block_on(planning)?
            }
        };
        let reading = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        reading
            .verify_plan(&plan)
            .map_err(|error| failure(&error))?;
        let known = parameters_of(&plan)?;
        let plan = bound(plan, &known, parameters)?;
        // The types of the rows are those after optimisation.
        let optimised = state.optimize(&plan).map_err(|error| failure(&error))?;
        let schema = SchemaRef::new(optimised.schema().as_arrow().clone());
        let is_bound = plan
            .get_parameter_names()
            .is_ok_and(|names| names.is_empty());
        if is_bound {
            // What is read of tables at other nodes is found by planning.
            let read = self.runtime.block_on(physical::plan(&state, &optimised));
            read.map_err(|error| failure(&error))?;
        }
        Ok(Planned {
            plan: is_bound.then(|| (Box::new(state), optimised)),
            schema,
            parameters: known,
        })
    }

    /// The description of the planned query for the node.
    pub(crate) fn told(&self, planned: &Planned) -> Result<Plan> {
        let contents = self.contents.all().into_iter();
        Ok(Plan {
            schema: readable(&planned.schema)?,
            parameters: readable(&planned.parameters)?,
            contents: contents.map(|(content, _)| content).collect(),
            is_explained: planned.is_explained(),
        })
    }

    /// The contents that the planned query reads, in the order of the plan that the node has.
    pub(crate) fn contents(&self) -> Vec<Arc<TableRows>> {
        let contents = self.contents.all().into_iter();
        contents.map(|(_, rows)| rows).collect()
    }

    /// Lets the query keep rows that do not fit into its memory on disk.
    pub(crate) fn spill_to(&self, space: Space) {
        self.spill.set(space);
    }

    /// Writes the rows. The sizes of the tables are known by now, and the order of joins follows them.
    ///
    /// # Errors
    ///
    /// Those of computing them.
    pub(crate) fn run(&self, planned: Planned, out: impl Write) -> Result<Ended> {
        let ended = self.computed(planned, out);
        ended.map_err(|error| self.spill.failure().unwrap_or(error))
    }

    fn computed(&self, planned: Planned, out: impl Write) -> Result<Ended> {
        let unbound = || Error::new(ErrorCode::InvalidArgument, msg::QueryParametersUnbound);
        let (state, plan) = planned.plan.ok_or_else(unbound)?;
        let memory = self.spill.is_there().then_some(self.memory);
        let writing = async {
            let plan = physical::plan_by_size(*state, &plan, memory).await;
            let plan = plan.map_err(|error| failure(&error))?;
            let rows = execute_stream(plan, self.session.task_ctx());
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
                for piece in divided(batch, MAX_BATCH)? {
                    writer.write(&piece).map_err(broken)?;
                    let flushed = writer.get_mut().flush();
                    flushed.map_err(|cause| broken(cause.into()))?;
                }
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

/// Encodes columns, if they can be read again: types that are nested too deeply cannot be.
fn readable(schema: &Schema) -> Result<Vec<u8>> {
    let bytes = schema_to_bytes(schema).map_err(broken)?;
    let read = schema_from_bytes(&bytes);
    read.map(|_| bytes).map_err(|cause| {
        let cause = Value::text(cause);
        Error::new(
            ErrorCode::InvalidArgument,
            msg::QueryNotUnderstood { cause },
        )
    })
}

/// Binds the parameters of a plan to a row of values, if there is one.
fn bound(plan: LogicalPlan, known: &Schema, parameters: &[u8]) -> Result<LogicalPlan> {
    let Some(row) = parameters_from_bytes(parameters).map_err(broken)? else {
        return Ok(plan);
    };
    let values = row
        .columns()
        .iter()
        .map(|column| ScalarValue::try_from_array(column, 0));
    let values: Result<Vec<ScalarValue>, _> = values.collect();
    let values = values.map_err(|error| failure(&error))?;
    check_number(values.len(), known.fields().len())?;
    let bound = plan.with_param_values(ParamValues::from(values));
    bound.map_err(|error| failure(&error))
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

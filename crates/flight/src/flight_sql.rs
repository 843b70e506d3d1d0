//! Statements of Flight SQL: planned and run, kept while they are prepared, cancelled while they run.

use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use bytes::Bytes;
use chengji_clock::Clock;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_query::{Engine, MAX_STATEMENT, Planned, Query, Tables};
use chengji_transport::{Held, Permit};
use jiff::Timestamp;
use tonic::{Response, Status};

use crate::answer::{Messages, of_batches, until_cancelled};
use crate::failure::{cancelled, failed, invalid};
use crate::info;
use crate::prepared::Prepared;
use crate::running::Running;
use crate::ticket::{Id, QueryTicket, id};

/// Arrow Flight SQL over the tables of each caller. It implements the protocol of `arrow-flight`;
/// [`FlightServer`](crate::FlightServer) serves it.
pub struct FlightSql<T> {
    tables: Arc<dyn Fn(&Permit) -> T + Send + Sync>,
    engine: Engine,
    clock: Clock,
    prepared: Prepared<Statement>,
    running: Running,
}

/// A prepared statement.
#[derive(Debug)]
struct Statement {
    sql: String,
    /// The columns of its rows, before any values were bound.
    schema: SchemaRef,
    parameters: SchemaRef,
    /// The values that were bound last.
    values: Option<RecordBatch>,
    /// Its memory, on its caller's account.
    _held: Held,
}

/// A prepared statement as it is to be run.
#[derive(Debug)]
pub(crate) struct Ready {
    /// Its id.
    pub(crate) id: Id,
    /// The statement, with the values that were bound last.
    pub(crate) query: Query,
    /// The columns of its rows, before any values were bound.
    pub(crate) schema: SchemaRef,
}

impl<T> fmt::Debug for FlightSql<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightSql")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

impl<T: Tables + 'static> FlightSql<T> {
    /// Queries the tables that `tables` gives for a call, with this engine. The clock ends prepared statements.
    pub fn new(
        tables: impl Fn(&Permit) -> T + Send + Sync + 'static,
        engine: Engine,
        clock: Clock,
    ) -> Self {
        Self {
            tables: Arc::new(tables),
            engine,
            clock,
            prepared: Prepared::new(),
            running: Running::default(),
        }
    }

    /// The tables of a call.
    pub(crate) fn tables(&self, permit: &Permit) -> T {
        (self.tables)(permit)
    }

    /// Plans a query.
    ///
    /// # Errors
    ///
    /// `LIMIT_EXCEEDED` for a statement that is too long; those of the engine.
    pub(crate) async fn plan(&self, permit: &Permit, query: &Query) -> Result<Planned> {
        bounded(&query.sql)?;
        let tables = self.tables(permit);
        self.engine.plan(&tables, query).await
    }

    /// Runs the query of a ticket; its rows come until it is cancelled or nobody takes them any more.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` if the prepared statement is another one; `NOT_FOUND` if there is none; `LIMIT_EXCEEDED` for a
    /// statement that is too long; those of the engine.
    pub(crate) async fn run(
        &self,
        permit: &Permit,
        ticket: QueryTicket,
    ) -> Result<Response<Messages>, Status> {
        let query_id = ticket.id;
        let query = self.query(permit, ticket).map_err(failed)?;
        let mut run = self.running.begin(permit.principal(), query_id);
        let tables = self.tables(permit);
        let begun = tokio::select! {
            biased;
            () = run.cancelled() => return Err(cancelled()),
            begun = self.engine.run(tables, &query) => begun,
        };
        let (planned, rows) = begun.map_err(failed)?;
        Ok(of_batches(planned.schema, until_cancelled(rows, run)))
    }

    fn query(&self, permit: &Permit, ticket: QueryTicket) -> Result<Query> {
        let Some(prepared) = ticket.prepared else {
            bounded(&ticket.sql)?;
            return Ok(Query {
                sql: ticket.sql,
                parameters: None,
            });
        };
        let ready = self.ready(permit, &prepared)?;
        // The audit entry has the statement of the ticket.
        if ready.query.sql != ticket.sql {
            return Err(invalid(msg::FlightTicketMalformed));
        }
        Ok(ready.query)
    }

    /// Prepares a statement: its id and its plan.
    ///
    /// # Errors
    ///
    /// As of [`plan`](Self::plan); `LIMIT_EXCEEDED` where it exceeds the memory of its caller.
    pub(crate) async fn prepare(&self, permit: &Permit, sql: String) -> Result<(Id, Planned)> {
        let query = Query {
            sql,
            parameters: None,
        };
        let planned = self.plan(permit, &query).await?;
        let mut held = permit.hold();
        held.grow(query.sql.len())?;
        let statement = Statement {
            sql: query.sql,
            schema: Arc::clone(&planned.schema),
            parameters: Arc::clone(&planned.parameters),
            values: None,
            _held: held,
        };
        let id = rand::random();
        let (who, now) = (permit.principal(), self.now());
        self.prepared.keep(who, id, statement, now);
        Ok((id, planned))
    }

    /// The prepared statement of this handle. Errors: `NOT_FOUND`.
    pub(crate) fn ready(&self, permit: &Permit, handle: &[u8]) -> Result<Ready> {
        self.with_prepared(permit, handle, |id, statement| Ready {
            id,
            query: Query {
                sql: statement.sql.clone(),
                parameters: statement.values.clone(),
            },
            schema: Arc::clone(&statement.schema),
        })
    }

    /// Binds values to the parameters of a prepared statement, in place of those before.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`; `INVALID_ARGUMENT` for another number of values; `LIMIT_EXCEEDED` where they exceed the memory of
    /// their caller.
    pub(crate) fn bind(
        &self,
        permit: &Permit,
        handle: &[u8],
        values: Option<RecordBatch>,
    ) -> Result<()> {
        let mut held = permit.hold();
        held.grow(
            values
                .as_ref()
                .map_or(0, RecordBatch::get_array_memory_size),
        )?;
        self.with_prepared(permit, handle, |_, statement| {
            let expected = statement.parameters.fields().len();
            let found = values.as_ref().map_or(0, RecordBatch::num_columns);
            if values.is_some() && found != expected {
                let message = msg::FlightParametersOfOtherNumber { expected, found };
                return Err(invalid(message));
            }
            held.grow(statement.sql.len())?;
            statement._held = held;
            statement.values = values;
            Ok(())
        })?
    }

    /// Ends a prepared statement; one that has ended before is not missed.
    pub(crate) fn close(&self, permit: &Permit, handle: &[u8]) {
        if let Some(id) = id(handle) {
            self.prepared.end(permit.principal(), id);
        }
    }

    /// Cancels the caller's query of this encoded description. Returns false if it does not run.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for a description that is not of a query.
    pub(crate) fn cancel(&self, permit: &Permit, info: Bytes) -> Result<bool> {
        let queries = info::queries(info).unwrap_or_default().into_iter();
        let cancelled = queries.map(|query| self.running.cancel(permit.principal(), query.id));
        let any = cancelled.reduce(|one, other| one || other);
        any.ok_or_else(|| invalid(msg::FlightTicketMalformed))
    }

    fn with_prepared<R>(
        &self,
        permit: &Permit,
        handle: &[u8],
        act: impl FnOnce(Id, &mut Statement) -> R,
    ) -> Result<R> {
        let (who, now) = (permit.principal(), self.now());
        let found = id(handle).and_then(|id| {
            self.prepared
                .with(who, id, now, |statement| act(id, statement))
        });
        found.ok_or_else(|| Error::new(ErrorCode::NotFound, msg::FlightPreparedUnknown))
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// Refuses a statement that is too long.
fn bounded(sql: &str) -> Result<()> {
    let (bytes, most) = (sql.len(), MAX_STATEMENT);
    if bytes > most {
        let message = msg::FlightStatementTooLong { bytes, most };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_bounded() {
        let statement = " ".repeat(MAX_STATEMENT);
        assert_eq!(bounded(&statement), Ok(()));
        let error = bounded(&format!("{statement} ")).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
    }
}

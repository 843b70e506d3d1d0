//! Flight SQL by the trait of `arrow-flight`. Each call that has a command is one function; what changes tables,
//! transactions and Substrait are refused in one place each.

use std::pin::Pin;

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::server::{DoPutError, FlightSqlService, PeekableFlightDataStream};
use arrow_flight::sql::{
    ActionBeginSavepointRequest, ActionBeginSavepointResult, ActionBeginTransactionRequest,
    ActionBeginTransactionResult, ActionCancelQueryRequest, ActionCancelQueryResult,
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest,
    ActionCreatePreparedStatementResult, ActionCreatePreparedSubstraitPlanRequest,
    ActionEndSavepointRequest, ActionEndTransactionRequest, Any, Command, CommandGetCatalogs,
    CommandGetCrossReference, CommandGetDbSchemas, CommandGetExportedKeys, CommandGetImportedKeys,
    CommandGetPrimaryKeys, CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables,
    CommandGetXdbcTypeInfo, CommandPreparedStatementQuery, CommandPreparedStatementUpdate,
    CommandStatementIngest, CommandStatementQuery, CommandStatementSubstraitPlan,
    CommandStatementUpdate, DoPutPreparedStatementResult, SqlInfo, TicketStatementQuery,
};
use arrow_flight::{
    Action, CancelFlightInfoResult, FlightDescriptor, HandshakeRequest, HandshakeResponse, Ticket,
};
use bytes::Bytes;
use chengji_messages::msg;
use chengji_query::{Query, Tables};
use futures_util::{Stream, stream};
use prost::Message;
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Status, Streaming};

use crate::answer::{described, of_batch, of_batches, schema_message};
use crate::call::{CANCEL_FLIGHT_INFO, Info, alone, cancel_status, own_ticket, permit};
use crate::failure::{failed, invalid, not_offered};
use crate::flight_sql::FlightSql;
use crate::metadata::{
    Filter, catalogs, catalogs_schema, foreign_keys, names, primary_keys, schemas, schemas_schema,
    sql_info, sql_info_schema, table_types, tables, tables_schema, xdbc_types,
};
use crate::ticket::QueryTicket;
use crate::{info, parameters};

/// The header and the token of a handshake. The certificate has proved who calls; clients that were given a name and a
/// password want a token all the same, which means nothing.
const AUTHORIZATION: &str = "authorization";
const TOKEN: &str = "Bearer certificate";

type Answers = Pin<Box<dyn Stream<Item = Result<HandshakeResponse, Status>> + Send>>;
type Rows<T> = Result<Response<<FlightSql<T> as FlightService>::DoGetStream>, Status>;

#[tonic::async_trait]
impl<T: Tables + 'static> FlightSqlService for FlightSql<T> {
    type FlightService = Self;

    async fn do_handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Answers>, Status> {
        permit(&request)?;
        let answer = HandshakeResponse {
            protocol_version: 0,
            payload: Bytes::from_static(TOKEN.as_bytes()),
        };
        let answers: Answers = Box::pin(stream::iter([Ok(answer)]));
        let mut response = Response::new(answers);
        let token = MetadataValue::from_static(TOKEN);
        response.metadata_mut().insert(AUTHORIZATION, token);
        Ok(response)
    }

    async fn get_flight_info_statement(
        &self,
        command: CommandStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Info {
        let permit = permit(&request)?;
        alone(command.transaction_id.as_ref())?;
        let query = Query {
            sql: command.query,
            parameters: None,
        };
        let planned = self.plan(&permit, &query).await.map_err(failed)?;
        let ticket = QueryTicket::new(query.sql, None).into_any();
        let info = described(&planned.schema, &ticket, request.into_inner())?;
        Ok(Response::new(info))
    }

    async fn get_flight_info_prepared_statement(
        &self,
        command: CommandPreparedStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Info {
        let permit = permit(&request)?;
        let handle = &command.prepared_statement_handle;
        let ready = self.ready(&permit, handle).map_err(failed)?;
        // The types of some columns are known only with the values.
        let schema = match ready.query.parameters {
            None => ready.schema,
            Some(_) => {
                let planned = self.plan(&permit, &ready.query).await;
                planned.map_err(failed)?.schema
            }
        };
        let ticket = QueryTicket::new(ready.query.sql, Some(ready.id)).into_any();
        let info = described(&schema, &ticket, request.into_inner())?;
        Ok(Response::new(info))
    }

    async fn get_flight_info_substrait_plan(
        &self,
        _: CommandStatementSubstraitPlan,
        _: Request<FlightDescriptor>,
    ) -> Info {
        Err(not_offered(msg::FlightSubstraitUnsupported))
    }

    async fn get_flight_info_catalogs(
        &self,
        command: CommandGetCatalogs,
        request: Request<FlightDescriptor>,
    ) -> Info {
        own_ticket(&catalogs_schema(), &command, request)
    }

    async fn get_flight_info_schemas(
        &self,
        command: CommandGetDbSchemas,
        request: Request<FlightDescriptor>,
    ) -> Info {
        own_ticket(&schemas_schema(), &command, request)
    }

    async fn get_flight_info_tables(
        &self,
        command: CommandGetTables,
        request: Request<FlightDescriptor>,
    ) -> Info {
        own_ticket(&tables_schema(command.include_schema), &command, request)
    }

    async fn get_flight_info_table_types(
        &self,
        command: CommandGetTableTypes,
        request: Request<FlightDescriptor>,
    ) -> Info {
        own_ticket(&table_types()?.schema(), &command, request)
    }

    async fn get_flight_info_sql_info(
        &self,
        command: CommandGetSqlInfo,
        request: Request<FlightDescriptor>,
    ) -> Info {
        own_ticket(sql_info_schema(), &command, request)
    }

    async fn get_flight_info_primary_keys(
        &self,
        command: CommandGetPrimaryKeys,
        request: Request<FlightDescriptor>,
    ) -> Info {
        own_ticket(&primary_keys().schema(), &command, request)
    }

    async fn get_flight_info_exported_keys(
        &self,
        command: CommandGetExportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Info {
        own_ticket(&foreign_keys().schema(), &command, request)
    }

    async fn get_flight_info_imported_keys(
        &self,
        command: CommandGetImportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Info {
        own_ticket(&foreign_keys().schema(), &command, request)
    }

    async fn get_flight_info_cross_reference(
        &self,
        command: CommandGetCrossReference,
        request: Request<FlightDescriptor>,
    ) -> Info {
        own_ticket(&foreign_keys().schema(), &command, request)
    }

    async fn get_flight_info_xdbc_type_info(
        &self,
        command: CommandGetXdbcTypeInfo,
        request: Request<FlightDescriptor>,
    ) -> Info {
        own_ticket(&xdbc_types(&command)?.schema(), &command, request)
    }

    async fn get_flight_info_fallback(
        &self,
        command: Command,
        _: Request<FlightDescriptor>,
    ) -> Info {
        let call = command.type_url();
        Err(not_offered(msg::FlightCommandUnsupported { call }))
    }

    async fn do_get_statement(
        &self,
        ticket: TicketStatementQuery,
        request: Request<Ticket>,
    ) -> Rows<T> {
        let permit = permit(&request)?;
        let ticket = QueryTicket::read(&ticket.statement_handle).map_err(failed)?;
        self.run(&permit, ticket).await
    }

    /// The tickets of prepared statements are those of other statements, too, so that the audit log has the SQL.
    async fn do_get_prepared_statement(
        &self,
        _: CommandPreparedStatementQuery,
        _: Request<Ticket>,
    ) -> Rows<T> {
        Err(failed(invalid(msg::FlightTicketMalformed)))
    }

    async fn do_get_catalogs(&self, _: CommandGetCatalogs, request: Request<Ticket>) -> Rows<T> {
        let mine = self.tables(&permit(&request)?);
        let listed = names(&mine, &Filter::default(), |name| name.catalog).await;
        Ok(of_batch(catalogs(listed.map_err(failed)?)?))
    }

    async fn do_get_schemas(
        &self,
        command: CommandGetDbSchemas,
        request: Request<Ticket>,
    ) -> Rows<T> {
        let mine = self.tables(&permit(&request)?);
        let filter = Filter::of_schemas(command).map_err(failed)?;
        let listed = names(&mine, &filter, |name| (name.catalog, name.schema)).await;
        Ok(of_batch(schemas(listed.map_err(failed)?)?))
    }

    async fn do_get_tables(&self, command: CommandGetTables, request: Request<Ticket>) -> Rows<T> {
        let mine = self.tables(&permit(&request)?);
        let with_schema = command.include_schema;
        let filter = Filter::of_tables(command).map_err(failed)?;
        let listed = names(&mine, &filter, |name| name).await.map_err(failed)?;
        let batches = tables(mine, listed, with_schema);
        Ok(of_batches(tables_schema(with_schema), batches))
    }

    async fn do_get_table_types(&self, _: CommandGetTableTypes, _: Request<Ticket>) -> Rows<T> {
        Ok(of_batch(table_types()?))
    }

    async fn do_get_sql_info(&self, command: CommandGetSqlInfo, _: Request<Ticket>) -> Rows<T> {
        Ok(of_batch(sql_info(&command.info)?))
    }

    async fn do_get_primary_keys(&self, _: CommandGetPrimaryKeys, _: Request<Ticket>) -> Rows<T> {
        Ok(of_batch(primary_keys()))
    }

    async fn do_get_exported_keys(&self, _: CommandGetExportedKeys, _: Request<Ticket>) -> Rows<T> {
        Ok(of_batch(foreign_keys()))
    }

    async fn do_get_imported_keys(&self, _: CommandGetImportedKeys, _: Request<Ticket>) -> Rows<T> {
        Ok(of_batch(foreign_keys()))
    }

    async fn do_get_cross_reference(
        &self,
        _: CommandGetCrossReference,
        _: Request<Ticket>,
    ) -> Rows<T> {
        Ok(of_batch(foreign_keys()))
    }

    async fn do_get_xdbc_type_info(
        &self,
        command: CommandGetXdbcTypeInfo,
        _: Request<Ticket>,
    ) -> Rows<T> {
        Ok(of_batch(xdbc_types(&command)?))
    }

    async fn do_get_fallback(&self, _: Request<Ticket>, _: Any) -> Rows<T> {
        Err(failed(invalid(msg::FlightTicketMalformed)))
    }

    async fn do_put_prepared_statement_query(
        &self,
        command: CommandPreparedStatementQuery,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<DoPutPreparedStatementResult, Status> {
        let permit = permit(&request)?;
        let handle = command.prepared_statement_handle;
        // Before anything is read for it.
        self.ready(&permit, &handle).map_err(failed)?;
        let values = parameters::read(request.into_inner()).await;
        let bound = values.and_then(|values| self.bind(&permit, &handle, values));
        bound.map_err(failed)?;
        Ok(DoPutPreparedStatementResult {
            prepared_statement_handle: Some(handle),
        })
    }

    async fn do_put_statement_update(
        &self,
        _: CommandStatementUpdate,
        _: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        Err(not_offered(msg::FlightUpdatesUnsupported))
    }

    async fn do_put_prepared_statement_update(
        &self,
        _: CommandPreparedStatementUpdate,
        _: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        Err(not_offered(msg::FlightUpdatesUnsupported))
    }

    async fn do_put_statement_ingest(
        &self,
        _: CommandStatementIngest,
        _: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        Err(not_offered(msg::FlightUpdatesUnsupported))
    }

    async fn do_put_substrait_plan(
        &self,
        _: CommandStatementSubstraitPlan,
        _: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        Err(not_offered(msg::FlightSubstraitUnsupported))
    }

    async fn do_put_fallback(
        &self,
        _: Request<PeekableFlightDataStream>,
        command: Any,
    ) -> Result<Response<<Self as FlightService>::DoPutStream>, Status> {
        let call = &command.type_url;
        Err(not_offered(msg::FlightCommandUnsupported { call }))
    }

    async fn do_put_error_callback(
        &self,
        _: Request<PeekableFlightDataStream>,
        _: DoPutError,
    ) -> Result<Response<<Self as FlightService>::DoPutStream>, Status> {
        Err(failed(invalid(msg::FlightDescriptorMissing)))
    }

    async fn do_action_create_prepared_statement(
        &self,
        command: ActionCreatePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        let permit = permit(&request)?;
        alone(command.transaction_id.as_ref())?;
        let prepared = self.prepare(&permit, command.query).await;
        let (id, planned) = prepared.map_err(failed)?;
        Ok(ActionCreatePreparedStatementResult {
            prepared_statement_handle: Bytes::copy_from_slice(&id),
            dataset_schema: schema_message(&planned.schema)?,
            parameter_schema: schema_message(&planned.parameters)?,
        })
    }

    async fn do_action_close_prepared_statement(
        &self,
        command: ActionClosePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<(), Status> {
        self.close(&permit(&request)?, &command.prepared_statement_handle);
        Ok(())
    }

    async fn do_action_create_prepared_substrait_plan(
        &self,
        _: ActionCreatePreparedSubstraitPlanRequest,
        _: Request<Action>,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        Err(not_offered(msg::FlightSubstraitUnsupported))
    }

    async fn do_action_begin_transaction(
        &self,
        _: ActionBeginTransactionRequest,
        _: Request<Action>,
    ) -> Result<ActionBeginTransactionResult, Status> {
        Err(not_offered(msg::FlightTransactionsUnsupported))
    }

    async fn do_action_end_transaction(
        &self,
        _: ActionEndTransactionRequest,
        _: Request<Action>,
    ) -> Result<(), Status> {
        Err(not_offered(msg::FlightTransactionsUnsupported))
    }

    async fn do_action_begin_savepoint(
        &self,
        _: ActionBeginSavepointRequest,
        _: Request<Action>,
    ) -> Result<ActionBeginSavepointResult, Status> {
        Err(not_offered(msg::FlightTransactionsUnsupported))
    }

    async fn do_action_end_savepoint(
        &self,
        _: ActionEndSavepointRequest,
        _: Request<Action>,
    ) -> Result<(), Status> {
        Err(not_offered(msg::FlightTransactionsUnsupported))
    }

    async fn do_action_cancel_query(
        &self,
        command: ActionCancelQueryRequest,
        request: Request<Action>,
    ) -> Result<ActionCancelQueryResult, Status> {
        let permit = permit(&request)?;
        let is_cancelled = self.cancel(&permit, command.info).map_err(failed)?;
        // The numbers of `CancelResult`, which is not public, are those of `CancelStatus`.
        Ok(ActionCancelQueryResult {
            result: cancel_status(is_cancelled).into(),
        })
    }

    async fn do_action_fallback(
        &self,
        request: Request<Action>,
    ) -> Result<Response<<Self as FlightService>::DoActionStream>, Status> {
        let permit = permit(&request)?;
        let action = request.into_inner();
        if action.r#type != CANCEL_FLIGHT_INFO {
            let call = &action.r#type;
            return Err(not_offered(msg::FlightCommandUnsupported { call }));
        }
        let info = info::of_request(action.body);
        let info = info.ok_or_else(|| failed(invalid(msg::FlightTicketMalformed)))?;
        let is_cancelled = self.cancel(&permit, info).map_err(failed)?;
        let result = CancelFlightInfoResult::new(cancel_status(is_cancelled));
        let result = arrow_flight::Result::new(result.encode_to_vec());
        Ok(Response::new(Box::pin(stream::iter([Ok(result)]))))
    }

    /// The capabilities of the node are fixed.
    async fn register_sql_info(&self, _: i32, _: &SqlInfo) {}
}

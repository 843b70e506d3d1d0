//! The statement of a query: parsed, and with the tables that it names.

use std::ops::ControlFlow;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_query::{DEFAULT_CATALOG, TableName};
use datafusion::common::TableReference;
use datafusion::execution::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Statement as SqlStatement, Value, VisitMut, VisitorMut,
};

use crate::failure::failure;

/// Parses one statement that reads. Parameters may be `?`, too, which are numbered in their order.
///
/// # Errors
///
/// `INVALID_ARGUMENT`.
pub(crate) fn parse(state: &SessionState, sql: &str) -> Result<Statement> {
    let dialect = state.config().options().sql_parser.dialect;
    let statement = state.sql_to_statement(sql, &dialect);
    let mut statement = statement.map_err(|error| failure(&error))?;
    let query = reading(&mut statement)
        .ok_or_else(|| Error::new(ErrorCode::InvalidArgument, msg::QueryNotReading))?;
    let _ = query.visit(&mut Numbered(0));
    Ok(statement)
}

/// The names of the tables of a statement, each once; functions that make tables are none.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a name of one part.
pub(crate) fn tables(state: &SessionState, statement: &Statement) -> Result<Vec<TableName>> {
    let references = state.resolve_table_references(statement);
    let references = references.map_err(|error| failure(&error))?;
    let functions = state.table_functions();
    let is_function = |reference: &TableReference| match reference {
        TableReference::Bare { table } => functions.contains_key(&**table),
        _ => false,
    };
    let references = references.into_iter().filter(|one| !is_function(one));
    let names: Result<Vec<TableName>> = references.map(name).collect();
    let mut names = names?;
    names.sort();
    names.dedup();
    Ok(names)
}

fn name(reference: TableReference) -> Result<TableName> {
    let (catalog, schema, table) = match reference {
        TableReference::Full {
            catalog,
            schema,
            table,
        } => (catalog.to_string(), schema, table),
        TableReference::Partial { schema, table } => (DEFAULT_CATALOG.to_owned(), schema, table),
        TableReference::Bare { table } => {
            let table = table.to_string();
            return Err(Error::new(
                ErrorCode::InvalidArgument,
                msg::QueryTableBare { table },
            ));
        }
    };
    Ok(TableName {
        catalog,
        schema: schema.to_string(),
        table: table.to_string(),
    })
}

/// The query of a statement; `None` if it does anything but read.
fn reading(statement: &mut Statement) -> Option<&mut SqlStatement> {
    match statement {
        Statement::Statement(query) => match &mut **query {
            query @ SqlStatement::Query(_) => Some(query),
            SqlStatement::Explain { statement, .. } => match &mut **statement {
                query @ SqlStatement::Query(_) => Some(query),
                _ => None,
            },
            _ => None,
        },
        Statement::Explain(explained) => reading(&mut explained.statement),
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => None,
    }
}

/// Numbers the parameters that are written `?`.
struct Numbered(usize);

impl VisitorMut for Numbered {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Value(value) = expr
            && let Value::Placeholder(name) = &mut value.value
            && name == "?"
        {
            self.0 += 1;
            *name = format!("${}", self.0);
        }
        ControlFlow::Continue(())
    }
}

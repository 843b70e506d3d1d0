//! Catalogs, schemas and tables, from the list of the caller's tables.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_flight::sql::metadata::{GetCatalogsBuilder, GetDbSchemasBuilder, GetTablesBuilder};
use arrow_flight::sql::{CommandGetDbSchemas, CommandGetTables};
use arrow_schema::{Schema, SchemaRef};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_query::{TableName, Tables};
use futures_util::{Stream, stream};
use tonic::Status;

use super::types::TABLE;
use crate::failure::{failed, not_encoded};
use crate::pattern::Pattern;

/// Maximum number of tables, or of distinct names, of one answer.
const MAX_NAMES: usize = 100_000;
/// Number of names that are read at a time.
const PAGE: usize = 1_000;
/// Number of tables of one batch. The columns of so many are in memory at a time.
const TABLES_OF_A_BATCH: usize = 200;
/// The key of a table's metadata with the reason why its columns are unknown.
const REASON: &str = "chengji.error";

/// The tables that a call asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    catalog: Option<String>,
    schema: Option<Pattern>,
    table: Option<Pattern>,
    /// True if none of the types asked for exists.
    is_of_no_type: bool,
}

impl Filter {
    /// Errors: `LIMIT_EXCEEDED` for a pattern that is too long.
    pub(crate) fn of_schemas(command: CommandGetDbSchemas) -> Result<Self> {
        Ok(Self {
            catalog: command.catalog,
            schema: pattern(command.db_schema_filter_pattern)?,
            ..Self::default()
        })
    }

    /// Errors: `LIMIT_EXCEEDED` for a pattern that is too long.
    pub(crate) fn of_tables(command: CommandGetTables) -> Result<Self> {
        let types = &command.table_types;
        Ok(Self {
            is_of_no_type: !types.is_empty() && !types.iter().any(|known| known == TABLE),
            catalog: command.catalog,
            schema: pattern(command.db_schema_filter_pattern)?,
            table: pattern(command.table_name_filter_pattern)?,
        })
    }

    /// No table is without a catalog: an empty name of one matches nothing.
    fn admits(&self, name: &TableName) -> bool {
        let matches = |pattern: &Option<Pattern>, text: &str| {
            (pattern.as_ref()).is_none_or(|pattern| pattern.matches(text))
        };
        !self.is_of_no_type
            && (self.catalog.as_ref()).is_none_or(|catalog| *catalog == name.catalog)
            && matches(&self.schema, &name.schema)
            && matches(&self.table, &name.table)
    }
}

fn pattern(text: Option<String>) -> Result<Option<Pattern>> {
    text.as_deref().map(Pattern::parse).transpose()
}

/// The names that the filter admits, as `of` sees them, each once and in order.
///
/// # Errors
///
/// Those of the tables; `LIMIT_EXCEEDED` where there are too many.
pub(crate) async fn names<N: Ord + Send>(
    tables: &impl Tables,
    filter: &Filter,
    of: impl Fn(TableName) -> N + Send,
) -> Result<BTreeSet<N>> {
    let mut found = BTreeSet::new();
    let mut after: Option<TableName> = None;
    loop {
        let page = tables.list(after.as_ref(), PAGE).await?;
        // A list that does not go on would never end.
        let next = page.last().filter(|last| Some(*last) > after.as_ref());
        let Some(next) = next.cloned() else {
            return Ok(found);
        };
        found.extend(page.into_iter().filter(|name| filter.admits(name)).map(&of));
        if found.len() > MAX_NAMES {
            let message = msg::FlightTooManyTables { most: MAX_NAMES };
            return Err(Error::new(ErrorCode::LimitExceeded, message));
        }
        after = Some(next);
    }
}

/// The columns of the answer to `CommandGetCatalogs`.
pub(crate) fn catalogs_schema() -> SchemaRef {
    GetCatalogsBuilder::new().schema()
}

/// The answer to `CommandGetCatalogs`.
pub(crate) fn catalogs(names: BTreeSet<String>) -> Result<RecordBatch, Status> {
    let mut rows = GetCatalogsBuilder::new();
    for catalog in names {
        rows.append(catalog);
    }
    rows.build().map_err(not_encoded)
}

/// The columns of the answer to `CommandGetDbSchemas`.
pub(crate) fn schemas_schema() -> SchemaRef {
    GetDbSchemasBuilder::new(None::<String>, None::<String>).schema()
}

/// The answer to `CommandGetDbSchemas`: catalogs and their schemas.
pub(crate) fn schemas(names: BTreeSet<(String, String)>) -> Result<RecordBatch, Status> {
    let mut rows = GetDbSchemasBuilder::new(None::<String>, None::<String>);
    for (catalog, schema) in names {
        rows.append(catalog, schema);
    }
    rows.build().map_err(not_encoded)
}

/// The rows of `CommandGetTables`; what was asked for is filtered before.
fn rows(with_schema: bool) -> GetTablesBuilder {
    let (all, types) = (None::<String>, Vec::<String>::new());
    GetTablesBuilder::new(all.clone(), all.clone(), all, types, with_schema)
}

/// The columns of the answer to `CommandGetTables`.
pub(crate) fn tables_schema(with_schema: bool) -> SchemaRef {
    rows(with_schema).schema()
}

/// The answer to `CommandGetTables`. The columns of each table are asked for when its batch is taken.
pub(crate) fn tables<T: Tables + 'static>(
    tables: T,
    names: BTreeSet<TableName>,
    with_schema: bool,
) -> impl Stream<Item = Result<RecordBatch, Status>> + Send + 'static {
    let names = names.into_iter();
    stream::try_unfold((tables, names), move |(tables, mut names)| async move {
        let some: Vec<TableName> = names.by_ref().take(TABLES_OF_A_BATCH).collect();
        if some.is_empty() {
            return Ok(None);
        }
        let mut described = Vec::with_capacity(some.len());
        for name in some {
            let schema = match with_schema {
                true => columns(&tables, &name).await?,
                false => Some(Arc::new(Schema::empty())),
            };
            described.extend(schema.map(|schema| (name, schema)));
        }
        let batch = batch_of(&described, with_schema)?;
        Ok::<_, Status>(Some((batch, (tables, names))))
    })
}

/// The columns of a table; `None` for one that does not exist any more. One whose columns cannot be had, such as of a
/// city that is away, is listed without them and with the reason: the others must not be missing because of it.
async fn columns(tables: &impl Tables, name: &TableName) -> Result<Option<SchemaRef>, Status> {
    match tables.schema(name).await {
        Ok(schema) => Ok(Some(schema)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) if error.code() == ErrorCode::Internal => Err(failed(error)),
        Err(error) => {
            let reason = HashMap::from([(REASON.to_owned(), error.to_string())]);
            Ok(Some(Arc::new(Schema::empty().with_metadata(reason))))
        }
    }
}

fn batch_of(
    described: &[(TableName, SchemaRef)],
    with_schema: bool,
) -> Result<RecordBatch, Status> {
    let mut rows = rows(with_schema);
    for (name, schema) in described {
        rows.append(&name.catalog, &name.schema, &name.table, TABLE, schema)
            .map_err(not_encoded)?;
    }
    rows.build().map_err(not_encoded)
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;

//! The engine's session: its settings, and the tables of one query.

use std::sync::Arc;

use chengji_domain::Result;
use chengji_query::{DEFAULT_CATALOG, TableName};
use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider, TableProvider,
};
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::failure::failure;
use crate::groups::GroupsThere;

/// Creates a session whose queries take at most this memory in bytes.
///
/// # Errors
///
/// `INTERNAL` if the engine does not take the settings.
pub(crate) fn session(memory: u64) -> Result<SessionContext> {
    let create = || {
        let mut config = SessionConfig::new()
            .with_create_default_catalog_and_schema(false)
            .with_default_catalog_and_schema(DEFAULT_CATALOG, "catalogue")
            .with_information_schema(false);
        let options = config.options_mut();
        // Types that every client of Flight SQL knows.
        options.sql_parser.map_string_types_to_utf8view = false;
        options.optimizer.expand_views_at_output = true;
        let memory = usize::try_from(memory).unwrap_or(usize::MAX);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(memory)))
            .with_disk_manager_builder(
                DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled),
            )
            .build_arc()?;
        let session = SessionContext::new_with_config_rt(config, runtime);
        session.add_optimizer_rule(Arc::new(GroupsThere));
        Ok(session)
    };
    create().map_err(|error: DataFusionError| failure(&error))
}

/// Adds a table.
///
/// # Errors
///
/// `INTERNAL` if the engine does not take it.
pub(crate) fn add(
    session: &SessionContext,
    name: &TableName,
    table: Arc<dyn TableProvider>,
) -> Result<()> {
    let add = || {
        let catalog = match session.catalog(&name.catalog) {
            Some(catalog) => catalog,
            None => {
                let catalog: Arc<dyn CatalogProvider> = Arc::new(MemoryCatalogProvider::new());
                session.register_catalog(&name.catalog, Arc::clone(&catalog));
                catalog
            }
        };
        let tables = match catalog.schema(&name.schema) {
            Some(tables) => tables,
            None => {
                let tables: Arc<dyn SchemaProvider> = Arc::new(MemorySchemaProvider::new());
                catalog.register_schema(&name.schema, Arc::clone(&tables))?;
                tables
            }
        };
        tables.register_table(name.table.clone(), table)?;
        Ok(())
    };
    add().map_err(|error: DataFusionError| failure(&error))
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;

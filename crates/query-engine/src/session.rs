//! The engine's session: its settings, and the tables of one query.

use std::sync::Arc;

use chengji_domain::Result;
use chengji_query::{DEFAULT_CATALOG, TableName};
use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider, TableProvider,
};
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::failure::failure;
use crate::groups::GroupsThere;
use crate::spill::Spill;

/// The divisor of the memory for what all sorts together may keep aside for merging their rows.
const MERGING: usize = 4;

/// Minimum number of partitions: with one, the engine joins by hash tables only, which have to fit into the memory.
const MIN_PARTITIONS: usize = 2;

/// Creates a session whose queries take at most this memory in bytes, and keep the rest of their rows on disk.
///
/// # Errors
///
/// `INTERNAL` if the engine does not take the settings.
pub(crate) fn session(memory: u64, spill: &Arc<Spill>) -> Result<SessionContext> {
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
        let execution = &mut options.execution;
        execution.target_partitions = execution.target_partitions.max(MIN_PARTITIONS);
        let merging = memory / MERGING / execution.target_partitions;
        execution.sort_spill_reservation_bytes =
            execution.sort_spill_reservation_bytes.min(merging);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(memory)))
            .with_disk_manager_builder(
                DiskManagerBuilder::default().with_temp_file_factory(spill.files()),
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

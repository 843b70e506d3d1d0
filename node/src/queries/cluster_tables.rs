//! The tables of the catalog `cluster`, which is that of names without one: the directory, the city's requests, the rate.

use std::path::Path;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use chengji_domain::Result;
use chengji_query::{DEFAULT_CATALOG, TableContent, TableName};
use chengji_runtime::{off_thread, off_thread_while_awaited};

use super::query_parts::QueryParts;
use super::row_file::{MAX_BYTES, RowFile};
use super::rows::{self, Column};
use super::{directory_rows, rate_rows, request_rows};
use crate::caller::Caller;
use crate::directory::NodeDirectoryService;

/// A table of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClusterTable {
    /// The published entries of all cities.
    Entries,
    /// The requests of the own city.
    Requests,
    /// The sharing rate of each city.
    Rates,
}

impl ClusterTable {
    /// All tables, in order of their names.
    pub(super) const ALL: [Self; 3] = [Self::Entries, Self::Requests, Self::Rates];

    /// The name in queries.
    pub(super) fn name(self) -> TableName {
        let (schema, table) = match self {
            Self::Entries => ("catalogue", "entries"),
            Self::Requests => ("catalogue", "requests"),
            Self::Rates => ("rate", "cities"),
        };
        TableName {
            catalog: DEFAULT_CATALOG.to_owned(),
            schema: schema.to_owned(),
            table: table.to_owned(),
        }
    }

    /// The table of this name.
    pub(super) fn find(name: &TableName) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == *name)
    }

    /// Its columns.
    pub(super) fn schema(self) -> SchemaRef {
        rows::schema(self.columns())
    }

    /// Writes its content for a caller, in the call of this id.
    ///
    /// # Errors
    ///
    /// `PEER_UNAVAILABLE` where the coordinator is asked and away; `LIMIT_EXCEEDED` for a table that is too large;
    /// `STORAGE_FULL`, `MISCONFIGURED` if it cannot be written.
    pub(super) async fn content(
        self,
        parts: &QueryParts,
        (caller, call): (&Caller, &str),
    ) -> Result<TableContent> {
        let folder = Arc::clone(&parts.folder);
        let file = match self {
            Self::Entries => {
                let file = self.own_entries(parts, folder).await?;
                let (directory, city) = (directory(parts), parts.own.city);
                directory_rows::write_others(&directory, city, call, file).await?
            }
            Self::Requests => self.requests(parts, caller.clone(), folder).await?,
            Self::Rates => {
                let file = off_thread(move || self.begin(&folder)).await?;
                rate_rows::write(&directory(parts), call, file).await?
            }
        };
        off_thread(move || file.finish()).await
    }

    async fn own_entries(self, parts: &QueryParts, folder: Arc<Path>) -> Result<RowFile> {
        let own = parts.own.clone();
        off_thread_while_awaited(move |awaited| {
            let mut file = self.begin(&folder)?;
            let kv = own.ledger.kv().as_ref();
            directory_rows::write_own(kv, own.city, &mut file, awaited)?;
            Ok(file)
        })
        .await
    }

    async fn requests(
        self,
        parts: &QueryParts,
        caller: Caller,
        folder: Arc<Path>,
    ) -> Result<RowFile> {
        let own = parts.own.clone();
        off_thread_while_awaited(move |awaited| {
            let mut file = self.begin(&folder)?;
            request_rows::write(&own, (&caller, own.now()), &mut file, awaited)?;
            Ok(file)
        })
        .await
    }

    fn begin(self, folder: &Path) -> Result<RowFile> {
        RowFile::create(folder, self.columns(), MAX_BYTES)
    }

    fn columns(self) -> &'static [Column] {
        match self {
            Self::Entries => directory_rows::COLUMNS,
            Self::Requests => request_rows::COLUMNS,
            Self::Rates => rate_rows::COLUMNS,
        }
    }
}

/// The coordinator, asked as for people.
fn directory(parts: &QueryParts) -> NodeDirectoryService {
    NodeDirectoryService {
        coordinator: parts.cluster.coordinator.clone(),
        lease: parts.cluster.lease.clone(),
        clock: parts.own.clock.clone(),
    }
}

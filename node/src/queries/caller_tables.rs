//! The tables that one caller may query.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::SchemaRef;
use chengji_domain::Result;
use chengji_domain::request::RequestId;
use chengji_query::{TableContent, TableName, Tables};
use chengji_runtime::off_thread;
use chengji_transport::Permit;

use super::cluster_tables::ClusterTable;
use super::granted::{self, GRANTED, unknown};
use super::query_parts::QueryParts;
use super::row_file::{MAX_BYTES, unnamed_file};
use crate::caller::Caller;
use crate::delivery::computed_rows::ComputedFile;
use crate::delivery::granted_table::GrantedTable;

/// The tables that one caller may query in one call.
pub struct CallerTables {
    parts: QueryParts,
    caller: Caller,
    /// The id of the call.
    call: String,
    /// The granted tables that were opened, by their names.
    opened: Mutex<HashMap<TableName, GrantedTable>>,
}

impl CallerTables {
    /// The tables of the caller with this permit.
    pub fn new(parts: QueryParts, permit: &Permit) -> Self {
        let call = permit.request_id().to_owned();
        Self::of(parts, Caller::of(permit), call)
    }

    fn of(parts: QueryParts, caller: Caller, call: String) -> Self {
        Self {
            parts,
            caller,
            call,
            opened: Mutex::default(),
        }
    }

    /// The caller and the id of its call.
    fn by(&self) -> (&Caller, &str) {
        (&self.caller, &self.call)
    }

    /// The names of granted tables after this one, or of all; at most `limit`.
    async fn granted_names(
        &self,
        after: Option<&TableName>,
        limit: usize,
    ) -> Result<Vec<TableName>> {
        let after = match after {
            Some(after) if after.catalog.as_str() > GRANTED => return Ok(Vec::new()),
            Some(after) if after.catalog == GRANTED => {
                Some((after.schema.clone(), after.table.clone()))
            }
            Some(_) | None => None,
        };
        let (own, caller) = (self.parts.own.clone(), self.caller.clone());
        off_thread(move || granted::names(&own, (&caller, own.now()), after, limit)).await
    }

    /// The rows of a query of a granted table, which its provider computes.
    async fn computed(
        &self,
        name: &TableName,
        request: RequestId,
        query: &[u8],
    ) -> Result<TableContent> {
        let folder = Arc::clone(&self.parts.folder);
        let file = off_thread(move || unnamed_file(&folder)).await?;
        let into = ComputedFile::new(file, &self.parts.folder, MAX_BYTES);
        let deliveries = &self.parts.deliveries;
        let computed = deliveries.computed(self.by(), request, query, into).await?;
        self.opened_now(name, computed.granted);
        Ok(TableContent {
            file: computed.file,
            bytes: computed.bytes,
            rows: computed.rows,
        })
    }

    /// Remembers the grant of a table that was opened: the first one, where several queries of it are computed. A query
    /// that has rows of a part that was granted before ends.
    fn opened_now(&self, name: &TableName, granted: GrantedTable) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.entry(name.clone()).or_insert(granted);
    }

    /// The request of the granted table with this name.
    fn request(&self, name: &TableName) -> Result<RequestId> {
        if name.catalog != GRANTED {
            return Err(unknown(name));
        }
        let own = &self.parts.own;
        granted::resolve(own, (&self.caller, own.now()), name)
    }
}

impl Tables for CallerTables {
    async fn list(&self, after: Option<&TableName>, limit: usize) -> Result<Vec<TableName>> {
        let of_cluster = ClusterTable::ALL.into_iter().map(ClusterTable::name);
        let rest = of_cluster.filter(|name| after.is_none_or(|after| name > after));
        let mut names: Vec<TableName> = rest.take(limit).collect();
        if names.len() < limit {
            let left = limit - names.len();
            names.extend(self.granted_names(after, left).await?);
        }
        Ok(names)
    }

    async fn schema(&self, name: &TableName) -> Result<SchemaRef> {
        if let Some(table) = ClusterTable::find(name) {
            return Ok(table.schema());
        }
        let request = self.request(name)?;
        self.parts.deliveries.table_schema(self.by(), request).await
    }

    async fn remote_name(&self, name: &TableName) -> Result<Option<String>> {
        if ClusterTable::find(name).is_some() {
            return Ok(None);
        }
        let (request, parts) = (self.request(name)?, &self.parts);
        let is_there =
            parts
                .deliveries
                .is_computed_there(&self.caller, request, parts.fetch_up_to)?;
        Ok(is_there.then(|| request.to_string()))
    }

    async fn open(&self, name: &TableName, query: Option<&[u8]>) -> Result<TableContent> {
        if let Some(table) = ClusterTable::find(name) {
            return table.content(&self.parts, self.by()).await;
        }
        let (request, keep) = (self.request(name)?, self.parts.keep);
        if let Some(query) = query {
            return self.computed(name, request, query).await;
        }
        let received = self
            .parts
            .deliveries
            .table(self.by(), request, keep)
            .await?;
        self.opened_now(name, received.granted);
        Ok(TableContent {
            file: received.file,
            bytes: received.bytes,
            rows: received.rows,
        })
    }

    async fn open_here(&self, name: &TableName) -> Result<Option<TableContent>> {
        // Rows of the cluster are asked of the coordinator.
        if ClusterTable::find(name).is_some() {
            return Ok(None);
        }
        let (request, keep) = (self.request(name)?, self.parts.keep);
        let deliveries = &self.parts.deliveries;
        let received = deliveries.table_here(&self.caller, request, keep).await?;
        Ok(received.map(|received| {
            self.opened_now(name, received.granted);
            TableContent {
                file: received.file,
                bytes: received.bytes,
                rows: received.rows,
            }
        }))
    }

    fn still(&self, names: &[TableName]) -> Result<()> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let tables = names.iter().filter_map(|name| opened.get(name));
        let tables: Vec<GrantedTable> = tables.cloned().collect();
        drop(opened);
        tables.iter().try_for_each(|table| {
            let deliveries = &self.parts.deliveries;
            deliveries.check_still_granted(&self.caller, table)
        })
    }
}

#[cfg(test)]
#[path = "caller_tables_tests.rs"]
mod tests;

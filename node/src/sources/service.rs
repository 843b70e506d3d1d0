//! The source service.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use chengji_domain::table::{SourceName, TableAddress};
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_messages::msg;
use chengji_paging::{Pager, is_one_answer};
use chengji_proto::convert::{
    PreviewQuery, ScopeTexts, SourceObservation, TableDescription, TablePreview, comment_to,
    declared_source_to, source_name_from, table_description_to, table_preview_to,
};
use chengji_proto::service::{Page, SourceService};
use chengji_proto::v1;
use chengji_runtime::{Awaited, off_thread_while_awaited};
use chengji_scope::{Cut, Proposal, words};
use chengji_sources::{GoOn, Source, Sources, TableInfo, preview};
use chengji_transport::{Permit, Turns};

/// Maximum time a call waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum number of calls that read sources at once.
const READERS: usize = 2;

/// Serves [`SourceService`].
#[derive(Clone)]
pub(crate) struct NodeSourceService {
    /// The declared sources.
    pub(crate) sources: Sources,
    /// Concurrency limit of calls that read a source.
    pub(crate) turns: Arc<Turns>,
}

/// The concurrency limit for reading sources.
pub(crate) fn turns() -> Arc<Turns> {
    Turns::new(msg::WorkSources, 1, 1, READERS)
}

impl SourceService<Permit> for NodeSourceService {
    async fn list_sources(
        &self,
        _: Permit,
        asked: v1::ListSourcesRequest,
    ) -> Result<Page<v1::DeclaredSource>> {
        self.declared(&asked)
    }

    async fn check_source(
        &self,
        permit: Permit,
        name: SourceName,
    ) -> Result<Vec<SourceObservation>> {
        self.check(permit.principal(), name).await
    }

    async fn list_tables(
        &self,
        permit: Permit,
        asked: v1::ListTablesRequest,
    ) -> Result<Page<v1::SourceTable>> {
        let name = source_name_from(&asked.source)?;
        self.read(permit.principal(), &name, move |source, go_on| {
            tables(source, &asked, go_on)
        })
        .await
    }

    async fn describe_table(
        &self,
        permit: Permit,
        address: TableAddress,
    ) -> Result<TableDescription> {
        self.describe(permit.principal(), address).await
    }

    async fn preview_table(&self, permit: Permit, query: PreviewQuery) -> Result<TablePreview> {
        self.preview(permit.principal(), query).await
    }
}

impl NodeSourceService {
    pub(super) fn declared(
        &self,
        asked: &v1::ListSourcesRequest,
    ) -> Result<Page<v1::DeclaredSource>> {
        let pager = Pager::<String>::of(asked)?;
        let sources = self.sources.iter();
        let rows = sources.map(|(name, source)| Ok((name.to_string(), (name, source))));
        pager.fill(pager.rest(rows), |_, (name, source)| {
            let off_peak = self.sources.off_peak(name);
            Ok(Some(declared_source_to(name, &source.kind(), off_peak)))
        })
    }

    pub(super) async fn check(
        &self,
        caller: &Principal,
        name: SourceName,
    ) -> Result<Vec<SourceObservation>> {
        self.read(caller, &name, |source, go_on| {
            let findings = source.check(go_on)?.into_iter();
            let observations = findings.map(|finding| SourceObservation {
                is_warning: finding.is_warning,
                message: finding.message,
            });
            Ok(observations.collect())
        })
        .await
    }

    pub(super) async fn describe(
        &self,
        caller: &Principal,
        address: TableAddress,
    ) -> Result<TableDescription> {
        let name = address.source.clone();
        self.read(caller, &name, move |source, go_on| {
            described(source, address, go_on)
        })
        .await
    }

    pub(super) async fn preview(
        &self,
        caller: &Principal,
        query: PreviewQuery,
    ) -> Result<TablePreview> {
        let PreviewQuery {
            address,
            rows,
            scope,
        } = query;
        let name = address.source.clone();
        self.read(caller, &name, move |source, go_on| {
            let description = described(source, address, go_on)?;
            let mut shown = match scope {
                None => whole(source, description, rows, go_on)?,
                Some(texts) => within(source, &description, rows, texts, go_on)?,
            };
            while !shown.rows.is_empty() && !is_one_answer(&table_preview_to(&shown)) {
                shown.rows.pop();
            }
            Ok(shown)
        })
        .await
    }

    /// Reads a source in the caller's turn, off the threads that serve; it ends when the caller is gone.
    async fn read<T: Send + 'static>(
        &self,
        caller: &Principal,
        name: &SourceName,
        read: impl FnOnce(&dyn Source, GoOn<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let source = self.sources.find(name)?;
        let turn = self.turns.within(TURN_TIMEOUT, caller).await?;
        // The job holds the turn, since it may outlast the call.
        off_thread_while_awaited(move |awaited: &Awaited| {
            let _turn = turn;
            read(source.as_ref(), &|| awaited.check().is_ok())
        })
        .await
    }
}

/// The first rows of a table as it is.
fn whole(
    source: &dyn Source,
    description: TableDescription,
    rows: usize,
    go_on: GoOn<'_>,
) -> Result<TablePreview> {
    let TableDescription { address, schema } = description;
    let columns = schema.columns.into_iter().map(|column| column.name);
    Ok(TablePreview {
        columns: columns.collect(),
        rows: preview(source, &address.table, rows, None, go_on)?,
        scope: Vec::new(),
    })
}

/// The first rows of a table as a grant of a scope would let them pass. Hashes are by a salt of their own, so that they
/// match those of no grant.
fn within(
    source: &dyn Source,
    description: &TableDescription,
    rows: usize,
    texts: ScopeTexts,
    go_on: GoOn<'_>,
) -> Result<TablePreview> {
    let TableDescription { address, schema } = description;
    let proposal = Proposal {
        columns: texts.columns,
        condition: texts.condition,
        masks: texts.masks,
        row_limit: texts.row_limit,
    };
    let scope = proposal.scope(schema)?;
    let arrow_schema = source.arrow_schema(&address.table, go_on)?;
    let salt: [u8; 32] = rand::random();
    let mut cut = Cut::new(&scope, schema, &arrow_schema, &salt)?;
    let cut_schema = cut.schema();
    let columns = cut_schema.fields().iter().map(|field| field.name().clone());
    let most = usize::try_from(scope.row_limit.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let mut passed = |batch: RecordBatch| cut.of(&batch);
    let rows = rows.min(most);
    Ok(TablePreview {
        columns: columns.collect(),
        rows: preview(source, &address.table, rows, Some(&mut passed), go_on)?,
        scope: words(&scope),
    })
}

/// A page of the tables of a source.
pub(super) fn tables(
    source: &dyn Source,
    asked: &v1::ListTablesRequest,
    go_on: GoOn<'_>,
) -> Result<Page<v1::SourceTable>> {
    let pager = Pager::<String>::of(asked)?;
    let after = pager.after().map(String::as_str);
    // One more shows whether there is a next page.
    let tables = source.tables(after, pager.size() + 1, go_on)?;
    let rows = tables
        .into_iter()
        .map(|table| Ok((table.name.clone(), table)));
    pager.fill(rows, |_, table| Ok(Some(table_to(table))))
}

fn table_to(table: TableInfo) -> v1::SourceTable {
    v1::SourceTable {
        name: table.name,
        is_view: table.is_view,
        rows: table.rows,
        comment: comment_to(&table.comment),
    }
}

/// The description of a table, which has to be one answer.
fn described(
    source: &dyn Source,
    address: TableAddress,
    go_on: GoOn<'_>,
) -> Result<TableDescription> {
    let schema = source.schema(&address.table, go_on)?;
    let description = TableDescription { address, schema };
    if is_one_answer(&table_description_to(&description)) {
        return Ok(description);
    }
    let message = msg::TableTooWide {
        columns: description.schema.columns.len(),
        table: description.address.to_string(),
    };
    Err(Error::new(ErrorCode::LimitExceeded, message))
}

//! A table whose queries another node computes: this node reads the rows of the queries.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use chengji_substrait::{Column, Output, TableQuery, encode};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column as PhysicalColumn;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;

use crate::contents::Contents;
use crate::filters::{all_of, expression};
use crate::literals::ill_typed;
use crate::scan::TableScan;

/// A table at another node.
#[derive(Debug)]
pub(crate) struct RemoteTable {
    /// Its number among those of the statement.
    pub(crate) number: u32,
    /// Its name at the other node.
    name: String,
    pub(crate) schema: SchemaRef,
    pub(crate) contents: Arc<Contents>,
}

impl RemoteTable {
    /// A table with these columns; `None` if a query of it cannot be handed over, for a type that has no name there.
    pub(crate) fn new(
        number: u32,
        name: &str,
        schema: &SchemaRef,
        contents: &Arc<Contents>,
    ) -> Option<Self> {
        let table = Self {
            number,
            name: name.to_owned(),
            schema: Arc::clone(schema),
            contents: Arc::clone(contents),
        };
        let all = (0..schema.fields().len()).collect();
        table.query(&[], all, None).map(|_| table)
    }

    /// The plan of the rows that meet these conditions, of each these columns; `None` if it cannot be handed over.
    fn query(
        &self,
        filters: &[&Expr],
        output: Vec<usize>,
        limit: Option<usize>,
    ) -> Option<Vec<u8>> {
        let query = self.table_query(filters, Output::Columns(output), limit)?;
        encode(&query).ok()
    }

    /// The query of the rows that meet these conditions; `None` if it cannot be handed over.
    pub(crate) fn table_query(
        &self,
        filters: &[&Expr],
        output: Output,
        limit: Option<usize>,
    ) -> Option<TableQuery> {
        let conditions = filters.iter();
        let conditions = conditions.map(|filter| expression(filter, &self.schema));
        let conditions: Option<Vec<_>> = conditions.collect();
        let columns = self.schema.fields().iter().map(|field| Column {
            name: field.name().clone(),
            data_type: field.data_type().clone(),
            is_nullable: field.is_nullable(),
        });
        let query = TableQuery::new(
            self.name.clone(),
            columns.collect(),
            all_of(conditions?),
            output,
            limit.and_then(|limit| u64::try_from(limit).ok()),
        );
        query.ok()
    }

    /// Returns true if these are all columns in their order: without conditions, the table is read rather than a query.
    fn is_whole(&self, columns: &[usize]) -> bool {
        columns.iter().copied().eq(0..self.schema.fields().len())
    }

    /// The rows, with these columns, of a query; of the table if the query is empty.
    fn rows(&self, query: Vec<u8>, columns: &[usize]) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = SchemaRef::new(self.schema.project(columns)?);
        let rows = self.contents.add(self.number, query, schema);
        TableScan::plan(&rows, None, None)
    }

    /// The rows of a query with all conditions; `None` if they cannot be handed over together.
    fn filtered_there(
        &self,
        output: &[usize],
        filters: &[&Expr],
        limit: Option<usize>,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        if filters.is_empty() && limit.is_none() && self.is_whole(output) {
            return self.rows(Vec::new(), output).map(Some);
        }
        match self.query(filters, output.to_vec(), limit) {
            Some(query) => self.rows(query, output).map(Some),
            None => Ok(None),
        }
    }

    /// The rows of a query without conditions, which are tested here.
    fn filtered_here(
        &self,
        state: &dyn Session,
        output: &[usize],
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut read = output.to_vec();
        for column in filters.iter().flat_map(Expr::column_refs) {
            let at = self.schema.index_of(&column.name)?;
            if !read.contains(&at) {
                read.push(at);
            }
        }
        let query = match self.is_whole(&read) {
            true => Some(Vec::new()),
            false => self.query(&[], read.clone(), None),
        };
        let rows = self.rows(query.ok_or_else(ill_typed)?, &read)?;
        let Some(condition) = conjunction(filters.iter().cloned()) else {
            return Ok(rows);
        };
        let columns = DFSchema::try_from(rows.schema())?;
        let condition = state.create_physical_expr(condition, &columns)?;
        Ok(Arc::new(FilterExec::try_new(condition, rows)?))
    }
}

#[async_trait::async_trait]
impl TableProvider for RemoteTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let one = |filter: &&Expr| match self.query(&[*filter], vec![0], None) {
            Some(_) => TableProviderFilterPushDown::Exact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(one).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let wanted = match projection {
            Some(projection) => projection.clone(),
            None => (0..self.schema.fields().len()).collect(),
        };
        // Rows without columns cannot be handed over.
        let output = match wanted.is_empty() {
            true => vec![0],
            false => wanted.clone(),
        };
        let handed_over: Vec<&Expr> = filters.iter().collect();
        let rows = match self.filtered_there(&output, &handed_over, limit)? {
            Some(rows) => rows,
            None => self.filtered_here(state, &output, filters)?,
        };
        first_columns(rows, wanted.len())
    }
}

/// The rows with their first columns only.
fn first_columns(rows: Arc<dyn ExecutionPlan>, number: usize) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = rows.schema();
    if schema.fields().len() == number {
        return Ok(rows);
    }
    let columns = schema.fields().iter().take(number).enumerate();
    let columns = columns.map(|(at, field)| {
        let column: Arc<dyn PhysicalExpr> = Arc::new(PhysicalColumn::new(field.name(), at));
        (column, field.name().clone())
    });
    Ok(Arc::new(ProjectionExec::try_new(columns, rows)?))
}

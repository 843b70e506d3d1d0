//! The reading of a table in a plan, with the size of the table, by which joins are ordered.
//!
//! Sizes are those of what the node hands over, so they say nothing of rows that the caller may not read. They are
//! estimates to the planner: no result depends on them.

use std::fmt;
use std::sync::Arc;

use arrow_schema::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, StatisticsArgs,
};

use crate::tables::{Size, TableRows};

/// A table whose rows are all handed over.
#[derive(Debug)]
pub(crate) struct WholeTable(pub(crate) Arc<TableRows>);

#[async_trait::async_trait]
impl TableProvider for WholeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.0.schema())
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        TableScan::plan(&self.0, projection, limit)
    }
}

/// The reading of a table.
#[derive(Debug)]
pub(crate) struct TableScan {
    scan: Arc<dyn ExecutionPlan>,
    rows: Arc<TableRows>,
}

impl TableScan {
    /// Reads these columns of the rows, or all of them; at most so many rows.
    ///
    /// # Errors
    ///
    /// An internal error for a column that is not there.
    pub(crate) fn plan(
        rows: &Arc<TableRows>,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (schema, partition) = (Arc::clone(rows.schema()), Arc::clone(rows));
        let scan = StreamingTableExec::try_new(
            schema,
            vec![partition as _],
            projection,
            [],
            false,
            limit,
        )?;
        Ok(Arc::new(Self {
            scan: Arc::new(scan),
            rows: Arc::clone(rows),
        }))
    }

    /// The same table, read in another way.
    fn with(&self, scan: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        let rows = Arc::clone(&self.rows);
        Arc::new(Self { scan, rows })
    }
}

impl DisplayAs for TableScan {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scan.fmt_as(kind, f)
    }
}

impl ExecutionPlan for TableScan {
    fn name(&self) -> &'static str {
        "TableScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.scan.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        self.scan.execute(partition, context)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.scan.metrics()
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let schema = self.schema();
        let unknown = Statistics::new_unknown(&schema);
        let Some(whole) = self.rows.size() else {
            return Ok(Arc::new(unknown));
        };
        let columns = (schema.fields().len(), self.rows.schema().fields().len());
        let Size { rows, bytes } = whole.of_part(self.fetch(), columns);
        let estimate =
            |number: u64| Precision::Inexact(usize::try_from(number).unwrap_or(usize::MAX));
        let known = unknown.with_num_rows(estimate(rows));
        Ok(Arc::new(known.with_total_byte_size(estimate(bytes))))
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        self.scan.with_fetch(limit).map(|scan| self.with(scan))
    }

    fn fetch(&self) -> Option<usize> {
        self.scan.fetch()
    }

    fn try_swapping_with_projection(
        &self,
        projection: &ProjectionExec,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let scan = self.scan.try_swapping_with_projection(projection)?;
        Ok(scan.map(|scan| self.with(scan)))
    }
}

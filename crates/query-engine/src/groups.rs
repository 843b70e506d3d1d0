//! Groups of the rows of a table at another node, which computes them: this node reads one row for each group.

use std::any::Any;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use chengji_substrait::{Function, Measure, Output, encode};
use datafusion::catalog::default_table_source::{provider_as_source, source_as_provider};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result};
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, LogicalPlanBuilder, TableType};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::physical_plan::ExecutionPlan;

use crate::contents::Contents;
use crate::filters::expression;
use crate::remote::RemoteTable;
use crate::scan::TableScan;

/// The groups of a table at another node.
#[derive(Debug)]
struct RemoteGroups {
    /// The number of the table among those of the statement.
    number: u32,
    /// The plan of the groups.
    query: Vec<u8>,
    /// The columns of their rows.
    schema: SchemaRef,
    contents: Arc<Contents>,
}

#[async_trait::async_trait]
impl TableProvider for RemoteGroups {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (query, schema) = (self.query.clone(), self.schema());
        let rows = self.contents.add(self.number, query, schema);
        TableScan::plan(&rows, projection, None)
    }
}

/// Replaces the groups of a table at another node by what that node computes. The rule runs after conditions were pushed
/// down to the table: if one remains between the groups and the table, it cannot be handed over, and the groups are
/// computed here.
#[derive(Debug)]
pub(crate) struct GroupsThere;

impl OptimizerRule for GroupsThere {
    fn name(&self) -> &str {
        "groups_there"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else {
            return Ok(Transformed::no(plan));
        };
        Ok(match computed_there(aggregate)? {
            Some(there) => Transformed::yes(there),
            None => Transformed::no(plan),
        })
    }
}

/// The rows of groups as the other node computes them, with the names that they have here.
fn computed_there(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    let LogicalPlan::TableScan(scan) = &*aggregate.input else {
        return Ok(None);
    };
    let Ok(provider) = source_as_provider(&scan.source) else {
        return Ok(None);
    };
    let provider: &dyn Any = &*provider;
    let Some(table) = provider.downcast_ref::<RemoteTable>() else {
        return Ok(None);
    };
    let groups = groups(table, aggregate, &scan.filters);
    let Some(groups) = groups.filter(|_| scan.fetch.is_none()) else {
        return Ok(None);
    };
    let columns = Arc::clone(&groups.schema);
    let columns = aggregate.schema.iter().zip(columns.fields());
    let columns: Vec<Expr> = columns
        .map(|((qualifier, field), there)| {
            let column = Column::new(Some(scan.table_name.clone()), there.name());
            Expr::Column(column).alias_qualified(qualifier.cloned(), field.name())
        })
        .collect();
    let groups = provider_as_source(Arc::new(groups));
    let rows = LogicalPlanBuilder::scan(scan.table_name.clone(), groups, None)?;
    rows.project(columns)?.build().map(Some)
}

/// The groups of the rows of a table that meet these conditions; `None` if they cannot be handed over.
fn groups(table: &RemoteTable, aggregate: &Aggregate, filters: &[Expr]) -> Option<RemoteGroups> {
    let schema = &table.schema;
    let by = aggregate.group_expr.iter().map(|expr| match expr {
        Expr::Column(column) => schema.index_of(&column.name).ok(),
        _ => None,
    });
    let by: Option<Vec<usize>> = by.collect();
    let by = by?;
    let results = aggregate.schema.fields().iter().skip(by.len());
    let measures = aggregate.aggr_expr.iter().zip(results);
    let measures = measures.map(|(expr, field)| measure(expr, field.data_type(), schema));
    let measures: Option<Vec<Measure>> = measures.collect();
    let grouped = by.iter().map(|at| Arc::clone(&schema.fields()[*at]));
    let mut fields: Vec<FieldRef> = grouped.collect();
    let filters: Vec<&Expr> = filters.iter().collect();
    let output = Output::Groups {
        by,
        measures: measures?,
    };
    let query = table.table_query(&filters, output, None)?;
    let measured = query.output_columns().into_iter().skip(fields.len());
    fields.extend(measured.map(|column| {
        let field = Field::new(column.name, column.data_type, column.is_nullable);
        Arc::new(field)
    }));
    Some(RemoteGroups {
        number: table.number,
        query: encode(&query).ok()?,
        schema: SchemaRef::new(Schema::new(fields)),
        contents: Arc::clone(&table.contents),
    })
}

/// A value of a group as the other node computes it; `None` if it is not one of those that may be handed over.
fn measure(expr: &Expr, data_type: &DataType, schema: &Schema) -> Option<Measure> {
    let called = match expr {
        Expr::Alias(alias) => return measure(&alias.expr, data_type, schema),
        Expr::AggregateFunction(called) => called,
        _ => return None,
    };
    let params = &called.params;
    let is_plain = !params.distinct
        && params.filter.is_none()
        && params.order_by.is_empty()
        && params.null_treatment.is_none();
    let function = match called.func.name() {
        _ if !is_plain => return None,
        "count" => Function::Count,
        "sum" => Function::Sum,
        "min" => Function::Min,
        "max" => Function::Max,
        "avg" => Function::Average,
        _ => return None,
    };
    let [argument] = params.args.as_slice() else {
        return None;
    };
    let argument = match (function, argument) {
        // All rows are counted.
        (Function::Count, Expr::Literal(value, _)) if !value.is_null() => None,
        _ => Some(expression(argument, schema)?),
    };
    Some(Measure {
        function,
        argument,
        data_type: data_type.clone(),
    })
}

//! A mounted table with the columns that it had when it was mounted. Columns that its source has added since are left
//! out, whatever their order; one that was dropped or retyped is missing.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use chengji_domain::table::{TableColumn, TableSchema, TableShape};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_records::MountedTable;
use chengji_sources::{GoOn, Source};

/// The columns of a mounted table in its source.
#[derive(Debug)]
pub(crate) struct AsMounted {
    /// The columns, in the order of the mount.
    pub(crate) schema: TableSchema,
    /// The Arrow schema of their values.
    pub(crate) arrow_schema: SchemaRef,
    /// Their positions in the source.
    positions: Vec<usize>,
}

impl AsMounted {
    /// Finds the columns. No row is read.
    ///
    /// # Errors
    ///
    /// `SOURCE_CHANGED` with the columns that differ; those of the source.
    pub(crate) fn find(source: &dyn Source, table: &MountedTable, go_on: GoOn<'_>) -> Result<Self> {
        let MountedTable { address, shape } = table;
        let found = source.schema(&address.table, go_on)?;
        let arrow_schema = source.arrow_schema(&address.table, go_on)?;
        let changed = || {
            let message = msg::MountedTableChanged {
                changes: shape.changes_to(&TableShape::from(&found)),
                table: address.to_string(),
            };
            Error::new(ErrorCode::SourceChanged, message)
        };
        // The source may have changed between the two.
        let names = arrow_schema.fields().iter().map(|field| field.name());
        if !names.eq(found.columns.iter().map(|column| &column.name)) {
            return Err(changed());
        }
        let positions = positions(shape, &found.columns).ok_or_else(changed)?;
        let columns = positions.iter().map(|at| found.columns[*at].clone());
        let schema = TableSchema {
            columns: columns.collect(),
        };
        let projected = arrow_schema.project(&positions).map_err(|_| changed())?;
        Ok(Self {
            schema,
            arrow_schema: projected.into(),
            positions,
        })
    }

    /// The columns of a batch that the source has read.
    ///
    /// # Errors
    ///
    /// `SOURCE_CHANGED` if they are not there.
    pub(crate) fn of(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        batch
            .project(&self.positions)
            .map_err(|_| Error::new(ErrorCode::SourceChanged, msg::ScopeSchemaChanged))
    }
}

/// The positions of the columns of a shape; `None` if one is not there as it was.
fn positions(shape: &TableShape, found: &[TableColumn]) -> Option<Vec<usize>> {
    let columns = shape.columns.iter().map(|wanted| {
        found.iter().position(|column| {
            column.name == wanted.name
                && column.column_type == wanted.column_type
                && column.is_nullable == wanted.is_nullable
        })
    });
    columns.collect()
}

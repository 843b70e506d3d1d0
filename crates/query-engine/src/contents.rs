//! The contents that a query reads, in the order in which the node hands them over.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::SchemaRef;
use chengji_query::dialog::Content;
use datafusion::physical_plan::streaming::PartitionStream;

use crate::tables::TableRows;

/// The contents of a query.
#[derive(Debug, Default)]
pub(crate) struct Contents(Mutex<Vec<(Content, Arc<TableRows>)>>);

impl Contents {
    /// Adds a content of the table with this number, and returns it: the rows, with these columns, of a query of the table,
    /// or all of its rows if the query is empty. A content is added once only.
    pub(crate) fn add(&self, table: u32, query: Vec<u8>, schema: SchemaRef) -> Arc<TableRows> {
        let content = Content { table, query };
        let mut contents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = contents.iter();
        let known = known.find(|(known, rows)| *known == content && *rows.schema() == schema);
        if let Some((_, rows)) = known {
            return Arc::clone(rows);
        }
        let rows = Arc::new(TableRows::new(schema));
        contents.push((content, Arc::clone(&rows)));
        rows
    }

    /// All that were added.
    pub(crate) fn all(&self) -> Vec<(Content, Arc<TableRows>)> {
        let contents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        contents.clone()
    }
}

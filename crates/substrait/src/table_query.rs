//! A query of one table.

use chengji_domain::Result;

use crate::check::check;
use crate::expression::Expression;
use crate::output::{Column, Output};

/// A query of one table, which is valid: its conditions and measures are well typed and within their bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct TableQuery {
    table: String,
    columns: Vec<Column>,
    condition: Option<Expression>,
    output: Output,
    limit: Option<u64>,
}

impl TableQuery {
    /// A query of the table with this name, as the parties call it: the number of the request that it is granted under.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` if it is not well typed, or exceeds a bound.
    pub fn new(
        table: String,
        columns: Vec<Column>,
        condition: Option<Expression>,
        output: Output,
        limit: Option<u64>,
    ) -> Result<Self> {
        check(&columns, condition.as_ref(), (&output, limit))?;
        Ok(Self {
            table,
            columns,
            condition,
            output,
            limit,
        })
    }

    /// The name of the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The columns that are read.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The condition of the rows.
    #[must_use]
    pub fn condition(&self) -> Option<&Expression> {
        self.condition.as_ref()
    }

    /// The rows.
    #[must_use]
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Maximum number of rows.
    #[must_use]
    pub fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// The columns of its rows: of those that are read, their names; of measures, `measure_0` and so on.
    #[must_use]
    pub fn output_columns(&self) -> Vec<Column> {
        self.output.columns(&self.columns)
    }
}

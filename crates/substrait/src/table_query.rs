//! A query of one table.

use arrow_schema::DataType;
use chengji_domain::Result;

use crate::check::check;
use crate::expression::Expression;

/// Maximum number of measures of a query.
pub const MAX_MEASURES: usize = 64;

/// A query of one table, which is valid: its conditions and measures are well typed and within their bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct TableQuery {
    table: String,
    columns: Vec<Column>,
    condition: Option<Expression>,
    output: Output,
    limit: Option<u64>,
}

/// A column that a query reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the table.
    pub name: String,
    /// The type of its values.
    pub data_type: DataType,
    /// Whether NULL is one of them.
    pub is_nullable: bool,
}

/// The rows that a query has.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// The rows for which the condition is true: of each the columns at these positions among those that are read.
    Columns(Vec<usize>),
    /// A row for each group of these rows with equal values in the columns at the positions `by`; without such columns
    /// one row, of all rows together.
    Groups {
        /// The columns that make the groups, which are those of the rows.
        by: Vec<usize>,
        /// The further columns of the rows.
        measures: Vec<Measure>,
    },
}

/// A value that is computed of the rows of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The function.
    pub function: Function,
    /// Its argument; `None` for the number of rows.
    pub argument: Option<Expression>,
    /// The type of its result.
    pub data_type: DataType,
}

/// A function of the rows of a group. NULLs are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// The number of values, or of rows.
    Count,
    /// The sum of numbers.
    Sum,
    /// The least value.
    Min,
    /// The greatest value.
    Max,
    /// The mean of numbers.
    Average,
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
        let query = Self {
            table,
            columns,
            condition,
            output,
            limit,
        };
        check(&query)?;
        Ok(query)
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
        let (positions, measures) = match &self.output {
            Output::Columns(positions) => (positions, &[][..]),
            Output::Groups { by, measures } => (by, &measures[..]),
        };
        let read = positions.iter().filter_map(|at| self.columns.get(*at));
        let measures = measures.iter().enumerate();
        let measures = measures.map(|(number, measure)| Column {
            name: format!("measure_{number}"),
            data_type: measure.data_type.clone(),
            is_nullable: measure.function != Function::Count,
        });
        read.cloned().chain(measures).collect()
    }
}

//! The rows that a query has.

use arrow_schema::DataType;

use crate::expression::Expression;

/// Maximum number of measures of a query.
pub const MAX_MEASURES: usize = 64;

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

impl Output {
    /// The columns of the rows, of a query that reads these columns.
    pub(crate) fn columns(&self, read: &[Column]) -> Vec<Column> {
        let none: &[Measure] = &[];
        let (positions, measures) = match self {
            Self::Columns(positions) => (positions, none),
            Self::Groups { by, measures } => (by, measures.as_slice()),
        };
        let columns = positions.iter().filter_map(|at| read.get(*at));
        let measures = measures.iter().enumerate();
        let measures = measures.map(|(number, measure)| Column {
            name: format!("measure_{number}"),
            data_type: measure.data_type.clone(),
            is_nullable: measure.function != Function::Count,
        });
        columns.cloned().chain(measures).collect()
    }
}

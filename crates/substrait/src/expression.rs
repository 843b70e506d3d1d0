//! Expressions over the columns of a table. Each has a result for every value.

use arrow_schema::DataType;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// The column at this position among those of the query.
    Column(usize),
    /// A constant.
    Literal(Literal),
    /// A comparison of two values of one type.
    Compare {
        /// The relation that they are compared by.
        comparison: Comparison,
        /// The left value.
        left: Box<Expression>,
        /// The right value.
        right: Box<Expression>,
    },
    /// All of at least two conditions.
    And(Vec<Expression>),
    /// One of at least two conditions.
    Or(Vec<Expression>),
    /// The contrary of a condition.
    Not(Box<Expression>),
    /// Whether a value is NULL.
    IsNull(Box<Expression>),
    /// Whether a value is not NULL.
    IsNotNull(Box<Expression>),
    /// Whether a value is one of at least one constant of its type.
    In {
        /// The value.
        value: Box<Expression>,
        /// The constants.
        options: Vec<Literal>,
    },
    /// Whether a text matches a pattern of SQL, with `\` as escape character.
    Like {
        /// The text.
        value: Box<Expression>,
        /// The pattern, of the same type.
        pattern: Literal,
    },
    /// A number as one of a wider type ([`widens`](crate::widens)).
    Widen {
        /// The number.
        value: Box<Expression>,
        /// The wider type.
        to: DataType,
    },
}

/// The relation of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// Its type.
    pub data_type: DataType,
    /// Its value; `None` for NULL.
    pub value: Option<Value>,
}

/// The value of a constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A truth value.
    Boolean(bool),
    /// An integer; days from 1970-01-01 of a date; a number of units from 1970-01-01 of a timestamp; a decimal number in
    /// units of its last digit.
    Integer(i128),
    /// A floating-point number.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

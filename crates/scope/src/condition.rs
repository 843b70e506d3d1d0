//! The text of row conditions: SQL as people write it, made into the tree that grants store.
//!
//! The tokens are those of SQL; the grammar is the part of it that a grant may state, and nothing else is taken. The
//! parser of a database would accept far more, as a tree without bounds, which would have to be refused again.

mod literal;
mod parser;
mod tokens;

use chengji_domain::request::terms::Condition;
use chengji_domain::table::TableSchema;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

use self::parser::Parser;
use self::tokens::tokens;

/// Maximum length of the text of a condition in bytes. The terms of a grant have 8 KiB.
const MAX_BYTES: usize = 8 * 1024;

/// Makes a condition of its SQL text: comparisons of columns with values by `=`, `<>`, `!=`, `<`, `<=`, `>`, `>=`, `IN`,
/// `BETWEEN`, `LIKE 'beginning%'` and `IS NULL`, joined by `AND`, `OR`, `NOT` and parentheses.
///
/// Columns are written as they are named, in double quotes where the name is no word. A column of dates takes
/// `DATE 'YYYY-MM-DD'`, one of timestamps `TIMESTAMP 'YYYY-MM-DD hh:mm:ss'`, with an offset or `Z` if it has a zone.
/// Texts compare by code points.
///
/// # Errors
///
/// `INVALID_ARGUMENT` with the place and what may be written there; `LIMIT_EXCEEDED`.
pub fn condition_of(sql: &str, schema: &TableSchema) -> Result<Condition> {
    check_length(sql)?;
    let condition = Parser::new(tokens(sql)?, schema).whole()?;
    condition.check_size()?;
    Ok(condition)
}

/// Refuses a text that is no condition on any table, as far as its tokens alone show: for one who does not know the
/// table's columns.
///
/// # Errors
///
/// `INVALID_ARGUMENT` with the place; `LIMIT_EXCEEDED`.
pub fn check_condition_text(sql: &str) -> Result<()> {
    check_length(sql)?;
    tokens(sql).map(|_| ())
}

fn check_length(sql: &str) -> Result<()> {
    if sql.len() > MAX_BYTES {
        let bytes = sql.len();
        let message = msg::ConditionTooLong {
            bytes,
            most: MAX_BYTES,
        };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    Ok(())
}

#[cfg(test)]
#[path = "condition_tests.rs"]
mod tests;

//! Reads the rows of a table with `COPY … TO STDOUT` in binary form.

use chengji_domain::Result;
use postgres::binary_copy::BinaryCopyOutIter;
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::Type;

use super::column::Column;
use super::relation::Relation;
use super::session::Session;
use super::{catalog, decode, failure};
use crate::database::batches::Batches;
use crate::database::unfit::Unfit;
use crate::database::watch::{Cancel, Connection, Output};

/// Sends the rows of a table, at most `limit`, until no more are wanted.
///
/// # Errors
///
/// `NOT_FOUND` if there is no such table; `SOURCE_UNAVAILABLE`, also for a value that cannot be taken over.
pub(super) fn copy(
    session: &mut Session<'_>,
    relation: &Relation,
    limit: Option<u64>,
    output: &Output,
) -> Result<()> {
    // Locks the table until the connection ends, before anything is read: what was changed or emptied while this waited
    // is then read as it is now.
    session.execute(&format!("SELECT FROM {} LIMIT 0", relation.sql()))?;
    let columns = catalog::columns(session, relation)?;
    let settings = session.settings();
    let canceller = session.canceller();
    let types = vec![Type::BYTEA; columns.len()];
    let reader = session.copy_out(&statement(relation, &columns, limit))?;
    let mut rows = BinaryCopyOutIter::new(reader, &types);
    let mut batches = Batches::of(&columns);
    let lost = |error: postgres::Error| failure::of(settings, &error);
    while let Some(row) = rows.next().map_err(lost)? {
        let added = batches.add(|number, reading| {
            // As bytes, every type is read as it came; a row has as many values as there are types.
            let value = row.try_get(number).map_err(|_| Unfit::Malformed)?;
            decode::cell(value, reading)
        });
        added.map_err(|misfit| {
            // Else the connection would be closed only after all other rows.
            canceller.cancel();
            misfit.error(&relation.to_string())
        })?;
        if batches.is_full() && !output.send_made(batches.take())? {
            return Ok(());
        }
    }
    output.send_made(batches.take()).map(drop)
}

fn statement(relation: &Relation, columns: &[Column], limit: Option<u64>) -> String {
    let expressions: Vec<String> = columns.iter().map(Column::expression).collect();
    let limit = limit.and_then(|limit| i64::try_from(limit).ok());
    let limit = limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
    format!(
        "COPY (SELECT {} FROM {}{limit}) TO STDOUT (FORMAT binary)",
        expressions.join(", "),
        relation.sql()
    )
}

#[cfg(test)]
mod tests {
    use super::super::column::Reading;
    use super::*;

    #[test]
    fn columns_are_listed_and_read_in_their_exact_form() {
        let column = |name: &str, reading| Column {
            name: name.to_owned(),
            reading,
            is_nullable: true,
            native_type: String::new(),
            max_length: None,
            comment: String::new(),
        };
        let relation = Relation::parse("public.\"a\"\"b\"").unwrap();
        let columns = [
            column("Id", Reading::Integer),
            column("x\"y", Reading::Other),
        ];
        let expected = "COPY (SELECT \"Id\", \"x\"\"y\"::pg_catalog.text \
            FROM \"public\".\"a\"\"b\" LIMIT 3) TO STDOUT (FORMAT binary)";
        assert_eq!(statement(&relation, &columns, Some(3)), expected);
        let all = statement(&relation, &columns, Some(u64::MAX));
        assert!(!all.contains("LIMIT"));
    }
}

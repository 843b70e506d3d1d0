//! Reads the rows of a table, in the binary form of the server.

use std::ops::ControlFlow;

use chengji_domain::Result;

use super::catalog::{self, quoted};
use super::column::Column;
use super::decode;
use super::session::Session;
use crate::database::batches::Batches;
use crate::database::watch::Output;

/// Sends the rows of a table, at most `limit`, until no more are wanted.
///
/// # Errors
///
/// `NOT_FOUND` if there is no such table; `SOURCE_UNAVAILABLE`, also for a value that cannot be taken over.
pub(super) fn select(
    session: &mut Session<'_>,
    table: &str,
    limit: Option<u64>,
    output: &Output,
) -> Result<()> {
    catalog::find(session, table)?;
    // Before the columns are described: they stay as they are until the rows are read.
    catalog::touch(session, table)?;
    let columns = catalog::columns(session, table)?;
    let sql = statement(table, &columns, limit);
    let mut batches = Batches::of(&columns);
    let mut is_wanted = true;
    session.stream(&sql, |row| {
        let added = batches.add(|number, reading| decode::cell(row.as_ref(number), reading));
        added.map_err(|misfit| misfit.error(table))?;
        if batches.is_full() {
            is_wanted = output.send_made(batches.take())?;
        }
        Ok(match is_wanted {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        })
    })?;
    if is_wanted {
        output.send_made(batches.take())?;
    }
    Ok(())
}

fn statement(table: &str, columns: &[Column], limit: Option<u64>) -> String {
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    let limit = limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
    format!("SELECT {} FROM {}{limit}", names.join(", "), quoted(table))
}

#[cfg(test)]
mod tests {
    use super::super::column::Reading;
    use super::*;

    #[test]
    fn columns_are_listed_in_their_exact_form() {
        let column = |name: &str| Column {
            name: name.to_owned(),
            reading: Reading::Integer,
            is_nullable: true,
            native_type: String::new(),
            max_length: None,
            comment: String::new(),
        };
        let columns = [column("Id"), column("x`y")];
        let few = statement("a`b", &columns, Some(3));
        assert_eq!(few, "SELECT `Id`, `x``y` FROM `a``b` LIMIT 3");
        assert!(!statement("a", &columns, None).contains("LIMIT"));
    }
}

//! The permits in a table of PostgreSQL.

use std::io::{BufWriter, Write};

use super::made::{CREATE_PERMITS, write_lines};
use crate::measure::Outcome;
use crate::postgres::Server;

/// A table that is filled in the transaction that makes it is not written twice.
const OPTIONS: &str =
    "-c shared_buffers=512MB -c wal_level=minimal -c max_wal_senders=0 -c jit=off";

/// Starts a server with this many permits; `None` where PostgreSQL is missing.
pub(super) fn start(rows: u64) -> Outcome<Option<Server>> {
    let Some(server) = Server::start(OPTIONS)? else {
        return Ok(None);
    };
    let mut session = server.session()?;
    let input = session.stdin.take().ok_or("psql has no input")?;
    let filled = fill(&mut BufWriter::new(input), rows);
    let output = session.wait_with_output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    filled?;
    Ok(Some(server))
}

fn fill(input: &mut impl Write, rows: u64) -> Outcome<()> {
    write!(
        input,
        "BEGIN;\n{CREATE_PERMITS};\nCOPY permits FROM STDIN;\n"
    )?;
    write_lines(rows, input)?;
    // No reading writes marks into its pages any more.
    write!(input, "\\.\nCOMMIT;\nVACUUM ANALYZE permits;\n")?;
    Ok(input.flush()?)
}

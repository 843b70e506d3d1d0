//! PostgreSQL with `pg_trgm`: a trigram index over all texts of an entry, in a server of its own.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::time::Duration;

use super::peer_searches::{self, Latencies};
use super::size::Size;
use crate::measure::Outcome;
use crate::postgres::Server;
use crate::search::Kind;

/// It may use as much memory as the coordinator.
const OPTIONS: &str = "-c shared_buffers=512MB -c work_mem=64MB \
    -c maintenance_work_mem=512MB -c max_wal_size=4GB -c jit=off";
const SCHEMA: &str = "CREATE EXTENSION pg_trgm;\n\
    CREATE TABLE entry (id int, name text, summary text, provider text, items text);\n\
    COPY entry FROM STDIN;\n";
const INDEX: &str = "\\.\n\
    ALTER TABLE entry ADD texts text GENERATED ALWAYS AS \
    (name || ' ' || summary || ' ' || provider || ' ' || items) STORED;\n\
    CREATE INDEX ON entry USING gin (texts gin_trgm_ops);\n\
    VACUUM ANALYZE entry;\n\
    \\o /dev/null\n";

/// Measures the searches; `None` where PostgreSQL is missing.
pub(super) fn run(texts: &Path, size: Size) -> Outcome<Option<Latencies>> {
    let Some(server) = Server::start(OPTIONS)? else {
        return Ok(None);
    };
    let mut session = server.session()?;
    let mut input = session.stdin.take().ok_or("psql has no input")?;
    let mut text = BufReader::new(File::open(texts)?);
    let searches = peer_searches::of(size, |kind| matches!(kind, Kind::Word(1 | 2)));
    let queries = queries(&searches);
    let writer = std::thread::spawn(move || -> io::Result<()> {
        input.write_all(SCHEMA.as_bytes())?;
        io::copy(&mut text, &mut input)?;
        input.write_all(INDEX.as_bytes())?;
        input.write_all(queries.as_bytes())
    });
    let output = session.wait_with_output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    writer
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("psql was not written to")))?;
    let told = String::from_utf8(output.stdout)?;
    let mut took = told.lines().filter_map(milliseconds);
    let latencies = searches.into_iter().map(|(kind, words)| {
        let of_kind: Vec<Duration> = took.by_ref().take(words.len()).collect();
        (kind, of_kind)
    });
    Ok(Some(latencies.collect()))
}

/// A page of hits and their number for each search, with the time that it takes.
fn queries(searches: &[(Kind, Vec<String>)]) -> String {
    let mut queries = "\\timing on\n".to_owned();
    for (_, all) in searches {
        for words in all {
            let likes: Vec<String> = words
                .split_whitespace()
                .map(|word| format!("texts LIKE '%{}%'", word.replace('\'', "''")))
                .collect();
            queries += &format!(
                "SELECT id, name, summary, count(*) OVER () FROM entry WHERE {} ORDER BY length(name), id LIMIT 20;\n",
                likes.join(" AND ")
            );
        }
    }
    queries
}

/// The duration in a line such as `Time: 12.345 ms`.
fn milliseconds(line: &str) -> Option<Duration> {
    let number = line.strip_prefix("Time: ")?.split_whitespace().next()?;
    Some(Duration::from_secs_f64(number.parse::<f64>().ok()? / 1e3))
}

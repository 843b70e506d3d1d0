//! Arrow Flight of pyarrow, by the script `flight.py`: one server, and a client for each table, with the certificates of
//! two nodes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::cluster::{Cluster, Program};
use crate::measure::Outcome;
use crate::postgres::{DATABASE, Server, USER};
use crate::processes::processor_time;

/// The environment variable with a Python that has pyarrow and adbc-driver-postgresql.
const PYTHON: &str = "CHENGJI_BENCH_FLIGHT";
const SCRIPT: &str = include_str!("flight.py");

/// A running server.
pub(super) struct FlightPeer {
    python: PathBuf,
    script: PathBuf,
    server: Program,
    port: String,
    /// The version of pyarrow.
    pub(super) version: String,
    /// The folder of the client's certificates.
    client: PathBuf,
    received: PathBuf,
}

/// What is received from the server.
pub(super) struct Ticket(String);

impl Ticket {
    /// These columns of a Parquet file; all if there are none.
    pub(super) fn parquet(file: &Path, columns: &[&str]) -> Self {
        let columns = match columns {
            [] => "null".to_owned(),
            columns => format!("{columns:?}"),
        };
        let file = file.display().to_string();
        Self(format!(r#"{{"parquet": {file:?}, "columns": {columns}}}"#))
    }

    /// A table of a database.
    pub(super) fn database(server: &Server, table: &str) -> Self {
        let uri = format!(
            "postgresql:///{DATABASE}?host={}&user={USER}",
            server.folder()
        );
        let sql = format!("SELECT * FROM {table}");
        Self(format!(r#"{{"postgresql": {uri:?}, "sql": {sql:?}}}"#))
    }
}

impl FlightPeer {
    /// Starts the server as the node of one city, for the node of another; `None` where pyarrow is missing.
    pub(super) fn start(
        cluster: &Cluster,
        (consumer, provider): (usize, usize),
    ) -> Outcome<Option<Self>> {
        let Some(python) = std::env::var_os(PYTHON) else {
            eprintln!("   {PYTHON} is not set: pyarrow Flight is not measured");
            return Ok(None);
        };
        let script = PathBuf::from(cluster.path("flight.py"));
        fs::write(&script, SCRIPT)?;
        let mut server = Command::new(&python)
            .arg(&script)
            .arg("serve")
            .arg(cluster.node_folder(provider))
            .stdout(Stdio::piped())
            .spawn()?;
        let output = server.stdout.take();
        let server = Program::of(server);
        let mut line = String::new();
        BufReader::new(output.ok_or("the Flight server has no output")?).read_line(&mut line)?;
        let words = line.trim().split_once(' ');
        let (port, version) = words.ok_or("the Flight server does not start")?;
        Ok(Some(Self {
            python: python.into(),
            script,
            server,
            port: port.to_owned(),
            version: version.to_owned(),
            client: cluster.node_folder(consumer),
            received: cluster.path("flight.arrows").into(),
        }))
    }

    /// Receives a table of this many rows into a file that is synced: the processor time of server and client.
    pub(super) fn receive(&self, ticket: &Ticket, rows: u64) -> Outcome<[Duration; 2]> {
        let before = processor_time(self.server.pid())?;
        let output = Command::new(&self.python)
            .arg(&self.script)
            .arg("receive")
            .arg(&self.client)
            .args([&self.port, &ticket.0])
            .arg(&self.received)
            .output()?;
        let server = processor_time(self.server.pid())? - before;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            return Err(format!("pyarrow Flight: {told}").into());
        }
        let printed = String::from_utf8(output.stdout)?;
        let (seconds, received) = printed.trim().split_once('\t').unwrap_or_default();
        if received.parse::<u64>()? != rows {
            return Err(format!("pyarrow Flight has received {received} of {rows} rows").into());
        }
        fs::remove_file(&self.received)?;
        Ok([server, Duration::from_secs_f64(seconds.parse()?)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_names_a_file_and_columns() {
        let file = Path::new("/a/b.parquet");
        let all = r#"{"parquet": "/a/b.parquet", "columns": null}"#;
        assert_eq!(Ticket::parquet(file, &[]).0, all);
        let some = r#"{"parquet": "/a/b.parquet", "columns": ["c", "d"]}"#;
        assert_eq!(Ticket::parquet(file, &["c", "d"]).0, some);
    }
}

//! A join of the tables of two cities, next to the same join of the same Parquet files in DuckDB.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::exchange::{Exchange, Queried};
use crate::measure::{Outcome, Row, median, settled};
use crate::processes::ended_children;

const ROUNDS: usize = 3;
/// The environment variable with a Python that has DuckDB.
const PYTHON: &str = "CHENGJI_BENCH_DUCKDB";
const SCRIPT: &str = include_str!("join.py");

/// The join of permits with inspections.
pub(super) fn sql(permits: &str, inspections: &str) -> String {
    format!(
        "SELECT i.grade, count(*) AS permits, sum(p.area) AS area, max(p.permitted) AS latest \
        FROM {inspections} i JOIN {permits} p ON p.permit_no = i.permit_no GROUP BY i.grade ORDER BY i.grade"
    )
}

/// Duration and processor time of a program in several rounds, seconds.
#[derive(Default)]
struct Rounds(Vec<(f64, f64)>);

impl Rounds {
    fn add(&mut self, took: Duration, used: Duration) {
        self.0.push((took.as_secs_f64(), used.as_secs_f64()));
    }

    fn medians(&self) -> (f64, f64) {
        let (took, used): (Vec<_>, Vec<_>) = self.0.iter().copied().unzip();
        (median(took), median(used))
    }
}

/// Measures the join of received tables; `first` is the query that had to fetch them. Returns the most memory of the
/// engine as well, bytes.
pub(super) async fn run(
    exchange: &Exchange,
    first: &Queried,
    sql: &str,
) -> Outcome<(Vec<Row>, u64)> {
    let mut duckdb = DuckDb::find(exchange)?;
    let (mut own, mut theirs, mut engine) = (Rounds::default(), Rounds::default(), first.engine);
    for _ in 0..ROUNDS {
        if let Some(running) = &duckdb {
            settled().await?;
            match running.join(&first.lines) {
                Ok((took, used)) => theirs.add(took, used),
                Err(error) => {
                    eprintln!("   {error}");
                    duckdb = None;
                }
            }
        }
        settled().await?;
        let queried = exchange.query(sql).await?;
        if queried.lines != first.lines {
            return Err(format!("{:?} before, {:?} now", first.lines, queried.lines).into());
        }
        own.add(queried.took, queried.used);
        engine = engine.max(queried.engine);
    }
    let peer = duckdb.is_some().then(|| theirs.medians());
    let fetched = (first.took.as_secs_f64(), first.used.as_secs_f64());
    let rows = vec![
        compared(
            "join of two cities' tables by the command line, both received before",
            own.medians(),
            peer,
        ),
        compared("the same join, both tables fetched first", fetched, peer),
    ];
    Ok((rows, engine))
}

/// A row of duration and processor time; there is no target.
fn compared(what: &str, (took, used): (f64, f64), peer: Option<(f64, f64)>) -> Row {
    let shown = |(took, used): (f64, f64)| format!("{took:.2} s, {used:.2} CPU-s");
    Row {
        what: what.to_owned(),
        figure: shown((took, used)),
        floor: peer.map_or("DuckDB: not measured".to_owned(), |peer| {
            format!("DuckDB, start of Python included: {}", shown(peer))
        }),
        ratio: peer.map_or("-".to_owned(), |(peer_took, peer_used)| {
            format!("{:.2}x, {:.2}x", took / peer_took, used / peer_used)
        }),
        target: "-".to_owned(),
        met: true,
    }
}

/// DuckDB, with the script and the query of the files.
struct DuckDb {
    python: PathBuf,
    script: PathBuf,
    sql: String,
}

impl DuckDb {
    /// `None` where it is missing.
    fn find(exchange: &Exchange) -> Outcome<Option<Self>> {
        let Some(python) = std::env::var_os(PYTHON) else {
            eprintln!("   {PYTHON} is not set: DuckDB is not measured");
            return Ok(None);
        };
        let script = PathBuf::from(exchange.cluster.path("join.py"));
        fs::write(&script, SCRIPT)?;
        let [permits, inspections] = ["permits", "inspections"]
            .map(|table| format!("read_parquet('{}')", exchange.file(table).display()));
        Ok(Some(Self {
            python: python.into(),
            script,
            sql: sql(&permits, &inspections),
        }))
    }

    /// Duration and processor time of the join, whose lines have to be these.
    fn join(&self, expected: &[String]) -> Outcome<(Duration, Duration)> {
        let (before, begun) = (ended_children()?, Instant::now());
        let mut command = Command::new(&self.python);
        let output = command.arg(&self.script).arg(&self.sql).output()?;
        let (took, used) = (begun.elapsed(), ended_children()? - before);
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            return Err(format!("DuckDB: {told}").into());
        }
        let printed = String::from_utf8(output.stdout)?;
        match printed.lines().eq(expected) {
            true => Ok((took, used)),
            false => Err(format!("DuckDB finds {printed:?}, the node {expected:?}").into()),
        }
    }
}

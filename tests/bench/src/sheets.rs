//! Imports a catalogue of 100,000 entries from a file: read, checked, submitted and approved by the
//! command line, durably, next to pandas and openpyxl, which only read the same file.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use chengji_tests::importing;

use crate::cluster::Cluster;
use crate::entries;
use crate::measure::{Outcome, Row, peak_memory, quiet};

const MANY: usize = 100_000;
const MAX_MEMORY: u64 = 500 << 20;
/// Interval between samples of a running program's memory.
const LOOK: Duration = Duration::from_millis(20);

pub(crate) async fn run() -> Outcome<Vec<Row>> {
    let source = Cluster::new(1)?;
    let _coordinator = source.start_coordinator("data")?;
    let _node = source.start_node(0)?;
    entries::publish(&source, 0, 0..MANY).await?;
    let mut rows = Vec::new();
    for (kind, most, reader) in [
        ("csv", 10.0, "pandas.read_csv"),
        ("xlsx", 25.0, "pandas.read_excel"),
    ] {
        let file = source.path(&format!("catalogue.{kind}"));
        let mut export = source.command("bench", &["catalogue", "export", &file])?;
        watched(export.stdout(Stdio::null()))?;
        quiet().await?;
        let taken = Taken::of(&file)?;
        rows.extend(taken.rows(kind, most, python(reader, &file)));
    }
    Ok(rows)
}

/// The import of a file by an empty city.
struct Taken {
    import: f64,
    approve: f64,
    /// Peak memory of the command line and of the node, bytes.
    memory: [u64; 2],
}

impl Taken {
    fn of(file: &str) -> Outcome<Self> {
        let cluster = Cluster::new(1)?;
        let _coordinator = cluster.start_coordinator("data")?;
        let node = cluster.start_node(0)?;
        let mut import = cluster.command("bench", &importing(file, &[]))?;
        let (import, import_memory) = watched(import.stdout(Stdio::null()))?;
        let approve = ["catalogue", "approve", "--all", "--yes"];
        let mut approve = cluster.command("reviewer", &approve)?;
        let (approve, approve_memory) = watched(approve.stdout(Stdio::null()))?;
        Ok(Self {
            import,
            approve,
            memory: [import_memory.max(approve_memory), peak_memory(node.pid())?],
        })
    }

    fn rows(&self, kind: &str, most: f64, floor: Option<f64>) -> [Row; 2] {
        let whole = self.import + self.approve;
        let [command, node] = self.memory.map(|bytes| bytes >> 20);
        [
            Row {
                what: format!("{MANY} entries from .{kind}, checked, submitted, approved"),
                figure: format!("{:.1} s + {:.1} s", self.import, self.approve),
                floor: floor.map_or("pandas: not there".to_owned(), |floor| {
                    format!("pandas reads it in {floor:.1} s")
                }),
                ratio: floor.map_or(String::new(), |floor| format!("{:.2}", whole / floor)),
                target: format!("<= {most:.0} s"),
                met: whole <= most,
            },
            Row {
                what: format!("the same: most memory of command line, node (.{kind})"),
                figure: format!("{command} MiB, {node} MiB"),
                floor: String::new(),
                ratio: String::new(),
                target: "<= 500 MiB".to_owned(),
                met: self.memory.iter().all(|bytes| *bytes <= MAX_MEMORY),
            },
        ]
    }
}

/// Runs a command to its end: its duration in seconds and its peak memory in bytes.
fn watched(command: &mut Command) -> Outcome<(f64, u64)> {
    let began = Instant::now();
    let mut child = command.spawn()?;
    let mut memory = 0;
    loop {
        // A program that has just ended reports no memory.
        memory = peak_memory(child.id()).unwrap_or_default().max(memory);
        if let Some(status) = child.try_wait()? {
            let seconds = began.elapsed().as_secs_f64();
            if status.success() {
                return Ok((seconds, memory));
            }
            return Err(format!("{command:?} ended with {status}").into());
        }
        thread::sleep(LOOK);
    }
}

/// The time that pandas takes to read the file, including its start, seconds; `None` where it is not
/// installed.
fn python(reader: &str, file: &str) -> Option<f64> {
    let python = std::env::var("CHENGJI_BENCH_PYTHON").unwrap_or("python3".to_owned());
    let program = format!("import sys, pandas; {reader}(sys.argv[1], dtype=str)");
    let mut command = Command::new(python);
    let read = watched(command.args(["-c", &program, file]));
    read.ok().map(|(seconds, _)| seconds)
}

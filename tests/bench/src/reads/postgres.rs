//! PostgreSQL with `pg_trgm`: a trigram index over all texts of an entry, in a server of its own.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::peer_searches::{self, Latencies};
use super::size::Size;
use crate::measure::Outcome;
use crate::search::Kind;

/// The environment variable with the folder of its programs.
const PROGRAMS: &str = "CHENGJI_BENCH_POSTGRES";
/// The account that runs the server where this process is root's, which PostgreSQL refuses.
const ACCOUNT: &str = "postgres";
/// It may use as much memory as the coordinator.
const OPTIONS: &str = "-c listen_addresses= -c shared_buffers=512MB -c work_mem=64MB \
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

/// A server in a temporary folder, which only its account can reach.
struct Server {
    programs: PathBuf,
    folder: String,
}

/// Measures the searches; `None` where PostgreSQL is missing.
pub(super) fn run(texts: &Path, size: Size) -> Outcome<Option<Latencies>> {
    let Some(programs) = std::env::var_os(PROGRAMS) else {
        eprintln!("   {PROGRAMS} is not set: PostgreSQL is not measured");
        return Ok(None);
    };
    let server = Server::start(programs.into())?;
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

impl Server {
    fn start(programs: PathBuf) -> Outcome<Self> {
        let made = output(account("mktemp").args(["-d", "-t", "chengji-bench-postgres.XXXXXX"]));
        let made = made.map_err(|error| {
            format!("the account {ACCOUNT} must be able to make a folder in TMPDIR: {error}")
        })?;
        let folder = made.trim().to_owned();
        let server = Self { programs, folder };
        let data = server.data();
        let locale = [
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth=trust",
            "--username=bench",
        ];
        output(server.program("initdb").args(["-D", &data]).args(locale))?;
        let options = format!("-k {} {OPTIONS}", server.folder);
        let log = format!("{}/log", server.folder);
        let start = ["-D", &data, "-w", "-l", &log, "-o", &options, "start"];
        // It would hold the pipe of its output open.
        let status = server
            .program("pg_ctl")
            .args(start)
            .stdout(Stdio::null())
            .status()?;
        match status.success() {
            true => Ok(server),
            false => Err("PostgreSQL does not start".into()),
        }
    }

    fn session(&self) -> Outcome<Child> {
        let words = [
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "bench",
            "-d",
            "postgres",
        ];
        let mut psql = self.program("psql");
        psql.args(["-h", &self.folder]).args(words);
        let piped = psql
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(piped.spawn()?)
    }

    fn program(&self, name: &str) -> Command {
        account(&self.programs.join(name).display().to_string())
    }

    fn data(&self) -> String {
        format!("{}/data", self.folder)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may not have started.
        let _ =
            output(
                self.program("pg_ctl")
                    .args(["-D", &self.data(), "-m", "immediate", "stop"]),
            );
        let _ = output(account("rm").args(["-r", &self.folder]));
    }
}

/// A command of an account other than root.
fn account(program: &str) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", ACCOUNT, "--", program]);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/").stdin(Stdio::null());
    command
}

/// Returns true if this process is root's.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn output(command: &mut Command) -> Outcome<String> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

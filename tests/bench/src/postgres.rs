//! A server of PostgreSQL, the one that Debian installs, in a temporary folder.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::measure::Outcome;

/// The environment variable with the folder of its programs.
const PROGRAMS: &str = "CHENGJI_BENCH_POSTGRES";
/// The account that runs the server where this process is root's, which PostgreSQL refuses.
const ACCOUNT: &str = "postgres";
/// The server is reached at its socket alone.
const OPTIONS: &str = "-c listen_addresses=";

/// The name of the database.
pub(crate) const DATABASE: &str = "postgres";
/// The account that sessions are opened as, which needs no password.
pub(crate) const USER: &str = "bench";

/// A server in a temporary folder, which only its account can reach, and root.
pub(crate) struct Server {
    programs: PathBuf,
    folder: String,
}

impl Server {
    /// Starts a server with these options; `None` where PostgreSQL is missing.
    pub(crate) fn start(options: &str) -> Outcome<Option<Self>> {
        let Some(programs) = std::env::var_os(PROGRAMS) else {
            eprintln!("   {PROGRAMS} is not set: PostgreSQL is not measured");
            return Ok(None);
        };
        let made = output(account("mktemp").args(["-d", "-t", "chengji-bench-postgres.XXXXXX"]));
        let made = made.map_err(|error| {
            format!("the account {ACCOUNT} must be able to make a folder in TMPDIR: {error}")
        })?;
        let folder = made.trim().to_owned();
        let server = Self {
            programs: programs.into(),
            folder,
        };
        let data = server.data();
        let locale = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust"];
        let user = format!("--username={USER}");
        let mut initdb = server.program("initdb");
        output(initdb.args(["-D", &data, &user]).args(locale))?;
        let options = format!("-k {} {OPTIONS} {options}", server.folder);
        let log = format!("{}/log", server.folder);
        let start = ["-D", &data, "-w", "-l", &log, "-o", &options, "start"];
        // It would hold the pipe of its output open.
        let status = server
            .program("pg_ctl")
            .args(start)
            .stdout(Stdio::null())
            .status()?;
        match status.success() {
            true => Ok(Some(server)),
            false => Err("PostgreSQL does not start".into()),
        }
    }

    /// The folder of its socket.
    pub(crate) fn folder(&self) -> &str {
        &self.folder
    }

    /// Starts a session that reads statements from its input.
    pub(crate) fn session(&self) -> Outcome<Child> {
        let words = [
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            USER,
            "-d",
            DATABASE,
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

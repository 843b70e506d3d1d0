//! A server of PostgreSQL for tests: the one that Debian installs, in a temporary folder, on loopback.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use postgres::{Client, Config, NoTls};
use tempfile::TempDir;

use crate::database::password::PasswordFrom;
use crate::database::settings::DatabaseSettings;
use crate::database::test_programs::{command, free_port, output};

/// The folder where Debian installs its versions.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The account that runs the server where this process is root's.
const ACCOUNT: &str = "postgres";

/// A running server, whose superuser `admin` needs no password at its socket.
pub(crate) struct Server {
    programs: PathBuf,
    folder: String,
    port: u16,
    passwords: TempDir,
}

impl Server {
    /// Starts a server; `None` where PostgreSQL is missing.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("SKIPPED: {VERSIONS} has no server of PostgreSQL");
            return None;
        };
        let made = output(account("mktemp").args(["-d", "-t", "chengji-postgresql.XXXXXX"]));
        let server = Self {
            programs,
            folder: made.trim().to_owned(),
            port: free_port(),
            passwords: tempfile::tempdir().unwrap(),
        };
        let data = server.data();
        let options = [
            "--encoding=UTF8",
            "--locale=C",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            "--username=admin",
            "--no-sync",
        ];
        output(server.program("initdb").args(["-D", &data]).args(options));
        let options = format!(
            "-k {} -p {} -c listen_addresses=127.0.0.1 -c fsync=off -c timezone=Asia/Shanghai",
            server.folder, server.port
        );
        let log = format!("{}/log", server.folder);
        let start = ["-D", &data, "-w", "-l", &log, "-o", &options, "start"];
        // The server would hold the pipe of its output open.
        let status = server
            .program("pg_ctl")
            .args(start)
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "PostgreSQL does not start");
        Some(server)
    }

    /// Ends the server as a crash does, and starts it again.
    pub(crate) fn restart(&self) {
        let (data, log) = (self.data(), format!("{}/log", self.folder));
        let restart = ["-D", &data, "-w", "-m", "immediate", "-l", &log, "restart"];
        let status = self
            .program("pg_ctl")
            .args(restart)
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "PostgreSQL does not start again");
    }

    /// Connects as the superuser.
    pub(crate) fn admin(&self, database: &str) -> Client {
        let mut config = Config::new();
        config
            .host(&self.folder)
            .port(self.port)
            .user("admin")
            .dbname(database);
        config.connect(NoTls).unwrap()
    }

    /// Returns the settings of a connection over TCP.
    pub(crate) fn settings(&self, user: &str, password: &str) -> DatabaseSettings {
        let path = self.passwords.path().join(format!("{user}-{password}"));
        std::fs::write(&path, format!("{password}\n")).unwrap();
        DatabaseSettings {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port: self.port,
            database: "postgres".to_owned(),
            user: user.to_owned(),
            password: PasswordFrom::File(path),
            tls_required: false,
            ca: None,
            statement_seconds: 60,
        }
    }

    /// Returns the settings of a connection of the superuser at the socket.
    pub(crate) fn settings_of_admin(&self) -> DatabaseSettings {
        DatabaseSettings {
            host: self.folder.clone(),
            password: PasswordFrom::None,
            ..self.settings("admin", "none")
        }
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
        let data = self.data();
        let stop = ["-D", &data, "-m", "immediate", "stop"];
        let _ = self.program("pg_ctl").args(stop).output();
        let _ = account("rm").args(["-r", &self.folder]).output();
    }
}

/// The folder with the programs of the newest installed version.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS).ok()?.filter_map(Result::ok);
    let versions = versions.filter_map(|version| {
        let number: u32 = version.file_name().to_str()?.parse().ok()?;
        let programs = version.path().join("bin");
        let is_complete = ["initdb", "pg_ctl"]
            .iter()
            .all(|name| programs.join(name).exists());
        is_complete.then_some((number, programs))
    });
    versions.max().map(|(_, programs)| programs)
}

fn account(program: &str) -> Command {
    command(ACCOUNT, program)
}

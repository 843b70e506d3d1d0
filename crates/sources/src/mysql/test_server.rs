//! A server of MariaDB for tests: the one that Debian installs, in a temporary folder, on loopback.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, OptsBuilder};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::database::password::PasswordFrom;
use crate::database::settings::DatabaseSettings;
use crate::database::test_programs::{command, free_port, output};

const SERVER: &str = "/usr/sbin/mariadbd";
const INSTALL: &str = "/usr/bin/mariadb-install-db";
const ADMIN: &str = "/usr/bin/mariadb-admin";
/// The account that runs the server where this process is root's.
const ACCOUNT: &str = "mysql";

/// A running server, whose administrator `root` needs no password at its socket.
pub(crate) struct Server {
    folder: String,
    port: u16,
    process: Mutex<Child>,
    /// Passwords, and the certificate of the server.
    files: TempDir,
}

/// A connection of the administrator.
pub(crate) struct Admin {
    conn: Conn,
    runtime: Runtime,
}

impl Server {
    /// Starts a server; `None` where MariaDB is missing.
    pub(crate) fn start() -> Option<Self> {
        let programs = [SERVER, INSTALL, ADMIN];
        if !programs.iter().all(|program| Path::new(program).exists()) {
            eprintln!("SKIPPED: there is no server of MariaDB at {SERVER}");
            return None;
        }
        let made = output(account("mktemp").args(["-d", "-t", "chengji-mariadb.XXXXXX"]));
        let folder = made.trim().to_owned();
        output(account(INSTALL).args([
            "--no-defaults",
            &format!("--datadir={folder}/data"),
            &temporary_files(&folder),
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            // Without looking up the name of the machine.
            "--force",
            "--innodb-log-file-size=8M",
        ]));
        let files = tempfile::tempdir().unwrap();
        certify(&folder, files.path());
        let port = free_port();
        let server = Self {
            process: Mutex::new(serve(&folder, port)),
            folder,
            port,
            files,
        };
        // It waits until the server answers.
        output(server.admin_program().args(["--wait=60", "ping"]));
        Some(server)
    }

    /// Ends the server as a crash does, and starts it again.
    pub(crate) fn restart(&self) {
        // The server syncs its log of commits once a second. FLUSH TABLES would wait for running reads.
        self.admin().execute("FLUSH ENGINE LOGS");
        let mut process = self.process.lock().unwrap();
        // By its own number: the process may be the one that runs the server by another account.
        let kill = "kill -KILL $(cat \"$0\")";
        output(account("sh").args(["-c", kill, &self.pid_file()]));
        process.wait().unwrap();
        *process = serve(&self.folder, self.port);
        output(self.admin_program().args(["--wait=60", "ping"]));
    }

    /// Connects as the administrator.
    pub(crate) fn admin(&self) -> Admin {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let options = OptsBuilder::default()
            .socket(Some(self.socket()))
            .user(Some("root"));
        let conn = runtime.block_on(Conn::new(options)).unwrap();
        Admin { conn, runtime }
    }

    /// Returns the settings of a connection over TCP, without TLS.
    pub(crate) fn settings(&self, database: &str, user: &str, password: &str) -> DatabaseSettings {
        let path = self.files.path().join(format!("{user}-{password}"));
        std::fs::write(&path, format!("{password}\n")).unwrap();
        DatabaseSettings {
            host: Ipv4Addr::LOCALHOST.to_string(),
            port: self.port,
            database: database.to_owned(),
            user: user.to_owned(),
            password: PasswordFrom::File(path),
            tls_required: false,
            ca: None,
            statement_seconds: 60,
        }
    }

    /// Returns the settings of a connection of the administrator at the socket.
    pub(crate) fn settings_of_admin(&self, database: &str) -> DatabaseSettings {
        DatabaseSettings {
            host: self.socket(),
            password: PasswordFrom::None,
            ..self.settings(database, "root", "none")
        }
    }

    /// Returns the file with the authority of the server.
    pub(crate) fn ca(&self) -> PathBuf {
        self.files.path().join("ca.pem")
    }

    fn socket(&self) -> String {
        format!("{}/socket", self.folder)
    }

    fn pid_file(&self) -> String {
        format!("{}/pid", self.folder)
    }

    fn admin_program(&self) -> Command {
        let mut command = account(ADMIN);
        let socket = format!("--socket={}", self.socket());
        command.args(["--no-defaults", &socket, "--user=root"]);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may not have started.
        let stopped = self.admin_program().arg("shutdown").output();
        let process = self
            .process
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if !stopped.is_ok_and(|stopped| stopped.status.success()) {
            let _ = process.kill();
        }
        let _ = process.wait();
        let _ = account("rm").args(["-r", &self.folder]).output();
    }
}

impl Admin {
    /// Executes statements, which semicolons separate.
    pub(crate) fn execute(&mut self, sql: &str) {
        let done = self.runtime.block_on(self.conn.query_drop(sql));
        done.unwrap();
    }

    /// Returns the numbers that a query returns.
    pub(crate) fn numbers(&mut self, sql: &str) -> Vec<u64> {
        let numbers = self.runtime.block_on(self.conn.query::<u64, _>(sql));
        numbers.unwrap()
    }
}

/// Makes a certificate of the server, which is its own authority.
fn certify(folder: &str, files: &Path) {
    let names = vec![Ipv4Addr::LOCALHOST.to_string()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(files.join("ca.pem"), made.cert.pem()).unwrap();
    std::fs::write(format!("{folder}/cert.pem"), made.cert.pem()).unwrap();
    let key = made.signing_key.serialize_pem();
    std::fs::write(format!("{folder}/key.pem"), key).unwrap();
}

fn serve(folder: &str, port: u16) -> Child {
    let mut server = account(SERVER);
    server.args([
        "--no-defaults",
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--character-set-server=utf8mb4",
        "--default-time-zone=+08:00",
        "--innodb-buffer-pool-size=32M",
        "--innodb-log-file-size=8M",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-use-native-aio=0",
        &format!("--port={port}"),
        &format!("--datadir={folder}/data"),
        &temporary_files(folder),
        &format!("--socket={folder}/socket"),
        &format!("--pid-file={folder}/pid"),
        &format!("--log-error={folder}/log"),
        &format!("--ssl-cert={folder}/cert.pem"),
        &format!("--ssl-key={folder}/key.pem"),
    ]);
    let server = server.stdout(Stdio::null()).stderr(Stdio::null());
    server.spawn().unwrap()
}

/// The option for a folder of its own for temporary tables: a server that starts removes what others have left.
fn temporary_files(folder: &str) -> String {
    format!("--tmpdir={folder}")
}

fn account(program: &str) -> Command {
    command(ACCOUNT, program)
}

//! A process of the engine.

use std::env;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use prost::Message;

use crate::dialog::{receive, send};
use crate::ended;
use crate::metering::RunningQuery;

/// The program.
const PROGRAM: &str = "chengji-query-engine";

/// Returns the program's file: the one that the settings name, else the one beside this program, else one on the path.
pub(crate) fn program(named: Option<&Path>) -> PathBuf {
    let beside = || {
        let own = env::current_exe().ok()?;
        Some(own.with_file_name(PROGRAM)).filter(|path| path.is_file())
    };
    let found = named.map(Path::to_owned).or_else(beside);
    found.unwrap_or_else(|| PROGRAM.into())
}

/// A process of the engine, with what the node says to it. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) dialog: UnixStream,
    pub(crate) child: Running,
    /// The query, in the metrics.
    pub(crate) query: RunningQuery,
}

impl Process {
    /// Starts the program, which may not let the node wait for longer than this for its plan. Blocks.
    pub(crate) fn start(program: &Path, longest: Duration) -> Result<Self> {
        let started = || {
            let (dialog, its) = UnixStream::pair()?;
            dialog.set_read_timeout(Some(longest))?;
            dialog.set_write_timeout(Some(longest))?;
            let mut command = Command::new(program);
            // Nothing of the node's surroundings is the engine's, which reads no settings.
            command.env_clear().current_dir("/");
            if let Some(path) = env::var_os("PATH") {
                command.env("PATH", path);
            }
            let child = command
                .stdin(OwnedFd::from(its))
                .stdout(Stdio::piped())
                .spawn()?;
            let child = Running::new(child);
            Ok(Self {
                dialog,
                child,
                query: RunningQuery::begin(),
            })
        };
        started().map_err(|cause: io::Error| not_started(program, &cause))
    }

    /// Sends a message and receives the answer. Blocks.
    pub(crate) fn ask<M: Message + Default>(&self, message: &impl Message) -> Result<M> {
        let said = send(&self.dialog, message).and_then(|()| receive(&self.dialog));
        said.map_err(|cause| self.broken_off(&cause))?
    }

    /// The error of a dialog that broke off.
    pub(crate) fn broken_off(&self, cause: &io::Error) -> Error {
        match cause.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                Error::new(ErrorCode::LimitExceeded, msg::QueryPlanTooLong)
            }
            ErrorKind::FileTooLarge => Error::new(ErrorCode::LimitExceeded, msg::QueryTooLarge),
            _ => self.child.ended(),
        }
    }
}

/// A running program. Clones share it; it is killed when the last one is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Running(Arc<Killed>);

#[derive(Debug)]
struct Killed(Mutex<Child>);

impl Running {
    fn new(child: Child) -> Self {
        Self(Arc::new(Killed(Mutex::new(child))))
    }

    /// Its standard output, once.
    pub(crate) fn output(&self) -> Option<ChildStdout> {
        let mut child = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        child.stdout.take()
    }

    /// The error of a program that ended though it was not done. Kills it if it has only fallen silent.
    pub(crate) fn ended(&self) -> Error {
        let mut child = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        ended::of(stopped(&mut child))
    }

    /// Kills it.
    fn kill(&self) {
        let mut child = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
    }
}

/// Kills a program when this is dropped, whoever else still waits for its end.
#[derive(Debug)]
pub(crate) struct KilledAtEnd(pub(crate) Running);

impl Drop for KilledAtEnd {
    fn drop(&mut self) {
        self.0.kill();
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let child = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        // A killed process is reaped at once, so that none is left behind.
        let _ = child.wait();
    }
}

/// Waits for a process whose end of the dialog is closed: its end is near, or it is killed. `None` for one that was killed.
fn stopped(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    for _ in 0..50 {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

fn not_started(program: &Path, cause: &io::Error) -> Error {
    let program = Value::text(program.display());
    match cause.kind() {
        ErrorKind::NotFound => Error::new(
            ErrorCode::Misconfigured,
            msg::QueryEngineNotFound { program },
        ),
        _ => {
            let message = msg::QueryEngineNotStarted { program, cause };
            Error::new(ErrorCode::Misconfigured, message)
        }
    }
}

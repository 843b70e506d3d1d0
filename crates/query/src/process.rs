//! A process of the engine.

use std::io::{self, ErrorKind};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_subprocess::parent::{Running, start};
use prost::Message;

use crate::dialog::{receive, send};
use crate::ended;
use crate::metering::RunningQuery;

/// The program.
pub(crate) const PROGRAM: &str = "chengji-query-engine";
/// The environment variables that the engine gets from the node.
const PASSED_ON: &[&str] = &["PATH"];

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
        let started = start(program, PASSED_ON, Stdio::piped(), longest);
        let (dialog, child) = started.map_err(|cause| not_started(program, &cause))?;
        Ok(Self {
            dialog,
            child,
            query: RunningQuery::begin(),
        })
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
            _ => self.ended(),
        }
    }

    /// The error of a program that ended though it was not done. Kills it if it has only fallen silent.
    pub(crate) fn ended(&self) -> Error {
        ended::of(self.child.ended())
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

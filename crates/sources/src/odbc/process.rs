//! A process of the program that speaks ODBC.

use std::io::{self, ErrorKind};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use chengji_domain::Error;
use chengji_messages::{Value, msg};
use chengji_subprocess::parent::{Running, start};

use crate::database::watch::Cancel;
use crate::reading::unavailable;

/// The program.
pub(super) const PROGRAM: &str = "chengji-odbc";
/// The exit code of the system for a program whose libraries are missing: the driver manager is one.
const NOT_LOADED: i32 = 127;
/// What drivers and their manager read of the environment: places of files, languages. The rest is not passed on.
const PASSED_ON: &[&str] = &[
    "PATH",
    "HOME",
    "LD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "ODBCINI",
    "ODBCSYSINI",
    "ODBCINSTINI",
    "ORACLE_HOME",
    "TNS_ADMIN",
    "NLS_LANG",
];

/// A process, with what the node says to it. It is killed when this and all that may end it are dropped.
pub(super) struct Process {
    pub(super) dialog: UnixStream,
    pub(super) child: Running,
}

impl Process {
    /// Starts the program. The node waits for an answer for at most `longest`.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE` if it is not installed, or does not start.
    pub(super) fn start(program: &Path, longest: Duration) -> Result<Self, Error> {
        let started = start(program, PASSED_ON, Stdio::null(), longest);
        let (dialog, child) = started.map_err(|cause| not_started(program, &cause))?;
        Ok(Self { dialog, child })
    }

    /// Waits for the end of a program that has given its last answer, so that it can disconnect from the database.
    pub(super) fn finish(&self) {
        // It is killed if it does not end.
        let _ = self.child.ended();
    }

    /// The error of a dialog that broke off.
    pub(super) fn broken_off(&self, cause: &io::Error, longest: Duration) -> Error {
        match cause.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                self.child.cancel();
                let seconds = longest.as_secs();
                unavailable(msg::OdbcSilent { seconds })
            }
            ErrorKind::FileTooLarge | ErrorKind::InvalidData => {
                self.child.cancel();
                unavailable(msg::OdbcAnswerUnexpected)
            }
            _ => self.ended(),
        }
    }

    /// The error of a program that ended before it had answered.
    fn ended(&self) -> Error {
        match self.child.ended() {
            Ok(Some(status)) if status.code() == Some(NOT_LOADED) => {
                unavailable(msg::OdbcManagerMissing)
            }
            Ok(Some(status)) => {
                let status = Value::text(status);
                unavailable(msg::OdbcProgramEnded { status })
            }
            // It closed the dialog and went on.
            Ok(None) => unavailable(msg::OdbcAnswerUnexpected),
            Err(cause) => {
                let status = Value::from(&cause);
                unavailable(msg::OdbcProgramEnded { status })
            }
        }
    }
}

impl Cancel for Running {
    fn cancel(&self) {
        self.kill();
    }
}

fn not_started(program: &Path, cause: &io::Error) -> Error {
    let program = Value::text(program.display());
    match cause.kind() {
        ErrorKind::NotFound => unavailable(msg::OdbcProgramNotFound { program }),
        _ => unavailable(msg::OdbcProgramNotStarted { cause, program }),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use chengji_domain::ErrorCode;
    use chengji_odbc_dialog::{Ask, Checked, receive, send};

    use super::*;

    const LONGEST: Duration = Duration::from_secs(20);

    fn answer(program: &str) -> Error {
        let process = match Process::start(Path::new(program), LONGEST) {
            Ok(process) => process,
            Err(error) => return error,
        };
        let asked = send(&process.dialog, &Ask::default());
        let answered = asked.and_then(|()| receive::<Checked>(&process.dialog));
        process.broken_off(&answered.unwrap_err(), LONGEST)
    }

    #[test]
    fn a_program_that_does_not_answer_is_an_error_of_the_source() {
        for (program, message) in [
            ("/nowhere/chengji-odbc", "odbc-program-not-found"),
            ("/", "odbc-program-not-started"),
            ("false", "odbc-program-ended"),
        ] {
            let error = answer(program);
            assert_eq!(error.code(), ErrorCode::SourceUnavailable);
            assert_eq!(error.message().code(), message);
        }
    }

    #[test]
    fn a_program_without_its_libraries_lacks_the_driver_manager() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        std::os::unix::fs::symlink("/bin/sh", &program).unwrap();
        // A shell that is to execute what does not exist ends as a program does that lacks a library.
        let mut process = Process::start(&program, LONGEST).unwrap();
        (&process.dialog)
            .write_all(b"exec /nowhere/at/all\n")
            .unwrap();
        let mut answer = Vec::new();
        let _ = process.dialog.read_to_end(&mut answer);
        let error = process.ended();
        assert_eq!(error.message().code(), "odbc-manager-missing");
    }

    #[test]
    fn a_program_that_is_silent_is_ended() {
        let process = Process::start(Path::new("cat"), Duration::from_millis(1)).unwrap();
        let cause = io::Error::from(ErrorKind::TimedOut);
        let error = process.broken_off(&cause, LONGEST);
        assert_eq!(error.message().code(), "odbc-silent");
        let ended = process.child.ended().unwrap();
        assert!(ended.is_some_and(|status| !status.success()));
    }
}

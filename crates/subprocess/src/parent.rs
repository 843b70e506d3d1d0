//! The side of the program that starts another.

use std::env;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Returns the file of a program: the one beside this program, else one on the path.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let beside = env::current_exe().map(|own| own.with_file_name(name)).ok();
    let beside = beside.filter(|path| path.is_file());
    beside.unwrap_or_else(|| name.into())
}

/// Starts a program with a socket as its standard input, and returns the other end, at which nothing waits for longer than
/// `longest`. Of the environment, the program gets the variables in `passed_on`, and nothing else.
///
/// # Errors
///
/// Those of the system; `NotFound` if there is no such program.
pub fn start(
    program: &Path,
    passed_on: &[&str],
    output: Stdio,
    longest: Duration,
) -> io::Result<(UnixStream, Running)> {
    let (dialog, its) = UnixStream::pair()?;
    dialog.set_read_timeout(Some(longest))?;
    dialog.set_write_timeout(Some(longest))?;
    let passed_on = passed_on.iter();
    let child = Command::new(program)
        .env_clear()
        .envs(passed_on.filter_map(|name| Some((name, env::var_os(name)?))))
        .current_dir("/")
        .stdin(OwnedFd::from(its))
        .stdout(output)
        .spawn()?;
    Ok((dialog, Running(Arc::new(Killed(Mutex::new(child))))))
}

/// A running program. Clones share it; it is killed when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Running(Arc<Killed>);

impl Running {
    /// Returns its standard output, once.
    #[must_use]
    pub fn output(&self) -> Option<ChildStdout> {
        self.lock().stdout.take()
    }

    /// Waits briefly for a program that has closed the dialog or given its last answer, and returns how it ended; `None`
    /// for one that did not, which is killed.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn ended(&self) -> io::Result<Option<ExitStatus>> {
        for _ in 0..50 {
            // Others may kill it meanwhile.
            let ended = self.lock().try_wait()?;
            if ended.is_some() {
                return Ok(ended);
            }
            thread::sleep(Duration::from_millis(10));
        }
        let mut child = self.lock();
        child.kill()?;
        child.wait()?;
        Ok(None)
    }

    /// Kills it.
    pub fn kill(&self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.lock().kill();
    }

    fn lock(&self) -> MutexGuard<'_, Child> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Killed(Mutex<Child>);

impl Drop for Killed {
    fn drop(&mut self) {
        let child = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        // A killed process is reaped at once, so that none is left behind.
        let _ = child.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read};
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    const LONGEST: Duration = Duration::from_secs(20);
    const SIGKILL: i32 = 9;

    fn started(name: &str) -> (UnixStream, Running) {
        start(Path::new(name), &["PATH"], Stdio::piped(), LONGEST).unwrap()
    }

    fn ended(running: &Running) -> ExitStatus {
        running.ended().unwrap().unwrap()
    }

    #[test]
    fn a_program_gets_only_what_is_passed_on() {
        let (_dialog, running) = started("env");
        let mut output = String::new();
        running
            .output()
            .unwrap()
            .read_to_string(&mut output)
            .unwrap();
        let path = env::var("PATH").unwrap();
        assert_eq!(output, format!("PATH={path}\n"));
        assert!(running.output().is_none());
    }

    #[test]
    fn a_program_is_killed_with_the_last_that_holds_it() {
        let (mut dialog, running) = started("cat");
        let other = running.clone();
        drop(running);
        assert!(other.lock().try_wait().unwrap().is_none());
        drop(other);
        assert_eq!(dialog.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn how_a_program_ended_is_known() {
        let (_dialog, running) = started("false");
        assert_eq!(ended(&running).code(), Some(1));
        let (_dialog, running) = started("cat");
        running.kill();
        assert_eq!(ended(&running).signal(), Some(SIGKILL));
        assert_eq!(ended(&running).signal(), Some(SIGKILL));
        let (_dialog, running) = started("cat");
        assert_eq!(running.ended().unwrap(), None);
        assert_eq!(ended(&running).signal(), Some(SIGKILL));
    }

    #[test]
    fn a_program_that_is_missing_is_not_found() {
        let missing = program("chengji-nowhere");
        assert_eq!(missing, Path::new("chengji-nowhere"));
        let error = start(&missing, &["PATH"], Stdio::null(), LONGEST).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}

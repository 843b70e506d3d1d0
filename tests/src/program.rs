//! A program as a process: its output, its exit, and signals.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use chengji_messages::language::VARIABLE;
use chengji_messages::{Language, Message, Value, msg};

use crate::eventually::BOUND;

/// Timeout of a person's command.
const COMMAND: Duration = Duration::from_secs(120);

/// The path of one of the project's programs, which must have been built.
fn binary(name: &str) -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let folder = this.parent().unwrap();
    // Test binaries are one folder further down than programs.
    let folder = match folder.ends_with("deps") {
        true => folder.parent().unwrap(),
        false => folder,
    };
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "{} does not exist: run `cargo build --workspace --bins` first",
        path.display()
    );
    path
}

/// A command that runs one of the project's programs, in English whatever the locale of this machine.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(binary(name));
    command.env(VARIABLE, Language::English.tag());
    command
}

/// Returns true if an output contains the message with this code, with any parameters, as text or as JSON; a code that no message
/// has is a text.
pub fn says(output: &str, expected: &str) -> bool {
    /// Stands for a parameter; no output contains it.
    const ANY: &str = "<any>";
    let Some((code, params)) = msg::ALL.iter().find(|(code, _)| *code == expected) else {
        return output.contains(expected);
    };
    if output.contains(&format!("\"message\": \"{code}\"")) {
        return true;
    }
    // A number may choose a form of its own, such as the singular.
    let singular = params.iter().map(Some);
    std::iter::once(None).chain(singular).any(|one| {
        let params = params.iter().map(|name| match one {
            Some(one) if one == name => ((*name).to_owned(), Value::Integer(1)),
            _ => ((*name).to_owned(), Value::from(ANY)),
        });
        let message = Message::received((*code).to_owned(), params.collect());
        has_parts(output, &message.render(Language::English), ANY)
    })
}

/// Returns true if a text contains the parts of a pattern, one after the other.
fn has_parts(text: &str, pattern: &str, between: &str) -> bool {
    let mut left = text;
    pattern.split(between).all(|part| {
        let found = left.split_once(part);
        left = found.map_or(left, |(_, rest)| rest);
        found.is_some()
    })
}

/// A process, which is killed when this is dropped.
#[derive(Debug)]
pub struct Program {
    pid: u32,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

#[derive(Debug, Default)]
struct Seen {
    stdout: String,
    stderr: String,
    exit: Option<ExitStatus>,
}

/// The exit of a process, and its output.
#[derive(Clone, Debug)]
pub struct Exit {
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Program {
    /// Starts the process.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let seen = Arc::new((Mutex::new(Seen::default()), Condvar::new()));
        let program = Self {
            pid: child.id(),
            seen: Arc::clone(&seen),
        };
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let out = {
            let seen = Arc::clone(&seen);
            thread::spawn(move || follow(stdout, &seen, |seen| &mut seen.stdout))
        };
        thread::spawn(move || {
            follow(stderr, &seen, |seen| &mut seen.stderr);
            out.join().unwrap();
            let exit = child.wait().unwrap();
            lock(&seen).exit = Some(exit);
            seen.1.notify_all();
        });
        program
    }

    /// Waits until standard error contains `text`; fails the test if the process ends before.
    pub fn says(&self, text: &str) {
        let seen = self.wait(BOUND, |seen| {
            seen.stderr.contains(text) || seen.exit.is_some()
        });
        assert!(
            seen.stderr.contains(text),
            "'{text}' was not said ({:?}):\n{}",
            seen.exit,
            seen.stderr
        );
    }

    /// Standard error so far.
    pub fn stderr(&self) -> String {
        lock(&self.seen).stderr.clone()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.pid
    }

    /// Returns true while it runs.
    pub fn runs(&self) -> bool {
        lock(&self.seen).exit.is_none()
    }

    /// Sends SIGTERM; fails the test where the process does not end within the bound.
    pub fn terminate(&self, bound: Duration) -> Exit {
        self.signal("-TERM");
        self.ended(bound)
    }

    /// Sends SIGKILL and waits for the end.
    pub fn kill9(&self) {
        self.signal("-KILL");
        self.ended(BOUND);
    }

    /// Waits for its end.
    pub fn ended(&self, bound: Duration) -> Exit {
        let seen = self.wait(bound, |seen| seen.exit.is_some());
        let exit = seen.exit.unwrap_or_else(|| {
            panic!(
                "process {} still runs after {bound:?}:\n{}",
                self.pid, seen.stderr
            )
        });
        Exit {
            code: exit.code(),
            stdout: seen.stdout.clone(),
            stderr: seen.stderr.clone(),
        }
    }

    /// Sends a signal, such as `-HUP`.
    pub fn signal(&self, signal: &str) {
        // Held while the signal is sent, so that the process is not recorded as ended meanwhile.
        let seen = lock(&self.seen);
        if seen.exit.is_none() {
            let sent = Command::new("kill")
                .args([signal, &self.pid.to_string()])
                .output();
            drop(sent.unwrap());
        }
    }

    fn wait(&self, bound: Duration, until: impl Fn(&Seen) -> bool) -> MutexGuard<'_, Seen> {
        let waited = self
            .seen
            .1
            .wait_timeout_while(lock(&self.seen), bound, |seen| !until(seen));
        waited.unwrap().0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.signal("-KILL");
        let _ = self
            .seen
            .1
            .wait_timeout_while(lock(&self.seen), BOUND, |s| s.exit.is_none());
    }
}

fn lock(seen: &(Mutex<Seen>, Condvar)) -> MutexGuard<'_, Seen> {
    seen.0.lock().unwrap()
}

fn follow(
    pipe: impl std::io::Read,
    seen: &(Mutex<Seen>, Condvar),
    into: impl Fn(&mut Seen) -> &mut String,
) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    while pipe.read_until(b'\n', &mut line).unwrap_or(0) > 0 {
        into(&mut lock(seen)).push_str(&String::from_utf8_lossy(&line));
        seen.1.notify_all();
        line.clear();
    }
}

impl Exit {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        Program::spawn(command).ended(COMMAND)
    }

    /// Asserts success.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{self}");
        self
    }

    /// Asserts this exit code and that the output contains all of these: messages, by their codes, and data.
    #[track_caller]
    pub fn refused(self, code: i32, expected: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        for expected in expected {
            assert!(self.says(expected), "'{expected}' is not said: {self}");
        }
        self
    }

    /// Returns true if standard error contains this message, by its code, or this text.
    pub fn says(&self, expected: &str) -> bool {
        says(&self.stderr, expected)
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("no JSON ({e}): {self}"))
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            code,
            stdout,
            stderr,
        } = self;
        write!(
            f,
            "exit {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        )
    }
}

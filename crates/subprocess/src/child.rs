//! The side of the program that was started.

use std::env;
use std::ffi::OsString;
use std::io::{self, Read as _, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic;
use std::process::ExitCode;
use std::thread;

use chengji_messages::quoted::OneLine;
use chengji_messages::{Language, Message};
use rustix::fs::{FileType, fstat};
pub use rustix::process::Resource;
use rustix::process::{Rlimit, Signal, getpid, getrlimit, kill_process, setrlimit};

/// The exit code of a program that was not started as it has to be.
const USAGE: u8 = 2;

/// Runs the program of this name, whose standard input is its dialog with its parent, or prints its usage where it is not,
/// or where it has arguments. `serve` reports its failures to the parent.
pub fn run(
    name: &'static str,
    usage: impl Into<Message>,
    serve: impl FnOnce(&UnixStream) -> io::Result<()>,
) -> ExitCode {
    let parent = parent().filter(|_| argument().is_none());
    let Some(parent) = parent else {
        return print_usage(usage);
    };
    // The text of a panic may contain values of rows, which must not be logged.
    panic::set_hook(Box::new(move |panic| {
        if let Some(place) = panic.location() {
            let _ = writeln!(io::stderr(), "{name}: panicked at {place}");
        }
    }));
    match serve(&parent) {
        Ok(()) => ExitCode::SUCCESS,
        // The reason was sent to the parent, or the parent is gone.
        Err(_) => ExitCode::FAILURE,
    }
}

/// Prints the usage of this program, as an error unless it was asked for.
pub fn print_usage(usage: impl Into<Message>) -> ExitCode {
    let usage = usage.into().render(language());
    match argument().is_some_and(|argument| argument == "--help") {
        true => {
            say(&mut io::stdout(), &usage);
            ExitCode::SUCCESS
        }
        false => {
            say(&mut io::stderr(), &usage);
            ExitCode::from(USAGE)
        }
    }
}

/// Writes a line. A failure is ignored: the exit code reports the outcome.
pub fn say(out: &mut impl Write, line: &str) {
    let _ = writeln!(out, "{}", OneLine(line));
}

/// Returns the language of what this program prints.
#[must_use]
pub fn language() -> Language {
    Language::of_environment(|name| env::var(name).ok())
}

/// Lowers limits of this process, for good; stricter ones that are set already stay. A limit of 0 for
/// [`Resource::Core`] turns core dumps off, which would contain what the process works on. That of [`Resource::Cpu`], in
/// seconds, ends the process by a signal of its own, and only a second later by that with which the system also ends one
/// for its memory.
///
/// # Errors
///
/// The system does not accept one.
pub fn limit(limits: &[(Resource, u64)]) -> io::Result<()> {
    for &(resource, most) in limits {
        let lowered = |now: Option<u64>, most: u64| Some(now.map_or(most, |now| now.min(most)));
        let now = getrlimit(resource);
        let grace = u64::from(resource == Resource::Cpu);
        let lowered = Rlimit {
            current: lowered(now.current, most),
            maximum: lowered(now.maximum, most.saturating_add(grace)),
        };
        setrlimit(resource, lowered)?;
    }
    Ok(())
}

/// Ends this process when the parent closes the dialog, even while it computes or waits.
///
/// # Errors
///
/// Those of the system.
pub fn end_with(parent: &UnixStream) -> io::Result<()> {
    let mut parent = parent.try_clone()?;
    thread::spawn(move || {
        let _ = parent.read(&mut [0]);
        // An orderly exit runs the cleanup of libraries, which may wait, too.
        let _ = kill_process(getpid(), Signal::KILL);
    });
    Ok(())
}

fn argument() -> Option<OsString> {
    env::args_os().nth(1)
}

/// The parent's end of the standard input, if it is a socket.
fn parent() -> Option<UnixStream> {
    let input = io::stdin().as_fd().try_clone_to_owned().ok()?;
    let kind = FileType::from_raw_mode(fstat(&input).ok()?.st_mode);
    (kind == FileType::Socket).then(|| UnixStream::from(input))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_lowered_and_never_raised() {
        for most in [0, 1] {
            limit(&[(Resource::Core, most)]).unwrap();
            let now = getrlimit(Resource::Core);
            assert_eq!((now.current, now.maximum), (Some(0), Some(0)));
        }
    }
}

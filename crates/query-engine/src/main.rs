//! Plans and runs one query for a node, which speaks with this program over its standard input.
//!
//! A separate program, because a query is somebody's text, its engine is large, and both work on rows of other cities: a
//! process that runs out of memory or time ends alone, and it reaches no files, keys or network other than what the node
//! hands to it.

mod confinement;
mod contents;
mod engine;
mod failure;
mod filters;
mod groups;
mod literals;
mod physical;
mod pieces;
mod remote;
mod run;
mod scan;
mod session;
mod spill;
mod statement;
mod table_query;
mod tables;

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic;
use std::process::ExitCode;

use chengji_messages::quoted::OneLine;
use chengji_messages::{Language, Message, msg};
use rustix::fs::{FileType, fstat};

/// The exit code of a program that was not started by a node.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let language = Language::of_environment(|name| std::env::var(name).ok());
    let asked = std::env::args_os().nth(1);
    let node = node().filter(|_| asked.is_none());
    let Some(node) = node else {
        let usage = Message::from(msg::QueryEngineUsage).render(language);
        return match asked.is_some_and(|argument| argument == "--help") {
            true => say(&mut io::stdout(), &usage, ExitCode::SUCCESS),
            false => say(&mut io::stderr(), &usage, ExitCode::from(USAGE)),
        };
    };
    // The text of a panic may hold values of rows, which do not belong in a log.
    panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            let _ = writeln!(io::stderr(), "chengji-query-engine: panicked at {place}");
        }
    }));
    match run::serve(&node) {
        Ok(()) => ExitCode::SUCCESS,
        // The node has heard why, or is gone.
        Err(_) => ExitCode::FAILURE,
    }
}

/// The node's end of the standard input, if it is a socket.
fn node() -> Option<UnixStream> {
    let input = io::stdin().as_fd().try_clone_to_owned().ok()?;
    let kind = FileType::from_raw_mode(fstat(&input).ok()?.st_mode);
    (kind == FileType::Socket).then(|| UnixStream::from(input))
}

/// Writes a line. A failure is ignored: the exit code reports the outcome.
fn say(out: &mut impl Write, line: &str, code: ExitCode) -> ExitCode {
    let _ = writeln!(out, "{}", OneLine(line));
    code
}

//! Asks a database a question of a node over ODBC, and ends. The node speaks with this program over its standard input.
//!
//! A separate program, because drivers are the code of vendors, loaded when it connects: one that fails takes the answer
//! to one question with it, and finds no key of the node in its memory.

mod catalog;
mod columns;
mod database;
mod end;
mod limits;
mod rows;
mod serve;

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
        let usage = Message::from(msg::OdbcUsage).render(language);
        return match asked.is_some_and(|argument| argument == "--help") {
            true => say(&mut io::stdout(), &usage, ExitCode::SUCCESS),
            false => say(&mut io::stderr(), &usage, ExitCode::from(USAGE)),
        };
    };
    // The text of a panic may contain values of rows, which must not be logged.
    panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            let _ = writeln!(io::stderr(), "chengji-odbc: panicked at {place}");
        }
    }));
    match serve::serve(&node) {
        Ok(()) => ExitCode::SUCCESS,
        // The reason was sent to the node, or the node is gone.
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

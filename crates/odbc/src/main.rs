//! Asks a database a question of a node over ODBC, and ends. The node speaks with this program over its standard input.
//!
//! A separate program, because drivers are the code of vendors, loaded when it connects: one that fails takes the answer
//! to one question with it, and finds no key of the node in its memory.

mod catalog;
mod columns;
mod database;
mod end;
mod rows;
mod serve;

use std::process::ExitCode;

use chengji_messages::msg;
use chengji_subprocess::child;

fn main() -> ExitCode {
    child::run("chengji-odbc", msg::OdbcUsage, serve::serve)
}

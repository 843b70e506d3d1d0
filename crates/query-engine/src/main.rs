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

use std::process::ExitCode;

use chengji_messages::msg;
use chengji_subprocess::child;

fn main() -> ExitCode {
    child::run("chengji-query-engine", msg::QueryEngineUsage, run::serve)
}

//! The program of a city: its server, and the commands of its people.

use std::process::ExitCode;

fn main() -> ExitCode {
    chengji_node::cli::main()
}

//! The coordinator's program: the server, and the commands of operators and auditors.

use std::process::ExitCode;

fn main() -> ExitCode {
    chengji_coordinator::cli::main()
}

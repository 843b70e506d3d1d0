//! The program of a city: its server, and the commands of its people.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// The allocator of the whole program, the storage engine included: it returns freed memory to the system, which
/// long-lived servers with many threads need.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    chengji_node::cli::main()
}

//! Hardening of a process that holds keys.

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Disables core dumps, which would contain keys, and denies other processes of the same user access to
/// this one's memory.
pub fn keep_memory_private() -> Result<()> {
    let failed = |e: rustix::io::Errno| {
        let cause = Value::text(e);
        Error::new(
            ErrorCode::Misconfigured,
            msg::CoreDumpsUnavoidable { cause },
        )
    };
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed)?;
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none).map_err(failed)
}

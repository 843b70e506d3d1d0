//! Hardening of a process that holds keys, and its limits.

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};

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

/// Raises the soft limit of open files to the hard limit. Common soft limits of 1,024 are below the limit of
/// connections of a server, and each followed log takes one more.
pub fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, limit = ?limit.current, "the limit of open files stays as it is");
    }
}

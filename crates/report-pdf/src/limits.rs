//! Resource limits of this process, which ends if a report exceeds them.

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Maximum processor time, seconds; a report of a hundred departments takes one or two.
const MAX_SECONDS: u64 = 60;
/// Maximum data memory, bytes; large Chinese fonts take a tenth of it.
const MAX_MEMORY: u64 = 2 << 30;

/// Limits this process, unless stricter limits are set already.
///
/// # Errors
///
/// `MISCONFIGURED` if the system does not accept the limits.
pub(crate) fn set() -> Result<()> {
    lower(Resource::Cpu, MAX_SECONDS)?;
    lower(Resource::Data, MAX_MEMORY)
}

fn lower(resource: Resource, most: u64) -> Result<()> {
    let now = getrlimit(resource);
    let current = now.current.map_or(most, |current| current.min(most));
    let bounded = Rlimit {
        current: Some(current),
        maximum: now.maximum,
    };
    setrlimit(resource, bounded).map_err(|cause| {
        let cause = Value::text(cause);
        Error::new(ErrorCode::Misconfigured, msg::ReportPdfLimits { cause })
    })
}

//! Resource limits of this process, which ends if a report exceeds them.

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_subprocess::child::{Resource, limit};

/// Maximum processor time, seconds; a report of a hundred departments takes one or two.
const MAX_SECONDS: u64 = 60;
/// Maximum data memory, bytes; large Chinese fonts take a tenth of it.
const MAX_MEMORY: u64 = 2 << 30;

/// Limits this process, unless stricter limits are set already, and turns core dumps off, which would contain the report.
///
/// # Errors
///
/// `MISCONFIGURED` if the system does not accept the limits.
pub(crate) fn set() -> Result<()> {
    let limits = [
        (Resource::Core, 0),
        (Resource::Cpu, MAX_SECONDS),
        (Resource::Data, MAX_MEMORY),
    ];
    limit(&limits)
        .map_err(|cause| Error::new(ErrorCode::Misconfigured, msg::ReportPdfLimits { cause }))
}

//! The confinement of this process: what it may use is what the node has handed to it.

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_subprocess::child::{self, Resource};
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetError,
};

/// Memory of the program itself beside that of the query: code, threads, batches under way. Bytes.
const OWN_MEMORY: u64 = 1 << 30;

/// Denies this process what no query needs: to open files by name, and the network. A kernel without Landlock denies
/// neither.
///
/// # Errors
///
/// `MISCONFIGURED` if the system does not accept it.
pub(crate) fn confine() -> Result<()> {
    child::limit(&[(Resource::Core, 0)]).map_err(unconfined)?;
    isolate().map_err(unconfined)
}

/// Limits memory, the processor time in seconds, and the size of the file that is written: none is where it is 0.
///
/// # Errors
///
/// As of [`confine`].
pub(crate) fn limit(memory: u64, seconds: u64, spill: u64) -> Result<()> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let limits = [
        (Resource::Fsize, spill),
        (Resource::Data, memory.saturating_add(OWN_MEMORY)),
        (Resource::Cpu, seconds.saturating_mul(processors as u64)),
    ];
    child::limit(&limits).map_err(unconfined)
}

fn isolate() -> Result<(), RulesetError> {
    let known = ABI::V5;
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(known))?
        .handle_access(AccessNet::from_all(known))?
        .create()?
        .restrict_self()?;
    Ok(())
}

fn unconfined(cause: impl std::fmt::Display) -> Error {
    let cause = Value::text(cause);
    Error::new(
        ErrorCode::Misconfigured,
        msg::QueryEngineUnconfined { cause },
    )
}

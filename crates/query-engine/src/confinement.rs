//! The confinement of this process: what it may use is what the node has handed to it.

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetError,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Seconds of processor time after the limit until the system kills the process, if the signal of the limit has not ended
/// it.
const CPU_GRACE: u64 = 1;
/// Memory of the program itself beside that of the query: code, threads, batches under way. Bytes.
const OWN_MEMORY: u64 = 1 << 30;

/// Denies this process what no query needs: to open files by name, and the network. A kernel without Landlock denies
/// neither.
///
/// # Errors
///
/// `MISCONFIGURED` if the system does not accept it.
pub(crate) fn confine() -> Result<()> {
    lower(Resource::Core, 0)?;
    isolate().map_err(unconfined)
}

/// Limits memory, the processor time in seconds, and the size of the file that is written: none is where it is 0.
///
/// # Errors
///
/// As of [`confine`].
pub(crate) fn limit(memory: u64, seconds: u64, spill: u64) -> Result<()> {
    lower(Resource::Fsize, spill)?;
    lower(Resource::Data, memory.saturating_add(OWN_MEMORY))?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let most = seconds.saturating_mul(processors as u64);
    // At the lower limit the process gets a signal of its own: one that is killed may have been killed for memory.
    lower_to(Resource::Cpu, most, most.saturating_add(CPU_GRACE))
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

fn lower(resource: Resource, most: u64) -> Result<()> {
    lower_to(resource, most, most)
}

/// Lowers both limits of a resource, never above what is there.
fn lower_to(resource: Resource, current: u64, maximum: u64) -> Result<()> {
    let now = getrlimit(resource);
    let capped = |most: u64| now.maximum.map_or(most, |maximum| maximum.min(most));
    let bounded = Rlimit {
        current: Some(capped(current)),
        maximum: Some(capped(maximum)),
    };
    setrlimit(resource, bounded).map_err(unconfined)
}

fn unconfined(cause: impl std::fmt::Display) -> Error {
    let cause = Value::text(cause);
    Error::new(
        ErrorCode::Misconfigured,
        msg::QueryEngineUnconfined { cause },
    )
}

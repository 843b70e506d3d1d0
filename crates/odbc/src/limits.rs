//! The limits of this process.

use std::io;

use chengji_odbc_dialog::{Failure, Stage};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Limits memory in bytes, and files that are written on a crash. The time is limited by the node, which ends this
/// process when it waits for too long.
///
/// # Errors
///
/// The system does not accept it.
pub(crate) fn limit(memory: u64) -> Result<(), Failure> {
    let limited = lower(Resource::Core, 0).and_then(|()| lower(Resource::Data, memory));
    limited.map_err(|cause| Failure {
        stage: Stage::Limiting.into(),
        text: cause.to_string(),
        ..Failure::default()
    })
}

fn lower(resource: Resource, most: u64) -> io::Result<()> {
    let now = getrlimit(resource);
    let most = now.maximum.map_or(most, |maximum| maximum.min(most));
    let bounded = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    Ok(setrlimit(resource, bounded)?)
}

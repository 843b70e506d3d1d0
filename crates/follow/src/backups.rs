//! Creates backups of the program's data directory on request, and lists them.

use std::path::Path;

use chengji_domain::Result;
use chengji_domain::fact::LogOwner;
use chengji_proto::convert::position_to;
use chengji_proto::v1;
use chengji_store::Ledger;
use chengji_store::backup::{Backup, BackupLabel};
use jiff::Timestamp;

/// Creates a backup below this folder, named by owner, time and position. Blocks.
pub fn back_up(
    ledger: &Ledger,
    log: LogOwner,
    cluster: &str,
    folder: &Path,
    now: Timestamp,
) -> Result<v1::Backup> {
    let owner = log.to_string();
    let head = ledger.head();
    let short = owner.strip_prefix("city/").unwrap_or(&owner);
    let (number, seq) = (head.epoch.number, head.seq);
    let name = format!("{short}-{}-{number}-{seq}", stamp(now));
    let label = BackupLabel {
        owner,
        cluster: cluster.to_owned(),
        at: now.to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let backup = ledger.back_up(&folder.join(name), label)?;
    tracing::info!(backup = %backup.path.display(), bytes = backup.bytes, "backed up");
    backup_to(&backup)
}

/// A time in the form used in file names: `20261126T120000Z`.
pub fn stamp(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Converts a backup to its message. Errors: STORAGE_DAMAGED where its file is malformed.
pub fn backup_to(backup: &Backup) -> Result<v1::Backup> {
    let mark = &backup.mark;
    let (position, leaf) = (mark.position()?, mark.last_leaf()?);
    Ok(v1::Backup {
        path: backup.path.display().to_string(),
        owner: mark.owner.clone(),
        cluster: mark.cluster.clone(),
        head: Some(position_to(position.epoch, position.seq)),
        leaf: leaf.map_or(Vec::new(), |leaf| leaf.0.to_vec()),
        bytes: backup.bytes,
        at: mark.at.clone(),
        version: mark.version.clone(),
    })
}

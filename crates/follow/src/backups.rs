//! Making backups of the own data directory by a call, and showing those there are.

use std::path::Path;

use chengji_domain::fact::LogOwner;
use chengji_domain::{Digest, Result};
use chengji_proto::v1;
use chengji_store::Ledger;
use chengji_store::backup::{Backup, BackupLabel};
use jiff::Timestamp;

/// Makes a backup below this folder, named by owner, time and position. Blocks.
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
    Ok(backup_to(&backup))
}

/// A time in the form used in names of files: `20261126T120000Z`.
pub fn stamp(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A backup on the wire.
pub fn backup_to(backup: &Backup) -> v1::Backup {
    let mark = &backup.mark;
    let leaf = mark.leaf.parse().map(|leaf: Digest| leaf.0.to_vec());
    v1::Backup {
        path: backup.path.display().to_string(),
        owner: mark.owner.clone(),
        cluster: mark.cluster.clone(),
        head: Some(v1::LogPosition {
            epoch: mark.epoch,
            seq: mark.seq,
            epoch_id: bytes(&mark.epoch_id),
        }),
        leaf: leaf.unwrap_or_default(),
        bytes: backup.bytes,
        at: mark.at.clone(),
        version: mark.version.clone(),
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks_exact(2);
    digits
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

//! The federated catalogue (联合目录): the latest state of each entry in the cities' logs. A missing entry is
//! never taken as deleted; only a fact of its owner changes it.

use chengji_domain::catalogue::{Entry, EntryRecord, Mount, Tightening, Withdrawal};
use chengji_domain::fact::{CityFact, Measurement};
use chengji_domain::stop::{RecordedAct, Stops};
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, ResourceRef, Result};
use chengji_messages::msg;
use chengji_records::StoredRecord;
use chengji_store::{Encoded, Tx};
use jiff::Timestamp;

use crate::records::{self, CatalogueSums};

/// Maximum length of a mount's file name, bytes.
const MAX_FILE_NAME: usize = 255;

/// Applies a fact to the catalogue; facts about other subjects have no effect. `first_record` is the encoded record of
/// a publication at that time, for an entry that has none yet; without it, the record is encoded here.
pub fn apply(
    tx: &mut Tx<'_>,
    sums: &mut CatalogueSums,
    city: CityCode,
    at: Timestamp,
    fact: &CityFact,
    first_record: Option<&Encoded<StoredRecord>>,
) -> Result<()> {
    match fact {
        CityFact::Published { entry, revision } => {
            publish(tx, sums, (city, at), (entry, *revision), first_record)
        }
        CityFact::Withdrawn { code, reason } => withdraw(tx, sums, city, at, code, reason),
        CityFact::Mounted {
            code,
            file_name,
            is_table,
        } => mount(tx, sums, city, code, (file_name.as_str(), *is_table)),
        CityFact::Unmounted { code, .. } => unmount(tx, sums, city, code),
        CityFact::Measured { code, measurement } => measure(tx, sums, city, code, measurement),
        CityFact::Requested { .. }
        | CityFact::Moved { .. }
        | CityFact::Delivered { .. }
        | CityFact::Received { .. }
        | CityFact::Stop { .. }
        | CityFact::Access(_)
        | CityFact::DepartmentSucceeded(_)
        | CityFact::DepartmentSuccessionEnded(_)
        | CityFact::EpochOpened(_)
        | CityFact::Review(_)
        | CityFact::Consent(_)
        | CityFact::Delegation(_)
        | CityFact::Usage(_)
        | CityFact::GrantRule(_)
        | CityFact::Notification(_)
        | CityFact::ReturnFlow(_)
        | CityFact::ProbeMade(_)
        | CityFact::Matter(_) => Ok(()),
    }
}

/// Publishes a revision later than the last one. Revisions in between were never published.
fn publish(
    tx: &mut Tx<'_>,
    sums: &mut CatalogueSums,
    (city, at): (CityCode, Timestamp),
    (entry, revision): (&Entry, u32),
    first_record: Option<&Encoded<StoredRecord>>,
) -> Result<()> {
    let (before, size) = records::sized_entry(tx, city, &entry.code)?.unzip();
    let last = before.as_ref().map_or(0, |record| record.revision);
    if revision <= last {
        let message = msg::RevisionNotLater {
            entry: resource(city, &entry.code),
            revision,
            last,
        };
        return Err(Error::new(ErrorCode::PeerInvalid, message));
    }
    if let (None, Some(record)) = (&before, first_record) {
        return records::put_first(tx, sums, city, &entry.code, record);
    }
    let is_tightened = |before: &EntryRecord| Tightening::of(&before.entry, entry).is_some();
    if before.as_ref().is_some_and(is_tightened) {
        records::count_added_conditions(tx, city)?;
    }
    let required_approval = (before.as_ref()).is_some_and(|record| record.entry.superior_approval);
    let (mount, stop) = before.map_or((None, None), |record| (record.mount, record.stop));
    let record = EntryRecord {
        mount,
        stop,
        ..EntryRecord::new(entry.clone(), revision, at)
    };
    records::put_entry(tx, sums, city, &record, size)?;
    match required_approval {
        true => records::recheck_approvals(tx, city, &entry.code, revision),
        false => Ok(()),
    }
}

/// Withdraws an entry, which stays on record.
fn withdraw(
    tx: &mut Tx<'_>,
    sums: &mut CatalogueSums,
    city: CityCode,
    at: Timestamp,
    code: &ResourceCode,
    reason: &str,
) -> Result<()> {
    let mut required_approval = false;
    change(tx, sums, city, code, |record| {
        required_approval = record.entry.superior_approval;
        record.withdrawn = Some(Withdrawal {
            at,
            reason: reason.to_owned(),
        });
        Ok(())
    })?;
    match required_approval {
        true => records::recheck_approvals(tx, city, code, u32::MAX),
        false => Ok(()),
    }
}

/// Mounts a source, not measured yet.
fn mount(
    tx: &mut Tx<'_>,
    sums: &mut CatalogueSums,
    city: CityCode,
    code: &ResourceCode,
    (file_name, is_table): (&str, bool),
) -> Result<()> {
    let plain = !file_name.contains('/') && !matches!(file_name, "." | "..");
    // The city's own node checked its characters; it is escaped when shown.
    if !plain || !(1..=MAX_FILE_NAME).contains(&file_name.len()) {
        let entry = resource(city, code);
        let message = msg::MountNameInvalid { entry };
        return Err(Error::new(ErrorCode::PeerInvalid, message));
    }
    change(tx, sums, city, code, |record| {
        record.mount = Some(Mount {
            file_name: file_name.to_owned(),
            is_table,
            measurement: None,
            history: None,
        });
        Ok(())
    })
}

/// Unmounts a source.
fn unmount(
    tx: &mut Tx<'_>,
    sums: &mut CatalogueSums,
    city: CityCode,
    code: &ResourceCode,
) -> Result<()> {
    change(tx, sums, city, code, |record| {
        record.mount = None;
        Ok(())
    })
}

/// Records the measurement of a mounted source.
fn measure(
    tx: &mut Tx<'_>,
    sums: &mut CatalogueSums,
    city: CityCode,
    code: &ResourceCode,
    measurement: &Measurement,
) -> Result<()> {
    change(tx, sums, city, code, |record| match &mut record.mount {
        Some(mount) => {
            mount.measurement = Some(*measurement);
            Ok(())
        }
        None => {
            let entry = resource(city, code);
            let message = msg::MeasuredWithoutMount { entry };
            Err(Error::new(ErrorCode::PeerInvalid, message))
        }
    })
}

/// Stops or resumes deliveries of an entry, as its provider decided.
pub fn stop(
    tx: &mut Tx<'_>,
    sums: &mut CatalogueSums,
    city: CityCode,
    code: &ResourceCode,
    act: RecordedAct,
) -> Result<()> {
    change(tx, sums, city, code, |record| {
        let stops = Stops::new([act]);
        record.stop = stops.in_force().map(|(stop, _)| stop.clone());
        Ok(())
    })
}

fn resource(city: CityCode, code: &ResourceCode) -> ResourceRef {
    let code = code.clone();
    ResourceRef { city, code }
}

fn change(
    tx: &mut Tx<'_>,
    sums: &mut CatalogueSums,
    city: CityCode,
    code: &ResourceCode,
    change: impl FnOnce(&mut EntryRecord) -> Result<()>,
) -> Result<()> {
    let (mut record, size) = records::sized_entry(tx, city, code)?.ok_or_else(|| {
        let entry = resource(city, code);
        Error::new(ErrorCode::PeerInvalid, msg::EntryNeverPublished { entry })
    })?;
    change(&mut record)?;
    records::put_entry(tx, sums, city, &record, Some(size))
}

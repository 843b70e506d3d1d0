//! Mounts as they are stored: the source of an entry, and whether the last check has found it. The log records that
//! something is mounted and its volume; where it is stays on the node.

use std::ops::Bound;

use chengji_domain::catalogue::{Entry, EntryRecord};
use chengji_domain::fact::{CityFact, Measurement};
use chengji_domain::problem::Problem;
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_messages::msg;
use chengji_records::{MountRecord, MountedSource, MountedTable, StoredSource};
use chengji_store::{Limit, Prefix, Table, Tx, View};

use super::editor::Editor;
use super::{entries, history, running};
use crate::own_log::OwnLog;

/// The sources that are mounted, by code.
static MOUNTS: Table<ResourceCode, StoredSource> = Table::new(Prefix::Mount, &[]);

/// The source of an entry as it was when it was last measured, and whether the last check found it.
pub(super) fn mounted(
    view: &(impl View + ?Sized),
    code: &ResourceCode,
) -> Result<Option<MountRecord>> {
    MOUNTS.get(view, code)
}

/// The mounts in order of code, after `after` if given, at most `limit`.
pub(super) fn page(
    view: &(impl View + ?Sized),
    after: Option<&ResourceCode>,
    limit: usize,
) -> Result<Vec<(ResourceCode, MountRecord)>> {
    let later = after.map_or(Bound::Unbounded, |code| Bound::Excluded(code.clone()));
    let page = MOUNTS.range((later, Bound::Unbounded));
    Ok(page.page(view, Limit::rows(limit))?.rows)
}

/// Removes the mount of an entry.
pub(super) fn remove(tx: &mut Tx<'_>, code: &ResourceCode) -> Result<()> {
    MOUNTS.delete(tx, code).map(drop)
}

/// Fails if the entry is not published and shared, or nothing is mounted to it.
pub(crate) fn check_mounted(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<()> {
    entries::shared(view, code)?;
    match mounted(view, code)? {
        Some(_) => Ok(()),
        None => Err(nothing_to_deliver(code)),
    }
}

/// Returns true if a table is mounted to the entry.
fn is_table(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<bool> {
    let mount = mounted(view, code)?;
    Ok(mount.is_some_and(|mount| matches!(mount.source, MountedSource::Table(_))))
}

/// Refuses to mount a table in the place of nothing or a file while grants are running: they are of a file, and would
/// deliver nothing any more. Errors: `OUT_OF_TURN`.
pub(super) fn check_replaced_by_table(
    view: &(impl View + ?Sized),
    own: &OwnLog,
    code: &ResourceCode,
) -> Result<()> {
    if is_table(view, code)? {
        return Ok(());
    }
    running::check_none(view, &own.ledger, (own.city, code), own.now())
}

/// The entry, which must also be one that the editor may mount to.
pub(super) fn own_entry(
    view: &(impl View + ?Sized),
    editor: &Editor,
    code: &ResourceCode,
) -> Result<Entry> {
    check_own(editor, &entries::existing(view, code)?)?;
    entries::shared(view, code)
}

/// Refuses another department's entry.
pub(super) fn check_own(editor: &Editor, record: &EntryRecord) -> Result<()> {
    editor.check(&record.entry.code, record.entry.provider_code)
}

/// A source after measuring.
pub(super) struct Measured {
    /// The source as it was when it was measured.
    pub source: MountedSource,
    /// The name that is disclosed.
    pub name: String,
    /// The result.
    pub measurement: Measurement,
}

/// The mount that a measurement requires.
pub(super) enum Expected {
    /// Any or none, which is replaced.
    Anything,
    /// This source.
    Same(MountedSource),
    /// This source; only a changed content is recorded in the log, and none in place of a later measurement.
    Another(MountedSource),
}

/// Stores a measured source, and records the mount, unless it is known, and the measurement in the log.
pub(super) async fn store(
    own: &OwnLog,
    editor: &Editor,
    code: ResourceCode,
    measured: Measured,
    expected: Expected,
) -> Result<EntryRecord> {
    let (own, editor) = (own.clone(), editor.clone());
    let ledger = own.ledger.clone();
    let job = move |tx: &mut Tx<'_>| put(tx, (&own, &editor), code, measured, &expected);
    ledger.write(job).await
}

fn put(
    tx: &mut Tx<'_>,
    (own, editor): (&OwnLog, &Editor),
    code: ResourceCode,
    measured: Measured,
    expected: &Expected,
) -> Result<EntryRecord> {
    let Measured {
        source,
        name,
        measurement,
    } = measured;
    // The entry may have been revised, withdrawn or handed over while the source was read.
    own_entry(tx, editor, &code)?;
    let mut record = entries::published(tx, &code)?;
    let before = mounted(tx, &code)?;
    check_expected(expected, before.as_ref(), &code)?;
    if matches!(expected, Expected::Another(_)) {
        check_latest(&record, &measurement)?;
    }
    let is_table = matches!(source, MountedSource::Table(_));
    if is_table {
        check_replaced_by_table(tx, own, &code)?;
    }
    let is_same = before.is_some_and(|before| before.source.is_same_as(&source));
    MOUNTS.put(tx, &code, &MountRecord::new(source))?;
    if matches!(expected, Expected::Another(_)) && history::is_known(&record, &measurement) {
        return Ok(record);
    }
    let (by, at) = (&editor.by, own.now());
    if !is_same || record.mount.is_none() {
        let mounted = CityFact::Mounted {
            code: code.clone(),
            file_name: name.clone(),
            is_table,
        };
        own.append(tx, by, at, mounted)?;
    }
    let mount = history::measured(record.mount.as_ref(), (name, is_table), &measurement);
    record.mount = Some(mount);
    entries::put(tx, &record)?;
    own.append(tx, by, at, CityFact::Measured { code, measurement })?;
    Ok(record)
}

fn check_expected(
    expected: &Expected,
    before: Option<&MountRecord>,
    code: &ResourceCode,
) -> Result<()> {
    let source = match expected {
        Expected::Anything => return Ok(()),
        Expected::Same(source) | Expected::Another(source) => source,
    };
    if before.is_some_and(|before| before.source.is_same_as(source)) {
        return Ok(());
    }
    let code = code.as_str();
    let message = msg::MountChangedMeanwhile { code };
    Err(Error::new(ErrorCode::Conflict, message))
}

/// Refuses another content than that of a measurement which began later. Errors: `CONFLICT`.
fn check_latest(record: &EntryRecord, found: &Measurement) -> Result<()> {
    if !history::is_outdated(record, found) || history::is_known(record, found) {
        return Ok(());
    }
    let code = record.entry.code.as_str();
    let message = msg::MountMeasuredMeanwhile { code };
    Err(Error::new(ErrorCode::Conflict, message))
}

/// A mounted file that a check found, or did not find, unlike the one before.
#[derive(Debug)]
pub(super) struct CheckedMount {
    /// The entry's code.
    pub code: ResourceCode,
    /// The path that was looked up.
    pub path: String,
    /// True if the file is there.
    pub is_found: bool,
}

/// Stores what a check found, except for mounts that were replaced meanwhile.
pub(super) async fn note_checked(own: &OwnLog, checked: Vec<CheckedMount>) -> Result<()> {
    if checked.is_empty() {
        return Ok(());
    }
    let at = own.now();
    let job = move |tx: &mut Tx<'_>| {
        for file in &checked {
            MOUNTS.update(tx, &file.code, |mount| {
                if matches!(&mount.source, MountedSource::File(known) if known.path == file.path) {
                    mount.gone_since = (!file.is_found).then_some(at);
                }
                Ok(())
            })?;
        }
        Ok(())
    };
    own.ledger.write(job).await
}

/// Stores why a mounted table cannot be read, or that it can again, unless the mount was replaced meanwhile.
pub(super) async fn note_table(
    own: &OwnLog,
    (code, table): (ResourceCode, MountedTable),
    problem: Option<Problem>,
) -> Result<()> {
    let at = own.now();
    let table = MountedSource::Table(table);
    let job = move |tx: &mut Tx<'_>| {
        MOUNTS.update(tx, &code, |mount| {
            if mount.source == table {
                let since = mount.gone_since.unwrap_or(at);
                mount.gone_since = problem.is_some().then_some(since);
                mount.problem = problem;
            }
            Ok(())
        })?;
        Ok(())
    };
    own.ledger.write(job).await
}

/// The error for the city's own people.
pub(super) fn nothing_mounted(code: &ResourceCode) -> Error {
    let code = code.as_str();
    Error::new(ErrorCode::NotFound, msg::NothingMounted { code })
}

/// The error for another city, which cannot mount anything here.
pub(super) fn nothing_to_deliver(code: &ResourceCode) -> Error {
    let code = code.as_str();
    Error::new(
        ErrorCode::SourceUnavailable,
        msg::NothingMountedAtProvider { code },
    )
}

/// The error for a consumer whose grant is of a file that a table has taken the place of.
pub(super) fn table_not_delivered(code: &ResourceCode) -> Error {
    let code = code.as_str();
    Error::new(
        ErrorCode::SourceUnavailable,
        msg::MountedTableNotDelivered { code },
    )
}

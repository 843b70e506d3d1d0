//! Mounting (挂接): links an entry to a file on the node's machine, and measures its content. The log
//! records that something is mounted and its volume; the path stays on the node.

use std::ops::Bound;
use std::path::PathBuf;
use std::sync::Arc;

use chengji_domain::catalogue::{Entry, EntryRecord};
use chengji_domain::fact::{CityFact, Measurement};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_messages::msg;
use chengji_records::{MountRecord, MountedSource, StoredSource};
use chengji_runtime::off_thread;
use chengji_store::{Limit, Prefix, Table, View};
use tokio::sync::Semaphore;

use super::Catalogue;
use super::editor::Editor;
use super::source::{Source, file_name, locate};
use super::{entries, history, measure, running};

/// Maximum number of files read for callers at once, over all calls: more would only make a disk seek.
pub(super) const READERS: usize = 4;
static READING: Semaphore = Semaphore::const_new(READERS);

/// Mounts the file at this path to the entry, replacing an earlier mount, and measures it while `go_on`
/// returns true.
pub async fn mount(
    catalogue: &Catalogue,
    editor: &Editor,
    code: ResourceCode,
    path: &str,
    go_on: impl Fn() -> bool + Send + 'static,
) -> Result<EntryRecord> {
    own_entry(catalogue.own.ledger.kv().as_ref(), editor, &code)?;
    let (path, roots) = (path.to_owned(), catalogue.mount_roots.clone());
    let path = off_thread(move || locate(&path, &roots)).await?;
    file_name(&path)?;
    mount_located(catalogue, editor, code, path, go_on).await
}

/// Mounts the file at this path, which is already located.
pub(super) async fn mount_located(
    catalogue: &Catalogue,
    editor: &Editor,
    code: ResourceCode,
    path: PathBuf,
    go_on: impl Fn() -> bool + Send + 'static,
) -> Result<EntryRecord> {
    let entry = own_entry(catalogue.own.ledger.kv().as_ref(), editor, &code)?;
    let found = look_in_turn(catalogue, path, &entry, go_on).await?;
    store(catalogue, editor, code, found, Expected::Anything).await
}

/// Removes the mount, once no grant is running. To deliver from another source meanwhile, that is mounted in its place.
pub async fn unmount(
    catalogue: &Catalogue,
    editor: &Editor,
    code: ResourceCode,
    reason: String,
) -> Result<EntryRecord> {
    entries::check_reason(&reason)?;
    let (catalogue, editor, at) = (catalogue.clone(), editor.clone(), catalogue.own.now());
    let ledger = catalogue.own.ledger.clone();
    let job = move |tx: &mut chengji_store::Tx<'_>| {
        let mut record = entries::existing(tx, &code)?;
        check_own(&editor, &record)?;
        record.mount.take().ok_or_else(|| nothing_mounted(&code))?;
        let own = &catalogue.own;
        running::check_none(tx, &own.ledger, (own.city, &code), at)?;
        entries::put(tx, &record)?;
        MOUNTS.delete(tx, &code)?;
        catalogue
            .own
            .append(tx, &editor.by, at, CityFact::Unmounted { code, reason })?;
        Ok(record)
    };
    ledger.write(job).await
}

/// Measures the mounted file again, while `go_on` returns true. An unchanged result is recorded as a
/// fact, too.
pub async fn measure_again(
    catalogue: &Catalogue,
    editor: &Editor,
    code: ResourceCode,
    go_on: impl Fn() -> bool + Send + 'static,
) -> Result<EntryRecord> {
    let entry = own_entry(catalogue.own.ledger.kv().as_ref(), editor, &code)?;
    let stored = mounted(catalogue.own.ledger.kv().as_ref(), &code)?
        .ok_or_else(|| nothing_mounted(&code))?
        .source;
    let found = look_in_turn(catalogue, PathBuf::from(&stored.path), &entry, go_on).await?;
    store(catalogue, editor, code, found, Expected::Path(stored.path)).await
}

/// Measures the mounted file again, on the node's own account, while `go_on` returns true. If the content
/// is unchanged and no fact is `due`, only the file's identity is stored, so that it is not read again;
/// nothing is appended to the log.
pub(super) async fn measure_by_itself(
    catalogue: &Catalogue,
    code: ResourceCode,
    stored: MountedSource,
    due: bool,
    go_on: impl Fn() -> bool + Send + 'static,
) -> Result<()> {
    let entry = entries::shared(catalogue.own.ledger.kv().as_ref(), &code)?;
    let found = open_and_measure(catalogue, PathBuf::from(&stored.path), &entry, go_on).await?;
    let expected = if due {
        Expected::Path(stored.path)
    } else {
        Expected::Another(stored.path)
    };
    store(catalogue, &catalogue.node_editor(), code, found, expected)
        .await
        .map(drop)
}

/// Opens the source of an entry, with a record whose measurement is that of the open file: one that has
/// changed since it was measured is measured first.
pub(crate) async fn open_measured(
    catalogue: &Catalogue,
    code: &ResourceCode,
) -> Result<(EntryRecord, Arc<Source>)> {
    let kv = catalogue.own.ledger.kv().as_ref();
    let entry = entries::shared(kv, code)?;
    let record = entries::published(kv, code)?;
    let stored = mounted(kv, code)?.ok_or_else(|| nothing_to_deliver(code))?;
    let stored = stored.source;
    let (path, roots) = (PathBuf::from(&stored.path), catalogue.mount_roots.clone());
    let opened = off_thread(move || Source::open(&path, &roots)).await;
    let source = opened.map_err(|error| failed(&error, catalogue, code))?;
    if source.identity == stored && record.mount.is_some() {
        return Ok((record, Arc::new(source)));
    }
    tracing::info!(%code, "the mounted source has changed and is measured again");
    let path = PathBuf::from(&stored.path);
    let found = open_and_measure(catalogue, path, &entry, || true)
        .await
        .map_err(|error| failed(&error, catalogue, code))?;
    let source = Arc::clone(&found.source);
    let expected = Expected::Path(stored.path);
    let record = store(
        catalogue,
        &catalogue.node_editor(),
        code.clone(),
        found,
        expected,
    )
    .await?;
    Ok((record, source))
}

/// A source after opening and measuring.
struct Found {
    source: Arc<Source>,
    measurement: Measurement,
}

/// Measures a source for a caller within the concurrency limit.
async fn look_in_turn(
    catalogue: &Catalogue,
    path: PathBuf,
    entry: &Entry,
    go_on: impl Fn() -> bool + Send + 'static,
) -> Result<Found> {
    let closed = |_| Error::new(ErrorCode::Unavailable, msg::MountReadingClosed);
    let _turn = READING.acquire().await.map_err(closed)?;
    open_and_measure(catalogue, path, entry, go_on).await
}

async fn open_and_measure(
    catalogue: &Catalogue,
    path: PathBuf,
    entry: &Entry,
    go_on: impl Fn() -> bool + Send + 'static,
) -> Result<Found> {
    let tabular = measure::is_tabular(&path, entry);
    let (roots, at) = (catalogue.mount_roots.clone(), catalogue.own.now());
    off_thread(move || {
        let source = Source::open(&path, &roots)?;
        let measurement = measure::measure(&source, tabular, at, &go_on)?;
        Ok(Found {
            source: Arc::new(source),
            measurement,
        })
    })
    .await
}

/// The mount that a measurement requires.
enum Expected {
    Anything,
    Path(String),
    /// The same file; and only a changed content is recorded in the log.
    Another(String),
}

async fn store(
    catalogue: &Catalogue,
    editor: &Editor,
    code: ResourceCode,
    Found {
        source,
        measurement,
    }: Found,
    expected: Expected,
) -> Result<EntryRecord> {
    let name = file_name(source.path())?.to_owned();
    let (catalogue, editor, at) = (catalogue.clone(), editor.clone(), catalogue.own.now());
    let ledger = catalogue.own.ledger.clone();
    let job = move |tx: &mut chengji_store::Tx<'_>| {
        // The entry may have been revised, withdrawn or handed over while the file was read.
        own_entry(tx, &editor, &code)?;
        let mut record = entries::published(tx, &code)?;
        let before = mounted(tx, &code)?;
        if let Expected::Path(path) | Expected::Another(path) = &expected
            && before
                .as_ref()
                .is_none_or(|before| before.source.path != *path)
        {
            let code = code.as_str();
            let message = msg::MountChangedMeanwhile { code };
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        let mount = MountRecord {
            source: source.identity.clone(),
            gone_since: None,
        };
        MOUNTS.put(tx, &code, &mount)?;
        if matches!(expected, Expected::Another(_)) && history::is_known(&record, &measurement) {
            return Ok(record);
        }
        let same = before.is_some_and(|before| before.source.path == source.identity.path);
        if !same || record.mount.is_none() {
            let (code, file_name) = (code.clone(), name.clone());
            catalogue
                .own
                .append(tx, &editor.by, at, CityFact::Mounted { code, file_name })?;
        }
        let mount = history::measured(record.mount.as_ref(), name, &measurement);
        record.mount = Some(mount);
        entries::put(tx, &record)?;
        catalogue
            .own
            .append(tx, &editor.by, at, CityFact::Measured { code, measurement })?;
        Ok(record)
    };
    ledger.write(job).await
}

/// Fails if the entry is not published and shared, or nothing is mounted to it.
pub(crate) fn check_mounted(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<()> {
    entries::shared(view, code)?;
    if MOUNTS.contains(view, code)? {
        Ok(())
    } else {
        Err(nothing_to_deliver(code))
    }
}

/// The entry, which must also be one that the editor may mount to.
fn own_entry(view: &(impl View + ?Sized), editor: &Editor, code: &ResourceCode) -> Result<Entry> {
    check_own(editor, &entries::existing(view, code)?)?;
    entries::shared(view, code)
}

/// Refuses another department's entry.
pub(super) fn check_own(editor: &Editor, record: &EntryRecord) -> Result<()> {
    editor.check(&record.entry.code, record.entry.provider_code)
}

/// The files that are mounted, by code.
static MOUNTS: Table<ResourceCode, StoredSource> = Table::new(Prefix::Mount, &[]);

/// The path of an entry's source, the file's identity when it was last measured, and whether the last check found it.
pub(super) fn mounted(
    view: &(impl View + ?Sized),
    code: &ResourceCode,
) -> Result<Option<MountRecord>> {
    MOUNTS.get(view, code)
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
pub(super) async fn note_checked(catalogue: &Catalogue, checked: Vec<CheckedMount>) -> Result<()> {
    if checked.is_empty() {
        return Ok(());
    }
    let at = catalogue.own.now();
    let job = move |tx: &mut chengji_store::Tx<'_>| {
        for file in &checked {
            MOUNTS.update(tx, &file.code, |mount| {
                if mount.source.path == file.path {
                    mount.gone_since = (!file.is_found).then_some(at);
                }
                Ok(())
            })?;
        }
        Ok(())
    };
    catalogue.own.ledger.write(job).await
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

/// The error for the city's own people.
fn nothing_mounted(code: &ResourceCode) -> Error {
    let code = code.as_str();
    Error::new(ErrorCode::NotFound, msg::NothingMounted { code })
}

/// The error for another city, which cannot mount anything here.
fn nothing_to_deliver(code: &ResourceCode) -> Error {
    let code = code.as_str();
    Error::new(
        ErrorCode::SourceUnavailable,
        msg::NothingMountedAtProvider { code },
    )
}

/// Logs a failure with its path for the operator.
fn failed(error: &Error, catalogue: &Catalogue, code: &ResourceCode) -> Error {
    tracing::warn!(%code, "the mounted source failed: {error}");
    without_path(error, catalogue, code)
}

/// The error of a source for another city: without the path.
pub(crate) fn without_path(error: &Error, catalogue: &Catalogue, code: &ResourceCode) -> Error {
    let resource = format!("{}:{code}", catalogue.own.city);
    match error.code() {
        ErrorCode::SourceChanged => Error::new(
            ErrorCode::SourceChanged,
            msg::SourceOfResourceChanged { resource },
        ),
        ErrorCode::SourceUnavailable | ErrorCode::InvalidArgument => Error::new(
            ErrorCode::SourceUnavailable,
            msg::SourceOfResourceUnavailable { resource },
        ),
        _ => error.clone(),
    }
}

#[cfg(test)]
#[path = "mount_tests.rs"]
mod tests;

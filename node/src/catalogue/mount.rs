//! Mounting (挂接): links an entry to a file on the node's machine, and measures its content. The log
//! records that something is mounted and its volume; the path stays on the node.

use std::path::PathBuf;
use std::sync::Arc;

use chengji_domain::catalogue::{Entry, EntryRecord};
use chengji_domain::fact::{CityFact, Measurement};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_messages::msg;
use chengji_records::{MountedFile, MountedSource};
use chengji_runtime::off_thread;
use tokio::sync::Semaphore;

use super::Catalogue;
use super::editor::Editor;
use super::mounts::{
    self, Expected, Measured, mounted, nothing_mounted, nothing_to_deliver, own_entry,
    table_not_delivered,
};
use super::source::{Source, file_name, locate};
use super::{entries, measure, mount_table, running};

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
    mounts::store(
        &catalogue.own,
        editor,
        code,
        found.measured()?,
        Expected::Anything,
    )
    .await
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
        mounts::check_own(&editor, &record)?;
        record.mount.take().ok_or_else(|| nothing_mounted(&code))?;
        let own = &catalogue.own;
        running::check_none(tx, &own.ledger, (own.city, &code), at)?;
        entries::put(tx, &record)?;
        mounts::remove(tx, &code)?;
        catalogue
            .own
            .append(tx, &editor.by, at, CityFact::Unmounted { code, reason })?;
        Ok(record)
    };
    ledger.write(job).await
}

/// Measures the mounted file or table again, while `go_on` returns true. An unchanged result is recorded as a
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
    let file = match stored {
        MountedSource::File(file) => file,
        MountedSource::Table(table) => {
            return mount_table::measure_again(catalogue, editor, (code, table), go_on).await;
        }
    };
    let found = look_in_turn(catalogue, PathBuf::from(&file.path), &entry, go_on).await?;
    let expected = Expected::Same(MountedSource::File(file));
    mounts::store(&catalogue.own, editor, code, found.measured()?, expected).await
}

/// Measures the mounted file again, on the node's own account, while `go_on` returns true. If the content
/// is unchanged and no fact is `due`, only the file's identity is stored, so that it is not read again;
/// nothing is appended to the log.
pub(super) async fn measure_by_itself(
    catalogue: &Catalogue,
    code: ResourceCode,
    file: MountedFile,
    due: bool,
    go_on: impl Fn() -> bool + Send + 'static,
) -> Result<()> {
    let entry = entries::shared(catalogue.own.ledger.kv().as_ref(), &code)?;
    let found = open_and_measure(catalogue, PathBuf::from(&file.path), &entry, go_on).await?;
    let source = MountedSource::File(file);
    let expected = if due {
        Expected::Same(source)
    } else {
        Expected::Another(source)
    };
    let editor = catalogue.node_editor();
    let stored = mounts::store(&catalogue.own, &editor, code, found.measured()?, expected);
    stored.await.map(drop)
}

/// Opens the file of an entry, with a record whose measurement is that of the open file: one that has
/// changed since it was measured is measured first. Errors: `SOURCE_UNAVAILABLE` where a table took its place.
pub(crate) async fn open_measured(
    catalogue: &Catalogue,
    code: &ResourceCode,
) -> Result<(EntryRecord, Arc<Source>)> {
    let kv = catalogue.own.ledger.kv().as_ref();
    let entry = entries::shared(kv, code)?;
    let record = entries::published(kv, code)?;
    let stored = mounted(kv, code)?.ok_or_else(|| nothing_to_deliver(code))?;
    let file = match stored.source {
        MountedSource::File(file) => file,
        MountedSource::Table(_) => return Err(table_not_delivered(code)),
    };
    let (path, roots) = (PathBuf::from(&file.path), catalogue.mount_roots.clone());
    let opened = off_thread(move || Source::open(&path, &roots)).await;
    let source = opened.map_err(|error| failed(&error, catalogue, code))?;
    if source.identity == file && record.mount.is_some() {
        return Ok((record, Arc::new(source)));
    }
    tracing::info!(%code, "the mounted source has changed and is measured again");
    let path = PathBuf::from(&file.path);
    let found = open_and_measure(catalogue, path, &entry, || true)
        .await
        .map_err(|error| failed(&error, catalogue, code))?;
    let source = Arc::clone(&found.source);
    let expected = Expected::Same(MountedSource::File(file));
    let (editor, measured) = (catalogue.node_editor(), found.measured()?);
    let record = mounts::store(&catalogue.own, &editor, code.clone(), measured, expected).await?;
    Ok((record, source))
}

/// A source after opening and measuring.
struct Found {
    source: Arc<Source>,
    measurement: Measurement,
}

impl Found {
    fn measured(self) -> Result<Measured> {
        Ok(Measured {
            name: file_name(self.source.path())?.to_owned(),
            source: MountedSource::File(self.source.identity.clone()),
            measurement: self.measurement,
        })
    }
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

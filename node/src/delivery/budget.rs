//! The consumer's disk budget: an announced size is checked against all limits before a byte is written,
//! and the reserve for the database is kept while bytes arrive.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_runtime::{files, off_thread};
use jiff::SignedDuration;
use tokio::sync::watch;

use super::sizes::ReceivedSizes;

/// Disk limits of received files.
#[derive(Clone, Copy, Debug)]
pub struct DiskLimits {
    /// Maximum size of one file, bytes.
    pub file: Option<u64>,
    /// Maximum size of all received files, bytes.
    pub received: Option<u64>,
    /// Bytes of the disk that no fetch may use; 1 GiB or 5 % of it, whichever is less, by default.
    pub reserve: Option<u64>,
    /// Retention of an unfinished fetch after its last byte.
    pub keep_unfinished: SignedDuration,
}

/// Default reserve, bytes, unless 5 % of the disk are less.
const MAX_RESERVE: u64 = 1 << 30;
/// The divisor of the disk's size for the default reserve.
const RESERVE_DIVISOR: u64 = 20;

/// Growth allowed beyond twice the measured size, bytes: files grow, and the directory lags behind.
const MAX_GROWTH: u64 = 64 << 20;

/// Interval between measurements of the received files, after the start.
const MEASURED_EVERY: Duration = Duration::from_secs(15 * 60);
/// Minimum age of a measurement for measuring again when a fetch does not fit.
const MIN_AGE: Duration = Duration::from_secs(60);

/// The use of the disk, bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Received files, including unfinished ones.
    pub received: u64,
    /// Unfinished fetches.
    pub unfinished: u64,
    /// Free space on the disk.
    pub free: u64,
    /// Space that no fetch may use.
    pub reserve: u64,
}

/// A provider's announcement of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Announced {
    /// The request that it is fetched under.
    pub(super) request: RequestId,
    /// The provider.
    pub(super) provider: CityCode,
    /// Bytes of the whole file.
    pub(super) bytes: u64,
    /// Bytes of it still to be transferred.
    pub(super) missing: u64,
    /// The measured size in the directory, bytes, if known.
    pub(super) measured: Option<u64>,
    /// The size that the caller accepts regardless of the measured one, bytes.
    pub(super) allowed: u64,
}

impl Announced {
    /// Returns true if a measured size can affect the decision.
    pub(super) fn is_worth_measuring(bytes: u64, allowed: u64) -> bool {
        bytes > MAX_GROWTH && bytes > allowed
    }
}

/// The budget of a node. Fetches under way share it.
#[derive(Debug)]
pub struct Budget {
    sizes: Arc<ReceivedSizes>,
    limits: DiskLimits,
    /// Bytes that admitted fetches have yet to write.
    outstanding: AtomicU64,
    /// Held during the decision about one fetch.
    deciding: Mutex<()>,
}

impl Budget {
    /// Creates the budget of this folder of received files.
    pub fn new(folder: PathBuf, limits: DiskLimits) -> Self {
        Self {
            sizes: Arc::new(ReceivedSizes::new(folder)),
            limits,
            outstanding: AtomicU64::new(0),
            deciding: Mutex::default(),
        }
    }

    /// Its limits.
    pub fn limits(&self) -> DiskLimits {
        self.limits
    }

    /// The folder of received files and its sizes.
    pub(super) fn sizes(&self) -> &Arc<ReceivedSizes> {
        &self.sizes
    }

    /// The use of the disk: of received files, as measured last and moved since. Blocks.
    pub fn usage(&self) -> Result<Usage> {
        let usage = || {
            let received = self.sizes.total()?;
            let (free, reserve) = self.free_and_reserve(self.sizes.folder())?;
            Ok(Usage {
                received: received.all,
                unfinished: received.unfinished,
                free,
                reserve,
            })
        };
        usage().map_err(|error: io::Error| self.unreadable(&error))
    }

    /// Reserves space for an announced file, or refuses it: `PEER_INVALID` where it is far larger than
    /// measured, `LIMIT_EXCEEDED` and `STORAGE_FULL` where it exceeds the node's limits. Blocks.
    pub(super) fn admit(self: &Arc<Self>, announced: &Announced) -> Result<Admitted> {
        check_measured(announced)?;
        let made = files::make_folders(self.sizes.folder(), 0o777);
        made.map_err(|error| self.unreadable(&error))?;
        let refused = match self.reserve(announced) {
            Err(error) if error.code() == ErrorCode::StorageFull => error,
            decided => return decided,
        };
        // Somebody may have removed files to make room.
        let measured = self.sizes.measure_if_older(MIN_AGE);
        match measured.map_err(|error| self.unreadable(&error))? {
            true => self.reserve(announced),
            false => Err(refused),
        }
    }

    fn reserve(self: &Arc<Self>, announced: &Announced) -> Result<Admitted> {
        let _deciding = self.deciding.lock().unwrap_or_else(PoisonError::into_inner);
        // Read first: a byte that arrives in between is counted twice, never missed.
        let outstanding = self.outstanding.load(Ordering::SeqCst);
        check_room(announced, &self.limits, &self.usage()?, outstanding)?;
        self.outstanding
            .fetch_add(announced.missing, Ordering::SeqCst);
        Ok(Admitted {
            budget: Arc::clone(self),
            request: announced.request,
            missing: announced.missing,
        })
    }

    /// Fails if bytes that are about to be written to another folder of the node would use the reserve of its disk.
    /// Blocks.
    pub(super) fn check_room_in(&self, folder: &Path, wanted: u64) -> Result<()> {
        let room = self.free_and_reserve(folder);
        let (free, reserve) = room.map_err(|cause| {
            let path = Value::text(folder.display());
            Error::new(
                ErrorCode::Misconfigured,
                msg::PartUnwritable { path, cause },
            )
        })?;
        if free >= reserve.saturating_add(wanted) {
            return Ok(());
        }
        let message = msg::DiskFullForPart {
            free,
            reserve,
            wanted,
        };
        Err(Error::new(ErrorCode::StorageFull, message))
    }

    fn free_and_reserve(&self, folder: &Path) -> io::Result<(u64, u64)> {
        let (free, whole) = room(folder)?;
        let usual = MAX_RESERVE.min(whole / RESERVE_DIVISOR);
        Ok((free, self.limits.reserve.unwrap_or(usual)))
    }

    fn unreadable(&self, cause: &io::Error) -> Error {
        let path = Value::text(self.sizes.folder().display());
        let message = msg::ReceivedFolderUnreadable { path, cause };
        Error::new(ErrorCode::Misconfigured, message)
    }
}

/// Measures the received files at once and regularly, until `stopped` turns true.
pub(super) async fn keep_measured(budget: Arc<Budget>, mut stopped: watch::Receiver<bool>) {
    let measuring = async {
        let mut times = tokio::time::interval(MEASURED_EVERY);
        loop {
            times.tick().await;
            let budget = Arc::clone(&budget);
            let job = move || {
                let measured = budget.sizes.measure();
                measured.map_err(|error| budget.unreadable(&error))
            };
            if let Err(error) = off_thread(job).await {
                tracing::warn!("the received files cannot be measured: {error}");
            }
        }
    };
    tokio::select! {
        () = measuring => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

/// A fetch with reserved space. Space for bytes that have not arrived is released when this is dropped.
#[derive(Debug)]
pub(super) struct Admitted {
    budget: Arc<Budget>,
    request: RequestId,
    missing: u64,
}

impl Admitted {
    /// Fails if bytes that are about to be written would use the reserve, since other programs fill the disk, too.
    /// Blocks.
    pub(super) fn check_reserve(&self, bytes: u64) -> Result<()> {
        let room = self.budget.free_and_reserve(self.budget.sizes.folder());
        let (free, reserve) = room.map_err(|error| self.budget.unreadable(&error))?;
        if free < reserve.saturating_add(bytes) {
            return Err(no_room(bytes, free, reserve));
        }
        Ok(())
    }

    /// Records that bytes were written, with which the unfinished file has this size.
    pub(super) fn written(&mut self, bytes: u64, size: u64) {
        let taken = bytes.min(self.missing);
        self.missing -= taken;
        // The sizes first, since a decision reads them after what is outstanding.
        self.budget.sizes.set_unfinished(self.request, size);
        self.budget.outstanding.fetch_sub(taken, Ordering::SeqCst);
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.budget
            .outstanding
            .fetch_sub(self.missing, Ordering::SeqCst);
    }
}

/// Refuses a file far larger than measured.
fn check_measured(announced: &Announced) -> Result<()> {
    let Announced {
        provider, bytes, ..
    } = *announced;
    let Some(measured) = announced.measured else {
        return Ok(());
    };
    let most = measured.saturating_mul(2).saturating_add(MAX_GROWTH);
    if bytes <= most || bytes <= announced.allowed {
        return Ok(());
    }
    let message = msg::AnnouncedFarAboveMeasured {
        provider,
        bytes,
        measured,
    };
    Err(Error::new(ErrorCode::PeerInvalid, message))
}

/// Refuses a file that exceeds the node's limits or its disk.
fn check_room(
    announced: &Announced,
    limits: &DiskLimits,
    usage: &Usage,
    outstanding: u64,
) -> Result<()> {
    if let Some(most) = limits.file.filter(|most| announced.bytes > *most) {
        let bytes = announced.bytes;
        let message = msg::FileAboveLimit { bytes, most };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    let wanted = announced.missing.saturating_add(outstanding);
    if let Some(most) = limits.received
        && usage.received.saturating_add(wanted) > most
    {
        let message = msg::ReceivedAboveLimit {
            received: usage.received,
            most,
            outstanding,
            missing: announced.missing,
        };
        return Err(Error::new(ErrorCode::StorageFull, message));
    }
    if usage.free < usage.reserve.saturating_add(wanted) {
        return Err(no_room(wanted, usage.free, usage.reserve));
    }
    Ok(())
}

fn no_room(wanted: u64, free: u64, reserve: u64) -> Error {
    let message = msg::DiskFullForFetch {
        free,
        reserve,
        wanted,
    };
    Error::new(ErrorCode::StorageFull, message)
}

/// Free space for this program on the disk of a folder that may not exist yet, and total space, bytes.
fn room(folder: &Path) -> io::Result<(u64, u64)> {
    let mut there = folder;
    loop {
        match rustix::fs::statvfs(there) {
            Ok(disk) => {
                let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
                return Ok((bytes(disk.f_bavail), bytes(disk.f_blocks)));
            }
            Err(rustix::io::Errno::NOENT) => {
                there = there.parent().unwrap_or(Path::new("/"));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;

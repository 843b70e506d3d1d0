//! The consumer's disk budget: an announced size is compared with everything that speaks against it
//! before a byte is written, and the reserve for the database is kept while bytes arrive.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_runtime::files;
use jiff::SignedDuration;

use super::partial::PARTIAL;

/// What received files may take of the disk.
#[derive(Clone, Copy, Debug)]
pub struct DiskLimits {
    /// Bytes of one file at most.
    pub file: Option<u64>,
    /// Bytes of all received files at most.
    pub received: Option<u64>,
    /// Bytes of the disk that no fetch may take; 1 GiB or 5 % of it, whichever is less, if
    /// not given.
    pub reserve: Option<u64>,
    /// How long what has arrived of an unfinished fetch is kept after its last byte.
    pub keep_unfinished: SignedDuration,
}

/// The reserve where none is set, bytes, unless 5 % of the disk are less.
const MAX_RESERVE: u64 = 1 << 30;
/// The part of the disk that is the reserve of a small one.
const RESERVE_DIVISOR: u64 = 20;

/// A file may announce twice what was measured of it and this much more: it grows, and the directory
/// lags behind.
const MAX_GROWTH: u64 = 64 << 20;

/// How the disk is used, bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// What received files take, unfinished ones included.
    pub received: u64,
    /// What unfinished fetches have left so far.
    pub unfinished: u64,
    /// Room on the disk.
    pub free: u64,
    /// Room that no fetch may take.
    pub reserve: u64,
}

/// What a provider announces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Announced {
    /// Who.
    pub(super) provider: CityCode,
    /// Bytes of the whole file.
    pub(super) bytes: u64,
    /// Bytes of it that are still to come.
    pub(super) missing: u64,
    /// Bytes that the directory has as measured, where that is known.
    pub(super) measured: Option<u64>,
    /// Bytes that the caller takes whatever was measured.
    pub(super) allowed: u64,
}

impl Announced {
    /// Whether a measured volume can make a difference.
    pub(super) fn is_worth_measuring(bytes: u64, allowed: u64) -> bool {
        bytes > MAX_GROWTH && bytes > allowed
    }
}

/// The budget of a node. Fetches under way share it.
#[derive(Debug)]
pub struct Budget {
    folder: PathBuf,
    limits: DiskLimits,
    /// Bytes that admitted fetches are still to write.
    outstanding: AtomicU64,
    /// Held while it is decided about one fetch.
    deciding: Mutex<()>,
}

impl Budget {
    /// The budget of this folder of received files.
    pub fn new(folder: PathBuf, limits: DiskLimits) -> Self {
        Self {
            folder,
            limits,
            outstanding: AtomicU64::new(0),
            deciding: Mutex::default(),
        }
    }

    /// The limits that it keeps.
    pub fn limits(&self) -> DiskLimits {
        self.limits
    }

    /// The present use of the disk. Reads the folder: blocks.
    pub fn usage(&self) -> Result<Usage> {
        let usage = || {
            let (received, unfinished) = sizes(&self.folder)?;
            let (free, reserve) = self.free_and_reserve()?;
            Ok(Usage {
                received,
                unfinished,
                free,
                reserve,
            })
        };
        usage().map_err(|error: io::Error| self.unreadable(&error))
    }

    /// Reserves the room for what is announced, or refuses it: `PEER_INVALID` where it is far more than
    /// was measured, `LIMIT_EXCEEDED` and `STORAGE_FULL` where it is more than the node takes. Blocks.
    pub(super) fn admit(self: &Arc<Self>, announced: &Announced) -> Result<Admitted> {
        check_measured(announced)?;
        files::make_folders(&self.folder, 0o777).map_err(|error| self.unreadable(&error))?;
        let _deciding = self.deciding.lock().unwrap_or_else(PoisonError::into_inner);
        // Read first: a byte that arrives in between is counted twice and never missed.
        let outstanding = self.outstanding.load(Ordering::SeqCst);
        check_room(announced, &self.limits, &self.usage()?, outstanding)?;
        self.outstanding
            .fetch_add(announced.missing, Ordering::SeqCst);
        Ok(Admitted {
            budget: Arc::clone(self),
            missing: announced.missing,
        })
    }

    fn free_and_reserve(&self) -> io::Result<(u64, u64)> {
        let (free, whole) = room(&self.folder)?;
        let usual = MAX_RESERVE.min(whole / RESERVE_DIVISOR);
        Ok((free, self.limits.reserve.unwrap_or(usual)))
    }

    fn unreadable(&self, error: &io::Error) -> Error {
        let message = format!("cannot read {}: {error}", self.folder.display());
        Error::new(ErrorCode::Misconfigured, message)
            .with_remedy("see that the node may use the folder, or set 'received' to another one")
    }
}

/// A fetch for which there is room. What of it has not arrived is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Admitted {
    budget: Arc<Budget>,
    missing: u64,
}

impl Admitted {
    /// Notes that so many bytes are about to be written. Fails where they would take the reserve, as
    /// other programs fill the disk, too. Blocks.
    pub(super) fn arriving(&mut self, bytes: u64) -> Result<()> {
        let taken = bytes.min(self.missing);
        self.missing -= taken;
        self.budget.outstanding.fetch_sub(taken, Ordering::SeqCst);
        let room = self.budget.free_and_reserve();
        let (free, reserve) = room.map_err(|error| self.budget.unreadable(&error))?;
        if free < reserve.saturating_add(bytes) {
            return Err(no_room(bytes, free, reserve));
        }
        Ok(())
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.budget
            .outstanding
            .fetch_sub(self.missing, Ordering::SeqCst);
    }
}

/// Refuses far more than was measured.
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
    let message = format!(
        "the node of {provider} announces {bytes} bytes, and the directory has {measured} bytes as \
         measured 宣称大小与目录测量值不符"
    );
    Err(
        Error::new(ErrorCode::PeerInvalid, message).with_remedy(format!(
            "ask {provider}; where the file really is so large, fetch it with --allow-size {bytes} \
         经对方确认后可加 --allow-size {bytes}"
        )),
    )
}

/// Refuses what the node's limits or its disk do not take.
fn check_room(
    announced: &Announced,
    limits: &DiskLimits,
    usage: &Usage,
    outstanding: u64,
) -> Result<()> {
    if let Some(most) = limits.file.filter(|most| announced.bytes > *most) {
        let message = format!(
            "the file has {} bytes; this node takes files of at most {most} (receiving.file_limit)",
            announced.bytes
        );
        return Err(Error::new(ErrorCode::LimitExceeded, message)
            .with_remedy("ask the node's operator to raise the limit 请联系节点运维调整限额"));
    }
    let wanted = announced.missing.saturating_add(outstanding);
    if let Some(most) = limits.received
        && usage.received.saturating_add(wanted) > most
    {
        let message = format!(
            "received files take {} of {most} bytes (receiving.received_limit), fetches under way \
             {outstanding} more, and {} do not fit 接收区已满",
            usage.received, announced.missing
        );
        return Err(Error::new(ErrorCode::StorageFull, message).with_remedy(
            "remove received files that are not needed, or have the limit raised 请清理接收文件或调整限额",
        ));
    }
    if usage.free < usage.reserve.saturating_add(wanted) {
        return Err(no_room(wanted, usage.free, usage.reserve));
    }
    Ok(())
}

fn no_room(wanted: u64, free: u64, reserve: u64) -> Error {
    let message = format!(
        "the disk of received files has {free} bytes free, of which {reserve} are kept for the \
         database; {wanted} do not fit 磁盘空间不足"
    );
    Error::new(ErrorCode::StorageFull, message)
}

/// Bytes of all files in the requests' folders, and of the unfinished ones among them.
fn sizes(folder: &Path) -> io::Result<(u64, u64)> {
    let (mut all, mut unfinished) = (0, 0);
    for request in listed(folder)? {
        if !request.file_type()?.is_dir() {
            continue;
        }
        for file in listed(&request.path())? {
            let size = match file.metadata() {
                Ok(metadata) => metadata.len(),
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            all += size;
            if file.file_name() == PARTIAL {
                unfinished += size;
            }
        }
    }
    Ok((all, unfinished))
}

/// What a folder holds; nothing where it is not there.
pub(super) fn listed(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Bytes free for this program on the disk of a folder that may be yet to be made, and bytes in all.
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

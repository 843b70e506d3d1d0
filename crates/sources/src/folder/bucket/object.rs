//! Objects, read by ranges. Of each, a bounded number of blocks is held: the columns of a Parquet file are read a page
//! of each at a time, and small pages of one column are next to each other.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use chengji_domain::{Error, Result};
use object_store::ObjectMeta;

use super::session::Session;

/// Length of a block.
pub(super) const BLOCK: u64 = 512 * 1024;
/// Maximum number of blocks that are held of an object, 32 MiB together.
const MAX_BLOCKS: usize = 64;

/// An object. Clones share what is held of it.
#[derive(Clone)]
pub(crate) struct Object(Arc<Shared>);

struct Shared {
    session: Arc<Session>,
    listed: ObjectMeta,
    /// The blocks by their numbers, the last used one at the end.
    blocks: Mutex<VecDeque<(u64, Bytes)>>,
    /// The first error.
    failure: Mutex<Option<Error>>,
}

/// Formats the key.
impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Object")
            .field(&self.0.listed.location)
            .finish()
    }
}

impl Object {
    /// Makes an object of what was listed of it.
    pub(crate) fn new(session: Arc<Session>, listed: ObjectMeta) -> Self {
        Self(Arc::new(Shared {
            session,
            listed,
            blocks: Mutex::default(),
            failure: Mutex::default(),
        }))
    }

    /// Returns the length, bytes.
    pub(crate) fn size(&self) -> u64 {
        self.0.listed.size
    }

    /// Returns the error because of which the object could not be read, if it could not.
    pub(crate) fn failure(&self) -> Option<Error> {
        lock(&self.0.failure).clone()
    }

    /// Reads from a position.
    pub(crate) fn reader(&self, position: u64) -> impl Read + use<> {
        Reader {
            object: self.clone(),
            position,
        }
    }

    /// Returns bytes from a position.
    pub(crate) fn bytes(&self, start: u64, length: usize) -> io::Result<Bytes> {
        let end = start.saturating_add(length as u64);
        if end > self.size() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if length as u64 > BLOCK {
            return self.range(start..end);
        }
        let mut rest = self.rest_of_block(start)?;
        if rest.len() >= length {
            return Ok(rest.split_to(length));
        }
        // The bytes go on in the next block, and end there.
        let next = self.rest_of_block(start.saturating_add(rest.len() as u64))?;
        let mut bytes = BytesMut::from(rest);
        let missing = length.saturating_sub(bytes.len()).min(next.len());
        bytes.extend_from_slice(&next[..missing]);
        Ok(bytes.freeze())
    }

    /// Returns the bytes from a position to the end of its block; none beyond the end of the object.
    fn rest_of_block(&self, position: u64) -> io::Result<Bytes> {
        if position >= self.size() {
            return Ok(Bytes::new());
        }
        let mut block = self.block(position / BLOCK)?;
        let skipped = usize::try_from(position % BLOCK).unwrap_or(usize::MAX);
        Ok(block.split_off(skipped.min(block.len())))
    }

    fn block(&self, number: u64) -> io::Result<Bytes> {
        let held = {
            let mut blocks = lock(&self.0.blocks);
            let at = blocks.iter().position(|(held, _)| *held == number);
            at.and_then(|at| blocks.remove(at))
        };
        let bytes = match held {
            Some((_, bytes)) => bytes,
            None => {
                let start = number.saturating_mul(BLOCK);
                let end = start.saturating_add(BLOCK).min(self.size());
                self.range(start..end)?
            }
        };
        let mut blocks = lock(&self.0.blocks);
        if blocks.len() == MAX_BLOCKS {
            blocks.pop_front();
        }
        blocks.push_back((number, bytes.clone()));
        Ok(bytes)
    }

    fn range(&self, range: Range<u64>) -> io::Result<Bytes> {
        let read: Result<Bytes> = self.0.session.range(&self.0.listed, range);
        read.map_err(|error| {
            lock(&self.0.failure).get_or_insert_with(|| error.clone());
            io::Error::other(error)
        })
    }
}

/// Reads an object from a position on.
struct Reader {
    object: Object,
    position: u64,
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let rest = self.object.rest_of_block(self.position)?;
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        self.position = self.position.saturating_add(length as u64);
        Ok(length)
    }
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Input with a limit on the bytes read.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// Reads up to the limit.
pub(super) struct Metered<R> {
    pub(super) input: R,
    /// Bytes that may still be read; `u64::MAX` for no limit.
    pub(super) room: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let room = self.room.get();
        if room == 0 {
            return Err(io::Error::other("a dataset is too large"));
        }
        let read = self.input.read(into)?;
        if room != u64::MAX {
            self.room.set(room.saturating_sub(read as u64));
        }
        Ok(read)
    }
}

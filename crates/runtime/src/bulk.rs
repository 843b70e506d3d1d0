//! Large contents of files, moved in the ways that take the least processor time.

use std::fs::File;
use std::io;

use rustix::buffer::spare_capacity;
use rustix::io::{Errno, pread};

/// Number of bytes per write: whole pages. Larger writes make the page cache use large runs of free memory; if a virtual
/// machine's host has to find those first, that dominates the time of writing. Smaller ones look up a page more often.
/// Hashing right after a write of this size reads from the processor's cache.
pub const WRITE_SIZE: usize = 32 << 10;

/// Reads so many bytes of a file from this offset on. Blocks.
///
/// The memory is not cleared before: the allocator clears a large piece by giving its pages back to the system, each of
/// which then costs a page fault.
///
/// # Errors
///
/// `UnexpectedEof` if there are fewer bytes, and failures of the disk.
pub fn read_exact_at(file: &File, offset: u64, size: usize) -> io::Result<Vec<u8>> {
    let mut content = Vec::with_capacity(size);
    while content.len() < size {
        let at = offset + content.len() as u64;
        match pread(file, spare_capacity(&mut content), at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // More memory than asked for may have been allocated, and was filled.
    content.truncate(size);
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_piece_is_read_whole_or_not_at_all() {
        let mut file = tempfile::tempfile().unwrap();
        let content: Vec<u8> = (0..=u8::MAX).cycle().take(100_000).collect();
        file.write_all(&content).unwrap();
        for (offset, size) in [(0, 100_000), (99_999, 1), (70_001, 20_000), (100_000, 0)] {
            let read = read_exact_at(&file, offset as u64, size).unwrap();
            assert!(read == content[offset..offset + size], "{offset}");
        }
        for (offset, size) in [(0, 100_001), (100_000, 1), (200_000, 1)] {
            let error = read_exact_at(&file, offset, size).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}

//! The digest of a file that arrives here, and may have arrived in part before.

use std::fs::File;
use std::io::{self, ErrorKind, Read};

use sha2::{Digest as _, Sha256};

/// Number of bytes that are read at once.
const PIECE: usize = 1 << 20;

/// Hashes what is left of a file, and returns the digest with the number of bytes; the file is at its end after that.
pub(crate) fn hash(file: &mut File) -> io::Result<(Sha256, u64)> {
    let (mut digest, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((digest, bytes)),
            Ok(read) => {
                digest.update(&buffer[..read]);
                bytes += read as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

//! The batches in a write-ahead log of RocksDB, as they were written: each is a record, in parts where it goes beyond a
//! block (`db/log_format.h` and `db/write_batch.cc` of RocksDB).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::measure::Outcome;

/// Size of a block, bytes.
const BLOCK: usize = 32 * 1024;
/// Size of the head of a part: four bytes of a checksum, two of the length, and the kind.
const HEAD: usize = 7;
/// Kinds of parts.
const NONE: u8 = 0;
const WHOLE: u8 = 1;
const FIRST: u8 = 2;
const MIDDLE: u8 = 3;
const LAST: u8 = 4;

/// The write-ahead logs in a folder, in order.
pub(crate) fn logs(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut logs = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        if let Some(number) = number(&path) {
            logs.push((number, path));
        }
    }
    logs.sort_unstable();
    Ok(logs.into_iter().map(|(_, path)| path).collect())
}

/// The number of a write-ahead log; `None` for any other file.
fn number(path: &Path) -> Option<u64> {
    let is_log = path.extension() == Some(OsStr::new("log"));
    let stem = path.file_stem().filter(|_| is_log)?;
    stem.to_str()?.parse().ok()
}

/// Calls `visit` with each batch of a log, in order. A last one that is not all there is left out.
pub(super) fn each(log: &[u8], mut visit: impl FnMut(&[u8]) -> Outcome<()>) -> Outcome<()> {
    let mut begun = Vec::new();
    for block in log.chunks(BLOCK) {
        let mut rest = block;
        while let Some((&[.., low, high, kind], after)) = rest.split_first_chunk::<HEAD>() {
            let length = usize::from(u16::from_le_bytes([low, high]));
            if (kind, length) == (NONE, 0) {
                break;
            }
            let Some((part, next)) = after.split_at_checked(length) else {
                return Ok(());
            };
            match kind {
                WHOLE => visit(part)?,
                FIRST => begun = part.to_vec(),
                MIDDLE => begun.extend_from_slice(part),
                LAST => {
                    begun.extend_from_slice(part);
                    visit(&begun)?;
                    begun.clear();
                }
                other => return Err(format!("a write-ahead log has a part of kind {other}").into()),
            }
            rest = next;
        }
    }
    Ok(())
}

/// The number of keys in a batch: after eight bytes of its position.
pub(super) fn keys(batch: &[u8]) -> Outcome<u32> {
    let count = batch.get(8..12).and_then(|count| count.try_into().ok());
    Ok(u32::from_le_bytes(count.ok_or("a batch has no count")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_le_bytes();
        [&[0; 4], &length[..], &[kind], content].concat()
    }

    fn found(log: &[u8]) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        each(log, |batch| {
            found.push(batch.to_vec());
            Ok(())
        })
        .unwrap();
        found
    }

    #[test]
    fn a_batch_is_whole_or_in_parts_and_the_end_of_a_block_is_empty() {
        let mut log = [part(WHOLE, b"one"), part(FIRST, b"t")].concat();
        log.resize(BLOCK, 0);
        log.extend(part(MIDDLE, b"w"));
        log.extend(part(LAST, b"o"));
        assert_eq!(found(&log), [b"one".to_vec(), b"two".to_vec()]);
        log.extend(part(WHOLE, b"three"));
        assert_eq!(found(&log[..log.len() - 1]).len(), 2, "cut off");
        assert_eq!(found(&log).len(), 3);
        log.extend(part(9, b""));
        assert!(each(&log, |_| Ok(())).is_err());
    }

    #[test]
    fn logs_are_in_the_order_of_their_numbers_and_no_other_files() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["000010.log", "000009.log", "LOG", "x.log", "000011.sst"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let found = logs(folder.path()).unwrap();
        let names = ["000009.log", "000010.log"].map(|name| folder.path().join(name));
        assert_eq!(found, names);
    }
}

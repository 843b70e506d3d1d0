//! Archives of logs: writes the entries of a program's log to a file, and verifies such a file by itself.

use std::io::{self, Read, Write};

use chengji_domain::{Digest, Error, ErrorCode, Result};
use chengji_log::v1::{ArchiveEnd, ArchiveEntry, ArchiveRecord, ArchiveStart, archive_record};
use chengji_messages::msg;
use chengji_proto::convert::time_to;
use chengji_proto::v1;
use chengji_store::{Entry, RootHasher};
use chengji_transport::CallTimeout;
use jiff::Timestamp;
use prost::Message;
use tonic::transport::Channel;

use self::archive_record::Record;
use crate::read::until_head;

/// Maximum length of a record in bytes: an envelope, a body, and their framing.
const MAX_RECORD: u32 = 192 * 1024;

/// Writes the log of the program at the other end to `out`, from position `from` up to its present head. `progress`
/// gets the number of entries written and of all. Errors: POSITION_UNKNOWN, UNAVAILABLE (the stream ended early), and
/// those of `out`, which `unwritable` makes.
pub async fn export(
    channel: Channel,
    from: u64,
    at: Timestamp,
    out: &mut impl Write,
    mut progress: impl FnMut(u64, u64),
    unwritable: impl Fn(io::Error) -> Error,
) -> Result<v1::LogArchive> {
    let (head, mut stream) = until_head(channel, from).await?;
    let mut archiver = Archiver {
        out,
        fold: Fold::default(),
        unwritable,
    };
    let at = Some(time_to(at));
    archiver.push(Record::Start(ArchiveStart { from, at }))?;
    while archiver.fold.next < head {
        let Some(batch) = CallTimeout::Follow.next(&mut stream).await? else {
            return Err(Error::new(ErrorCode::Unavailable, msg::ExportCutOff));
        };
        for item in batch.items {
            archiver.push(Record::Entry(ArchiveEntry {
                envelope: item.envelope.to_vec(),
                body: item.body.to_vec(),
            }))?;
        }
        let done = archiver.fold.next.saturating_sub(from);
        progress(done, head.saturating_sub(from));
    }
    archiver.end()
}

/// Writes the records of an archive.
struct Archiver<'o, W, U> {
    out: &'o mut W,
    fold: Fold,
    unwritable: U,
}

impl<W: Write, U: Fn(io::Error) -> Error> Archiver<'_, W, U> {
    fn push(&mut self, record: Record) -> Result<()> {
        self.fold.push(&record)?;
        self.write(record)
    }

    fn end(mut self) -> Result<v1::LogArchive> {
        let end = self.fold.end();
        self.write(Record::End(end))?;
        Ok(self.fold.archive)
    }

    fn write(&mut self, record: Record) -> Result<()> {
        write_record(self.out, record).map_err(&self.unwritable)
    }
}

/// Verifies an archive: it is complete and without a gap, each body matches its envelope, and the root is that of the
/// entries. Errors: STORAGE_DAMAGED with the number of the record, from 1.
pub fn verify(input: &mut impl Read) -> Result<v1::LogArchive> {
    let (mut fold, mut number) = (Fold::default(), 0);
    loop {
        number += 1;
        let record = read_record(input).map_err(|_| damaged(number))?;
        let Record::End(end) = &record else {
            fold.push(&record).map_err(|_| damaged(number))?;
            continue;
        };
        let is_last = matches!(input.read(&mut [0]), Ok(0));
        let is_begun = fold.archive.at.is_some();
        return if is_begun && is_last && *end == fold.end() {
            Ok(fold.archive)
        } else {
            Err(damaged(number))
        };
    }
}

/// The fold of an archive's records.
#[derive(Default)]
struct Fold {
    archive: v1::LogArchive,
    /// The expected position of the next entry.
    next: u64,
    root: RootHasher,
}

impl Fold {
    /// Adds a record. Errors: STORAGE_DAMAGED if it does not follow the one before.
    fn push(&mut self, record: &Record) -> Result<()> {
        match record {
            Record::Start(start) if self.archive.at.is_none() => {
                self.archive.at = start.at;
                (self.archive.from, self.next) = (start.from, start.from);
            }
            Record::Entry(entry) if self.archive.at.is_some() => self.push_entry(entry)?,
            _ => return Err(damaged(self.next)),
        }
        Ok(())
    }

    fn push_entry(&mut self, entry: &ArchiveEntry) -> Result<()> {
        let envelope = v1::Envelope::decode(entry.envelope.as_slice());
        let envelope = envelope.map_err(|_| damaged(self.next))?;
        let entry = Entry {
            envelope: entry.envelope.clone().into(),
            body: entry.body.clone().into(),
        };
        let is_first = self.next == self.archive.from;
        if envelope.seq != self.next
            || !(is_first || envelope.log == self.archive.log)
            || !entry.is_whole()
        {
            return Err(damaged(self.next));
        }
        self.archive.log = envelope.log;
        self.archive.without_body += u64::from(!entry.has_body());
        self.root.push(Digest(entry.leaf()));
        self.next += 1;
        Ok(())
    }

    /// Completes the archive and returns its last record.
    fn end(&mut self) -> ArchiveEnd {
        let root = self.root.root().0.to_vec();
        (self.archive.next, self.archive.root) = (self.next, root.clone());
        let next = self.next;
        ArchiveEnd { next, root }
    }
}

fn write_record(out: &mut impl Write, record: Record) -> io::Result<()> {
    let record = Some(record);
    let bytes = ArchiveRecord { record }.encode_to_vec();
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    out.write_all(&length.to_be_bytes())?;
    out.write_all(&bytes)
}

fn read_record(input: &mut impl Read) -> io::Result<Record> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > MAX_RECORD {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length as usize];
    input.read_exact(&mut bytes)?;
    let record = ArchiveRecord::decode(bytes.as_slice()).map_err(io::Error::other)?;
    record
        .record
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn damaged(record: u64) -> Error {
    Error::new(ErrorCode::StorageDamaged, msg::ArchiveDamaged { record })
}

#[cfg(test)]
mod tests {
    use chengji_log::v1::{Body, Envelope};

    use super::*;

    /// The archive of a log of so many entries, from a position on.
    fn archive(from: u64, entries: u64) -> Vec<u8> {
        let mut fold = Fold::default();
        let at = Some(time_to(Timestamp::UNIX_EPOCH));
        let mut records = vec![Record::Start(ArchiveStart { from, at })];
        records.extend((from..from + entries).map(|seq| {
            let envelope = Envelope {
                log: "city/430200".to_owned(),
                seq,
                ..Envelope::default()
            };
            let entry = Entry::seal(envelope, &Body::default(), [7; 16]);
            let body = if seq % 3 == 0 {
                Vec::new()
            } else {
                entry.body.to_vec()
            };
            let envelope = entry.envelope.to_vec();
            Record::Entry(ArchiveEntry { envelope, body })
        }));
        records.iter().for_each(|record| fold.push(record).unwrap());
        records.push(Record::End(fold.end()));
        let mut bytes = Vec::new();
        for record in records {
            write_record(&mut bytes, record).unwrap();
        }
        bytes
    }

    #[test]
    fn an_archive_is_verified_by_itself() {
        let verified = verify(&mut archive(5, 10).as_slice()).unwrap();
        assert_eq!((verified.from, verified.next), (5, 15));
        assert_eq!(verified.log, "city/430200");
        assert_eq!(verified.without_body, 3);
        let empty = verify(&mut archive(0, 0).as_slice()).unwrap();
        assert_eq!(
            (empty.next, empty.root),
            (0, RootHasher::new().root().0.to_vec())
        );
    }

    #[test]
    fn no_byte_of_an_archive_is_changed_or_missing_unnoticed() {
        let whole = archive(0, 6);
        for cut in 0..whole.len() {
            let error = verify(&mut &whole[..cut]).unwrap_err();
            assert_eq!(error.code(), ErrorCode::StorageDamaged, "{cut}");
        }
        // All but the time of the export.
        let first = 4 + u32::from_be_bytes(whole[..4].try_into().unwrap()) as usize;
        for at in first..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(verify(&mut changed.as_slice()).is_err(), "{at}");
        }
        let longer = [whole.as_slice(), &[0]].concat();
        verify(&mut longer.as_slice()).unwrap_err();
    }
}

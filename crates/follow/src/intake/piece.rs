//! Items on their way into the store, one after the other.

use chengji_domain::fact::{LogOwner, QuarantinedRun};
use chengji_domain::{Error, ErrorCode, Fault, Principal, Result};
use chengji_log::{MAX_ENVELOPE, READER};
use chengji_proto::convert::{envelope_from, epoch_id, time_to};
use chengji_proto::v1;
use chengji_store::{Entry, MAX_VALUE, Position, Prefix, Tx};
use jiff::Timestamp;
use prost::Message;

use super::{Stored, invalid};
use crate::apply::Apply;
use crate::copies::copy_key;

/// The longest reason that is kept of an entry that was set aside, characters.
pub(super) const MOST_REASON: usize = 500;

/// Items on their way into the store.
pub(super) struct Piece<'a> {
    pub(super) log: LogOwner,
    pub(super) reader: &'a Principal,
    /// The number of the copy they go into.
    pub(super) copy: u32,
    pub(super) at: Timestamp,
    pub(super) apply: &'a dyn Apply,
    pub(super) stored: Stored,
    /// The entries that were set aside.
    pub(super) run: Option<QuarantinedRun>,
}

impl Piece<'_> {
    /// Stores the next item and its effect.
    pub(super) fn take(&mut self, tx: &mut Tx<'_>, item: v1::LogItem) -> Result<()> {
        let seq = self.stored.position.seq;
        let mut entry = Entry::from(item);
        let length = entry.envelope.len();
        if length == 0 || length > MAX_ENVELOPE || entry.body.len() > MAX_VALUE {
            return Err(invalid(format!("entry {seq} is empty or too long")));
        }
        let read = self.read(seq, &entry);
        let is_admitted = matches!(read, Ok(true));
        if is_admitted && !entry.has_whole_body() {
            return Err(invalid(format!(
                "entry {seq} came without the body it was sealed with"
            )));
        }
        if !is_admitted {
            entry = entry.without_body();
        }
        let key = |prefix| copy_key(prefix, self.log, self.copy, seq);
        tx.put(key(Prefix::MirrorLeaf), entry.leaf().to_vec());
        tx.put(key(Prefix::MirrorEnvelope), entry.envelope.to_vec());
        tx.put(key(Prefix::MirrorBody), entry.body.to_vec());
        let effect = match read {
            Ok(true) => tx.attempt(|tx| self.apply.apply(tx, seq, &entry)),
            other => other.map(drop),
        };
        match effect {
            Ok(()) => self.stored.entries.push((seq, entry)),
            Err(error) if error.code().fault() == Fault::Us => return Err(error),
            Err(error) => self.set_aside(tx, &error),
        }
        self.stored.position.seq += 1;
        Ok(())
    }

    /// Whether the body of the entry at this position may be read here, by its envelope.
    fn read(&self, seq: u64, entry: &Entry) -> Result<bool> {
        let malformed = |why: &dyn std::fmt::Display| {
            let message = format!("the envelope of entry {seq}: {why}");
            Error::new(ErrorCode::InvalidArgument, message)
        };
        let wire = v1::Envelope::decode(entry.envelope.clone()).map_err(|e| malformed(&e))?;
        if wire.min_reader > READER {
            let message = format!(
                "entry {seq} of the log of {} needs version {} of the facts, and this program knows {READER}",
                self.log, wire.min_reader
            );
            return Err(Error::new(ErrorCode::UpgradeNeeded, message));
        }
        let envelope = envelope_from(&entry.envelope, self.log)?;
        if envelope.seq != seq {
            return Err(malformed(&format!("it says it is at {}", envelope.seq)));
        }
        let is_admitted = envelope.audience.admits(self.reader, self.log);
        // Whether the body says so, too, could not be checked.
        if envelope.counts.is_some() && !is_admitted {
            return Err(malformed(&"it counts, and its body may not be read"));
        }
        Ok(is_admitted)
    }

    fn set_aside(&mut self, tx: &mut Tx<'_>, why: &Error) {
        let Position { epoch, seq } = self.stored.position;
        let reason: String = why.message().chars().take(MOST_REASON).collect();
        let run = self.run.get_or_insert_with(|| QuarantinedRun {
            epoch,
            from_seq: seq,
            to_seq: seq,
            count: 0,
            reason: reason.clone(),
        });
        run.to_seq = seq;
        run.count += 1;
        let record = v1::QuarantinedEntry {
            log: self.log.to_string(),
            epoch: epoch.number,
            seq,
            reason,
            at: Some(time_to(self.at)),
            epoch_id: epoch_id(epoch),
        };
        let key = copy_key(Prefix::Quarantine, self.log, self.copy, seq);
        tx.put(key, record.encode_to_vec());
    }
}

//! Stores the items of one transaction, one by one.

use chengji_domain::fact::{LogOwner, QuarantinedRun};
use chengji_domain::problem::Problem;
use chengji_domain::{Digest, Error, ErrorCode, Fault, Principal, Result};
use chengji_log::{MAX_ENVELOPE, READER};
use chengji_messages::{Value, msg};
use chengji_proto::convert::parse_envelope;
use chengji_proto::v1;
use chengji_records::Quarantined;
use chengji_store::{Edge, Entry, MAX_VALUE, Position, Prefix, Tx};
use jiff::Timestamp;
use prost::Message;

use super::{Stored, invalid};
use crate::apply::Apply;
use crate::copies::{copy_key, tree};
use crate::state::QUARANTINE;

/// Maximum length of the stored reason of an entry that was set aside, characters.
pub(super) const MAX_REASON: usize = 500;

/// Items being stored in one transaction.
pub(super) struct Piece<'a> {
    pub(super) log: LogOwner,
    pub(super) reader: &'a Principal,
    /// The number of the copy that they are stored in.
    pub(super) copy: u32,
    pub(super) at: Timestamp,
    pub(super) apply: &'a dyn Apply,
    pub(super) stored: Stored,
    /// The right edge of the copy's tree.
    pub(super) edge: Edge,
    /// The entries that were set aside.
    pub(super) run: Option<QuarantinedRun>,
}

/// The state of an entry's body, according to its envelope.
enum Body {
    /// Present as it was sealed.
    Whole,
    /// Absent or a different one, though it may be read here.
    Missing,
    /// Not readable here.
    Private,
}

impl Piece<'_> {
    /// Stores the next item and its effect.
    pub(super) fn take(&mut self, tx: &mut Tx<'_>, item: v1::LogItem) -> Result<()> {
        let seq = self.stored.position.seq;
        let mut entry = Entry::from(item);
        let length = entry.envelope.len();
        if length == 0 || length > MAX_ENVELOPE || entry.body.len() > MAX_VALUE {
            return Err(invalid(msg::FollowEntrySize { seq }));
        }
        let read = self.read(seq, &entry);
        match read {
            Ok(Body::Missing) => {
                return Err(invalid(msg::FollowEntryWithoutBody { seq }));
            }
            Ok(Body::Whole) => {}
            Ok(Body::Private) | Err(_) => entry = entry.without_body(),
        }
        let key = |prefix| copy_key(prefix, self.log, self.copy, seq);
        let leaf = Digest(entry.leaf());
        let tree = tree(self.log, self.copy);
        for node in self.edge.push(leaf) {
            let (key, node) = tree.pair(node);
            tx.put(key, node);
        }
        tx.put(key(Prefix::MirrorLeaf), leaf.0.to_vec());
        tx.put(key(Prefix::MirrorEnvelope), entry.envelope.to_vec());
        tx.put(key(Prefix::MirrorBody), entry.body.to_vec());
        let effect = match read {
            Ok(Body::Whole) => tx.attempt(|tx| self.apply.apply(tx, seq, &entry)),
            other => other.map(drop),
        };
        match effect {
            Ok(()) => self.stored.entries.push((seq, entry)),
            // An entry that shows a divergence of the log has no effect and is not stored in the copy.
            Err(error)
                if error.code().fault() == Fault::Us || error.code() == ErrorCode::LogDiverged =>
            {
                return Err(error);
            }
            Err(error) => self.set_aside(tx, &error)?,
        }
        self.stored.position.seq += 1;
        Ok(())
    }

    /// Checks the envelope of the entry at this position; returns the state of the body.
    fn read(&self, seq: u64, entry: &Entry) -> Result<Body> {
        let malformed = |cause: Value| {
            let message = msg::FollowEnvelopeMalformed { cause, seq };
            Error::new(ErrorCode::InvalidArgument, message)
        };
        let wire =
            v1::Envelope::decode(entry.envelope.clone()).map_err(|e| malformed(Value::text(e)))?;
        if wire.min_reader > READER {
            let message = msg::FollowFactsNewer {
                known: READER,
                log: Value::text(self.log),
                needed: wire.min_reader,
                seq,
            };
            return Err(Error::new(ErrorCode::UpgradeNeeded, message));
        }
        let envelope = parse_envelope(&wire, self.log)?;
        if envelope.seq != seq {
            return Err(malformed(
                msg::FollowEnvelopeOfAnother {
                    found: envelope.seq,
                }
                .into(),
            ));
        }
        if envelope.audience.admits(self.reader, self.log) {
            return Ok(match entry.is_sealed_by(&wire) {
                true => Body::Whole,
                false => Body::Missing,
            });
        }
        // The body could not be checked for the same count.
        match envelope.counts {
            Some(_) => Err(malformed(msg::FollowEnvelopeCountsUnread.into())),
            None => Ok(Body::Private),
        }
    }

    fn set_aside(&mut self, tx: &mut Tx<'_>, why: &Error) -> Result<()> {
        let Position { epoch, seq } = self.stored.position;
        let reason = why.message().clone().with_texts_cut(MAX_REASON);
        let run = self.run.get_or_insert_with(|| QuarantinedRun {
            epoch,
            from_seq: seq,
            to_seq: seq,
            count: 0,
            problem: Problem::from(why),
        });
        run.to_seq = seq;
        run.count += 1;
        let record = Quarantined {
            epoch,
            reason,
            at: self.at,
        };
        QUARANTINE.put(tx, &(self.log, self.copy, seq), &record)
    }
}

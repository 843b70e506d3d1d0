//! Entries of a followed log as they arrive: parsed and verified once, before the transaction that stores
//! them and off the thread that runs it.

use chengji_domain::envelope::Envelope;
use chengji_domain::fact::LogOwner;
use chengji_domain::{Digest, Error, ErrorCode, Principal, Result};
use chengji_log::{MAX_ENVELOPE, READER};
use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::parse_envelope;
use chengji_proto::v1;
use chengji_store::{Entry, MAX_VALUE};
use jiff::Timestamp;
use prost::Message as _;
use tokio::time::Instant;

/// An entry that arrived, whose body was parsed into `F`.
#[derive(Debug)]
pub struct ParsedEntry<F> {
    /// The entry as it is stored, without a body that may not be read here.
    pub(crate) entry: Entry,
    pub(crate) leaf: Digest,
    /// The envelope; `None` if it is malformed.
    pub(crate) envelope: Option<Envelope>,
    pub(crate) content: Content<F>,
    bytes: usize,
}

/// The content of an entry for this reader.
#[derive(Debug)]
pub(crate) enum Content<F> {
    /// A body that this program may read, parsed.
    Readable(F),
    /// A body that is not readable here.
    Private,
    /// An entry that is stored without effect, or that stops following if the error is a local failure.
    Unreadable(Error),
    /// Not an entry of any log: the message is refused.
    Refused(Error),
}

/// A message of a followed log, its entries parsed.
pub(crate) struct ParsedMessage<F> {
    /// The message without its items.
    pub(crate) message: v1::FollowResponse,
    pub(crate) entries: Vec<ParsedEntry<F>>,
    /// When it arrived, by the clock and for measuring durations.
    pub(crate) heard: (Timestamp, Instant),
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

impl<F> ParsedEntry<F> {
    /// The parsed body; `None` where it is not readable here or malformed.
    pub fn fact(&self) -> Option<&F> {
        match &self.content {
            Content::Readable(fact) => Some(fact),
            Content::Private | Content::Unreadable(_) | Content::Refused(_) => None,
        }
    }

    /// The length of the entry as it arrived, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Parses the entry at this position of the log, as `reader` may read it; its body with `parse`.
    pub(crate) fn of(
        (log, reader): (LogOwner, &Principal),
        seq: u64,
        entry: Entry,
        parse: impl FnOnce(&Envelope, &Entry) -> Result<F>,
    ) -> Self {
        let (bytes, leaf) = (entry.size(), Digest(entry.leaf()));
        let (entry, envelope, content) = content((log, reader), seq, entry, parse);
        Self {
            entry,
            leaf,
            envelope,
            content,
            bytes,
        }
    }
}

fn content<F>(
    (log, reader): (LogOwner, &Principal),
    seq: u64,
    entry: Entry,
    parse: impl FnOnce(&Envelope, &Entry) -> Result<F>,
) -> (Entry, Option<Envelope>, Content<F>) {
    let length = entry.envelope.len();
    if length == 0 || length > MAX_ENVELOPE || entry.body.len() > MAX_VALUE {
        let error = invalid(msg::FollowEntrySize { seq });
        return (entry, None, Content::Refused(error));
    }
    match read((log, reader), seq, &entry) {
        Ok((envelope, Body::Whole)) => {
            let parsed = parse(&envelope, &entry);
            let content = parsed.map_or_else(Content::Unreadable, Content::Readable);
            (entry, Some(envelope), content)
        }
        Ok((envelope, Body::Missing)) => {
            let error = invalid(msg::FollowEntryWithoutBody { seq });
            (entry, Some(envelope), Content::Refused(error))
        }
        Ok((envelope, Body::Private)) => (entry.without_body(), Some(envelope), Content::Private),
        Err(error) => (entry.without_body(), None, Content::Unreadable(error)),
    }
}

/// Parses the envelope of the entry at this position; returns it with the state of the body.
fn read(
    (log, reader): (LogOwner, &Principal),
    seq: u64,
    entry: &Entry,
) -> Result<(Envelope, Body)> {
    let malformed = |cause: Value| {
        let message = msg::FollowEnvelopeMalformed { cause, seq };
        Error::new(ErrorCode::InvalidArgument, message)
    };
    let wire =
        v1::Envelope::decode(entry.envelope.clone()).map_err(|e| malformed(Value::text(e)))?;
    if wire.min_reader > READER {
        let message = msg::FollowFactsNewer {
            known: READER,
            log: Value::text(log),
            needed: wire.min_reader,
            seq,
        };
        return Err(Error::new(ErrorCode::UpgradeNeeded, message));
    }
    let envelope = parse_envelope(&wire, log)?;
    if envelope.seq != seq {
        return Err(malformed(
            msg::FollowEnvelopeOfAnother {
                found: envelope.seq,
            }
            .into(),
        ));
    }
    if envelope.audience.admits(reader, log) {
        let body = match entry.is_sealed_by(&wire) {
            true => Body::Whole,
            false => Body::Missing,
        };
        return Ok((envelope, body));
    }
    // The body could not be checked for the same count.
    match envelope.counts {
        Some(_) => Err(malformed(msg::FollowEnvelopeCountsUnread.into())),
        None => Ok((envelope, Body::Private)),
    }
}

/// The error for a message that no log can have sent.
pub(crate) fn invalid(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::PeerInvalid, message)
}

//! Contents past their retention: found piece by piece in what is stored, without holding the ledger, and removed in its
//! transactions. An entry may have been moved between the two; contents that it retains since then stay.

use std::ops::Bound;

use chengji_domain::catalogue::lifecycle::{LifecycleRecord, Move, PastStep, State};
use chengji_domain::envelope::Envelope;
use chengji_domain::fact::{Audience, CityFact, LogOwner, ReviewFact};
use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_proto::convert::{city_entry_in, envelope_from};
use chengji_store::{Entry, Limit, Tx, View, log};
use jiff::Timestamp;

use crate::catalogue::lifecycles::{self, REVISIONS, STEPS};
use crate::own_log::OwnLog;

/// Number of log entries, or of moves, read for one piece.
const PIECE: usize = 100;

/// The place from which a run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A position of the log.
    Log(u64),
    /// The moves after one.
    Moves {
        /// The move before them.
        after: Bound<(ResourceCode, u32)>,
        /// The last revision of any entry whose publication precedes them.
        published: Option<(ResourceCode, u32)>,
    },
}

/// The beginning of a run.
pub(super) const START: Place = Place::Log(0);
/// The beginning of the moves, which follow the log.
const MOVES: Place = Place::Moves {
    after: Bound::Unbounded,
    published: None,
};

/// A content past its retention.
#[derive(Debug)]
pub(super) struct Due {
    /// Its kind and place.
    pub(super) content: Content,
    /// Time of the log entry or move.
    pub(super) at: Timestamp,
    /// Its size in bytes.
    pub(super) bytes: usize,
    /// The entry that it concerns.
    code: ResourceCode,
    /// The oldest revision that the entry retained when the content was found.
    oldest: u32,
}

/// The kind of a content, and its place.
#[derive(Debug)]
pub(super) enum Content {
    /// The body of the log entry at this position.
    Body(u64),
    /// The contents of the move of this number; what remains of it is given.
    Move(u32, PastStep),
    /// The revision of this number.
    Revision(u32),
}

impl Due {
    /// Removes the content, unless the entry was moved meanwhile and retains it. Returns true if it is removed.
    pub(super) fn remove(&self, tx: &mut Tx<'_>) -> Result<bool> {
        match retained(tx, &self.code)? {
            Some((_, oldest)) if oldest >= self.oldest => {}
            _ => return Ok(false),
        }
        let key = |number| (self.code.clone(), number);
        match &self.content {
            Content::Body(seq) => tx.remove_body(*seq)?,
            Content::Move(number, rest) => STEPS.put(tx, &key(*number), rest)?,
            Content::Revision(number) => {
                REVISIONS.delete(tx, &key(*number))?;
            }
        }
        Ok(true)
    }
}

/// The contents past their retention among the next log entries or moves.
#[derive(Debug)]
pub(super) struct Piece {
    /// The contents.
    pub(super) due: Vec<Due>,
    /// The place after them, if there is more.
    pub(super) next: Option<Place>,
}

/// Finds the contents from before `before` among the next log entries or moves.
pub(super) fn next_piece(own: &OwnLog, from: Place, before: Timestamp) -> Result<Piece> {
    let kv = own.ledger.kv().as_ref();
    match from {
        Place::Log(seq) => next_bodies(own, seq, before),
        Place::Moves { after, published } => next_moves(kv, (after, published), before),
    }
}

/// The bodies of reviews in the next entries of the log.
fn next_bodies(own: &OwnLog, from: u64, before: Timestamp) -> Result<Piece> {
    let (kv, epoch) = (own.ledger.kv().as_ref(), own.ledger.head().epoch);
    let envelopes = log::envelopes(kv, from, PIECE)?;
    let mut piece = Piece {
        due: Vec::new(),
        next: Some(match envelopes.get(PIECE - 1) {
            Some((last, _)) => Place::Log(last + 1),
            None => MOVES,
        }),
    };
    for (seq, bytes) in envelopes {
        let envelope = envelope_from(&bytes, LogOwner::City(own.city))?;
        if envelope.at < before {
            if envelope.audience == Audience::Own {
                let review = past_review(kv, own.city, (seq, &envelope, bytes))?;
                piece.due.extend(review);
            }
        } else if envelope.epoch == epoch {
            // Time never goes back within an epoch, and no other follows: the rest of the log is younger.
            piece.next = Some(MOVES);
            break;
        }
    }
    Ok(piece)
}

/// The body of a log entry, if it is that of a review past its retention.
fn past_review<V: View + ?Sized>(
    view: &V,
    city: CityCode,
    (seq, envelope, bytes): (u64, &Envelope, Vec<u8>),
) -> Result<Option<Due>> {
    let body = log::body(view, seq)?.unwrap_or_default();
    if body.is_empty() {
        return Ok(None);
    }
    let size = body.len();
    let entry = Entry {
        envelope: bytes.into(),
        body: body.into(),
    };
    let fact = match city_entry_in(envelope, &entry, city) {
        Ok(entry) => entry.fact,
        Err(error) => {
            tracing::warn!(seq, %error, "a review cannot be read; its content is kept");
            return Ok(None);
        }
    };
    let CityFact::Review(fact) = fact else {
        return Ok(None);
    };
    let (code, revision) = match &fact {
        ReviewFact::Submitted { code, revision, .. }
        | ReviewFact::Returned { code, revision, .. }
        | ReviewFact::TakenBack { code, revision } => (code, Some(*revision)),
        // These facts name no revision. An entry of the log has the time of its move.
        ReviewFact::WithdrawalAsked { code, .. }
        | ReviewFact::WithdrawalDeclined { code, .. }
        | ReviewFact::ChangeNoted { code, .. }
        | ReviewFact::UpdateExtended { code, .. } => (code, None),
        // They contain no text of an entry and no person.
        ReviewFact::Reminded(_) | ReviewFact::UpdatedLate { .. } => return Ok(None),
    };
    let Some((record, oldest)) = retained(view, code)? else {
        return Ok(None);
    };
    let is_past = match revision {
        Some(revision) => revision < oldest,
        None => precedes(view, code, (&record, oldest), envelope.at)?,
    };
    Ok(is_past.then(|| Due {
        content: Content::Body(seq),
        at: envelope.at,
        bytes: size,
        code: code.clone(),
        oldest,
    }))
}

/// The lifecycle of an entry, and the oldest revision that it retains; `None` where it retains all.
fn retained<V: View + ?Sized>(
    view: &V,
    code: &ResourceCode,
) -> Result<Option<(LifecycleRecord, u32)>> {
    let record = lifecycles::find(view, code)?;
    Ok(record.and_then(|record| {
        let oldest = record.lifecycle.oldest_retained()?;
        Some((record, oldest))
    }))
}

/// Returns true if a time is before the first move of the revision `oldest`, which is found by bisection: the revisions
/// of moves ascend. Their times do, too, except after a new epoch that abandons those of a clock that was ahead; while
/// the first move has such a time, nothing precedes it.
fn precedes<V: View + ?Sized>(
    view: &V,
    code: &ResourceCode,
    (record, oldest): (&LifecycleRecord, u32),
    at: Timestamp,
) -> Result<bool> {
    let step = |number| STEPS.get(view, &(code.clone(), number));
    let (mut low, mut high) = (0, record.steps);
    while low < high {
        let middle = low + (high - low) / 2;
        if step(middle)?.is_some_and(|step| step.revision() < oldest) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let first = step(low)?.map(|first| first.at());
    Ok(first.is_some_and(|first| at < first && first <= record.last.at))
}

/// An entry, and the number of a move or of a revision.
type MoveKey = (ResourceCode, u32);

/// The contents of the next moves, and of the revisions that end with one of them and were never published.
fn next_moves<V: View + ?Sized>(
    view: &V,
    (after, mut published): (Bound<MoveKey>, Option<MoveKey>),
    before: Timestamp,
) -> Result<Piece> {
    let page = STEPS
        .range((after, Bound::Unbounded))
        .page(view, Limit::rows(PIECE))?;
    let last = page.rows.last().map(|(key, _)| key.clone());
    let last = last.filter(|_| page.rest.is_some());
    let mut due = Vec::new();
    for ((code, number), step) in page.rows {
        let PastStep::Whole(step) = step else {
            continue;
        };
        // An approval has a public entry in the log, with the same contents.
        if step.mv == Move::Approve {
            if step.state == State::Published {
                published = Some((code, step.revision));
            }
            continue;
        }
        if step.at >= before {
            continue;
        }
        let (at, revision) = (step.at, step.revision);
        let Some((_, oldest)) = retained(view, &code)?.filter(|(_, oldest)| revision < *oldest)
        else {
            continue;
        };
        let is_published = (published.as_ref())
            .is_some_and(|(of, published)| (of, *published) == (&code, revision));
        if !is_published && let Some(bytes) = ended_revision(view, &code, (number, revision))? {
            due.push(Due {
                content: Content::Revision(revision),
                at,
                bytes,
                code: code.clone(),
                oldest,
            });
        }
        due.push(Due {
            content: Content::Move(number, step.emptied()),
            at,
            bytes: step.by.to_string().len() + step.reason.len(),
            code,
            oldest,
        });
    }
    let next = last.map(|last| Place::Moves {
        after: Bound::Excluded(last),
        published,
    });
    Ok(Piece { due, next })
}

/// Returns the size of a revision's content if the move of this number is its last.
fn ended_revision<V: View + ?Sized>(
    view: &V,
    code: &ResourceCode,
    (number, revision): (u32, u32),
) -> Result<Option<usize>> {
    let next = STEPS.get(view, &(code.clone(), number + 1))?;
    if next.is_none_or(|next| next.revision() == revision) {
        return Ok(None);
    }
    REVISIONS.size(view, &(code.clone(), revision))
}

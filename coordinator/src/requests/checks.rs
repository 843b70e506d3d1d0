//! Checks that only the coordinator can make.

use chengji_domain::calendar::{Deadline, Rule, local_date};
use chengji_domain::request::{
    CLOCK_ALLOWANCE, Move, MoveKind, MoveRule, Party, RequestHistory, RequestId, RequestRecord,
    State, Step,
};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::request_table;
use chengji_messages::{Message, msg};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::deadlines::Deadlines;

/// Checks that a move is not dated ahead, that it is of the matter that is open, and that an extension and a time to
/// mend are within their maximum. A move counts as of the time that its city gives it, for every reader alike.
pub(super) fn check(
    history: &RequestHistory,
    deadlines: &Deadlines,
    now: Timestamp,
    step: &Step,
) -> Result<()> {
    if is_ahead(step.at, now) {
        return refused(msg::MoveDatedAhead {
            request: history.id,
            dated: step.at,
            now,
        });
    }
    check_matter(history, step)?;
    match &step.mv {
        Move::Extend { deadline, .. } => check_extension(history, deadlines, *deadline),
        // By a suspension of long ago, the consumer would have had no time at all.
        Move::Suspend { mend_by, .. } if mend_by.has_passed(now) => {
            refused(MoveRule::MendingTimeOver.label())
        }
        Move::Suspend { mend_by, .. } => {
            check_time_to_mend(history, deadlines, (step.at, *mend_by))
        }
        _ => Ok(()),
    }
}

/// Checks that a dispute has a record of the negotiation before it, where one is required.
pub(super) fn check_negotiation(step: &Step, request: RequestId, is_required: bool) -> Result<()> {
    match &step.mv {
        Move::Dispute { negotiation, .. } if is_required && negotiation.trim().is_empty() => {
            refused(msg::DisputeNotNegotiated { request })
        }
        _ => Ok(()),
    }
}

/// Checks that an entry in use is supplied for the notice that the provider's rules require before it is withdrawn: by
/// the day that a consultation names, and, where the entry is withdrawn, whether or not one was named. A backdated
/// consultation announces nothing before it has arrived: the consumer could not know of it.
pub(super) fn check_notice(
    record: &RequestRecord,
    deadlines: &Deadlines,
    (step, arrived_at): (&Step, Option<Timestamp>),
    is_withdrawn: bool,
) -> Result<()> {
    let rules = deadlines.rules(record.history.provider());
    let ends_from = |announced: Timestamp| rules.supply_ends_from(local_date(announced));
    let required = match &step.mv {
        Move::Consult { not_before, .. } => {
            let is_short = |first: &Date| not_before.map_or(is_withdrawn, |named| named < *first);
            ends_from(arrived_at.unwrap_or(step.at)).filter(is_short)
        }
        Move::Terminate { .. } | Move::Change(_) if is_withdrawn => {
            let consulted = unannounced(record, step.at);
            let first = consulted.and_then(ends_from);
            first.filter(|first| local_date(step.at) < *first)
        }
        _ => None,
    };
    match required {
        Some(first) => refused(msg::NoticeTooShort {
            request: record.history.id,
            first,
        }),
        None => Ok(()),
    }
}

/// The time of the consultation about a running grant, or of its arrival if it is backdated; `None` if it named a day for
/// a withdrawal.
fn unannounced(record: &RequestRecord, at: Timestamp) -> Option<Timestamp> {
    let request = record.history.state().ok()?;
    let runs = request.state(at) == State::Granted;
    let consultation = request.consultation().filter(|_| runs)?;
    if consultation.not_before.is_some() {
        return None;
    }
    let mut steps = record.history.steps.iter();
    let place = steps.rposition(|step| step.mv.kind() == MoveKind::Consult)?;
    let arrived_at = record.backdated.get(&place).copied();
    Some(arrived_at.unwrap_or(consultation.asked_at))
}

/// Checks that the consumer's answer was made after the provider's move that it would answer, as far as clocks agree:
/// one that was withheld until then is of an earlier matter.
fn check_matter(history: &RequestHistory, step: &Step) -> Result<()> {
    let answered = match &step.mv {
        Move::AnswerConsultation { .. } => MoveKind::Consult,
        Move::ReportMended { .. } => MoveKind::Suspend,
        _ => return Ok(()),
    };
    let mut opened = history.steps.iter().rev();
    let opened = opened.find(|known| known.mv.kind() == answered);
    if opened.is_none_or(|opened| opened.at.duration_since(step.at) <= CLOCK_ALLOWANCE) {
        return Ok(());
    }
    let message = msg::MoveOfEarlierMatter {
        request: history.id,
    };
    Err(Error::new(ErrorCode::OutOfTurn, message))
}

/// Part of a record that the consumer's moves about a running grant leave for others, bytes.
const ROOM_BESIDE_CONSUMER: usize = 16 * 1024;
/// Part of a record that the provider's moves leave for the end of a request, bytes.
const ROOM_TO_END: usize = 8 * 1024;
/// Bytes of that part for each move that is left, of [`RequestHistory::MAX_STEPS`].
const ROOM_OF_MOVE: usize = 512;

/// Checks that a move which its city can repeat at will leaves room in the record for the moves of others, and for
/// the end of the request.
pub(super) fn leaves_room(record: &RequestRecord, step: &Step) -> Result<()> {
    let room = match (step.party, &step.mv) {
        (
            Party::Consumer,
            Move::AskAmendment { .. } | Move::ProposeSettlement { .. } | Move::Dispute { .. },
        ) => ROOM_BESIDE_CONSUMER,
        (Party::Consumer, Move::Withdraw { .. }) if has_grant(&record.history) => {
            ROOM_BESIDE_CONSUMER
        }
        (
            Party::Provider,
            Move::Consult { .. }
            | Move::Suspend { .. }
            | Move::ProposeSettlement { .. }
            | Move::Dispute { .. },
        ) => ROOM_TO_END,
        _ => return Ok(()),
    };
    let id = record.history.id;
    let mut history = record.history.clone();
    history.steps.push(step.clone());
    let count = history.steps.len();
    if count + room / ROOM_OF_MOVE > RequestHistory::MAX_STEPS {
        let message = msg::RequestMovesTooMany { count, id };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    let bytes = request_table::size(&RequestRecord::new(history))?;
    let most = request_table::MAX_WITHOUT_STOPS - room;
    if bytes > most {
        let message = msg::RequestTooLarge { bytes, id, most };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    Ok(())
}

fn has_grant(history: &RequestHistory) -> bool {
    history
        .state()
        .is_ok_and(|request| request.grant().is_some())
}

fn check_extension(history: &RequestHistory, deadlines: &Deadlines, asked: Deadline) -> Result<()> {
    let Some(old) = history.state().ok().and_then(|request| request.deadline()) else {
        return Ok(());
    };
    let provider = history.provider();
    let latest = deadlines.extended_at_most(provider, old.date);
    if asked.date <= latest {
        return Ok(());
    }
    refused(msg::ExtensionBeyondLongest {
        request: history.id,
        deadline: old.date,
        days: deadlines.longest_extension(provider, old.date),
        latest,
        asked: asked.date,
    })
}

/// Checks the time to mend of a suspension made at this time.
fn check_time_to_mend(
    history: &RequestHistory,
    deadlines: &Deadlines,
    (at, mend_by): (Timestamp, Deadline),
) -> Result<()> {
    let (consumer, from) = (history.consumer(), local_date(at));
    let latest = deadlines.due(consumer, Rule::MendingAtMost, from).date;
    if mend_by.date <= latest {
        return Ok(());
    }
    refused(msg::MendingBeyondLongest {
        request: history.id,
        days: deadlines.rules(consumer).days(Rule::MendingAtMost, from),
        latest,
        asked: mend_by.date,
    })
}

fn refused(message: impl Into<Message>) -> Result<()> {
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

/// Returns true if a date is ahead of the coordinator's clock by more than the tolerated difference.
pub(super) fn is_ahead(dated: Timestamp, now: Timestamp) -> bool {
    dated.duration_since(now) > CLOCK_ALLOWANCE
}

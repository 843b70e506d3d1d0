//! Checks that only the coordinator can make.

use chengji_domain::calendar::{Deadline, Rule, local_date};
use chengji_domain::request::{CLOCK_ALLOWANCE, Move, RequestHistory, Step};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use jiff::Timestamp;

use crate::deadlines::Deadlines;

/// Checks that a move is not dated ahead, and that an extension and a time to mend are within their maximum. A move
/// counts as of the time that its city gives it, for every reader alike.
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
    match &step.mv {
        Move::Extend { deadline, .. } => check_extension(history, deadlines, *deadline),
        Move::Suspend { mend_by, .. } => {
            check_time_to_mend(history, deadlines, (step.at, *mend_by))
        }
        _ => Ok(()),
    }
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

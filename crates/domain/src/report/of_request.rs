//! The counts of one request in a month.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::ground::Ground;
use super::month::Month;
use crate::calendar::{Calendar, local_date};
use crate::error::Error;
use crate::request::{DueAct, Move, MoveKind, Request, RequestHistory, State, Step, damaged};

/// An act of the provider that had a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// The working days that it took.
    pub days: u32,
    /// True if it was made after its last day.
    pub late: bool,
}

/// The counts of a request in a month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestMonth {
    /// True if it was submitted in the month.
    pub submitted: bool,
    /// Its state at the end of the month; `None` if it is not among the month's requests.
    pub state: Option<State>,
    /// The provider's answers in the month: more than one if an answer was required anew.
    pub answers: Vec<Act>,
    /// The provider's offers in the month, one for each grant.
    pub offers: Vec<Act>,
    /// The answer and the offer, if they were overdue at the end of the month.
    pub overdue: BTreeSet<DueAct>,
    /// The grounds of refusals in the month.
    pub grounds: Vec<Ground>,
}

/// Returns true if parties still deal with a request in this state.
pub fn is_in_hand(state: State) -> bool {
    match state {
        State::Submitted
        | State::Routed
        | State::Incomplete
        | State::Supplemented
        | State::Granted
        | State::Revoked
        | State::Suspended
        | State::Disputed
        | State::Referred => true,
        State::Refused
        | State::Rejected
        | State::Withdrawn
        | State::Lapsed
        | State::Closed
        | State::Terminated => false,
    }
}

impl RequestMonth {
    /// Counts a request, by its ordered moves up to the end of the month, or to now if it has not ended. Working days
    /// are those of this calendar.
    ///
    /// # Errors
    /// `STORAGE_DAMAGED` if a recorded move is out of turn.
    pub fn of(
        history: &RequestHistory,
        month: Month,
        now: Timestamp,
        calendar: &Calendar,
    ) -> Result<Self, Error> {
        let end = month.as_of(now);
        let mut dated = history.submitted_at;
        if dated > end {
            return Ok(Self::default());
        }
        let mut found = Self {
            submitted: month.contains(dated),
            ..Self::default()
        };
        let mut is_moved = found.submitted;
        let (mut request, mut clocks) = (Request::submitted(), Clocks::default());
        for step in &history.steps {
            dated = dated.max(step.at);
            if dated > end {
                break;
            }
            let counts = month.contains(dated);
            is_moved |= counts;
            let before = Before::of(&request, step);
            let next = request.apply(step);
            request = next.map_err(|out_of_turn| damaged(history, &out_of_turn))?;
            let made = clocks.take((step, dated), before, &request, calendar);
            if !counts {
                continue;
            }
            match made {
                Some(Made::Answer(act)) => found.answers.push(act),
                Some(Made::Offer(act)) => found.offers.push(act),
                None => {}
            }
            found.grounds.extend(ground(&step.mv));
        }
        // Without a move in the month, this is the state at its beginning, too.
        if is_moved || is_in_hand(request.state(month.before())) {
            found.state = Some(request.state(end));
            let overdue = request.dues(end).into_iter();
            let overdue = overdue.filter(|due| due.is_overdue(end)).map(|due| due.act);
            found
                .overdue
                .extend(overdue.filter(|act| matches!(act, DueAct::Answer | DueAct::Offer)));
        }
        Ok(found)
    }

    /// Returns true if the request is not counted for anything.
    pub fn is_nothing(&self) -> bool {
        self.state.is_none()
    }
}

fn ground(mv: &Move) -> Option<Ground> {
    match mv {
        Move::Reject { reason, .. } => Some(Ground::Rejected(*reason)),
        Move::Refuse { legal_basis, .. } => Some(Ground::refused(legal_basis)),
        _ => None,
    }
}

/// The running times of the provider's acts.
#[derive(Debug, Default)]
struct Clocks {
    answer: Option<Answering>,
    /// The time from which on the granted data is to be offered.
    offer: Option<Timestamp>,
}

/// The time of an answer.
#[derive(Debug)]
struct Answering {
    /// Working days before the last pause.
    used: u32,
    /// The beginning of the provider's turn; `None` while information is missing.
    since: Option<Timestamp>,
}

impl Answering {
    fn since(at: Timestamp) -> Self {
        Self {
            used: 0,
            since: Some(at),
        }
    }

    /// The days used up to this time.
    fn days(&self, at: Timestamp, calendar: &Calendar) -> u32 {
        let now = self.since.map_or(0, |since| between(calendar, since, at));
        self.used.saturating_add(now)
    }
}

/// An act that a step completes.
enum Made {
    Answer(Act),
    Offer(Act),
}

/// Which acts were overdue when a step was made.
struct Before {
    answer_overdue: bool,
    offer_overdue: bool,
}

impl Before {
    fn of(request: &Request, step: &Step) -> Self {
        let mut dues = request.dues(step.at).into_iter();
        Self {
            answer_overdue: request.is_overdue(step.at),
            offer_overdue: dues.any(|due| due.act == DueAct::Offer && due.is_overdue(step.at)),
        }
    }
}

impl Clocks {
    /// Takes the next step, which counts as of `at` and led to the state `after`; returns the act that it completes. By
    /// its own date, one that is dated back would lengthen the time of another party, by years if it likes.
    fn take(
        &mut self,
        (step, at): (&Step, Timestamp),
        before: Before,
        after: &Request,
        calendar: &Calendar,
    ) -> Option<Made> {
        match step.mv.kind() {
            // A decision about an amendment requires no answer to the request.
            MoveKind::Route | MoveKind::Remand | MoveKind::Decide if after.deadline().is_some() => {
                self.answer = Some(Answering::since(at));
            }
            MoveKind::AskSupplement => {
                if let Some(answer) = &mut self.answer {
                    answer.used = answer.days(at, calendar);
                    answer.since = None;
                }
            }
            MoveKind::Supplement => {
                if let Some(answer) = &mut self.answer {
                    answer.since = Some(at);
                }
            }
            kind @ (MoveKind::Grant | MoveKind::Refuse) => {
                self.offer = (kind == MoveKind::Grant).then_some(at);
                let days = self.answer.take()?.days(at, calendar);
                let late = before.answer_overdue;
                return Some(Made::Answer(Act { days, late }));
            }
            MoveKind::Amend | MoveKind::Change | MoveKind::AcceptSettlement
                if step.due.is_some() =>
            {
                self.offer = Some(at);
            }
            MoveKind::Offer => {
                let days = between(calendar, self.offer.take()?, at);
                let late = before.offer_overdue;
                return Some(Made::Offer(Act { days, late }));
            }
            _ => {}
        }
        None
    }
}

fn between(calendar: &Calendar, from: Timestamp, to: Timestamp) -> u32 {
    calendar.working_days_between(local_date(from), local_date(to))
}

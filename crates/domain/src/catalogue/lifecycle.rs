//! The lifecycle of an entry (目录编制、审核、发布、撤销): its moves, their parties and the resulting states.
//!
//! The moves are one table in this file; every other move is refused. A submitted revision keeps its number
//! for ever, and its content unless retention removes it; a published one remains published until another revision is
//! published or its withdrawal is approved. Nobody reviews their own work or submission.

use chengji_messages::{Message, msg};
use jiff::Timestamp;
use jiff::civil::Date;

use super::terms::vocabulary;
use super::{EntryAct, EntryReminder, NotedChange, Tightening};
use crate::calendar::{Calendar, CityRules, Deadline, local_date};
use crate::digest::Digest;
use crate::error::{Error, ErrorCode, Result};
use crate::principal::Principal;
use crate::request::Consent;
use crate::uscc::Uscc;

vocabulary! {
    /// The state of an entry after the last move.
    State {
        /// The newest revision is being edited.
        Draft = "草稿", "draft", EntryStateDraft;
        /// The newest revision waits for review.
        Submitted = "待审核", "submitted", EntryStateSubmitted;
        /// The newest revision was returned with reasons.
        Returned = "已退回", "returned", EntryStateReturned;
        /// The newest revision was taken back by its authors.
        TakenBack = "已撤回", "taken-back", EntryStateTakenBack;
        /// The newest revision that was neither returned nor taken back is published.
        Published = "已发布", "published", EntryStatePublished;
        /// Its withdrawal waits for review.
        WithdrawalAsked = "待撤销", "withdrawal-asked", EntryStateWithdrawalAsked;
        /// It is withdrawn; its code is not used again.
        Withdrawn = "已撤销", "withdrawn", EntryStateWithdrawn;
    }
}

impl State {
    /// Returns true if the entry waits for an action.
    pub fn is_pending(self) -> bool {
        match self {
            Self::Draft | Self::Submitted | Self::Returned | Self::WithdrawalAsked => true,
            Self::TakenBack | Self::Published | Self::Withdrawn => false,
        }
    }
}

vocabulary! {
    /// A move in the lifecycle of an entry.
    Move {
        /// Saves content as a draft.
        Save = "暂存", "save", EntryMoveSave;
        /// Submits the draft for review.
        Submit = "提交", "submit", EntryMoveSubmit;
        /// Takes back the draft, a submission, or a request for withdrawal.
        TakeBack = "撤回", "take back", EntryMoveTakeBack;
        /// Requests the withdrawal of the entry.
        AskWithdrawal = "申请撤销", "ask for withdrawal", EntryMoveAskWithdrawal;
        /// Publishes the submission, or approves the withdrawal.
        Approve = "审核通过", "approve", EntryMoveApprove;
        /// Returns the submission, or declines the withdrawal, with reasons.
        Return = "退回", "return", EntryMoveReturn;
    }
}

impl Move {
    /// Returns true if it is the reviewer's.
    pub fn is_review(self) -> bool {
        matches!(self, Self::Approve | Self::Return)
    }

    /// Returns the states in which the move applies to an entry when it is made on many. Entries returned or
    /// taken back are submitted again individually, by code.
    pub fn begins_in(self) -> impl Iterator<Item = State> {
        let moves = MOVES.iter().filter(move |(_, mv, _)| *mv == self);
        let states = moves.filter_map(|(from, ..)| *from);
        states.filter(move |from| self != Self::Submit || *from == State::Draft)
    }

    /// Returns true if it requires a reason.
    pub fn takes_reason(self) -> bool {
        matches!(self, Self::AskWithdrawal | Self::Return)
    }
}

/// All moves: from (`None`: there is no entry), move, to.
///
/// Saving begins the next revision, except of a draft, whose content it replaces. Withdrawal can be requested
/// only after a revision was published. Approving a submission publishes the newest revision.
#[rustfmt::skip]
const MOVES: &[(Option<State>, Move, State)] = &[
    (None, Move::Save, State::Draft),
    (Some(State::Draft), Move::Save, State::Draft),
    (Some(State::Submitted), Move::Save, State::Draft),
    (Some(State::Returned), Move::Save, State::Draft),
    (Some(State::TakenBack), Move::Save, State::Draft),
    (Some(State::Published), Move::Save, State::Draft),
    (Some(State::Draft), Move::Submit, State::Submitted),
    (Some(State::Returned), Move::Submit, State::Submitted),
    (Some(State::TakenBack), Move::Submit, State::Submitted),
    (Some(State::Draft), Move::TakeBack, State::TakenBack),
    (Some(State::Submitted), Move::TakeBack, State::TakenBack),
    (Some(State::WithdrawalAsked), Move::TakeBack, State::Published),
    (Some(State::Published), Move::AskWithdrawal, State::WithdrawalAsked),
    (Some(State::Returned), Move::AskWithdrawal, State::WithdrawalAsked),
    (Some(State::TakenBack), Move::AskWithdrawal, State::WithdrawalAsked),
    (Some(State::Submitted), Move::Approve, State::Published),
    (Some(State::WithdrawalAsked), Move::Approve, State::Withdrawn),
    (Some(State::Submitted), Move::Return, State::Returned),
    (Some(State::WithdrawalAsked), Move::Return, State::Published),
];

/// The state of an entry, and its newest and published revisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// The state.
    pub state: State,
    /// The newest revision, from 1.
    pub newest: u32,
    /// The published revision; `None` if there never was one.
    pub published: Option<u32>,
}

impl Lifecycle {
    /// Returns the lifecycle after this move; `before` is `None` for an unknown entry.
    ///
    /// Errors: `OUT_OF_TURN` if the move is not in the table, `LIMIT_EXCEEDED` if no revision number is left.
    pub fn after(before: Option<Self>, mv: Move) -> Result<Self> {
        let from = before.map(|lifecycle| lifecycle.state);
        let state = Self::leads_to(before, mv).ok_or_else(|| out_of_turn(from, mv))?;
        let newest = before.map_or(0, |lifecycle| lifecycle.newest);
        let newest = match mv {
            Move::Save if from != Some(State::Draft) => {
                newest.checked_add(1).ok_or_else(exhausted)?
            }
            _ => newest,
        };
        let published = match (mv, state) {
            (Move::Approve, State::Published) => Some(newest),
            _ => before.and_then(|lifecycle| lifecycle.published),
        };
        Ok(Self {
            state,
            newest,
            published,
        })
    }

    /// Returns true if a move on all entries that match a filter applies to this one now.
    pub fn is_selected_for(self, mv: Move) -> bool {
        let begins = mv.begins_in().any(|state| state == self.state);
        begins && Self::leads_to(Some(self), mv).is_some()
    }

    /// Returns the first revision whose contents are retained at any age: the published one, else the
    /// newest. `None` while the entry is pending: all contents are retained.
    pub fn oldest_retained(self) -> Option<u32> {
        (!self.state.is_pending()).then(|| self.published.unwrap_or(self.newest))
    }

    fn leads_to(before: Option<Self>, mv: Move) -> Option<State> {
        let from = before.map(|lifecycle| lifecycle.state);
        let was_published = before.is_some_and(|lifecycle| lifecycle.published.is_some());
        let mut moves = MOVES.iter();
        let (.., to) = moves.find(|(state, by, _)| (*state, *by) == (from, mv))?;
        (mv != Move::AskWithdrawal || was_published).then_some(*to)
    }
}

/// A move in the history of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecycleStep {
    /// The newest revision after it.
    pub revision: u32,
    /// The move.
    pub mv: Move,
    /// The state after it.
    pub state: State,
    /// Time of the move.
    pub at: Timestamp,
    /// The principal that made it.
    pub by: Principal,
    /// The reason, if the move requires one.
    pub reason: String,
    /// The deadline for the next action, if one is due.
    pub due: Option<Deadline>,
    /// Of a submission: the consent of the department's head. `None` for other moves, and where none was recorded.
    pub consent: Option<Consent>,
    /// Of a submission and its approval: what the revision adds to the published conditions.
    pub tightening: Option<Tightening>,
}

/// A move in the history of an entry, as far as it is retained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PastStep {
    /// The whole move.
    Whole(LifecycleStep),
    /// The move without its contents, which retention has removed: its maker, reason, deadline and consent.
    Emptied {
        /// The newest revision after it.
        revision: u32,
        /// The move.
        mv: Move,
        /// The state after it.
        state: State,
        /// Time of the move.
        at: Timestamp,
    },
}

impl PastStep {
    /// Returns the newest revision after the move.
    pub fn revision(&self) -> u32 {
        match self {
            Self::Whole(LifecycleStep { revision, .. }) | Self::Emptied { revision, .. } => {
                *revision
            }
        }
    }

    /// Returns the time of the move.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Whole(LifecycleStep { at, .. }) | Self::Emptied { at, .. } => *at,
        }
    }
}

impl LifecycleStep {
    /// Returns the move without its contents.
    pub fn emptied(&self) -> PastStep {
        PastStep::Emptied {
            revision: self.revision,
            mv: self.mv,
            state: self.state,
            at: self.at,
        }
    }
}

/// The record of an entry's lifecycle: its state, authors and moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecycleRecord {
    /// The state and the revisions.
    pub lifecycle: Lifecycle,
    /// The department of the newest revision.
    pub provider: Uscc,
    /// The department of the published revision; `None` if there never was one.
    pub published_provider: Option<Uscc>,
    /// SHA-256 of the newest revision's content, encoded as in facts.
    pub digest: Digest,
    /// The author of the newest revision.
    pub author: Principal,
    /// Number of moves so far.
    pub steps: u32,
    /// The last move.
    pub last: LifecycleStep,
    /// Number of published revisions that added conditions to the published ones before them.
    pub tightenings: u32,
    /// The change that the entry has to follow, until it is updated.
    pub change: Option<NotedChange>,
    /// The last reminder of each act that was noted.
    pub reminders: Vec<EntryReminder>,
}

impl LifecycleRecord {
    /// Returns the revision that a state refers to: a revision that came back is not the published one.
    pub fn about(&self, state: State) -> u32 {
        let newest = self.lifecycle.newest;
        match state {
            State::Published | State::WithdrawalAsked | State::Withdrawn => {
                self.lifecycle.published.unwrap_or(newest)
            }
            State::Draft | State::Submitted | State::Returned | State::TakenBack => newest,
        }
    }

    /// Returns the department of the entry in a state: that of the revision that the state refers to.
    pub fn owner(&self, state: State) -> Uscc {
        let is_newest = self.about(state) == self.lifecycle.newest;
        self.published_provider
            .filter(|_| !is_newest)
            .unwrap_or(self.provider)
    }
}

impl LifecycleRecord {
    /// Returns the last day for the next action: the review of what was submitted, else the correction of what was
    /// returned or the update after a noted change, whichever is earlier. `None` if no action is due.
    pub fn due(&self) -> Option<Deadline> {
        self.next_act().map(|(_, due)| due)
    }

    /// Returns the next act that is due, with its last day.
    pub fn next_act(&self) -> Option<(EntryAct, Deadline)> {
        match self.lifecycle.state {
            State::Submitted | State::WithdrawalAsked => {
                self.last.due.map(|due| (EntryAct::Review, due))
            }
            State::Draft
            | State::Returned
            | State::TakenBack
            | State::Published
            | State::Withdrawn => {
                let correction = self.last.due.map(|due| (EntryAct::Correction, due));
                let change = self.change.as_ref();
                let update = change.map(|change| (EntryAct::Update, change.due));
                let both = [correction, update].into_iter().flatten();
                both.min_by_key(|(_, due)| due.date)
            }
        }
    }

    /// Returns whether the reminder before the deadline of the next act was noted, with the deadline; `None` if no
    /// reminder is to come: no act is due, or the reminder after the deadline was noted.
    pub fn reminder_to_come(&self) -> Option<(bool, Date)> {
        let (act, due) = self.next_act()?;
        let deadline = due.date;
        let is_noted = |overdue| {
            self.reminders.contains(&EntryReminder {
                act,
                deadline,
                overdue,
            })
        };
        (!is_noted(true)).then(|| (is_noted(false), deadline))
    }

    /// Returns the reminder that is to be noted on this day, if the deadlines before `near` are near on it.
    pub fn reminder_on(&self, today: Date, near: Date) -> Option<EntryReminder> {
        let (act, _) = self.next_act()?;
        let (is_noted, deadline) = self.reminder_to_come()?;
        let overdue = deadline < today;
        let is_due = overdue || (deadline < near && !is_noted);
        is_due.then_some(EntryReminder {
            act,
            deadline,
            overdue,
        })
    }

    /// Returns the record with a reminder, in place of the one of the same act.
    #[must_use]
    pub fn reminded(&self, reminder: EntryReminder) -> Self {
        let mut reminded = self.clone();
        let noted = &mut reminded.reminders;
        noted.retain(|noted| noted.act != reminder.act);
        noted.push(reminder);
        reminded
    }

    /// Notes a change of a day that the entry has to follow; `today` is the local date.
    ///
    /// Errors: `OUT_OF_TURN` if the entry was never published, is withdrawn, or has a noted change already;
    /// `INVALID_ARGUMENT` for a day to come.
    pub fn note_change(
        &self,
        rules: &CityRules,
        (on, today): (Date, Date),
        noted_by: Principal,
    ) -> Result<NotedChange> {
        let Lifecycle {
            state,
            newest,
            published,
        } = self.lifecycle;
        if published.is_none() || state == State::Withdrawn {
            return Err(Error::new(ErrorCode::OutOfTurn, msg::ChangeOfUnpublished));
        }
        if let Some(known) = &self.change {
            let (on, due) = (known.on, known.due.date);
            let message = msg::ChangeNotedAlready { due, on };
            return Err(Error::new(ErrorCode::OutOfTurn, message));
        }
        if on > today {
            let message = msg::ChangeInFuture { on, today };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        // What is not submitted yet can still take in the change.
        let is_open = matches!(state, State::Draft | State::Returned | State::TakenBack);
        let settled_by = newest.saturating_add(u32::from(!is_open));
        Ok(NotedChange::new(rules, on, noted_by, settled_by))
    }

    /// Returns true if one of its days is provisional.
    pub fn is_provisional(&self) -> bool {
        let change = self.change.as_ref().map(|change| change.due);
        let mut days = [self.last.due, change].into_iter().flatten();
        days.any(|due| due.provisional)
    }

    /// Returns the record with the provisional days that the notices of this calendar make later; `None` if they make
    /// none later.
    pub fn moved(&self, calendar: &Calendar) -> Option<Self> {
        let later = |from: Date, due: Deadline| {
            let counted = calendar.recounted(from, due);
            (counted.date > due.date).then_some(counted)
        };
        let last = self.last.due;
        let last = last.and_then(|due| later(local_date(self.last.at), due));
        let change = self.change.as_ref();
        let change = change.and_then(|change| later(change.on, change.due));
        if last.is_none() && change.is_none() {
            return None;
        }
        let mut moved = self.clone();
        moved.last.due = last.or(moved.last.due);
        if let (Some(noted), Some(due)) = (&mut moved.change, change) {
            noted.due = due;
        }
        Some(moved)
    }

    /// Returns the noted change that remains when a move has led to this lifecycle.
    pub fn change_after(&self, after: Lifecycle) -> Option<NotedChange> {
        let is_settled = |change: &NotedChange| {
            after.state == State::Withdrawn
                || (after.published).is_some_and(|revision| revision >= change.settled_by)
        };
        self.change.clone().filter(|change| !is_settled(change))
    }
}

/// Refuses a review of the reviewer's own work or submission.
pub fn check_four_eyes(
    author: &Principal,
    submitted_by: &Principal,
    reviewer: &Principal,
) -> Result<()> {
    if submitted_by != reviewer && author != reviewer {
        return Ok(());
    }
    let own = msg::ReviewOfOwnWork {
        reviewer: reviewer.to_string(),
    };
    Err(Error::new(ErrorCode::Denied, own))
}

/// That a move is not open; its advice says whose turn it is.
fn out_of_turn(from: Option<State>, mv: Move) -> Error {
    let message: Message = match from {
        None => msg::EntryMoveOfUnknown { wanted: mv }.into(),
        Some(State::Draft) => msg::EntryMoveOfDraft { wanted: mv }.into(),
        Some(State::Submitted) => msg::EntryMoveOfSubmitted { wanted: mv }.into(),
        Some(State::Returned) => msg::EntryMoveOfReturned { wanted: mv }.into(),
        Some(State::TakenBack) => msg::EntryMoveOfTakenBack { wanted: mv }.into(),
        Some(State::Published) => msg::EntryMoveOfPublished { wanted: mv }.into(),
        Some(State::WithdrawalAsked) => msg::EntryMoveOfWithdrawalAsked { wanted: mv }.into(),
        Some(State::Withdrawn) => msg::EntryMoveOfWithdrawn { wanted: mv }.into(),
    };
    Error::new(ErrorCode::OutOfTurn, message)
}

fn exhausted() -> Error {
    Error::new(ErrorCode::LimitExceeded, msg::EntryRevisionsExhausted)
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;

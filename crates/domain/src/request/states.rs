//! The states of a request, one type each. A transition takes its state by value and returns the next, so
//! that a former state cannot be used again.

use std::fmt;

use chengji_messages::{Language, Message, msg};
use jiff::Timestamp;

use super::{Grant, Move, MoveKind, Party, Step};
use crate::calendar::Deadline;

/// Waits for the coordinator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted(());

/// Waits for the provider's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routed {
    deadline: Deadline,
    extended: bool,
    asked: bool,
    /// True if the missing information came after the deadline, which the provider may then still extend.
    supplied_late: bool,
}

/// Waits for missing information from the consumer. The deadline is suspended meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomplete(Routed);

/// Waits for the provider again; it may not ask a second time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplemented(Routed);

/// Waits for a ruling of the coordinator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disputed(());

/// The state of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the state of that name; see `State`")]
pub enum Request {
    Submitted(Submitted),
    Routed(Routed),
    Incomplete(Incomplete),
    Supplemented(Supplemented),
    Granted(Grant),
    Refused,
    Disputed(Disputed),
    Rejected,
    Withdrawn,
    Closed(Grant),
}

/// The name of a state for display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Waits for the coordinator.
    Submitted,
    /// Waits for the provider.
    Routed,
    /// Waits for missing information from the consumer.
    Incomplete,
    /// Waits for the provider again.
    Supplemented,
    /// Granted.
    Granted,
    /// Refused by the provider.
    Refused,
    /// Rejected by the coordinator.
    Rejected,
    /// Taken back by the consumer.
    Withdrawn,
    /// Waits for a ruling of the coordinator.
    Disputed,
    /// Granted, then revoked by the provider's stop, independent of the ordered history.
    Revoked,
    /// Granted; deliveries are suspended by the provider's stop, independent of the ordered history.
    Suspended,
    /// Granted; the period has ended.
    Lapsed,
    /// Granted, then closed by the consumer.
    Closed,
}

impl State {
    /// Returns the state for people.
    pub fn label(self) -> Message {
        match self {
            Self::Submitted => msg::RequestStateSubmitted.into(),
            Self::Routed => msg::RequestStateRouted.into(),
            Self::Incomplete => msg::RequestStateIncomplete.into(),
            Self::Supplemented => msg::RequestStateSupplemented.into(),
            Self::Granted => msg::RequestStateGranted.into(),
            Self::Refused => msg::RequestStateRefused.into(),
            Self::Rejected => msg::RequestStateRejected.into(),
            Self::Withdrawn => msg::RequestStateWithdrawn.into(),
            Self::Disputed => msg::RequestStateDisputed.into(),
            Self::Revoked => msg::RequestStateRevoked.into(),
            Self::Suspended => msg::RequestStateSuspended.into(),
            Self::Lapsed => msg::RequestStateLapsed.into(),
            Self::Closed => msg::RequestStateClosed.into(),
        }
    }

    /// Returns the state in Chinese.
    pub fn zh(self) -> String {
        self.label().render(Language::Chinese)
    }

    /// Returns the party whose turn it is; `None` if the request has ended.
    pub fn turn(self) -> Option<Party> {
        match self {
            Self::Submitted | Self::Disputed => Some(Party::Coordinator),
            Self::Routed | Self::Supplemented => Some(Party::Provider),
            Self::Incomplete | Self::Granted | Self::Refused | Self::Revoked => {
                Some(Party::Consumer)
            }
            Self::Suspended => Some(Party::Provider),
            Self::Rejected | Self::Withdrawn | Self::Lapsed | Self::Closed => None,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Submitted => "submitted",
            Self::Routed => "routed",
            Self::Incomplete => "incomplete",
            Self::Supplemented => "supplemented",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Disputed => "disputed",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::Lapsed => "lapsed",
            Self::Closed => "closed",
        })
    }
}

impl Routed {
    fn new(deadline: Deadline) -> Self {
        Self {
            deadline,
            extended: false,
            asked: false,
            supplied_late: false,
        }
    }

    fn ask(self) -> Incomplete {
        Incomplete(Self {
            asked: true,
            ..self
        })
    }

    fn extend(self, deadline: Deadline) -> Self {
        Self {
            deadline,
            extended: true,
            ..self
        }
    }

    fn is_overdue(&self, at: Timestamp) -> bool {
        self.deadline.has_passed(at)
    }
}

impl Incomplete {
    fn supplement(self, at: Timestamp) -> Supplemented {
        let supplied_late = self.0.is_overdue(at);
        Supplemented(Routed {
            supplied_late,
            ..self.0
        })
    }
}

impl Request {
    /// Returns the initial state of a request.
    pub fn submitted() -> Self {
        Self::Submitted(Submitted(()))
    }

    /// Returns the state at this time, on which only the end of a grant's period depends.
    pub fn state(&self, at: Timestamp) -> State {
        match self {
            Self::Submitted(_) => State::Submitted,
            Self::Routed(_) => State::Routed,
            Self::Incomplete(_) => State::Incomplete,
            Self::Supplemented(_) => State::Supplemented,
            Self::Granted(grant) if at >= grant.terms.until => State::Lapsed,
            Self::Granted(_) => State::Granted,
            Self::Refused => State::Refused,
            Self::Disputed(_) => State::Disputed,
            Self::Rejected => State::Rejected,
            Self::Withdrawn => State::Withdrawn,
            Self::Closed(_) => State::Closed,
        }
    }

    /// Returns the provider's last day to answer, while an answer is due.
    pub fn deadline(&self) -> Option<Deadline> {
        match self {
            Self::Routed(routed) | Self::Supplemented(Supplemented(routed)) => {
                Some(routed.deadline)
            }
            _ => None,
        }
    }

    /// Returns true if the provider's answer is late at this time.
    pub fn is_overdue(&self, at: Timestamp) -> bool {
        self.deadline()
            .is_some_and(|deadline| deadline.has_passed(at))
    }

    /// Returns the present or former grant, if there is one.
    pub fn grant(&self) -> Option<&Grant> {
        match self {
            Self::Granted(grant) | Self::Closed(grant) => Some(grant),
            _ => None,
        }
    }

    /// Returns the next state, if the move is permitted to this party now (the table of the domain, §3).
    pub fn apply(self, step: &Step) -> Result<Self, OutOfTurn> {
        let lapsed = self.state(step.at) == State::Lapsed;
        let refused = OutOfTurn {
            state: self.state(step.at),
            party: step.party,
            kind: step.mv.kind(),
            why: None,
        };
        if lapsed {
            return Err(refused);
        }
        let because = |why| OutOfTurn {
            why: Some(why),
            ..refused
        };
        match step.party {
            Party::Consumer => self.by_consumer(step, refused, because),
            Party::Provider => self.by_provider(step, refused, because),
            Party::Coordinator => self.by_coordinator(step, refused),
        }
    }

    fn by_consumer(
        self,
        step: &Step,
        refused: OutOfTurn,
        because: impl Fn(MoveRule) -> OutOfTurn,
    ) -> Result<Self, OutOfTurn> {
        match (self, &step.mv) {
            (Self::Incomplete(incomplete), Move::Supplement { .. }) => {
                Ok(Self::Supplemented(incomplete.supplement(step.at)))
            }
            (
                Self::Submitted(_) | Self::Routed(_) | Self::Incomplete(_) | Self::Supplemented(_),
                Move::Withdraw { .. },
            ) => Ok(Self::Withdrawn),
            (Self::Refused, Move::Dispute { .. }) => Ok(Self::Disputed(Disputed(()))),
            (
                Self::Routed(routed) | Self::Supplemented(Supplemented(routed)),
                Move::Dispute { .. },
            ) => {
                if routed.is_overdue(step.at) {
                    Ok(Self::Disputed(Disputed(())))
                } else {
                    Err(because(MoveRule::DeadlineRunning))
                }
            }
            (Self::Granted(grant), Move::Close { .. }) => Ok(Self::Closed(grant)),
            _ => Err(refused),
        }
    }

    fn by_provider(
        self,
        step: &Step,
        refused: OutOfTurn,
        because: impl Fn(MoveRule) -> OutOfTurn,
    ) -> Result<Self, OutOfTurn> {
        match (self, &step.mv) {
            (
                Self::Routed(routed) | Self::Supplemented(Supplemented(routed)),
                Move::AskSupplement { .. },
            ) => {
                if routed.asked {
                    Err(because(MoveRule::AskedAlready))
                } else if routed.is_overdue(step.at) {
                    Err(because(MoveRule::DeadlinePassed))
                } else {
                    Ok(Self::Incomplete(routed.ask()))
                }
            }
            (Self::Routed(routed), Move::Extend { deadline, .. }) => {
                extend(routed, *deadline, step.at, because).map(Self::Routed)
            }
            (Self::Supplemented(Supplemented(routed)), Move::Extend { deadline, .. }) => {
                extend(routed, *deadline, step.at, because)
                    .map(|routed| Self::Supplemented(Supplemented(routed)))
            }
            (Self::Routed(_) | Self::Supplemented(_), Move::Grant(grant)) => {
                if grant.terms.until <= step.at {
                    Err(because(MoveRule::GrantOver))
                } else {
                    Ok(Self::Granted(grant.clone()))
                }
            }
            (Self::Routed(_) | Self::Supplemented(_), Move::Refuse { .. }) => Ok(Self::Refused),
            _ => Err(refused),
        }
    }

    fn by_coordinator(self, step: &Step, refused: OutOfTurn) -> Result<Self, OutOfTurn> {
        match (self, &step.mv) {
            (Self::Submitted(_), Move::Route { deadline, .. }) => {
                Ok(Self::Routed(Routed::new(*deadline)))
            }
            (Self::Submitted(_), Move::Reject { .. }) => Ok(Self::Rejected),
            (Self::Disputed(_), Move::Uphold { .. }) => Ok(Self::Refused),
            (Self::Disputed(_), Move::Remand { deadline, .. }) => {
                Ok(Self::Routed(Routed::new(*deadline)))
            }
            _ => Err(refused),
        }
    }
}

/// A rule of moves beside whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveRule {
    /// An answer is disputed as late only after its deadline.
    DeadlineRunning,
    /// A supplement is asked for only once.
    AskedAlready,
    /// An overdue answer can be neither postponed nor put off by a question.
    DeadlinePassed,
    /// A grant ends after it begins.
    GrantOver,
    /// A deadline is extended only once.
    ExtendedAlready,
    /// An extended deadline is later than the one before.
    DeadlineNotLater,
}

impl MoveRule {
    /// Returns the rule for people.
    pub fn label(self) -> Message {
        match self {
            Self::DeadlineRunning => msg::MoveRuleDeadlineRunning.into(),
            Self::AskedAlready => msg::MoveRuleAskedAlready.into(),
            Self::DeadlinePassed => msg::MoveRuleDeadlinePassed.into(),
            Self::GrantOver => msg::MoveRuleGrantOver.into(),
            Self::ExtendedAlready => msg::MoveRuleExtendedAlready.into(),
            Self::DeadlineNotLater => msg::MoveRuleDeadlineNotLater.into(),
        }
    }
}

fn extend(
    routed: Routed,
    deadline: Deadline,
    at: Timestamp,
    because: impl Fn(MoveRule) -> OutOfTurn,
) -> Result<Routed, OutOfTurn> {
    if routed.extended {
        return Err(because(MoveRule::ExtendedAlready));
    }
    if routed.is_overdue(at) && !routed.supplied_late {
        return Err(because(MoveRule::DeadlinePassed));
    }
    if deadline.date <= routed.deadline.date {
        return Err(because(MoveRule::DeadlineNotLater));
    }
    Ok(routed.extend(deadline))
}

/// A move that was not permitted to this party in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfTurn {
    /// The state.
    pub state: State,
    /// The party.
    pub party: Party,
    /// The kind of the move.
    pub kind: MoveKind,
    /// The rule that it broke, if it was not simply out of turn.
    pub why: Option<MoveRule>,
}

impl OutOfTurn {
    /// Returns what is wrong, and whose turn it is.
    pub fn message(&self) -> Message {
        let (party, action, state) = (self.party.label(), self.kind.label(), self.state.label());
        match (self.why, self.state.turn()) {
            (Some(rule), _) => msg::MoveAgainstRule {
                action,
                party,
                rule: rule.label(),
                state,
            }
            .into(),
            (None, Some(turn)) => msg::MoveInTurnOf {
                action,
                party,
                state,
                turn: turn.label(),
            }
            .into(),
            (None, None) => msg::MoveAfterEnd {
                action,
                party,
                state,
            }
            .into(),
        }
    }
}

/// The message in English.
impl fmt::Display for OutOfTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for OutOfTurn {}

#[cfg(test)]
#[path = "table_tests.rs"]
mod table_tests;

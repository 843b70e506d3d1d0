//! The states of a request, one type each. A transition takes its state by value and returns the next, so
//! that a former state cannot be used again. The transitions of each state are beside its type, in the modules
//! inside; here is what concerns all of them.

mod answering;
mod disputed;
mod granted;
mod resting;
mod suspended;

use jiff::Timestamp;

pub use self::answering::{Incomplete, Refused, Routed, Submitted, Supplemented};
pub use self::disputed::{Disputed, Referred};
pub use self::granted::{Granted, Terminated};
use self::resting::{Raised, is_of_disposal};
pub use self::suspended::Suspended;
use super::due::{Due, DueAct};
use super::moves::{Grant, Move};
use super::open_matters::{Amendment, Consultation, Settlement};
use super::out_of_turn::{MoveRule, OutOfTurn};
use super::state_name::State;
use super::{Party, Step};
use crate::calendar::Deadline;

/// The state of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the state of that name; see `State`")]
pub enum Request {
    Submitted(Submitted),
    Routed(Routed),
    Incomplete(Incomplete),
    Supplemented(Supplemented),
    Granted(Granted),
    Suspended(Suspended),
    Terminated(Terminated),
    Refused(Refused),
    Disputed(Disputed),
    Referred(Referred),
    Rejected,
    Withdrawn,
    Closed(Grant),
}

/// The next state, or the reason that there is none.
type Next = Result<Request, Refusal>;

/// The reason that a state does not permit a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// It is not the party's turn, or the move is not one of this state.
    NotItsTurn,
    /// The move breaks a rule.
    Rule(MoveRule),
}

impl From<MoveRule> for Refusal {
    fn from(rule: MoveRule) -> Self {
        Self::Rule(rule)
    }
}

impl Request {
    /// Returns the initial state of a request.
    pub fn submitted() -> Self {
        Self::Submitted(Submitted::new())
    }

    /// Returns the state at this time, on which only the end of a grant's period depends.
    pub fn state(&self, at: Timestamp) -> State {
        match self {
            Self::Submitted(_) => State::Submitted,
            Self::Routed(_) => State::Routed,
            Self::Incomplete(_) => State::Incomplete,
            Self::Supplemented(_) => State::Supplemented,
            Self::Granted(granted) if granted.has_lapsed(at) => State::Lapsed,
            Self::Granted(_) => State::Granted,
            Self::Suspended(suspended) if suspended.has_lapsed(at) => State::Lapsed,
            Self::Suspended(_) => State::Suspended,
            Self::Terminated(_) => State::Terminated,
            Self::Refused(_) => State::Refused,
            Self::Disputed(_) => State::Disputed,
            Self::Referred(_) => State::Referred,
            Self::Rejected => State::Rejected,
            Self::Withdrawn => State::Withdrawn,
            Self::Closed(_) => State::Closed,
        }
    }

    /// Returns the provider's last day to answer, while an answer is due.
    pub fn deadline(&self) -> Option<Deadline> {
        match self {
            Self::Routed(routed) => Some(routed.deadline()),
            Self::Supplemented(supplemented) => Some(supplemented.deadline()),
            _ => None,
        }
    }

    /// Returns true if the provider's answer is late at this time.
    pub fn is_overdue(&self, at: Timestamp) -> bool {
        self.deadline()
            .is_some_and(|deadline| deadline.has_passed(at))
    }

    /// Returns what the parties owe at this time, with the last days. Deadlines that the coordinator has not counted
    /// yet are not included, nor are acts that rest during a dispute, which are all but the disposal.
    pub fn dues(&self, at: Timestamp) -> Vec<Due> {
        match self {
            Self::Routed(_) | Self::Supplemented(_) => {
                DueAct::Answer.by(self.deadline()).into_iter().collect()
            }
            Self::Incomplete(incomplete) => incomplete.dues(),
            Self::Granted(granted) if granted.has_lapsed(at) => {
                let disposal = granted.dues_after_end().into_iter();
                disposal.chain(granted.decided_answer()).collect()
            }
            Self::Granted(granted) => granted.dues(),
            Self::Suspended(suspended) if suspended.has_lapsed(at) => {
                suspended.granted().dues_after_end()
            }
            Self::Suspended(suspended) => suspended.dues(),
            Self::Terminated(terminated) => terminated.dues(),
            Self::Disputed(disputed) => disputed.before().due_in_dispute(disputed.raised(), at),
            Self::Referred(referred) => referred.before().due_in_dispute(referred.raised(), at),
            _ => Vec::new(),
        }
    }

    /// Returns the present or former grant, if there is one.
    pub fn grant(&self) -> Option<&Grant> {
        match self {
            Self::Closed(grant) => Some(grant),
            Self::Terminated(terminated) => Some(terminated.grant()),
            _ => self.granted().map(Granted::grant),
        }
    }

    /// Returns true if the ordered history permits deliveries at this time: granted and not lapsed. It stays so
    /// while such a grant is disputed. Stops are separate.
    pub fn is_in_force(&self, at: Timestamp) -> bool {
        match self {
            Self::Granted(granted) => !granted.has_lapsed(at),
            Self::Disputed(disputed) => disputed.before().is_in_force(at),
            Self::Referred(referred) => referred.before().is_in_force(at),
            _ => false,
        }
    }

    /// Returns true if the provider, by itself or with the consumer, may still bring a grant into force.
    pub fn may_be_granted(&self, at: Timestamp) -> bool {
        match self {
            Self::Submitted(_)
            | Self::Routed(_)
            | Self::Incomplete(_)
            | Self::Supplemented(_)
            | Self::Disputed(_)
            | Self::Referred(_) => true,
            Self::Suspended(suspended) => !suspended.has_lapsed(at),
            Self::Refused(refused) => refused.is_mediated(),
            Self::Granted(_)
            | Self::Terminated(_)
            | Self::Rejected
            | Self::Withdrawn
            | Self::Closed(_) => false,
        }
    }

    /// Returns the last amendment that was asked for of the present grant: open or declined.
    pub fn amendment(&self) -> Option<&Amendment> {
        self.granted().and_then(Granted::amendment)
    }

    /// Returns the consultation about the present grant.
    pub fn consultation(&self) -> Option<&Consultation> {
        self.granted().and_then(Granted::consultation)
    }

    /// Returns the proposal to settle the dispute.
    pub fn settlement(&self) -> Option<&Settlement> {
        match self {
            Self::Disputed(disputed) => disputed.settlement(),
            _ => None,
        }
    }

    /// Returns the time at which the period of the present grant ended, if that is not after `at`; also while it is
    /// disputed.
    pub fn lapsed_at(&self, at: Timestamp) -> Option<Timestamp> {
        let until = self.granted().map(|granted| granted.grant().terms.until);
        until.filter(|until| *until <= at)
    }

    /// Returns the end of the running grant's period, until the coordinator has counted the day of the disposal after
    /// it; `None` during a dispute about a longer period.
    pub fn lapses_at(&self) -> Option<Timestamp> {
        match self {
            Self::Granted(granted) => granted.lapses_at(),
            Self::Suspended(suspended) => suspended.granted().lapses_at(),
            Self::Disputed(disputed) => disputed.before().lapses_in_dispute(),
            Self::Referred(referred) => referred.before().lapses_in_dispute(),
            _ => None,
        }
    }

    /// Returns the end of the period of the grant that is running: granted, suspended, or disputed meanwhile. `None`
    /// without one, and once the coordinator has counted the day of the disposal after its end.
    pub fn runs_until(&self) -> Option<Timestamp> {
        self.granted().and_then(Granted::lapses_at)
    }

    /// Returns the time since which the request is granted.
    pub fn granted_since(&self) -> Option<Timestamp> {
        self.granted().map(Granted::since)
    }

    /// Returns the time at which the provider offered the granted data.
    pub fn offered_at(&self) -> Option<Timestamp> {
        self.granted().and_then(Granted::offered_at)
    }

    /// Returns the last day to mend the misuse for which the grant is suspended.
    pub fn mend_by(&self) -> Option<Deadline> {
        match self {
            Self::Suspended(suspended) => Some(suspended.mend_by()),
            _ => None,
        }
    }

    /// Returns the time at which the consumer reported that the misuse is mended.
    pub fn mending_reported_at(&self) -> Option<Timestamp> {
        match self {
            Self::Suspended(suspended) => suspended.reported_at(),
            _ => None,
        }
    }

    /// Returns the next state, if the move is permitted to this party now (the table of the domain, §3).
    pub fn apply(self, step: &Step) -> Result<Self, OutOfTurn> {
        let state = self.state(step.at);
        self.next(step).map_err(|refusal| OutOfTurn {
            state,
            party: step.party,
            kind: step.mv.kind(),
            why: match refusal {
                Refusal::NotItsTurn => None,
                Refusal::Rule(rule) => Some(rule),
            },
        })
    }

    /// Returns true if this move, which the state permits, is one that it did not permit before version 4 of the facts:
    /// about the disposal or the end of a request in dispute, or about an answer that was decided and is due after the
    /// end of the period.
    pub(super) fn newly_permits(&self, step: &Step) -> bool {
        match self {
            Self::Disputed(_) | Self::Referred(_) => {
                let is_end = matches!(step.mv, Move::Close { .. } | Move::Reject { .. });
                is_end || is_of_disposal(step)
            }
            Self::Granted(granted) => {
                granted.has_lapsed(step.at) && granted.is_of_decided_answer(step)
            }
            _ => false,
        }
    }

    fn next(self, step: &Step) -> Next {
        match self {
            Self::Submitted(submitted) => submitted.next(step),
            Self::Routed(routed) => routed.next(step),
            Self::Incomplete(incomplete) => incomplete.next(step),
            Self::Supplemented(supplemented) => supplemented.next(step),
            Self::Granted(granted) => granted.next(step),
            Self::Suspended(suspended) => suspended.next(step),
            Self::Terminated(terminated) => terminated.next(step),
            Self::Refused(refused) => refused.next(step),
            Self::Disputed(disputed) => disputed.next(step),
            Self::Referred(referred) => referred.next(step),
            Self::Rejected | Self::Withdrawn | Self::Closed(_) => Err(Refusal::NotItsTurn),
        }
    }

    /// The grant with what is open about it, while it is granted, suspended or disputed.
    fn granted(&self) -> Option<&Granted> {
        match self {
            Self::Granted(granted) => Some(granted),
            Self::Suspended(suspended) => Some(suspended.granted()),
            Self::Disputed(disputed) => disputed.before().granted(),
            Self::Referred(referred) => referred.before().granted(),
            _ => None,
        }
    }

    /// The request as granted by this step.
    fn granted_by(grant: &Grant, step: &Step) -> Next {
        Ok(Self::Granted(Granted::begin(grant, step)?))
    }

    /// The request as granted in settlement of a dispute about its present state. Data that was offered under a grant
    /// before it stays offered.
    fn settled_by(self, grant: &Grant, step: &Step) -> Next {
        match self {
            Self::Granted(granted) => granted.settled_by(grant, step),
            Self::Suspended(suspended) => suspended.into_granted().settled_by(grant, step),
            _ => Self::granted_by(grant, step),
        }
    }

    /// The request with a dispute about its present state, which this step raises.
    fn disputed(self, step: &Step) -> Self {
        Self::Disputed(Disputed::about(self, Raised::of(step)))
    }

    /// The state before a dispute, after a mediation: the provider may answer a refused request anew.
    fn mediated(self) -> Self {
        match self {
            Self::Refused(_) => Self::Refused(Refused::mediated()),
            other => other,
        }
    }

    /// The state before a dispute, after a decision that the provider answers anew.
    fn answered_anew(self, deadline: Deadline) -> Next {
        match self {
            Self::Granted(granted) => granted.reopened(deadline),
            Self::Routed(_) | Self::Supplemented(_) | Self::Refused(_) | Self::Terminated(_) => {
                Ok(Self::routed(deadline))
            }
            _ => Err(MoveRule::NoAnswerDue.into()),
        }
    }

    /// The request as suspended until this day.
    fn suspended(granted: Granted, mend_by: Deadline) -> Self {
        Self::Suspended(Suspended::new(granted, mend_by))
    }

    /// Refused by the provider.
    fn refused() -> Self {
        Self::Refused(Refused::new())
    }

    /// Routed, with this last day to answer.
    fn routed(deadline: Deadline) -> Self {
        Self::Routed(Routed::new(deadline))
    }

    /// Returns true if the provider has not granted: its answer is due, or it refused.
    fn lacks_grant(&self) -> bool {
        matches!(
            self,
            Self::Routed(_) | Self::Supplemented(_) | Self::Refused(_)
        )
    }
}

/// Checks that a grant does not end before it begins.
fn begins_in_time(grant: &Grant, at: Timestamp) -> Result<(), MoveRule> {
    match grant.terms.until <= at {
        true => Err(MoveRule::GrantOver),
        false => Ok(()),
    }
}

/// Returns the deadline to which a holiday notice moves a provisional one: only later.
fn moved(old: Deadline, new: Deadline) -> Result<Deadline, MoveRule> {
    if !old.provisional {
        Err(MoveRule::DeadlineCertain)
    } else if new.date <= old.date {
        Err(MoveRule::DeadlineNotLater)
    } else {
        Ok(new)
    }
}

/// Returns the deadline of an act as a holiday notice moves it; the act must be due.
fn moved_due(old: Option<Deadline>, new: Deadline) -> Result<Option<Deadline>, Refusal> {
    let old = old.ok_or(Refusal::NotItsTurn)?;
    Ok(Some(moved(old, new)?))
}

/// Returns true for the coordinator's move of the deadline to follow an incident stop up. The stop, and with it
/// the deadline, is beside the history.
fn moves_incident(step: &Step) -> bool {
    let of_incident = matches!(
        step.mv,
        Move::MoveDeadline {
            act: DueAct::Incident,
            ..
        }
    );
    of_incident && step.party == Party::Coordinator
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod table_tests;

#[cfg(test)]
#[path = "table_model.rs"]
mod table_model;

#[cfg(test)]
#[path = "table_variants.rs"]
mod table_variants;

#[cfg(test)]
#[path = "rules_tests.rs"]
mod rules_tests;

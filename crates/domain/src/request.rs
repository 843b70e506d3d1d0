//! The lifecycle of a request (共享申请): its parties, moves and states.
//!
//! A [`RequestHistory`] is the submission and the moves in their order. A [`Request`] is the resulting
//! state: the fold of the moves, one type per state. States are never stored, but folded from the history when
//! needed.

mod actor;
mod awaited;
mod due;
mod moves;
mod number;
mod open_matters;
mod out_of_turn;
mod record;
mod state_name;
mod states;
pub mod terms;
mod wanted;

use std::fmt;

use chengji_messages::{Message, Value, msg};
use jiff::{SignedDuration, Timestamp};

pub use self::actor::{Actor, Consent, Represented};
pub use self::awaited::AwaitedApproval;
pub use self::due::{Due, DueAct};
pub use self::moves::{Approval, CloseCause, Countersigner, Grant, Move, MoveKind, RejectReason};
pub use self::number::{RequestId, RequestNumber};
pub use self::open_matters::{Amendment, Consultation, ConsultationAnswer, Settlement};
pub use self::out_of_turn::{MoveRule, OutOfTurn};
pub(crate) use self::record::damaged;
pub use self::record::{Attention, ProviderRefusal, RefusedMove, Reminder, RequestRecord};
pub use self::state_name::State;
pub use self::states::Request;
pub use self::wanted::WantedPart;
use crate::calendar::Deadline;
use crate::catalogue::ShareManner;
use crate::city::CityCode;
use crate::error::{Error, ErrorCode, Violation};
use crate::field::Field;
use crate::resource::ResourceRef;
use crate::text::TextRule;
use crate::uscc::Uscc;

/// A consumer's request for a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The resource and its owner, the provider.
    pub resource: ResourceRef,
    /// Purpose of use.
    pub purpose: String,
    /// Legal basis of the need.
    pub legal_basis: String,
    /// Scenario of use (使用场景, Order 809, art. 20); empty in requests recorded before it was asked for.
    pub scenario: String,
    /// The part of the data and its users.
    pub scope: String,
    /// Requested manner.
    pub manner: ShareManner,
    /// Requested days of use, 1 to 1,830.
    pub period_days: u32,
    /// The consumer's department; `None` if the city requests as a whole.
    pub department: Option<Uscc>,
    /// The part of a table that is asked for; `None` if none was stated.
    pub part: Option<Box<WantedPart>>,
}

/// Maximum period of use in days: five years.
pub const MAX_PERIOD_DAYS: u32 = 1_830;

/// Allowance for differing clocks: the maximum by which the date of a request or move may be ahead of the
/// coordinator's clock, or behind its arrival.
pub const CLOCK_ALLOWANCE: SignedDuration = SignedDuration::from_mins(5);

/// Maximum length of a text in a submission or a move, in characters.
pub const MAX_TEXT: usize = 1_000;

/// The rule of a text of a submission or move that must not be empty; several lines are allowed.
pub const REQUIRED: TextRule = TextRule::lines(1, MAX_TEXT);
/// The rule of a text of a submission or move that may be empty.
pub const OPTIONAL: TextRule = TextRule::lines(0, MAX_TEXT);

impl Submission {
    /// Refuses texts that may not be recorded, periods out of range and manners outside the platform; the
    /// error lists all mistakes.
    pub fn check(&self) -> Result<(), Error> {
        let texts = [
            (Field::Purpose, &self.purpose),
            (Field::LegalBasis, &self.legal_basis),
            (Field::Scenario, &self.scenario),
            (Field::Scope, &self.scope),
        ];
        let mut violations: Vec<_> = texts
            .iter()
            .filter_map(|(field, text)| REQUIRED.violation(*field, text))
            .collect();
        if !(1..=MAX_PERIOD_DAYS).contains(&self.period_days) {
            let problem = msg::RequestPeriodOutOfRange {
                days: self.period_days,
                most: MAX_PERIOD_DAYS,
            };
            violations.push(Violation::new(Field::PeriodDays, problem));
        }
        violations.extend(self.part.as_deref().and_then(WantedPart::violation));
        if let Some(problem) = undeliverable(self.manner) {
            violations.push(Violation::new(Field::Manner, problem));
        }
        violations_to_result(violations, |fields| msg::RequestNotValid { fields }.into())
    }

    /// Returns true if a grant for the whole period can be delivered: the period is in range, and nodes can
    /// deliver in the manner.
    pub fn is_deliverable(&self) -> bool {
        (1..=MAX_PERIOD_DAYS).contains(&self.period_days) && undeliverable(self.manner).is_none()
    }
}

/// Returns the reason that nodes cannot deliver in this manner, if they cannot, whatever the manner of the
/// entry: nodes deliver files only.
fn undeliverable(manner: ShareManner) -> Option<Message> {
    match manner {
        ShareManner::File => None,
        ShareManner::Table | ShareManner::Interface => {
            Some(msg::RequestMannerNotDeliverable.into())
        }
        ShareManner::Mail | ShareManner::Medium => Some(msg::RequestMannerOutsidePlatform.into()),
    }
}

/// The history of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHistory {
    /// Its number, which includes the consumer.
    pub id: RequestId,
    /// The submission.
    pub submission: Submission,
    /// The actor of the submission.
    pub submitted_by: Actor,
    /// Time of the submission.
    pub submitted_at: Timestamp,
    /// The moves since, in order.
    pub steps: Vec<Step>,
}

impl RequestHistory {
    /// Creates a history without moves.
    pub fn new(
        id: RequestId,
        submission: Submission,
        submitted_by: Actor,
        submitted_at: Timestamp,
    ) -> Self {
        Self {
            id,
            submission,
            submitted_by,
            submitted_at,
            steps: Vec::new(),
        }
    }

    /// Returns the consumer.
    pub fn consumer(&self) -> CityCode {
        self.id.city
    }

    /// Returns the provider.
    pub fn provider(&self) -> CityCode {
        self.submission.resource.city
    }

    /// Returns the party of a city in this request; `None` if it is not involved.
    pub fn party_of(&self, city: CityCode) -> Option<Party> {
        if city == self.consumer() {
            Some(Party::Consumer)
        } else if city == self.provider() {
            Some(Party::Provider)
        } else {
            None
        }
    }

    /// Folds the moves. It contains valid moves only, so an error means that the record is damaged.
    pub fn state(&self) -> Result<Request, OutOfTurn> {
        let mut request = Request::submitted();
        for step in &self.steps {
            request = request.apply(step)?;
        }
        Ok(request)
    }

    /// Returns true if this next move is one that readers of the facts before version 4 do not permit in this state, so
    /// that they must not read it.
    pub fn newly_permits(&self, step: &Step) -> bool {
        let state = self.state();
        state.is_ok_and(|request| request.newly_permits(step))
    }

    /// Returns the time of the provider's first answer after the deadline for it, if there was one.
    pub fn answered_late(&self) -> Result<Option<Timestamp>, OutOfTurn> {
        let answers = |step: &Step| matches!(step.mv.kind(), MoveKind::Grant | MoveKind::Refuse);
        let Some(last) = self.steps.iter().rposition(answers) else {
            return Ok(None);
        };
        let mut request = Request::submitted();
        for step in &self.steps[..=last] {
            if answers(step) && request.is_overdue(step.at) {
                return Ok(Some(step.at));
            }
            request = request.apply(step)?;
        }
        Ok(None)
    }

    /// Maximum number of moves of a request.
    pub const MAX_STEPS: usize = 200;

    /// Returns the history with another move, as [`Self::add`] adds it.
    ///
    /// # Errors
    ///
    /// As of [`Self::add`].
    pub fn with(mut self, step: Step) -> Result<Self, Error> {
        self.add(step)?;
        Ok(self)
    }

    /// Adds a move, if it is that party's turn. The texts of the move were validated where it was made.
    ///
    /// # Errors
    ///
    /// `OUT_OF_TURN`, and `LIMIT_EXCEEDED` beyond [`Self::MAX_STEPS`] moves. The history is then unchanged.
    pub fn add(&mut self, step: Step) -> Result<(), Error> {
        if self.steps.len() >= Self::MAX_STEPS {
            let message = msg::RequestMovesTooMany {
                count: self.steps.len(),
                id: self.id,
            };
            return Err(Error::new(ErrorCode::LimitExceeded, message));
        }
        let state = self.state().and_then(|request| request.apply(&step));
        if let Err(out_of_turn) = state {
            let message = msg::RequestOutOfTurn {
                cause: out_of_turn.message(),
                id: self.id,
            };
            return Err(Error::new(ErrorCode::OutOfTurn, message));
        }
        self.steps.push(step);
        Ok(())
    }
}

/// A move in the history of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The party.
    pub party: Party,
    /// The actor.
    pub actor: Actor,
    /// Time of the move, by that party's clock.
    pub at: Timestamp,
    /// The move.
    pub mv: Move,
    /// Last day of the act that the move makes due, as the coordinator counts it when it orders the move; `None`
    /// before that, and if nothing becomes due. Of a move that itself contains the day, it says whether that is
    /// provisional.
    pub due: Option<Deadline>,
}

impl Step {
    /// Returns a day that the move contains, provisional as the coordinator's calendar says, if it has counted it.
    pub(crate) fn counted(&self, deadline: Deadline) -> Deadline {
        let provisional = self.due.map(|due| due.provisional);
        Deadline {
            provisional: provisional.unwrap_or(deadline.provisional),
            ..deadline
        }
    }

    /// Returns true if it is the same move of the same actor, whether or not its due is counted.
    pub fn is_same_move(&self, other: &Self) -> bool {
        let of = |step: &Self| (step.party, step.at);
        of(self) == of(other) && self.actor == other.actor && self.mv == other.mv
    }
}

/// A party of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The requesting city.
    Consumer,
    /// The city that owns the resource.
    Provider,
    /// The cluster's coordinator.
    Coordinator,
}

impl Party {
    /// Returns the party's name for people.
    pub fn label(self) -> Message {
        match self {
            Self::Consumer => msg::PartyConsumer.into(),
            Self::Provider => msg::PartyProvider.into(),
            Self::Coordinator => msg::PartyCoordinator.into(),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Consumer => "the consumer",
            Self::Provider => "the provider",
            Self::Coordinator => "the coordinator",
        })
    }
}

pub(crate) fn violations_to_result(
    violations: Vec<Violation>,
    message: impl FnOnce(Value) -> Message,
) -> Result<(), Error> {
    if violations.is_empty() {
        return Ok(());
    }
    let fields = violations.iter().map(|violation| &violation.field);
    let message = message(fields.collect());
    Err(Error::new(ErrorCode::InvalidArgument, message).with_violations(violations))
}

/// Refuses the texts of a stop, or of its end, that may not be recorded; each must not be empty.
pub(crate) fn check_stop_texts(texts: &[(Field, &str)]) -> Result<(), Error> {
    let violations = texts
        .iter()
        .filter_map(|(field, text)| REQUIRED.violation(*field, text));
    violations_to_result(violations.collect(), |fields| {
        msg::StopNotValid { fields }.into()
    })
}

//! The life of a request (共享申请): who asks, who answers, every move and whose turn it is.
//!
//! A [`Case`] is what happened: the submission and the moves in their order. A [`Request`] is where
//! that has led: the fold of the moves, one type per state. Nobody stores a state; whoever needs
//! one folds the case.

mod actor;
mod moves;
mod number;
mod record;
mod states;
pub mod terms;

use std::fmt;

use jiff::{SignedDuration, Timestamp};

pub use self::actor::{Actor, Consent, Represented};
pub use self::moves::{Grant, Move, MoveKind, RejectReason};
pub use self::number::{RequestId, RequestNumber};
pub use self::record::{Attention, ProviderRefusal, RefusedMove, Reminder, RequestRecord};
pub use self::states::{OutOfTurn, Request, State};
use crate::catalogue::ShareManner;
use crate::city::CityCode;
use crate::error::{Error, ErrorCode, Violation};
use crate::resource::ResourceRef;
use crate::text::TextRule;
use crate::uscc::Uscc;

/// What a consumer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The resource and its owner, the provider.
    pub resource: ResourceRef,
    /// What the data is for.
    pub purpose: String,
    /// Legal basis of the need.
    pub legal_basis: String,
    /// Which part of the data, for whom.
    pub scope: String,
    /// Manner wanted.
    pub manner: ShareManner,
    /// Days of use wanted, 1 to 1,830.
    pub period_days: u32,
    /// The consumer's department; absent where the city asks as a whole.
    pub department: Option<Uscc>,
}

/// The longest period of use, days: five years.
pub const MAX_PERIOD_DAYS: u32 = 1_830;

/// How far the date of a request or move may be ahead of the coordinator's clock, and how far behind
/// its arrival, for nothing but clocks that differ.
pub const CLOCK_ALLOWANCE: SignedDuration = SignedDuration::from_mins(5);

/// The longest text in a submission or a move, characters.
pub const MAX_TEXT: usize = 1_000;

/// A text of a submission or move that must say something, in any lines.
pub const REQUIRED: TextRule = TextRule::lines(1, MAX_TEXT);
/// A text of a submission or move that may be empty.
pub const OPTIONAL: TextRule = TextRule::lines(0, MAX_TEXT);

impl Submission {
    /// Refuses texts that may not be recorded, periods out of range and manners outside the platform; all
    /// mistakes at once.
    pub fn check(&self) -> Result<(), Error> {
        let texts = [
            ("purpose", &self.purpose),
            ("legal_basis", &self.legal_basis),
            ("scope", &self.scope),
        ];
        let mut violations: Vec<_> = texts
            .iter()
            .filter_map(|(field, text)| REQUIRED.violation(field, text))
            .collect();
        if !(1..=MAX_PERIOD_DAYS).contains(&self.period_days) {
            violations.push(Violation {
                field: "period_days".to_owned(),
                problem: format!(
                    "{} is not from 1 to {MAX_PERIOD_DAYS} days",
                    self.period_days
                )
                .into(),
            });
        }
        if let Some(problem) = undeliverable(self.manner) {
            violations.push(Violation {
                field: "manner".to_owned(),
                problem: problem.into(),
            });
        }
        violations_to_result("the request", violations)
    }

    /// Whether a grant for the whole period can be delivered: the period is in range, and the manner is one
    /// that nodes deliver in.
    pub fn is_deliverable(&self) -> bool {
        (1..=MAX_PERIOD_DAYS).contains(&self.period_days) && undeliverable(self.manner).is_none()
    }
}

/// Why nothing can be delivered in this manner, if nothing can. That holds whatever the manner of the
/// entry is: nodes deliver files alone.
fn undeliverable(manner: ShareManner) -> Option<&'static str> {
    match manner {
        ShareManner::File => None,
        ShareManner::Table | ShareManner::Interface => Some(
            "only files are delivered so far; ask for 'file' 目前只交付文件，库表和接口方式不能申请",
        ),
        ShareManner::Mail | ShareManner::Medium => {
            Some("mail and media go outside the platform and cannot be requested on it")
        }
    }
}

/// What happened in a request, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its number, which names the consumer, too.
    pub id: RequestId,
    /// What was asked, and of whom.
    pub submission: Submission,
    /// By whom.
    pub submitted_by: Actor,
    /// When.
    pub submitted_at: Timestamp,
    /// The moves since.
    pub steps: Vec<Step>,
}

impl Case {
    /// A case in which nothing happened since it was submitted.
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

    /// The consumer.
    pub fn consumer(&self) -> CityCode {
        self.id.city
    }

    /// The provider.
    pub fn provider(&self) -> CityCode {
        self.submission.resource.city
    }

    /// What a city is in this case; nothing if it has no part in it.
    pub fn party_of(&self, city: CityCode) -> Option<Party> {
        if city == self.consumer() {
            Some(Party::Consumer)
        } else if city == self.provider() {
            Some(Party::Provider)
        } else {
            None
        }
    }

    /// Where the moves have led. Only moves that were valid get into a case, so an error here means
    /// that the record is damaged.
    pub fn state(&self) -> Result<Request, OutOfTurn> {
        let mut request = Request::submitted();
        for step in &self.steps {
            request = request.apply(step)?;
        }
        Ok(request)
    }

    /// When the provider gave its first answer after the deadline for it, if it ever did.
    pub fn answered_late(&self) -> Result<Option<Timestamp>, OutOfTurn> {
        let mut request = Request::submitted();
        for step in &self.steps {
            let answers = matches!(step.mv.kind(), MoveKind::Grant | MoveKind::Refuse);
            if answers && request.is_overdue(step.at) {
                return Ok(Some(step.at));
            }
            request = request.apply(step)?;
        }
        Ok(None)
    }

    /// The most moves of a request.
    pub const MAX_STEPS: usize = 200;

    /// The case with one more move, if it is that party's turn. Whether the move's texts may be recorded was
    /// decided where it was made.
    ///
    /// # Errors
    ///
    /// `OUT_OF_TURN`, and `LIMIT_EXCEEDED` beyond [`Self::MAX_STEPS`] moves.
    pub fn with(mut self, step: Step) -> Result<Self, Error> {
        if self.steps.len() >= Self::MAX_STEPS {
            let message = format!("request {} has {} moves", self.id, self.steps.len());
            return Err(Error::new(ErrorCode::LimitExceeded, message));
        }
        let state = self.state().and_then(|request| request.apply(&step));
        if let Err(out_of_turn) = state {
            let message = format!("request {}: {out_of_turn}", self.id);
            return Err(Error::new(ErrorCode::OutOfTurn, message));
        }
        self.steps.push(step);
        Ok(self)
    }
}

/// A move that somebody made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which side.
    pub party: Party,
    /// Who there.
    pub actor: Actor,
    /// When, by that party's clock.
    pub at: Timestamp,
    /// What.
    pub mv: Move,
}

/// Who takes part in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The city that asks.
    Consumer,
    /// The city that owns the resource.
    Provider,
    /// The cluster's coordinator.
    Coordinator,
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

/// Refuses a reason that may not be recorded; `of` names what the reason is given for.
pub fn check_reason(of: &str, reason: &str) -> Result<(), Error> {
    let violation = REQUIRED.violation("reason", reason);
    violations_to_result(of, violation.into_iter().collect())
}

fn violations_to_result(what: &str, violations: Vec<Violation>) -> Result<(), Error> {
    if violations.is_empty() {
        return Ok(());
    }
    let fields: Vec<&str> = violations.iter().map(|v| v.field.as_str()).collect();
    let message = format!("{what} is not valid: {}", fields.join(", "));
    Err(Error::new(ErrorCode::InvalidArgument, message).with_violations(violations))
}

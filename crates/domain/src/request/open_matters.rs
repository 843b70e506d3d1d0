//! Matters that parties open within a request and that are answered apart from its state: an amendment, a
//! consultation, and a proposal to settle a dispute.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Grant, Party};
use crate::calendar::Deadline;

/// An amendment of a running grant, as the consumer asks for it (Order 809, art. 25).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// The reason.
    pub reason: String,
    /// The wanted scope; empty for the granted one.
    pub scope: String,
    /// The wanted purpose; empty for the one of the request.
    pub purpose: String,
    /// Further days of use; 0 for the granted end.
    pub period_days: u32,
    /// The third party to which the data is to be passed on; empty for none.
    pub third_party: String,
    /// Time of the request for it.
    pub asked_at: Timestamp,
    /// Last day to answer; `None` until the coordinator has counted it.
    pub due: Option<Deadline>,
    /// True if the provider declined it; it is then no longer open, and can be disputed.
    pub is_declined: bool,
}

/// A consultation of the consumer about the end or a change of a running grant (Order 809, art. 27).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consultation {
    /// The reason.
    pub reason: String,
    /// The legal basis.
    pub legal_basis: String,
    /// The grant as it is to be; `None` if the grant is to end.
    pub change: Option<Box<Grant>>,
    /// First day on which the grant may be ended or changed, as in [`Move::Consult`](super::Move::Consult).
    pub not_before: Option<Date>,
    /// Time of the consultation.
    pub asked_at: Timestamp,
    /// Last day to answer; `None` until the coordinator has counted it.
    pub due: Option<Deadline>,
    /// The consumer's answer.
    pub answer: Option<ConsultationAnswer>,
}

/// The consumer's answer to a consultation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsultationAnswer {
    /// True if the consumer agrees.
    pub agrees: bool,
    /// The answer in words.
    pub text: String,
    /// Time of the answer.
    pub at: Timestamp,
}

impl Consultation {
    /// Returns true if it was answered, or its last day has passed at this time.
    pub fn is_over(&self, at: Timestamp) -> bool {
        self.answer.is_some() || self.due.is_some_and(|due| due.has_passed(at))
    }

    /// Returns true if the consumer answered that it does not agree.
    pub fn is_opposed(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| !answer.agrees)
    }
}

/// A proposal of a party to settle a dispute (Order 809, art. 28).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The proposing party.
    pub by: Party,
    /// The proposal in words.
    pub text: String,
    /// The grant that it offers; `None` if the request is to go back to its state before the dispute.
    pub grant: Option<Box<Grant>>,
    /// Time of the proposal.
    pub proposed_at: Timestamp,
}

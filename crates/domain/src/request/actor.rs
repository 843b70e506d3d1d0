//! Who acts in a request: for which department, in whose place, with whose consent.

use jiff::Timestamp;

use crate::principal::Principal;
use crate::uscc::Uscc;

/// Who made a submission or a move. It stands in bodies of log entries, never in envelopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person or application, or the program where it acts by itself.
    pub principal: Principal,
    /// The department it acts for; absent where it acts for the whole city, or none is known.
    pub department: Option<Uscc>,
    /// In whose place it acts, where that is another's.
    pub on_behalf_of: Option<Represented>,
    /// The internal consent (内部同意); absent where none is on record.
    pub consent: Option<Consent>,
}

/// In whose place somebody acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Represented {
    /// A person, who is stood in for.
    Principal(Principal),
    /// A department, by delegation.
    Department(Uscc),
}

/// The consent of the head of a sharing office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Given in the exchange.
    By {
        /// By whom.
        principal: Principal,
        /// When.
        at: Timestamp,
    },
    /// Given on paper.
    Paper {
        /// Number of the document.
        number: String,
    },
}

impl Actor {
    /// Somebody who acts for a department, in no other's place, without a consent on record.
    pub fn new(principal: Principal, department: Option<Uscc>) -> Self {
        Self {
            principal,
            department,
            on_behalf_of: None,
            consent: None,
        }
    }

    /// Every principal that it names.
    pub fn principals(&self) -> impl Iterator<Item = &Principal> {
        let represented = match &self.on_behalf_of {
            Some(Represented::Principal(principal)) => Some(principal),
            Some(Represented::Department(_)) | None => None,
        };
        let consenter = match &self.consent {
            Some(Consent::By { principal, .. }) => Some(principal),
            Some(Consent::Paper { .. }) | None => None,
        };
        [Some(&self.principal), represented, consenter]
            .into_iter()
            .flatten()
    }
}

/// A program that acts by itself, or anybody of whom nothing else is known.
impl From<Principal> for Actor {
    fn from(principal: Principal) -> Self {
        Self::new(principal, None)
    }
}

//! The actor in a request: its principal, department, represented party and consent.

use jiff::Timestamp;

use crate::principal::Principal;
use crate::uscc::Uscc;

/// The actor of a submission or a move. It occurs in bodies of log entries, never in envelopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person or application, or the program acting by itself.
    pub principal: Principal,
    /// The department acted for; `None` if it acts for the whole city, or none is known.
    pub department: Option<Uscc>,
    /// The represented party, if it is another.
    pub on_behalf_of: Option<Represented>,
    /// The internal consent (内部同意); `None` if none is on record.
    pub consent: Option<Consent>,
}

/// The party that an actor represents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Represented {
    /// A represented person.
    Principal(Principal),
    /// A department represented by delegation.
    Department(Uscc),
}

/// The consent of the head of a sharing office or department, or of the authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Given in the exchange.
    By {
        /// The consenting person.
        principal: Principal,
        /// Time of the consent.
        at: Timestamp,
    },
    /// Given on paper.
    Paper {
        /// Number of the document.
        number: String,
    },
}

impl Actor {
    /// Makes an actor for a department, without a represented party or a consent.
    pub fn new(principal: Principal, department: Option<Uscc>) -> Self {
        Self {
            principal,
            department,
            on_behalf_of: None,
            consent: None,
        }
    }

    /// Returns the acting principal, and the represented one, if that is another.
    pub fn acting(&self) -> impl Iterator<Item = &Principal> {
        let represented = match &self.on_behalf_of {
            Some(Represented::Principal(principal)) => Some(principal),
            Some(Represented::Department(_)) | None => None,
        };
        [Some(&self.principal), represented].into_iter().flatten()
    }

    /// Returns every principal that it names.
    pub fn principals(&self) -> impl Iterator<Item = &Principal> {
        let consenter = match &self.consent {
            Some(Consent::By { principal, .. }) => Some(principal),
            Some(Consent::Paper { .. }) | None => None,
        };
        self.acting().chain(consenter)
    }
}

/// A program acting by itself, or a principal with no further information.
impl From<Principal> for Actor {
    fn from(principal: Principal) -> Self {
        Self::new(principal, None)
    }
}

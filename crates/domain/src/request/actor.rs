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
        /// The person represented by `principal`, if that is a stand-in.
        on_behalf_of: Option<Principal>,
        /// Time of the consent.
        at: Timestamp,
    },
    /// Given on paper.
    Paper {
        /// Number of the document.
        number: String,
    },
}

impl Consent {
    /// Makes the consent that this person gives in the exchange, in its own name or in that of the represented one.
    pub fn given_by(actor: &Actor, at: Timestamp) -> Self {
        let on_behalf_of = match &actor.on_behalf_of {
            Some(Represented::Principal(represented)) => Some(represented.clone()),
            Some(Represented::Department(_)) | None => None,
        };
        Self::By {
            principal: actor.principal.clone(),
            on_behalf_of,
            at,
        }
    }
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
        let (consenter, represented) = match &self.consent {
            Some(Consent::By {
                principal,
                on_behalf_of,
                ..
            }) => (Some(principal), on_behalf_of.as_ref()),
            Some(Consent::Paper { .. }) | None => (None, None),
        };
        self.acting().chain(consenter).chain(represented)
    }
}

/// A program acting by itself, or a principal with no further information.
impl From<Principal> for Actor {
    fn from(principal: Principal) -> Self {
        Self::new(principal, None)
    }
}

//! Who acts in a request.

use chengji_domain::request::{Actor, Consent, Represented};
use chengji_domain::{Error, Uscc};

use super::{missing, time_from, time_to};
use crate::v1;
use crate::v1::actor::OnBehalfOf;
use crate::v1::consent::Consent as WireConsent;

/// An actor as logs have it.
pub fn actor_to(actor: &Actor) -> v1::Actor {
    v1::Actor {
        principal: actor.principal.to_string(),
        department: department_code_to(actor.department),
        on_behalf_of: actor.on_behalf_of.as_ref().map(|of| match of {
            Represented::Principal(principal) => {
                OnBehalfOf::RepresentedPrincipal(principal.to_string())
            }
            Represented::Department(department) => {
                OnBehalfOf::RepresentedDepartment(department.to_string())
            }
        }),
        consent: actor.consent.as_ref().map(consent_to),
    }
}

/// An actor from a log.
pub fn actor_from(wire: Option<&v1::Actor>) -> Result<Actor, Error> {
    let wire = wire.ok_or_else(|| missing("actor"))?;
    let on_behalf_of = wire.on_behalf_of.as_ref().map(|of| {
        Ok::<_, Error>(match of {
            OnBehalfOf::RepresentedPrincipal(principal) => {
                Represented::Principal(principal.parse()?)
            }
            OnBehalfOf::RepresentedDepartment(department) => {
                Represented::Department(department.parse()?)
            }
        })
    });
    Ok(Actor {
        principal: wire.principal.parse()?,
        department: department_code_from(&wire.department)?,
        on_behalf_of: on_behalf_of.transpose()?,
        consent: wire.consent.as_ref().map(consent_from).transpose()?,
    })
}

fn consent_to(consent: &Consent) -> v1::Consent {
    let consent = match consent {
        Consent::By { principal, at } => WireConsent::By(v1::PersonalConsent {
            principal: principal.to_string(),
            at: Some(time_to(*at)),
        }),
        Consent::Paper { number } => WireConsent::Paper(v1::PaperConsent {
            number: number.clone(),
        }),
    };
    v1::Consent {
        consent: Some(consent),
    }
}

fn consent_from(wire: &v1::Consent) -> Result<Consent, Error> {
    let consent = wire.consent.as_ref();
    Ok(match consent.ok_or_else(|| missing("consent"))? {
        WireConsent::By(by) => Consent::By {
            principal: by.principal.parse()?,
            at: time_from(by.at.as_ref(), "at")?,
        },
        WireConsent::Paper(paper) => Consent::Paper {
            number: paper.number.clone(),
        },
    })
}

/// A department's code on the wire; empty for none.
pub(super) fn department_code_to(department: Option<Uscc>) -> String {
    department.map(|code| code.to_string()).unwrap_or_default()
}

/// A department's code from the wire, where there is one.
pub(super) fn department_code_from(code: &str) -> Result<Option<Uscc>, Error> {
    match code {
        "" => Ok(None),
        code => code.parse().map(Some),
    }
}

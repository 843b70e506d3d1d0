//! The actor of a submission, a move or a stop.

use chengji_domain::request::{Actor, Consent, Represented};
use chengji_domain::text::TextRule;
use chengji_domain::{Error, Field, Principal, Uscc};
use chengji_messages::msg;
use jiff::Timestamp;
use prost::Message;

use super::{invalid, missing, newer, time_from, time_to};
use crate::v1;
use crate::v1::actor::OnBehalfOf;
use crate::v1::consent::Consent as WireConsent;
use crate::v1::given_consent::Given;

/// Maximum length of an encoded actor in bytes.
const MAX_BYTES: usize = 1024;

/// Maximum length of the number of a paper document in characters.
const MAX_NUMBER: usize = 200;

/// Converts an actor to its form in logs.
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

/// Converts an actor from a log, of at most 1 KiB, which bounds what a city can add to a request's record.
pub fn actor_from(wire: Option<&v1::Actor>) -> Result<Actor, Error> {
    let wire = wire.ok_or_else(|| missing("actor"))?;
    if wire.encoded_len() > MAX_BYTES {
        let too_large = msg::WireTooLarge {
            bytes: wire.encoded_len(),
            most: MAX_BYTES,
        };
        return Err(invalid("actor", too_large));
    }
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

/// Converts a consent to its form in logs.
pub fn consent_to(consent: &Consent) -> v1::Consent {
    let consent = match consent {
        Consent::By {
            principal,
            on_behalf_of,
            at,
        } => WireConsent::By(v1::PersonalConsent {
            principal: principal.to_string(),
            at: Some(time_to(*at)),
            on_behalf_of: (on_behalf_of.as_ref())
                .map(ToString::to_string)
                .unwrap_or_default(),
        }),
        Consent::Paper { number } => WireConsent::Paper(v1::PaperConsent {
            number: number.clone(),
        }),
    };
    v1::Consent {
        consent: Some(consent),
    }
}

/// Converts a consent from a log or a record.
///
/// # Errors
/// `INVALID_ARGUMENT` for a malformed field, `UPGRADE_NEEDED` for a kind that is not known here.
pub fn consent_from(wire: &v1::Consent) -> Result<Consent, Error> {
    let consent = wire.consent.as_ref();
    Ok(match consent.ok_or_else(|| newer("consent"))? {
        WireConsent::By(by) => Consent::By {
            principal: by.principal.parse()?,
            on_behalf_of: match by.on_behalf_of.as_str() {
                "" => None,
                represented => Some(represented.parse()?),
            },
            at: time_from(by.at.as_ref(), "at")?,
        },
        WireConsent::Paper(paper) => {
            let number = paper.number.clone();
            let found = number.chars().count();
            if !(1..=MAX_NUMBER).contains(&found) {
                let length = msg::TextLength {
                    found,
                    least: 1,
                    most: MAX_NUMBER,
                };
                return Err(invalid("number", length));
            }
            Consent::Paper { number }
        }
    })
}

/// Converts a consent as a caller states it: the caller's own is given by `by` at `at`. `None` if none is stated.
///
/// # Errors
/// `INVALID_ARGUMENT` for the number of a document that is no text of one line with 1 to 200 characters.
pub fn given_consent_from(
    wire: Option<&v1::GivenConsent>,
    by: &Principal,
    at: Timestamp,
) -> Result<Option<Consent>, Error> {
    Ok(match wire.and_then(|wire| wire.given.as_ref()) {
        None | Some(Given::Own(false)) => None,
        Some(Given::Own(true)) => Some(Consent::By {
            principal: by.clone(),
            on_behalf_of: None,
            at,
        }),
        Some(Given::Document(number)) => {
            TextRule::line(1, MAX_NUMBER).check(Field::ConsentDocument, number)?;
            let number = number.trim().to_owned();
            Some(Consent::Paper { number })
        }
    })
}

/// Converts a department's code to the wire; empty for none.
pub(super) fn department_code_to(department: Option<Uscc>) -> String {
    department.map(|code| code.to_string()).unwrap_or_default()
}

/// Converts a department's code from the wire; `None` if it is empty.
pub(super) fn department_code_from(code: &str) -> Result<Option<Uscc>, Error> {
    match code {
        "" => Ok(None),
        code => code.parse().map(Some),
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;

    use chengji_messages::Value;

    use super::*;

    fn with_number(number: String) -> v1::Actor {
        let consent = Some(WireConsent::Paper(v1::PaperConsent { number }));
        v1::Actor {
            principal: "city/430100/person/wang.fang".to_owned(),
            consent: Some(v1::Consent { consent }),
            ..v1::Actor::default()
        }
    }

    #[test]
    fn the_number_of_a_paper_consent_is_of_1_to_200_characters() {
        let longest = with_number("号".repeat(200));
        assert_eq!(actor_to(&actor_from(Some(&longest)).unwrap()), longest);
        for number in [String::new(), "号".repeat(201), "7".repeat(45 * 1024)] {
            let error = actor_from(Some(&with_number(number))).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
        }
    }

    #[test]
    fn a_consent_of_a_kind_that_is_not_known_here_asks_for_an_upgrade() {
        let actor = v1::Actor {
            consent: Some(v1::Consent { consent: None }),
            ..with_number("1".to_owned())
        };
        let error = actor_from(Some(&actor)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::UpgradeNeeded);
    }

    #[test]
    fn an_actor_is_of_at_most_one_kibibyte() {
        let mut actor = v1::Actor {
            department: "9".repeat(1_024),
            ..with_number("长数函〔2026〕7号".to_owned())
        };
        let error = actor_from(Some(&actor)).unwrap_err();
        let Some(Value::Message(cause)) = error.message().param("cause") else {
            panic!("{error:?}");
        };
        assert_eq!(cause.param("most"), Some(&MAX_BYTES.into()));
        actor.department.clear();
        assert!(actor_from(Some(&actor)).is_ok());
    }
}

//! The acting party of a request, as shown to people.

use chengji_messages::{Message, Value, msg};
use chengji_proto::v1;
use chengji_proto::v1::actor::OnBehalfOf;
use chengji_proto::v1::consent::Consent;

use crate::cell::list;
use crate::cells;

/// An actor in one line: the principal, its department, in whose place, with whose consent.
pub(super) fn actor(actor: &v1::Actor) -> Message {
    let mut parts = vec![Value::principal(&actor.principal)];
    if !actor.department.is_empty() {
        let department = &actor.department;
        parts.push(msg::ActorOfDepartment { department }.into());
    }
    match &actor.on_behalf_of {
        Some(OnBehalfOf::RepresentedPrincipal(represented)) => {
            let represented = Value::principal(represented);
            parts.push(msg::ActorOnBehalf { represented }.into());
        }
        Some(OnBehalfOf::RepresentedDepartment(represented)) => {
            parts.push(msg::ActorOnBehalf { represented }.into());
        }
        None => {}
    }
    match actor
        .consent
        .as_ref()
        .and_then(|consent| consent.consent.as_ref())
    {
        Some(Consent::By(by)) => {
            let at = by.at.as_ref().map(cells::time).unwrap_or_default();
            let principal = Value::principal(&by.principal);
            parts.push(match by.on_behalf_of.as_str() {
                "" => msg::ActorWithConsent { at, principal }.into(),
                represented => {
                    let represented = Value::principal(represented);
                    let consent = msg::ActorWithConsentFor {
                        at,
                        principal,
                        represented,
                    };
                    consent.into()
                }
            });
        }
        Some(Consent::Paper(paper)) => {
            let number = &paper.number;
            parts.push(msg::ActorWithPaper { number }.into());
        }
        None => {}
    }
    list(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_shown_with_what_is_known_of_it() {
        let person = v1::Actor {
            principal: "city/430100/person/wang.fang".to_owned(),
            ..Default::default()
        };
        let principal = || Value::principal("city/430100/person/wang.fang");
        assert_eq!(actor(&person), list([principal()]));
        let of = v1::Actor {
            department: "91350100M000100Y43".to_owned(),
            on_behalf_of: Some(OnBehalfOf::RepresentedPrincipal(
                "city/430100/person/a".to_owned(),
            )),
            consent: Some(v1::Consent {
                consent: Some(Consent::Paper(v1::PaperConsent {
                    number: "长数函〔2026〕7号".to_owned(),
                })),
            }),
            ..person
        };
        let parts = [
            principal(),
            msg::ActorOfDepartment {
                department: "91350100M000100Y43",
            }
            .into(),
            msg::ActorOnBehalf {
                represented: Value::principal("city/430100/person/a"),
            }
            .into(),
            msg::ActorWithPaper {
                number: "长数函〔2026〕7号",
            }
            .into(),
        ];
        assert_eq!(actor(&of), list(parts));
    }
}

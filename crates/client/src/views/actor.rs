//! The acting party of a request, as shown to people.

use chengji_proto::v1;
use chengji_proto::v1::actor::OnBehalfOf;
use chengji_proto::v1::consent::Consent;

use crate::cells;

/// An actor in one line: the principal, its department, in whose place, with whose consent.
pub(super) fn actor(actor: &v1::Actor) -> String {
    let mut text = actor.principal.clone();
    if !actor.department.is_empty() {
        text.push_str(&format!(", department 部门 {}", actor.department));
    }
    match &actor.on_behalf_of {
        Some(
            OnBehalfOf::RepresentedPrincipal(represented)
            | OnBehalfOf::RepresentedDepartment(represented),
        ) => text.push_str(&format!(", on behalf of 代 {represented}")),
        None => {}
    }
    match actor
        .consent
        .as_ref()
        .and_then(|consent| consent.consent.as_ref())
    {
        Some(Consent::By(by)) => {
            let at = by.at.as_ref().map(cells::time).unwrap_or_default();
            text.push_str(&format!(", consent 同意 {} {at}", by.principal));
        }
        Some(Consent::Paper(paper)) => {
            text.push_str(&format!(", consent on paper 书面同意 {}", paper.number));
        }
        None => {}
    }
    text
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
        assert_eq!(actor(&person), "city/430100/person/wang.fang");
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
        assert_eq!(
            actor(&of),
            "city/430100/person/wang.fang, department 部门 91350100M000100Y43, on behalf of 代 \
             city/430100/person/a, consent on paper 书面同意 长数函〔2026〕7号"
        );
    }
}

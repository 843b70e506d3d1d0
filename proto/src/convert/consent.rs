//! Internal consent and delegations: their facts, and the records of them in answers.

use chengji_domain::Error;
use chengji_domain::access::Role;
use chengji_domain::delegation::{Delegated, Delegation, DelegationFact};
use chengji_domain::proposal::{
    ConsentFact, Proposal, ProposalOutcome, ProposedAct, StandingConsent,
};
use chengji_domain::request::Actor;
use chengji_domain::{ErrorCode, ResourceCode};
use chengji_messages::msg;
use jiff::Timestamp;

use super::access::{role_from, role_to};
use super::actor::{actor_from, actor_to, department_code_to};
use super::moves::{move_from, move_to};
use super::problem::{problem_from, problem_to};
use super::request::{id_from, submission_from, submission_to};
use super::return_flow::{return_flow_act_from, return_flow_act_to};
use super::{invalid, missing, newer, time_from, time_to};
use crate::v1;
use crate::v1::body::Fact as Wire;
use crate::v1::proposal_ended::How;
use crate::v1::proposed::Act;

/// Converts a proposed act with its actor to the wire.
pub fn proposed_to(act: &ProposedAct, actor: &Actor) -> v1::Proposed {
    let act = match act {
        ProposedAct::Submission(submission) => Act::Submission(submission_to(submission)),
        ProposedAct::ReturnFlow(act) => Act::ReturnFlow(return_flow_act_to(act)),
        ProposedAct::Move { request, mv } => Act::Move(v1::ProposedMove {
            request: request.to_string(),
            r#move: Some(move_to(mv)),
        }),
    };
    v1::Proposed {
        act: Some(act),
        actor: Some(actor_to(actor)),
    }
}

/// Converts a proposed act with its actor from the wire.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field; `UPGRADE_NEEDED` for an act of a kind that is not known here.
pub fn proposed_from(wire: &v1::Proposed) -> Result<(ProposedAct, Actor), Error> {
    let act = match wire.act.as_ref().ok_or_else(|| newer("act"))? {
        Act::Submission(submission) => {
            ProposedAct::Submission(Box::new(submission_from(Some(submission))?))
        }
        Act::Move(proposed) => ProposedAct::Move {
            request: id_from(&proposed.request)?,
            mv: Box::new(move_from(proposed.r#move.as_ref())?),
        },
        Act::ReturnFlow(act) => ProposedAct::ReturnFlow(Box::new(return_flow_act_from(act)?)),
    };
    Ok((act, actor_from(wire.actor.as_ref())?))
}

/// Converts the end of a proposal to the wire.
pub fn proposal_ended_to(
    proposal: chengji_domain::request::RequestId,
    how: &ProposalOutcome,
    by: &Actor,
) -> v1::ProposalEnded {
    let how = match how {
        ProposalOutcome::Consented { request } => How::Consented(v1::ProposalConsented {
            request: request.to_string(),
        }),
        ProposalOutcome::Declined { reason } => How::Declined(reason.clone()),
        ProposalOutcome::TakenBack => How::TakenBack(v1::ProposalTakenBack {}),
        ProposalOutcome::Overtaken { problem } => How::Overtaken(problem_to(problem)),
    };
    v1::ProposalEnded {
        proposal: proposal.to_string(),
        how: Some(how),
        by: Some(actor_to(by)),
    }
}

/// Converts the end of a proposal from the wire.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field; `UPGRADE_NEEDED` for an end of a kind that is not known here.
pub fn proposal_ended_from(wire: &v1::ProposalEnded) -> Result<(ProposalOutcome, Actor), Error> {
    let how = match wire.how.as_ref().ok_or_else(|| newer("how"))? {
        How::Consented(consented) => ProposalOutcome::Consented {
            request: id_from(&consented.request)?,
        },
        How::Declined(reason) => ProposalOutcome::Declined {
            reason: reason.clone(),
        },
        How::TakenBack(_) => ProposalOutcome::TakenBack,
        How::Overtaken(problem) => ProposalOutcome::Overtaken {
            problem: problem_from(Some(problem))?,
        },
    };
    Ok((how, actor_from(wire.by.as_ref())?))
}

pub(super) fn consent_to(fact: &ConsentFact) -> Wire {
    match fact {
        ConsentFact::Proposed { act, actor } => Wire::Proposed(proposed_to(act, actor)),
        ConsentFact::ProposalEnded { proposal, how, by } => {
            Wire::ProposalEnded(proposal_ended_to(*proposal, how, by))
        }
        ConsentFact::StandingGiven { code, until, actor } => {
            Wire::StandingConsent(v1::StandingConsent {
                code: code.to_string(),
                until: Some(time_to(*until)),
                actor: Some(actor_to(actor)),
            })
        }
        ConsentFact::StandingEnded {
            code,
            reason,
            actor,
        } => Wire::StandingConsentEnded(v1::StandingConsentEnded {
            code: code.to_string(),
            reason: reason.clone(),
            actor: Some(actor_to(actor)),
        }),
    }
}

pub(super) fn consent_from(wire: Wire) -> Result<ConsentFact, Error> {
    Ok(match wire {
        Wire::Proposed(proposed) => {
            let (act, actor) = proposed_from(&proposed)?;
            ConsentFact::Proposed { act, actor }
        }
        Wire::ProposalEnded(ended) => {
            let (how, by) = proposal_ended_from(&ended)?;
            let proposal = id_from(&ended.proposal)?;
            ConsentFact::ProposalEnded { proposal, how, by }
        }
        Wire::StandingConsent(given) => ConsentFact::StandingGiven {
            code: given.code.parse()?,
            until: time_from(given.until.as_ref(), "until")?,
            actor: actor_from(given.actor.as_ref())?,
        },
        Wire::StandingConsentEnded(ended) => ConsentFact::StandingEnded {
            code: ended.code.parse()?,
            reason: ended.reason,
            actor: actor_from(ended.actor.as_ref())?,
        },
        _ => return Err(missing("fact")),
    })
}

/// Converts the content of a delegation to the wire.
pub fn delegated_to(delegated: &Delegated) -> v1::Delegated {
    v1::Delegated {
        from: delegated.from.to_string(),
        to: delegated.to.to_string(),
        roles: numbers(delegated.roles.iter().copied()),
        until: Some(time_to(delegated.until)),
        reason: delegated.reason.clone(),
    }
}

/// Converts the content of a delegation from the wire.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field.
pub fn delegated_from(wire: &v1::Delegated) -> Result<Delegated, Error> {
    Ok(Delegated {
        from: wire.from.parse()?,
        to: wire.to.parse()?,
        roles: delegated_roles_from(&wire.roles)?.into_iter().collect(),
        until: time_from(wire.until.as_ref(), "until")?,
        reason: wire.reason.clone(),
    })
}

/// Converts roles from the wire, without checking that they go together.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for an unknown role.
pub fn delegated_roles_from(numbers: &[i32]) -> Result<Vec<Role>, Error> {
    let role = |number: &i32| {
        let wire = v1::Role::try_from(*number);
        let unknown = |_| invalid("roles", msg::WireValueUnknown { value: *number });
        role_from(wire.map_err(unknown)?)
    };
    numbers.iter().map(role).collect()
}

fn numbers(roles: impl Iterator<Item = Role>) -> Vec<i32> {
    roles.map(|role| role_to(role).into()).collect()
}

pub(super) fn delegation_fact_to(fact: &DelegationFact) -> Wire {
    match fact {
        DelegationFact::Begun(delegated) => Wire::Delegated(delegated_to(delegated)),
        DelegationFact::Ended { delegation, reason } => {
            Wire::DelegationEnded(v1::DelegationEnded {
                delegation: delegation.to_string(),
                reason: reason.clone(),
            })
        }
    }
}

pub(super) fn delegation_fact_from(wire: Wire) -> Result<DelegationFact, Error> {
    Ok(match wire {
        Wire::Delegated(delegated) => DelegationFact::Begun(delegated_from(&delegated)?),
        Wire::DelegationEnded(ended) => DelegationFact::Ended {
            delegation: id_from(&ended.delegation)?,
            reason: ended.reason,
        },
        _ => return Err(missing("fact")),
    })
}

/// Converts a proposal to the wire.
pub fn proposal_to(proposal: &Proposal) -> v1::Proposal {
    let countersigner = proposal.act.countersigner();
    let role = countersigner.map_or(v1::Role::Unspecified, |one| role_to(one.role()));
    let end = proposal.end.as_ref();
    v1::Proposal {
        id: proposal.number.to_string(),
        proposed: Some(proposed_to(&proposal.act, &proposal.actor)),
        at: Some(time_to(proposal.at)),
        consent_of: role.into(),
        department: department_code_to(proposal.department),
        ended: end.map(|end| proposal_ended_to(proposal.number, &end.how, &end.by)),
        ended_at: end.map(|end| time_to(end.at)),
    }
}

/// The standing consent of an entry, as of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingView {
    /// The entry.
    pub code: ResourceCode,
    /// The consent.
    pub consent: StandingConsent,
    /// True if it is in force.
    pub in_force: bool,
}

/// Converts a standing consent to the wire.
pub fn standing_to(view: &StandingView) -> v1::StandingConsentState {
    v1::StandingConsentState {
        code: view.code.to_string(),
        until: Some(time_to(view.consent.until)),
        actor: Some(actor_to(&view.consent.actor)),
        at: Some(time_to(view.consent.at)),
        in_force: view.in_force,
    }
}

/// A delegation, as of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegationView {
    /// The delegation.
    pub delegation: Delegation,
    /// The time.
    pub at: Timestamp,
}

/// Converts a delegation to the wire.
pub fn delegation_to(view: &DelegationView) -> v1::Delegation {
    let DelegationView { delegation, at } = view;
    let (delegated, end) = (&delegation.delegated, delegation.end.as_ref());
    v1::Delegation {
        id: delegation.number.to_string(),
        from: delegated.from.to_string(),
        to: delegated.to.to_string(),
        roles: numbers(delegated.roles.iter().copied()),
        until: Some(time_to(delegated.until)),
        reason: delegated.reason.clone(),
        at: Some(time_to(delegation.at)),
        by: delegation.by.to_string(),
        ended_at: end.map(|end| time_to(end.at)),
        ended_by: end.map(|end| end.by.to_string()).unwrap_or_default(),
        end_reason: end.map(|end| end.reason.clone()).unwrap_or_default(),
        in_force: delegation.ended_at(*at).is_none(),
    }
}

/// Returns the role whose proposals are listed; `None` for all.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a role whose consent is never due.
pub fn countersigning_role_from(wire: v1::Role) -> Result<Option<Role>, Error> {
    match wire {
        v1::Role::Unspecified => Ok(None),
        v1::Role::Consenter => Ok(Some(Role::Consenter)),
        v1::Role::Authority => Ok(Some(Role::Authority)),
        other => {
            let role = role_from(other)?.label();
            let message = msg::RoleConsentsToNothing { role };
            Err(Error::new(ErrorCode::InvalidArgument, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::problem::Problem;

    use super::*;

    fn actor() -> Actor {
        Actor::new("city/430100/person/wang.fang".parse().unwrap(), None)
    }

    #[test]
    fn every_fact_of_consent_reads_as_it_was_written() {
        let number = "430100-1-7-AAAAAAAAAAAAA".parse().unwrap();
        let code: ResourceCode = "206001/000001".parse().unwrap();
        let (reason, until) = (
            || "理由".to_owned(),
            "2026-12-01T00:00:00Z".parse().unwrap(),
        );
        let mv = chengji_domain::request::Move::Refuse {
            reason: reason(),
            legal_basis: "条例".to_owned(),
        };
        let submission = chengji_testkit::requests::submission("430200:206001000001");
        let problem = Problem::new(ErrorCode::OutOfTurn, msg::Text { text: "late" });
        let acts = [
            ProposedAct::Submission(Box::new(submission)),
            ProposedAct::Move {
                request: number,
                mv: Box::new(mv),
            },
        ];
        let proposed = acts.map(|act| ConsentFact::Proposed {
            act,
            actor: actor(),
        });
        let ends = [
            ProposalOutcome::Consented { request: number },
            ProposalOutcome::Declined { reason: reason() },
            ProposalOutcome::TakenBack,
            ProposalOutcome::Overtaken { problem },
        ];
        let ended = ends.map(|how| ConsentFact::ProposalEnded {
            proposal: number,
            how,
            by: actor(),
        });
        let standing = [
            ConsentFact::StandingGiven {
                code: code.clone(),
                until,
                actor: actor(),
            },
            ConsentFact::StandingEnded {
                code,
                reason: reason(),
                actor: actor(),
            },
        ];
        for fact in proposed.into_iter().chain(ended).chain(standing) {
            assert_eq!(consent_from(consent_to(&fact)), Ok(fact));
        }
        let delegations = [
            DelegationFact::Begun(Delegated {
                from: "city/430100/person/wang.fang".parse().unwrap(),
                to: "city/430100/person/li.lei".parse().unwrap(),
                roles: [Role::Approver, Role::Authority].into(),
                until,
                reason: reason(),
            }),
            DelegationFact::Ended {
                delegation: number,
                reason: reason(),
            },
        ];
        for fact in delegations {
            assert_eq!(delegation_fact_from(delegation_fact_to(&fact)), Ok(fact));
        }
    }
}

//! Internal consent and delegations.

use chengji_domain::delegation::{Delegation, DelegationEnd};
use chengji_domain::proposal::{Proposal, ProposalEnd, StandingConsent};
use chengji_domain::{Result, Uscc};
use chengji_proto::convert::{
    actor_from, actor_to, delegated_from, delegated_to, proposal_ended_from, proposal_ended_to,
    proposed_from, proposed_to, time_from, time_to,
};
use chengji_store::Codec;
use jiff::Timestamp;
use prost::Message;

use crate::{decode, required, v1};

/// The codec of [`Proposal`].
#[derive(Debug)]
pub struct StoredProposal;

impl Codec for StoredProposal {
    type Record = Proposal;

    fn encode(proposal: &Proposal) -> Result<Vec<u8>> {
        let end = proposal.end.as_ref();
        let wire = v1::Proposal {
            id: proposal.number.to_string(),
            proposed: Some(proposed_to(&proposal.act, &proposal.actor)),
            at: Some(time_to(proposal.at)),
            department: proposal
                .department
                .map(|code| code.to_string())
                .unwrap_or_default(),
            idempotency_key: proposal.idempotency_key.clone(),
            ended: end.map(|end| proposal_ended_to(proposal.number, &end.how, &end.by)),
            ended_at: end.map(|end| time_to(end.at)),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Proposal> {
        let wire: v1::Proposal = decode(bytes)?;
        let (act, actor) = proposed_from(&required(wire.proposed, "proposed")?)?;
        let end = wire.ended.map(|ended| -> Result<ProposalEnd> {
            let (how, by) = proposal_ended_from(&ended)?;
            let at = time_from(wire.ended_at.as_ref(), "ended_at")?;
            Ok(ProposalEnd { how, by, at })
        });
        Ok(Proposal {
            number: wire.id.parse()?,
            act,
            actor,
            at: time_from(wire.at.as_ref(), "at")?,
            department: match wire.department.as_str() {
                "" => None,
                code => Some(code.parse()?),
            },
            idempotency_key: wire.idempotency_key,
            end: end.transpose()?,
        })
    }
}

/// The codec of [`StandingConsent`].
#[derive(Debug)]
pub struct StoredStandingConsent;

impl Codec for StoredStandingConsent {
    type Record = StandingConsent;

    fn encode(consent: &StandingConsent) -> Result<Vec<u8>> {
        let wire = v1::StandingConsent {
            until: Some(time_to(consent.until)),
            actor: Some(actor_to(&consent.actor)),
            at: Some(time_to(consent.at)),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<StandingConsent> {
        let wire: v1::StandingConsent = decode(bytes)?;
        Ok(StandingConsent {
            until: time_from(wire.until.as_ref(), "until")?,
            actor: actor_from(wire.actor.as_ref())?,
            at: time_from(wire.at.as_ref(), "at")?,
        })
    }
}

/// The codec of [`Delegation`].
#[derive(Debug)]
pub struct StoredDelegation;

impl Codec for StoredDelegation {
    type Record = Delegation;

    fn encode(delegation: &Delegation) -> Result<Vec<u8>> {
        let end = delegation.end.as_ref();
        let wire = v1::Delegation {
            id: delegation.number.to_string(),
            delegated: Some(delegated_to(&delegation.delegated)),
            at: Some(time_to(delegation.at)),
            by: delegation.by.to_string(),
            ended: end.map(|end| chengji_log::v1::DelegationEnded {
                delegation: delegation.number.to_string(),
                reason: end.reason.clone(),
            }),
            ended_at: end.map(|end| time_to(end.at)),
            ended_by: end.map(|end| end.by.to_string()).unwrap_or_default(),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Delegation> {
        let wire: v1::Delegation = decode(bytes)?;
        let end = wire.ended.map(|ended| -> Result<DelegationEnd> {
            Ok(DelegationEnd {
                at: time_from(wire.ended_at.as_ref(), "ended_at")?,
                by: wire.ended_by.parse()?,
                reason: ended.reason,
            })
        });
        Ok(Delegation {
            number: wire.id.parse()?,
            delegated: delegated_from(&required(wire.delegated, "delegated")?)?,
            at: time_from(wire.at.as_ref(), "at")?,
            by: wire.by.parse()?,
            end: end.transpose()?,
        })
    }
}

/// The department concerned by a request or a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfDepartment {
    /// The department.
    pub department: Uscc,
    /// Time of the submission of the request.
    pub submitted_at: Timestamp,
}

/// The codec of [`OfDepartment`].
#[derive(Debug)]
pub struct StoredOfDepartment;

impl Codec for StoredOfDepartment {
    type Record = OfDepartment;

    fn encode(record: &OfDepartment) -> Result<Vec<u8>> {
        let wire = v1::OfDepartment {
            department: record.department.to_string(),
            submitted_at: Some(time_to(record.submitted_at)),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<OfDepartment> {
        let wire: v1::OfDepartment = decode(bytes)?;
        Ok(OfDepartment {
            department: wire.department.parse()?,
            submitted_at: time_from(wire.submitted_at.as_ref(), "submitted_at")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::access::Role;
    use chengji_domain::delegation::Delegated;
    use chengji_domain::proposal::{ProposalOutcome, ProposedAct};
    use chengji_domain::request::Actor;
    use chengji_testkit::{CREDIT_CODE, requests};
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{
        reads_as_written, refuses_incomplete, requests as numbers, texts, times,
    };

    fn actor() -> Actor {
        Actor::new("city/430100/person/wang.fang".parse().unwrap(), None)
    }

    proptest! {
        #[test]
        fn a_proposal_reads_as_it_was_written(
            (number, request) in (numbers(), numbers()),
            (at, ended_at) in (times(), times()),
            (key, reason) in (texts(), texts()),
            end in 0..4_u8,
        ) {
            let how = match end {
                0 => None,
                1 => Some(ProposalOutcome::Consented { request }),
                2 => Some(ProposalOutcome::Declined { reason }),
                _ => Some(ProposalOutcome::TakenBack),
            };
            let submission = requests::submission("430200:206001000001");
            let proposal = Proposal {
                number,
                act: ProposedAct::Submission(Box::new(submission)),
                actor: actor(),
                at,
                department: (end > 1).then(|| CREDIT_CODE.parse().unwrap()),
                idempotency_key: key,
                end: how.map(|how| ProposalEnd { how, by: actor(), at: ended_at }),
            };
            reads_as_written::<StoredProposal>(&proposal);
            refuses_incomplete::<StoredProposal>(&proposal);
        }

        #[test]
        fn a_delegation_reads_as_it_was_written(
            (number, reason) in (numbers(), texts()),
            (at, until) in (times(), times()),
            has_ended in any::<bool>(),
        ) {
            let person = |name: &str| format!("city/430100/person/{name}").parse().unwrap();
            let delegation = Delegation {
                number,
                delegated: Delegated {
                    from: person("wang.fang"),
                    to: person("li.lei"),
                    roles: [Role::Approver].into(),
                    until,
                    reason: reason.clone(),
                },
                at,
                by: person("admin"),
                end: has_ended.then(|| DelegationEnd { at: until, by: person("admin"), reason }),
            };
            reads_as_written::<StoredDelegation>(&delegation);
            refuses_incomplete::<StoredDelegation>(&delegation);
        }

        #[test]
        fn the_other_records_read_as_they_were_written((at, until) in (times(), times())) {
            let consent = StandingConsent { until, actor: actor(), at };
            reads_as_written::<StoredStandingConsent>(&consent);
            refuses_incomplete::<StoredStandingConsent>(&consent);
            let department = CREDIT_CODE.parse().unwrap();
            let of_department = OfDepartment { department, submitted_at: at };
            reads_as_written::<StoredOfDepartment>(&of_department);
            refuses_incomplete::<StoredOfDepartment>(&of_department);
        }
    }
}

//! Corrections and demands: their facts and moves, and the records of them in answers.

use chengji_domain::fact::{CityFact, ClusterFact};
use chengji_domain::matter::{
    AttachedRows, CorrectionFiling, CorrectionNotice, DemandFiling, Filing, MatterEvent,
    MatterFact, MatterMove, MatterStep,
};
use chengji_domain::request::Party;
use chengji_domain::{CityCode, Digest, Error, ResourceCode, ResourceRef};

use super::actor::{actor_from, actor_to, department_code_from, department_code_to};
use super::catalogue::{update_cycle_from, update_cycle_to};
use super::deadline::{deadline_from, deadline_to};
use super::problem::{problem_from, problem_to};
use super::request::id_from;
use super::stop::{origin_from, origin_to};
use super::{missing, newer, time_from, time_to};
use crate::v1;
use crate::v1::body::Fact as Wire;
use crate::v1::filing::Filing as WireFiling;
use crate::v1::matter_move::Move as WireMove;

/// Converts the content of a matter to the wire.
pub fn filing_to(filing: &Filing) -> v1::Filing {
    let filing = match filing {
        Filing::Correction(filing) => WireFiling::Correction(v1::CorrectionFiling {
            provider: filing.resource.city.to_string(),
            code: filing.resource.code.to_string(),
            request: filing.request.to_string(),
            revision: filing.revision,
            content: content_to(filing.content),
            fields: filing.fields.clone(),
            problem: filing.problem.clone(),
            rows: filing.rows.map(|rows| v1::AttachedRows {
                seq: rows.seq,
                bytes: rows.bytes,
                digest: rows.digest.0.to_vec(),
            }),
            department: department_code_to(filing.department),
        }),
        Filing::Demand(filing) => WireFiling::Demand(v1::DemandFiling {
            name: filing.name.clone(),
            fields: filing.fields.clone(),
            purpose: filing.purpose.clone(),
            legal_basis: filing.legal_basis.clone(),
            cycle: update_cycle_to(filing.cycle).into(),
            department: department_code_to(filing.department),
        }),
    };
    v1::Filing {
        filing: Some(filing),
    }
}

/// Converts the content of a matter from the wire.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field; `UPGRADE_NEEDED` for a kind that is not known here.
pub fn filing_from(wire: Option<&v1::Filing>) -> Result<Filing, Error> {
    let wire = wire.ok_or_else(|| missing("filing"))?;
    Ok(match wire.filing.as_ref().ok_or_else(|| newer("filing"))? {
        WireFiling::Correction(filing) => Filing::Correction(CorrectionFiling {
            resource: resource_from(&filing.provider, &filing.code)?,
            request: id_from(&filing.request)?,
            revision: filing.revision,
            content: content_from(&filing.content)?,
            fields: filing.fields.clone(),
            problem: filing.problem.clone(),
            rows: filing.rows.as_ref().map(rows_from).transpose()?,
            department: department_code_from(&filing.department)?,
        }),
        WireFiling::Demand(filing) => Filing::Demand(DemandFiling {
            name: filing.name.clone(),
            fields: filing.fields.clone(),
            purpose: filing.purpose.clone(),
            legal_basis: filing.legal_basis.clone(),
            cycle: update_cycle_from(filing.cycle()).ok_or_else(|| missing("cycle"))?,
            department: department_code_from(&filing.department)?,
        }),
    })
}

fn rows_from(wire: &v1::AttachedRows) -> Result<AttachedRows, Error> {
    Ok(AttachedRows {
        seq: wire.seq,
        bytes: wire.bytes,
        digest: Digest::from_slice(&wire.digest)?,
    })
}

fn content_to(content: Option<Digest>) -> Vec<u8> {
    content.map(|digest| digest.0.to_vec()).unwrap_or_default()
}

fn content_from(bytes: &[u8]) -> Result<Option<Digest>, Error> {
    match bytes {
        [] => Ok(None),
        bytes => Digest::from_slice(bytes).map(Some),
    }
}

fn resource_from(city: &str, code: &str) -> Result<ResourceRef, Error> {
    Ok(ResourceRef {
        city: city.parse()?,
        code: code.parse::<ResourceCode>()?,
    })
}

/// Converts a move to the wire.
pub fn matter_move_to(mv: &MatterMove) -> v1::MatterMove {
    let wire = match mv.clone() {
        MatterMove::Open => WireMove::Open(v1::OpenDemand {}),
        MatterMove::Assign {
            city,
            department,
            deadline,
        } => {
            let (deadline, provisional) = deadline_to(deadline);
            WireMove::Assign(v1::AssignMatter {
                city: city.to_string(),
                department: department_code_to(department),
                deadline,
                provisional,
            })
        }
        MatterMove::Reject { problem } => WireMove::Reject(v1::RejectMatter {
            problem: Some(problem_to(&problem)),
        }),
        MatterMove::Accept { note } => WireMove::Accept(v1::AcceptCorrection { note }),
        MatterMove::Correct {
            revision,
            content,
            note,
        } => WireMove::Correct(v1::CorrectData {
            revision,
            content: content_to(content),
            note,
        }),
        MatterMove::Supply {
            resource,
            is_new,
            note,
        } => WireMove::Supply(v1::SupplyDemand {
            city: resource.city.to_string(),
            code: resource.code.to_string(),
            new_entry: is_new,
            note,
        }),
        MatterMove::Decline {
            reason,
            legal_basis,
        } => WireMove::Decline(v1::DeclineMatter {
            reason,
            legal_basis,
        }),
        MatterMove::Withdraw { reason } => WireMove::Withdraw(v1::WithdrawMatter { reason }),
        MatterMove::Close { statement } => WireMove::Close(v1::CloseDemand { statement }),
        MatterMove::Deliver { request } => WireMove::Deliver(v1::DeliverDemand {
            request: request.to_string(),
        }),
        MatterMove::MoveDeadline { deadline } => {
            let (deadline, provisional) = deadline_to(deadline);
            WireMove::MoveDeadline(v1::MoveMatterDeadline {
                deadline,
                provisional,
            })
        }
    };
    v1::MatterMove { r#move: Some(wire) }
}

/// Converts a move from the wire.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field; `UPGRADE_NEEDED` for a move that is not known here.
pub fn matter_move_from(wire: Option<&v1::MatterMove>) -> Result<MatterMove, Error> {
    let wire = wire.ok_or_else(|| missing("move"))?;
    Ok(match wire.r#move.clone().ok_or_else(|| newer("move"))? {
        WireMove::Open(_) => MatterMove::Open,
        WireMove::Assign(assign) => MatterMove::Assign {
            city: assign.city.parse()?,
            department: department_code_from(&assign.department)?,
            deadline: deadline_from(&assign.deadline, assign.provisional)?,
        },
        WireMove::Reject(reject) => MatterMove::Reject {
            problem: problem_from(reject.problem.as_ref())?,
        },
        WireMove::Accept(accept) => MatterMove::Accept { note: accept.note },
        WireMove::Correct(correct) => MatterMove::Correct {
            revision: correct.revision,
            content: content_from(&correct.content)?,
            note: correct.note,
        },
        WireMove::Supply(supply) => MatterMove::Supply {
            resource: resource_from(&supply.city, &supply.code)?,
            is_new: supply.new_entry,
            note: supply.note,
        },
        WireMove::Decline(decline) => MatterMove::Decline {
            reason: decline.reason,
            legal_basis: decline.legal_basis,
        },
        WireMove::Withdraw(withdraw) => MatterMove::Withdraw {
            reason: withdraw.reason,
        },
        WireMove::Close(close) => MatterMove::Close {
            statement: close.statement,
        },
        WireMove::Deliver(deliver) => MatterMove::Deliver {
            request: id_from(&deliver.request)?,
        },
        WireMove::MoveDeadline(moved) => MatterMove::MoveDeadline {
            deadline: deadline_from(&moved.deadline, moved.provisional)?,
        },
    })
}

/// Converts a move of a history to the wire.
pub fn matter_step_to(step: &MatterStep) -> v1::MatterStep {
    let party = match step.party {
        Party::Consumer => v1::Party::Consumer,
        Party::Provider => v1::Party::Provider,
        Party::Coordinator => v1::Party::Coordinator,
    };
    v1::MatterStep {
        party: party.into(),
        actor: Some(actor_to(&step.actor)),
        at: Some(time_to(step.at)),
        r#move: Some(matter_move_to(&step.mv)),
    }
}

/// Converts a move of a history from the wire.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field; `UPGRADE_NEEDED` for a move that is not known here.
pub fn matter_step_from(wire: Option<&v1::MatterStep>) -> Result<MatterStep, Error> {
    let wire = wire.ok_or_else(|| missing("step"))?;
    let party = match wire.party() {
        v1::Party::Unspecified => return Err(missing("party")),
        v1::Party::Consumer => Party::Consumer,
        v1::Party::Provider => Party::Provider,
        v1::Party::Coordinator => Party::Coordinator,
    };
    Ok(MatterStep {
        party,
        actor: actor_from(wire.actor.as_ref())?,
        at: time_from(wire.at.as_ref(), "at")?,
        mv: matter_move_from(wire.r#move.as_ref())?,
    })
}

/// Converts the notice of a correction to the wire.
pub fn correction_told_to(notice: &CorrectionNotice) -> v1::CorrectionTold {
    v1::CorrectionTold {
        correction: notice.correction.to_string(),
        provider: notice.resource.city.to_string(),
        code: notice.resource.code.to_string(),
        revision: notice.revision,
        corrected: notice.corrected,
        fields: notice.fields.clone(),
        note: notice.note.clone(),
        cities: notice.cities.iter().map(ToString::to_string).collect(),
    }
}

/// Converts the notice of a correction from the wire.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field.
pub fn correction_told_from(wire: &v1::CorrectionTold) -> Result<CorrectionNotice, Error> {
    let cities = wire.cities.iter().map(|city| city.parse::<CityCode>());
    Ok(CorrectionNotice {
        correction: id_from(&wire.correction)?,
        resource: resource_from(&wire.provider, &wire.code)?,
        revision: wire.revision,
        corrected: wire.corrected,
        fields: wire.fields.clone(),
        note: wire.note.clone(),
        cities: cities.collect::<Result<_, Error>>()?,
    })
}

pub(super) fn matter_fact_to(fact: &MatterFact) -> Wire {
    match fact {
        MatterFact::RowsAttached { provider, rows } => Wire::RowsAttached(v1::RowsAttached {
            provider: provider.to_string(),
            rows: rows.clone(),
        }),
        MatterFact::Filed { filing, actor } => Wire::MatterFiled(v1::MatterFiled {
            filing: Some(filing_to(filing)),
            actor: Some(actor_to(actor)),
        }),
        MatterFact::Moved { matter, mv, actor } => Wire::MatterMoved(v1::MatterMoved {
            matter: matter.to_string(),
            r#move: Some(matter_move_to(mv)),
            actor: Some(actor_to(actor)),
        }),
    }
}

pub(super) fn matter_fact_from(wire: Wire) -> Result<CityFact, Error> {
    let fact = match wire {
        Wire::RowsAttached(attached) => MatterFact::RowsAttached {
            provider: attached.provider.parse()?,
            rows: attached.rows,
        },
        Wire::MatterFiled(filed) => MatterFact::Filed {
            filing: filing_from(filed.filing.as_ref())?,
            actor: actor_from(filed.actor.as_ref())?,
        },
        Wire::MatterMoved(moved) => MatterFact::Moved {
            matter: id_from(&moved.matter)?,
            mv: matter_move_from(moved.r#move.as_ref())?,
            actor: actor_from(moved.actor.as_ref())?,
        },
        _ => return Err(missing("fact")),
    };
    Ok(CityFact::Matter(Box::new(fact)))
}

pub(super) fn matter_event_to(event: &MatterEvent) -> Wire {
    match event {
        MatterEvent::Opened {
            matter,
            filing,
            filed_by,
            filed_at,
            step,
        } => Wire::MatterOpened(v1::MatterOpened {
            matter: matter.to_string(),
            filing: Some(filing_to(filing)),
            filed_by: Some(actor_to(filed_by)),
            filed_at: Some(time_to(*filed_at)),
            step: Some(matter_step_to(step)),
        }),
        MatterEvent::Ordered {
            matter,
            provider,
            step,
            origin,
        } => Wire::MatterOrdered(v1::MatterOrdered {
            matter: matter.to_string(),
            provider: provider.map(|city| city.to_string()).unwrap_or_default(),
            step: Some(matter_step_to(step)),
            origin: origin.map(origin_to),
        }),
        MatterEvent::Refused {
            matter,
            city,
            step,
            origin,
            problem,
        } => Wire::MatterMoveRefused(v1::MatterMoveRefused {
            matter: matter.to_string(),
            city: city.to_string(),
            step: Some(matter_step_to(step)),
            origin: Some(origin_to(*origin)),
            problem: Some(problem_to(problem)),
        }),
        MatterEvent::Reminded {
            matter,
            city,
            deadline,
            overdue,
        } => Wire::MatterReminded(v1::MatterReminded {
            matter: matter.to_string(),
            city: city.to_string(),
            deadline: deadline.date.to_string(),
            provisional: deadline.provisional,
            overdue: *overdue,
        }),
        MatterEvent::Told(notice) => Wire::CorrectionTold(correction_told_to(notice)),
    }
}

pub(super) fn matter_event_from(wire: Wire) -> Result<ClusterFact, Error> {
    let event = match wire {
        Wire::MatterOpened(opened) => MatterEvent::Opened {
            matter: id_from(&opened.matter)?,
            filing: Box::new(filing_from(opened.filing.as_ref())?),
            filed_by: actor_from(opened.filed_by.as_ref())?,
            filed_at: time_from(opened.filed_at.as_ref(), "filed_at")?,
            step: matter_step_from(opened.step.as_ref())?,
        },
        Wire::MatterOrdered(ordered) => {
            let origin = ordered.origin.as_ref();
            MatterEvent::Ordered {
                matter: id_from(&ordered.matter)?,
                provider: match ordered.provider.as_str() {
                    "" => None,
                    city => Some(city.parse()?),
                },
                step: matter_step_from(ordered.step.as_ref())?,
                origin: origin.map(|origin| origin_from(Some(origin))).transpose()?,
            }
        }
        Wire::MatterMoveRefused(refused) => MatterEvent::Refused {
            matter: id_from(&refused.matter)?,
            city: refused.city.parse()?,
            step: matter_step_from(refused.step.as_ref())?,
            origin: origin_from(refused.origin.as_ref())?,
            problem: problem_from(refused.problem.as_ref())?,
        },
        Wire::MatterReminded(reminded) => MatterEvent::Reminded {
            matter: id_from(&reminded.matter)?,
            city: reminded.city.parse()?,
            deadline: deadline_from(&reminded.deadline, reminded.provisional)?,
            overdue: reminded.overdue,
        },
        Wire::CorrectionTold(told) => MatterEvent::Told(correction_told_from(&told)?),
        _ => return Err(missing("fact")),
    };
    Ok(ClusterFact::Matter(Box::new(event)))
}

#[cfg(test)]
#[path = "matter_tests.rs"]
mod tests;

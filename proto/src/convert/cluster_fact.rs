//! Facts of the coordinator's log.

use chengji_domain::calendar::Deadline;
use chengji_domain::checkpoint::SignedCheckpoint;
use chengji_domain::fact::{ClusterFact, Member, Origin, QuarantinedRun};
use chengji_domain::problem::Problem;
use chengji_domain::request::{Actor, DueAct, RequestId, Step, Submission};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::stop::StopAct;
use chengji_domain::{CityCode, Epoch, Error, LogKey};
use chengji_messages::msg;
use jiff::Timestamp;

use super::access::{
    access_from, access_to, log_key_from, log_key_to, membership_status_from, membership_status_to,
};
use super::actor::{actor_from, actor_to};
use super::adoption::{adoption_from, adoption_to};
use super::approval::{approval_awaited_from, approval_awaited_to};
use super::deadline::{deadline_from, due_act_from, due_act_to, due_from, due_to};
use super::finding::{finding_from, finding_to};
use super::matter::{matter_event_from, matter_event_to};
use super::position::{epoch_from, epoch_id, opened_from, opened_to};
use super::probe::{probe_event_from, probe_note_to, probe_order_to};
use super::problem::{problem_from, problem_to};
use super::request::{id_from, step_from, step_to, submission_from, submission_to};
use super::return_flow::{return_flow_note_from, return_flow_note_to};
use super::rules::{holidays_from, rules_to, set_from};
use super::seal::{seal_from, seal_to};
use super::stop::{act_from, incident_report_to, lifted, origin_from, origin_to, stop_cause_to};
use super::{invalid, missing, time_from, time_to};
use crate::v1;
use crate::v1::body::Fact as Wire;

pub(super) fn cluster_fact_to(fact: &ClusterFact) -> Wire {
    match fact.clone() {
        ClusterFact::Admitted(member) => Wire::Admitted(admitted_to(&member)),
        ClusterFact::StatusChanged {
            city,
            status,
            reason,
        } => Wire::MembershipStatusChanged(status_changed_to(city, status, reason)),
        ClusterFact::Access(fact) => access_to(&fact),
        ClusterFact::LogKeyed(key) => Wire::LogKeyed(keyed_to(&key)),
        ClusterFact::RosterSigned(signed) => Wire::RosterSigned(signed_to(signed)),
        ClusterFact::Opened {
            request,
            submission,
            submitted_by,
            submitted_at,
            step,
        } => {
            let submitted = (&submitted_by, submitted_at);
            Wire::RequestOpened(request_opened_to(request, &submission, submitted, &step))
        }
        ClusterFact::ApprovalAwaited {
            request,
            provider,
            awaited,
        } => Wire::ApprovalAwaited(approval_awaited_to((request, provider), awaited)),
        ClusterFact::Ordered {
            request,
            provider,
            step,
            origin,
            arrived_at,
            newly_permitted,
        } => {
            let step = arrived_step_to(&step, arrived_at);
            Wire::RequestOrdered(ordered_to(request, provider, step, origin, newly_permitted))
        }
        ClusterFact::MoveRefused {
            request,
            provider,
            step,
            origin,
            problem,
        } => Wire::MoveRefused(refused_to((request, provider), &step, origin, &problem)),
        ClusterFact::StopNoted {
            request,
            provider,
            origin,
            at,
            actor,
            act,
            due,
        } => stop_noted_to((request, provider), origin, (&actor, at), (act, due)),
        ClusterFact::Reminded {
            request,
            provider,
            act,
            deadline,
            overdue,
        } => Wire::Reminded(reminded_to(request, provider, (act, deadline), overdue)),
        ClusterFact::Quarantined {
            city,
            epoch,
            seq,
            problem,
        } => Wire::Quarantined(quarantined_to(city, epoch, seq, &problem)),
        ClusterFact::EpochOpened(opened) => Wire::EpochOpened(opened_to(&opened)),
        ClusterFact::Sealed(seal) => Wire::Sealed(seal_to(&seal)),
        ClusterFact::QuarantineSummarised { city, run } => run_to(city, &run),
        ClusterFact::FindingEntered(finding) => Wire::FindingEntered(finding_to(finding)),
        ClusterFact::Matter(event) => matter_event_to(&event),
        ClusterFact::Rules(fact) => rules_to(&fact),
        ClusterFact::ReturnFlowNoted(note) => Wire::ReturnFlowNoted(return_flow_note_to(&note)),
        ClusterFact::FormulaAdopted(adoption) => Wire::FormulaAdopted(adoption_to(adoption)),
        ClusterFact::ProbeOrdered(order) => Wire::ProbeOrdered(probe_order_to(&order)),
        ClusterFact::ProbeNoted(note) => Wire::ProbeNoted(probe_note_to(&note)),
    }
}

fn admitted_to(member: &Member) -> v1::Admitted {
    v1::Admitted {
        member: Some(member_to(member)),
    }
}

fn status_changed_to(
    city: CityCode,
    status: MembershipStatus,
    reason: String,
) -> v1::MembershipStatusChanged {
    v1::MembershipStatusChanged {
        city: city.to_string(),
        status: membership_status_to(status).into(),
        reason,
    }
}

fn request_opened_to(
    request: RequestId,
    submission: &Submission,
    (submitted_by, submitted_at): (&Actor, Timestamp),
    step: &Step,
) -> v1::RequestOpened {
    v1::RequestOpened {
        request: request.to_string(),
        submission: Some(submission_to(submission)),
        submitted_by: Some(actor_to(submitted_by)),
        submitted_at: Some(time_to(submitted_at)),
        step: Some(step_to(step)),
    }
}

fn arrived_step_to(step: &Step, arrived_at: Option<Timestamp>) -> v1::Step {
    v1::Step {
        arrived_at: arrived_at.map(time_to),
        ..step_to(step)
    }
}

fn ordered_to(
    request: RequestId,
    provider: CityCode,
    step: v1::Step,
    origin: Option<Origin>,
    newly_permitted: bool,
) -> v1::RequestOrdered {
    v1::RequestOrdered {
        request: request.to_string(),
        provider: provider.to_string(),
        step: Some(step),
        origin: origin.map(origin_to),
        newly_permitted,
    }
}

fn refused_to(
    (request, provider): (RequestId, CityCode),
    step: &Step,
    origin: Origin,
    problem: &Problem,
) -> v1::MoveRefused {
    v1::MoveRefused {
        request: request.to_string(),
        provider: provider.to_string(),
        step: Some(step_to(step)),
        origin: Some(origin_to(origin)),
        problem: Some(problem_to(problem)),
    }
}

fn reminded_to(
    request: RequestId,
    provider: CityCode,
    (act, deadline): (DueAct, Deadline),
    overdue: bool,
) -> v1::Reminded {
    v1::Reminded {
        request: request.to_string(),
        provider: provider.to_string(),
        deadline: deadline.date.to_string(),
        provisional: deadline.provisional,
        overdue,
        act: due_act_to(act).into(),
    }
}

fn stop_noted_to(
    (request, provider): (RequestId, CityCode),
    origin: Origin,
    (actor, at): (&Actor, Timestamp),
    (act, due): (StopAct, Option<Deadline>),
) -> Wire {
    let actor = Some(actor_to(actor));
    let (request, provider) = (request.to_string(), provider.to_string());
    let (origin, at) = (Some(origin_to(origin)), Some(time_to(at)));
    match act {
        StopAct::Stopped {
            cause,
            reason,
            report,
        } => {
            let (due, due_provisional) = due_to(due);
            Wire::StopNoted(v1::StopNoted {
                request,
                provider,
                origin,
                at,
                cause: stop_cause_to(cause).into(),
                reason,
                actor,
                due,
                due_provisional,
                report: report.as_ref().map(incident_report_to),
            })
        }
        StopAct::Lifted { reason } => Wire::StopLiftNoted(v1::StopLiftNoted {
            request,
            provider,
            origin,
            at,
            reason,
            actor,
        }),
    }
}

fn quarantined_to(city: CityCode, epoch: Epoch, seq: u64, problem: &Problem) -> v1::Quarantined {
    v1::Quarantined {
        city: city.to_string(),
        epoch: epoch.number,
        seq,
        problem: Some(problem_to(problem)),
        epoch_id: epoch_id(epoch),
    }
}

fn run_to(city: CityCode, run: &QuarantinedRun) -> Wire {
    Wire::QuarantineSummarised(v1::QuarantineSummarised {
        city: city.to_string(),
        epoch: run.epoch.number,
        epoch_id: epoch_id(run.epoch),
        from_seq: run.from_seq,
        to_seq: run.to_seq,
        count: run.count,
        problem: Some(problem_to(&run.problem)),
    })
}

pub(super) fn cluster_fact_from(wire: Wire) -> Result<ClusterFact, Error> {
    Ok(match wire {
        Wire::Admitted(admitted) => ClusterFact::Admitted(member_from(admitted.member.as_ref())?),
        Wire::MembershipStatusChanged(changed) => status_changed_from(changed)?,
        Wire::LogKeyed(keyed) => ClusterFact::LogKeyed(keyed_from(&keyed)?),
        Wire::RosterSigned(signed) => ClusterFact::RosterSigned(signed_from(signed)),
        wire @ (Wire::AccessGranted(_)
        | Wire::Certified(_)
        | Wire::AccessEnded(_)
        | Wire::CertificatesRevoked(_)) => ClusterFact::Access(access_from(wire)?),
        Wire::RequestOpened(opened) => request_opened_from(&opened)?,
        Wire::ApprovalAwaited(awaited) => approval_awaited_from(&awaited)?,
        Wire::RequestOrdered(ordered) => ordered_from(&ordered)?,
        Wire::MoveRefused(refused) => refused_from(&refused)?,
        Wire::StopNoted(noted) => stop_noted_from(&noted)?,
        Wire::StopLiftNoted(noted) => lift_noted_from(noted)?,
        Wire::Reminded(reminded) => reminded_from(&reminded)?,
        Wire::Quarantined(quarantined) => quarantined_from(&quarantined)?,
        Wire::EpochOpened(opened) => ClusterFact::EpochOpened(opened_from(&opened)?),
        Wire::Sealed(sealed) => ClusterFact::Sealed(Box::new(seal_from(&sealed)?)),
        Wire::QuarantineSummarised(summarised) => ClusterFact::QuarantineSummarised {
            city: summarised.city.parse()?,
            run: run_from(&summarised)?,
        },
        Wire::FindingEntered(entered) => ClusterFact::FindingEntered(finding_from(entered)?),
        wire @ (Wire::MatterOpened(_)
        | Wire::MatterOrdered(_)
        | Wire::MatterMoveRefused(_)
        | Wire::MatterReminded(_)
        | Wire::CorrectionTold(_)) => matter_event_from(wire)?,
        Wire::DeadlineRulesSet(set) => ClusterFact::Rules(Box::new(set_from(set)?)),
        Wire::HolidayNoticeSet(set) => ClusterFact::Rules(Box::new(holidays_from(set)?)),
        Wire::ReturnFlowNoted(noted) => return_flow_noted_from(&noted)?,
        Wire::FormulaAdopted(adopted) => ClusterFact::FormulaAdopted(adoption_from(&adopted)?),
        wire @ (Wire::ProbeOrdered(_) | Wire::ProbeNoted(_)) => probe_event_from(wire)?,
        Wire::Published(_)
        | Wire::EntryWithdrawn(_)
        | Wire::Mounted(_)
        | Wire::Unmounted(_)
        | Wire::Measured(_)
        | Wire::Requested(_)
        | Wire::RequestMoved(_)
        | Wire::Stopped(_)
        | Wire::StopLifted(_)
        | Wire::Delivered(_)
        | Wire::Received(_)
        | Wire::EntrySubmitted(_)
        | Wire::EntryReturned(_)
        | Wire::EntryTakenBack(_)
        | Wire::WithdrawalAsked(_)
        | Wire::WithdrawalDeclined(_)
        | Wire::CatalogueChangeNoted(_)
        | Wire::CatalogueUpdateExtended(_)
        | Wire::CatalogueUpdatedLate(_)
        | Wire::CatalogueReminded(_)
        | Wire::Proposed(_)
        | Wire::ProposalEnded(_)
        | Wire::StandingConsent(_)
        | Wire::StandingConsentEnded(_)
        | Wire::Delegated(_)
        | Wire::DelegationEnded(_)
        | Wire::UsageRecorded(_)
        | Wire::UseVouched(_)
        | Wire::UsageReminded(_)
        | Wire::GrantRuleSet(_)
        | Wire::GrantRuleEnded(_)
        | Wire::DefaultScopeChanged(_)
        | Wire::Subscribed(_)
        | Wire::SubscriptionEnded(_)
        | Wire::MatterFiled(_)
        | Wire::MatterMoved(_)
        | Wire::RowsAttached(_)
        | Wire::ReturnFlowChanged(_)
        | Wire::ProbeMade(_)
        | Wire::DepartmentSucceeded(_)
        | Wire::DepartmentSuccessionEnded(_) => {
            return Err(invalid("fact", msg::WireOfCity));
        }
    })
}

fn status_changed_from(changed: v1::MembershipStatusChanged) -> Result<ClusterFact, Error> {
    Ok(ClusterFact::StatusChanged {
        city: changed.city.parse()?,
        status: membership_status_from(changed.status())?,
        reason: changed.reason,
    })
}

fn return_flow_noted_from(noted: &v1::ReturnFlowNoted) -> Result<ClusterFact, Error> {
    let note = return_flow_note_from(noted)?;
    Ok(ClusterFact::ReturnFlowNoted(Box::new(note)))
}

fn request_opened_from(opened: &v1::RequestOpened) -> Result<ClusterFact, Error> {
    Ok(ClusterFact::Opened {
        request: id_from(&opened.request)?,
        submission: submission_from(opened.submission.as_ref())?,
        submitted_by: actor_from(opened.submitted_by.as_ref())?,
        submitted_at: time_from(opened.submitted_at.as_ref(), "submitted_at")?,
        step: step_from(opened.step.as_ref())?,
    })
}

fn reminded_from(reminded: &v1::Reminded) -> Result<ClusterFact, Error> {
    Ok(ClusterFact::Reminded {
        request: id_from(&reminded.request)?,
        provider: reminded.provider.parse()?,
        act: due_act_from(reminded.act)?,
        deadline: deadline_from(&reminded.deadline, reminded.provisional)?,
        overdue: reminded.overdue,
    })
}

fn lift_noted_from(noted: v1::StopLiftNoted) -> Result<ClusterFact, Error> {
    Ok(ClusterFact::StopNoted {
        request: id_from(&noted.request)?,
        provider: noted.provider.parse()?,
        origin: origin_from(noted.origin.as_ref())?,
        at: time_from(noted.at.as_ref(), "at")?,
        actor: actor_from(noted.actor.as_ref())?,
        act: lifted(noted.reason)?,
        due: None,
    })
}

fn ordered_from(ordered: &v1::RequestOrdered) -> Result<ClusterFact, Error> {
    let step = ordered.step.as_ref();
    let arrived_at = step.and_then(|step| step.arrived_at.as_ref());
    let origin = ordered.origin.as_ref();
    Ok(ClusterFact::Ordered {
        request: id_from(&ordered.request)?,
        provider: ordered.provider.parse()?,
        step: step_from(step)?,
        origin: origin.map(|origin| origin_from(Some(origin))).transpose()?,
        arrived_at: arrived_at
            .map(|at| time_from(Some(at), "arrived_at"))
            .transpose()?,
        newly_permitted: ordered.newly_permitted,
    })
}

fn stop_noted_from(noted: &v1::StopNoted) -> Result<ClusterFact, Error> {
    let report = noted.report.as_ref();
    Ok(ClusterFact::StopNoted {
        request: id_from(&noted.request)?,
        provider: noted.provider.parse()?,
        origin: origin_from(noted.origin.as_ref())?,
        at: time_from(noted.at.as_ref(), "at")?,
        actor: actor_from(noted.actor.as_ref())?,
        act: act_from(noted.cause(), noted.reason.clone(), report)?,
        due: due_from(&noted.due, noted.due_provisional)?,
    })
}

fn refused_from(refused: &v1::MoveRefused) -> Result<ClusterFact, Error> {
    Ok(ClusterFact::MoveRefused {
        request: id_from(&refused.request)?,
        provider: refused.provider.parse()?,
        step: step_from(refused.step.as_ref())?,
        origin: origin_from(refused.origin.as_ref())?,
        problem: problem_from(refused.problem.as_ref())?,
    })
}

fn quarantined_from(quarantined: &v1::Quarantined) -> Result<ClusterFact, Error> {
    Ok(ClusterFact::Quarantined {
        city: quarantined.city.parse()?,
        epoch: epoch_from(quarantined.epoch, &quarantined.epoch_id)?,
        seq: quarantined.seq,
        problem: problem_from(quarantined.problem.as_ref())?,
    })
}

fn run_from(summarised: &v1::QuarantineSummarised) -> Result<QuarantinedRun, Error> {
    Ok(QuarantinedRun {
        epoch: epoch_from(summarised.epoch, &summarised.epoch_id)?,
        from_seq: summarised.from_seq,
        to_seq: summarised.to_seq,
        count: summarised.count,
        problem: problem_from(summarised.problem.as_ref())?,
    })
}

fn keyed_to(key: &LogKey) -> v1::LogKeyed {
    v1::LogKeyed {
        key: Some(log_key_to(key)),
    }
}

fn keyed_from(keyed: &v1::LogKeyed) -> Result<LogKey, Error> {
    log_key_from(keyed.key.as_ref().ok_or_else(|| missing("key"))?)
}

fn signed_to(signed: SignedCheckpoint) -> v1::RosterSigned {
    v1::RosterSigned {
        checkpoint: signed.text,
        signature: signed.signature,
    }
}

fn signed_from(signed: v1::RosterSigned) -> SignedCheckpoint {
    SignedCheckpoint {
        text: signed.checkpoint,
        signature: signed.signature,
    }
}

/// Converts a member to the wire.
pub fn member_to(member: &Member) -> v1::Member {
    v1::Member {
        city: member.city.to_string(),
        name: member.name.clone(),
        endpoint: member.endpoint.clone(),
        log_key: member.log_key.as_ref().map(log_key_to),
    }
}

/// Converts a member from the wire.
pub fn member_from(wire: Option<&v1::Member>) -> Result<Member, Error> {
    let wire = wire.ok_or_else(|| missing("member"))?;
    Ok(Member {
        city: wire.city.parse()?,
        name: wire.name.clone(),
        endpoint: wire.endpoint.clone(),
        log_key: wire.log_key.as_ref().map(log_key_from).transpose()?,
    })
}

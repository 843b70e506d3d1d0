//! The version that a reader must know to read a fact whole. A fact that contains nothing new is written with the
//! first version, so that every reader goes on reading it.

use chengji_domain::calendar::Rule;
use chengji_log::v1;
use chengji_log::v1::body::Fact;
use chengji_log::v1::duty::Duty;
use chengji_log::v1::limit::Limit;
use chengji_log::v1::r#move::Move;
use chengji_log::v1::proposed::Act;
use chengji_log::v1::subscribed::Channel;

/// The version of the facts that every reader knows.
const FIRST_FACTS: u32 = 1;

/// The version of the facts after Order 809: further moves and texts of requests, dues, incidents and findings, the
/// following-up of changes to entries, internal consent and stand-ins.
const FACTS_AFTER_ORDER_809: u32 = 2;

/// The version of the facts with deadline rules and holiday notices; with regions of entries, approvals of requests,
/// departments that were succeeded and provinces as members; with disputes that are taken back, and the disposal of
/// data after a grant has lapsed; with the use of granted data, terms of grants about the ranges of its use, and rules
/// for automatic grants; with subscriptions to notifications, corrections and demands.
const FACTS_WITH_RULES: u32 = 3;

/// The version of the facts that added: mergers of departments that are taken back; webhooks of robots, and
/// subscriptions to all topics, including those of later versions; return flows; requests that wait for an approval,
/// and the rule of that wait; rules in calendar months, and the withdrawal notice in a consultation; moves that end a
/// request or are about the disposal during a dispute.
const FACTS_OF_VERSION_4: u32 = 4;

/// The version of the facts that added: default scopes of entries, formulas of the sharing rate that are adopted, and which
/// entries it counts as interfaces.
const FACTS_OF_VERSION_5: u32 = 5;

/// The version of the facts that added probes.
const FACTS_OF_VERSION_6: u32 = 6;

/// Returns the version for the envelope of a fact.
pub(super) fn min_reader(fact: &Fact) -> u32 {
    if matches!(
        fact,
        Fact::ProbeOrdered(_) | Fact::ProbeMade(_) | Fact::ProbeNoted(_)
    ) {
        return FACTS_OF_VERSION_6;
    }
    if is_of_version_5(fact) {
        return FACTS_OF_VERSION_5;
    }
    if is_of_version_4(fact) {
        return FACTS_OF_VERSION_4;
    }
    match (is_with_rules(fact), is_after_order_809(fact)) {
        (true, _) => FACTS_WITH_RULES,
        (false, true) => FACTS_AFTER_ORDER_809,
        (false, false) => FIRST_FACTS,
    }
}

/// Returns true for a fact that readers know since [`FACTS_OF_VERSION_5`].
fn is_of_version_5(fact: &Fact) -> bool {
    match fact {
        Fact::DefaultScopeChanged(_) | Fact::FormulaAdopted(_) => true,
        Fact::Published(f) => (f.entry.as_ref())
            .is_some_and(|entry| entry.share_manner() == v1::ShareManner::Interface),
        _ => false,
    }
}

/// Returns true for a fact that readers know since [`FACTS_OF_VERSION_4`].
fn is_of_version_4(fact: &Fact) -> bool {
    match fact {
        Fact::DepartmentSuccessionEnded(_)
        | Fact::ReturnFlowChanged(_)
        | Fact::ReturnFlowNoted(_)
        | Fact::ApprovalAwaited(_)
        | Fact::CatalogueReminded(_)
        | Fact::CatalogueUpdatedLate(_)
        | Fact::UsageReminded(_) => true,
        Fact::Reminded(f) => f.act() == v1::DueAct::Approval,
        Fact::DeadlineRulesSet(f) => f.rules.iter().any(is_newest_rule),
        Fact::Subscribed(f) => f.topics.is_empty() || is_for_robot(f),
        Fact::RequestMoved(f) => is_move_of_version_4(f.r#move.as_ref()),
        Fact::RequestOrdered(f) => {
            f.newly_permitted || is_move_of_version_4(move_of(f.step.as_ref()))
        }
        Fact::MoveRefused(f) => is_move_of_version_4(move_of(f.step.as_ref())),
        Fact::Proposed(f) => match f.act.as_ref() {
            Some(Act::ReturnFlow(_)) => true,
            Some(Act::Move(proposed)) => is_move_of_version_4(proposed.r#move.as_ref()),
            Some(Act::Submission(_)) | None => false,
        },
        _ => false,
    }
}

/// Returns true for the rule of the wait for an approval, and for one in calendar months.
fn is_newest_rule(rule: &v1::DeadlineRule) -> bool {
    rule.rule == Rule::SuperiorApproval.name() || rule.months.is_some()
}

/// Returns true for a subscription whose channel is the webhook of a robot.
fn is_for_robot(subscribed: &v1::Subscribed) -> bool {
    match subscribed.channel.as_ref() {
        Some(Channel::Webhook(webhook)) => webhook.form() != v1::WebhookForm::CloudEvents,
        Some(Channel::Mail(_)) | None => false,
    }
}

/// Returns true for a move with a grant under a return flow, for a consultation that names the first day of an end or a
/// change, and for an amendment that names a third party.
fn is_move_of_version_4(mv: Option<&v1::Move>) -> bool {
    let is_newer = match mv.and_then(|mv| mv.r#move.as_ref()) {
        Some(Move::Consult(consult)) => !consult.not_before.is_empty(),
        Some(Move::AskAmendment(asked)) => !asked.third_party.is_empty(),
        _ => false,
    };
    is_newer || grant_of(mv).is_some_and(|grant| !grant.return_flow.is_empty())
}

/// Returns true for a fact that readers know since [`FACTS_WITH_RULES`].
fn is_with_rules(fact: &Fact) -> bool {
    match fact {
        Fact::Published(f) => (f.entry.as_ref())
            .is_some_and(|entry| entry.region.is_some() || entry.superior_approval),
        // Once, members were cities and the municipalities alone. No other fact names a province before this one does.
        Fact::Admitted(f) => f.member.as_ref().is_some_and(is_province),
        Fact::RequestMoved(f) => is_of_use_or_end(f.r#move.as_ref()),
        Fact::RequestOpened(f) => is_of_jurisdiction(move_of(f.step.as_ref())),
        // Once, requests were rejected only at their opening.
        Fact::RequestOrdered(f) => {
            let mv = move_of(f.step.as_ref());
            is_of_use_or_end(mv) || is_rejection(mv)
        }
        Fact::MoveRefused(f) => is_of_use_or_end(move_of(f.step.as_ref())),
        Fact::Proposed(f) => match f.act.as_ref() {
            Some(Act::Move(proposed)) => has_newer_terms(proposed.r#move.as_ref()),
            Some(Act::Submission(_) | Act::ReturnFlow(_)) | None => false,
        },
        Fact::DeadlineRulesSet(_)
        | Fact::HolidayNoticeSet(_)
        | Fact::DepartmentSucceeded(_)
        | Fact::UsageRecorded(_)
        | Fact::UseVouched(_)
        | Fact::GrantRuleSet(_)
        | Fact::GrantRuleEnded(_)
        | Fact::Subscribed(_)
        | Fact::SubscriptionEnded(_)
        | Fact::MatterFiled(_)
        | Fact::MatterMoved(_)
        | Fact::RowsAttached(_)
        | Fact::MatterOpened(_)
        | Fact::MatterOrdered(_)
        | Fact::MatterMoveRefused(_)
        | Fact::MatterReminded(_)
        | Fact::CorrectionTold(_) => true,
        _ => false,
    }
}

/// Returns true for a whole province that is no city: not a municipality directly under the central government.
fn is_province(member: &v1::Member) -> bool {
    const MUNICIPALITIES: [&str; 4] = ["110000", "120000", "310000", "500000"];
    let city = member.city.as_str();
    city.ends_with("0000") && !MUNICIPALITIES.contains(&city)
}

fn is_of_use_or_end(mv: Option<&v1::Move>) -> bool {
    has_newer_terms(mv) || is_end(mv)
}

/// Returns true for a move that takes a dispute back, or that notes the lapse of a grant.
fn is_end(mv: Option<&v1::Move>) -> bool {
    let mv = mv.and_then(|mv| mv.r#move.as_ref());
    matches!(mv, Some(Move::WithdrawDispute(_) | Move::Lapse(_)))
}

/// Returns true for a first move with an approval, or by a region or a denied approval.
fn is_of_jurisdiction(mv: Option<&v1::Move>) -> bool {
    match mv.and_then(|mv| mv.r#move.as_ref()) {
        Some(Move::Route(route)) => route.approval.is_some(),
        Some(Move::Reject(reject)) => matches!(
            reject.reason(),
            v1::RejectReason::OutsideRegion | v1::RejectReason::NotApproved
        ),
        _ => false,
    }
}

/// Returns true for a move whose grant limits the range in which the data is seen or used, or asks for usage records at
/// another interval than a year.
fn has_newer_terms(mv: Option<&v1::Move>) -> bool {
    let terms = grant_of(mv).and_then(|grant| grant.terms.as_ref());
    terms.is_some_and(|terms| {
        let is_range = |limit: &v1::Limit| {
            matches!(
                limit.limit,
                Some(Limit::VisibleRange(_) | Limit::UsableRange(_))
            )
        };
        let is_interval = |duty: &v1::Duty| matches!(duty.duty, Some(Duty::RecordsEveryMonths(_)));
        terms.limits.iter().any(is_range) || terms.duties.iter().any(is_interval)
    })
}

/// The grant that a move makes, consults about or proposes.
fn grant_of(mv: Option<&v1::Move>) -> Option<&v1::Grant> {
    match mv.and_then(|mv| mv.r#move.as_ref()) {
        Some(Move::Grant(grant) | Move::Amend(grant) | Move::Change(grant)) => Some(grant),
        Some(Move::Consult(consult)) => consult.change.as_ref(),
        Some(Move::ProposeSettlement(proposal)) => proposal.grant.as_ref(),
        _ => None,
    }
}

fn is_rejection(mv: Option<&v1::Move>) -> bool {
    let mv = mv.and_then(|mv| mv.r#move.as_ref());
    matches!(mv, Some(Move::Reject(_)))
}

fn move_of(step: Option<&v1::Step>) -> Option<&v1::Move> {
    step.and_then(|step| step.r#move.as_ref())
}

fn is_after_order_809(fact: &Fact) -> bool {
    match fact {
        Fact::Requested(f) => is_newer_submission(f.submission.as_ref()),
        Fact::RequestMoved(f) => is_newer_move(f.r#move.as_ref()),
        Fact::RequestOpened(f) => {
            is_newer_submission(f.submission.as_ref()) || is_newer_step(f.step.as_ref())
        }
        Fact::RequestOrdered(f) => is_newer_step(f.step.as_ref()),
        Fact::MoveRefused(f) => is_newer_step(f.step.as_ref()),
        Fact::Stopped(f) => f.report.is_some() || f.cause() == v1::StopCause::Incident,
        Fact::StopNoted(f) => {
            let is_incident = f.report.is_some() || f.cause() == v1::StopCause::Incident;
            is_incident || !f.due.is_empty()
        }
        Fact::Reminded(f) => !matches!(f.act(), v1::DueAct::Unspecified | v1::DueAct::Answer),
        Fact::AccessGranted(f) => f
            .roles()
            .any(|role| matches!(role, v1::Role::Consenter | v1::Role::Authority)),
        Fact::Proposed(_)
        | Fact::ProposalEnded(_)
        | Fact::StandingConsent(_)
        | Fact::StandingConsentEnded(_)
        | Fact::Delegated(_)
        | Fact::DelegationEnded(_)
        | Fact::CatalogueChangeNoted(_)
        | Fact::CatalogueUpdateExtended(_)
        | Fact::FindingEntered(_) => true,
        _ => false,
    }
}

fn is_newer_submission(submission: Option<&v1::Submission>) -> bool {
    submission.is_some_and(|submission| !submission.scenario.is_empty())
}

/// Only consumers disputed once.
fn is_newer_step(step: Option<&v1::Step>) -> bool {
    step.is_some_and(|step| {
        let mv = step.r#move.as_ref();
        let is_dispute = mv.is_some_and(|mv| matches!(mv.r#move.as_ref(), Some(Move::Dispute(_))));
        let by_provider = is_dispute && step.party() == v1::Party::Provider;
        by_provider || !step.due.is_empty() || is_newer_move(mv)
    })
}

fn is_newer_move(mv: Option<&v1::Move>) -> bool {
    let Some(mv) = mv.and_then(|mv| mv.r#move.as_ref()) else {
        return false;
    };
    match mv {
        Move::Route(_)
        | Move::Reject(_)
        | Move::AskSupplement(_)
        | Move::Supplement(_)
        | Move::Extend(_)
        | Move::Refuse(_)
        | Move::Withdraw(_)
        | Move::Uphold(_)
        | Move::Remand(_) => false,
        Move::Grant(grant) => !grant.disposal.is_empty(),
        Move::Dispute(dispute) => !dispute.negotiation.is_empty(),
        Move::Close(close) => {
            close.cause() != v1::CloseCause::Unspecified || !close.evidence.is_empty()
        }
        Move::Offer(_)
        | Move::AskAmendment(_)
        | Move::Amend(_)
        | Move::DeclineAmendment(_)
        | Move::Suspend(_)
        | Move::ReportMended(_)
        | Move::Resume(_)
        | Move::Consult(_)
        | Move::AnswerConsultation(_)
        | Move::Terminate(_)
        | Move::Change(_)
        | Move::ProposeSettlement(_)
        | Move::AcceptSettlement(_)
        | Move::Mediate(_)
        | Move::Refer(_)
        | Move::Decide(_)
        | Move::MoveDeadline(_)
        | Move::WithdrawDispute(_)
        | Move::Lapse(_) => true,
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;

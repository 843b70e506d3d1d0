//! The version that a reader must know to read a fact whole. A fact that contains nothing new is written with the
//! first version, so that every reader goes on reading it.

use chengji_log::v1;
use chengji_log::v1::body::Fact;
use chengji_log::v1::duty::Duty;
use chengji_log::v1::limit::Limit;
use chengji_log::v1::r#move::Move;
use chengji_log::v1::proposed::Act;

/// The version of the facts that every reader knows.
const FIRST_FACTS: u32 = 1;

/// The version of the facts after Order 809: further moves and texts of requests, dues, incidents and findings, the
/// following-up of changes to entries, internal consent and stand-ins.
const FACTS_AFTER_ORDER_809: u32 = 2;

/// The version of the facts with disputes that are taken back, and the disposal of data after a grant has lapsed; with
/// the use of granted data, terms of grants about the ranges of its use, and rules for automatic grants; with
/// subscriptions to notifications, corrections and demands.
const FACTS_WITH_RULES: u32 = 3;
/// Returns the version for the envelope of a fact.
pub(super) fn min_reader(fact: &Fact) -> u32 {
    match (is_with_rules(fact), is_after_order_809(fact)) {
        (true, _) => FACTS_WITH_RULES,
        (false, true) => FACTS_AFTER_ORDER_809,
        (false, false) => FIRST_FACTS,
    }
}

/// Returns true for a fact that readers know since [`FACTS_WITH_RULES`].
fn is_with_rules(fact: &Fact) -> bool {
    match fact {
        Fact::UsageRecorded(_)
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
        Fact::RequestMoved(f) => is_of_use_or_end(f.r#move.as_ref()),
        Fact::RequestOpened(f) => is_end(move_of(f.step.as_ref())),
        Fact::RequestOrdered(f) => is_of_use_or_end(move_of(f.step.as_ref())),
        Fact::MoveRefused(f) => is_of_use_or_end(move_of(f.step.as_ref())),
        Fact::Proposed(f) => match f.act.as_ref() {
            Some(Act::Move(proposed)) => has_newer_terms(proposed.r#move.as_ref()),
            Some(Act::Submission(_)) | None => false,
        },
        _ => false,
    }
}

fn is_of_use_or_end(mv: Option<&v1::Move>) -> bool {
    has_newer_terms(mv) || is_end(mv)
}

/// Returns true for a move that takes a dispute back, or that notes the lapse of a grant.
fn is_end(mv: Option<&v1::Move>) -> bool {
    let mv = mv.and_then(|mv| mv.r#move.as_ref());
    matches!(mv, Some(Move::WithdrawDispute(_) | Move::Lapse(_)))
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

fn move_of(step: Option<&v1::Step>) -> Option<&v1::Move> {
    step.and_then(|step| step.r#move.as_ref())
}

/// Returns true for a move whose grant limits the range in which the data is seen or used, or asks for usage records at
/// another interval than a year.
fn has_newer_terms(mv: Option<&v1::Move>) -> bool {
    let grant = match mv.and_then(|mv| mv.r#move.as_ref()) {
        Some(Move::Grant(grant) | Move::Amend(grant) | Move::Change(grant)) => Some(grant),
        Some(Move::Consult(consult)) => consult.change.as_ref(),
        Some(Move::ProposeSettlement(proposal)) => proposal.grant.as_ref(),
        _ => None,
    };
    let terms = grant.and_then(|grant| grant.terms.as_ref());
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
mod tests {
    use super::*;

    fn moved(mv: Move) -> Fact {
        let r#move = Some(v1::Move { r#move: Some(mv) });
        Fact::RequestMoved(v1::RequestMoved {
            r#move,
            ..v1::RequestMoved::default()
        })
    }

    fn ordered(step: v1::Step) -> Fact {
        Fact::RequestOrdered(v1::RequestOrdered {
            step: Some(step),
            ..v1::RequestOrdered::default()
        })
    }

    fn granted_roles(roles: &[v1::Role]) -> Fact {
        Fact::AccessGranted(v1::AccessGranted {
            roles: roles.iter().copied().map(i32::from).collect(),
            ..v1::AccessGranted::default()
        })
    }

    #[test]
    fn a_fact_as_it_always_was_is_read_by_every_reader() {
        let dispute = || {
            Some(v1::Move {
                r#move: Some(Move::Dispute(v1::Dispute::default())),
            })
        };
        for fact in [
            Fact::Unmounted(v1::Unmounted::default()),
            Fact::Requested(v1::Requested {
                submission: Some(v1::Submission::default()),
                ..v1::Requested::default()
            }),
            moved(Move::Grant(v1::Grant::default())),
            moved(Move::Close(v1::Close::default())),
            ordered(v1::Step {
                party: v1::Party::Consumer.into(),
                r#move: dispute(),
                ..v1::Step::default()
            }),
            Fact::Reminded(v1::Reminded {
                act: v1::DueAct::Answer.into(),
                ..v1::Reminded::default()
            }),
            Fact::Stopped(v1::Stopped {
                cause: v1::StopCause::Suspended.into(),
                ..v1::Stopped::default()
            }),
            granted_roles(&[v1::Role::Approver, v1::Role::Administrator]),
        ] {
            assert_eq!(min_reader(&fact), FIRST_FACTS, "{fact:?}");
        }
    }

    #[test]
    fn a_fact_with_something_new_waits_for_a_reader_that_knows_it() {
        let text = || "x".to_owned();
        for fact in [
            Fact::Requested(v1::Requested {
                submission: Some(v1::Submission {
                    scenario: text(),
                    ..v1::Submission::default()
                }),
                ..v1::Requested::default()
            }),
            moved(Move::Offer(v1::Offer::default())),
            moved(Move::Grant(v1::Grant {
                disposal: text(),
                ..v1::Grant::default()
            })),
            moved(Move::Close(v1::Close {
                cause: v1::CloseCause::PurposeMet.into(),
                ..v1::Close::default()
            })),
            ordered(v1::Step {
                due: "2026-12-07".to_owned(),
                ..v1::Step::default()
            }),
            ordered(v1::Step {
                party: v1::Party::Provider.into(),
                r#move: Some(v1::Move {
                    r#move: Some(Move::Dispute(v1::Dispute::default())),
                }),
                ..v1::Step::default()
            }),
            Fact::Reminded(v1::Reminded {
                act: v1::DueAct::Offer.into(),
                ..v1::Reminded::default()
            }),
            Fact::Stopped(v1::Stopped {
                cause: v1::StopCause::Incident.into(),
                ..v1::Stopped::default()
            }),
            granted_roles(&[v1::Role::Approver, v1::Role::Authority]),
            granted_roles(&[v1::Role::Consenter]),
            Fact::Proposed(v1::Proposed::default()),
            Fact::Delegated(v1::Delegated::default()),
            Fact::FindingEntered(v1::FindingEntered::default()),
        ] {
            assert_eq!(min_reader(&fact), FACTS_AFTER_ORDER_809, "{fact:?}");
        }
        for mv in [
            Move::WithdrawDispute(v1::WithdrawDispute::default()),
            Move::Lapse(v1::Lapse::default()),
        ] {
            let step = v1::Step {
                r#move: Some(v1::Move {
                    r#move: Some(mv.clone()),
                }),
                ..v1::Step::default()
            };
            assert_eq!(min_reader(&moved(mv)), FACTS_WITH_RULES);
            assert_eq!(min_reader(&ordered(step)), FACTS_WITH_RULES);
        }
        assert_eq!(FACTS_WITH_RULES, chengji_log::READER);
    }

    #[test]
    fn a_newer_fact_waits_for_a_reader_that_knows_it() {
        let grant = || v1::Grant {
            terms: Some(v1::GrantTerms {
                limits: vec![v1::Limit {
                    limit: Some(Limit::UsableRange("本市".to_owned())),
                }],
                ..v1::GrantTerms::default()
            }),
            ..v1::Grant::default()
        };
        let mv = || v1::Move {
            r#move: Some(Move::Grant(grant())),
        };
        let proposed = v1::ProposedMove {
            r#move: Some(mv()),
            ..v1::ProposedMove::default()
        };
        for fact in [
            Fact::UseVouched(v1::UseVouched::default()),
            Fact::UsageRecorded(v1::UsageRecorded::default()),
            Fact::GrantRuleSet(v1::GrantRuleSet::default()),
            Fact::Subscribed(v1::Subscribed::default()),
            Fact::SubscriptionEnded(v1::SubscriptionEnded::default()),
            Fact::MatterFiled(v1::MatterFiled::default()),
            Fact::RowsAttached(v1::RowsAttached::default()),
            Fact::CorrectionTold(v1::CorrectionTold::default()),
            moved(Move::Grant(grant())),
            moved(Move::Consult(v1::Consult {
                change: Some(grant()),
                ..v1::Consult::default()
            })),
            ordered(v1::Step {
                r#move: Some(mv()),
                ..v1::Step::default()
            }),
            Fact::Proposed(v1::Proposed {
                act: Some(Act::Move(proposed)),
                ..v1::Proposed::default()
            }),
        ] {
            assert_eq!(min_reader(&fact), FACTS_WITH_RULES, "{fact:?}");
        }
    }
}

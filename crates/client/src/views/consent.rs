//! Proposals, standing consents and delegations.

use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::problem_message;
use chengji_proto::v1;
use chengji_proto::v1::body::Fact;
use chengji_proto::v1::proposal_ended::How;
use chengji_proto::v1::proposed::Act;

use super::access::roles;
use super::actor::actor;
use super::grant_terms;
use super::moves::{grant_of, mv, to_decide};
use super::request::wanted;
use crate::cells;
use crate::fields::Fields;
use crate::output::{Cell, Column, Format, Table};
use crate::row;

/// Proposals, one a line.
pub fn proposals(list: &v1::ListProposalsResponse) -> Table {
    let mut table = Table::new(&columns());
    for proposal in &list.proposals {
        let proposed = proposal.proposed.as_ref();
        table.row(cells_of(proposal, proposed.map(act_to_decide)));
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// One proposal, with each term of a grant in it.
pub fn proposal(proposal: &v1::Proposal, format: Format) -> Table {
    let proposed = proposal.proposed.as_ref();
    let made = proposed.map(act);
    let mut fields = Fields::new();
    for (column, cell) in columns().into_iter().zip(cells_of(proposal, made)) {
        fields.column(column, cell);
    }
    match proposed.and_then(|proposed| proposed.act.as_ref()) {
        Some(Act::Submission(submission)) => wanted::add(&mut fields, submission),
        Some(Act::Move(proposed)) => {
            if let Some(grant) = proposed.r#move.as_ref().and_then(grant_of) {
                grant_terms::add(&mut fields, grant, format);
            }
        }
        Some(Act::ReturnFlow(_)) | None => {}
    }
    fields.into()
}

fn columns() -> [Column; 7] {
    [
        Column::left("id", msg::ColumnProposal),
        Column::left("at", msg::ColumnAt),
        Column::left("act", msg::ColumnProposedAct),
        Column::left("proposed_by", msg::ColumnProposedBy),
        Column::left("consent_of", msg::ColumnConsentOf),
        Column::left("department", msg::ColumnDepartment),
        Column::left("end", msg::ColumnEnd),
    ]
}

fn cells_of(proposal: &v1::Proposal, made: Option<Message>) -> [Cell; 7] {
    let proposed = proposal.proposed.as_ref();
    let by = proposed.and_then(|proposed| proposed.actor.as_ref());
    let how = proposal.ended.as_ref().and_then(|ended| ended.how.as_ref());
    row![
        proposal.id.clone(),
        time(proposal.at.as_ref()),
        made,
        by.map(actor),
        roles(&[proposal.consent_of]),
        proposal.department.clone(),
        how.map(how_text),
    ]
}

fn no_text() -> Message {
    msg::Text { text: "" }.into()
}

/// An act in one line for people who decide about it: with the terms of a grant in it.
fn act_to_decide(proposed: &v1::Proposed) -> Message {
    match &proposed.act {
        Some(Act::Move(proposed)) => msg::ProposedMove {
            request: &proposed.request,
            step: to_decide(proposed.r#move.as_ref()),
        }
        .into(),
        Some(Act::Submission(_) | Act::ReturnFlow(_)) | None => act(proposed),
    }
}

fn act(proposed: &v1::Proposed) -> Message {
    match &proposed.act {
        Some(Act::Submission(submission)) => msg::ProposedSubmission {
            code: &submission.code,
            provider: &submission.provider,
        }
        .into(),
        Some(Act::Move(proposed)) => msg::ProposedMove {
            request: &proposed.request,
            step: mv(proposed.r#move.as_ref()),
        }
        .into(),
        Some(Act::ReturnFlow(act)) => super::return_flow::act(act),
        None => no_text(),
    }
}

fn how_text(how: &How) -> Message {
    let with_reason =
        |how: Message, reason: Value| msg::ProposalHowWithReason { how, reason }.into();
    match how {
        How::Consented(_) => msg::ProposalConsented.into(),
        How::Declined(reason) => {
            with_reason(msg::ProposalDeclined.into(), Value::from(reason.as_str()))
        }
        How::TakenBack(_) => msg::ProposalTakenBack.into(),
        How::Overtaken(problem) => {
            let reason = problem_message(Some(problem)).into();
            with_reason(msg::ProposalOvertaken.into(), reason)
        }
    }
}

/// Standing consents, one a line.
pub fn standing_consents(list: &v1::ListStandingResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("code", msg::ColumnCode),
        Column::left("until", msg::ColumnUntil),
        Column::left("consent", msg::ColumnByPrincipal),
        Column::left("at", msg::ColumnAt),
        Column::left("in_force", msg::ColumnInForce),
    ]);
    for consent in &list.consents {
        table.row(row![
            consent.code.clone(),
            time(consent.until.as_ref()),
            consent.actor.as_ref().map(actor),
            time(consent.at.as_ref()),
            consent.in_force.then(|| Cell::label("yes", msg::Yes)),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// One standing consent.
pub fn standing_consent(consent: &v1::StandingConsentState) -> Table {
    standing_consents(&v1::ListStandingResponse {
        consents: vec![consent.clone()],
        next_cursor: String::new(),
    })
}

/// Delegations, one a line.
pub fn delegations(list: &v1::ListDelegationsResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("id", msg::ColumnDelegation),
        Column::left("from", msg::ColumnFromPerson),
        Column::left("to", msg::ColumnToPerson),
        Column::left("roles", msg::ColumnRoles),
        Column::left("until", msg::ColumnUntil),
        Column::left("reason", msg::ColumnReason),
        Column::left("in_force", msg::ColumnInForce),
    ]);
    for delegation in &list.delegations {
        table.row(row![
            delegation.id.clone(),
            delegation.from.clone(),
            delegation.to.clone(),
            roles(&delegation.roles),
            time(delegation.until.as_ref()),
            delegation.reason.clone(),
            delegation.in_force.then(|| Cell::label("yes", msg::Yes)),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// One delegation.
pub fn delegation(delegation: &v1::Delegation) -> Table {
    delegations(&v1::ListDelegationsResponse {
        delegations: vec![delegation.clone()],
        next_cursor: String::new(),
    })
}

/// Facts about consent and delegations.
pub(super) fn fact(fact: &Fact) -> Message {
    let named = |by: Option<&v1::Actor>| by.map_or_else(no_text, actor);
    match fact {
        Fact::Proposed(f) => msg::FactProposed {
            act: act(f),
            actor: named(f.actor.as_ref()),
        }
        .into(),
        Fact::ProposalEnded(f) => msg::FactProposalEnded {
            actor: named(f.by.as_ref()),
            how: f.how.as_ref().map_or_else(no_text, how_text),
            proposal: &f.proposal,
        }
        .into(),
        Fact::StandingConsent(f) => msg::FactStandingConsent {
            actor: named(f.actor.as_ref()),
            code: &f.code,
            until: time(f.until.as_ref()),
        }
        .into(),
        Fact::StandingConsentEnded(f) => {
            let (code, reason) = (&f.code, &f.reason);
            msg::FactStandingConsentEnded { code, reason }.into()
        }
        Fact::Delegated(f) => msg::FactDelegated {
            from: Value::principal(&f.from),
            reason: &f.reason,
            roles: roles(&f.roles).shown(),
            to: Value::principal(&f.to),
            until: time(f.until.as_ref()),
        }
        .into(),
        Fact::DelegationEnded(f) => {
            let (delegation, reason) = (&f.delegation, &f.reason);
            msg::FactDelegationEnded { delegation, reason }.into()
        }
        _ => no_text(),
    }
}

fn time(at: Option<&prost_types::Timestamp>) -> String {
    at.map(cells::time).unwrap_or_default()
}

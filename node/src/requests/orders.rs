//! Moves made of what people ask for. What they leave out comes from the request, its grant, or what is open in it.

use chengji_domain::calendar::{CityRules, Rule, local_date};
use chengji_domain::request::terms::{GrantTerms, Scope};
use chengji_domain::request::{
    Amendment, Grant, MAX_PERIOD_DAYS, Move, Request, RequestId, RequestRecord,
};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use chengji_proto::convert::{
    AmendOrder, ConsultOrder, GrantChange, SettlementOrder, terms_of_use_from,
};
use chengji_proto::v1;
use chengji_runtime::CurrentRules;
use jiff::Timestamp;

use super::follow::days_after;

/// Grants this part of the resource under a request; words and period are the requested ones where none are given.
pub(super) fn grant(
    record: &RequestRecord,
    asked: v1::GrantRequest,
    part: Scope,
    now: Timestamp,
) -> Result<Move> {
    let submission = &record.history.submission;
    let days = match asked.period_days {
        0 => submission.period_days,
        days => days,
    };
    let scope = match asked.scope.is_empty() {
        true => submission.scope.clone(),
        false => asked.scope,
    };
    let (limits, duties) = terms_of_use_from(asked.terms.as_ref())?;
    Ok(Move::Grant(Grant {
        scope,
        conditions: asked.conditions,
        terms: GrantTerms {
            scope: part,
            limits: Box::new(limits),
            duties,
            until: end_of(days, now)?,
        },
        automatic: false,
        return_flow: None,
        disposal: asked.disposal,
    }))
}

/// Extends the deadline to answer by so many working days.
pub(super) fn extension(
    record: &RequestRecord,
    rules: &CurrentRules,
    asked: v1::ExtendRequest,
) -> Result<Move> {
    let state = record.effective().state();
    let old = state
        .ok()
        .and_then(|request| request.deadline())
        .ok_or_else(|| {
            let request = record.history.id;
            out_of_turn(msg::NoDeadlineToExtend { request })
        })?;
    let rules = rules.of(record.history.provider());
    let most = rules.days(Rule::ExtensionAtMost, old.date);
    if !(1..=most).contains(&asked.working_days) {
        let message = msg::ExtensionOutOfRange { most };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    Ok(Move::Extend {
        reason: asked.reason,
        deadline: rules.calendar().extended(old, asked.working_days),
    })
}

/// Grants the open amendment, with what the provider changes of it, for this part of the resource if given.
pub(super) fn amendment(
    record: &RequestRecord,
    asked: AmendOrder,
    part: Option<Scope>,
    now: Timestamp,
) -> Result<Move> {
    let (_, request) = record.folded()?;
    let id = record.history.id;
    let open = open_amendment(id, &request)?;
    let mut wanted = present(record, &request)?.clone();
    if !open.scope.is_empty() {
        wanted.scope.clone_from(&open.scope);
    }
    if open.period_days > 0 {
        wanted.terms.until = days_after(wanted.terms.until, open.period_days);
    }
    Ok(Move::Amend {
        grant: changed(wanted, asked.grant, part, now)?,
        asked_at: Some(open.asked_at),
    })
}

/// Declines the open amendment.
pub(super) fn declined(record: &RequestRecord, mv: Move) -> Result<Move> {
    let (_, request) = record.folded()?;
    let open = open_amendment(record.history.id, &request)?.asked_at;
    Ok(match mv {
        Move::DeclineAmendment {
            reason,
            legal_basis,
            ..
        } => Move::DeclineAmendment {
            reason,
            legal_basis,
            asked_at: Some(open),
        },
        other => other,
    })
}

/// The amendment that waits for its answer.
fn open_amendment(id: RequestId, request: &Request) -> Result<&Amendment> {
    let open = request.amendment().filter(|open| !open.is_declined);
    open.ok_or_else(|| out_of_turn(msg::NoAmendmentToAnswer { request: id }))
}

/// Begins a consultation about the end of a share, or about a change of its grant, to this part of the resource if
/// given. If the entry is the reason, the withdrawal notice of the city's rules begins now.
pub(super) fn consultation(
    record: &RequestRecord,
    rules: &CityRules,
    (asked, part): (ConsultOrder, Option<Scope>),
    now: Timestamp,
) -> Result<Move> {
    let (_, request) = record.folded()?;
    let change = |change| {
        let grant = present(record, &request)?.clone();
        changed(grant, change, part, now).map(Box::new)
    };
    Ok(Move::Consult {
        reason: asked.reason,
        legal_basis: asked.legal_basis,
        change: asked.change.map(change).transpose()?,
        not_before: (asked.of_entry)
            .then(|| rules.supply_ends_from(local_date(now)))
            .flatten(),
    })
}

/// Puts the consulted change into effect.
pub(super) fn change(record: &RequestRecord) -> Result<Move> {
    let (_, request) = record.folded()?;
    let consulted = request.consultation();
    let change = consulted.and_then(|consulted| consulted.change.clone());
    let change = change.ok_or_else(|| {
        let request = record.history.id;
        out_of_turn(msg::NoChangeConsulted { request })
    })?;
    Ok(Move::Change(*change))
}

/// Proposes a settlement. A grant begins with the present or former one, or else with what was requested, of what is
/// usually granted; it is for this part of the resource if given.
pub(super) fn settlement(
    record: &RequestRecord,
    asked: SettlementOrder,
    (part, usual): (Option<Scope>, impl FnOnce() -> Result<Scope>),
    now: Timestamp,
) -> Result<Move> {
    let (_, request) = record.folded()?;
    let grant = |change| {
        let grant = match (request.grant(), &part) {
            (Some(grant), _) => grant.clone(),
            (None, Some(part)) => requested(record, part.clone(), now)?,
            (None, None) => requested(record, usual()?, now)?,
        };
        changed(grant, change, part, now).map(Box::new)
    };
    Ok(Move::ProposeSettlement {
        text: asked.text,
        grant: asked.grant.map(grant).transpose()?,
    })
}

/// Refuses a time to mend that is longer than the rules of the consumer allow.
pub(super) fn check_mending(rules: &CityRules, mv: &Move, now: Timestamp) -> Result<()> {
    let Move::Suspend { mend_by, .. } = mv else {
        return Ok(());
    };
    let today = local_date(now);
    let most = rules.days(Rule::MendingAtMost, today);
    let last = rules.calendar().after(today, most);
    if mend_by.date <= last.date {
        return Ok(());
    }
    let last = last.label();
    let message = msg::MendingOutOfRange { last, most };
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

/// The grant that a change begins with.
fn present<'r>(record: &RequestRecord, request: &'r Request) -> Result<&'r Grant> {
    request.grant().ok_or_else(|| {
        let request = record.history.id;
        out_of_turn(msg::NoGrantToChange { request })
    })
}

/// A grant of this part of what was requested.
fn requested(record: &RequestRecord, part: Scope, now: Timestamp) -> Result<Grant> {
    let submission = &record.history.submission;
    Ok(Grant {
        scope: submission.scope.clone(),
        conditions: String::new(),
        terms: GrantTerms {
            scope: part,
            ..GrantTerms::file(end_of(submission.period_days, now)?)
        },
        automatic: false,
        return_flow: None,
        disposal: String::new(),
    })
}

/// The grant with what is given in place of its own. A person makes it, whoever made the one before.
fn changed(
    grant: Grant,
    change: GrantChange,
    part: Option<Scope>,
    now: Timestamp,
) -> Result<Grant> {
    let mut terms = grant.terms;
    if let Some(part) = part {
        terms.scope = part;
    }
    if let Some(days) = change.period_days {
        terms.until = end_of(days, now)?;
    }
    Ok(Grant {
        scope: change.scope.unwrap_or(grant.scope),
        conditions: change.conditions.unwrap_or(grant.conditions),
        terms,
        automatic: false,
        return_flow: grant.return_flow,
        disposal: change.disposal.unwrap_or(grant.disposal),
    })
}

/// The end of a grant for so many days.
fn end_of(days: u32, now: Timestamp) -> Result<Timestamp> {
    if (1..=MAX_PERIOD_DAYS).contains(&days) {
        return Ok(days_after(now, days));
    }
    let message = msg::GrantDaysOutOfRange {
        days,
        most: MAX_PERIOD_DAYS,
    };
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

fn out_of_turn(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::OutOfTurn, message)
}

#[cfg(test)]
#[path = "orders_tests.rs"]
mod tests;

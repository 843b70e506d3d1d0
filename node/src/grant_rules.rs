//! Rules by which requests for conditional entries are granted automatically, and their service.

pub(crate) mod records;

use std::collections::BTreeSet;

use chengji_domain::access::Role;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::fact::CityFact;
use chengji_domain::grant_rule::{GrantRule, GrantRuleFact, RecordedRule};
use chengji_domain::request::{Actor, RequestRecord};
use chengji_domain::{Error, ErrorCode, Field, ResourceCode, Result, TextRule, Uscc};
use chengji_follow::next_time;
use chengji_messages::{Language, Message, msg};
use chengji_paging::Pager;
use chengji_proto::convert::{EntryOrder, GrantRuleOrder, GrantRuleView, grant_rule_state_to};
use chengji_proto::service::{GrantRuleService, Page};
use chengji_proto::v1;
use chengji_store::{Limit, Tx, View};
use chengji_transport::Permit;
use jiff::Timestamp;

use self::records::RULES;
use crate::caller::Caller;
use crate::catalogue::entries;
use crate::consent::standing;
use crate::own_log::OwnLog;
use crate::restored;

/// Maximum number of rules that a job ends after a restore.
const ENDED_AT_ONCE: usize = 100;

/// The actor of an automatic grant of a conditional entry, with the standing consent to it; `None` where no rule in
/// force permits the request.
pub(crate) fn machine(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    request: &RequestRecord,
    at: Timestamp,
) -> Result<Option<Actor>> {
    let submission = &request.history.submission;
    let code = &submission.resource.code;
    let rule = RULES.get(view, code)?;
    match rule.filter(|known| known.rule.permits(submission)) {
        None => Ok(None),
        Some(known) => in_force(own, view, (code, at), &known),
    }
}

/// The actor of grants by a rule; `None` unless the rule is of the published revision, and a standing consent that
/// another person gave after it is in force.
fn in_force(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    (code, at): (&ResourceCode, Timestamp),
    known: &RecordedRule,
) -> Result<Option<Actor>> {
    let entry = entries::find(view, code)?.filter(|record| record.withdrawn.is_none());
    let is_current = entry.is_some_and(|record| {
        let is_conditional = record.entry.share_class() == ShareClass::Conditional;
        is_conditional && record.revision == known.revision
    });
    if !is_current {
        return Ok(None);
    }
    let given = standing::in_force(own, view, (code, at))?;
    let given = given.filter(|given| known.is_consented_by(given));
    Ok(given.map(|given| standing::actor(own, &given)))
}

/// Sets the rule of an entry. Errors: `NOT_FOUND` for an entry that is not published; `DENIED` for one of a department
/// that the caller does not act for; `INVALID_ARGUMENT` for the rule, and for an entry that is not conditional;
/// `UNAVAILABLE` as of [`restored::check_reading`].
fn set(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (caller, at): (&Caller, Timestamp),
    (code, rule): (ResourceCode, GrantRule),
) -> Result<GrantRuleView> {
    rule.check()?;
    restored::check_reading(&own.ledger)?;
    let at = next_time(tx, at)?;
    let record = entries::existing(tx, &code)?;
    let department = Some(record.entry.provider_code);
    let actor = caller.actor(Role::Approver, department, at)?;
    if record.entry.share_class() != ShareClass::Conditional {
        let message = msg::GrantRuleNotConditional { code };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    let revision = record.revision;
    let fact = GrantRuleFact::Set {
        code: code.clone(),
        revision,
        rule: rule.clone(),
        actor: actor.clone(),
    };
    append(own, tx, at, fact)?;
    let recorded = RecordedRule {
        rule,
        revision,
        actor,
        at,
    };
    RULES.put(tx, &code, &recorded)?;
    Ok(GrantRuleView {
        code,
        recorded,
        in_force: false,
    })
}

/// Ends the rule of an entry. Errors: as of [`set`], and `NOT_FOUND` where there is none.
fn end(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (caller, at): (&Caller, Timestamp),
    order: EntryOrder,
) -> Result<GrantRuleView> {
    let EntryOrder { code, reason } = order;
    TextRule::REASON.check(Field::Reason, &reason)?;
    let at = next_time(tx, at)?;
    let recorded = RULES.get(tx, &code)?.ok_or_else(|| {
        let code = &code;
        Error::new(ErrorCode::NotFound, msg::GrantRuleNotFound { code })
    })?;
    let department = entries::find(tx, &code)?.map(|record| record.entry.provider_code);
    let role = match caller.rights.acts_for(Role::Approver, department, at) {
        Some(_) => Role::Approver,
        None => Role::Consenter,
    };
    let actor = caller.actor(role, department, at)?;
    let fact = GrantRuleFact::Ended {
        code: code.clone(),
        reason,
        actor,
    };
    append(own, tx, at, fact)?;
    RULES.delete(tx, &code)?;
    Ok(GrantRuleView {
        code,
        recorded,
        in_force: false,
    })
}

/// Ends the next rules that a restore from a backup brought back, and returns their number: people may have ended them
/// since the backup, which no other log shows.
pub(crate) fn end_restored(own: &OwnLog, tx: &mut Tx<'_>, at: Timestamp) -> Result<usize> {
    let next = RULES.all().page(tx, Limit::rows(ENDED_AT_ONCE))?.rows;
    for (code, _) in &next {
        let fact = GrantRuleFact::Ended {
            code: code.clone(),
            reason: Message::from(msg::EndedByRestore).render(Language::Chinese),
            actor: own.node().into(),
        };
        append(own, tx, at, fact)?;
        RULES.delete(tx, code)?;
    }
    Ok(next.len())
}

fn append(own: &OwnLog, tx: &mut Tx<'_>, at: Timestamp, fact: GrantRuleFact) -> Result<()> {
    let principal = fact.actor().principal.clone();
    let fact = CityFact::GrantRule(Box::new(fact));
    own.append(tx, &principal, at, fact).map(drop)
}

/// A page of the rules, by code: those of the entries of these departments, or all.
fn page(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    asked: &v1::ListGrantRulesRequest,
    (departments, now): (Option<&BTreeSet<Uscc>>, Timestamp),
) -> Result<Page<v1::GrantRuleState>> {
    let pager = Pager::<ResourceCode>::of(asked)?;
    let rows = RULES.range(pager.bounds()).rows(view, pager.at_once());
    pager.fill(rows, |code, recorded| {
        if !entries::is_of(view, code, departments)? {
            return Ok(None);
        }
        let in_force = in_force(own, view, (code, now), &recorded)?.is_some();
        Ok(Some(grant_rule_state_to(&GrantRuleView {
            code: code.clone(),
            recorded,
            in_force,
        })))
    })
}

/// Serves [`GrantRuleService`].
#[derive(Clone)]
pub(crate) struct NodeGrantRuleService {
    /// The city's log.
    pub(crate) own: OwnLog,
}

impl NodeGrantRuleService {
    pub(crate) async fn set_as(
        &self,
        caller: Caller,
        order: GrantRuleOrder,
    ) -> Result<GrantRuleView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let GrantRuleOrder { code, rule } = order;
        let job = move |tx: &mut Tx<'_>| set(&own, tx, (&caller, at), (code, rule));
        self.own.ledger.write(job).await
    }

    pub(crate) async fn end_as(&self, caller: Caller, order: EntryOrder) -> Result<GrantRuleView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let job = move |tx: &mut Tx<'_>| end(&own, tx, (&caller, at), order);
        self.own.ledger.write(job).await
    }

    pub(crate) fn page(
        &self,
        caller: &Caller,
        asked: &v1::ListGrantRulesRequest,
    ) -> Result<Page<v1::GrantRuleState>> {
        let (kv, now) = (self.own.ledger.kv().as_ref(), self.own.now());
        let departments = caller.rights.departments(now);
        page(&self.own, kv, asked, (departments.as_ref(), now))
    }
}

impl GrantRuleService<Permit> for NodeGrantRuleService {
    async fn set(&self, permit: Permit, order: GrantRuleOrder) -> Result<GrantRuleView> {
        self.set_as(Caller::of(&permit), order).await
    }

    async fn end(&self, permit: Permit, order: EntryOrder) -> Result<GrantRuleView> {
        self.end_as(Caller::of(&permit), order).await
    }

    async fn list(
        &self,
        permit: Permit,
        asked: v1::ListGrantRulesRequest,
    ) -> Result<Page<v1::GrantRuleState>> {
        self.page(&Caller::of(&permit), &asked)
    }
}

#[cfg(test)]
#[path = "grant_rules_tests.rs"]
mod tests;

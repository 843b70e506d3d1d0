//! Automatic grants: under return flows, for unconditional entries, and for conditional ones by their rule.

use chengji_access::roster;
use chengji_domain::calendar::local_date;
use chengji_domain::catalogue::{Entry, ShareClass};
use chengji_domain::quoted::OneLine;
use chengji_domain::request::terms::{GrantTerms, Scope};
use chengji_domain::request::{Grant, Move, OPTIONAL, REQUIRED, RequestRecord, Submission};
use chengji_domain::return_flow::RecordedFlow;
use chengji_domain::{CityCode, Fault, Result};
use chengji_follow::return_flow_table;
use chengji_store::Tx;
use jiff::Timestamp;

use super::super::records;
use super::{CoordinatorLog, days_after};
use crate::catalogue::{entries, granting, lifecycles};
use crate::consent::standing;
use crate::grant_rules;
use crate::restored;
use crate::return_flows::records as return_flows;

impl CoordinatorLog {
    /// Grants a request automatically: under a return flow to the consumer, for an unconditional resource, or by the
    /// rule for a conditional one. The present catalogue decides, not that of the time when the request was routed,
    /// unless the share class has changed since. A grant would delay a withdrawal that was requested, so that people
    /// decide about it. Of a mounted table the default scope of the entry is granted, or all as it was mounted; people
    /// grant a part that is asked for and not known to be within the default scope, and cut tables under return flows,
    /// whose rows are in words: a default scope is the same for all divisions. While a log is read anew, no grant is made
    /// by a rule or under a return flow, since people may have answered the request or ended either. Nor is one made after
    /// a restore from a backup, until the node has read the coordinator's log to its end and ended the rules and consents
    /// that the backup brought back.
    pub(super) fn grant_by_machine(
        &self,
        tx: &mut Tx<'_>,
        record: &RequestRecord,
        (routed, is_replayed): (ShareClass, bool),
    ) -> Result<()> {
        let (own, at) = (&self.own, self.own.now());
        let resource = &record.history.submission.resource;
        let entry = entries::find(tx, &resource.code)?;
        let Some(entry) = entry.filter(|record| record.withdrawn.is_none()) else {
            return Ok(());
        };
        if entry.entry.share_class() != routed || !record.pending.is_empty() {
            return Ok(());
        }
        if lifecycles::restricts_shares(tx, &resource.code)? {
            return Ok(());
        }
        // Another city's log may contain a request that admission would refuse; people decide about that.
        if !record.history.submission.is_deliverable() {
            return Ok(());
        }
        let is_required = self.machine_grants.standing_required;
        let is_past = is_replayed || restored::lacks_reading(&own.ledger)?;
        let parties = (own.city, record.history.consumer());
        let flow = match is_past {
            true => None,
            false => return_flow_table::serving(tx, parties, &resource.code)?,
        };
        let Some(part) = granting::automatic(tx, &record.history.submission)? else {
            return Ok(());
        };
        if flow.is_some() && matches!(part, Scope::Table(_)) {
            return Ok(());
        }
        let actor = match (&flow, routed) {
            (_, ShareClass::NotShared) => None,
            (Some(flow), _) => Some(return_flows::actor(own, &flow.actor)),
            (None, ShareClass::Unconditional) => {
                standing::machine(own, tx, (&resource.code, at), is_required)?
            }
            (None, ShareClass::Conditional) if !is_past => {
                grant_rules::machine(own, tx, record, at)?
            }
            (None, ShareClass::Conditional) => None,
        };
        let Some(actor) = actor else {
            return Ok(());
        };
        if !self.may_grant_by_machine(tx, record.history.consumer(), at)? {
            return Ok(());
        }
        let submission = &record.history.submission;
        let grant = automatic_grant(flow.as_ref(), submission, (&entry.entry, part), at);
        let id = record.history.id;
        let made = records::make_move(own, tx, actor, at, id, Move::Grant(grant));
        // On failure the request stays open, and people can answer it. The move is refused before
        // anything of it is written.
        match made.map(drop) {
            Err(error) if error.code().fault() != Fault::Us => {
                if let Some(left_out) = self.refusals_warned.pass() {
                    let reason = error.to_string();
                    tracing::warn!(request = %id, reason = %OneLine(&reason), left_out, "no automatic grant");
                }
                Ok(())
            }
            made => made,
        }
    }

    /// Returns true if one more automatic grant may be made to a city today. Otherwise the request waits
    /// for people, as a conditional one does.
    fn may_grant_by_machine(
        &self,
        tx: &mut Tx<'_>,
        consumer: CityCode,
        at: Timestamp,
    ) -> Result<bool> {
        if !roster::is_active(tx, consumer)? {
            return Ok(false);
        }
        let most = self.machine_grants.per_day;
        let may = records::count_automatic_grant(tx, consumer, local_date(at), most)?;
        if !may && let Some(left_out) = self.grants_warned.pass() {
            tracing::warn!(%consumer, most, left_out, "no more automatic grants to it today");
        }
        Ok(may)
    }
}

/// An automatic grant of this part of what is mounted. One under a return flow is in words for the rows of the flow, and
/// has no conditions.
fn automatic_grant(
    flow: Option<&RecordedFlow>,
    submission: &Submission,
    (entry, part): (&Entry, Scope),
    at: Timestamp,
) -> Grant {
    let (scope, conditions) = match flow {
        Some(recorded) => (recorded.flow.rows.as_str(), ""),
        None => (granted_scope(submission, entry), entry.share_condition()),
    };
    Grant {
        // Texts of another node, and long ones of an entry, are shortened to the limits of this one.
        scope: REQUIRED.fitted(scope),
        conditions: OPTIONAL.fitted(conditions),
        terms: GrantTerms {
            scope: part,
            ..GrantTerms::file(days_after(at, submission.period_days))
        },
        automatic: true,
        disposal: String::new(),
        return_flow: flow.map(|recorded| recorded.number),
    }
}

/// The scope of an automatic grant. Of an unconditional entry it is the requested one. No machine understands that of a
/// request for a conditional entry, which may ask for any use: it is what the provider lists, the uses, or the
/// condition of an entry from before they were asked for.
fn granted_scope<'t>(submission: &'t Submission, entry: &'t Entry) -> &'t str {
    match (entry.share_class(), entry.share_uses.as_str()) {
        (ShareClass::Unconditional | ShareClass::NotShared, _) => &submission.scope,
        (ShareClass::Conditional, "") => entry.share_condition(),
        (ShareClass::Conditional, uses) => uses,
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;

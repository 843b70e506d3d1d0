//! Automatic grants: of unconditional entries, and of conditional ones by their rule.

use chengji_access::roster;
use chengji_domain::calendar::local_date;
use chengji_domain::catalogue::{Entry, ShareClass};
use chengji_domain::quoted::OneLine;
use chengji_domain::request::terms::GrantTerms;
use chengji_domain::request::{Grant, Move, OPTIONAL, REQUIRED, RequestRecord, Submission};
use chengji_domain::{CityCode, Fault, Result};
use chengji_store::Tx;
use jiff::Timestamp;

use super::super::records;
use super::{CoordinatorLog, days_after};
use crate::catalogue::entries;
use crate::consent::standing;
use crate::grant_rules;

impl CoordinatorLog {
    /// Grants a request at once and automatically: for an unconditional resource, or by the rule of a conditional one.
    /// The present catalogue decides, not that of the time when the request was routed, unless the class was another. A
    /// log that is read anew makes no grant by a rule: people may have answered since. Nor does a node that was
    /// restored from a backup, until it has ended the rules and consents that the backup brought back.
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
        // Another city's log may contain a request that admission would refuse; people decide about that.
        if !record.history.submission.is_deliverable() {
            return Ok(());
        }
        let is_required = self.machine_grants.standing_required;
        let actor = match routed {
            ShareClass::Unconditional => {
                standing::machine(own, tx, (&resource.code, at), is_required)?
            }
            ShareClass::Conditional if !is_replayed => grant_rules::machine(own, tx, record, at)?,
            ShareClass::Conditional | ShareClass::NotShared => None,
        };
        let Some(actor) = actor else {
            return Ok(());
        };
        if !self.may_grant_by_machine(tx, record.history.consumer(), at)? {
            return Ok(());
        }
        let grant = Grant {
            // Texts of another node, and long ones of an entry, are shortened to the limits of this one.
            scope: REQUIRED.fitted(granted_scope(&record.history.submission, &entry.entry)),
            conditions: OPTIONAL.fitted(entry.entry.share_condition()),
            terms: GrantTerms::file(days_after(at, record.history.submission.period_days)),
            automatic: true,
            disposal: String::new(),
        };
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

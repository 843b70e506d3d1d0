//! Standing consents (常设同意): a consenter consents to the automatic grants of an entry until a time. One is void while
//! its giver is no consenter of the entry's department, and ends with a revision that is shared on other terms, or with a
//! default scope that permits more.

use std::collections::BTreeSet;

use chengji_access::records::person;
use chengji_domain::access::Role;
use chengji_domain::catalogue::{Entry, is_shared_alike};
use chengji_domain::fact::CityFact;
use chengji_domain::proposal::{ConsentFact, StandingConsent};
use chengji_domain::request::{Actor, Consent};
use chengji_domain::{
    CityCode, Error, ErrorCode, Field, Principal, ResourceCode, Result, TextRule, Uscc,
};
use chengji_follow::next_time;
use chengji_messages::{Language, Message, msg};
use chengji_paging::Pager;
use chengji_proto::convert::{EntryOrder, StandingOrder, StandingView, standing_to};
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::StoredStandingConsent;
use chengji_store::{Limit, Prefix, Table, Tx, View};
use jiff::Timestamp;

use crate::caller::Caller;
use crate::catalogue::entries;
use crate::grant_rules::records;
use crate::own_log::{OwnLog, append};
use crate::restored;
use crate::succession::records::with_merged;

/// Maximum number of consents that a job ends after a restore.
const ENDED_AT_ONCE: usize = 100;

/// The last standing consent of each entry, unless it was ended.
static CONSENTS: Table<ResourceCode, StoredStandingConsent> =
    Table::new(Prefix::StandingConsent, &[]);

/// The actor of an automatic grant of an entry, with the standing consent to it; `None` where one is required and none
/// is in force.
pub(crate) fn machine(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    (code, at): (&ResourceCode, Timestamp),
    is_required: bool,
) -> Result<Option<Actor>> {
    Ok(match in_force(own, view, (code, at))? {
        Some(given) => Some(actor(own, &given)),
        None => (!is_required).then(|| Actor::from(own.node())),
    })
}

/// The standing consent to the automatic grants of an entry; `None` where none is in force. While the log may lack its
/// end, none is in force.
pub(crate) fn in_force(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    (code, at): (&ResourceCode, Timestamp),
) -> Result<Option<StandingConsent>> {
    let Some(given) = CONSENTS.get(view, code)? else {
        return Ok(None);
    };
    if restored::lacks_reading(&own.ledger)? {
        return Ok(None);
    }
    Ok(is_in_force(view, (code, at), &given)?.then_some(given))
}

/// The actor of an automatic grant with this consent.
pub(crate) fn actor(own: &OwnLog, given: &StandingConsent) -> Actor {
    Actor {
        consent: Some(Consent::given_by(&given.actor, given.at)),
        ..Actor::from(own.node())
    }
}

/// Returns true if a consent to the grants of this entry is in force.
fn is_in_force(
    view: &(impl View + ?Sized),
    (code, at): (&ResourceCode, Timestamp),
    consent: &StandingConsent,
) -> Result<bool> {
    let Some(record) = entries::find(view, code)? else {
        return Ok(false);
    };
    let giver = person(view, consent.giver())?;
    let rights = giver.as_ref().and_then(|giver| giver.current_rights());
    let rights = rights.map(|rights| with_merged(view, rights.clone()));
    Ok(consent.is_in_force(rights.transpose()?.as_ref(), record.entry.provider_code, at))
}

/// Gives one. Errors: `NOT_FOUND` for an entry that is not published; `DENIED` for one of a department that the caller
/// does not act for, and for one whose rule the caller set; `INVALID_ARGUMENT` for a time that is over or more than a
/// year away; `UNAVAILABLE` as of [`restored::check_reading`].
pub(crate) fn give(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (caller, at): (&Caller, Timestamp),
    order: StandingOrder,
) -> Result<StandingView> {
    let StandingOrder { code, until } = order;
    restored::check_reading(&own.ledger)?;
    let at = next_time(tx, at)?;
    let actor = consenter(tx, (caller, at), &code)?;
    records::check_consenter(tx, &code, &actor)?;
    let consent = StandingConsent { until, actor, at };
    consent.check()?;
    let fact = ConsentFact::StandingGiven {
        code: code.clone(),
        until,
        actor: consent.actor.clone(),
    };
    let principal = consent.actor.principal.clone();
    own.append(tx, &principal, at, CityFact::Consent(Box::new(fact)))?;
    CONSENTS.put(tx, &code, &consent)?;
    Ok(StandingView {
        code,
        consent,
        in_force: true,
    })
}

/// Ends the one of an entry. Errors: as of [`give`], and `NOT_FOUND` where there is none.
pub(super) fn end(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (caller, at): (&Caller, Timestamp),
    order: EntryOrder,
) -> Result<StandingView> {
    let EntryOrder { code, reason } = order;
    TextRule::REASON.check(Field::Reason, &reason)?;
    let at = next_time(tx, at)?;
    let actor = consenter(tx, (caller, at), &code)?;
    let consent = CONSENTS.get(tx, &code)?.ok_or_else(|| {
        let code = &code;
        Error::new(ErrorCode::NotFound, msg::StandingConsentNotFound { code })
    })?;
    let principal = actor.principal.clone();
    let fact = ConsentFact::StandingEnded {
        code: code.clone(),
        reason,
        actor,
    };
    own.append(tx, &principal, at, CityFact::Consent(Box::new(fact)))?;
    CONSENTS.delete(tx, &code)?;
    Ok(StandingView {
        code,
        consent,
        in_force: false,
    })
}

/// Ends the one of an entry of which `by` publishes a revision that is shared on other terms.
pub(crate) fn end_by_revision(
    tx: &mut Tx<'_>,
    (city, by, at): (CityCode, &Principal, Timestamp),
    (code, revision): (&ResourceCode, u32),
    (before, after): (&Entry, &Entry),
) -> Result<()> {
    if is_shared_alike(before, after) || CONSENTS.get(tx, code)?.is_none() {
        return Ok(());
    }
    let reason = Message::from(msg::StandingConsentRevised { revision });
    end_for(tx, (city, by, at), code, &reason)
}

/// Ends the one of an entry whose default scope `by` changes so that it permits what it did not.
pub(crate) fn end_by_scope(
    tx: &mut Tx<'_>,
    (city, by, at): (CityCode, &Principal, Timestamp),
    code: &ResourceCode,
) -> Result<()> {
    if CONSENTS.get(tx, code)?.is_none() {
        return Ok(());
    }
    let reason = Message::from(msg::StandingConsentScopeChanged);
    end_for(tx, (city, by, at), code, &reason)
}

/// Ends the next consents that a restore from a backup brought back, and returns their number: people may have ended
/// them since the backup, which no other log shows.
pub(crate) fn end_restored(own: &OwnLog, tx: &mut Tx<'_>, at: Timestamp) -> Result<usize> {
    let (by, reason) = (own.node(), Message::from(msg::EndedByRestore));
    let next = CONSENTS.all().page(tx, Limit::rows(ENDED_AT_ONCE))?.rows;
    for (code, _) in &next {
        end_for(tx, (own.city, &by, at), code, &reason)?;
    }
    Ok(next.len())
}

/// Ends the consent for an entry, for a reason that the node gives.
fn end_for(
    tx: &mut Tx<'_>,
    (city, by, at): (CityCode, &Principal, Timestamp),
    code: &ResourceCode,
    reason: &Message,
) -> Result<()> {
    let fact = ConsentFact::StandingEnded {
        code: code.clone(),
        reason: reason.render(Language::Chinese),
        actor: Actor::from(by.clone()),
    };
    append(tx, city, by, at, CityFact::Consent(Box::new(fact)))?;
    CONSENTS.delete(tx, code).map(drop)
}

/// The caller as the consenter of an entry.
fn consenter(
    view: &(impl View + ?Sized),
    (caller, at): (&Caller, Timestamp),
    code: &ResourceCode,
) -> Result<Actor> {
    let department = entries::existing(view, code)?.entry.provider_code;
    caller.actor(Role::Consenter, Some(department), at)
}

/// A page of them, by code: those of the entries of these departments, or all.
pub(super) fn page(
    view: &(impl View + ?Sized),
    asked: &v1::ListStandingRequest,
    departments: Option<&BTreeSet<Uscc>>,
    now: Timestamp,
) -> Result<Page<v1::StandingConsentState>> {
    let pager = Pager::<ResourceCode>::of(asked)?;
    let rows = CONSENTS.range(pager.bounds()).rows(view, pager.at_once());
    pager.fill(rows, |code, consent| {
        if !entries::is_of(view, code, departments)? {
            return Ok(None);
        }
        Ok(Some(standing_to(&StandingView {
            code: code.clone(),
            in_force: is_in_force(view, (code, now), &consent)?,
            consent,
        })))
    })
}

#[cfg(test)]
#[path = "standing_tests.rs"]
mod tests;

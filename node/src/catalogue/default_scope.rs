//! Setting the default scope of an entry (默认授权范围): the part of the mounted table that grants permit where nothing else
//! is said, and all that automatic grants permit. Standing consents to automatic grants are to what was granted when they
//! were given: one ends with a default scope that permits more.

pub(crate) mod records;

use chengji_domain::access::Role;
use chengji_domain::catalogue::EntryRecord;
use chengji_domain::default_scope::DefaultScope;
use chengji_domain::fact::CityFact;
use chengji_domain::grant_rule::GrantRuleFact;
use chengji_domain::request::Actor;
use chengji_domain::request::terms::{GrantTerms, Scope, TableScope};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_follow::next_time;
use chengji_messages::msg;
use chengji_proto::convert::{DefaultScopeOrder, check_terms_size};
use chengji_store::{Tx, View};
use jiff::Timestamp;

use self::records::DEFAULT_SCOPES;
use super::{Catalogue, entries, granting};
use crate::caller::Caller;
use crate::consent::standing;
use crate::own_log::OwnLog;
use crate::restored;

/// Sets or removes the default scope of an entry, and returns the record of the entry. The source is asked for the
/// columns. Errors: `NOT_FOUND` for an entry that is not published, and where there is none to remove; `DENIED` for one of
/// a department that the caller does not act for; those of [`granting::part`]; `LIMIT_EXCEEDED`; `UNAVAILABLE` as of
/// [`restored::check_reading`].
pub(super) async fn set(
    catalogue: &Catalogue,
    caller: Caller,
    order: DefaultScopeOrder,
) -> Result<EntryRecord> {
    let DefaultScopeOrder { code, part } = order;
    let (own, at) = (catalogue.own.clone(), catalogue.own.now());
    let kv = own.ledger.kv().as_ref();
    approver(kv, (&caller, at), &code)?;
    let part = match part {
        None => None,
        Some(texts) => {
            let sources = catalogue.table_sources.declared();
            Some(granting::part_of_table(sources, kv, &code, texts).await?)
        }
    };
    let job = {
        let own = own.clone();
        move |tx: &mut Tx<'_>| put(&own, tx, (&caller, at), code, part)
    };
    own.ledger.write(job).await
}

/// Records it, unless another table was mounted meanwhile.
fn put(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (caller, at): (&Caller, Timestamp),
    code: ResourceCode,
    part: Option<TableScope>,
) -> Result<EntryRecord> {
    restored::check_reading(&own.ledger)?;
    let at = next_time(tx, at)?;
    let actor = approver(tx, (caller, at), &code)?;
    let before = granting::usual(tx, &code)?;
    let after = match &part {
        Some(part) => Scope::Table(Box::new(part.clone())),
        None => granting::whole(tx, &code)?,
    };
    granting::check(tx, &code, &after)?;
    check_terms_size(&GrantTerms {
        scope: after.clone(),
        ..GrantTerms::file(at)
    })?;
    let is_known = DEFAULT_SCOPES.get(tx, &code)?.is_some();
    if part.is_none() && !is_known {
        let code = &code;
        let message = msg::DefaultScopeNotFound { code };
        return Err(Error::new(ErrorCode::NotFound, message));
    }
    let principal = actor.principal.clone();
    let fact = GrantRuleFact::DefaultScopeChanged {
        code: code.clone(),
        part: part.clone().map(Box::new),
        actor: actor.clone(),
    };
    own.append(tx, &principal, at, CityFact::GrantRule(Box::new(fact)))?;
    if before.is_none_or(|before| !after.is_within(&before)) {
        standing::end_by_scope(tx, (own.city, &principal, at), &code)?;
    }
    match part {
        Some(part) => DEFAULT_SCOPES.put(tx, &code, &DefaultScope { part, actor, at })?,
        None => DEFAULT_SCOPES.delete(tx, &code).map(drop)?,
    }
    entries::existing(tx, &code)
}

/// The caller as who grants the entry.
fn approver(
    view: &(impl View + ?Sized),
    (caller, at): (&Caller, Timestamp),
    code: &ResourceCode,
) -> Result<Actor> {
    let department = entries::existing(view, code)?.entry.provider_code;
    caller.actor(Role::Approver, Some(department), at)
}

#[cfg(test)]
#[path = "default_scope_tests.rs"]
mod tests;

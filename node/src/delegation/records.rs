//! The records of delegations.

use std::cmp::Reverse;

use chengji_access::records::person;
use chengji_domain::access::StandIn;
use chengji_domain::delegation::{Delegated, Delegation, DelegationEnd, DelegationFact};
use chengji_domain::fact::CityFact;
use chengji_domain::request::RequestId;
use chengji_domain::{Error, ErrorCode, Principal, Quoted, Result};
use chengji_follow::next_time;
use chengji_messages::msg;
use chengji_records::StoredDelegation;
use chengji_store::{Index, Limit, Prefix, Table, Tx, View};
use jiff::Timestamp;

use crate::own_log::OwnLog;

/// Maximum number of a person's newest delegations that count for its rights.
const MAX_OF_PERSON: usize = 64;

/// Delegations, newest first.
pub(crate) static DELEGATIONS: Table<Reverse<RequestId>, StoredDelegation> =
    Table::new(Prefix::Delegation, &[&OF_PEOPLE]);

/// Delegations by each of the two people: false for the represented one, true for the one who stands in; newest first.
pub(super) static OF_PEOPLE: Index<(Principal, bool), Reverse<RequestId>, StoredDelegation> =
    Index::new(
        &DELEGATIONS,
        Prefix::DelegationOf,
        "delegations by person",
        |_, delegation| {
            let Delegated { from, to, .. } = &delegation.delegated;
            vec![(from.clone(), false), (to.clone(), true)]
        },
    );

/// The people in whose place this person acts, or did until recently.
pub(crate) fn stand_ins(
    view: &(impl View + ?Sized),
    who: &Principal,
    now: Timestamp,
) -> Result<Vec<StandIn>> {
    let found = OF_PEOPLE.under(&(who.clone(), true));
    let mut stand_ins = Vec::new();
    for (_, delegation) in found.page(view, Limit::rows(MAX_OF_PERSON))?.rows {
        let from = person(view, &delegation.delegated.from)?;
        let rights = from.as_ref().and_then(|person| person.current_rights());
        stand_ins.extend(rights.and_then(|rights| delegation.stand_in(rights, now)));
    }
    Ok(stand_ins)
}

/// Records a delegation that `by` asks for. Errors: `NOT_FOUND` for people without rights here; as of
/// [`Delegated::check`].
pub(super) fn begin(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (by, administers, at): (&Principal, bool, Timestamp),
    delegated: Delegated,
) -> Result<Delegation> {
    let at = next_time(tx, at)?;
    let rights = |who: &Principal| {
        let found = person(tx, who)?;
        let rights = found.as_ref().and_then(|person| person.current_rights());
        let missing = || Error::new(ErrorCode::NotFound, msg::PersonRemoved { who });
        rights.cloned().ok_or_else(missing)
    };
    let (from, to) = (rights(&delegated.from)?, rights(&delegated.to)?);
    delegated.check((by, administers), (&from, &to), at)?;
    let fact = CityFact::Delegation(DelegationFact::Begun(delegated.clone()));
    let position = own.append(tx, by, at, fact)?;
    let delegation = Delegation {
        number: RequestId {
            city: own.city,
            epoch: position.epoch,
            seq: position.seq,
        },
        delegated,
        at,
        by: by.clone(),
        end: None,
    };
    put(tx, &delegation)?;
    Ok(delegation)
}

/// Ends a delegation before its time. Errors: `NOT_FOUND`; `DENIED` unless `by` administers the city's people or is one
/// of the two; `OUT_OF_TURN` where it has ended.
pub(super) fn end(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (by, administers, at): (&Principal, bool, Timestamp),
    (number, reason): (&str, String),
) -> Result<Delegation> {
    let at = next_time(tx, at)?;
    let found = own
        .resolve(number)?
        .map(|id| DELEGATIONS.get(tx, &Reverse(id)));
    let mut delegation = found.transpose()?.flatten().ok_or_else(|| {
        let number = Quoted(number);
        Error::new(ErrorCode::NotFound, msg::DelegationNotFound { number })
    })?;
    let Delegated { from, to, .. } = &delegation.delegated;
    if !administers && by != from && by != to {
        let (of, who) = (from, by);
        let message = msg::DelegationOfAnother { of, who };
        return Err(Error::new(ErrorCode::Denied, message));
    }
    delegation.end(DelegationEnd {
        at,
        by: by.clone(),
        reason: reason.clone(),
    })?;
    let ended = DelegationFact::Ended {
        delegation: delegation.number,
        reason,
    };
    own.append(tx, by, at, CityFact::Delegation(ended))?;
    put(tx, &delegation)?;
    Ok(delegation)
}

fn put(tx: &mut Tx<'_>, delegation: &Delegation) -> Result<()> {
    DELEGATIONS.put(tx, &Reverse(delegation.number), delegation)
}

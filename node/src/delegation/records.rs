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
use jiff::{SignedDuration, Timestamp};

use crate::own_log::OwnLog;

/// Maximum number of a person's newest delegations that are read for its rights: more than several givers record in the
/// longest time of a delegation.
const MAX_OF_PERSON: usize = 512;
/// Maximum number of delegations of one person to another within [`COUNTED`]: nobody crowds out those of others.
const MAX_OF_GIVER: usize = 8;
/// Time in which they are counted.
const COUNTED: SignedDuration = SignedDuration::from_hours(24 * 30);

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
    let mut stand_ins = Vec::new();
    for delegation in of_person(view, who)? {
        if !delegation.is_named(now) {
            continue;
        }
        let from = person(view, &delegation.delegated.from)?;
        let rights = from.as_ref().and_then(|person| person.current_rights());
        stand_ins.extend(rights.and_then(|rights| delegation.stand_in(rights, now)));
    }
    Ok(stand_ins)
}

/// The newest delegations to a person.
fn of_person(view: &(impl View + ?Sized), who: &Principal) -> Result<Vec<Delegation>> {
    let found = OF_PEOPLE.under(&(who.clone(), true));
    let rows = found.page(view, Limit::rows(MAX_OF_PERSON))?.rows;
    Ok(rows.into_iter().map(|(_, delegation)| delegation).collect())
}

/// Refuses a further delegation by one person to another of whom it recorded several lately.
fn check_number(tx: &Tx<'_>, delegated: &Delegated, at: Timestamp) -> Result<()> {
    let known = of_person(tx, &delegated.to)?;
    let lately = |known: &&Delegation| {
        known.delegated.from == delegated.from && at.duration_since(known.at) <= COUNTED
    };
    if known.iter().filter(lately).count() < MAX_OF_GIVER {
        return Ok(());
    }
    let message = msg::DelegationsTooMany {
        most: MAX_OF_GIVER,
        of: &delegated.from,
        who: &delegated.to,
    };
    Err(Error::new(ErrorCode::LimitExceeded, message))
}

/// Records a delegation that `by` asks for. Errors: `NOT_FOUND` for people without rights here; as of
/// [`Delegated::check`]; `LIMIT_EXCEEDED` after several within a month.
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
    check_number(tx, &delegated, at)?;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_access::records::put_person;
    use chengji_domain::access::{Rights, Role};
    use chengji_domain::people::Person;
    use chengji_store::{Ledger, MemoryStore};

    use super::*;

    fn now() -> Timestamp {
        "2026-11-27T02:00:00Z".parse().unwrap()
    }

    fn who(name: &str) -> Principal {
        format!("city/430200/person/{name}").parse().unwrap()
    }

    /// Has a person of the city stand in for another.
    async fn delegate(own: &OwnLog, from: &str, to: &str) -> Result<Delegation> {
        let delegated = Delegated {
            from: who(from),
            to: who(to),
            roles: [Role::Approver].into(),
            until: "2026-12-27T00:00:00Z".parse().unwrap(),
            reason: "年休假".to_owned(),
        };
        let log = own.clone();
        let job = move |tx: &mut Tx<'_>| {
            let by = delegated.from.clone();
            begin(&log, tx, (&by, false, now()), delegated)
        };
        own.ledger.write(job).await
    }

    #[tokio::test]
    async fn nobody_crowds_out_the_delegations_of_others() {
        let own = OwnLog {
            city: "430200".parse().unwrap(),
            ledger: Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap(),
            clock: Arc::new(now),
        };
        let people = |tx: &mut Tx<'_>| {
            for name in ["a", "b", "c"] {
                let person = Person {
                    principal: who(name),
                    rights: Rights::new([Role::Approver], None)?,
                    since: now(),
                    ended: None,
                    reason: String::new(),
                    certificate: None,
                };
                put_person(tx, &person)?;
            }
            Ok(())
        };
        own.ledger.write(people).await.unwrap();
        delegate(&own, "a", "c").await.unwrap();
        for _ in 0..MAX_OF_GIVER {
            delegate(&own, "b", "c").await.unwrap();
        }
        let refused = delegate(&own, "b", "c").await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::LimitExceeded);
        delegate(&own, "b", "a").await.unwrap();
        let found = stand_ins(&**own.ledger.kv(), &who("c"), now()).unwrap();
        let from = |name: &str| found.iter().filter(|one| one.from == who(name)).count();
        assert_eq!((from("a"), from("b")), (1, MAX_OF_GIVER));
    }
}

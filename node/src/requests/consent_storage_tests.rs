//! The part of the data directory with the consent of second persons, and with people who stand in for others.

use std::cmp::Reverse;

use chengji_domain::ResourceCode;
use chengji_domain::delegation::{Delegated, Delegation, DelegationFact};
use chengji_domain::proposal::{ConsentFact, Proposal, ProposedAct, StandingConsent};
use chengji_follow::next_time;
use chengji_records::{OfDepartment, StoredStandingConsent};

use super::*;
use crate::caller::Caller;
use crate::consent::ConsentRules;
use crate::consent::gate::{self, Made};
use crate::consent::proposals;
use crate::delegation::records as delegations;

/// Adds them to a directory without any.
pub(super) async fn add_missing(ledger: &Ledger) {
    let entries = log::entries(&**ledger.kv(), 0, 1_000, usize::MAX).unwrap();
    let has_any = entries.iter().any(|(_, entry)| {
        let entry = convert::city_entry_from(entry, city(OWN)).unwrap();
        matches!(entry.fact, CityFact::Consent(_))
    });
    if has_any {
        return;
    }
    let own = OwnLog {
        city: city(OWN),
        ledger: ledger.clone(),
        clock: Arc::new(now),
    };
    let add = move |tx: &mut Tx<'_>| consent(&own, tx);
    ledger.write(add).await.unwrap();
}

/// Facts and records of the consent of second persons, and of people who stand in for others.
pub(super) fn consent(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    proposed(own, tx)?;
    of_departments(tx)?;
    standing(own, tx)?;
    delegated(own, tx)
}

/// The proposing person.
fn actor() -> Actor {
    Actor::new(person("wang.fang"), Some(CREDIT_CODE.parse().unwrap()))
}

/// Proposals of a submission, one of them declined, and one of a move.
fn proposed(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let submission = Submission {
        resource: ResourceRef {
            city: city(CONSUMER),
            code: entry(7).code,
        },
        department: Some(CREDIT_CODE.parse().unwrap()),
        ..submission()
    };
    let rules = ConsentRules::default();
    for decline in [true, false] {
        let at = next_time(tx, now())?;
        let act = (actor(), at, "");
        let made = gate::submit(own, tx, rules, act, submission.clone(), "")?;
        let Made::Proposal(proposal) = made else {
            panic!("no proposal");
        };
        let rights = Rights::new([Role::Consenter], None)?;
        let by = Caller::new(person("fu.ze"), rights);
        if decline {
            let reason = "依据不足".to_owned();
            gate::decline(own, tx, (&by, at), *proposal, reason)?;
        }
    }
    let moved = Proposal {
        number: RequestId {
            city: own.city,
            epoch: tx.next().epoch,
            seq: 1,
        },
        act: ProposedAct::Move {
            request: "430100-1-7-AAAAAAAAAAAAA".parse()?,
            mv: Box::new(Move::Refuse {
                reason: "用途不符".to_owned(),
                legal_basis: "条例".to_owned(),
            }),
        },
        actor: actor(),
        at: now(),
        department: None,
        idempotency_key: String::new(),
        end: None,
    };
    proposals::PROPOSALS.put(tx, &moved.number, &moved)
}

/// A request and a receipt of a department.
fn of_departments(tx: &mut Tx<'_>) -> Result<()> {
    let request = RequestId {
        city: city(OWN),
        epoch: tx.next().epoch,
        seq: 1,
    };
    let of_department = OfDepartment {
        department: CREDIT_CODE.parse()?,
        submitted_at: now(),
    };
    departments::DEPARTMENTS.put(tx, &request, &of_department)?;
    receipts::DEPARTMENTS.put(tx, &Reverse(1), &of_department)
}

/// A standing consent.
fn standing(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let code = || entry(2).code;
    let given = ConsentFact::StandingGiven {
        code: code(),
        until: days_after(now(), 30),
        actor: actor(),
    };
    own.append(
        tx,
        &person("fu.ze"),
        now(),
        CityFact::Consent(Box::new(given)),
    )?;
    let standing: Table<ResourceCode, StoredStandingConsent> =
        Table::new(Prefix::StandingConsent, &[]);
    let consent = StandingConsent {
        until: days_after(now(), 30),
        actor: actor(),
        at: now(),
    };
    standing.put(tx, &code(), &consent)
}

/// A delegation that has ended.
fn delegated(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let delegated = Delegated {
        from: person("wang.fang"),
        to: person("shen.pi"),
        roles: [Role::Approver].into(),
        until: days_after(now(), 7),
        reason: "年休假".to_owned(),
    };
    let begun = DelegationFact::Begun(delegated.clone());
    let position = own.append(tx, &person("wang.fang"), now(), CityFact::Delegation(begun))?;
    let number = RequestId {
        city: own.city,
        epoch: position.epoch,
        seq: position.seq,
    };
    let reason = "提前返岗".to_owned();
    let ended = DelegationFact::Ended {
        delegation: number,
        reason,
    };
    own.append(tx, &person("wang.fang"), now(), CityFact::Delegation(ended))?;
    let delegation = Delegation {
        number,
        delegated,
        at: now(),
        by: person("wang.fang"),
        end: None,
    };
    delegations::DELEGATIONS.put(tx, &Reverse(number), &delegation)
}

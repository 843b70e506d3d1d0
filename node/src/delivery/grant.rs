//! Checks that the ordered grant of a request covers a delivery now. Stops are separate: `crate::stops`.

use chengji_domain::request::terms::{Limits, Scope, TableScope};
use chengji_domain::request::{RequestHistory, RequestRecord, State};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use jiff::Timestamp;

use crate::requests::terms::unenforced;

/// Fails with the reason if the history has no grant that is valid at this time.
pub(super) fn check(history: &RequestHistory, at: Timestamp) -> Result<()> {
    let id = history.id;
    let stored = history.state().map_err(|out_of_turn| {
        let cause = out_of_turn.message();
        let message = msg::RequestMoveDamaged { cause, id };
        Error::new(ErrorCode::StorageDamaged, message)
    })?;
    if stored.is_in_force(at) {
        return Ok(());
    }
    match (stored.state(at), stored.grant()) {
        (State::Lapsed, Some(grant)) => {
            let until = grant.terms.until;
            let message = msg::GrantEnded { request: id, until };
            Err(Error::new(ErrorCode::GrantExpired, message))
        }
        (State::Closed, _) => Err(Error::new(
            ErrorCode::NoGrant,
            msg::GrantClosed { request: id },
        )),
        (State::Suspended, _) => Err(Error::new(
            ErrorCode::GrantSuspended,
            msg::GrantSuspendedToMend { request: id },
        )),
        (State::Terminated, _) => Err(Error::new(
            ErrorCode::NoGrant,
            msg::GrantTerminated { request: id },
        )),
        (state, _) => {
            let message = msg::RequestNotGranted {
                request: id,
                state: state.label(),
            };
            Err(Error::new(ErrorCode::NoGrant, message))
        }
    }
}

/// Fails with the reason if the provider's record has no ordered grant that is valid at this time, or if moves of the
/// provider that are not ordered yet end or suspend it.
pub(super) fn check_provided(record: &RequestRecord, at: Timestamp) -> Result<()> {
    check(&record.history, at)?;
    match record.pending.is_empty() {
        true => Ok(()),
        false => check(&record.effective(), at),
    }
}

/// Returns the end of the grant that [`check_provided`] has found in force, of the earlier one where a move that is not
/// ordered yet changes it.
pub(super) fn until(record: &RequestRecord) -> Option<Timestamp> {
    let ordered = until_of(&record.history)?;
    match record.pending.is_empty() {
        true => Some(ordered),
        false => Some(ordered.min(until_of(&record.effective())?)),
    }
}

fn until_of(history: &RequestHistory) -> Option<Timestamp> {
    let request = history.state().ok()?;
    request.grant().map(|grant| grant.terms.until)
}

/// Fails if the grant, by any maker, has terms that this node as the provider does not enforce:
/// nothing is delivered under it.
pub(super) fn check_terms(history: &RequestHistory) -> Result<()> {
    let request = history.state().ok();
    let grant = request.as_ref().and_then(|request| request.grant());
    let Some(kinds) = grant.and_then(|grant| unenforced(&grant.terms)) else {
        return Ok(());
    };
    let message = msg::GrantedTermsNotEnforced {
        request: history.id,
        kinds,
    };
    Err(Error::new(ErrorCode::NoGrant, message))
}

/// Returns the limits of the grant, if there is one.
pub(super) fn limits(history: &RequestHistory) -> Limits {
    let request = history.state().ok();
    let grant = request.as_ref().and_then(|request| request.grant());
    grant
        .map(|grant| (*grant.terms.limits).clone())
        .unwrap_or_default()
}

/// Returns the part of a table that is granted; `None` for a file, and without a grant.
pub(super) fn part(history: &RequestHistory) -> Option<TableScope> {
    let request = history.state().ok();
    let grant = request.as_ref().and_then(|request| request.grant());
    match grant.map(|grant| &grant.terms.scope) {
        Some(Scope::Table(part)) => Some((**part).clone()),
        Some(Scope::File | Scope::Interface(_)) | None => None,
    }
}

/// Returns true if a grant may exist that only the provider knows so far.
pub(super) fn may_have_come_since(history: &RequestHistory, at: Timestamp) -> bool {
    let request = history.state();
    request.is_ok_and(|request| request.may_be_granted(at))
}

#[cfg(test)]
mod tests {
    use chengji_domain::calendar::Deadline;
    use chengji_domain::catalogue::ShareClass;
    use chengji_domain::fact::Origin;
    use chengji_domain::request::terms::{Duties, GrantTerms, InterfaceScope};
    use chengji_domain::request::{CloseCause, Grant, Move, Party, Step};
    use chengji_domain::{Epoch, Principal};
    use chengji_testkit::requests;

    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_795_392_000 + hour * 3_600).unwrap()
    }

    fn history(moves: &[(Party, Move)]) -> RequestHistory {
        let history = requests::submitted("430100-1-1-AAAAAAAAAAAAA", "430200:307012000001", at(0));
        moves.iter().fold(history, |history, (party, mv)| {
            history
                .with(Step {
                    party: *party,
                    actor: Principal::Coordinator.into(),
                    at: at(1),
                    mv: mv.clone(),
                    due: None,
                })
                .unwrap()
        })
    }

    fn routed() -> (Party, Move) {
        let route = Move::Route {
            share_class: ShareClass::Conditional,
            revision: 1,
            deadline: Deadline::certain(jiff::civil::date(2026, 12, 7)),
            approval: None,
        };
        (Party::Coordinator, route)
    }

    fn granted() -> Grant {
        Grant {
            scope: "s".to_owned(),
            conditions: String::new(),
            terms: GrantTerms::file(at(10)),
            automatic: false,
            return_flow: None,
            disposal: String::new(),
        }
    }

    #[test]
    fn only_a_grant_in_force_covers() {
        let route = routed();
        let grant = (Party::Provider, Move::Grant(granted()));
        let close = (
            Party::Consumer,
            Move::Close {
                cause: CloseCause::PurposeMet,
                statement: "done".to_owned(),
                evidence: String::new(),
            },
        );
        let code = |moves: &[_], hour| check(&history(moves), at(hour)).map_err(|e| e.code());

        assert_eq!(code(&[], 2), Err(ErrorCode::NoGrant));
        assert_eq!(
            code(std::slice::from_ref(&route), 2),
            Err(ErrorCode::NoGrant)
        );
        let granted = [route.clone(), grant.clone()];
        assert_eq!(code(&granted, 9), Ok(()));
        assert_eq!(code(&granted, 10), Err(ErrorCode::GrantExpired));
        let suspend = Move::Suspend {
            reason: "misuse".to_owned(),
            legal_basis: "article 27".to_owned(),
            mend_by: Deadline::certain(jiff::civil::date(2026, 12, 31)),
        };
        let suspended = [route.clone(), grant.clone(), (Party::Provider, suspend)];
        assert_eq!(code(&suspended, 2), Err(ErrorCode::GrantSuspended));
        let resume = Move::Resume {
            reason: "mended".to_owned(),
        };
        let resumed = [&suspended[..], &[(Party::Provider, resume)]].concat();
        assert_eq!(code(&resumed, 2), Ok(()));
        let closed = [route.clone(), grant, close];
        assert_eq!(code(&closed, 2), Err(ErrorCode::NoGrant));

        assert!(may_have_come_since(&history(&[route]), at(2)));
        assert!(!may_have_come_since(&history(&closed), at(2)));
    }

    #[test]
    fn the_providers_own_suspension_ends_deliveries_before_it_is_ordered() {
        let grant = (Party::Provider, Move::Grant(granted()));
        let suspend = Move::Suspend {
            reason: "misuse".to_owned(),
            legal_basis: "article 27".to_owned(),
            mend_by: Deadline::certain(jiff::civil::date(2026, 12, 31)),
        };
        let suspended = history(&[routed(), grant.clone(), (Party::Provider, suspend)]);
        let step = suspended.steps.last().unwrap().clone();
        let origin = Origin {
            epoch: Epoch::first([1; 8]),
            seq: 7,
        };
        let mut record = RequestRecord::new(history(&[routed(), grant]));
        assert_eq!(check_provided(&record, at(2)), Ok(()));
        record.pending.push((origin, step));
        let error = check_provided(&record, at(2)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::GrantSuspended);
        // A grant that only the provider knows so far is none.
        let ungranted = history(&[routed()]);
        let ordered = record.history.steps.pop().unwrap();
        record.pending = vec![(origin, ordered)];
        assert_eq!(record.history, ungranted);
        let error = check_provided(&record, at(2)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::NoGrant);
    }

    /// The origin of the grant does not matter.
    #[test]
    fn terms_that_are_not_enforced_prevent_deliveries() {
        let terms_of = |terms: GrantTerms| {
            let grant = Move::Grant(Grant { terms, ..granted() });
            history(&[routed(), (Party::Provider, grant)])
        };
        let limited = GrantTerms {
            limits: Box::new(Limits {
                count: Some(3),
                usable_range: Some("本市".to_owned()),
                ..Limits::default()
            }),
            duties: Duties {
                notify: true,
                ..Duties::default()
            },
            ..granted().terms
        };
        for terms in [granted().terms, limited.clone()] {
            assert_eq!(check_terms(&terms_of(terms)), Ok(()));
        }
        assert_eq!(limits(&terms_of(limited.clone())), *limited.limits);
        let interface = GrantTerms {
            scope: Scope::Interface(Box::new(InterfaceScope {
                operations: ["getPerson".to_owned()].into(),
                fixed: std::collections::BTreeMap::new(),
                removed: std::collections::BTreeSet::new(),
            })),
            ..limited
        };
        let interface = terms_of(interface);
        assert_eq!(check(&interface, at(2)), Ok(()), "it is in force");
        let error = check_terms(&interface).unwrap_err();
        assert_eq!(error.code(), ErrorCode::NoGrant);
        let code = error.message().code();
        assert_eq!(code, "granted-terms-not-enforced");
    }
}

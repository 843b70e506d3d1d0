//! The grant of a table as it stands for one caller of the consumer.

use chengji_domain::access::Role;
use chengji_domain::request::terms::{Scope, TableScope};
use chengji_domain::request::{Request, RequestHistory, RequestId, RequestRecord};
use chengji_domain::stop::StopTarget;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use jiff::Timestamp;

use super::grant;
use crate::caller::Caller;
use crate::own_log::OwnLog;
use crate::requests::departments;
use crate::stops;

/// A table that a caller may read under a grant as it stands.
#[derive(Clone, Debug)]
pub(crate) struct GrantedTable {
    pub(super) history: RequestHistory,
    pub(super) part: TableScope,
    /// The time since which this part is granted.
    pub(super) since: Timestamp,
}

impl GrantedTable {
    /// The request.
    pub(crate) fn request(&self) -> RequestId {
        self.history.id
    }
}

/// The table that this caller may read under a request now: the grant is in force, it is of a table, no stop is known, and
/// its limits permit the caller.
///
/// # Errors
///
/// `NOT_FOUND` for a request that the caller does not see or does not read for, and for a granted file; else the reason.
pub(crate) fn granted_to(
    own: &OwnLog,
    (caller, at): (&Caller, Timestamp),
    record: &RequestRecord,
) -> Result<GrantedTable> {
    let (kv, history) = (own.ledger.kv().as_ref(), record.effective());
    let request = history.id;
    departments::check_visible(own, kv, (caller, at), &history)?;
    if history.consumer() != own.city || !caller.rights.may_act_as(Role::Consumer, at) {
        let message = msg::RequestNotFound { number: request };
        return Err(Error::new(ErrorCode::NotFound, message));
    }
    if let Some((stop, cause)) = record.stops.in_force() {
        let target = StopTarget::Request(request);
        return Err(stops::stopped(&target, cause, stop.act.reason()));
    }
    grant::check(&history, at)?;
    let department = caller.rights.usual_department(Role::Consumer, at);
    grant::limits(&history).check_user(&caller.principal, department)?;
    let of_file = || {
        Error::new(
            ErrorCode::NotFound,
            msg::GrantedFileHasNoColumns { request },
        )
    };
    let (part, since) = part_since(&history).ok_or_else(of_file)?;
    Ok(GrantedTable {
        history,
        part,
        since,
    })
}

/// The part of a table that is granted, with the time of the move since which it is this one.
pub(super) fn part_since(history: &RequestHistory) -> Option<(TableScope, Timestamp)> {
    let (mut request, mut found) = (Request::submitted(), None::<(Scope, Timestamp)>);
    for step in &history.steps {
        request = request.apply(step).ok()?;
        let scope = request.grant().map(|grant| &grant.terms.scope);
        let is_same = scope == found.as_ref().map(|(scope, _)| scope);
        if !is_same {
            found = scope.map(|scope| (scope.clone(), step.at));
        }
    }
    match found? {
        (Scope::Table(part), since) => Some((*part, since)),
        (Scope::File | Scope::Interface(_), _) => None,
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::Principal;
    use chengji_domain::request::{Move, Party, Step};
    use jiff::SignedDuration;

    use super::*;
    use crate::queries::samples::{granted, granted_at, part};

    #[test]
    fn the_same_part_is_granted_until_an_amendment_changes_it() {
        let of = |columns: &[&str]| Scope::Table(Box::new(part(columns)));
        let record = granted(7, "430200:206007000001", of(&["number"]));
        let since = |history: &RequestHistory| part_since(history).map(|(_, since)| since);
        assert_eq!(since(&record.history), Some(granted_at()));
        let grant = record.history.steps.iter().find_map(|step| match &step.mv {
            Move::Grant(grant) => Some(grant.clone()),
            _ => None,
        });
        let amended = |columns: &[&str], at: Timestamp| {
            let mut grant = grant.clone().unwrap();
            grant.terms.scope = of(columns);
            let asked = Move::AskAmendment {
                reason: "核对".to_owned(),
                scope: "持证人".to_owned(),
                purpose: String::new(),
                period_days: 0,
                third_party: String::new(),
            };
            let amend = Move::Amend {
                grant,
                asked_at: None,
            };
            let moves = [(Party::Consumer, asked), (Party::Provider, amend)];
            moves
                .into_iter()
                .fold(record.history.clone(), |history, (party, mv)| {
                    let step = Step {
                        party,
                        actor: Principal::Coordinator.into(),
                        at,
                        mv,
                        due: None,
                    };
                    history.with(step).unwrap()
                })
        };
        let later = granted_at() + SignedDuration::from_hours(2);
        let wider = amended(&["number", "holder"], later);
        assert_eq!(since(&wider), Some(later));
        assert_eq!(since(&amended(&["number"], later)), Some(granted_at()));
        let file = granted(8, "430200:206007000001", Scope::File);
        assert_eq!(part_since(&file.history), None);
    }
}

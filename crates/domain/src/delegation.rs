//! Delegations (代理): people of a city who stand in for others for a time.

use std::collections::BTreeSet;

use chengji_messages::{Message, Value, msg};
use jiff::{SignedDuration, Timestamp};

use crate::access::{Rights, Role, StandIn};
use crate::error::{Error, ErrorCode, Result};
use crate::field::Field;
use crate::principal::Principal;
use crate::request::RequestId;
use crate::text::TextRule;

/// Longest delegation, counted from its record: one year.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);

/// Time for which the end of a delegation is named to a person who acts in its roles.
const NAMED_AFTER_END: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A person stands in for another until a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegated {
    /// The represented person.
    pub from: Principal,
    /// The person who stands in.
    pub to: Principal,
    /// The roles that it stands in for.
    pub roles: BTreeSet<Role>,
    /// The end.
    pub until: Timestamp,
    /// The reason.
    pub reason: String,
}

/// A fact about a delegation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DelegationFact {
    /// A delegation began.
    Begun(Delegated),
    /// A delegation ended before its time.
    Ended {
        /// Its number: the position at which it was recorded.
        delegation: RequestId,
        /// The reason.
        reason: String,
    },
}

/// A delegation, as recorded by a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Its number: the position at which it was recorded.
    pub number: RequestId,
    /// The content.
    pub delegated: Delegated,
    /// Time of its record.
    pub at: Timestamp,
    /// The person who recorded it.
    pub by: Principal,
    /// The end before its time, if there was one.
    pub end: Option<DelegationEnd>,
}

/// The end of a delegation before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegationEnd {
    /// Time of the end.
    pub at: Timestamp,
    /// The person who ended it.
    pub by: Principal,
    /// The reason.
    pub reason: String,
}

impl Delegated {
    /// Checks a delegation that `by` records at this time, between people with these rights.
    ///
    /// # Errors
    ///
    /// `DENIED` where `by` neither is the represented person nor administers the city's people; `INVALID_ARGUMENT` for
    /// roles that cannot be delegated, that the represented person does not have itself, or that the other may not
    /// hold, and for a time that is over or more than a year away.
    pub fn check(
        &self,
        (by, administers): (&Principal, bool),
        (from, to): (&Rights, &Rights),
        at: Timestamp,
    ) -> Result<()> {
        if *by != self.from && !administers {
            let (who, of) = (by, &self.from);
            return Err(Error::new(
                ErrorCode::Denied,
                msg::DelegationOfAnother { of, who },
            ));
        }
        TextRule::REASON.check(Field::Reason, &self.reason)?;
        if self.from == self.to {
            return Err(invalid(msg::DelegationToItself { who: &self.to }));
        }
        let is_delegable =
            |role: &&Role| Role::DELEGABLE.contains(role) && from.roles().contains(role);
        let others: Value = (self.roles.iter())
            .filter(|role| !is_delegable(role))
            .map(|role| role.label())
            .collect();
        if self.roles.is_empty() || self.roles.iter().any(|role| !is_delegable(&role)) {
            let message = msg::DelegationRolesNotHeld {
                roles: others,
                who: &self.from,
            };
            return Err(invalid(message));
        }
        // Who manages rights or audits stands in for nobody who handles data.
        Rights::new(to.roles().union(&self.roles).copied(), None)?;
        if self.until <= at || self.until.duration_since(at) > LONGEST {
            return Err(invalid(msg::DelegationTimeOutOfRange { until: self.until }));
        }
        Ok(())
    }
}

impl Delegation {
    /// Ends it before its time.
    ///
    /// # Errors
    ///
    /// `OUT_OF_TURN` where it has ended.
    pub fn end(&mut self, end: DelegationEnd) -> Result<()> {
        if let Some(ended) = self.ended_at(end.at) {
            let message = msg::DelegationHasEnded {
                at: ended,
                delegation: self.number,
            };
            return Err(Error::new(ErrorCode::OutOfTurn, message));
        }
        self.end = Some(end);
        Ok(())
    }

    /// Returns the time at which it ended, if that is not after `now`.
    pub fn ended_at(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.until();
        (until <= now).then_some(until)
    }

    /// Returns the rights that the stand-in has by it, of those that the represented person still has; `None` a month
    /// after its end.
    pub fn stand_in(&self, from: &Rights, now: Timestamp) -> Option<StandIn> {
        let roles = self.delegated.roles.intersection(from.roles()).copied();
        self.is_named(now).then(|| StandIn {
            from: self.delegated.from.clone(),
            roles: roles.collect(),
            department: from.department(),
            until: self.until(),
        })
    }

    /// Returns true until a month after its end.
    pub fn is_named(&self, now: Timestamp) -> bool {
        now.duration_since(self.until()) <= NAMED_AFTER_END
    }

    /// The end, by its record or before.
    fn until(&self) -> Timestamp {
        let ended = self.end.as_ref().map(|end| end.at);
        ended.map_or(self.delegated.until, |at| at.min(self.delegated.until))
    }
}

fn invalid(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: &str = "2026-11-27T00:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn person(name: &str) -> Principal {
        format!("city/430100/person/{name}").parse().unwrap()
    }

    fn rights(roles: &[Role]) -> Rights {
        Rights::new(roles.iter().copied(), None).unwrap()
    }

    fn delegated(roles: &[Role], until: &str) -> Delegated {
        Delegated {
            from: person("wang.fang"),
            to: person("li.lei"),
            roles: roles.iter().copied().collect(),
            until: at(until),
            reason: "年休假".to_owned(),
        }
    }

    #[test]
    fn a_person_or_the_administrator_delegates_roles_that_the_person_has_itself() {
        let (from, to) = (
            rights(&[Role::Approver, Role::Publisher]),
            rights(&[Role::Consumer]),
        );
        let check = |by: &str, administers, roles: &[Role], until: &str, to: &Rights| {
            let checked =
                delegated(roles, until).check((&person(by), administers), (&from, to), at(DAY));
            checked.map_err(|error| error.code())
        };
        let until = "2026-12-05T00:00:00Z";
        let approver = &[Role::Approver][..];
        assert_eq!(check("wang.fang", false, approver, until, &to), Ok(()));
        assert_eq!(check("admin", true, approver, until, &to), Ok(()));
        let denied = check("li.lei", false, approver, until, &to);
        assert_eq!(denied, Err(ErrorCode::Denied));
        let auditor = rights(&[Role::Auditor]);
        for (roles, until, to) in [
            (&[][..], until, &to),
            (&[Role::Consenter], until, &to),
            (&[Role::Publisher], until, &to),
            (approver, until, &auditor),
            (approver, DAY, &to),
            (approver, "2027-12-05T00:00:00Z", &to),
        ] {
            let checked = check("wang.fang", false, roles, until, to);
            assert_eq!(
                checked,
                Err(ErrorCode::InvalidArgument),
                "{roles:?} {until}"
            );
        }
    }

    #[test]
    fn a_delegation_ends_once_by_its_time_or_before() {
        let mut delegation = Delegation {
            number: "430100-1-7-AAAAAAAAAAAAA".parse().unwrap(),
            delegated: delegated(&[Role::Approver], "2026-12-05T00:00:00Z"),
            at: at(DAY),
            by: person("wang.fang"),
            end: None,
        };
        let from = rights(&[Role::Approver]);
        let end = |at| DelegationEnd {
            at,
            by: person("admin"),
            reason: "提前返岗".to_owned(),
        };
        let (early, late) = (at("2026-12-01T00:00:00Z"), at("2026-12-06T00:00:00Z"));
        let is_in_force = |delegation: &Delegation, now| {
            let stand_in = delegation.stand_in(&from, now);
            stand_in.is_some_and(|stand_in| stand_in.is_in_force(now))
        };
        assert!(is_in_force(&delegation, early) && !is_in_force(&delegation, late));
        let too_late = delegation.clone().end(end(late)).unwrap_err();
        assert_eq!(too_late.code(), ErrorCode::OutOfTurn);
        delegation.end(end(early)).unwrap();
        assert!(!is_in_force(&delegation, early));
        let again = delegation.end(end(late)).unwrap_err();
        assert_eq!(again.code(), ErrorCode::OutOfTurn);
        let forgotten = at("2027-03-01T00:00:00Z");
        assert_eq!(delegation.stand_in(&from, forgotten), None);
        // Who lost the role has nobody stand in for it.
        let stand_in = delegation.stand_in(&rights(&[Role::Consumer]), early);
        assert_eq!(stand_in.unwrap().roles, BTreeSet::new());
    }
}

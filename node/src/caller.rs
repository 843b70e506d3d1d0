//! The caller of a service as an actor: in its own name, or in that of a person it stands in for.

use chengji_domain::access::{ActsFor, Rights, Role};
use chengji_domain::request::{Actor, Represented};
use chengji_domain::{Error, ErrorCode, Principal, Result, Uscc};
use chengji_messages::{Message, msg};
use chengji_transport::Permit;
use jiff::Timestamp;

/// The caller of a service, with the number of the paper that its call carries.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The principal.
    pub(crate) principal: Principal,
    /// Its rights.
    pub(crate) rights: Rights,
    /// The number of the paper with a second person's consent; empty without one.
    pub(crate) paper: String,
}

impl Caller {
    /// The caller with this permit.
    pub(crate) fn of(permit: &Permit) -> Self {
        Self::new(permit.principal().clone(), permit.rights().clone())
    }

    /// A caller with these rights.
    pub(crate) fn new(principal: Principal, rights: Rights) -> Self {
        let paper = String::new();
        Self {
            principal,
            rights,
            paper,
        }
    }

    /// The same with a consent on paper.
    #[must_use]
    pub(crate) fn on_paper(self, paper: String) -> Self {
        Self { paper, ..self }
    }

    /// The caller as an actor in this role, in an affair of this department or of the whole city. Errors: `DENIED`
    /// where neither its rights nor those of a person that it stands in for cover it.
    pub(crate) fn actor(
        &self,
        role: Role,
        department: Option<Uscc>,
        at: Timestamp,
    ) -> Result<Actor> {
        let acts_for = self.rights.acts_for(role, department, at);
        let acts_for = acts_for.ok_or_else(|| self.denied(role, department, at))?;
        Ok(self.named(acts_for))
    }

    /// The caller as an actor in the place of a person of this department.
    pub(crate) fn stand_in_of(&self, role: Role, department: Uscc, at: Timestamp) -> Option<Actor> {
        let found = self.rights.stand_in_of(role, department, at);
        found.map(|stand_in| self.named(ActsFor::Another(stand_in)))
    }

    fn named(&self, acts_for: ActsFor<'_>) -> Actor {
        let principal = self.principal.clone();
        match acts_for {
            ActsFor::Itself => Actor::new(principal, self.rights.department()),
            ActsFor::Another(stand_in) => Actor {
                on_behalf_of: Some(Represented::Principal(stand_in.from.clone())),
                ..Actor::new(principal, stand_in.department)
            },
        }
    }

    /// The refusal of an act in this role for this department.
    fn denied(&self, role: Role, department: Option<Uscc>, at: Timestamp) -> Error {
        let who = &self.principal;
        let message: Message = match (self.rights.ended_stand_in(&[role], at), department) {
            (Some(ended), _) => msg::StandInEnded {
                of: &ended.from,
                until: ended.until,
                who,
            }
            .into(),
            (None, Some(department)) if self.rights.roles().contains(&role) => {
                let rights = &self.rights;
                msg::DepartmentNotCovered { department, rights }.into()
            }
            (None, None) if self.rights.roles().contains(&role) => {
                let rights = &self.rights;
                msg::ActOfWholeCity { rights, who }.into()
            }
            (None, _) => {
                let role = role.label();
                msg::ActNeedsRole { role, who }.into()
            }
        };
        Error::new(ErrorCode::Denied, message)
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::access::StandIn;
    use chengji_testkit::{CREDIT_CODE, OTHER_CREDIT_CODE};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_stand_in_names_the_person_and_is_denied_once_its_time_is_over() {
        let [department, other] =
            [CREDIT_CODE, OTHER_CREDIT_CODE].map(|code| code.parse().unwrap());
        let from: Principal = "city/430100/person/wang.fang".parse().unwrap();
        let stand_in = StandIn {
            from: from.clone(),
            roles: [Role::Approver].into(),
            department: Some(department),
            until: at("2026-12-01T00:00:00Z"),
        };
        let rights = Rights::new([Role::Consumer], Some(other)).unwrap();
        let who: Principal = "city/430100/person/li.lei".parse().unwrap();
        let caller = Caller::new(who.clone(), rights.standing_in(vec![stand_in]));
        let (during, after) = (at("2026-11-30T00:00:00Z"), at("2026-12-01T00:00:00Z"));
        let actor = caller.actor(Role::Approver, Some(department), during);
        let named = Actor {
            on_behalf_of: Some(Represented::Principal(from.clone())),
            ..Actor::new(who.clone(), Some(department))
        };
        assert_eq!(actor, Ok(named));
        let own = caller.actor(Role::Consumer, Some(other), after).unwrap();
        assert_eq!(own, Actor::new(who.clone(), Some(other)));
        let over = caller.actor(Role::Approver, Some(department), after);
        let ended = msg::StandInEnded {
            of: &from,
            until: after,
            who: &who,
        };
        assert_eq!(over, Err(Error::new(ErrorCode::Denied, ended)));
        let elsewhere = caller.actor(Role::Consumer, Some(department), during);
        assert_eq!(elsewhere.unwrap_err().code(), ErrorCode::Denied);
        let role = caller.actor(Role::Authority, None, during);
        assert_eq!(role.unwrap_err().code(), ErrorCode::Denied);
    }
}

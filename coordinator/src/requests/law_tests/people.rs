//! The people who make the moves of a city, by themselves or as stand-ins: their rights and delegations, beside a plain
//! model of who acts in whose name.

use chengji_domain::Principal;
use chengji_domain::access::{ActsFor, Rights, Role};
use chengji_domain::delegation::{Delegated, Delegation, DelegationEnd};
use chengji_domain::request::{Actor, Represented, RequestId};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use crate::tests::world::EPOCH;

/// People with the role of their city's moves.
const HOLDERS: usize = 2;
/// All people: the last one moves only as a stand-in.
const PEOPLE: usize = HOLDERS + 1;

/// What happens among the people of a city.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// A person delegates its role to another for so many days and minutes.
    Begin(usize, usize, (i64, i64)),
    /// A delegation ends before its time.
    End(prop::sample::Index),
}

pub(super) fn event() -> impl Strategy<Value = Event> {
    let begin = (0..PEOPLE, who(), (0..60_i64, 0..3_i64));
    prop_oneof![
        3 => begin.prop_map(|(from, to, length)| Event::Begin(from, to, length)),
        1 => any::<prop::sample::Index>().prop_map(Event::End),
    ]
}

/// A person, most often the one without the role.
pub(super) fn who() -> impl Strategy<Value = usize> {
    prop_oneof![1 => 0..PEOPLE, 1 => Just(PEOPLE - 1)]
}

/// A delegation by the plain model.
#[derive(Clone, Copy, Debug)]
struct Standing {
    from: usize,
    to: usize,
    until: Timestamp,
}

/// The people of a city.
pub(super) struct People {
    city: &'static str,
    role: Role,
    /// The delegations on record, the newest last.
    recorded: Vec<Delegation>,
    /// The same by the plain model.
    standing: Vec<Standing>,
}

impl People {
    pub(super) fn of(city: &'static str, role: Role) -> Self {
        Self {
            city,
            role,
            recorded: Vec::new(),
            standing: Vec::new(),
        }
    }

    fn name(&self, who: usize) -> String {
        format!("city/{}/person/p{who}", self.city)
    }

    fn principal(&self, who: usize) -> Principal {
        self.name(who).parse().unwrap()
    }

    fn rights(&self, who: usize) -> Rights {
        let role = match who < HOLDERS {
            true => self.role,
            false => Role::Publisher,
        };
        Rights::new([role], None).unwrap()
    }

    pub(super) fn happen(&mut self, event: &Event, now: Timestamp) {
        match event {
            Event::Begin(from, to, length) => self.begin((*from, *to), *length, now),
            Event::End(_) if self.standing.is_empty() => {}
            Event::End(pick) => self.end(pick.index(self.standing.len()), now),
        }
    }

    /// Only who has the role itself delegates it, to another person, until a time that is to come.
    fn begin(&mut self, (from, to): (usize, usize), (days, minutes): (i64, i64), now: Timestamp) {
        let until = now + (24 * days).hours().minutes(minutes);
        let by = self.principal(from);
        let delegated = Delegated {
            from: by.clone(),
            to: self.principal(to),
            roles: [self.role].into(),
            until,
            reason: "年休假".to_owned(),
        };
        let (of_from, of_to) = (self.rights(from), self.rights(to));
        let checked = delegated.check((&by, false), (&of_from, &of_to), now);
        let may = from < HOLDERS && from != to && now < until;
        assert_eq!(checked.is_ok(), may, "{delegated:?} on {now}");
        if !may {
            return;
        }
        let number = RequestId {
            city: self.city.parse().unwrap(),
            epoch: EPOCH,
            seq: self.recorded.len() as u64,
        };
        self.recorded.push(Delegation {
            number,
            delegated,
            at: now,
            by,
            end: None,
        });
        self.standing.push(Standing { from, to, until });
    }

    /// A delegation ends once.
    fn end(&mut self, number: usize, now: Timestamp) {
        let (delegation, standing) = (&mut self.recorded[number], &mut self.standing[number]);
        let end = DelegationEnd {
            at: now,
            by: delegation.by.clone(),
            reason: "提前返岗".to_owned(),
        };
        let ended = delegation.end(end).is_ok();
        assert_eq!(ended, now < standing.until, "{delegation:?} on {now}");
        standing.until = standing.until.min(now);
    }

    /// The person as the actor of a move, as a node names it; `None` where the node refuses the move: the person has
    /// neither the role nor a delegation in force.
    pub(super) fn actor(&self, who: usize, now: Timestamp) -> Option<Actor> {
        let (principal, of_holders) = (self.principal(who), self.rights(0));
        let newest = self.recorded.iter().rev();
        let to_person = newest.filter(|one| one.delegated.to == principal);
        let stand_ins = to_person.filter_map(|one| one.stand_in(&of_holders, now));
        let rights = self.rights(who).standing_in(stand_ins.collect());
        let actor = rights.acts_for(self.role, None, now).map(|acts_for| Actor {
            on_behalf_of: match acts_for {
                ActsFor::Itself => None,
                ActsFor::Another(stand_in) => Some(Represented::Principal(stand_in.from.clone())),
            },
            ..Actor::from(principal)
        });
        let names = |actor: &Actor| actor.acting().map(Principal::to_string).collect();
        let named: Option<Vec<String>> = actor.as_ref().map(names);
        assert_eq!(named, self.named(who, now), "{:?} on {now}", self.standing);
        actor
    }

    /// The person, and the one in whose name it acts, by the plain model.
    fn named(&self, who: usize, now: Timestamp) -> Option<Vec<String>> {
        if who < HOLDERS {
            return Some(vec![self.name(who)]);
        }
        let mut newest = self.standing.iter().rev();
        let current = newest.find(|one| one.to == who && now < one.until)?;
        Some(vec![self.name(who), self.name(current.from)])
    }
}

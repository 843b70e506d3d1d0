//! Random histories of a city's people, compared after each event with a plain model of who may act, in whose name, and
//! who may consent. Roles change, people are limited to departments, and delegations begin and end meanwhile.

use std::cmp::Reverse;
use std::sync::Arc;

use chengji_access::records::put_person;
use chengji_domain::access::{Rights, Role};
use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::delegation::{Delegated, Delegation, DelegationEnd};
use chengji_domain::people::Person;
use chengji_domain::proposal::Proposal;
use chengji_domain::request::{Actor, Move, Party, Represented, RequestId, RequestRecord, Step};
use chengji_domain::{Principal, Result, Uscc};
use chengji_records::OfDepartment;
use chengji_store::{Ledger, MemoryStore, Tx};
use chengji_testkit::{CREDIT_CODE, OTHER_CREDIT_CODE, requests};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{ConsentRules, gate, proposals, proposer};
use crate::caller::Caller;
use crate::delegation::records::{DELEGATIONS, stand_ins};
use crate::own_log::OwnLog;
use crate::requests::{departments, records};

const REQUEST: &str = "430100-1-7-AAAAAAAAAAAAA";
const PEOPLE: usize = 5;

/// A person by the plain model. Departments are 1, which is asked, and 2; 0 is the whole city.
#[derive(Clone, Copy, Debug)]
struct Plain {
    answers: bool,
    consents: bool,
    department: usize,
}

/// A delegation of those of the two roles that the represented person has.
#[derive(Clone, Copy, Debug)]
struct Standing {
    from: usize,
    to: usize,
    answers: bool,
    consents: bool,
    until: i64,
}

#[derive(Clone, Debug)]
enum Event {
    /// A person delegates these roles to another for this number of hours.
    Begin(usize, usize, (bool, bool), i64),
    /// A delegation ends before its time.
    End(prop::sample::Index),
    /// The roles of a person change.
    Roles(usize, bool, bool),
    /// A person who may answer proposes a refusal.
    Propose(prop::sample::Index),
    /// A person who may consent does.
    Consent(prop::sample::Index),
}

fn events() -> impl Strategy<Value = Vec<(i64, Event)>> {
    let (one, other) = (0..PEOPLE, 1..PEOPLE);
    let roles = || (any::<bool>(), any::<bool>());
    let event = prop_oneof![
        4 => (one.clone(), other, roles(), 1..200_i64).prop_map(|(from, by, roles, hours)| {
            Event::Begin(from, (from + by) % PEOPLE, roles, hours)
        }),
        1 => any::<prop::sample::Index>().prop_map(Event::End),
        1 => (one, roles()).prop_map(|(who, (answers, consents))| {
            Event::Roles(who, answers, consents)
        }),
        3 => any::<prop::sample::Index>().prop_map(Event::Propose),
        2 => any::<prop::sample::Index>().prop_map(Event::Consent),
    ];
    prop::collection::vec((1..48_i64, event), 1..24)
}

fn people() -> impl Strategy<Value = Vec<Plain>> {
    let person = (any::<bool>(), any::<bool>(), 0..3_usize);
    let person = person.prop_map(|(answers, consents, department)| Plain {
        answers,
        consents,
        department,
    });
    prop::collection::vec(person, PEOPLE)
}

/// The city by the plain model.
struct Model {
    people: Vec<Plain>,
    /// The newest last.
    standing: Vec<Standing>,
    hour: i64,
}

impl Model {
    /// The persons represented by this one in this role at this hour, by the newest delegation first.
    fn represented(&self, who: usize, answers: bool) -> impl Iterator<Item = usize> {
        let newest = self.standing.iter().rev();
        let current = newest.filter(move |one| {
            let from = self.people[one.from];
            let has_role = match answers {
                true => one.answers && from.answers,
                false => one.consents && from.consents,
            };
            one.to == who && self.hour < one.until && has_role
        });
        current.map(|one| one.from)
    }

    fn covers(&self, who: usize) -> bool {
        self.people[who].department != 2
    }

    /// In whose name a person acts, if it may: its own is `None`.
    fn acts(&self, who: usize, answers: bool) -> Option<Option<usize>> {
        let person = self.people[who];
        let has_role = match answers {
            true => person.answers,
            false => person.consents,
        };
        if has_role && self.covers(who) {
            return Some(None);
        }
        let mut represented = self.represented(who, answers);
        represented.find(|from| self.covers(*from)).map(Some)
    }

    /// In whose name a person answers. A person of the bureau answers in the name of a person of the department for
    /// whom it stands in.
    fn answers(&self, who: usize) -> Option<Option<usize>> {
        let name = self.acts(who, true)?;
        let is_of_department = |who: usize| self.people[who].department == 1;
        if is_of_department(name.unwrap_or(who)) {
            return Some(name);
        }
        let of_department = self
            .represented(who, true)
            .find(|from| is_of_department(*from));
        Some(of_department.or(name))
    }

    /// True if a person may still answer in the name in which it proposed to.
    fn still_answers(&self, (who, name): (usize, Option<usize>)) -> bool {
        match name {
            None => self.people[who].answers && self.covers(who),
            Some(name) => {
                let mut represented = self.represented(who, true);
                represented.any(|from| from == name && self.covers(from))
            }
        }
    }

    /// True if a person may consent to what was proposed in this name: neither of the two has a part in both.
    fn consents(&self, who: usize, (by, name): (usize, Option<usize>)) -> bool {
        let Some(own) = self.acts(who, false) else {
            return false;
        };
        let proposed = [Some(by), name];
        [Some(who), own]
            .iter()
            .all(|one| one.is_none() || !proposed.contains(one))
    }
}

/// The node, with the model beside it.
struct City {
    own: OwnLog,
    model: Model,
    /// The open proposal, with its person and the name.
    open: Option<(Proposal, (usize, Option<usize>))>,
}

fn start() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

fn person(who: usize) -> Principal {
    format!("city/430200/person/p{who}").parse().unwrap()
}

fn department(number: usize) -> Option<Uscc> {
    let code = [None, Some(CREDIT_CODE), Some(OTHER_CREDIT_CODE)][number];
    code.map(|code| code.parse().unwrap())
}

fn id() -> RequestId {
    REQUEST.parse().unwrap()
}

fn refuse() -> Move {
    Move::Refuse {
        reason: "用途不符".to_owned(),
        legal_basis: "条例".to_owned(),
    }
}

impl City {
    /// A request that department 1 has to answer.
    async fn new(people: Vec<Plain>) -> Self {
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]);
        let own = OwnLog {
            city: "430200".parse().unwrap(),
            ledger: ledger.unwrap(),
            clock: Arc::new(start),
        };
        let step = Step {
            party: Party::Coordinator,
            actor: Principal::Coordinator.into(),
            at: start(),
            mv: Move::Route {
                share_class: ShareClass::Conditional,
                revision: 1,
                deadline: Deadline::certain("2026-12-26".parse().unwrap()),
                approval: None,
            },
            due: None,
        };
        let history = requests::submitted(REQUEST, "430200:206001000001", start());
        let record = RequestRecord::new(history.with(step).unwrap());
        let noted = OfDepartment {
            department: department(1).unwrap(),
            submitted_at: start(),
        };
        let put = move |tx: &mut Tx<'_>| {
            records::put(tx, &record)?;
            departments::DEPARTMENTS.put(tx, &id(), &noted)
        };
        own.ledger.write(put).await.unwrap();
        let model = Model {
            people,
            standing: Vec::new(),
            hour: 0,
        };
        let city = Self {
            own,
            model,
            open: None,
        };
        for who in 0..PEOPLE {
            city.record(who).await;
        }
        city
    }

    fn at(&self) -> Timestamp {
        start() + SignedDuration::from_hours(self.model.hour)
    }

    /// Records a person with its rights.
    async fn record(&self, who: usize) {
        let plain = self.model.people[who];
        let roles = [
            Some(Role::Consumer),
            plain.answers.then_some(Role::Approver),
            plain.consents.then_some(Role::Consenter),
        ];
        let person = Person {
            principal: person(who),
            rights: Rights::new(roles.into_iter().flatten(), department(plain.department)).unwrap(),
            since: start(),
            ended: None,
            reason: String::new(),
            certificate: None,
        };
        let put = move |tx: &mut Tx<'_>| put_person(tx, &person);
        self.own.ledger.write(put).await.unwrap();
    }

    /// A person as the gate lets it call now.
    fn caller(&self, who: usize) -> Caller {
        let kv = &**self.own.ledger.kv();
        let known = chengji_access::records::person(kv, &person(who)).unwrap();
        let rights = known.unwrap().current_rights().cloned().unwrap();
        let stand_ins = stand_ins(kv, &person(who), self.at()).unwrap();
        Caller::new(person(who), rights.standing_in(stand_ins))
    }

    fn actor(&self, who: usize) -> Result<Actor> {
        let kv = &**self.own.ledger.kv();
        let record = records::existing(kv, id()).unwrap();
        let caller = self.caller(who);
        departments::actor(&self.own, kv, (&caller, self.at()), &record, true)
    }

    /// Asserts that everybody may do exactly what the model says.
    async fn compare(&self) {
        for who in 0..PEOPLE {
            let actor = self.actor(who).ok();
            let expected = self.model.answers(who);
            let context = format!(
                "{who} of {:?}, {:?}",
                self.model.people, self.model.standing
            );
            assert_eq!(actor.is_some(), expected.is_some(), "{context}");
            let name = actor.and_then(|actor| match actor.on_behalf_of {
                Some(Represented::Principal(name)) => Some(name),
                Some(Represented::Department(_)) | None => None,
            });
            assert_eq!(name, expected.flatten().map(person), "{context}");
            let Some((proposal, by)) = &self.open else {
                continue;
            };
            let (caller, kv) = (self.caller(who), &**self.own.ledger.kv());
            let second = gate::second_person(&self.own, kv, (&caller, self.at()), proposal);
            let expected = self.model.consents(who, *by);
            assert_eq!(second.is_ok(), expected, "{context} to {by:?}");
        }
        let Some((proposal, by)) = self.open.clone() else {
            return;
        };
        let (own, at) = (self.own.clone(), self.at());
        let check = move |tx: &mut Tx<'_>| Ok(proposer::check(&own, tx, &proposal, at).is_ok());
        let may = self.own.ledger.write(check).await.unwrap();
        assert_eq!(
            may,
            self.model.still_answers(by),
            "{by:?} {:?}",
            self.model.standing
        );
    }

    /// Stores a delegation of the model, with its end if it is over before its time.
    async fn delegate(&self, number: usize, until: i64, ended: Option<Timestamp>) {
        let standing = self.model.standing[number];
        let roles = [
            standing.answers.then_some(Role::Approver),
            standing.consents.then_some(Role::Consenter),
        ];
        let by = person(standing.from);
        let delegation = Delegation {
            number: RequestId {
                seq: number as u64,
                ..id()
            },
            delegated: Delegated {
                from: by.clone(),
                to: person(standing.to),
                roles: roles.into_iter().flatten().collect(),
                until: start() + SignedDuration::from_hours(until),
                reason: "年休假".to_owned(),
            },
            at: start(),
            by: by.clone(),
            end: ended.map(|at| DelegationEnd {
                at,
                by,
                reason: "提前返岗".to_owned(),
            }),
        };
        let put =
            move |tx: &mut Tx<'_>| DELEGATIONS.put(tx, &Reverse(delegation.number), &delegation);
        self.own.ledger.write(put).await.unwrap();
    }

    /// Makes the event happen; returns false once the request is answered.
    async fn happen(&mut self, event: Event) -> bool {
        match event {
            Event::Begin(from, to, (answers, consents), hours) => {
                let until = self.model.hour + hours;
                self.model.standing.push(Standing {
                    from,
                    to,
                    answers,
                    consents,
                    until,
                });
                self.delegate(self.model.standing.len() - 1, until, None)
                    .await;
            }
            Event::End(pick) if !self.model.standing.is_empty() => {
                let number = pick.index(self.model.standing.len());
                let until = self.model.standing[number].until;
                if self.model.hour < until {
                    self.model.standing[number].until = self.model.hour;
                    self.delegate(number, until, Some(self.at())).await;
                }
            }
            Event::Roles(who, answers, consents) => {
                let person = &mut self.model.people[who];
                (person.answers, person.consents) = (answers, consents);
                self.record(who).await;
            }
            Event::Propose(pick) if self.open.is_none() => self.propose(pick).await,
            Event::Consent(pick) => return self.consent(pick).await,
            Event::End(_) | Event::Propose(_) => {}
        }
        true
    }

    async fn propose(&mut self, pick: prop::sample::Index) {
        let may = (0..PEOPLE).filter_map(|who| Some((who, self.model.answers(who)?)));
        let may: Vec<_> = may.collect();
        if may.is_empty() {
            return;
        }
        let by = *pick.get(&may);
        let (own, actor, at) = (self.own.clone(), self.actor(by.0).unwrap(), self.at());
        let job = move |tx: &mut Tx<'_>| {
            let rules = ConsentRules::default();
            gate::make_move(&own, tx, rules, (actor, at, ""), id(), refuse())
        };
        self.own.ledger.write(job).await.unwrap();
        let open = proposals::open_of(&**self.own.ledger.kv(), id())
            .unwrap()
            .pop();
        self.open = Some((open.unwrap(), by));
    }

    /// A person who may consent does; returns false if this answers the request. If the proposing person may no longer
    /// make the act, the proposal ends.
    async fn consent(&mut self, pick: prop::sample::Index) -> bool {
        let Some((proposal, by)) = self.open.clone() else {
            return true;
        };
        let may: Vec<_> = (0..PEOPLE)
            .filter(|who| self.model.consents(*who, by))
            .collect();
        if may.is_empty() {
            return true;
        }
        let (own, caller, at) = (self.own.clone(), self.caller(*pick.get(&may)), self.at());
        let job = move |tx: &mut Tx<'_>| gate::consent(&own, tx, (&caller, at), proposal).map(drop);
        self.own.ledger.write(job).await.unwrap();
        self.open = None;
        let record = records::existing(&**self.own.ledger.kv(), id()).unwrap();
        let is_answered = !record.pending.is_empty();
        assert_eq!(is_answered, self.model.still_answers(by), "{by:?}");
        !is_answered
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases / 4,
        ..ProptestConfig::default()
    })]

    #[test]
    fn people_act_and_consent_as_their_roles_and_delegations_say(
        people in people(), events in events(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut city = City::new(people).await;
            for (hours, event) in events {
                city.model.hour += hours;
                city.compare().await;
                if !city.happen(event).await {
                    return;
                }
                city.compare().await;
            }
        });
    }
}

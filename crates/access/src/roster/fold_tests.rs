//! Compares the tables of the roster with the facts that they are folded from.

use std::sync::Arc;

use chengji_domain::access::{Certificate, Rights, Role, Serial};
use chengji_domain::fact::{AccessFact, ClusterFact, LogOwner, Member, Origin};
use chengji_domain::roster::{Membership, MembershipStatus};
use chengji_domain::roster_fold::{Effect, Subject, member_after, person_after};
use chengji_domain::{CityCode, Epoch, LogKey, Principal, Result};
use chengji_store::{Ledger, MemoryStore, Position, Tx};
use jiff::Timestamp;
use proptest::prelude::*;

use super::super::{
    EntryOrigin, accept, active_at, apply, check, forget, head, log_keys, member, put_in_force,
};

const CITIES: [&str; 2] = ["430100", "430200"];
const PEOPLE: [&str; 2] = ["operator/duty", "auditor/office"];
const EPOCH: Epoch = Epoch::first([1; 8]);

fn at(seq: u64) -> Timestamp {
    Timestamp::from_second(i64::try_from(seq).unwrap()).unwrap()
}

fn city(which: usize) -> CityCode {
    CITIES[which].parse().unwrap()
}

fn person(which: usize) -> Principal {
    PEOPLE[which].parse().unwrap()
}

fn certificate(byte: u8) -> Certificate {
    Certificate {
        serial: Serial([byte; 16]),
        not_after: at(1_000_000),
    }
}

fn key(byte: u8) -> LogKey {
    LogKey {
        public: [byte; 32],
        valid_from: Origin {
            epoch: EPOCH,
            seq: byte.into(),
        },
    }
}

fn admitted(which: usize, byte: u8) -> ClusterFact {
    ClusterFact::Admitted(Member {
        city: city(which),
        name: "市".to_owned(),
        endpoint: format!("node.example:{byte}"),
        log_key: Some(key(byte)),
    })
}

/// A fact about the roster, or a signed checkpoint.
fn step() -> impl Strategy<Value = Option<ClusterFact>> {
    let status = prop::sample::select(vec![
        MembershipStatus::Active,
        MembershipStatus::Suspended,
        MembershipStatus::Removed,
    ]);
    let access = |fact| Some(ClusterFact::Access(fact));
    prop_oneof![
        4 => Just(None),
        3 => (0..2_usize, 1..4_u8).prop_map(|(who, byte)| Some(admitted(who, byte))),
        3 => (0..2_usize, status).prop_map(|(who, status)| Some(ClusterFact::StatusChanged {
            city: city(who),
            status,
            reason: "演练".to_owned(),
        })),
        2 => (0..2_usize).prop_map(move |who| access(AccessFact::Granted {
            principal: person(who),
            rights: Rights::new([[Role::Operator, Role::Auditor][who]], None).unwrap(),
        })),
        2 => (0..2_usize).prop_map(move |who| access(AccessFact::Ended {
            principal: person(who),
            reason: "离职".to_owned(),
        })),
        2 => (0..2_usize, 1..4_u8).prop_map(move |(who, byte)| access(AccessFact::Certified {
            principal: Principal::Node(city(who)),
            certificate: certificate(byte),
        })),
        1 => (0..2_usize, 1..4_u8).prop_map(move |(who, byte)| access(AccessFact::Revoked {
            principal: Principal::Node(city(who)),
            certificates: vec![certificate(byte)],
        })),
        1 => (1..4_u8).prop_map(|byte| Some(ClusterFact::LogKeyed(key(byte)))),
    ]
}

fn member_by(facts: &[(u64, ClusterFact)], city: CityCode) -> Option<Membership> {
    let about = facts
        .iter()
        .filter(|(_, fact)| Subject::of(fact) == Some(Subject::Member(city)));
    about.fold(None, |known, (seq, fact)| {
        member_after(known, fact, at(*seq))
    })
}

fn person_by(facts: &[(u64, ClusterFact)], person: &Principal) -> bool {
    let about = facts
        .iter()
        .filter(|(_, fact)| Subject::of(fact) == Some(Subject::Person(person)));
    about.fold(false, |known, (_, fact)| person_after(known, fact))
}

fn is_revoked(facts: &[(u64, ClusterFact)], serial: Serial) -> bool {
    facts.iter().any(|(_, fact)| {
        let revoked = chengji_domain::roster_fold::revoked(fact);
        revoked.iter().any(|known| known.serial == serial)
    })
}

/// A change of the coordinator's log.
#[derive(Clone, Debug)]
enum Act {
    /// A fact is appended, or a signed checkpoint.
    Append(Box<Option<ClusterFact>>),
    /// The log is set back by this number of entries and read anew, in a new epoch or accepted by people.
    SetBack { by: usize, accepted: bool },
}

fn act() -> impl Strategy<Value = Act> {
    let set_back = (0..12_usize, any::<bool>());
    prop_oneof![
        8 => step().prop_map(|step| Act::Append(Box::new(step))),
        1 => set_back.prop_map(|(by, accepted)| Act::SetBack { by, accepted }),
    ]
}

/// An entry of the coordinator's log.
#[derive(Clone)]
struct Read {
    /// Identifies the entry's leaf; unique.
    id: usize,
    epoch: Epoch,
    step: Option<ClusterFact>,
}

/// The coordinator's log as a node reads it, and the facts that count by the rule.
struct Reader {
    ledger: Ledger,
    /// The entries of each copy; the last one is read on.
    copies: Vec<Vec<Read>>,
    epoch: Epoch,
    accepted: bool,
    /// The copy in force, with the number of its entries that are covered.
    in_force: (usize, usize),
    /// The facts by which other copies have revoked since.
    taken: Vec<(u64, ClusterFact)>,
}

impl Reader {
    fn new() -> Self {
        let kv = Arc::new(MemoryStore::new());
        Self {
            ledger: Ledger::create(kv, "city/430300", [1; 8]).unwrap(),
            copies: vec![Vec::new()],
            epoch: EPOCH,
            accepted: false,
            in_force: (0, 0),
            taken: Vec::new(),
        }
    }

    fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let written = self.ledger.write(job);
        runtime.unwrap().block_on(written).unwrap()
    }

    fn set_back(&mut self, by: usize, accepted: bool) {
        let log = self.copies.last().unwrap();
        let kept = log[..log.len().saturating_sub(by)].to_vec();
        let copy = u32::try_from(self.copies.len()).unwrap();
        self.accepted = accepted;
        if accepted {
            self.write(move |tx| accept(tx, copy));
        } else {
            let number = self.epoch.number + 1;
            self.epoch = Epoch { number, ..EPOCH };
        }
        while !self.write(forget) {}
        self.copies.push(Vec::new());
        kept.into_iter().for_each(|entry| self.read(entry));
    }

    fn read(&mut self, entry: Read) {
        let copy = self.copies.len() - 1;
        let (seq, (known, covered)) = (self.copies[copy].len(), self.in_force);
        let other = (known != copy).then(|| self.copies[known].get(seq));
        let is_replayed = other.flatten().is_some_and(|other| other.id == entry.id);
        let (number, at_seq) = (u32::try_from(copy).unwrap(), seq as u64);
        let origin = EntryOrigin {
            copy: number,
            position: Position {
                epoch: entry.epoch,
                seq: at_seq,
            },
            at: at(at_seq),
            now: at(at_seq),
            is_replayed,
        };
        let step = entry.step.clone();
        let has_roster = head(&**self.ledger.kv()).unwrap().in_force.is_some();
        let signed_in = self.copies[known]
            .get(covered)
            .map(|entry| entry.epoch.number);
        match &entry.step {
            None => {
                let is_later = (signed_in, covered) < (Some(entry.epoch.number), seq);
                let is_first = self.accepted && known != copy && !is_replayed;
                if !has_roster || is_later || is_first {
                    self.in_force = (copy, seq);
                    self.taken.clear();
                }
            }
            Some(fact) => {
                let takes_away = Effect::of(fact) == Some(Effect::TakesAway);
                if has_roster && known != copy && takes_away && !is_replayed {
                    self.taken.push((at_seq, fact.clone()));
                }
            }
        }
        self.write(move |tx| match &step {
            None => put_in_force(tx, &origin),
            Some(fact) => apply(tx, &origin, fact),
        });
        self.copies[copy].push(entry);
    }

    /// The facts that count.
    fn counted(&self) -> Vec<(u64, ClusterFact)> {
        let (copy, covered) = self.in_force;
        let facts = (0..).zip(&self.copies[copy]);
        let facts = facts.filter_map(|(seq, entry)| Some((seq, entry.step.clone()?)));
        let counts = |(seq, fact): &(u64, ClusterFact)| {
            *seq < covered as u64 || Effect::of(fact) != Some(Effect::Grants)
        };
        facts
            .filter(counts)
            .chain(self.taken.iter().cloned())
            .collect()
    }

    fn check(&self) -> std::result::Result<(), TestCaseError> {
        let (view, counted) = (&**self.ledger.kv(), self.counted());
        for which in 0..2 {
            let city = city(which);
            let known = member_by(&counted, city);
            let was_active = known.as_ref().and_then(|known| known.status_at(at(7)))
                == Some(MembershipStatus::Active);
            prop_assert_eq!(active_at(view, at(7)).unwrap().contains(&city), was_active);
            prop_assert_eq!(member(view, city).unwrap(), known);
            let (known, person) = (person_by(&counted, &person(which)), person(which));
            prop_assert_eq!(check(view, &person, None).is_ok(), known);
            for byte in 1..4 {
                let serial = certificate(byte).serial;
                let may = known && !is_revoked(&counted, serial);
                prop_assert_eq!(check(view, &person, Some(serial)).is_ok(), may);
            }
        }
        let own = counted.iter().filter_map(|(_, fact)| match fact {
            ClusterFact::LogKeyed(key) => Some(*key),
            _ => None,
        });
        let keys = log_keys(view, LogOwner::Coordinator).unwrap();
        prop_assert_eq!(keys, own.collect::<Vec<_>>());
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_tables_are_the_fold_of_the_facts_that_count(
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let mut reader = Reader::new();
        for (id, act) in acts.into_iter().enumerate() {
            match act {
                Act::Append(step) => reader.read(Read { id, epoch: reader.epoch, step: *step }),
                Act::SetBack { by, accepted } => reader.set_back(by, accepted),
            }
            reader.check()?;
        }
    }
}

//! The tables of the roster against the facts that they are folded of.

use std::sync::Arc;

use chengji_domain::access::{Certificate, Rights, Role, Serial};
use chengji_domain::fact::{AccessFact, ClusterFact, LogOwner, Member, Origin};
use chengji_domain::roster::{Membership, MembershipStatus};
use chengji_domain::roster_fold::{Effect, Subject, member_after, person_after};
use chengji_domain::{CityCode, Epoch, LogKey, Principal};
use chengji_store::{Ledger, MemoryStore, Position};
use jiff::Timestamp;
use proptest::prelude::*;

use super::super::{Place, apply, check, log_keys, member, put_in_force};

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
    let standing = prop::sample::select(vec![
        MembershipStatus::Active,
        MembershipStatus::Suspended,
        MembershipStatus::Removed,
    ]);
    let access = |fact| Some(ClusterFact::Access(fact));
    prop_oneof![
        4 => Just(None),
        3 => (0..2_usize, 1..4_u8).prop_map(|(who, byte)| Some(admitted(who, byte))),
        3 => (0..2_usize, standing).prop_map(|(who, standing)| Some(ClusterFact::Stands {
            city: city(who),
            standing,
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

/// The facts that count where those before `covered` are signed.
fn counted(facts: &[(u64, ClusterFact)], covered: u64) -> Vec<&(u64, ClusterFact)> {
    let counts = |(seq, fact): &&(u64, ClusterFact)| {
        *seq < covered || Effect::of(fact) != Some(Effect::Grants)
    };
    facts.iter().filter(counts).collect()
}

fn member_by(facts: &[&(u64, ClusterFact)], city: CityCode) -> Option<Membership> {
    let about = facts
        .iter()
        .filter(|(_, fact)| Subject::of(fact) == Some(Subject::Member(city)));
    about.fold(None, |known, (seq, fact)| {
        member_after(known, fact, at(*seq))
    })
}

fn person_by(facts: &[&(u64, ClusterFact)], person: &Principal) -> bool {
    let about = facts
        .iter()
        .filter(|(_, fact)| Subject::of(fact) == Some(Subject::Person(person)));
    about.fold(false, |known, (_, fact)| person_after(known, fact))
}

fn is_revoked(facts: &[&(u64, ClusterFact)], serial: Serial) -> bool {
    facts.iter().any(|(_, fact)| {
        let revoked = chengji_domain::roster_fold::revoked(fact);
        revoked.iter().any(|known| known.serial == serial)
    })
}

/// Reads one entry of the coordinator's log.
fn read(ledger: &Ledger, seq: u64, step: Option<ClusterFact>) {
    let place = Place {
        copy: 0,
        position: Position { epoch: EPOCH, seq },
        at: at(seq),
        now: at(seq),
    };
    let written = ledger.write(move |tx| match &step {
        None => put_in_force(tx, &place),
        Some(fact) => apply(tx, &place, fact).map(drop),
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(written).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_tables_are_the_fold_of_the_facts_that_count(
        steps in prop::collection::vec(step(), 1..30),
    ) {
        let kv = Arc::new(MemoryStore::new());
        let ledger = Ledger::create(kv, "city/430300", [1; 8]).unwrap();
        let (mut facts, mut covered) = (Vec::new(), 0);
        for (seq, step) in (0..).zip(steps) {
            read(&ledger, seq, step.clone());
            match step {
                None => covered = seq,
                Some(fact) => facts.push((seq, fact)),
            }
            let (view, counted) = (&**ledger.kv(), counted(&facts, covered));
            for which in 0..2 {
                let city = city(which);
                prop_assert_eq!(member(view, city).unwrap(), member_by(&counted, city));
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
        }
    }
}

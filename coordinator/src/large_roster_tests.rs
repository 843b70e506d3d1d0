//! A roster far larger than a value of the store.

use std::ops::Bound;

use chengji_access::roster::{self, MEMBERS};
use chengji_domain::access::{Certificate, Rights, Role, Serial};
use chengji_domain::fact::{AccessFact, ClusterFact, Member};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, Principal};

use crate::tests::world::{World, at};

const MEMBERS_NUMBER: u32 = 1_000;
const PEOPLE: u32 = 10_000;
const REVOCATIONS: u32 = 100_000;
/// Number of facts written at once, so that the test is quick.
const AT_ONCE: usize = 200;

/// The end of the certificates.
const END: &str = "2027-02-21T00:00:00Z";

/// The cities of invented divisions, 90 to a province, apart from those of other tests.
fn member(number: u32) -> CityCode {
    let (province, division) = (50 + number / 90, 1 + number % 90);
    CityCode::from_number(province * 10_000 + division * 100).unwrap()
}

fn person(number: u32) -> Principal {
    format!("auditor/{number:0>60}").parse().unwrap()
}

fn certificate(number: u32) -> Certificate {
    Certificate {
        serial: Serial(u128::from(number).to_be_bytes()),
        not_after: at(END),
    }
}

fn admitted(number: u32) -> ClusterFact {
    ClusterFact::Admitted(Member {
        city: member(number),
        name: "市".to_owned(),
        endpoint: format!("node-{number}.example:7430"),
        log_key: None,
    })
}

fn granted(number: u32) -> ClusterFact {
    ClusterFact::Access(AccessFact::Granted {
        principal: person(number),
        rights: Rights::new([Role::Auditor], None).unwrap(),
    })
}

fn revoked(numbers: &[u32], of: Principal) -> ClusterFact {
    ClusterFact::Access(AccessFact::Revoked {
        principal: of,
        certificates: numbers.iter().copied().map(certificate).collect(),
    })
}

impl World {
    /// Number of keys written by one change.
    async fn written_by(&self, fact: ClusterFact) -> u64 {
        let before = self.writes.keys();
        self.announce_all(vec![fact]).await;
        self.writes.keys() - before
    }
}

#[tokio::test]
async fn a_large_roster_fits_and_one_change_writes_a_bounded_number_of_keys() {
    let world = World::new().await;
    let small = [
        world.written_by(admitted(0)).await,
        world.written_by(granted(0)).await,
        world.written_by(revoked(&[0], person(0))).await,
    ];
    let serials: Vec<u32> = (0..REVOCATIONS).collect();
    let facts = (0..MEMBERS_NUMBER).map(admitted);
    let facts = facts.chain((0..PEOPLE).map(granted));
    let mut facts: Vec<_> = facts.collect();
    for piece in facts.chunks_mut(AT_ONCE) {
        world.announce_all(piece.to_vec()).await;
    }
    for piece in serials.chunks(250) {
        let fact = revoked(piece, person(piece[0] / 10));
        world.announce_all(vec![fact]).await;
    }

    let (kv, roster) = (&**world.ledger.kv(), world.roster());
    let active = roster.with_status(MembershipStatus::Active).unwrap();
    assert_eq!(
        active.len(),
        MEMBERS_NUMBER as usize + world.members().len()
    );
    let first = active[0].member.city;
    let (read, later) = world.reads.during(|| {
        let later = (Bound::Excluded(first), Bound::Unbounded);
        let members = roster::members(kv, later, 100).unwrap().take(300);
        members
            .map(|row| row.unwrap().1.unwrap())
            .collect::<Vec<_>>()
    });
    assert_eq!(later, active[1..=300]);
    assert!(read <= 400, "{read} keys for 300 members");
    let last = person(PEOPLE - 1);
    for number in [0, 1, REVOCATIONS / 2, REVOCATIONS - 1] {
        let serial = certificate(number).serial;
        assert!(roster::check(kv, &last, Some(serial)).is_err(), "{number}");
    }
    let fresh = certificate(REVOCATIONS).serial;
    let (read, checked) = world.reads.during(|| roster::check(kv, &last, Some(fresh)));
    checked.unwrap();
    assert!(read <= 6, "{read} keys to look one principal up");

    // Adding and removing still works, and writes no more than with an almost empty roster.
    let node = member(MEMBERS_NUMBER - 1);
    let large = [
        world.written_by(admitted(MEMBERS_NUMBER)).await,
        world.written_by(granted(PEOPLE)).await,
        world
            .written_by(revoked(&[REVOCATIONS], last.clone()))
            .await,
    ];
    let suspended = ClusterFact::StatusChanged {
        city: node,
        status: MembershipStatus::Suspended,
        reason: "越".repeat(1_000),
    };
    let taken = world.written_by(suspended).await;
    let ended = AccessFact::Ended {
        principal: last.clone(),
        reason: "离职".to_owned(),
    };
    let ended = world.written_by(ClusterFact::Access(ended)).await;
    println!("keys written by a change: {small:?} at first, {large:?} at last; {taken}, {ended}");
    for (small, large) in small.iter().zip(large) {
        // Up to one checkpoint more or less, where a node of the log's tree is completed.
        assert!(large <= small + 8, "{small} keys at first, {large} at last");
    }
    assert!(taken <= 20 && ended <= 20, "{taken}, {ended}");
    assert!(roster::check_member(kv, node).is_err());
    assert!(roster::check(kv, &last, None).is_err());
    let known = MEMBERS.get(kv, &(0, node)).unwrap().unwrap();
    assert_eq!(known.read.unwrap().reason.chars().count(), 1_000);
}
